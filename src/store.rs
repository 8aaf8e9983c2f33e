//! The store: every SQL statement of the daemon, on two databases with one behaviour. Secrets are sealed here.
//!
//! ```text
//!   Store ──write()──▶ Tx (one writer on SQLite, a transaction on PostgreSQL) ──commit()──▶ signal: these shops have work
//!     └────read()───▶ Reads (read-only pool)
//! ```
//!
//! Each function is one transaction and takes `now`; none does any network but the database's own. A future that is dropped midway
//! rolls back. Everything that a lane writes takes its [`Lease`] and is refused once another owner took over (I11).
//!
//! One text serves both databases: `$1` placeholders, lists as one JSON parameter over `json_each` (PostgreSQL gets a function of that
//! name in its first migration), integers for booleans and for time (milliseconds). `CROSS JOIN` after such a list keeps SQLite from walking a
//! whole shop to meet a short list. Where a text must differ, both stand side by side.

mod alarm;
mod app_quota;
#[cfg(feature = "simulation")]
mod books;
mod catalogue;
mod database;
mod durable;
mod error;
mod fold;
mod grant;
mod hint;
mod keys;
mod lane;
mod lease;
mod ledger;
mod listing;
#[cfg(feature = "simulation")]
mod lockstep;
mod migrations;
mod offer;
mod order;
mod platform;
mod policy;
mod reach;
mod recompute;
mod shop;
mod signal;
mod status;
mod stock;
mod stop;
mod trouble;
mod tx;
mod writer;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use alarm::Alarm;
pub use app_quota::{CLOCKS_APART, QuotaUsers};
#[cfg(feature = "simulation")]
pub use books::{BookBalance, BookLine, BookListing, BookMove, BookOffer, BookShop};
pub use catalogue::{Applied, NewPicture, PictureRow, ProducerRow, ProductRow, VariantRow};
pub use database::Settings;
pub use error::{Result, StoreError};
pub use grant::{DueGrant, GrantState, Renewing};
pub use hint::DueHint;
pub use keys::{Keys, MasterKey};
pub use lane::Pending;
pub use lease::Lease;
pub use listing::{
    Approval, Intent, LinkedListing, ListingPage, ListingRow, ListingState, ParkedListing, SeenListing,
    ShownOffer,
};
#[cfg(feature = "simulation")]
pub use lockstep::{Hears, Pulse};
pub use offer::{
    Departed, Departure, LAST_UNITS, Observation, ObservedOfferRow, Outcome, ParkedOffer, Settled, Verdict,
};
pub use order::{HeldOrder, Ingested, OrderLineRow, OrderRow, OrderRules, Shortage, Watermark};
pub use platform::{NewPlatform, PlatformRow};
pub use policy::{Foreseen, Policy, PolicyScope, Promises};
pub use shop::{NewGrant, NewShop, ShopRow, ShopState};
pub use signal::{Changed, Wake};
pub use status::{
    Exposed, Exposure, ExposurePage, ParkedCount, ParkedThing, Promised, ShopStatus, SkuMovement, SkuOffer,
    SkuPlace, SkuTrace, Totals,
};

pub use stock::{MovementRow, PlaceBalance, StockEntry, StockView};
pub use stop::{OpenStop, SellingStop, StopAtShop, StopRefusal, StopStanding};

use database::Database;
use signal::Signals;
use std::sync::{Arc, RwLock};
use tx::{Reads, Tx};
use writer::Kind;

/// A handle on the store; clones share it.
#[derive(Clone)]
pub struct Store {
    database: Database,
    keys: Arc<RwLock<Keys>>,
    signals: Signals,
}

impl Store {
    /// Opens the store, brings its schema up to date and proves that the keys fit.
    ///
    /// `now` dates the key's proof in a fresh store. Errors: `Unavailable` (the message names the path or server and the mend),
    /// `WrongKey`, `Corrupt`.
    pub async fn open(settings: &Settings, keys: Keys, now: jiff::Timestamp) -> Result<Self> {
        let database = Database::open(settings).await?;
        let store =
            Self { signals: Signals::start(&database).await?, database, keys: Arc::new(RwLock::new(keys)) };
        store.prove_keys(now).await?;
        Ok(store)
    }

    /// Closes all connections; SQLite folds its log into the file. Functions called later answer `Unavailable`.
    pub async fn close(&self) {
        self.signals.stop();
        self.database.close().await;
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        self.database.kind()
    }

    async fn write(&self) -> Result<Tx> {
        self.begin(Kind::Ordinary).await
    }

    /// For what may oversell while it waits.
    async fn write_urgently(&self) -> Result<Tx> {
        self.begin(Kind::Urgent).await
    }

    /// For what may take long.
    async fn write_alone(&self) -> Result<Tx> {
        self.begin(Kind::Alone).await
    }

    async fn begin(&self, kind: Kind) -> Result<Tx> {
        self.signals.trouble.note(self.database.begin(kind, &self.signals).await)
    }

    fn read(&self) -> Reads {
        self.database.reads()
    }

    fn keys(&self) -> Keys {
        self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.kind())
    }
}
