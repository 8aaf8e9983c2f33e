//! Cancellations and returns as the shop holds them (spec 10.2, 10.3).

use serde_json::{Value, json};

use super::order::{Line, Order};

/// How a cancellation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelStatus {
    /// The seller has to answer.
    Pending,
    /// Agreed; the money is on its way.
    Success,
    /// Rejected or withdrawn. Printed with two L, as searches and webhooks do.
    Cancelled,
    /// Agreed, and the money is back.
    Complete,
}

impl CancelStatus {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "CANCELLATION_REQUEST_PENDING",
            Self::Success => "CANCELLATION_REQUEST_SUCCESS",
            Self::Cancelled => "CANCELLATION_REQUEST_CANCELLED",
            Self::Complete => "CANCELLATION_REQUEST_COMPLETE",
        }
    }
}

/// One cancellation. Times are seconds since 1970.
#[derive(Debug, Clone)]
pub struct Cancellation {
    pub id: u64,
    pub order: u64,
    pub lines: Vec<u64>,
    /// The buyer asked; else it is the seller's or the platform's.
    pub is_request: bool,
    pub status: CancelStatus,
    pub role: &'static str,
    pub reason: String,
    pub reason_text: String,
    pub restocks: bool,
    pub created_s: i64,
    pub updated_s: i64,
    pub deadline_s: i64,
}

/// One return.
#[derive(Debug, Clone)]
pub struct Return {
    pub id: u64,
    pub order: u64,
    pub lines: Vec<u64>,
    pub kind: &'static str,
    pub status: ReturnStatus,
    pub reason: String,
    pub tracking: String,
    pub created_s: i64,
    pub updated_s: i64,
}

/// How a return stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnStatus {
    Pending,
    Rejected,
    AwaitingBuyerShip,
    Shipped,
    RejectedPackage,
    Success,
    Cancelled,
    Complete,
}

impl ReturnStatus {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "RETURN_OR_REFUND_REQUEST_PENDING",
            Self::Rejected => "REFUND_OR_RETURN_REQUEST_REJECT",
            Self::AwaitingBuyerShip => "AWAITING_BUYER_SHIP",
            Self::Shipped => "BUYER_SHIPPED_ITEM",
            Self::RejectedPackage => "REJECT_RECEIVE_PACKAGE",
            Self::Success => "RETURN_OR_REFUND_REQUEST_SUCCESS",
            Self::Cancelled => "RETURN_OR_REFUND_REQUEST_CANCEL",
            Self::Complete => "RETURN_OR_REFUND_REQUEST_COMPLETE",
        }
    }

    /// Where a step of the control API leads; `None`: nowhere from here.
    pub fn after(self, step: &str, kind: &str) -> Option<Self> {
        match (self, step) {
            (Self::Pending, "approve") if kind == "REFUND" => Some(Self::Success),
            (Self::Pending, "approve") => Some(Self::AwaitingBuyerShip),
            (Self::Pending, "reject") => Some(Self::Rejected),
            (Self::Pending | Self::AwaitingBuyerShip, "cancel") => Some(Self::Cancelled),
            (Self::AwaitingBuyerShip, "ship") => Some(Self::Shipped),
            (Self::Shipped, "receive") => Some(Self::Success),
            (Self::Shipped, "reject") => Some(Self::RejectedPackage),
            (Self::Success, "complete") => Some(Self::Complete),
            _ => None,
        }
    }
}

/// The money of some lines (spec 10.2).
pub fn refund(lines: &[&Line]) -> Value {
    let goods: i64 = lines.iter().map(|line| line.sale_price()).sum();
    json!({
        "currency": "VND", "refund_total": goods.to_string(), "refund_subtotal": goods.to_string(), "refund_shipping_fee": "0",
        "refund_tax": "0",
    })
}

/// The lines of an order with these ids.
pub fn lines_of<'a>(order: Option<&'a Order>, ids: &[u64]) -> Vec<&'a Line> {
    order.map(|order| order.lines.iter().filter(|line| ids.contains(&line.id)).collect()).unwrap_or_default()
}
