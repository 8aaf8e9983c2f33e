//! No channel sees more than its quota, and while work waits the quota is used.

use super::world::{Good, Setting, good, import, on_both, until_so};
use jiff::Timestamp;
use serde_json::json;

const PER_SECOND: f64 = 10.0;
// Large enough for a machine that is busy with other tests: what it does not use during a pause of 0.7 s is not lost.
const BURST: f64 = 8.0;

on_both! {
    async fn i8_a_full_queue_uses_the_whole_quota_and_never_more(base: Base) {
        let goods: Vec<Good> = (1..=40).map(|number| good(&format!("GIO-{number:02}"), 185_000, 40)).collect();
        let mut setting = Setting::on(base).shopee_only(1).selling(&goods);
        // Nothing but the work counts: orders are not polled meanwhile.
        setting.rules.poll_orders = std::time::Duration::from_secs(3_600);
        let mut facts = setting.shopee_facts.clone();
        let world = setting.open().await;
        let driving = world.drive();
        until_so("everything is listed", async || {
            let pending = world.store.pending(world.stalls[0].id).await.unwrap();
            pending.is_quiet() && world.offers(&world.stalls[0]).await.len() == 40
        })
        .await;
        driving.stop().await;
        let shop = &world.stalls[0];
        let dearer: Vec<Good> = goods.iter().map(|good| Good { price: 205_000, ..good.clone() }).collect();
        import(&world.store, &dearer).await;
        facts["quota"]["shop"] = json!({ "per_second": PER_SECOND, "burst": BURST as u32, "reserved_pct": 0 });
        world.reset_facts(facts).await;
        // The marketplace counts by the very numbers that we were told.
        let quota = json!({ "per_second": PER_SECOND, "burst": BURST });
        world.ask(shop, "POST", "quota", Some(quota)).await;
        world.ask(shop, "DELETE", "journal", None).await;

        let driving = world.drive();
        until_so("all prices are written", async || {
            world.store.pending(shop.id).await.unwrap().dirty == 0
        })
        .await;
        driving.stop().await;

        let summary = world.ask(shop, "GET", "journal/summary", None).await;
        assert_eq!((summary["throttled"].as_u64(), summary["over_limit"].as_u64()), (Some(0), Some(0)), "{summary}");
        assert_eq!(summary["by_kind"]["price"], json!(40), "one call a listing: {summary}");
        let calls = world.journal(shop, 0).await;
        let at = |call: &serde_json::Value| call["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
        let prices: Vec<&serde_json::Value> = calls.iter().filter(|call| call["kind"] == "price").collect();
        let (first, last) = (at(&calls[0]), at(prices[39]));
        let made = calls.iter().filter(|call| at(call) <= last).count();
        // A bucket that is full at the first call allows so many until the last.
        let allowed = BURST + PER_SECOND * last.duration_since(first).as_secs_f64();
        assert!(made as f64 >= 0.99 * (allowed - 1.0), "{made} calls of {allowed:.1} that were allowed");
    }
}
