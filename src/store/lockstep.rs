//! For simulations only: one SQLite connection in memory, and every statement driven to its end inside one poll.
//!
//! SQLite works in a thread of its own, so the order in which statements of several tasks end would depend on the machine. Here a task that
//! asks waits for its answer without letting another one run: with a single-threaded runtime the same seed gives the same history. Between
//! statements nothing is atomic that is not in one transaction: the pulse may let others run, or never go on, as a process does that dies.

use super::database::Database;
use super::error::{Result, StoreError};
use super::keys::Keys;
use super::signal::Signals;
use super::tx::{Reads, Row, Tx};
use super::{Store, migrations};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// What happens around each touch of the database; a process that died is kept waiting for ever.
#[async_trait]
pub trait Pulse: Send + Sync + std::fmt::Debug {
    /// Before a transaction or a read begins.
    async fn before(&self);

    /// After a commit took effect and before anybody in the process knows.
    async fn after(&self);
}

/// Shop signals of a second process on the same database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// As nodes on PostgreSQL: every commit is told to all.
    All,
    /// As processes on one SQLite file: only its own.
    Itself,
}

#[derive(Clone)]
pub(super) struct Lockstep {
    connection: Arc<Mutex<SqliteConnection>>,
    pulse: Arc<dyn Pulse>,
}

/// The connection inside a transaction; rolled back when dropped before the commit.
pub(super) struct Held {
    connection: OwnedMutexGuard<SqliteConnection>,
    pulse: Arc<dyn Pulse>,
    is_open: bool,
}

impl Store {
    /// An empty store in memory, at the newest schema, for one simulated history.
    pub async fn in_lockstep(keys: Keys, pulse: Arc<dyn Pulse>, now: Timestamp) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(":memory:")
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off)
            .pragma("temp_store", "memory")
            .row_buffer_size(4096)
            .statement_cache_capacity(500)
            .disable_statement_logging();
        let mut connection = drive(options.connect())?;
        drive(migrations::steps().run(&mut connection)).map_err(StoreError::from)?;
        let database = Database::Lockstep(Lockstep { connection: Arc::new(Mutex::new(connection)), pulse });
        let store =
            Self { signals: Signals::start(&database).await?, database, keys: Arc::new(RwLock::new(keys)) };
        store.prove_keys(now).await?;
        Ok(store)
    }

    /// The same database as another process sees it. `None` when this store is not in lockstep.
    pub async fn beside(&self, hears: Hears, pulse: Arc<dyn Pulse>) -> Option<Self> {
        let Database::Lockstep(Lockstep { connection, .. }) = &self.database else { return None };
        let database = Database::Lockstep(Lockstep { connection: connection.clone(), pulse });
        let signals = match hears {
            Hears::All => self.signals.clone(),
            Hears::Itself => Signals::start(&database).await.ok()?,
        };
        Some(Self { database, keys: self.keys.clone(), signals })
    }
}

impl Lockstep {
    pub async fn begin(&self, signals: &Signals) -> Result<Tx> {
        self.pulse.before().await;
        let mut connection = self.connection.clone().lock_owned().await;
        drive(sqlx::query("BEGIN").execute(&mut *connection))?;
        let held = Held { connection, pulse: self.pulse.clone(), is_open: true };
        Ok(Tx::lockstep(held, signals.clone()))
    }

    pub fn reads(&self) -> Reads {
        Reads::Lockstep(self.clone())
    }

    pub async fn read<'q, F, Fut>(&self, ask: F) -> Result<Vec<Row>>
    where
        F: FnOnce(OwnedMutexGuard<SqliteConnection>) -> Fut,
        Fut: Future<Output = sqlx::Result<Vec<sqlx::sqlite::SqliteRow>>> + 'q,
    {
        self.pulse.before().await;
        let connection = self.connection.clone().lock_owned().await;
        Ok(drive(ask(connection))?.into_iter().map(Row::Sqlite).collect())
    }
}

impl Held {
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub async fn commit(mut self) -> Result<()> {
        drive(sqlx::query("COMMIT").execute(&mut *self.connection))?;
        self.is_open = false;
        let pulse = self.pulse.clone();
        drop(self);
        pulse.after().await;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.is_open {
            // Nothing more can be done about a rollback that fails; the next BEGIN says so.
            let _ = drive(sqlx::query("ROLLBACK").execute(&mut *self.connection));
        }
    }
}

/// So many turns are offered to SQLite's thread before this one lies down: on one core, a turn is cheaper than a sleep.
const TURNS: u32 = 64;

struct Unpark {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl Unpark {
    fn wait(&self) {
        for _ in 0..TURNS {
            if self.is_woken.swap(false, Ordering::Acquire) {
                return;
            }
            std::thread::yield_now();
        }
        while !self.is_woken.swap(false, Ordering::Acquire) {
            std::thread::park();
        }
    }
}

/// Waits for `work` on this thread; no other task of the runtime runs meanwhile.
pub(super) fn drive<F: Future>(work: F) -> F::Output {
    thread_local! {
        static UNPARK: Arc<Unpark> =
            Arc::new(Unpark { thread: std::thread::current(), is_woken: AtomicBool::new(false) });
    }
    // The runtime's budget of polls must not end inside: nobody would renew it.
    let mut work = pin!(tokio::task::unconstrained(work));
    UNPARK.with(|unpark| {
        let waker = Waker::from(unpark.clone());
        let mut context = Context::from_waker(&waker);
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => unpark.wait(),
            }
        }
    })
}
