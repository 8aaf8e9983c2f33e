//! A graceful stop waits for what is on its way, writes it down, and gives the shops back.

use super::world::{Setting, on_both};
use ganh::stock::MovementKind::Adjust;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::sync::Arc;

on_both! {
    async fn a_graceful_stop_leaves_nothing_in_flight_and_no_lease(base: Base) {
        let (world, driving) = Setting::on(base).shopee_only(1).live().await;
        let shop = &world.stalls[0];
        world.fault(shop, json!({ "kind": "slow", "path": "product/update_stock", "after_ms": 1_500 })).await;
        world.stock("GIO-01", Adjust, -10, "count").await;
        world.in_flight(shop, "GIO-01").await;

        driving.stop().await;

        let offer = world.offer(shop, "GIO-01").await;
        assert_eq!(world.store.pending(shop.id).await.unwrap().in_flight, 0);
        assert_eq!((offer.acked.stock, offer.suspect, offer.dirty().stock), (Some(30), None, false));
        let other: Arc<str> = "other".into();
        let lease = world.store.take_lease(&other, shop.id, Timestamp::now(), SignedDuration::from_secs(1)).await;
        assert!(lease.unwrap().is_some(), "the shop can be driven by another at once");
    }
}
