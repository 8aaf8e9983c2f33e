//! Samples of the reference (`tests/wire/`) read as the adapter reads them: token to return.

use super::*;
use serde::de::DeserializeOwned;

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("a sample is JSON")
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(sample(text)).expect("a sample is readable")
}

fn data<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(sample(text)["data"].clone()).expect("a sample is readable")
}

#[test]
fn tokens_and_shops_are_read() {
    let pair: TokenPair = data(include_str!("../../tests/wire/token_get.json"));
    let shops: Shops = data(include_str!("../../tests/wire/authorized_shops.json"));

    assert_eq!(pair.access_token.as_str(), "ROW_AAAAganhAccess01");
    assert_eq!((pair.access_token_expire_in.or_zero(), pair.user_type.or_zero()), (1_796_356_800, 0));
    assert_eq!(shops.shops.0[0].cipher.as_str(), "ROW_ganhAAAAAB3VnDemoCipher01");
}

#[test]
fn half_a_batch_names_its_failures() {
    let errors: Errors = data(include_str!("../../tests/wire/inventory_errors.json"));

    let detail = crate::listing::detail(&errors.errors.0[0]);

    assert_eq!((detail.sku_id.as_str(), detail.extra_errors.0.len()), ("1729400000000000101", 1));
}

#[test]
fn warehouses_and_slots_are_read() {
    let places: Warehouses = read(include_str!("../../tests/wire/warehouses.json"));
    let slots: TimeSlots = read(include_str!("../../tests/wire/handover_slots.json"));

    let place = &places.warehouses.0[0];
    assert_eq!((place.r#type.as_str(), place.is_default.0), ("SALES_WAREHOUSE", true));
    assert!(
        slots.pickup_slots.0[0].avaliable.expect("said").0
            && !slots.pickup_slots.0[1].avaliable.expect("said").0
    );
}

#[test]
fn a_product_is_read_with_its_nulls_and_both_prices() {
    let product: Product = read(include_str!("../../tests/wire/product.json"));
    let stock: Inventories = read(include_str!("../../tests/wire/inventory_search.json"));
    let created: Created = data(include_str!("../../tests/wire/create_product.json"));

    assert_eq!(created.product_id.as_str(), product.id.as_str());
    assert_eq!(product.audit.expect("an audit").status.as_str(), "AUDITING");
    assert_eq!(product.skus.0[0].price.as_ref().map(|price| price.sale_price.or_zero()), Some(189_000));
    assert_eq!(
        product.skus.0[1].price.as_ref().map(|price| price.tax_exclusive_price.or_zero()),
        Some(179_000)
    );
    assert_eq!(product.skus.0[1].inventory.0[0].quantity.units(), 25);
    assert_eq!(stock.inventory.0[0].skus.0[0].total_committed_quantity.units(), 2);
}

#[test]
fn the_misspelt_flag_of_an_attribute_is_known() {
    let told: Attributes = read(include_str!("../../tests/wire/attributes.json"));

    assert!(told.attributes.0[0].is_requried.0 && !told.attributes.0[1].is_requried.0);
    assert_eq!(told.attributes.0[2].requirement_conditions.0.len(), 1);
}

#[test]
fn an_order_is_read_with_one_line_for_each_unit() {
    let order: OrderDetail = read(include_str!("../../tests/wire/order.json"));

    assert_eq!((order.id.as_str(), order.line_items.0.len()), ("576460001234567890", 2));
    assert_eq!(order.payment.expect("a payment").total_amount.or_zero(), 367_000);
    assert_eq!(order.line_items.0[1].sale_price.or_zero(), 175_000);
}

#[test]
fn numbers_in_quotes_and_nulls_make_no_difference() {
    let mut mangled = sample(include_str!("../../tests/wire/order.json"));
    for key in ["create_time", "update_time", "rts_sla_time"] {
        mangled[key] = Value::String(mangled[key].to_string());
    }
    mangled["payment"] = Value::Null;
    mangled["recipient_address"] = Value::Null;

    let order: OrderDetail = serde_json::from_value(mangled).expect("an order");

    assert_eq!((order.create_time.or_zero(), order.payment.is_none()), (1_761_976_900, true));
}

#[test]
fn cancellations_and_returns_name_their_order() {
    let asked: Cancellations = read(include_str!("../../tests/wire/cancellations.json"));
    let back: ReturnPage = read(include_str!("../../tests/wire/returns.json"));
    let told: ReturnHead = serde_json::from_value(back.return_orders.0[0].clone()).expect("a return");

    assert_eq!(asked.cancellations.0[0].seller_next_action_response.0[0].deadline.or_zero(), 1_762_149_800);
    assert_eq!((told.order_id.as_str(), told.return_line_items.0.len()), ("576460001234567890", 1));
}
