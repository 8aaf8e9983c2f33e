//! Call limits per shop: a rate with a burst, and calls a day. None unless set.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::lock;

const DAY_MS: i64 = 86_400_000;

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
    at_ms: i64,
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

    /// Takes one call of `shop` at `now_ms`; false: over the limit, nothing taken.
    pub fn take(&self, shop: &str, now_ms: i64) -> bool {
        let mut held = lock(&self.0);
        let (rule, buckets) = &mut *held;
        if rule.per_second.is_none() && rule.per_day.is_none() {
            return true;
        }
        let burst = rule.burst.or(rule.per_second).unwrap_or(1.0).max(1.0);
        if !buckets.contains_key(shop) {
            buckets.insert(shop.to_owned(), Bucket { tokens: burst, at_ms: now_ms, ..Bucket::default() });
        }
        let Some(bucket) = buckets.get_mut(shop) else {
            return true;
        };
        let day = now_ms.div_euclid(DAY_MS);
        if bucket.day != day {
            bucket.day = day;
            bucket.used_today = 0;
        }
        if rule.per_day.is_some_and(|limit| bucket.used_today >= limit) {
            return false;
        }
        if let Some(rate) = rule.per_second {
            #[expect(clippy::cast_precision_loss, reason = "a span of milliseconds fits a double")]
            let passed = (now_ms - bucket.at_ms).max(0) as f64 / 1000.0;
            bucket.tokens = passed.mul_add(rate, bucket.tokens).min(burst);
            bucket.at_ms = now_ms;
            if bucket.tokens < 1.0 {
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

        assert!(quota.take("a", 0) && quota.take("a", 0) && !quota.take("a", 100));
        assert!(quota.take("b", 100));
        assert!(quota.take("a", 600) && !quota.take("a", 700));
    }

    #[test]
    fn a_days_calls_end_and_come_back_at_midnight() {
        let quota = Quota::default();
        quota.set(Rule { per_second: None, burst: None, per_day: Some(1) });

        assert!(quota.take("a", 0) && !quota.take("a", 50_000));
        assert!(quota.take("a", 86_400_000));
    }
}
