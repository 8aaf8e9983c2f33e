//! Walking the whole shop, and finding what carries our SKUs (spec §4.14).
//!
//! Pages go by offset, each a few rows into the one before, because rows move up when others go. Beyond the deepest offset the walk starts
//! again in slices of the time of creation, which never moves, halved until each fits.

use crate::Shop;
use crate::call::Params;
use crate::moment::iso;
use crate::observe::{id_of, reading};
use crate::wire::Products;
use ganh_contract::{
    Cursor, Fault, FaultKind, Found, Head, ListingHead, Next, Observed, Page, Reading, RemoteListingId,
    Result, Seen, Sku, Standing,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const CALL: &str = "products_get";
/// The marketplace opened in 2012: nothing was created before.
const OPENED_S: i64 = 1_325_376_000;

/// Where a walk stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    offset: usize,
    /// Rows of a page; smaller after a page that took too long (§4.14).
    limit: usize,
    /// Items that the last page promised.
    total: usize,
    /// Still to walk, the current one last; seconds of creation, both ends included.
    slices: Vec<(i64, i64)>,
}

pub(crate) async fn listings(shop: &Shop, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
    let batch = &shop.line.app.facts.batch;
    let stale =
        || Fault::new(CALL, FaultKind::Conflict { holder: None }).said("this place in the walk is unknown");
    let walk: Walk = match from {
        Some(cursor) => serde_json::from_str(cursor.as_str()).map_err(|_| stale())?,
        None => Walk { limit: batch.listings_page, ..Walk::default() },
    };
    if walk.limit == 0 {
        return Err(stale());
    }
    let mut params: Params = vec![
        ("filter", "all".to_owned()),
        ("offset", walk.offset.to_string()),
        ("limit", walk.limit.to_string()),
        ("options", "1".to_owned()),
    ];
    if let Some((start, end)) = walk.slices.last() {
        params.push(("create_after", iso(Timestamp::from_second(*start).map_err(|_| stale())?)));
        params.push(("create_before", iso(Timestamp::from_second(*end).map_err(|_| stale())?)));
    }
    let reply = match shop.line.get(CALL, "/products/get", params).await {
        Ok(reply) => reply,
        // Items with many variants take too long: the same place again, in half a page.
        Err(fault) if fault.code.as_deref() == Some("ServiceTimeout") && walk.limit > 1 => {
            let as_of = shop.line.app.gateway.clock().now();
            let smaller = Walk { limit: walk.limit / 2, ..walk };
            return Ok(Page { rows: Vec::new(), next: more(&smaller), as_of });
        }
        Err(fault) => return Err(fault),
    };
    let page: Products = reply.data()?;
    let rows: Vec<ListingHead> =
        page.products.0.iter().filter_map(|row| head(shop, row, reply.sent_at)).collect();
    // The page before promised more: an empty one here proves nothing, least of all the end.
    if rows.is_empty() && walk.offset > 0 && walk.offset < walk.total.max(total(&page)) {
        return Err(Fault::new(CALL, FaultKind::Conflict { holder: None }).said("a promised page is empty"));
    }
    let read = page.products.0.len();
    let next = walk.after(read, &page, batch.listings_overlap, batch.listings_max_offset, reply.sent_at);
    Ok(Page { rows, next, as_of: reply.sent_at })
}

fn total(page: &Products) -> usize {
    usize::try_from(page.total_products.or_zero()).unwrap_or(0)
}

fn more(walk: &Walk) -> Next {
    Next::More(Cursor::new(serde_json::to_string(walk).unwrap_or_default()))
}

impl Walk {
    /// Where the walk goes on after a page of `read` rows.
    fn after(mut self, read: usize, page: &Products, overlap: usize, deepest: usize, at: Timestamp) -> Next {
        let seen = self.offset + read;
        self.total = total(page);
        // Where no total is told, a full page promises another.
        let has_more = if self.total == 0 { read >= self.limit } else { seen < self.total };
        if !has_more || read == 0 {
            self.slices.pop();
            return if self.slices.is_empty() {
                Next::End
            } else {
                more(&Self { offset: 0, total: 0, ..self })
            };
        }
        let step = if read > overlap { read - overlap } else { read };
        self.offset += step;
        if self.offset <= deepest {
            return more(&self);
        }
        let (start, end) = self.slices.pop().unwrap_or((OPENED_S, at.as_second() + 86_400));
        let middle = start + (end - start) / 2;
        if middle > start {
            self.slices.extend([(middle, end), (start, middle)]);
        }
        if self.slices.is_empty() { Next::End } else { more(&Self { offset: 0, total: 0, ..self }) }
    }
}

/// The list shows whole items, so nothing is left to read.
fn head(shop: &Shop, row: &Value, as_of: Timestamp) -> Option<ListingHead> {
    let id = id_of(row)?;
    let changed_at = serde_json::from_value::<crate::moment::Moment>(row["updated_time"].clone()).ok()?.0;
    let whole = reading(shop, &id, row, as_of);
    Some(Head { id: RemoteListingId::new(id), changed_at, seen: Seen::Whole(Box::new(whole)) })
}

/// Whatever holds one of our SKUs, in every standing but gone.
pub(crate) async fn find(shop: &Shop, code: &Sku, skus: &[Sku]) -> Result<Found> {
    let batch = &shop.line.app.facts.batch;
    let mut words: Vec<&str> =
        skus.iter().chain([code]).map(Sku::as_str).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    let mut found: Vec<Reading<Observed>> = Vec::new();
    for some in words.chunks(batch.skus_per_search.max(1)) {
        let mut offset = 0;
        loop {
            let params: Params = vec![
                ("filter", "all".to_owned()),
                ("offset", offset.to_string()),
                ("limit", batch.listings_page.to_string()),
                ("sku_seller_list", json!(some).to_string()),
            ];
            let reply = shop.line.get("products_find", "/products/get", params).await?;
            let page: Products = reply.data()?;
            for row in &page.products.0 {
                let Some(id) = id_of(row) else { continue };
                let one = reading(shop, &id, row, reply.sent_at);
                if is_ours(&one, code, skus) && !found.iter().any(|known| known.id == id) {
                    found.push(one);
                }
            }
            offset += page.products.0.len();
            if page.products.0.len() < batch.listings_page {
                break;
            }
        }
    }
    Ok(if found.is_empty() { Found::Nothing } else { Found::Listings(found) })
}

/// Unreadable ones are kept: they may be ours. Deleted ones are no listings any more.
fn is_ours(reading: &Reading<Observed>, code: &Sku, skus: &[Sku]) -> bool {
    let Ok(seen) = &reading.value else { return true };
    let holds = |sku: &Sku| sku == code || skus.contains(sku);
    let is_named = seen.code.as_ref() == Some(code)
        || seen.offers.iter().filter_map(|offer| offer.sku.as_ref()).any(holds);
    is_named && seen.standing != Standing::Deleted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: usize, total: i64) -> Products {
        serde_json::from_value(json!({ "total_products": total, "products": vec![json!({}); rows] }))
            .expect("a page")
    }

    fn walk(next: Next) -> Walk {
        let Next::More(cursor) = next else { panic!("more, not {next:?}") };
        serde_json::from_str(cursor.as_str()).expect("a walk")
    }

    fn start() -> Walk {
        Walk { limit: 50, ..Walk::default() }
    }

    #[test]
    fn each_page_begins_a_few_rows_before_the_last_one_ended() {
        let at = Timestamp::from_second(1_772_442_000).expect("a time");

        assert_eq!(walk(start().after(50, &page(50, 130), 5, 10_000, at)).offset, 45);
        assert_eq!(Walk { offset: 90, ..start() }.after(40, &page(40, 130), 5, 10_000, at), Next::End);
        // A short page is not the end while more is promised.
        assert_eq!(walk(start().after(20, &page(20, 130), 5, 10_000, at)).offset, 15);
    }

    #[test]
    fn beyond_the_deepest_offset_the_walk_goes_on_in_halves() {
        let at = Timestamp::from_second(1_772_442_000).expect("a time");
        let deep = Walk { offset: 9_990, total: 20_000, ..start() };

        let halved = walk(deep.after(50, &page(50, 20_000), 5, 10_000, at));

        assert_eq!((halved.offset, halved.slices.len()), (0, 2));
        assert_eq!(halved.slices[0].0, halved.slices[1].1, "nothing lies between the halves");
        let next = walk(halved.after(30, &page(30, 30), 5, 10_000, at));
        assert_eq!(next.slices.len(), 1, "the first half is walked");
        assert_eq!(next.after(30, &page(30, 30), 5, 10_000, at), Next::End);
    }
}
