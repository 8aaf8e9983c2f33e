//! One quota: a bucket that fills at a steady rate (GCRA, by `governor`), and perhaps a count per day.
//!
//! Ordinary calls must leave the reserved slice in the bucket, urgent ones may empty it. Both draw on the same arrival time, so the
//! sum never exceeds the quota, and in steady state ordinary calls still use all of the rate: the slice is a level, not a share.
//!
//! ```text
//!  bucket  |████████░░|  ordinary stops at the line, urgent at the bottom; the tap fills both at the same rate
//!                  ^ reserved
//! ```

use crate::clock::after;
use crate::wait::Pauses;
use ganh_contract::Reach;
use governor::RateLimiter;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use jiff::Timestamp;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A ceiling that one call costs one of.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// Calls with the same key share the bucket, such as `app/1234567` or `shop/987`.
    pub key: String,
    /// Whom the marketplace counts here: a throttle of this reach freezes this key.
    pub reach: Reach,
    /// Calls per second, on average. Not positive or not finite: unlimited.
    pub per_second: f64,
    /// Calls that may leave at once after a rest.
    pub burst: u32,
    pub per_day: Option<PerDay>,
    /// Share of the burst and of the day that only urgent calls may use, in percent.
    pub reserved_pct: u8,
}

/// A daily count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerDay {
    pub calls: u32,
    /// The count starts again at midnight of this offset from UTC, in seconds east.
    pub utc_offset_s: i32,
}

/// The state of one quota key.
#[derive(Debug)]
pub(crate) struct Bucket {
    quota: Quota,
    hand: Hand,
    tally: Tally,
    limiters: Option<Limiters>,
    epoch: Timestamp,
    day: i64,
    today: u32,
    frozen_until: Option<Timestamp>,
    throttles: Pauses,
}

#[derive(Debug)]
struct Limiters {
    all: Limiter,
    ordinary: Limiter,
}

type Limiter = RateLimiter<NotKeyed, Tally, Hand, NoOpMiddleware<Nanos>>;

impl Bucket {
    pub(crate) fn new(quota: &Quota, now: Timestamp) -> Self {
        let hand = Hand::default();
        let tally = Tally::default();
        let limiters = limits(quota).map(|(all, ordinary)| Limiters {
            all: RateLimiter::new(all, tally.clone(), hand.clone()),
            ordinary: RateLimiter::new(ordinary, tally.clone(), hand.clone()),
        });
        Self {
            quota: quota.clone(),
            hand,
            tally,
            limiters,
            epoch: now,
            day: i64::MIN,
            today: 0,
            frozen_until: None,
            throttles: Pauses::new(Duration::from_secs(2), Duration::from_secs(60)),
        }
    }

    /// Takes on new numbers for the same key; what was used stays used.
    pub(crate) fn adjust(&mut self, quota: &Quota, now: Timestamp) {
        if self.quota == *quota {
            return;
        }
        let old = std::mem::replace(self, Self::new(quota, now));
        (self.day, self.today, self.frozen_until) = (old.day, old.today, old.frozen_until);
    }

    /// Whether a call could leave now; if not, when it could at the earliest.
    pub(crate) fn peek(&mut self, is_urgent: bool, now: Timestamp) -> Result<(), Timestamp> {
        self.step(is_urgent, now, true)
    }

    /// Counts a call that leaves now.
    pub(crate) fn take(&mut self, is_urgent: bool, now: Timestamp) -> Result<(), Timestamp> {
        self.step(is_urgent, now, false)?;
        self.today = self.today.saturating_add(1);
        Ok(())
    }

    /// Lets nothing leave until `after` is over, or until a growing pause is if the marketplace named none.
    pub(crate) fn freeze(&mut self, named: Option<Duration>, now: Timestamp) -> Timestamp {
        if let (None, Some(until)) = (named, self.frozen_until.filter(|until| now < *until)) {
            // Calls that left together are throttled together: one pause is enough.
            return until;
        }
        let pause = named.unwrap_or_else(|| self.throttles.next());
        let until = after(now, pause);
        let until = self.frozen_until.map_or(until, |frozen| frozen.max(until));
        self.frozen_until = Some(until);
        until
    }

    /// A call was not throttled: the next throttle starts with a short pause again.
    pub(crate) fn thaw(&mut self) {
        self.throttles.restart();
    }

    pub(crate) const fn reach(&self) -> Reach {
        self.quota.reach
    }

    fn step(&mut self, is_urgent: bool, now: Timestamp, is_rehearsal: bool) -> Result<(), Timestamp> {
        if let Some(until) = self.frozen_until {
            if now < until {
                return Err(until);
            }
            self.frozen_until = None;
        }
        self.check_day(is_urgent, now)?;
        let Some(limiters) = &self.limiters else { return Ok(()) };
        let limiter = if is_urgent { &limiters.all } else { &limiters.ordinary };
        self.hand.set(crate::clock::until(self.epoch, now));
        self.tally.rehearse(is_rehearsal);
        limiter.check().map_err(|not_until| {
            let nanos = not_until.earliest_possible().as_u64();
            after(self.epoch, Duration::from_nanos(nanos))
        })
    }

    fn check_day(&mut self, is_urgent: bool, now: Timestamp) -> Result<(), Timestamp> {
        const DAY_S: i64 = 86_400;
        let Some(per_day) = self.quota.per_day else { return Ok(()) };
        let offset = i64::from(per_day.utc_offset_s);
        let day = (now.as_second() + offset).div_euclid(DAY_S);
        if day != self.day {
            (self.day, self.today) = (day, 0);
        }
        let reserved = if is_urgent { 0 } else { slice(per_day.calls, self.quota.reserved_pct) };
        if self.today < per_day.calls - reserved {
            return Ok(());
        }
        Err(Timestamp::from_second((day + 1) * DAY_S - offset).unwrap_or(Timestamp::MAX))
    }
}

/// The limits of all calls and of ordinary ones; they differ in burst only.
fn limits(quota: &Quota) -> Option<(governor::Quota, governor::Quota)> {
    if !quota.per_second.is_finite() || quota.per_second <= 0.0 {
        return None;
    }
    // Rounded up to whole nanoseconds, so that rounding never exceeds the quota.
    let interval = Duration::try_from_secs_f64(1.0 / quota.per_second).ok()? + Duration::from_nanos(1);
    let burst = NonZeroU32::new(quota.burst).unwrap_or(NonZeroU32::MIN);
    let kept = burst.get() - slice(burst.get(), quota.reserved_pct);
    let all = governor::Quota::with_period(interval)?;
    Some((all.allow_burst(burst), all.allow_burst(NonZeroU32::new(kept).unwrap_or(NonZeroU32::MIN))))
}

/// `pct` percent of `whole`, rounded down, never all of it.
fn slice(whole: u32, pct: u8) -> u32 {
    let part = u64::from(whole) * u64::from(pct.min(100)) / 100;
    u32::try_from(part).unwrap_or(whole).min(whole.saturating_sub(1))
}

/// The hand of `governor`'s clock, set before each look.
#[derive(Debug, Clone, Default)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn set(&self, since_epoch: Duration) {
        self.0.store(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl GovernorClock for Hand {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.load(Ordering::Relaxed))
    }
}

/// The arrival time that both limiters share; a rehearsal leaves it as it is.
#[derive(Debug, Clone, Default)]
struct Tally(Arc<Mutex<(Option<Nanos>, bool)>>);

impl Tally {
    fn rehearse(&self, is_rehearsal: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = is_rehearsal;
    }
}

impl StateStore for Tally {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, next) = measure(state.0)?;
        if !state.1 {
            state.0 = Some(next);
        }
        Ok(outcome)
    }
}
