//! The gate and the tokens.

use serde_json::{Value, json};

use super::Client;
use crate::core::client::client as http;

impl Client {
    async fn renew(&self, token: &str) -> Value {
        let shop: u64 = self.shop_id.parse().unwrap();
        let partner: u64 = self.partner_id.parse().unwrap();
        let body = json!({"refresh_token": token, "partner_id": partner, "shop_id": shop});
        self.send("auth/access_token/get", true, &[], Some(body)).await.1
    }
}

#[tokio::test]
async fn the_gate_refuses_in_its_own_order() {
    let mut client = Client::new("quick").await;

    client.skew_s = -301;
    client.token = "nonsense".to_owned();
    let (status, late) = client.send("shop/get_shop_info", false, &[], None).await;
    client.skew_s = 0;
    let unknown = client.get("shop/get_shop_info", &[]).await;
    client.partner_id = "7".to_owned();
    let stranger = client.get("shop/get_shop_info", &[]).await;

    assert_eq!((status, late["message"].as_str()), (403, Some("Timestamp is expired.")));
    assert_eq!(unknown["error"], "invalid_acceess_token");
    assert_eq!(stranger["error"], "invalid_partner_id");
}

#[tokio::test]
async fn an_unknown_path_is_offline() {
    let client = Client::new("quick").await;

    let (status, reply) = client.send("product/get_attributes", false, &[], None).await;

    assert_eq!(status, 403);
    assert!(reply["message"].as_str().unwrap().contains("offline or the request path is incorrect"));
}

#[tokio::test]
async fn a_wrong_signature_is_told_as_such() {
    let client = Client::new("quick").await;

    let (_, reply) = client
        .send(
            "shop/get_shop_info",
            true,
            &[("access_token", &client.token), ("shop_id", &client.shop_id)],
            None,
        )
        .await;

    assert_eq!(reply["error"], "error_sign");
}

#[tokio::test]
async fn gateway_refusals_can_answer_200() {
    let mut client = Client::new("quick").await;
    client.control("POST", "settings", json!({"gateway_200": true})).await;
    client.token = "nonsense".to_owned();

    let (status, _) = client.send("shop/get_shop_info", false, &[], None).await;

    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_refresh_token_is_used_once_and_the_old_access_token_lives_on() {
    let client = Client::new("quick").await;

    let first = client.renew(&client.refresh).await;
    let second = client.renew(&client.refresh).await;
    let with_old = client.get("shop/get_shop_info", &[]).await;

    assert_eq!(first["expire_in"], 14_400);
    assert_eq!(second["message"], "Invalid refresh_token.");
    assert_eq!(with_old["region"], "VN");
}

#[tokio::test]
async fn moving_the_clock_ends_an_access_token() {
    let client = Client::new("quick").await;

    client.control("POST", "time", json!({"advance_s": 14_401})).await;
    let reply = client.get("shop/get_shop_info", &[]).await;

    assert_eq!(reply["error"], "invalid_acceess_token");
}

#[tokio::test]
async fn consent_comes_back_as_a_code_that_buys_a_pair() {
    let client = Client::new("quick").await;
    let redirect = "https://ganh.example.vn/back?mine=1";

    let path = "/api/v2/shop/auth_partner";
    let mut url = url::Url::parse(&format!("{}{path}", client.base_url)).unwrap();
    url.query_pairs_mut().extend_pairs(client.signed(path, true)).append_pair("redirect", redirect);
    let reply = http().unwrap().get(url).send().await.unwrap();
    let back = url::Url::parse(reply.headers()["location"].to_str().unwrap()).unwrap();
    let args: std::collections::HashMap<_, _> = back.query_pairs().into_owned().collect();
    let shop: u64 = args["shop_id"].parse().unwrap();
    let partner: u64 = client.partner_id.parse().unwrap();
    let body = json!({"code": args["code"], "partner_id": partner, "shop_id": shop});
    let (_, pair) = client.send("auth/token/get", true, &[], Some(body)).await;

    assert_eq!(args["mine"], "1");
    assert_eq!(pair["access_token"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn the_new_consent_link_needs_no_signature() {
    let sandbox = Client::new("quick").await;
    let url = format!(
        "{}/auth?auth_type=seller&partner_id={}&redirect_uri=https%3A%2F%2Fx.vn%2Fb&response_type=code&state=s1",
        sandbox.base_url, sandbox.partner_id
    );

    let reply = http().unwrap().get(url).send().await.unwrap();

    assert_eq!(reply.status(), 302);
    assert!(reply.headers()["location"].to_str().unwrap().contains("state=s1"));
}

#[tokio::test]
async fn one_app_has_several_shops() {
    let client = Client::with_shops("quick", 3).await;

    let (_, reply) =
        client.send("public/get_shops_by_partner", true, &[("page_size", "2"), ("page_no", "1")], None).await;

    assert_eq!(reply["authed_shop_list"].as_array().unwrap().len(), 2);
    assert_eq!(reply["more"], true);
}

#[tokio::test]
async fn a_throttle_comes_under_200_or_429() {
    let client = Client::new("quick").await;
    client.control("POST", "faults", json!({"kind": "throttle"})).await;
    client.control("POST", "faults", json!({"kind": "throttle_429"})).await;
    client.control("POST", "faults", json!({"kind": "daily_limit"})).await;

    let first = client.send("shop/get_shop_info", false, &[], None).await;
    let second = client.send("shop/get_shop_info", false, &[], None).await;
    let third = client.send("shop/get_shop_info", false, &[], None).await;

    assert_eq!((first.0, first.1["error"].as_str()), (200, Some("error_rate_limit")));
    assert_eq!((second.0, second.1["error"].as_str()), (429, Some("error_rate_limit")));
    assert_eq!(third.1["error"], "error_limit");
}

#[tokio::test]
async fn push_set_up_bears_a_shops_signature_too() {
    let client = Client::new("quick").await;

    let public = client.send("push/get_app_push_config", true, &[], None).await.1;
    let by_shop = client.send("push/get_app_push_config", false, &[], None).await.1;

    assert_eq!(public["response"]["live_push_status"], "Normal");
    assert_eq!(by_shop["response"]["live_push_status"], "Normal");
}

#[tokio::test]
async fn a_daily_quota_ends_with_its_own_code() {
    let client = Client::new("quick").await;
    client.control("POST", "quota", json!({"per_second": null, "burst": null, "per_day": 1})).await;

    let first = client.get("shop/get_shop_info", &[]).await;
    let second = client.get("shop/get_shop_info", &[]).await;

    assert_eq!(first["error"], "");
    assert_eq!(second["error"], "error_limit");
}

#[tokio::test]
async fn a_main_account_consents_for_all_its_shops() {
    let mut client = Client::with_shops("quick", 2).await;
    client.control("POST", "settings", json!({"consent_main": true})).await;
    let partner: u64 = client.partner_id.parse().unwrap();

    let url = format!(
        "{}/auth?partner_id={partner}&redirect_uri=https%3A%2F%2Fx.vn%2Fb&response_type=code&auth_type=seller",
        client.base_url
    );
    let reply = http().unwrap().get(url).send().await.unwrap();
    let back = url::Url::parse(reply.headers()["location"].to_str().unwrap()).unwrap();
    let args: std::collections::HashMap<_, _> = back.query_pairs().into_owned().collect();
    let main: u64 = args["main_account_id"].parse().unwrap();
    let body = json!({"code": args["code"], "partner_id": partner, "main_account_id": main});
    let (_, pair) = client.send("auth/token/get", true, &[], Some(body)).await;
    let shared = pair["refresh_token"].as_str().unwrap().to_owned();
    let first = client.renew(&shared).await;
    let again = client.renew(&shared).await;
    client.shop_id = pair["shop_id_list"][1].to_string();
    let other = client.renew(&shared).await;

    assert_eq!(first["error"], "");
    assert_eq!(again["message"], "Invalid refresh_token.");
    assert_eq!(other["error"], "");
}

#[tokio::test]
async fn consent_taken_back_closes_the_shop_at_once() {
    let client = Client::new("quick").await;

    client.control("POST", "shop/revoke", json!({})).await;
    let reply = client.get("shop/get_shop_info", &[]).await;

    assert_eq!(reply["error"], "shop_no_linked");
}

#[tokio::test]
async fn credentials_stay_the_same_until_they_are_used_up() {
    let client = Client::new("quick").await;

    let unused = client.running.credentials()["shops"][0]["refresh_token"].clone();
    client.renew(&client.refresh).await;
    let used = client.running.credentials()["shops"][0]["refresh_token"].clone();

    assert_eq!(unused, client.refresh);
    assert_ne!(used, client.refresh);
}

#[tokio::test]
async fn a_code_of_the_credentials_links_a_revoked_shop_again() {
    let client = Client::new("quick").await;
    client.control("POST", "shop/revoke", json!({})).await;
    let code = client.running.credentials()["shops"][0]["code"].clone();
    let still_revoked = client.get("shop/get_shop_info", &[]).await;

    let (partner, shop): (u64, u64) = (client.partner_id.parse().unwrap(), client.shop_id.parse().unwrap());
    let body = json!({"code": code, "partner_id": partner, "shop_id": shop});
    client.send("auth/token/get", true, &[], Some(body)).await;
    let linked = client.get("shop/get_shop_info", &[]).await;

    assert_eq!(still_revoked["error"], "shop_no_linked");
    assert_eq!(linked["error"], "");
}

#[tokio::test]
async fn the_same_seed_makes_the_same_keys() {
    let (one, two) = (Client::new("quick").await, Client::new("quick").await);

    assert_eq!(one.partner_id, two.partner_id);
    assert_eq!(one.running.credentials()["partner_key"], two.running.credentials()["partner_key"]);
    assert_eq!(one.shop_id, two.shop_id);
}
