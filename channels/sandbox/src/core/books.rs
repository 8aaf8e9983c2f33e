//! A shop's own books in the words of the control API: what is listed, what was sold.
//! The same for all channels, so that whoever reconciles needs to know one shape.

use serde::{Deserialize, Serialize};

/// Everything one shop holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Listings, deleted ones that still answer included.
    pub listings: Vec<ListingBook>,
    /// Orders, oldest first.
    pub orders: Vec<OrderBook>,
    /// Units sold while the stock shown was zero or less.
    pub oversold_units: i64,
    /// Units ever ordered.
    pub sold_units: i64,
}

/// Where a listing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Buyers see it.
    OnSale,
    /// The seller took it off sale.
    Hidden,
    /// The channel is looking at it.
    Reviewing,
    /// The channel refused it; the seller may mend it.
    Rejected,
    /// The channel took it down.
    Banned,
    /// A step of its making is missing.
    Unfinished,
    /// In the bin, or gone but still answering.
    Deleted,
}

/// One listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingBook {
    /// The channel's id.
    pub id: String,
    /// The seller's own code or marker of the listing, where the channel keeps one.
    pub code: Option<String>,
    /// Title as stored.
    pub title: String,
    /// Where it stands.
    pub standing: Standing,
    /// How many pictures it shows.
    pub pictures: usize,
    /// What can be bought in it.
    pub offers: Vec<OfferBook>,
}

/// One buyable thing of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferBook {
    /// The channel's id of the offer.
    pub id: String,
    /// The seller's SKU as stored.
    pub sku: String,
    /// `alone` (the listing itself) or `variant`.
    pub kind: String,
    /// Price that a buyer pays now, in whole đồng (cut down when the channel holds a fraction).
    pub price: Option<i64>,
    /// Units, as the channel's own stock write sets them. `None`: not counted.
    pub stock: Option<i64>,
    /// Units held outside of `stock` for unpaid orders or campaigns.
    pub reserved: i64,
    /// Whether a buyer could buy it now, stock apart.
    pub on_sale: bool,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBook {
    /// The channel's id.
    pub id: String,
    /// The channel's own status word.
    pub status: String,
    /// RFC 3339, UTC.
    pub placed_at: String,
    /// RFC 3339, UTC: the last change, also one that the API does not show.
    pub changed_at: String,
    /// What was ordered.
    pub lines: Vec<OrderLineBook>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLineBook {
    /// The channel's id of the line.
    pub id: String,
    /// Listing id.
    pub listing: String,
    /// Offer id.
    pub offer: String,
    /// SKU as ordered.
    pub sku: String,
    /// Units ordered.
    pub units: i64,
    /// Units cancelled since.
    pub cancelled: i64,
    /// Units returned since.
    pub returned: i64,
    /// Price of one unit in whole đồng.
    pub unit_price: i64,
}
