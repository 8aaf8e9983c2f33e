//! Does the store take writes? What the last ones met, for watchers (`/readyz`), and one line in the log when it begins and when it ends.
//!
//! A disk that is full or read-only still answers reads, so reading alone proves nothing.

use super::Store;
use super::error::{Result, StoreError};
use super::tx::args;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why writes fail now; clones share it.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    /// Takes note of a write that failed; passes the outcome on.
    pub fn note<T>(&self, outcome: Result<T>) -> Result<T> {
        if let Err(StoreError::Unavailable(said)) = &outcome {
            let began = self.now().replace(said.clone()).is_none();
            if began {
                tracing::error!("the store takes no writes: {said}; work goes on by itself when it does");
            }
        }
        outcome
    }

    /// Something was written for certain.
    pub fn is_over(&self) {
        if self.now().take().is_some() {
            tracing::info!("the store takes writes again");
        }
    }

    fn now(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Proves that the store can be worked with: it answers, and where the last write failed, one is tried. Error: what is wrong and the mend.
    pub async fn prove_usable(&self) -> Result<()> {
        self.read().find("SELECT revision FROM catalogue_revision WHERE one = 1", args![]).await?;
        if self.signals.trouble.now().is_none() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        // Another value each time: SQLite writes nothing where the bytes stay the same.
        tx.execute(
            "INSERT INTO node (name, started_at, seen_at) VALUES ('readiness', 0, 0)
             ON CONFLICT (name) DO UPDATE SET seen_at = node.seen_at + 1",
            args![],
        )
        .await?;
        tx.commit().await
    }
}
