//! The webhook sender: one queue, in order of due time, as badly as asked.
//!
//! A job's parcel is built when it is delivered, not when it was posted, because some platforms do
//! so; a platform that freezes the body builds it before and hands over a closure that returns it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::client::client;
use super::clock::Clock;
use super::dice::Dice;
use super::lock;

/// One HTTP POST to a receiver.
#[derive(Debug, Clone, Default)]
pub struct Parcel {
    /// Where to.
    pub url: String,
    /// Headers, `Content-Type` included.
    pub headers: Vec<(String, String)>,
    /// The header that carries the signature, so that it can be forged.
    pub signature_header: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}

/// Something to deliver.
pub struct Job {
    /// Waiting jobs of the same key are merged into the first. `None`: never merged.
    pub key: Option<String>,
    /// When, milliseconds since 1970 of the world's time; the mode's lateness is added.
    pub due_ms: i64,
    /// Builds what is sent; an empty list: nothing to send after all.
    pub build: Box<dyn FnOnce() -> Vec<Parcel> + Send>,
    /// Told the status of the last parcel; `None`: no answer.
    pub done: Box<dyn FnOnce(Option<u16>) + Send>,
}

/// How badly webhooks are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mode {
    /// Milliseconds added to every delivery.
    pub late_ms: i64,
    /// Each is sent twice.
    pub twice: bool,
    /// Those that are due together leave in random order.
    pub shuffle: bool,
    /// None is sent.
    pub drop: bool,
    /// The signature is wrong.
    pub forge: bool,
}

#[derive(Default)]
struct Queue {
    mode: Mode,
    jobs: Vec<Job>,
    keys: HashSet<String>,
    sent: u64,
    dropped: u64,
    merged: u64,
}

/// The queue of one sandbox.
pub struct Hooks {
    clock: Arc<Clock>,
    dice: Dice,
    queue: Mutex<Queue>,
    posted: Notify,
    /// Milliseconds; 0: receivers may take their time and say what they like.
    empty_within_ms: AtomicU64,
    /// Milliseconds; 0: receivers may take their time.
    within_ms: AtomicU64,
    delivering: tokio::sync::Mutex<()>,
}

impl Hooks {
    /// An empty queue.
    #[must_use]
    pub fn new(clock: Arc<Clock>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            clock,
            dice: Dice::new(seed ^ 0x400C),
            queue: Mutex::default(),
            posted: Notify::new(),
            empty_within_ms: AtomicU64::new(0),
            within_ms: AtomicU64::new(0),
            delivering: tokio::sync::Mutex::new(()),
        })
    }

    /// Sets how badly webhooks are sent.
    pub fn set_mode(&self, mode: Mode) {
        lock(&self.queue).mode = mode;
        self.posted.notify_one();
    }

    /// From now on an answer that takes longer, or has a body, counts as none.
    pub fn demand_empty_within_ms(&self, ms: u64) {
        self.empty_within_ms.store(ms, Ordering::Relaxed);
    }

    /// From now on an answer that takes longer counts as none; what it says does not matter. 0: no limit.
    pub fn demand_within_ms(&self, ms: u64) {
        self.within_ms.store(ms, Ordering::Relaxed);
    }

    /// How badly webhooks are sent, how many wait, how many left.
    pub fn state(&self) -> serde_json::Value {
        let queue = lock(&self.queue);
        serde_json::json!({
            "mode": queue.mode, "waiting": queue.jobs.len(),
            "sent": queue.sent, "dropped": queue.dropped, "merged": queue.merged,
        })
    }

    /// Queues a job; merged into a waiting one of the same key.
    pub fn post(&self, mut job: Job) {
        let mut queue = lock(&self.queue);
        if queue.mode.drop {
            queue.dropped += 1;
            return;
        }
        if let Some(key) = &job.key
            && !queue.keys.insert(key.clone())
        {
            queue.merged += 1;
            return;
        }
        job.due_ms = job.due_ms.saturating_add(queue.mode.late_ms);
        queue.jobs.push(job);
        drop(queue);
        self.posted.notify_one();
    }

    /// Delivers what is due, for ever. Cancelling loses the job in flight.
    pub async fn run(self: Arc<Self>) {
        loop {
            let next = lock(&self.queue).jobs.iter().map(|job| job.due_ms).min();
            match next {
                None => self.posted.notified().await,
                Some(due) if due > self.clock.now_ms() => {
                    tokio::select! {
                        () = self.clock.sleep_until_ms(due) => {}
                        () = self.posted.notified() => {}
                    }
                }
                Some(_) => {
                    self.deliver_until(self.clock.now_ms()).await;
                }
            }
        }
    }

    /// Delivers all waiting now, due or not; returns how many jobs left.
    pub async fn flush(&self) -> usize {
        self.deliver_until(i64::MAX).await
    }

    async fn deliver_until(&self, now_ms: i64) -> usize {
        let _turn = self.delivering.lock().await;
        let (mode, mut due) = self.take_due(now_ms);
        if mode.shuffle {
            for last in (1..due.len()).rev() {
                due.swap(last, self.dice.index(last + 1));
            }
        } else {
            due.sort_by_key(|job| job.due_ms);
        }
        let count = due.len();
        for job in due {
            let mut status = None;
            let rule_ms = self.empty_within_ms.load(Ordering::Relaxed);
            let limit_ms = self.within_ms.load(Ordering::Relaxed);
            for parcel in (job.build)() {
                status = send(&parcel, mode.forge, rule_ms, limit_ms).await;
                if mode.twice {
                    status = send(&parcel, mode.forge, rule_ms, limit_ms).await;
                }
            }
            lock(&self.queue).sent += 1;
            (job.done)(status);
        }
        count
    }

    fn take_due(&self, now_ms: i64) -> (Mode, Vec<Job>) {
        let mut queue = lock(&self.queue);
        let (due, later): (Vec<Job>, Vec<Job>) =
            std::mem::take(&mut queue.jobs).into_iter().partition(|job| job.due_ms <= now_ms);
        for key in due.iter().filter_map(|job| job.key.as_ref()) {
            queue.keys.remove(key);
        }
        queue.jobs = later;
        (queue.mode, due)
    }
}

async fn send(parcel: &Parcel, forge: bool, empty_within_ms: u64, within_ms: u64) -> Option<u16> {
    let mut request = client()?.post(&parcel.url).body(parcel.body.clone());
    for (name, value) in &parcel.headers {
        let is_signature =
            parcel.signature_header.as_deref().is_some_and(|header| header.eq_ignore_ascii_case(name));
        request = if forge && is_signature {
            request.header(name, value.chars().rev().collect::<String>())
        } else {
            request.header(name, value)
        };
    }
    let limit_ms = if empty_within_ms > 0 { empty_within_ms } else { within_ms };
    if limit_ms > 0 {
        request = request.timeout(Duration::from_millis(limit_ms));
    }
    // No answer is an answer: the caller counts it as a failure.
    let reply = request.send().await.ok()?;
    let status = reply.status().as_u16();
    if empty_within_ms == 0 {
        return Some(status);
    }
    reply.bytes().await.ok().filter(|body| body.is_empty()).map(|_| status)
}
