//! Orders: pages by time of change that skip nothing, whole orders with what was returned, and two actions (spec 5.3, 8).

use crate::Shop;
use crate::listing::PAGE;
use crate::money::read_dong;
use crate::offer::{number, offer_ref};
use crate::site::{Pairs, pairs};
use crate::stamp::{read_gmt, write_gmt};
use crate::wire::{self, Line};
use ganh_contract::{
    Acted, Action, ActionKind, Cursor, Fault, FaultKind, Head, LineStage, Move, Next, Order, OrderHead,
    OrderLine, Page, Progress, Reading, RemoteOrderId, Result, Seen, Sku, Thing, Vnd, Window,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Statuses that are no orders yet: a visitor at the checkout makes one on 7.9 (spec 8.1).
const NO_ORDERS: [&str; 2] = ["checkout-draft", "auto-draft"];
/// Orders of one second that a page may leave out by name; more would not fit an address.
const SAME_SECOND: usize = 600;

/// Where a walk by change time stands: rows changed after this second, but not these, which were read already.
///
/// No page numbers: an order that changes during the walk leaves its place, and every row behind it would move up by one,
/// unread. Rows of one second come in any order on old shops (spec 5.1), so those read are left out by id.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    after: Timestamp,
    read: BTreeSet<u64>,
}

/// One page of orders changed in the window. The shop's bounds are exclusive and whole seconds: both ends are widened.
pub async fn orders(shop: &Shop, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
    const CALL: &str = "orders";
    let place = match from {
        None => Place { after: second(window.from, -1), read: BTreeSet::new() },
        Some(cursor) => serde_json::from_str(cursor.as_str()).map_err(|_| {
            Fault::new(CALL, FaultKind::Conflict { holder: None }).said("no cursor of this walk")
        })?,
    };
    let reply = shop.site.get::<Vec<Box<RawValue>>>(CALL, "orders", asked(&place, window)).await?;
    let rows: Vec<(wire::Order, &str)> =
        reply.value.iter().map(|row| (read_lenient(row.get()), row.get())).collect();
    let is_full = rows.len() >= PAGE || reply.total.is_some_and(|total| total > rows.len());
    let next = if is_full { next(&place, &rows) } else { Next::End };
    let is_order = |row: &&(wire::Order, &str)| !NO_ORDERS.contains(&row.0.status.as_str());
    let heads = rows.iter().filter(is_order).map(|(row, raw)| head(row, raw, reply.sent_at)).collect();
    Ok(Page { rows: heads, next, as_of: reply.sent_at })
}

fn asked(place: &Place, window: Window) -> Pairs {
    let mut asked = pairs([
        ("orderby", "modified".to_owned()),
        ("order", "asc".to_owned()),
        ("status", "any".to_owned()),
        ("modified_after", write_gmt(place.after)),
        ("modified_before", write_gmt(second(window.until, 2))),
        ("dates_are_gmt", "true".to_owned()),
        ("per_page", PAGE.to_string()),
    ]);
    if !place.read.is_empty() {
        let ids: Vec<String> = place.read.iter().map(ToString::to_string).collect();
        asked.push(("exclude".to_owned(), ids.join(",")));
    }
    asked
}

/// The whole second of an instant, moved.
fn second(at: Timestamp, by: i64) -> Timestamp {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.checked_add(SignedDuration::from_secs(by)).unwrap_or(whole)
}

fn next(place: &Place, rows: &[(wire::Order, &str)]) -> Next {
    let last = rows.iter().filter_map(|(row, _)| read_gmt(&row.date_modified_gmt)).max();
    let Some(last) = last else { return Next::TooMany };
    let after = second(last, -1);
    let in_last =
        rows.iter().filter(|(row, _)| read_gmt(&row.date_modified_gmt) == Some(last)).map(|(row, _)| row.id);
    let mut read: BTreeSet<u64> = in_last.collect();
    if after == place.after {
        // Still the same second. Nothing new means that the shop does not leave out what it was told to.
        if read.is_subset(&place.read) {
            return Next::TooMany;
        }
        read.extend(&place.read);
    }
    if after < place.after || read.len() > SAME_SECOND {
        return Next::TooMany;
    }
    match serde_json::to_string(&Place { after, read }) {
        Ok(text) => Next::More(Cursor::new(text)),
        Err(_) => Next::TooMany,
    }
}

/// An order without refunds is whole; of the others the lines of the refunds are still to be read.
fn head(row: &wire::Order, raw: &str, at: Timestamp) -> OrderHead {
    let seen = if row.refunds.is_empty() {
        Seen::Whole(Box::new(reading(row.id, raw, &[], at)))
    } else {
        Seen::Part(raw.to_owned())
    };
    Head { id: RemoteOrderId::new(row.id.to_string()), changed_at: read_gmt(&row.date_modified_gmt), seen }
}

/// Completes heads, or reads orders by id. One that is gone, or in the bin, is `Missing`.
pub async fn read_orders(shop: &Shop, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
    const CALL: &str = "read_orders";
    let known = |head: &OrderHead| matches!(head.seen, Seen::Part(_) | Seen::Whole(_));
    let asked_for: BTreeSet<u64> =
        heads.iter().filter(|head| !known(head)).filter_map(|head| number(head.id.as_str())).collect();
    let mut found: BTreeMap<u64, String> = BTreeMap::new();
    let mut at = None;
    if !asked_for.is_empty() {
        let ids: Vec<String> = asked_for.iter().map(ToString::to_string).collect();
        let asked =
            pairs([("include", ids.join(",")), ("status", "any".to_owned()), ("per_page", PAGE.to_string())]);
        let reply = shop.site.get::<Vec<Box<RawValue>>>(CALL, "orders", asked).await?;
        at = Some(reply.sent_at);
        let rows = reply.value.iter().map(|row| (read_lenient(row.get()).id, row.get().to_owned()));
        found.extend(rows.filter(|(id, _)| asked_for.contains(id)));
    }
    let mut readings = Vec::with_capacity(heads.len());
    for head in heads {
        let raw = match &head.seen {
            Seen::Whole(reading) => {
                readings.push((**reading).clone());
                continue;
            }
            Seen::Part(raw) => Some(raw.clone()),
            Seen::Id => number(head.id.as_str()).and_then(|id| found.remove(&id)),
        };
        readings.push(match raw {
            Some(raw) => complete(shop, CALL, raw, at).await?,
            None => {
                let value = Err(Fault::new(CALL, FaultKind::Missing(Thing::Order)));
                Reading { id: head.id.to_string(), as_of: at.unwrap_or_default(), raw: String::new(), value }
            }
        });
    }
    Ok(readings)
}

async fn complete(
    shop: &Shop,
    call: &'static str,
    raw: String,
    at: Option<Timestamp>,
) -> Result<Reading<Order>> {
    let row = read_lenient(&raw);
    if row.refunds.is_empty()
        && let Some(at) = at
    {
        return Ok(reading(row.id, &raw, &[], at));
    }
    let asked = pairs([("per_page", PAGE.to_string())]);
    let refunds =
        shop.site.get::<Vec<wire::Refund>>(call, &format!("orders/{}/refunds", row.id), asked).await?;
    // The order's own text may be older than this call; the earlier moment is the honest one, and it is not known better.
    let mut whole = reading(row.id, &raw, &refunds.value, at.unwrap_or(refunds.sent_at));
    whole.raw = format!("{raw}\n{}", refunds.raw);
    Ok(whole)
}

fn read_lenient(raw: &str) -> wire::Order {
    serde_json::from_str(raw).unwrap_or_else(|_| {
        let id = serde_json::from_str::<wire::Thing>(raw).map_or(0, |thing| thing.id);
        wire::Order { id, ..wire::Order::default() }
    })
}

fn reading(id: u64, raw: &str, refunds: &[wire::Refund], at: Timestamp) -> Reading<Order> {
    let unreadable = |said: String| Fault::new("orders", FaultKind::Unintelligible).said(said);
    let value = serde_json::from_str::<wire::Order>(raw)
        .map_err(|error| unreadable(error.to_string()))
        .and_then(|row| order(&row, refunds).map_err(unreadable));
    Reading { id: id.to_string(), as_of: at, raw: raw.to_owned(), value }
}

/// An order in our words.
///
/// # Errors
/// What could not be understood: an order that is half understood would move stock wrongly.
pub fn order(row: &wire::Order, refunds: &[wire::Refund]) -> Result<Order, String> {
    let placed_at = read_gmt(&row.date_created_gmt).ok_or("no date of creation")?;
    let changed_at = read_gmt(&row.date_modified_gmt).ok_or("no date of change")?;
    let stage = stage(&row.status);
    // Other money than đồng cannot be told in đồng; units and lines can.
    let is_dong = row.currency.is_empty() || row.currency == "VND";
    let amount = |text: &str| -> Result<Vnd, String> {
        if is_dong { Ok(read_dong(text)?.unwrap_or(Vnd(0))) } else { Ok(Vnd(0)) }
    };
    let returned = returned(refunds);
    let mut lines = Vec::with_capacity(row.line_items.len());
    for line in &row.line_items {
        let units = line.quantity.and_then(|units| u32::try_from(units).ok());
        let units = units.ok_or_else(|| format!("line {}: no whole number of units", line.id))?;
        let total = amount(&line.total)?.get().saturating_add(amount(&line.total_tax)?.get());
        let is_cancelled = stage == LineStage::Cancelled;
        let sent_back = match stage {
            LineStage::Returned => units,
            LineStage::Cancelled => 0,
            _ => returned.get(&line.id).copied().unwrap_or(0).min(units),
        };
        lines.push(OrderLine {
            id: line.id.to_string().into(),
            offer: sold(line),
            sku: Some(line.sku.as_str()).filter(|sku| !sku.is_empty()).map(Sku::new),
            units,
            cancelled: if is_cancelled { units } else { 0 },
            returned: sent_back,
            stage: if sent_back == units && units > 0 { LineStage::Returned } else { stage.clone() },
            unit_price: Vnd(total / i64::from(units.max(1))),
            package: None,
            stocked_by_channel: false,
        });
    }
    Ok(Order {
        id: row.id.to_string().into(),
        placed_at,
        changed_at,
        lines,
        kin: Vec::new(),
        total: amount(&row.total)?,
        act_by: None,
    })
}

/// A deleted product leaves 0: such a line is kept and goes to a person (spec 8.1).
fn sold(line: &Line) -> Option<ganh_contract::OfferRef> {
    let variation = Some(line.variation_id).filter(|id| *id > 0);
    (line.product_id > 0).then(|| offer_ref(line.product_id, variation))
}

/// Units given back, by line of the order. A refund's own counts are negative and name the line in their notes (spec 8.4).
fn returned(refunds: &[wire::Refund]) -> BTreeMap<u64, u32> {
    let mut returned: BTreeMap<u64, u32> = BTreeMap::new();
    for line in refunds.iter().flat_map(|refund| &refund.line_items) {
        let told = line.meta_data.iter().find(|meta| meta.key == "_refunded_item_id").map(|meta| &meta.value);
        let id = told.and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
        let units = line.quantity.map(i64::unsigned_abs).and_then(|units| u32::try_from(units).ok());
        if let (Some(id), Some(units)) = (id, units) {
            let sum = returned.entry(id).or_default();
            *sum = sum.saturating_add(units);
        }
    }
    returned
}

/// The shop's word for the order as the stage of its lines (spec 8.3, 11). `failed` counts as cancelled for us, although
/// shops before 11.0 do not give its stock back: the next stock write puts that right.
pub fn stage(status: &str) -> LineStage {
    match status.strip_prefix("wc-").unwrap_or(status) {
        "pending" => LineStage::Unpaid,
        "on-hold" | "processing" => LineStage::Ready,
        "completed" => LineStage::Completed,
        "cancelled" | "failed" => LineStage::Cancelled,
        "refunded" => LineStage::Returned,
        other => LineStage::Unknown(other.to_owned()),
    }
}

/// What the order's status allows now.
pub async fn moves(shop: &Shop, order: &RemoteOrderId) -> Result<Vec<Move>> {
    let row = read_one(shop, "moves", order).await?;
    let kinds: &[ActionKind] = match stage(&row.status) {
        LineStage::Unpaid => &[ActionKind::Cancel],
        LineStage::Ready => &[ActionKind::Confirm, ActionKind::Cancel],
        _ => &[],
    };
    let one = |kind: &ActionKind| Move {
        kind: *kind,
        whole: true,
        places: Vec::new(),
        slots: Vec::new(),
        carriers: Vec::new(),
        reasons: Vec::new(),
        by: None,
    };
    Ok(kinds.iter().map(one).collect())
}

/// Sets the status: completed or cancelled. Already so is success; a batch is never used, since it un-sells on a bad word (spec 7).
pub async fn act(shop: &Shop, order: &RemoteOrderId, action: &Action) -> Result<Progress<Acted>> {
    const CALL: &str = "act";
    let status = match action.kind {
        ActionKind::Confirm => "completed",
        ActionKind::Cancel if action.lines.is_empty() => "cancelled",
        _ => return Err(Fault::unsupported(CALL)),
    };
    let row = read_one(shop, CALL, order).await?;
    if row.status == status {
        return Ok(Progress::Done(Acted::Done));
    }
    let is_open = matches!(stage(&row.status), LineStage::Unpaid | LineStage::Ready);
    if !is_open {
        return Err(Fault::new(CALL, FaultKind::Conflict { holder: None })
            .said(format!("the order is {}", row.status)));
    }
    let mut body = json!({ "status": status });
    if let Some(tracking) = &action.tracking {
        body["meta_data"] = json!([{ "key": "_ganh_tracking", "value": tracking }]);
    }
    let changed = shop.site.set::<Value>(CALL, &format!("orders/{}", row.id), &body).await?.value;
    match changed.get("status").and_then(Value::as_str) {
        Some(now) if now == status => Ok(Progress::Done(Acted::Done)),
        now => {
            Err(Fault::new(CALL, FaultKind::Conflict { holder: None }).said(format!("the order is {now:?}")))
        }
    }
}

async fn read_one(shop: &Shop, call: &'static str, order: &RemoteOrderId) -> Result<wire::Order> {
    let missing = || Fault::new(call, FaultKind::Missing(Thing::Order));
    let id = number(order.as_str()).ok_or_else(missing)?;
    Ok(shop.site.get::<wire::Order>(call, &format!("orders/{id}"), Vec::new()).await?.value)
}

#[cfg(test)]
#[path = "order/tests.rs"]
mod tests;
