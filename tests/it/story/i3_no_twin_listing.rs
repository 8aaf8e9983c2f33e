//! No product is listed twice in a shop by us, whatever times out or crashes.

use super::world::{Setting, good, on_both, until_so};
use serde_json::json;

on_both! {
    async fn i3_lost_reply_leaves_one_listing(base: Base) {
        let world = Setting::on(base).selling(&[good("GIO-01", 185_000, 40)]).open().await;
        let [first, second, site] = world.stalls.as_slice() else { panic!("three shops") };
        for stall in [first, second] {
            world.fault(stall, json!({ "kind": "cut_after", "path": "product/add_item" })).await;
        }
        world.fault(site, json!({ "kind": "cut_after", "path": "v3/products?", "method": "POST" })).await;

        let driving = world.drive();
        world.agrees().await;

        assert_eq!((world.hits(first).await, world.hits(site).await), (2, 1));
        for stall in &world.stalls {
            assert_eq!(world.books(stall).await.listings.len(), 1, "{}", stall.handle);
        }
        driving.stop().await;
    }

    async fn i3_dying_between_intent_and_answer_leaves_one_listing(base: Base) {
        let world = Setting::on(base).selling(&[good("GIO-01", 185_000, 40)]).open().await;
        let [first, second, site] = world.stalls.as_slice() else { panic!("three shops") };
        for stall in [first, second] {
            world.fault(stall, json!({ "kind": "slow", "path": "product/add_item", "after_ms": 20_000 })).await;
        }
        let slow = json!({ "kind": "slow", "path": "v3/products?", "method": "POST", "after_ms": 20_000 });
        world.fault(site, slow).await;

        let driving = world.drive();
        until_so("every shop has the listing and nobody was told", async || {
            let mut listed = 0;
            for stall in &world.stalls {
                listed += world.books(stall).await.listings.len();
            }
            listed == 3
        })
        .await;
        driving.kill().await;
        let driving = world.drive();
        world.agrees().await;

        for stall in &world.stalls {
            assert_eq!(world.books(stall).await.listings.len(), 1, "{}", stall.handle);
        }
        driving.stop().await;
    }
}
