use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{Shop, given_a_shop};
use crate::core::lock;
use crate::woocommerce::webhook::sign;

type Mail = Vec<(HeaderMap, Vec<u8>)>;

#[derive(Clone)]
struct Receiver {
    mail: Arc<Mutex<Mail>>,
    status: Arc<Mutex<u16>>,
    url: String,
}

async fn given_a_receiver(status: u16) -> Receiver {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let receiver = Receiver { mail: Arc::default(), status: Arc::new(Mutex::new(status)), url };
    let app = Router::new().fallback(take).with_state(receiver.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    receiver
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    lock(&receiver.mail).push((headers, body.to_vec()));
    StatusCode::from_u16(*lock(&receiver.status)).unwrap()
}

/// A shop whose deliveries wait for a flush, with a webhook on `topic`.
async fn given_a_webhook(topic: &str, receiver: &Receiver) -> (Shop, u64) {
    let shop = given_a_shop("wc11").await;
    shop.control("POST", "hooks", json!({ "mode": { "late_ms": 3_600_000 } })).await;
    let body = json!({ "name": "g", "topic": topic, "delivery_url": receiver.url, "secret": "s3cret" });
    let (status, made) = shop.post("webhooks", body).await;
    assert_eq!(status, 201, "{made}");
    assert!(made.get("secret").is_none());
    (shop, made["id"].as_u64().unwrap())
}

async fn flush(shop: &Shop) {
    shop.control("POST", "hooks/flush", Value::Null).await;
}

#[tokio::test]
async fn a_ping_is_an_unsigned_form_repeated_until_answered_200() {
    let receiver = given_a_receiver(500).await;
    let (shop, id) = given_a_webhook("order.updated", &receiver).await;

    flush(&shop).await;
    *lock(&receiver.status) = 200;
    shop.put(&format!("webhooks/{id}"), json!({ "name": "h" })).await;
    flush(&shop).await;
    shop.put(&format!("webhooks/{id}"), json!({ "name": "i" })).await;
    flush(&shop).await;

    let mail = lock(&receiver.mail).clone();
    assert_eq!(mail.len(), 2);
    assert_eq!(mail[0].1, format!("webhook_id={id}").into_bytes());
    assert_eq!(mail[0].0["content-type"], "application/x-www-form-urlencoded");
    assert!(mail[0].0.get("x-wc-webhook-signature").is_none());
}

#[tokio::test]
async fn changes_that_wait_are_merged_and_arrive_signed_with_the_last_state() {
    let receiver = given_a_receiver(200).await;
    let (shop, _) = given_a_webhook("order.updated", &receiver).await;
    shop.product("A", "1000", 9).await;
    let order =
        shop.control("POST", "orders", json!({ "lines": [{ "sku": "A", "units": 1 }], "cod": true })).await;
    let id = order["id"].as_str().unwrap();
    flush(&shop).await;
    lock(&receiver.mail).clear();

    shop.control("POST", &format!("orders/{id}/complete"), json!({})).await;
    shop.control("POST", &format!("orders/{id}/cancel"), json!({})).await;
    flush(&shop).await;

    let mail = lock(&receiver.mail).clone();
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].0["x-wc-webhook-signature"], sign("s3cret", &mail[0].1));
    assert_eq!(mail[0].0["x-wc-webhook-topic"], "order.updated");
    let body: Value = serde_json::from_slice(&mail[0].1).unwrap();
    assert_eq!(body["status"], "cancelled");
    assert!(String::from_utf8(mail[0].1.clone()).unwrap().is_ascii());
}

#[tokio::test]
async fn an_order_that_is_gone_arrives_as_a_signed_error_and_a_bin_as_a_bare_id() {
    let receiver = given_a_receiver(200).await;
    let (shop, _) = given_a_webhook("order.created", &receiver).await;
    let bins = json!({ "topic": "product.deleted", "delivery_url": receiver.url, "secret": "s3cret" });
    shop.post("webhooks", bins).await;
    let item = shop.product("A", "1000", 9).await;
    flush(&shop).await;
    lock(&receiver.mail).clear();

    let order =
        shop.control("POST", "orders", json!({ "lines": [{ "sku": "A", "units": 1 }], "cod": true })).await;
    shop.delete(&format!("orders/{}?force=true", order["id"].as_str().unwrap())).await;
    flush(&shop).await;
    shop.delete(&format!("products/{item}")).await;
    flush(&shop).await;

    let mail = lock(&receiver.mail).clone();
    let gone: Value = serde_json::from_slice(&mail[0].1).unwrap();
    assert_eq!(gone["code"], "woocommerce_rest_shop_order_invalid_id");
    assert_eq!(mail[0].0["x-wc-webhook-signature"], sign("s3cret", &mail[0].1));
    assert_eq!(mail[1].1, format!("{{\"id\":{item}}}").into_bytes());
}

#[tokio::test]
async fn the_seventh_failure_switches_off_and_re_enabling_keeps_the_count() {
    let receiver = given_a_receiver(500).await;
    let (shop, hook) = given_a_webhook("product.updated", &receiver).await;
    let item = shop.product("A", "1000", 9).await;
    let path = format!("webhooks/{hook}");
    for units in 0..6 {
        shop.put(&format!("products/{item}"), json!({ "stock_quantity": units })).await;
        flush(&shop).await;
    }
    let after_six = shop.get(&path).await.1;

    shop.put(&format!("products/{item}"), json!({ "stock_quantity": 7 })).await;
    flush(&shop).await;
    let after_seven = shop.get(&path).await.1;
    shop.put(&path, json!({ "status": "active" })).await;
    shop.put(&format!("products/{item}"), json!({ "stock_quantity": 8 })).await;
    flush(&shop).await;
    let after_one_more = shop.get(&path).await.1;

    assert_eq!(after_six["status"], "active");
    assert_eq!(after_seven["status"], "disabled");
    assert_eq!(after_one_more["status"], "disabled");
}
