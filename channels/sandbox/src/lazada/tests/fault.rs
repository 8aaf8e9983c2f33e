//! Bad days, asked for (spec 9).

use serde_json::{Value, json};

use super::{Client, first_code};

const SELLABLE: &str = "/product/stock/sellable/update";

async fn code_under(client: &Client, fault: &str) -> Value {
    client.fault(json!({"kind": fault})).await;
    client.get("/seller/get", &[]).await["code"].clone()
}

#[tokio::test]
async fn the_platform_refuses_in_its_own_words() {
    let client = Client::new("quick").await;

    for (fault, code) in [
        ("throttle", "ApiCallLimit"),
        ("throttle_429", "SellerCallLimit"),
        ("server_error", "SystemError"),
        ("token_expired", "IllegalAccessToken"),
        ("revoked", "InsufficientPermission"),
        ("app_dead", "InvalidAppKey"),
        ("seller_limit", "SellerCallLimit"),
        ("app_limit", "AppCallLimit"),
        ("limit_901", "901"),
        ("timeout_before", "ServiceTimeout"),
        ("error_513", "513"),
        ("wrong_sign", "IncompleteSignature"),
        ("invalid_token", "InvalidAccessToken"),
    ] {
        assert_eq!(code_under(&client, fault).await, code, "{fault}");
    }
}

#[tokio::test]
async fn a_ban_lasts_as_long_as_it_says_for_every_call() {
    let client = Client::new("quick").await;
    let first = code_under(&client, "api_ban").await;
    let second = client.get("/rc/warehouse/get", &[]).await;
    client.control("POST", "time", json!({"advance_s": 1})).await;
    let third = client.get("/seller/get", &[]).await;

    assert_eq!(
        (first, &second["code"], &third["code"]),
        (json!("ApiCallLimit"), &json!("ApiCallLimit"), &json!("0"))
    );
    assert!(second["message"].as_str().unwrap().contains("this ban will last 1 seconds"));
}

#[tokio::test]
async fn a_path_is_switched_off_in_a_campaign_and_the_others_are_not() {
    let client = Client::new("quick").await;
    client.fault(json!({"kind": "switched_off", "after_ms": 60_000})).await;

    let off = client.get("/seller/get", &[]).await;
    let other = client.get("/rc/warehouse/get", &[]).await;
    let still = client.get("/seller/get", &[]).await;
    client.control("POST", "time", json!({"advance_s": 61})).await;
    let on = client.get("/seller/get", &[]).await;

    assert_eq!((&off["code"], &other["code"]), (&json!("998"), &json!("0")));
    assert_eq!((&still["code"], &on["code"]), (&json!("998"), &json!("0")));
}

#[tokio::test]
async fn a_timeout_may_come_after_the_effect() {
    let client = Client::new("quick").await;
    let (_, sku) = client.seed("A", 1).await;
    client.fault(json!({"kind": "timeout_after", "path": "sellable"})).await;

    let answer = client.skus(SELLABLE, json!([{"SkuId": sku, "SellableQuantity": 8}])).await;

    assert_eq!(answer["code"], "ServiceTimeout");
    assert_eq!(client.offer("A").await["stock"], 8);
}

#[tokio::test]
async fn half_a_batch_fails_beside_501_or_under_zero_or_without_a_name() {
    let client = Client::new("quick").await;
    let (_, first) = client.seed("A", 1).await;
    let (_, second) = client.seed("B", 1).await;
    let write = async |fault: &str, units: i64| {
        client.fault(json!({"kind": fault})).await;
        let rows = json!([{"SkuId": first, "SellableQuantity": units}, {"SkuId": second, "SellableQuantity": units}]);
        client.skus(SELLABLE, rows).await
    };

    let half = write("half_batch", 5).await;
    let held = (client.offer("A").await["stock"].clone(), client.offer("B").await["stock"].clone());
    let zero = write("detail_under_zero", 6).await;
    let stray = write("stray_failure", 7).await;

    assert_eq!((&half["code"], first_code(&half)), (&json!("501"), "E0501"));
    assert_eq!(held, (json!(5), json!(1)));
    assert_eq!((&zero["code"], &zero["detail"][0]["seller_sku"]), (&json!("0"), &json!("B")));
    assert!(stray["detail"][0].get("sku_id").is_none() && stray["detail"][0].get("seller_sku").is_none());
}

#[tokio::test]
async fn answers_can_be_dressed_as_the_documents_print_them_or_lack_their_data() {
    let client = Client::new("quick").await;
    client.fault(json!({"kind": "as_documented"})).await;
    let documented = client.get("/seller/get", &[]).await;
    client.fault(json!({"kind": "no_data"})).await;
    let bare = client.get("/seller/get", &[]).await;
    client.fault(json!({"kind": "extra_fields"})).await;
    let strange = client.get("/seller/get", &[]).await;

    assert_eq!(
        (&documented["data"]["seller_id"], &documented["data"]["cb"]),
        (&json!(client.seller), &json!("false"))
    );
    assert!(bare.get("data").is_none());
    assert!(strange.get("gw_region").is_some());
}

#[tokio::test]
async fn reads_can_be_stale_lists_late_empty_or_shifted() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("A", 1).await;
    client.seed("B", 1).await;
    client.skus(SELLABLE, json!([{"SkuId": sku, "SellableQuantity": 8}])).await;
    let list = async |fault: Value, args: &[(&str, &str)]| {
        client.fault(fault).await;
        client.get("/products/get", args).await["data"].clone()
    };
    client.fault(json!({"kind": "stale_read", "after_ms": 60_000})).await;
    let stale = client.get("/product/item/get", &[("item_id", &item.to_string())]).await;

    let late = list(json!({"kind": "index_lag", "after_ms": 60_000}), &[("filter", "all")]).await;
    let empty = list(json!({"kind": "empty_page"}), &[("filter", "all")]).await;
    let shifted =
        list(json!({"kind": "shift_page"}), &[("filter", "all"), ("offset", "1"), ("limit", "1")]).await;

    assert_eq!(stale["data"]["skus"][0]["quantity"], 1);
    assert_eq!((late, empty), (json!({}), json!({})));
    assert_eq!(shifted["products"][0]["skus"][0]["SellerSku"], "B", "the first page's row again");
}

#[tokio::test]
async fn one_order_is_unreadable_once_and_statuses_can_be_unheard_of() {
    let client = Client::new("quick").await;
    client.seed("A", 5).await;
    let order = client.order(json!({"lines": [{"sku": "A", "units": 1}], "paid": true})).await;
    client.control("POST", &format!("orders/{order}/garble"), json!({})).await;
    let list = format!("[{order}]");
    let read = async || client.get("/orders/items/get", &[("order_ids", &list)]).await["data"][0].clone();

    let garbled = read().await;
    let plain = read().await;
    client.fault(json!({"kind": "unknown_status"})).await;
    let strange = read().await;

    assert_eq!(garbled["order_id"].to_string(), order);
    assert!(garbled["order_items"].is_string());
    assert_eq!(plain["order_items"][0]["status"], "pending");
    assert_eq!(strange["order_items"][0]["status"], "awaiting_moon");
}

#[tokio::test]
async fn an_inactive_shop_answers_who_it_is_and_nothing_else() {
    let client = Client::new("quick").await;
    client.control("POST", "shop/close", json!({})).await;

    let who = client.get("/seller/get", &[]).await;
    let list = client.get("/products/get", &[("filter", "all")]).await;

    assert_eq!(who["data"]["status"], "INACTIVE");
    assert_eq!(list["code"], "SellerNotActive");
}

#[tokio::test]
async fn the_journal_knows_the_shop_the_purpose_and_the_verdict() {
    let client = Client::new("quick").await;
    let (_, sku) = client.seed("A", 1).await;
    client.control("DELETE", "journal", json!({})).await;
    client.get("/products/get", &[("filter", "all"), ("sku_seller_list", "[\"A\"]")]).await;
    client.skus(SELLABLE, json!([{"SkuId": sku, "SellableQuantity": -1}])).await;

    let calls = client.control("GET", "journal", json!({})).await;

    assert_eq!(
        (&calls[0]["shop"], &calls[0]["kind"], &calls[0]["rows"]),
        (&json!(client.seller), &json!("find"), &json!(1))
    );
    assert_eq!(
        (&calls[1]["shop"], &calls[1]["kind"], &calls[1]["error"]),
        (&json!(client.seller), &json!("stock"), &json!("501"))
    );
}
