//! Consents, tokens, and the gate.

use serde_json::{Value, json};

use super::{Client, Request};
use crate::core::client::client;

const SHOPS: Request<'static> =
    Request { method: "GET", path: "/authorization/202309/shops", query: &[], body: None, has_cipher: false };
const WAREHOUSES: Request<'static> =
    Request { method: "GET", path: "/logistics/202309/warehouses", query: &[], body: None, has_cipher: true };

async fn token(client: &Client, rest: &str) -> Value {
    let credentials = client.running.credentials();
    let (key, secret) =
        (credentials["app_key"].as_str().unwrap(), credentials["app_secret"].as_str().unwrap());
    let url = format!("{}/api/v2/token/{rest}&app_key={key}&app_secret={secret}", client.running.base_url());
    let reply = super::client().unwrap().get(url).send().await.unwrap();
    serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
}

async fn refreshed(client: &Client, refresh: &str) -> Value {
    token(client, &format!("refresh?grant_type=refresh_token&refresh_token={refresh}")).await
}

#[tokio::test]
async fn a_code_becomes_tokens_once_and_the_tokens_name_their_shops() {
    let mut client = Client::new("quick").await;
    let code = client.control("POST", "shop/consent", json!({})).await["code"].as_str().unwrap().to_owned();
    let path = format!("get?grant_type=authorized_code&auth_code={code}");

    let first = token(&client, &path).await;
    let second = token(&client, &path).await;

    assert_eq!(first["code"], 0);
    assert_eq!(first["data"]["user_type"], 0);
    let now_s = jiff::Timestamp::now().as_second();
    let left_s = first["data"]["access_token_expire_in"].as_i64().unwrap() - now_s;
    assert!((604_790..=604_801).contains(&left_s), "an absolute time, seven days ahead: {left_s}");
    assert_eq!(second["code"], 36_004_004);
    client.token = first["data"]["access_token"].as_str().unwrap().to_owned();
    let shops = client.send(SHOPS).await.1;
    assert_eq!(shops["data"]["shops"][0]["id"], client.shop_id.as_str());
    assert_eq!(shops["data"]["shops"][0]["cipher"], client.cipher.as_str());
}

#[tokio::test]
async fn a_code_ends_after_half_an_hour() {
    let client = Client::new("quick").await;
    let code = client.control("POST", "shop/consent", json!({})).await["code"].as_str().unwrap().to_owned();

    client.control("POST", "time", json!({"advance_s": 1801})).await;
    let late = token(&client, &format!("get?grant_type=authorized_code&auth_code={code}")).await;

    assert_eq!(late["code"], 36_004_004);
}

#[tokio::test]
async fn a_refresh_changes_both_tokens_and_the_old_access_token_has_a_minute() {
    let mut client = Client::new("quick").await;
    let old = client.refresh.clone();

    let first = refreshed(&client, &old).await;
    let again = refreshed(&client, &old).await;

    assert_eq!(first["code"], 0);
    assert_ne!(first["data"]["refresh_token"], old.as_str());
    assert_eq!(again["code"], 36_004_001);
    assert_eq!(client.send(SHOPS).await.1["code"], 0, "grace");
    client.control("POST", "time", json!({"advance_s": 61})).await;
    let (status, over) = client.send(SHOPS).await;
    assert_eq!((status, over["code"].clone()), (401, json!(105_002)));
    client.token = first["data"]["access_token"].as_str().unwrap().to_owned();
    assert_eq!(client.send(SHOPS).await.1["code"], 0);
}

#[tokio::test]
async fn a_token_ends_after_seven_days() {
    let client = Client::new("quick").await;

    client.control("POST", "time", json!({"advance_s": 7 * 86_400 + 1})).await;

    assert_eq!(client.send(SHOPS).await.1["code"], 105_002);
}

#[tokio::test]
async fn a_seller_who_withdraws_stops_her_shop_alone() {
    let client = Client::with_shops("quick", 2).await;
    let credentials = client.running.credentials();
    let other = credentials["shops"][1]["access_token"].as_str().unwrap().to_owned();

    client.control("POST", "shop/revoke", json!({})).await;
    let (status, gone) = client.send(SHOPS).await;
    let refresh = refreshed(&client, &client.refresh).await;

    assert_eq!((status, gone["code"].clone()), (400, json!(36_009_004)));
    assert!(gone["message"].as_str().unwrap().contains("access token"));
    assert_eq!(refresh["code"], 36_004_005);
    let url = client.url(SHOPS.path, client.query(&SHOPS, b""));
    let reply = super::client().unwrap().get(url).header("x-tts-access-token", other).send().await.unwrap();
    let reply: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
    assert_eq!(reply["code"], 0);
}

#[tokio::test]
async fn the_consent_page_redirects_with_code_and_state_or_with_the_refusal() {
    let client_ = Client::new("quick").await;
    let service = client_.running.credentials()["service_id"].as_str().unwrap().to_owned();
    let url = format!("{}/open/authorize?service_id={service}&state=x1", client_.running.base_url());
    let location = async || {
        let reply = client().unwrap().get(&url).send().await.unwrap();
        (reply.status().as_u16(), reply.headers()["location"].to_str().unwrap().to_owned())
    };

    let granted = location().await;
    client_.control("POST", "settings", json!({"consent_deny": true})).await;
    let denied = location().await;

    assert_eq!(granted.0, 302);
    assert!(granted.1.contains("code=ROW_") && granted.1.contains("state=x1"), "{}", granted.1);
    assert!(denied.1.contains("code=null") && denied.1.contains("error=auth_denied"), "{}", denied.1);
}

#[tokio::test]
async fn the_gate_refuses_in_its_order() {
    let mut client = Client::with_shops("quick", 2).await;
    let other = client.running.credentials()["shops"][1]["cipher"].as_str().unwrap().to_owned();
    let code = |reply: (u16, Value)| (reply.0, reply.1["code"].as_u64().unwrap());

    let unknown = client.send(Request { path: "/product/202309/nothing", ..SHOPS }).await;
    let old = client.send(Request { path: "/product/202212/categories", ..WAREHOUSES }).await;
    let method = client.send(Request { method: "PATCH", ..WAREHOUSES }).await;
    assert_eq!(code(unknown), (404, 36_009_009));
    assert_eq!(code(old), (400, 36_009_014));
    assert_eq!(code(method), (405, 36_009_010));
    assert_eq!(code(client.send(Request { has_cipher: true, ..SHOPS }).await), (400, 36_009_004));
    assert_eq!(code(client.send(Request { has_cipher: false, ..WAREHOUSES }).await), (200, 106_013));
    let own = std::mem::replace(&mut client.cipher, other);
    assert_eq!(code(client.send(WAREHOUSES).await), (200, 101_000));
    client.cipher = own;
    let key = std::mem::replace(&mut client.app_key, "nobody".to_owned());
    assert_eq!(client.send(WAREHOUSES).await.1["message"], "Invalid credentials. The 'app_key' is invalid.");
    client.app_key = key;
    assert_eq!(client.send(WAREHOUSES).await.1["code"], 0);
}

#[tokio::test]
async fn signatures_and_clocks_are_checked() {
    let mut client = Client::new("quick").await;
    let body = json!({"sku_ids": ["1"]}).to_string();
    let request = Request {
        method: "POST",
        path: "/product/202309/inventory/search",
        query: &[],
        body: None,
        has_cipher: true,
    };

    let signed_other = client.url(request.path, client.query(&request, b"{\"sku_ids\":[\"2\"]}"));
    let unsigned_body = client.url(request.path, client.query(&request, b""));
    assert_eq!(client.raw("POST", signed_other, body.clone()).await.1["code"], 106_001);
    assert_eq!(client.raw("POST", unsigned_body, body).await.1["code"], 106_001, "the scheme before 202309");
    for (skew_s, taken) in [(-280, true), (-320, false), (20, true), (40, false)] {
        client.skew_s = skew_s;
        let reply = client.send(WAREHOUSES).await.1;
        assert_eq!(reply["code"] == 0, taken, "{skew_s}: {reply}");
    }
    client.skew_s = 0;
    client.control("POST", "faults", json!({"kind": "clock_skew", "after_ms": 600_000})).await;
    let skewed = client.send(WAREHOUSES).await.1;
    assert!(skewed["message"].as_str().unwrap().starts_with("Invalid timestamp"));
}

#[tokio::test]
async fn a_missing_scope_and_a_closed_shop_are_told_apart() {
    let client = Client::new("quick").await;

    client.control("POST", "shop/scope", json!({"missing": ["seller.logistics"]})).await;
    let scope = client.send(WAREHOUSES).await.1;
    client.control("POST", "shop/scope", json!({"missing": []})).await;
    client.control("POST", "shop/close", json!({})).await;
    let closed = client.send(WAREHOUSES).await.1;

    assert_eq!(scope["code"], 105_005);
    assert_eq!(closed["code"], 12_052_700);
    assert_eq!(client.send(SHOPS).await.1["code"], 0, "its token still names it");
}
