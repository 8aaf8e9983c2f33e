use serde_json::{Value, json};

use super::{Shop, given_a_shop};

async fn given_an_order(shop: &Shop) -> (u64, u64) {
    let item = shop.product("A", "50000", 10).await;
    let body = json!({ "set_paid": true, "line_items": [{ "product_id": item, "quantity": 2 }] });
    let (status, order) = shop.post("orders", body).await;
    assert_eq!((status, order["total"].as_str()), (201, Some("100000")));
    (item, order["id"].as_u64().unwrap())
}

async fn turn(shop: &Shop, order: u64, status: &str) {
    assert_eq!(shop.put(&format!("orders/{order}"), json!({ "status": status })).await.0, 200);
}

#[tokio::test]
async fn stock_is_lowered_once_and_given_back_as_the_table_says() {
    let shop = given_a_shop("wc11").await;
    let (item, order) = given_an_order(&shop).await;

    assert_eq!(shop.stock(item).await, 8);
    turn(&shop, order, "on-hold").await;
    turn(&shop, order, "completed").await;
    assert_eq!(shop.stock(item).await, 8);
    turn(&shop, order, "pending").await;
    assert_eq!(shop.stock(item).await, 10);
    turn(&shop, order, "processing").await;
    turn(&shop, order, "failed").await;
    assert_eq!(shop.stock(item).await, 10);
    turn(&shop, order, "processing").await;
    turn(&shop, order, "refunded").await;
    assert_eq!(shop.stock(item).await, 8);
}

#[tokio::test]
async fn a_failed_order_keeps_its_units_on_the_old_release() {
    let shop = given_a_shop("wc7").await;
    let (item, order) = given_an_order(&shop).await;

    turn(&shop, order, "failed").await;

    assert_eq!(shop.stock(item).await, 8);
}

#[tokio::test]
async fn an_edited_line_moves_stock_and_date_on_the_new_release_only() {
    let (new, old) = (given_a_shop("wc11").await, given_a_shop("wc7").await);
    let ((new_item, new_order), (old_item, old_order)) =
        (given_an_order(&new).await, given_an_order(&old).await);

    let on_new = edit_later(&new, new_order).await;
    let on_old = edit_later(&old, old_order).await;

    assert_eq!((new.stock(new_item).await, old.stock(old_item).await), (5, 8));
    assert!(on_new);
    assert!(!on_old);
}

/// Sets the first line to 5 units ten seconds later; returns whether the modified date moved.
async fn edit_later(shop: &Shop, order: u64) -> bool {
    let path = format!("orders/{order}");
    let before = shop.get(&path).await.1;
    shop.control("POST", "time", json!({ "advance_s": 10 })).await;
    let line = &before["line_items"][0]["id"];
    let after = shop.put(&path, json!({ "line_items": [{ "id": line, "quantity": 5 }] })).await.1;
    assert_eq!(after["line_items"][0]["quantity"], 5);
    before["date_modified_gmt"] != after["date_modified_gmt"]
}

#[tokio::test]
async fn binning_or_deleting_gives_nothing_back_and_a_seller_may_oversell() {
    let shop = given_a_shop("wc11").await;
    let (item, order) = given_an_order(&shop).await;

    let binned = shop.delete(&format!("orders/{order}")).await;
    let again = shop.delete(&format!("orders/{order}")).await;
    let oversold = shop
        .post("orders", json!({ "set_paid": true, "line_items": [{ "sku": "A", "quantity": 50 }] }))
        .await;
    let books = shop.control("GET", "books", Value::Null).await;

    assert_eq!((binned.0, binned.1["status"].as_str(), again.0), (200, Some("processing"), 410));
    assert_eq!((oversold.0, shop.stock(item).await), (201, -42));
    assert_eq!(books["oversold_units"], 42);
}

#[tokio::test]
async fn a_refund_restocks_unless_told_and_refuses_with_a_bare_500() {
    let shop = given_a_shop("wc11").await;
    let (item, order) = given_an_order(&shop).await;
    let line = shop.get(&format!("orders/{order}")).await.1["line_items"][0]["id"].clone();
    let path = format!("orders/{order}/refunds");

    let rows = json!([{ "id": line, "quantity": 1, "refund_total": 50000 }]);
    let part = shop.post(&path, json!({ "amount": "50000", "api_refund": false, "line_items": rows })).await;
    let too_much = shop.post(&path, json!({ "amount": "99999", "api_refund": false })).await;
    let no_gateway = shop.post(&path, json!({ "amount": "1000" })).await;

    assert_eq!((part.0, shop.stock(item).await), (201, 9));
    assert_eq!(part.1["line_items"][0]["quantity"], -1);
    assert_eq!((too_much.0, &too_much.1["data"]), (500, &json!(500)));
    assert_eq!(no_gateway.1["code"], "woocommerce_rest_cannot_create_order_refund");
}

#[tokio::test]
async fn a_buyer_cannot_take_what_is_not_there_and_cash_is_paid_at_the_end() {
    let shop = given_a_shop("wc11").await;
    let item = shop.product("A", "50000", 3).await;

    let order =
        shop.control("POST", "orders", json!({ "lines": [{ "sku": "A", "units": 2 }], "cod": true })).await;
    let refused = shop
        .running
        .control_status(
            "POST",
            "orders",
            Some(json!({ "lines": [{ "sku": "A", "units": 2 }], "paid": true })),
        )
        .await;
    let id = order["id"].as_str().unwrap();
    let open = shop.get(&format!("orders/{id}")).await.1;
    shop.control("POST", &format!("orders/{id}/complete"), json!({})).await;
    let done = shop.get(&format!("orders/{id}")).await.1;

    assert_eq!((refused.0, shop.stock(item).await), (409, 1));
    assert_eq!((open["status"].as_str(), &open["date_paid_gmt"]), (Some("processing"), &Value::Null));
    assert!(done["date_paid_gmt"].is_string());
}

#[tokio::test]
async fn an_unpaid_checkout_holds_stock_out_of_sight_until_its_hour_is_over() {
    let shop = given_a_shop("wc11").await;
    let item = shop.product("A", "50000", 3).await;

    let order = shop.control("POST", "orders", json!({ "lines": [{ "sku": "A", "units": 2 }] })).await;
    let held = shop.control("GET", "books", Value::Null).await;
    let refused = shop
        .running
        .control_status(
            "POST",
            "orders",
            Some(json!({ "lines": [{ "sku": "A", "units": 2 }], "paid": true })),
        )
        .await;
    shop.control("POST", "time", json!({ "advance_s": 3601 })).await;
    let after = shop.get(&format!("orders/{}", order["id"].as_str().unwrap())).await.1;

    assert_eq!((shop.stock(item).await, &held["listings"][0]["offers"][0]["reserved"]), (3, &json!(2)));
    assert_eq!(refused.0, 409);
    assert_eq!(after["status"], "cancelled");
}

#[tokio::test]
async fn random_buyers_never_oversell() {
    let shop = given_a_shop("wc11").await;
    shop.product("A", "50000", 7).await;
    shop.product("B", "60000", 5).await;

    let bought = shop.control("POST", "buy", json!({ "n": 40, "seed": 3, "max_units": 2 })).await;
    let books = shop.control("GET", "books", Value::Null).await;

    assert_eq!(
        (&bought["units"], &books["sold_units"], &books["oversold_units"]),
        (&json!(12), &json!(12), &json!(0))
    );
}
