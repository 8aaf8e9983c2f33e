//! Who drives which shop, from this process's side.

use super::tend;
use crate::ids::ShopId;
use crate::store::{Changed, Lease, ShopState, StoreError, Wake};
use crate::sync::lane::{Ended, Lane};
use crate::sync::wake::Bells;
use crate::sync::{Engine, first};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// How long leases live and how patient the end is.
#[derive(Debug, Clone)]
pub struct Times {
    pub lease: Duration,
    /// Shops that one process takes at most.
    pub most_shops: usize,
    /// In-flight calls are waited for this long at the end.
    pub drain: Duration,
    /// Between two looks at tokens and hint queues.
    pub tend: Duration,
    /// Between two looks for stops of selling that another process wrote into the same store.
    pub stops: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            most_shops: 10_000,
            drain: Duration::from_secs(25),
            tend: Duration::from_secs(60),
            stops: Duration::from_secs(1),
        }
    }
}

/// Runs the lanes of one process.
#[derive(Debug)]
pub struct Supervisor {
    engine: Engine,
    times: Times,
    /// Only these shops, where somebody named some.
    only: Option<BTreeSet<ShopId>>,
    lanes: BTreeMap<ShopId, Driven>,
    tasks: JoinSet<(ShopId, Ended)>,
    /// Shops whose lane could not be opened or ended: not before this instant.
    later: BTreeMap<ShopId, Timestamp>,
    bells: Tower,
    tending: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Driven {
    lease: Lease,
    stop: CancellationToken,
}

/// The bells of the lanes that run here. Rung by a task of its own, so that nothing the supervisor waits for delays a lowering.
#[derive(Debug, Clone, Default)]
struct Tower(Arc<Mutex<BTreeMap<ShopId, Bells>>>);

impl Tower {
    fn hang(&self, shop: ShopId) -> Bells {
        let bells = Bells::default();
        self.all().insert(shop, bells.clone());
        bells
    }

    fn take_down(&self, shop: ShopId) {
        self.all().remove(&shop);
    }

    /// Passes on what the store says until the store is gone.
    async fn relay(self, mut changed: broadcast::Receiver<Changed>) {
        loop {
            match changed.recv().await {
                Ok(Changed { shop, wake }) => {
                    if let Some(bells) = self.all().get(&shop) {
                        bells.ring(wake);
                    }
                }
                // Some were missed: everybody looks once.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.all().values().for_each(|bells| bells.ring(Wake::Anything));
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Rings for shops that owe a stop of selling something. One process hears what it commits itself, and PostgreSQL tells the others;
    /// a command beside the daemon on one file tells nobody, and this work cannot wait for the slow poll (I9).
    async fn watch_stops(self, engine: Engine, every: Duration) {
        loop {
            let now = engine.clock.now();
            // What cannot be read now is read in the next round, and said by those who need it.
            let due = engine.store.stopping_shops(now).await.unwrap_or_default();
            for shop in due {
                if let Some(bells) = self.all().get(&shop) {
                    bells.ring(Wake::Anything);
                }
            }
            engine.clock.sleep_until(now + every).await;
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<ShopId, Bells>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Supervisor {
    /// Drives nothing yet.
    pub fn new(engine: Engine, times: Times) -> Self {
        Self {
            engine,
            times,
            only: None,
            lanes: BTreeMap::new(),
            tasks: JoinSet::new(),
            later: BTreeMap::new(),
            bells: Tower::default(),
            tending: None,
        }
    }

    /// Drives none but these shops.
    #[must_use]
    pub fn only(mut self, shops: BTreeSet<ShopId>) -> Self {
        self.only = Some(shops);
        self
    }

    /// Runs until `stop`, then drains: lanes finish what is in flight within the deadline and give their shops back.
    pub async fn run(mut self, stop: CancellationToken) {
        let relay = tokio::spawn(self.bells.clone().relay(self.engine.store.changed()));
        let watching = self.bells.clone().watch_stops(self.engine.clone(), self.times.stops);
        let _watch = AbortOnDropHandle::new(tokio::spawn(watching));
        let mut changed = self.engine.store.changed();
        let mut tended = Timestamp::UNIX_EPOCH;
        let mut looked = Timestamp::UNIX_EPOCH;
        let beat = SignedDuration::try_from(self.times.lease / 3).unwrap_or(SignedDuration::from_secs(10));
        let tend_every = SignedDuration::try_from(self.times.tend).unwrap_or(SignedDuration::from_secs(60));
        loop {
            let now = self.engine.clock.now();
            if now >= looked + beat {
                looked = now;
                if let Err(error) = self.look(now).await {
                    tracing::error!("leases cannot be kept: {error}");
                }
            }
            if now >= tended + tend_every {
                tended = now;
                let shops: Vec<ShopId> = self.lanes.keys().copied().collect();
                // A round that still goes on is not doubled; one that is cut is repeated by whoever comes next.
                if self.tending.as_ref().is_none_or(JoinHandle::is_finished) {
                    self.tending = Some(tokio::spawn(tend::platforms(self.engine.clone(), shops)));
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next() => {
                    if let Ok((shop, ended)) = ended {
                        self.ended(shop, &ended).await;
                    }
                }
                heard = changed.recv() => self.hear(heard),
                () = self.engine.clock.sleep_until((looked + beat).min(tended + tend_every)) => {}
            }
        }
        if let Some(tending) = self.tending.take() {
            tending.abort();
        }
        self.drain().await;
        relay.abort();
    }

    fn hear(&mut self, heard: Result<Changed, broadcast::error::RecvError>) {
        // A shop that waits here may just have become active.
        if let Ok(Changed { shop, .. }) = heard {
            self.later.remove(&shop);
        }
    }

    /// Extends what is ours, lets go what is not, takes what is free.
    async fn look(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let ttl = SignedDuration::try_from(self.times.lease).unwrap_or(SignedDuration::from_secs(30));
        let store = self.engine.store.clone();
        let ours: Vec<Lease> = self.lanes.values().map(|lane| lane.lease.clone()).collect();
        if !ours.is_empty() {
            let kept = store.extend_leases(&ours, now, ttl).await?;
            for lane in self.lanes.values_mut() {
                match kept.iter().find(|lease| lease.shop == lane.lease.shop) {
                    Some(lease) => lane.lease = lease.clone(),
                    None => lane.stop.cancel(),
                }
            }
        }
        let room = self.times.most_shops.saturating_sub(self.lanes.len());
        if room == 0 {
            return Ok(());
        }
        let taken = match &self.only {
            None => store.take_leases(&self.engine.owner, now, ttl, room).await?,
            Some(only) => {
                let mut taken = Vec::new();
                for shop in only.iter().filter(|shop| !self.lanes.contains_key(shop)).take(room) {
                    taken.extend(store.take_lease(&self.engine.owner, *shop, now, ttl).await?);
                }
                taken
            }
        };
        let mut unused = Vec::new();
        for lease in taken {
            let is_ours = self.lanes.contains_key(&lease.shop);
            if is_ours || self.later.get(&lease.shop).is_some_and(|later| *later > now) {
                unused.push(lease);
                continue;
            }
            self.start(lease, now).await;
        }
        if !unused.is_empty() {
            store.release_leases(&unused).await?;
        }
        Ok(())
    }

    async fn start(&mut self, lease: Lease, now: Timestamp) {
        let id = lease.shop;
        let stop = CancellationToken::new();
        let shop = match self.engine.store.shop(id).await {
            Ok(shop) if shop.state == ShopState::Active => shop,
            Ok(_) => {
                self.later.insert(id, now + SignedDuration::from_secs(5));
                if let Err(error) = self.engine.store.release_leases(&[lease]).await {
                    tracing::warn!(shop.id = %id, "shop {id}: lease not given back: {error}");
                }
                return;
            }
            Err(error) => {
                tracing::error!(shop.id = %id, "shop {id} cannot be read: {error}");
                return;
            }
        };
        let engine = self.engine.clone();
        let (lane_bells, lane_stop, lane_lease) = (self.bells.hang(id), stop.clone(), lease.clone());
        self.tasks.spawn(async move {
            let handle = shop.handle.clone();
            let opened = first::ready(&engine, shop).await;
            let lane = match opened {
                Ok(shop) => Lane::open(&engine, shop, lane_lease, lane_bells, lane_stop).await,
                Err(fault) => Err(fault),
            };
            match lane {
                Ok(lane) => (id, Arc::new(lane).run().await),
                Err(fault) => {
                    tracing::warn!(shop.id = %id, fault.kind = fault.kind.name(), "shop {handle} cannot be opened: {fault}");
                    (id, Ended::Helpless(fault.to_string()))
                }
            }
        });
        self.lanes.insert(id, Driven { lease, stop });
    }

    async fn ended(&mut self, shop: ShopId, ended: &Ended) {
        let Some(lane) = self.lanes.remove(&shop) else { return };
        self.bells.take_down(shop);
        let now = self.engine.clock.now();
        match ended {
            Ended::Stopped | Ended::LeaseLost => {}
            Ended::Helpless(said) => {
                tracing::error!(shop.id = %shop, "shop {shop} stops: {said}");
                self.later.insert(shop, now + SignedDuration::from_secs(30));
            }
        }
        if *ended != Ended::LeaseLost
            && let Err(error) = self.engine.store.release_leases(&[lane.lease]).await
        {
            tracing::warn!(shop.id = %shop, "shop {shop}: lease not given back: {error}");
        }
    }

    async fn drain(mut self) {
        self.lanes.values().for_each(|lane| lane.stop.cancel());
        let deadline = tokio::time::Instant::now() + self.times.drain;
        loop {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(deadline) => break,
                ended = self.tasks.join_next() => match ended {
                    Some(Ok((shop, ended))) => self.ended(shop, &ended).await,
                    Some(Err(_)) => {}
                    None => return,
                },
            }
        }
        // What is still in flight is found as suspect by the next owner.
        tracing::warn!(
            count = self.tasks.len(),
            "{} lanes did not end in time; their calls are left open",
            self.tasks.len()
        );
        self.tasks.shutdown().await;
    }
}
