//! A call carries the newest committed figure, one unanswered write a listing, and what lands late is found and mended.

use super::world::{Setting, good, on_both, until_so};
use ganh::stock::MovementKind::Adjust;
use jiff::Timestamp;
use serde_json::json;

on_both! {
    async fn i4_a_figure_that_changes_while_its_write_is_on_its_way_wins(base: Base) {
        let (world, driving) = Setting::on(base).shopee_only(1).selling(&[good("GIO-01", 185_000, 40)]).live().await;
        let shop = &world.stalls[0];
        let slow = json!({ "kind": "slow", "path": "product/update_stock", "after_ms": 1_200 });
        world.fault(shop, slow).await;
        let before = world.last_call(shop).await;

        world.stock("GIO-01", Adjust, -10, "count-1").await;
        world.shows(shop, "GIO-01", 30).await;
        world.in_flight(shop, "GIO-01").await;
        world.stock("GIO-01", Adjust, -4, "count-2").await;
        world.stock("GIO-01", Adjust, -3, "count-3").await;
        world.agrees().await;

        assert_eq!(world.shown(shop, "GIO-01").await, Some(23));
        let writes: Vec<Timestamp> = world
            .journal(shop, before)
            .await
            .iter()
            .filter(|call| call["kind"] == "stock")
            .map(|call| call["at"].as_str().unwrap().parse().unwrap())
            .collect();
        // Two edits cost one more call, which left only after the first was answered.
        assert_eq!(writes.len(), 2);
        assert!(writes[1].duration_since(writes[0]).as_millis() >= 1_150, "{writes:?}");
        driving.stop().await;
    }

    async fn i4_a_write_that_was_cut_off_and_lands_late_is_found_and_mended(base: Base) {
        let (world, driving) = Setting::on(base).shopee_only(1).selling(&[good("GIO-01", 185_000, 40)]).live().await;
        let shop = &world.stalls[0];
        world.fault(shop, json!({ "kind": "gone_on", "path": "product/update_stock", "after_ms": 950 })).await;

        world.stock("GIO-01", Adjust, -10, "count-1").await;
        until_so("the first write was cut off", async || world.hits(shop).await == 1).await;
        world.stock("GIO-01", Adjust, -5, "count-2").await;
        world.shows(shop, "GIO-01", 25).await;
        world.shows(shop, "GIO-01", 30).await;
        world.agrees().await;

        assert_eq!(world.shown(shop, "GIO-01").await, Some(25));
        driving.stop().await;
    }
}
