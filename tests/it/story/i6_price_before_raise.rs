//! A pending price is acknowledged before stock of the same offer is raised.

use super::world::{Setting, good, import, on_both, until_so};
use ganh::stock::MovementKind::Receive;
use serde_json::json;

on_both! {
    async fn i6_the_price_is_taken_before_more_units_are_shown_at_it(base: Base) {
        let (world, driving) = Setting::on(base).shopee_only(1).selling(&[good("GIO-01", 185_000, 40)]).live().await;
        driving.stop().await;
        let shop = &world.stalls[0];
        world.fault(shop, json!({ "kind": "server_error", "path": "product/update_price", "count": 2 })).await;
        import(&world.store, &[good("GIO-01", 205_000, 40)]).await;
        world.stock("GIO-01", Receive, 10, "harvest").await;
        let before = world.last_call(shop).await;

        let driving = world.drive();
        until_so("the price was refused twice", async || world.hits(shop).await == 2).await;
        world.agrees().await;

        let calls = world.journal(shop, before).await;
        let price_taken = calls.iter().position(|call| call["kind"] == "price" && call["fault"].is_null());
        let raised = calls.iter().position(|call| call["kind"] == "stock");
        assert!(price_taken.expect("the price is written") < raised.expect("the stock is written"), "{calls:?}");
        assert_eq!(world.shown(shop, "GIO-01").await, Some(50));
        driving.stop().await;
    }
}
