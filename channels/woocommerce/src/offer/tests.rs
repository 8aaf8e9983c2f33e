use super::*;
use crate::discovery::Memo;
use crate::facts::Facts;
use crate::testing;
use ganh_contract::{OfferKind, Thing};

fn alone(id: &str) -> OfferRow {
    let offer = OfferRef { listing: id.into(), offer: "".into(), kind: OfferKind::Alone };
    OfferRow::silent(offer, String::new())
}

fn priced(id: &str, price: i64) -> OfferRow {
    OfferRow { price: Some(Sent::Changed(Price::plain(Vnd(price)))), ..alone(id) }
}

fn stocked(id: &str, units: u32) -> OfferRow {
    OfferRow { stock: Some(Sent::Changed(Units::only(units))), ..alone(id) }
}

fn sample() -> BTreeMap<u64, Result<Item>> {
    taken(&serde_json::from_str(include_str!("../../tests/wire/batch_coerced.json")).unwrap())
}

fn echoed(outcome: Outcome) -> OfferRow {
    match outcome.unwrap() {
        Took::Echoed(row) => row,
        Took::Silent => panic!("every row is named"),
    }
}

#[test]
fn a_price_goes_out_as_digits_with_the_sale_and_its_dates_always_said() {
    let fields = price_fields(&Price::plain(Vnd(150_000))).unwrap();

    assert_eq!(
        Value::Object(fields),
        json!({ "regular_price": "150000", "sale_price": "", "date_on_sale_from_gmt": "", "date_on_sale_to_gmt": "" })
    );
}

#[test]
fn a_sale_that_the_shop_would_drop_in_silence_is_refused_here() {
    let sale = Sale { price: Vnd(150_000), from: None, until: None };

    let fault = price_fields(&Price { list: Vnd(150_000), sale: Some(sale) }).unwrap_err();

    assert_eq!(fault.kind.name(), "refused");
}

#[test]
fn a_price_of_nothing_or_less_is_refused_here() {
    assert!(price_fields(&Price::plain(Vnd(0))).is_err());
    assert!(price_fields(&Price::plain(Vnd(-5))).is_err());
}

#[test]
fn stock_goes_out_as_a_number_with_its_switch_or_as_a_word() {
    assert_eq!(
        Value::Object(stock_fields(&Units::only(7), true)),
        json!({ "manage_stock": true, "stock_quantity": 7 })
    );
    assert_eq!(Value::Object(stock_fields(&Units::only(7), false)), json!({ "stock_status": "instock" }));
    assert_eq!(Value::Object(stock_fields(&Units::only(0), false)), json!({ "stock_status": "outofstock" }));
}

#[test]
fn a_coerced_figure_comes_back_as_what_the_shop_now_holds() {
    let shop = testing::shop(Memo::default());

    let stock = echoed(row_outcome(&shop, STOCK_ALONE, &stocked("11", 7), &sample()));
    let price = echoed(row_outcome(&shop, PRICE_ALONE, &priced("14", 150_000), &sample()));

    assert_eq!(stock.stock, Some(Sent::Changed(Units::only(3))));
    assert_eq!(price.price, Some(Sent::Changed(Price::plain(Vnd(150)))));
}

#[test]
fn a_wiped_price_and_an_uncounted_stock_are_refused() {
    let shop = testing::shop(Memo::default());

    let price = row_outcome(&shop, PRICE_ALONE, &priced("12", 5), &sample()).unwrap_err();
    let stock = row_outcome(&shop, STOCK_ALONE, &stocked("14", 5), &sample()).unwrap_err();

    assert_eq!((price.kind.name(), stock.kind.name()), ("refused", "refused"));
}

#[test]
fn a_failed_row_has_its_own_fault_and_an_unnamed_one_is_interrupted() {
    let shop = testing::shop(Memo::default());

    let gone = row_outcome(&shop, STOCK_ALONE, &stocked("13", 7), &sample()).unwrap_err();
    let unnamed = row_outcome(&shop, STOCK_ALONE, &stocked("99", 7), &sample()).unwrap_err();

    assert_eq!(*gone.kind, FaultKind::Missing(Thing::Listing));
    assert_eq!(*unnamed.kind, FaultKind::Interrupted);
}

#[test]
fn a_status_that_a_batch_coerced_shows_as_off_sale() {
    let shop = testing::shop(Memo::default());
    let row = OfferRow { on_sale: Some(Sent::Changed(true)), ..alone("12") };

    let echo = echoed(row_outcome(&shop, ON_SALE, &row, &sample()));

    assert_eq!(echo.on_sale, Some(Sent::Changed(false)));
}

#[test]
fn variations_go_by_their_parents_route_and_never_mix_parents() {
    let variant = |listing: &str, offer: &str| {
        let offer = OfferRef { listing: listing.into(), offer: offer.into(), kind: OfferKind::Variant };
        OfferRow { stock: Some(Sent::Changed(Units::only(1))), ..OfferRow::silent(offer, String::new()) }
    };
    let one = OfferCall { shape: STOCK_VARIANT, rows: vec![variant("5", "6"), variant("5", "7")] };
    let two = OfferCall { shape: STOCK_VARIANT, rows: vec![variant("5", "6"), variant("8", "9")] };

    assert_eq!(path(&one).unwrap(), "products/5/variations/batch");
    assert!(path(&two).is_err());
}

#[test]
fn a_shop_without_stock_management_says_on_or_off() {
    let shop = testing::shop(Memo { counts_stock: false, ..Memo::default() });

    let on = echoed(row_outcome(&shop, STOCK_ALONE, &stocked("14", 37), &sample()));
    let off = echoed(row_outcome(&shop, STOCK_ALONE, &stocked("12", 37), &sample()));

    assert!(Facts::compiled_in().unwrap().capability(&shop.memo, "q").stock.on_off_only);
    assert_eq!(on.stock, Some(Sent::Changed(Units::only(37))));
    assert_eq!(off.stock, Some(Sent::Changed(Units::only(0))));
}

#[test]
fn a_variation_on_its_parents_stock_shows_the_parents_number_and_a_negative_one_is_none() {
    let parent = Item { manage_stock: Managed::Yes, stock_quantity: Some(9), ..Item::default() };
    let child = Item { manage_stock: Managed::Parent, ..Item::default() };
    let oversold = Item { manage_stock: Managed::Yes, stock_quantity: Some(-43), ..Item::default() };

    assert_eq!(read_stock(&child, true, Some(&parent)), Some(Units::only(9)));
    assert_eq!(read_stock(&oversold, true, None), Some(Units::only(0)));
}
