//! Offers, the hot path: price, stock and on-sale of one variant in one listing, and the one call that sets them.

use crate::fault::Result;
use crate::words::{RemoteListingId, RemoteOfferId, RemotePlaceId, Vnd};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One offer as the channel names it. Ids that a restructuring retired are kept: old orders still name them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OfferRef {
    pub listing: RemoteListingId,
    pub offer: RemoteOfferId,
    pub kind: OfferKind,
}

/// The only offer of its listing, or one of several: some channels change the two by different calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    Alone,
    Variant,
}

/// What of an offer can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    Price,
    Stock,
    OnSale,
}

/// Complete: both prices are always said together, because silence may erase a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub list: Vnd,
    pub sale: Option<Sale>,
}

impl Price {
    /// A price without a sale.
    pub const fn plain(list: Vnd) -> Self {
        Self { list, sale: None }
    }
}

/// A lower price for a while; open ends mean "until changed".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    pub price: Vnd,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// Absolute whole units per place, meant as `StockRules::figure` says; names exactly the offer's places if `StockRules::every_place`.
/// A channel without places has the one place with the empty name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Units(pub BTreeMap<RemotePlaceId, u32>);

impl Units {
    /// Units at the only place of a channel that has no places.
    pub fn only(units: u32) -> Self {
        Self(BTreeMap::from([(RemotePlaceId::new(""), units)]))
    }

    /// The sum over all places; saturates.
    pub fn total(&self) -> u32 {
        self.0.values().fold(0, |sum, units| sum.saturating_add(*units))
    }

    /// At most `units` in all: each place in turn keeps what is left for it, and every place stays named.
    #[must_use]
    pub fn at_most(&self, units: u32) -> Self {
        let mut left = units;
        let kept = self.0.iter().map(|(place, here)| {
            let here = (*here).min(left);
            left -= here;
            (place.clone(), here)
        });
        Self(kept.collect())
    }
}

/// A figure in a call: wanted, or repeated only because the call cannot leave it out. A carried stock figure is still a write (I5, I7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent<T> {
    Changed(T),
    Carried(T),
}

impl<T> Sent<T> {
    /// The figure, whichever way it is sent.
    pub const fn figure(&self) -> &T {
        match self {
            Self::Changed(figure) | Self::Carried(figure) => figure,
        }
    }

    /// True for a figure that we want to change.
    pub const fn is_changed(&self) -> bool {
        matches!(self, Self::Changed(_))
    }
}

/// One offer in a call. `note` is what the adapter wrote down when the offer was linked or last read and needs again to name it; opaque, may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRow {
    pub offer: OfferRef,
    pub note: String,
    pub price: Option<Sent<Price>>,
    pub stock: Option<Sent<Units>>,
    pub on_sale: Option<Sent<bool>>,
}

impl OfferRow {
    /// A row that says nothing yet.
    pub const fn silent(offer: OfferRef, note: String) -> Self {
        Self { offer, note, price: None, stock: None, on_sale: None }
    }
}

/// Exactly one request on the wire. Made by the planner only, for `Capability::calls[shape]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferCall {
    pub shape: usize,
    pub rows: Vec<OfferRow>,
}

/// What the channel says it took.
///
/// `Echoed` repeats what it now holds: it may differ (rounded, clamped), which is drift, not a fault.
/// `Silent`: not named among the failed; a read must confirm it before I7 counts a lowered figure as lowered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Took {
    Echoed(OfferRow),
    Silent,
}

/// What became of one row of a call.
pub type Outcome = Result<Took>;
