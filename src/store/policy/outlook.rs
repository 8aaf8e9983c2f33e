//! What a change of rules would do: each slice is done and undone, so the answer cannot differ from the deed.

use super::{Policy, PolicyScope, STEP};
use crate::ids::{OfferId, ShopId, VariantId};
use crate::listing::Figures;
use crate::store::error::Result;
use crate::store::reach::Reach;
use crate::store::recompute::Because;
use crate::store::status::exposure::{Claim, beyond};
use crate::store::tx::{Row, Tx, args, json};
use crate::store::{Promised, Store};
use ganh_contract::{Sku, Vnd};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// An offer before and after a change of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    pub shop: ShopId,
    pub sku: Sku,
    /// What the shop shows as far as we know, else what it was to show.
    pub before: Figures,
    pub after: Figures,
}

/// What all offers that rules reach promise beyond what there is, by what they are to show: before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Promises {
    pub before: Promised,
    pub after: Promised,
}

/// Which offers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Moved,
    All,
}

impl Store {
    /// Tells every offer whose figures would move if these were the rules of the layer. Nothing is kept: no transaction of it is committed,
    /// and each holds up other writers as long as one slice of [`Store::set_policy`].
    ///
    /// Errors: `Refused` names the field and the mend.
    pub async fn foresee_policy(
        &self,
        scope: PolicyScope,
        policy: &Policy,
        now: Timestamp,
        told: &mut (dyn FnMut(Foreseen) + Send),
    ) -> Result<()> {
        self.look_ahead(scope, policy, now, Told::Moved, told).await.map(|_| ())
    }

    /// Tells every offer that these rules would reach, moved or not, and what all of them promise beyond what there is. As
    /// [`Store::foresee_policy`]: nothing is kept.
    pub async fn simulate_policy(
        &self,
        scope: PolicyScope,
        policy: &Policy,
        now: Timestamp,
        told: &mut (dyn FnMut(Foreseen) + Send),
    ) -> Result<Promises> {
        self.look_ahead(scope, policy, now, Told::All, told).await
    }

    async fn look_ahead(
        &self,
        scope: PolicyScope,
        policy: &Policy,
        now: Timestamp,
        which: Told,
        told: &mut (dyn FnMut(Foreseen) + Send),
    ) -> Result<Promises> {
        policy.check()?;
        // A set may reach over slices; it is told once, and so is a pool.
        let mut seen: HashSet<OfferId> = HashSet::new();
        let mut pools_seen: HashSet<VariantId> = HashSet::new();
        let mut promises = Promises::default();
        let mut after = 0;
        loop {
            let mut tx = self.write().await?;
            let variants = tx.variants_under(scope, after).await?;
            let Some(last) = variants.last() else { return Ok(promises) };
            after = last.get();
            let reach = tx.reach(&variants).await?;
            let reached = reach.variants();
            let before = tx.figures_of(&reached).await?;
            tx.put_policy(scope, policy, now).await?;
            tx.lock_pools(&variants).await?;
            tx.recompute(&variants, &BTreeMap::new(), Because::Edit, now).await?;
            let then = tx.figures_of(&reached).await?;
            if which == Told::All {
                let pools = tx.pools(&reach).await?;
                let prices = tx.prices_of(&reached).await?;
                for (figures, sum) in [(&before, &mut promises.before), (&then, &mut promises.after)] {
                    for (pool, units) in beyond(&claims(figures, &reach), &pools) {
                        if !pools_seen.contains(&pool) {
                            sum.add(Promised::at(units, prices.get(&pool).copied().unwrap_or(Vnd(0))));
                        }
                    }
                }
                pools_seen.extend(&reached);
            }
            drop(tx);
            for (id, offer) in before {
                let Some(figures) = then.get(&id).map(|then| then.desired) else { continue };
                let is_told = which == Told::All || figures != offer.desired;
                if !is_told || !seen.insert(id) {
                    continue;
                }
                told(Foreseen { shop: offer.shop, sku: offer.sku, before: offer.shown, after: figures });
            }
            if variants.len() < STEP {
                return Ok(promises);
            }
        }
    }

    /// How many offers each shop has. Counts them all: for what people ask, not for loops.
    pub async fn offers_by_shop(&self) -> Result<BTreeMap<ShopId, usize>> {
        // Walks index offer_shop.
        let rows =
            self.read().rows("SELECT shop_id, count(*) AS n FROM offer GROUP BY shop_id", args![]).await?;
        rows.iter()
            .map(|row| Ok((ShopId::new(row.int("shop_id")?), usize::try_from(row.int("n")?).unwrap_or(0))))
            .collect()
    }
}

struct Standing {
    variant: VariantId,
    shop: ShopId,
    sku: Sku,
    desired: Figures,
    shown: Figures,
}

impl Tx {
    async fn figures_of(&mut self, variants: &[VariantId]) -> Result<BTreeMap<OfferId, Standing>> {
        // Walks index offer_variant.
        let rows = self
            .rows(
                "SELECT o.id, o.variant_id, o.shop_id, v.sku, o.desired_price, o.desired_stock, o.desired_on_sale, o.acked_price, o.acked_stock,
                     o.acked_on_sale
                 FROM json_each($1) AS named CROSS JOIN variant AS v CROSS JOIN offer AS o
                 WHERE v.id = CAST(named.value AS BIGINT) AND o.variant_id = v.id",
                args![json(variants)],
            )
            .await?;
        rows.iter().map(|row| Ok((OfferId::new(row.int("id")?), standing(row)?))).collect()
    }

    async fn prices_of(&mut self, variants: &[VariantId]) -> Result<BTreeMap<VariantId, Vnd>> {
        let rows = self
            .rows(
                "SELECT v.id, v.price_vnd FROM json_each($1) AS named CROSS JOIN variant AS v
                 WHERE v.id = CAST(named.value AS BIGINT)",
                args![json(variants)],
            )
            .await?;
        rows.iter().map(|row| Ok((VariantId::new(row.int("id")?), row.vnd("price_vnd")?))).collect()
    }
}

/// What the wished figures take of each pool.
fn claims(figures: &BTreeMap<OfferId, Standing>, reach: &Reach) -> Vec<Claim> {
    figures
        .iter()
        .flat_map(|(offer, standing)| {
            let recipe = reach.recipes.get(&standing.variant).into_iter().flatten();
            recipe.map(|(pool, quantity)| Claim {
                pool: *pool,
                offer: *offer,
                shop: standing.shop,
                quantity: *quantity,
                shown: standing.desired.stock,
            })
        })
        .collect()
}

fn standing(row: &Row) -> Result<Standing> {
    let desired = Figures {
        price: row.vnd("desired_price")?,
        stock: row.units("desired_stock")?,
        on_sale: row.flag("desired_on_sale")?,
    };
    let shown = Figures {
        price: row.find_int("acked_price")?.map_or(desired.price, Vnd),
        stock: row.find_units("acked_stock")?.unwrap_or(desired.stock),
        on_sale: row.find_int("acked_on_sale")?.map_or(desired.on_sale, |on| on != 0),
    };
    Ok(Standing {
        variant: VariantId::new(row.int("variant_id")?),
        shop: ShopId::new(row.int("shop_id")?),
        sku: Sku::new(row.text("sku")?),
        desired,
        shown,
    })
}
