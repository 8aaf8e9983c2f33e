use super::*;
use ganh_contract::OfferKind;

const REFUNDED: &str = include_str!("../../tests/wire/order_refunded_in_part.json");

fn sample() -> wire::Order {
    serde_json::from_str(REFUNDED).unwrap()
}

fn refunds() -> Vec<wire::Refund> {
    serde_json::from_str(include_str!("../../tests/wire/refunds.json")).unwrap()
}

fn row(id: u64, modified: &str) -> wire::Order {
    wire::Order { id, date_modified_gmt: modified.to_owned(), ..wire::Order::default() }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn refunded_units_are_counted_on_their_line() {
    let order = order(&sample(), &refunds()).unwrap();

    let counts: Vec<(u32, u32, u32)> =
        order.lines.iter().map(|line| (line.units, line.cancelled, line.returned)).collect();
    assert_eq!(counts, [(3, 0, 1), (1, 0, 0)]);
    assert_eq!(order.lines[0].unit_price, Vnd(180_000));
    assert_eq!(order.total, Vnd(780_000));
    assert_eq!(order.placed_at, at("2026-11-22T01:02:03Z"));
}

#[test]
fn a_line_names_its_variation_and_one_without_product_is_kept() {
    let order = order(&sample(), &[]).unwrap();

    let sold = order.lines[0].offer.clone().unwrap();
    assert_eq!((sold.listing.as_str(), sold.offer.as_str(), sold.kind), ("15", "16", OfferKind::Variant));
    assert_eq!((&order.lines[1].offer, &order.lines[1].sku), (&None, &None));
}

#[test]
fn the_table_of_stages() {
    assert_eq!(stage("pending"), LineStage::Unpaid);
    assert_eq!(stage("on-hold"), LineStage::Ready);
    assert_eq!(stage("processing"), LineStage::Ready);
    assert_eq!(stage("completed"), LineStage::Completed);
    assert_eq!(stage("cancelled"), LineStage::Cancelled);
    assert_eq!(stage("failed"), LineStage::Cancelled);
    assert_eq!(stage("refunded"), LineStage::Returned);
    assert_eq!(stage("dang-giao"), LineStage::Unknown("dang-giao".to_owned()));
}

#[test]
fn a_cancelled_order_cancels_every_unit_and_a_refunded_one_returns_it() {
    let cancelled = order(&wire::Order { status: "cancelled".to_owned(), ..sample() }, &[]).unwrap();
    let refunded = order(&wire::Order { status: "refunded".to_owned(), ..sample() }, &[]).unwrap();

    assert_eq!((cancelled.lines[0].cancelled, cancelled.lines[0].returned), (3, 0));
    assert_eq!((refunded.lines[0].cancelled, refunded.lines[0].returned), (0, 3));
}

#[test]
fn other_money_keeps_units_and_says_no_dong() {
    let order =
        order(&wire::Order { currency: "USD".to_owned(), total: "12.50".to_owned(), ..sample() }, &[])
            .unwrap();

    assert_eq!((order.total, order.lines[0].units, order.lines[0].unit_price), (Vnd(0), 3, Vnd(0)));
}

#[test]
fn half_a_unit_makes_the_order_unreadable_and_keeps_its_text() {
    let raw = REFUNDED.replace("\"quantity\":3", "\"quantity\":2.5");

    let reading = reading(131, &raw, &[], Timestamp::UNIX_EPOCH);

    assert_eq!(reading.value.unwrap_err().kind.name(), "unintelligible");
    assert_eq!(reading.raw, raw);
}

#[test]
fn both_ends_of_a_window_are_widened_to_whole_seconds() {
    let window = Window { from: at("2026-11-22T01:00:00.5Z"), until: at("2026-11-22T02:00:00.5Z") };
    let place = Place { after: second(window.from, -1), read: BTreeSet::new() };

    let asked: BTreeMap<String, String> = asked(&place, window).into_iter().collect();

    assert_eq!(asked["modified_after"], "2026-11-22T00:59:59");
    assert_eq!(asked["modified_before"], "2026-11-22T02:00:02");
    assert_eq!(asked["dates_are_gmt"], "true");
    assert_eq!(asked.get("page"), None);
}

#[test]
fn i1_the_next_page_begins_in_the_last_second_and_leaves_out_only_what_was_read() {
    let place = Place { after: at("2026-11-22T00:00:00Z"), read: BTreeSet::new() };
    let rows = [row(1, "2026-11-22T01:00:00"), row(2, "2026-11-22T01:00:01"), row(3, "2026-11-22T01:00:01")];
    let rows: Vec<(wire::Order, &str)> = rows.into_iter().map(|row| (row, "")).collect();

    let Next::More(cursor) = next(&place, &rows) else { panic!("more") };
    let place: Place = serde_json::from_str(cursor.as_str()).unwrap();

    assert_eq!(place.after, at("2026-11-22T01:00:00Z"));
    assert_eq!(place.read, BTreeSet::from([2, 3]));
}

#[test]
fn i1_a_second_longer_than_a_page_is_walked_by_leaving_out_more() {
    let place = Place { after: at("2026-11-22T01:00:00Z"), read: BTreeSet::from([2, 3]) };
    let rows: Vec<(wire::Order, &str)> = vec![(row(4, "2026-11-22T01:00:01"), "")];

    let Next::More(cursor) = next(&place, &rows) else { panic!("more") };
    let place: Place = serde_json::from_str(cursor.as_str()).unwrap();

    assert_eq!(place.after, at("2026-11-22T01:00:00Z"));
    assert_eq!(place.read, BTreeSet::from([2, 3, 4]));
}

#[test]
fn a_shop_that_gives_the_same_rows_again_is_not_walked_for_ever() {
    let place = Place { after: at("2026-11-22T01:00:00Z"), read: BTreeSet::from([2]) };
    let rows: Vec<(wire::Order, &str)> = vec![(row(2, "2026-11-22T01:00:01"), "")];

    assert_eq!(next(&place, &rows), Next::TooMany);
}
