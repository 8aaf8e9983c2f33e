//! One reading of the store for all who look: made when somebody asks, at most once a second, by one of them while the others wait.

use crate::ids::{ShopId, VariantId};
use crate::listing::Stopped;
use crate::listing::explain::Explanation;
use crate::store::{
    Exposure, OpenStop, OrderRow, ParkedThing, Promised, Result, ShopState, ShopStatus, SkuTrace, Store,
    Totals,
};
use ganh_http::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

const FRESH_FOR: SignedDuration = SignedDuration::from_secs(1);
/// Counting whole tables costs by the size of the catalogue, so it is done seldom.
const TOTALS_FRESH_FOR: SignedDuration = SignedDuration::from_secs(30);
/// Explaining a figure computes it again, as the writer of the store, so that is shared longer.
const TRACE_FRESH_FOR: SignedDuration = SignedDuration::from_secs(3);
/// Variants whose exposure one reading looks at: the walk through a large catalogue takes many readings, each costs the same.
const EXPOSURE_PAGE: usize = 2_000;
/// SKUs looked at within that time and kept at most.
const TRACES: usize = 64;
/// Movements of a SKU that are shown.
const MOVEMENTS: usize = 30;
/// Orders and parked things kept for the page.
const KEPT: usize = 200;
/// Orders not read for so long are worth a look.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// So long may an offer wait before it is called slow.
const SLOW_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What was read.
#[derive(Debug, Clone)]
pub struct Reading {
    pub at: Timestamp,
    /// The worst first, then by handle.
    pub shops: Vec<ShopStatus>,
    /// Newest first.
    pub orders: Vec<OrderRow>,
    /// Newest first.
    pub parked: Vec<ParkedThing>,
    /// What people stopped selling, newest first.
    pub stops: Vec<OpenStop>,
    pub totals: Totals,
    /// As of the last whole walk; `None` before the first one ended.
    pub exposure: Option<Arc<Exposure>>,
}

impl Reading {
    /// A shop's part of what is promised beyond what there is; `None` before the first whole walk.
    pub fn beyond(&self, shop: ShopId) -> Option<Promised> {
        self.exposure.as_ref().map(|exposure| exposure.by_shop.get(&shop).copied().unwrap_or_default())
    }
}

/// One SKU from the shelf to every shop, and why each figure is there.
#[derive(Debug)]
pub struct Traced {
    pub at: Timestamp,
    pub trace: SkuTrace,
    pub why: Vec<Explanation>,
    /// Stops of selling that hold for it.
    pub stops: Vec<Stopped>,
}

/// How a shop is doing, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// The seller or an admin must connect it again.
    Cut,
    /// Something waits for a person.
    Stuck,
    /// Its orders were not read for long.
    Stale,
    /// Changes wait longer than they should.
    Slow,
    /// Not approved yet.
    New,
    /// Stopped by a person.
    Paused,
    Well,
}

impl Health {
    /// Judges a shop at an instant.
    pub fn of(shop: &ShopStatus, now: Timestamp) -> Self {
        match shop.state {
            ShopState::Revoked | ShopState::Gone => Self::Cut,
            ShopState::New => Self::New,
            ShopState::Paused => Self::Paused,
            ShopState::Active if shop.parked.sum() > 0 || shop.odd_orders > 0 => Self::Stuck,
            ShopState::Active if now.duration_since(shop.orders_read_at) > STALE_AFTER => Self::Stale,
            ShopState::Active
                if shop.pending_since.is_some_and(|since| now.duration_since(since) > SLOW_AFTER) =>
            {
                Self::Slow
            }
            ShopState::Active => Self::Well,
        }
    }
}

/// The walk through all variants that tells what is promised beyond what there is: one page for each reading.
#[derive(Debug, Default)]
struct Walk {
    after: Option<VariantId>,
    so_far: Exposure,
    last: Option<Arc<Exposure>>,
}

pub struct Board {
    store: Store,
    clock: Arc<dyn Clock>,
    walk: Mutex<Walk>,
    last: Mutex<Option<(Arc<Reading>, Timestamp)>>,
    traces: Mutex<HashMap<String, Arc<Traced>>>,
}

impl Board {
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            walk: Mutex::default(),
            last: Mutex::new(None),
            traces: Mutex::new(HashMap::new()),
        }
    }

    /// A reading at most a second old.
    pub async fn look(&self) -> Result<Arc<Reading>> {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        let (known, counted_at) = match &*last {
            Some((reading, _)) if now.duration_since(reading.at).abs() < FRESH_FOR => {
                return Ok(Arc::clone(reading));
            }
            Some((reading, counted_at)) if now.duration_since(*counted_at).abs() < TOTALS_FRESH_FOR => {
                (Some(reading.totals), *counted_at)
            }
            _ => (None, now),
        };
        let mut shops = self.store.shop_status().await?;
        shops.sort_by_cached_key(|shop| (Health::of(shop, now), shop.handle.clone()));
        let reading = Arc::new(Reading {
            at: now,
            shops,
            orders: self.store.orders_page(None, None, KEPT).await?,
            parked: self.store.parked(None, KEPT).await?,
            stops: self.store.open_stops(KEPT).await?,
            totals: match known {
                Some(totals) => totals,
                None => self.store.totals().await?,
            },
            exposure: self.exposure().await?,
        });
        *last = Some((Arc::clone(&reading), counted_at));
        Ok(reading)
    }

    /// Takes the next page of the walk.
    async fn exposure(&self) -> Result<Option<Arc<Exposure>>> {
        let mut walk = self.walk.lock().await;
        let page = self.store.exposure_page(walk.after, EXPOSURE_PAGE).await?;
        walk.after = page.next;
        walk.so_far.add(page);
        if walk.after.is_none() {
            walk.last = Some(Arc::new(std::mem::take(&mut walk.so_far)));
        }
        Ok(walk.last.clone())
    }

    /// A SKU's trace, a few seconds old at most. Errors: `NotFound`.
    pub async fn trace(&self, sku: &str) -> Result<Arc<Traced>> {
        let mut traces = self.traces.lock().await;
        let at = self.clock.now();
        traces.retain(|_, traced| at.duration_since(traced.at).abs() < TRACE_FRESH_FOR);
        if let Some(traced) = traces.get(sku) {
            return Ok(Arc::clone(traced));
        }
        let trace = self.store.sku_trace(sku, MOVEMENTS).await?;
        let why = self.store.explain(sku, at).await?;
        let stops = self.store.stops_of_sku(sku).await?;
        let traced = Arc::new(Traced { at, trace, why, stops });
        if traces.len() < TRACES {
            traces.insert(sku.to_owned(), Arc::clone(&traced));
        }
        Ok(traced)
    }
}
