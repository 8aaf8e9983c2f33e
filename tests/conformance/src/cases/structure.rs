//! Cases 7 and 8: codes that others hold, and ids that a new structure retires.

use crate::engine::From;
use crate::story::stock;
use crate::world::{Online, Selected, kind};
use ganh_contract::{
    Draft, FaultKind, Link, OfferRef, Progress, RemoteListingId, Result, Section, Stage, Start, Ticket,
};
use serde_json::json;

pub async fn a_code_taken_by_a_stranger_is_a_conflict_with_its_holder(world: &Online) -> Selected {
    if world.allows().create.is_none() {
        return Selected::no("the channel creates no listings");
    }
    world.live("MO-DAU", 1).await;
    // Another hand's listing with our code and SKU, made another way: it is not ours to take over.
    let mut holder = stranger(world, ["TRUNG-A", "TRUNG-B"]).await;
    if matches!(world.look(&world.draft("TRUNG", 1)).await, Ok(From::Fresh)) {
        // A listing has no code of its own here: only a SKU can be taken.
        holder = stranger(world, ["TRUNG", "TRUNG-C"]).await;
    }
    let before = world.desk.listing(&holder).await;

    let taken = world.list(&world.draft("TRUNG", 1)).await;

    match kind(taken) {
        FaultKind::Conflict { holder: Some(named) } => {
            assert_eq!(named.as_str(), holder, "the holder is named")
        }
        // The same code on the listing means ours; then what differs is told to a person.
        FaultKind::Refused(complaints) => {
            assert!(complaints.iter().all(|one| one.field.is_some()), "{complaints:?}")
        }
        other => panic!("a conflict with its holder, not {other:?}"),
    }
    assert_eq!(world.desk.listing(&holder).await, before, "the stranger's listing was not touched");
    in_the_bin(world).await;
    Selected::Yes
}

async fn stranger(world: &Online, skus: [&str; 2]) -> String {
    let holder = world
        .desk
        .seed(json!({
            "title": "Cà phê của người khác", "code": "TRUNG", "sku": "TRUNG", "price": 50_000, "stock": 3,
            "variants": [
                { "sku": skus[0], "price": 50_000, "stock": 3, "option": "Gói", "options": { "Loại": "Gói" } },
                { "sku": skus[1], "price": 60_000, "stock": 3, "option": "Hộp", "options": { "Loại": "Hộp" } },
            ],
        }))
        .await;
    world.settle().await;
    holder
}

/// A holder in the bin binds the code at some channels and not at others; there is never a second live listing of ours.
async fn in_the_bin(world: &Online) {
    let binned = world.desk.seed(json!({ "title": "Đã bỏ", "sku": "BO", "price": 50_000, "stock": 3 })).await;
    let (status, _) = world.desk.ask("POST", &format!("listings/{binned}/bin"), json!({})).await;
    if status >= 300 {
        return;
    }
    world.settle().await;
    match world.list(&world.draft("BO", 1)).await {
        Ok(link) => {
            assert_ne!(
                link.offers[0].offer.listing.as_str(),
                binned,
                "a stranger's bin is not emptied for us"
            );
            assert_eq!(world.desk.listings_with("BO").await.len(), 1);
        }
        Err(fault) => match *fault.kind {
            FaultKind::Conflict { holder: Some(named) } => assert_eq!(named.as_str(), binned),
            other => panic!("a listing or a conflict with its holder, not {other:?}"),
        },
    }
}

pub async fn a_new_structure_retires_ids_and_old_orders_still_match(world: &Online) -> Selected {
    let draft = world.draft("CAU-TRUC", 2);
    if !world.allows().revise.contains(&Section::Structure) {
        let listing = [RemoteListingId::new("1")];
        let revised =
            world.shop().revise(&listing, &draft, &[Section::Structure], Start::Fresh("intent")).await;
        assert_eq!(kind(revised), FaultKind::Unsupported);
        return Selected::no("the structure of a listing stays as it was made");
    }
    let (draft, link) = world.live("CAU-TRUC", 2).await;
    let old: Vec<OfferRef> = link.offers.iter().map(|linked| linked.offer.clone()).collect();
    let sold = world.desk.buy("CAU-TRUC-1", 2, json!({})).await;
    let before = world.order(&sold).await;
    let figures = (world.desk.stock("CAU-TRUC-2").await, world.desk.price("CAU-TRUC-2").await);

    let wider = world.draft("CAU-TRUC", 3);
    let revised = revise(world, &link, &wider).await.expect("a new structure");
    world.settle().await;

    assert_eq!(revised.offers.len(), 3, "complete");
    let now: Vec<OfferRef> = revised.offers.iter().map(|linked| linked.offer.clone()).collect();
    for gone in old.iter().filter(|offer| !now.contains(offer)) {
        let seen = world.observed(&gone.listing).await;
        assert!(seen.offers.iter().all(|offer| offer.offer != *gone), "an id that is gone is not shown");
    }
    assert_eq!(
        (world.desk.stock("CAU-TRUC-2").await, world.desk.price("CAU-TRUC-2").await),
        figures,
        "figures of offers that were there stay"
    );
    let after = world.order(&sold).await;
    assert_eq!(after.lines[0].sku, before.lines[0].sku, "the old order still names its SKU");
    assert_eq!(after.lines[0].id, before.lines[0].id);
    let named = after.lines[0].offer.clone().expect("an offer");
    assert!(now.contains(&named) || old.contains(&named), "it names an id that we have or had");
    let wanted = revised.offers.iter().map(|linked| stock(linked, world.units(9))).collect();
    for outcome in world.set(wanted).await.expect("outcomes") {
        outcome.expect("the new ids take figures");
    }
    for offer in &draft.offers {
        assert_eq!(world.desk.stock(offer.sku.as_str()).await, 9);
    }
    Selected::Yes
}

/// Revises step by step.
async fn revise(world: &Online, link: &Link, draft: &Draft) -> Result<Link> {
    let listings = [link.offers[0].offer.listing.clone()];
    let mut from = From::Fresh;
    for _ in 0..40 {
        let ticket: Ticket;
        let start = match &from {
            From::Ticket(next) => {
                ticket = next.clone();
                Start::Resume(&ticket)
            }
            From::Fresh | From::Adopt(_) => Start::Fresh("intent-revise"),
        };
        match world.shop().revise(&listings, draft, &[Section::Structure], start).await? {
            Progress::Done(link) => return Ok(link),
            Progress::Later { stage, ticket, wait, .. } => {
                if stage == Stage::Reviewing {
                    world.desk.listing_event(listings[0].as_str(), "approve", json!({})).await;
                }
                world.desk.pass(wait).await;
                from = From::Ticket(ticket);
            }
        }
    }
    panic!("a revision without end");
}
