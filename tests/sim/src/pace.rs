//! Quotas as the lanes see them: a bucket for each name, with a slice that only urgent calls may use.

use crate::world::World;
use async_trait::async_trait;
use ganh::sync::{Paced, Paid};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The buckets of one life; a new life begins with full ones, as a restarted process does.
#[derive(Debug)]
pub struct Pace {
    world: World,
    /// When each bucket is full again.
    full_at: Mutex<BTreeMap<String, i64>>,
}

impl Pace {
    pub fn new(world: World) -> Self {
        Self { world, full_at: Mutex::default() }
    }

    /// Pays, or says when it could.
    fn try_at(&self, quota: &str, is_urgent: bool) -> Result<(), i64> {
        let Some(shop) = quota.strip_prefix("shop-").and_then(|number| number.parse::<usize>().ok()) else {
            return Ok(());
        };
        let plan = self.world.shop_plan(shop);
        let now = self.world.ms();
        let reserved = i64::from(!is_urgent && plan.burst > 1);
        let room = (plan.burst - 1 - reserved) * plan.quota_ms;
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = all.entry(quota.to_owned()).or_insert(now);
        let begins = (*full_at).max(now);
        if begins - now > room {
            return Err(begins - room);
        }
        *full_at = begins + plan.quota_ms;
        Ok(())
    }
}

#[async_trait]
impl Paced for Pace {
    fn try_pay(&self, quota: &str, is_urgent: bool) -> bool {
        self.try_at(quota, is_urgent).is_ok()
    }

    async fn pay(&self, quota: &str, is_urgent: bool) {
        while let Err(until) = self.try_at(quota, is_urgent) {
            self.world.clock().until(until).await;
        }
    }

    fn paid<'a>(&self, _quota: &str, call: Paid<'a>, _is_urgent: bool) -> Paid<'a> {
        call
    }
}
