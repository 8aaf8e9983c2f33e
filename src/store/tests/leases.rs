use super::world::*;
use crate::store::testing::{at, on_both};
use crate::store::*;
use jiff::SignedDuration;
use std::sync::Arc;

const TTL: SignedDuration = SignedDuration::from_secs(15);

on_both! {
    async fn i11_a_shop_has_one_owner_until_its_lease_runs_out(fresh: Fresh) {
        let store = &fresh.store;
        let shop = a_shop(store, "shopee/hanoi-1").await;
        let (one, two) = (Arc::from("one"), Arc::from("two"));

        let first = store.take_leases(&one, at(0), TTL, 10).await.unwrap();
        let early = store.take_leases(&two, at(14), TTL, 10).await.unwrap();
        let late = store.take_leases(&two, at(15), TTL, 10).await.unwrap();

        assert_eq!((first[0].shop, first[0].term, early.len()), (shop, 1, 0));
        assert_eq!((late[0].shop, late[0].term, &*late[0].owner), (shop, 2, "two"));
    }

    async fn i11_a_stale_term_writes_nothing(fresh: Fresh) {
        let store = &fresh.store;
        a_shop(store, "shopee/hanoi-1").await;
        let stale = store.take_leases(&Arc::from("one"), at(0), TTL, 10).await.unwrap().remove(0);
        let current = store.take_leases(&Arc::from("one"), at(20), TTL, 10).await.unwrap().remove(0);

        let refused = store.freeze_shop(&stale, at(100)).await;
        store.freeze_shop(&current, at(50)).await.unwrap();

        assert!(matches!(refused, Err(StoreError::StaleLease { term: 1, .. })), "{refused:?}");
        assert_eq!(store.shop(stale.shop).await.unwrap().frozen_until, at(50));
    }

    async fn i11_extending_keeps_ours_and_leaves_out_what_another_took(fresh: Fresh) {
        let store = &fresh.store;
        a_shop(store, "shopee/hanoi-1").await;
        let stale = store.take_leases(&Arc::from("one"), at(0), TTL, 10).await.unwrap();
        let current = store.take_leases(&Arc::from("two"), at(20), TTL, 10).await.unwrap();

        let lost = store.extend_leases(&stale, at(21), TTL).await.unwrap();
        let kept = store.extend_leases(&current, at(21), TTL).await.unwrap();

        assert_eq!((lost.len(), kept.len(), kept[0].until), (0, 1, at(36)));
    }

    async fn a_released_lease_is_free_at_once_and_its_term_goes_on(fresh: Fresh) {
        let store = &fresh.store;
        a_shop(store, "shopee/hanoi-1").await;
        let mine = store.take_leases(&Arc::from("one"), at(0), TTL, 10).await.unwrap();

        store.release_leases(&mine).await.unwrap();

        let next = store.take_leases(&Arc::from("two"), at(1), TTL, 10).await.unwrap();
        assert_eq!(next[0].term, 2);
    }
}
