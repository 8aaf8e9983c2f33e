//! Orders: windows, rows, packing, cancelling, coming back (spec 5).

use serde_json::{Value, json};

use super::Client;

/// A shop with an order of two units, paid.
struct Given {
    client: Client,
    order: String,
    lines: Vec<Value>,
}

async fn given_an_order(more: Value) -> Given {
    given_with("quick", more).await
}

async fn given_with(profile: &str, more: Value) -> Given {
    let client = Client::new(profile).await;
    client.seed("MAM", 10).await;
    let order =
        client.order(json!({"lines": [{"sku": "MAM", "units": 2}], "paid": true, "more": more})).await;
    let lines = rows(&client, &order).await;
    Given { client, order, lines }
}

async fn rows(client: &Client, order: &str) -> Vec<Value> {
    let read = client.get("/order/items/get", &[("order_id", order)]).await;
    read["data"].as_array().unwrap_or_else(|| panic!("{read}")).clone()
}

impl Given {
    async fn statuses(&self) -> Vec<String> {
        let rows = rows(&self.client, &self.order).await;
        rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect()
    }

    async fn pack(&self, lines: &[Value]) -> Value {
        let ids: Vec<&Value> = lines.iter().map(|line| &line["order_item_id"]).collect();
        let request = json!({"pack_order_list": [{"order_id": self.order, "order_item_list": ids}], "delivery_type": "dropship", "shipping_allocate_type": "TFS"});
        let answer = self.client.post("/order/fulfill/pack", &[("packReq", &request.to_string())]).await;
        answer["result"]["data"]["pack_order_list"][0]["order_item_list"].clone()
    }

    async fn ready(&self, package: &Value) -> Value {
        // Single quotes, as Odoo sends.
        let request = format!("{{'packages': [{{'package_id': '{}'}}]}}", package.as_str().unwrap());
        let answer = self.client.post("/order/package/rts", &[("readyToShipReq", &request)]).await;
        answer["result"]["data"]["packages"][0].clone()
    }

    async fn cancel(&self, line: &Value, reason: &str) -> Value {
        let list = format!("[{}]", line["order_item_id"]);
        let args = [("order_id", self.order.as_str()), ("order_item_id_list", &list), ("reason_id", reason)];
        self.client.get("/order/reverse/cancel/create", &args).await
    }
}

#[tokio::test]
async fn two_units_are_two_rows_and_the_order_has_no_status_of_its_own() {
    let given = given_an_order(json!({"voucher": 5_001})).await;

    let one = given.client.get("/order/get", &[("order_id", &given.order)]).await;
    let list = format!("[{}]", given.order);
    let many = given.client.get("/orders/items/get", &[("order_ids", &list)]).await;

    assert_eq!(given.lines.len(), 2);
    assert_ne!(given.lines[0]["order_item_id"], given.lines[1]["order_item_id"]);
    assert_eq!(one["data"]["statuses"], json!(["pending"]));
    assert_eq!((&one["data"]["price"], &one["data"]["items_count"]), (&json!("100000.00"), &json!(2)));
    assert!(one["data"]["created_at"].as_str().unwrap().ends_with(" +0700"));
    assert!(one["data"]["customer_first_name"].as_str().unwrap().contains('*'));
    assert_eq!(many["data"][0]["order_items"], json!(given.lines));
    let paid: f64 = given.lines.iter().map(|row| row["paid_price"].as_f64().unwrap()).sum();
    assert!((paid - 94_999.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn windows_are_inclusive_and_pages_have_limits() {
    let client = Client::new("quick").await;
    client.seed("MAM", 100).await;
    for second in 10..13 {
        let placed = format!("2026-03-02T02:00:{second}.700Z");
        client.order(json!({"lines": [{"sku": "MAM", "units": 1}], "paid": true, "placed_at": placed})).await;
    }
    let list = async |args: &[(&str, &str)]| client.get("/orders/get", args).await;
    let window =
        [("update_after", "2026-03-02T09:00:11+07:00"), ("update_before", "2026-03-02T09:00:12+0700")];

    let both_ends = list(&window).await;
    let first = list(&[
        ("created_after", "2026-03-02T09:00:00+07:00"),
        ("sort_by", "created_at"),
        ("sort_direction", "DESC"),
        ("limit", "2"),
    ])
    .await;

    assert_eq!(both_ends["data"]["countTotal"], 2);
    assert_eq!((&first["data"]["count"], &first["data"]["countTotal"]), (&json!(2), &json!(3)));
    assert_eq!(first["data"]["orders"][0]["created_at"], "2026-03-02 09:00:12 +0700");
    assert_eq!(list(&[]).await["code"], "1");
    assert_eq!(list(&[("update_after", "2026-03-02")]).await["code"], "17");
    assert_eq!(list(&[window[0], ("limit", "101")]).await["code"], "19");
    assert_eq!(list(&[window[0], ("offset", "4501")]).await["code"], "14");
    assert_eq!(list(&[window[0], ("status", "cancelled")]).await["code"], "36");
    assert_eq!(list(&[window[0], ("sort_by", "price")]).await["code"], "75");
    assert_eq!(list(&[window[0], ("status", "topack")]).await["data"]["countTotal"], 2);
}

#[tokio::test]
async fn a_stranger_is_no_order_and_lists_of_ids_have_a_form() {
    let given = given_an_order(json!({})).await;
    let client = &given.client;
    let many = (0..51).map(|id| id.to_string()).collect::<Vec<_>>().join(",");

    assert_eq!(client.get("/order/get", &[("order_id", "1")]).await["code"], "16");
    assert_eq!(client.get("/orders/items/get", &[("order_ids", "1,2")]).await["code"], "56");
    assert_eq!(client.get("/orders/items/get", &[("order_ids", "[1]")]).await["code"], "39");
    assert_eq!(client.get("/orders/items/get", &[("order_ids", &format!("[{many}]"))]).await["code"], "38");
}

#[tokio::test]
async fn the_same_order_id_may_live_in_two_shops() {
    let client = Client::with_shops("quick", 2).await;
    let shops = client.running.credentials()["shops"].clone();
    for shop in shops.as_array().unwrap() {
        let query = format!("?shop={}", shop["seller_id"].as_str().unwrap());
        client
            .control("POST", &format!("listings{query}"), json!({"title": "Trà", "sku": "TRA", "stock": 5}))
            .await;
        let wish = json!({"lines": [{"sku": "TRA", "units": 1}], "paid": true, "more": {"order_id": 77}});
        let placed = client.control("POST", &format!("orders{query}"), wish.clone()).await;
        let again = client.control("POST", &format!("orders{query}"), wish).await;

        assert_eq!(placed["id"], "77");
        assert!(again.get("error").is_some());
    }
}

#[tokio::test]
async fn an_unpaid_order_holds_stock_for_thirty_minutes() {
    let client = Client::new("quick").await;
    client.seed("MAM", 10).await;
    let order = client.order(json!({"lines": [{"sku": "MAM", "units": 2}]})).await;
    let during = client.offer("MAM").await;
    client.control("POST", "time", json!({"advance_s": 1801})).await;
    let after = client.offer("MAM").await;

    assert_eq!((&during["stock"], &during["reserved"]), (&json!(8), &json!(2)));
    assert_eq!((&after["stock"], &after["reserved"]), (&json!(10), &json!(0)));
    assert_eq!(rows(&client, &order).await[0]["status"], "canceled");
}

#[tokio::test]
async fn packing_gives_a_package_and_the_hand_over_takes_the_stock() {
    let given = given_an_order(json!({})).await;
    let packed = given.pack(&given.lines).await;
    let again = given.pack(&given.lines[..1]).await;
    let package = &packed[0]["package_id"];
    let held = given.client.offer("MAM").await["reserved"].clone();
    let ready = given.ready(package).await;
    let twice = given.ready(package).await;
    let taken = given.client.offer("MAM").await;

    assert_eq!((&packed[0]["item_err_code"], &packed[1]["package_id"]), (&json!("0"), package));
    assert!(packed[0]["tracking_number"].as_str().unwrap().starts_with("LMP"));
    assert_eq!(again[0]["item_err_code"], "700026");
    assert_eq!((&ready["item_err_code"], &twice["item_err_code"]), (&json!("0"), &json!("700000")));
    assert_eq!((held, &taken["reserved"], &taken["stock"]), (json!(2), &json!(0), &json!(8)));
    assert_eq!(given.statuses().await, ["ready_to_ship", "ready_to_ship"]);
}

#[tokio::test]
async fn a_part_is_packed_alone_and_a_package_can_be_dissolved() {
    let given = given_an_order(json!({})).await;
    let packed = given.pack(&given.lines[..1]).await;
    let after_part = given.statuses().await;
    let request =
        json!({"packages": [{"package_id": packed[0]["package_id"]}, {"package_id": "FP0"}]}).to_string();
    let repacked = given.client.post("/order/package/repack", &[("rePackReq", &request)]).await;
    let packages = &repacked["result"]["data"]["packages"];

    assert_eq!(after_part, ["packed", "pending"]);
    assert_eq!(
        (&packages[0]["item_err_code"], &packages[1]["item_err_code"]),
        (&json!("0"), &json!("600001"))
    );
    assert_eq!(given.statuses().await, ["repacked", "pending"]);
    assert_eq!(given.pack(&given.lines).await[1]["item_err_code"], "0");
}

#[tokio::test]
async fn goods_of_the_platform_and_unknown_orders_are_not_packed() {
    let given = given_an_order(json!({"stocked_by_channel": true})).await;
    let request = json!({"pack_order_list": [{"order_id": 1, "order_item_list": [1]}], "delivery_type": "dropship", "shipping_allocate_type": "TFS"});
    let unknown = given.client.post("/order/fulfill/pack", &[("packReq", &request.to_string())]).await;

    assert_eq!(given.pack(&given.lines).await[0]["item_err_code"], "700027");
    assert_eq!(given.lines[0]["is_fbl"], 1);
    assert_eq!(given.client.offer("MAM").await["stock"], 10, "the platform's goods are not the seller's");
    assert_eq!((&unknown["code"], &unknown["result"]["success"]), (&json!("0"), &json!(false)));
    assert_eq!(unknown["result"]["error_code"], "700021");
}

#[tokio::test]
async fn a_label_is_late_and_its_link_lives_ten_minutes() {
    let given = given_with("vn", json!({})).await;
    let packed = given.pack(&given.lines).await;
    let request =
        json!({"doc_type": "PDF", "packages": [{"package_id": packed[0]["package_id"]}]}).to_string();
    let label = async || {
        let answer = given.client.post("/order/package/document/get", &[("getDocumentReq", &request)]).await;
        answer["result"]["data"].clone()
    };
    let early = label().await;
    given.client.control("POST", "time", json!({"advance_s": 6})).await;
    let url = label().await["pdf_url"].as_str().unwrap().to_owned();
    let open = async || crate::core::client::client().unwrap().get(&url).send().await.unwrap();
    let file = open().await.bytes().await.unwrap();
    given.client.control("POST", "time", json!({"advance_s": 601})).await;

    assert_eq!(early["pdf_url"], "");
    assert!(file.starts_with(b"%PDF"));
    assert_eq!(open().await.status(), 403);
}

#[tokio::test]
async fn a_hand_over_is_confirmed_a_moment_later() {
    let given = given_with("vn", json!({})).await;
    let packed = given.pack(&given.lines).await;
    given.ready(&packed[0]["package_id"]).await;
    let before = given.statuses().await;
    given.client.control("POST", "time", json!({"advance_s": 2})).await;

    assert_eq!(before[0], "ready_to_ship_pending");
    assert_eq!(given.statuses().await[0], "ready_to_ship");
}

#[tokio::test]
async fn a_cancelled_row_gives_its_unit_back_and_some_reasons_zero_the_stock() {
    let given = given_an_order(json!({})).await;
    let list = format!("[{}]", given.lines[0]["order_item_id"]);
    let args = [("order_id", given.order.as_str()), ("order_item_id_list", list.as_str())];
    let asked = given.client.get("/order/reverse/cancel/validate", &args).await;

    let wrong = given.cancel(&given.lines[0], "1").await;
    let first = given.cancel(&given.lines[0], "10000019").await;
    let after_first = given.client.offer("MAM").await["stock"].clone();
    let again = given.cancel(&given.lines[0], "10000019").await;
    let refused = given.client.get("/order/reverse/cancel/validate", &args).await;
    given.cancel(&given.lines[1], "10000021").await;

    assert_eq!(asked["data"]["tip_type"], "warning");
    assert_eq!(asked["data"]["reason_options"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&wrong["code"], &first["data"]["tip_type"], &again["code"]),
        (&json!("115"), &json!("success"), &json!("117"))
    );
    assert_eq!(refused["data"]["tip_type"], "error");
    assert_eq!(after_first, 9);
    assert_eq!(given.client.offer("MAM").await["stock"], 0);
}

#[tokio::test]
async fn from_packing_on_the_package_goes_along_and_after_the_hand_over_nothing_comes_back() {
    let given = given_an_order(json!({})).await;
    let packed = given.pack(&given.lines).await;
    given.ready(&packed[0]["package_id"]).await;

    given.cancel(&given.lines[0], "10000019").await;

    assert_eq!(given.statuses().await, ["canceled", "canceled"]);
    assert_eq!(given.client.offer("MAM").await["stock"], 8);
}

#[tokio::test]
async fn a_buyers_wish_to_cancel_waits_for_the_seller_and_not_for_ever() {
    let given = given_an_order(json!({})).await;
    let path = format!("orders/{}/ask_cancel", given.order);
    let one = |line: &Value| json!({"lines": [{"id": line["order_item_id"].to_string()}]});
    let first = given.client.control("POST", &path, one(&given.lines[0])).await;
    let shown = rows(&given.client, &given.order).await[0].clone();
    let args = [
        ("reverse_order_id", first["reverse_order_id"].as_str().unwrap()),
        ("agree_cancel", "false"),
        ("reason_code", "1"),
    ];
    let refused = given.client.get("/order/reverse/cancel/seller/decide", &args).await;
    let after = rows(&given.client, &given.order).await[0]["need_cancel_confirm"].clone();
    given.client.control("POST", &path, one(&given.lines[1])).await;
    given.client.control("POST", "time", json!({"advance_s": 3 * 86_400})).await;

    assert_eq!(shown["need_cancel_confirm"], true);
    assert!(shown["cancel_trigger_time"].as_i64().is_some());
    assert_eq!((&refused["code"], refused.get("data")), (&json!("0"), None));
    assert_eq!(after, false);
    assert_eq!(given.statuses().await, ["pending", "canceled"]);
}

#[tokio::test]
async fn goods_come_back_by_a_reverse_order() {
    let given = given_an_order(json!({})).await;
    given.client.control("POST", &format!("orders/{}/complete", given.order), json!({})).await;
    let body = json!({"lines": [{"id": given.lines[0]["order_item_id"].to_string()}], "granted": false});
    let opened = given.client.control("POST", &format!("orders/{}/return", given.order), body).await;
    let id = opened["reverse_order_id"].as_str().unwrap();
    let list = given
        .client
        .get("/reverse/getreverseordersforseller", &[("page_no", "1"), ("page_size", "10")])
        .await;
    let row = &list["result"]["items"][0]["reverse_order_lines"][0];
    let ids = format!("[{}]", row["reverse_order_line_id"]);
    let act = async |action: &str| {
        let args = [("action", action), ("reverse_order_id", id), ("reverse_order_item_ids", ids.as_str())];
        given.client.get("/order/reverse/return/update", &args).await
    };

    let bare = act("refuseReturn").await;
    let steps = [act("agreeReturn").await, act("confirmDelivery").await, act("agreeRefund").await];
    let again = act("agreeRefund").await;

    assert_eq!((&row["reverse_status"], &row["refund_amount"]), (&json!("REQUEST_INITIATE"), &json!(50_000)));
    assert_eq!(bare["code"], "107");
    assert!(steps.iter().all(|step| step["code"] == "0"), "{steps:?}");
    assert_eq!(again["code"], "110");
    assert_eq!(given.statuses().await, ["returned", "confirmed"]);
}

#[tokio::test]
async fn delivered_rows_bring_money() {
    let given = given_an_order(json!({})).await;
    given.client.control("POST", &format!("orders/{}/deliver", given.order), json!({})).await;
    let today = super::super::time::day(jiff::Timestamp::now().as_millisecond());
    let details = "/finance/transaction/details/get";

    let all = given
        .client
        .get(details, &[("start_time", &today), ("end_time", &today), ("trans_type", "16")])
        .await;
    let long = given.client.get(details, &[("start_time", "2025-01-01"), ("end_time", &today)]).await;
    let payout = given.client.get("/finance/payout/status/get", &[("created_after", "2025-01-01")]).await;

    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    assert_eq!(all["data"][0]["amount"], "-1500.00");
    assert_eq!(long["code"], "1000012");
    assert!(payout["data"][0]["payout"].as_str().unwrap().ends_with(" VND"));
}

#[tokio::test]
async fn the_sellers_own_fleet_delivers_by_itself() {
    let given = given_an_order(json!({"dbs": true})).await;
    let packed = given.pack(&given.lines).await;
    let package = packed[0]["package_id"].clone();
    given.ready(&package).await;
    let request = json!({"packages": [{"package_id": package}]}).to_string();

    let done = given.client.post("/order/package/sof/delivered", &[("dbsDeliveryReq", &request)]).await;

    assert_eq!(done["result"]["data"]["packages"][0]["item_err_code"], "0");
    assert_eq!(given.statuses().await, ["delivered", "delivered"]);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_keys_ids_and_buyers() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let client = Client::new("quick").await;
        client.seed("A", 50).await;
        client.seed("B", 50).await;
        let bought = client.control("POST", "buy", json!({"n": 5})).await;
        told.push((client.app_key.clone(), client.seller.clone(), bought));
    }

    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].2["orders"].as_array().unwrap().len(), 5);
}
