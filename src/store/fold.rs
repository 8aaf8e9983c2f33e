//! Folds SQLite's log into the file, over a connection of its own, so that no commit waits for it.
//!
//! The log starts again from its beginning only when it is folded whole and nobody writes at that moment. Under lasting load it would grow
//! without end, so from a certain length on it is folded in the writer's turn.

use super::error::Result;
use super::writer::Writer;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Commits between two foldings.
const EVERY: usize = 64;
/// Pages of 4 KiB in the log from which on folding takes the writer's turn.
const LARGE: i64 = 16_384;

/// A handle on the folding task; clones share it.
#[derive(Clone)]
pub struct Fold(Arc<Inner>);

struct Inner {
    wake: Notify,
    commits: AtomicUsize,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Fold {
    /// Starts the task; it ends with `close`.
    pub async fn start(options: &SqliteConnectOptions, writer: Writer) -> Result<Self> {
        let mut connection = options.connect().await?;
        super::durable::on_sqlite(&mut connection).await?;
        let fold = Self(Arc::new(Inner {
            wake: Notify::new(),
            commits: AtomicUsize::new(0),
            stop: CancellationToken::new(),
            task: Mutex::new(None),
        }));
        let task = tokio::spawn(fold.clone().run(connection, writer));
        *fold.0.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        Ok(fold)
    }

    /// Something was committed; `is_large`: perhaps many pages.
    pub fn committed(&self, is_large: bool) {
        let count = self.0.commits.fetch_add(1, Ordering::Relaxed);
        if is_large || count % EVERY == EVERY - 1 {
            self.0.wake.notify_one();
        }
    }

    pub async fn close(&self) {
        self.0.stop.cancel();
        let task = self.0.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // It ends by itself.
            task.await.ok();
        }
    }

    async fn run(self, mut connection: SqliteConnection, writer: Writer) {
        loop {
            tokio::select! {
                () = self.0.stop.cancelled() => break,
                () = self.0.wake.notified() => {}
            }
            let folded = match passive(&mut connection).await {
                Ok(log) if log > LARGE => writer.fold().await,
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = folded {
                // The log grows; whatever is wrong with the disk, the next commit says it to somebody who can act.
                tracing::warn!("the store's log cannot be folded: {error}");
            }
        }
        connection.close().await.ok();
    }
}

/// Folds what no reader needs any more; pages in the log afterwards.
pub async fn passive(connection: &mut SqliteConnection) -> Result<i64> {
    let row = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await?;
    let (log, folded): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
    Ok(if folded >= log { 0 } else { log })
}
