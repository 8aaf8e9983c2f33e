//! Offer calls as the planner would make them, and what a row may claim.

use crate::world::Online;
use ganh_contract::{
    Applied, Batch, Facet, Linked, ObservedOffer, OfferCall, OfferRef, OfferRow, Outcome, Price, Result,
    Sent, Units, Vnd,
};
use std::collections::BTreeMap;

/// A row that wants this stock.
pub fn stock(linked: &Linked, units: Units) -> OfferRow {
    OfferRow { stock: Some(Sent::Changed(units)), ..silent(linked) }
}

/// A row that wants this price, without a sale.
pub fn price(linked: &Linked, dong: i64) -> OfferRow {
    OfferRow { price: Some(Sent::Changed(Price::plain(Vnd(dong)))), ..silent(linked) }
}

/// A row that wants to be on or off sale.
pub fn on_sale(linked: &Linked, is_on: bool) -> OfferRow {
    OfferRow { on_sale: Some(Sent::Changed(is_on)), ..silent(linked) }
}

fn silent(linked: &Linked) -> OfferRow {
    OfferRow::silent(linked.offer.clone(), linked.note.clone())
}

/// The only facet that a row wants changed.
fn facet(row: &OfferRow) -> Facet {
    match (&row.price, &row.stock, &row.on_sale) {
        (Some(_), ..) => Facet::Price,
        (None, Some(_), _) => Facet::Stock,
        (None, None, Some(_)) => Facet::OnSale,
        (None, None, None) => panic!("a row that wants nothing"),
    }
}

impl Online {
    /// Packs rows of one facet and kind into one call, completing it where the shape is coupled, and makes it. One outcome per given row.
    pub async fn set(&self, rows: Vec<OfferRow>) -> Result<Vec<Outcome>> {
        let call = self.pack(rows.clone()).await;
        let outcomes = self.shop().set_offers(&call).await?;
        assert_eq!(outcomes.len(), call.rows.len(), "one outcome for each row, in order");
        let by_offer: BTreeMap<&OfferRef, &Outcome> =
            call.rows.iter().map(|row| &row.offer).zip(&outcomes).collect();
        Ok(rows.iter().map(|row| by_offer[&row.offer].clone()).collect())
    }

    /// The call that carries these rows.
    pub async fn pack(&self, rows: Vec<OfferRow>) -> OfferCall {
        let first = rows.first().expect("rows");
        let shape = self.allows().shape_for(facet(first), first.offer.kind).expect("a shape for the facet");
        let shape_is = &self.allows().calls[shape];
        let is_whole = matches!(shape_is.batch, Batch::WholeListings { .. });
        if matches!(shape_is.batch, Batch::Listings { .. }) {
            // The listing is the unit: one row stands for all of its offers.
            return OfferCall { shape, rows };
        }
        if !shape_is.coupled && !is_whole {
            return OfferCall { shape, rows };
        }
        let mut listings: Vec<_> = rows.iter().map(|row| row.offer.listing.clone()).collect();
        listings.dedup();
        let mut packed = Vec::new();
        for listing in listings {
            for held in self.observed(&listing).await.offers {
                let wanted = rows.iter().find(|row| row.offer == held.offer);
                if wanted.is_some() || is_whole {
                    packed.push(completed(wanted, held));
                }
            }
        }
        OfferCall { shape, rows: packed }
    }
}

/// A row with every facet: the wanted ones changed, the others carried as last observed.
fn completed(wanted: Option<&OfferRow>, held: ObservedOffer) -> OfferRow {
    let wanted = wanted.cloned();
    let silent = OfferRow::silent(held.offer, held.note);
    let row = wanted.unwrap_or_else(|| silent.clone());
    OfferRow {
        note: silent.note,
        offer: silent.offer,
        price: row.price.or(held.price.map(Sent::Carried)),
        stock: row.stock.or(held.stock.map(Sent::Carried)),
        on_sale: row.on_sale.or(Some(Sent::Carried(held.on_sale))),
    }
}

/// What an outcome lets one believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belief {
    /// The new figure holds.
    Taken,
    /// The old figure holds.
    Kept,
    /// Either.
    Open,
}

/// Reads the belief out of an outcome.
pub fn belief(outcome: &Outcome) -> Belief {
    match outcome {
        Ok(_) => Belief::Taken,
        Err(fault) if fault.applied() == Applied::No => Belief::Kept,
        Err(_) => Belief::Open,
    }
}
