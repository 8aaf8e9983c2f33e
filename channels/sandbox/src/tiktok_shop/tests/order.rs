//! Orders, parcels, cancellations, returns.

use serde_json::{Value, json};

use super::Client;

async fn given_stock(client: &Client, sku: &str) -> String {
    let listing = json!({"title": "Trà Tân Cương", "sku": sku, "price": 90_000, "stock": 10});
    let id = client.control("POST", "listings", listing).await["id"].as_str().unwrap().to_owned();
    client.detail(&id).await["skus"][0]["id"].as_str().unwrap().to_owned()
}

fn wish(sku: &str, units: i64) -> Value {
    json!({"lines": [{"sku": sku, "units": units}], "paid": true})
}

async fn package_of(client: &Client, order: &str) -> String {
    client.order_seen(order).await["packages"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_has_a_line_a_unit_and_its_money_adds_up() {
    let client = Client::new("quick").await;
    let sku = given_stock(&client, "T").await;

    let mut wanted = wish("T", 3);
    wanted["more"] = json!({"platform_discount": 4_000});
    let order = client.order(wanted).await;
    let seen = client.order_seen(&order).await;

    assert_eq!(seen["status"], "AWAITING_SHIPMENT");
    assert_eq!(seen["line_items"].as_array().unwrap().len(), 3);
    assert_eq!(seen["line_items"][0]["sale_price"], "86000");
    assert_eq!(seen["payment"]["sub_total"], "258000");
    assert_eq!(seen["payment"]["total_amount"], "275000");
    assert_eq!(seen["recipient_address"]["name"], "N***n A");
    assert_eq!(client.stock(&sku).await, (7, 3));
}

#[tokio::test]
async fn an_unpaid_order_is_paid_held_released_shipped_and_delivered() {
    let client = Client::new("v202309").await;
    let sku = given_stock(&client, "T").await;
    let order = client.order(json!({"lines": [{"sku": "T", "units": 2}]})).await;
    let status = async || client.order_seen(&order).await["status"].as_str().unwrap().to_owned();

    assert_eq!(status().await, "UNPAID");
    assert_eq!(client.stock(&sku).await, (8, 2));
    client.control("POST", &format!("orders/{order}/pay"), json!({})).await;
    assert_eq!(status().await, "ON_HOLD");
    assert!(client.order_seen(&order).await.get("recipient_address").is_none());
    client.control("POST", "time", json!({"advance_s": 61})).await;
    assert_eq!(status().await, "AWAITING_SHIPMENT");
    let package = package_of(&client, &order).await;
    let label = format!("/fulfillment/202309/packages/{package}/shipping_documents");
    let label = async || client.get(&label, &[("document_type", "SHIPPING_LABEL")]).await;
    assert_eq!(label().await["code"], 21_023_035);
    let ship = format!("/fulfillment/202309/packages/{package}/ship");
    assert_eq!(client.post(&ship, json!({"handover_method": "DROP_OFF"})).await["code"], 0);
    assert_eq!(client.post(&ship, json!({})).await["code"], 21_011_006);
    assert_eq!(status().await, "AWAITING_COLLECTION");
    assert_eq!(label().await["code"], 21_023_022, "the label lags");
    client.control("POST", "time", json!({"advance_s": 3})).await;
    assert!(label().await["data"]["doc_url"].as_str().unwrap().ends_with(".pdf"));
    assert_eq!(client.stock(&sku).await, (8, 2), "committed until the carrier has it");
    client.control("POST", &format!("orders/{order}/ship"), json!({})).await;
    assert_eq!((status().await, client.stock(&sku).await), ("IN_TRANSIT".to_owned(), (8, 0)));
    client.control("POST", &format!("orders/{order}/complete"), json!({})).await;
    assert_eq!(status().await, "COMPLETED");
}

#[tokio::test]
async fn the_search_walks_a_half_open_window_in_either_direction() {
    let client = Client::new("quick").await;
    given_stock(&client, "T").await;
    let at = |second: i64| jiff::Timestamp::from_second(second).unwrap().to_string();
    for second in [1_000, 2_000, 3_000] {
        let mut wanted = wish("T", 1);
        wanted["placed_at"] = json!(at(1_760_000_000 + second));
        client.order(wanted).await;
    }
    let search = async |order: &str, from: i64, until: i64| {
        let query = [("page_size", "2"), ("sort_field", "update_time"), ("sort_order", order)];
        let body = json!({"update_time_ge": 1_760_000_000 + from, "update_time_lt": 1_760_000_000 + until});
        let reply = client.ask("POST", "/order/202309/orders/search", &query, body).await;
        let rows = reply["data"]["orders"].as_array().unwrap().clone();
        let times: Vec<i64> =
            rows.iter().map(|row| row["update_time"].as_i64().unwrap() - 1_760_000_000).collect();
        (times, reply["data"]["total_count"].as_i64().unwrap(), reply["data"]["next_page_token"] != "")
    };

    assert_eq!(search("ASC", 1_000, 3_000).await, (vec![1_000, 2_000], 2, false));
    assert_eq!(search("ASC", 0, 4_000).await, (vec![1_000, 2_000], 3, true));
    assert_eq!(search("DESC", 0, 4_000).await, (vec![3_000, 2_000], 3, true));
}

#[tokio::test]
async fn a_buyer_cancels_freely_on_hold_and_asks_later() {
    let client = Client::new("v202309").await;
    let sku = given_stock(&client, "T").await;
    let held = client.order(wish("T", 2)).await;

    client.control("POST", &format!("orders/{held}/ask_cancel"), json!({})).await;
    assert_eq!(client.order_seen(&held).await["status"], "CANCELLED");
    assert_eq!(client.stock(&sku).await, (10, 0));

    let order = client.order(wish("T", 2)).await;
    client.control("POST", "time", json!({"advance_s": 61})).await;
    let asked = client.control("POST", &format!("orders/{order}/ask_cancel"), json!({})).await;
    let cancel = asked["cancel_id"].as_str().unwrap();
    let package = package_of(&client, &order).await;
    let ship = client.post(&format!("/fulfillment/202309/packages/{package}/ship"), json!({})).await;
    let found = client
        .ask(
            "POST",
            "/return_refund/202602/cancellations/search",
            &[("page_size", "10")],
            json!({"cancel_types": ["BUYER_CANCEL"], "cancel_status": ["CANCELLATION_REQUEST_PENDING"]}),
        )
        .await;
    let approve = format!("/return_refund/202309/cancellations/{cancel}/approve");
    let key = [("idempotency_key", "k1")];
    let first = client.ask("POST", &approve, &key, json!({})).await;
    let again = client.ask("POST", &approve, &key, json!({})).await;
    let other = client.post(&approve, json!({})).await;

    assert_eq!(ship["code"], 21_011_007);
    assert_eq!(found["data"]["cancellations"][0]["cancel_id"], cancel);
    assert_eq!(
        (first["code"].clone(), again["code"].clone(), other["code"].clone()),
        (json!(0), json!(0), json!(25_011_011))
    );
    assert_eq!(client.order_seen(&order).await["status"], "CANCELLED");
    assert_eq!(client.stock(&sku).await, (10, 0));
}

#[tokio::test]
async fn a_rejected_request_leaves_the_order_as_it_was() {
    let client = Client::new("quick").await;
    given_stock(&client, "T").await;
    let order = client.order(wish("T", 1)).await;
    let asked = client.control("POST", &format!("orders/{order}/ask_cancel"), json!({})).await;
    let cancel = asked["cancel_id"].as_str().unwrap();
    let reasons =
        client.get("/return_refund/202309/reject_reasons", &[("return_or_cancel_id", cancel)]).await;
    let reject = format!("/return_refund/202309/cancellations/{cancel}/reject");

    let wrong = client.post(&reject, json!({"reject_reason": "nope"})).await;
    let reason = reasons["data"]["reasons"][0]["name"].clone();
    let right = client.post(&reject, json!({"reject_reason": reason})).await;

    assert_eq!((wrong["code"].clone(), right["code"].clone()), (json!(25_001_014), json!(0)));
    assert_eq!(client.order_seen(&order).await["is_buyer_request_cancel"], false);
    let package = package_of(&client, &order).await;
    let ship = client.post(&format!("/fulfillment/202309/packages/{package}/ship"), json!({})).await;
    assert_eq!(ship["code"], 0);
}

#[tokio::test]
async fn the_seller_cancels_whole_orders_with_a_reason_of_the_stage() {
    let client = Client::new("quick").await;
    let sku = given_stock(&client, "T").await;
    let order = client.order(wish("T", 2)).await;
    let cancel = async |reason: &str, more: Value| {
        let mut body = json!({"order_id": order, "cancel_reason": reason});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.post("/return_refund/202602/cancellations", body).await
    };
    let eligible = client
        .get(
            &format!("/return_refund/202602/orders/{order}/aftersale_eligibility"),
            &[("initiate_aftersale_user", "SELLER"), ("request_types", "CANCEL")],
        )
        .await;
    let request = &eligible["data"]["sku_eligibility"][0]["line_item_eligibility"][0];
    let reason = request["available_reason_names"][0].as_str().unwrap().to_owned();

    assert_eq!(cancel("seller_cancel_unpaid_reason_out_of_stock", json!({})).await["code"], 25_001_021);
    assert_eq!(cancel("made_up", json!({})).await["code"], 25_001_014);
    assert_eq!(cancel("seller_cancel_paid_reason_address_not_deliver", json!({})).await["code"], 25_001_020);
    let part = json!({"skus": [{"sku_id": sku, "quantity": 1}]});
    assert_eq!(cancel(&reason, part).await["code"], 25_005_010);
    assert_eq!(cancel(&reason, json!({"skus": [{"sku_id": sku, "quantity": 2}]})).await["code"], 0);
    assert_eq!(cancel(&reason, json!({})).await["code"], 25_001_010);
    let seen = client.order_seen(&order).await;
    assert_eq!(
        (seen["status"].as_str(), seen["cancellation_initiator"].as_str()),
        (Some("CANCELLED"), Some("SELLER"))
    );
    assert_eq!(client.stock(&sku).await, (10, 0));
}

#[tokio::test]
async fn the_platform_cancels_what_is_not_shipped_in_time() {
    let client = Client::new("quick").await;
    given_stock(&client, "T").await;
    let order = client.order(wish("T", 1)).await;

    client.control("POST", "time", json!({"advance_s": 6 * 86_400 - 60})).await;
    let before = client.order_seen(&order).await;
    client.control("POST", "time", json!({"advance_s": 120})).await;
    let after = client.order_seen(&order).await;

    assert_eq!(before["status"], "AWAITING_SHIPMENT");
    assert_eq!(
        (after["status"].as_str(), after["cancellation_initiator"].as_str()),
        (Some("CANCELLED"), Some("SYSTEM"))
    );
}

#[tokio::test]
async fn an_order_cancelled_between_read_and_ship_is_not_shipped() {
    let client = Client::new("quick").await;
    let sku = given_stock(&client, "T").await;
    let order = client.order(wish("T", 1)).await;
    let package = package_of(&client, &order).await;
    client.control("POST", "faults", json!({"kind": "cancel_race"})).await;

    let ship = client.post(&format!("/fulfillment/202309/packages/{package}/ship"), json!({})).await;

    assert_eq!(ship["code"], 21_011_041);
    assert_eq!(client.stock(&sku).await, (10, 0));
}

#[tokio::test]
async fn an_order_with_two_parcels_ships_in_parts() {
    let client = Client::new("quick").await;
    given_stock(&client, "T").await;
    given_stock(&client, "U").await;
    let lines = json!({"lines": [{"sku": "T", "units": 2}, {"sku": "U", "units": 1}], "paid": true});
    let order = client.order(lines).await;
    let seen = client.order_seen(&order).await;
    let ids = |sku: &str| -> Vec<Value> {
        let lines = seen["line_items"].as_array().unwrap().iter();
        lines.filter(|line| line["seller_sku"] == sku).map(|line| line["id"].clone()).collect()
    };
    let split = format!("/fulfillment/202309/orders/{order}/split");

    let part = json!({"splittable_groups": [{"id": "1", "order_line_item_ids": [ids("T")[0]]}]});
    assert_eq!(client.post(&split, part).await["code"], 21_001_001, "whole SKUs only");
    let groups =
        json!([{"id": "1", "order_line_item_ids": ids("T")}, {"id": "2", "order_line_item_ids": ids("U")}]);
    let done = client.post(&split, json!({ "splittable_groups": groups })).await;
    let package = done["data"]["packages"][0]["id"].as_str().unwrap();
    let batch = json!({"packages": [{"id": package}, {"id": "5"}]});
    let shipped = client.post("/fulfillment/202309/packages/ship", batch).await;

    assert_eq!(shipped["data"]["errors"][0]["detail"]["package_id"], "5");
    assert_eq!(client.order_seen(&order).await["status"], "PARTIALLY_SHIPPING");
}

#[tokio::test]
async fn own_shipping_wants_a_tracking_number_that_can_be_changed_once() {
    let client = Client::new("quick").await;
    given_stock(&client, "T").await;
    let mut wanted = wish("T", 1);
    wanted["more"] = json!({"own_shipping": true});
    let order = client.order(wanted).await;
    let seen = client.order_seen(&order).await;
    let option = seen["delivery_option_id"].as_str().unwrap();
    let carriers =
        client.get(&format!("/logistics/202309/delivery_options/{option}/shipping_providers"), &[]).await;
    let carrier = &carriers["data"]["shipping_providers"][0]["id"];
    let package = package_of(&client, &order).await;
    let ship = format!("/fulfillment/202309/packages/{package}/ship");
    let own = |number: &str| json!({"tracking_number": number, "shipping_provider_id": carrier});

    assert_eq!(client.post(&ship, json!({})).await["code"], 21_011_022);
    assert_eq!(client.post(&ship, json!({"self_shipment": own("GANH0001VN")})).await["code"], 0);
    let change = format!("/fulfillment/202309/orders/{order}/shipping_info/update");
    assert_eq!(client.post(&change, own("GANH0002VN")).await["code"], 0);
    assert_eq!(client.post(&change, own("GANH0003VN")).await["code"], 21_011_051);
    let seen = client.get(&format!("/fulfillment/202309/packages/{package}"), &[]).await;
    assert_eq!(seen["data"]["tracking_number"], "GANH0002VN");
}

#[tokio::test]
async fn a_return_is_found_by_its_own_search_and_moves_no_stock() {
    let client = Client::new("quick").await;
    let sku = given_stock(&client, "T").await;
    let order = client.order(wish("T", 2)).await;
    client.control("POST", &format!("orders/{order}/deliver"), json!({})).await;
    let line = client.order_seen(&order).await["line_items"][0]["id"].clone();
    let search = async || {
        let path = "/return_refund/202602/returns/search";
        client.ask("POST", path, &[("page_size", "10")], json!({})).await["data"].clone()
    };

    let none = search().await;
    let body = json!({"lines": [{"id": line, "units": 1}], "stage": "pending"});
    let opened = client.control("POST", &format!("orders/{order}/return"), body).await;
    let pending = search().await;
    let id = opened["return_id"].as_str().unwrap();
    let approve = format!("/return_refund/202309/returns/{id}/approve");
    client.post(&approve, json!({"decision": "APPROVE_RETURN"})).await;
    client.control("POST", &format!("returns/{id}/ship"), json!({})).await;
    client.post(&approve, json!({"decision": "APPROVE_RECEIVED_PACKAGE"})).await;
    let done = search().await;

    assert!(none.get("return_orders").is_none());
    assert_eq!(pending["return_orders"][0]["return_status"], "RETURN_OR_REFUND_REQUEST_PENDING");
    assert_eq!(pending["return_orders"][0]["return_line_items"].as_array().unwrap().len(), 1);
    assert_eq!(done["return_orders"][0]["return_status"], "RETURN_OR_REFUND_REQUEST_SUCCESS");
    assert_eq!(client.stock(&sku).await, (8, 0));
}

#[tokio::test]
async fn buyers_never_buy_more_than_there_is() {
    let client = Client::new("quick").await;
    given_stock(&client, "T").await;

    let bought = client.control("POST", "buy", json!({"n": 30, "seed": 5, "max_units": 3})).await;

    assert_eq!(bought["units"], 10);
    let books = client.control("GET", "books", json!({})).await;
    assert_eq!((books["sold_units"].clone(), books["oversold_units"].clone()), (json!(10), json!(0)));
}

#[tokio::test]
async fn goods_in_the_platforms_warehouse_are_marked_and_move_no_stock_of_ours() {
    let client = Client::new("quick").await;
    let sku = given_stock(&client, "T").await;
    let mut wanted = wish("T", 2);
    wanted["more"] = json!({"stocked_by_channel": true});

    let placed = client.control("POST", "orders", wanted).await;
    let order = placed["id"].as_str().unwrap();
    let seen = client.order_seen(order).await;
    let package = package_of(&client, order).await;
    let ship = client.post(&format!("/fulfillment/202309/packages/{package}/ship"), json!({})).await;

    assert_eq!(placed["stocked_by_channel"], true);
    assert_eq!(seen["fulfillment_type"], "FULFILLMENT_BY_TIKTOK");
    assert_eq!(ship["code"], 21_008_025);
    assert_eq!(client.stock(&sku).await, (10, 0));
}
