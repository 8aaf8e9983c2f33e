//! How a shop is doing: after failures of the connection all of its loops wait together, longer each time, and one success ends it.

use crate::clock::Clock;
use ganh_contract::{Again, Fault, FaultKind, Reach};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};

const FIRST_MS: i64 = 500;
const LONGEST_MS: i64 = 60_000;

/// Shared by the loops of one lane.
#[derive(Debug, Clone)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Debug, Clone, Copy)]
struct State {
    failures: u32,
    until: Timestamp,
}

impl Health {
    /// A shop that has not failed yet.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State { failures: 0, until: Timestamp::UNIX_EPOCH })))
    }

    /// A call was answered, whatever it said.
    pub fn answered(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = 0;
    }

    /// A call failed. Only faults that speak of the connection or the shop as a whole make the lane wait.
    pub fn failed(&self, fault: &Fault, now: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = match &*fault.kind {
            FaultKind::Unreachable | FaultKind::Interrupted | FaultKind::Down | FaultKind::Unintelligible => {
                state.failures = state.failures.saturating_add(1);
                now + wait_after(state.failures, now)
            }
            FaultKind::Throttled { after, .. } => {
                let wait = after.map_or(SignedDuration::from_secs(2), |after| {
                    SignedDuration::try_from(after).unwrap_or(SignedDuration::from_secs(60))
                });
                now + wait
            }
            FaultKind::Locked { reach: Reach::Shop | Reach::App | Reach::Address, until, .. } => {
                until.unwrap_or(now + SignedDuration::from_mins(15))
            }
            FaultKind::Locked { .. }
            | FaultKind::Expired
            | FaultKind::Revoked { .. }
            | FaultKind::Refused(_)
            | FaultKind::Missing(_)
            | FaultKind::Conflict { .. }
            | FaultKind::Unsupported => return,
        };
        state.until = state.until.max(until);
    }

    /// Nothing before this instant: a loop failed for a reason that time alone does not mend.
    pub fn pause(&self, until: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.until = state.until.max(until);
    }

    /// Not before this instant.
    pub fn not_before(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).until
    }

    /// Waits until the shop may be called again. Cancelling it loses nothing.
    pub async fn wait(&self, clock: &dyn Clock) {
        let until = self.not_before();
        if until > clock.now() {
            clock.sleep_until(until).await;
        }
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

/// Doubles from half a second to a minute; a tenth more or less, taken from the instant, keeps shops from returning in step.
fn wait_after(failures: u32, now: Timestamp) -> SignedDuration {
    let doubled = FIRST_MS.saturating_mul(1_i64 << failures.saturating_sub(1).min(10)).min(LONGEST_MS);
    let spread = now.as_millisecond().rem_euclid(21) - 10;
    SignedDuration::from_millis(doubled + doubled * spread / 100)
}

/// When an offer or listing whose call failed is tried again, given how often it was tried.
pub fn next_try(fault: &Fault, attempts: u32, now: Timestamp) -> Timestamp {
    match fault.again() {
        Again::BackOff | Again::PlanAnew | Again::Never => now + wait_after(attempts.saturating_add(1), now),
        Again::AfterRenewal => now,
        Again::AtTime => match &*fault.kind {
            FaultKind::Throttled { after, .. } => {
                let wait = after.and_then(|after| SignedDuration::try_from(after).ok());
                now + wait.unwrap_or(SignedDuration::from_secs(2))
            }
            FaultKind::Locked { until: Some(until), .. } => (*until).max(now + SignedDuration::from_secs(1)),
            FaultKind::Locked { until: None, .. }
            | FaultKind::Unreachable
            | FaultKind::Interrupted
            | FaultKind::Down
            | FaultKind::Expired
            | FaultKind::Revoked { .. }
            | FaultKind::Refused(_)
            | FaultKind::Missing(_)
            | FaultKind::Conflict { .. }
            | FaultKind::Unsupported
            | FaultKind::Unintelligible => now + SignedDuration::from_mins(15),
        },
    }
}

/// Complaints as a person reads them.
pub fn words(fault: &Fault) -> String {
    match &*fault.kind {
        FaultKind::Refused(complaints) if !complaints.is_empty() => {
            let lines: Vec<String> = complaints
                .iter()
                .map(|complaint| match &complaint.field {
                    Some(field) => format!("{field}: {}", complaint.said),
                    None => complaint.said.clone(),
                })
                .collect();
            lines.join("; ")
        }
        FaultKind::Refused(_)
        | FaultKind::Unreachable
        | FaultKind::Interrupted
        | FaultKind::Down
        | FaultKind::Throttled { .. }
        | FaultKind::Expired
        | FaultKind::Revoked { .. }
        | FaultKind::Missing(_)
        | FaultKind::Conflict { .. }
        | FaultKind::Locked { .. }
        | FaultKind::Unsupported
        | FaultKind::Unintelligible => fault.said.clone().unwrap_or_else(|| fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let now = Timestamp::from_millisecond(10).unwrap();

        let waits: Vec<i64> =
            [1, 2, 3, 8, 40].map(|failures| wait_after(failures, now).as_millis() as i64).into();

        assert_eq!(waits, [500, 1_000, 2_000, 60_000, 60_000]);
    }
}
