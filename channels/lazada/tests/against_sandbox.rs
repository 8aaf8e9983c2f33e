//! Stories that only Lazada has: its pushes, its way of an order, its two warehouses.

mod fixture;

use fixture::Lazada;
use ganh_conformance::{Fixture, Online, Receiver, World};
use ganh_contract::{
    Acted, Action, ActionKind, Delivery, Hint, LineStage, Progress, RemoteOrderId, RemotePlaceId, Start,
    Units, Verdict,
};
use serde_json::json;

async fn given_a_shop() -> Box<Online> {
    match Lazada.world().await {
        World::Online(world) => world,
        World::ByFile(_) => panic!("a channel with calls"),
    }
}

fn action(kind: ActionKind) -> Action {
    Action {
        kind,
        lines: Vec::new(),
        place: None,
        slot: None,
        carrier: None,
        tracking: None,
        reason: None,
        agree: true,
    }
}

/// Acts to the end.
async fn act(world: &Online, order: &str, kind: ActionKind) -> Acted {
    let order = RemoteOrderId::new(order);
    let mut ticket = None;
    for _ in 0..10 {
        let start = ticket.as_ref().map_or(Start::Fresh("intent"), Start::Resume);
        match world.shop().act(&order, &action(kind), start).await.expect("a step") {
            Progress::Done(acted) => return acted,
            Progress::Later { ticket: next, wait, .. } => {
                world.desk.pass(wait).await;
                ticket = Some(next);
            }
        }
    }
    panic!("an act without end");
}

#[tokio::test]
async fn a_push_is_genuine_points_to_its_order_and_a_changed_byte_is_forged() {
    let world = given_a_shop().await;
    let receiver = Receiver::start(Vec::new()).await;
    world.desk.tell("POST", "hooks", json!({ "url": receiver.hook_url() })).await;
    world.live("DAY", 1).await;
    let order = world.desk.buy("DAY", 1, json!({})).await;
    world.desk.tell("POST", "hooks/flush", json!({})).await;
    let judge = |headers: &[(String, String)], body: &[u8]| {
        let url = receiver.hook_url();
        world.platform.hook(&Delivery { url: &url, headers, body, secret: None, shop: None })
    };
    let wanted = (world.id.clone(), Hint::Order(RemoteOrderId::new(order)));
    let names = |verdict: &Verdict| matches!(verdict, Verdict::Hints(hints) if hints.contains(&wanted));

    let taken =
        receiver.wait_for(|taken| taken.iter().any(|one| names(&judge(&one.headers, &one.body)))).await;

    assert!(taken.iter().all(|one| judge(&one.headers, &one.body) != Verdict::Forged));
    let mut longer = taken[0].body.clone();
    longer.push(b' ');
    assert_eq!(judge(&taken[0].headers, &longer), Verdict::Forged);
}

#[tokio::test]
async fn an_order_is_packed_labelled_and_handed_over_and_again_is_success() {
    let world = given_a_shop().await;
    world.live("GOI", 1).await;
    let id = world.desk.buy("GOI", 2, json!({})).await;
    let moves = world.shop().moves(&id.as_str().into()).await.expect("moves");
    let kinds: Vec<ActionKind> = moves.iter().map(|one| one.kind).collect();

    let packed = act(&world, &id, ActionKind::Pack).await;
    let order = world.order(&id).await;
    let label = act(&world, &id, ActionKind::Label).await;
    let handed = act(&world, &id, ActionKind::HandOver).await;
    let again = act(&world, &id, ActionKind::HandOver).await;

    assert_eq!(kinds, [ActionKind::Pack, ActionKind::HandOver, ActionKind::Cancel]);
    assert!(moves[2].reasons.len() > 1, "the channel's own reasons");
    assert_eq!((packed, handed, again), (Acted::Done, Acted::Done, Acted::Done));
    assert!(order.lines.iter().all(|line| line.stage == LineStage::Packed && line.package.is_some()));
    let Acted::Document { mime, bytes } = label else { panic!("a document, not {label:?}") };
    assert!(mime.starts_with("text/html") && !bytes.is_empty());
}

#[tokio::test]
async fn units_lie_at_both_warehouses_from_the_beginning() {
    let world = given_a_shop().await;
    let places: Vec<RemotePlaceId> = world.places();
    let mut draft = world.draft("HAI-KHO", 2);
    let figures = Units(places.iter().cloned().zip([7, 5]).collect());
    for offer in &mut draft.offers {
        offer.stock = figures.clone();
    }

    let link = world.list(&draft).await.expect("a listing");
    world.settle().await;

    let seen = world.observed(&link.offers[0].offer.listing).await;
    assert_eq!(places.len(), 2);
    assert!(seen.offers.iter().all(|offer| offer.stock.as_ref() == Some(&figures)), "{:?}", seen.offers);
    assert_eq!(world.desk.stock("HAI-KHO-1").await, 12);
}
