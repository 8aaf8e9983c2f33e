//! The time as this crate sees it: a parameter, so that tests and simulations can move it.

use jiff::Timestamp;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Tells the time and wakes later.
pub trait Clock: Send + Sync + Debug {
    /// Now, UTC.
    fn now(&self) -> Timestamp;

    /// Is ready at `at` or soon after; at once if that is past. Dropping it forgets the sleep.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The machine's own clock and tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(until(self.now(), at)))
    }
}

/// The time from `now` until `at`; zero if that is past.
pub(crate) fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// `now` plus `pause`; the end of time if that overflows.
pub(crate) fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}
