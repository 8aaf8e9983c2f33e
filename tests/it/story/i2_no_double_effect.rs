//! Each unit of an order moves the ledger once per transition, whatever is repeated, partial or restarted.

use super::world::{Setting, on_both, until_so};
use serde_json::json;

on_both! {
    async fn i2_a_partial_cancel_repeats_and_a_restart_move_each_unit_once(base: Base) {
        let mut setting = Setting::on(base).shopee_only(1);
        setting.rules.sweep_orders = std::time::Duration::from_millis(400);
        let (world, driving) = setting.live().await;
        let shop = &world.stalls[0];
        let order = world.buy(shop, "GIO-01", 5).await;
        world.holds("GIO-01", 40, 5).await;
        let line = world.books(shop).await.orders[0].lines[0].id.clone();

        world.order(shop, &order, "cancel", json!({ "lines": [{ "id": line, "units": 2 }] })).await;
        world.holds("GIO-01", 40, 3).await;
        // The sweep reads the same order again and again.
        let before = world.last_call(shop).await;
        until_so("the order was read three times more", async || {
            world.journal(shop, before).await.iter().filter(|call| call["kind"] == "order").count() >= 3
        })
        .await;
        assert_eq!(world.balance("GIO-01").await, (40, 3));
        driving.kill().await;
        world.order(shop, &order, "ship", json!({})).await;
        let driving = world.drive();

        world.holds("GIO-01", 37, 0).await;
        let before = world.last_call(shop).await;
        until_so("the order was read again", async || {
            world.journal(shop, before).await.iter().any(|call| call["kind"] == "order")
        })
        .await;
        world.agrees().await;
        assert_eq!(world.balance("GIO-01").await, (37, 0));
        driving.stop().await;
    }
}
