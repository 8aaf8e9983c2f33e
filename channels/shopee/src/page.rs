//! Walking the whole shop, and finding what carries our code (spec §4.10).

use crate::Shop;
use crate::observe::read_all;
use crate::wire::{ItemPage, SearchPage};
use ganh_contract::{
    Cursor, Fault, FaultKind, Found, Head, ListingHead, Next, Observed, Page, Reading, RemoteListingId,
    Result, Seen, Sku, Standing,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Deleted ones are gone for good; every other status must be asked for, or its items look deleted (§8 no. 13).
const STATUSES: [&str; 4] = ["NORMAL", "BANNED", "UNLIST", "REVIEWING"];

/// Where a walk stands. Without slices it pages by offset; where that is refused, by slices of the update time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Walk {
    offset: i64,
    /// Still to walk, the earliest last; seconds, both ends included.
    slices: Vec<(i64, i64)>,
}

pub(crate) async fn listings(shop: &Shop, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
    const CALL: &str = "get_item_list";
    let stale =
        || Fault::new(CALL, FaultKind::Conflict { holder: None }).said("this place in the walk is unknown");
    let walk: Walk = match from {
        Some(cursor) => serde_json::from_str(cursor.as_str()).map_err(|_| stale())?,
        None => Walk::default(),
    };
    let mut query =
        vec![("offset", walk.offset.to_string()), ("page_size", shop.line.app.facts.batch.page.to_string())];
    query.extend(STATUSES.map(|status| ("item_status", status.to_owned())));
    if let Some((start, end)) = walk.slices.last() {
        query.push(("update_time_from", start.to_string()));
        query.push(("update_time_to", end.to_string()));
    }
    let reply = match shop.line.get(CALL, "/api/v2/product/get_item_list", query).await {
        Ok(reply) => reply,
        // Too deep: the same walk again, in halves of its time.
        Err(fault) if is_too_deep(&fault) => {
            let as_of = shop.line.app.gateway.clock().now();
            let halves = walk.halved(as_of).ok_or(fault)?;
            return Ok(Page { rows: Vec::new(), next: more(&halves), as_of });
        }
        Err(fault) => return Err(fault),
    };
    let page: ItemPage = reply.response::<Option<ItemPage>>()?.unwrap_or_default();
    let head = |row: &crate::wire::ItemHead| {
        let changed_at = row.update_time.0.and_then(|at| Timestamp::from_second(at).ok());
        Some(Head { id: RemoteListingId::new(row.item_id.0?.to_string()), changed_at, seen: Seen::Id })
    };
    let rows: Vec<ListingHead> = page.item.0.iter().filter_map(head).collect();
    // The page before promised more: an empty one here proves nothing, least of all the end.
    if walk.offset > 0 && rows.is_empty() && !page.has_next_page.0 {
        return Err(Fault::new(CALL, FaultKind::Conflict { holder: None }).said("a promised page is empty"));
    }
    let next = if page.has_next_page.0 { walk.at(&page) } else { walk.next_slice() };
    Ok(Page { rows, next, as_of: reply.sent_at })
}

impl Walk {
    fn at(self, page: &ItemPage) -> Next {
        // A page that points back would never end.
        let read = i64::try_from(page.item.0.len()).unwrap_or(0).max(1);
        let offset = page.next_offset.0.filter(|next| *next > self.offset).unwrap_or(self.offset + read);
        more(&Self { offset, ..self })
    }

    fn next_slice(mut self) -> Next {
        self.slices.pop();
        if self.slices.is_empty() { Next::End } else { more(&Self { offset: 0, slices: self.slices }) }
    }

    /// The present slice, or all of time, in two; the later half is walked later, so that an item that moves on is met again.
    fn halved(mut self, now: Timestamp) -> Option<Self> {
        // 2015-01-01, before the marketplace opened in Vietnam, to a day ahead.
        let (start, end) = self.slices.pop().unwrap_or((1_420_070_400, now.as_second() + 86_400));
        if end <= start {
            return None;
        }
        let middle = start + (end - start) / 2;
        self.slices.push((middle + 1, end));
        self.slices.push((start, middle));
        Some(Self { offset: 0, slices: self.slices })
    }
}

fn more(walk: &Walk) -> Next {
    Next::More(Cursor::new(serde_json::to_string(walk).unwrap_or_default()))
}

fn is_too_deep(fault: &Fault) -> bool {
    *fault.kind == FaultKind::Conflict { holder: None }
        && fault.said.as_ref().is_some_and(|said| said.contains("offset"))
}

/// Searches by the parent's code, which is all that can be searched, and believes only what the items themselves say (§4.10).
/// An item whose code differs but whose models carry our codes is ours too, if the search shows it.
pub(crate) async fn find(shop: &Shop, code: &Sku, skus: &[Sku]) -> Result<Found> {
    let mut ids = Vec::new();
    let mut words = vec![code.as_str()];
    // A product of one variant may have been listed under the variant's code.
    if let [only] = skus {
        words.push(only.as_str());
    }
    words.dedup();
    for word in words {
        search(shop, word, &mut ids).await?;
    }
    let mut found: Vec<Reading<Observed>> = Vec::new();
    for chunk in ids.chunks(shop.line.app.facts.batch.listings_per_read.max(1)) {
        let names: Vec<String> = chunk.iter().map(i64::to_string).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        found
            .extend(read_all(shop, &names).await?.into_iter().filter(|reading| is_ours(reading, code, skus)));
    }
    Ok(if found.is_empty() { Found::Nothing } else { Found::Listings(found) })
}

async fn search(shop: &Shop, word: &str, ids: &mut Vec<i64>) -> Result<()> {
    const PAGES: usize = 20;
    let mut offset = String::new();
    for _ in 0..PAGES {
        let mut query =
            vec![("page_size", shop.line.app.facts.batch.page.to_string()), ("item_sku", word.to_owned())];
        if !offset.is_empty() {
            query.push(("offset", offset.clone()));
        }
        let reply = shop.line.get("search_item", "/api/v2/product/search_item", query).await?;
        let page: SearchPage = reply.response::<Option<SearchPage>>()?.unwrap_or_default();
        let read = page.item_id_list.0.len();
        for id in page.item_id_list.0.iter().filter_map(|id| id.0) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if read == 0 || page.next_offset.filled().is_none() || page.next_offset.as_str() == offset {
            break;
        }
        offset = page.next_offset.0;
    }
    Ok(())
}

/// Unreadable ones are kept: they may be ours. Deleted and vanished ones are no listings any more.
fn is_ours(reading: &Reading<Observed>, code: &Sku, skus: &[Sku]) -> bool {
    match &reading.value {
        Ok(seen) => {
            let is_named = seen.code.as_ref() == Some(code)
                || seen.offers.iter().any(|offer| offer.sku.as_ref().is_some_and(|sku| skus.contains(sku)));
            is_named && seen.standing != Standing::Deleted
        }
        Err(fault) => !matches!(*fault.kind, FaultKind::Missing(_)),
    }
}
