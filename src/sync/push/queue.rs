//! Calls that may leave now, the most harmful first. Never kept: a bell empties it and the newest is read.

use super::super::lane::Lane;
use super::super::renew::unstored;
use crate::ids::OfferId;
use crate::listing::{Facets, OfferState};
use crate::plan::{self, Ceilings, Gates, Held, Known};
use crate::store::Departure;
use ganh_contract::{
    Batch, Capability, Fault, FaultKind, OfferCall, OfferRef, OfferRow, Price, RemoteListingId, Result, Sent,
    Units,
};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// One call with what the store must know of each of its rows.
#[derive(Debug)]
pub struct Planned {
    pub call: OfferCall,
    pub departures: Vec<Departure>,
    /// The instant that the store took note of; set when it leaves.
    pub departed_at: Timestamp,
    /// For each lowering that an order made necessary, when the order became known.
    pub order_known_at: Vec<Timestamp>,
    pub is_urgent: bool,
    states: Vec<OfferState>,
    quota: String,
}

impl Planned {
    /// `switched`: offers whose own switch is to be changed, by listing; a row of a listing speaks for all of them.
    fn new(
        call: OfferCall,
        states: &HashMap<OfferRef, OfferState>,
        switched: &HashMap<RemoteListingId, Vec<OfferRef>>,
        cap: &Capability,
    ) -> Self {
        let mut of: Vec<OfferState> =
            call.rows.iter().filter_map(|row| states.get(&row.offer).cloned()).collect();
        if is_of_listings(&call, cap) {
            let others = |row: &OfferRow| {
                let all = switched.get(&row.offer.listing).map(Vec::as_slice).unwrap_or_default();
                all.iter().filter(|offer| **offer != row.offer).cloned().collect::<Vec<_>>()
            };
            of.extend(call.rows.iter().flat_map(others).filter_map(|offer| states.get(&offer).cloned()));
        }
        let departures = departures(&call, &of, cap);
        let is_urgent = of.iter().any(|state| state.rank().is_urgent());
        let quota = cap.calls.get(call.shape).map(|shape| shape.quota.clone()).unwrap_or_default();
        Self {
            call,
            departures,
            departed_at: Timestamp::UNIX_EPOCH,
            order_known_at: Vec::new(),
            is_urgent,
            states: of,
            quota,
        }
    }

    /// The states that a row was made from: its offer's, or those of all offers of its listing whose switch it is.
    pub fn states_of<'a>(&'a self, row: &'a OfferRow) -> impl Iterator<Item = &'a OfferState> {
        let rows = &self.call.rows;
        self.states.iter().filter(move |state| row_of(rows, state).is_some_and(|of| of.offer == row.offer))
    }

    /// Drops rows that may not leave. `None` when no row is left; also the listings that this call no longer keeps busy.
    pub fn without(mut self, stays: &HashSet<OfferId>) -> (Option<Self>, Vec<RemoteListingId>) {
        let before = self.listings();
        let refs: HashSet<OfferRef> = self
            .states
            .iter()
            .filter(|state| stays.contains(&state.id))
            .map(|state| state.offer.clone())
            .collect();
        self.call.rows.retain(|row| !refs.contains(&row.offer));
        self.departures.retain(|departure| !stays.contains(&departure.offer));
        // A row that stays takes along those that it spoke for; they leave with the next one.
        let rows = &self.call.rows;
        self.states.retain(|state| !stays.contains(&state.id) && row_of(rows, state).is_some());
        let left: HashSet<OfferId> = self.states.iter().map(|state| state.id).collect();
        self.departures.retain(|departure| left.contains(&departure.offer));
        let after = self.listings();
        let freed = before.difference(&after).cloned().collect();
        ((!self.call.rows.is_empty()).then_some(self), freed)
    }

    /// Lowers the stock figures of these rows to so many units; they are carried from now on, so the wish stays to be sent.
    pub fn lower_to(&mut self, units: &HashMap<OfferId, u32>) {
        for state in &self.states {
            let Some(units) = units.get(&state.id) else { continue };
            for row in self.call.rows.iter_mut().filter(|row| row.offer == state.offer) {
                row.stock = row.stock.as_ref().map(|stock| Sent::Carried(stock.figure().at_most(*units)));
            }
            for departure in self.departures.iter_mut().filter(|departure| departure.offer == state.id) {
                departure.stock = Some(*units);
                departure.changed.stock = false;
            }
        }
    }

    /// The name of the quota that this call costs one of.
    pub fn quota(&self) -> &str {
        &self.quota
    }

    /// Its listings may be written again.
    pub fn free(&self, busy: &mut HashSet<RemoteListingId>) {
        for listing in self.listings() {
            busy.remove(&listing);
        }
    }

    fn listings(&self) -> BTreeSet<RemoteListingId> {
        self.call.rows.iter().map(|row| row.offer.listing.clone()).collect()
    }

    fn is_free(&self, busy: &HashSet<RemoteListingId>) -> bool {
        self.call.rows.iter().all(|row| !busy.contains(&row.offer.listing))
    }
}

/// Planned calls in order of harm.
#[derive(Debug, Default)]
pub struct Queue(VecDeque<Planned>);

impl Queue {
    /// Reads the newest figures and plans calls for what may leave; `waiting` offers stay. Returns what may not leave, and why.
    pub async fn fill(
        &mut self,
        lane: &Lane,
        ceilings: &Ceilings,
        busy: &HashSet<RemoteListingId>,
        waiting: &HashSet<OfferId>,
    ) -> Result<Vec<Held>> {
        self.0.clear();
        let store = &lane.engine.store;
        let now = lane.engine.clock.now();
        let limit = lane.engine.rules.page + waiting.len();
        let remote = lane.remote.now();
        let cap = remote.capability();
        let mut states = store.dirty_offers(lane.shop.id, now, limit).await.map_err(unstored)?;
        if states.len() >= limit {
            drop_half_read_listing(&mut states, cap);
        }
        states.retain(|state| !busy.contains(&state.offer.listing) && !waiting.contains(&state.id));
        if states.is_empty() {
            return Ok(Vec::new());
        }
        let (known, siblings) =
            if needs_siblings(cap) { self.known(lane, &states).await? } else { Default::default() };
        let orders_read_at = store.orders_read_at(lane.shop.id).await.map_err(unstored)?;
        let none = BTreeSet::new();
        let gates = Gates {
            capability: cap,
            known: &known,
            busy: &none,
            orders_read_at,
            now,
            ages_after: lane.engine.rules.ages_after,
        };
        let changes = plan::changes(&states, &gates);
        let rows = changes.rows();
        let mut switched: HashMap<RemoteListingId, Vec<OfferRef>> = HashMap::new();
        for row in rows.iter().filter(|row| row.on_sale.as_ref().is_some_and(Sent::is_changed)) {
            switched.entry(row.offer.listing.clone()).or_default().push(row.offer.clone());
        }
        let calls = plan::pack(&rows, &known, cap, ceilings).map_err(|unpackable| {
            Fault::new("set_offers", FaultKind::Unsupported).said(unpackable.to_string())
        })?;
        // A row that only carries figures writes them all the same: it departs and is settled like any other (I5, I7).
        let by_ref: HashMap<OfferRef, OfferState> =
            siblings.into_iter().chain(states).map(|state| (state.offer.clone(), state)).collect();
        self.0 = calls.into_iter().map(|call| Planned::new(call, &by_ref, &switched, cap)).collect();
        Ok(changes.held)
    }

    /// What stands at the channel, for calls that name whole listings; a listing of which something is unread is left out.
    async fn known(&self, lane: &Lane, states: &[OfferState]) -> Result<(Known, Vec<OfferState>)> {
        let listings: BTreeSet<_> = states.iter().map(|state| state.listing_id).collect();
        let listings: Vec<_> = listings.into_iter().collect();
        let all = lane.engine.store.offers_of_listings(&listings).await.map_err(unstored)?;
        let mut known = Known::new();
        let siblings = all.clone();
        for mut state in all {
            if mutant!("carried_is_desired") {
                state.acked.price = state.acked.price.and(Some(state.desired.price));
                state.acked.stock = state.acked.stock.and(Some(state.desired.stock));
            }
            let row = OfferRow {
                offer: state.offer.clone(),
                note: state.note.clone(),
                price: state.acked.price.map(|price| Sent::Carried(Price::plain(price))),
                stock: state.acked.stock.map(|units| Sent::Carried(Units::only(units))),
                on_sale: state.acked.on_sale.map(Sent::Carried),
            };
            known.entry(state.offer.listing).or_default().push(row);
        }
        Ok((known, siblings))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The first call none of whose listings has an unanswered write (I4).
    pub fn next_free(&self, busy: &HashSet<RemoteListingId>) -> Option<usize> {
        self.0.iter().position(|planned| planned.is_free(busy) || mutant!("depart_in_flight"))
    }

    pub fn quota(&self, index: usize) -> &str {
        self.0.get(index).map_or("", |planned| &planned.quota)
    }

    pub fn is_urgent(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|planned| planned.is_urgent)
    }

    /// Takes a call out; its listings are busy from now on.
    pub fn take(&mut self, index: usize, busy: &mut HashSet<RemoteListingId>) -> Planned {
        let planned = self.0.remove(index).expect("the index came from next_free on this queue");
        busy.extend(planned.call.rows.iter().map(|row| row.offer.listing.clone()));
        planned
    }

    /// A call that failed whole goes first again, in two halves, so that one bad row does not hold up the others.
    pub fn put_back_in_halves(&mut self, failed: &Planned, cap: &Capability) {
        let Some(shape) = cap.calls.get(failed.call.shape) else { return };
        for call in plan::halve(failed.call.clone(), shape).into_iter().rev() {
            let of: Vec<OfferState> =
                call.rows.iter().flat_map(|row| failed.states_of(row)).cloned().collect();
            let departures = departures(&call, &of, cap);
            let (is_urgent, quota) = (failed.is_urgent, failed.quota.clone());
            self.0.push_front(Planned {
                call,
                departures,
                departed_at: Timestamp::UNIX_EPOCH,
                order_known_at: Vec::new(),
                is_urgent,
                states: of,
                quota,
            });
        }
    }
}

/// What the store must check of each row: the figures in it and the revisions they were read with.
fn departures(call: &OfferCall, states: &[OfferState], cap: &Capability) -> Vec<Departure> {
    let whole =
        cap.calls.get(call.shape).is_some_and(|shape| matches!(shape.batch, Batch::WholeListings { .. }));
    let of = |state: &OfferState| {
        let row = row_of(&call.rows, state)?;
        Some(Departure {
            offer: state.id,
            revs: state.revs,
            price: row.price.as_ref().map(|price| price.figure().list),
            stock: row.stock.as_ref().map(|units| units.figure().total()),
            on_sale: row.on_sale.as_ref().map(|on_sale| *on_sale.figure()),
            changed: Facets {
                price: row.price.as_ref().is_some_and(Sent::is_changed),
                stock: row.stock.as_ref().is_some_and(Sent::is_changed),
                on_sale: row.on_sale.as_ref().is_some_and(Sent::is_changed),
            },
            raises: state.is_raise(),
            whole,
            bracketed: state.bracketed,
        })
    };
    states.iter().filter_map(of).collect()
}

/// The row that carries an offer's figures, or the one that says its listing's switch.
fn row_of<'a>(rows: &'a [OfferRow], state: &OfferState) -> Option<&'a OfferRow> {
    let own = rows.iter().find(|row| row.offer == state.offer);
    own.or_else(|| rows.iter().find(|row| row.offer.listing == state.offer.listing))
}

fn is_of_listings(call: &OfferCall, cap: &Capability) -> bool {
    cap.calls.get(call.shape).is_some_and(|shape| matches!(shape.batch, Batch::Listings { .. }))
}

fn needs_siblings(cap: &Capability) -> bool {
    cap.calls.iter().any(|shape| shape.coupled || matches!(shape.batch, Batch::WholeListings { .. }))
        || cap.stock.every_place
}

/// A full page may end inside a listing; its other rows would then need a call of their own, so the listing waits for the next page.
fn drop_half_read_listing(states: &mut Vec<OfferState>, cap: &Capability) {
    let joins = |shape: &ganh_contract::CallShape| {
        matches!(shape.batch, Batch::OneListing { .. } | Batch::WholeListings { .. })
    };
    let Some(last) = states.last().map(|state| state.listing_id) else { return };
    if cap.calls.iter().any(joins) && states.iter().any(|state| state.listing_id != last) {
        states.retain(|state| state.listing_id != last);
    }
}
