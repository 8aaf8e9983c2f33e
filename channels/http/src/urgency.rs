//! Safety first (I9): a call inside [`urgent`] goes before waiting ordinary calls and may use the reserved slice of each quota.

use std::future::Future;

tokio::task_local! {
    static URGENT: ();
}

/// Runs `work`; every call made inside it is urgent. It does not reach into tasks that `work` spawns.
pub async fn urgent<F: Future>(work: F) -> F::Output {
    URGENT.scope((), work).await
}

/// True inside [`urgent`].
pub fn is_urgent() -> bool {
    URGENT.try_with(|()| ()).is_ok()
}
