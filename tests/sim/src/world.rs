//! Everything outside the daemons, behind one lock: the shops as they really are, what was sold, what is true. Also the judge's notes.

use crate::dice::Dice;
use crate::plan::{Plan, ShopPlan};
use crate::stall::Stall;
use crate::time::VirtualClock;
use crate::tokens::Consent;
use ganh::ids::{ShopId, VariantId};
use ganh::store::Store;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;

/// One history's outside. Clones are the same one.
#[derive(Debug, Clone)]
pub struct World(Arc<Outside>);

#[derive(Debug)]
struct Outside {
    plan: Plan,
    clock: VirtualClock,
    inner: Mutex<Inner>,
    /// The store as the judge reads it; set once it is open.
    store: OnceLock<Store>,
    /// A violation was found.
    over: CancellationToken,
    is_traced: bool,
}

/// What a guarantee says and what was seen instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub guarantee: &'static str,
    pub said: String,
    pub at_ms: i64,
}

#[derive(Debug)]
pub struct Inner {
    pub dice: Dice,
    pub stalls: Vec<Stall>,
    pub consents: Vec<Consent>,
    pub goods: Goods,
    /// Trouble and buyers; else all is calm.
    pub is_storm: bool,
    /// Order events so far.
    pub events: u64,
    /// Orders that were shown, by all shops together.
    pub orders: u64,
    pub calls: u64,
    pub crashes: u64,
    /// Units sold inside a bracket that a figure of ours stood over, all in all (I7's remainder).
    pub erased: u64,
    /// Units that figures of ours came to stand over, by pool, all in all.
    pub stood_over: Vec<i64>,
    pub last_move: i64,
    pub violation: Option<Violation>,
    pub trace: Vec<String>,
    pub hash: u64,
    /// When a list last told less than there was.
    pub lied_at: i64,
    /// Shops as the store numbers them → ours.
    pub by_shop: BTreeMap<ShopId, usize>,
    /// Touches of the store and the marketplaces at one instant: a loop that never rests would stop the clock.
    pub touches: (i64, u32),
}

/// What is sold and what is left of it, as it truly is.
#[derive(Debug, Default)]
pub struct Goods {
    /// Units that ever came in, by pool.
    pub received: Vec<i64>,
    /// Units that buyers hold or got, by pool.
    pub taken: Vec<i64>,
    /// What one unit of a variant takes: pool and units of it.
    pub recipes: Vec<Vec<(usize, u32)>>,
    pub skus: Vec<String>,
    pub by_sku: BTreeMap<String, usize>,
    /// The store's variants.
    pub variants: BTreeMap<VariantId, usize>,
    pub prices: Vec<i64>,
}

impl Goods {
    /// Units of a pool that nobody has bought.
    pub fn sellable(&self, pool: usize) -> i64 {
        self.received[pool] - self.taken[pool]
    }

    /// A buyer takes units of a variant, or gives them back.
    pub fn take(&mut self, variant: usize, units: i64) {
        for (pool, each) in &self.recipes[variant] {
            self.taken[*pool] += units * i64::from(*each);
        }
    }
}

impl World {
    pub fn new(plan: Plan, clock: VirtualClock, is_traced: bool) -> Self {
        let dice = Dice::new(plan.seed ^ 0x5151_7ead_0bad_cafe);
        let stalls =
            plan.shops.iter().cloned().enumerate().map(|(index, shop)| Stall::new(index, shop)).collect();
        let consents = plan
            .shops
            .iter()
            .enumerate()
            .map(|(index, shop)| Consent::new(index, plan.apps[shop.app], clock.ms()))
            .collect();
        let inner = Inner {
            dice,
            stalls,
            consents,
            goods: Goods::default(),
            is_storm: true,
            events: 0,
            orders: 0,
            calls: 0,
            crashes: 0,
            erased: 0,
            stood_over: vec![0; plan.pools.len()],
            last_move: 0,
            violation: None,
            trace: Vec::new(),
            hash: 0xcbf2_9ce4_8422_2325,
            lied_at: 0,
            by_shop: BTreeMap::new(),
            touches: (0, 0),
        };
        Self(Arc::new(Outside {
            plan,
            clock,
            inner: Mutex::new(inner),
            store: OnceLock::new(),
            over: CancellationToken::new(),
            is_traced,
        }))
    }

    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    pub fn shop_plan(&self, shop: usize) -> &ShopPlan {
        &self.0.plan.shops[shop]
    }

    pub fn clock(&self) -> VirtualClock {
        self.0.clock.clone()
    }

    pub fn ms(&self) -> i64 {
        self.0.clock.ms()
    }

    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn open(&self, store: Store) {
        // It is opened once.
        let _ = self.0.store.set(store);
    }

    pub fn store(&self) -> Option<&Store> {
        self.0.store.get()
    }

    /// Ends with the first violation.
    pub fn over(&self) -> &CancellationToken {
        &self.0.over
    }

    /// A guarantee was broken. Only the first one counts: what follows follows from it.
    pub fn broken(&self, guarantee: &'static str, said: String) {
        let at_ms = self.0.clock.since();
        self.tell(|| format!("!! {guarantee}: {said}"));
        let mut inner = self.inner();
        if inner.violation.is_none() {
            inner.violation = Some(Violation { guarantee, said, at_ms });
        }
        drop(inner);
        self.0.over.cancel();
    }

    /// One line of the trace, made only when somebody reads it.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        if self.0.is_traced {
            let line = format!("{:>9.3}  {}", seconds(self.0.clock.since()), line());
            self.inner().trace.push(line);
        }
    }

    /// Mixes what happened into the history's hash; two runs of one seed must agree.
    pub fn mix(&self, what: u64, of: u64) {
        let now = u64::try_from(self.0.clock.since()).unwrap_or(0);
        self.inner().mix(now, what, of);
    }
}

impl Inner {
    pub fn mix(&mut self, now: u64, what: u64, of: u64) {
        for word in [now, what, of] {
            self.hash = (self.hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17);
        }
    }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
