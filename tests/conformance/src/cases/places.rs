//! Cases 11 and 12: calls that must carry more than what changed, and stock that lies at several places.

use crate::story::{price, stock};
use crate::world::{Online, Selected, kind};
use ganh_contract::{Batch, FaultKind, RemotePlaceId, Sale, Sent, Thing, Units, Vnd};
use serde_json::json;

pub async fn a_coupled_call_keeps_siblings_sale_and_switch(world: &Online) -> Selected {
    let is_coupled = |shape: &&ganh_contract::CallShape| {
        shape.coupled || matches!(shape.batch, Batch::WholeListings { .. })
    };
    let Some(shape) = world.allows().calls.iter().find(is_coupled) else {
        // Case 10 proves it for offers; here for the switch.
        let (_, link) = world.live("ROI", 1).await;
        let before = world.desk.offer("ROI").await;
        world
            .set(vec![stock(&link.offers[0], world.units(5))])
            .await
            .expect("outcomes")
            .remove(0)
            .expect("taken");
        let after = world.desk.offer("ROI").await;
        assert_eq!((before.price, before.on_sale), (after.price, after.on_sale), "stock travels alone");
        return Selected::no("no call carries more than what changed");
    };
    assert!(shape.coupled, "whole listings travel with every facet");
    let (_, link) = world.live("GAN", 3).await;
    let listing = &link.offers[0].offer.listing;
    if world.allows().price.sale {
        // A sale on the second offer, which the later calls must carry along.
        let mut row = price(&link.offers[1], 90_000);
        let Some(Sent::Changed(price)) = &mut row.price else { panic!("a changed price") };
        price.sale = Some(Sale { price: Vnd(81_000), from: None, until: None });
        world.set(vec![row]).await.expect("outcomes").remove(0).expect("on sale for less");
        assert_eq!(world.desk.price("GAN-2").await, 81_000);
    }
    let mut off = price(&link.offers[2], 88_000);
    off.price = None;
    off.on_sale = Some(Sent::Changed(false));
    world.set(vec![off]).await.expect("outcomes").remove(0).expect("the third is switched off");
    world.desk.pass(world.allows().lag.read).await;
    let before = world.desk.listing(listing.as_str()).await.expect("a listing");
    let switches: Vec<bool> = before.offers.iter().map(|offer| offer.on_sale).collect();
    assert_eq!(switches, [true, true, false], "the calls so far carried their siblings, too");
    assert!(before.offers.iter().all(|offer| offer.stock == Some(40)), "with their stock");

    world
        .set(vec![stock(&link.offers[0], world.units(7))])
        .await
        .expect("outcomes")
        .remove(0)
        .expect("taken");

    let after = world.desk.listing(listing.as_str()).await.expect("a listing");
    assert_eq!(world.desk.stock("GAN-1").await, 7);
    assert_eq!(before.offers[0].price, after.offers[0].price, "its price is carried");
    assert_eq!(before.offers[1..], after.offers[1..], "siblings keep price, sale, stock and switch");
    Selected::Yes
}

pub async fn every_place_is_named_and_an_unknown_one_is_missing(world: &Online) -> Selected {
    let (_, link) = world.live("KHO", 1).await;
    let offer = &link.offers[0];
    if !world.allows().stock.every_place {
        world.set(vec![stock(offer, Units::only(6))]).await.expect("outcomes").remove(0).expect("taken");
        assert_eq!(world.desk.stock("KHO").await, 6, "one figure is the whole figure");
        return Selected::no("stock lies at one place");
    }
    let places = world.places();
    assert!(places.len() > 1, "a fixture of this kind has several places");
    let figures: std::collections::BTreeMap<RemotePlaceId, u32> = places.iter().cloned().zip(4..).collect();
    world.set(vec![stock(offer, Units(figures.clone()))]).await.expect("outcomes").remove(0).expect("taken");
    world.desk.pass(world.allows().lag.read).await;
    let seen = world.observed(&offer.offer.listing).await;
    assert_eq!(seen.offers[0].stock, Some(Units(figures.clone())), "each place has its own");

    let mut strange = figures.clone();
    strange.insert(RemotePlaceId::new("kho-la"), 1);
    let refused = world.set(vec![stock(offer, Units(strange))]).await.and_then(|mut rows| rows.remove(0));
    assert_eq!(kind(refused), FaultKind::Missing(Thing::Place));
    assert_eq!(world.observed(&offer.offer.listing).await.offers[0].stock, Some(Units(figures.clone())));

    // The warehouse moves: the old id is missing, a survey shows the new one.
    world.desk.tell("POST", &format!("places/{}/move", places[0]), json!({})).await;
    let moved = world.set(vec![stock(offer, Units(figures))]).await.and_then(|mut rows| rows.remove(0));
    assert_eq!(kind(moved), FaultKind::Missing(Thing::Place));
    let survey = world.shop().survey().await.expect("a survey");
    assert!(survey.places.iter().all(|place| place.id != places[0].as_str()), "the survey knows");
    assert_eq!(survey.places.len(), places.len());
    Selected::Yes
}
