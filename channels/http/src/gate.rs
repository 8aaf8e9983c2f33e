//! Who may leave, and when: one queue per quota key, urgent calls first, otherwise first come first served.
//!
//! A call passes its quotas from the narrowest to the widest. It joins a wider queue only when the narrower ones would let it through,
//! so that a slow shop never stands in front of others in the queue of the app. When all would, it takes one of each in one step.
//!
//! Only the head of a narrow queue stands in the wider one, and who passed goes to the end: under a shared quota shops take turns, however
//! many calls each of them has waiting. A quota of an app may be divided among processes (`share`): each keeps its part.

use crate::clock::Clock;
use crate::level::Told;
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
    held: Mutex<Held>,
    /// Rung when a call asks for a divided quota of which nothing is ours yet.
    wanted: Notify,
}

#[derive(Debug, Default)]
struct Held {
    keys: HashMap<String, Key>,
    /// Processes that share each quota of an app; `None`: this one is alone.
    shares: Option<HashMap<String, u32>>,
}

impl Held {
    fn among(&self, quota: &Quota) -> u32 {
        match &self.shares {
            // Of what is not counted there is enough for everybody.
            Some(shares) if quota.reach == Reach::App && quota.is_counted() => {
                shares.get(&quota.key).copied().unwrap_or(0)
            }
            Some(_) | None => 1,
        }
    }

    /// The key of a quota, with the numbers that hold now.
    fn key(&mut self, quota: &Quota, now: Timestamp) -> &mut Key {
        let among = self.among(quota);
        let key = self.keys.entry(quota.key.clone()).or_insert_with(|| Key {
            bucket: Bucket::new(quota, among, now),
            urgent: VecDeque::new(),
            ordinary: VecDeque::new(),
            asked_at: now,
        });
        key.bucket.adjust(quota, among);
        key
    }
}

#[derive(Debug)]
struct Key {
    bucket: Bucket,
    urgent: VecDeque<Arc<Notify>>,
    ordinary: VecDeque<Arc<Notify>>,
    asked_at: Timestamp,
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
        Self { clock, held: Mutex::default(), wanted: Notify::new() }
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
        let mut held = self.lock();
        let is_known = quotas.iter().any(|quota| quota.reach == reach);
        let mut until = named.map_or(now, |pause| crate::clock::after(now, pause));
        for quota in quotas {
            let Some(key) = held.keys.get_mut(&quota.key) else { continue };
            if !is_known || key.bucket.reach() == reach {
                until = until.max(key.bucket.freeze(named, now));
            }
        }
        until
    }

    /// A call was answered and not throttled.
    pub(crate) fn thaw(&self, quotas: &[Quota]) {
        let mut held = self.lock();
        for quota in quotas {
            if let Some(key) = held.keys.get_mut(&quota.key) {
                key.bucket.thaw();
            }
        }
    }

    /// Waits at the door after the turn has come, until the call may go on the wire. Error: nothing may, until then, and that is further
    /// away than `patience`.
    pub(crate) async fn leave<'a>(
        &'a self,
        quotas: &'a [Quota],
        is_urgent: bool,
        patience: Duration,
    ) -> Result<Flight<'a>, Timestamp> {
        loop {
            let now = self.clock.now();
            let until = match self.try_leave(quotas, is_urgent, now) {
                Ok(flight) => return Ok(flight),
                Err(Closed::Evenly(until)) => until,
                Err(Closed::Frozen(until)) if crate::clock::until(now, until) <= patience => until,
                Err(Closed::Frozen(until)) => return Err(until),
            };
            self.clock.sleep_until(until).await;
        }
    }

    fn try_leave<'a>(
        &'a self,
        quotas: &'a [Quota],
        is_urgent: bool,
        now: Timestamp,
    ) -> Result<Flight<'a>, Closed> {
        let mut held = self.lock();
        for quota in quotas {
            let bucket = &held.key(quota, now).bucket;
            if let Some(until) = bucket.frozen_until().filter(|until| now < *until) {
                return Err(Closed::Frozen(until));
            }
            bucket.may_leave(is_urgent, now).map_err(Closed::Evenly)?;
        }
        for quota in quotas {
            held.key(quota, now).bucket.left(now);
        }
        Ok(Flight { gate: self, quotas })
    }

    /// The marketplace told how much of a quota is left.
    pub(crate) fn heed(&self, key: &str, told: Told) {
        let now = self.clock.now();
        if let Some(key) = self.lock().keys.get_mut(key) {
            key.bucket.heed(told, now);
        }
    }

    /// From now on quotas of an app are divided: nothing of them is ours until [`Gate::share`] says so.
    pub(crate) fn divide(&self) {
        self.lock().shares.get_or_insert_default();
    }

    /// The quota of this key is divided among so many processes, this one included; 0: nothing of it is ours.
    pub(crate) fn share(&self, name: &str, among: u32) {
        let mut held = self.lock();
        held.shares.get_or_insert_default().insert(name.to_owned(), among);
        // Whoever waits for a part that was smaller looks again.
        if let Some(key) = held.keys.get(name) {
            key.wake_head();
        }
    }

    /// Keys of the quotas of apps that were asked for since then.
    pub(crate) fn app_keys(&self, since: Timestamp) -> Vec<String> {
        let held = self.lock();
        let mut keys: Vec<String> = held
            .keys
            .iter()
            .filter(|(_, key)| {
                key.bucket.reach() == Reach::App && (key.asked_at >= since || key.head().is_some())
            })
            .map(|(name, _)| name.clone())
            .collect();
        keys.sort_unstable();
        keys
    }

    /// Ready when a call asks for a divided quota of which nothing is ours.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a call stays at the door.
enum Closed {
    /// It would meet another one there.
    Evenly(Timestamp),
    Frozen(Timestamp),
}

/// A call on the wire; lands when dropped.
pub(crate) struct Flight<'a> {
    gate: &'a Gate,
    quotas: &'a [Quota],
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut held = self.gate.lock();
        for quota in self.quotas {
            if let Some(key) = held.keys.get_mut(&quota.key) {
                key.bucket.landed();
            }
        }
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
        let mut held = self.gate.lock();
        for (at, quota) in self.quotas.iter().enumerate() {
            let key = held.key(quota, now);
            key.asked_at = now;
            if at >= self.joined {
                key.queue(self.is_urgent).push_back(self.bell.clone());
                self.joined = at + 1;
            }
            if !key.head().is_some_and(|head| Arc::ptr_eq(head, &self.bell)) {
                return Turn::Wait { at, until: None };
            }
            if key.bucket.is_withheld() {
                self.gate.wanted.notify_one();
                return Turn::Wait { at, until: None };
            }
            if let Err(until) = key.bucket.peek(self.is_urgent, now) {
                return Turn::Wait { at, until: Some(until) };
            }
        }
        for quota in self.quotas {
            // Cannot be refused: looked at above, under the same lock, at the same instant.
            let _ = held.key(quota, now).bucket.take(self.is_urgent, now);
        }
        drop(held);
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
        let mut held = self.gate.lock();
        for quota in &self.quotas[first..self.joined] {
            let Some(key) = held.keys.get_mut(&quota.key) else { continue };
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
