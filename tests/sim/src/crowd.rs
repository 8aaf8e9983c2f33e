//! Many seeds on all threads, in order, until one fails or all are told.

use crate::history::{Told, live};
use crate::plan::Day;
use crate::seat;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// What many seeds came to.
#[derive(Debug, Default)]
pub struct Sums {
    pub seeds: u64,
    pub events: u64,
    pub orders: u64,
    pub calls: u64,
    pub lives: u64,
    pub erased: u64,
    pub calm: Span,
    pub busy: Span,
    pub rush: Span,
    pub failed: Vec<Told>,
}

/// Time that passed in histories of one kind, and the time of one core that it took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    pub seeds: u64,
    pub events: u64,
    pub lasted_ms: i64,
    pub took: Duration,
}

/// When to stop before all seeds are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At the first violation.
    Failure,
    /// Only when all seeds are told.
    End,
    /// Also when so many order events happened.
    Events(u64),
}

/// Lives through seeds `from` and the `count - 1` after it. `progress` hears the sums now and then.
pub fn run(from: u64, count: u64, threads: usize, until: Until, progress: &(dyn Fn(&Sums) + Sync)) -> Sums {
    let next = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let sums = Mutex::new(Sums::default());
    thread::scope(|scope| {
        for thread in 0..threads.max(1) {
            let (next, is_over, sums) = (&next, &is_over, &sums);
            scope.spawn(move || {
                seat::keep_to(thread);
                while !is_over.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let told = live(from + index, false);
                    let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                    sums.add(told);
                    let is_enough = match until {
                        Until::Failure => !sums.failed.is_empty(),
                        Until::End => false,
                        Until::Events(events) => sums.events >= events,
                    };
                    if is_enough {
                        is_over.store(true, Ordering::Relaxed);
                    }
                    if sums.seeds % 100 == 0 {
                        progress(&sums);
                    }
                }
            });
        }
    });
    let mut sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    sums.failed.sort_by_key(|told| told.seed);
    sums
}

impl Sums {
    fn add(&mut self, told: Told) {
        self.seeds += 1;
        self.events += told.events;
        self.orders += told.orders;
        self.calls += told.calls;
        self.lives += told.lives;
        self.erased += told.erased;
        let span = match told.day {
            Day::Calm => &mut self.calm,
            Day::Busy => &mut self.busy,
            Day::Rush => &mut self.rush,
        };
        span.seeds += 1;
        span.events += told.events;
        span.lasted_ms += told.lasted_ms;
        span.took += told.took;
        if told.violation.is_some() {
            self.failed.push(told);
        }
    }
}
