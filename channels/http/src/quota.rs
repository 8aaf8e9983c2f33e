//! One quota: a bucket that fills at a steady rate (GCRA, by `governor`), and perhaps a count per day.
//!
//! Ordinary calls must leave the reserved slice in the bucket, urgent ones may empty it. Both draw on the same arrival time, so the
//! sum never exceeds the quota, and in steady state ordinary calls still use all of the rate: the slice is a level, not a share.
//!
//! ```text
//!  bucket  |███████░░▒|  ordinary stops at the first line, urgent at the second; the tap fills all at the same rate
//!                  ^ ^ kept for calls that left evenly and arrive unevenly
//!                  reserved
//! ```
//!
//! A marketplace counts when a call arrives, which is neither when its turn came nor when it left. So the numbers are tamed once, here:
//! the rate by [`TAMED`], for clocks that run apart; the burst by one call where it has two or more, so that a call that was on its way
//! for up to one interval longer than the next one is still within the quota.

use crate::clock::after;
use crate::level::{Level, Told};
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

/// Intervals are longer than the quota's by this factor: half a percent of the rate stays unused.
const TAMED: f64 = 1.005;

/// A call may leave this much later than its turn before later turns are put off too.
const LATE: Duration = Duration::from_millis(100);

/// A ceiling that one call costs one of.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// Calls with the same key share the bucket, such as `app/1234567` or `shop/987`.
    pub key: String,
    /// Whom the marketplace counts here: a throttle of this reach freezes this key.
    pub reach: Reach,
    /// Calls per second, on average. Not positive or not finite: unlimited.
    pub per_second: f64,
    /// Calls that the marketplace takes at once after a rest; one fewer leaves at once where it is two or more.
    pub burst: u32,
    pub per_day: Option<PerDay>,
    /// Share of the burst and of the day that only urgent calls may use, in percent.
    pub reserved_pct: u8,
}

impl Quota {
    /// False when the marketplace counts nothing here.
    pub(crate) fn is_counted(&self) -> bool {
        (self.per_second.is_finite() && self.per_second > 0.0) || self.per_day.is_some()
    }
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
    /// Processes among which the quota is divided; 0: none of it is ours yet.
    among: u32,
    hand: Hand,
    tally: Tally,
    limiters: Option<Limiters>,
    level: Level,
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
    pub(crate) fn new(quota: &Quota, among: u32, now: Timestamp) -> Self {
        let (hand, tally) = (Hand::default(), Tally::default());
        Self {
            limiters: limiters(quota, among, &tally, &hand),
            level: Level::new(pace(quota, among)),
            quota: quota.clone(),
            among,
            hand,
            tally,
            epoch: now,
            day: i64::MIN,
            today: 0,
            frozen_until: None,
            throttles: Pauses::new(Duration::from_secs(2), Duration::from_secs(60)),
        }
    }

    /// Takes on new numbers for the same key; what was used stays used.
    pub(crate) fn adjust(&mut self, quota: &Quota, among: u32) {
        if self.among == among && self.quota == *quota {
            return;
        }
        self.limiters = limiters(quota, among, &self.tally, &self.hand);
        self.level.adjust(pace(quota, among));
        (self.quota, self.among) = (quota.clone(), among);
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

    /// True when none of the quota is ours yet.
    pub(crate) const fn is_withheld(&self) -> bool {
        self.among == 0
    }

    pub(crate) const fn frozen_until(&self) -> Option<Timestamp> {
        self.frozen_until
    }

    /// Whether a call whose turn has come may go on the wire at this instant; if not, when.
    ///
    /// Turns are given evenly, but between its turn and the wire a call may be written down, signed, or simply wait for a processor.
    pub(crate) fn may_leave(&self, is_urgent: bool, now: Timestamp) -> Result<(), Timestamp> {
        self.level.may_leave(is_urgent, now)
    }

    /// A call goes on the wire now. If it is much later than its turn, the next turns are put off.
    pub(crate) fn left(&mut self, now: Timestamp) {
        if let Some(full_at) = self.level.left(now) {
            let full_at = full_at.checked_sub(LATE).unwrap_or(full_at);
            self.tally.at_least(crate::clock::until(self.epoch, full_at));
        }
    }

    /// A call that left was answered, or nobody waits for its answer any more.
    pub(crate) fn landed(&mut self) {
        self.level.landed();
    }

    /// The marketplace told how much is left: never more than that is used. Returns until when nothing may leave, if so.
    pub(crate) fn heed(&mut self, told: Told, now: Timestamp) {
        let heeded = self.level.heed(told, now);
        if let Some(full_at) = heeded.full_at {
            self.tally.at_least(crate::clock::until(self.epoch, full_at));
        }
        if let Some(until) = heeded.nothing_until {
            self.frozen_until = Some(self.frozen_until.map_or(until, |frozen| frozen.max(until)));
        }
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
        let calls = per_day.calls / self.among.max(1);
        let reserved = if is_urgent { 0 } else { slice(calls, self.quota.reserved_pct) };
        if self.today < calls - reserved {
            return Ok(());
        }
        Err(Timestamp::from_second((day + 1) * DAY_S - offset).unwrap_or(Timestamp::MAX))
    }
}

/// A quota's numbers as we keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Between two calls.
    pub interval: Duration,
    /// Calls at once: of any kind, and of the ordinary.
    pub all: NonZeroU32,
    pub ordinary: NonZeroU32,
}

/// `None`: unlimited.
fn pace(quota: &Quota, among: u32) -> Option<Pace> {
    if !quota.per_second.is_finite() || quota.per_second <= 0.0 {
        return None;
    }
    let among = among.max(1);
    // Rounded up to whole nanoseconds, so that rounding never exceeds the quota.
    let interval = Duration::try_from_secs_f64(TAMED * f64::from(among) / quota.per_second).ok()?
        + Duration::from_nanos(1);
    let burst = (quota.burst / among).max(1);
    let reserved = slice(burst, quota.reserved_pct);
    let at_once = burst.saturating_sub(1).max(1);
    let ordinary = at_once.saturating_sub(reserved).max(1);
    // The slice is there for safety: where there is no room for both, it goes before evenness.
    let all = if reserved > 0 { at_once.max((ordinary + 1).min(burst)) } else { at_once };
    let count = |calls: u32| NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN);
    Some(Pace { interval, all: count(all), ordinary: count(ordinary) })
}

/// The limiters of all calls and of ordinary ones; they differ in burst only.
fn limiters(quota: &Quota, among: u32, tally: &Tally, hand: &Hand) -> Option<Limiters> {
    let pace = pace(quota, among)?;
    let even = governor::Quota::with_period(pace.interval)?;
    // A limiter counts from the instant of its making; all of one bucket count from the bucket's epoch.
    hand.set(Duration::ZERO);
    let of = |burst| RateLimiter::new(even.allow_burst(burst), tally.clone(), hand.clone());
    Some(Limiters { all: of(pace.all), ordinary: of(pace.ordinary) })
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
    /// The bucket is full again no earlier than this.
    fn at_least(&self, full_at: Duration) {
        let full_at = Nanos::from(u64::try_from(full_at.as_nanos()).unwrap_or(u64::MAX));
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0.is_none_or(|known| known < full_at) {
            state.0 = Some(full_at);
        }
    }

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
