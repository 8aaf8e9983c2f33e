//! Orders: placed, listed, shipped, cancelled.

use serde_json::{Value, json};

use super::Client;

impl Client {
    async fn detail(&self, sn: &str, fields: &str) -> Value {
        let args = [("order_sn_list", sn), ("response_optional_fields", fields)];
        self.get("order/get_order_detail", &args).await["response"]["order_list"][0].clone()
    }

    async fn list(&self, more: &[(&str, &str)]) -> Value {
        let now = jiff::Timestamp::now().as_second();
        let (from, to) = ((now - 86_400).to_string(), (now + 3_600).to_string());
        let mut args = vec![
            ("time_range_field", "update_time"),
            ("time_from", &from),
            ("time_to", &to),
            ("response_optional_fields", "order_status"),
        ];
        args.extend_from_slice(more);
        self.get("order/get_order_list", &args).await["response"].clone()
    }
}

#[tokio::test]
async fn an_unpaid_order_takes_stock_and_a_cancelled_one_gives_it_back() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;

    let sn = client.order(json!({"lines": [{"sku": "P", "units": 3}]})).await;
    let placed = client.stocks().await["P"];
    client.control("POST", &format!("orders/{sn}/cancel"), json!({})).await;

    assert_eq!(placed, 2);
    assert_eq!(client.stocks().await["P"], 5);
}

#[tokio::test]
async fn an_order_beyond_the_stock_is_refused_and_nothing_is_oversold() {
    let client = Client::new("quick").await;
    client.seed("P", 2).await;

    let (status, _) = client
        .running
        .control_status("POST", "orders", Some(json!({"lines": [{"sku": "P", "units": 3}]})))
        .await;
    let books = client.control("GET", "books", json!({})).await;

    assert_eq!(status, 409);
    assert_eq!((books["oversold_units"].as_i64(), books["sold_units"].as_i64()), (Some(0), Some(0)));
}

#[tokio::test]
async fn a_detail_has_only_the_fields_that_were_named() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 1}], "cod": true})).await;

    let bare = client.detail(&sn, "").await;
    let full = client.detail(&sn, "item_list,recipient_address,total_amount").await;

    assert!(bare.get("item_list").is_none());
    assert_eq!(full["item_list"][0]["model_id"], 0);
    assert_eq!(full["item_list"][0]["item_sku"], "P");
    assert_eq!(full["total_amount"], 72_000);
    assert!(full["recipient_address"]["phone"].as_str().unwrap().starts_with("**"));
}

#[tokio::test]
async fn pending_orders_show_only_when_asked_for() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client
        .order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true, "more": {"pending": true}}))
        .await;

    let plain = client.list(&[("page_size", "10")]).await;
    let asked = client.list(&[("page_size", "10"), ("request_order_status_pending", "true")]).await;
    let detail = client.detail(&sn, "").await;

    assert_eq!(plain["order_list"][0]["order_status"], "READY_TO_SHIP");
    assert_eq!(asked["order_list"][0]["order_status"], "PENDING");
    assert_eq!(detail["order_status"], "READY_TO_SHIP");
}

#[tokio::test]
async fn a_cursor_walks_over_all_orders_once() {
    let client = Client::new("quick").await;
    client.seed("P", 50).await;
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await);
    }

    let mut seen = Vec::new();
    let mut cursor = String::new();
    for _ in 0..3 {
        let page = client.list(&[("page_size", "2"), ("cursor", &cursor)]).await;
        seen.extend(
            page["order_list"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["order_sn"].as_str().unwrap().to_owned()),
        );
        cursor = page["next_cursor"].as_str().unwrap().to_owned();
    }

    assert_eq!(seen, placed);
    assert_eq!(cursor, "");
}

#[tokio::test]
async fn a_window_is_at_most_fifteen_days() {
    let client = Client::new("quick").await;

    let reply = client
        .get(
            "order/get_order_list",
            &[
                ("time_range_field", "create_time"),
                ("time_from", "0"),
                ("time_to", "1296001"),
                ("page_size", "10"),
            ],
        )
        .await;

    assert_eq!(reply["error"], "order.order_list_invalid_time");
}

#[tokio::test]
async fn unknown_orders_are_not_found() {
    let client = Client::new("quick").await;

    let reply = client.get("order/get_order_detail", &[("order_sn_list", "2601010ABCDEFG")]).await;

    assert_eq!(reply["error"], "error_not_found");
}

#[tokio::test]
async fn a_parcel_is_arranged_labelled_and_delivered() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;

    let parameter = client.get("logistics/get_shipping_parameter", &[("order_sn", &sn)]).await;
    let address = &parameter["response"]["pickup"]["address_list"][0];
    let pickup = json!({"address_id": address["address_id"], "pickup_time_id": address["time_slot_list"][0]["pickup_time_id"]});
    let both =
        client.post("logistics/ship_order", json!({"order_sn": sn, "pickup": pickup, "dropoff": {}})).await;
    let shipped = client.post("logistics/ship_order", json!({"order_sn": sn, "pickup": pickup})).await;
    let again = client.post("logistics/ship_order", json!({"order_sn": sn, "pickup": pickup})).await;
    let tracking = client.get("logistics/get_tracking_number", &[("order_sn", &sn)]).await["response"]["tracking_number"].clone();
    let rows = json!({"order_list": [{"order_sn": sn, "tracking_number": tracking}]});
    let early = client.post("logistics/download_shipping_document", rows.clone()).await;
    client.post("logistics/create_shipping_document", rows.clone()).await;
    let ready = client.post("logistics/get_shipping_document_result", rows).await;
    client.control("POST", &format!("orders/{sn}/deliver"), json!({})).await;

    assert_eq!(both["error"], "logistics.ship_order_only_support_one_type");
    assert_eq!(shipped["error"], "");
    assert_eq!(again["error"], "logistics.package_already_shipped");
    assert_eq!(early["error"], "common.batch_api_all_failed");
    assert_eq!(ready["response"]["result_list"][0]["status"], "READY");
    assert_eq!(client.detail(&sn, "").await["order_status"], "TO_CONFIRM_RECEIVE");
}

#[tokio::test]
async fn a_buyers_wish_to_cancel_waits_for_the_seller() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;

    let early =
        client.post("order/handle_buyer_cancellation", json!({"order_sn": sn, "operation": "ACCEPT"})).await;
    client.control("POST", &format!("orders/{sn}/ask_cancel"), json!({"reason": "đổi ý"})).await;
    let asked = client.detail(&sn, "buyer_cancel_reason").await;
    let rejected =
        client.post("order/handle_buyer_cancellation", json!({"order_sn": sn, "operation": "REJECT"})).await;

    assert_eq!(early["error"], "order.cancel_order_invalid_status");
    assert_eq!(
        (asked["order_status"].as_str(), asked["buyer_cancel_reason"].as_str()),
        (Some("IN_CANCEL"), Some("đổi ý"))
    );
    assert_eq!(rejected["error"], "");
    assert_eq!(client.detail(&sn, "").await["order_status"], "READY_TO_SHIP");
}

#[tokio::test]
async fn a_seller_cancels_part_of_an_order() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 3}], "paid": true})).await;

    let body = json!({"order_sn": sn, "cancel_reason": "OUT_OF_STOCK", "partial_cancel_item_list": [{"item_id": item, "model_id": 0, "model_quantity": 1}]});
    let reply = client.post("order/cancel_order", body).await;
    let line = client.detail(&sn, "item_list").await["item_list"][0].clone();

    assert_eq!(reply["error"], "");
    assert_eq!((line["active_qty"].as_i64(), line["cancelled_qty"].as_i64()), (Some(2), Some(1)));
    assert_eq!(client.stocks().await["P"], 3);
}

#[tokio::test]
async fn returned_goods_are_listed() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 2}], "paid": true})).await;
    client.control("POST", &format!("orders/{sn}/deliver"), json!({})).await;

    client.control("POST", &format!("orders/{sn}/return"), json!({"lines": [{"id": "P", "units": 1}]})).await;
    let list = client.get("returns/get_return_list", &[("page_no", "0"), ("page_size", "40")]).await;

    assert_eq!(list["response"]["return"][0]["item"][0]["amount"], 1);
    assert_eq!(client.detail(&sn, "").await["order_status"], "TO_RETURN");
}

#[tokio::test]
async fn buyers_buy_until_nothing_is_left() {
    let client = Client::new("quick").await;
    client.seed("P", 3).await;

    let done = client.control("POST", "buy", json!({"n": 10, "max_units": 1})).await;

    assert_eq!((done["units"].as_i64(), done["refused"].as_i64()), (Some(3), Some(7)));
    assert_eq!(client.stocks().await["P"], 0);
}

#[tokio::test]
async fn a_quiet_edit_leaves_the_update_time_alone() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 3}], "paid": true})).await;
    let before = client.detail(&sn, "").await["update_time"].clone();

    client.control("POST", "time", json!({"advance_s": 60})).await;
    client
        .control("POST", &format!("orders/{sn}/edit_quietly"), json!({"lines": [{"id": "P", "units": 2}]}))
        .await;
    let after = client.detail(&sn, "item_list").await;

    assert_eq!(after["update_time"], before);
    assert_eq!(after["item_list"][0]["cancelled_qty"], 2);
    assert_eq!(client.stocks().await["P"], 4);
}

#[tokio::test]
async fn a_garbled_order_reads_well_the_second_time() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    client.control("POST", &format!("orders/{sn}/garble"), json!({})).await;

    let first = client.detail(&sn, "item_list").await;
    let second = client.detail(&sn, "item_list").await;

    assert!(first["item_list"].is_string());
    assert!(second["item_list"].is_array());
}

#[tokio::test]
async fn a_split_order_ships_parcel_by_parcel() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    client.seed("Q", 5).await;
    let lines = json!([{"sku": "P", "units": 1}, {"sku": "Q", "units": 1}]);
    let sn = client.order(json!({"lines": lines, "paid": true, "more": {"parcels": 2}})).await;
    let parcels = client.detail(&sn, "package_list").await["package_list"].clone();
    let parameter = client
        .get(
            "logistics/get_shipping_parameter",
            &[("order_sn", &sn), ("package_number", parcels[0]["package_number"].as_str().unwrap())],
        )
        .await;
    let slot =
        &parameter["response"]["pickup"]["address_list"][0]["time_slot_list"][0]["pickup_time_id"].clone();
    let ship = |number: Value| json!({"order_sn": sn, "package_number": number, "pickup": {"address_id": 2826, "pickup_time_id": slot}});

    let bare = json!({"order_sn": sn, "pickup": {"address_id": 2826, "pickup_time_id": slot}});
    let unnamed = client.post("logistics/ship_order", bare).await;
    client.post("logistics/ship_order", ship(parcels[0]["package_number"].clone())).await;
    let half = client.detail(&sn, "").await["order_status"].clone();
    client.post("logistics/ship_order", ship(parcels[1]["package_number"].clone())).await;

    assert_eq!(unnamed["error"], "logistics.ship_order_need_pacakge_number");
    assert_eq!(half, "READY_TO_SHIP");
    assert_eq!(client.detail(&sn, "").await["order_status"], "PROCESSED");
}

#[tokio::test]
async fn an_order_seen_late_is_not_found_first() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let sn = client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true})).await;
    let fault = json!({"kind": "stale_read", "path": "get_order_detail", "after_ms": 60_000});
    client.control("POST", "faults", fault).await;

    let first = client.get("order/get_order_detail", &[("order_sn_list", &sn)]).await;
    let second = client.get("order/get_order_detail", &[("order_sn_list", &sn)]).await;

    assert_eq!(first["error"], "error_not_found");
    assert_eq!(second["error"], "");
}

#[tokio::test]
async fn an_order_of_last_month_lies_in_last_months_window() {
    let client = Client::new("quick").await;
    client.seed("P", 5).await;
    let past = jiff::Timestamp::now().as_second() - 40 * 86_400;
    let placed_at = jiff::Timestamp::from_second(past).unwrap().to_string();
    client.order(json!({"lines": [{"sku": "P", "units": 1}], "paid": true, "placed_at": placed_at})).await;

    let (from, to) = ((past - 60).to_string(), (past + 60).to_string());
    let args =
        [("time_range_field", "create_time"), ("time_from", &*from), ("time_to", &*to), ("page_size", "10")];
    let old = client.get("order/get_order_list", &args).await;
    let new = client.list(&[("page_size", "10")]).await;

    assert_eq!(old["response"]["order_list"].as_array().unwrap().len(), 1);
    assert_eq!(new["order_list"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn units_sold_and_left_add_up_while_many_buy_and_read_at_once() {
    let client = std::sync::Arc::new(Client::new("quick").await);
    client.seed("P", 500).await;

    let buyers: Vec<_> = (0..8)
        .map(|seed| {
            let client = std::sync::Arc::clone(&client);
            tokio::spawn(async move {
                client.control("POST", "buy", json!({"n": 100, "seed": seed, "max_units": 3})).await;
                let credentials = client.running.credentials();
                (credentials, client.get("shop/get_shop_info", &[]).await)
            })
        })
        .collect();
    for buyer in buyers {
        assert_eq!(buyer.await.unwrap().1["error"], "");
    }
    let books = client.control("GET", "books", json!({})).await;

    assert_eq!(books["sold_units"].as_i64().unwrap() + client.stocks().await["P"], 500);
    assert_eq!(books["oversold_units"], 0);
}
