//! In strict allocation all shops together never show more than there is, at any instant.

use super::world::{Setting, Stall, World, good, on_both, until, until_so};
use ganh::listing::share::{Allocation, StockRules};
use ganh::store::{Policy, PolicyScope};
use jiff::Timestamp;
use serde_json::json;

const UNITS: i64 = 30;

on_both! {
    async fn i7_strict_shops_together_never_show_more_than_is_there(base: Base) {
        let setting = Setting::on(base).selling(&[good("GIO-01", 185_000, 30)]);
        let mut setting = setting;
        setting.rules.skew = jiff::SignedDuration::from_millis(100);
        let world = setting.unapproved().await;
        let strict = StockRules { allocation: Some(Allocation::Strict), ..StockRules::default() };
        let policy = Policy { stock: strict, ..Policy::default() };
        world.store.set_policy(PolicyScope::Default, &policy, Timestamp::now()).await.unwrap();
        for stall in &world.stalls {
            world.approve(stall).await;
            world.ask(stall, "POST", "latency", Some(json!({ "ms": 20, "jitter_ms": 15 }))).await;
        }
        let driving = world.drive();
        world.quiet().await;
        let mut samples = 0;

        for round in 0..6 {
            let stall = &world.stalls[round % 3];
            outside_every_bracket(&world, stall).await;
            let shown = world.shown(stall, "GIO-01").await.unwrap_or(0);
            if shown > 0 {
                world.buy(stall, "GIO-01", u32::try_from(shown.min(4)).unwrap()).await;
            }
            samples += in_step_and_never_above(&world).await;
        }
        // The last ones are bought wherever they are.
        while let Some((stall, shown)) = on_show(&world).await {
            outside_every_bracket(&world, stall).await;
            world.buy(stall, "GIO-01", shown).await;
            samples += in_step_and_never_above(&world).await;
        }
        world.agrees().await;

        assert!(samples > 50, "only {samples} samples");
        assert_eq!(world.balance("GIO-01").await, (UNITS, UNITS));
        for stall in &world.stalls {
            assert_eq!(world.books(stall).await.oversold_units, 0, "{}", stall.handle);
        }
        driving.stop().await;
    }
}

/// The first shop that shows units, and how many.
async fn on_show(world: &World) -> Option<(&Stall, u32)> {
    for stall in &world.stalls {
        let shown = world.shown(stall, "GIO-01").await.unwrap_or(0);
        if shown > 0 {
            return Some((stall, u32::try_from(shown).unwrap()));
        }
    }
    None
}

/// Waits until the shop's last stock write is so long ago that an order placed now is surely later. What is sold inside of a bracket cannot be
/// told apart from what the write erased; the marketplace's times are whole seconds.
async fn outside_every_bracket(world: &World, stall: &Stall) {
    let margin = world.engine.rules.skew + jiff::SignedDuration::from_millis(1_100);
    until_so("the last write is past", async || {
        let wrote = world.offer(stall, "GIO-01").await.wrote;
        wrote.is_none_or(|wrote| wrote.answered_at + margin < Timestamp::now())
    })
    .await;
}

/// Samples what the marketplaces show until all are in step; how often.
async fn in_step_and_never_above(world: &World) -> usize {
    let since = Timestamp::now();
    let samples = std::cell::Cell::new(0);
    until("all shops are in step", async || {
        let first = shown_and_sold(world).await;
        let again = shown_and_sold(world).await;
        // Two equal looks in a row are one instant.
        if first == again {
            let (shown, sold): (i64, i64) =
                first.iter().fold((0, 0), |sum, look| (sum.0 + look.0, sum.1 + look.1));
            assert!(shown <= UNITS - sold, "{shown} units are shown, {} are there: {first:?}", UNITS - sold);
            samples.set(samples.get() + 1);
        }
        for Stall { id, .. } in &world.stalls {
            let pending = world.store.pending(*id).await.unwrap();
            let is_read = world.store.shop(*id).await.unwrap().orders_read_at > since;
            if !pending.is_quiet() || !is_read {
                return Err(format!("{pending:?}"));
            }
        }
        Ok(())
    })
    .await;
    samples.get()
}

async fn shown_and_sold(world: &World) -> Vec<(i64, i64)> {
    let mut looks = Vec::new();
    for stall in &world.stalls {
        let books = world.books(stall).await;
        let shown = super::world::there(&books).map(|(_, offer)| offer.stock.unwrap_or(0)).sum();
        looks.push((shown, books.sold_units));
    }
    looks
}
