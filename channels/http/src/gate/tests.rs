use super::*;
use crate::quota::PerDay;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};

/// A clock that stands still until it is moved.
#[derive(Debug, Default, Clone)]
struct Hourglass(Arc<AtomicI64>, Arc<Mutex<Vec<i64>>>);

impl Hourglass {
    /// Lets every task run until none can, then jumps to the next instant that one waits for.
    async fn run_to(&self, end_ns: i64) {
        loop {
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
            let now = self.0.load(Ordering::Relaxed);
            let next = {
                let mut sleepers = self.1.lock().expect("not poisoned");
                sleepers.retain(|at| *at > now);
                sleepers.iter().copied().min()
            };
            match next {
                Some(at) if at <= end_ns => self.0.store(at, Ordering::Relaxed),
                _ => return self.0.store(end_ns, Ordering::Relaxed),
            }
        }
    }
}

struct Nap(Hourglass, i64);

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.0.load(Ordering::Relaxed) >= self.1 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Clock for Hourglass {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.0.load(Ordering::Relaxed))).expect("in range")
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let at = i64::try_from(at.as_nanosecond()).expect("in range");
        self.1.lock().expect("not poisoned").push(at);
        Box::pin(Nap(self.clone(), at))
    }
}

const SECOND: i64 = 1_000_000_000;

fn quota(key: &str, per_second: f64, burst: u32) -> Quota {
    Quota { key: key.into(), reach: Reach::Shop, per_second, burst, per_day: None, reserved_pct: 20 }
}

type Log = Arc<Mutex<Vec<(String, i64)>>>;

/// A caller that passes the gate again and again and notes each instant.
fn given_a_caller(
    gate: &Arc<Gate>,
    glass: &Hourglass,
    log: &Log,
    name: &str,
    quotas: Vec<Quota>,
    is_urgent: bool,
    times: usize,
) {
    let (gate, glass, log, name) = (gate.clone(), glass.clone(), log.clone(), name.to_owned());
    tokio::spawn(async move {
        for _ in 0..times {
            gate.pass(&quotas, is_urgent).await;
            log.lock().expect("not poisoned").push((name.clone(), glass.0.load(Ordering::Relaxed)));
        }
    });
}

fn instants(log: &Log, name: &str) -> Vec<i64> {
    log.lock().expect("not poisoned").iter().filter(|(who, _)| who == name).map(|(_, at)| *at).collect()
}

/// The most calls of any window of this length.
fn fullest(instants: &[i64], window_ns: i64) -> usize {
    instants
        .iter()
        .map(|from| instants.iter().filter(|at| (*from..from + window_ns).contains(at)).count())
        .max()
        .unwrap_or(0)
}

fn given_a_gate() -> (Hourglass, Arc<Gate>, Log) {
    let glass = Hourglass::default();
    (glass.clone(), Arc::new(Gate::new(Arc::new(glass))), Log::default())
}

#[tokio::test]
async fn i8_the_quota_is_used_to_99_percent_and_never_exceeded() {
    let (glass, gate, log) = given_a_gate();
    given_a_caller(&gate, &glass, &log, "a", vec![quota("shop", 7.0, 5)], false, 1000);
    given_a_caller(&gate, &glass, &log, "b", vec![quota("shop", 7.0, 5)], false, 1000);
    given_a_caller(&gate, &glass, &log, "c", vec![quota("shop", 7.0, 5)], true, 10);

    glass.run_to(100 * SECOND).await;

    let mut all = [instants(&log, "a"), instants(&log, "b"), instants(&log, "c")].concat();
    all.sort_unstable();
    assert!(all.len() as f64 >= 0.99 * 700.0, "{} of 700 calls left", all.len());
    assert!(fullest(&all, SECOND) <= 7 + 5, "{} in a second", fullest(&all, SECOND));
    assert!(fullest(&all, 50 * SECOND) <= 350 + 5, "{} in fifty seconds", fullest(&all, 50 * SECOND));
}

#[tokio::test]
async fn i9_an_urgent_call_goes_before_waiting_ones_and_uses_the_reserved_slice() {
    let (glass, gate, log) = given_a_gate();
    given_a_caller(&gate, &glass, &log, "ordinary", vec![quota("shop", 1.0, 5)], false, 50);
    glass.run_to(10 * SECOND + SECOND / 2).await;

    given_a_caller(&gate, &glass, &log, "urgent", vec![quota("shop", 1.0, 5)], true, 2);
    glass.run_to(12 * SECOND).await;

    let urgent = instants(&log, "urgent");
    assert_eq!(urgent[0], 10 * SECOND + SECOND / 2);
    assert!(urgent[1] <= 11 * SECOND + 100, "{}", urgent[1]);
}

#[tokio::test]
async fn callers_are_served_in_the_order_they_came() {
    let (glass, gate, log) = given_a_gate();
    for name in ["1", "2", "3", "4"] {
        given_a_caller(&gate, &glass, &log, name, vec![quota("shop", 1.0, 1)], false, 1);
    }

    glass.run_to(10 * SECOND).await;

    let order: Vec<String> = log.lock().expect("not poisoned").iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(order, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_slow_shop_does_not_stand_in_front_of_others_in_the_queue_of_the_app() {
    let (glass, gate, log) = given_a_gate();
    let app = quota("app", 10.0, 1);
    given_a_caller(&gate, &glass, &log, "slow", vec![quota("slow", 0.1, 1), app.clone()], false, 9);
    given_a_caller(&gate, &glass, &log, "fast", vec![quota("fast", 5.0, 1), app], false, 900);

    glass.run_to(100 * SECOND).await;

    assert!(instants(&log, "fast").len() >= 495, "{}", instants(&log, "fast").len());
    assert_eq!(instants(&log, "slow").len(), 9);
}

#[tokio::test]
async fn a_throttle_freezes_the_key_until_it_is_over() {
    let (glass, gate, log) = given_a_gate();
    let quotas = vec![quota("shop", 10.0, 1)];
    given_a_caller(&gate, &glass, &log, "a", quotas.clone(), false, 100);
    glass.run_to(SECOND).await;

    gate.freeze(&quotas, Some(Duration::from_secs(30)), Reach::Shop);
    glass.run_to(35 * SECOND).await;

    let pause = instants(&log, "a").into_iter().filter(|at| (SECOND + 1..31 * SECOND).contains(at)).count();
    assert_eq!(pause, 0);
    assert!(instants(&log, "a").len() > 40);
}

#[tokio::test]
async fn a_used_up_day_waits_for_midnight_of_its_offset() {
    let (glass, gate, log) = given_a_gate();
    let mut daily = quota("app", 100.0, 10);
    daily.per_day = Some(PerDay { calls: 10, utc_offset_s: 8 * 3600 });
    given_a_caller(&gate, &glass, &log, "a", vec![daily.clone()], false, 12);
    given_a_caller(&gate, &glass, &log, "u", vec![daily], true, 2);

    glass.run_to(24 * 3600 * SECOND).await;

    let midnight = 16 * 3600 * SECOND;
    assert_eq!(instants(&log, "a").iter().filter(|at| **at < midnight).count(), 8);
    assert_eq!(instants(&log, "u").iter().filter(|at| **at < midnight).count(), 2);
    assert_eq!(instants(&log, "a").len(), 12);
}
