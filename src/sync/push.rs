//! Prices, stock and on-sale out: the most harmful first, the newest figures at the moment of leaving, one outcome per row.
//!
//! ```text
//!  dirty offers ─▶ gates ─▶ pack ─▶ [ pay quota ─▶ depart (store) ─▶ call ─▶ settle (store) ]  several at once, one per listing
//!       ▲                                                                        │
//!       └── rung: read anew, the most harmful first ◀────────────────────────────┘
//! ```
//!
//! `depart` writes down what is about to leave, and refuses a row whose figures moved since they were read (I4), that is still in flight,
//! or whose raise the pool no longer allows (I7). `settle` acknowledges the revision that was sent, never a newer one.

pub(super) mod outcome;
mod queue;

use super::health::words;
use super::lane::{Ended, Lane};
use super::renew::unstored;
use super::wake::Ear;
use super::{GONE, Paid};
use crate::ids::{ListingId, OfferId};
use crate::plan::{Ceilings, Held, WhyHeld};
use crate::store::{Alarm, Departure, Verdict};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use ganh_contract::{Again, Fault, OfferCall, Outcome, RemoteListingId, Result};
use jiff::Timestamp;
use queue::{Planned, Queue};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::pin::Pin;

/// Calls at once beyond the setting, for lowerings only.
const URGENT_SEATS: usize = 2;

/// Runs until the lane ends.
pub async fn run(lane: &Lane) -> Ended {
    let mut rung = lane.work.listen();
    let mut ceilings = Ceilings::default();
    loop {
        if !lane.rest_for_health().await {
            return Ended::Stopped;
        }
        let mut held = Vec::new();
        if let Err(fault) = drain(lane, &mut rung, &mut ceilings, &mut held).await
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

type Flight<'a> = Pin<Box<dyn Future<Output = Box<Flown>> + Send + 'a>>;

enum Event {
    /// The call at this place of the queue may leave.
    Paid(usize),
    Landed(Option<Box<Flown>>),
    /// Something changed: the newest is read first.
    Rung,
    Stopped,
}

/// Sends until nothing may leave. An error is one of the whole shop; what is in flight is settled before it is returned.
async fn drain(lane: &Lane, rung: &mut Ear, ceilings: &mut Ceilings, held: &mut Vec<Held>) -> Result<()> {
    let most = lane.engine.rules.calls_at_once.max(1);
    let pace = &lane.engine.pace;
    let mut queue = Queue::default();
    let mut busy: HashSet<RemoteListingId> = HashSet::new();
    let mut flying: FuturesUnordered<Flight<'_>> = FuturesUnordered::new();
    let mut broken: Option<Fault> = None;
    let mut is_dry = false;
    loop {
        let may_send = broken.is_none() && !lane.stop.is_cancelled();
        if may_send && (rung.take() || (queue.is_empty() && !is_dry)) {
            match queue.fill(lane, ceilings, &busy).await {
                Ok(now_held) => *held = now_held,
                Err(fault) => broken = Some(fault),
            }
            is_dry = queue.is_empty();
        }
        let may_send = may_send && broken.is_none();
        // The last seats are kept for what harms while it waits (I9).
        let next = queue.next_free(&busy).filter(|index| {
            may_send && flying.len() < if queue.is_urgent(*index) { most + URGENT_SEATS } else { most }
        });
        let event = match next {
            None if flying.is_empty() => return broken.map_or(Ok(()), Err),
            None => tokio::select! {
                biased;
                flown = flying.next() => Event::Landed(flown),
                () = rung.hear(), if may_send => Event::Rung,
            },
            Some(index) if mutant!("unpaid") => Event::Paid(index),
            Some(index) if pace.try_pay(queue.quota(index), queue.is_urgent(index)) => Event::Paid(index),
            // Cancelling a branch loses nothing: an unpaid call stays in the queue, a flight stays in the air, a ring stays unheard.
            Some(index) => tokio::select! {
                biased;
                flown = flying.next(), if !flying.is_empty() => Event::Landed(flown),
                () = rung.hear() => Event::Rung,
                () = lane.stop.cancelled() => Event::Stopped,
                () = pace.pay(queue.quota(index), queue.is_urgent(index)) => Event::Paid(index),
            },
        };
        match event {
            Event::Stopped => {}
            Event::Rung => {
                queue.clear();
                is_dry = false;
            }
            Event::Paid(index) => {
                let mut leaving = vec![queue.take(index, &mut busy)];
                while let Some(index) = queue.next_free(&busy)
                    && flying.len() + leaving.len()
                        < if queue.is_urgent(index) { most + URGENT_SEATS } else { most }
                    && pace.try_pay(queue.quota(index), queue.is_urgent(index))
                {
                    leaving.push(queue.take(index, &mut busy));
                }
                match depart(lane, leaving, &mut busy).await {
                    Ok(departed) => departed.into_iter().for_each(|planned| flying.push(fly(lane, planned))),
                    Err(fault) => broken = Some(fault),
                }
            }
            Event::Landed(flown) => {
                let mut landed: Vec<Flown> = flown.into_iter().map(|flown| *flown).collect();
                while let Some(Some(flown)) = flying.next().now_or_never() {
                    landed.push(*flown);
                }
                if let Err(fault) = settle(lane, landed, &mut queue, &mut busy, ceilings).await {
                    broken = Some(fault);
                }
                is_dry = false;
            }
        }
    }
}

/// Writes down what is about to leave; rows that may not leave any more are dropped from their calls.
async fn depart(
    lane: &Lane,
    leaving: Vec<Planned>,
    busy: &mut HashSet<RemoteListingId>,
) -> Result<Vec<Planned>> {
    let rows: Vec<Departure> =
        leaving.iter().flat_map(|planned| planned.departures.iter().cloned()).collect();
    let now = lane.engine.clock.now();
    let answers = lane.engine.store.depart_offers(&lane.lease, &rows, now).await;
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => {
            leaving.iter().for_each(|planned| planned.free(busy));
            return Err(unstored(error));
        }
    };
    let mut stays: HashSet<OfferId> = HashSet::new();
    let mut known_at: HashMap<OfferId, Timestamp> = HashMap::new();
    let mut lowered: HashMap<OfferId, u32> = HashMap::new();
    for answer in answers {
        known_at.extend(answer.verdict.order_known_at().map(|at| (answer.offer, at)));
        match answer.verdict {
            Verdict::Left { .. } => {}
            Verdict::LeftWith { units, .. } => {
                lowered.insert(answer.offer, units);
            }
            Verdict::Stale | Verdict::InFlight | Verdict::NoSlack { .. } => {
                stays.insert(answer.offer);
            }
        }
    }
    let mut departed = Vec::with_capacity(leaving.len());
    for mut planned in leaving {
        planned.departed_at = now;
        planned.lower_to(&lowered);
        planned.order_known_at = planned
            .departures
            .iter()
            .filter_map(|departure| known_at.get(&departure.offer).copied())
            .collect();
        let (kept, freed) = planned.without(&stays);
        freed.iter().for_each(|listing| {
            busy.remove(listing);
        });
        departed.extend(kept);
    }
    Ok(departed)
}

fn fly(lane: &Lane, planned: Planned) -> Flight<'_> {
    let (generation, shop) = (lane.remote.generation(), lane.remote.now());
    Box::pin(async move {
        let sent_at = lane.engine.clock.now();
        for known in &planned.order_known_at {
            lane.engine.witness.lowering_left(lane.shop.id, sent_at.duration_since(*known));
        }
        let outcome = {
            let call: &OfferCall = &planned.call;
            let asked: Paid<'_> = Box::pin(async move { shop.set_offers(call).await });
            lane.engine.pace.paid(planned.quota(), asked, planned.is_urgent).await
        };
        let answered_at = lane.engine.clock.now();
        let fault = outcome.as_ref().err().map(|fault| fault.kind.name());
        lane.engine.witness.called(lane.shop.id, "set_offers", fault);
        Box::new(Flown { planned, answered_at, outcome, generation })
    })
}

/// Stores one outcome per row. A call that failed whole for a reason that may lie in one row comes back in halves.
async fn settle(
    lane: &Lane,
    landed: Vec<Flown>,
    queue: &mut Queue,
    busy: &mut HashSet<RemoteListingId>,
    ceilings: &mut Ceilings,
) -> Result<()> {
    let remote = lane.remote.now();
    let cap = remote.capability();
    let mut settled = Vec::new();
    let mut missing: BTreeSet<ListingId> = BTreeSet::new();
    let mut locked = Vec::new();
    let mut broken: Option<Fault> = None;
    let mut expired = None;
    for flown in landed {
        flown.planned.free(busy);
        match &flown.outcome {
            Ok(_) => {
                lane.health.answered();
                ceilings.lift(flown.planned.call.shape);
            }
            Err(fault) => {
                if fault.again() == Again::AfterRenewal {
                    expired = expired.max(Some(flown.generation));
                } else if outcome::may_lie_in_one_row(fault) && flown.planned.call.rows.len() > 1 {
                    queue.put_back_in_halves(&flown.planned, cap);
                } else if !outcome::is_of_rows(fault) {
                    ceilings.lower(flown.planned.call.shape, flown.planned.call.rows.len() / 2);
                    broken = Some(fault.clone());
                }
            }
        }
        let settlement = outcome::settled(&flown, &cap.lag);
        settled.extend(settlement.rows);
        missing.extend(settlement.missing);
        locked.extend(settlement.locked);
        if flown.outcome.is_ok() {
            for known in &flown.planned.order_known_at {
                lane.engine.witness.lowered(lane.shop.id, flown.answered_at.duration_since(*known));
            }
        }
    }
    let now = lane.engine.clock.now();
    let store = &lane.engine.store;
    store.settle_offers(&lane.lease, &settled, now).await.map_err(unstored)?;
    for listing in missing {
        store.listing_gone(&lane.lease, listing, GONE, now).await.map_err(unstored)?;
    }
    for (sku, fault) in locked {
        let alarm = Alarm {
            shop: Some(lane.shop.id),
            kind: "locked".to_owned(),
            subject: format!("{}/{sku}", lane.shop.handle),
            actor: fault.actor(),
            said: words(&fault),
            raised_at: now,
        };
        store.raise_alarm(&alarm).await.map_err(unstored)?;
    }
    if let Some(generation) = expired {
        lane.remote.renew(generation).await?;
    }
    broken.map_or(Ok(()), Err)
}
