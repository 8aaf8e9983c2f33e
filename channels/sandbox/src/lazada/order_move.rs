//! Rows of orders move from status to status; stock and pushes follow (spec 4.11, 5.6, 6.3).

use serde_json::{Value, json};

use super::item::Sku;
use super::order::{Held, Line, Order};
use super::order_state::Status;
use super::push::Told;
use super::world::{Shop, World};

/// An unpaid order ends after (spec 4.11).
pub const UNPAID_MS: i64 = 30 * 60_000;

/// A row of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub order: u64,
    pub place: usize,
}

/// Moves a row if its status allows it; false: it does not.
pub fn become_status(world: &World, shop: &mut Shop, row: Row, to: Status, now_ms: i64) -> bool {
    let Some(from) = shop.orders.find(row.order).map(|order| order.lines[row.place].status) else {
        return false;
    };
    if !from.may_become(to) {
        return false;
    }
    set_status(world, shop, row, to, now_ms, false);
    true
}

/// Moves a row. Quietly: no date moves and nobody is told.
pub fn set_status(world: &World, shop: &mut Shop, row: Row, to: Status, now_ms: i64, is_quiet: bool) {
    let Some(line) = shop.orders.find(row.order).map(|order| order.lines[row.place].clone()) else { return };
    let held = hold_stock(shop, &line, to, now_ms);
    shop.orders.change(row.order, |order| {
        let line = &mut order.lines[row.place];
        line.was = Some((now_ms, line.status));
        line.status = to;
        line.held = held;
        order.changed_ms = now_ms;
        if !is_quiet {
            order.lines[row.place].updated_ms = now_ms;
            order.updated_ms = order.updated_ms.max(now_ms);
        }
    });
    if !is_quiet {
        announce(world, shop, row);
    }
}

/// What the move means for the SKU's stock; returns what the row holds afterwards.
fn hold_stock(shop: &mut Shop, line: &Line, to: Status, now_ms: i64) -> Held {
    let held = match (line.held, to) {
        (Held::Withheld, Status::Pending) => Held::Occupied,
        (_, Status::ReadyPending | Status::Ready | Status::Canceled) => Held::Nothing,
        (held, _) => held,
    };
    if held == line.held {
        return held;
    }
    let was = line.held;
    let gives_back = to == Status::Canceled;
    with_sku(shop, line, |sku| {
        sku.change(now_ms, |figures| {
            let bin = figures.bin(line.warehouse);
            match was {
                Held::Withheld => bin.withhold -= 1,
                Held::Occupied => bin.occupy -= 1,
                Held::Nothing => {}
            }
            if held == Held::Occupied {
                bin.occupy += 1;
            } else if gives_back {
                bin.sellable += 1;
            }
        });
    });
    held
}

/// The row's SKU, also when it is deleted: what was held is given back to it all the same.
fn with_sku(shop: &mut Shop, line: &Line, act: impl FnOnce(&mut Sku)) {
    let item = shop.items.get_mut(&line.item_id);
    if let Some(sku) = item.and_then(|item| item.skus.iter_mut().find(|sku| sku.id == line.sku_id)) {
        act(sku);
    }
}

/// Tells the apps about a row: message 0 for each (spec 6.1).
pub fn announce(world: &World, shop: &Shop, row: Row) {
    if !world.push.is_live() {
        return;
    }
    let Some(order) = shop.orders.find(row.order).filter(|order| !order.is_quiet) else { return };
    let line = &order.lines[row.place];
    let told = Told::Line { seller: shop.id, line: line.id, first: line_data(order, line) };
    world.emit(0, Some(shop.id), &told, 0);
    let logistics = match line.status {
        Status::Ready => "READY_TO_SHIP",
        Status::ReadyPending => "READY_TO_SHIP_PENDING",
        Status::Shipped => "TRANSIT_TO_SHIP",
        Status::Delivered => "DELIVERED",
        Status::FailedDelivery => "DELIVER_FAILED",
        Status::Lost => "LOST_BY_3PL",
        Status::Damaged => "DAMAGE_BY_3PL",
        Status::Scrapped => "PACKAGE_SCRAPPED",
        Status::ShippedBack => "ON_THE_WAY_BACK_TO_SHIPPER",
        _ => return,
    };
    if let Some(package) = &line.package {
        let data = json!({"trade_order_id": order.id.to_string(), "buyer_id": order.buyer_id.to_string(), "fulfillment_package_id": package, "status": logistics, "status_update_time": line.updated_ms / 1000});
        world.emit(14, Some(shop.id), &Told::Fixed(data), 0);
    }
}

/// The data of message 0.
pub fn line_data(order: &Order, line: &Line) -> Value {
    let mut data = json!({
        "order_status": line.status.word(), "trade_order_id": order.id.to_string(), "trade_order_line_id": line.id.to_string(),
        "status_update_time": line.updated_ms / 1000, "buyer_id": order.buyer_id.to_string(),
    });
    if let Some(asked) = line.cancel_asked {
        data["reverse_order_id"] = json!(asked.reverse_id.to_string());
        data["reverse_order_line_id"] = json!((asked.reverse_id + 1).to_string());
    }
    data
}

/// Lets everything happen whose time has come: unpaid orders end, hand-overs are confirmed, asked cancellations are granted.
pub fn settle(world: &World, shop: &mut Shop, now_ms: i64) {
    while let Some((at_ms, id)) = shop.orders.alarms.first().copied().filter(|(at_ms, _)| *at_ms <= now_ms) {
        shop.orders.alarms.remove(&(at_ms, id));
        let count = shop.orders.find(id).map_or(0, |order| order.lines.len());
        for place in 0..count {
            let row = Row { order: id, place };
            let Some(order) = shop.orders.find(id) else { break };
            let line = &order.lines[place];
            let is_unpaid = line.status == Status::Unpaid && order.created_ms + UNPAID_MS <= at_ms;
            let is_ready =
                line.status == Status::ReadyPending && line.ready_ms.is_some_and(|ready| ready <= at_ms);
            let is_granted = line.cancel_asked.is_some_and(|asked| asked.deadline_ms <= at_ms)
                && line.status.may_become(Status::Canceled);
            if is_unpaid || is_granted {
                end(shop, row, "cancellation-internal", if is_unpaid { "Unpaid" } else { "Buyer request" });
                become_status(world, shop, row, Status::Canceled, at_ms);
            } else if is_ready {
                become_status(world, shop, row, Status::Ready, at_ms);
            }
        }
    }
}

/// Notes who ended a row, and why.
pub fn end(shop: &mut Shop, row: Row, initiator: &'static str, reason: &str) {
    shop.orders.change(row.order, |order| {
        let line = &mut order.lines[row.place];
        line.initiator = initiator;
        reason.clone_into(&mut line.reason);
        line.cancel_asked = None;
    });
}
