//! Paying before the figures are read: the engine waits for a call's quota first, then fills the call with the newest truth, then sends it
//! at once (I4, I8). Without this a call would carry what was true when it began to wait.
//!
//! An adapter declares once, when a shop is opened, which quotas stand behind the name in `CallShape::quota`.

use crate::answer::Answer;
use crate::gate::Gate;
use crate::level::Told;
use crate::quota::Quota;
use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

tokio::task_local! {
    static PAID: Cell<bool>;
}

/// Runs `work`; the first call made inside it passes the gate without paying again. It does not reach into tasks that `work` spawns.
pub async fn prepaid<F: Future>(work: F) -> F::Output {
    PAID.scope(Cell::new(true), work).await
}

/// True once inside [`prepaid`].
pub(crate) fn take() -> bool {
    PAID.try_with(|paid| paid.replace(false)).unwrap_or(false)
}

/// Reads what an answer's headers tell of a quota; `None` where they tell nothing.
pub type Heeder = fn(&Answer) -> Option<Told>;

/// What adapters declared: names of `CallShape::quota` → the quotas that one call costs one of; quota keys → how headers tell of them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    quotas: Mutex<HashMap<String, Vec<Quota>>>,
    heeders: Mutex<HashMap<String, Heeder>>,
}

impl Names {
    pub(crate) fn declare(&self, name: &str, quotas: &[Quota]) {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), quotas.to_vec());
    }

    /// Empty for an undeclared name: such a call pays at the gate.
    pub(crate) fn quotas(&self, name: &str) -> Vec<Quota> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn heed(&self, key: &str, heeder: Heeder) {
        self.heeders.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), heeder);
    }

    pub(crate) fn heeder(&self, key: &str) -> Option<Heeder> {
        self.heeders.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }
}

impl Gate {
    /// Pays at once or not at all.
    pub(crate) fn try_pass(&self, quotas: &[Quota], is_urgent: bool) -> bool {
        quotas.is_empty() || self.step_once(quotas, is_urgent)
    }
}
