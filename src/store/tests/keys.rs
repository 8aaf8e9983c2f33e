use super::world::*;
use crate::store::testing::{KEYS, at, on_both, on_sqlite};
use crate::store::*;
use ganh_contract::{Grant, Renewal, Secret};
use jiff::SignedDuration;

const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

on_both! {
    async fn i13_a_wrong_key_is_named_at_opening(fresh: Fresh) {
        let wrong = Keys::new(MasterKey::parse(&"cd".repeat(32)).unwrap(), vec![]);

        let refused = Store::open(&fresh.settings, wrong.clone(), at(1)).await.unwrap_err();

        let StoreError::WrongKey(said) = refused else { panic!("{refused}") };
        assert!(said.contains(&KEYS.current().id()) && said.contains(&wrong.current().id()), "{said}");
    }

    async fn i13_after_a_rotation_the_new_key_alone_opens_everything(fresh: Fresh) {
        let shop = a_shop(&fresh.store, "shopee/hanoi-1").await;
        let new = MasterKey::generate().unwrap();

        let sealed = fresh.store.rotate_key(KEYS.renewed(new.clone()), at(1)).await.unwrap();
        let again = fresh.store.rotate_key(KEYS.renewed(new.clone()), at(2)).await.unwrap();

        fresh.store.close().await;
        let store = Store::open(&fresh.settings, Keys::new(new, vec![]), at(3)).await.unwrap();
        let row = store.shop(shop).await.unwrap();
        assert_eq!((sealed, again), (3, 0));
        assert_eq!(store.grant(row.grant).await.unwrap().grant, a_grant("shopee/hanoi-1"));
        assert_eq!(row.hook_secret, Some(Secret::new("hook-secret-words")));
        assert_eq!(store.find_platform(row.platform).await.unwrap().secret, Some(Secret::new("platform-secret-words")));
        store.close().await;
    }

    async fn the_key_is_not_rotated_under_a_running_node(fresh: Fresh) {
        a_shop(&fresh.store, "shopee/hanoi-1").await;
        leases(&fresh.store, "node-1", 1).await;

        let refused = fresh.store.rotate_key(KEYS.renewed(MasterKey::generate().unwrap()), at(2)).await;

        assert!(matches!(refused, Err(StoreError::Refused(said)) if said.contains("node-1")));
    }

    async fn secrets_come_back_as_they_went_in(fresh: Fresh) {
        let shop = a_shop(&fresh.store, "shopee/hanoi-1").await;

        let row = fresh.store.shop(shop).await.unwrap();
        let grant = fresh.store.grant(row.grant).await.unwrap().grant;
        let platform = fresh.store.find_platform(row.platform).await.unwrap();

        assert_eq!(grant, a_grant("shopee/hanoi-1"));
        assert_eq!(row.hook_secret, Some(Secret::new("hook-secret-words")));
        assert_eq!(platform.secret, Some(Secret::new("platform-secret-words")));
    }

    async fn i12_only_one_process_renews_a_grant(fresh: Fresh) {
        let store = &fresh.store;
        let shop = a_shop(store, "shopee/hanoi-1").await;
        let id = store.shop(shop).await.unwrap().grant;

        let one = store.begin_renewal(id, 1, "one", at(0), PATIENCE).await.unwrap();
        let two = store.begin_renewal(id, 1, "two", at(30), PATIENCE).await.unwrap();

        assert!(one.is_some_and(|renewing| !renewing.after_crash) && two.is_none());
    }

    async fn i12_a_renewed_grant_is_not_renewed_again_by_who_saw_the_old_one(fresh: Fresh) {
        let store = &fresh.store;
        let shop = a_shop(store, "shopee/hanoi-1").await;
        let id = store.shop(shop).await.unwrap().grant;
        store.begin_renewal(id, 1, "one", at(0), PATIENCE).await.unwrap().unwrap();
        let new = Grant { renewal: Renewal::SingleUse(Secret::new("refresh-2")), ..a_grant("2") };
        store.finish_renewal(id, 1, &new, at(1)).await.unwrap();

        let late = store.begin_renewal(id, 1, "two", at(2), PATIENCE).await.unwrap();

        assert!(late.is_none());
        assert_eq!(store.grant(id).await.unwrap().grant, new);
    }

    async fn i12_after_a_crash_between_intent_and_result_the_next_is_told(fresh: Fresh) {
        let store = &fresh.store;
        let shop = a_shop(store, "shopee/hanoi-1").await;
        let id = store.shop(shop).await.unwrap().grant;
        store.begin_renewal(id, 1, "one", at(0), PATIENCE).await.unwrap().unwrap();

        let next = store.begin_renewal(id, 1, "two", at(60), PATIENCE).await.unwrap().unwrap();
        let late = store.finish_renewal(id, 1, &a_grant("one"), at(61)).await.unwrap();
        let second = store.finish_renewal(id, 1, &a_grant("two"), at(62)).await;

        assert!(next.after_crash);
        assert_eq!(late.generation, 2);
        assert!(matches!(second, Err(StoreError::Conflict(_))), "{second:?}");
        assert_eq!(store.grant(id).await.unwrap().grant, a_grant("one"));
    }
}

#[tokio::test]
async fn i13_the_bytes_of_the_database_hold_no_secret() {
    let fresh = on_sqlite().await;
    a_shop(&fresh.store, "shopee/hanoi-1").await;
    fresh.store.close().await;

    let bytes = std::fs::read(fresh.folder.unwrap().path().join("ganh.db")).unwrap();

    let found = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(found("shopee/hanoi-1"), "the test reads the right file");
    for secret in
        ["access-shopee", "refresh-shopee", "hook-secret-words", "platform-secret-words", &"ab".repeat(32)]
    {
        assert!(!found(secret), "{secret} lies open");
    }
}

#[test]
fn i13_keys_print_only_their_names() {
    let key = MasterKey::generate().unwrap();

    let printed = format!("{:?}", Keys::new(key.clone(), vec![]));

    assert!(!printed.contains(key.to_secret().expose()) && printed.contains(&key.id()));
}

#[test]
fn a_malformed_key_is_refused_without_showing_it() {
    let refused = MasterKey::parse("0123 nonsense").unwrap_err().to_string();

    assert!(refused.contains("13 characters") && !refused.contains("nonsense"), "{refused}");
}
