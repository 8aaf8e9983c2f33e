//! Stock and price rules by layer. Setting one computes the figures of everything under it anew, in slices that are each whole.

mod outlook;

pub use outlook::{Foreseen, Promises};

use super::Store;
use super::error::{Result, StoreError};
use super::recompute::Because;
use super::tx::{Tx, args};
use crate::ids::{OfferId, ProducerId, ProductId, ShopId, VariantId};
use crate::listing::{PriceRules, Scope, StockRules};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What rules are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyScope {
    Default,
    Producer(ProducerId),
    Shop(ShopId),
    Product(ProductId),
    Offer(OfferId),
}

/// The rules of one layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    pub stock: StockRules,
    pub price: PriceRules,
}

impl Policy {
    /// Errors: `Refused` names each field that makes no sense, and the mend.
    pub fn check(&self) -> Result<()> {
        let faults: Vec<String> =
            self.stock.faults().iter().chain(&self.price.faults()).map(ToString::to_string).collect();
        if faults.is_empty() { Ok(()) } else { Err(StoreError::Refused(faults.join("; "))) }
    }
}

/// Variants in one slice of a wide recomputation: what one transaction may hold up others with.
pub(super) const STEP: usize = 250;

impl PolicyScope {
    const fn key(self) -> (Scope, i64) {
        match self {
            Self::Default => (Scope::Default, 0),
            Self::Producer(id) => (Scope::Producer, id.get()),
            Self::Shop(id) => (Scope::Shop, id.get()),
            Self::Product(id) => (Scope::Product, id.get()),
            Self::Offer(id) => (Scope::Offer, id.get()),
        }
    }

    fn read(kind: &str, id: i64) -> Result<Self> {
        let scope = Scope::parse(kind).ok_or_else(|| StoreError::Corrupt(format!("rules of a {kind}")))?;
        Ok(match scope {
            Scope::Default => Self::Default,
            Scope::Producer => Self::Producer(ProducerId::new(id)),
            Scope::Shop => Self::Shop(ShopId::new(id)),
            Scope::Product => Self::Product(ProductId::new(id)),
            Scope::Offer => Self::Offer(OfferId::new(id)),
        })
    }
}

impl Store {
    /// The rules of one layer; empty ones when nobody set any.
    pub async fn policy(&self, scope: PolicyScope) -> Result<Policy> {
        let (scope, id) = scope.key();
        let row = self
            .read()
            .find(
                "SELECT stock, price FROM policy WHERE scope = $1 AND scope_id = $2",
                args![scope.as_str(), id],
            )
            .await?;
        row.map_or(Ok(Policy::default()), |row| {
            Ok(Policy { stock: row.json("stock")?, price: row.json("price")? })
        })
    }

    /// Replaces the rules of one layer and brings every figure under it up to date. Answers with the shops that got work.
    ///
    /// The first [`STEP`] variants follow in the transaction that writes the rules, the others in slices of their own, so that no other
    /// writer waits long. Each slice holds whole pools, so every figure follows either the old rules or the new ones. After a crash in
    /// between [`Store::finish_sweeps`] goes on. Repeating it is harmless.
    ///
    /// Errors: `Refused` names the field and the mend; nothing is written then.
    pub async fn set_policy(
        &self,
        scope: PolicyScope,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<BTreeSet<ShopId>> {
        policy.check()?;
        let (kind, id) = scope.key();
        let mut tx = self.write_alone().await?;
        tx.put_policy(scope, policy, now).await?;
        tx.execute(
            "INSERT INTO policy_sweep (scope, scope_id, after_variant, begun_at) VALUES ($1, $2, 0, $3)
             ON CONFLICT (scope, scope_id) DO UPDATE SET after_variant = 0, begun_at = excluded.begun_at",
            args![kind.as_str(), id, now],
        )
        .await?;
        let mut slice = tx.sweep(scope, now).await?;
        tx.commit().await?;
        let mut shops = BTreeSet::new();
        loop {
            shops.append(&mut slice.shops);
            if slice.is_last {
                return Ok(shops);
            }
            let mut tx = self.write_alone().await?;
            slice = tx.sweep(scope, now).await?;
            tx.commit().await?;
        }
    }

    /// Goes on with stops of selling and changes of rules that were cut off. Costs one look when there are none; any number of callers may do it at once.
    pub async fn finish_sweeps(&self, now: Timestamp) -> Result<()> {
        self.finish_stops(now).await?;
        let rows = self.read().rows("SELECT scope, scope_id FROM policy_sweep", args![]).await?;
        for row in &rows {
            let scope = PolicyScope::read(&row.text("scope")?, row.int("scope_id")?)?;
            loop {
                let mut tx = self.write_alone().await?;
                let slice = tx.sweep(scope, now).await?;
                tx.commit().await?;
                if slice.is_last {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// One step of a sweep.
struct Slice {
    shops: BTreeSet<ShopId>,
    is_last: bool,
}

impl Tx {
    async fn put_policy(&mut self, scope: PolicyScope, policy: &Policy, now: Timestamp) -> Result<()> {
        let text =
            |rules: serde_json::Result<String>| rules.map_err(|error| StoreError::Refused(error.to_string()));
        let (stock, price) =
            (text(serde_json::to_string(&policy.stock))?, text(serde_json::to_string(&policy.price))?);
        let (kind, id) = scope.key();
        self.execute(
            "INSERT INTO policy (scope, scope_id, stock, price, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (scope, scope_id) DO UPDATE SET stock = excluded.stock, price = excluded.price,
                 updated_at = excluded.updated_at",
            args![kind.as_str(), id, stock, price, now],
        )
        .await?;
        Ok(())
    }

    /// The next slice of the scope's sweep, with the place where the one after it begins.
    async fn sweep(&mut self, scope: PolicyScope, now: Timestamp) -> Result<Slice> {
        let (kind, id) = scope.key();
        // Writes nothing new: on PostgreSQL it holds the row, so that two who sweep take turns.
        let place = self
            .find(
                "UPDATE policy_sweep SET begun_at = begun_at WHERE scope = $1 AND scope_id = $2 RETURNING after_variant",
                args![kind.as_str(), id],
            )
            .await?;
        let Some(place) = place else { return Ok(Slice { shops: BTreeSet::new(), is_last: true }) };
        let variants = self.variants_under(scope, place.int("after_variant")?).await?;
        self.lock_pools(&variants).await?;
        let shops = self.recompute(&variants, &BTreeMap::new(), Because::Edit, now).await?;
        match variants.last().filter(|_| variants.len() == STEP) {
            Some(last) => {
                self.execute(
                    "UPDATE policy_sweep SET after_variant = $3 WHERE scope = $1 AND scope_id = $2",
                    args![kind.as_str(), id, *last],
                )
                .await?;
                Ok(Slice { shops, is_last: false })
            }
            None => {
                self.execute(
                    "DELETE FROM policy_sweep WHERE scope = $1 AND scope_id = $2",
                    args![kind.as_str(), id],
                )
                .await?;
                Ok(Slice { shops, is_last: true })
            }
        }
    }

    /// The next variants that the scope's rules are about, by id, at most [`STEP`].
    async fn variants_under(&mut self, scope: PolicyScope, after: i64) -> Result<BTreeSet<VariantId>> {
        let under = match scope {
            PolicyScope::Default => "SELECT id FROM variant WHERE $1 = 0 AND id > $2 ORDER BY id LIMIT $3",
            PolicyScope::Producer(_) => {
                "SELECT id FROM variant WHERE producer_id = $1 AND id > $2 ORDER BY id LIMIT $3"
            }
            PolicyScope::Shop(_) => {
                "SELECT DISTINCT variant_id AS id FROM offer WHERE shop_id = $1 AND variant_id > $2 ORDER BY 1 LIMIT $3"
            }
            PolicyScope::Product(_) => {
                "SELECT id FROM variant WHERE product_id = $1 AND id > $2 ORDER BY id LIMIT $3"
            }
            PolicyScope::Offer(_) => {
                "SELECT variant_id AS id FROM offer WHERE id = $1 AND variant_id > $2 ORDER BY 1 LIMIT $3"
            }
        };
        let (_, id) = scope.key();
        let rows = self.rows(under, args![id, after, STEP]).await?;
        rows.iter().map(|row| row.int("id").map(VariantId::new)).collect()
    }
}
