use serde_json::{Value, json};

use super::given_a_shop;

#[tokio::test]
async fn a_batch_coerces_what_a_single_call_refuses() {
    let shop = given_a_shop("wc11").await;
    let (a, b, c) = (
        shop.product("A", "1000", 5).await,
        shop.product("B", "1000", 5).await,
        shop.product("C", "1000", 5).await,
    );

    let body = json!({ "update": [
        { "id": a, "stock_quantity": "abc", "regular_price": 150_000 },
        { "id": b, "stock_quantity": 3.7, "backorders": "zz", "stock_status": "zz", "type": "zzz" },
        { "id": c, "status": "zzz", "stock_quantity": null },
        { "id": c, "catalog_visibility": "zz" },
        { "stock_quantity": 1 },
    ]});
    let (status, reply) = shop.post("products/batch", body).await;

    let row = |at: usize| &reply["update"][at];
    assert_eq!(status, 200);
    assert_eq!((&row(0)["stock_quantity"], row(0)["regular_price"].as_str()), (&json!(0), Some("150000")));
    assert_eq!((&row(1)["stock_quantity"], row(1)["backorders"].as_str()), (&json!(3), Some("zz")));
    assert_eq!((row(1)["type"].as_str(), row(1)["stock_status"].as_str()), (Some("simple"), Some("instock")));
    assert_eq!((row(2)["status"].as_str(), &row(2)["stock_quantity"]), (Some("draft"), &json!(5)));
    assert_eq!(row(3)["error"]["code"], "product_invalid_catalog_visibility");
    assert_eq!(
        (&row(4)["id"], row(4)["error"]["code"].as_str()),
        (&Value::Null, Some("woocommerce_rest_product_invalid_id"))
    );
}

#[tokio::test]
async fn a_batch_fails_item_by_item_and_deletes_for_good() {
    let shop = given_a_shop("wc11").await;
    let gone = shop.product("G", "1000", 5).await;

    let body = json!({ "create": [{ "name": "x", "sku": "D" }, { "name": "y", "sku": "d" }], "delete": [gone, "zz", 9999] });
    let (_, reply) = shop.post("products/batch", body).await;
    let after = shop.get(&format!("products/{gone}")).await;
    let empty = shop.post("products/batch", json!({})).await;

    let first = &reply["create"][0]["id"];
    assert_eq!(reply["create"][1]["id"], 0);
    assert_eq!(reply["create"][1]["error"]["code"], "product_invalid_sku");
    assert_eq!(&reply["create"][1]["error"]["data"]["resource_id"], first);
    assert_eq!(reply["delete"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&reply["delete"][1]["id"], reply["delete"][1]["error"]["data"]["status"].as_u64()),
        (&json!(9999), Some(404))
    );
    assert_eq!(after.0, 404);
    assert_eq!(empty, (200, json!([])));
}

#[tokio::test]
async fn a_batch_of_101_does_nothing() {
    let shop = given_a_shop("wc11").await;
    let rows: Vec<Value> = (0..60).map(|n| json!({ "name": format!("n{n}") })).collect();

    let (status, reply) =
        shop.post("products/batch", json!({ "create": rows, "delete": (1..42).collect::<Vec<_>>() })).await;
    let list = shop.get("products").await;

    assert_eq!((status, reply["code"].as_str()), (413, Some("woocommerce_rest_request_entity_too_large")));
    assert_eq!(list.1, json!([]));
}

#[tokio::test]
async fn an_unknown_order_status_in_a_batch_falls_to_pending_and_gives_stock_back() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("A", "1000", 5).await;
    let order =
        shop.control("POST", "orders", json!({ "lines": [{ "sku": "A", "units": 2 }], "cod": true })).await;
    let order: u64 = order["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(shop.stock(id).await, 3);

    let single = shop.put(&format!("orders/{order}"), json!({ "status": "zzz" })).await;
    let batch = shop.post("orders/batch", json!({ "update": [{ "id": order, "status": "zzz" }] })).await;

    assert_eq!((single.0, single.1["code"].as_str()), (400, Some("rest_invalid_param")));
    assert_eq!(batch.1["update"][0]["status"], "pending");
    assert_eq!(shop.stock(id).await, 5);
}
