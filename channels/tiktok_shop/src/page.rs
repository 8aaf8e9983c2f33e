//! Walking the whole shop, and finding what carries our codes (spec §7.5).

use crate::Shop;
use crate::call::{Ask, Class, Query, Reply};
use crate::category::VERSION;
use crate::fault::known;
use crate::observe::read_all;
use crate::wire::{ProductHead, ProductPage};
use ganh_contract::{
    Cursor, Fault, FaultKind, Found, Head, ListingHead, Next, Observed, Page, Reading, RemoteListingId,
    Result, Seen, Sku, Standing,
};
use ganh_http::Safety;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const CALL: &str = "search_products";

/// Where a walk stands. Whole until that is refused as too deep, then in slices of the update time (§1.5).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Walk {
    token: String,
    /// Rows seen of this slice, and how many it promised.
    read: i64,
    promised: i64,
    /// Still to walk, the earliest last; seconds, both ends included.
    slices: Vec<(i64, i64)>,
}

pub(crate) async fn listings(shop: &Shop, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
    let stale = |said: &str| Fault::new(CALL, FaultKind::Conflict { holder: None }).said(said);
    let walk: Walk = match from {
        Some(cursor) => {
            serde_json::from_str(cursor.as_str()).map_err(|_| stale("this place in the walk is unknown"))?
        }
        None => Walk::default(),
    };
    let mut filter = json!({ "status": "ALL", "category_version": VERSION });
    if let Some((start, end)) = walk.slices.last() {
        filter["update_time_ge"] = json!(start);
        filter["update_time_le"] = json!(end);
    }
    let reply = match search(shop, filter, &walk.token).await {
        Ok(reply) => reply,
        Err(fault) if fault.code.as_deref() == Some(known::TOO_DEEP) => {
            let as_of = shop.line.app.gateway.clock().now();
            let halves = walk.halved(as_of).ok_or(fault)?;
            return Ok(Page { rows: Vec::new(), next: more(&halves), as_of });
        }
        Err(fault) => return Err(fault),
    };
    let page: ProductPage = reply.read_or_empty()?;
    let rows: Vec<ListingHead> = page.products.0.iter().filter_map(head).collect();
    let read = walk.read + i64::try_from(page.products.0.len()).unwrap_or(0);
    let promised = page.total_count.0.unwrap_or(walk.promised).max(walk.promised);
    // The page before promised more than came: an empty one proves nothing, least of all the end.
    if rows.is_empty() && page.next_page_token.filled().is_none() && read < promised {
        return Err(stale("a promised page is empty"));
    }
    let next = match page.next_page_token.filled().filter(|token| *token != walk.token) {
        Some(token) => more(&Walk { token: token.to_owned(), read, promised, slices: walk.slices }),
        None => walk.next_slice(),
    };
    Ok(Page { rows, next, as_of: reply.sent_at })
}

fn head(row: &Value) -> Option<ListingHead> {
    let row: ProductHead = serde_json::from_value(row.clone()).ok()?;
    let changed_at = row.update_time.0.and_then(|at| Timestamp::from_second(at).ok());
    Some(Head { id: RemoteListingId::new(row.id.filled()?), changed_at, seen: Seen::Id })
}

async fn search(shop: &Shop, filter: Value, token: &str) -> Result<Reply> {
    let query: Query =
        vec![("page_size", shop.line.app.facts.batch.page.to_string()), ("page_token", token.to_owned())];
    let ask = Ask::post(CALL, Class::Reads, Safety::Read, "/product/202502/products/search", filter);
    shop.line.send(ask.query(query)).await
}

impl Walk {
    fn next_slice(mut self) -> Next {
        self.slices.pop();
        if self.slices.is_empty() {
            Next::End
        } else {
            more(&Self { slices: self.slices, ..Self::default() })
        }
    }

    /// The present slice, or all of time, in two; the later half is walked later, so that a product that moves on is met again.
    fn halved(mut self, now: Timestamp) -> Option<Self> {
        // 2021-01-01, before the marketplace opened in Vietnam, to a day ahead.
        let (start, end) = self.slices.pop().unwrap_or((1_609_459_200, now.as_second() + 86_400));
        if end <= start {
            return None;
        }
        let middle = start + (end - start) / 2;
        self.slices.push((middle + 1, end));
        self.slices.push((start, middle));
        Some(Self { slices: self.slices, ..Self::default() })
    }
}

fn more(walk: &Walk) -> Next {
    Next::More(Cursor::new(serde_json::to_string(walk).unwrap_or_default()))
}

/// Searches by the codes of the SKUs, ten at a time, and believes only what the products themselves say.
pub(crate) async fn find(shop: &Shop, code: &Sku, skus: &[Sku]) -> Result<Found> {
    let ids = candidates(shop, code, skus, "ALL").await?;
    let found: Vec<Reading<Observed>> =
        read_all(shop, &ids).await?.into_iter().filter(|reading| is_ours(reading, code, skus)).collect();
    Ok(if found.is_empty() { Found::Nothing } else { Found::Listings(found) })
}

/// Who holds this code, also in the bin.
pub(crate) async fn holder(shop: &Shop, code: &Sku, skus: &[Sku]) -> Result<Option<RemoteListingId>> {
    for status in ["ALL", "DELETED"] {
        let ids = candidates(shop, code, skus, status).await?;
        for reading in read_all(shop, &ids).await? {
            if let Ok(seen) = reading.value
                && (seen.code.as_ref() == Some(code) || names(&seen, skus))
            {
                return Ok(Some(seen.listing));
            }
        }
    }
    Ok(None)
}

async fn candidates(shop: &Shop, code: &Sku, skus: &[Sku], status: &str) -> Result<Vec<RemoteListingId>> {
    const PAGES: usize = 20;
    let mut words: Vec<&str> = std::iter::once(code).chain(skus).map(Sku::as_str).collect();
    words.sort_unstable();
    words.dedup();
    let mut ids: Vec<RemoteListingId> = Vec::new();
    for some in words.chunks(shop.line.app.facts.batch.skus_per_search.max(1)) {
        let mut token = String::new();
        for _ in 0..PAGES {
            let filter = json!({ "status": status, "seller_skus": some, "category_version": VERSION });
            let page: ProductPage = search(shop, filter, &token).await?.read_or_empty()?;
            for head in page.products.0.iter().filter_map(head) {
                if !ids.contains(&head.id) {
                    ids.push(head.id);
                }
            }
            match page.next_page_token.filled().filter(|next| *next != token) {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }
    }
    Ok(ids)
}

/// Unreadable ones are kept: they may be ours. Deleted and vanished ones are no listings any more.
fn is_ours(reading: &Reading<Observed>, code: &Sku, skus: &[Sku]) -> bool {
    match &reading.value {
        Ok(seen) => {
            let is_named = seen.code.as_ref() == Some(code) || names(seen, skus);
            is_named && seen.standing != Standing::Deleted
        }
        Err(fault) => !matches!(*fault.kind, FaultKind::Missing(_)),
    }
}

fn names(seen: &Observed, skus: &[Sku]) -> bool {
    seen.offers.iter().any(|offer| offer.sku.as_ref().is_some_and(|sku| skus.contains(sku)))
}
