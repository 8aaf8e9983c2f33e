//! Orders as every channel's orders can be told: lines with counts, and what may be done to them.

use crate::offer::OfferRef;
pub use crate::reading::OrderHead;
use crate::words::{RemoteLineId, RemoteOrderId, RemotePackageId, Sku, Vnd};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// By time of last change, UTC, `[from, until]`. Adapters may widen it (days, zones, exclusive bounds), never narrow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// No status of its own: it follows from the lines. `kin`: orders it was split from, into, or merged with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: RemoteOrderId,
    pub placed_at: Timestamp,
    pub changed_at: Timestamp,
    pub lines: Vec<OrderLine>,
    pub kin: Vec<RemoteOrderId>,
    pub total: Vnd,
    /// The seller must act before this instant.
    pub act_by: Option<Timestamp>,
}

/// One line. `id` is the same on every read. `cancelled` and `returned` only grow and stay ≤ `units`; all three in whole units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    pub id: RemoteLineId,
    pub offer: Option<OfferRef>,
    pub sku: Option<Sku>,
    pub units: u32,
    pub cancelled: u32,
    pub returned: u32,
    pub stage: LineStage,
    pub unit_price: Vnd,
    pub package: Option<RemotePackageId>,
    /// Sent from the channel's own warehouse, so it never touches our ledger.
    pub stocked_by_channel: bool,
}

/// Where a line stands. `Unknown` keeps the channel's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStage {
    Unpaid,
    Pending,
    Ready,
    Packed,
    Shipped,
    Delivered,
    Completed,
    Cancelling,
    Cancelled,
    Returning,
    Returned,
    Failed,
    Unknown(String),
}

/// What can be done to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    Confirm,
    Pack,
    HandOver,
    Label,
    Cancel,
    AnswerCancel,
    Delivered,
    NotDelivered,
}

/// One of several things a person may pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub id: String,
    pub text: String,
}

/// What may be done to this order now, with the choices the channel gives. `whole`: all lines or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub kind: ActionKind,
    pub whole: bool,
    pub places: Vec<Choice>,
    pub slots: Vec<Choice>,
    pub carriers: Vec<Choice>,
    pub reasons: Vec<Choice>,
    pub by: Option<Timestamp>,
}

/// A chosen move. Lines with units; empty means the whole order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub kind: ActionKind,
    pub lines: Vec<(RemoteLineId, u32)>,
    pub place: Option<String>,
    pub slot: Option<String>,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
    pub reason: Option<String>,
    pub agree: bool,
}

/// What an action gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    Done,
    Document { mime: String, bytes: Vec<u8> },
}
