use super::world::*;
use crate::store::testing::{at, on_both};
use crate::store::tx::args;
use crate::store::*;
use std::sync::{Arc, Mutex};

async fn title(store: &Store, shop: crate::ids::ShopId, title: &str) -> Tx {
    let mut tx = store.write().await.unwrap();
    tx.execute("UPDATE shop SET title = $2 WHERE id = $1", args![shop, title]).await.unwrap();
    tx
}

on_both! {
    async fn what_is_dropped_among_commits_of_one_moment_takes_nothing_with_it(fresh: Fresh) {
        let store = fresh.store.clone();
        let mut shops = Vec::new();
        for name in ["one", "two", "three", "four"] {
            shops.push(a_shop(&store, name).await);
        }
        let first = title(&store, shops[0], "kept").await;
        let others: Vec<_> = shops[1..].iter().enumerate().map(|(place, shop)| {
            let (store, shop) = (store.clone(), *shop);
            tokio::spawn(async move {
                let tx = title(&store, shop, "kept").await;
                if place != 1 { tx.commit().await.unwrap(); }
            })
        }).collect();
        tokio::task::yield_now().await;

        first.commit().await.unwrap();
        for other in others { other.await.unwrap(); }

        let mut titles = Vec::new();
        for shop in shops { titles.push(store.shop(shop).await.unwrap().title); }
        assert_eq!(titles, ["kept", "kept", "three", "kept"]);
    }

    async fn a_cancelled_commit_is_still_whole(fresh: Fresh) {
        let store = &fresh.store;
        let (one, two) = (a_shop(store, "one").await, a_shop(store, "two").await);
        let (first, waiting) = (title(store, one, "kept").await, { let store = store.clone(); tokio::spawn(async move { title(&store, two, "kept").await.commit().await }) });
        tokio::task::yield_now().await;

        let mut commit = Box::pin(first.commit());
        // Begun, and then nobody waits for its end.
        let _ = futures_util::poll!(&mut commit);
        drop(commit);

        waiting.await.unwrap().unwrap();
        assert_eq!(store.shop(two).await.unwrap().title, "kept");
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_the_file_to_other_programs() {
    let fresh = crate::store::testing::on_sqlite().await;
    let shop = a_shop(&fresh.store, "one").await;
    let other = Store::open(&fresh.settings, crate::store::testing::KEYS.clone(), at(0)).await.unwrap();

    drop(title(&fresh.store, shop, "half").await);
    other.set_shop_state(shop, ShopState::Paused, None, at(1)).await.unwrap();

    let row = fresh.store.shop(shop).await.unwrap();
    assert_eq!((&*row.title, row.state), ("one", ShopState::Paused));
}

#[tokio::test]
async fn i9_what_harms_while_it_waits_writes_before_everything_else() {
    let fresh = crate::store::testing::on_sqlite().await;
    let store = fresh.store.clone();
    let shop = a_shop(&store, "one").await;
    let held = title(&store, shop, "held").await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for name in ["ordinary", "alone", "urgent"] {
        let (store, order) = (store.clone(), order.clone());
        tasks.push(tokio::spawn(async move {
            let tx = match name {
                "urgent" => store.write_urgently().await,
                "alone" => store.write_alone().await,
                _ => store.write().await,
            };
            order.lock().unwrap().push(name);
            tx.unwrap().commit().await.unwrap();
        }));
        tokio::task::yield_now().await;
    }

    held.commit().await.unwrap();
    for task in tasks {
        task.await.unwrap();
    }

    assert_eq!(*order.lock().unwrap(), ["urgent", "ordinary", "alone"]);
}
