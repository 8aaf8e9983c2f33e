use crate::store::testing::{at, on_both};
use crate::store::*;
use jiff::SignedDuration;

const TTL: SignedDuration = SignedDuration::from_secs(30);
const APP: &str = "shopee/app/1";

/// One look of a node at this second: leaves room for everybody it sees.
async fn beat(store: &Store, node: &str, second: i64) -> (u32, bool) {
    let seen = store.quota_users(node, &[APP.to_owned()], at(second)).await.unwrap();
    let users = store.use_quotas(node, &seen, at(second), TTL).await.unwrap();
    (users[APP].live, users[APP].has_room)
}

on_both! {
    async fn i8_a_newcomer_has_no_part_until_every_other_node_left_room(fresh: Fresh) {
        let store = &fresh.store;

        let alone = beat(store, "one", 0).await;
        let early = [beat(store, "two", 1).await, beat(store, "two", 2).await];
        let second = beat(store, "one", 3).await;
        let let_in = beat(store, "two", 4).await;

        assert_eq!(alone, (1, true));
        assert_eq!(early, [(2, false), (2, false)]);
        assert_eq!((second, let_in), ((2, true), (2, true)));
    }

    async fn i8_a_third_node_waits_for_both_others(fresh: Fresh) {
        let store = &fresh.store;
        for second in 0..2 {
            beat(store, "one", second).await;
            beat(store, "two", second).await;
        }

        let joined = beat(store, "three", 5).await;
        beat(store, "one", 6).await;
        let after_one = beat(store, "three", 7).await;
        beat(store, "two", 8).await;
        let after_both = beat(store, "three", 9).await;

        assert_eq!([joined, after_one, after_both], [(3, false), (3, false), (3, true)]);
    }

    async fn i8_a_dead_node_counts_a_little_longer_than_it_trusts_itself(fresh: Fresh) {
        let store = &fresh.store;
        for second in 0..2 {
            beat(store, "one", second).await;
            beat(store, "two", second).await;
        }

        beat(store, "one", 20).await;
        let own_end = store.quota_users("two", &[APP.to_owned()], at(29)).await.unwrap();
        let counted = beat(store, "one", 32).await;
        let gone = beat(store, "one", 33).await;
        let woken = beat(store, "two", 34).await;

        assert!(!own_end[APP].has_room);
        assert_eq!([counted, gone, woken], [(2, true), (1, true), (2, false)]);
    }

    async fn a_part_that_is_given_back_is_free_at_once(fresh: Fresh) {
        let store = &fresh.store;
        for second in 0..2 {
            beat(store, "one", second).await;
            beat(store, "two", second).await;
        }

        store.leave_quotas("two", &[APP.to_owned()]).await.unwrap();

        assert_eq!(beat(store, "one", 3).await, (1, true));
    }
}
