//! Webhooks make orders known at once and are never believed.

use super::world::{Setting, id, on_both, until_so};
use ganh::daemon::{Post, receive};
use serde_json::json;
use std::time::Duration;

on_both! {
    async fn a_webhook_makes_an_order_known_without_waiting_for_the_poll(base: Base) {
        let mut setting = Setting::on(base);
        setting.rules.poll_orders = Duration::from_secs(3_600);
        let world = setting.open().await;
        let [first, second, site] = world.stalls.as_slice() else { panic!("three shops") };
        let app = world.store.shop(first.id).await.unwrap().platform;
        let url = format!("{}/hooks/shopee/p{app}", world.door.url);
        world.ask(first, "POST", "hooks", Some(json!({ "url": url }))).await;
        let driving = world.drive();
        for stall in &world.stalls {
            world.shows(stall, "GIO-01", 40).await;
        }
        until_so("everything is listed", async || {
            let mut open = 0;
            for stall in &world.stalls {
                let pending = world.store.pending(stall.id).await.unwrap();
                open += pending.unfinished + pending.in_flight + pending.dirty;
            }
            open == 0
        })
        .await;

        world.buy(first, "GIO-01", 3).await;
        world.holds("GIO-01", 40, 3).await;
        world.buy(site, "GIO-01", 2).await;
        world.holds("GIO-01", 40, 5).await;
        for stall in [first, second, site] {
            world.shows(stall, "GIO-01", 35).await;
        }
        driving.stop().await;
    }

    async fn a_forged_webhook_changes_nothing(base: Base) {
        let world = Setting::on(base).open().await;
        let [first, _, site] = world.stalls.as_slice() else { panic!("three shops") };
        let app = world.store.shop(first.id).await.unwrap().platform;
        let order = id(&world.ask(first, "POST", "listings", Some(json!({ "title": "Nón lá Huế", "sku": "NON-9", "price": 60_000, "stock": 7 }))).await);
        let body = json!({ "code": 3, "shop_id": first.remote.parse::<i64>().unwrap(), "timestamp": 1,
            "data": { "ordersn": order, "status": "READY_TO_SHIP" } })
        .to_string();
        let signed = |name: &str| vec![(name.to_owned(), "bm90IHNpZ25lZA==".to_owned())];
        let topic = ("x-wc-webhook-topic".to_owned(), "order.created".to_owned());
        let site_headers = [signed("x-wc-webhook-signature"), vec![topic]].concat();
        let posts = [
            ("shopee", format!("p{app}"), signed("authorization"), body.clone()),
            ("woocommerce", format!("s{}", site.id), site_headers, json!({ "id": 1 }).to_string()),
            ("woocommerce", "s999999".to_owned(), vec![], body.clone()),
            ("nowhere", "../../etc".to_owned(), vec![], "\u{0}{".to_owned()),
        ];

        for (channel, key, headers, body) in &posts {
            let post = Post { channel, key, headers, body: body.as_bytes() };
            receive(&world.engine, &post).await.unwrap();
        }

        for stall in &world.stalls {
            assert_eq!(world.store.pending(stall.id).await.unwrap().hints, 0, "{}", stall.handle);
            assert!(world.orders(stall).await.is_empty());
        }
    }
}
