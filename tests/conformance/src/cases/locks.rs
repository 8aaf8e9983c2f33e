//! Case 16: what cannot be changed now says until when, or down to what.

use crate::story::{price, stock};
use crate::world::{Online, Selected, kind};
use ganh_contract::{Again, Facet, FaultKind, OfferKind};
use serde_json::json;
use std::time::Duration;

pub async fn a_lock_names_its_floor_or_its_end(world: &Online) -> Selected {
    if !world.can_set(Facet::Stock, OfferKind::Alone) {
        return Selected::no("stock cannot be set");
    }
    let (_, link) = world.live("KHOA", 1).await;
    let offer = &link.offers[0];
    let path = format!("listings/{}/lock", offer.offer.listing);
    let lock = json!({ "reserved": 10, "price": true, "until_s": 86_400 });
    let (status, answer) = world.desk.ask("POST", &path, lock).await;
    if status >= 300 {
        world
            .set(vec![stock(offer, world.units(0))])
            .await
            .expect("outcomes")
            .remove(0)
            .expect("never locked");
        return Selected::no(format!("this marketplace has no campaigns that lock: {answer}"));
    }
    let before = world.desk.stock("KHOA").await;

    let below = world.set(vec![stock(offer, world.units(4))]).await.and_then(|mut rows| rows.remove(0));
    let fault = below.expect_err("below what the campaign holds");
    let FaultKind::Locked { until, least, .. } = *fault.kind else { panic!("locked, not {fault}") };
    assert!(until.is_some() || least == Some(10), "it names its floor or its end: {fault}");
    assert_eq!(fault.again(), Again::AtTime);
    assert_eq!(world.desk.stock("KHOA").await, before, "nothing was written");
    if least.is_some() {
        let floor = world.set(vec![stock(offer, world.units(10))]).await.and_then(|mut rows| rows.remove(0));
        floor.expect("the floor is taken");
    }
    let locked = kind(world.set(vec![price(offer, 99_000)]).await.and_then(|mut rows| rows.remove(0)));
    assert!(matches!(locked, FaultKind::Locked { .. }), "the price is locked: {locked:?}");

    world.desk.pass(Duration::from_secs(86_401)).await;
    world.keep_alive().await;
    for row in [stock(offer, world.units(4)), price(offer, 99_000)] {
        world.set(vec![row]).await.expect("outcomes").remove(0).expect("free again");
    }
    assert_eq!((world.desk.stock("KHOA").await, world.desk.price("KHOA").await), (4, 99_000));
    Selected::Yes
}
