//! What connecting a shop would do, shown before anything there is changed: adopt, create, change, ask, park, leave alone.

use crate::ids::{ProductId, VariantId};
use crate::listing::draft::Objection;
use crate::listing::figures::Figures;
use crate::listing::matching::{Adoption, Ambiguity, MatchedBy, Matches, RemoteListingSeen};
use crate::plan::blast::{Blast, Deed, Limits, check};
use crate::plan::pack::fewest;
use ganh_contract::{
    Capability, Facet, ObservedOffer, OfferRef, OfferRow, Price, RemoteListingId, Sent, Sku, Units, Vnd,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One product that the shop should sell. `objections`: what kept its draft from being made, empty when it can be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub product: ProductId,
    pub code: Sku,
    pub title: String,
    pub variants: Vec<WantedVariant>,
    pub objections: Vec<Objection>,
}

/// One variant with the figures that the shop should show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedVariant {
    pub variant: VariantId,
    pub sku: Sku,
    pub figures: Figures,
}

/// The plan of one shop, for people and machines. Every listing read there and every wanted product stands in exactly one list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopPlan {
    pub adopt: Vec<PlannedListing>,
    pub create: Vec<PlannedCreate>,
    /// Parks before any call: the producer has something to mend.
    pub park: Vec<PlannedPark>,
    /// A person must say which is which.
    pub ask: Vec<Ambiguity>,
    pub leave_alone: Vec<RemoteListingId>,
    pub totals: PlanTotals,
    pub blast: Blast,
}

/// A listing that becomes ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedListing {
    pub product: ProductId,
    pub listing: RemoteListingId,
    pub title: String,
    pub by: MatchedBy,
    pub offers: usize,
    pub changes: Vec<PlannedChange>,
    /// Our variants that the listing lacks.
    pub lacks: Vec<Sku>,
    /// Offers there that we do not know, left alone.
    pub strangers: usize,
}

/// One figure that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum PlannedChange {
    Price { sku: Sku, old: Option<Vnd>, new: Vnd },
    Stock { sku: Sku, old: Option<u32>, new: u32 },
    OnSale { sku: Sku, old: bool, new: bool },
}

/// A listing that would be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCreate {
    pub product: ProductId,
    pub code: Sku,
    pub title: String,
    pub offers: usize,
}

/// A product that cannot be listed yet, and everything that stands in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPark {
    pub product: ProductId,
    pub code: Sku,
    pub title: String,
    pub objections: Vec<Objection>,
}

/// The plan in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTotals {
    pub adopt: usize,
    pub create: usize,
    pub park: usize,
    pub ask: usize,
    pub leave_alone: usize,
    pub prices: usize,
    pub stocks: usize,
    pub switches: usize,
    /// The fewest calls that the changes of figures cost.
    pub figure_calls: usize,
    /// One for each listing to be made; a channel that builds in steps takes more.
    pub create_calls: usize,
}

/// Puts the plan together. Where a person must decide, or where nothing is known of ours, nothing is changed. A price or stock that the listing
/// did not show counts as a change from unknown. Pure.
pub fn shop_plan(
    wanted: &[Wanted],
    theirs: &[RemoteListingSeen],
    matches: &Matches,
    capability: &Capability,
    limits: &Limits,
) -> ShopPlan {
    let by_product: BTreeMap<ProductId, &Wanted> = wanted.iter().map(|one| (one.product, one)).collect();
    let seen: BTreeMap<&OfferRef, &ObservedOffer> =
        theirs.iter().flat_map(|listing| &listing.offers).map(|offer| (&offer.offer, offer)).collect();
    let mut plan = ShopPlan {
        ask: matches.ambiguous.clone(),
        leave_alone: matches.unknown.clone(),
        ..ShopPlan::default()
    };
    let mut rows = Vec::new();
    let mut deeds = Vec::new();
    for adoption in &matches.adopt {
        let Some(wanted) = by_product.get(&adoption.product) else {
            // matched, yet not to be sold here: nothing may change there
            plan.leave_alone.push(adoption.listing.clone());
            continue;
        };
        let listing = adopted(adoption, wanted, &seen, capability, &mut rows);
        deeds.extend(listing.changes.iter().filter_map(deed));
        plan.adopt.push(listing);
    }
    let missing: BTreeSet<ProductId> = matches.ours_missing.iter().copied().collect();
    for one in wanted.iter().filter(|one| missing.contains(&one.product)) {
        let Wanted { product, code, title, .. } = one.clone();
        if one.objections.is_empty() {
            plan.create.push(PlannedCreate { product, code, title, offers: one.variants.len() });
        } else {
            plan.park.push(PlannedPark { product, code, title, objections: one.objections.clone() });
        }
    }
    plan.blast = check(&deeds, seen.len(), limits);
    plan.totals = totals(&plan, fewest(&rows, capability));
    plan
}

fn adopted(
    adoption: &Adoption,
    wanted: &Wanted,
    seen: &BTreeMap<&OfferRef, &ObservedOffer>,
    capability: &Capability,
    rows: &mut Vec<OfferRow>,
) -> PlannedListing {
    let ours: BTreeMap<VariantId, &WantedVariant> =
        wanted.variants.iter().map(|one| (one.variant, one)).collect();
    let mut changes = Vec::new();
    for offer in &adoption.offers {
        let (Some(ours), Some(seen)) = (ours.get(&offer.variant), seen.get(&offer.offer)) else { continue };
        let mut row = OfferRow::silent(offer.offer.clone(), offer.note.clone());
        let can = |facet| capability.shape_for(facet, offer.offer.kind).is_some();
        let sku = || ours.sku.clone();
        let Figures { price, stock, on_sale } = ours.figures;
        let old_price = seen.price.as_ref().map(|price| price.list);
        if can(Facet::Price) && old_price != Some(price) {
            changes.push(PlannedChange::Price { sku: sku(), old: old_price, new: price });
            row.price = Some(Sent::Changed(Price::plain(price)));
        }
        let old_stock = seen.stock.as_ref().map(Units::total);
        if can(Facet::Stock) && old_stock != Some(stock) {
            changes.push(PlannedChange::Stock { sku: sku(), old: old_stock, new: stock });
            row.stock = Some(Sent::Changed(Units::only(stock)));
        }
        if can(Facet::OnSale) && seen.on_sale != on_sale {
            changes.push(PlannedChange::OnSale { sku: sku(), old: seen.on_sale, new: on_sale });
            row.on_sale = Some(Sent::Changed(on_sale));
        }
        rows.push(row);
    }
    PlannedListing {
        product: adoption.product,
        listing: adoption.listing.clone(),
        title: adoption.title.clone(),
        by: adoption.by,
        offers: adoption.offers.len(),
        changes,
        lacks: adoption.lacks.iter().filter_map(|id| ours.get(id)).map(|one| one.sku.clone()).collect(),
        strangers: adoption.strangers.len(),
    }
}

/// What a change counts as; a figure that was unknown before is no deed.
fn deed(change: &PlannedChange) -> Option<Deed> {
    match change {
        PlannedChange::Price { sku, old: Some(from), new } => {
            Some(Deed::Reprice { sku: sku.clone(), from: *from, to: *new })
        }
        PlannedChange::Stock { sku, old: Some(old), new: 0 } if *old > 0 => {
            Some(Deed::Zero { sku: sku.clone() })
        }
        PlannedChange::OnSale { sku, old: true, new: false } => Some(Deed::Delist { sku: sku.clone() }),
        PlannedChange::Price { .. } | PlannedChange::Stock { .. } | PlannedChange::OnSale { .. } => None,
    }
}

fn totals(plan: &ShopPlan, figure_calls: usize) -> PlanTotals {
    let mut totals = PlanTotals {
        adopt: plan.adopt.len(),
        create: plan.create.len(),
        park: plan.park.len(),
        ask: plan.ask.len(),
        leave_alone: plan.leave_alone.len(),
        figure_calls,
        create_calls: plan.create.len(),
        ..PlanTotals::default()
    };
    for change in plan.adopt.iter().flat_map(|listing| &listing.changes) {
        match change {
            PlannedChange::Price { .. } => totals.prices += 1,
            PlannedChange::Stock { .. } => totals.stocks += 1,
            PlannedChange::OnSale { .. } => totals.switches += 1,
        }
    }
    totals
}

#[cfg(test)]
mod tests;
