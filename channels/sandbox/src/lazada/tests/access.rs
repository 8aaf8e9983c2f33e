//! Who is let in: signatures, clocks, tokens, consent (spec 1–3).

use serde_json::{Value, json};

use super::Client;
use crate::core::client::client;

const TREE: &str = "/category/tree/get";

#[tokio::test]
async fn a_signed_call_is_let_in_with_and_without_the_rest_prefix() {
    let client_of = Client::new("quick").await;
    let pairs = client_of.signed("/seller/get", true, &[]);
    let bare = client_of.running.base_url().to_owned() + "/seller/get";

    let with_prefix = client_of.get("/seller/get", &[]).await;
    let without = Client::read(client().unwrap().get(bare).query(&pairs)).await;

    assert_eq!(with_prefix["code"], "0", "{with_prefix}");
    assert_eq!(with_prefix["data"]["seller_id"].to_string(), client_of.seller);
    assert_eq!(without["data"], with_prefix["data"]);
}

#[tokio::test]
async fn every_missing_system_parameter_is_named() {
    let client_of = Client::new("quick").await;
    for name in ["app_key", "timestamp", "sign_method", "sign"] {
        let mut pairs = client_of.signed(TREE, false, &[]);
        pairs.retain(|(known, _)| known != name);

        let answer = Client::read(client().unwrap().get(client_of.url(TREE, &pairs))).await;

        assert_eq!(answer["code"], "MissingParameter");
        assert!(answer["message"].as_str().unwrap().contains(name), "{answer}");
    }
}

#[tokio::test]
async fn a_wrong_signature_key_path_or_verb_is_refused_under_http_200() {
    let client_of = Client::new("quick").await;
    let send = |pairs| {
        let request = client().unwrap().get(client_of.url(TREE, &pairs));
        async {
            let reply = request.send().await.unwrap();
            assert_eq!(reply.status(), 200);
            serde_json::from_slice::<Value>(&reply.bytes().await.unwrap()).unwrap()["code"].clone()
        }
    };
    let mut wrong = client_of.signed(TREE, false, &[]);
    wrong.last_mut().unwrap().1 = "0".repeat(64);
    let mut lower = client_of.signed(TREE, false, &[]);
    lower.last_mut().unwrap().1 = lower.last().unwrap().1.to_ascii_lowercase();
    let mut stranger = client_of.signed(TREE, false, &[]);
    stranger[0].1 = "1".to_owned();

    assert_eq!(send(wrong).await, "IncompleteSignature");
    assert_eq!(send(lower).await, "IncompleteSignature");
    assert_eq!(send(stranger).await, "InvalidAppKey");
    assert_eq!(client_of.get("/nowhere", &[]).await["code"], "InvalidApiPath");
    assert_eq!(client_of.get("/product/create", &[]).await["code"], "UnsupportedHTTPMethod");
    assert_eq!(client_of.post("/products/get", &[]).await["code"], "UnsupportedHTTPMethod");
}

#[tokio::test]
async fn a_clock_two_hours_off_is_refused_and_so_are_seconds() {
    let mut client_of = Client::new("quick").await;
    client_of.skew_ms = 7_100_000;
    let near = client_of.get("/seller/get", &[]).await;
    client_of.skew_ms = -7_300_000;
    let far = client_of.get("/seller/get", &[]).await;
    client_of.skew_ms = -jiff::Timestamp::now().as_millisecond() * 999 / 1000;
    let seconds = client_of.get("/seller/get", &[]).await;

    assert_eq!(near["code"], "0");
    assert_eq!(far["code"], "IllegalTimestamp");
    assert_eq!(seconds["code"], "IllegalTimestamp");
}

#[tokio::test]
async fn a_code_becomes_tokens_once_and_refreshing_does_not_prolong() {
    let client_of = Client::new("quick").await;
    let code = client_of.running.credentials()["shops"][0]["code"].as_str().unwrap().to_owned();

    let first = client_of.get_public("/auth/token/create", &[("code", &code)]).await;
    let again = client_of.get_public("/auth/token/create", &[("code", &code)]).await;
    client_of.control("POST", "time", json!({"advance_s": 1000})).await;
    let refresh = first["refresh_token"].as_str().unwrap();
    let renewed = client_of.get_public("/auth/token/refresh", &[("refresh_token", refresh)]).await;

    assert_eq!(first["expires_in"], 30 * 86_400);
    assert_eq!(first["refresh_expires_in"], 180 * 86_400);
    assert_eq!(first["country_user_info"][0]["seller_id"], client_of.seller.as_str());
    assert_eq!(again["code"], "InvalidCode");
    assert_eq!(renewed["expires_in"], 30 * 86_400);
    assert!(renewed["refresh_expires_in"].as_i64().unwrap() <= 180 * 86_400 - 1000);
    assert_eq!(renewed["country_user_info_list"], renewed["country_user_info"]);
}

#[tokio::test]
async fn tokens_end_by_the_clock_and_by_the_sellers_will() {
    let mut client_of = Client::new("quick").await;
    client_of.control("POST", "time", json!({"advance_s": 31 * 86_400})).await;
    let ended = client_of.get("/seller/get", &[]).await;
    let renewed = client_of.get_public("/auth/token/refresh", &[("refresh_token", &client_of.refresh)]).await;
    client_of.token = renewed["access_token"].as_str().unwrap().to_owned();
    let lives = client_of.get("/seller/get", &[]).await;
    client_of.control("POST", "shop/revoke", json!({})).await;
    let revoked = client_of.get("/seller/get", &[]).await;
    let refused = client_of.get_public("/auth/token/refresh", &[("refresh_token", &client_of.refresh)]).await;
    client_of.set(json!({"revoked_is_illegal_token": true})).await;
    let otherwise = client_of.get("/seller/get", &[]).await;

    assert_eq!(ended["code"], "IllegalAccessToken");
    assert_eq!(lives["code"], "0");
    assert_eq!(revoked["code"], "InsufficientPermission");
    assert_eq!(refused["code"], "IllegalRefreshToken");
    assert_eq!(otherwise["code"], "IllegalAccessToken");
}

#[tokio::test]
async fn the_browser_comes_back_with_a_code_and_the_state() {
    let client_of = Client::new("quick").await;
    let consent = |decision: &str| {
        let url = format!(
            "{}/oauth/authorize?response_type=code&client_id={}&redirect_uri=https%3A%2F%2Fganh.example%2Fcb&state=s1{decision}",
            client_of.running.base_url(),
            client_of.app_key
        );
        client().unwrap().get(url).send()
    };

    let agreed = consent("").await.unwrap();
    let refused = consent("&decision=deny").await.unwrap();
    client_of.set(json!({"auto_consent": false})).await;
    let asked = consent("").await.unwrap();

    let to = agreed.headers()["location"].to_str().unwrap().to_owned();
    let to = url::Url::parse(&to).unwrap();
    let found: std::collections::HashMap<_, _> = to.query_pairs().into_owned().collect();
    assert_eq!(found["state"], "s1");
    let tokens = client_of.get_public("/auth/token/create", &[("code", &found["code"])]).await;
    assert_eq!(tokens["code"], "0");
    assert!(refused.headers()["location"].to_str().unwrap().contains("error=access_denied"));
    assert_eq!(asked.status(), 200);
    assert!(asked.text().await.unwrap().contains("value=\"deny\""));
}

#[tokio::test]
async fn two_secrets_are_good_until_the_overlap_ends() {
    let client_of = Client::new("quick").await;
    client_of.control("POST", "apps/rotate", json!({"overlap_s": 60})).await;

    let during = client_of.get("/seller/get", &[]).await;
    client_of.control("POST", "time", json!({"advance_s": 61})).await;
    let after = client_of.get("/seller/get", &[]).await;

    assert_eq!(during["code"], "0");
    assert_eq!(after["code"], "IncompleteSignature");
}

#[tokio::test]
async fn a_token_speaks_for_its_app_and_shop_only() {
    let client_of = Client::with_shops("quick", 2).await;
    let other = client_of.control("POST", "apps", json!({"service": true})).await;
    let stranger = super::Signer::new(other["app_secret"].as_str().unwrap());
    let (item, _) = client_of.seed("A", 1).await;
    let mut pairs = client_of.system(true);
    pairs[0].1 = other["app_key"].as_str().unwrap().to_owned();
    let sorted: std::collections::BTreeMap<&str, &str> =
        pairs.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let sign = stranger.sign("/seller/get", sorted);
    pairs.push(("sign".to_owned(), sign));
    let foreign = Client::read(client().unwrap().get(client_of.url("/seller/get", &pairs))).await;
    let neighbour = Client::of(client_of.running, 1);

    let read = neighbour.get("/product/item/get", &[("item_id", &item.to_string())]).await;

    assert_eq!(foreign["code"], "IllegalAccessToken");
    assert_eq!(read["code"], "EDIT_ITEM_NOT_BELONG_SELLER");
}
