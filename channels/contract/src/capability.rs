//! What a channel can do: data, per shop, each number with its source. Learnt at `survey` where shops of one channel differ.

use crate::offer::{Facet, OfferKind};
use crate::order::{ActionKind, LineStage};
use crate::words::Vnd;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `None`, empty or absent means that the verb answers `Unsupported`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability {
    pub calls: Vec<CallShape>,
    pub create: Option<CreateRules>,
    pub revise: Vec<Section>,
    pub delete: Option<Deletion>,
    pub pictures: PictureRules,
    pub text: TextRules,
    pub price: PriceRules,
    pub stock: StockRules,
    /// Listings in one `observe`.
    pub listings_per_read: usize,
    pub orders: Option<OrderRules>,
    /// Returns are a list of their own.
    pub returns: bool,
    pub actions: Vec<ActionKind>,
    pub lag: Lag,
    /// One for every number above.
    pub sources: Vec<Source>,
    /// What the adapter wants to remember of the survey (carriers, places, versions); opaque to everyone else, no secrets, may be empty.
    pub memo: String,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub field: String,
    pub document: String,
    pub read_on: String,
}

/// How price, stock and on-sale travel. Each pair of facet and kind stands in at most one shape; in none: the channel cannot change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallShape {
    pub facets: Vec<Facet>,
    pub kinds: Vec<OfferKind>,
    pub batch: Batch,
    /// Every row carries every facet, else only what changed.
    pub coupled: bool,
    /// A call names one place.
    pub one_place: bool,
    /// Refused while off sale, so zero precedes hiding.
    pub live_only: bool,
    /// Name of the quota that one call of this shape costs one of; resolved by `ganh-http`.
    pub quota: String,
}

/// What one call can hold. Numbers are ceilings: the lane may lower them while a shop is slow, never raise them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Batch {
    /// One offer.
    Offer,
    /// Some offers of one listing; those not named keep their figures.
    OneListing { max_offers: usize },
    /// Offers of any listings.
    Offers { max_offers: usize },
    /// Any listings, each with all of its offers; one left out may lose its figures.
    WholeListings { max_listings: usize },
    /// Any listings as units: the figure holds for all their offers (on-sale switches). `one_way`: on and off need two calls.
    Listings { max_listings: usize, one_way: bool },
}

/// What to do after a create whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterUnknown {
    SameKeyAgain,
    FindFirst,
}

/// Whether a deleted listing can come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deletion {
    Reversible,
    Final,
}

/// How listings come to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRules {
    pub after_unknown: AfterUnknown,
    /// The shop cannot keep codes unique under parallel creates.
    pub one_at_a_time: bool,
    pub reviewed: bool,
    /// On sale only after a further change.
    pub born_hidden: bool,
    pub max_axes: usize,
    pub max_offers: usize,
    #[serde(default)]
    pub variations: VariationRules,
    #[serde(default)]
    pub parcel: ParcelRules,
}

/// What option axes must be like. The default asks for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VariationRules {
    /// Longest name of an axis, in characters.
    pub max_axis_chars: Option<usize>,
    /// Longest name of an option, in characters.
    pub max_option_chars: Option<usize>,
    /// Every combination of the options must be an offer.
    pub every_combination: bool,
    /// A listing with options is made hidden; the on-sale facet shows it, many in one call where the channel's shape allows that.
    pub born_hidden: bool,
}

impl CreateRules {
    /// Whether a listing is hidden when `create` is done with it, so that its switch has still to be set.
    pub const fn hides(&self, has_axes: bool) -> bool {
        self.born_hidden || (has_axes && self.variations.born_hidden)
    }
}

/// What a parcel must be like. The default asks for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParcelRules {
    /// Every product must say its weight.
    pub needs_weight: bool,
    /// Every product must say its length, width and height.
    pub needs_size: bool,
    /// The heaviest parcel that all of the shop's carriers take, in grams.
    pub max_grams: Option<u32>,
}

/// Parts of a listing that `revise` can bring to the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Title,
    Description,
    Category,
    Attributes,
    Pictures,
    Parcel,
    Structure,
    Codes,
}

/// How pictures reach the channel. Sizes in pixels and bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureRules {
    /// `formats`: media types that the channel takes, such as `image/jpeg`.
    Upload {
        max: usize,
        max_bytes: u64,
        min_px: u32,
        max_px: u32,
        formats: Vec<String>,
    },
    Link {
        max: usize,
        min_px: u32,
    },
}

/// How a channel counts the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    Chars,
    Utf8Bytes,
}

/// Least and most length of title and description, counted as `counted` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRules {
    pub counted: Counted,
    pub title: (usize, usize),
    pub description: (usize, usize),
    /// The description is HTML.
    pub html: bool,
}

/// Prices that the channel takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRules {
    pub min: Vnd,
    pub max: Vnd,
    /// The dearest offer of a listing costs at most this share of the cheapest, in percent.
    pub spread_pct: Option<u32>,
    /// A sale price with dates can be said with the price.
    pub sale: bool,
}

/// What a stock figure is at this channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockRules {
    pub figure: StockFigure,
    pub max_units: u32,
    pub every_place: bool,
    /// Cancelling "out of stock" may set the figure to zero.
    pub zeroed_by_cancel: bool,
    /// The shop counts no units: only on or off can be said.
    pub on_off_only: bool,
    /// The first stage at which the channel itself lowers what it sells (or raises what it reserves).
    pub takes_at: LineStage,
}

/// What the number means: units a buyer can still order, or those plus the units of open orders until the named stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockFigure {
    Sellable,
    WithOpenOrders { until: LineStage },
}

/// How orders are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRules {
    /// How far back the channel shows changed orders.
    pub look_back: Duration,
    pub max_window: Duration,
    /// Covers skew, lag and boundary rules: each window starts this much before the watermark.
    pub overlap: Duration,
    /// Rows come by change time, so the watermark may move with each page; otherwise only when the window is walked.
    pub ascending: bool,
    /// Changes exist that move no date, so a second, id-based sweep is needed.
    pub blind: bool,
    /// Orders in one `read_orders`.
    pub heads_per_read: usize,
}

/// How long the world may look old. Absence or difference proves nothing earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    /// After an answered write.
    pub read: Duration,
    /// After an answered write, for `find`.
    pub search: Duration,
    /// After an unanswered write: work may go on.
    pub cut: Duration,
}

impl Capability {
    /// The shape that carries this facet for this kind of offer, if the channel can change it at all.
    pub fn shape_for(&self, facet: Facet, kind: OfferKind) -> Option<usize> {
        self.calls.iter().position(|shape| shape.facets.contains(&facet) && shape.kinds.contains(&kind))
    }
}
