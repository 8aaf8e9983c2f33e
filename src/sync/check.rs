//! Looking at what shops really show: hints, read-backs that are owed, and a slow walk through the whole shop.
//!
//! A read proves something only when it left later than the write it speaks of, by the channel's lag; until then the world may look old.

use super::GONE;
use super::lane::{Ended, Lane};
use super::pull;
use super::push::outcome::proves_from;
use super::renew::unstored;
use crate::ids::ListingId;
use crate::store::ObservedOfferRow;
use ganh_contract::{
    FaultKind, Head, Hint, ListingHead, Next, Observed, Page, Reading, RemoteListingId, RemoteOrderId,
    Result, Seen, Standing,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Offers looked at for one read; they lie in as many listings as one read can hold, or fewer.
const VERIFIED_AT_ONCE: usize = 500;
const NEW_AGAIN: SignedDuration = SignedDuration::from_secs(2);
const UNREADABLE_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// Runs until the lane ends.
pub async fn run(lane: &Lane) -> Ended {
    let mut rung = lane.bells.readings.listen();
    let mut next_page = lane.engine.clock.now() + lane.engine.rules.audit_page;
    loop {
        if !lane.rest_for_health().await {
            return Ended::Stopped;
        }
        match verify(lane).await {
            Ok(true) => {
                lane.health.answered();
                if lane.stop.is_cancelled() {
                    return Ended::Stopped;
                }
                continue;
            }
            Ok(false) => {}
            Err(fault) => {
                if let Some(ended) = lane.note("observe", &fault).await {
                    return ended;
                }
            }
        }
        let now = lane.engine.clock.now();
        if now >= next_page {
            next_page = now + lane.engine.rules.audit_page;
            if let Err(fault) = audit_page(lane).await
                && let Some(ended) = lane.note("listings", &fault).await
            {
                return ended;
            }
        }
        let now = lane.engine.clock.now();
        let longest = (now + lane.engine.rules.look_again).min(next_page);
        let due = match lane.engine.store.next_verify_at(lane.shop.id).await {
            Ok(Some(due)) => due.min(longest),
            Ok(None) | Err(_) => longest,
        };
        tokio::select! {
            biased;
            () = lane.stop.cancelled() => return Ended::Stopped,
            () = rung.hear() => {}
            () = lane.engine.clock.sleep_until(due.max(lane.health.not_before())) => {}
        }
    }
}

/// Reads what is owed a read-back. False when nothing is due.
async fn verify(lane: &Lane) -> Result<bool> {
    let cap = lane.capability();
    let now = lane.engine.clock.now();
    let due = lane.engine.store.verify_due(lane.shop.id, now, VERIFIED_AT_ONCE).await.map_err(unstored)?;
    let mut listings: Vec<RemoteListingId> = Vec::new();
    for offer in due {
        if !listings.contains(&offer.offer.listing) && listings.len() < cap.listings_per_read.max(1) {
            listings.push(offer.offer.listing);
        }
    }
    if listings.is_empty() {
        return Ok(false);
    }
    observe(lane, listings.into_iter().map(Head::named).collect()).await?;
    Ok(true)
}

/// Reads these listings and stores what they show.
pub(super) async fn observe(lane: &Lane, heads: Vec<ListingHead>) -> Result<()> {
    let heads = Arc::new(heads);
    let readings = lane
        .remote
        .call("observe", |shop| {
            let heads = heads.clone();
            async move { shop.observe(&heads).await }
        })
        .await?;
    store_readings(lane, &readings).await
}

async fn store_readings(lane: &Lane, readings: &[Reading<Observed>]) -> Result<()> {
    let store = &lane.engine.store;
    let lag = SignedDuration::try_from(lane.capability().lag.read).unwrap_or(SignedDuration::ZERO);
    let mut by_instant: BTreeMap<Timestamp, Vec<ObservedOfferRow>> = BTreeMap::new();
    for reading in readings {
        let now = lane.engine.clock.now();
        match &reading.value {
            Ok(observed) => {
                let is_on_sale = matches!(observed.standing, Standing::OnSale);
                let rows = observed.offers.iter().map(|offer| ObservedOfferRow {
                    offer: offer.offer.clone(),
                    note: Some(offer.note.clone()).filter(|note| !note.is_empty()),
                    price: offer.price.as_ref().map(|price| price.list),
                    stock: offer.stock.as_ref().map(ganh_contract::Units::total),
                    on_sale: Some(is_on_sale && offer.on_sale),
                    reserved: offer.reserved,
                });
                by_instant.entry(reading.as_of).or_default().extend(rows);
            }
            Err(fault) if matches!(*fault.kind, FaultKind::Missing(_)) => {
                let remote = RemoteListingId::new(reading.id.clone());
                let ours = store.listings_by_remote(lane.shop.id, &[remote]).await.map_err(unstored)?;
                for listing in ours.into_values() {
                    if is_new(lane, listing, reading.as_of).await? {
                        let remote = RemoteListingId::new(reading.id.clone());
                        store.verify_later(&lane.lease, &remote, now + NEW_AGAIN).await.map_err(unstored)?;
                        continue;
                    }
                    store.listing_gone(&lane.lease, listing, GONE, now).await.map_err(unstored)?;
                }
            }
            Err(fault) => {
                // Its read-back stays owed; the neighbours are not kept waiting.
                tracing::warn!(shop.id = %lane.shop.id, channel = lane.shop.channel,
                    "shop {}: listing {} cannot be read: {fault}", lane.shop.handle, reading.id);
                let listing = RemoteListingId::new(reading.id.clone());
                store.verify_later(&lane.lease, &listing, now + UNREADABLE_AGAIN).await.map_err(unstored)?;
            }
        }
    }
    let mut has_drifted = false;
    for (as_of, rows) in by_instant {
        let now = lane.engine.clock.now();
        let mut observation =
            store.observe_offers(&lane.lease, &rows, as_of, lag, now).await.map_err(unstored)?;
        if observation.unexplained > 0 {
            // Orders may explain what differs: they are read up to the reading, then it is weighed again.
            pull::catch_up(lane).await?;
            let now = lane.engine.clock.now();
            observation =
                store.observe_offers(&lane.lease, &rows, as_of, lag, now).await.map_err(unstored)?;
        }
        has_drifted |= observation.drifted > 0;
    }
    if has_drifted {
        lane.bells.figures.ring();
    }
    Ok(())
}

/// Made or written so lately that its absence proves nothing yet.
async fn is_new(lane: &Lane, listing: ListingId, as_of: Timestamp) -> Result<bool> {
    let offers = lane.engine.store.offers_of_listings(&[listing]).await.map_err(unstored)?;
    let remote = lane.remote.now();
    let lag = &remote.capability().lag;
    Ok(offers.iter().filter_map(|offer| offer.wrote).any(|wrote| as_of < proves_from(wrote.answered_at, lag)))
}

/// One page of the slow walk; the place is kept in the store, so a restart goes on where it was.
async fn audit_page(lane: &Lane) -> Result<()> {
    let store = &lane.engine.store;
    let cursor = store.shop(lane.shop.id).await.map_err(unstored)?.audit_cursor;
    let page: Result<Page<ListingHead>> = lane
        .remote
        .call("listings", |shop| {
            let cursor = cursor.clone();
            async move { shop.listings(cursor.as_ref()).await }
        })
        .await;
    let page = match page {
        Err(fault) if matches!(*fault.kind, FaultKind::Conflict { .. }) => {
            // The cursor is too old: the walk starts again.
            store.save_audit(&lane.lease, None, lane.engine.clock.now()).await.map_err(unstored)?;
            return Ok(());
        }
        page => page?,
    };
    let ours = store.listings_by_remote(lane.shop.id, &ids(&page.rows)).await.map_err(unstored)?;
    let (whole, others): (Vec<ListingHead>, Vec<ListingHead>) = page
        .rows
        .into_iter()
        .filter(|head| ours.contains_key(&head.id))
        .partition(|head| matches!(head.seen, Seen::Whole(_)));
    let readings: Vec<Reading<Observed>> = whole
        .into_iter()
        .filter_map(|head| match head.seen {
            Seen::Whole(reading) => Some(*reading),
            Seen::Part(_) | Seen::Id => None,
        })
        .collect();
    store_readings(lane, &readings).await?;
    let size = lane.capability().listings_per_read.max(1);
    let mut rest = others;
    while !rest.is_empty() {
        let later = rest.split_off(size.min(rest.len()));
        observe(lane, std::mem::replace(&mut rest, later)).await?;
    }
    let next = match page.next {
        Next::More(cursor) => Some(cursor),
        Next::End | Next::TooMany => None,
    };
    store.save_audit(&lane.lease, next.as_ref(), lane.engine.clock.now()).await.map_err(unstored)
}

fn ids(rows: &[ListingHead]) -> Vec<RemoteListingId> {
    rows.iter().map(|head| head.id.clone()).collect()
}

/// Looks at hinted things. A hint is removed when its thing was read; an order that is not there yet is looked for again, a few times.
/// True when somebody hinted that the whole shop should be looked at.
pub(super) async fn hints(lane: &Lane) -> Result<bool> {
    let store = &lane.engine.store;
    let now = lane.engine.clock.now();
    let due = store.due_hints(lane.shop.id, now, 200).await.map_err(unstored)?;
    if due.is_empty() {
        return Ok(false);
    }
    let mut orders: Vec<RemoteOrderId> = Vec::new();
    let mut listings: Vec<ListingHead> = Vec::new();
    let mut wants_sweep = false;
    for hint in &due {
        match &hint.hint {
            Hint::Order(id) => orders.push(id.clone()),
            Hint::Listing(id) => listings.push(Head::named(id.clone())),
            Hint::Sweep | Hint::Request(_) => wants_sweep = true,
            Hint::AccessEnds(at) => lane.warn_of_end(*at).await?,
            // The next call says so itself, or the hint was wrong.
            Hint::AccessEnded => {}
        }
    }
    let read = pull::read_hinted(lane, &orders).await?;
    let size = lane.capability().listings_per_read.max(1);
    for chunk in listings.chunks(size) {
        observe(lane, chunk.to_vec()).await?;
    }
    let mut done = Vec::new();
    for hint in due {
        let is_missing = match &hint.hint {
            Hint::Order(order) => !read.iter().any(|(id, is_there)| id == order && *is_there),
            Hint::Listing(_) | Hint::Request(_) | Hint::AccessEnds(_) | Hint::AccessEnded | Hint::Sweep => {
                false
            }
        };
        // An order's detail may come minutes after its push; after the last try the windows find it.
        let pause = match (is_missing, hint.attempts) {
            (true, 0) => Some(5),
            (true, 1) => Some(30),
            (true, 2) => Some(120),
            (true, _) | (false, _) => None,
        };
        match pause {
            Some(seconds) => {
                let later = now + SignedDuration::from_secs(seconds);
                store.hint_later(&lane.lease, hint.id, later).await.map_err(unstored)?;
            }
            None => done.push(hint.id),
        }
    }
    store.hints_done(&lane.lease, &done, now).await.map_err(unstored)?;
    Ok(wants_sweep)
}
