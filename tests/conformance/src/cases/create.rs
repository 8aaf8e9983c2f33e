//! Cases 1–5: listings come to be once, whatever is lost on the way (I3).

use crate::engine::{From, skus};
use crate::world::{Online, Selected, kind};
use ganh_contract::{
    AfterUnknown, Draft, FaultKind, Found, Link, Observed, PictureRules, Progress, RemoteListingId, Start,
};
use ganh_sandbox::Standing;
use serde_json::json;
use std::time::Duration;

/// Steps of one build at the most.
const STEPS: usize = 40;

/// Where creating is absent, its verbs say so.
async fn creates(world: &Online) -> Option<Selected> {
    if world.allows().create.is_some() {
        return None;
    }
    let draft = world.draft("VANG", 1);
    assert_eq!(kind(world.shop().create(&draft, Start::Fresh("intent")).await), FaultKind::Unsupported);
    Some(Selected::no("the channel creates no listings"))
}

async fn found(world: &Online, draft: &Draft) -> Vec<Observed> {
    match world.shop().find(&draft.code, &skus(draft)).await.expect("an answer to find") {
        Found::Listings(readings) => {
            readings.into_iter().map(|reading| reading.value.expect("a readable listing")).collect()
        }
        Found::Nothing => Vec::new(),
        Found::Underway(_) => panic!("a finished listing is not underway"),
    }
}

/// One listing in the books, whole and shown.
async fn assert_one(world: &Online, draft: &Draft, link: &Link, when: &str) {
    let held = world.desk.listings_with(draft.offers[0].sku.as_str()).await;
    assert_eq!(held.len(), 1, "{when}: one listing, not {held:#?}");
    assert_eq!(held[0].offers.len(), draft.offers.len(), "{when}: all offers stand there");
    let may_hide = world.allows().create.as_ref().is_some_and(|rules| rules.hides(!draft.axes.is_empty()));
    let is_built = held[0].standing == Standing::OnSale || (may_hide && held[0].standing == Standing::Hidden);
    assert!(is_built, "{when}: built to its end, not {:?}", held[0].standing);
    assert_eq!(link.offers.len(), draft.offers.len(), "{when}: every SKU is linked");
    assert!(
        link.offers.iter().all(|linked| linked.offer.listing.as_str() == held[0].id),
        "{when}: to that listing"
    );
}

pub async fn a_created_listing_is_found_by_its_code(world: &Online) -> Selected {
    if let Some(absent) = creates(world).await {
        return absent;
    }
    let nothing = found(world, &world.draft("CHUA-CO", 1)).await;
    let (single, single_link) = world.live("CF-LE", 1).await;
    let (several, several_link) = world.live("CF-BO", 3).await;

    assert!(nothing.is_empty(), "what was never listed is not found");
    for (draft, link) in [(&single, &single_link), (&several, &several_link)] {
        assert_one(world, draft, link, "created").await;
        let seen = found(world, draft).await;
        assert_eq!(seen.len(), 1, "exactly one under {}", draft.code);
        assert_eq!(seen[0].code.as_ref(), Some(&draft.code), "the code stands on the listing");
        for linked in &link.offers {
            let offer = seen[0].offers.iter().find(|offer| offer.offer == linked.offer);
            let offer =
                offer.unwrap_or_else(|| panic!("{} is shown under the id it was linked by", linked.sku));
            assert_eq!(offer.sku.as_ref(), Some(&linked.sku));
        }
    }
    Selected::Yes
}

pub async fn a_lost_reply_to_any_step_leaves_one_listing(world: &Online) -> Selected {
    if let Some(absent) = creates(world).await {
        return absent;
    }
    for fault in ["cut_before", "cut_after", "half_json"] {
        for (step, offers) in (0..STEPS).flat_map(|step| [(step, 1), (step, 2)]) {
            let draft =
                world.draft(&format!("{}{step}X{offers}", fault.to_uppercase().replace('_', "")), offers);
            world.desk.calm().await;
            world.desk.fault(json!({ "kind": fault, "skip": step })).await;

            let link = world.list(&draft).await;

            let when = format!("{fault} at call {step} of {offers}");
            let link = link.unwrap_or_else(|fault| panic!("{when}: {fault}"));
            let has_struck = world.desk.hits().await > 0;
            world.desk.calm().await;
            world.settle().await;
            assert_one(world, &draft, &link, &when).await;
            if !has_struck && offers == 2 {
                break;
            }
        }
    }
    Selected::Yes
}

pub async fn absence_is_not_believed_before_the_lag_is_over(world: &Online) -> Selected {
    if let Some(absent) = creates(world).await {
        return absent;
    }
    let lag = world.allows().lag.clone();
    // Whatever else the first listing has to make (a category, say) is made now.
    world.live("MO-DAU", 1).await;
    if lag.search.is_zero() && lag.cut.is_zero() {
        let draft = world.draft("NGAY", 1);
        world.list(&draft).await.expect("a listing");
        assert_eq!(found(world, &draft).await.len(), 1, "without a lag it is found at once");
        return Selected::no("searches lag not at all and nothing goes on after a cut");
    }
    if !lag.search.is_zero() {
        let draft = world.draft("CHI-MUC", 1);
        world.list(&draft).await.expect("a listing");
        let late_ms = i64::try_from(lag.search.as_millis()).expect("a lag in range");
        world.desk.fault(json!({ "kind": "index_lag", "probability": 1.0, "after_ms": late_ms / 2 })).await;

        let early = found(world, &draft).await;
        world.desk.pass(lag.search).await;
        let late = found(world, &draft).await;

        assert!(early.is_empty(), "the index is late");
        assert_eq!(late.len(), 1, "after the lag it is found");
        world.desk.calm().await;
    }
    if !lag.cut.is_zero() {
        a_cut_create_goes_on(world, lag.cut).await;
    }
    Selected::Yes
}

/// The request that makes the listing is answered 504 and has its effect almost a whole lag later.
async fn a_cut_create_goes_on(world: &Online, lag: Duration) {
    let late_ms = i64::try_from(lag.as_millis()).expect("a lag in range") - 1000;
    for skip in 0..STEPS {
        let draft = world.draft(&format!("CHAY-TIEP-{skip}"), 1);
        let code = draft.code.as_str();
        world.desk.clear_journal().await;
        world
            .desk
            .fault(json!({ "kind": "gone_on", "method": "POST", "skip": skip, "after_ms": late_ms }))
            .await;
        let cut = until_cut(world, &draft).await;
        world.desk.calm().await;
        let struck = world.desk.journal().await.into_iter().find(|call| call["fault"] == "gone_on");
        if struck.is_none_or(|call| call["kind"] != "create") {
            continue;
        }
        let early = world.desk.listings_with(code).await;
        world.desk.pass(lag).await;
        wait_for_listing(world, code).await;
        let from = world.look_after_unknown(&draft).await.expect("an answer to find");
        let is_known = !matches!(from, From::Fresh);
        let link = world.go_on(&draft, from).await.expect("a listing");

        assert_eq!(cut.applied(), ganh_contract::Applied::Unknown, "nobody knows yet: {cut}");
        assert!(early.is_empty(), "the work goes on in silence");
        assert!(is_known, "after the lag it is found, so no second create leaves");
        assert_one(world, &draft, &link, "after a cut that went on").await;
        return;
    }
    panic!("no call of a create makes a listing");
}

/// Takes steps until one is cut.
async fn until_cut(world: &Online, draft: &Draft) -> ganh_contract::Fault {
    let mut ticket = None;
    for _ in 0..STEPS {
        let start = ticket.as_ref().map_or(Start::Fresh("intent-cut"), Start::Resume);
        match world.shop().create(draft, start).await {
            Err(fault) => return fault,
            Ok(Progress::Later { ticket: next, wait, .. }) => {
                world.desk.pass(wait).await;
                ticket = Some(next);
            }
            Ok(Progress::Done(_)) => break,
        }
    }
    ganh_contract::Fault::unsupported("nothing was cut")
}

async fn wait_for_listing(world: &Online, code: &str) {
    for _ in 0..500 {
        if !world.desk.listings_with(code).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the work that went on never ended");
}

/// What may come of two lanes that list one code: the one that meets the other's listing takes it up or stops, having done nothing.
async fn race(world: &Online, draft: &Draft) -> Option<Link> {
    match world.go_on(draft, From::Fresh).await {
        Ok(link) => Some(link),
        Err(fault) if matches!(*fault.kind, FaultKind::Conflict { .. } | FaultKind::Missing(_)) => None,
        // Some shops hold the code for a listing that is still being saved and can name no holder yet.
        Err(fault) if fault.applied() == ganh_contract::Applied::No && fault.code.is_some() => None,
        Err(fault) => panic!("a race ends in a listing, a conflict or a loss: {fault}"),
    }
}

pub async fn parallel_creates_of_one_code_leave_one(world: &Online) -> Selected {
    if let Some(absent) = creates(world).await {
        return absent;
    }
    let rules = world.allows().create.clone().expect("a channel that creates");
    world.live("MO-DAU", 1).await;
    let draft = world.draft("SONG-SONG", 1);
    if rules.one_at_a_time {
        // The shop cannot keep codes unique, so the caller takes turns: who comes second finds the first.
        let first = world.list(&draft).await.expect("a listing");
        world.settle().await;
        let second = world.list(&draft).await.expect("the same listing");
        assert_eq!(first.offers, second.offers, "the second took up the first");
        assert_one(world, &draft, &second, "one after the other").await;
        return Selected::Yes;
    }
    let (first, second) = tokio::join!(race(world, &draft), race(world, &draft));
    world.settle().await;
    let link = match (first, second) {
        (Some(link), None) | (None, Some(link)) => link,
        (Some(first), Some(second)) => {
            assert_eq!(first.offers, second.offers, "both hold the same listing");
            first
        }
        (None, None) => world.list(&draft).await.expect("the one that is there"),
    };
    assert_one(world, &draft, &link, "both at once").await;
    Selected::Yes
}

pub async fn a_half_built_listing_is_adopted(world: &Online) -> Selected {
    if let Some(absent) = creates(world).await {
        return absent;
    }
    let can_hold_pictures = !matches!(world.allows().pictures, PictureRules::Link { max: 0, .. });
    assert_eq!(
        world.pictures.is_empty(),
        !can_hold_pictures,
        "a fixture brings a picture where one can be shown"
    );
    for steps in 1..STEPS {
        let draft = world.draft(&format!("DO-DANG-{steps}"), 2);
        if world
            .allows()
            .create
            .as_ref()
            .is_some_and(|rules| rules.after_unknown == AfterUnknown::SameKeyAgain)
        {
            world.desk.pass(world.allows().lag.cut).await;
        }
        let is_whole = take_steps(world, &draft, steps).await;
        world.settle().await;

        // The ticket is lost: all that is left is what `find` shows.
        let from = world.look(&draft).await.expect("an answer to find");
        let link = world.go_on(&draft, from).await.expect("a listing");

        world.settle().await;
        // What stands there whole but hidden may be a merchant's wish: it is taken over as it is, and the switch is set like any other.
        if !is_whole
            && world.desk.listings_with(draft.offers[0].sku.as_str()).await[0].standing == Standing::Hidden
        {
            let born_hidden =
                world.allows().create.as_ref().is_some_and(|rules| rules.hides(!draft.axes.is_empty()));
            if !born_hidden {
                world.put_on_sale(&link).await;
            }
        }
        assert_one(world, &draft, &link, &format!("adopted after {steps} steps")).await;
        if is_whole {
            return Selected::Yes;
        }
    }
    panic!("a build without end");
}

/// Takes that many steps; true if the listing was whole before.
async fn take_steps(world: &Online, draft: &Draft, steps: usize) -> bool {
    let intent = format!("intent-{}", draft.code);
    let mut from = From::Fresh;
    for _ in 0..steps {
        let start = match &from {
            From::Fresh => Start::Fresh(&intent),
            From::Ticket(ticket) => Start::Resume(ticket),
            From::Adopt(listing) => Start::Adopt(listing),
        };
        match world.shop().create(draft, start).await.expect("a step") {
            Progress::Done(_) => return true,
            Progress::Later { ticket, wait, seen, stage } => {
                let seen: Option<RemoteListingId> = seen;
                assert!(seen.is_none_or(|seen| !seen.as_str().is_empty()), "an id is an id");
                if stage == ganh_contract::Stage::Reviewing {
                    return true;
                }
                world.desk.pass(wait).await;
                from = From::Ticket(ticket);
            }
        }
    }
    false
}
