//! At most one process writes to a shop; the shops of a dead one are taken over.

use super::world::{Driving, Setting, World, on_both};
use ganh::clock::SystemClock;
use ganh::ids::ShopId;
use ganh::stock::MovementKind::Adjust;
use ganh::sync::Witness;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Remembers the shops that a node called.
#[derive(Debug, Default)]
struct Called(Mutex<BTreeSet<ShopId>>);

impl Witness for Called {
    fn called(&self, shop: ShopId, _: &'static str, _: Option<&'static str>) {
        self.0.lock().unwrap().insert(shop);
    }
}

impl Called {
    fn take(&self) -> BTreeSet<ShopId> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn node(world: &World, name: &str) -> (Driving, Arc<Called>) {
    let called = Arc::new(Called::default());
    let witness: Arc<dyn Witness> = called.clone();
    (Driving::start(world.node_watched_by(name, &witness, Arc::new(SystemClock)).await), called)
}

on_both! {
    async fn i11_two_processes_never_drive_the_same_shop_and_a_dead_ones_shops_go_on(base: Base) {
        let world = Setting::on(base).open().await;
        let all: BTreeSet<ShopId> = world.stalls.iter().map(|stall| stall.id).collect();

        let (first, first_called) = node(&world, "north").await;
        let (second, second_called) = node(&world, "south").await;
        world.agrees().await;
        world.stock("GIO-01", Adjust, -5, "count-1").await;
        world.agrees().await;
        let (ours, theirs) = (first_called.take(), second_called.take());
        assert!(ours.is_disjoint(&theirs), "{ours:?} {theirs:?}");
        assert_eq!(&ours | &theirs, all);

        first.kill().await;
        world.stock("GIO-01", Adjust, -5, "count-2").await;
        world.agrees().await;

        assert_eq!(second_called.take(), all, "the other process drives every shop");
        assert!(first_called.take().is_subset(&ours));
        second.stop().await;
    }
}
