//! One daemon after another on the same machine: it runs the product's own supervisor, dies, stands still, is stopped, comes back.

use crate::app::Register;
use crate::front::Front;
use crate::life::Life;
use crate::pace::Pace;
use crate::world::World;
use ganh::daemon::{Supervisor, Times};
use ganh::ids::ShopId;
use ganh::store::Store;
use ganh::sync::{Engine, Witness};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What a crash may have hidden of a renewal that was answered this lately.
const JUST_MS: i64 = 20_000;

#[derive(Debug)]
struct Told(World);

impl Witness for Told {
    fn ingested(&self, shop: ShopId, new: usize, changed: usize) {
        self.0.mix(80, u64::try_from(shop.get()).unwrap_or(0) << 32 | (new * 1_000 + changed) as u64);
        self.0.tell(|| format!("shop {shop}: {new} orders are new, {changed} changed"));
    }
}

/// Keeps one node alive until the history ends.
pub async fn keep(world: World, node: usize, store: Store, front: Front) {
    let clock = world.clock();
    let mut number = 0;
    loop {
        number += 1;
        let life = Life::new(world.clone(), node, u64::try_from(node).unwrap_or(0) * 1_000_000 + number);
        let Some(own) = store.beside(world.plan().hears, Arc::new(life.clone())).await else { return };
        let engine = Engine {
            store: own,
            clock: Arc::new(clock.clone()),
            connect: Arc::new(Register { world: world.clone(), life: life.clone() }),
            pace: Arc::new(Pace::new(world.clone())),
            witness: Arc::new(Told(world.clone())),
            rulebook: Arc::default(),
            rules: world.plan().rules.clone(),
            owner: life.owner(),
        };
        front.put(node, Some(engine.clone()));
        world.tell(|| format!("{} starts", life.owner()));
        let stop = CancellationToken::new();
        tokio::select! {
            biased;
            () = life.doom().cancelled() => {}
            () = Supervisor::new(engine, Times::default()).run(stop.clone()) => {}
            () = trouble(&world, &life, &stop) => {}
        }
        front.put(node, None);
        life.doom().cancel();
        lose(&world, &life);
        let down = {
            let mut inner = world.inner();
            inner.crashes += 1;
            if inner.is_storm { inner.dice.between(500, 60_000) } else { 1_000 }
        };
        clock.pass(down).await;
    }
}

/// Stand-stills and orderly stops; never ends.
async fn trouble(world: &World, life: &Life, stop: &CancellationToken) {
    let freeze_ms = world.plan().weather.freeze_ms;
    loop {
        let wait = {
            let mut inner = world.inner();
            inner.dice.wait(if freeze_ms > 0 { freeze_ms } else { 600_000 })
        };
        world.clock().pass(wait).await;
        let (is_storm, freezes, still) = {
            let mut inner = world.inner();
            (inner.is_storm, freeze_ms > 0 && inner.dice.chance(8_000), inner.dice.between(5_000, 80_000))
        };
        if !is_storm {
            std::future::pending::<()>().await;
        }
        if freezes {
            world.tell(|| format!("{} stands still for {still} ms", life.owner()));
            lose(world, life);
            life.freeze(world.ms() + still);
        } else {
            world.tell(|| format!("{} is stopped", life.owner()));
            stop.cancel();
            std::future::pending::<()>().await;
        }
    }
}

/// An answer to a renewal of this life may never reach the store now.
fn lose(world: &World, life: &Life) {
    let now = world.ms();
    let mut inner = world.inner();
    for consent in &mut inner.consents {
        let is_ours = consent.renewed_by == life.number() && consent.renewed_at > now - JUST_MS;
        if is_ours || consent.under_way > 0 {
            consent.may_be_lost = true;
        }
    }
}
