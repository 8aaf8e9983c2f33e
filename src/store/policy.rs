//! Stock and price rules by layer. Setting one computes the figures of everything under it anew, in the same transaction.

use super::Store;
use super::error::{Result, StoreError};
use super::recompute::Because;
use super::tx::args;
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

/// Variants in one step of a wide recomputation.
const STEP: usize = 2_000;

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
    /// Errors: `Refused` names the field and the mend.
    pub async fn set_policy(
        &self,
        scope: PolicyScope,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<BTreeSet<ShopId>> {
        let faults: Vec<String> =
            policy.stock.faults().iter().chain(&policy.price.faults()).map(ToString::to_string).collect();
        if !faults.is_empty() {
            return Err(StoreError::Refused(faults.join("; ")));
        }
        let text =
            |rules: serde_json::Result<String>| rules.map_err(|error| StoreError::Refused(error.to_string()));
        let (stock, price) =
            (text(serde_json::to_string(&policy.stock))?, text(serde_json::to_string(&policy.price))?);
        let (kind, id) = scope.key();
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO policy (scope, scope_id, stock, price, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (scope, scope_id) DO UPDATE SET stock = excluded.stock, price = excluded.price,
                 updated_at = excluded.updated_at",
            args![kind.as_str(), id, stock, price, now],
        )
        .await?;
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
        let (mut after, mut shops) = (0, BTreeSet::new());
        loop {
            let rows = tx.rows(under, args![id, after, STEP]).await?;
            let variants =
                rows.iter().map(|row| row.int("id").map(VariantId::new)).collect::<Result<BTreeSet<_>>>()?;
            let Some(last) = variants.last() else { break };
            after = last.get();
            tx.lock_pools(&variants).await?;
            shops.extend(tx.recompute(&variants, &BTreeMap::new(), Because::Edit, now).await?);
        }
        tx.commit().await?;
        Ok(shops)
    }
}
