//! Raising waits for the orders of its shop; an order inside a write's bracket is made good.

use super::world::{Setting, good, on_both, until_so};
use ganh::stock::MovementKind::{Adjust, Receive};
use serde_json::json;
use std::time::Duration;

on_both! {
    async fn i5_an_order_between_sending_and_landing_of_a_write_is_made_good(base: Base) {
        let (world, driving) = Setting::on(base).selling(&[good("GIO-01", 185_000, 40)]).live().await;
        let [first, _, site] = world.stalls.as_slice() else { panic!("three shops") };
        for stall in [first, site] {
            // Every answer, and the effect before it, comes later than its call.
            world.ask(stall, "POST", "latency", Some(json!({ "ms": 700 }))).await;
        }

        world.stock("GIO-01", Adjust, -10, "count").await;
        world.in_flight(first, "GIO-01").await;
        world.in_flight(site, "GIO-01").await;
        world.buy(first, "GIO-01", 3).await;
        world.buy(site, "GIO-01", 2).await;
        for stall in [first, site] {
            // The write erased what the marketplace had taken off itself.
            world.shows(stall, "GIO-01", 30).await;
            world.ask(stall, "POST", "latency", Some(json!({ "ms": 0 }))).await;
        }
        world.agrees().await;

        for stall in &world.stalls {
            assert_eq!(world.shown(stall, "GIO-01").await, Some(25), "{}", stall.handle);
        }
        driving.stop().await;
    }

    async fn i5_a_raise_leaves_only_after_the_orders_of_its_shop_were_read(base: Base) {
        let mut setting = Setting::on(base).selling(&[good("GIO-01", 185_000, 40)]);
        (setting.shopee_shops, setting.has_site) = (1, true);
        let world = setting.open().await;
        let driving = world.drive();
        world.quiet().await;
        driving.stop().await;
        let [first, site] = world.stalls.as_slice() else { panic!("two shops") };
        let quiet = |sku: &str| json!({ "lines": [{ "sku": sku, "units": 5 }], "paid": true, "quiet": true });
        world.ask(first, "POST", "orders", Some(quiet("GIO-01"))).await;
        world.ask(site, "POST", "orders", Some(quiet("GIO-01"))).await;
        world.stock("GIO-01", Receive, 10, "harvest").await;
        let before = [world.last_call(first).await, world.last_call(site).await];

        let driving = world.drive();
        world.agrees().await;

        for (stall, before) in world.stalls.iter().zip(before) {
            assert_eq!(world.shown(stall, "GIO-01").await, Some(40), "{}", stall.handle);
            let calls = world.journal(stall, before).await;
            let place = |kind: &str| calls.iter().position(|call| call["kind"] == kind);
            let (read, written) = (place("orders").expect("orders are read"), place("stock"));
            assert!(written.is_none_or(|written| read < written), "{}: {calls:?}", stall.handle);
        }
        driving.stop().await;
    }

    async fn i5_a_raise_calls_for_the_orders_itself_when_nobody_polls(base: Base) {
        let mut setting = Setting::on(base).shopee_only(1).selling(&[good("GIO-01", 185_000, 40)]);
        setting.rules.poll_orders = Duration::from_secs(3_600);
        let world = setting.open().await;
        let driving = world.drive();
        let shop = &world.stalls[0];
        world.shows(shop, "GIO-01", 40).await;
        until_so("the listing is in step", async || {
            world.store.pending(shop.id).await.unwrap().is_quiet()
        })
        .await;
        let before = world.last_call(shop).await;

        world.stock("GIO-01", Receive, 10, "harvest").await;
        world.shows(shop, "GIO-01", 50).await;

        let calls = world.journal(shop, before).await;
        let place = |kind: &str| calls.iter().position(|call| call["kind"] == kind);
        assert!(place("orders").expect("orders are read") < place("stock").expect("stock is written"), "{calls:?}");
        driving.stop().await;
    }
}
