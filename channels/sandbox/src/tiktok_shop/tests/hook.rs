//! Webhooks, received by a small server of our own.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Client;
use crate::core::lock;

type Taken = Arc<Mutex<Vec<(String, String)>>>;

async fn given_a_receiver(status: u16) -> (String, Taken) {
    let taken: Taken = Arc::default();
    let take = move |State(taken): State<Taken>, headers: HeaderMap, body: String| async move {
        lock(&taken).push((headers["authorization"].to_str().unwrap().to_owned(), body));
        (StatusCode::from_u16(status).unwrap(), "thanks")
    };
    let app = Router::new().fallback(take).with_state(Arc::clone(&taken));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, taken)
}

async fn subscribe(client: &Client, url: &str, topic: &str) -> Value {
    let body = json!({"event_type": topic, "address": url});
    client.ask("PUT", "/event/202309/webhooks", &[], body).await
}

async fn flush(client: &Client) {
    client.control("POST", "hooks/flush", json!({})).await;
}

/// Waits until `count` webhooks have come, or five seconds are over.
async fn wait_for(taken: &Taken, count: usize) -> Vec<(String, Value)> {
    for _ in 0..500 {
        if lock(taken).len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let held = lock(taken).clone();
    held.into_iter().map(|(sign, body)| (sign, serde_json::from_str(&body).unwrap())).collect()
}

async fn given_trade(client: &Client) -> String {
    let listing = json!({"title": "Trà Tân Cương", "sku": "T", "price": 90_000, "stock": 10});
    client.control("POST", "listings", listing).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_shop_subscribes_by_topic_and_webhooks_are_signed() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(200).await;
    given_trade(&client).await;

    let set = subscribe(&client, &url, "ORDER_STATUS_CHANGE").await;
    let listed = client.get("/event/202309/webhooks", &[]).await;
    let order = client.order(json!({"lines": [{"sku": "T", "units": 1}], "cod": true})).await;
    flush(&client).await;
    wait_for(&taken, 1).await;
    let (sign, raw) = lock(&taken)[0].clone();
    let body: Value = serde_json::from_str(&raw).unwrap();

    assert_eq!(set["code"], 0);
    assert_eq!(listed["data"]["webhooks"][0]["address"], url.as_str());
    assert_eq!(sign, client.signer.sign_hook(&client.app_key, &raw));
    assert_eq!((body["type"].clone(), body["shop_id"].clone()), (json!(1), json!(client.shop_id)));
    assert_eq!(body["data"]["order_id"], order.as_str());
    assert_eq!(body["data"]["order_status"], "AWAITING_SHIPMENT");
}

#[tokio::test]
async fn a_cancelled_order_is_spelt_short_and_its_cancellation_is_told_too() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(200).await;
    given_trade(&client).await;
    let order = client.order(json!({"lines": [{"sku": "T", "units": 1}], "cod": true})).await;
    client.control("POST", "hooks", json!({ "url": url })).await;

    client.control("POST", &format!("orders/{order}/cancel"), json!({})).await;
    flush(&client).await;
    let bodies = wait_for(&taken, 2).await;

    let of = |number: u64| {
        bodies.iter().find(|(_, body)| body["type"] == number).map(|(_, body)| body["data"].clone())
    };
    assert_eq!(of(1).unwrap()["order_status"], "CANCEL");
    assert_eq!(of(11).unwrap()["cancel_status"], "CANCELLATION_REQUEST_COMPLETE");
}

#[tokio::test]
async fn an_audit_that_ends_by_itself_is_told_though_nobody_calls() {
    let client = Client::new("v202309").await;
    let (url, taken) = given_a_receiver(200).await;
    client.control("POST", "hooks", json!({ "url": url })).await;
    let (product, _) = client.create("A").await;

    client.control("POST", "time", json!({"advance_s": 4})).await;
    let bodies = wait_for(&taken, 3).await;

    let passed = bodies.iter().find(|(_, body)| body["type"] == 5).map(|(_, body)| &body["data"]).unwrap();
    assert_eq!(passed["status"], "PRODUCT_FIRST_PASS_REVIEW");
    assert_eq!(passed["product_id"].as_u64().unwrap().to_string(), product, "a number here");
    assert!(
        bodies.iter().any(|(_, body)| body["type"] == 37 && body["data"]["audit"]["status"] == "APPROVED")
    );
}

#[tokio::test]
async fn a_refused_webhook_comes_again_after_two_minutes() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(500).await;
    given_trade(&client).await;
    subscribe(&client, &url, "ORDER_STATUS_CHANGE").await;

    client.order(json!({"lines": [{"sku": "T", "units": 1}], "cod": true})).await;
    wait_for(&taken, 1).await;
    client.control("POST", "time", json!({"advance_s": 119})).await;
    let early = lock(&taken).len();
    client.control("POST", "time", json!({"advance_s": 2})).await;
    let late = wait_for(&taken, 2).await;

    assert_eq!((early, late.len()), (1, 2));
    assert_eq!(late[0].1["tts_notification_id"], late[1].1["tts_notification_id"]);
}

#[tokio::test]
async fn webhooks_come_twice_forged_or_not_at_all_when_asked() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(200).await;
    given_trade(&client).await;
    let order = json!({"lines": [{"sku": "T", "units": 1}], "cod": true});

    client.control("POST", "hooks", json!({"url": url, "mode": {"twice": true, "forge": true}})).await;
    client.order(order.clone()).await;
    let forged = wait_for(&taken, 2).await;
    client.control("POST", "hooks", json!({"mode": {"drop": true}})).await;
    client.order(order).await;
    flush(&client).await;

    assert_eq!(forged[0], forged[1]);
    let raw = lock(&taken)[0].1.clone();
    assert_ne!(forged[0].0, client.signer.sign_hook(&client.app_key, &raw));
    assert_eq!(lock(&taken).len(), 2);
}

#[tokio::test]
async fn a_seller_who_withdraws_is_told_of_and_a_subscription_can_end() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(200).await;
    subscribe(&client, &url, "ORDER_STATUS_CHANGE").await;
    subscribe(&client, &url, "SELLER_DEAUTHORIZATION").await;

    let ended = client
        .ask("DELETE", "/event/202309/webhooks", &[], json!({"event_type": "ORDER_STATUS_CHANGE"}))
        .await;
    let again = client
        .ask("DELETE", "/event/202309/webhooks", &[], json!({"event_type": "ORDER_STATUS_CHANGE"}))
        .await;
    let left = client.get("/event/202309/webhooks", &[]).await;
    let bad = subscribe(&client, "http://example.vn/hook", "ORDER_STATUS_CHANGE").await;
    client.control("POST", "shop/revoke", json!({})).await;
    let bodies = wait_for(&taken, 1).await;

    assert_eq!((ended["code"].clone(), again["code"].clone()), (json!(0), json!(0)));
    assert_eq!(left["data"]["total_count"], 1);
    assert_eq!(bad["code"], 36_009_004);
    assert_eq!(bodies[0].1["type"], 6);
}
