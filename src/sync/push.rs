//! Prices, stock and on-sale out: the most harmful first, the newest figures at the moment of leaving, one outcome per row.
//!
//! ```text
//!  dirty offers ─▶ gates ─▶ pack ─▶ pay quota ─▶ depart (store) ─▶ call ─▶ settle (store)     side by side; one call per listing
//!       ▲                                                                        │
//!       └── rung: read anew, the most harmful first ◀────────────────────────────┘
//! ```
//!
//! `depart` writes down what is about to leave, and refuses a row whose figures moved since they were read (I4), that is still in flight,
//! or whose raise the pool no longer allows (I7). `settle` acknowledges the revision that was sent, never a newer one.

mod drain;
pub(super) mod outcome;
mod queue;

use super::lane::{Ended, Lane};
use crate::plan::{Ceilings, WhyHeld};
use drain::Drain;
use ganh_contract::{Outcome, Result};
use jiff::Timestamp;
use queue::Planned;

/// Runs until the lane ends.
pub async fn run(lane: &Lane) -> Ended {
    let mut rung = lane.bells.figures.listen();
    let mut ceilings = Ceilings::default();
    loop {
        if !lane.rest_for_health().await {
            return Ended::Stopped;
        }
        let (drained, held) = Drain::new(lane, &mut ceilings).run(&mut rung).await;
        if let Err(fault) = drained
            && let Some(ended) = lane.note("set_offers", &fault).await
        {
            return ended;
        }
        if held.iter().any(|held| matches!(held.why, WhyHeld::RaiseGate { .. })) {
            lane.orders.ring();
        }
        let now = lane.engine.clock.now();
        let longest = now + lane.engine.rules.look_again;
        // What is held waits for a bell; only what must be tried again at a time of its own sets one.
        let due = match lane.engine.store.next_push_at(lane.shop.id, now).await {
            Ok(Some(due)) => due.min(longest),
            Ok(None) | Err(_) => longest,
        };
        tokio::select! {
            biased;
            () = lane.stop.cancelled() => return Ended::Stopped,
            () = rung.hear() => {}
            () = lane.engine.clock.sleep_until(due.max(lane.health.not_before())) => {}
        }
    }
}

/// A call that left, and what came back.
struct Flown {
    planned: Planned,
    answered_at: Timestamp,
    outcome: Result<Vec<Outcome>>,
    /// Generation of the consent that it left with.
    generation: i64,
}
