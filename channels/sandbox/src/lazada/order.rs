//! Orders: one row per unit, a status per row, no status of the order (spec 5.2, 5.4).

use std::collections::{BTreeMap, BTreeSet};

use super::order_state::Status;

/// What an open line holds of its SKU's stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Nothing,
    /// Unpaid.
    Withheld,
    /// Paid, not handed over.
    Occupied,
}

/// One unit of one SKU.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: u64,
    pub item_id: u64,
    pub sku_id: u64,
    pub seller_sku: String,
    pub title: String,
    pub variation: String,
    pub image: String,
    pub price: i64,
    /// Seller's voucher on this unit.
    pub voucher: i64,
    pub status: Status,
    pub held: Held,
    pub warehouse: usize,
    pub is_fbl: bool,
    /// Delivered by the seller's own fleet.
    pub is_dbs: bool,
    pub is_digital: bool,
    pub package: Option<String>,
    pub tracking: String,
    pub provider: String,
    pub packed_ms: i64,
    /// When `ready_to_ship_pending` ends.
    pub ready_ms: Option<i64>,
    pub updated_ms: i64,
    pub initiator: &'static str,
    pub reason: String,
    /// The buyer asks to cancel; without a decision it is cancelled at this time.
    pub cancel_asked: Option<CancelAsked>,
    pub return_status: String,
    pub invoice_number: String,
    /// The status before, and when it changed.
    pub was: Option<(i64, Status)>,
}

/// A buyer's wish to cancel (spec 5.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelAsked {
    pub reverse_id: u64,
    pub deadline_ms: i64,
}

/// One order.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: u64,
    pub created_ms: i64,
    /// As the API shows it.
    pub updated_ms: i64,
    /// The last change, also one that the API does not show.
    pub changed_ms: i64,
    pub paid_ms: Option<i64>,
    pub payment_method: &'static str,
    pub buyer_id: u64,
    pub shipping_fee: i64,
    pub voucher: i64,
    pub note: String,
    pub lines: Vec<Line>,
    /// The next read of its lines is unreadable.
    pub is_garbled: bool,
    /// No pushes about it.
    pub is_quiet: bool,
}

impl Order {
    /// The distinct statuses of its lines, in the order of the lines.
    pub fn statuses(&self) -> Vec<Status> {
        let mut seen = Vec::new();
        for line in &self.lines {
            if !seen.contains(&line.status) {
                seen.push(line.status);
            }
        }
        seen
    }

    /// The line with this id.
    pub fn line(&self, id: u64) -> Option<usize> {
        self.lines.iter().position(|line| line.id == id)
    }
}

/// All orders of a shop, by id and by both times.
#[derive(Default)]
pub struct Orders {
    all: BTreeMap<u64, Order>,
    by_created: BTreeSet<(i64, u64)>,
    by_updated: BTreeSet<(i64, u64)>,
    /// Line to order.
    lines: BTreeMap<u64, u64>,
    packages: BTreeMap<String, u64>,
    /// Unpaid orders by the time they end; asked cancellations by their deadline; hand-overs by their time.
    pub alarms: BTreeSet<(i64, u64)>,
}

impl Orders {
    /// Takes a new order in.
    pub fn insert(&mut self, order: Order) {
        self.by_created.insert((order.created_ms, order.id));
        self.by_updated.insert((order.updated_ms, order.id));
        self.lines.extend(order.lines.iter().map(|line| (line.id, order.id)));
        self.all.insert(order.id, order);
    }

    /// The order with this id.
    pub fn find(&self, id: u64) -> Option<&Order> {
        self.all.get(&id)
    }

    /// The order that a line belongs to, and its place in it.
    pub fn find_line(&self, line: u64) -> Option<(u64, usize)> {
        let order = self.all.get(self.lines.get(&line)?)?;
        Some((order.id, order.line(line)?))
    }

    /// The order that a package belongs to.
    pub fn find_package(&self, package: &str) -> Option<u64> {
        self.packages.get(package).copied()
    }

    /// Notes which order a package belongs to.
    pub fn keep_package(&mut self, package: &str, order: u64) {
        self.packages.insert(package.to_owned(), order);
    }

    /// Changes an order; what `act` does to `updated_ms` is indexed.
    pub fn change<T>(&mut self, id: u64, act: impl FnOnce(&mut Order) -> T) -> Option<T> {
        let order = self.all.get_mut(&id)?;
        let before = order.updated_ms;
        let done = act(order);
        if order.updated_ms != before {
            self.by_updated.remove(&(before, id));
            self.by_updated.insert((order.updated_ms, id));
        }
        Some(done)
    }

    /// All orders by id.
    pub fn all(&self) -> impl Iterator<Item = &Order> {
        self.all.values()
    }

    /// Orders updated (or created) within both ends, ascending by that time.
    pub fn between(
        &self,
        is_by_update: bool,
        from_ms: i64,
        until_ms: i64,
    ) -> impl DoubleEndedIterator<Item = &Order> {
        let index = if is_by_update { &self.by_updated } else { &self.by_created };
        let until_ms = until_ms.max(from_ms);
        index.range((from_ms, 0)..=(until_ms, u64::MAX)).filter_map(|(_, id)| self.all.get(id))
    }
}
