//! Dirty offers → what may leave now, the most harmful first; and what is held, with the reason.
//!
//! Lowering is held by nothing but an unanswered write to the same listing. A raise waits until this shop's orders were read later than the ledger was
//! when the figure was computed (I5), until a pending price is acknowledged or rides in the same row (I6), and until a write of unknown outcome
//! was read back (I7). Where figures are taken only while live, zero goes before hiding.

use crate::ids::{ListingId, OfferId};
use crate::listing::figures::{Facets, Harm, OfferState, Revs};
use crate::plan::pack::Known;
use ganh_contract::{Capability, Facet, OfferRow, Price, Sent, Units, Vnd};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What decides whether a change may leave.
#[derive(Debug, Clone, Copy)]
pub struct Gates<'a> {
    pub capability: &'a Capability,
    /// What stands there, where it was read: names the places of an offer.
    pub known: &'a Known,
    /// Listings with an unanswered write (I4).
    pub busy: &'a BTreeSet<ListingId>,
    /// When the last request left that proved all orders of this shop read (I5).
    pub orders_read_at: Timestamp,
    pub now: Timestamp,
    /// After so long a wait, work that is not urgent ranks one step higher; never above urgent work. Zero: it does not age.
    pub ages_after: SignedDuration,
}

/// One offer's part of a call. `facets` are those that the answer acknowledges at `revs`; the figures are those of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub offer: OfferId,
    pub listing: ListingId,
    pub harm: Harm,
    pub facets: Facets,
    pub revs: Revs,
    /// Units, where the row says any.
    pub stock: Option<u32>,
    pub row: OfferRow,
}

/// What may leave, the most harmful first, and what is held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub send: Vec<Change>,
    pub held: Vec<Held>,
}

/// One facet that does not leave now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub offer: OfferId,
    pub facet: Facet,
    pub why: WhyHeld,
}

/// Why a facet is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyHeld {
    /// The shop's orders must be read later than this instant (I5).
    RaiseGate { base: Timestamp },
    /// The price goes first (I6).
    PricePending,
    /// A write to this listing is not answered yet (I4).
    InFlight,
    /// An outcome is unknown until a read later than this instant.
    Suspect { until: Timestamp },
    /// The strict pool is still promised elsewhere; so many may be shown (I7). Told by the store as the call departs.
    Strict { allowed: u32 },
    /// Stock must be acknowledged as zero before the offer is hidden.
    ZeroFirst,
    /// The channel takes this figure only while the offer is on sale.
    Hidden,
    /// The channel would refuse this price, and perhaps its neighbours with it (CONTRACT §2 no. 32): park it for the producer.
    OutOfRange { min: Vnd, max: Vnd },
    /// The channel cannot change this at all.
    NoCall,
}

impl Changes {
    /// The rows to pack, in order of harm.
    pub fn rows(&self) -> Vec<OfferRow> {
        self.send.iter().map(|change| change.row.clone()).collect()
    }
}

/// Sorts dirty offers by harm and waiting time and lets each facet leave or be held. Pure; an offer in step is in neither list.
pub fn changes(offers: &[OfferState], gates: &Gates<'_>) -> Changes {
    let mut sorted: Vec<&OfferState> = offers.iter().filter(|offer| !offer.dirty().is_empty()).collect();
    sorted.sort_by_key(|offer| (urgency(offer, gates), offer.dirty_since, offer.id));
    if mutant!("harm_reversed") {
        sorted.reverse();
    }
    let mut changes = Changes::default();
    for offer in sorted {
        let mut one = One { offer, gates, held: Vec::new(), facets: Facets::default() };
        let row = one.row();
        changes.held.append(&mut one.held);
        if !one.facets.is_empty() {
            changes.send.push(Change {
                offer: offer.id,
                listing: offer.listing_id,
                harm: offer.rank(),
                facets: one.facets,
                revs: offer.revs,
                stock: row.stock.as_ref().map(|units| units.figure().total()),
                row,
            });
        }
    }
    changes
}

/// The rank after ageing: one step for each period waited, but work that is not urgent stays behind what is.
fn urgency(offer: &OfferState, gates: &Gates<'_>) -> u8 {
    let harm = offer.rank();
    if harm.is_urgent() || gates.ages_after <= SignedDuration::ZERO {
        return harm.rank();
    }
    let waited = offer.dirty_since.map_or(SignedDuration::ZERO, |since| gates.now.duration_since(since));
    let periods = waited.as_millis().max(0) / gates.ages_after.as_millis().max(1);
    let aged = harm.rank().saturating_sub(u8::try_from(periods).unwrap_or(u8::MAX));
    aged.max(Harm::Price.rank())
}

struct One<'a> {
    offer: &'a OfferState,
    gates: &'a Gates<'a>,
    held: Vec<Held>,
    facets: Facets,
}

impl One<'_> {
    fn row(&mut self) -> OfferRow {
        let offer = self.offer;
        let dirty = offer.dirty();
        let mut row = OfferRow::silent(offer.offer.clone(), offer.note.clone());
        if dirty.price && self.passes(Facet::Price, self.why_price_waits()) {
            row.price = Some(Sent::Changed(Price::plain(offer.desired.price)));
            self.facets.price = true;
        }
        if self.gates.capability.stock.on_off_only {
            self.switch_for_stock(&mut row);
            return row;
        }
        let price_leaves = row.price.is_some();
        if dirty.stock && self.passes(Facet::Stock, self.why_stock_waits(price_leaves)) {
            row.stock = Some(Sent::Changed(self.units(offer.desired.stock)));
            self.facets.stock = true;
        }
        if dirty.on_sale && self.passes(Facet::OnSale, self.why_switch_waits()) {
            row.on_sale = Some(Sent::Changed(offer.desired.on_sale));
            self.facets.on_sale = true;
        }
        row
    }

    /// A shop that counts no units: on sale says that there are some, and answers for both facets.
    fn switch_for_stock(&mut self, row: &mut OfferRow) {
        let dirty = self.offer.dirty();
        if !dirty.stock && !dirty.on_sale {
            return;
        }
        let on = self.offer.desired.on_sale && self.offer.desired.stock > 0;
        let why = self
            .common(Facet::OnSale)
            .or_else(|| self.why_raise_waits(row.price.is_some(), Facet::OnSale).filter(|_| on));
        let facet = if dirty.stock { Facet::Stock } else { Facet::OnSale };
        if self.passes(facet, why) {
            row.on_sale = Some(Sent::Changed(on));
            self.facets.stock = dirty.stock;
            self.facets.on_sale = dirty.on_sale;
        } else if dirty.stock && dirty.on_sale {
            self.held.extend(why.map(|why| Held { offer: self.offer.id, facet: Facet::OnSale, why }));
        }
    }

    fn passes(&mut self, facet: Facet, why: Option<WhyHeld>) -> bool {
        self.held.extend(why.map(|why| Held { offer: self.offer.id, facet, why }));
        why.is_none()
    }

    fn why_price_waits(&self) -> Option<WhyHeld> {
        let Vnd(price) = self.offer.desired.price;
        let rules = &self.gates.capability.price;
        let is_taken = (rules.min.get()..=rules.max.get()).contains(&price);
        self.common(Facet::Price)
            .or((!is_taken).then_some(WhyHeld::OutOfRange { min: rules.min, max: rules.max }))
    }

    fn why_stock_waits(&self, price_leaves: bool) -> Option<WhyHeld> {
        self.common(Facet::Stock).or_else(|| self.why_raise_waits(price_leaves, Facet::Stock))
    }

    fn why_switch_waits(&self) -> Option<WhyHeld> {
        let offer = self.offer;
        let is_shown = offer.acked.on_sale != Some(false);
        let goes_to_zero = is_shown && offer.dirty().stock && offer.desired.stock == 0;
        if !offer.desired.on_sale && goes_to_zero && self.is_live_only(Facet::Stock) {
            return Some(self.common(Facet::OnSale).unwrap_or(WhyHeld::ZeroFirst));
        }
        self.common(Facet::OnSale)
    }

    fn why_raise_waits(&self, price_leaves: bool, by: Facet) -> Option<WhyHeld> {
        let offer = self.offer;
        if !offer.is_raise() {
            return None;
        }
        if let Some(suspect) = offer.suspect {
            return Some(WhyHeld::Suspect { until: suspect.until });
        }
        let shares_a_row = price_leaves && self.shape_of(Facet::Price) == self.shape_of(by);
        if offer.dirty().price && !shares_a_row && !mutant!("price_after_raise") {
            return Some(WhyHeld::PricePending);
        }
        if self.gates.orders_read_at <= offer.based_at && !mutant!("raise_without_gate") {
            return Some(WhyHeld::RaiseGate { base: offer.based_at });
        }
        None
    }

    /// What holds any facet: an unanswered write, no call for it, figures refused while hidden.
    fn common(&self, facet: Facet) -> Option<WhyHeld> {
        if self.offer.sent.is_some() || self.gates.busy.contains(&self.offer.listing_id) {
            return Some(WhyHeld::InFlight);
        }
        if self.shape_of(facet).is_none() {
            return Some(WhyHeld::NoCall);
        }
        let is_hidden = self.offer.acked.on_sale == Some(false) && facet != Facet::OnSale;
        (is_hidden && self.is_live_only(facet)).then_some(WhyHeld::Hidden)
    }

    fn shape_of(&self, facet: Facet) -> Option<usize> {
        self.gates.capability.shape_for(facet, self.offer.offer.kind)
    }

    fn is_live_only(&self, facet: Facet) -> bool {
        self.shape_of(facet).is_some_and(|shape| self.gates.capability.calls[shape].live_only)
    }

    /// All units at the first place that the offer is known to have, none at its others; without places the one with the empty name.
    fn units(&self, units: u32) -> Units {
        let stands = self.gates.known.get(&self.offer.offer.listing).and_then(|all| {
            all.iter().find(|row| row.offer == self.offer.offer).and_then(|row| row.stock.as_ref())
        });
        let Some(places) = stands.map(|stands| &stands.figure().0).filter(|places| !places.is_empty()) else {
            return Units::only(units);
        };
        Units(
            places
                .keys()
                .enumerate()
                .map(|(index, place)| (place.clone(), if index == 0 { units } else { 0 }))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests;
