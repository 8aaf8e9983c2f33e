//! What a channel is, as 39 cases: whoever passes them may be plugged in.
//!
//! ```text
//!  Fixture ─▶ World { platform, shop, desk } ─▶ case: is it selected? ─▶ the story, told with the contract's verbs
//!                                  │                     └─ no: the ability must be truly absent, and why is printed
//!                                  └─ the desk: the sandbox's control API (books, buyers, faults, journal, clock)
//! ```
//!
//! A case uses only the contract and the control API, so it says the same of every channel. Nothing is skipped: what a
//! capability does not select must answer `Unsupported`, or show that it is not there. `fake` holds channels with the
//! abilities that no adapter has yet. An adapter's `tests/conformance.rs` is a [`Fixture`] and [`conformance!`].

pub mod cases;
pub mod desk;
pub mod engine;
pub mod fake;
pub mod receiver;
pub mod story;
pub mod world;

pub use cases::{CASES, Case, run};
pub use desk::{Desk, WorldClock, gateway};
pub use receiver::Receiver;
pub use world::{Fixture, Given, Online, Records, Selected, Template, World};

pub use async_trait::async_trait;

/// Makes one test of each case for a fixture. The crate that uses it needs `tokio` with its macros.
#[macro_export]
macro_rules! conformance {
    ($fixture:expr) => {
        $crate::conformance! { @each $fixture;
            a_created_listing_is_found_by_its_code,
            a_lost_reply_to_any_step_leaves_one_listing,
            absence_is_not_believed_before_the_lag_is_over,
            parallel_creates_of_one_code_leave_one,
            a_half_built_listing_is_adopted,
            a_review_ends_days_later_with_every_reason_or_on_sale_once,
            a_code_taken_by_a_stranger_is_a_conflict_with_its_holder,
            a_new_structure_retires_ids_and_old_orders_still_match,
            one_call_is_one_request_and_fits,
            rows_not_named_keep_their_figures_and_repeats_change_nothing,
            a_coupled_call_keeps_siblings_sale_and_switch,
            every_place_is_named_and_an_unknown_one_is_missing,
            one_bad_row_does_not_sink_the_others_and_an_unnamed_failure_is_unknown_for_all,
            a_value_taken_differently_is_seen,
            success_in_the_envelope_is_not_success,
            a_lock_names_its_floor_or_its_end,
            stock_means_what_the_capability_says,
            off_sale_survives_a_stock_write_and_hiding_twice_succeeds,
            a_walk_over_a_moving_shop_finds_all_standings,
            a_gone_listing_is_missing_not_left_out,
            reading_too_early_shows_the_old_world_and_is_not_drift,
            no_order_is_skipped_at_a_page_or_window_edge,
            an_empty_answer_is_not_no_orders_and_a_stale_cursor_starts_again,
            a_change_that_moves_no_date_is_found,
            one_unreadable_order_does_not_hide_its_neighbours,
            lines_keep_their_ids_and_units_are_counted,
            goods_in_the_channels_warehouse_are_marked,
            an_action_with_a_lost_reply_is_done_once,
            an_expired_token_is_renewed_once_and_the_old_error_names_are_known,
            a_lost_renewal_reply_does_not_lose_the_shop_silently,
            throttled_is_throttled_whatever_the_status,
            maintenance_html_is_down_and_half_a_json_is_unintelligible,
            a_revoked_shop_stops_alone_and_a_dead_app_stops_all,
            a_hint_is_verified_by_its_bytes_and_never_believed,
            hints_are_given_again_until_confirmed_and_a_dead_subscription_is_repaired,
            vietnamese_text_and_whole_dong_survive_the_wire,
            absent_verbs_say_unsupported,
            no_secret_leaves,
            a_file_round_trips_and_a_missing_row_says_nothing,
        }
    };
    (@each $fixture:expr; $($case:ident),+ $(,)?) => { $(
        #[::tokio::test]
        async fn $case() {
            $crate::run(&$fixture, stringify!($case)).await;
        }
    )+ };
}
