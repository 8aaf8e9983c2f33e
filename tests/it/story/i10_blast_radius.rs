//! Nothing in a shop changes before its plan was approved, and what is not ours is left alone for ever.

use super::world::{Setting, Stall, World, good, on_both, until_so};
use crate::cli::program::Folder;
use serde_json::{Value, json};

#[test]
fn i10_an_import_that_zeroes_everything_is_refused_until_it_is_allowed() {
    let folder = Folder::new();
    let sheet = |units: u32| {
        let rows =
            (1..=40).map(|number| format!("GIO-{number},Giỏ cói {number},TB01,P-{number},185000,{units}\n"));
        format!("sku,name,producer_code,product_code,price_vnd,stock\n{}", rows.collect::<String>())
    };
    folder.write("producers.csv", "producer_code,name,kind\nTB01,HTX Tây An,cooperative\n");
    folder.write("goods.csv", sheet(25));
    folder.ganh(&["import", "goods.csv", "--producers", "producers.csv", "--apply"]).succeeds();
    folder.write("goods.csv", sheet(0));

    folder.ganh(&["import", "goods.csv", "--apply"]).fails(1, &["40", "--allow-blast"]);
    let refused = folder.json(&["stock", "show", "GIO-7"]);
    folder.ganh(&["import", "goods.csv", "--apply", "--allow-blast"]).succeeds();
    let allowed = folder.json(&["stock", "show", "GIO-7"]);

    assert_eq!(on_hand(&refused), 25, "{refused}");
    assert_eq!(on_hand(&allowed), 0, "{allowed}");
}

fn on_hand(shown: &Value) -> i64 {
    shown["places"][0]["balance"]["on_hand"].as_i64().expect("a balance")
}

on_both! {
    async fn i10_nothing_in_a_new_shop_changes_before_its_plan_is_approved(base: Base) {
        let mut setting = Setting::on(base);
        setting.goods = vec![good("GIO-01", 185_000, 40), good("GIO-02", 95_000, 25)];
        let world = setting.unapproved().await;
        let stranger = json!({ "title": "Nón lá Huế che nắng đi biển", "sku": "NON-9", "price": 60_000, "stock": 7 });
        let twin = json!({ "title": "Giỏ cói của shop tự đăng", "sku": "GIO-02", "price": 99_000, "stock": 3 });
        for stall in &world.stalls {
            world.ask(stall, "POST", "listings", Some(stranger.clone())).await;
            world.ask(stall, "POST", "listings", Some(twin.clone())).await;
        }
        let before = [&world.stalls[0], &world.stalls[1], &world.stalls[2]];
        let books = [world.books(before[0]).await, world.books(before[1]).await, world.books(before[2]).await];

        let driving = world.drive();
        for stall in &world.stalls {
            driving_paused_plan(&world, stall).await;
        }
        world.approve_beside(&world.stalls[0]).await;
        until_so("the approved shop is in step", async || {
            let pending = world.store.pending(world.stalls[0].id).await.unwrap();
            pending.is_quiet() && world.offers(&world.stalls[0]).await.len() == 2
        })
        .await;

        for (stall, before) in world.stalls.iter().zip(&books).skip(1) {
            assert_eq!(&world.books(stall).await, before, "{}", stall.handle);
            assert_eq!(writes(&world, stall).await, Vec::<Value>::new(), "{}", stall.handle);
        }
        for stall in &world.stalls[1..] {
            world.approve_beside(stall).await;
        }
        world.agrees().await;
        for (stall, before) in world.stalls.iter().zip(&books) {
            let now = world.books(stall).await;
            // Ours was adopted, not listed again; the stranger's is as it was.
            assert_eq!(now.listings.len(), 3, "{}", stall.handle);
            let strangers = |books: &ganh_sandbox::Books| {
                books.listings.iter().find(|listing| listing.offers[0].sku == "NON-9").cloned()
            };
            assert_eq!(strangers(&now), strangers(before), "{}", stall.handle);
        }
        driving.stop().await;
    }
}

/// The shop is planned while the daemon runs; planning is a reading.
async fn driving_paused_plan(world: &World, stall: &Stall) {
    let proposed = world.propose_beside(stall).await;
    assert_eq!((proposed.adopt.len(), proposed.create.len()), (1, 1), "{}", stall.handle);
}

/// Calls that change something at the marketplace.
async fn writes(world: &World, stall: &Stall) -> Vec<Value> {
    let kinds = ["upload", "create", "revise", "price", "stock", "on_sale", "delete"];
    let calls = world.journal(stall, 0).await;
    // An empty batch only asks whether the keys may write.
    let changes = |call: &Value| call["path"] != "/wp-json/wc/v3/products/batch" || call["rows"] != 0;
    let calls = calls.into_iter().filter(changes);
    calls.filter(|call| kinds.contains(&call["kind"].as_str().unwrap_or(""))).collect()
}
