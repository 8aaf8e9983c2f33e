//! Does a commit survive a power cut? What was set is read back, since a file system or a server may answer otherwise.
//!
//! SQLite: `synchronous=FULL` with a write-ahead log, or the store is not opened. PostgreSQL: a session of ours waits for the disk even where the
//! server is set not to; what only the server's administrator can set is told (`ganh doctor`, and once when the daemon starts).

use super::Store;
use super::database::Database;
use super::error::{Result, StoreError};
use super::tx::args;
use sqlx::{PgConnection, Row as _, SqliteConnection};

/// `PRAGMA synchronous` reads back as a number: 2 is FULL, 3 is EXTRA (<https://www.sqlite.org/pragma.html#pragma_synchronous>, read 2026-11).
const FULL: i64 = 2;

/// Refuses a connection whose commits would not survive a power cut.
pub(super) async fn on_sqlite(connection: &mut SqliteConnection) -> Result<()> {
    let synchronous: i64 = sqlx::query("PRAGMA synchronous").fetch_one(&mut *connection).await?.try_get(0)?;
    let journal: String = sqlx::query("PRAGMA journal_mode").fetch_one(&mut *connection).await?.try_get(0)?;
    if synchronous >= FULL && journal == "wal" {
        return Ok(());
    }
    Err(StoreError::Unavailable(format!(
        "the file system does not take the database's log (synchronous {synchronous}, journal {journal}): put store.path on a local disk"
    )))
}

/// A server that answers before the disk has the commit is not followed; a stricter one is.
pub(super) async fn on_postgres(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// What of a committed change a power cut may still take, with the setting and its mend. `None`: nothing.
    pub async fn durability_gap(&self) -> Result<Option<String>> {
        match &self.database {
            // Proved when it was opened.
            Database::Sqlite { .. } => return Ok(None),
            // Nothing of a simulation outlives it.
            #[cfg(feature = "simulation")]
            Database::Lockstep(_) => return Ok(None),
            Database::Postgres { .. } => {}
        }
        let row = self
            .read()
            .find(
                "SELECT CASE WHEN current_setting('fsync') = 'off' THEN 'fsync'
                     WHEN current_setting('full_page_writes') = 'off' THEN 'full_page_writes'
                     WHEN current_setting('synchronous_commit') = 'off' THEN 'synchronous_commit' END AS gap",
                args![],
            )
            .await?;
        let gap = row.map_or(Ok(None), |row| row.find_text("gap"))?;
        Ok(gap.map(|gap| {
            format!("{gap} is off at the database server: a power cut may take committed changes; set {gap} = on in postgresql.conf")
        }))
    }
}
