//! One authorised shop: the verbs that the engine calls.

use crate::capability::{Capability, PriceRules, Section, TextRules};
use crate::fault::{Fault, Result};
use crate::listing::{Draft, Found, Link, Observed, Progress, Start};
use crate::offer::{OfferCall, OfferRef, Outcome};
use crate::order::{Acted, Action, Choice, Move, Order, OrderHead, Window};
use crate::reading::{ListingHead, Page, Reading};
use crate::words::{
    Cursor, RemoteCategoryId, RemoteListingId, RemoteOrderId, RemotePictureId, RemoteShopId, Secret, Sku,
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::fmt::Debug;

fn absent<T>(call: &'static str) -> Result<T> {
    Err(Fault::unsupported(call))
}

/// One authorised shop. It translates: never sleeps, retries, logs, reads a clock or keeps state between calls.
///
/// `Err` is about the whole call and every row in it; a row's own fault stands in its place. Answers have one entry per row, in order.
#[async_trait]
pub trait RemoteShop: Send + Sync + Debug + 'static {
    /// What this shop allows, as last surveyed.
    fn capability(&self) -> &Capability;

    /// Who we are, which places exist, what this shop allows. Health probe; the answer becomes the capability of the next `open`.
    async fn survey(&self) -> Result<Survey>;

    /// Makes hints flow to the address or queue; repairs a switched-off subscription; touches no foreign one. Repeatable.
    async fn listen(&self, _url: &str, _secret: &Secret) -> Result<()> {
        absent("listen")
    }

    /// One request; idempotent. Where only failures are named, the unnamed rows are `Silent`; a row that should be named and is not, and every
    /// row beside a failure that names none, is `Interrupted`. The caller keeps at most one unanswered write per listing.
    async fn set_offers(&self, _call: &OfferCall) -> Result<Vec<Outcome>> {
        absent("set_offers")
    }

    /// The id under which `create` finds this category at once. Where a shop's categories are made by name, it is made when it is not there yet.
    /// The answer is good for all listings of the shop. Repeatable. A channel with a tree of its own answers what it was given.
    async fn ensure_category(&self, category: &RemoteCategoryId) -> Result<RemoteCategoryId> {
        Ok(category.clone())
    }

    /// At most one writing step. Never twice from `Fresh` without `find` in between.
    async fn create(&self, _draft: &Draft, _start: Start<'_>) -> Result<Progress<Link>> {
        absent("create")
    }

    /// Brings the changed sections to the draft; leaves price, stock and on-sale alone. Repeatable.
    async fn revise(
        &self,
        _listings: &[RemoteListingId],
        _draft: &Draft,
        _changed: &[Section],
        _start: Start<'_>,
    ) -> Result<Progress<Link>> {
        absent("revise")
    }

    /// Gone already is success. Only on a person's explicit wish: hiding is the on-sale facet.
    async fn delete(&self, _listing: &RemoteListingId, _offers: &[OfferRef]) -> Result<()> {
        absent("delete")
    }

    /// Same bytes may give another id; nothing refers to it until a listing does.
    async fn upload(&self, _picture: &[u8], _file_name: &str) -> Result<RemotePictureId> {
        absent("upload")
    }

    /// Everything of ours under this code: live, hidden, in the bin, waiting. `Nothing` counts only `Lag::search` and `Lag::cut` after the last create.
    async fn find(&self, code: &Sku, skus: &[Sku]) -> Result<Found>;

    /// All listings in every standing; slices by itself where paging is capped. Rows may repeat and move between pages; `End` alone proves a full walk.
    async fn listings(&self, from: Option<&Cursor>) -> Result<Page<ListingHead>>;

    /// Up to `listings_per_read`, each with all its offers. A vanished one is `Missing`, never left out.
    async fn observe(&self, listings: &[ListingHead]) -> Result<Vec<Reading<Observed>>>;

    /// Orders changed in the window, in all states the channel shows. May repeat, never skips.
    async fn orders(&self, _window: Window, _from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        absent("orders")
    }

    /// Completes up to `heads_per_read` heads, or reads hinted ones.
    async fn read_orders(&self, _heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
        absent("read_orders")
    }

    /// Orders with a new or changed return; same rules as `orders`. Needed where a return moves no order.
    async fn returns(&self, _window: Window, _from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        absent("returns")
    }

    /// What may be done to the order now.
    async fn moves(&self, _order: &RemoteOrderId) -> Result<Vec<Move>> {
        absent("moves")
    }

    /// Not repeatable: after an unknown outcome read the order; already so is success.
    async fn act(
        &self,
        _order: &RemoteOrderId,
        _action: &Action,
        _start: Start<'_>,
    ) -> Result<Progress<Acted>> {
        absent("act")
    }

    /// Children, or the whole tree at once if the channel gives it so.
    async fn categories(&self, _under: Option<&RemoteCategoryId>) -> Result<Vec<Category>> {
        absent("categories")
    }

    /// What a category asks for.
    async fn category_rules(&self, _category: &RemoteCategoryId) -> Result<CategoryRules> {
        absent("category_rules")
    }

    /// Options or brands by text, where the list is too long to give.
    async fn options(
        &self,
        _category: &RemoteCategoryId,
        _key: &str,
        _text: &str,
        _from: Option<&Cursor>,
    ) -> Result<Page<Choice>> {
        absent("options")
    }
}

/// Who we are at the channel.
#[derive(Debug, Clone)]
pub struct Survey {
    pub shop: RemoteShopId,
    pub name: String,
    pub places: Vec<Choice>,
    /// ISO 4217, such as `VND`.
    pub currency: String,
    /// When the consent ends, if the channel says.
    pub ends: Option<Timestamp>,
    pub allows: Capability,
}

/// A node of the channel's category tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub id: RemoteCategoryId,
    pub parent: Option<RemoteCategoryId>,
    pub name: String,
    /// Listings may stand here.
    pub sellable: bool,
}

/// What a category asks for; narrows the capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRules {
    pub attributes: Vec<Attribute>,
    pub text: Option<TextRules>,
    pub price: Option<PriceRules>,
    pub papers: Vec<Choice>,
}

/// One attribute of a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub key: String,
    pub name: String,
    pub required: bool,
    pub many: bool,
    /// Text of our own is taken.
    pub free: bool,
    /// The attribute can be an option axis.
    pub spans_offers: bool,
    pub options: Vec<Choice>,
    /// The list is longer; ask `options`.
    pub more_options: bool,
}
