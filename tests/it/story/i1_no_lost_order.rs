//! Every order that a channel shows is stored once, raw, whatever its lists do.

use super::world::{Setting, differences, on_both, until_so};
use serde_json::json;

on_both! {
    async fn i1_every_order_is_stored_once_although_pages_are_empty_and_rows_shift(base: Base) {
        let mut setting = Setting::on(base);
        setting.rules.sweep_orders = std::time::Duration::from_millis(500);
        setting.shopee_facts["batch"] = json!({ "page": 3 });
        let (world, driving) = setting.live().await;
        let [first, _, site] = world.stalls.as_slice() else { panic!("three shops") };
        for (stall, path) in [(first, "get_order_list"), (site, "/orders")] {
            world.fault(stall, json!({ "kind": "empty_page", "path": path, "count": 3 })).await;
            world.fault(stall, json!({ "kind": "shift_page", "path": path, "count": 6 })).await;
        }

        for stall in &world.stalls {
            for _ in 0..8 {
                world.buy(stall, "GIO-01", 1).await;
            }
        }
        until_so("every fault struck", async || {
            world.hits(first).await >= 9 && world.hits(site).await >= 9
        })
        .await;
        world.agrees().await;

        assert_eq!(world.balance("GIO-01").await, (40, 24));
        driving.stop().await;
    }

    async fn i1_an_order_that_cannot_be_read_is_kept_raw_and_its_neighbours_are_in(base: Base) {
        let (world, driving) = Setting::on(base).live().await;
        driving.stop().await;
        let mut garbled = Vec::new();
        for stall in &world.stalls {
            world.buy(stall, "GIO-01", 1).await;
            let order = world.buy(stall, "GIO-02", 2).await;
            world.order(stall, &order, "garble", json!({})).await;
            world.buy(stall, "GIO-01", 1).await;
            garbled.push(order);
        }

        let driving = world.drive();
        until_so("all nine orders are stored", async || {
            world.orders(&world.stalls[0]).await.len() == 3
                && world.orders(&world.stalls[1]).await.len() == 3
                && world.orders(&world.stalls[2]).await.len() == 3
        })
        .await;

        for (stall, order) in world.stalls.iter().zip(&garbled) {
            let remote = ganh_contract::RemoteOrderId::new(order.as_str());
            assert!(!world.store.raw_order(stall.id, &remote).await.unwrap().is_empty());
        }
        world.holds("GIO-01", 40, 6).await;
        // The garbled one is readable again at its next change.
        for (stall, order) in world.stalls.iter().zip(&garbled) {
            world.order(stall, order, "complete", json!({})).await;
        }
        world.holds("GIO-02", 19, 0).await;
        world.agrees().await;
        assert!(differences(&world).await.is_empty());
        driving.stop().await;
    }
}
