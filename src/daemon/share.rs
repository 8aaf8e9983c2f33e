//! This node's part of the quotas that channels count for a whole app.
//!
//! Quotas are divided by the store's word alone: when it cannot be heard any more, nothing of them is used once our row there has run out.

use crate::clock::Clock;
use crate::store::{CLOCKS_APART, QuotaUsers, Result, Store};
use ganh_http::Gateway;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A quota that no call asked for during this time is left to the others.
const UNUSED: SignedDuration = SignedDuration::from_mins(10);

/// A row lives at least so long: one that runs out within the distance of two clocks would never be trusted, and no call ever leave.
const LEAST: SignedDuration = SignedDuration::from_secs(6);

/// Keeps the parts of one process.
#[derive(Debug)]
pub struct Shares {
    store: Store,
    gateway: Gateway,
    clock: Arc<dyn Clock>,
    node: Arc<str>,
    ttl: SignedDuration,
    /// Quotas that we are among the users of, and how many parts the gateway was told of.
    held: BTreeMap<String, u32>,
    /// Until then the others count us in.
    until: Timestamp,
}

impl Shares {
    /// From now on the gateway uses of an app's quota what `run` allows it. A store that only one process can use is not asked: `None`.
    pub fn of(
        store: &Store,
        gateway: &Gateway,
        clock: &Arc<dyn Clock>,
        node: &Arc<str>,
        ttl: SignedDuration,
    ) -> Option<Self> {
        if store.kind() == "sqlite" {
            return None;
        }
        gateway.divide_app_quotas();
        Some(Self {
            store: store.clone(),
            gateway: gateway.clone(),
            clock: clock.clone(),
            node: node.clone(),
            ttl: ttl.max(LEAST),
            held: BTreeMap::new(),
            until: Timestamp::UNIX_EPOCH,
        })
    }

    /// Runs until `stop`, then gives everything back. Calls that still wait for an app's quota then wait for ever: stop it last.
    pub async fn run(mut self, stop: CancellationToken) {
        let (clock, patience) = (self.clock.clone(), self.ttl / 3);
        loop {
            let now = clock.now();
            // A beat that is cut off may have been stored: that only makes others leave us room.
            let beaten = tokio::select! {
                biased;
                beaten = self.beat(now) => Some(beaten),
                () = clock.sleep_until(later(now, patience)) => None,
                () = stop.cancelled() => break,
            };
            if let Some(Err(error)) = &beaten {
                tracing::warn!("the parts of app quotas cannot be kept: {error}");
            }
            let is_kept = matches!(beaten, Some(Ok(())));
            let now = self.clock.now();
            if !is_kept && now >= self.trusted_until() {
                self.use_nothing();
            }
            let pause = if is_kept && !self.waits() { self.ttl / 3 } else { self.ttl / 15 };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = self.gateway.app_quota_wanted(), if is_kept => {}
                () = self.clock.sleep_until(later(now, pause)) => {}
            }
        }
        self.use_nothing();
        let quotas: Vec<String> = self.held.keys().cloned().collect();
        if let Err(error) = self.store.leave_quotas(&self.node, &quotas).await {
            tracing::warn!("the parts of app quotas are not given back, they run out by themselves: {error}");
        }
    }

    /// One look: makes room for newcomers, stays among the users, takes what is free.
    pub async fn beat(&mut self, now: Timestamp) -> Result<()> {
        let used: BTreeSet<String> =
            self.gateway.app_quotas(now.checked_sub(UNUSED).unwrap_or(Timestamp::MIN)).into_iter().collect();
        let unused: Vec<String> = self.held.keys().filter(|quota| !used.contains(*quota)).cloned().collect();
        if !unused.is_empty() {
            unused.iter().for_each(|quota| self.take(quota, 0));
            self.store.leave_quotas(&self.node, &unused).await?;
            unused.iter().for_each(|quota| {
                self.held.remove(quota);
            });
        }
        if used.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = used.into_iter().collect();
        let seen = self.store.quota_users(&self.node, &names, now).await?;
        for (quota, users) in &seen {
            let parts = self.held.get(quota).copied().unwrap_or(0);
            if parts > 0 && users.live > parts {
                self.take(quota, users.live);
            }
        }
        let users = self.store.use_quotas(&self.node, &seen, now, self.ttl).await?;
        self.until = later(now, self.ttl);
        for (quota, QuotaUsers { live, has_room, .. }) in users {
            self.take(&quota, if has_room { live } else { 0 });
        }
        Ok(())
    }

    /// A part that we joined for is not free yet.
    fn waits(&self) -> bool {
        self.held.values().any(|parts| *parts == 0)
    }

    fn trusted_until(&self) -> Timestamp {
        self.until.checked_sub(CLOCKS_APART).unwrap_or(Timestamp::MIN)
    }

    fn take(&mut self, quota: &str, parts: u32) {
        if self.held.insert(quota.to_owned(), parts) != Some(parts) {
            tracing::info!(count = parts, "quota {quota}: one part of {parts} is ours");
            self.gateway.share(quota, parts);
        }
    }

    fn use_nothing(&mut self) {
        let quotas: Vec<String> = self.held.keys().cloned().collect();
        quotas.iter().for_each(|quota| self.take(quota, 0));
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Fresh, at, on_postgres, on_sqlite};
    use ganh_contract::Reach;
    use ganh_http::{Quota, Settings, Silent};
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Stands where it is put.
    #[derive(Debug, Clone, Default)]
    struct Hand(Arc<AtomicI64>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            at(self.0.load(Ordering::Relaxed))
        }

        fn sleep_until(&self, _: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(std::future::pending())
        }
    }

    struct Node {
        gateway: Gateway,
        shares: Shares,
    }

    impl Node {
        fn new(fresh: &Fresh, hand: &Hand, name: &str) -> Self {
            let clock: Arc<dyn Clock> = Arc::new(hand.clone());
            let gateway = Gateway::new(Settings::default(), clock.clone(), Arc::new(Silent)).unwrap();
            let app = Quota {
                key: "shopee/app/1".into(),
                reach: Reach::App,
                per_second: 10.0,
                burst: 4,
                per_day: None,
                reserved_pct: 0,
            };
            gateway.declare("call", &[app]);
            let ttl = SignedDuration::from_secs(30);
            let shares = Shares::of(&fresh.store, &gateway, &clock, &name.into(), ttl).unwrap();
            Self { gateway, shares }
        }

        /// Calls that may leave at once.
        fn calls(&self) -> usize {
            (0..10).filter(|_| self.gateway.try_pay("call", false)).count()
        }

        async fn beat(&mut self, hand: &Hand, second: i64) -> usize {
            hand.0.store(second, Ordering::Relaxed);
            self.shares.beat(at(second)).await.unwrap();
            self.calls()
        }
    }

    #[tokio::test]
    async fn i8_nodes_on_one_store_never_use_more_than_the_apps_quota_together() {
        let (fresh, hand) = (on_postgres().await, Hand::default());
        let (mut one, mut two) = (Node::new(&fresh, &hand, "one"), Node::new(&fresh, &hand, "two"));
        let unasked = one.calls() + two.calls();

        let alone = one.beat(&hand, 1).await;
        let newcomer = two.beat(&hand, 10).await;
        let made_room = one.beat(&hand, 20).await;
        let let_in = two.beat(&hand, 21).await;

        assert_eq!(unasked, 0);
        // Four at once, one of them kept for calls that arrive unevenly; two nodes have a burst of two each.
        assert_eq!((alone, newcomer, made_room, let_in), (3, 0, 1, 1));
    }

    #[tokio::test]
    async fn i8_the_part_of_a_dead_node_comes_back_and_a_node_that_was_counted_out_waits_again() {
        let (fresh, hand) = (on_postgres().await, Hand::default());
        let (mut one, mut two) = (Node::new(&fresh, &hand, "one"), Node::new(&fresh, &hand, "two"));
        let _ = (one.calls(), two.calls());
        for second in [0, 1] {
            one.beat(&hand, second).await;
            two.beat(&hand, second).await;
        }

        let shared = one.beat(&hand, 25).await;
        let alone = one.beat(&hand, 50).await;
        let woken = two.beat(&hand, 51).await;

        assert_eq!((shared, alone, woken), (1, 3, 0));
    }

    #[tokio::test]
    async fn a_store_of_one_process_is_not_divided() {
        let fresh = on_sqlite().await;
        let clock: Arc<dyn Clock> = Arc::new(Hand::default());
        let gateway = Gateway::new(Settings::default(), clock.clone(), Arc::new(Silent)).unwrap();

        let shares = Shares::of(&fresh.store, &gateway, &clock, &"one".into(), SignedDuration::from_secs(30));

        assert!(shares.is_none());
    }
}
