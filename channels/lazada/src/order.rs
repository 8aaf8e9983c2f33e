//! Orders in (spec §5.2–5.6). There is no order status: each unit is a row with a status of its own. The buyer's data stays in the raw answer.

use crate::Shop;
use crate::call::{Params, Reply};
use crate::lenient::{List, Text, without_values};
use crate::listing::offer_ref;
use crate::moment::iso;
use crate::returns::Returned;
use crate::wire::{OrderHeader, OrderItem, OrderPage};
use ganh_contract::{
    Cursor, Fault, FaultKind, Head, LineStage, Next, Order, OrderHead, OrderLine, Page, Reading,
    RemoteLineId, RemoteOrderId, RemotePackageId, Result, Seen, Sku, Thing, Vnd, Window,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Rows that are read again where one second fills a page, because rows move up when others leave it.
const OVERLAP: usize = 10;

/// Where a walk stands: from which second on, and how far into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    from_s: i64,
    offset: usize,
}

/// Ascending by the time of change, both ends included. Each page begins at the second where the last one ended: what changes
/// meanwhile moves to the end and takes no neighbour with it (§8 no. 14).
pub(crate) async fn orders(shop: &Shop, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
    const CALL: &str = "orders_get";
    let batch = &shop.line.app.facts.batch;
    let stale = |said: &str| Fault::new(CALL, FaultKind::Conflict { holder: None }).said(said);
    let walk: Walk = match from {
        Some(cursor) => {
            serde_json::from_str(cursor.as_str()).map_err(|_| stale("this place in the walk is unknown"))?
        }
        None => Walk { from_s: window.from.as_second(), offset: 0 },
    };
    let start = Timestamp::from_second(walk.from_s).map_err(|_| stale("this place is no time"))?;
    let params: Params = vec![
        ("update_after", iso(start)),
        ("update_before", iso(whole_second_after(window.until))),
        ("sort_by", "updated_at".to_owned()),
        ("sort_direction", "ASC".to_owned()),
        ("offset", walk.offset.to_string()),
        ("limit", batch.orders_page.to_string()),
    ];
    let reply = shop.line.get(CALL, "/orders/get", params).await?;
    let page: OrderPage = reply.data()?;
    let rows: Vec<OrderHead> = page.orders.0.iter().filter_map(head).collect();
    // More was promised, or is told: an empty page proves nothing.
    if page.orders.0.is_empty() && (from.is_some() || page.total.or_zero() > 0) {
        return Err(stale("a promised page is empty"));
    }
    let last = rows.iter().filter_map(|row| row.changed_at).max();
    let is_full = page.orders.0.len() >= batch.orders_page;
    let next =
        if is_full { walk.after(page.orders.0.len(), last, batch.orders_max_offset) } else { Next::End };
    Ok(Page { rows, next, as_of: reply.sent_at })
}

fn whole_second_after(at: Timestamp) -> Timestamp {
    let second = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(second).unwrap_or(at)
}

impl Walk {
    fn after(self, read: usize, last: Option<Timestamp>, deepest: usize) -> Next {
        let last_s = last.map_or(self.from_s, Timestamp::as_second);
        let next = if last_s > self.from_s {
            Self { from_s: last_s, offset: 0 }
        } else {
            Self { offset: self.offset + read.saturating_sub(OVERLAP).max(1), ..self }
        };
        if next.offset > deepest {
            return Next::TooMany;
        }
        Next::More(Cursor::new(serde_json::to_string(&next).unwrap_or_default()))
    }
}

/// The list tells the header; the units are read by the second call.
fn head(row: &Value) -> Option<OrderHead> {
    let told: OrderHeader = serde_json::from_value(row.clone()).ok()?;
    let id = RemoteOrderId::new(told.order_id.filled()?);
    Some(Head { id, changed_at: told.updated_at.0, seen: Seen::Part(json!({ "order": row }).to_string()) })
}

/// The units of up to fifty orders in one call. One that is unknown fails the whole call: then each is asked for by itself (§5.4).
pub(crate) async fn read_orders(shop: &Shop, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
    let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let is_number = |id: &&str| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
    if ids.iter().all(is_number) {
        let params = vec![("order_ids", format!("[{}]", ids.join(",")))];
        match shop.line.get("orders_items_get", "/orders/items/get", params).await {
            Ok(reply) => {
                let orders: List<Value> = reply.data()?;
                let units = |head: &OrderHead| {
                    let mine = orders.0.iter().find(|row| order_id(row).as_deref() == Some(head.id.as_str()));
                    mine.map_or(&Value::Null, |row| row.get("order_items").unwrap_or(row))
                };
                return Ok(heads.iter().map(|head| reading(&reply, heads, head, units(head))).collect());
            }
            Err(fault) if is_missing(&fault) => {}
            Err(fault) => return Err(fault),
        }
    }
    let mut readings = Vec::with_capacity(heads.len());
    for head in heads {
        readings.push(match ask_units(shop, head.id.as_str()).await {
            Ok(reply) => reading(&reply, heads, head, &reply.body["data"]),
            Err(fault) if is_missing(&fault) => {
                let as_of = shop.line.app.gateway.clock().now();
                Reading { id: head.id.as_str().to_owned(), as_of, raw: String::new(), value: Err(fault) }
            }
            Err(fault) => return Err(fault),
        });
    }
    Ok(readings)
}

fn is_missing(fault: &Fault) -> bool {
    *fault.kind == FaultKind::Missing(Thing::Order)
}

fn order_id(row: &Value) -> Option<String> {
    serde_json::from_value::<Text>(row.get("order_id")?.clone()).ok()?.filled().map(str::to_owned)
}

async fn ask_units(shop: &Shop, order: &str) -> Result<Reply> {
    const CALL: &str = "order_items_get";
    if order.is_empty() || !order.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Fault::new(CALL, FaultKind::Missing(Thing::Order)).said("an order's id is a number"));
    }
    let params = vec![("order_id", order.to_owned())];
    shop.line.get(CALL, "/order/items/get", params).await
}

/// The units of one order, for what may be done to it.
pub(crate) async fn units_of(shop: &Shop, order: &RemoteOrderId) -> Result<Vec<OrderItem>> {
    let reply = ask_units(shop, order.as_str()).await?;
    units(&reply, &reply.body["data"])
}

fn units(reply: &Reply, rows: &Value) -> Result<Vec<OrderItem>> {
    let rows: List<Value> = reply.part(rows)?;
    if rows.0.is_empty() {
        return Err(Fault::new(reply.call, FaultKind::Missing(Thing::Order)));
    }
    let unit = |row: &Value| {
        serde_json::from_value(row.clone()).map_err(|error| reply.unintelligible(&without_values(&error)))
    };
    rows.0.iter().map(unit).collect()
}

/// One reading for a head; what cannot be understood is an `Err` in it. What lists told of the order stands in the raw answer.
fn reading(reply: &Reply, heads: &[OrderHead], head: &OrderHead, rows: &Value) -> Reading<Order> {
    let id = head.id.as_str();
    let mates: Vec<Value> = heads.iter().filter(|other| other.id == head.id).filter_map(part).collect();
    let returned: Vec<Returned> = mates.iter().flat_map(Returned::told).collect();
    let raw = json!({ "told": mates, "items": rows }).to_string();
    let value = units(reply, rows).and_then(|units| {
        let changed = mates.iter().filter_map(changed_at).max();
        order(reply, id, &units, &returned, changed)
    });
    Reading { id: id.to_owned(), as_of: reply.sent_at, raw, value }
}

fn part(head: &OrderHead) -> Option<Value> {
    match &head.seen {
        Seen::Part(text) => serde_json::from_str(text).ok(),
        Seen::Id | Seen::Whole(_) => None,
    }
}

fn changed_at(part: &Value) -> Option<Timestamp> {
    serde_json::from_value::<OrderHeader>(part.get("order")?.clone()).ok()?.updated_at.0
}

fn order(
    reply: &Reply,
    id: &str,
    units: &[OrderItem],
    returned: &[Returned],
    changed: Option<Timestamp>,
) -> Result<Order> {
    let placed_at = units.iter().filter_map(|unit| unit.created_at.0).min();
    let placed_at = placed_at.ok_or_else(|| reply.unintelligible("the order has no time of creation"))?;
    let changed_at = units.iter().filter_map(|unit| unit.updated_at.0).chain(changed).max();
    let mut lines = Vec::with_capacity(units.len());
    for unit in units {
        lines.push(line(reply, unit, returned)?);
    }
    // Paid after vouchers, with shipping; without what is cancelled (§5.2, §8 no. 11).
    let kept = units.iter().filter(|unit| stage(unit) != LineStage::Cancelled);
    let total = kept.fold(0_i64, |sum, unit| {
        sum.saturating_add(unit.paid_price.0.unwrap_or(0)).saturating_add(unit.shipping_amount.0.unwrap_or(0))
    });
    let waiting = units.iter().filter(|unit| matches!(stage(unit), LineStage::Ready | LineStage::Cancelling));
    let act_by = waiting
        .filter_map(|unit| {
            if unit.need_cancel_confirm.0 { unit.cancel_trigger_time.0 } else { unit.sla_time_stamp.0 }
        })
        .min();
    Ok(Order {
        id: RemoteOrderId::new(id),
        placed_at,
        changed_at: changed_at.unwrap_or(placed_at),
        lines,
        kin: Vec::new(),
        total: Vnd(total),
        act_by,
    })
}

/// One row, one unit (§5.4).
fn line(reply: &Reply, unit: &OrderItem, returned: &[Returned]) -> Result<OrderLine> {
    let id = unit.order_item_id.filled().ok_or_else(|| reply.unintelligible("a unit has no id"))?;
    if unit.status.filled().is_none() {
        return Err(reply.unintelligible("a unit has no status"));
    }
    let told = returned.iter().filter(|one| one.line == id);
    let (is_back, is_coming) =
        told.fold((false, false), |(back, coming), one| (back || one.is_back, coming || one.is_open));
    let stage = match stage(unit) {
        stage @ (LineStage::Delivered | LineStage::Completed) if is_back => match stage {
            LineStage::Delivered | LineStage::Completed => LineStage::Returned,
            other => other,
        },
        LineStage::Delivered | LineStage::Completed if is_coming => LineStage::Returning,
        stage => stage,
    };
    let ids = unit.product_id.filled().zip(unit.sku_id.filled());
    let price = unit.item_price.0.ok_or_else(|| reply.unintelligible("a unit has no price"))?;
    Ok(OrderLine {
        id: RemoteLineId::new(id),
        offer: ids.map(|(item, sku)| offer_ref(item, sku)),
        sku: unit.sku.filled().map(Sku::new),
        units: 1,
        cancelled: u32::from(stage == LineStage::Cancelled),
        returned: u32::from(stage == LineStage::Returned),
        stage,
        unit_price: Vnd(price),
        package: unit.package_id.filled().map(RemotePackageId::new),
        stocked_by_channel: is_theirs(unit),
    })
}

/// From a warehouse that Lazada runs: fulfilled by it, or its Choice business (§5.4).
pub(crate) fn is_theirs(unit: &OrderItem) -> bool {
    const CHOICE: i64 = 70_020;
    unit.is_fbl.0 || unit.biz_group.or_zero() == CHOICE
}

/// §5.5. A wish to cancel stands beside the status.
pub(crate) fn stage(unit: &OrderItem) -> LineStage {
    let stage = match unit.status.as_str().trim().to_lowercase().as_str() {
        "unpaid" => LineStage::Unpaid,
        "pending" | "topack" | "repacked" => LineStage::Ready,
        "packed" | "toship" | "ready_to_ship_pending" | "ready_to_ship" => LineStage::Packed,
        "shipped" | "shipping" => LineStage::Shipped,
        "delivered" => LineStage::Delivered,
        "confirmed" => LineStage::Completed,
        "failed" | "failed_delivery" | "shipped_back" | "shipped_back_success" | "shipped_back_failed" => {
            LineStage::Failed
        }
        "lost" | "lost_by_3pl" | "damaged_by_3pl" | "package_scrapped" => LineStage::Failed,
        "canceled" | "cancelled" => LineStage::Cancelled,
        "returned" => LineStage::Returned,
        _ => LineStage::Unknown(unit.status.as_str().to_owned()),
    };
    let is_asked = unit.need_cancel_confirm.0 || unit.is_cancel_pending.0;
    match stage {
        LineStage::Unpaid | LineStage::Ready | LineStage::Packed if is_asked => LineStage::Cancelling,
        stage => stage,
    }
}

#[cfg(test)]
mod tests;
