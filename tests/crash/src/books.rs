//! Our own look into the store, with SQL of its own: the same text on both databases, each row one text with `|` between its fields.

use anyhow::{Context as _, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use std::path::Path;
use std::str::FromStr as _;

/// A connection that only reads.
#[derive(Debug)]
pub enum Books {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What a dead daemon left behind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Left {
    /// Writes of figures that nobody answered.
    pub in_flight: i64,
    /// Creates that left or may have left.
    pub intended: i64,
    /// Listings that a ticket waits for.
    pub half_made: i64,
    /// Offers with figures still to be sent.
    pub dirty: i64,
}

impl Books {
    /// Opens the store at this address. A file is never written, not even by closing it.
    pub async fn open(url: &str) -> Result<Self> {
        Ok(match url.strip_prefix("sqlite:") {
            Some(path) => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true);
                Self::Sqlite(
                    SqliteConnection::connect_with(&options).await.context("the store cannot be read")?,
                )
            }
            None => {
                let options = PgConnectOptions::from_str(url)?;
                Self::Postgres(
                    PgConnection::connect_with(&options).await.context("the store cannot be read")?,
                )
            }
        })
    }

    /// Opens a copy of a file that nobody writes, so that it stays exactly as a dead daemon left it.
    pub async fn of_copy(store: &Path, into: &Path) -> Result<Self> {
        for end in ["", "-wal"] {
            let named = |path: &Path| format!("{}{end}", path.display());
            if Path::new(&named(store)).exists() {
                std::fs::copy(named(store), named(into)).context("the store cannot be copied")?;
            } else if Path::new(&named(into)).exists() {
                std::fs::remove_file(named(into))?;
            }
        }
        let shared = format!("{}-shm", into.display());
        if Path::new(&shared).exists() {
            std::fs::remove_file(shared)?;
        }
        let options = SqliteConnectOptions::new().filename(into);
        Ok(Self::Sqlite(SqliteConnection::connect_with(&options).await.context("the copy cannot be read")?))
    }

    /// Ends the connection.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }

    /// Rows of one text column, cut into fields.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>> {
        let sql = AssertSqlSafe(sql.to_owned());
        let texts: Vec<String> = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await?,
        };
        Ok(texts.iter().map(|text| text.split('|').map(str::to_owned).collect()).collect())
    }

    /// The one row of a query that gives whole numbers.
    async fn numbers(&mut self, sql: &str) -> Result<Vec<i64>> {
        let rows = self.rows(sql).await?;
        let row = rows.first().context("a query gave no row")?;
        row.iter().map(|field| field.parse().with_context(|| format!("{field:?} is no number"))).collect()
    }

    /// What lies half done.
    pub async fn left(&mut self) -> Result<Left> {
        let numbers = self
            .numbers(
                "SELECT (SELECT count(*) FROM offer WHERE sent_at IS NOT NULL) || '|' ||
                        (SELECT count(*) FROM listing WHERE state = 'intended') || '|' ||
                        (SELECT count(*) FROM listing WHERE state IN ('building', 'reviewing')) || '|' ||
                        (SELECT count(*) FROM offer WHERE dirty_since_at IS NOT NULL)",
            )
            .await?;
        let at = |place: usize| numbers.get(place).copied().unwrap_or(0);
        Ok(Left { in_flight: at(0), intended: at(1), half_made: at(2), dirty: at(3) })
    }

    /// Things still to be done: offers to send or read back, writes in flight, listings to make or revise, hints to follow.
    pub async fn undone(&mut self) -> Result<Vec<i64>> {
        self.numbers(
            "SELECT (SELECT count(*) FROM offer WHERE dirty_since_at IS NOT NULL AND parked_kind IS NULL
                        AND remote_listing_id IS NOT NULL) || '|' ||
                    (SELECT count(*) FROM offer WHERE verify_at IS NOT NULL AND remote_listing_id IS NOT NULL) || '|' ||
                    (SELECT count(*) FROM offer WHERE sent_at IS NOT NULL) || '|' ||
                    (SELECT count(*) FROM listing WHERE parked_kind IS NULL AND (state <> 'live' OR stale_since_at IS NOT NULL)) || '|' ||
                    (SELECT count(*) FROM hint)",
        )
        .await
    }

    /// The instant up to which every shop's orders were read, milliseconds since 1970.
    pub async fn orders_read_at(&mut self) -> Result<i64> {
        Ok(self
            .numbers("SELECT CAST(min(orders_read_at) AS TEXT) FROM shop")
            .await?
            .first()
            .copied()
            .unwrap_or(0))
    }

    /// What the database finds wrong with itself; empty when it is whole. PostgreSQL has no such look.
    pub async fn damage(&mut self) -> Result<Vec<String>> {
        let Self::Sqlite(_) = self else { return Ok(Vec::new()) };
        let said = self.rows("PRAGMA integrity_check").await?.concat();
        Ok(said.into_iter().filter(|line| line != "ok").collect())
    }
}
