//! How far a change of stock reaches: the variants that share pools through bundles, their pools, the offers that draw on them.

use super::error::Result;
use super::offer::Stored;
use super::signal::Wake;
use super::tx::{Tx, args, json};
use crate::ids::{OfferId, ShopId, VariantId};
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

/// What strict offers may show, before and after something of them changed: who let units go wakes those who wait for them.
#[derive(Debug, Default)]
pub(super) struct LetGo {
    before: BTreeMap<OfferId, u32>,
    variants: BTreeSet<VariantId>,
}

impl LetGo {
    pub fn before(offers: &[Stored]) -> Self {
        let strict = offers.iter().filter(|stored| stored.strict);
        Self {
            before: strict.map(|stored| (stored.state.id, stored.state.exposure())).collect(),
            variants: BTreeSet::new(),
        }
    }

    pub fn after(&mut self, offers: &[Stored]) {
        let fell = offers.iter().filter(|stored| {
            self.before.get(&stored.state.id).is_some_and(|before| stored.state.exposure() < *before)
        });
        self.variants.extend(fell.map(|stored| stored.state.variant_id));
    }
}

impl Tx {
    /// Wakes the shops that have something to send of what strict offers let go.
    pub(super) async fn wake_for(&mut self, let_go: &LetGo) -> Result<()> {
        if let_go.variants.is_empty() {
            return Ok(());
        }
        let reach = self.reach(&let_go.variants).await?;
        // Walks index offer_variant.
        let rows = self
            .rows(
                "SELECT DISTINCT o.shop_id FROM json_each($1) AS named CROSS JOIN offer AS o
                 WHERE o.variant_id = CAST(named.value AS BIGINT) AND o.strict = 1 AND o.dirty_since_at IS NOT NULL
                     AND o.remote_listing_id IS NOT NULL",
                args![json(&reach.variants())],
            )
            .await?;
        for row in rows {
            self.wake(ShopId::new(row.int("shop_id")?), Wake::Figures);
        }
        Ok(())
    }

    /// Follows bundles both ways until nothing new is found: one look where there are none.
    pub(super) async fn reach(&mut self, variants: &BTreeSet<VariantId>) -> Result<Reach> {
        let mut parts: BTreeMap<VariantId, BTreeMap<VariantId, u32>> = BTreeMap::new();
        let mut all = variants.clone();
        let mut new = variants.clone();
        while !new.is_empty() {
            // Walks the indexes of bundle_component, both ways. A recursive query would say the same, but PostgreSQL reckons it huge.
            let rows = self
                .rows(
                    "SELECT b.bundle_id, b.component_id, b.quantity
                     FROM json_each($1) AS named CROSS JOIN bundle_component AS b
                     WHERE b.bundle_id = CAST(named.value AS BIGINT)
                     UNION
                     SELECT b.bundle_id, b.component_id, b.quantity
                     FROM json_each($1) AS named CROSS JOIN bundle_component AS b
                     WHERE b.component_id = CAST(named.value AS BIGINT)",
                    args![json(&new)],
                )
                .await?;
            new.clear();
            for row in rows {
                let bundle = VariantId::new(row.int("bundle_id")?);
                let component = VariantId::new(row.int("component_id")?);
                parts.entry(bundle).or_default().insert(component, row.units("quantity")?);
                new.extend([bundle, component].into_iter().filter(|variant| !all.contains(variant)));
            }
            all.extend(&new);
        }
        let recipe = |variant: VariantId| match parts.get(&variant) {
            Some(parts) => parts.iter().map(|(component, quantity)| (*component, *quantity)).collect(),
            None => vec![(variant, 1)],
        };
        Ok(Reach { recipes: all.into_iter().map(|variant| (variant, recipe(variant))).collect() })
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
