//! Listings that have still to come to be, one step at a time, and pages that fell behind their product.
//!
//! ```text
//!  wanted ─find─▶ intended ─create(Fresh)─▶ live
//!                   │  │                └─▶ building / reviewing ─create(Resume ticket)─▶ live
//!                   │  └─ outcome unknown: cut; wait the channel's lag; find ─▶ adopt what is there
//!                   └──── absent twice, a lag apart ─▶ create(Fresh) with the same intent
//! ```
//!
//! The intent row is committed before the call, the ticket before the next step, so dying anywhere leaves one listing (I3).

mod gather;
mod steps;

pub use steps::Building;

use super::health::words;
use super::lane::{Ended, Lane};
use super::pictures;
use super::renew::unstored;
use crate::listing::{CategoryChoice, Objection, draft};
use crate::store::{LinkedListing, ListingPage, ListingRow, ListingState, Wake};
use ganh_contract::{
    Actor, Again, Applied, Capability, Complaint, Draft, Fault, FaultKind, Found, Link, Observed, Progress,
    Reading, Result, Section, Stage, Standing, Start, Thing,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// An answer that nobody understands may be one bad page in between; after so many the API has changed.
const GARBLED_TRIES: u32 = 4;

/// Runs until the lane ends.
pub async fn run(lane: &Lane) -> Ended {
    let mut rung = lane.bells.listings.listen();
    loop {
        if !lane.rest_for_health().await {
            return Ended::Stopped;
        }
        match step(lane).await {
            Ok(true) => {
                lane.health.answered();
                if lane.stop.is_cancelled() {
                    return Ended::Stopped;
                }
                continue;
            }
            Ok(false) => {}
            Err(fault) => {
                if let Some(ended) = lane.note("create", &fault).await {
                    return ended;
                }
            }
        }
        let now = lane.engine.clock.now();
        let longest = now + lane.engine.rules.look_again;
        let next = lane.engine.store.next_build_at(lane.shop.id).await.ok().flatten();
        if let Err(fault) = gather::show_unless_more_come(lane, next).await
            && let Some(ended) = lane.note("create", &fault).await
        {
            return ended;
        }
        let due = next.map_or(longest, |due| due.min(longest));
        tokio::select! {
            biased;
            () = lane.stop.cancelled() => return Ended::Stopped,
            () = rung.hear() => {}
            () = lane.engine.clock.sleep_until(due.max(lane.health.not_before())) => {}
        }
    }
}

/// Takes one listing one step further. False when none is due.
async fn step(lane: &Lane) -> Result<bool> {
    let now = lane.engine.clock.now();
    let due = lane.engine.store.unfinished_listings(lane.shop.id, now, 1).await.map_err(unstored)?;
    let Some(listing) = due.into_iter().next() else {
        return revise(lane, now).await;
    };
    let generation = lane.remote.generation();
    match advance(lane, &listing).await {
        Ok(()) => Ok(true),
        Err(fault) => {
            park_or_wait(lane, &listing, &fault, generation).await?;
            if is_of_shop(&fault) { Err(fault) } else { Ok(true) }
        }
    }
}

async fn advance(lane: &Lane, listing: &ListingRow) -> Result<()> {
    let store = &lane.engine.store;
    let remote = lane.remote.now();
    let cap = remote.capability();
    let page = store.listing_page(listing.id, lane.engine.clock.now()).await.map_err(unstored)?;
    let draft = drafted(lane, cap, &page).await?;
    match (listing.state, &listing.ticket) {
        (ListingState::Building | ListingState::Reviewing, Some(ticket)) => {
            create(lane, listing, &page, &draft, Start::Resume(ticket)).await
        }
        (ListingState::Wanted, _) => match find(lane, &draft).await? {
            Found::Nothing => fresh(lane, listing, &page, &draft).await,
            Found::Underway(_) | Found::Listings(_) => Err(taken()),
        },
        (ListingState::Intended | ListingState::Building | ListingState::Reviewing, _) => {
            look_for_ours(lane, listing, cap, &page, &draft).await
        }
        (ListingState::Live | ListingState::Gone, _) => Ok(()),
    }
}

/// The intent is committed before the call leaves.
async fn fresh(lane: &Lane, listing: &ListingRow, page: &ListingPage, draft: &Draft) -> Result<()> {
    let now = lane.engine.clock.now();
    let intent = lane.engine.store.intend_listing(&lane.lease, listing.id, now).await.map_err(unstored)?;
    create(lane, listing, page, draft, Start::Fresh(&intent.key)).await
}

/// After an unknown outcome, or after we died between intent and answer: what is there is ours; absence counts only after the lag, twice.
async fn look_for_ours(
    lane: &Lane,
    listing: &ListingRow,
    cap: &Capability,
    page: &ListingPage,
    draft: &Draft,
) -> Result<()> {
    let store = &lane.engine.store;
    if mutant!("create_without_find") {
        return fresh(lane, listing, page, draft).await;
    }
    let as_of = lane.engine.clock.now();
    let found = find(lane, draft).await?;
    let now = lane.engine.clock.now();
    let ours = match found {
        Found::Underway(ticket) => {
            let due = now + SignedDuration::from_mins(10);
            return store
                .listing_ticket(&lane.lease, listing.id, Stage::Reviewing, &ticket, None, due, now)
                .await
                .map_err(unstored);
        }
        Found::Listings(readings) => standing(readings)?,
        Found::Nothing => Vec::new(),
    };
    match ours.as_slice() {
        [] => absent(lane, listing, cap, page, draft, as_of).await,
        [only] => create(lane, listing, page, draft, Start::Adopt(&only.listing)).await,
        [..] => Err(taken()),
    }
}

/// Those that are still there; a deleted one counts for nothing.
fn standing(readings: Vec<Reading<Observed>>) -> Result<Vec<Observed>> {
    let mut there = Vec::new();
    for reading in readings {
        let observed = reading.value?;
        if !matches!(observed.standing, Standing::Deleted) {
            there.push(observed);
        }
    }
    Ok(there)
}

async fn absent(
    lane: &Lane,
    listing: &ListingRow,
    cap: &Capability,
    page: &ListingPage,
    draft: &Draft,
    as_of: Timestamp,
) -> Result<()> {
    let store = &lane.engine.store;
    let Some(intent) = &listing.intent else { return fresh(lane, listing, page, draft).await };
    let lag = longest_lag(cap);
    let since = intent.cut_at.unwrap_or(intent.at);
    if as_of < since + lag {
        let due = since + lag;
        return store.listing_later(&lane.lease, listing.id, due, false).await.map_err(unstored);
    }
    store.listing_absent(&lane.lease, listing.id, as_of).await.map_err(unstored)?;
    if intent.absent_finds == 0 {
        let due = lane.engine.clock.now()
            + lag.clamp(SignedDuration::from_millis(200), SignedDuration::from_mins(5));
        return store.listing_later(&lane.lease, listing.id, due, false).await.map_err(unstored);
    }
    fresh(lane, listing, page, draft).await
}

/// One writing step, and what came of it.
async fn create(
    lane: &Lane,
    listing: &ListingRow,
    page: &ListingPage,
    draft: &Draft,
    start: Start<'_>,
) -> Result<()> {
    let store = &lane.engine.store;
    let category =
        lane.engine.rulebook.place(&lane.engine, &lane.remote, lane.shop.id, &draft.category).await?;
    let placed = Draft { category, ..draft.clone() };
    let sent_at = lane.engine.clock.now();
    let steps = lane.building.step(listing.id, draft, &start, sent_at);
    let outcome = lane.remote.now().create(&placed, start).await;
    let fault = outcome.as_ref().err().map(|fault| fault.kind.name());
    lane.engine.witness.called(lane.shop.id, "create", fault);
    let now = lane.engine.clock.now();
    match outcome {
        Ok(Progress::Done(link)) => {
            let link = complete(link, draft)?;
            let remote = lane.remote.now();
            let is_hidden =
                remote.capability().create.as_ref().is_some_and(|rules| rules.hides(!draft.axes.is_empty()));
            let shown =
                if steps.is_known { steps::shown(draft, steps.is_same, !is_hidden) } else { Vec::new() };
            let show_at = (is_hidden && steps.is_known).then(|| gather::join(lane, now)).flatten();
            lane.building.forget(listing.id);
            let Some(remote_id) = link.offers.first().map(|linked| linked.offer.listing.clone()) else {
                return Err(Fault::new("create", FaultKind::Unintelligible).said("listed without any offer"));
            };
            let linked = LinkedListing {
                listing: listing.id,
                remote_id,
                link: &link,
                shown: &shown,
                sent_at: steps.since,
                answered_at: now,
                content_rev: page.content_rev,
                show_at,
            };
            store.link_listing(&lane.lease, &linked, now).await.map_err(unstored)?;
            tracing::debug!(shop.id = %lane.shop.id, channel = lane.shop.channel, listing.id = %listing.id,
                "shop {}: {} is listed", lane.shop.handle, draft.code);
            lane.bells.ring(Wake::Figures);
            lane.bells.ring(Wake::Readings);
            // Another one is due at once, as far as is known here.
            gather::show_unless_more_come(lane, Some(now)).await
        }
        Ok(Progress::Later { stage, ticket, seen, wait }) => {
            let due = now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_secs(60));
            store
                .listing_ticket(&lane.lease, listing.id, stage, &ticket, seen.as_ref(), due, now)
                .await
                .map_err(unstored)
        }
        Err(fault) if fault.applied() == Applied::Unknown && matches!(start, Start::Fresh(_)) => {
            let due = now + longest_lag(lane.remote.now().capability());
            store.listing_cut(&lane.lease, listing.id, now, due).await.map_err(unstored)?;
            tracing::warn!(shop.id = %lane.shop.id, channel = lane.shop.channel, listing.id = %listing.id,
                fault.kind = fault.kind.name(),
                "shop {}: nobody knows whether {} was listed; looking again at {due}", lane.shop.handle, draft.code);
            lane.health.failed(&fault, now);
            Ok(())
        }
        Err(fault) => {
            if matches!(*fault.kind, FaultKind::Missing(Thing::Category)) {
                lane.engine.rulebook.forget_place(lane.shop.id, &draft.category);
            }
            Err(fault)
        }
    }
}

/// Every offer of the draft must have come back, or later writes would miss it.
fn complete(link: Link, draft: &Draft) -> Result<Link> {
    let missing: Vec<&str> = draft
        .offers
        .iter()
        .filter(|offer| !link.offers.iter().any(|linked| linked.sku == offer.sku))
        .map(|offer| offer.sku.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(link);
    }
    let said = format!("listed, but the channel gave no id for {}", missing.join(", "));
    Err(Fault::new("create", FaultKind::Unintelligible).said(said))
}

/// Brings a page that fell behind its product up to date. False when there is none.
async fn revise(lane: &Lane, now: Timestamp) -> Result<bool> {
    let store = &lane.engine.store;
    let remote = lane.remote.now();
    let cap = remote.capability();
    if cap.revise.is_empty() {
        return Ok(false);
    }
    let due = store.stale_listings(lane.shop.id, now, 1).await.map_err(unstored)?;
    let Some(listing) = due.into_iter().next() else { return Ok(false) };
    let generation = lane.remote.generation();
    match revise_one(lane, cap, &listing).await {
        Ok(()) => Ok(true),
        Err(fault) => {
            park_or_wait(lane, &listing, &fault, generation).await?;
            if is_of_shop(&fault) { Err(fault) } else { Ok(true) }
        }
    }
}

async fn revise_one(lane: &Lane, cap: &Capability, listing: &ListingRow) -> Result<()> {
    let store = &lane.engine.store;
    let page = store.listing_page(listing.id, lane.engine.clock.now()).await.map_err(unstored)?;
    let draft = drafted(lane, cap, &page).await?;
    // Structure and codes are the bones of a listing: they change by a person's plan, not in passing.
    let sections: Vec<Section> = cap
        .revise
        .iter()
        .copied()
        .filter(|section| !matches!(section, Section::Structure | Section::Category | Section::Codes))
        .collect();
    let remotes: Vec<_> = listing.remote_id.iter().cloned().collect();
    let progress = lane
        .remote
        .call("revise", |shop| {
            let (draft, sections, remotes, ticket) = (&draft, &sections, &remotes, &listing.ticket);
            async move {
                let start = ticket.as_ref().map_or(Start::Fresh(""), Start::Resume);
                shop.revise(remotes, draft, sections, start).await
            }
        })
        .await?;
    let now = lane.engine.clock.now();
    match progress {
        Progress::Done(_) => {
            store.listing_revised(&lane.lease, listing.id, page.content_rev, now).await.map_err(unstored)
        }
        Progress::Later { stage, ticket, seen, wait } => {
            let due = now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_secs(60));
            store
                .listing_ticket(&lane.lease, listing.id, stage, &ticket, seen.as_ref(), due, now)
                .await
                .map_err(unstored)
        }
    }
}

/// The draft with its pictures uploaded. Objections park the listing before any call that makes or uploads something.
async fn drafted(lane: &Lane, cap: &Capability, page: &ListingPage) -> Result<Draft> {
    let choice = lane
        .engine
        .connect
        .category(&lane.shop.channel, &lane.shop.settings, page)
        .map_err(|said| refused("category", &said))?;
    let objected = |objections: Vec<Objection>| {
        Fault::new("draft", FaultKind::Refused(objections.into_iter().map(Complaint::from).collect()))
    };
    // Nothing is asked of the channel before what is known here was looked at, and nothing uploaded before what its category asks for was.
    let expected = || pictures::expected(&lane.engine, &cap.pictures, &page.pictures);
    draft(&page.product, cap, &choice, expected()).map_err(objected)?;
    let rules = lane.engine.rulebook.rules(&lane.engine, &lane.remote, lane.shop.id, &choice.id).await?;
    let choice = CategoryChoice { rules, ..choice };
    draft(&page.product, cap, &choice, expected()).map_err(objected)?;
    let pictures = pictures::ready(lane, cap, &page.pictures).await?;
    draft(&page.product, cap, &choice, pictures).map_err(objected)
}

async fn find(lane: &Lane, draft: &Draft) -> Result<Found> {
    let skus: Vec<_> = draft.offers.iter().map(|offer| offer.sku.clone()).collect();
    lane.remote
        .call("find", |shop| {
            let skus = &skus;
            async move { shop.find(&draft.code, skus).await }
        })
        .await
}

async fn park_or_wait(lane: &Lane, listing: &ListingRow, fault: &Fault, generation: i64) -> Result<()> {
    let now = lane.engine.clock.now();
    let store = &lane.engine.store;
    let is_taken = matches!(*fault.kind, FaultKind::Conflict { .. });
    let is_garbled_once =
        matches!(*fault.kind, FaultKind::Unintelligible) && listing.attempts < GARBLED_TRIES;
    let needs_person = fault.again() == Again::Never
        && !is_garbled_once
        && !matches!(*fault.kind, FaultKind::Revoked { .. });
    if needs_person || is_taken {
        let actor = if is_taken { Actor::Producer } else { fault.actor() };
        return store
            .park_listing(&lane.lease, listing.id, fault.kind.name(), actor, &words(fault), now)
            .await
            .map_err(unstored);
    }
    if fault.again() == Again::AfterRenewal {
        lane.remote.renew(generation).await?;
    }
    let due = super::health::next_try(fault, listing.attempts, now);
    store.listing_later(&lane.lease, listing.id, due, true).await.map_err(unstored)
}

fn taken() -> Fault {
    Fault::new("find", FaultKind::Conflict { holder: None }).said(
        "mã SKU này đã có trong gian hàng: chạy `ganh plan` rồi `ganh apply` để nhận nó ‖ \
         this SKU is in the shop already: run `ganh plan`, then `ganh apply` to adopt it",
    )
}

fn refused(field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new("draft", FaultKind::Refused(vec![complaint]))
}

/// The fault concerns the shop or the way to it, so the whole lane takes note.
fn is_of_shop(fault: &Fault) -> bool {
    match &*fault.kind {
        FaultKind::Unreachable
        | FaultKind::Interrupted
        | FaultKind::Down
        | FaultKind::Throttled { .. }
        | FaultKind::Revoked { .. } => true,
        FaultKind::Expired
        | FaultKind::Refused(_)
        | FaultKind::Missing(_)
        | FaultKind::Conflict { .. }
        | FaultKind::Locked { .. }
        | FaultKind::Unsupported
        | FaultKind::Unintelligible => false,
    }
}

fn longest_lag(cap: &Capability) -> SignedDuration {
    let lag: Duration = cap.lag.search.max(cap.lag.cut);
    SignedDuration::try_from(lag).unwrap_or(SignedDuration::from_mins(10))
}
