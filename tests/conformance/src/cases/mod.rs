//! The 39 cases by number, and the one way to run them.

pub mod access;
pub mod actions;
pub mod create;
pub mod files;
pub mod hints;
pub mod listings;
pub mod locks;
pub mod offers;
pub mod orders;
pub mod places;
pub mod review;
pub mod stock;
pub mod structure;
pub mod trouble;
pub mod words;

use crate::world::{Fixture, Online, Selected, World};
use std::future::Future;
use std::pin::Pin;

/// What a case does with a connected shop.
type Story = for<'a> fn(&'a Online) -> Pin<Box<dyn Future<Output = Selected> + Send + 'a>>;

/// One case.
pub struct Case {
    /// Its number in the table of cases.
    pub number: u8,
    /// The sentence it proves.
    pub name: &'static str,
    /// `None`: the case is about files.
    story: Option<Story>,
}

macro_rules! cases {
    ($($number:literal $place:ident::$name:ident,)+) => {
        /// All cases, by number.
        pub const CASES: &[Case] = &[
            $(Case { number: $number, name: stringify!($name), story: Some(|world| Box::pin($place::$name(world))) },)+
            Case { number: 39, name: "a_file_round_trips_and_a_missing_row_says_nothing", story: None },
        ];
    };
}

cases! {
    1 create::a_created_listing_is_found_by_its_code,
    2 create::a_lost_reply_to_any_step_leaves_one_listing,
    3 create::absence_is_not_believed_before_the_lag_is_over,
    4 create::parallel_creates_of_one_code_leave_one,
    5 create::a_half_built_listing_is_adopted,
    6 review::a_review_ends_days_later_with_every_reason_or_on_sale_once,
    7 structure::a_code_taken_by_a_stranger_is_a_conflict_with_its_holder,
    8 structure::a_new_structure_retires_ids_and_old_orders_still_match,
    9 offers::one_call_is_one_request_and_fits,
    10 offers::rows_not_named_keep_their_figures_and_repeats_change_nothing,
    11 places::a_coupled_call_keeps_siblings_sale_and_switch,
    12 places::every_place_is_named_and_an_unknown_one_is_missing,
    13 offers::one_bad_row_does_not_sink_the_others_and_an_unnamed_failure_is_unknown_for_all,
    14 offers::a_value_taken_differently_is_seen,
    15 trouble::success_in_the_envelope_is_not_success,
    16 locks::a_lock_names_its_floor_or_its_end,
    17 stock::stock_means_what_the_capability_says,
    18 stock::off_sale_survives_a_stock_write_and_hiding_twice_succeeds,
    19 listings::a_walk_over_a_moving_shop_finds_all_standings,
    20 listings::a_gone_listing_is_missing_not_left_out,
    21 listings::reading_too_early_shows_the_old_world_and_is_not_drift,
    22 orders::no_order_is_skipped_at_a_page_or_window_edge,
    23 orders::an_empty_answer_is_not_no_orders_and_a_stale_cursor_starts_again,
    24 orders::a_change_that_moves_no_date_is_found,
    25 orders::one_unreadable_order_does_not_hide_its_neighbours,
    26 orders::lines_keep_their_ids_and_units_are_counted,
    27 actions::goods_in_the_channels_warehouse_are_marked,
    28 actions::an_action_with_a_lost_reply_is_done_once,
    29 access::an_expired_token_is_renewed_once_and_the_old_error_names_are_known,
    30 access::a_lost_renewal_reply_does_not_lose_the_shop_silently,
    31 trouble::throttled_is_throttled_whatever_the_status,
    32 trouble::maintenance_html_is_down_and_half_a_json_is_unintelligible,
    33 access::a_revoked_shop_stops_alone_and_a_dead_app_stops_all,
    34 hints::a_hint_is_verified_by_its_bytes_and_never_believed,
    35 hints::hints_are_given_again_until_confirmed_and_a_dead_subscription_is_repaired,
    36 words::vietnamese_text_and_whole_dong_survive_the_wire,
    37 words::absent_verbs_say_unsupported,
    38 words::no_secret_leaves,
}

/// Runs one case on a new world of the fixture. Says so when it was not selected, and why.
pub async fn run(fixture: &dyn Fixture, name: &str) -> Selected {
    let case =
        CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case is called {name}"));
    let world = fixture.world().await;
    let selected = match (&world, case.story) {
        (World::Online(online), Some(story)) => story(online).await,
        (World::ByFile(exchange), None) => {
            files::a_file_round_trips_and_a_missing_row_says_nothing(exchange.as_ref())
        }
        (World::Online(_), None) => Selected::no("the channel has calls, no files"),
        (World::ByFile(_), Some(_)) => Selected::no("a person carries files: there is no call to make"),
    };
    if let Selected::No(why) = &selected {
        println!("{:>2} {name} at {}: not selected: {why}", case.number, fixture.name());
    }
    selected
}
