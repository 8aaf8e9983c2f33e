//! A zero leaves before everything else, also when the queue is long and the quota used up.

use super::world::{Good, Setting, good, on_both, until, until_so};
use ganh::stock::MovementKind::{Adjust, Receive};
use serde_json::json;

on_both! {
    async fn i9_a_zero_overtakes_a_full_queue_of_raises(base: Base) {
        let goods: Vec<Good> = (1..=30).map(|number| good(&format!("GIO-{number:02}"), 185_000, 40)).collect();
        let setting = Setting::on(base).shopee_only(1).selling(&goods);
        let mut facts = setting.shopee_facts.clone();
        let (world, driving) = setting.live().await;
        driving.stop().await;
        let shop = &world.stalls[0];
        for good in &goods {
            world.stock(&good.sku, Receive, 10, &format!("harvest-{}", good.sku)).await;
        }
        facts["quota"]["shop"] = json!({ "per_second": 6.0, "burst": 3, "reserved_pct": 34 });
        world.reset_facts(facts).await;
        let before = world.last_call(shop).await;
        let raises = async || {
            world.journal(shop, before).await.iter().filter(|call| call["kind"] == "stock").count()
        };

        let driving = world.drive();
        until_so("raises leave", async || raises().await >= 3).await;
        let sent_before = raises().await;
        // The last of the queue.
        let last = until("some good still waits", async || {
            let offers = world.offers(shop).await;
            let waiting = offers.into_iter().rev().find(|offer| offer.dirty_since.is_some() && offer.sent.is_none());
            waiting.map(|offer| offer.sku.as_str().to_owned()).ok_or_else(|| "none".to_owned())
        })
        .await;
        world.stock(&last, Adjust, -50, "spoiled").await;
        world.shows(shop, &last, 0).await;
        let sent_until = raises().await;
        let waiting = world.store.pending(shop.id).await.unwrap().dirty;

        // What was in the air when the zero was committed may still land before it.
        assert!(sent_until - sent_before <= 6, "{} calls left before the zero", sent_until - sent_before);
        assert!(waiting >= 10, "only {waiting} raises still waited");
        driving.stop().await;
    }
}
