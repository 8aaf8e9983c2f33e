//! Pushes, received by a small server of our own (spec 6).

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
        (StatusCode::from_u16(status).unwrap(), "whatever")
    };
    let app = Router::new().fallback(take).with_state(Arc::clone(&taken));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, taken)
}

async fn given_a_listener(status: u16, mode: Value) -> (Client, Taken) {
    let client = Client::new("quick").await;
    client.set(json!({"push_within_ms": 10_000})).await;
    client.seed("P", 20).await;
    let (url, taken) = given_a_receiver(status).await;
    client.control("POST", "hooks", json!({"url": url, "mode": mode})).await;
    (client, taken)
}

async fn flush(client: &Client) {
    client.control("POST", "hooks/flush", json!({})).await;
}

fn of_type(taken: &Taken, kind: u64) -> Vec<Value> {
    let bodies: Vec<Value> =
        lock(taken).iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
    bodies.into_iter().filter(|body| body["message_type"] == kind).collect()
}

#[tokio::test]
async fn each_row_is_a_message_signed_over_key_and_bytes() {
    let (client, taken) = given_a_listener(200, json!({})).await;

    let order = client.order(json!({"lines": [{"sku": "P", "units": 2}], "paid": true})).await;
    flush(&client).await;

    let messages = of_type(&taken, 0);
    assert_eq!(messages.len(), 2);
    assert_ne!(messages[0]["data"]["trade_order_line_id"], messages[1]["data"]["trade_order_line_id"]);
    assert_eq!(messages[0]["data"]["trade_order_id"], order.as_str());
    assert_eq!(
        (&messages[0]["seller_id"], &messages[0]["site"]),
        (&json!(client.seller), &json!("lazada_vn"))
    );
    for (sign, body) in lock(&taken).iter() {
        assert_eq!(*sign, client.signer.sign_push(&client.app_key, body.as_bytes()));
    }
}

#[tokio::test]
async fn pushes_come_twice_or_forged_or_never_when_asked() {
    let (client, taken) = given_a_listener(200, json!({"twice": true, "forge": true})).await;
    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    flush(&client).await;
    let forged = lock(&taken).clone();
    client.control("POST", "hooks", json!({"mode": {"drop": true}})).await;
    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    flush(&client).await;

    assert_eq!(of_type(&taken, 0).len(), 2);
    assert!(
        forged.iter().all(|(sign, body)| *sign != client.signer.sign_push(&client.app_key, body.as_bytes()))
    );
}

#[tokio::test]
async fn what_is_not_taken_comes_again_with_the_latest_status() {
    let (client, taken) = given_a_listener(500, json!({})).await;
    client.set(json!({"push_retries": 1})).await;
    let order = client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    flush(&client).await;
    client.control("POST", "push/mute", json!({"types": [0]})).await;
    client.control("POST", &format!("orders/{order}/cancel"), json!({})).await;
    flush(&client).await;
    flush(&client).await;

    let statuses: Vec<Value> =
        of_type(&taken, 0).iter().map(|message| message["data"]["order_status"].clone()).collect();
    assert_eq!(statuses, [json!("pending"), json!("canceled")], "twice, then given up");
}

#[tokio::test]
async fn nothing_is_sent_about_a_shop_that_took_its_consent_back() {
    let (client, taken) = given_a_listener(200, json!({"late_ms": 60_000})).await;
    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    client.control("POST", "shop/revoke", json!({})).await;
    flush(&client).await;

    assert!(lock(&taken).is_empty());
}

#[tokio::test]
async fn the_console_probes_with_dummy_values() {
    let (client, taken) = given_a_listener(200, json!({})).await;
    client.control("POST", "push/verify", json!({})).await;
    flush(&client).await;

    let probe = of_type(&taken, 0).remove(0);
    assert_eq!(
        (&probe["seller_id"], &probe["data"]["order_status"]),
        (&json!("9999"), &json!("This is a test message"))
    );
}

#[tokio::test]
async fn products_stock_reviews_returns_and_the_end_of_consent_are_told_too() {
    let (client, taken) = given_a_listener(200, json!({})).await;
    let made = client.create(&client.draft("MOI").await).await;
    let item = made["data"]["item_id"].clone();
    client.control("POST", &format!("listings/{item}/reject"), json!({"reasons": ["Ảnh mờ"]})).await;
    let order = client.order(json!({"lines": [{"sku": "P", "units": 18}], "paid": true})).await;
    client.control("POST", &format!("orders/{order}/complete"), json!({})).await;
    client.control("POST", &format!("orders/{order}/return"), json!({})).await;
    client.control("POST", "shop/warn_expiry", json!({})).await;
    flush(&client).await;

    assert_eq!(of_type(&taken, 3)[0]["data"]["sku_list"][0]["seller_sku"], "MOI");
    assert_eq!(of_type(&taken, 1)[0]["data"]["status"], "REJECTED");
    assert_eq!(of_type(&taken, 6)[0]["data"]["occupy_quantity"], 18);
    assert_eq!(of_type(&taken, 10)[0]["data"]["reverse_status"], "RTM_INIT");
    assert_eq!(of_type(&taken, 14)[0]["data"]["status"], "READY_TO_SHIP");
    assert_eq!(of_type(&taken, 8)[0]["seller_id"], "null");
}
