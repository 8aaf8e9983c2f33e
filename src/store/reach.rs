//! How far a change of stock reaches: the variants that share pools through bundles, their pools, the offers that draw on them.

use super::error::Result;
use super::tx::{Tx, args, json};
use crate::ids::{OfferId, VariantId};
use std::collections::{BTreeMap, BTreeSet};

/// Everything connected to some variants through bundles, and what one unit of each takes.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub recipes: BTreeMap<VariantId, Vec<(VariantId, u32)>>,
}

impl Reach {
    pub fn variants(&self) -> Vec<VariantId> {
        self.recipes.keys().copied().collect()
    }
}

/// An offer that draws on pools, as the slack reckons with it.
pub(super) struct Taker {
    pub offer: OfferId,
    pub variant: VariantId,
    pub strict: bool,
    /// The highest figure that its shop may still show.
    pub exposure: i64,
}

impl Tx {
    /// Follows bundles both ways until nothing new is found. Without bundles: the variants themselves.
    pub(super) async fn reach(&mut self, variants: &BTreeSet<VariantId>) -> Result<Reach> {
        // Walks the indexes of bundle_component, both ways.
        let rows = self
            .rows(
                "WITH RECURSIVE reach (id) AS (
                     SELECT CAST(value AS BIGINT) FROM json_each($1)
                     UNION
                     SELECT CASE WHEN b.bundle_id = r.id THEN b.component_id ELSE b.bundle_id END
                     FROM reach AS r JOIN bundle_component AS b ON b.bundle_id = r.id OR b.component_id = r.id)
                 SELECT r.id, b.component_id, b.quantity
                 FROM reach AS r LEFT JOIN bundle_component AS b ON b.bundle_id = r.id
                 ORDER BY r.id, b.component_id",
                args![json(variants)],
            )
            .await?;
        let mut reach = Reach::default();
        for row in rows {
            let variant = VariantId::new(row.int("id")?);
            let part = match row.find_int("component_id")? {
                Some(component) => (VariantId::new(component), row.units("quantity")?),
                None => (variant, 1),
            };
            reach.recipes.entry(variant).or_default().push(part);
        }
        Ok(reach)
    }

    /// Sellable units of each variant over all places that sell online; a bundle has no pool of its own.
    pub(super) async fn pools(&mut self, reach: &Reach) -> Result<BTreeMap<VariantId, u32>> {
        let rows = self
            .rows(
                "SELECT b.variant_id, CAST(sum(b.on_hand - b.reserved) AS BIGINT) AS free
                 FROM json_each($1) AS named
                 JOIN balance AS b ON b.variant_id = CAST(named.value AS BIGINT)
                 JOIN place AS p ON p.id = b.place_id AND p.sells_online = 1
                 GROUP BY b.variant_id",
                args![json(&reach.variants())],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let free = row.int("free")?.max(0);
                Ok((VariantId::new(row.int("variant_id")?), u32::try_from(free).unwrap_or(u32::MAX)))
            })
            .collect()
    }

    /// What every shop may still show of the reached variants: the highest of acknowledged, in flight, suspect and read back since.
    pub(super) async fn exposures(&mut self, reach: &Reach) -> Result<Vec<Taker>> {
        // Walks index offer_variant.
        let rows = self
            .rows(
                "SELECT o.id, o.variant_id, o.strict, COALESCE(o.acked_stock, 0) AS acked, COALESCE(o.sent_stock, 0) AS sent,
                     COALESCE(o.suspect_stock, 0) AS suspect,
                     CASE WHEN o.observed_at > o.stock_answered_at THEN COALESCE(o.observed_stock, 0) ELSE 0 END AS seen
                 FROM json_each($1) AS named CROSS JOIN offer AS o
                 WHERE o.variant_id = CAST(named.value AS BIGINT) AND o.remote_listing_id IS NOT NULL",
                args![json(&reach.variants())],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let shown = [row.int("acked")?, row.int("sent")?, row.int("suspect")?, row.int("seen")?];
                Ok(Taker {
                    offer: OfferId::new(row.int("id")?),
                    variant: VariantId::new(row.int("variant_id")?),
                    strict: row.flag("strict")?,
                    exposure: shown.into_iter().max().unwrap_or(0),
                })
            })
            .collect()
    }
}
