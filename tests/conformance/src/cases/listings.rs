//! Cases 19–21: reading the shop back, all of it, these listings, and not too early.

use crate::story::{belief, stock};
use crate::world::{Online, Selected};
use ganh_contract::{Facet, FaultKind, ListingHead, OfferKind, RemoteListingId, Standing, Thing};
use serde_json::json;
use std::collections::BTreeSet;

/// More than fit on one page anywhere.
const SHELF: usize = 130;

pub async fn a_walk_over_a_moving_shop_finds_all_standings(world: &Online) -> Selected {
    let mut all = BTreeSet::new();
    for number in 0..SHELF {
        let sku = format!("KE-{number}");
        let id = world
            .desk
            .seed(json!({ "title": format!("Hàng số {number}"), "sku": sku, "price": 50_000, "stock": 5 }))
            .await;
        all.insert(id);
    }
    let ids: Vec<String> = all.iter().cloned().collect();
    let mut standings = Vec::new();
    for (event, id) in ["hide", "ban", "reject", "review"].into_iter().zip(&ids) {
        let path = format!("listings/{id}/{event}");
        if world.desk.ask("POST", &path, json!({ "reasons": ["Ảnh mờ"] })).await.0 < 300 {
            standings.push(id.clone());
        }
    }
    world.settle().await;
    for fault in [
        json!({ "kind": "shift_page", "probability": 0.5, "after_ms": 1 }),
        json!({ "kind": "down", "count": 0 }),
    ] {
        world.desk.fault(fault).await;
        let walked: BTreeSet<String> =
            world.walk().await.into_iter().map(|head| head.id.as_str().to_owned()).collect();
        world.desk.calm().await;
        let lost: Vec<&String> = all.difference(&walked).collect();
        assert!(lost.is_empty(), "a whole walk leaves nothing out: {lost:?}");
    }
    for id in &standings {
        let seen = world.standing(&RemoteListingId::new(id.as_str())).await;
        assert_ne!(seen, Standing::OnSale, "{id} is not on sale");
    }
    empty_page(world, &all).await;
    Selected::Yes
}

/// A wrong empty page in the middle may cost the walk, never be its end.
async fn empty_page(world: &Online, all: &BTreeSet<String>) {
    world.desk.fault(json!({ "kind": "empty_page", "skip": 1 })).await;
    let mut walked = BTreeSet::new();
    let mut cursor = None;
    let mut was_end = false;
    for _ in 0..100 {
        let Ok(page) = world.shop().listings(cursor.as_ref()).await else { break };
        walked.extend(page.rows.into_iter().map(|head| head.id.as_str().to_owned()));
        match page.next {
            ganh_contract::Next::More(next) => cursor = Some(next),
            ganh_contract::Next::End => {
                was_end = true;
                break;
            }
            ganh_contract::Next::TooMany => panic!("listings are never too many"),
        }
    }
    world.desk.calm().await;
    let is_whole = all.is_subset(&walked);
    assert!(
        is_whole || !was_end,
        "`End` alone proves a full walk, and {} rows are missing",
        all.len() - walked.len()
    );
}

pub async fn a_gone_listing_is_missing_not_left_out(world: &Online) -> Selected {
    let seed = |sku: &'static str| {
        world.desk.seed(json!({ "title": "Hàng sắp mất", "sku": sku, "price": 50_000, "stock": 5 }))
    };
    let (first, gone, last) = (seed("CON-1").await, seed("MAT").await, seed("CON-2").await);
    world.settle().await;
    world.desk.listing_event(&gone, "delete", json!({})).await;
    world.settle().await;
    let never = "987654321".to_owned();
    let ids = [&first, &gone, &never, &last];
    let heads: Vec<ListingHead> =
        ids.iter().map(|id| ListingHead::named(RemoteListingId::new(id.as_str()))).collect();

    let most = world.allows().listings_per_read.max(1);
    let mut readings = Vec::new();
    for some in heads.chunks(most) {
        readings.extend(world.shop().observe(some).await.expect("readings"));
    }

    let told: Vec<&str> = readings.iter().map(|reading| reading.id.as_str()).collect();
    assert_eq!(told, ids.map(String::as_str), "one reading for each, in order");
    assert_eq!(readings[0].value.as_ref().map(|seen| seen.standing.clone()), Ok(Standing::OnSale));
    assert_eq!(readings[3].value.as_ref().map(|seen| seen.standing.clone()), Ok(Standing::OnSale));
    match &readings[1].value {
        Ok(seen) => assert_eq!(seen.standing, Standing::Deleted),
        Err(fault) => assert_eq!(*fault.kind, FaultKind::Missing(Thing::Listing), "{fault}"),
    }
    let fault = readings[2].value.as_ref().expect_err("never there");
    assert_eq!(*fault.kind, FaultKind::Missing(Thing::Listing), "{fault}");
    // All of them gone is no error of the call either.
    let alone = world.see(&RemoteListingId::new(never)).await;
    assert_eq!(*alone.value.expect_err("never there").kind, FaultKind::Missing(Thing::Listing));
    Selected::Yes
}

pub async fn reading_too_early_shows_the_old_world_and_is_not_drift(world: &Online) -> Selected {
    if !world.can_set(Facet::Stock, OfferKind::Alone) {
        return Selected::no("stock cannot be set");
    }
    let lag = world.allows().lag.clone();
    let (_, link) = world.live("SOM", 1).await;
    let (offer, listing) = (&link.offers[0], &link.offers[0].offer.listing);
    let read = async || {
        let seen = world.observed(listing).await;
        seen.offers[0].stock.as_ref().map(ganh_contract::Units::total)
    };
    if !lag.read.is_zero() {
        world.desk.pass(lag.read).await;
        let late_ms = i64::try_from(lag.read.as_millis()).expect("a lag in range") - 1000;
        world.set(vec![stock(offer, world.units(11))]).await.expect("outcomes").remove(0).expect("taken");
        world.desk.fault(json!({ "kind": "stale_read", "probability": 1.0, "after_ms": late_ms })).await;
        let early = read().await;
        world.desk.pass(lag.read).await;
        let late = read().await;
        world.desk.calm().await;
        assert_eq!(early, Some(40), "too early: the old world");
        assert_eq!(late, Some(11), "after the lag: the new one");
    } else {
        world.set(vec![stock(offer, world.units(11))]).await.expect("outcomes").remove(0).expect("taken");
        assert_eq!(read().await, Some(11), "without a lag a read shows the write");
    }
    if lag.cut.is_zero() {
        return Selected::Yes;
    }
    // A write that was cut off lands after the next one: only a read after the lag tells which figure holds.
    let call = world.pack(vec![stock(offer, world.units(3))]).await;
    let late_ms = i64::try_from(lag.cut.as_millis()).expect("a lag in range") - 2000;
    world.desk.fault(json!({ "kind": "gone_on", "after_ms": late_ms })).await;
    let cut = world.shop().set_offers(&call).await.and_then(|mut rows| rows.remove(0));
    assert_eq!(belief(&cut), crate::story::Belief::Open, "nobody knows: {cut:?}");
    world.desk.calm().await;
    world.set(vec![stock(offer, world.units(8))]).await.expect("outcomes").remove(0).expect("taken");
    assert_eq!(world.desk.stock("SOM").await, 8);
    world.desk.pass(lag.cut).await;
    for _ in 0..500 {
        if world.desk.stock("SOM").await == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    world.desk.pass(lag.read).await;
    assert_eq!(read().await, Some(3), "the late one is seen, and is a reason to write again");
    Selected::Yes
}
