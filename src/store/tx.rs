//! One way to talk to two databases: statements, arguments, rows, transactions.
//!
//! A [`Tx`] that is dropped without `commit` rolls back, also when the future that held it was cancelled. Statements are prepared once
//! per connection. Columns are read by name; integers are 64 bits wide on both databases.

use super::error::{Result, StoreError};
use super::fold::Fold;
#[cfg(feature = "simulation")]
use super::lockstep::{Held, drive};
use super::signal::{Changed, Signals, Wake};
use super::writer::Turn;
use crate::ids::{
    GrantId, ListingId, OfferId, OrderId, OrderLineId, PlaceId, PlatformId, ProducerId, ProductId, ShopId,
    VariantId,
};
use ganh_contract::Vnd;
use jiff::Timestamp;
use sqlx::{Postgres, Row as _, Transaction};
use std::collections::BTreeSet;

/// A statement: one text, or two where the databases differ by necessity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sql {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }
}

/// The same text, with a lock of the read rows on PostgreSQL.
/// differs by necessity: SQLite has one writer and needs no row locks.
macro_rules! locking {
    ($text:literal, $lock:literal) => {
        $crate::store::tx::Sql { sqlite: $text, postgres: concat!($text, " ", $lock) }
    };
}
pub(super) use locking;

/// One argument. `None` keeps its type: PostgreSQL asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arg {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$($crate::store::tx::Arg::from($arg)),*] };
}
pub(super) use args;

macro_rules! int_args {
    ($($kind:ty => |$arg:ident| $int:expr),+ $(,)?) => { $(
        impl From<$kind> for Arg {
            fn from($arg: $kind) -> Self {
                Self::Int(Some($int))
            }
        }
        impl From<Option<$kind>> for Arg {
            fn from(arg: Option<$kind>) -> Self {
                Self::Int(arg.map(|$arg| $int))
            }
        }
    )+ };
}

int_args! {
    i64 => |n| n,
    i32 => |n| i64::from(n),
    u32 => |n| i64::from(n),
    bool => |n| i64::from(n),
    usize => |n| i64::try_from(n).unwrap_or(i64::MAX),
    Timestamp => |at| at.as_millisecond(),
    Vnd => |amount| amount.get(),
    ProducerId => |id| id.get(),
    ProductId => |id| id.get(),
    VariantId => |id| id.get(),
    ShopId => |id| id.get(),
    ListingId => |id| id.get(),
    OfferId => |id| id.get(),
    PlaceId => |id| id.get(),
    OrderId => |id| id.get(),
    OrderLineId => |id| id.get(),
    PlatformId => |id| id.get(),
    GrantId => |id| id.get(),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}
impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}
impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
impl From<Option<&str>> for Arg {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}
impl From<Vec<u8>> for Arg {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}
impl From<Option<Vec<u8>>> for Arg {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}

/// Rows of a bulk statement as one JSON parameter for `json_each($n)`. Booleans in it must be 0 and 1.
pub(super) fn json<T: serde::Serialize + ?Sized>(rows: &T) -> Arg {
    // Our own row structs: plain integers and strings, string keys.
    Arg::Text(Some(
        serde_json::to_string(rows).unwrap_or_else(|error| unreachable!("row structs serialise: {error}")),
    ))
}

macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for arg in $args {
            query = match arg {
                Arg::Int(int) => query.bind(int),
                Arg::Text(text) => query.bind(text),
                Arg::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

enum Live {
    Sqlite {
        turn: Turn,
        fold: Fold,
    },
    Postgres(Transaction<'static, Postgres>),
    #[cfg(feature = "simulation")]
    Lockstep(Held),
}

/// A write transaction.
pub(super) struct Tx {
    live: Live,
    signals: Signals,
    touched: BTreeSet<Changed>,
    /// Rows were changed: a commit of nothing would succeed on a full disk too.
    has_written: bool,
}

impl Tx {
    pub const fn sqlite(turn: Turn, fold: Fold, signals: Signals) -> Self {
        Self { live: Live::Sqlite { turn, fold }, signals, touched: BTreeSet::new(), has_written: false }
    }

    pub fn postgres(live: Transaction<'static, Postgres>, signals: Signals) -> Self {
        Self { live: Live::Postgres(live), signals, touched: BTreeSet::new(), has_written: false }
    }

    #[cfg(feature = "simulation")]
    pub fn lockstep(held: Held, signals: Signals) -> Self {
        Self { live: Live::Lockstep(held), signals, touched: BTreeSet::new(), has_written: false }
    }

    pub const fn is_postgres(&self) -> bool {
        matches!(self.live, Live::Postgres(_))
    }

    /// Notes that the shop got something to do; all of its lane is woken after the commit.
    pub fn touch(&mut self, shop: ShopId) {
        self.wake(shop, Wake::Anything);
    }

    /// As [`touch`](Self::touch), but only the loop that has this work is woken.
    pub fn wake(&mut self, shop: ShopId, wake: Wake) {
        self.touched.insert(Changed { shop, wake });
    }

    pub async fn execute(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64> {
        let outcome = self.executed(sql.into(), args).await;
        self.has_written |= matches!(outcome, Ok(1..));
        self.signals.trouble.note(outcome)
    }

    async fn executed(&mut self, sql: Sql, args: Vec<Arg>) -> Result<u64> {
        Ok(match &mut self.live {
            Live::Sqlite { turn, .. } => {
                bound!(sql.sqlite, args).execute(turn.connection()).await?.rows_affected()
            }
            Live::Postgres(live) => bound!(sql.postgres, args).execute(&mut **live).await?.rows_affected(),
            #[cfg(feature = "simulation")]
            Live::Lockstep(held) => {
                drive(bound!(sql.sqlite, args).execute(held.connection()))?.rows_affected()
            }
        })
    }

    pub async fn rows(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<Row>> {
        let sql = sql.into();
        let outcome = self.fetched(sql, args).await;
        let is_change = !sql.sqlite.trim_start().starts_with("SELECT");
        self.has_written |= is_change && outcome.as_ref().is_ok_and(|rows| !rows.is_empty());
        self.signals.trouble.note(outcome)
    }

    async fn fetched(&mut self, sql: Sql, args: Vec<Arg>) -> Result<Vec<Row>> {
        Ok(match &mut self.live {
            Live::Sqlite { turn, .. } => bound!(sql.sqlite, args)
                .fetch_all(turn.connection())
                .await?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Live::Postgres(live) => bound!(sql.postgres, args)
                .fetch_all(&mut **live)
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
            #[cfg(feature = "simulation")]
            Live::Lockstep(held) => drive(bound!(sql.sqlite, args).fetch_all(held.connection()))?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
        })
    }

    pub async fn find(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Runs an `INSERT … RETURNING id`.
    pub async fn insert(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<i64> {
        let row = self.find(sql, args).await?;
        row.ok_or_else(|| StoreError::Corrupt("an insert gave no id".into()))?.int("id")
    }

    /// Makes everything durable, then wakes the lanes of the touched shops.
    pub async fn commit(mut self) -> Result<()> {
        let touched: Vec<Changed> = std::mem::take(&mut self.touched).into_iter().collect();
        if self.is_postgres() && !touched.is_empty() {
            for payload in self.signals.payloads(&touched) {
                self.execute("SELECT pg_notify('ganh_changed', $1)", args![payload]).await?;
            }
        }
        let Self { live, signals, has_written, .. } = self;
        signals.trouble.note(durably(live).await)?;
        if has_written {
            signals.trouble.is_over();
        }
        signals.fire(&touched);
        Ok(())
    }
}

async fn durably(live: Live) -> Result<()> {
    match live {
        Live::Sqlite { turn, fold } => {
            let is_large = turn.is_alone();
            turn.commit().await?;
            fold.committed(is_large);
        }
        Live::Postgres(live) => live.commit().await?,
        #[cfg(feature = "simulation")]
        Live::Lockstep(held) => held.commit().await?,
    }
    Ok(())
}

/// Single reads outside a transaction.
pub(super) enum Reads {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
    #[cfg(feature = "simulation")]
    Lockstep(super::lockstep::Lockstep),
}

impl Reads {
    pub async fn rows(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<Row>> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite(pool) => {
                bound!(sql.sqlite, args).fetch_all(pool).await?.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                bound!(sql.postgres, args).fetch_all(pool).await?.into_iter().map(Row::Postgres).collect()
            }
            #[cfg(feature = "simulation")]
            Self::Lockstep(lockstep) => {
                lockstep
                    .read(|mut connection| async move {
                        bound!(sql.sqlite, args).fetch_all(&mut *connection).await
                    })
                    .await?
            }
        })
    }

    pub async fn find(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }
}

/// A row; columns by name.
pub(super) enum Row {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! column {
    ($self:expr, $name:expr) => {
        match $self {
            Row::Sqlite(row) => row.try_get($name)?,
            Row::Postgres(row) => row.try_get($name)?,
        }
    };
}

impl Row {
    pub fn int(&self, name: &str) -> Result<i64> {
        Ok(column!(self, name))
    }

    pub fn find_int(&self, name: &str) -> Result<Option<i64>> {
        Ok(column!(self, name))
    }

    pub fn text(&self, name: &str) -> Result<String> {
        Ok(column!(self, name))
    }

    pub fn find_text(&self, name: &str) -> Result<Option<String>> {
        Ok(column!(self, name))
    }

    pub fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        Ok(column!(self, name))
    }

    pub fn find_bytes(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(column!(self, name))
    }

    pub fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.int(name)? != 0)
    }

    /// Whole units; negative ones are damage.
    pub fn units(&self, name: &str) -> Result<u32> {
        units(self.int(name)?, name)
    }

    pub fn find_units(&self, name: &str) -> Result<Option<u32>> {
        self.find_int(name)?.map(|int| units(int, name)).transpose()
    }

    pub fn at(&self, name: &str) -> Result<Timestamp> {
        at(self.int(name)?, name)
    }

    pub fn find_at(&self, name: &str) -> Result<Option<Timestamp>> {
        self.find_int(name)?.map(|ms| at(ms, name)).transpose()
    }

    /// JSON of our own making.
    pub fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T> {
        parsed(&self.text(name)?, name)
    }

    pub fn find_json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.find_text(name)?.map(|text| parsed(&text, name)).transpose()
    }

    pub fn vnd(&self, name: &str) -> Result<Vnd> {
        Ok(Vnd(self.int(name)?))
    }
}

fn units(int: i64, name: &str) -> Result<u32> {
    u32::try_from(int).map_err(|_| StoreError::Corrupt(format!("column {name} holds {int} units")))
}

fn at(ms: i64, name: &str) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms)
        .map_err(|_| StoreError::Corrupt(format!("column {name} holds {ms} as a time")))
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str, name: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("column {name}: {error}")))
}
