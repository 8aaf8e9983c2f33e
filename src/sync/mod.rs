//! The loops that keep shops in step: the only callers of a channel.
//!
//! One *lane* drives one shop under one lease. It runs four loops side by side; each looks at the store, does the most harmful thing that
//! is due, writes down what came of it, and looks again. Nothing is queued with a number in it, so nothing old can be sent.
//!
//! ```text
//!            ┌ push    dirty offers, most harmful first → calls → one outcome per row
//!  lease ─▶ lane ─ pull    orders of a window → ledger, in one transaction
//!            ├ build   listings that have still to come to be, one step at a time
//!            └ check   read-backs that are owed; a slow walk through the whole shop
//! ```
//!
//! What the loops share: the bell (something changed), the shop's health (all wait together), and the instant up to which orders were read
//! (a raise waits for it, I5). Dying anywhere is harmless: what was in flight is found as suspect by the next owner.

pub mod build;
pub mod check;
pub mod enrol;
pub mod first;
pub mod health;
pub mod lane;
pub mod pictures;
pub mod proposal;
pub mod pull;
pub mod push;
pub mod remote;
pub mod renew;
pub mod rulebook;
pub mod wake;

use crate::clock::Clock;
use crate::listing::CategoryChoice;
use crate::store::{ListingPage, Store};
use async_trait::async_trait;
use ganh_contract::{Platform, Secret};
use jiff::SignedDuration;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Everything that all lanes of a process share. A clone is the same engine.
#[derive(Debug, Clone)]
pub struct Engine {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub connect: Arc<dyn Connect>,
    pub pace: Arc<dyn Paced>,
    pub witness: Arc<dyn Witness>,
    pub rulebook: Arc<rulebook::Rulebook>,
    pub rules: Rules,
    /// Name of this process among the nodes.
    pub owner: Arc<str>,
}

/// How often and how much; see `config/ganh.toml`, section `sync`.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Between two looks at a shop's orders when nothing calls for one earlier.
    pub poll_orders: Duration,
    /// Between two sweeps over the look-back, which find what an ordinary window missed.
    pub sweep_orders: Duration,
    /// How far back a sweep looks.
    pub sweep_span: Duration,
    /// The slow net under the bell.
    pub look_again: Duration,
    /// A new listing that is born hidden waits at most so long to be shown together with others.
    pub gather: Duration,
    /// Between two pages of the walk through a whole shop.
    pub audit_page: Duration,
    /// Calls of one shop under way at once.
    pub calls_at_once: usize,
    /// Offers planned at once.
    pub page: usize,
    /// A token is renewed this long before it ends.
    pub renew_before: Duration,
    /// Clocks of marketplaces may be off by this much: the margin of each bracket (I5).
    pub skew: SignedDuration,
    /// Work that is not urgent ranks one step higher after each wait of this length.
    pub ages_after: SignedDuration,
    /// Where channels that fetch pictures by link find ours, without a slash at the end.
    pub pictures_url: Option<String>,
    /// Where webhooks reach us, without a slash at the end.
    pub hooks_url: Option<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            poll_orders: Duration::from_secs(60),
            sweep_orders: Duration::from_secs(3_600),
            sweep_span: Duration::from_secs(48 * 3_600),
            look_again: Duration::from_secs(10),
            gather: Duration::from_secs(30),
            audit_page: Duration::from_secs(30),
            calls_at_once: 4,
            page: 1_000,
            renew_before: Duration::from_secs(30 * 60),
            skew: SignedDuration::from_secs(2),
            ages_after: SignedDuration::from_mins(5),
            pictures_url: None,
            hooks_url: None,
        }
    }
}

/// Opens a platform from what the store holds of it. The register of channels stands behind this.
pub trait Connect: Send + Sync + Debug {
    /// `settings` is the JSON of the platform and shop together. Error: one line for the admin.
    fn platform(
        &self,
        channel: &str,
        base_url: &str,
        settings: &serde_json::Value,
        secret: Option<&Secret>,
    ) -> Result<Arc<dyn Platform>, String>;

    /// Where a product stands in this channel's tree, with the attributes that hold for all goods there. `settings` are the shop's own.
    /// Error: one line for whoever lists the product, in Vietnamese and English.
    fn category(
        &self,
        channel: &str,
        settings: &serde_json::Value,
        page: &ListingPage,
    ) -> Result<CategoryChoice, String>;
}

/// A call of the hot path on its way.
pub type Paid<'a> =
    Pin<Box<dyn Future<Output = ganh_contract::Result<Vec<ganh_contract::Outcome>>> + Send + 'a>>;

/// Quotas, asked before the newest figures are read, so that a call never carries what was true before it had to wait (I4, I8).
#[async_trait]
pub trait Paced: Send + Sync + Debug {
    /// Pays for one call of this quota if that is possible at once.
    fn try_pay(&self, quota: &str, is_urgent: bool) -> bool;

    /// Pays as soon as possible. Cancelling it pays nothing.
    async fn pay(&self, quota: &str, is_urgent: bool);

    /// Runs a call that is paid for already; an urgent one goes before waiting ordinary ones and may use the reserved slice (I9).
    fn paid<'a>(&self, quota: &str, call: Paid<'a>, is_urgent: bool) -> Paid<'a>;
}

/// Told what happened, for metrics and the demo's closing table. Must not block.
pub trait Witness: Send + Sync + Debug {
    /// Orders that are now in the ledger.
    fn ingested(&self, _shop: crate::ids::ShopId, _new: usize, _changed: usize) {}

    /// A lowering left for the marketplace this long after the figure was known.
    fn lowering_left(&self, _shop: crate::ids::ShopId, _after: SignedDuration) {}

    /// A lowering was acknowledged this long after the figure was known.
    fn lowered(&self, _shop: crate::ids::ShopId, _after: SignedDuration) {}

    /// One call of a lane ended.
    fn called(&self, _shop: crate::ids::ShopId, _verb: &'static str, _fault: Option<&'static str>) {}
}

/// What people read of a listing that vanished at its marketplace.
pub(crate) const GONE: &str = "tin đăng không còn ở gian hàng: dùng `ganh retry` để đăng lại ‖ \
     the listing is not in the shop any more: `ganh retry` lists it again";

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blind;

impl Witness for Blind {}
