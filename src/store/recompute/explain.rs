//! Why a figure is there: the same computation that wrote it, with its steps kept.

use super::{Taker, consumers};
use crate::ids::VariantId;
use crate::listing::explain::{Part, PlaceStock};
use crate::listing::{Allotment, Explanation, Stopped, allot, priced};
use crate::store::error::{Result, StoreError};
use crate::store::status::{SkuOffer, SkuTrace};
use crate::store::tx::args;
use crate::store::{StockView, Store};
use ganh_contract::{OfferRef, Sku};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// Explains the figures of one SKU in every shop that has an offer of it, by handle. `now` decides the season. Changes nothing.
    ///
    /// Errors: `NotFound` (the SKU).
    pub async fn explain(&self, sku: &str, now: Timestamp) -> Result<Vec<Explanation>> {
        let trace = self.sku_trace(sku, 0).await?;
        // Never committed: what is read in it is of one instant.
        let mut tx = self.write().await?;
        let reach = tx.reach(&BTreeSet::from([trace.variant])).await?;
        let pools = tx.pools(&reach).await?;
        let takers = tx.takers(&reach, now).await?;
        let allotments = allot(&consumers(&takers, &reach), &pools);
        let mut found = Vec::new();
        for (taker, allotment) in
            takers.iter().zip(allotments).filter(|(taker, _)| taker.variant == trace.variant)
        {
            let linked = tx.offers(taker.shop, &[taker.id]).await?.pop();
            found.push((taker, allotment, linked.map(|linked| linked.state.offer)));
        }
        let stops = tx.stops_of(&reach, trace.variant).await?;
        drop(tx);
        let recipe = reach.recipes.get(&trace.variant).cloned().unwrap_or_default();
        let parts = self.parts(&recipe, &pools).await?;
        let mut explained = Vec::new();
        for offer in &trace.offers {
            let own = found.iter().find(|(taker, ..)| taker.shop == offer.shop);
            // An offer that came to be between the two readings is explained next time.
            let Some((taker, allotment, linked)) = own else { continue };
            explained.push(explanation(&trace, offer, taker, allotment, linked.clone(), (&parts, &stops)));
        }
        Ok(explained)
    }

    async fn parts(
        &self,
        recipe: &[(VariantId, u32)],
        pools: &BTreeMap<VariantId, u32>,
    ) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        for (variant, quantity) in recipe {
            let row = self.read().find("SELECT sku FROM variant WHERE id = $1", args![*variant]).await?;
            let missing = || StoreError::NotFound(format!("variant {variant}"));
            let view: StockView = self.stock_of(&row.ok_or_else(missing)?.text("sku")?, 0).await?;
            let places = view.places.into_iter().map(|place| PlaceStock {
                place: place.place,
                name: place.name,
                on_hand: place.balance.on_hand,
                reserved: place.balance.reserved,
                sells_online: place.sells_online,
            });
            parts.push(Part {
                sku: Sku::new(view.sku),
                quantity: *quantity,
                places: places.collect(),
                sellable: pools.get(variant).copied().unwrap_or(0),
            });
        }
        Ok(parts)
    }
}

fn explanation(
    trace: &SkuTrace,
    offer: &SkuOffer,
    taker: &Taker,
    allotment: &Allotment,
    linked: Option<OfferRef>,
    (parts, stops): (&[Part], &[Stopped]),
) -> Explanation {
    Explanation {
        shop: offer.shop_handle.clone(),
        sku: Sku::new(trace.sku.as_str()),
        offer: linked,
        parts: parts.to_vec(),
        stops: stops.to_vec(),
        stock: allotment.clone(),
        price: priced(taker.base_price, &taker.price_rules),
        on_sale: taker.on_sale,
        desired: offer.desired,
        revs: offer.revs,
        based_at: offer.based_at,
        acked: offer.acked,
        acked_revs: offer.acked_revs,
        sent: offer.sent,
        suspect: offer.suspect,
        observed: offer.observed,
        waits: offer.parked.as_ref().map(|(actor, said)| format!("{actor}: {said}")),
    }
}
