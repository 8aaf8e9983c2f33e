//! What a read brings back: one thing with the raw answer beside it, or a page of heads.

use crate::fault::Result;
use crate::listing::Observed;
use crate::order::Order;
use crate::words::{Cursor, RemoteListingId, RemoteOrderId};
use jiff::Timestamp;

/// One thing read. `as_of` is when the request left; `raw` all answers it was built from, as received.
/// A thing that cannot be understood is an `Err` here, so that it is stored and never hides its neighbours.
#[derive(Debug, Clone)]
pub struct Reading<T> {
    pub id: String,
    pub as_of: Timestamp,
    pub raw: String,
    pub value: Result<T>,
}

/// What a list said of a thing. `Whole` needs no second call; `Part` is used by the second call instead of asking again.
#[derive(Debug, Clone)]
pub enum Seen<T> {
    Id,
    Part(String),
    Whole(Box<Reading<T>>),
}

/// One row of a list.
#[derive(Debug, Clone)]
pub struct Head<I, T> {
    pub id: I,
    pub changed_at: Option<Timestamp>,
    pub seen: Seen<T>,
}

pub type ListingHead = Head<RemoteListingId, Observed>;
pub type OrderHead = Head<RemoteOrderId, Order>;

impl<I, T> Head<I, T> {
    /// A head of which only the id is known.
    pub const fn named(id: I) -> Self {
        Self { id, changed_at: None, seen: Seen::Id }
    }
}

/// Where a walk goes on. `TooMany` (orders only): the channel will not page further; walk smaller windows.
/// An empty page with `More` is not the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    More(Cursor),
    End,
    TooMany,
}

/// One page of a walk. `as_of` is when the request left.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Next,
    pub as_of: Timestamp,
}
