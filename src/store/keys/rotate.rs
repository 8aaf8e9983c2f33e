//! A new master key: every secret is sealed anew, in steps. Repeating after a crash goes on where it was.

use super::{CANARY, CANARY_PLACE, Keys, Place};
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::tx::args;
use jiff::Timestamp;
use std::sync::PoisonError;

/// Rows sealed anew in one transaction.
const STEP: usize = 500;

/// A column of secrets. Each text names the row by `id` and says the `place` that its secrets are bound to.
struct Column {
    table: &'static str,
    column: &'static str,
    /// Rows above $1 that are not sealed with key $2, at most $3. Walks the table once: only this command does.
    stale: &'static str,
    /// Replaces $3 by $2 in row $1, unless somebody wrote it meanwhile.
    replace: &'static str,
}

macro_rules! column {
    ($table:literal, $column:literal, $place:literal) => {
        Column {
            table: $table,
            column: $column,
            stale: concat!(
                "SELECT t.id, ",
                $place,
                " AS place, t.",
                $column,
                " AS sealed FROM ",
                $table,
                " AS t WHERE t.id > $1 AND substr(t.",
                $column,
                ", 2, 4) <> $2 ORDER BY t.id LIMIT $3"
            ),
            replace: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $2 WHERE id = $1 AND ",
                $column,
                " = $3"
            ),
        }
    };
}

const COLUMNS: [Column; 5] = [
    column!("platform", "secret_sealed", "t.channel || '/' || t.handle"),
    column!("consent", "grant_sealed", "CAST(t.id AS TEXT)"),
    column!("shop", "hook_secret_sealed", "t.handle"),
    column!("producer", "tax_id_sealed", "t.code"),
    column!("shop_order", "raw_sealed", "CAST(t.shop_id AS TEXT) || '/' || t.remote_id"),
];

impl Store {
    /// Seals every secret with the current one of `keys`, which must also open what is there. Answers how many were sealed anew.
    ///
    /// Idempotent. Errors: `Refused` while a node drives shops, because it would go on sealing with the former key.
    pub async fn rotate_key(&self, keys: Keys, now: Timestamp) -> Result<u64> {
        let driven = self
            .read()
            .find("SELECT owner FROM lease WHERE until_at > $1 AND owner <> '' LIMIT 1", args![now])
            .await?;
        if let Some(row) = driven {
            return Err(StoreError::Refused(format!(
                "{} drives shops with the former key: stop every `ganh serve`, then rotate",
                row.text("owner")?
            )));
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        let mut sealed = 0;
        for column in &COLUMNS {
            sealed += self.seal_column(column, &keys).await?;
        }
        let mut tx = self.write().await?;
        tx.execute(
            "UPDATE master_key SET canary_sealed = $1, rotated_at = $2 WHERE one = 1",
            args![keys.seal(&CANARY_PLACE, CANARY)?, now],
        )
        .await?;
        tx.commit().await?;
        Ok(sealed)
    }

    async fn seal_column(&self, column: &Column, keys: &Keys) -> Result<u64> {
        let (mut after, mut sealed) = (0, 0);
        loop {
            let mut tx = self.write().await?;
            let rows = tx.rows(column.stale, args![after, keys.current.id.to_vec(), STEP]).await?;
            let Some(last) = rows.last() else { return Ok(sealed) };
            after = last.int("id")?;
            for row in &rows {
                let (key, old) = (row.text("place")?, row.bytes("sealed")?);
                let place = Place(column.table, column.column, &key);
                let new = keys.seal(&place, &keys.unseal(&place, &old)?)?;
                sealed += tx.execute(column.replace, args![row.int("id")?, new, old]).await?;
            }
            tx.commit().await?;
        }
    }
}
