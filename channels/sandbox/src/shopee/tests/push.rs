//! Pushes, received by a small server of our own.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Client;
use crate::core::lock;

type Taken = Arc<Mutex<Vec<(String, String)>>>;

async fn given_a_receiver(status: u16) -> (String, Taken) {
    given_a_receiver_that_says(status, "").await
}

async fn given_a_receiver_that_says(status: u16, words: &'static str) -> (String, Taken) {
    let taken: Taken = Arc::default();
    let take = move |State(taken): State<Taken>, headers: HeaderMap, body: String| async move {
        lock(&taken).push((headers["authorization"].to_str().unwrap().to_owned(), body));
        (StatusCode::from_u16(status).unwrap(), words)
    };
    let app = Router::new().fallback(take).with_state(Arc::clone(&taken));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, taken)
}

fn orders_of(taken: &Taken) -> Vec<Value> {
    let bodies =
        lock(taken).iter().map(|(_, body)| serde_json::from_str::<Value>(body).unwrap()).collect::<Vec<_>>();
    bodies.into_iter().filter(|body| body["code"] == 3).collect()
}

#[tokio::test]
async fn a_new_address_is_verified_and_pushes_are_signed_over_address_and_body() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(200).await;
    client.seed("P", 5).await;

    let set = client
        .send(
            "push/set_app_push_config",
            true,
            &[],
            Some(json!({"callback_url": url, "set_push_config_on": [3]})),
        )
        .await
        .1;
    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    client.control("POST", "hooks/flush", json!({})).await;

    let taken = lock(&taken).clone();
    assert_eq!(set["response"]["result"], "success");
    assert!(taken[0].1.starts_with(r#"{"code":0,"#));
    assert!(taken[1].1.starts_with(r#"{"msg_id":""#));
    assert_eq!(taken[1].0, client.signer.sign_push(&url, &taken[1].1));
}

#[tokio::test]
async fn pushes_come_twice_or_forged_when_asked() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(200).await;
    client.seed("P", 5).await;
    client.control("POST", "hooks", json!({"url": url, "mode": {"twice": true, "forge": true}})).await;

    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    client.control("POST", "hooks/flush", json!({})).await;

    let last = lock(&taken).last().cloned().unwrap();
    assert_eq!(orders_of(&taken).len(), 2);
    assert_ne!(last.0, client.signer.sign_push(&url, &last.1));
}

#[tokio::test]
async fn a_push_that_nobody_takes_ends_in_the_lost_queue() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(500).await;
    client.seed("P", 5).await;
    client
        .send(
            "push/set_app_push_config",
            true,
            &[],
            Some(json!({"callback_url": url, "set_push_config_on": [3]})),
        )
        .await;
    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;

    for _ in 0..4 {
        client.control("POST", "hooks/flush", json!({})).await;
    }
    let lost = client.send("push/get_lost_push_message", true, &[], None).await.1["response"].clone();
    client
        .send(
            "push/confirm_consumed_lost_push_message",
            true,
            &[],
            Some(json!({"last_message_id": lost["last_message_id"]})),
        )
        .await;
    let rest = client.send("push/get_lost_push_message", true, &[], None).await.1;

    assert_eq!(orders_of(&taken).len(), 4);
    assert_eq!(lost["push_message_list"][0]["code"], 3);
    assert_eq!(rest["response"]["push_message_list"], json!([]));
}

#[tokio::test]
async fn an_answer_with_a_body_counts_as_none() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver_that_says(200, "ok").await;
    client.seed("P", 5).await;
    client.control("POST", "hooks", json!({"url": url})).await;

    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    client.control("POST", "hooks/flush", json!({})).await;
    client.control("POST", "hooks/flush", json!({})).await;

    assert!(orders_of(&taken).len() >= 2);
}

#[tokio::test]
async fn a_consent_that_ends_is_told_and_closes_the_shop() {
    let client = Client::new("quick").await;
    let (url, taken) = given_a_receiver(200).await;
    client.control("POST", "hooks", json!({"url": url})).await;

    client.control("POST", "shop/end_consent", json!({})).await;
    client.control("POST", "hooks/flush", json!({})).await;
    let reply = client.get("shop/get_shop_info", &[]).await;

    let last: Value = serde_json::from_str(&lock(&taken).last().unwrap().1).unwrap();
    assert_eq!((last["code"].as_i64(), last["data"]["authorize_type"].as_str()), (Some(2), Some("expiry")));
    assert!(last.get("shop_id").is_none());
    assert_eq!(reply["error"], "invalid_acceess_token");
}
