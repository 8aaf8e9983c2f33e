//! Growing pauses between attempts. The only file that names the `backoff` crate.

use backoff::SystemClock;
use backoff::backoff::Backoff;
use backoff::exponential::ExponentialBackoff;
use std::time::Duration;

/// Pauses that double from `first` up to `longest`, each between half and one and a half times as long, so that many callers spread out.
pub(crate) struct Pauses(ExponentialBackoff<SystemClock>);

impl Pauses {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self(ExponentialBackoff {
            current_interval: first,
            initial_interval: first,
            multiplier: 2.0,
            max_interval: longest,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        })
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        self.0.next_backoff().unwrap_or(self.0.max_interval)
    }

    /// Starts small again.
    pub(crate) fn restart(&mut self) {
        self.0.reset();
    }
}

impl std::fmt::Debug for Pauses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pauses({:?})", self.0.current_interval)
    }
}
