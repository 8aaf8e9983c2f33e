//! The samples of the documents are read, and so are they with their numbers in quotes.

use super::*;

/// The same answer as the documents print it: every number as text.
fn quoted(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(rows) => rows.iter().map(quoted).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), quoted(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn both<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str, place: &str) -> T {
    let whole: Value = serde_json::from_str(text).expect("JSON");
    let part = whole.pointer(place).expect("the part").clone();
    let plain: T = serde_json::from_value(part.clone()).expect("plain");
    let again: T = serde_json::from_value(quoted(&part)).expect("quoted");
    assert_eq!(format!("{plain:?}"), format!("{again:?}"), "numbers in quotes are numbers");
    plain
}

#[test]
fn tokens_and_their_lives_are_read() {
    let pair: TokenPair = both(include_str!("../../tests/wire/token_create.json"), "");

    assert_eq!((pair.expires_in.0, pair.refresh_expires_in.0), (Some(2_592_000), Some(15_552_000)));
    assert_eq!(pair.country_user_info.0[0].seller_id.as_str(), "200100000001");
}

#[test]
fn a_seller_and_an_uploaded_picture_are_read() {
    let seller: Seller = both(include_str!("../../tests/wire/seller_get.json"), "/data");
    let uploaded: Uploaded = both(include_str!("../../tests/wire/image_upload.json"), "/data");

    assert_eq!((seller.seller_id.as_str(), seller.status.as_str()), ("200100000001", "ACTIVE"));
    assert!(uploaded.image.url.as_str().starts_with("https://vn-live-01.slatic.net/p/"));
}

#[test]
fn brands_and_a_created_product_are_read() {
    let brands: Brands = both(include_str!("../../tests/wire/category_brands_query.json"), "/data");
    let created: Created = both(include_str!("../../tests/wire/product_create.json"), "/data");

    assert_eq!((brands.total_record.0, brands.module.0[0].brand_id.as_str()), (Some(40_210), "60001"));
    assert_eq!(created.item_id.as_str(), "3100000001");
    assert_eq!(created.sku_list.0[1].sku_id.as_str(), "14100000002");
}

#[test]
fn lines_of_fulfilment_are_read_each_with_its_code() {
    let packed: Packed = both(include_str!("../../tests/wire/order_fulfill_pack.json"), "/result/data");
    let ready: Packages = both(include_str!("../../tests/wire/order_package_rts.json"), "/result/data");

    let codes: Vec<&str> =
        packed.pack_order_list.0[0].order_item_list.0.iter().map(|row| row.item_err_code.as_str()).collect();
    assert_eq!(codes, ["0", "700026"]);
    assert_eq!(ready.packages.0[0].package_id.as_str(), "FP050000000000001");
}

#[test]
fn reasons_to_cancel_are_read() {
    let tip: CancelTip = both(include_str!("../../tests/wire/cancel_validate.json"), "/data");

    assert_eq!(tip.reason_options.0[1].reason_name.as_str(), "Out of Stock");
    assert_eq!(tip.tip_type.as_str(), "warning");
}

#[test]
fn an_absent_payload_is_an_empty_one() {
    let page: Products = serde_json::from_str("{}").expect("nothing");

    assert!(page.products.0.is_empty() && page.total_products.0.is_none());
}
