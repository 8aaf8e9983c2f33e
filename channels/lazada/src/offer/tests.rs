use super::*;
use crate::fault::Said;
use crate::listing::offer_ref;
use ganh_contract::{Reach, RemotePlaceId, Vnd};
use jiff::Timestamp;

fn row(item: &str, sku: &str, seller_sku: &str) -> OfferRow {
    let note = Note { sku: seller_sku.to_owned(), ..Note::default() };
    OfferRow::silent(offer_ref(item, sku), note.text())
}

fn rows() -> Vec<OfferRow> {
    vec![row("31", "1", "A"), row("31", "2", "B"), row("32", "3", "C")]
}

fn told(body: Value) -> Vec<String> {
    let said = Said::of(&body);
    let reply = Reply { call: "test", body, said, sent_at: Timestamp::UNIX_EPOCH };
    let word = |outcome: Outcome| match outcome {
        Ok(_) => "taken".to_owned(),
        Err(fault) => fault.kind.name().to_owned(),
    };
    outcomes(&reply, &rows()).into_iter().map(word).collect()
}

#[test]
fn only_what_is_named_failed_and_the_rest_was_taken_in_silence() {
    assert_eq!(told(json!({ "code": "0", "data": {} })), ["taken", "taken", "taken"]);
    assert_eq!(
        told(json!({ "code": "501", "message": "E501", "detail": [
            { "sku_id": 2, "code": "4170", "message": "campaign" },
            { "seller_sku": "C", "message": "SKU not exist", "code": "E0501" },
        ] })),
        ["taken", "locked", "missing"]
    );
}

#[test]
fn code_zero_with_a_detail_is_no_success() {
    let body = json!({ "code": "0", "detail": [{ "SkuId": "1", "message": "negative sellable on channel inventory" }] });

    assert_eq!(told(body), ["locked", "taken", "taken"]);
}

#[test]
fn a_failure_that_names_no_row_of_ours_makes_the_others_unknown() {
    let stray = json!({ "code": "501", "detail": [{ "sku_id": 99, "message": "no" }, { "sku_id": 1, "message": "no" }] });
    // An item of two rows names neither.
    let item = json!({ "code": "501", "detail": [{ "item_id": 31, "message": "no" }] });

    assert_eq!(told(stray), ["refused", "interrupted", "interrupted"]);
    assert_eq!(told(item), ["interrupted", "interrupted", "interrupted"]);
}

#[test]
fn an_item_of_one_row_names_it() {
    let body = json!({ "code": "501", "detail": [{ "item_id": 32, "message": "negative sellable on channel inventory" }] });

    assert_eq!(told(body), ["taken", "taken", "locked"]);
}

#[test]
fn one_place_goes_without_a_name_and_several_by_their_codes() {
    let mut plain = Map::new();
    put_units(&mut plain, &Units::only(7), &[]);
    let mut several = Map::new();
    let by_place = [(RemotePlaceId::new("dropshipping"), 4), (RemotePlaceId::new("VN1-WH"), 3)];
    put_units(&mut several, &Units(by_place.into()), &[]);

    assert_eq!(Value::Object(plain), json!({ "SellableQuantity": "7" }));
    assert_eq!(
        Value::Object(several),
        json!({ "MultiWarehouseInventories": { "MultiWarehouseInventory": [
            { "WarehouseCode": "VN1-WH", "SellableQuantity": "3" },
            { "WarehouseCode": "dropshipping", "SellableQuantity": "4" },
        ] } })
    );
}

#[test]
fn a_figure_without_a_name_is_the_whole_figure_where_there_are_several_places() {
    let mut sku = Map::new();
    put_units(&mut sku, &Units::only(7), &["VN1-WH".to_owned(), "dropshipping".to_owned()]);

    assert_eq!(
        Value::Object(sku),
        json!({ "MultiWarehouseInventories": { "MultiWarehouseInventory": [
            { "WarehouseCode": "VN1-WH", "SellableQuantity": "0" },
            { "WarehouseCode": "dropshipping", "SellableQuantity": "7" },
        ] } })
    );
}

#[test]
fn a_sale_goes_with_its_dates_and_without_one_nothing_is_said_of_it() {
    let sale =
        ganh_contract::Sale { price: Vnd(89_000), from: "2026-02-28T17:00:00Z".parse().ok(), until: None };
    let mut plain = Map::new();
    put_price(&mut plain, &Price::plain(Vnd(98_000)));
    let mut on_sale = Map::new();
    put_price(&mut on_sale, &Price { list: Vnd(98_000), sale: Some(sale) });

    assert_eq!(Value::Object(plain), json!({ "Price": "98000" }));
    assert_eq!(
        Value::Object(on_sale),
        json!({ "Price": "98000", "SalePrice": "89000", "SaleStartDate": "2026-03-01 00:00" })
    );
}

#[test]
fn off_already_is_success_and_unknown_ids_are_missing() {
    let fault =
        |code: &str, said: &str| Fault::new("test", FaultKind::Refused(Vec::new())).code(code).said(said);

    assert_eq!(own_codes(fault("E0004", "")), Ok(Took::Silent));
    assert_eq!(own_codes(fault("501", "E0004: product is not online")), Ok(Took::Silent));
    assert_eq!(*own_codes(fault("E0002", "")).expect_err("missing").kind, FaultKind::Missing(Thing::Listing));
    assert_eq!(*own_codes(fault("E0003", "")).expect_err("missing").kind, FaultKind::Missing(Thing::Offer));
    let locked = Fault::new("test", FaultKind::Locked { reach: Reach::Listing, until: None, least: None });
    assert_eq!(own_codes(locked.clone()), Err(locked));
}
