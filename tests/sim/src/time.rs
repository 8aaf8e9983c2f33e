//! Virtual time: it stands still while anything can run and jumps to the next sleeper when nothing can.

use ganh::clock::Clock;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// 2026-11-22 00:00 UTC, where every history begins.
const BEGIN_MS: i64 = 1_795_305_600_000;

/// The clock of one history. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct VirtualClock(Arc<Mutex<Dial>>);

#[derive(Debug)]
struct Dial {
    now: i64,
    count: u64,
    /// By the instant at which they wake, then by when they lay down.
    sleepers: BTreeMap<(i64, u64), Waker>,
    /// Woken by each jump, so that the runtime looks again when those who woke had nothing to do.
    pacer: Option<Waker>,
}

impl VirtualClock {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Dial { now: BEGIN_MS, count: 0, sleepers: BTreeMap::new(), pacer: None })))
    }

    /// Nothing can run: jumps to the next instant at which somebody wakes, and wakes all who do. The runtime calls it before it would park.
    pub fn jump(&self) {
        let mut woken = Vec::new();
        {
            let mut dial = self.dial();
            let Some((&(at, _), _)) = dial.sleepers.first_key_value() else { return };
            dial.now = dial.now.max(at);
            let now = dial.now;
            while let Some(entry) = dial.sleepers.first_entry().filter(|entry| entry.key().0 <= now) {
                woken.push(entry.remove());
            }
            woken.extend(dial.pacer.clone());
        }
        woken.into_iter().for_each(Waker::wake);
    }

    /// Runs beside the history for as long as it lasts.
    pub async fn pace(self) {
        std::future::poll_fn(|context| {
            self.dial().pacer = Some(context.waker().clone());
            Poll::<()>::Pending
        })
        .await;
    }

    /// Milliseconds since 1970.
    pub fn ms(&self) -> i64 {
        self.dial().now
    }

    /// Milliseconds since the history began.
    pub fn since(&self) -> i64 {
        self.ms() - BEGIN_MS
    }

    /// Waits so many milliseconds.
    pub fn pass(&self, ms: i64) -> Sleep {
        self.until(self.ms() + ms)
    }

    /// Waits until this many milliseconds since 1970.
    pub fn until(&self, at: i64) -> Sleep {
        Sleep { clock: self.clone(), at, number: None }
    }

    fn dial(&self) -> MutexGuard<'_, Dial> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        at(self.ms())
    }

    fn sleep_until(&self, until: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(self.until(until.as_millisecond()))
    }
}

/// Is ready at its instant.
#[derive(Debug)]
pub struct Sleep {
    clock: VirtualClock,
    at: i64,
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut dial = clock.dial();
        if dial.now >= self.at {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            dial.count += 1;
            dial.count
        });
        dial.sleepers.insert((self.at, number), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.clock.dial().sleepers.remove(&(self.at, number));
        }
    }
}

/// Milliseconds since 1970 as a timestamp.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleepers_wake_in_order_and_no_real_time_passes() {
        let clock = VirtualClock::new();
        let hand = clock.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .on_thread_park(move || hand.jump())
            .build()
            .unwrap();
        let (slept, order) = (clock.clone(), Arc::new(Mutex::new(Vec::new())));
        let told = order.clone();

        runtime.block_on(async move {
            let naps = [3_600_000, 5, 86_400_000].map(|ms| {
                let (clock, told) = (slept.clone(), told.clone());
                tokio::spawn(async move {
                    clock.pass(ms).await;
                    told.lock().unwrap().push((ms, clock.since()));
                })
            });
            for nap in naps {
                nap.await.unwrap();
            }
        });

        assert_eq!(*order.lock().unwrap(), [(5, 5), (3_600_000, 3_600_000), (86_400_000, 86_400_000)]);
    }
}
