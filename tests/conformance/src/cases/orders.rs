//! Cases 22–26: no order is lost, hidden or counted twice (I1, I2).

use crate::world::{Online, Selected, kind};
use ganh_contract::{Cursor, FaultKind, LineStage, Next, Order, OrderHead, Window};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// More than fit on one page anywhere.
const MANY: usize = 125;

/// Where orders are absent, the verbs say so.
async fn has_orders(world: &Online) -> Option<Selected> {
    if world.allows().orders.is_some() {
        return None;
    }
    let now = world.desk.now();
    assert_eq!(
        kind(world.shop().orders(Window { from: now, until: now }, None).await),
        FaultKind::Unsupported
    );
    assert_eq!(kind(world.shop().read_orders(&[OrderHead::named("1".into())]).await), FaultKind::Unsupported);
    Some(Selected::no("the channel shows no orders"))
}

async fn given_stock(world: &Online, sku: &str) {
    let (_, link) = world.live(sku, 1).await;
    let row = crate::story::stock(&link.offers[0], world.units(900));
    world.set(vec![row]).await.expect("outcomes").remove(0).expect("taken");
}

fn before(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(seconds)).expect("in range")
}

pub async fn no_order_is_skipped_at_a_page_or_window_edge(world: &Online) -> Selected {
    if let Some(absent) = has_orders(world).await {
        return absent;
    }
    given_stock(world, "MEP").await;
    let mut all = BTreeSet::new();
    // Around midnight of +07:00, to the second, where days and zones are read wrongly.
    let now = world.desk.now();
    let midnight = Timestamp::from_second(
        (now.as_second() + 7 * 3600).div_euclid(86_400) * 86_400 - 7 * 3600 - 2 * 86_400,
    );
    let midnight = midnight.expect("in range");
    for offset in [-1, 0, 0, 1] {
        let at = before(midnight, -offset);
        all.insert(world.desk.buy("MEP", 1, json!({ "placed_at": at.to_string() })).await);
    }
    for _ in 0..MANY {
        all.insert(world.desk.buy("MEP", 1, json!({})).await);
    }
    world.desk.pass(Duration::from_secs(2)).await;
    let now = world.desk.now();
    for edge in [midnight, before(now, 2)] {
        let mut found: BTreeSet<String> = BTreeSet::new();
        world.desk.fault(json!({ "kind": "shift_page", "probability": 0.5, "after_ms": 1 })).await;
        found.extend(world.sweep(before(edge, 3 * 86_400), edge).await.into_keys());
        found.extend(world.sweep(edge, now).await.into_keys());
        world.desk.calm().await;
        let lost: Vec<&String> = all.difference(&found).collect();
        assert!(lost.is_empty(), "cut at {edge}: {} of {} orders are lost: {lost:?}", lost.len(), all.len());
    }
    while_it_moves(world, &all).await;
    Selected::Yes
}

/// An order that changes during the walk leaves its place; whatever stood behind it moves up, and must not be missed.
async fn while_it_moves(world: &Online, all: &BTreeSet<String>) {
    let now = world.desk.now();
    let window = Window { from: before(now, 4 * 86_400), until: now };
    let mut seen = BTreeSet::new();
    let mut cursor = None;
    for page_number in 0..200 {
        let page = world.shop().orders(window, cursor.as_ref()).await.expect("a page of orders");
        let rows: Vec<String> = page.rows.iter().map(|head| head.id.as_str().to_owned()).collect();
        if let (0, Some(first)) = (page_number, rows.first()) {
            world.desk.pass(Duration::from_secs(5)).await;
            world.desk.order_event(first, "cancel", json!({})).await;
        }
        seen.extend(rows);
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::End => break,
            Next::TooMany => panic!("{} orders are not too many", all.len()),
        }
    }
    let lost: Vec<&String> = all.difference(&seen).collect();
    assert!(lost.is_empty(), "an order that moves takes no neighbour with it: {lost:?}");
}

pub async fn an_empty_answer_is_not_no_orders_and_a_stale_cursor_starts_again(world: &Online) -> Selected {
    if let Some(absent) = has_orders(world).await {
        return absent;
    }
    given_stock(world, "RONG").await;
    let mut all = BTreeSet::new();
    for _ in 0..3 {
        all.insert(world.desk.buy("RONG", 1, json!({})).await);
    }
    world.desk.pass(Duration::from_secs(2)).await;

    world.desk.next_is("empty_page").await;
    let empty: BTreeSet<String> = world.recent_orders().await.into_keys().collect();
    world.desk.calm().await;
    let again: BTreeSet<String> = world.recent_orders().await.into_keys().collect();
    assert!(empty.is_subset(&all), "an empty page invents nothing");
    assert_eq!(again, all, "what a wrong empty page hid, the next sweep finds: windows overlap");

    let now = world.desk.now();
    let window = Window { from: before(now, 3_600), until: now };
    for stale in ["", "hỏng", "{\"page\":", "0"] {
        match world.shop().orders(window, Some(&Cursor::new(stale))).await {
            Err(fault) => assert!(
                matches!(*fault.kind, FaultKind::Conflict { .. }),
                "a cursor of no walk starts again: {fault}"
            ),
            Ok(page) => assert!(!page.rows.is_empty(), "a cursor of no walk is not the end of one"),
        }
    }
    Selected::Yes
}

pub async fn a_change_that_moves_no_date_is_found(world: &Online) -> Selected {
    if let Some(absent) = has_orders(world).await {
        return absent;
    }
    let rules = world.allows().orders.clone().expect("orders");
    given_stock(world, "LANG").await;
    let id = world.desk.buy("LANG", 3, json!({})).await;
    world.desk.order_event(&id, "complete", json!({})).await;
    let line = world.desk.order(&id).await.lines[0].id.clone();
    world.desk.pass(Duration::from_secs(3 * 86_400)).await;
    world.keep_alive().await;
    let shop = world.shop();
    let from = world.desk.now();
    world.desk.order_event(&id, "return", json!({ "lines": [{ "id": line, "units": 1 }] })).await;
    world.desk.pass(Duration::from_secs(2)).await;
    let window = Window { from: before(from, 60), until: world.desk.now() };

    let heads = if world.allows().returns {
        shop.returns(window, None).await.expect("a page of returns").rows
    } else {
        assert_eq!(kind(shop.returns(window, None).await), FaultKind::Unsupported);
        shop.orders(window, None).await.expect("a page of orders").rows
    };
    let read = shop.read_orders(&heads).await.expect("readings");
    let found =
        read.iter().find(|reading| reading.id == id).expect("the return is found by the time it happened");
    let order = found.value.as_ref().expect("a readable order");
    assert_eq!(order.lines.iter().map(|line| line.returned).sum::<u32>(), 1, "one unit came back");
    assert_eq!(order.lines.iter().map(|line| line.units).sum::<u32>(), 3);

    if rules.blind {
        let quiet = world.desk.buy("LANG", 2, json!({})).await;
        let line = world.desk.order(&quiet).await.lines[0].id.clone();
        let told =
            shop.read_orders(&[OrderHead::named(quiet.as_str().into())]).await.expect("readings").remove(0);
        let told = told.value.expect("a readable order").changed_at;
        world.desk.pass(Duration::from_secs(3_600)).await;
        world
            .desk
            .order_event(&quiet, "edit_quietly", json!({ "lines": [{ "id": line, "units": 1 }] }))
            .await;
        let reading =
            shop.read_orders(&[OrderHead::named(quiet.as_str().into())]).await.expect("readings").remove(0);
        let order = reading.value.expect("a readable order");
        assert_eq!(order.changed_at, told, "no date moved");
        assert_eq!(left(&order), 1, "and yet a look by id shows it");
    }
    Selected::Yes
}

/// Units that still go to the buyer.
fn left(order: &Order) -> u32 {
    order.lines.iter().map(|line| line.units - line.cancelled - line.returned).sum()
}

pub async fn one_unreadable_order_does_not_hide_its_neighbours(world: &Online) -> Selected {
    if let Some(absent) = has_orders(world).await {
        return absent;
    }
    given_stock(world, "HONG").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.desk.buy("HONG", 1, json!({})).await);
    }
    world.desk.pass(Duration::from_secs(2)).await;
    world.desk.order_event(&ids[1], "garble", json!({})).await;
    world.desk.pass(Duration::from_secs(2)).await;

    let orders = world.recent_orders().await;

    for id in &ids {
        assert!(orders.contains_key(id), "{id} is read, readable or not");
        assert!(!orders[id].raw.is_empty(), "its raw answer is there");
    }
    assert!(orders[&ids[0]].value.is_ok() && orders[&ids[2]].value.is_ok(), "neighbours are whole");
    let fault = orders[&ids[1]].value.as_ref().expect_err("garbled");
    assert_eq!(*fault.kind, FaultKind::Unintelligible, "{fault}");

    let plain = world.recent_orders().await.remove(&ids[2]).expect("read").value.expect("readable");
    world.desk.fault(json!({ "kind": "numbers_as_strings", "probability": 1.0 })).await;
    let quoted = world.recent_orders().await.remove(&ids[2]).expect("read").value.expect("readable");
    world.desk.calm().await;
    assert_eq!(plain, quoted, "numbers in quotes are numbers");

    world.desk.fault(json!({ "kind": "unknown_status", "probability": 1.0 })).await;
    let strange = world.recent_orders().await;
    world.desk.calm().await;
    let order = strange[&ids[0]].value.as_ref().expect("readable");
    let is_unknown = |line: &ganh_contract::OrderLine| matches!(line.stage, LineStage::Unknown(_));
    assert!(order.lines.iter().all(is_unknown), "a status that nobody knows is kept as such: {order:?}");
    Selected::Yes
}

pub async fn lines_keep_their_ids_and_units_are_counted(world: &Online) -> Selected {
    if let Some(absent) = has_orders(world).await {
        return absent;
    }
    let (_, link) = world.live("DONG", 2).await;
    let lines = json!({ "lines": [{ "sku": "DONG-1", "units": 3 }, { "sku": "DONG-2", "units": 2 }] });
    let id = world.desk.buy("DONG-1", 0, lines).await;
    let first = world.order(&id).await;

    let skus: BTreeSet<_> = first.lines.iter().filter_map(|line| line.sku.clone()).collect();
    assert_eq!(skus.len(), 2, "each line names its SKU");
    let ids: BTreeSet<_> = first.lines.iter().map(|line| line.id.clone()).collect();
    assert_eq!(ids.len(), first.lines.len(), "no two lines share an id");
    assert_eq!(units_of(&first, "DONG-1"), (3, 0));
    assert_eq!(units_of(&first, "DONG-2"), (2, 0));
    for line in &first.lines {
        let offer = line.offer.as_ref().expect("an offer");
        assert!(link.offers.iter().any(|linked| linked.offer == *offer), "a line names a linked offer");
        assert!(line.unit_price.get() > 0);
    }
    let book = world.desk.order(&id).await;
    let held: Vec<&str> =
        book.lines.iter().filter(|line| line.sku == "DONG-1").map(|line| line.id.as_str()).collect();
    let mut gone = 0;
    for step in 1..=2_u32 {
        let place = held[usize::try_from(step - 1).unwrap_or(0) % held.len()];
        let (status, said) = world
            .desk
            .ask("POST", &format!("orders/{id}/cancel"), json!({ "lines": [{ "id": place, "units": 1 }] }))
            .await;
        assert!(status < 300, "a partial cancel: {said}");
        world.desk.pass(Duration::from_secs(1)).await;
        let order = world.order(&id).await;
        let now: BTreeSet<_> = order.lines.iter().map(|line| line.id.clone()).collect();
        assert_eq!(now, ids, "ids are the same on every read");
        let (units, cancelled) = units_of(&order, "DONG-1");
        assert_eq!(units - cancelled, 3 - step, "one unit less goes to the buyer");
        assert!(cancelled >= gone, "counts only grow");
        gone = cancelled;
        assert_eq!(units_of(&order, "DONG-2"), (2, 0), "the other line is as it was");
    }
    Selected::Yes
}

/// Units ordered and cancelled of a SKU, over all of its lines.
fn units_of(order: &Order, sku: &str) -> (u32, u32) {
    let mine = order.lines.iter().filter(|line| line.sku.as_ref().is_some_and(|told| told.as_str() == sku));
    mine.fold((0, 0), |(units, cancelled), line| {
        assert!(line.cancelled + line.returned <= line.units, "no more is taken back than was ordered");
        (units + line.units, cancelled + line.cancelled)
    })
}
