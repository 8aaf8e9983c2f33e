//! From a marketplace's answer to what the store writes down of each row.

use super::Flown;
use crate::ids::ListingId;
use crate::listing::OfferState;
use crate::store::{Outcome, Settled};
use crate::sync::health::{next_try, words};
use ganh_contract::{Again, Applied, Fault, FaultKind, Lag, Reach, Thing, Took};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// New things are believed to be missing only after so long, whatever the channel says of itself.
const LEAST_LAG: Duration = Duration::from_secs(10);

/// A call refused whole may hold one bad row among good ones.
pub fn may_lie_in_one_row(fault: &Fault) -> bool {
    match &*fault.kind {
        FaultKind::Refused(_) | FaultKind::Missing(_) => true,
        FaultKind::Conflict { .. } => true,
        FaultKind::Locked { reach, .. } => matches!(reach, Reach::Call | Reach::Listing | Reach::Offer),
        FaultKind::Unreachable
        | FaultKind::Interrupted
        | FaultKind::Down
        | FaultKind::Throttled { .. }
        | FaultKind::Expired
        | FaultKind::Revoked { .. }
        | FaultKind::Unsupported
        | FaultKind::Unintelligible => false,
    }
}

/// The fault is about the rows, so the lane goes on; otherwise it is about the shop or the way to it.
pub fn is_of_rows(fault: &Fault) -> bool {
    may_lie_in_one_row(fault) || matches!(*fault.kind, FaultKind::Unsupported)
}

/// What became of the rows of a call, and what people must be told.
pub struct Settlement {
    pub rows: Vec<Settled>,
    /// Offers that are not there any more.
    pub missing: Vec<ListingId>,
    /// Refused for now by a campaign, a review, a penalty: offer's SKU and the words.
    pub locked: Vec<(String, Fault)>,
}

/// One settled row for each row that departed.
pub(super) fn settled(flown: &Flown, lag: &Lag) -> Settlement {
    let planned = &flown.planned;
    let is_halved =
        flown.outcome.as_ref().is_err_and(|fault| may_lie_in_one_row(fault) && planned.call.rows.len() > 1);
    let mut settlement = Settlement {
        rows: Vec::with_capacity(planned.call.rows.len()),
        missing: Vec::new(),
        locked: Vec::new(),
    };
    let rows = planned.call.rows.iter().enumerate();
    for (index, state) in
        rows.flat_map(|(index, row)| planned.states_of(row).map(move |state| (index, state)))
    {
        let Some(sent) = planned.departures.iter().find(|departure| departure.offer == state.id) else {
            continue;
        };
        let unnamed =
            || Fault::new("set_offers", FaultKind::Interrupted).said("the answer does not name this row");
        let answer: ganh_contract::Outcome = match &flown.outcome {
            Ok(answers) if mutant!("batch_result_inverted") => {
                answers.iter().rev().nth(index).cloned().unwrap_or_else(|| Err(unnamed()))
            }
            Ok(answers) => answers.get(index).cloned().unwrap_or_else(|| Err(unnamed())),
            Err(fault) => Err(fault.clone()),
        };
        let outcome = match &answer {
            Ok(Took::Echoed(echo)) => Outcome::Echoed {
                price: echo.price.as_ref().map(|price| price.figure().list),
                stock: echo.stock.as_ref().map(|units| units.figure().total()),
                on_sale: echo.on_sale.as_ref().map(|on_sale| *on_sale.figure()),
            },
            Ok(Took::Silent) => Outcome::Silent,
            Err(_) if is_halved => Outcome::Again { at: flown.answered_at, costs_attempt: false },
            Err(fault) if is_not_there_yet(fault, state, flown.answered_at, lag) => {
                Outcome::Again { at: flown.answered_at + SignedDuration::from_secs(2), costs_attempt: false }
            }
            Err(fault) => failed(fault, state.attempts, flown, lag.cut),
        };
        if let Err(fault) = &answer
            && !is_halved
            && !is_not_there_yet(fault, state, flown.answered_at, lag)
        {
            match &*fault.kind {
                FaultKind::Missing(Thing::Listing | Thing::Offer) => {
                    settlement.missing.push(state.listing_id)
                }
                FaultKind::Locked { .. } => {
                    settlement.locked.push((state.sku.as_str().to_owned(), fault.clone()))
                }
                FaultKind::Missing(_)
                | FaultKind::Unreachable
                | FaultKind::Interrupted
                | FaultKind::Down
                | FaultKind::Throttled { .. }
                | FaultKind::Expired
                | FaultKind::Revoked { .. }
                | FaultKind::Refused(_)
                | FaultKind::Conflict { .. }
                | FaultKind::Unsupported
                | FaultKind::Unintelligible => {}
            }
        }
        settlement.rows.push(Settled {
            sent: *sent,
            sent_at: planned.departed_at,
            answered_at: flown.answered_at,
            outcome,
        });
    }
    settlement
}

/// A thing that was made or written a moment ago may not show yet: its absence proves nothing before the channel's lag is over.
fn is_not_there_yet(fault: &Fault, state: &OfferState, at: Timestamp, lag: &Lag) -> bool {
    let is_missing = matches!(*fault.kind, FaultKind::Missing(Thing::Listing | Thing::Offer));
    is_missing && state.wrote.is_some_and(|wrote| at < proves_from(wrote.answered_at, lag))
}

/// The first instant at which absence proves something of a thing that was written at `answered_at`.
pub fn proves_from(answered_at: Timestamp, lag: &Lag) -> Timestamp {
    let longest = SignedDuration::try_from(lag.read.max(LEAST_LAG)).unwrap_or(SignedDuration::from_mins(1));
    answered_at.checked_add(longest).unwrap_or(Timestamp::MAX)
}

fn failed(fault: &Fault, attempts: u32, flown: &Flown, cut: Duration) -> Outcome {
    let at = next_try(fault, attempts, flown.answered_at);
    if fault.applied() == Applied::Unknown && !mutant!("cut_is_not_applied") {
        let lag = SignedDuration::try_from(cut).unwrap_or(SignedDuration::from_secs(60));
        // An answer nobody understands comes back no better at once, so the next try is a slow one.
        let next_try_at = if fault.again() == Again::Never {
            at.max(flown.answered_at + SignedDuration::from_mins(5))
        } else {
            at
        };
        return Outcome::Unknown { until: flown.answered_at + lag, next_try_at };
    }
    match &*fault.kind {
        FaultKind::Missing(Thing::Listing | Thing::Offer) => Outcome::Missing,
        FaultKind::Throttled { .. }
        | FaultKind::Expired
        | FaultKind::Revoked { .. }
        | FaultKind::Locked { .. } => Outcome::Again { at, costs_attempt: false },
        FaultKind::Refused(_) | FaultKind::Unsupported => {
            Outcome::Parked { kind: fault.kind.name().to_owned(), actor: fault.actor(), said: words(fault) }
        }
        FaultKind::Unreachable
        | FaultKind::Interrupted
        | FaultKind::Down
        | FaultKind::Missing(_)
        | FaultKind::Conflict { .. }
        | FaultKind::Unintelligible => Outcome::Again { at, costs_attempt: true },
    }
}
