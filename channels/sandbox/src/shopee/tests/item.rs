//! Items: made, changed, priced, stocked, read back.

use serde_json::{Value, json};

use super::Client;

fn coffee(image: &str) -> Value {
    json!({"item_name": "Cà phê Robusta rang mộc 500g", "description": "Cà phê nguyên chất rang mộc, đóng gói van một chiều. ".repeat(3), "original_price": 145_000,
        "weight": 0.55, "category_id": 100_659, "image": {"image_id_list": [image]}, "logistic_info": [{"logistic_id": 50_021, "enabled": true}],
        "seller_stock": [{"stock": 40}], "brand": {"brand_id": 0, "original_brand_name": "NoBrand"}, "condition": "NEW", "item_sku": "CF-ROB-500",
        "attribute_list": [{"attribute_id": 100_095, "attribute_value_list": [{"value_id": 867}]}]})
}

fn two_sizes(item: u64) -> Value {
    json!({"item_id": item, "standardise_tier_variation": [{"variation_id": 0, "variation_name": "Khối lượng", "variation_option_list": [
        {"variation_option_id": 0, "variation_option_name": "250g"}, {"variation_option_id": 0, "variation_option_name": "500g"}]}],
        "model": [{"tier_index": [0], "original_price": 79_000, "model_sku": "CF-250", "seller_stock": [{"stock": 25}]},
            {"tier_index": [1], "original_price": 145_000, "model_sku": "CF-500", "seller_stock": [{"stock": 40}]}]})
}

impl Client {
    async fn add(&self) -> u64 {
        let image = self.upload().await;
        let reply = self.post("product/add_item", coffee(&image)).await;
        reply["response"]["item_id"].as_u64().unwrap_or_else(|| panic!("refused: {reply}"))
    }

    async fn refused(&self, changes: Value) -> String {
        let mut body = coffee(&self.upload().await);
        for (name, field) in changes.as_object().unwrap() {
            body[name] = field.clone();
        }
        self.post("product/add_item", body).await["error"].as_str().unwrap().to_owned()
    }

    async fn base_info(&self, item: u64) -> Value {
        self.get("product/get_item_base_info", &[("item_id_list", &item.to_string())]).await["response"]["item_list"][0].clone()
    }
}

#[tokio::test]
async fn a_new_item_shows_after_its_delay() {
    let client = Client::new("v2").await;
    let item = client.add().await;

    let early = client.post("product/init_tier_variation", two_sizes(item)).await;
    client.control("POST", "time", json!({"advance_s": 5})).await;
    let late = client.post("product/init_tier_variation", two_sizes(item)).await;

    assert_eq!(early["error"], "product.error_item_not_found");
    assert_eq!(late["response"]["model"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn add_item_names_what_is_wrong() {
    let client = Client::new("quick").await;

    assert_eq!(client.refused(json!({"item_name": "Cà phê"})).await, "product.error_item_name_is_too_short");
    assert_eq!(
        client.refused(json!({"item_name": "x".repeat(121)})).await,
        "product.error_title_exceeds_max_length"
    );
    assert_eq!(client.refused(json!({"category_id": 100_629})).await, "product.error_invalid_category");
    assert_eq!(client.refused(json!({"attribute_list": []})).await, "product.error_less_required_attribute");
    assert_eq!(client.refused(json!({"brand": {"brand_id": 5}})).await, "product.error_invalid_brand");
    assert_eq!(client.refused(json!({"original_price": 999})).await, "product.error_price_exceed_min_limitt");
    assert_eq!(client.refused(json!({"image": {"image_id_list": []}})).await, "product.error_image_num_min");
    assert_eq!(client.refused(json!({"image": {"image_id_list": ["x"]}})).await, "product.error_param");
    assert_eq!(
        client.refused(json!({"logistic_info": [{"logistic_id": 1, "enabled": true}]})).await,
        "product.error_invalid_logistic_info"
    );
    assert_eq!(
        client.refused(json!({"pre_order": {"is_pre_order": true, "days_to_ship": 99}})).await,
        "product.error_param_dts_exceeds_max_limit"
    );
}

#[tokio::test]
async fn an_item_without_models_carries_price_and_stock_itself() {
    let client = Client::new("quick").await;
    let item = client.add().await;

    let info = client.base_info(item).await;

    assert_eq!(info["price_info"][0]["original_price"], 145_000);
    assert_eq!(info["stock_info_v2"]["summary_info"]["total_available_stock"], 40);
    assert_eq!(info["weight"], "0.55");
}

#[tokio::test]
async fn an_item_with_models_hides_its_price() {
    let client = Client::new("quick").await;
    let (item, models) = client.seed_models(5).await;

    let info = client.base_info(item).await;

    assert_eq!(models.len(), 3);
    assert_eq!(info["has_model"], true);
    assert!(info.get("price_info").is_none());
}

#[tokio::test]
async fn tiers_renumber_all_models() {
    let client = Client::new("quick").await;
    let item = client.add().await;
    client.post("product/init_tier_variation", two_sizes(item)).await;
    let before = client.model_ids(item).await;

    let same = client.post("product/init_tier_variation", two_sizes(item)).await;
    client.post("product/init_tier_variation", json!({"item_id": item, "standardise_tier_variation": [], "model": [{"tier_index": [], "original_price": 99_000, "seller_stock": [{"stock": 1}]}]})).await;
    client.post("product/init_tier_variation", two_sizes(item)).await;
    let after = client.model_ids(item).await;

    assert_eq!(same["message"], "The level of tier-variation not change.");
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|id| !before.contains(id)));
}

#[tokio::test]
async fn models_not_listed_are_removed() {
    let client = Client::new("quick").await;
    let item = client.add().await;
    client.post("product/init_tier_variation", two_sizes(item)).await;
    let models = client.model_ids(item).await;

    let update = json!({"item_id": item, "tier_variation": [{"name": "Khối lượng", "option_list": [{"option": "500g"}, {"option": "1kg"}]}],
        "model_list": [{"model_id": models[1], "tier_index": [0]}]});
    let reply = client.post("product/update_tier_variation", update).await;
    let added = client.post("product/add_model", json!({"item_id": item, "model_list": [{"tier_index": [1], "original_price": 280_000, "seller_stock": [{"stock": 3}], "model_sku": "CF-1000"}]})).await;

    assert_eq!(reply["error"], "");
    assert_eq!(added["error"], "");
    assert_eq!(client.model_ids(item).await[0], models[1]);
}

#[tokio::test]
async fn the_dearest_model_costs_at_most_five_times_the_cheapest() {
    let client = Client::new("quick").await;
    let (item, models) = client.seed_models(5).await;

    let too_far = client
        .post(
            "product/update_price",
            json!({"item_id": item, "price_list": [{"model_id": models[0], "original_price": 250_001}]}),
        )
        .await;
    let at_edge = client
        .post(
            "product/update_price",
            json!({"item_id": item, "price_list": [{"model_id": models[0], "original_price": 250_000}]}),
        )
        .await;

    assert_eq!(too_far["error"], "product.error_update_price_fail");
    assert_eq!(at_edge["error"], "");
}

#[tokio::test]
async fn part_of_a_batch_fails_under_success() {
    let client = Client::new("quick").await;
    let (item, models) = client.seed_models(5).await;

    let reply = client.post("product/update_stock", json!({"item_id": item, "stock_list": [
        {"model_id": models[0], "seller_stock": [{"stock": 9}]}, {"model_id": 1, "seller_stock": [{"stock": 9}]}]})).await;

    assert_eq!(reply["error"], "");
    assert_eq!(reply["response"]["success_list"][0]["stock"], 9);
    assert_eq!(reply["response"]["failure_list"][0]["failed_reason"], "Wrong model_id.");
}

#[tokio::test]
async fn all_of_a_batch_fails_with_a_code_and_its_list() {
    let client = Client::new("quick").await;
    let (item, _) = client.seed_models(5).await;

    let reply = client
        .post(
            "product/update_stock",
            json!({"item_id": item, "stock_list": [{"model_id": 1, "seller_stock": [{"stock": 9}]}]}),
        )
        .await;

    assert_eq!(reply["error"], "product.error_busi_update_stock_failed");
    assert_eq!(reply["response"]["failure_list"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn stock_cannot_go_below_what_a_promotion_holds() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 200).await;
    client.control("POST", &format!("listings/{item}/lock"), json!({"reserved": 125, "price": true})).await;

    let stock = client
        .post(
            "product/update_stock",
            json!({"item_id": item, "stock_list": [{"seller_stock": [{"stock": 18}]}]}),
        )
        .await;
    let price = client
        .post("product/update_price", json!({"item_id": item, "price_list": [{"original_price": 60_000}]}))
        .await;
    let promotion = client.get("product/get_item_promotion", &[("item_id_list", &item.to_string())]).await;

    assert_eq!(
        stock["response"]["failure_list"][0]["failed_reason"],
        "Stock should be larger than 125 (reserve stock number)"
    );
    assert_eq!(price["error"], "product.error_cannt_edit_price_in_promotion");
    assert_eq!(promotion["response"]["success_list"][0]["promotion"][0]["promotion_staging"], "ongoing");
}

#[tokio::test]
async fn price_and_stock_writes_do_not_move_the_update_time() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 5).await;
    let before = client.base_info(item).await["update_time"].clone();

    client.control("POST", "time", json!({"advance_s": 60})).await;
    client
        .post(
            "product/update_stock",
            json!({"item_id": item, "stock_list": [{"seller_stock": [{"stock": 0}]}]}),
        )
        .await;
    client
        .post("product/update_price", json!({"item_id": item, "price_list": [{"original_price": 60_000}]}))
        .await;

    assert_eq!(client.base_info(item).await["update_time"], before);
    assert_eq!(client.base_info(item).await["price_info"][0]["original_price"], 60_000);
}

#[tokio::test]
async fn unlisting_reports_each_item_by_itself() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 5).await;

    let reply = client
        .post(
            "product/unlist_item",
            json!({"item_list": [{"item_id": item, "unlist": true}, {"item_id": 1, "unlist": true}]}),
        )
        .await;

    assert_eq!(reply["response"]["success_list"][0]["item_id"], item);
    assert_eq!(reply["response"]["failure_list"][0]["failed_reason"], "Item not found.");
    assert_eq!(client.base_info(item).await["item_status"], "UNLIST");
}

#[tokio::test]
async fn a_deleted_item_stays_readable() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 5).await;

    client.post("product/delete_item", json!({"item_id": item})).await;
    let named = client
        .get(
            "product/get_item_list",
            &[
                ("offset", "0"),
                ("page_size", "10"),
                ("item_status", "NORMAL"),
                ("item_status", "SELLER_DELETE"),
            ],
        )
        .await;
    let unnamed = client
        .get("product/get_item_list", &[("offset", "0"), ("page_size", "10"), ("item_status", "NORMAL")])
        .await;

    assert_eq!(named["response"]["item"][0]["item_status"], "SELLER_DELETE");
    assert!(unnamed["response"].get("item").is_none());
}

#[tokio::test]
async fn search_pages_by_an_opaque_text() {
    let client = Client::new("quick").await;
    let (first, second) = (client.seed("CF-1", 5).await, client.seed("CF-2", 5).await);

    let page = client.get("product/search_item", &[("page_size", "1"), ("item_sku", "CF-")]).await;
    let token = page["response"]["next_offset"].as_str().unwrap().to_owned();
    let rest = client
        .get("product/search_item", &[("page_size", "1"), ("item_sku", "CF-"), ("offset", &token)])
        .await;

    assert_eq!(page["response"]["item_id_list"], json!([first]));
    assert_eq!(rest["response"]["item_id_list"], json!([second]));
    assert_eq!(rest["response"]["next_offset"], "");
}

#[tokio::test]
async fn a_stale_read_shows_the_stock_before_the_last_write() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 5).await;
    client.control("POST", "time", json!({"advance_s": 600})).await;
    client
        .post(
            "product/update_stock",
            json!({"item_id": item, "stock_list": [{"seller_stock": [{"stock": 3}]}]}),
        )
        .await;
    client
        .control(
            "POST",
            "faults",
            json!({"kind": "stale_read", "path": "get_item_base_info", "after_ms": 60_000}),
        )
        .await;

    let stale = client.base_info(item).await;
    let fresh = client.base_info(item).await;

    assert_eq!(stale["stock_info_v2"]["seller_stock"][0]["stock"], 5);
    assert_eq!(fresh["stock_info_v2"]["seller_stock"][0]["stock"], 3);
}

#[tokio::test]
async fn half_a_batch_can_fail() {
    let client = Client::new("quick").await;
    let (item, models) = client.seed_models(5).await;
    client.control("POST", "faults", json!({"kind": "half_batch", "path": "update_price"})).await;

    let reply = client.post("product/update_price", json!({"item_id": item, "price_list": [
        {"model_id": models[0], "original_price": 60_000}, {"model_id": models[1], "original_price": 60_000}]})).await;

    assert_eq!(reply["error"], "");
    assert_eq!(reply["response"]["failure_list"][0]["model_id"], models[1]);
}

#[tokio::test]
async fn a_banned_item_cannot_be_written_and_says_why() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 5).await;

    client.control("POST", &format!("listings/{item}/ban"), json!({"reasons": ["hàng cấm"]})).await;
    let stock = json!({"item_id": item, "stock_list": [{"seller_stock": [{"stock": 3}]}]});
    let write = client.post("product/update_stock", stock).await;
    let why = client.get("product/get_item_violation_info", &[("item_id_list", &item.to_string())]).await;

    assert_eq!(write["error"], "product.error_item_uneditable");
    assert_eq!(why["response"]["item_list"][0]["item_status_details"][0]["violation_reason"], "hàng cấm");
}

#[tokio::test]
async fn a_renumbered_item_has_new_model_ids() {
    let client = Client::new("quick").await;
    let (item, before) = client.seed_models(5).await;

    client.control("POST", &format!("listings/{item}/renumber"), json!({})).await;
    let stock =
        json!({"item_id": item, "stock_list": [{"model_id": before[0], "seller_stock": [{"stock": 3}]}]});
    let old = client.post("product/update_stock", stock).await;

    assert!(client.model_ids(item).await.iter().all(|id| !before.contains(id)));
    assert_eq!(old["error"], "product.error_busi_update_stock_failed");
}

#[tokio::test]
async fn a_promotion_ends_by_itself() {
    let client = Client::new("quick").await;
    let item = client.seed("P", 20).await;
    client.control("POST", &format!("listings/{item}/lock"), json!({"reserved": 15, "until_s": 600})).await;
    let stock = json!({"item_id": item, "stock_list": [{"seller_stock": [{"stock": 3}]}]});

    let during = client.post("product/update_stock", stock.clone()).await;
    client.control("POST", "time", json!({"advance_s": 601})).await;
    let after = client.post("product/update_stock", stock).await;

    assert_eq!(during["error"], "product.error_busi_update_stock_failed");
    assert_eq!(after["error"], "");
}

#[tokio::test]
async fn a_shifted_page_repeats_a_row_and_an_empty_one_lies() {
    let client = Client::new("quick").await;
    let items = [client.seed("A", 1).await, client.seed("B", 1).await, client.seed("C", 1).await];
    let args = [("offset", "2"), ("page_size", "2"), ("item_status", "NORMAL")];
    client.control("POST", "faults", json!({"kind": "shift_page"})).await;
    client.control("POST", "faults", json!({"kind": "empty_page"})).await;

    let shifted = client.get("product/get_item_list", &args).await;
    let empty = client.get("product/get_item_list", &args).await;

    assert_eq!(shifted["response"]["item"][0]["item_id"], items[1]);
    assert_eq!(empty["response"]["total_count"], 0);
}
