use super::world::*;
use crate::store::testing::{at, on_both};
use crate::store::*;
use ganh_contract::{Actor, RemoteShopId};

on_both! {
    async fn a_handle_is_taken_once(fresh: Fresh) {
        a_shop(&fresh.store, "shopee/hanoi-1").await;
        let platform = a_platform(&fresh.store).await;
        let again = NewShop {
            producer: None,
            platform,
            handle: "shopee/hanoi-1".into(),
            remote_id: RemoteShopId::new("another"),
            title: "again".into(),
            settings: serde_json::json!({}),
            hook_secret: None,
            capability: None,
            orders_since: at(0),
        };

        let refused = fresh.store.add_shop(&again, NewGrant::Own(&a_grant("2")), at(1)).await;

        assert!(matches!(refused, Err(StoreError::Taken(_))), "{refused:?}");
        assert_eq!(count(&fresh.store, "SELECT count(*) AS n FROM consent").await, 1);
    }

    async fn an_alarm_is_raised_once_and_opens_again_after_it_was_cleared(fresh: Fresh) {
        let alarm = |seconds| Alarm {
            shop: None,
            kind: "revoked".into(),
            subject: "shopee/hanoi-1".into(),
            actor: Actor::Admin,
            said: "connect it again".into(),
            raised_at: at(seconds),
        };
        fresh.store.raise_alarm(&alarm(1)).await.unwrap();
        fresh.store.raise_alarm(&alarm(2)).await.unwrap();
        let first = fresh.store.open_alarms(10).await.unwrap();
        fresh.store.clear_alarm("revoked", "shopee/hanoi-1", at(3)).await.unwrap();
        let none = fresh.store.open_alarms(10).await.unwrap();

        fresh.store.raise_alarm(&alarm(4)).await.unwrap();

        let again = fresh.store.open_alarms(10).await.unwrap();
        assert_eq!((first.len(), first[0].raised_at, none.len()), (1, at(1), 0));
        assert_eq!((again.len(), again[0].raised_at), (1, at(4)));
    }
}
