//! Orders in (spec §9). One line for each unit; the buyer's data stays in the raw answer.
//!
//! A list page holds whole orders. The walk goes on from the last change that a page showed, not from its page token: orders that move while
//! we read take nothing with them, and no token runs out. Only a page that is all one second is followed by its token.

use crate::Shop;
use crate::call::{Ask, Class, Query, Reply};
use crate::listing::named;
use crate::returns::{Returned, returned};
use crate::wire::{LineItem, OrderDetail, OrderPage};
use ganh_contract::{
    Cursor, Fault, FaultKind, Head, LineStage, Next, Order, OrderHead, OrderLine, Page, Reading,
    RemoteLineId, RemoteOrderId, RemotePackageId, Result, Seen, Sku, Thing, Vnd, Window,
};
use ganh_http::Safety;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A place in a walk by change time, ascending.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Walk {
    /// Seconds, included.
    pub since: i64,
    pub token: String,
}

impl Walk {
    /// Error: `Conflict`, the walk starts again.
    pub(crate) fn read(call: &'static str, window: Window, from: Option<&Cursor>) -> Result<Self> {
        let Some(cursor) = from else {
            return Ok(Self { since: window.from.as_second(), token: String::new() });
        };
        serde_json::from_str(cursor.as_str()).map_err(|_| {
            Fault::new(call, FaultKind::Conflict { holder: None }).said("this place in the walk is unknown")
        })
    }

    /// The words of the query and the bounds of the body; the end is exclusive (§9.1).
    pub(crate) fn ask(&self, page: usize, window: Window) -> (Query, Value) {
        let query = vec![
            ("page_size", page.to_string()),
            ("sort_field", "update_time".to_owned()),
            ("sort_order", "ASC".to_owned()),
            ("page_token", self.token.clone()),
        ];
        let end = window.until.as_second() + 1;
        let bounds = json!({ "update_time_ge": self.since, "update_time_lt": end.max(self.since + 1) });
        (query, bounds)
    }

    /// Where a page with these change times and this token goes on.
    pub(crate) fn next(&self, changes: &[Option<i64>], token: Option<&str>) -> Next {
        let Some(token) = token.filter(|token| *token != self.token) else { return Next::End };
        let times: Option<Vec<i64>> = changes.iter().copied().collect();
        let last = times.filter(|times| times.is_sorted()).and_then(|times| times.last().copied());
        let next = match last.filter(|last| *last > self.since) {
            Some(last) => Self { since: last, token: String::new() },
            None => Self { since: self.since, token: token.to_owned() },
        };
        Next::More(Cursor::new(serde_json::to_string(&next).unwrap_or_default()))
    }
}

pub(crate) async fn orders(shop: &Shop, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
    const CALL: &str = "search_orders";
    let walk = Walk::read(CALL, window, from)?;
    let (query, bounds) = walk.ask(shop.line.app.facts.batch.page, window);
    let ask = Ask::post(CALL, Class::Orders, Safety::Read, "/order/202309/orders/search", bounds);
    let reply = shop.line.send(ask.query(query)).await?;
    let page: OrderPage = reply.read_or_empty()?;
    let changes: Vec<Option<i64>> = page.orders.0.iter().map(changed).collect();
    let rows = page.orders.0.iter().filter_map(|row| {
        let id = RemoteOrderId::new(id_of(row)?);
        let changed_at = changed(row).and_then(|at| Timestamp::from_second(at).ok());
        let reading = reading(&reply, row, id.as_str(), &[]);
        Some(Head { id, changed_at, seen: Seen::Whole(Box::new(reading)) })
    });
    let rows = rows.collect();
    let next = walk.next(&changes, page.next_page_token.filled());
    Ok(Page { rows, next, as_of: reply.sent_at })
}

fn id_of(row: &Value) -> Option<String> {
    let id: crate::lenient::Text = serde_json::from_value(row.get("id")?.clone()).ok()?;
    id.filled().map(str::to_owned)
}

pub(crate) fn changed(row: &Value) -> Option<i64> {
    serde_json::from_value::<crate::lenient::Whole>(row.get("update_time")?.clone()).ok()?.0
}

/// Heads that the list told whole need no second call (§9.1: complete as in detail).
pub(crate) async fn read_orders(shop: &Shop, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
    let asked: Vec<&str> = heads
        .iter()
        .filter(|head| !matches!(head.seen, Seen::Whole(_)))
        .map(|head| head.id.as_str())
        .collect();
    let mut replies = Vec::new();
    for some in asked.chunks(shop.line.app.facts.batch.orders_per_read.max(1)) {
        read_some(shop, some, &mut replies).await?;
    }
    Ok(heads.iter().map(|head| one(shop, heads, head, &replies)).collect())
}

/// One that is not there may hide the others: then they are asked for one by one.
async fn read_some(shop: &Shop, ids: &[&str], replies: &mut Vec<Reply>) -> Result<()> {
    match details(shop, ids).await {
        Ok(reply) => replies.push(reply),
        Err(fault) if is_missing(&fault) && ids.len() > 1 => {
            for id in ids {
                match details(shop, &[id]).await {
                    Ok(reply) => replies.push(reply),
                    Err(fault) if is_missing(&fault) => {}
                    Err(fault) => return Err(fault),
                }
            }
        }
        Err(fault) if is_missing(&fault) => {}
        Err(fault) => return Err(fault),
    }
    Ok(())
}

fn is_missing(fault: &Fault) -> bool {
    *fault.kind == FaultKind::Missing(Thing::Order)
}

async fn details(shop: &Shop, ids: &[&str]) -> Result<Reply> {
    let query = vec![("ids", ids.join(","))];
    shop.line.send(Ask::get("get_orders", Class::Orders, "/order/202507/orders").query(query)).await
}

fn one(shop: &Shop, heads: &[OrderHead], head: &OrderHead, replies: &[Reply]) -> Reading<Order> {
    if let Seen::Whole(reading) = &head.seen {
        return (**reading).clone();
    }
    let id = head.id.as_str();
    let rows =
        |reply: &Reply| reply.data.get("orders").and_then(Value::as_array).cloned().unwrap_or_default();
    for reply in replies {
        if let Some(row) = rows(reply).iter().find(|row| id_of(row).as_deref() == Some(id)) {
            return reading(reply, row, id, &returned(heads, &head.id));
        }
    }
    // Unknown ids are left out (§9.2).
    let as_of = replies.first().map_or_else(|| shop.line.app.gateway.clock().now(), |reply| reply.sent_at);
    let missing = Fault::new("get_orders", FaultKind::Missing(Thing::Order));
    Reading { id: id.to_owned(), as_of, raw: String::new(), value: Err(missing) }
}

fn reading(reply: &Reply, row: &Value, id: &str, returns: &[Returned]) -> Reading<Order> {
    let told: Vec<&Value> = returns.iter().map(|one| &one.raw).collect();
    let raw = json!({ "order": row, "returns": told }).to_string();
    let value = reply.part::<OrderDetail>(row.clone()).and_then(|detail| order(reply, &detail, returns));
    Reading { id: id.to_owned(), as_of: reply.sent_at, raw, value }
}

/// One order as this channel tells it, for what may be done to it.
pub(crate) async fn read_detail(shop: &Shop, id: &RemoteOrderId) -> Result<OrderDetail> {
    let missing = || Fault::new("get_orders", FaultKind::Missing(Thing::Order));
    let reply = details(shop, &[id.as_str()]).await?;
    let rows = reply.data.get("orders").and_then(Value::as_array).cloned().unwrap_or_default();
    let row = rows.into_iter().find(|row| id_of(row).as_deref() == Some(id.as_str())).ok_or_else(missing)?;
    reply.part(row)
}

fn order(reply: &Reply, detail: &OrderDetail, returns: &[Returned]) -> Result<Order> {
    let instant = |seconds: Option<i64>| Timestamp::from_second(seconds?).ok();
    let placed_at = instant(detail.create_time.0)
        .ok_or_else(|| reply.unintelligible("the order has no time of creation"))?;
    if detail.line_items.0.is_empty() {
        return Err(reply.unintelligible("the order has no lines"));
    }
    let mut lines = Vec::with_capacity(detail.line_items.0.len());
    for item in &detail.line_items.0 {
        if item.id.filled().is_none() {
            return Err(reply.unintelligible("a line has no id"));
        }
        lines.extend(lines_of(detail, item, returns));
    }
    Ok(Order {
        id: RemoteOrderId::new(detail.id.as_str()),
        placed_at,
        changed_at: instant(detail.update_time.0).unwrap_or(placed_at),
        lines,
        kin: Vec::new(),
        total: Vnd(detail.payment.as_ref().map_or(0, |payment| payment.total_amount.or_zero())),
        act_by: instant(detail.rts_sla_time.0.filter(|at| *at > 0)),
    })
}

/// One unit, or the parts of a bundle: those are what leaves the shelf (§9.3).
fn lines_of(detail: &OrderDetail, item: &LineItem, returns: &[Returned]) -> Vec<OrderLine> {
    let stage = stage(detail, item);
    let is_back = returns.iter().any(|one| one.is_counted && one.names(item.id.as_str()));
    let price = [item.sale_price, item.original_price].into_iter().find(|price| price.or_zero() > 0);
    let line = |id: String, product: &str, sku_id: &str, sku: Option<&str>, units: u32| OrderLine {
        id: RemoteLineId::new(id),
        offer: (!product.is_empty() && !sku_id.is_empty()).then(|| named(product, sku_id)),
        sku: sku.map(Sku::new),
        units,
        cancelled: if stage == LineStage::Cancelled { units } else { 0 },
        returned: if is_back && stage != LineStage::Cancelled { units } else { 0 },
        stage: stage.clone(),
        unit_price: Vnd(price.map_or(0, |price| price.or_zero())),
        package: item.package_id.filled().map(RemotePackageId::new),
        stocked_by_channel: detail.fulfillment_type.as_str() == "FULFILLMENT_BY_TIKTOK",
    };
    let parts = &item.combined_listing_skus.0;
    if parts.is_empty() {
        return vec![line(
            item.id.0.clone(),
            item.product_id.as_str(),
            item.sku_id.as_str(),
            item.seller_sku.filled(),
            1,
        )];
    }
    let part = |part: &crate::wire::Component| {
        let id = format!("{}/{}", item.id.as_str(), part.sku_id.as_str());
        let units = part.sku_count.units().max(1);
        line(id, part.product_id.as_str(), part.sku_id.as_str(), part.seller_sku.filled(), units)
    };
    parts.iter().map(part).collect()
}

/// The line's own status; the order's where that says more: unknown words, a wish to cancel (§9.3–9.4).
pub(crate) fn stage(detail: &OrderDetail, item: &LineItem) -> LineStage {
    let of_order = by_word(detail.status.as_str(), item.package_status.as_str());
    if let LineStage::Unknown(_) | LineStage::Cancelled | LineStage::Failed = of_order {
        return of_order;
    }
    let of_line = match item.display_status.filled() {
        Some(word) => by_word(word, item.package_status.as_str()),
        None => of_order,
    };
    match of_line {
        // The buyer asks before the carrier has it (§9.4: also after it was arranged).
        LineStage::Ready | LineStage::Pending | LineStage::Packed if detail.is_buyer_request_cancel.0 => {
            LineStage::Cancelling
        }
        stage => stage,
    }
}

fn by_word(status: &str, parcel: &str) -> LineStage {
    match status {
        "UNPAID" => LineStage::Unpaid,
        // Paid, but the buyer may still cancel freely: not to be shipped.
        "ON_HOLD" => LineStage::Pending,
        "AWAITING_SHIPMENT" => LineStage::Ready,
        // Some parcels are arranged: this line's own tells.
        "PARTIALLY_SHIPPING" => match parcel {
            "PROCESSING" => LineStage::Packed,
            "FULFILLING" => LineStage::Shipped,
            "COMPLETED" => LineStage::Delivered,
            _ => LineStage::Ready,
        },
        "AWAITING_COLLECTION" => LineStage::Packed,
        "IN_TRANSIT" => LineStage::Shipped,
        "DELIVERED" => LineStage::Delivered,
        "COMPLETED" => LineStage::Completed,
        // Cancelled after the carrier had it: the goods are on their way back or lost, not on the shelf (§9.4).
        "CANCELLED" | "CANCEL" if matches!(parcel, "FULFILLING" | "COMPLETED") => LineStage::Failed,
        "CANCELLED" | "CANCEL" => LineStage::Cancelled,
        word => LineStage::Unknown(word.to_owned()),
    }
}

#[cfg(test)]
mod tests;
