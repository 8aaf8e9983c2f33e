//! A first connect makes each call once.

use super::world::{Setting, Stall, World, in_sizes, on_both};
use std::collections::BTreeMap;

/// Calls that this shop made, by kind.
async fn calls(world: &World, shop: &Stall) -> BTreeMap<String, usize> {
    let mut sums = BTreeMap::new();
    for call in world.journal(shop, 0).await {
        *sums.entry(call["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
    }
    sums
}

on_both! {
    // Every listing asked for its category again, was revised to be shown, and was shown by a call of its own.
    async fn i8_new_listings_share_their_category_and_the_call_that_shows_them(base: Base) {
        let goods = ["GIO-01", "GIO-02", "GIO-03"].map(|sku| in_sizes(sku, 185_000, 40));
        let (world, driving) = Setting::on(base).selling(&goods).live().await;
        let [first, second, site] = world.stalls.as_slice() else { panic!("three shops") };

        let at_the_site = calls(&world, site).await;
        world.agrees().await;

        let made = |kind: &str| at_the_site.get(kind).copied().unwrap_or(0);
        // The one `revise` is the survey's question whether the key may write: it names no product.
        assert_eq!((made("other"), made("create"), made("on_sale"), made("revise")), (1, 6, 1, 1), "{at_the_site:?}");
        for shop in [first, second] {
            let calls = calls(&world, shop).await;
            assert_eq!((calls["create"], calls["on_sale"]), (6, 1), "{calls:?}");
        }
        driving.stop().await;
    }
}
