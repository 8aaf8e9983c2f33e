//! Orders as the shop holds them: one line a unit (spec 9.3), found by the time they were made or changed.

use std::collections::{BTreeSet, HashMap};

use super::order_state::Stage;

/// One unit of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: u64,
    pub product: u64,
    pub sku: u64,
    pub title: String,
    pub sku_name: String,
    pub seller_sku: String,
    /// Uri of its picture.
    pub image: Option<String>,
    /// Whole đồng, before discounts.
    pub original: i64,
    pub seller_discount: i64,
    pub platform_discount: i64,
    pub warehouse: u64,
    pub package: Option<u64>,
    pub stage: Stage,
    /// It came back to the seller.
    pub is_returned: bool,
}

impl Line {
    /// What the buyer pays for it.
    pub const fn sale_price(&self) -> i64 {
        self.original - self.seller_discount - self.platform_discount
    }

    /// Whether it still goes to the buyer.
    pub const fn is_active(&self) -> bool {
        !matches!(self.stage, Stage::Cancelled)
    }
}

/// Who ended an order, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub reason: String,
    /// SELLER, BUYER, SYSTEM.
    pub by: &'static str,
    pub at_s: i64,
}

/// One order. Times are seconds since 1970 unless said.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: u64,
    pub lines: Vec<Line>,
    pub created_s: i64,
    pub paid_s: Option<i64>,
    pub updated_s: i64,
    /// The last change, also one that no field shows; milliseconds.
    pub changed_ms: i64,
    pub is_cod: bool,
    pub was_on_hold: bool,
    /// The seller's own carrier brings it.
    pub is_own_shipping: bool,
    /// It leaves from the platform's warehouse.
    pub is_by_platform: bool,
    pub buyer: u64,
    pub packages: Vec<u64>,
    pub shipping_fee: i64,
    pub shipping_platform_discount: i64,
    pub ended: Option<Ended>,
    /// The cancellation that waits for the seller's answer.
    pub asked: Option<(u64, i64)>,
    /// Arrange by; carrier has it by; cancelled then.
    pub sla: Option<(i64, i64, i64)>,
    pub rts_s: Option<i64>,
    pub has_new_address: bool,
    pub note: String,
    /// Unreadable for one read.
    pub is_garbled: bool,
    pub external: Option<serde_json::Value>,
    pub tag: Option<&'static str>,
}

impl Order {
    /// The order's own status, from its lines.
    pub fn status(&self) -> &'static str {
        let active: BTreeSet<Stage> =
            self.lines.iter().filter(|line| line.is_active()).map(|line| line.stage).collect();
        let (Some(lowest), Some(highest)) = (active.first(), active.last()) else {
            return Stage::Cancelled.word();
        };
        if *lowest == Stage::AwaitingShipment && *highest > Stage::AwaitingShipment {
            return "PARTIALLY_SHIPPING";
        }
        lowest.word()
    }

    /// The earliest stage of what still goes to the buyer.
    pub fn stage(&self) -> Stage {
        let active = self.lines.iter().filter(|line| line.is_active()).map(|line| line.stage);
        active.min().unwrap_or(Stage::Cancelled)
    }
}

/// All orders of a shop.
#[derive(Default)]
pub struct Orders {
    all: HashMap<u64, Order>,
    by_created: BTreeSet<(i64, u64)>,
    by_updated: BTreeSet<(i64, u64)>,
}

impl Orders {
    /// Takes a new order in.
    pub fn add(&mut self, order: Order) {
        self.by_created.insert((order.created_s, order.id));
        self.by_updated.insert((order.updated_s, order.id));
        self.all.insert(order.id, order);
    }

    pub fn find(&self, id: u64) -> Option<&Order> {
        self.all.get(&id)
    }

    /// An order to change; its update time is moved by [`Self::touch`] only.
    pub fn find_mut(&mut self, id: u64) -> Option<&mut Order> {
        self.all.get_mut(&id)
    }

    /// Moves an order's update time.
    pub fn touch(&mut self, id: u64, now_ms: i64) {
        let Some(order) = self.all.get_mut(&id) else { return };
        self.by_updated.remove(&(order.updated_s, id));
        order.updated_s = order.updated_s.max(now_ms.div_euclid(1000));
        order.changed_ms = order.changed_ms.max(now_ms);
        self.by_updated.insert((order.updated_s, id));
    }

    /// Times and ids, oldest first.
    pub const fn index(&self, is_by_update: bool) -> &BTreeSet<(i64, u64)> {
        if is_by_update { &self.by_updated } else { &self.by_created }
    }

    /// All of them, in no order, to change.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Order> {
        self.all.values_mut()
    }
}
