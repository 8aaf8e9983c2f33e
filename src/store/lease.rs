//! Who drives a shop. A lease has a term that grows with each owner; every write of a lane proves that its term is still the current one,
//! so that an owner that was thought dead and wakes up again writes nothing (I11).
//!
//! ```text
//!   free or run out ──take: term + 1──▶ held ──extend──▶ held ──release or running out──▶ free
//! ```

use super::Store;
use super::error::{Result, StoreError};
use super::tx::{Sql, Tx, args, json, locking};
use crate::ids::ShopId;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The right to write to one shop's lane until `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub shop: ShopId,
    pub owner: Arc<str>,
    /// Grows with each owner; fences off the former one.
    pub term: i64,
    pub until: Timestamp,
}

// Walks index lease_until. differs by necessity: PostgreSQL has other takers at the same moment; a row locked by one is skipped.
const TAKE: Sql = Sql {
    sqlite: "UPDATE lease SET owner = $1, term = term + 1, until_at = $3
        WHERE until_at <= $2 AND shop_id IN (
            SELECT l.shop_id FROM lease AS l JOIN shop AS s ON s.id = l.shop_id
            WHERE l.until_at <= $2 AND s.state IN ('new', 'active', 'paused')
            ORDER BY l.until_at, l.shop_id LIMIT $4)
        RETURNING shop_id, term",
    postgres: "UPDATE lease SET owner = $1, term = term + 1, until_at = $3
        WHERE until_at <= $2 AND shop_id IN (
            SELECT l.shop_id FROM lease AS l JOIN shop AS s ON s.id = l.shop_id
            WHERE l.until_at <= $2 AND s.state IN ('new', 'active', 'paused')
            ORDER BY l.until_at, l.shop_id LIMIT $4 FOR UPDATE OF l SKIP LOCKED)
        RETURNING shop_id, term",
};

impl Store {
    /// Takes up to `max` shops that nobody drives, longest free first. New, active and paused shops can be taken.
    pub async fn take_leases(
        &self,
        owner: &Arc<str>,
        now: Timestamp,
        ttl: SignedDuration,
        max: usize,
    ) -> Result<Vec<Lease>> {
        let until = later(now, ttl);
        let mut tx = self.write().await?;
        let rows = tx.rows(TAKE, args![&**owner, now, until, max]).await?;
        tx.commit().await?;
        rows.iter()
            .map(|row| {
                Ok(Lease {
                    shop: ShopId::new(row.int("shop_id")?),
                    owner: owner.clone(),
                    term: row.int("term")?,
                    until,
                })
            })
            .collect()
    }

    /// Takes one shop if nobody drives it, whatever its state: for a person who reads it or lets it be read.
    pub async fn take_lease(
        &self,
        owner: &Arc<str>,
        shop: ShopId,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<Option<Lease>> {
        let until = later(now, ttl);
        let mut tx = self.write().await?;
        let row = tx
            .find(
                "UPDATE lease SET owner = $1, term = term + 1, until_at = $3 WHERE shop_id = $4 AND until_at <= $2
                 RETURNING term",
                args![&**owner, now, until, shop],
            )
            .await?;
        tx.commit().await?;
        row.map(|row| Ok(Lease { shop, owner: owner.clone(), term: row.int("term")?, until })).transpose()
    }

    /// Moves the end of the leases that are still ours; those that are not are left out of the answer.
    pub async fn extend_leases(
        &self,
        leases: &[Lease],
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<Vec<Lease>> {
        let until = later(now, ttl);
        let rows: Vec<_> = leases.iter().map(|lease| (lease.shop.get(), &*lease.owner, lease.term)).collect();
        let mut tx = self.write().await?;
        let kept = tx
            .rows(
                "UPDATE lease SET until_at = $2
                 FROM (SELECT CAST(value->>0 AS BIGINT) AS shop, value->>1 AS owner, CAST(value->>2 AS BIGINT) AS term
                       FROM json_each($1)) AS ours
                 WHERE lease.shop_id = ours.shop AND lease.owner = ours.owner AND lease.term = ours.term
                 RETURNING shop_id",
                args![json(&rows), until],
            )
            .await?;
        tx.commit().await?;
        let kept: Vec<i64> = kept.iter().map(|row| row.int("shop_id")).collect::<Result<_>>()?;
        let still = leases.iter().filter(|lease| kept.contains(&lease.shop.get()));
        Ok(still.map(|lease| Lease { until, ..lease.clone() }).collect())
    }

    /// Gives leases back, so that another owner can take them at once. Leases that are no longer ours are left alone.
    pub async fn release_leases(&self, leases: &[Lease]) -> Result<()> {
        let rows: Vec<_> = leases.iter().map(|lease| (lease.shop.get(), &*lease.owner, lease.term)).collect();
        let mut tx = self.write().await?;
        tx.execute(
            "UPDATE lease SET until_at = 0
             FROM (SELECT CAST(value->>0 AS BIGINT) AS shop, value->>1 AS owner, CAST(value->>2 AS BIGINT) AS term
                   FROM json_each($1)) AS ours
             WHERE lease.shop_id = ours.shop AND lease.owner = ours.owner AND lease.term = ours.term",
            args![json(&rows)],
        )
        .await?;
        tx.commit().await
    }
}

impl Tx {
    /// Refuses a lane whose lease another owner took. Holds off a taker until this transaction ends.
    pub(super) async fn fence(&mut self, lease: &Lease) -> Result<()> {
        let current = self
            .find(
                locking!(
                    "SELECT 1 AS ours FROM lease WHERE shop_id = $1 AND owner = $2 AND term = $3",
                    "FOR SHARE"
                ),
                args![lease.shop, &*lease.owner, lease.term],
            )
            .await?;
        if mutant!("fence_open") {
            return Ok(());
        }
        current.map(|_| ()).ok_or_else(|| StoreError::StaleLease {
            shop: lease.shop,
            owner: lease.owner.to_string(),
            term: lease.term,
        })
    }
}

pub(super) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
