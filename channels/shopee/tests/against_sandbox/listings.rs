//! Building, finding, revising and walking listings.

use crate::world::{World, draft, given_coffee_in_two_sizes, given_plain_coffee, kind, offer, on_sale};
use ganh_contract::{
    Facet, FaultKind, Found, Head, Next, OfferRef, Progress, RemoteListingId, Section, Sku, Standing, Start,
};
use serde_json::json;

#[tokio::test]
async fn a_listing_with_variations_is_built_and_reads_back_as_drafted() {
    let world = World::new().await;

    let (draft, link) = given_coffee_in_two_sizes(&world).await;
    let seen = world.see(&link.offers[0].offer.listing).await;

    assert_eq!(seen.standing, Standing::OnSale);
    assert_eq!(seen.code, Some(draft.code.clone()));
    let shows = seen.shows.expect("a page");
    assert_eq!(
        (&shows.title, &shows.axes, shows.grams, shows.size_mm),
        (&draft.title, &draft.axes, 550, draft.size_mm)
    );
    assert_eq!(shows.attributes, draft.attributes);
    let figures: Vec<_> = seen
        .offers
        .iter()
        .map(|offer| (offer.sku.clone(), offer.price.clone(), offer.stock.clone()))
        .collect();
    let wanted: Vec<_> = draft
        .offers
        .iter()
        .map(|offer| (Some(offer.sku.clone()), Some(offer.price.clone()), Some(offer.stock.clone())))
        .collect();
    assert_eq!(figures, wanted);
}

#[tokio::test]
async fn i3_a_lost_reply_leaves_one_listing_that_is_found_and_adopted() {
    let world = World::new().await;
    let offers = vec![offer("CF-250", Some("250g"), 79_000, 25), offer("CF-500", Some("500g"), 145_000, 40)];
    let draft = draft(world.picture().await, "CF", &["Khối lượng"], offers);
    world.fault(json!({ "kind": "cut_after", "path": "add_item" })).await;

    let lost = world.shop.create(&draft, Start::Fresh("intent-1")).await;
    let Found::Listings(found) = world.shop.find(&draft.code, &[]).await.expect("an answer") else {
        panic!("nothing")
    };
    let listing = RemoteListingId::new(found[0].id.as_str());
    let mut step = world.shop.create(&draft, Start::Adopt(&listing)).await.expect("a step");
    while let Progress::Later { ticket, .. } = step {
        step = world.shop.create(&draft, Start::Resume(&ticket)).await.expect("a step");
    }

    assert_eq!(kind(lost), FaultKind::Interrupted);
    assert_eq!(found.len(), 1);
    assert_eq!(world.see(&listing).await.standing, Standing::Hidden, "whole, and shown by its switch");
    let books = world.sandbox.control("GET", "/_sandbox/books", None).await;
    assert_eq!(books["listings"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_code_that_nobody_carries_is_not_found() {
    let world = World::new().await;

    assert!(matches!(world.shop.find(&Sku::new("NONE"), &[]).await, Ok(Found::Nothing)));
}

#[tokio::test]
async fn a_new_structure_retires_the_old_ids() {
    let world = World::new().await;
    let (mut draft, link) = given_coffee_in_two_sizes(&world).await;
    let listing = link.offers[0].offer.listing.clone();
    draft.offers.push(offer("CF-1000", Some("1kg"), 270_000, 5));
    draft.title = "Cà phê Robusta rang mộc Buôn Ma Thuột, ba cỡ túi".into();
    let changed = [Section::Title, Section::Structure];

    let listings = [listing.clone()];
    let mut step =
        world.shop.revise(&listings, &draft, &changed, Start::Fresh("intent-2")).await.expect("a step");
    while let Progress::Later { ticket, .. } = step {
        step = world.shop.revise(&listings, &draft, &changed, Start::Resume(&ticket)).await.expect("a step");
    }

    let Progress::Done(new) = step else { panic!("not done") };
    let seen = world.see(&listing).await;
    assert_eq!((new.offers.len(), seen.offers.len()), (3, 3));
    assert_eq!(seen.shows.expect("a page").title, draft.title);
    let ids: Vec<&OfferRef> = new.offers.iter().map(|linked| &linked.offer).chain(&new.retired).collect();
    assert!(link.offers.iter().all(|old| ids.contains(&&old.offer)), "old ids are kept");
}

#[tokio::test]
async fn a_walk_finds_all_standings_and_a_deleted_listing_is_gone_for_good() {
    let world = World::new().await;
    let plain = given_plain_coffee(&world).await;
    let (_, link) = given_coffee_in_two_sizes(&world).await;
    let other = link.offers[0].offer.listing.clone();
    world.control("POST", &format!("/_sandbox/listings/{other}/ban"), json!({ "reasons": ["x"] })).await;
    world.set(Facet::OnSale, vec![on_sale(&plain, false)]).await;

    let page = world.shop.listings(None).await.expect("a page");
    world.shop.delete(&plain.listing, &[]).await.expect("deleted");
    world.shop.delete(&plain.listing, &[]).await.expect("gone already is success");

    let mut ids: Vec<&RemoteListingId> = page.rows.iter().map(|row| &row.id).collect();
    ids.sort();
    let mut wanted = vec![&plain.listing, &other];
    wanted.sort();
    assert_eq!((ids, page.next), (wanted, Next::End));
    assert!(matches!(world.see(&other).await.standing, Standing::Banned(_)));
    let unknown = [Head::named(RemoteListingId::new("99999999"))];
    let readings = world.shop.observe(&unknown).await.expect("readings");
    assert!(matches!(kind(readings[0].value.clone()), FaultKind::Missing(_)));
}
