//! One seed from its first day to its last.

use crate::front::Front;
use crate::life::Steady;
use crate::plan::{Day, Plan};
use crate::time::{VirtualClock, at};
use crate::world::{Violation, World};
use crate::{books, node, people, town};
use ganh::clock::Clock;
use ganh::store::{Keys, MasterKey, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The quiet must come within so long.
const REST_MS: i64 = 3 * 3_600_000;
const LOOK_MS: i64 = 15_000;

/// What came of a seed.
#[derive(Debug, Clone)]
pub struct Told {
    pub seed: u64,
    pub violation: Option<Violation>,
    pub events: u64,
    pub orders: u64,
    pub calls: u64,
    pub lives: u64,
    /// Units sold inside brackets, counted each time a figure stood over them.
    pub erased: u64,
    pub lasted_ms: i64,
    pub day: Day,
    /// Real time that it took.
    pub took: Duration,
    pub hash: u64,
    pub trace: Vec<String>,
}

/// Lives through one seed. `is_traced` keeps every line.
pub fn live(seed: u64, is_traced: bool) -> Told {
    let began = Instant::now();
    let clock = VirtualClock::new();
    let hand = clock.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .on_thread_park(move || hand.jump())
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Told::broken(seed, format!("no runtime: {error}")),
    };
    // A task of its own: the clock must not jump while the outermost future could run.
    let told = runtime.block_on(async move { tokio::spawn(history(seed, clock, is_traced)).await });
    let told = told.unwrap_or_else(|error| Told::broken(seed, format!("a panic: {error}")));
    Told { took: began.elapsed(), ..told }
}

async fn history(seed: u64, clock: VirtualClock, is_traced: bool) -> Told {
    tokio::spawn(clock.clone().pace());
    let plan = Plan::new(seed);
    let world = World::new(plan.clone(), clock.clone(), is_traced);
    world.tell(|| format!("{plan:?}"));
    let store = match open(&world).await {
        Ok(store) => store,
        Err(error) => return Told::broken(seed, format!("{error:#}")),
    };
    world.open(store.clone());
    let front = Front::new(world.clone(), plan.nodes);
    for index in 0..plan.nodes {
        tokio::spawn(node::keep(world.clone(), index, store.clone(), front.clone()));
    }
    let folk = tokio::spawn(people::live(world.clone(), front));
    tokio::select! {
        biased;
        () = world.over().cancelled() => {}
        () = story(&world, &store) => {}
        ended = folk => {
            if let Err(error) = ended {
                world.broken("panic", error.to_string());
            }
        }
    }
    world.tell(|| "the end".to_owned());
    let mut inner = world.inner();
    Told {
        seed,
        violation: inner.violation.clone(),
        events: inner.events,
        orders: inner.orders,
        calls: inner.calls,
        lives: inner.crashes,
        erased: inner.erased,
        lasted_ms: clock.since(),
        day: plan.day,
        took: Duration::ZERO,
        hash: inner.hash,
        trace: std::mem::take(&mut inner.trace),
    }
}

async fn open(world: &World) -> anyhow::Result<Store> {
    let keys = Keys::new(MasterKey::parse(&"ab".repeat(32))?, vec![]);
    let store = Store::in_lockstep(keys, Arc::new(Steady), world.clock().now()).await?;
    town::found(world, &store).await?;
    Ok(store)
}

/// A storm, then quiet until everything has arrived, then the last look.
async fn story(world: &World, store: &Store) {
    world.clock().pass(world.plan().storm_ms).await;
    world.tell(|| "the storm is over".to_owned());
    {
        let now = world.ms();
        let mut inner = world.inner();
        inner.is_storm = false;
        for item in inner.stalls.iter_mut().flat_map(|stall| &mut stall.items) {
            item.locked_until = item.locked_until.min(now);
        }
    }
    let calm_at = world.ms();
    let mut waits_for = String::new();
    while world.ms() < calm_at + REST_MS {
        world.clock().pass(LOOK_MS).await;
        match unrest(world, store, calm_at).await {
            None => {
                books::check(world, true).await;
                return;
            }
            Some(said) => waits_for = said,
        }
    }
    world.broken("rest", format!("no quiet after {} minutes: {waits_for}", REST_MS / 60_000));
}

/// What is still to come.
async fn unrest(world: &World, store: &Store, calm_at: i64) -> Option<String> {
    let (ids, lied_at): (Vec<_>, i64) = {
        let inner = world.inner();
        (inner.stalls.iter().map(|stall| stall.id).collect(), inner.lied_at)
    };
    for (shop, id) in ids.into_iter().enumerate() {
        let (pending, book) = match (store.pending(id).await, store.book_shop(id).await) {
            (Ok(pending), Ok(book)) => (pending, book),
            (Err(error), _) | (_, Err(error)) => return Some(error.to_string()),
        };
        if book.state != "active" {
            return Some(format!("s{shop} is {}", book.state));
        }
        if !pending.is_quiet() {
            return Some(format!("s{shop}: {pending:?}"));
        }
        // By then every order is shown, whatever the shop's clock says.
        let settled = at(calm_at + 15_000);
        if book.orders_read_at < settled || book.orders_until < settled {
            return Some(format!("s{shop}: orders are read up to {}", book.orders_until));
        }
        let knows_lies = lied_at == 0 || book.swept_at > at(lied_at + 1_000);
        let had_bad_pages = world.plan().weather.garbled > 0 && book.swept_at < settled;
        if !knows_lies || had_bad_pages {
            return Some(format!("s{shop}: no sweep since the last lie"));
        }
    }
    None
}

impl Told {
    fn broken(seed: u64, said: String) -> Self {
        let violation = Some(Violation { guarantee: "setup", said, at_ms: 0 });
        Self {
            seed,
            violation,
            events: 0,
            orders: 0,
            calls: 0,
            lives: 0,
            erased: 0,
            lasted_ms: 0,
            day: Day::Busy,
            took: Duration::ZERO,
            hash: 0,
            trace: Vec::new(),
        }
    }
}
