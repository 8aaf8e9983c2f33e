//! The two databases behind one door: opening, pools, transactions.
//!
//! SQLite: one [writer](super::writer) and a read-only pool. WAL with `synchronous=FULL`: a committed change survives a power cut. The log is
//! folded into the file by a connection of its own, so that no commit waits for it. PostgreSQL: one pool.

use super::durable;
use super::error::{Result, StoreError};
use super::fold::Fold;
use super::migrations;
use super::signal::Signals;
use super::tx::{Reads, Tx};
use super::writer::{Kind, Writer};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool, SqlitePool};
use std::str::FromStr;
use std::time::Duration;

/// Where the store is and how much of the machine it may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `sqlite:/path/ganh.db` or `postgres://user@host/name`.
    pub url: String,
    /// Connections: readers on SQLite (beside the one writer), all on PostgreSQL.
    pub connections: u32,
    /// Page cache of the SQLite writer in KiB; each reader has a quarter of it.
    pub cache_kib: u32,
}

impl Settings {
    /// The defaults for a store at this address.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 4, cache_kib: 8192 }
    }
}

#[derive(Clone)]
pub(super) enum Database {
    Sqlite {
        writer: Writer,
        readers: SqlitePool,
        fold: Fold,
    },
    Postgres {
        pool: PgPool,
    },
    #[cfg(feature = "simulation")]
    Lockstep(super::lockstep::Lockstep),
}

impl Database {
    pub async fn open(settings: &Settings) -> Result<Self> {
        if let Some(path) = settings.url.strip_prefix("sqlite:") {
            return open_sqlite(path, settings).await;
        }
        if settings.url.starts_with("postgres://") || settings.url.starts_with("postgresql://") {
            return open_postgres(settings).await;
        }
        Err(StoreError::Unavailable(
            "store.url names no known database: write sqlite:/path/ganh.db or postgres://user@host/name"
                .into(),
        ))
    }

    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
            #[cfg(feature = "simulation")]
            Self::Lockstep(_) => "sqlite",
        }
    }

    pub async fn begin(&self, kind: Kind, signals: &Signals) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { writer, fold, .. } => {
                Tx::sqlite(writer.begin(kind).await?, fold.clone(), signals.clone())
            }
            Self::Postgres { pool } => Tx::postgres(pool.begin().await?, signals.clone()),
            #[cfg(feature = "simulation")]
            Self::Lockstep(lockstep) => lockstep.begin(signals).await?,
        })
    }

    pub fn reads(&self) -> Reads {
        match self {
            Self::Sqlite { readers, .. } => Reads::Sqlite(readers.clone()),
            Self::Postgres { pool } => Reads::Postgres(pool.clone()),
            #[cfg(feature = "simulation")]
            Self::Lockstep(lockstep) => lockstep.reads(),
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, fold } => {
                readers.close().await;
                fold.close().await;
                writer.close().await;
            }
            Self::Postgres { pool } => pool.close().await,
            // It lives and ends with its last clone.
            #[cfg(feature = "simulation")]
            Self::Lockstep(_) => {}
        }
    }
}

async fn open_sqlite(path: &str, settings: &Settings) -> Result<Database> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let named = |error: StoreError| match error {
        StoreError::Unavailable(said) => StoreError::Unavailable(format!("{path}: {said}")),
        other => other,
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        // Else a savepoint makes a file of its own beside the disk's work.
        .pragma("temp_store", "MEMORY")
        .row_buffer_size(1024)
        .statement_cache_capacity(200)
        .disable_statement_logging();
    migrations::sqlite(&options).await.map_err(named)?;
    let cache = |kib: u32| format!("-{kib}");
    let writing = options.clone().pragma("cache_size", cache(settings.cache_kib));
    // 0: nobody folds the log while committing.
    let writer = Writer::open(&writing.pragma("wal_autocheckpoint", "0")).await.map_err(named)?;
    let fold = Fold::start(&options.clone().pragma("cache_size", cache(256)), writer.clone())
        .await
        .map_err(named)?;
    let readers = SqlitePoolOptions::new()
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .max_connections(settings.connections.max(1))
        .connect_lazy_with(options.read_only(true).pragma("cache_size", cache(settings.cache_kib / 4)));
    Ok(Database::Sqlite { writer, readers, fold })
}

async fn open_postgres(settings: &Settings) -> Result<Database> {
    let options = PgConnectOptions::from_str(&settings.url)
        .map_err(|_| {
            StoreError::Unavailable(
                "store.url is no PostgreSQL address: write postgres://user@host/name".into(),
            )
        })?
        .application_name("ganh")
        // Every statement is written to follow an index from a short list, so one plan fits all values, also one that was made while the
        // tables were still empty. Compiling a plan costs more than any of ours takes.
        .options([
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("random_page_cost", "1.1"),
            ("jit", "off"),
        ])
        .statement_cache_capacity(300)
        .disable_statement_logging();
    // One connection by itself first: the pool would only say after half a minute that it got none, and not why.
    let first = tokio::time::timeout(Duration::from_secs(10), PgConnection::connect_with(&options)).await;
    let first = first.map_err(|_| {
        StoreError::Unavailable(
            "the database server of store.url does not answer within 10 s: check its address and that it runs".into(),
        )
    })??;
    // Nothing was asked of it: whatever closing says changes nothing.
    let _ = first.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(settings.connections.max(2))
        .acquire_timeout(Duration::from_secs(30))
        .after_connect(|connection, _| Box::pin(durable::on_postgres(connection)))
        .connect_with(options)
        .await?;
    migrations::postgres(&pool).await?;
    Ok(Database::Postgres { pool })
}
