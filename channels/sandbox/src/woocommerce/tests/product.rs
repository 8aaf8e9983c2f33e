use serde_json::{Value, json};

use super::given_a_shop;
use crate::core::client::client;

#[tokio::test]
async fn an_empty_or_mislabelled_post_gives_birth_to_a_published_product() {
    let shop = given_a_shop("wc11").await;

    let empty = shop.post("products", json!({})).await;
    let mislabelled = client()
        .unwrap()
        .post(shop.url("products"))
        .basic_auth(&shop.key, Some(&shop.secret))
        .header("content-type", "text/plain")
        .body(r#"{"name":"Trà"}"#);
    let mislabelled: Value =
        serde_json::from_slice(&mislabelled.send().await.unwrap().bytes().await.unwrap()).unwrap();

    assert_eq!(
        (empty.0, empty.1["name"].as_str(), empty.1["status"].as_str()),
        (201, Some("Product"), Some("publish"))
    );
    assert_eq!(mislabelled["name"], "Product");
}

#[tokio::test]
async fn a_price_with_a_thousands_dot_becomes_150_dong() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("A", "150000", 1).await;

    let dotted = shop.put(&format!("products/{id}"), json!({ "regular_price": "150.000" })).await;
    let number = shop.put(&format!("products/{id}"), json!({ "regular_price": 150_000 })).await;

    assert_eq!((dotted.0, dotted.1["price"].as_str()), (200, Some("150.000")));
    assert_eq!((number.0, number.1["code"].as_str()), (400, Some("rest_invalid_param")));
}

#[tokio::test]
async fn a_sale_price_vanishes_when_the_regular_price_falls_to_it() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("A", "150000", 1).await;
    shop.put(&format!("products/{id}"), json!({ "sale_price": "120000" })).await;

    let lowered = shop.put(&format!("products/{id}"), json!({ "regular_price": "120000" })).await;

    assert_eq!((lowered.1["sale_price"].as_str(), lowered.1["price"].as_str()), (Some(""), Some("120000")));
}

#[tokio::test]
async fn skus_that_fold_alike_are_one_and_name_their_holder() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("ĐO-Á1", "1000", 1).await;

    let twin = shop.post("products", json!({ "name": "x", "sku": "do-a1" })).await;
    let found = shop.get("products?sku=DO-A1").await;
    let falsy = shop.get("products?sku=0").await;

    assert_eq!((twin.0, twin.1["code"].as_str()), (400, Some("product_invalid_sku")));
    assert_eq!(twin.1["data"]["resource_id"], id);
    assert_eq!(found.1[0]["id"], id);
    assert_eq!(falsy.1.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_binned_sku_blocks_a_create_on_the_new_release_and_not_on_the_old() {
    let new = given_a_shop("wc11").await;
    let old = given_a_shop("wc7").await;
    let (new_id, old_id) = (new.product("A", "1000", 1).await, old.product("A", "1000", 1).await);
    let binned = new.delete(&format!("products/{new_id}")).await;
    old.delete(&format!("products/{old_id}")).await;

    let blocked = new.post("products", json!({ "name": "x", "sku": "A" })).await;
    let allowed = old.post("products", json!({ "name": "x", "sku": "A" })).await;
    let again = new.delete(&format!("products/{new_id}")).await;
    let hidden = new.get("products?sku=A").await;
    let seen = new.get("products?sku=A&status=trash").await;

    assert_eq!(binned.1["status"], "publish");
    assert_eq!((blocked.0, blocked.1["code"].as_str()), (400, Some("woocommerce_rest_product_not_created")));
    assert_eq!(blocked.1["data"]["resource_id"], Value::Null);
    assert_eq!(allowed.0, 201);
    assert_eq!((again.0, again.1["code"].as_str()), (410, Some("woocommerce_rest_already_trashed")));
    assert_eq!(hidden.1, json!([]));
    assert_eq!(seen.1[0]["id"], new_id);
}

#[tokio::test]
async fn a_restored_parent_comes_back_without_its_variations() {
    let shop = given_a_shop("wc11").await;
    let (parent, child) = variable(&shop).await;
    shop.delete(&format!("products/{parent}")).await;

    let restored = shop.put(&format!("products/{parent}"), json!({ "status": "publish" })).await;
    let variation = shop.get(&format!("products/{parent}/variations/{child}")).await;

    assert_eq!(restored.1["variations"], json!([]));
    assert_eq!(variation.1["status"], "trash");
}

async fn variable(shop: &super::Shop) -> (u64, u64) {
    let axis = json!([{ "name": "Cỡ", "variation": true, "options": ["S", "M"] }]);
    let parent = shop
        .post("products", json!({ "name": "Áo", "type": "variable", "sku": "AO", "attributes": axis }))
        .await;
    let parent = parent.1["id"].as_u64().unwrap();
    let body = json!({ "regular_price": "90000", "attributes": [{ "name": "Cỡ", "option": "M" }] });
    let child = shop.post(&format!("products/{parent}/variations"), body).await;
    (parent, child.1["id"].as_u64().unwrap())
}

#[tokio::test]
async fn a_variation_without_a_sku_shows_its_parents_and_dies_when_the_parent_turns_simple() {
    let shop = given_a_shop("wc11").await;
    let (parent, child) = variable(&shop).await;

    let shown = shop.get(&format!("products/{parent}/variations/{child}")).await;
    let through_products = shop.put(&format!("products/{child}"), json!({ "regular_price": "1" })).await;
    let turned = shop.put(&format!("products/{parent}"), json!({ "type": "simple" })).await;
    let gone = shop.get(&format!("products/{parent}/variations/{child}")).await;

    assert_eq!(
        (shown.1["sku"].as_str(), shown.1["attributes"][0]["option"].as_str()),
        (Some("AO"), Some("M"))
    );
    assert_eq!(shown.1["parent_id"], parent);
    assert_eq!(
        (through_products.0, through_products.1["code"].as_str()),
        (404, Some("woocommerce_rest_invalid_product_id"))
    );
    assert_eq!(turned.1["type"], "simple");
    assert_eq!(gone.0, 404);
}

#[tokio::test]
async fn stock_status_follows_the_figure_while_stock_is_managed() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("A", "1000", 3).await;

    let zero =
        shop.put(&format!("products/{id}"), json!({ "stock_quantity": 0, "stock_status": "instock" })).await;
    let fraction = shop.put(&format!("products/{id}"), json!({ "stock_quantity": 3.7 })).await;
    let null = shop.put(&format!("products/{id}"), json!({ "stock_quantity": null })).await;
    let unmanaged = shop.put(&format!("products/{id}"), json!({ "manage_stock": false })).await;
    let ignored = shop.put(&format!("products/{id}"), json!({ "stock_quantity": 9 })).await;

    assert_eq!(zero.1["stock_status"], "outofstock");
    assert_eq!(fraction.0, 400);
    assert_eq!(null.1["stock_quantity"], 0);
    assert_eq!(
        (&unmanaged.1["stock_quantity"], unmanaged.1["stock_status"].as_str()),
        (&Value::Null, Some("outofstock"))
    );
    assert_eq!(ignored.1["stock_quantity"], Value::Null);
}

#[tokio::test]
async fn arrays_are_replaced_whole_meta_merges_and_unknown_categories_fall_to_the_default() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("A", "1000", 3).await;
    let path = format!("products/{id}");
    shop.put(
        &path,
        json!({ "meta_data": [{ "key": "_ganh_id", "value": "7" }, { "key": "b", "value": "1" }] }),
    )
    .await;

    let merged = shop
        .put(&path, json!({ "meta_data": [{ "key": "b", "value": null }], "categories": [{ "id": 9999 }] }))
        .await;

    assert_eq!(merged.1["meta_data"].as_array().unwrap().len(), 1);
    assert_eq!(merged.1["meta_data"][0]["key"], "_ganh_id");
    assert_eq!(merged.1["categories"][0]["slug"], "uncategorized");
}

#[tokio::test]
async fn eight_parallel_creates_make_twins_on_the_old_release_only() {
    let (new, old) = (given_a_shop("wc11").await, given_a_shop("wc7").await);
    new.control("POST", "create_gap", json!({ "ms": 200 })).await;
    old.control("POST", "create_gap", json!({ "ms": 200 })).await;

    let (on_new, on_old) = (eight(&new).await, eight(&old).await);

    assert_eq!(on_new, 1);
    assert!(on_old > 1, "{on_old}");
}

async fn eight(shop: &super::Shop) -> usize {
    let body = || json!({ "name": "x", "sku": "TWIN" });
    let one = || shop.post("products", body());
    tokio::join!(one(), one(), one(), one(), one(), one(), one(), one());
    shop.get("products?sku=TWIN").await.1.as_array().unwrap().len()
}

#[tokio::test]
async fn a_picture_that_cannot_be_fetched_fails_the_create_and_does_not_burn_the_sku() {
    let shop = given_a_shop("wc11").await;
    let missing = format!("{}/nothing.png", shop.running.base_url());

    let failed =
        shop.post("products", json!({ "name": "x", "sku": "P", "images": [{ "src": missing }] })).await;
    let then = shop.post("products", json!({ "name": "x", "sku": "P" })).await;

    assert_eq!((failed.0, failed.1["code"].as_str()), (400, Some("woocommerce_product_image_upload_error")));
    assert_eq!(then.0, 201);
}

#[tokio::test]
async fn terms_are_adopted_by_the_id_of_their_holder_and_have_no_bin() {
    let shop = given_a_shop("wc11").await;
    let tea = shop.post("products/categories", json!({ "name": "Trà" })).await;

    let twin = shop.post("products/categories", json!({ "name": "trà" })).await;
    let unforced = shop.delete(&format!("products/categories/{}", tea.1["id"])).await;
    let long = shop.post("products/attributes", json!({ "name": "Khối lượng tịnh của sản phẩm" })).await;
    let nameless = shop.post("products/categories", json!({})).await;

    assert_eq!((twin.0, twin.1["code"].as_str()), (400, Some("term_exists")));
    assert_eq!(twin.1["data"]["resource_id"], tea.1["id"]);
    assert_eq!(unforced.0, 501);
    assert_eq!(long.0, 201);
    assert_eq!(nameless.1["code"], "rest_missing_callback_param");
}
