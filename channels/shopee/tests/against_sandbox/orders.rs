//! Orders, what is done to them, and returns.

use crate::world::{World, given_coffee_in_two_sizes};
use ganh_contract::{
    Acted, Action, ActionKind, LineStage, OrderHead, Progress, RemoteOrderId, Start, Vnd, Window,
};
use serde_json::json;

#[tokio::test]
async fn orders_are_listed_read_and_cancelled_with_their_counts() {
    let world = World::new().await;
    let (_, link) = given_coffee_in_two_sizes(&world).await;
    let id = world.place_order("CF-500", 3).await;
    let now = jiff::Timestamp::now();
    let hour = jiff::SignedDuration::from_hours(1);
    let window = Window { from: now - hour, until: now + hour };

    let page = world.shop.orders(window, None).await.expect("a page");
    let ready = world.read(&id).await;
    world.control("POST", &format!("/_sandbox/orders/{id}/cancel"), json!({})).await;
    let cancelled = world.read(&id).await.value.expect("an order");

    assert_eq!(page.rows.iter().map(|row| &row.id).collect::<Vec<_>>(), [&id]);
    assert!(ready.raw.contains("recipient_address"));
    let line = &ready.value.expect("an order").lines[0];
    assert_eq!((line.units, line.cancelled, &line.stage), (3, 0, &LineStage::Ready));
    assert_eq!((line.offer.as_ref(), line.unit_price), (Some(&link.offers[1].offer), Vnd(145_000)));
    assert_eq!((cancelled.lines[0].cancelled, &cancelled.lines[0].id), (3, &line.id));
    assert_eq!(cancelled.lines[0].stage, LineStage::Cancelled);
}

#[tokio::test]
async fn i1_one_unreadable_order_does_not_hide_its_neighbours() {
    let world = World::new().await;
    given_coffee_in_two_sizes(&world).await;
    let (bad, good) = (world.place_order("CF-250", 1).await, world.place_order("CF-500", 1).await);
    world.control("POST", &format!("/_sandbox/orders/{bad}/garble"), json!({})).await;

    let heads = [
        OrderHead::named(bad),
        OrderHead::named(RemoteOrderId::new("2601010NOSUCH")),
        OrderHead::named(good),
    ];
    let readings = world.shop.read_orders(&heads).await.expect("readings");

    assert_eq!(
        readings.iter().map(|reading| reading.value.is_ok()).collect::<Vec<_>>(),
        [false, false, true]
    );
    assert!(!readings[0].raw.is_empty(), "what cannot be read is kept");
}

#[tokio::test]
async fn an_order_is_handed_over_once_and_its_label_fetched() {
    let world = World::new().await;
    given_coffee_in_two_sizes(&world).await;
    let id = world.place_order("CF-500", 1).await;
    let action = |kind| Action {
        kind,
        lines: Vec::new(),
        place: None,
        slot: None,
        carrier: None,
        tracking: None,
        reason: None,
        agree: true,
    };

    let moves = world.shop.moves(&id).await.expect("moves");
    let hand_over = action(ActionKind::HandOver);
    let first = world.shop.act(&id, &hand_over, Start::Fresh("a")).await.expect("handed over");
    let second = world.shop.act(&id, &hand_over, Start::Fresh("b")).await.expect("already so");
    let mut label = world.shop.act(&id, &action(ActionKind::Label), Start::Fresh("c")).await.expect("a step");
    for _ in 0..20 {
        let Progress::Later { ticket, .. } = &label else { break };
        world.control("POST", "/_sandbox/time", json!({ "advance_s": 5 })).await;
        label = world.shop.act(&id, &action(ActionKind::Label), Start::Resume(ticket)).await.expect("a step");
    }

    assert!(moves.iter().any(|offered| offered.kind == ActionKind::HandOver && !offered.places.is_empty()));
    assert!(matches!((first, second), (Progress::Done(Acted::Done), Progress::Done(Acted::Done))));
    assert!(matches!(label, Progress::Done(Acted::Document { bytes, .. }) if bytes.starts_with(b"%PDF")));
}

#[tokio::test]
async fn a_seller_cancels_and_is_told_that_it_is_so() {
    let world = World::new().await;
    given_coffee_in_two_sizes(&world).await;
    let id = world.place_order("CF-500", 2).await;
    let cancel = Action {
        kind: ActionKind::Cancel,
        lines: Vec::new(),
        place: None,
        slot: None,
        carrier: None,
        tracking: None,
        reason: Some("OUT_OF_STOCK".into()),
        agree: true,
    };

    let first = world.shop.act(&id, &cancel, Start::Fresh("a")).await.expect("cancelled");
    let second = world.shop.act(&id, &cancel, Start::Fresh("b")).await.expect("already so");

    assert!(matches!((first, second), (Progress::Done(Acted::Done), Progress::Done(Acted::Done))));
    assert_eq!(world.read(&id).await.value.expect("an order").lines[0].cancelled, 2);
}

#[tokio::test]
async fn a_return_comes_by_its_own_list_and_counts_on_the_line() {
    let world = World::new().await;
    given_coffee_in_two_sizes(&world).await;
    let id = world.place_order("CF-500", 2).await;
    for event in ["pack", "ship", "deliver"] {
        world.control("POST", &format!("/_sandbox/orders/{id}/{event}"), json!({})).await;
    }
    world.control("POST", &format!("/_sandbox/orders/{id}/return"), json!({ "granted": true })).await;
    let now = jiff::Timestamp::now();
    let hour = jiff::SignedDuration::from_hours(1);

    let page =
        world.shop.returns(Window { from: now - hour, until: now + hour }, None).await.expect("a page");
    let readings = world.shop.read_orders(&page.rows).await.expect("readings");

    assert_eq!(page.rows[0].id, id);
    let order = readings[0].value.clone().expect("an order");
    assert_eq!(order.lines[0].returned, 2, "{:?}", readings[0].raw);
}
