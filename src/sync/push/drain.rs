//! One drain: sends until nothing may leave. Calls fly, departures and outcomes are written down, all side by side.
//!
//! What became free while the store wrote leaves together in the next departure, and what landed meanwhile is written down together: the busier
//! the shop, the more rows share a transaction.

use super::queue::{Planned, Queue};
use super::{Flown, outcome};
use crate::ids::{ListingId, OfferId};
use crate::plan::{Ceilings, Held};
use crate::store::{Alarm, Departure, Verdict};
use crate::sync::health::words;
use crate::sync::lane::Lane;
use crate::sync::renew::unstored;
use crate::sync::wake::Ear;
use crate::sync::{GONE, Paid};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use ganh_contract::{Again, Fault, FaultKind, OfferCall, RemoteListingId, Result};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::future::{Future, pending};
use std::pin::{Pin, pin};

/// Calls at once beyond the setting, for lowerings only.
const URGENT_SEATS: usize = 2;

/// Figures that wait for their quota are read anew after so long: no bell tells that a lowering may be tried again, or that another process,
/// whose bells are not heard here, made one necessary (I9).
const FRESH: SignedDuration = SignedDuration::from_secs(2);

/// What goes on at the same time.
type Work<'a> = Pin<Box<dyn Future<Output = Done> + Send + 'a>>;

enum Done {
    Departed { calls: usize, went: Result<Departures> },
    Landed(Box<Flown>),
    Settled { landed: Vec<Flown>, stored: Result<()> },
}

/// Calls that are on record and fly now, and what stays.
struct Departures {
    leave: Vec<Planned>,
    freed: Vec<RemoteListingId>,
    /// They wait until somebody lets units go, or until the listing's write is answered.
    wait: Vec<OfferId>,
}

/// A drain under way.
pub struct Drain<'a> {
    lane: &'a Lane,
    ceilings: &'a mut Ceilings,
    queue: Queue,
    /// Listings with a write that is not settled (I4).
    busy: HashSet<RemoteListingId>,
    work: FuturesUnordered<Work<'a>>,
    landed: Vec<Flown>,
    /// Calls that depart or fly.
    seats: usize,
    is_departing: bool,
    is_settling: bool,
    /// Offers that the store kept back; asked again after a bell or a settlement.
    waiting: HashSet<OfferId>,
    /// What the gates held when the queue was filled last.
    held: Vec<Held>,
    broken: Option<Fault>,
    is_dry: bool,
    stale_at: Timestamp,
}

impl<'a> Drain<'a> {
    pub fn new(lane: &'a Lane, ceilings: &'a mut Ceilings) -> Self {
        Self {
            lane,
            ceilings,
            queue: Queue::default(),
            busy: HashSet::new(),
            work: FuturesUnordered::new(),
            landed: Vec::new(),
            seats: 0,
            is_departing: false,
            is_settling: false,
            waiting: HashSet::new(),
            held: Vec::new(),
            broken: None,
            is_dry: false,
            stale_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Sends until nothing may leave; also what the gates hold. An error is one of the whole shop; what is in flight is settled before it is
    /// returned.
    pub async fn run(mut self, rung: &mut Ear) -> (Result<()>, Vec<Held>) {
        let (lane, pace) = (self.lane, &self.lane.engine.pace);
        loop {
            let may_send = self.broken.is_none() && !lane.stop.is_cancelled();
            let is_stale = !self.queue.is_empty() && lane.engine.clock.now() >= self.stale_at;
            if may_send && (rung.take() || is_stale) {
                self.look_anew();
            }
            if may_send && self.queue.is_empty() && !self.is_dry {
                self.fill().await;
            }
            self.settle_landed();
            let next = self.next().filter(|_| may_send && self.broken.is_none());
            if let Some(index) = next
                && (mutant!("unpaid") || pace.try_pay(self.queue.quota(index), self.queue.is_urgent(index)))
            {
                self.leave(index);
                continue;
            }
            if next.is_none() && self.work.is_empty() {
                return (self.broken.map_or(Ok(()), Err), self.held);
            }
            let payment = next.map(|index| (self.queue.quota(index), self.queue.is_urgent(index)));
            // Cancelling a branch loses nothing: an unpaid call stays in the queue, a flight stays in the air, a ring stays unheard.
            tokio::select! {
                biased;
                Some(done) = self.work.next(), if !self.work.is_empty() => self.take(done),
                () = rung.hear(), if may_send => self.look_anew(),
                () = lane.stop.cancelled(), if may_send => {}
                () = lane.engine.clock.sleep_until(self.stale_at), if may_send && !self.queue.is_empty() => {
                    self.look_anew();
                }
                () = async {
                    match payment {
                        Some((quota, is_urgent)) => pace.pay(quota, is_urgent).await,
                        None => pending().await,
                    }
                } => {
                    if let Some(index) = next {
                        self.leave(index);
                    }
                }
            }
            while let Some(Some(done)) = self.work.next().now_or_never() {
                self.take(done);
            }
        }
    }

    /// Something changed: the newest is read before anything else leaves.
    fn look_anew(&mut self) {
        self.queue.clear();
        self.waiting.clear();
        self.is_dry = false;
    }

    /// Reads what may leave next. The work under way goes on meanwhile: a departure or an outcome that stood still here would keep its
    /// transaction open, and with it the locks and the connections that this reading waits for.
    async fn fill(&mut self) {
        let (work, mut done) = (&mut self.work, Vec::new());
        let filled = {
            let mut filling = pin!(self.queue.fill(self.lane, self.ceilings, &self.busy, &self.waiting));
            loop {
                tokio::select! {
                    biased;
                    filled = &mut filling => break filled,
                    Some(one) = work.next(), if !work.is_empty() => done.push(one),
                }
            }
        };
        match filled {
            Ok(held) => self.held = held,
            Err(fault) => self.broken = Some(fault),
        }
        self.is_dry = self.queue.is_empty();
        self.stale_at = self.lane.engine.clock.now() + FRESH;
        done.into_iter().for_each(|one| self.take(one));
    }

    /// The next call that finds a seat. The last seats are kept for what harms while it waits (I9), and only that departs beside a departure.
    fn next(&self) -> Option<usize> {
        let most = self.lane.engine.rules.calls_at_once.max(1);
        self.queue.next_free(&self.busy).filter(|index| {
            let is_urgent = self.queue.is_urgent(*index);
            self.seats < if is_urgent { most + URGENT_SEATS } else { most }
                && (is_urgent || !self.is_departing)
        })
    }

    /// Lets a call that is paid for depart, with all others that find a seat and can be paid at once.
    fn leave(&mut self, index: usize) {
        let pace = &self.lane.engine.pace;
        let mut leaving = vec![self.queue.take(index, &mut self.busy)];
        self.seats += 1;
        while let Some(index) = self.next()
            && pace.try_pay(self.queue.quota(index), self.queue.is_urgent(index))
        {
            leaving.push(self.queue.take(index, &mut self.busy));
            self.seats += 1;
        }
        self.is_departing = true;
        self.work.push(Box::pin(depart(self.lane, leaving)));
    }

    fn settle_landed(&mut self) {
        if !self.is_settling && !self.landed.is_empty() {
            self.is_settling = true;
            self.work.push(Box::pin(settle(self.lane, std::mem::take(&mut self.landed))));
        }
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Departed { calls, went } => {
                self.is_departing = false;
                self.seats -= calls;
                match went {
                    Ok(Departures { leave, freed, wait }) => {
                        freed.iter().for_each(|listing| {
                            self.busy.remove(listing);
                        });
                        self.waiting.extend(wait);
                        self.seats += leave.len();
                        for planned in leave {
                            self.work.push(fly(self.lane, planned));
                        }
                    }
                    Err(fault) => self.broken = Some(fault),
                }
                self.is_dry = false;
            }
            Done::Landed(flown) => {
                self.seats -= 1;
                self.landed.push(*flown);
            }
            Done::Settled { landed, stored } => {
                self.is_settling = false;
                for flown in &landed {
                    flown.planned.free(&mut self.busy);
                    self.learn(flown);
                }
                if let Err(fault) = stored {
                    self.broken = Some(fault);
                }
                self.waiting.clear();
                self.is_dry = false;
            }
        }
    }

    /// What an answer says of the shop, of the size of calls, and of the next calls.
    fn learn(&mut self, flown: &Flown) {
        let call = &flown.planned.call;
        match &flown.outcome {
            Ok(_) => {
                self.lane.health.answered();
                self.ceilings.lift(call.shape);
            }
            Err(fault) if fault.again() == Again::AfterRenewal => {}
            Err(fault) if outcome::may_lie_in_one_row(fault) && call.rows.len() > 1 => {
                self.queue.put_back_in_halves(&flown.planned, self.lane.remote.now().capability());
            }
            Err(fault) if outcome::is_of_rows(fault) => {}
            Err(fault) => {
                // Others say nothing of the size.
                if matches!(*fault.kind, FaultKind::Down | FaultKind::Interrupted) {
                    self.ceilings.lower(call.shape, call.rows.len() / 2);
                }
                self.broken = Some(fault.clone());
            }
        }
    }
}

/// Writes down what is about to leave; rows that may not leave any more are dropped from their calls.
async fn depart(lane: &Lane, leaving: Vec<Planned>) -> Done {
    let calls = leaving.len();
    let rows: Vec<Departure> =
        leaving.iter().flat_map(|planned| planned.departures.iter().copied()).collect();
    let now = lane.engine.clock.now();
    let answers = match lane.engine.store.depart_offers(&lane.lease, &rows, now).await {
        Ok(answers) => answers,
        Err(error) => return Done::Departed { calls, went: Err(unstored(error)) },
    };
    let mut stays: HashSet<OfferId> = HashSet::new();
    let mut wait = Vec::new();
    let mut known_at: HashMap<OfferId, Timestamp> = HashMap::new();
    let mut lowered: HashMap<OfferId, u32> = HashMap::new();
    for answer in answers {
        known_at.extend(answer.verdict.order_known_at().map(|at| (answer.offer, at)));
        match answer.verdict {
            Verdict::Left { .. } => {}
            Verdict::LeftWith { units, .. } => {
                lowered.insert(answer.offer, units);
            }
            Verdict::Stale => {
                stays.insert(answer.offer);
            }
            Verdict::InFlight | Verdict::NoSlack { .. } => {
                stays.insert(answer.offer);
                wait.push(answer.offer);
            }
        }
    }
    let (mut leave, mut freed) = (Vec::with_capacity(calls), Vec::new());
    for mut planned in leaving {
        planned.departed_at = now;
        planned.lower_to(&lowered);
        planned.order_known_at = planned
            .departures
            .iter()
            .filter_map(|departure| known_at.get(&departure.offer).copied())
            .collect();
        let (kept, free) = planned.without(&stays);
        freed.extend(free);
        leave.extend(kept);
    }
    Done::Departed { calls, went: Ok(Departures { leave, freed, wait }) }
}

fn fly(lane: &Lane, planned: Planned) -> Work<'_> {
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
        Done::Landed(Box::new(Flown { planned, answered_at, outcome, generation }))
    })
}

/// Stores one outcome per row.
async fn settle(lane: &Lane, landed: Vec<Flown>) -> Done {
    let stored = store_outcomes(lane, &landed).await;
    Done::Settled { landed, stored }
}

async fn store_outcomes(lane: &Lane, landed: &[Flown]) -> Result<()> {
    let remote = lane.remote.now();
    let lag = &remote.capability().lag;
    let mut settled = Vec::new();
    let mut missing: BTreeSet<ListingId> = BTreeSet::new();
    let mut locked = Vec::new();
    let mut expired = None;
    for flown in landed {
        let settlement = outcome::settled(flown, lag);
        settled.extend(settlement.rows);
        missing.extend(settlement.missing);
        locked.extend(settlement.locked);
        match &flown.outcome {
            Ok(_) => {
                for known in &flown.planned.order_known_at {
                    lane.engine.witness.lowered(lane.shop.id, flown.answered_at.duration_since(*known));
                }
            }
            Err(fault) if fault.again() == Again::AfterRenewal => {
                expired = expired.max(Some(flown.generation));
            }
            Err(_) => {}
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
    match expired {
        Some(generation) => lane.remote.renew(generation).await,
        None => Ok(()),
    }
}
