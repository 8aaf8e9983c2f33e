//! The world's clock: real time plus an offset that a test moves forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

/// Real time plus an offset. All times are milliseconds since 1970 UTC unless said.
#[derive(Default)]
pub struct Clock {
    offset_ms: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// The world's time in milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond() + self.offset_ms.load(Ordering::Relaxed)
    }

    /// The world's time in microseconds since 1970 UTC.
    pub fn now_us(&self) -> i64 {
        Timestamp::now().as_microsecond() + self.offset_ms.load(Ordering::Relaxed).saturating_mul(1000)
    }

    /// The world's time in whole seconds since 1970 UTC.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Moves the world's time by `seconds` (may be negative) and wakes whoever sleeps on it.
    pub fn advance_s(&self, seconds: i64) {
        self.offset_ms.fetch_add(seconds.saturating_mul(1000), Ordering::Relaxed);
        self.moved.notify_waiters();
    }

    /// Sleeps until the world's time is `ms`; moving the clock ends the wait early.
    pub async fn sleep_until_ms(&self, ms: i64) {
        loop {
            let moved = self.moved.notified();
            let left = ms - self.now_ms();
            let Ok(left) = u64::try_from(left) else {
                return;
            };
            if left == 0 {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(left)) => {}
                () = moved => {}
            }
        }
    }

    /// Sleeps `ms` milliseconds of the world's time.
    pub async fn sleep_ms(&self, ms: u64) {
        if ms > 0 {
            self.sleep_until_ms(self.now_ms().saturating_add_unsigned(ms)).await;
        }
    }
}

/// Writes milliseconds since 1970 as RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Reads RFC 3339 (with any offset) as milliseconds since 1970.
#[must_use]
pub fn read_rfc3339(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}
