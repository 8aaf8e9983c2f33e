//! What a shop held when it was first read: kept until its plan is approved; foreign listings are left alone for ever.

use crate::ids::{ProductId, ShopId, VariantId};
use crate::listing::{OurVariant, RemoteListingSeen};
use crate::store::error::Result;
use crate::store::tx::{args, json};
use crate::store::{Lease, Store};
use ganh_contract::{ObservedOffer, OfferRef, Price, RemoteListingId, Sku, Units, Vnd};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A listing as read, with its standing in words.
#[derive(Debug, Clone)]
pub struct SeenListing {
    pub seen: RemoteListingSeen,
    pub standing: String,
}

/// An observed offer as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub offer: OfferRef,
    pub note: String,
    pub sku: Option<Sku>,
    pub gtin: Option<String>,
    pub on_sale: bool,
    pub price: Option<Price>,
    pub stock: Option<Units>,
    pub reserved: Option<u32>,
}

impl Kept {
    /// The price that a buyer pays without dates.
    pub fn price(&self) -> Option<Vnd> {
        self.price.as_ref().map(|price| price.list)
    }
}

impl Store {
    /// Stores a page of what the shop holds; a listing that was read before is replaced.
    pub async fn save_seen_listings(
        &self,
        lease: &Lease,
        listings: &[SeenListing],
        read_at: Timestamp,
    ) -> Result<()> {
        let rows: Vec<_> = listings
            .iter()
            .map(|SeenListing { seen, standing }| {
                let offers: Vec<Kept> = seen.offers.iter().map(kept).collect();
                let code = seen.code.as_ref().map(Sku::as_str);
                (
                    seen.listing.as_str(),
                    code,
                    &*seen.title,
                    &**standing,
                    serde_json::json!(offers).to_string(),
                )
            })
            .collect();
        let mut tx = self.write_alone().await?;
        tx.fence(lease).await?;
        tx.execute(
            "INSERT INTO remote_listing (shop_id, remote_id, code, title, standing, offers, read_at)
             SELECT $2, value->>0, value->>1, value->>2, value->>3, value->>4, $3 FROM json_each($1) WHERE true
             ON CONFLICT (shop_id, remote_id) DO UPDATE SET code = excluded.code, title = excluded.title,
                 standing = excluded.standing, offers = excluded.offers, read_at = excluded.read_at",
            args![json(&rows), lease.shop, read_at],
        )
        .await?;
        tx.commit().await
    }

    /// Everything that was read of the shop at or after `since`, by remote id.
    pub async fn seen_listings(&self, shop: ShopId, since: Timestamp) -> Result<Vec<SeenListing>> {
        let rows = self
            .read()
            .rows(
                "SELECT remote_id, code, title, standing, offers FROM remote_listing WHERE shop_id = $1 AND read_at >= $2
                 ORDER BY remote_id",
                args![shop, since],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(SeenListing {
                    seen: RemoteListingSeen {
                        listing: RemoteListingId::new(row.text("remote_id")?),
                        code: row.find_text("code")?.map(Sku::new),
                        title: row.text("title")?,
                        offers: row.json::<Vec<Kept>>("offers")?.into_iter().map(observed).collect(),
                    },
                    standing: row.text("standing")?,
                })
            })
            .collect()
    }

    /// The variants that should be sold in the shop and are not linked there yet.
    pub async fn our_variants(&self, shop: ShopId) -> Result<Vec<OurVariant>> {
        let rows = self
            .read()
            .rows(
                "SELECT v.product_id, v.id, v.sku, v.gtin
                 FROM shop AS s JOIN variant AS v ON s.producer_id IS NULL OR v.producer_id = s.producer_id
                 LEFT JOIN offer AS o ON o.variant_id = v.id AND o.shop_id = s.id
                 WHERE s.id = $1 AND o.remote_listing_id IS NULL ORDER BY v.product_id, v.position, v.id",
                args![shop],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(OurVariant {
                    product: ProductId::new(row.int("product_id")?),
                    variant: VariantId::new(row.int("id")?),
                    sku: Sku::new(row.text("sku")?),
                    gtin: row.find_text("gtin")?,
                })
            })
            .collect()
    }
}

fn kept(offer: &ObservedOffer) -> Kept {
    let ObservedOffer { offer, note, sku, gtin, on_sale, price, stock, reserved } = offer.clone();
    Kept { offer, note, sku, gtin, on_sale, price, stock, reserved }
}

fn observed(kept: Kept) -> ObservedOffer {
    let Kept { offer, note, sku, gtin, on_sale, price, stock, reserved } = kept;
    ObservedOffer { offer, note, sku, gtin, on_sale, price, stock, reserved }
}
