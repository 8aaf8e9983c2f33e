//! One life of a daemon: it may die or stand still wherever it touches the store or a marketplace.

use crate::world::World;
use async_trait::async_trait;
use ganh::store::Pulse;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio_util::sync::CancellationToken;

/// More touches at one instant than any work needs.
const MOST_TOUCHES: u32 = 50_000;

/// From a start to a crash or a stop. Clones are the same life.
#[derive(Debug, Clone)]
pub struct Life(Arc<Lived>);

#[derive(Debug)]
struct Lived {
    world: World,
    number: u64,
    owner: Arc<str>,
    doom: CancellationToken,
    frozen_until: AtomicI64,
}

impl Life {
    pub fn new(world: World, node: usize, number: u64) -> Self {
        Self(Arc::new(Lived {
            world,
            number,
            owner: format!("node-{node}-{number}").into(),
            doom: CancellationToken::new(),
            frozen_until: AtomicI64::new(0),
        }))
    }

    pub fn number(&self) -> u64 {
        self.0.number
    }

    pub fn owner(&self) -> Arc<str> {
        self.0.owner.clone()
    }

    /// Cancelled when it has died.
    pub fn doom(&self) -> &CancellationToken {
        &self.0.doom
    }

    /// Stands still at its next touches of the store until then.
    pub fn freeze(&self, until_ms: i64) {
        self.0.frozen_until.store(until_ms, Ordering::Relaxed);
    }

    /// When it last stood still, until when; 0 if never.
    pub fn awake_since(&self) -> i64 {
        self.0.frozen_until.load(Ordering::Relaxed)
    }

    /// A call leaves or a statement begins: perhaps not in this life.
    pub async fn touch(&self) {
        if self.0.doom.is_cancelled() {
            pending::<()>().await;
        }
        let (dies, yields, spins) = {
            let now = self.0.world.ms();
            let mut inner = self.0.world.inner();
            let (at, count) = inner.touches;
            inner.touches = (now, if at == now { count + 1 } else { 0 });
            let spins = inner.touches.1 > MOST_TOUCHES;
            let crash = if inner.is_storm { self.0.world.plan().weather.crash } else { 0 };
            (inner.dice.chance(crash), inner.dice.chance(1_500), spins)
        };
        if spins {
            self.0.world.broken("rest", format!("{} works without end at one instant", self.0.owner));
            pending::<()>().await;
        }
        if dies {
            self.0.world.tell(|| format!("{} dies", self.0.owner));
            self.0.doom.cancel();
            pending::<()>().await;
        }
        if yields {
            tokio::task::yield_now().await;
        }
    }

    async fn thaw(&self) {
        loop {
            let until = self.0.frozen_until.load(Ordering::Relaxed);
            if until <= self.0.world.ms() {
                return;
            }
            self.0.world.clock().until(until).await;
        }
    }
}

#[async_trait]
impl Pulse for Life {
    async fn before(&self) {
        self.thaw().await;
        self.touch().await;
    }

    async fn after(&self) {
        self.touch().await;
    }
}

/// The pulse of who only looks: nothing ever happens to it.
#[derive(Debug)]
pub struct Steady;

#[async_trait]
impl Pulse for Steady {
    async fn before(&self) {}

    async fn after(&self) {}
}
