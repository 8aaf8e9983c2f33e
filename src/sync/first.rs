//! Before a lane runs: the shop is surveyed, its webhooks are made to flow; and a shop that is new is read whole before anything may change.

use super::Engine;
use super::remote::Remote;
use super::renew::unstored;
use crate::listing::RemoteListingSeen;
use crate::store::{Lease, SeenListing, ShopRow};
use ganh_contract::{Fault, FaultKind, ListingHead, Next, Observed, Reading, Result, Seen, Standing, Survey};
use jiff::{SignedDuration, Timestamp};

/// A survey older than this is made again.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// The shop as it may be driven: surveyed lately, listening for hints.
pub async fn ready(engine: &Engine, shop: ShopRow) -> Result<ShopRow> {
    let now = engine.clock.now();
    let is_fresh = shop.surveyed_at.is_some_and(|at| now < at + FRESH) && shop.capability.is_some();
    let shop = if is_fresh { shop } else { survey(engine, &shop).await?.1 };
    if let Err(fault) = listen(engine, &shop).await {
        // Polling goes on without hints.
        tracing::warn!(shop.id = %shop.id, fault.kind = fault.kind.name(), "shop {}: no webhooks: {fault}", shop.handle);
    }
    Ok(shop)
}

/// Asks the channel who we are and what it allows, and stores the answer.
pub async fn survey(engine: &Engine, shop: &ShopRow) -> Result<(Survey, ShopRow)> {
    let remote = Remote::open(engine, shop).await?;
    let survey = remote.call("survey", |shop| async move { shop.survey().await }).await?;
    let now = engine.clock.now();
    engine.store.save_capability(shop.id, &survey.name, &survey.allows, now).await.map_err(unstored)?;
    let shop = engine.store.shop(shop.id).await.map_err(unstored)?;
    Ok((survey, shop))
}

/// Makes hints flow to us where the channel has webhooks and we have an address. Repeatable.
async fn listen(engine: &Engine, shop: &ShopRow) -> Result<()> {
    let (Some(base), Some(secret)) = (&engine.rules.hooks_url, &shop.hook_secret) else { return Ok(()) };
    let remote = Remote::open(engine, shop).await?;
    let url = format!("{base}/hooks/{}/s{}", shop.channel, shop.id);
    let listened = remote
        .call("listen", |shop| {
            let (url, secret) = (&url, secret);
            async move { shop.listen(url, secret).await }
        })
        .await;
    match listened {
        Err(fault) if *fault.kind == FaultKind::Unsupported => Ok(()),
        other => other,
    }
}

/// Reads every listing of the shop into the store, for a plan. Changes nothing there. `told` hears how many were read so far.
/// Returns the instant before the walk: what was read since is the whole shop.
pub async fn read_whole(
    engine: &Engine,
    shop: &ShopRow,
    lease: &Lease,
    told: &(dyn Fn(usize) + Send + Sync),
) -> Result<Timestamp> {
    let remote = Remote::open(engine, shop).await?;
    let size = remote.now().capability().listings_per_read.max(1);
    let began = engine.clock.now();
    let mut cursor = None;
    let (mut restarts, mut count) = (0, 0);
    loop {
        let page = remote
            .call("listings", |shop| {
                let cursor = cursor.clone();
                async move { shop.listings(cursor.as_ref()).await }
            })
            .await;
        let page = match page {
            Err(fault) if matches!(*fault.kind, FaultKind::Conflict { .. }) && restarts < 3 => {
                (restarts, count, cursor) = (restarts + 1, 0, None);
                continue;
            }
            page => page?,
        };
        let mut readings: Vec<Reading<Observed>> = Vec::new();
        let mut heads: Vec<ListingHead> = Vec::new();
        for head in page.rows {
            match head.seen {
                Seen::Whole(reading) => readings.push(*reading),
                Seen::Part(_) | Seen::Id => heads.push(head),
            }
        }
        for chunk in heads.chunks(size) {
            let read = remote.call("observe", |shop| async move { shop.observe(chunk).await }).await?;
            readings.extend(read);
            told(count + readings.len());
        }
        count += readings.len();
        told(count);
        let seen: Vec<SeenListing> = readings.iter().filter_map(seen).collect();
        engine.store.save_seen_listings(lease, &seen, engine.clock.now()).await.map_err(unstored)?;
        match page.next {
            Next::More(next) => cursor = Some(next),
            // `End` alone proves a full walk (I10).
            Next::End => return Ok(began),
            Next::TooMany => {
                let said = "the channel does not page through all of its listings";
                return Err(Fault::new("listings", FaultKind::Unintelligible).said(said));
            }
        }
    }
}

/// A listing that is there. One that cannot be read is not ours to touch: it is left alone.
fn seen(reading: &Reading<Observed>) -> Option<SeenListing> {
    let observed = reading.value.as_ref().ok()?;
    let standing = match &observed.standing {
        Standing::OnSale => "on_sale",
        Standing::Hidden => "hidden",
        Standing::Unfinished => "unfinished",
        Standing::Reviewing => "reviewing",
        Standing::Rejected(_) => "rejected",
        Standing::Banned(_) => "banned",
        Standing::Deleted => return None,
        Standing::Unknown(word) => word,
    };
    let title = observed.shows.as_ref().map(|shows| shows.title.clone()).unwrap_or_default();
    Some(SeenListing {
        seen: RemoteListingSeen {
            listing: observed.listing.clone(),
            code: observed.code.clone(),
            title,
            offers: observed.offers.clone(),
        },
        standing: standing.to_owned(),
    })
}
