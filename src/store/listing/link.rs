//! Linking: which remote offer is which of our variants, and what stands there already.

use crate::catalogue::text::sku_key;
use crate::ids::{ListingId, OfferId, ShopId, VariantId};
use crate::store::error::Result;
use crate::store::offer::{Stored, kind_name, rank};
use crate::store::tx::{Tx, args, json};
use crate::store::{Lease, Store};
use ganh_contract::{Link, OfferRef, RemoteListingId, Sku, Vnd};
use jiff::Timestamp;
use std::collections::HashMap;

/// What one offer shows as it was created or read. `None`: nobody said; the figure is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownOffer {
    pub sku: Sku,
    pub price: Option<Vnd>,
    pub stock: Option<u32>,
    pub on_sale: Option<bool>,
}

/// A listing that came to be.
#[derive(Debug, Clone)]
pub struct LinkedListing<'a> {
    pub listing: ListingId,
    pub remote_id: RemoteListingId,
    pub link: &'a Link,
    pub shown: &'a [ShownOffer],
    /// When the call that wrote the shown stock left, and when it was answered: its bracket (I5).
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
    /// The product's page that it shows.
    pub content_rev: i64,
    /// It is hidden, and its switch may wait until then for others (see [`Store::show_gathered`]).
    pub show_at: Option<Timestamp>,
}

/// One offer to be tied to its remote counterpart.
pub(super) struct Tie {
    pub variant: VariantId,
    pub offer: OfferRef,
    pub note: String,
    pub price: Option<Vnd>,
    pub stock: Option<u32>,
    pub on_sale: Option<bool>,
}

impl Store {
    /// Links a listing: it is live from now on. Figures that stand there as wanted are acknowledged, the others are dirty.
    ///
    /// Repeating with the same link is a no-op. SKUs that are not the product's are left alone.
    pub async fn link_listing(
        &self,
        lease: &Lease,
        linked: &LinkedListing<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.listing(lease, linked.listing).await?;
        let rows = tx
            .rows(
                "SELECT v.id, v.sku_key FROM offer AS o JOIN variant AS v ON v.id = o.variant_id WHERE o.listing_id = $1",
                args![linked.listing],
            )
            .await?;
        let mut variants = HashMap::new();
        for row in rows {
            variants.insert(row.text("sku_key")?, VariantId::new(row.int("id")?));
        }
        let shown: HashMap<String, &ShownOffer> =
            linked.shown.iter().map(|shown| (sku_key(shown.sku.as_str()), shown)).collect();
        let mut ties = Vec::new();
        for theirs in &linked.link.offers {
            let key = sku_key(theirs.sku.as_str());
            let Some(variant) = variants.get(&key) else { continue };
            let shown = shown.get(&key);
            ties.push(Tie {
                variant: *variant,
                offer: theirs.offer.clone(),
                note: theirs.note.clone(),
                price: shown.and_then(|shown| shown.price),
                stock: shown.and_then(|shown| shown.stock),
                on_sale: shown.and_then(|shown| shown.on_sale),
            });
        }
        tx.tie(lease.shop, linked.listing, &ties, (linked.sent_at, linked.answered_at), now).await?;
        tx.retire_refs(lease, &linked.link.retired, linked.listing, now).await?;
        if let Some(show_at) = linked.show_at {
            tx.execute(
                "UPDATE offer SET next_try_at = $2 WHERE listing_id = $1 AND acked_on_sale = 0 AND dirty_since_at IS NOT NULL",
                args![linked.listing, show_at],
            )
            .await?;
        }
        tx.execute(
            "UPDATE listing SET state = 'live', remote_id = $2, ticket = NULL, intent_cut_at = NULL, content_rev = $3, attempts = 0,
                 next_try_at = 0, updated_at = $4,
                 stale_since_at = CASE WHEN (SELECT p.content_rev FROM product AS p WHERE p.id = listing.product_id) = $3
                     THEN NULL ELSE COALESCE(stale_since_at, $4) END
             WHERE id = $1",
            args![linked.listing, linked.remote_id.as_str(), linked.content_rev, now],
        )
        .await?;
        tx.touch(lease.shop);
        tx.commit().await
    }

    /// Lets the switches that wait for each other until `show_at` leave now. Repeating is a no-op. Errors: `StaleLease`.
    pub async fn show_gathered(&self, lease: &Lease, show_at: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        // Walks index offer_dirty.
        tx.execute(
            "UPDATE offer SET next_try_at = 0 WHERE shop_id = $1 AND dirty_since_at IS NOT NULL AND next_try_at = $2",
            args![lease.shop, show_at],
        )
        .await?;
        tx.touch(lease.shop);
        tx.commit().await
    }
}

impl Tx {
    /// Ties offers of a listing to their remote counterparts and lays what stands there against what should.
    pub(super) async fn tie(
        &mut self,
        shop: ShopId,
        listing: ListingId,
        ties: &[Tie],
        (sent_at, answered_at): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<()> {
        // Ids that change are kept for old orders.
        let rows: Vec<_> = ties
            .iter()
            .map(|tie| {
                let OfferRef { listing, offer, kind } = &tie.offer;
                (tie.variant.get(), listing.as_str(), offer.as_str(), kind_name(*kind), tie.note.as_str())
            })
            .collect();
        self.execute(
            "INSERT INTO retired_offer (shop_id, remote_listing_id, remote_offer_id, variant_id, retired_at)
             SELECT o.shop_id, o.remote_listing_id, o.remote_offer_id, o.variant_id, $3
             FROM json_each($1) AS named JOIN offer AS o ON o.listing_id = $2 AND o.variant_id = CAST(named.value->>0 AS BIGINT)
             WHERE o.remote_listing_id IS NOT NULL
                 AND NOT (o.remote_listing_id = named.value->>1 AND o.remote_offer_id = named.value->>2)
             ON CONFLICT (shop_id, remote_listing_id, remote_offer_id) DO NOTHING",
            args![json(&rows), listing, now],
        )
        .await?;
        let tied = self
            .rows(
                "UPDATE offer SET remote_listing_id = n.remote_listing, remote_offer_id = n.remote_offer, remote_kind = n.kind,
                     note = n.note, updated_at = $3
                 FROM (SELECT CAST(value->>0 AS BIGINT) AS variant, value->>1 AS remote_listing, value->>2 AS remote_offer,
                         value->>3 AS kind, value->>4 AS note FROM json_each($1)) AS n
                 WHERE offer.listing_id = $2 AND offer.variant_id = n.variant
                 RETURNING id, variant_id",
                args![json(&rows), listing, now],
            )
            .await?;
        let mut ids = Vec::new();
        for row in &tied {
            ids.push(OfferId::new(row.int("id")?));
        }
        let by_variant: HashMap<VariantId, &Tie> = ties.iter().map(|tie| (tie.variant, tie)).collect();
        let mut stored = self.offers(shop, &ids).await?;
        for Stored { state, .. } in &mut stored {
            let Some(tie) = by_variant.get(&state.variant_id) else { continue };
            state.acked.price = tie.price.or(state.acked.price);
            state.acked.stock = tie.stock.or(state.acked.stock);
            state.acked.on_sale = tie.on_sale.or(state.acked.on_sale);
            if tie.price == Some(state.desired.price) {
                state.acked_revs.price = state.revs.price;
            }
            if tie.stock == Some(state.desired.stock) {
                state.acked_revs.stock = state.revs.stock;
            }
            if tie.on_sale == Some(state.desired.on_sale) {
                state.acked_revs.on_sale = state.revs.on_sale;
            }
            if tie.stock.is_some() {
                state.wrote = Some(crate::listing::StockWrite { sent_at, answered_at });
            }
            state.dirty_since = None;
            rank(state, now);
        }
        self.put_offers(&stored, now).await
    }

    async fn retire_refs(
        &mut self,
        lease: &Lease,
        retired: &[OfferRef],
        listing: ListingId,
        now: Timestamp,
    ) -> Result<()> {
        let rows: Vec<_> =
            retired.iter().map(|offer| (offer.listing.as_str(), offer.offer.as_str())).collect();
        // A retired id is already known with its variant, unless it was never ours; then the listing's first variant stands for it.
        self.execute(
            "INSERT INTO retired_offer (shop_id, remote_listing_id, remote_offer_id, variant_id, retired_at)
             SELECT $2, named.value->>0, named.value->>1, (SELECT min(o.variant_id) FROM offer AS o WHERE o.listing_id = $3), $4
             FROM json_each($1) AS named
             WHERE (SELECT count(*) FROM offer AS o WHERE o.listing_id = $3) = 1
             ON CONFLICT (shop_id, remote_listing_id, remote_offer_id) DO NOTHING",
            args![json(&rows), lease.shop, listing, now],
        )
        .await?;
        Ok(())
    }
}
