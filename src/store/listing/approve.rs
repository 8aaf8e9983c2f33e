//! Approving a shop's first plan: only now may anything change there.

use super::link::Tie;
use super::seen::Kept;
use crate::ids::{ListingId, ProductId, ShopId, VariantId};
use crate::listing::Adoption;
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::recompute::Because;
use crate::store::tx::{Tx, args, json};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a person approved.
#[derive(Debug, Clone)]
pub struct Approval<'a> {
    /// Listings that are ours, and which offer is which variant.
    pub adopt: &'a [Adoption],
    /// Products to be created there.
    pub create: &'a [ProductId],
}

impl Store {
    /// Activates a shop: writes its wanted listings and adoptions and computes every figure. Listings that are not named stay as they are.
    ///
    /// Repeating is a no-op. Errors: `Conflict` when the shop is neither new nor active.
    pub async fn approve_shop(&self, shop: ShopId, approval: &Approval<'_>, now: Timestamp) -> Result<()> {
        let mut tx = self.write_alone().await?;
        let moved = tx
            .execute(
                "UPDATE shop SET state = 'active', state_reason = NULL, updated_at = $2 WHERE id = $1 AND state IN ('new', 'active')",
                args![shop, now],
            )
            .await?;
        if moved == 0 {
            return Err(StoreError::Conflict(format!("shop {shop}")));
        }
        let products: BTreeSet<i64> = approval
            .adopt
            .iter()
            .map(|adoption| adoption.product)
            .chain(approval.create.iter().copied())
            .map(ProductId::get)
            .collect();
        let products: Vec<i64> = products.into_iter().collect();
        tx.want_in_shop(shop, &products, now).await?;
        tx.want_offers_of_products(&products, now).await?;
        let listings = tx.listings_of(shop, &products).await?;
        let variants = tx.variants_of_products(&products).await?;
        tx.lock_pools(&variants).await?;
        tx.recompute(&variants, &BTreeMap::new(), Because::Edit, now).await?;
        for adoption in approval.adopt {
            if let Some(listing) = listings.get(&adoption.product) {
                tx.adopt(shop, *listing, adoption, now).await?;
            }
        }
        tx.touch(shop);
        tx.commit().await
    }
}

impl Tx {
    async fn adopt(
        &mut self,
        shop: ShopId,
        listing: ListingId,
        adoption: &Adoption,
        now: Timestamp,
    ) -> Result<()> {
        let row = self
            .find(
                "SELECT offers, read_at FROM remote_listing WHERE shop_id = $1 AND remote_id = $2",
                args![shop, adoption.listing.as_str()],
            )
            .await?;
        let (seen, read_at) = match row {
            Some(row) => (row.json::<Vec<Kept>>("offers")?, row.at("read_at")?),
            None => (Vec::new(), now),
        };
        let ties: Vec<Tie> = adoption
            .offers
            .iter()
            .map(|ours| {
                let seen = seen.iter().find(|seen| seen.offer == ours.offer);
                Tie {
                    variant: ours.variant,
                    offer: ours.offer.clone(),
                    note: ours.note.clone(),
                    price: seen.and_then(Kept::price),
                    stock: seen.and_then(|seen| seen.stock.as_ref()).map(ganh_contract::Units::total),
                    on_sale: seen.map(|seen| seen.on_sale),
                }
            })
            .collect();
        self.tie(shop, listing, &ties, (read_at, read_at), now).await?;
        // The page is the producer's own work: it counts as shown until the product's page moves.
        self.execute(
            "UPDATE listing SET state = 'live', remote_id = $2, updated_at = $3, stale_since_at = NULL,
                 content_rev = (SELECT p.content_rev FROM product AS p WHERE p.id = listing.product_id)
             WHERE id = $1",
            args![listing, adoption.listing.as_str(), now],
        )
        .await?;
        Ok(())
    }

    async fn listings_of(&mut self, shop: ShopId, products: &[i64]) -> Result<HashMap<ProductId, ListingId>> {
        let rows = self
            .rows(
                "SELECT l.product_id, l.id FROM json_each($2) AS named
                 CROSS JOIN listing AS l WHERE l.shop_id = $1 AND l.product_id = CAST(named.value AS BIGINT)",
                args![shop, json(products)],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((ProductId::new(row.int("product_id")?), ListingId::new(row.int("id")?))))
            .collect()
    }

    pub(super) async fn variants_of_products(&mut self, products: &[i64]) -> Result<BTreeSet<VariantId>> {
        let rows = self
            .rows(
                "SELECT v.id FROM json_each($1) AS named JOIN variant AS v ON v.product_id = CAST(named.value AS BIGINT)",
                args![json(products)],
            )
            .await?;
        rows.iter().map(|row| row.int("id").map(VariantId::new)).collect()
    }
}
