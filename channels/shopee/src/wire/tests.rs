//! The samples of the documentation (`tests/wire/`, spec section in brackets) read as the adapter reads them.

use super::*;
use serde::de::DeserializeOwned;

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("a sample is JSON")
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(sample(text)["response"].clone()).expect("a sample is readable")
}

fn flat<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(sample(text)).expect("a sample is readable")
}

#[test]
fn tokens_and_the_shop_are_read_flat() {
    let pair: TokenPair = flat(include_str!("../../tests/wire/token_get.json"));
    let renewed: TokenPair = flat(include_str!("../../tests/wire/access_token_get.json"));
    let shop: ShopInfo = flat(include_str!("../../tests/wire/get_shop_info.json"));

    assert_eq!((pair.expire_in.or_zero(), pair.shop_id_list.0.len()), (14_400, 0));
    assert_eq!(renewed.refresh_token.as_str(), "516c6b577753554375764a63704d7245");
    assert_eq!((shop.status.as_str(), shop.expire_time.or_zero()), ("NORMAL", 1_796_083_199));
}

#[test]
fn half_a_batch_has_both_lists() {
    let stock: Lists = read(include_str!("../../tests/wire/update_stock.json"));
    let price: Lists = read(include_str!("../../tests/wire/update_price.json"));
    let unlisted: Lists = read(include_str!("../../tests/wire/unlist_item.json"));

    assert_eq!(stock.success_list.0[0].stock.map(Whole::units), Some(18));
    assert!(stock.failure_list.0[0].failed_reason.as_str().starts_with("Stock should be larger"));
    assert_eq!(price.success_list.0[0].original_price.map(Whole::or_zero), Some(82_000));
    assert_eq!(unlisted.failure_list.0[0].item_id.or_zero(), 23_456_789_013);
}

#[test]
fn items_and_models_are_read_with_their_quoted_weights() {
    let items: Items = read(include_str!("../../tests/wire/get_item_base_info.json"));
    let item: Item = serde_json::from_value(items.item_list.0[0].clone()).expect("an item");
    let models: Models = read(include_str!("../../tests/wire/get_model_list.json"));
    let built: Models = read(include_str!("../../tests/wire/init_tier_variation.json"));

    assert_eq!((item.weight.0, item.has_model.0), (Some(0.55), false));
    assert_eq!(item.stock_info_v2.seller_stock.0[0].stock.units(), 40);
    assert_eq!(models.model.0[0].model_sku.as_str(), "CF-ROB-250");
    assert_eq!(built.model.0[1].model_id.or_zero(), 210_000_000_002);
}

#[test]
fn pages_say_where_they_go_on() {
    let items: ItemPage = read(include_str!("../../tests/wire/get_item_list.json"));
    let orders: OrderPage = read(include_str!("../../tests/wire/get_order_list.json"));
    let brands: Brands = read(include_str!("../../tests/wire/get_brand_list.json"));

    assert!(!items.has_next_page.0 && items.item.0.len() == 1);
    assert!(orders.more.0 && orders.next_cursor.as_str() == "20");
    assert_eq!(brands.brand_list.0[0].brand_id.or_zero(), 2_500_139_861);
}

#[test]
fn an_order_is_read_with_its_lines_and_parcels() {
    let orders: Orders = read(include_str!("../../tests/wire/get_order_detail.json"));
    let order: OrderDetail = serde_json::from_value(orders.order_list.0[0].clone()).expect("an order");

    assert_eq!((order.order_sn.as_str(), order.total_amount.or_zero()), ("2601010ABCDEFG", 312_000));
    assert_eq!(order.item_list.0[0].active_qty.map(Whole::units), Some(2));
    assert_eq!(order.package_list.0[0].item_list.0[0].order_item_id, order.item_list.0[0].order_item_id);
}

#[test]
fn numbers_in_quotes_and_nulls_make_no_difference() {
    let text = include_str!("../../tests/wire/get_order_detail.json");
    let mut mangled = sample(text)["response"]["order_list"][0].clone();
    for key in ["create_time", "update_time", "total_amount"] {
        mangled[key] = Value::String(mangled[key].to_string());
    }
    mangled["item_list"][0]["model_id"] = Value::String("210000000002".into());
    mangled["package_list"] = Value::Null;

    let order: OrderDetail = serde_json::from_value(mangled).expect("an order");

    assert_eq!(order.create_time.or_zero(), 1_767_225_000);
    assert_eq!(order.item_list.0[0].model_id.or_zero(), 210_000_000_002);
    assert!(order.package_list.0.is_empty());
}

#[test]
fn the_rest_of_the_samples_is_readable() {
    let limit: ItemLimit = read(include_str!("../../tests/wire/get_item_limit.json"));
    let tree: CategoryList = read(include_str!("../../tests/wire/get_category.json"));
    let attributes: AttributeTrees = read(include_str!("../../tests/wire/get_attribute_tree.json"));
    let carriers: Carriers = read(include_str!("../../tests/wire/get_channel_list.json"));
    let uploaded: Uploaded = read(include_str!("../../tests/wire/upload_image.json"));
    let shipping: ShippingParameter = read(include_str!("../../tests/wire/get_shipping_parameter.json"));
    let documents: DocumentResults = read(include_str!("../../tests/wire/create_shipping_document.json"));
    let added: Added = read(include_str!("../../tests/wire/add_item.json"));

    assert_eq!(limit.price_limit.expect("a limit").max_limit.or_zero(), 120_000_000);
    assert!(tree.category_list.0[0].has_children.0);
    assert!(attributes.list.0[0].attribute_tree.0[0].mandatory.0);
    assert_eq!(carriers.logistics_channel_list.0[1].mask_channel_id.or_zero(), 50_021);
    assert!(uploaded.image_info.expect("a picture").image_id.filled().is_some());
    assert!(shipping.info_needed.contains_key("pickup"));
    assert_eq!(documents.result_list.0[0].fail_error.as_str(), "logistics.package_can_not_print");
    assert_eq!(added.item_id.or_zero(), 23_456_789_012);
}

#[test]
fn a_return_names_its_order_and_units() {
    let list = sample(include_str!("../../tests/wire/get_return_list.json"));
    let told: ReturnHead = serde_json::from_value(list["response"]["return"][0].clone()).expect("a return");

    assert_eq!((told.order_sn.as_str(), told.item.0[0].amount.units()), ("2601010ABCDEFG", 1));
}
