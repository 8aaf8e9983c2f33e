use super::*;
use ganh_contract::{Fault, FaultKind, Head, Order, Vnd};

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millisecond(1_795_348_800_000 + (seconds * 1_000.0) as i64).unwrap()
}

const DOUBT: Doubt = Doubt { skew: SignedDuration::from_secs(2), lag: SignedDuration::from_secs(5) };

fn window() -> Window {
    Window { from: at(-600.0), until: at(60.0) }
}

/// A reading of the order that left at one second and shows a change of another.
fn reading(left_at: f64, changed_at: f64) -> Reading<Order> {
    let order = Order {
        id: RemoteOrderId::new("1"),
        placed_at: at(-50.0),
        changed_at: at(changed_at),
        lines: Vec::new(),
        kin: Vec::new(),
        total: Vnd(0),
        act_by: None,
    };
    Reading { id: "1".into(), as_of: at(left_at), raw: format!("{{{changed_at}}}"), value: Ok(order) }
}

fn held(reading: &Reading<Order>) -> HeldOrder {
    HeldOrder {
        readable: reading.value.is_ok(),
        unmapped: false,
        changed_at: reading.value.as_ref().map_or(reading.as_of, |order| order.changed_at),
        read_at: reading.as_of,
        raw_sha256: sha256(&reading.raw),
    }
}

fn listed(changed_at: Option<f64>, words: Option<&str>, heard_at: f64) -> Said {
    let seen = words.map_or(Seen::Id, |words| Seen::Part(words.to_owned()));
    let head = Head { id: RemoteOrderId::new("1"), changed_at: changed_at.map(at), seen };
    said(&[head], at(heard_at)).remove(&RemoteOrderId::new("1")).unwrap()
}

fn must_read(heads: &Heads, list: List, said: &Said, held: Option<&HeldOrder>) -> bool {
    matches!(heads.judge((list, &RemoteOrderId::new("1")), said, held, window(), DOUBT), Then::Read)
}

fn must_read_order(heads: &Heads, said: &Said, held: Option<&HeldOrder>) -> bool {
    must_read(heads, List::Orders, said, held)
}

#[test]
fn i1_an_order_that_is_not_held_or_not_understood_is_read() {
    let heads = Heads::default();
    let said = listed(Some(0.0), None, 30.0);
    let mut unreadable = reading(20.0, 0.0);
    unreadable.value = Err(Fault::new("read_orders", FaultKind::Unintelligible));
    let is_held = HeldOrder { changed_at: at(0.0), ..held(&unreadable) };

    assert!(must_read_order(&heads, &said, None));
    assert!(must_read_order(&heads, &said, Some(&is_held)));
}

#[test]
fn i8_an_order_that_is_held_as_the_list_tells_it_is_left() {
    let heads = Heads::default();
    let is_held = held(&reading(20.0, 0.0));

    assert!(!must_read_order(&heads, &listed(Some(0.0), None, 30.0), Some(&is_held)));
    assert!(must_read_order(&heads, &listed(Some(1.0), None, 30.0), Some(&is_held)));
    assert!(must_read_order(&heads, &listed(Some(-1.0), None, 30.0), Some(&is_held)));
}

#[test]
fn i1_a_second_change_in_the_same_second_is_not_hidden_by_the_first() {
    let heads = Heads::default();
    let said = listed(Some(0.0), None, 30.0);
    let too_early = held(&reading(7.9, 0.0));
    let over = held(&reading(8.0, 0.0));

    assert!(must_read_order(&heads, &said, Some(&too_early)));
    assert!(!must_read_order(&heads, &said, Some(&over)));
}

#[test]
fn a_later_reading_of_the_same_words_makes_an_early_one_trusted() {
    let heads = Heads::default();
    let is_held = held(&reading(1.0, 0.0));
    let said = listed(Some(0.0), None, 30.0);

    let before = must_read_order(&heads, &said, Some(&is_held));
    heads.read(List::Orders, &said, &reading(30.1, 0.0), false);

    assert!(before);
    assert!(!must_read_order(&heads, &listed(Some(0.0), None, 90.0), Some(&is_held)));
}

#[test]
fn a_list_without_times_is_believed_by_its_words() {
    let heads = Heads::default();
    let (first, second) = (reading(30.1, 0.0), reading(90.1, 0.0));
    let is_held = held(&first);

    let new = must_read_order(&heads, &listed(None, Some("READY"), 30.0), Some(&is_held));
    heads.read(List::Orders, &listed(None, Some("READY"), 30.0), &first, false);
    let too_early = must_read_order(&heads, &listed(None, Some("READY"), 90.0), Some(&is_held));
    heads.read(List::Orders, &listed(None, Some("READY"), 90.0), &second, false);
    let trusted = must_read_order(&heads, &listed(None, Some("READY"), 150.0), Some(&is_held));
    let other = must_read_order(&heads, &listed(None, Some("SHIPPED"), 150.0), Some(&is_held));

    assert_eq!([new, too_early, trusted, other], [true, true, false, true]);
}

#[test]
fn i1_an_order_listed_for_a_change_that_is_not_held_is_read_although_its_words_are_the_same() {
    let heads = Heads::default();
    let old = reading(-700.0, -900.0);
    heads.read(List::Orders, &listed(None, Some("READY"), -800.0), &old, false);

    assert!(must_read_order(&heads, &listed(None, Some("READY"), 30.0), Some(&held(&old))));
}

#[test]
fn i1_a_list_that_tells_nothing_is_never_believed() {
    let heads = Heads::default();
    let one = reading(30.0, 0.0);
    heads.read(List::Orders, &listed(None, None, 20.0), &one, false);

    assert!(must_read_order(&heads, &listed(None, None, 90.0), Some(&held(&one))));
}

#[test]
fn a_part_that_changed_without_a_new_time_is_read() {
    let heads = Heads::default();
    let one = reading(40.0, 0.0);
    heads.read(List::Orders, &listed(Some(0.0), Some("refunds: 1"), 30.0), &one, false);

    let same = must_read_order(&heads, &listed(Some(0.0), Some("refunds: 1"), 90.0), Some(&held(&one)));
    let more = must_read_order(&heads, &listed(Some(0.0), Some("refunds: 2"), 90.0), Some(&held(&one)));

    assert_eq!((same, more), (false, true));
}

#[test]
fn a_return_is_read_until_what_is_held_was_read_with_it() {
    let heads = Heads::default();
    let (with, without) = (reading(40.0, 0.0), Reading { raw: "other".into(), ..reading(50.0, 0.0) });
    let said = |heard_at| listed(Some(20.0), Some("return 7 accepted"), heard_at);
    heads.read(List::Returns, &said(30.0), &with, false);

    let kept = must_read(&heads, List::Returns, &said(90.0), Some(&held(&with)));
    let replaced = must_read(&heads, List::Returns, &said(90.0), Some(&held(&without)));
    let other =
        must_read(&heads, List::Returns, &listed(Some(20.0), Some("return 8"), 90.0), Some(&held(&with)));

    assert_eq!([kept, replaced, other], [false, true, true]);
}

#[test]
fn unknown_goods_are_looked_at_again_without_a_call_once_the_reading_is_at_hand() {
    let heads = Heads::default();
    let one = reading(30.0, 0.0);
    let is_held = HeldOrder { unmapped: true, ..held(&one) };
    let said = listed(Some(0.0), None, 60.0);

    let before = must_read_order(&heads, &said, Some(&is_held));
    heads.read(List::Orders, &said, &one, true);
    let after = heads.judge((List::Orders, &RemoteOrderId::new("1")), &said, Some(&is_held), window(), DOUBT);

    assert!(before);
    assert!(matches!(after, Then::LookAgain(again) if again.raw == one.raw));
}

#[test]
fn memory_is_bounded() {
    let heads = Heads::default();
    let said = listed(Some(0.0), None, 30.0);
    (0..10_000).for_each(|number| {
        let one = Reading { id: number.to_string(), ..reading(f64::from(number), 0.0) };
        heads.read(List::Orders, &said, &one, true);
    });

    let notes = heads.lock();

    assert!(notes.len() <= MOST, "{}", notes.len());
    assert!(notes.contains_key(&(List::Orders, RemoteOrderId::new("9999"))));
    assert!(notes.values().filter(|note| note.kept.is_some()).count() <= MOST_KEPT);
}

#[test]
fn a_row_of_the_list_does_not_replace_what_was_read_with_returns() {
    let heads = Heads::default();
    let (with, row) = (reading(40.0, 0.0), Reading { raw: "row".into(), ..reading(90.0, 0.0) });
    let (later, is_held) = (reading(90.0, 50.0), held(&with));

    let unknown = heads.is_richer(&is_held, &row, DOUBT);
    heads.read(List::Returns, &listed(Some(20.0), Some("return 7"), 30.0), &with, false);

    assert!(!unknown);
    assert!(heads.is_richer(&is_held, &row, DOUBT));
    assert!(!heads.is_richer(&is_held, &later, DOUBT));
    assert!(!heads.is_richer(&held(&row), &row, DOUBT));
}
