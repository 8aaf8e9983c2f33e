//! The other side of the counter: the sandbox's control API in process, and a clock that both sides live by.

use ganh_http::{Clock, Gateway, Settings};
use ganh_sandbox::{Books, ListingBook, OfferBook, OrderBook, Running};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::world::Records;

/// What the marketplace, its buyers and its bad days do.
pub struct Desk {
    sandbox: Arc<Running>,
    shop: String,
}

impl Desk {
    /// A desk at one of the sandbox's shops.
    pub fn new(sandbox: Arc<Running>, shop: impl Into<String>) -> Self {
        Self { sandbox, shop: shop.into() }
    }

    /// Makes a control call; returns its status too.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}shop={}", self.shop);
        self.sandbox.control_status(method, &path, Some(body)).await
    }

    /// Makes a control call that must be understood.
    pub async fn tell(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Arms a fault; false when this channel does not know it.
    pub async fn has_fault(&self, fault: Value) -> bool {
        self.ask("POST", "faults", fault).await.0 < 300
    }

    /// Arms a fault.
    pub async fn fault(&self, fault: Value) {
        self.tell("POST", "faults", fault).await;
    }

    /// Arms a fault for one call.
    pub async fn next_is(&self, kind: &str) {
        self.fault(json!({ "kind": kind })).await;
    }

    /// How often the armed faults struck.
    pub async fn hits(&self) -> u64 {
        let faults = self.tell("GET", "faults", json!({})).await;
        faults.as_array().into_iter().flatten().filter_map(|fault| fault["hits"].as_u64()).sum()
    }

    /// Disarms everything.
    pub async fn calm(&self) {
        self.tell("DELETE", "faults", json!({})).await;
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.sandbox.core().clock.now_ms())
            .expect("the sandbox's time is in range")
    }

    /// Lets time pass, rounded up to whole seconds, for both sides.
    pub async fn pass(&self, time: Duration) {
        let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
        if seconds > 0 {
            self.tell("POST", "time", json!({ "advance_s": seconds })).await;
            // Whoever slept on the world's clock gets a turn.
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// The shop's own books.
    pub async fn books(&self) -> Books {
        let books = self.tell("GET", "books", json!({})).await;
        serde_json::from_value(books).expect("books in the shape of the control API")
    }

    /// Listings that have an offer with this SKU, deleted ones left out.
    pub async fn listings_with(&self, sku: &str) -> Vec<ListingBook> {
        let is_it = |listing: &ListingBook| {
            listing.standing != ganh_sandbox::Standing::Deleted
                && (listing.code.as_deref() == Some(sku)
                    || listing.offers.iter().any(|offer| offer.sku == sku))
        };
        self.books().await.listings.into_iter().filter(is_it).collect()
    }

    /// The listing with this id.
    pub async fn listing(&self, id: &str) -> Option<ListingBook> {
        self.books().await.listings.into_iter().find(|listing| listing.id == id)
    }

    /// The offer with this SKU.
    pub async fn offer(&self, sku: &str) -> OfferBook {
        let listings = self.books().await.listings;
        let offers = listings.into_iter().flat_map(|listing| listing.offers);
        offers
            .into_iter()
            .find(|offer| offer.sku == sku)
            .unwrap_or_else(|| panic!("the shop has no offer {sku}"))
    }

    /// The figure that the channel's own stock write sets.
    pub async fn stock(&self, sku: &str) -> i64 {
        self.offer(sku).await.stock.unwrap_or_else(|| panic!("{sku} is not counted"))
    }

    /// The price that a buyer pays now, in whole đồng.
    pub async fn price(&self, sku: &str) -> i64 {
        self.offer(sku).await.price.unwrap_or_else(|| panic!("{sku} has no price"))
    }

    /// An order in the books.
    pub async fn order(&self, id: &str) -> OrderBook {
        let found = self.books().await.orders.into_iter().find(|order| order.id == id);
        found.unwrap_or_else(|| panic!("the books have no order {id}"))
    }

    /// A buyer orders, with whatever else the order should be.
    pub async fn buy(&self, sku: &str, units: u32, more: Value) -> String {
        let mut body = json!({ "lines": [{ "sku": sku, "units": units }], "paid": true });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        let placed = self.tell("POST", "orders", body).await;
        placed["id"].as_str().expect("an order's id").to_owned()
    }

    /// Something happens to an order.
    pub async fn order_event(&self, id: &str, event: &str, body: Value) {
        self.tell("POST", &format!("orders/{id}/{event}"), body).await;
    }

    /// Something happens to a listing.
    pub async fn listing_event(&self, id: &str, event: &str, body: Value) {
        self.tell("POST", &format!("listings/{id}/{event}"), body).await;
    }

    /// A stranger's listing; its id.
    pub async fn seed(&self, listing: Value) -> String {
        self.tell("POST", "listings", listing).await["id"].as_str().expect("a listing's id").to_owned()
    }

    /// Forgets the calls so far.
    pub async fn clear_journal(&self) {
        self.tell("DELETE", "journal", json!({})).await;
    }

    /// The calls since.
    pub async fn journal(&self) -> Vec<Value> {
        let calls = self.tell("GET", "journal?limit=100000", json!({})).await;
        calls.as_array().cloned().expect("a list of calls")
    }
}

/// The sandbox's clock as the gateway's: waiting for whole seconds moves it.
#[derive(Clone)]
pub struct WorldClock(Arc<Running>);

impl fmt::Debug for WorldClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorldClock")
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        let now_ms = self.0.core().clock.now_ms();
        Timestamp::from_millisecond(now_ms).expect("the sandbox's time is in range")
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let left = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
        let clock = &self.0.core().clock;
        if left > Duration::from_secs(1) {
            clock.advance_s(i64::try_from(left.as_secs() + 1).unwrap_or(i64::MAX));
            return Box::pin(std::future::ready(()));
        }
        Box::pin(tokio::time::sleep(left))
    }
}

/// A way out that repeats nothing by itself, so that a case sees each answer, and that lives by the sandbox's clock.
pub fn gateway(sandbox: &Arc<Running>) -> (Gateway, Arc<Records>) {
    let settings = Settings {
        retries: 0,
        call_timeout: Duration::from_secs(10),
        pauses: (Duration::from_millis(1), Duration::from_millis(2)),
        short_throttle: Duration::ZERO,
        ..Settings::default()
    };
    let records = Arc::new(Records::default());
    let clock = Arc::new(WorldClock(Arc::clone(sandbox)));
    (Gateway::new(settings, clock, records.clone()).expect("a gateway"), records)
}
