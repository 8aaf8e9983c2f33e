//! The last units of a pool, kept for one shop: every other shop shows so many fewer, whoever sells first.
//!
//! The rule stands in some layer and names the shop. It guards the pool, so sets that are made of it leave the same units alone. Where the
//! named shop has nothing of the pool on sale, nothing is kept.

use super::Consumer;
use crate::ids::{ShopId, VariantId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many last units, in whole units of the offer, are for this shop alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepLast {
    pub shop: ShopId,
    pub units: u32,
}

/// Units of each pool that are kept, by the shop that they are kept for; never more than the pool has.
#[derive(Debug, Default)]
pub struct Keeps(BTreeMap<VariantId, BTreeMap<ShopId, u32>>);

impl Keeps {
    /// What the rules of these consumers keep of pools that have `there` units each. The largest wish of a shop counts; where a pool cannot
    /// serve all shops, those that were added first come first.
    pub fn of(consumers: &[Consumer<'_>], there: impl Fn(VariantId) -> u32) -> Self {
        let mut keeps = Self::default();
        for consumer in consumers.iter().filter(|consumer| consumer.sellable_here) {
            let Some(rule) = consumer.rules.keep_last else { continue };
            for (pool, quantity) in &consumer.needs {
                let wanted = rule.is.units.saturating_mul(*quantity);
                let kept = keeps.0.entry(*pool).or_default().entry(rule.is.shop).or_default();
                *kept = (*kept).max(wanted);
            }
        }
        for (pool, shops) in &mut keeps.0 {
            let sells = |shop: &ShopId| {
                consumers.iter().any(|consumer| {
                    consumer.sellable_here && consumer.shop == *shop && consumer.draws_on(*pool)
                })
            };
            shops.retain(|shop, _| sells(shop));
            let mut left = there(*pool);
            for kept in shops.values_mut() {
                *kept = (*kept).min(left);
                left -= *kept;
            }
        }
        keeps
    }

    /// Units of a pool that a shop must leave to others.
    pub fn for_others(&self, pool: VariantId, shop: ShopId) -> u32 {
        self.all(pool) - self.own(pool, shop)
    }

    /// Units of a pool that are this shop's alone.
    pub fn own(&self, pool: VariantId, shop: ShopId) -> u32 {
        self.0.get(&pool).and_then(|shops| shops.get(&shop)).copied().unwrap_or(0)
    }

    /// Units of a pool that are kept for any shop.
    pub fn all(&self, pool: VariantId) -> u32 {
        self.0.get(&pool).map_or(0, |shops| shops.values().sum())
    }
}
