//! Parked offers: shown to people, freed by them.

use crate::ids::{OfferId, ShopId};
use crate::store::Store;
use crate::store::alarm::actor;
use crate::store::error::Result;
use crate::store::tx::{args, json};
use ganh_contract::Actor;
use jiff::Timestamp;
use serde::Serialize;

/// A parked offer: what is wrong and who must act.
#[derive(Debug, Clone, Serialize)]
pub struct ParkedOffer {
    pub offer: OfferId,
    pub shop: ShopId,
    pub shop_handle: String,
    pub sku: String,
    pub kind: String,
    pub actor: Actor,
    pub said: String,
    pub at: Timestamp,
}

impl Store {
    /// Parked offers above `after`, of one shop or of all, by id.
    pub async fn parked_offers(
        &self,
        shop: Option<ShopId>,
        after: Option<OfferId>,
        limit: usize,
    ) -> Result<Vec<ParkedOffer>> {
        // Walks index offer_parked.
        let rows = self
            .read()
            .rows(
                "SELECT o.id, o.shop_id, s.handle, v.sku, o.parked_kind, o.parked_actor, o.parked_said, o.parked_at
                 FROM offer AS o JOIN shop AS s ON s.id = o.shop_id JOIN variant AS v ON v.id = o.variant_id
                 WHERE o.parked_kind IS NOT NULL AND o.id > $2 AND o.shop_id = COALESCE($1, o.shop_id)
                 ORDER BY o.id LIMIT $3",
                args![shop, after.map_or(0, OfferId::get), limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ParkedOffer {
                    offer: OfferId::new(row.int("id")?),
                    shop: ShopId::new(row.int("shop_id")?),
                    shop_handle: row.text("handle")?,
                    sku: row.text("sku")?,
                    kind: row.text("parked_kind")?,
                    actor: actor(&row.text("parked_actor")?),
                    said: row.text("parked_said")?,
                    at: row.at("parked_at")?,
                })
            })
            .collect()
    }

    /// Frees parked offers for another try. Others are left alone.
    pub async fn unpark_offers(&self, offers: &[OfferId], now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        let shops = tx
            .rows(
                "UPDATE offer SET parked_kind = NULL, parked_actor = NULL, parked_said = NULL, parked_at = NULL,
                     attempts = 0, next_try_at = 0, updated_at = $2
                 WHERE parked_kind IS NOT NULL AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
                 RETURNING shop_id",
                args![json(offers), now],
            )
            .await?;
        for row in shops {
            tx.touch(ShopId::new(row.int("shop_id")?));
        }
        tx.commit().await
    }
}
