use serde_json::{Value, json};

use super::given_a_shop;
use crate::core::client::client;

#[tokio::test]
async fn a_cut_before_has_no_effect_and_a_cut_after_has() {
    let shop = given_a_shop("wc11").await;
    shop.control("POST", "faults", json!({ "kind": "cut_before", "method": "POST" })).await;
    shop.control("POST", "faults", json!({ "kind": "cut_after", "method": "POST" })).await;
    let create = |sku: &str| {
        let request = client().unwrap().post(shop.url("products")).basic_auth(&shop.key, Some(&shop.secret));
        request
            .header("content-type", "application/json")
            .body(json!({ "name": sku, "sku": sku }).to_string())
            .send()
    };

    let (before, after) = (create("BEFORE").await, create("AFTER").await);

    assert!(before.is_err() && after.is_err());
    assert_eq!(shop.get("products?sku=BEFORE").await.1, json!([]));
    assert_eq!(shop.get("products?sku=AFTER").await.1.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_gateway_gives_up_and_the_work_goes_on() {
    let shop = given_a_shop("wc11").await;
    shop.control("POST", "faults", json!({ "kind": "gone_on", "after_ms": 3_600_000 })).await;

    let answered = shop.post("products", json!({ "name": "x", "sku": "LATE" })).await;
    let meanwhile = shop.get("products?sku=LATE").await;
    shop.control("POST", "time", json!({ "advance_s": 3600 })).await;
    let mut later = Value::Null;
    for _ in 0..200 {
        later = shop.get("products?sku=LATE").await.1;
        if later != json!([]) {
            break;
        }
    }

    assert_eq!((answered.0, meanwhile.1), (504, json!([])));
    assert_eq!(later.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn php_dies_in_the_middle_and_what_came_before_stays() {
    let shop = given_a_shop("wc11").await;
    shop.control("POST", "faults", json!({ "kind": "fatal_midway", "path": "batch", "after_ms": 2 })).await;

    let rows: Vec<Value> = (0..5).map(|n| json!({ "name": format!("n{n}") })).collect();
    let dead = shop.post("products/batch", json!({ "create": rows })).await;
    let left = shop.get("products").await;

    assert_eq!((dead.0, dead.1["code"].as_str()), (500, Some("internal_server_error")));
    assert_eq!(left.1.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn half_a_batch_fails_under_success() {
    let shop = given_a_shop("wc11").await;
    shop.control("POST", "faults", json!({ "kind": "half_batch" })).await;

    let half = shop.post("products/batch", json!({ "create": [{ "name": "a" }, { "name": "b" }] })).await;

    assert_eq!(half.0, 200);
    assert!(half.1["create"][0]["id"].as_u64().unwrap() > 0);
    assert_eq!(half.1["create"][1]["error"]["code"], "db_update_error");
}

#[tokio::test]
async fn a_stale_read_shows_the_old_figure() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("A", "1000", 5).await;
    shop.control("POST", "time", json!({ "advance_s": 5 })).await;
    shop.control("POST", "faults", json!({ "kind": "stale_read", "method": "GET", "after_ms": 3000 })).await;

    shop.put(&format!("products/{id}"), json!({ "stock_quantity": 2 })).await;

    assert_eq!(shop.stock(id).await, 5);
    assert_eq!(shop.stock(id).await, 2);
}

#[tokio::test]
async fn a_young_row_is_not_yet_found() {
    let shop = given_a_shop("wc11").await;
    shop.product("A", "1000", 5).await;
    shop.control(
        "POST",
        "faults",
        json!({ "kind": "index_lag", "path": "sku=", "after_ms": 60_000, "count": 2 }),
    )
    .await;

    let young = shop.get("products?sku=A").await;
    shop.control("POST", "time", json!({ "advance_s": 61 })).await;
    let grown = shop.get("products?sku=A").await;

    assert_eq!(young.1, json!([]));
    assert_eq!(grown.1.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn over_the_quota_the_host_says_so_and_the_journal_counts() {
    let shop = given_a_shop("wc11").await;
    shop.control("POST", "quota", json!({ "per_day": 2 })).await;

    shop.get("products").await;
    shop.put("products/1", json!({ "stock_quantity": 1 })).await;
    let over = shop.get("orders").await;
    let summary = shop.control("GET", "journal/summary", Value::Null).await;

    assert_eq!(over.0, 429);
    assert_eq!(
        (&summary["total"], &summary["over_limit"], &summary["throttled"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!((&summary["by_kind"]["stock"], &summary["by_kind"]["list"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_strange_status_a_garbled_order_and_a_skewed_clock_are_played() {
    let shop = given_a_shop("wc11").await;
    shop.product("A", "1000", 5).await;
    let order =
        shop.control("POST", "orders", json!({ "lines": [{ "sku": "A", "units": 1 }], "cod": true })).await;
    let path = format!("orders/{}", order["id"].as_str().unwrap());
    shop.control("POST", "faults", json!({ "kind": "unknown_status" })).await;

    let strange = shop.get(&path).await;
    shop.control("POST", &format!("{path}/garble"), json!({})).await;
    let garbled = shop.get(&path).await;
    let healed = shop.get(&path).await;

    assert_eq!(strange.1["status"], "dang-giao-hang");
    assert!(garbled.1["line_items"].is_string());
    assert!(healed.1["line_items"].is_array());
}

#[tokio::test]
async fn faults_of_hosts_and_plugins_answer_as_the_script_says() {
    let shop = given_a_shop("wc11").await;
    let arm = |fault: Value| shop.control("POST", "faults", fault);

    arm(json!({ "kind": "drop_auth" })).await;
    let deaf = shop.get("orders").await;
    arm(json!({ "kind": "tls_ended" })).await;
    let plain = shop.get("orders").await;
    arm(json!({ "kind": "woo_off" })).await;
    let off = shop.get("orders").await;
    arm(json!({ "kind": "forbidden_html", "method": "PUT" })).await;
    let blocked = shop.put("products/1", json!({})).await;
    arm(json!({ "kind": "batch_limit", "after_ms": 1 })).await;
    let small = shop.post("products/batch", json!({ "create": [{ "name": "a" }, { "name": "b" }] })).await;
    arm(json!({ "kind": "translated" })).await;
    let translated = shop.get("products/1").await;
    arm(json!({ "kind": "redirect" })).await;
    let moved = shop.post("products", json!({ "name": "a" })).await;
    let nothing = shop.get("products").await;

    assert_eq!((deaf.0, plain.0, blocked.0, moved.0), (401, 401, 403, 301));
    assert_eq!((off.0, off.1["code"].as_str()), (401, Some("invalid_username")));
    assert_eq!((small.0, small.1["code"].as_str()), (413, Some("woocommerce_rest_request_entity_too_large")));
    assert_eq!(translated.1["code"], "woocommerce_rest_product_invalid_id");
    assert!(translated.1["message"].as_str().unwrap().starts_with("Xin lỗi"));
    assert_eq!(nothing.1, json!([]));
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_undo_its_call() {
    let shop = given_a_shop("wc11").await;
    shop.control("POST", "latency", json!({ "ms": 100 })).await;
    let request = client().unwrap().post(shop.url("products")).basic_auth(&shop.key, Some(&shop.secret));
    let request = request
        .header("content-type", "application/json")
        .body(json!({ "name": "x", "sku": "GONE" }).to_string());

    let left = request.timeout(std::time::Duration::from_millis(30)).send().await;
    let mut found = json!([]);
    for _ in 0..20 {
        found = shop.get("products?sku=GONE").await.1;
        if found != json!([]) {
            break;
        }
    }

    assert!(left.is_err());
    assert_eq!(found.as_array().unwrap().len(), 1);
}
