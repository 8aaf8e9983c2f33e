//! Cases 15, 31 and 32: what goes wrong on the way is told apart, whatever the envelope says.

use crate::story::stock;
use crate::world::{Online, Selected};
use ganh_contract::{Applied, Fault, FaultKind, Found, ListingHead, OfferKind, Window};
use serde_json::json;
use std::time::Duration;

/// Calls every reading verb and one write, each under a fault armed anew; the faults that came of it.
async fn everywhere(world: &Online, kind: &str) -> Vec<(&'static str, Option<Fault>)> {
    let (draft, link) = world.live("KHAP-NOI", 1).await;
    let listing = link.offers[0].offer.listing.clone();
    let now = world.desk.now();
    let window = Window { from: now.checked_sub(Duration::from_secs(600)).expect("in range"), until: now };
    let mut met = Vec::new();
    let arm = || world.desk.fault(json!({ "kind": kind, "count": 50 }));

    arm().await;
    met.push(("listings", world.shop().listings(None).await.err()));
    world.desk.calm().await;
    arm().await;
    let found = world.shop().find(&draft.code, &[]).await;
    let found = found.map(|found| match found {
        Found::Listings(mut readings) if readings.len() == 1 => readings.remove(0).value.err(),
        Found::Listings(_) | Found::Underway(_) | Found::Nothing => None,
    });
    met.push(("find", found.unwrap_or_else(Some)));
    world.desk.calm().await;
    arm().await;
    let seen = world.shop().observe(&[ListingHead::named(listing)]).await;
    met.push(("observe", seen.map_or_else(Some, |mut readings| readings.remove(0).value.err())));
    world.desk.calm().await;
    if world.allows().orders.is_some() {
        arm().await;
        met.push(("orders", world.shop().orders(window, None).await.err()));
        world.desk.calm().await;
    }
    arm().await;
    met.push(("survey", world.shop().survey().await.err()));
    world.desk.calm().await;
    if world.can_set(ganh_contract::Facet::Stock, OfferKind::Alone) {
        let call = world.pack(vec![stock(&link.offers[0], world.units(3))]).await;
        arm().await;
        let set = world.shop().set_offers(&call).await;
        met.push(("set_offers", set.map_or_else(Some, |mut rows| rows.remove(0).err())));
        world.desk.calm().await;
    }
    met
}

pub async fn success_in_the_envelope_is_not_success(world: &Online) -> Selected {
    for (verb, fault) in everywhere(world, "server_error").await {
        let fault = fault.unwrap_or_else(|| panic!("{verb}: an error under any status is an error"));
        let is_told = matches!(
            *fault.kind,
            FaultKind::Down | FaultKind::Interrupted | FaultKind::Unintelligible | FaultKind::Refused(_)
        );
        assert!(is_told, "{verb}: {fault}");
        assert_ne!(*fault.kind, FaultKind::Expired, "{verb}");
    }
    assert_eq!(world.desk.stock("KHAP-NOI").await, 40, "nothing was written");
    Selected::Yes
}

pub async fn throttled_is_throttled_whatever_the_status(world: &Online) -> Selected {
    for kind in ["throttle", "throttle_429"] {
        for (verb, fault) in everywhere(world, kind).await {
            let fault = fault.unwrap_or_else(|| panic!("{verb}: a throttled call is no success"));
            assert!(matches!(*fault.kind, FaultKind::Throttled { .. }), "{verb} under {kind}: {fault}");
            assert_eq!(fault.applied(), Applied::No, "{verb}");
        }
        assert_eq!(world.desk.stock("KHAP-NOI").await, 40, "nothing was written");
        world.desk.calm().await;
    }
    world.desk.tell("POST", "quota", json!({ "per_second": 0.001, "burst": 1 })).await;
    let mut last = world.shop().listings(None).await;
    for _ in 0..3 {
        last = world.shop().listings(None).await;
    }
    let fault = last.expect_err("over the quota");
    assert!(matches!(*fault.kind, FaultKind::Throttled { .. }), "over a real quota: {fault}");
    world.desk.tell("POST", "quota", json!({})).await;
    Selected::Yes
}

pub async fn maintenance_html_is_down_and_half_a_json_is_unintelligible(world: &Online) -> Selected {
    for kind in ["down", "html_200"] {
        for (verb, fault) in everywhere(world, kind).await {
            let fault = fault.unwrap_or_else(|| panic!("{verb}: a page is no answer"));
            assert_eq!(*fault.kind, FaultKind::Down, "{verb} under {kind}: {fault}");
        }
    }
    for (verb, fault) in everywhere(world, "half_json").await {
        let fault = fault.unwrap_or_else(|| panic!("{verb}: half an answer is no answer"));
        // A write whose answer cannot be read is read back first: it may also be told as interrupted.
        let is_told = match *fault.kind {
            FaultKind::Unintelligible => true,
            FaultKind::Interrupted => verb == "set_offers",
            _ => false,
        };
        assert!(is_told, "{verb}: {fault}");
        assert_eq!(fault.applied(), Applied::Unknown, "{verb}: it may have been done");
    }
    assert_eq!(world.desk.stock("KHAP-NOI").await, 3, "half an answer, the whole effect");
    for (verb, fault) in everywhere(world, "cut_middle").await {
        let fault = fault.unwrap_or_else(|| panic!("{verb}: a cut answer is no answer"));
        assert_eq!(*fault.kind, FaultKind::Interrupted, "{verb}: {fault}");
    }
    for (verb, fault) in everywhere(world, "junk_before_json").await {
        let Some(fault) = fault else { continue };
        assert_eq!(verb, "set_offers", "a notice before the answer is read over: {fault}");
        assert_eq!(fault.applied(), Applied::Unknown, "a write is read back: {fault}");
    }
    Selected::Yes
}
