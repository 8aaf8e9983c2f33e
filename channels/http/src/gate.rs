//! Who may leave, and when: one queue per quota key, urgent calls first, otherwise first come first served.
//!
//! A call passes its quotas from the narrowest to the widest. It joins a wider queue only when the narrower ones would let it through,
//! so that a slow shop never stands in front of others in the queue of the app. When all would, it takes one of each in one step.

use crate::clock::Clock;
use crate::quota::{Bucket, Quota};
use ganh_contract::Reach;
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Gate {
    clock: Arc<dyn Clock>,
    keys: Mutex<HashMap<String, Key>>,
}

#[derive(Debug)]
struct Key {
    bucket: Bucket,
    urgent: VecDeque<Arc<Notify>>,
    ordinary: VecDeque<Arc<Notify>>,
}

impl Key {
    fn queue(&mut self, is_urgent: bool) -> &mut VecDeque<Arc<Notify>> {
        if is_urgent { &mut self.urgent } else { &mut self.ordinary }
    }

    /// The one whose turn it is.
    fn head(&self) -> Option<&Arc<Notify>> {
        self.urgent.front().or_else(|| self.ordinary.front())
    }

    fn wake_head(&self) {
        if let Some(head) = self.head() {
            head.notify_one();
        }
    }
}

/// What a waiting call must do next.
enum Turn {
    Passed,
    /// Wait in the queue of this quota; until then, or until woken.
    Wait {
        at: usize,
        until: Option<Timestamp>,
    },
}

impl Gate {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, keys: Mutex::default() }
    }

    /// Waits until one of each quota may be used, uses it, and tells how long that took.
    /// Cancelling it loses the place in the queue and nothing else.
    pub(crate) async fn pass(&self, quotas: &[Quota], is_urgent: bool) -> Duration {
        let began = self.clock.now();
        if quotas.is_empty() {
            return Duration::ZERO;
        }
        let mut place = Place { gate: self, quotas, is_urgent, joined: 0, bell: Arc::new(Notify::new()) };
        loop {
            match place.step() {
                Turn::Passed => return crate::clock::until(began, self.clock.now()),
                Turn::Wait { at, until } => {
                    place.leave_after(at);
                    let rung = place.bell.notified();
                    match until {
                        // Cancelling either loses nothing: the next step looks again.
                        Some(until) => tokio::select! {
                            () = rung => {}
                            () = self.clock.sleep_until(until) => {}
                        },
                        None => rung.await,
                    }
                }
            }
        }
    }

    /// Uses one of each quota if that is possible at this instant and nobody waits in front.
    pub(crate) fn step_once(&self, quotas: &[Quota], is_urgent: bool) -> bool {
        let mut place = Place { gate: self, quotas, is_urgent, joined: 0, bell: Arc::new(Notify::new()) };
        matches!(place.step(), Turn::Passed)
    }

    /// Lets nothing through until the throttle is over; returns when that is. Freezes the keys of that reach, or all if there is none.
    pub(crate) fn freeze(&self, quotas: &[Quota], named: Option<Duration>, reach: Reach) -> Timestamp {
        let now = self.clock.now();
        let mut keys = self.lock();
        let is_known = quotas.iter().any(|quota| quota.reach == reach);
        let mut until = named.map_or(now, |pause| crate::clock::after(now, pause));
        for quota in quotas {
            let Some(key) = keys.get_mut(&quota.key) else { continue };
            if !is_known || key.bucket.reach() == reach {
                until = until.max(key.bucket.freeze(named, now));
            }
        }
        until
    }

    /// A call was answered and not throttled.
    pub(crate) fn thaw(&self, quotas: &[Quota]) {
        let mut keys = self.lock();
        for quota in quotas {
            if let Some(key) = keys.get_mut(&quota.key) {
                key.bucket.thaw();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Key>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The places of one waiting call: at the end of, or somewhere in, the first `joined` queues.
struct Place<'a> {
    gate: &'a Gate,
    quotas: &'a [Quota],
    is_urgent: bool,
    joined: usize,
    bell: Arc<Notify>,
}

impl Place<'_> {
    fn step(&mut self) -> Turn {
        let now = self.gate.clock.now();
        let mut keys = self.gate.lock();
        for (at, quota) in self.quotas.iter().enumerate() {
            let key = keys.entry(quota.key.clone()).or_insert_with(|| Key {
                bucket: Bucket::new(quota, now),
                urgent: VecDeque::new(),
                ordinary: VecDeque::new(),
            });
            key.bucket.adjust(quota, now);
            if at >= self.joined {
                key.queue(self.is_urgent).push_back(self.bell.clone());
                self.joined = at + 1;
            }
            if !key.head().is_some_and(|head| Arc::ptr_eq(head, &self.bell)) {
                return Turn::Wait { at, until: None };
            }
            if let Err(until) = key.bucket.peek(self.is_urgent, now) {
                return Turn::Wait { at, until: Some(until) };
            }
        }
        for quota in self.quotas {
            if let Some(key) = keys.get_mut(&quota.key) {
                // Cannot be refused: looked at above, under the same lock, at the same instant.
                let _ = key.bucket.take(self.is_urgent, now);
            }
        }
        drop(keys);
        self.leave_from(0);
        Turn::Passed
    }

    /// Keeps the places up to the quota that holds us up, gives up the wider ones.
    fn leave_after(&mut self, at: usize) {
        self.leave_from(at + 1);
    }

    fn leave_from(&mut self, first: usize) {
        if first >= self.joined {
            return;
        }
        let mut keys = self.gate.lock();
        for quota in &self.quotas[first..self.joined] {
            let Some(key) = keys.get_mut(&quota.key) else { continue };
            let was_head = key.head().is_some_and(|head| Arc::ptr_eq(head, &self.bell));
            key.queue(self.is_urgent).retain(|bell| !Arc::ptr_eq(bell, &self.bell));
            if was_head {
                key.wake_head();
            }
        }
        self.joined = first;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave_from(0);
    }
}

#[cfg(test)]
mod tests;
