//! Polls cost a list, not the details of what is known.

use super::world::{Setting, Stall, World, on_both, until, until_so};

/// Lists and details of orders that were asked for so far.
async fn asked(world: &World, shop: &Stall) -> (u64, u64) {
    let summary = world.ask(shop, "GET", "journal/summary", None).await;
    let count = |kind: &str| summary["by_kind"][kind].as_u64().unwrap_or(0);
    (count("orders"), count("order"))
}

/// Waits until five polls in a row read nothing but the list.
async fn polls_only_list(world: &World, shop: &Stall) {
    until("five polls only list", async || {
        let before = asked(world, shop).await;
        until_so("five lists are read", async || asked(world, shop).await.0 >= before.0 + 5).await;
        let details = asked(world, shop).await.1 - before.1;
        if details == 0 { Ok(()) } else { Err(format!("{details} details")) }
    })
    .await;
}

on_both! {
    async fn i8_a_poll_reads_details_only_of_new_and_changed_orders(base: Base) {
        let (world, driving) = Setting::on(base).shopee_only(1).live().await;
        let shop = &world.stalls[0];
        let mut orders = Vec::new();
        for _ in 0..4 {
            orders.push(world.buy(shop, "GIO-01", 1).await);
        }
        world.holds("GIO-01", 40, 4).await;

        polls_only_list(&world, shop).await;
        world.order(shop, &orders[1], "cancel", serde_json::json!({})).await;
        world.holds("GIO-01", 40, 3).await;
        polls_only_list(&world, shop).await;
        world.buy(shop, "GIO-01", 2).await;
        world.holds("GIO-01", 40, 5).await;
        polls_only_list(&world, shop).await;

        world.agrees().await;
        driving.stop().await;
    }
}
