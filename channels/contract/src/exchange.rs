//! A channel without calls: a person carries the files.

use crate::capability::Capability;
use crate::fault::Result;
use crate::listing::{Draft, Observed};
use crate::offer::{OfferCall, Outcome};
use crate::order::Order;
use crate::reading::Reading;
use crate::words::Sku;
use std::fmt::Debug;

/// Pure; same input, same bytes. A file is handed over, not acknowledged, until a person or an import says so.
pub trait Exchange: Send + Sync + Debug + 'static {
    /// What the files can say.
    fn capability(&self) -> &Capability;

    /// Files that create listings.
    fn new_listings(&self, drafts: &[Draft]) -> Result<Vec<File>>;

    /// One file that sets offers: the same call that an online channel answers.
    fn changes(&self, call: &OfferCall) -> Result<File>;

    /// Every row is there, the unreadable ones as `Err` with their line. A row that is missing from a file says nothing.
    fn import(&self, file: &File) -> Result<Imported>;
}

/// A file as a person carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub mime: String,
    pub bytes: Vec<u8>,
}

/// What a file said.
#[derive(Debug, Clone)]
pub enum Imported {
    Listings(Vec<Reading<Observed>>),
    Orders(Vec<Reading<Order>>),
    Receipts(Vec<(Sku, Outcome)>),
}
