use super::world::*;
use crate::store::testing::{at, on_both};
use crate::store::tx::args;
use crate::store::*;
use ganh_contract::LineStage;
use std::time::Duration;

on_both! {
    async fn a_cancelled_future_leaves_no_transaction_open(fresh: Fresh) {
        let store = &fresh.store;
        let shop = a_shop(store, "shopee/hanoi-1").await;
        let midway = async {
            let mut tx = store.write().await.unwrap();
            tx.execute("UPDATE shop SET title = 'half' WHERE id = $1", args![shop]).await.unwrap();
            std::future::pending::<()>().await;
        };

        let cancelled = tokio::time::timeout(Duration::from_millis(50), midway).await;
        store.set_shop_state(shop, ShopState::Paused, Some("rest"), at(1)).await.unwrap();

        assert!(cancelled.is_err());
        let row = store.shop(shop).await.unwrap();
        assert_eq!((&*row.title, row.state), ("shopee/hanoi-1", ShopState::Paused));
    }

    async fn a_commit_wakes_the_shop_that_it_touched(fresh: Fresh) {
        let shop = a_shop(&fresh.store, "shopee/hanoi-1").await;
        let mut changed = fresh.store.changed();

        fresh.store.set_shop_state(shop, ShopState::Paused, None, at(1)).await.unwrap();

        assert_eq!(changed.recv().await.unwrap().shop, shop);
    }

    async fn an_order_wakes_only_those_who_send_figures(fresh: Fresh) {
        let store = &fresh.store;
        import(store, &effects(&[("CAY-01", 35_000, 40)]), 0).await;
        let one = a_live_shop(store, "shopee/hanoi-1").await;
        let two = a_live_shop(store, "shopee/hanoi-2").await;
        let mut changed = store.changed();

        let line = a_line("1", "CAY-01", 1, LineStage::Ready);
        ingest(store, &one, &[a_reading("A-1", 100, 100, vec![line])], 101).await;

        let heard: Vec<Changed> = std::iter::from_fn(|| changed.try_recv().ok()).collect();
        assert!(heard.contains(&Changed { shop: two.shop, wake: Wake::Figures }), "{heard:?}");
        assert!(heard.iter().all(|one| one.wake == Wake::Figures), "{heard:?}");
    }

    async fn a_closed_store_says_so(fresh: Fresh) {
        fresh.store.close().await;

        let refused = fresh.store.shops().await.unwrap_err();

        assert_eq!(refused, StoreError::Unavailable("the store is closed".into()));
    }
}

#[tokio::test]
async fn on_postgres_a_commit_wakes_the_other_nodes_too() {
    let fresh = crate::store::testing::on_postgres().await;
    let shop = a_shop(&fresh.store, "shopee/hanoi-1").await;
    let other = Store::open(&fresh.settings, crate::store::testing::KEYS.clone(), at(0)).await.unwrap();
    let mut changed = other.changed();

    fresh.store.set_shop_state(shop, ShopState::Paused, None, at(1)).await.unwrap();

    assert_eq!(changed.recv().await.unwrap().shop, shop);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let settings = Settings::at("sqlite:/nowhere/at/all/ganh.db");

    let refused = Store::open(&settings, crate::store::testing::KEYS.clone(), at(0)).await.unwrap_err();

    assert!(
        matches!(&refused, StoreError::Unavailable(said) if said.contains("/nowhere/at/all/ganh.db")),
        "{refused}"
    );
}
