//! When stock moves (spec §8.3), always in one step under the world's lock, as the checkout's own SQL does.

use super::order::Order;
use super::product::Type;
use super::world::World;

/// Statuses that have taken their units out of the stock.
pub const LOWERED: [&str; 3] = ["processing", "on-hold", "completed"];

impl World {
    /// Changes the units of a product or variation by `delta`; returns whether they are counted at all.
    /// Moves the modified date of the item and of its parent.
    pub fn move_stock(&mut self, item: u64, delta: i64) -> bool {
        let Some(product) = self.items.get(&item) else { return false };
        let parent = product.parent;
        let counted_at = self.counted_at(product);
        let now_s = self.now_s();
        if let Some(counter) = counted_at {
            self.touch(counter, |counter| {
                counter.stock = Some(counter.stock.unwrap_or(0) + delta);
                counter.derive_stock_status();
                counter.modified_s = now_s;
            });
        }
        self.stamp(item);
        if parent > 0 {
            self.sync_parent(parent);
            self.happened("product", "updated", parent);
        }
        self.happened("product", "updated", item);
        counted_at.is_some()
    }

    /// Sets the modified date of a product to now.
    pub fn stamp(&mut self, id: u64) {
        let now_s = self.now_s();
        self.touch(id, |product| product.modified_s = now_s);
    }

    /// A variable product that counts nothing itself shows whether any variation is in stock; its date moves.
    pub fn sync_parent(&mut self, id: u64) {
        let Some(parent) = self.items.get(&id) else { return };
        let mut status = None;
        if parent.kind == Type::Variable && !parent.manage_stock {
            let children: Vec<&str> = parent
                .variations
                .iter()
                .filter_map(|child| self.items.get(child))
                .filter(|child| child.status == "publish")
                .map(|child| child.stock_status.as_str())
                .collect();
            let best =
                ["instock", "onbackorder", "outofstock"].into_iter().find(|word| children.contains(word));
            status = best;
        }
        let now_s = self.now_s();
        self.touch(id, |parent| {
            parent.modified_s = now_s;
            if let Some(status) = status {
                status.clone_into(&mut parent.stock_status);
            }
        });
    }

    /// Takes `units` of a line out of the stock and counts what was not there.
    fn lower(&mut self, item: u64, units: i64) -> i64 {
        let counted_at = self.items.get(&item).and_then(|product| self.counted_at(product));
        let before = counted_at.and_then(|id| self.items.get(&id)).and_then(|product| product.stock);
        if !self.move_stock(item, -units) {
            return 0;
        }
        self.oversold_units += (units - before.unwrap_or(0).max(0)).max(0);
        units
    }

    /// Moves an order to another status with all that follows for stock and dates.
    pub fn set_order_status(&mut self, order: &mut Order, status: &str) {
        let now_s = self.now_s();
        let was = std::mem::replace(&mut order.status, status.to_owned());
        if LOWERED.contains(&status) && !order.reduced {
            self.let_go(order);
            for line in &mut order.lines {
                line.reduced = self.lower(line.item(), line.quantity);
                self.count_sales(line.product, line.quantity);
            }
            order.reduced = true;
        }
        let gives_back = matches!(status, "cancelled" | "pending")
            || (status == "failed" && self.profile.failed_gives_back());
        if gives_back && order.reduced {
            for line in &mut order.lines {
                let units = std::mem::take(&mut line.reduced);
                if units > 0 {
                    self.move_stock(line.item(), units);
                }
                if status == "cancelled" && self.profile.failed_gives_back() {
                    self.count_sales(line.product, -line.quantity);
                }
            }
            order.reduced = false;
        }
        if matches!(status, "cancelled" | "failed" | "trash" | "refunded") {
            self.let_go(order);
        }
        // Cash at the door counts as paid when the order is completed (spec §8.1).
        let is_paid = status == "completed" || (status == "processing" && order.payment_method != "cod");
        if is_paid && order.paid_s.is_none() && was != status {
            order.paid_s = Some(now_s);
        }
        if status == "completed" && order.completed_s.is_none() {
            order.completed_s = Some(now_s);
        }
    }

    fn count_sales(&mut self, product: u64, units: i64) {
        if let Some(product) = self.items.get_mut(&product) {
            product.total_sales += units;
        }
    }

    /// Frees the units held for an unpaid order.
    pub fn let_go(&mut self, order: &mut Order) {
        for (item, units) in std::mem::take(&mut order.held) {
            if let Some(held) = self.held.get_mut(&item) {
                *held -= units;
                if *held <= 0 {
                    self.held.remove(&item);
                }
            }
        }
    }

    /// Holds the units of an unpaid order for as long as the shop's setting says.
    pub fn hold(&mut self, order: &mut Order) {
        let for_s = self.settings.hold_s();
        if for_s == 0 {
            return;
        }
        for line in &order.lines {
            let counted_at = self.items.get(&line.item()).and_then(|product| self.counted_at(product));
            if let Some(item) = counted_at {
                *self.held.entry(item).or_default() += line.quantity;
                order.held.push((item, line.quantity));
            }
        }
        self.holds.push_back((self.now_s() + for_s, order.id));
    }

    /// Cancels unpaid orders whose time is over, as the shop's cron does.
    pub fn expire_holds(&mut self) {
        let now_s = self.now_s();
        while let Some((_, id)) = self.holds.pop_front_if(|(deadline, _)| *deadline <= now_s) {
            let Some(mut order) = self.orders.remove(&id) else { continue };
            if order.status == "pending" && order.created_via == "checkout" {
                self.set_order_status(&mut order, "cancelled");
                self.mark_changed(&mut order);
            } else {
                self.let_go(&mut order);
            }
            self.orders.insert(id, order);
        }
    }

    /// Stamps an order as changed where the API shows it.
    pub fn mark_changed(&mut self, order: &mut Order) {
        order.modified_s = self.now_s();
        order.changed_ms = self.now_ms;
        self.happened("order", "updated", order.id);
    }

    /// A line's quantity was edited in an order that has lowered stock; moves the difference where the release does.
    pub fn adjust_edited(&mut self, item: u64, reduced: &mut i64, new_units: i64) {
        if !self.profile.adjusts_edited_lines() {
            if new_units == 0 {
                *reduced = 0;
            }
            return;
        }
        let more = new_units - *reduced;
        if more > 0 {
            *reduced += self.lower(item, more);
        } else if more < 0 {
            self.move_stock(item, -more);
            *reduced = new_units;
        }
    }
}
