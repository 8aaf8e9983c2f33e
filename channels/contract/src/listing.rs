//! Listings: what we want a page to be, how it is built in steps, what a channel shows of it.

use crate::fault::Complaint;
use crate::offer::{OfferRef, Price, Units};
use crate::reading::Reading;
use crate::words::{RemoteCategoryId, RemoteListingId, RemotePictureId, Sku, Ticket};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// All of what we want, so that patching and replacing channels are served alike.
/// `code` is written on the listing itself: `find` needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub code: Sku,
    pub title: String,
    pub description: String,
    pub category: RemoteCategoryId,
    /// Attribute key of the channel → values (an option's id, or free text).
    pub attributes: BTreeMap<String, Vec<String>>,
    pub pictures: Vec<PictureRef>,
    /// Names of the option axes, in order; empty when there is one offer without options.
    pub axes: Vec<String>,
    pub offers: Vec<DraftOffer>,
    pub grams: u32,
    /// Length, width, height of the packed parcel, in millimetres.
    pub size_mm: Option<[u32; 3]>,
    pub gtin: Option<String>,
}

/// One offer of a draft. `options` has one entry per axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftOffer {
    pub sku: Sku,
    pub options: Vec<String>,
    pub price: Price,
    pub stock: Units,
    pub gtin: Option<String>,
    pub grams: Option<u32>,
}

/// A picture as the channel wants it named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureRef {
    Remote(RemotePictureId),
    Link(String),
}

/// How a create begins. `Fresh` only after `find`, with the intent row's own id, sent where the channel takes a key;
/// `Resume` the last ticket; `Adopt` a half-built listing.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    Fresh(&'a str),
    Resume(&'a Ticket),
    Adopt(&'a RemoteListingId),
}

/// Who makes us wait: ourselves, between steps, or the channel's reviewers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Building,
    Reviewing,
}

/// One call makes at most one step that writes. Not done: store the ticket, come back with it after `wait`. `Refused` may come days later.
#[derive(Debug, Clone)]
pub enum Progress<T> {
    Done(T),
    Later { stage: Stage, ticket: Ticket, seen: Option<RemoteListingId>, wait: Duration },
}

/// Which id and note belongs to which of our SKUs; complete. One draft may become several remote listings: the id belongs to the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub offers: Vec<Linked>,
    /// Ids that no longer sell but that old orders still name.
    pub retired: Vec<OfferRef>,
}

/// One of our SKUs at the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub sku: Sku,
    pub offer: OfferRef,
    pub note: String,
}

/// What `find` saw. `Underway`: no listing yet, but a request of ours waits. More than one listing is for a person.
#[derive(Debug, Clone)]
pub enum Found {
    Nothing,
    Listings(Vec<Reading<Observed>>),
    Underway(Ticket),
}

/// How a listing stands at the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    OnSale,
    Hidden,
    Unfinished,
    Reviewing,
    Rejected(Vec<Complaint>),
    Banned(Vec<Complaint>),
    Deleted,
    Unknown(String),
}

/// A listing as read. `shows` is the page in our words, as far as read: for imports and for drift against what an earlier read showed,
/// not against what we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub listing: RemoteListingId,
    pub code: Option<Sku>,
    pub standing: Standing,
    pub offers: Vec<ObservedOffer>,
    pub shows: Option<Box<Draft>>,
}

/// An offer as read. `stock` in the sense of `StockRules::figure`, `reserved` what the channel holds for open orders or campaigns, if it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedOffer {
    pub offer: OfferRef,
    pub note: String,
    pub sku: Option<Sku>,
    pub gtin: Option<String>,
    pub on_sale: bool,
    pub price: Option<Price>,
    pub stock: Option<Units>,
    pub reserved: Option<u32>,
}
