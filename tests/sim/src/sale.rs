//! One order at a simulated marketplace, through its life: each change is an event with a version of its own.

use ganh_contract::{LineStage, OfferRef, Order, OrderLine, RemoteLineId, RemoteOrderId, Sku, Vnd};

use crate::stall::Stall;
use crate::time::at;

/// An order.
#[derive(Debug, Clone)]
pub struct Sale {
    pub number: usize,
    pub placed_at: i64,
    pub now: Version,
    /// The newest version is shown from then on; until then the one before.
    pub shown_from: i64,
    pub before: Option<Box<Version>>,
    /// When the version that took the units is shown.
    pub taken_from: i64,
    /// The version in the books, by its time of change.
    pub stored: i64,
    /// What the ledger has taken, as its movements say, by line.
    pub booked: Vec<Booked>,
}

/// An order as it stands after one event.
#[derive(Debug, Clone)]
pub struct Version {
    /// By the shop's clock; no two events of a shop share an instant.
    pub changed_at: i64,
    pub number: u32,
    pub stage: LineStage,
    pub lines: Vec<Line>,
    /// The channel has taken the units off its figures.
    pub is_taken: bool,
    /// The goods left the house.
    pub is_gone: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub item: usize,
    pub slot: usize,
    pub variant: usize,
    pub units: u32,
    pub cancelled: u32,
}

/// Cumulative units of a line in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Booked {
    pub reserved: i64,
    pub released: i64,
    pub shipped: i64,
}

/// What the ledger must hold for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub open: i64,
    pub shipped: i64,
}

impl Version {
    /// What the ledger must hold for a line once it has read this version.
    pub fn due(&self, line: &Line) -> Due {
        let left = i64::from(line.units - line.cancelled);
        if self.is_gone {
            return Due { open: 0, shipped: left };
        }
        let is_held = match self.stage {
            LineStage::Cancelled | LineStage::Failed => false,
            LineStage::Unpaid
            | LineStage::Pending
            | LineStage::Ready
            | LineStage::Packed
            | LineStage::Shipped
            | LineStage::Delivered
            | LineStage::Completed
            | LineStage::Cancelling
            | LineStage::Returning
            | LineStage::Returned
            | LineStage::Unknown(_) => self.is_taken,
        };
        Due { open: if is_held { left } else { 0 }, shipped: 0 }
    }
}

impl Sale {
    pub fn id(number: usize) -> String {
        format!("o{number}")
    }

    /// The version that is shown at `now`.
    pub fn shown(&self, now: i64) -> Option<&Version> {
        if now >= self.shown_from { Some(&self.now) } else { self.before.as_deref() }
    }

    /// A version in the contract's words.
    pub fn order(&self, version: &Version, skus: &[String], by_ref: bool) -> Order {
        let lines = version.lines.iter().enumerate().map(|(at, line)| OrderLine {
            id: RemoteLineId::new(format!("l{at}")),
            offer: by_ref.then(|| OfferRef {
                listing: Stall::item_id(line.item).into(),
                offer: Stall::slot_id(line.item, line.slot).into(),
                kind: ganh_contract::OfferKind::Variant,
            }),
            sku: Some(Sku::new(skus[line.variant].clone())),
            units: line.units,
            cancelled: if version.stage == LineStage::Cancelled { line.units } else { line.cancelled },
            returned: if version.stage == LineStage::Returned { line.units } else { 0 },
            stage: version.stage.clone(),
            unit_price: Vnd(1_000),
            package: None,
            stocked_by_channel: false,
        });
        Order {
            id: RemoteOrderId::new(Self::id(self.number)),
            placed_at: at(self.placed_at),
            changed_at: at(version.changed_at),
            lines: lines.collect(),
            kin: Vec::new(),
            total: Vnd(1_000),
            act_by: None,
        }
    }

    /// The raw answer: enough to tell versions apart.
    pub fn raw(&self, version: &Version) -> String {
        format!(
            "{{\"id\":\"o{}\",\"version\":{},\"changed\":{}}}",
            self.number, version.number, version.changed_at
        )
    }
}
