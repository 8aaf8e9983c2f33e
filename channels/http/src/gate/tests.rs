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
            let _answered_at_once = gate.leave(&quotas, is_urgent, Duration::MAX).await;
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

/// A caller whose turns are followed by a pause of up to so long before the call leaves: it is written down, it waits for a processor.
fn given_a_late_caller(
    gate: &Arc<Gate>,
    glass: &Hourglass,
    log: &Log,
    quota: Quota,
    seed: u64,
    late_ms: u64,
) {
    let (gate, glass, log) = (gate.clone(), glass.clone(), log.clone());
    tokio::spawn(async move {
        let (quotas, mut dice) = ([quota], seed);
        for _ in 0..2_000 {
            gate.pass(&quotas, false).await;
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let late = Duration::from_micros((dice >> 33) % (late_ms * 1_000));
            glass.sleep_until(crate::clock::after(glass.now(), late)).await;
            let _flight = gate.leave(&quotas, false, Duration::MAX).await;
            log.lock().expect("not poisoned").push(("late".into(), glass.0.load(Ordering::Relaxed)));
        }
    });
}

/// Calls that a marketplace refuses which counts exactly: a bucket of `burst` that fills at `per_second`, asked in the order of arrival.
fn refused(mut arrivals: Vec<i64>, per_second: f64, burst: f64) -> usize {
    arrivals.sort_unstable();
    let (mut level, mut at, mut refused) = (burst, arrivals[0], 0);
    for arrival in arrivals {
        level = (level + (arrival - at) as f64 / 1e9 * per_second).min(burst);
        at = arrival;
        if level >= 1.0 - 1e-9 {
            level -= 1.0;
        } else {
            refused += 1;
        }
    }
    refused
}

/// Each call is on its way for up to `most_ms`, the one long, the next short.
fn travelled(left: &[i64], most_ms: i64) -> Vec<i64> {
    left.iter().enumerate().map(|(number, at)| at + (number as i64 * 7 % 10) * most_ms * 100_000).collect()
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
    assert!(urgent[1] <= 11 * SECOND + SECOND / 10, "{}", urgent[1]);
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
    let mut daily = quota("app", 100.0, 20);
    daily.per_day = Some(PerDay { calls: 10, utc_offset_s: 8 * 3600 });
    given_a_caller(&gate, &glass, &log, "a", vec![daily.clone()], false, 12);
    given_a_caller(&gate, &glass, &log, "u", vec![daily], true, 2);

    glass.run_to(24 * 3600 * SECOND).await;

    let midnight = 16 * 3600 * SECOND;
    assert_eq!(instants(&log, "a").iter().filter(|at| **at < midnight).count(), 8);
    assert_eq!(instants(&log, "u").iter().filter(|at| **at < midnight).count(), 2);
    assert_eq!(instants(&log, "a").len(), 12);
}

#[tokio::test]
async fn i8_calls_that_leave_late_and_arrive_unevenly_meet_an_exact_quota_of_the_same_numbers() {
    let (glass, gate, log) = given_a_gate();
    for seed in 1..=4 {
        given_a_late_caller(&gate, &glass, &log, quota("shop", 10.0, 3), seed, 70);
    }

    glass.run_to(100 * SECOND).await;

    let left = instants(&log, "late");
    assert_eq!(refused(left.clone(), 10.0, 3.0), 0);
    assert_eq!(refused(travelled(&left, 90), 10.0, 3.0), 0);
    assert!(left.len() as f64 >= 0.99 * 1_000.0, "{} of 1000 calls left", left.len());
}

#[tokio::test]
async fn i8_without_any_burst_late_calls_keep_their_distance_and_the_rate() {
    let (glass, gate, log) = given_a_gate();
    for seed in 5..=8 {
        given_a_late_caller(&gate, &glass, &log, quota("shop", 10.0, 1), seed, 70);
    }

    glass.run_to(100 * SECOND).await;

    let left = instants(&log, "late");
    assert_eq!(refused(left.clone(), 10.0, 1.0), 0);
    assert!(fullest(&left, SECOND) <= 10, "{} in a second", fullest(&left, SECOND));
    assert!(left.len() as f64 >= 0.99 * 1_000.0, "{} of 1000 calls left", left.len());
}

#[tokio::test]
async fn i8_new_numbers_for_a_key_do_not_fill_its_bucket() {
    let (glass, gate, log) = given_a_gate();
    given_a_caller(&gate, &glass, &log, "before", vec![quota("shop", 1.0, 10)], false, 8);
    glass.run_to(SECOND / 2).await;

    given_a_caller(&gate, &glass, &log, "after", vec![quota("shop", 1.0, 9)], false, 8);
    glass.run_to(SECOND / 2 + 1).await;

    assert_eq!((instants(&log, "before").len(), instants(&log, "after").len()), (7, 0));
}

#[tokio::test]
async fn i9_shops_take_turns_under_a_shared_quota_however_many_calls_each_has_waiting() {
    let (glass, gate, log) = given_a_gate();
    let app = Quota { reach: Reach::App, ..quota("app", 10.0, 1) };
    for _ in 0..20 {
        let quotas = vec![quota("large", 100.0, 10), app.clone()];
        given_a_caller(&gate, &glass, &log, "large", quotas, false, 900);
    }
    glass.run_to(SECOND / 2).await;
    given_a_caller(&gate, &glass, &log, "small", vec![quota("small", 100.0, 10), app], false, 900);

    glass.run_to(100 * SECOND).await;

    let (large, small) = (instants(&log, "large"), instants(&log, "small"));
    assert!(small.len() >= 490, "{} of the small, {} of the large", small.len(), large.len());
    assert!(small[0] <= SECOND / 2 + SECOND / 5, "the small shop waited until {}", small[0]);
}

#[tokio::test]
async fn i8_a_divided_quota_is_used_only_as_far_as_a_part_of_it_is_ours() {
    let (glass, gate, log) = given_a_gate();
    gate.divide();
    let app = Quota { reach: Reach::App, ..quota("app", 10.0, 2) };
    given_a_caller(&gate, &glass, &log, "a", vec![quota("shop", 100.0, 10), app], false, 9_000);
    let during = |from: i64, until: i64| {
        instants(&log, "a").into_iter().filter(|at| (from * SECOND..until * SECOND).contains(at)).count()
    };

    glass.run_to(10 * SECOND).await;
    let asked = gate.app_keys(Timestamp::UNIX_EPOCH);
    gate.share("app", 1);
    glass.run_to(20 * SECOND).await;
    gate.share("app", 4);
    glass.run_to(40 * SECOND).await;
    gate.share("app", 0);
    glass.run_to(50 * SECOND).await;
    gate.share("app", 1);
    glass.run_to(60 * SECOND).await;

    assert_eq!(asked, ["app"]);
    let alone = during(10, 20);
    assert_eq!((during(0, 10), during(40, 50)), (0, 0));
    assert!((99..=101).contains(&alone), "{alone} alone");
    assert!((49..=51).contains(&during(20, 40)), "{} as one of four", during(20, 40));
    assert!((99..=101).contains(&during(50, 60)), "{} alone again", during(50, 60));
}

#[tokio::test]
async fn what_headers_tell_is_obeyed_and_never_allows_more_than_was_declared() {
    let (glass, gate, log) = given_a_gate();
    given_a_caller(&gate, &glass, &log, "a", vec![quota("shop", 2.0, 5)], false, 900);
    glass.run_to(10 * SECOND).await;
    let during = |from: i64, until: i64| {
        instants(&log, "a").into_iter().filter(|at| (from * SECOND + 1..until * SECOND).contains(at)).count()
    };

    gate.heed("shop", Told { left: 0, resets_in: Some(Duration::from_secs(20)) });
    glass.run_to(40 * SECOND).await;
    gate.heed("shop", Told { left: 1, resets_in: None });
    glass.run_to(50 * SECOND).await;
    gate.heed("shop", Told { left: 5_000, resets_in: None });
    glass.run_to(60 * SECOND).await;

    assert_eq!(during(10, 30), 0);
    assert!((17..=24).contains(&during(30, 40)), "{}", during(30, 40));
    assert!((16..=20).contains(&during(40, 50)), "{}", during(40, 50));
    assert!((19..=21).contains(&during(50, 60)), "{}", during(50, 60));
}

#[tokio::test]
async fn a_paid_call_does_not_leave_into_a_throttle() {
    let (glass, gate, _) = given_a_gate();
    let quotas = [quota("shop", 10.0, 3)];
    gate.pass(&quotas, false).await;
    gate.freeze(&quotas, Some(Duration::from_secs(900)), Reach::Shop);

    let left = gate.leave(&quotas, false, Duration::from_secs(5)).await;

    assert_eq!(left.err(), Some(crate::clock::after(glass.now(), Duration::from_secs(900))));
}
