//! The seam between the shared core and one simulated marketplace.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::{Value, json};

use super::books::Books;
use super::faults::Hit;
use super::journal::Kind;

/// One HTTP call, read whole.
#[derive(Debug, Clone)]
pub struct Call {
    /// HTTP method as sent.
    pub method: Method,
    /// Path as sent (still percent-encoded), without the query.
    pub path: String,
    /// Query as sent, without `?`.
    pub raw_query: String,
    /// Query decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers as sent.
    pub headers: HeaderMap,
    /// Body as sent.
    pub body: Bytes,
    /// When it arrived: world's time, milliseconds since 1970.
    pub at_ms: i64,
    /// Whether it came over TLS (or through a proxy that says so).
    pub tls: bool,
    /// A fault that the market itself has to play (see [`super::FaultKind::is_the_markets`]).
    pub fault: Option<Hit>,
}

impl Call {
    /// The first query argument of that name.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// One HTTP reply, with what the journal wants to know.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside `Content-Type`, `Content-Length` and `Date`.
    pub headers: Vec<(String, String)>,
    /// Content type.
    pub content_type: &'static str,
    /// Body.
    pub body: Vec<u8>,
    /// The platform's error code, for the journal.
    pub error: Option<String>,
    /// Rows carried or returned, for the journal.
    pub rows: usize,
    /// The platform said "too fast".
    pub throttled: bool,
    /// The platform refused the credentials.
    pub refused_auth: bool,
}

impl Reply {
    /// A JSON reply.
    #[must_use]
    pub fn json(status: u16, value: &Value) -> Self {
        Self::bytes(status, "application/json; charset=UTF-8", value.to_string().into_bytes())
    }

    /// An HTML page.
    #[must_use]
    pub fn html(status: u16, page: &str) -> Self {
        Self::bytes(status, "text/html; charset=UTF-8", page.as_bytes().to_vec())
    }

    /// Any body.
    #[must_use]
    pub fn bytes(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type,
            body,
            error: None,
            rows: 0,
            throttled: false,
            refused_auth: false,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Names the platform's error code for the journal.
    #[must_use]
    pub fn with_error(mut self, code: impl Into<String>) -> Self {
        self.error = Some(code.into());
        self
    }

    /// Names the number of rows for the journal.
    #[must_use]
    pub const fn with_rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }
}

/// What a market's answer is while it is being made.
pub type Answer = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// A refusal in the platform's own words, asked for by a fault or the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too fast, as this platform says it.
    Throttle,
    /// Too fast, as HTTP says it.
    Throttle429,
    /// The platform's own code for "our fault".
    ServerError,
    /// The access token ran out.
    TokenExpired,
    /// The shop took its consent back.
    Revoked,
    /// The app itself is switched off.
    AppDead,
}

/// Why the control API cannot do a thing; becomes 409 (or 404) `{"error": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No such order, listing or offer.
    Unknown(String),
    /// It exists but cannot be done now (out of stock, not on sale …).
    Refused(String),
    /// The request itself makes no sense to this channel.
    Senseless(String),
}

impl Trouble {
    /// HTTP status and body.
    #[must_use]
    pub fn answer(&self) -> (u16, Value) {
        let (status, text) = match self {
            Self::Unknown(text) => (404, text),
            Self::Refused(text) => (409, text),
            Self::Senseless(text) => (400, text),
        };
        (status, json!({ "error": text }))
    }
}

/// A buyer's order as the control API takes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderWish {
    /// What is wanted.
    pub lines: Vec<WishLine>,
    /// Paid at once.
    #[serde(default)]
    pub paid: bool,
    /// Paid at the door.
    #[serde(default)]
    pub cod: bool,
    /// A time in the past, RFC 3339.
    #[serde(default)]
    pub placed_at: Option<String>,
    /// No webhook is sent.
    #[serde(default)]
    pub quiet: bool,
    /// Anything a single channel understands beside.
    #[serde(default)]
    pub more: Value,
}

/// One wanted line. `offer` (the channel's id) goes before `sku`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishLine {
    /// SKU.
    #[serde(default)]
    pub sku: Option<String>,
    /// Offer id.
    #[serde(default)]
    pub offer: Option<String>,
    /// Units, at least 1.
    pub units: i64,
}

/// Something on sale with stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyable {
    /// Offer id.
    pub offer: String,
    /// Units to be had.
    pub stock: i64,
}

/// One simulated marketplace. All methods may be called at the same time.
pub trait Market: Send + Sync + 'static {
    /// The kind of place: `shopee`, `woocommerce`.
    fn channel(&self) -> &'static str;
    /// The profile played.
    fn profile(&self) -> String;
    /// The shops' ids; never empty.
    fn shops(&self) -> Vec<String>;
    /// What a client needs to talk to it. `base_url` has no slash at the end.
    fn credentials(&self, base_url: &str) -> Value;
    /// The shop a call speaks for, as far as the call tells; bounds quotas.
    fn shop_of(&self, call: &Call) -> String;
    /// What a call is for.
    fn kind_of(&self, call: &Call) -> Kind;
    /// Answers one call. The effect happens while this future runs.
    fn answer(self: Arc<Self>, call: Call) -> Answer;
    /// A refusal in the platform's own words. May have lasting effect (revoked stays revoked is *not* asked for).
    fn refusal(&self, refusal: Refusal, call: &Call) -> Reply;
    /// A shop's books.
    fn books(&self, shop: &str) -> Books;
    /// Everything on sale with stock above zero, in a stable order.
    fn buyable(&self, shop: &str) -> Vec<Buyable>;
    /// A buyer orders; returns the order's id.
    ///
    /// # Errors
    /// When nothing of that kind can be bought.
    fn place_order(&self, shop: &str, wish: &OrderWish) -> Result<String, Trouble>;
    /// What the control call answers for an order that was placed.
    fn placed(&self, id: &str, _wish: &OrderWish) -> Value {
        json!({ "id": id })
    }
    /// Something happens to an order.
    ///
    /// # Errors
    /// When the order or the event does not exist here.
    fn order_event(&self, shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble>;
    /// Puts a stranger's listing into the shop; returns its id.
    ///
    /// # Errors
    /// When the body makes no listing.
    fn seed_listing(&self, shop: &str, body: &Value) -> Result<String, Trouble>;
    /// Something happens to a listing.
    ///
    /// # Errors
    /// When the listing or the event does not exist here.
    fn listing_event(&self, shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble>;
    /// Control calls of this channel only (`rest` is the path after `/_sandbox/`); `None`: no such call.
    fn own_control(&self, _method: &str, _rest: &str, _shop: &str, _body: &Value) -> Option<(u16, Value)> {
        None
    }
    /// The fault kinds that only this channel knows; they arrive as [`super::FaultKind::Own`].
    fn own_faults(&self) -> &'static [&'static str] {
        &[]
    }
    /// `POST /_sandbox/hooks` was called: `url` and `secret`, for platforms whose webhooks are configured outside of the API.
    fn hooks_at(&self, _url: Option<&str>, _secret: Option<&str>) {}
}
