//! Cases 27 and 28: goods that are not ours to ship, and acts whose reply is lost.

use crate::world::{Online, Selected, kind};
use ganh_contract::{Acted, Action, ActionKind, Applied, FaultKind, LineStage, Progress, Start};
use serde_json::json;

pub async fn goods_in_the_channels_warehouse_are_marked(world: &Online) -> Selected {
    if world.allows().orders.is_none() {
        return Selected::no("the channel shows no orders");
    }
    world.live("KHO-SAN", 1).await;
    let ours = world.desk.buy("KHO-SAN", 1, json!({})).await;
    assert!(world.order(&ours).await.lines.iter().all(|line| !line.stocked_by_channel), "our goods are ours");
    let body = json!({ "lines": [{ "sku": "KHO-SAN", "units": 1 }], "paid": true, "more": { "stocked_by_channel": true } });
    let placed = world.desk.tell("POST", "orders", body).await;
    let id = placed["id"].as_str().expect("an id").to_owned();
    if placed.get("stocked_by_channel").is_none() && !is_theirs(world, &id).await {
        return Selected::no("this marketplace sends nothing from a warehouse of its own");
    }
    assert!(world.order(&id).await.lines.iter().all(|line| line.stocked_by_channel), "theirs are marked");
    Selected::Yes
}

async fn is_theirs(world: &Online, id: &str) -> bool {
    world.desk.order(id).await.status.contains("by_channel")
}

pub async fn an_action_with_a_lost_reply_is_done_once(world: &Online) -> Selected {
    let actions = world.allows().actions.clone();
    if actions.is_empty() {
        assert_eq!(kind(world.shop().moves(&"1".into()).await), FaultKind::Unsupported);
        let act = world.shop().act(&"1".into(), &action(ActionKind::Cancel), Start::Fresh("intent")).await;
        assert_eq!(kind(act), FaultKind::Unsupported);
        return Selected::no("nothing can be done to an order");
    }
    world.live("LAM", 1).await;
    for kind in [ActionKind::Cancel, ActionKind::Confirm, ActionKind::HandOver] {
        if !actions.contains(&kind) {
            continue;
        }
        let changing = changing_calls(world, kind).await;
        for fault in ["cut_after", "half_json"] {
            let before = world.desk.stock("LAM").await;
            let id = world.desk.buy("LAM", 2, json!({})).await;
            let placed = world.desk.stock("LAM").await;
            let action = choose(world, &id, kind).await;
            // The reply that matters is that of the call that changes something.
            for call in &changing {
                let mut armed = call.clone();
                armed["kind"] = json!(fault);
                world.desk.fault(armed).await;
            }
            let lost = drive(world, &id, &action).await.expect_err("a lost reply");
            world.desk.calm().await;
            assert_eq!(lost.applied(), Applied::Unknown, "{kind:?}, {fault}: {lost}");

            drive(world, &id, &action)
                .await
                .unwrap_or_else(|fault| panic!("{kind:?} again: already so is success: {fault}"));

            let order = world.order(&id).await;
            let held = world.desk.stock("LAM").await;
            if kind == ActionKind::Cancel {
                assert!(
                    order
                        .lines
                        .iter()
                        .all(|line| line.stage == LineStage::Cancelled && line.cancelled == line.units)
                );
                let is_zeroed = world.allows().stock.zeroed_by_cancel && held == 0;
                assert!(held == before || is_zeroed, "given back once: {before} → {placed} → {held}");
            } else {
                assert!(order.lines.iter().all(|line| line.cancelled == 0), "done, not undone");
                assert_eq!(held.min(placed), held, "nothing is given back");
            }
        }
    }
    Selected::Yes
}

/// The move of this kind, with the first of each choice.
async fn choose(world: &Online, id: &str, kind: ActionKind) -> Action {
    let moves = world.shop().moves(&id.into()).await.expect("moves");
    let chosen = moves.iter().find(|one| one.kind == kind).unwrap_or_else(|| panic!("{kind:?} is possible"));
    let first = |choices: &[ganh_contract::Choice]| choices.first().map(|choice| choice.id.clone());
    Action {
        place: first(&chosen.places),
        slot: first(&chosen.slots),
        carrier: first(&chosen.carriers),
        reason: first(&chosen.reasons),
        ..action(kind)
    }
}

/// Which calls of such an act change something: those that are no `GET`; at a marketplace whose `GET`s change things, the last one.
async fn changing_calls(world: &Online, kind: ActionKind) -> Vec<serde_json::Value> {
    let scout = world.desk.buy("LAM", 1, json!({})).await;
    let action = choose(world, &scout, kind).await;
    world.desk.clear_journal().await;
    drive(world, &scout, &action).await.expect("an act without faults");
    let made = world.desk.journal().await;
    if made.iter().any(|call| call["method"] != "GET") {
        return ["POST", "PUT"].map(|method| json!({ "method": method })).into();
    }
    let path = made.last().and_then(|call| call["path"].as_str()).expect("a call").split('?').next();
    vec![json!({ "path": path })]
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
async fn drive(world: &Online, id: &str, action: &Action) -> ganh_contract::Result<Acted> {
    let mut ticket = None;
    for _ in 0..20 {
        let start = ticket.as_ref().map_or(Start::Fresh("intent-act"), Start::Resume);
        match world.shop().act(&id.into(), action, start).await? {
            Progress::Done(acted) => return Ok(acted),
            Progress::Later { ticket: next, wait, .. } => {
                world.desk.pass(wait).await;
                ticket = Some(next);
            }
        }
    }
    panic!("an act without end");
}
