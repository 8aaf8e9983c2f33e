use super::*;
use serde_json::json;

fn sample() -> Value {
    let body: Value = serde_json::from_str(include_str!("../../tests/wire/products_get.json")).expect("JSON");
    body["data"]["products"][0].clone()
}

fn seen(memo: &Memo, row: Value) -> Observed {
    observed(memo, &serde_json::from_value(row).expect("a product"))
}

fn stands(status: &str, sub: &str) -> Standing {
    let mut row = sample();
    row["status"] = json!(status);
    row["subStatus"] = json!(sub);
    standing(&serde_json::from_value(row).expect("a product"))
}

#[test]
fn the_sample_is_read_with_its_price_stock_and_what_is_held() {
    let one = seen(&Memo::default(), sample());

    let offer = &one.offers[0];
    assert_eq!((one.listing.as_str(), one.standing), ("3100000001", Standing::OnSale));
    assert_eq!(offer.offer, offer_ref("3100000001", "14100000001"));
    assert_eq!(offer.sku.as_ref().map(Sku::as_str), Some("NM-PQ-500"));
    assert_eq!((offer.stock.as_ref().map(Units::total), offer.reserved), (Some(118), Some(2)));
    let price = offer.price.as_ref().expect("a price");
    assert_eq!((price.list, price.sale.as_ref().map(|sale| sale.price)), (Vnd(98_000), Some(Vnd(89_000))));
    assert_eq!(price.sale.as_ref().and_then(|sale| sale.until), crate::moment::parse("2026-03-31 23:59"));
    let shows = one.shows.expect("a page");
    assert_eq!(shows.title, "Nước mắm Phú Quốc 40 độ đạm");
    assert_eq!((shows.grams, shows.size_mm), (750, Some([100, 100, 260])));
    assert_eq!(
        (shows.axes, shows.offers[0].options.clone()),
        (vec!["volume_variant".to_owned()], vec!["500ml".to_owned()])
    );
}

#[test]
fn a_place_that_is_not_told_holds_nothing() {
    let memo = Memo { places: vec!["dropshipping".into(), "VN1-WH".into()] };

    let units = seen(&memo, sample()).offers[0].stock.clone().expect("units");

    assert_eq!(units.0.get(&RemotePlaceId::new("dropshipping")), Some(&118));
    assert_eq!(units.0.get(&RemotePlaceId::new("VN1-WH")), Some(&0));
}

#[test]
fn each_status_has_its_standing() {
    assert_eq!(stands("Active", ""), Standing::OnSale);
    assert_eq!(stands("InActive", ""), Standing::Hidden);
    assert_eq!(stands("Pending QC", ""), Standing::Reviewing);
    assert_eq!(stands("Deleted", ""), Standing::Deleted);
    assert!(matches!(stands("Active", "Lock"), Standing::Banned(_)));
    assert!(matches!(stands("Suspended", ""), Standing::Banned(_)));
    assert!(matches!(stands("InActive", "Live Reject"), Standing::Rejected(_)));
    assert!(matches!(stands("Suspended", "Reject"), Standing::Rejected(_)));
    assert_eq!(stands("Dreaming", ""), Standing::Unknown("Dreaming".into()));
}

#[test]
fn every_reason_is_told_by_itself_in_whatever_form() {
    let rows = json!([{ "suggestion": "Đổi ảnh", "violationDetail": "Ảnh bìa mờ" }, { "violationDetail": "Thiếu giấy" }]);
    let text = json!("[\"Ảnh bìa mờ\",\"Thiếu giấy\"]");
    let nested = json!([{ "violationDetail": "[\"Ảnh bìa mờ\",\"Thiếu giấy\"]" }]);

    for told in [rows, text, nested] {
        assert_eq!(reasons(&told), ["Ảnh bìa mờ", "Thiếu giấy"]);
    }
    assert_eq!(reasons(&json!("Ảnh bìa mờ")), ["Ảnh bìa mờ"]);
}

#[test]
fn a_listing_whose_skus_are_all_off_is_hidden_and_a_deleted_sku_is_none() {
    let mut off = sample();
    off["skus"][0]["Status"] = json!("inactive");
    let mut gone = sample();
    gone["skus"][0]["Status"] = json!("deleted");

    assert_eq!(seen(&Memo::default(), off).standing, Standing::Hidden);
    assert!(seen(&Memo::default(), gone).offers.is_empty());
}

#[test]
fn the_code_is_the_model_else_the_only_sku() {
    let mut named = sample();
    named["attributes"]["model"] = json!("NM-PQ");

    assert_eq!(seen(&Memo::default(), sample()).code, Some(Sku::new("NM-PQ-500")));
    assert_eq!(seen(&Memo::default(), named).code, Some(Sku::new("NM-PQ")));
}

#[test]
fn axes_are_read_in_their_order_in_either_case() {
    let mut row = sample();
    row["variation"] = json!({ "Variation2": { "name": "Loại" }, "variation1": { "name": "Dung tích" } });

    assert_eq!(axes(&serde_json::from_value(row).expect("a product")), ["Dung tích", "Loại"]);
}
