//! Stories' furniture: a producer, platforms, shops, and what they hold.

use crate::ids::*;
use crate::store::testing::at;
use crate::store::tx::args;
use crate::store::*;
use ganh_contract::{Grant, RemoteShopId, Renewal, Secret};
use std::sync::Arc;

pub fn a_grant(token: &str) -> Grant {
    Grant {
        shops: vec![RemoteShopId::new("r1")],
        access: Secret::new(format!("access-{token}")),
        access_until: Some(at(3600)),
        renewal: Renewal::SingleUse(Secret::new(format!("refresh-{token}"))),
        ends: None,
    }
}

pub async fn a_platform(store: &Store) -> PlatformId {
    let new = NewPlatform {
        channel: "shopee".into(),
        handle: "app-1".into(),
        base_url: "http://127.0.0.1:1".into(),
        settings: serde_json::json!({ "partner": 7 }),
        secret: Some(Secret::new("platform-secret-words")),
    };
    store.put_platform(&new, at(0)).await.unwrap()
}

pub async fn a_shop(store: &Store, handle: &str) -> ShopId {
    let platform = a_platform(store).await;
    let new = NewShop {
        producer: None,
        platform,
        handle: handle.into(),
        remote_id: RemoteShopId::new(handle),
        title: handle.into(),
        settings: serde_json::json!({}),
        hook_secret: Some(Secret::new("hook-secret-words")),
        capability: None,
        orders_since: at(0),
    };
    let shop = store.add_shop(&new, NewGrant::Own(&a_grant(handle)), at(0)).await.unwrap();
    store.set_shop_state(shop, ShopState::Active, None, at(0)).await.unwrap();
    shop
}

/// Takes every free lease for `owner` until a day later.
pub async fn leases(store: &Store, owner: &str, now: i64) -> Vec<Lease> {
    store.take_leases(&Arc::from(owner), at(now), jiff::SignedDuration::from_hours(24), 100).await.unwrap()
}

pub async fn count(store: &Store, sql: &'static str) -> i64 {
    store.read().find(sql, args![]).await.unwrap().unwrap().int("n").unwrap()
}
