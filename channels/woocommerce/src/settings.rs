//! What an operator may say differently from the facts: a sandbox without quotas, a host that bears more.

use crate::facts::Facts;
use ganh_contract::Reach;
use ganh_http::Quota;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// Everything may be left out; then the facts hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// No quotas at all: for sandboxes.
    pub unlimited: bool,
    /// Calls per second to one shop.
    pub shop_per_second: Option<f64>,
    pub shop_burst: Option<u32>,
    /// Calls per second to one host, over all of its shops.
    pub host_per_second: Option<f64>,
    pub host_burst: Option<u32>,
    /// Calls per second to these hosts, for their shops too: hosts known to be fast, or slow.
    pub hosts: BTreeMap<String, f64>,
    /// Seconds for one call.
    pub call_timeout_s: Option<u64>,
    /// Seconds that a cut-off request may go on at the shop.
    pub cut_s: Option<u64>,
}

impl Settings {
    /// From the narrowest to the widest: the shop, then its host (spec 10.6: "also limit per IP").
    pub(crate) fn quotas(&self, facts: &Facts, home: &Url) -> Vec<Quota> {
        if self.unlimited {
            return Vec::new();
        }
        let host = home.host_str().unwrap_or_default();
        let named = self.hosts.get(host).copied();
        let quota = |key: String, reach, per_second: f64, burst: u32| Quota {
            key,
            reach,
            per_second,
            burst,
            per_day: None,
            reserved_pct: facts.reserved_pct.is,
        };
        let shop = home.as_str().trim_end_matches('/');
        let shop_rate = named.or(self.shop_per_second).unwrap_or(facts.shop_per_second.is);
        let host_rate = named.or(self.host_per_second).unwrap_or(facts.host_per_second.is);
        vec![
            quota(
                format!("woocommerce/shop/{shop}"),
                Reach::Shop,
                shop_rate,
                self.shop_burst.unwrap_or(facts.shop_burst.is),
            ),
            quota(
                format!("woocommerce/host/{host}"),
                Reach::Address,
                host_rate,
                self.host_burst.unwrap_or(facts.host_burst.is),
            ),
        ]
    }

    pub(crate) fn call_timeout(&self, facts: &Facts) -> Duration {
        Duration::from_secs(self.call_timeout_s.unwrap_or(facts.call_timeout_s.is))
    }
}
