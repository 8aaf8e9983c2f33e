//! Faults that this platform plays its own way.

use serde_json::{Value, json};

use super::{Client, Request};

async fn fault(client: &Client, fault: Value) {
    client.control("POST", "faults", fault).await;
}

#[tokio::test]
async fn too_fast_is_429_with_and_without_a_time_to_wait() {
    let client = Client::new("quick").await;
    let request = Request {
        method: "GET",
        path: "/logistics/202309/warehouses",
        query: &[],
        body: None,
        has_cipher: true,
    };

    fault(&client, json!({"kind": "throttle"})).await;
    let fast = client.send(request).await;
    client.control("POST", "quota", json!({"per_second": 0.001, "burst": 1})).await;
    client.send(request).await;
    let over = client.send(request).await;

    assert_eq!((fast.0, fast.1["code"].clone()), (429, json!(36_009_002)));
    assert_eq!((over.0, over.1["code"].clone()), (429, json!(36_009_002)));
}

#[tokio::test]
async fn our_own_codes_come_by_name() {
    let client = Client::new("quick").await;
    let cases = [
        ("bad_sign", 401, 106_001),
        ("ip_denied", 200, 36_009_033),
        ("shop_disabled", 200, 36_009_043),
        ("seller_inactive", 200, 12_052_700),
        ("timeout_408", 408, 36_009_007),
        ("scope_missing", 200, 105_005),
        ("server_error", 200, 36_009_003),
        ("token_expired", 401, 105_002),
        ("revoked", 400, 36_009_004),
        ("app_dead", 400, 36_009_004),
    ];
    for (kind, status, code) in cases {
        fault(&client, json!({ "kind": kind })).await;
        let request = Request {
            method: "GET",
            path: "/logistics/202309/warehouses",
            query: &[],
            body: None,
            has_cipher: true,
        };
        let reply = client.send(request).await;
        assert_eq!((reply.0, reply.1["code"].clone()), (status, json!(code)), "{kind}");
    }
}

#[tokio::test]
async fn every_second_sku_fails_under_success_or_a_stranger_is_named() {
    let client = Client::new("quick").await;
    let (product, skus) = client.create("A").await;
    let path = format!("/product/202309/products/{product}/inventory/update");
    let rows: Vec<Value> =
        skus.iter().map(|sku| json!({"id": sku, "inventory": [{"quantity": 3}]})).collect();

    fault(&client, json!({"kind": "half_batch"})).await;
    let half = client.post(&path, json!({ "skus": rows })).await;
    let (first, second) = (client.stock(&skus[0]).await, client.stock(&skus[1]).await);
    fault(&client, json!({"kind": "stray_failure"})).await;
    let stray = client.post(&path, json!({ "skus": rows })).await;

    assert_eq!((half["code"].clone(), half["data"]["errors"].as_array().unwrap().len()), (json!(0), 1));
    assert_eq!(half["data"]["errors"][0]["detail"]["sku_id"], skus[1].as_str());
    assert_eq!((first.0, second.0), (3, 40));
    assert!(!skus.contains(&stray["data"]["errors"][0]["detail"]["sku_id"].as_str().unwrap().to_owned()));
}

#[tokio::test]
async fn stale_reads_and_late_searches_show_the_old_world() {
    let client = Client::new("quick").await;
    let (product, skus) = client.create("A").await;
    client.control("POST", "time", json!({"advance_s": 100})).await;
    let path = format!("/product/202309/products/{product}/inventory/update");
    client.post(&path, json!({"skus": [{"id": skus[0], "inventory": [{"quantity": 3}]}]})).await;
    let search = async || {
        let query = [("page_size", "10")];
        let reply =
            client.ask("POST", "/product/202502/products/search", &query, json!({"status": "ALL"})).await;
        reply["data"]["total_count"].as_i64().unwrap()
    };

    fault(&client, json!({"kind": "stale_read", "after_ms": 50_000})).await;
    let stale = client.detail(&product).await["skus"][0]["inventory"][0]["quantity"].clone();
    fault(&client, json!({"kind": "index_lag", "after_ms": 200_000})).await;
    let late = search().await;

    assert_eq!((stale, late), (json!(40), 0));
    assert_eq!(client.stock(&skus[0]).await.0, 3);
    assert_eq!(search().await, 1);
}

#[tokio::test]
async fn pages_shift_and_are_empty_without_being_the_end() {
    let client = Client::new("quick").await;
    for number in 0..4 {
        let listing = json!({"title": "Hàng", "sku": format!("K{number}"), "price": 5000, "stock": 9});
        client.control("POST", "listings", listing).await;
        client.order(json!({"lines": [{"sku": format!("K{number}"), "units": 1}], "paid": true})).await;
    }
    let page = async || {
        let query = [("page_size", "3"), ("sort_order", "ASC")];
        let reply = client.ask("POST", "/order/202309/orders/search", &query, json!({})).await;
        let rows = reply["data"]["orders"].as_array().unwrap().clone();
        let ids: Vec<String> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        (ids, reply["data"]["total_count"].clone())
    };

    let plain = page().await.0;
    fault(&client, json!({"kind": "shift_page", "after_ms": 1})).await;
    let repeated = page().await.0;
    fault(&client, json!({"kind": "shift_page", "after_ms": -1})).await;
    let missed = page().await.0;
    fault(&client, json!({"kind": "empty_page"})).await;
    let empty = page().await;

    assert_eq!(repeated, [&plain[..1], &plain[..]].concat());
    assert_eq!(missed, plain[1..]);
    assert_eq!(empty, (Vec::new(), json!(4)));
}

#[tokio::test]
async fn optional_objects_may_be_null_and_unknown_words_come_up() {
    let client = Client::new("quick").await;
    let listing = json!({"title": "Hàng", "sku": "K", "price": 5000, "stock": 9});
    client.control("POST", "listings", listing).await;
    let order = client.order(json!({"lines": [{"sku": "K", "units": 1}], "paid": true})).await;

    fault(&client, json!({"kind": "null_fields"})).await;
    let blurred = client.order_seen(&order).await;
    fault(&client, json!({"kind": "unknown_status"})).await;
    let strange = client.order_seen(&order).await;
    client.control("POST", &format!("orders/{order}/garble"), json!({})).await;
    let garbled = client.order_seen(&order).await;

    assert!(blurred["recipient_address"].is_null() && blurred.get("packages").is_none());
    assert!(blurred.get("future_field").is_some());
    assert_eq!(strange["line_items"][0]["display_status"], "AWAITING_MOON");
    assert!(garbled["line_items"].is_string());
    assert!(client.order_seen(&order).await["line_items"].is_array(), "once");
}

#[tokio::test]
async fn a_quiet_change_moves_no_date_and_a_taken_down_product_stays_down() {
    let client = Client::new("quick").await;
    let listing = json!({"title": "Hàng", "sku": "K", "price": 5000, "stock": 9});
    let product = client.control("POST", "listings", listing).await["id"].as_str().unwrap().to_owned();
    let order = client.order(json!({"lines": [{"sku": "K", "units": 2}], "paid": true})).await;
    let before = client.order_seen(&order).await;
    client.control("POST", "time", json!({"advance_s": 100})).await;

    let line = before["line_items"][0]["id"].clone();
    client
        .control(
            "POST",
            &format!("orders/{order}/edit_quietly"),
            json!({"lines": [{"id": line, "units": 1}]}),
        )
        .await;
    let after = client.order_seen(&order).await;
    client.control("POST", &format!("listings/{product}/ban"), json!({"freeze": true})).await;
    let ids = json!({"product_ids": [product]});
    let up = client.post("/product/202309/products/activate", ids).await;

    assert_eq!(before["update_time"], after["update_time"]);
    assert_eq!(after["line_items"][0]["display_status"], "CANCELLED");
    assert_eq!(up["data"]["errors"][0]["code"], 12_052_901);
    assert_eq!(client.detail(&product).await["status"], "FREEZE");
}
