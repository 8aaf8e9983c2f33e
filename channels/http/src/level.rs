//! How full the marketplace's own bucket may be: counted where calls go on the wire, corrected by what its headers tell.
//!
//! ```text
//!   turn (gate) ─▶ written down, signed ─▶ may_leave? ─▶ left ─▶ … ─▶ landed, told
//! ```
//!
//! A turn is a promise to the order of calls; this is the promise to the marketplace. A call that is late after its turn must not meet the
//! next one at the door, whatever delayed it.

use crate::clock::{after, until};
use crate::quota::Pace;
use jiff::Timestamp;
use std::time::Duration;

/// What a marketplace says in an answer's headers about one of its quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Calls that it would still take at this moment.
    pub left: u32,
    /// When it takes as many as ever again; `None`: its bucket refills at the declared rate.
    pub resets_in: Option<Duration>,
}

/// What follows from [`Told`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heeded {
    /// The bucket is full again no earlier than this.
    pub full_at: Option<Timestamp>,
    pub nothing_until: Option<Timestamp>,
}

/// The marketplace's bucket as it is at the fullest.
#[derive(Debug)]
pub(crate) struct Level {
    pace: Option<Pace>,
    /// When the bucket is as empty as after a rest.
    rested_at: Timestamp,
    /// Calls that left and were not answered.
    flying: u32,
}

impl Level {
    pub(crate) const fn new(pace: Option<Pace>) -> Self {
        Self { pace, rested_at: Timestamp::MIN, flying: 0 }
    }

    pub(crate) const fn adjust(&mut self, pace: Option<Pace>) {
        self.pace = pace;
    }

    pub(crate) fn may_leave(&self, is_urgent: bool, now: Timestamp) -> Result<(), Timestamp> {
        let Some(pace) = self.pace else { return Ok(()) };
        let at_once = if is_urgent { pace.all } else { pace.ordinary };
        let spare = pace.interval.saturating_mul(at_once.get() - 1);
        let earliest = self.rested_at.checked_sub(spare).unwrap_or(Timestamp::MIN);
        if now >= earliest { Ok(()) } else { Err(earliest) }
    }

    /// Counts a call that goes on the wire now. Returns when the bucket is at rest again.
    pub(crate) fn left(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.flying = self.flying.saturating_add(1);
        let pace = self.pace?;
        self.rested_at = after(self.rested_at.max(now), pace.interval);
        Some(self.rested_at)
    }

    pub(crate) const fn landed(&mut self) {
        self.flying = self.flying.saturating_sub(1);
    }

    /// Headers only ever slow us down: more than the declared quota is not used because of them.
    ///
    /// What was told is as old as the answer; calls still under way may not be counted in it, so each takes one of what is left.
    pub(crate) fn heed(&mut self, told: Told, now: Timestamp) -> Heeded {
        let left = told.left.saturating_sub(self.flying);
        if let (0, Some(resets_in)) = (left, told.resets_in) {
            return Heeded { nothing_until: Some(after(now, resets_in)), full_at: None };
        }
        let Some(pace) = self.pace else { return Heeded::default() };
        let used = pace.all.get().saturating_sub(left);
        let rested_at = after(now, pace.interval.saturating_mul(used));
        if until(now, self.rested_at) >= until(now, rested_at) {
            return Heeded::default();
        }
        self.rested_at = rested_at;
        Heeded { full_at: Some(rested_at), nothing_until: None }
    }
}
