//! Every metric of the program: declared here, each with a sentence of help. Labels come from closed sets, but for the shop's handle,
//! which is what an operator asks for.

use super::board::{Health, Reading};
use ganh_http::{CallRecord, Recorder};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

type Label = (&'static str, String);
type Seconds = Gauge<f64, AtomicU64>;
type Latencies = Family<[Label; 1], Histogram, fn() -> Histogram>;

/// A loopback call to a marketplace far away: 1 ms to 65 s.
const LATENCY_BUCKETS: [f64; 15] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 65.0];
/// Calls a second are counted over so many seconds.
const RATE_OVER: i64 = 10;

/// Owner of all metrics; shared, never blocks for long.
pub struct Metrics {
    registry: Registry,
    calls: Family<[Label; 3], Counter>,
    call_seconds: Latencies,
    quota_wait_seconds: Latencies,
    throttles: Family<[Label; 1], Counter>,
    orders: Family<[Label; 1], Counter>,
    lowering_left_seconds: Histogram,
    lowered_seconds: Histogram,
    shops: Mutex<ShopGauges>,
    rates: Mutex<HashMap<String, Rate>>,
}

/// Read from the store when somebody asks; they keep no memory of shops that are gone.
#[derive(Clone, Default)]
struct ShopGauges {
    pending: Family<[Label; 1], Gauge>,
    pending_age: Family<[Label; 1], Seconds>,
    orders_age: Family<[Label; 1], Seconds>,
    in_flight: Family<[Label; 1], Gauge>,
    drift: Family<[Label; 1], Gauge>,
    parked: Family<[Label; 2], Gauge>,
    by_health: Family<[Label; 1], Gauge>,
    beyond: Family<[Label; 1], Gauge>,
    beyond_vnd: Family<[Label; 1], Gauge>,
    all_beyond: Gauge,
    all_beyond_vnd: Gauge,
    stops: Gauge,
    stops_unconfirmed: Gauge,
}

/// Calls of the last seconds, one bucket a second.
#[derive(Default, Clone, Copy)]
struct Rate {
    buckets: [(i64, u32); RATE_OVER as usize],
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All metrics at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("ganh"),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(latency),
            quota_wait_seconds: Family::new_with_constructor(latency),
            throttles: Family::default(),
            orders: Family::default(),
            lowering_left_seconds: latency(),
            lowered_seconds: latency(),
            shops: Mutex::new(ShopGauges::default()),
            rates: Mutex::new(HashMap::new()),
        };
        metrics.declare();
        metrics
    }

    fn declare(&mut self) {
        let Self { registry, .. } = self;
        registry.register(
            "calls",
            "Attempts of calls to marketplaces; fault is the kind of fault, or none",
            self.calls.clone(),
        );
        registry.register("throttles", "Answers of marketplaces that asked to wait", self.throttles.clone());
        registry.register_with_unit(
            "call",
            "Time of one attempt, from sending to the whole answer",
            Unit::Seconds,
            self.call_seconds.clone(),
        );
        registry.register_with_unit(
            "quota_wait",
            "Time that an attempt waited for quotas and freezes before it left",
            Unit::Seconds,
            self.quota_wait_seconds.clone(),
        );
        registry.register(
            "orders",
            "Orders taken into the ledger; news is new or changed",
            self.orders.clone(),
        );
        registry.register_with_unit(
            "lowering_left",
            "Time from an order known to the lowering call leaving for another shop",
            Unit::Seconds,
            self.lowering_left_seconds.clone(),
        );
        registry.register_with_unit(
            "propagation",
            "Time from an order known to the lowering acknowledged by another shop",
            Unit::Seconds,
            self.lowered_seconds.clone(),
        );
        let shops = self.shops.get_mut().unwrap_or_else(PoisonError::into_inner);
        registry.register(
            "shop_pending_offers",
            "Offers of a shop that wait to be sent",
            shops.pending.clone(),
        );
        registry.register_with_unit(
            "shop_oldest_pending_age",
            "Age of the oldest offer of a shop that waits to be sent; 0 when none waits",
            Unit::Seconds,
            shops.pending_age.clone(),
        );
        registry.register_with_unit(
            "shop_orders_read_age",
            "Time since the orders of a shop were last read to the end",
            Unit::Seconds,
            shops.orders_age.clone(),
        );
        registry.register(
            "shop_in_flight_offers",
            "Offers of a shop with a write that is not answered",
            shops.in_flight.clone(),
        );
        registry.register(
            "shop_drift",
            "Differences found in a shop and not yet repaired",
            shops.drift.clone(),
        );
        registry.register(
            "shop_parked",
            "Offers and listings of a shop that wait for somebody, by who must act",
            shops.parked.clone(),
        );
        registry.register(
            "shop_promised_beyond_units",
            "Of what a shop shows, units that all shops together promise beyond what there is",
            shops.beyond.clone(),
        );
        registry.register(
            "shop_promised_beyond_vnd",
            "The same in dong, at the catalogue's price",
            shops.beyond_vnd.clone(),
        );
        registry.register(
            "promised_beyond_units",
            "Units that all shops together promise beyond what there is, as of the last whole look",
            shops.all_beyond.clone(),
        );
        registry.register(
            "promised_beyond_vnd",
            "The same in dong, at the catalogue's price",
            shops.all_beyond_vnd.clone(),
        );
        registry.register(
            "selling_stops",
            "SKUs and producers whose selling a person stopped",
            shops.stops.clone(),
        );
        registry.register(
            "selling_stops_unconfirmed",
            "Those among them that some shop has not confirmed",
            shops.stops_unconfirmed.clone(),
        );
        registry.register("shops", "Shops by how they are doing", shops.by_health.clone());
    }

    /// Orders that are now in the ledger.
    pub fn ingested(&self, new: usize, changed: usize) {
        for (news, count) in [("new", new), ("changed", changed)] {
            self.orders
                .get_or_create(&[("news", news.into())])
                .inc_by(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }

    /// A lowering left this long after the order was known.
    pub fn lowering_left(&self, after: SignedDuration) {
        self.lowering_left_seconds.observe(after.as_secs_f64().max(0.0));
    }

    /// A lowering was acknowledged this long after the order was known.
    pub fn lowered(&self, after: SignedDuration) {
        self.lowered_seconds.observe(after.as_secs_f64().max(0.0));
    }

    /// Calls of an account (its remote id) over the last ten seconds, in tenths of a call a second.
    pub fn calls_per_second_tenths(&self, channel: &str, remote_id: &str, now: Timestamp) -> u64 {
        let rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.get(&rate_key(channel, remote_id)).map_or(0, |rate| rate.sum(now.as_second()))
    }

    /// The exposition text, with the gauges of this reading; without them when the store did not answer.
    pub fn text(&self, reading: Option<&Reading>) -> String {
        let gauges = self.shops.lock().unwrap_or_else(PoisonError::into_inner);
        gauges.fill(reading);
        let mut text = String::new();
        // Writing to a String never fails.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Recorder for Metrics {
    fn call(&self, record: &CallRecord) {
        let fault = record.fault.unwrap_or("none");
        let channel = || ("channel", record.channel.to_owned());
        self.calls.get_or_create(&[channel(), ("call", record.call.into()), ("fault", fault.into())]).inc();
        self.call_seconds.get_or_create(&[channel()]).observe(record.duration.as_secs_f64());
        if record.quota_wait > Duration::ZERO {
            self.quota_wait_seconds.get_or_create(&[channel()]).observe(record.quota_wait.as_secs_f64());
        }
        if fault == "throttled" {
            self.throttles.get_or_create(&[channel()]).inc();
        }
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.entry(rate_key(record.channel, &record.shop)).or_default().count(record.at.as_second());
    }
}

impl ShopGauges {
    fn fill(&self, reading: Option<&Reading>) {
        self.pending.clear();
        self.pending_age.clear();
        self.orders_age.clear();
        self.in_flight.clear();
        self.drift.clear();
        self.parked.clear();
        self.by_health.clear();
        self.beyond.clear();
        self.beyond_vnd.clear();
        let Some(reading) = reading else { return };
        let (shops, now) = (&reading.shops, reading.at);
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        if let Some(exposure) = &reading.exposure {
            self.all_beyond.set(whole(exposure.total.units));
            self.all_beyond_vnd.set(exposure.total.vnd);
        }
        self.stops.set(i64::try_from(reading.stops.len()).unwrap_or(i64::MAX));
        let unconfirmed = reading.stops.iter().filter(|stop| !stop.unconfirmed.is_empty()).count();
        self.stops_unconfirmed.set(i64::try_from(unconfirmed).unwrap_or(i64::MAX));
        for shop in shops {
            let of = || ("shop", shop.handle.clone());
            let age = |since: Timestamp| now.duration_since(since).as_secs_f64().max(0.0);
            self.pending.get_or_create(&[of()]).set(whole(shop.pending));
            self.pending_age.get_or_create(&[of()]).set(shop.pending_since.map_or(0.0, age));
            if shop.orders_read_at > Timestamp::UNIX_EPOCH {
                self.orders_age.get_or_create(&[of()]).set(age(shop.orders_read_at));
            }
            if let Some(beyond) = reading.beyond(shop.id) {
                self.beyond.get_or_create(&[of()]).set(whole(beyond.units));
                self.beyond_vnd.get_or_create(&[of()]).set(beyond.vnd);
            }
            self.in_flight.get_or_create(&[of()]).set(whole(shop.in_flight));
            self.drift.get_or_create(&[of()]).set(whole(shop.drift));
            for (actor, count) in [
                ("producer", shop.parked.producer),
                ("admin", shop.parked.admin),
                ("developer", shop.parked.developer),
                ("nobody", shop.parked.nobody),
            ] {
                self.parked.get_or_create(&[of(), ("actor", actor.into())]).set(whole(count));
            }
            self.by_health.get_or_create(&[("health", health_name(Health::of(shop, now)).into())]).inc();
        }
    }
}

impl Rate {
    fn count(&mut self, second: i64) {
        let bucket = &mut self.buckets[usize::try_from(second.rem_euclid(RATE_OVER)).unwrap_or(0)];
        *bucket = if bucket.0 == second { (second, bucket.1.saturating_add(1)) } else { (second, 1) };
    }

    fn sum(&self, now: i64) -> u64 {
        let within = |second: i64| (now - RATE_OVER + 1..=now).contains(&second);
        self.buckets.iter().filter(|(second, _)| within(*second)).map(|(_, count)| u64::from(*count)).sum()
    }
}

fn latency() -> Histogram {
    Histogram::new(LATENCY_BUCKETS)
}

fn rate_key(channel: &str, remote_id: &str) -> String {
    format!("{channel} {remote_id}")
}

const fn health_name(health: Health) -> &'static str {
    match health {
        Health::Cut => "cut",
        Health::Stuck => "stuck",
        Health::Stale => "stale",
        Health::Slow => "slow",
        Health::New => "new",
        Health::Paused => "paused",
        Health::Well => "well",
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}
