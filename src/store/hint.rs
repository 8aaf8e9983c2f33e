//! Hints: things to look at, stored before a webhook is answered, removed when looked at. Never truth.

use super::Store;
use super::error::Result;
use super::lease::Lease;
use super::tx::{args, json};
use crate::ids::ShopId;
use ganh_contract::{Hint, RemoteListingId, RemoteOrderId};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A stored hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueHint {
    pub id: i64,
    pub hint: Hint,
    pub attempts: u32,
}

impl Store {
    /// Stores hints and wakes their shops. One that waits already is not doubled; its attempts start anew.
    pub async fn store_hints(&self, hints: &[(ShopId, Hint)], now: Timestamp) -> Result<()> {
        let rows: BTreeSet<(i64, &str, String)> = hints
            .iter()
            .map(|(shop, hint)| {
                let (kind, subject) = name(hint);
                (shop.get(), kind, subject)
            })
            .collect();
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO hint (shop_id, kind, subject, not_before_at, at)
             SELECT CAST(value->>0 AS BIGINT), value->>1, value->>2, $2, $2 FROM json_each($1) WHERE true
             ON CONFLICT (shop_id, kind, subject) DO UPDATE SET attempts = 0, at = excluded.at,
                 not_before_at = excluded.not_before_at",
            args![json(&rows), now],
        )
        .await?;
        for (shop, _) in hints {
            tx.touch(*shop);
        }
        tx.commit().await
    }

    /// Hints of a shop that may be looked at by `now`, oldest first.
    pub async fn due_hints(&self, shop: ShopId, now: Timestamp, limit: usize) -> Result<Vec<DueHint>> {
        // Walks index hint_due.
        let rows = self
            .read()
            .rows(
                "SELECT id, kind, subject, attempts FROM hint WHERE shop_id = $1 AND not_before_at <= $2
                 ORDER BY not_before_at, id LIMIT $3",
                args![shop, now, limit],
            )
            .await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            let (kind, subject) = (row.text("kind")?, row.text("subject")?);
            if let Some(hint) = parse(&kind, subject) {
                due.push(DueHint { id: row.int("id")?, hint, attempts: row.units("attempts")? });
            }
        }
        Ok(due)
    }

    /// Forgets hints that were looked at, unless they were stored again after `seen_at`.
    pub async fn hints_done(&self, lease: &Lease, ids: &[i64], seen_at: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.execute(
            "DELETE FROM hint WHERE shop_id = $2 AND at <= $3 AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
            args![json(ids), lease.shop, seen_at],
        )
        .await?;
        tx.commit().await
    }

    /// Puts a hint off that could not be looked at.
    pub async fn hint_later(&self, lease: &Lease, id: i64, not_before: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.execute(
            "UPDATE hint SET attempts = attempts + 1, not_before_at = $3 WHERE id = $1 AND shop_id = $2",
            args![id, lease.shop, not_before],
        )
        .await?;
        tx.commit().await
    }
}

fn name(hint: &Hint) -> (&'static str, String) {
    match hint {
        Hint::Order(id) => ("order", id.to_string()),
        Hint::Listing(id) => ("listing", id.to_string()),
        Hint::Request(id) => ("request", id.clone()),
        Hint::AccessEnds(at) => ("access", at.as_millisecond().to_string()),
        Hint::AccessEnded => ("access", String::new()),
        Hint::Sweep => ("sweep", String::new()),
    }
}

fn parse(kind: &str, subject: String) -> Option<Hint> {
    match kind {
        "order" => Some(Hint::Order(RemoteOrderId::new(subject))),
        "listing" => Some(Hint::Listing(RemoteListingId::new(subject))),
        "request" => Some(Hint::Request(subject)),
        "access" if subject.is_empty() => Some(Hint::AccessEnded),
        "access" => {
            subject.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(Hint::AccessEnds)
        }
        "sweep" => Some(Hint::Sweep),
        _ => None,
    }
}
