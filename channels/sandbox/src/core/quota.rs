//! Call limits per shop: a rate with a burst, and calls a day. None unless set.
//!
//! Counted exactly: a call is refused when it comes a microsecond too early, and never because a clock cuts to milliseconds.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::lock;

const DAY_US: i64 = 86_400_000_000;
/// What sums of fractions may be off by, in calls.
const ROUNDING: f64 = 1e-6;

/// What one shop may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Calls a second; `None`: no limit.
    pub per_second: Option<f64>,
    /// Calls that may come at once; `None`: as many as `per_second`, at least 1.
    pub burst: Option<f64>,
    /// Calls between two midnights UTC; `None`: no limit.
    pub per_day: Option<u64>,
}

#[derive(Default)]
struct Bucket {
    tokens: f64,
    at_us: i64,
    day: i64,
    used_today: u64,
}

/// Token buckets, one a shop.
#[derive(Default)]
pub struct Quota(Mutex<(Rule, HashMap<String, Bucket>)>);

impl Quota {
    /// Sets the rule for all shops and fills their buckets.
    pub fn set(&self, rule: Rule) {
        *lock(&self.0) = (rule, HashMap::new());
    }

    /// The rule in force.
    pub fn rule(&self) -> Rule {
        lock(&self.0).0
    }

    /// Takes one call of `shop` at `now_us` (microseconds since 1970 UTC); false: over the limit, nothing taken.
    pub fn take(&self, shop: &str, now_us: i64) -> bool {
        let mut held = lock(&self.0);
        let (rule, buckets) = &mut *held;
        if rule.per_second.is_none() && rule.per_day.is_none() {
            return true;
        }
        let burst = rule.burst.or(rule.per_second).unwrap_or(1.0).max(1.0);
        if !buckets.contains_key(shop) {
            buckets.insert(shop.to_owned(), Bucket { tokens: burst, at_us: now_us, ..Bucket::default() });
        }
        let Some(bucket) = buckets.get_mut(shop) else {
            return true;
        };
        let day = now_us.div_euclid(DAY_US);
        if bucket.day != day {
            bucket.day = day;
            bucket.used_today = 0;
        }
        if rule.per_day.is_some_and(|limit| bucket.used_today >= limit) {
            return false;
        }
        if let Some(rate) = rule.per_second {
            #[expect(clippy::cast_precision_loss, reason = "a span of microseconds fits a double")]
            let passed = (now_us - bucket.at_us).max(0) as f64 / 1e6;
            bucket.tokens = passed.mul_add(rate, bucket.tokens).min(burst);
            // Calls of one moment may come here in another order than they arrived.
            bucket.at_us = bucket.at_us.max(now_us);
            if bucket.tokens < 1.0 - ROUNDING {
                return false;
            }
            bucket.tokens -= 1.0;
        }
        bucket.used_today += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Quota, Rule};

    #[test]
    fn a_bucket_refills_at_its_rate_and_shops_do_not_share() {
        let quota = Quota::default();
        quota.set(Rule { per_second: Some(2.0), burst: Some(2.0), per_day: None });

        assert!(quota.take("a", 0) && quota.take("a", 0) && !quota.take("a", 100_000));
        assert!(quota.take("b", 100_000));
        assert!(quota.take("a", 600_000) && !quota.take("a", 700_000));
    }

    #[test]
    fn calls_at_exactly_the_rate_are_taken() {
        let quota = Quota::default();
        quota.set(Rule { per_second: Some(6.0), burst: Some(1.0), per_day: None });

        assert!((0..600).all(|call| quota.take("a", call * 166_667)));
        assert!(!quota.take("a", 600 * 166_667 - 100));
    }

    #[test]
    fn a_days_calls_end_and_come_back_at_midnight() {
        let quota = Quota::default();
        quota.set(Rule { per_second: None, burst: None, per_day: Some(1) });

        assert!(quota.take("a", 0) && !quota.take("a", 50_000_000));
        assert!(quota.take("a", 86_400_000_000));
    }
}
