use base64::Engine as _;
use serde_json::Value;

use super::given_a_shop;
use crate::core::client::client;
use crate::woocommerce::oauth;
use crate::{Options, woocommerce};

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let reply = request.send().await.unwrap();
    (reply.status().as_u16(), serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or(Value::Null))
}

#[tokio::test]
async fn basic_is_deaf_on_plain_http_and_heard_over_tls() {
    let running = woocommerce::start(Options::default()).await.unwrap();
    let given = running.credentials();
    let url = format!("{}/wp-json/wc/v3/orders", running.base_url());
    let call = || {
        client()
            .unwrap()
            .get(&url)
            .basic_auth(given["consumer_key"].as_str().unwrap(), given["consumer_secret"].as_str())
    };

    let plain = answer(call()).await;
    let proxied = answer(call().header("x-forwarded-proto", "https")).await;

    assert_eq!((plain.0, plain.1["code"].as_str().unwrap()), (401, "woocommerce_rest_cannot_view"));
    assert_eq!(proxied.0, 200);
}

#[tokio::test]
async fn an_oauth_signature_is_heard_over_http_once_and_within_15_minutes() {
    let running = woocommerce::start(Options::default()).await.unwrap();
    let now = jiff::Timestamp::now().as_second();

    let good = answer(client().unwrap().get(signed(&running, now, "n1"))).await;
    let again = answer(client().unwrap().get(signed(&running, now, "n1"))).await;
    let late = answer(client().unwrap().get(signed(&running, now - 960, "n2"))).await;
    let forged =
        answer(client().unwrap().get(signed(&running, now, "n3").replace("per_page=20", "per_page=21")))
            .await;

    assert_eq!(good.0, 200, "{}", good.1);
    assert_eq!(again.1["message"], "Invalid nonce - nonce has already been used.");
    assert_eq!(late.1["message"], "Invalid timestamp.");
    assert_eq!(forged.1["message"], "Invalid signature - provided signature does not match.");
    assert_eq!(forged.0, 401);
}

fn signed(running: &crate::Running, timestamp: i64, nonce: &str) -> String {
    let given = running.credentials();
    let url = format!("{}/wp-json/wc/v3/orders", running.base_url());
    let pairs = [
        ("oauth_consumer_key", given["consumer_key"].as_str().unwrap().to_owned()),
        ("oauth_nonce", nonce.to_owned()),
        ("oauth_signature_method", "HMAC-SHA256".to_owned()),
        ("oauth_timestamp", timestamp.to_string()),
        ("per_page", "20".to_owned()),
    ];
    let pairs: Vec<(String, String)> =
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let base = oauth::base_string("GET", &url, &pairs);
    let signature =
        oauth::signature("HMAC-SHA256", given["consumer_secret"].as_str().unwrap(), &base).unwrap();
    let query: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{key}={}", oauth::encode(value))).collect();
    format!("{url}?{}&oauth_signature={}", query.join("&"), oauth::encode(&signature))
}

#[tokio::test]
async fn a_wrong_key_and_a_wrong_secret_sound_as_each_release_says() {
    let new = given_a_shop("wc11").await;
    let old = given_a_shop("wc7").await;
    let call = |url: String, key: &str| client().unwrap().get(url).basic_auth(key, Some("cs_wrong"));

    let unknown_new = answer(call(new.url("orders"), "ck_nobody")).await;
    let unknown_old = answer(call(old.url("orders"), "ck_nobody")).await;
    let secret = answer(call(new.url("orders"), &new.key)).await;

    assert_eq!((unknown_new.0, unknown_new.1["code"].as_str()), (401, Some("woocommerce_rest_cannot_view")));
    assert_eq!((unknown_old.0, unknown_old.1["code"].as_str()), (401, Some("invalid_username")));
    assert_eq!(secret.1["message"], "Consumer secret is invalid.");
}

#[tokio::test]
async fn a_read_key_may_not_write_and_a_stranger_may_not_look() {
    let mut shop = given_a_shop("wc11").await;
    let reader = shop.control("POST", "keys", serde_json::json!({ "permissions": "read" })).await;
    let stranger = shop.control("POST", "keys", serde_json::json!({ "manages": false })).await;

    shop.key = reader["consumer_key"].as_str().unwrap().to_owned();
    shop.secret = reader["consumer_secret"].as_str().unwrap().to_owned();
    let read = shop.get("products").await;
    let write = shop.post("products", serde_json::json!({ "name": "x" })).await;
    shop.key = stranger["consumer_key"].as_str().unwrap().to_owned();
    shop.secret = stranger["consumer_secret"].as_str().unwrap().to_owned();
    let look = shop.get("products").await;

    assert_eq!(read.0, 200);
    assert_eq!(write.1["message"], "The API key provided does not have write permissions.");
    assert_eq!((look.0, look.1["code"].as_str()), (403, Some("woocommerce_rest_cannot_view")));
}

#[tokio::test]
async fn pictures_are_uploaded_with_an_application_password_only() {
    let shop = given_a_shop("wc11").await;
    let given = shop.running.credentials();
    let url = format!("{}/wp-json/wp/v2/media", shop.running.base_url());
    let pixel = base64::engine::general_purpose::STANDARD
        .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
        .unwrap();
    let call = |user: &str, password: &str| {
        let request =
            client().unwrap().post(&url).basic_auth(user, Some(password)).header("content-type", "image/png");
        request
            .header("content-disposition", "attachment; filename=\"nón lá.png\"".to_owned())
            .body(pixel.clone())
    };

    let with_key = answer(call(&shop.key, &shop.secret)).await;
    let with_password =
        answer(call(given["username"].as_str().unwrap(), given["application_password"].as_str().unwrap()))
            .await;
    let id = with_password.1["id"].as_u64().unwrap();
    let product = shop.post("products", serde_json::json!({ "name": "Nón", "images": [{ "id": id }] })).await;
    let picture = reqwest::Client::clone(client().unwrap())
        .get(with_password.1["source_url"].as_str().unwrap())
        .send()
        .await
        .unwrap();

    assert_eq!((with_key.0, with_key.1["code"].as_str()), (401, Some("invalid_username")));
    assert_eq!(with_password.0, 201);
    assert_eq!(product.1["images"][0]["id"], id);
    assert_eq!(picture.bytes().await.unwrap(), pixel);
}
