//! Orders and returns in (spec §5.1–5.3, §5.6). The buyer's data stays in the raw answer.

use crate::Shop;
use crate::call::Reply;
use crate::wire::{OrderDetail, OrderItem, OrderPage, Orders, Package, ReturnHead};
use ganh_contract::{
    Cursor, Fault, FaultKind, Head, LineStage, Next, OfferKind, OfferRef, Order, OrderHead, OrderLine, Page,
    Reading, RemoteLineId, RemoteListingId, RemoteOfferId, RemoteOrderId, RemotePackageId, Result, Seen, Sku,
    Thing, Vnd, Window,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Everything that must be named to be told (§5.2).
const FIELDS: &str = "buyer_user_id,buyer_username,estimated_shipping_fee,recipient_address,actual_shipping_fee,goods_to_declare,note,\
note_update_time,item_list,pay_time,dropshipper,dropshipper_phone,split_up,buyer_cancel_reason,cancel_by,cancel_reason,\
actual_shipping_fee_confirmed,buyer_cpf_id,fulfillment_flag,pickup_done_time,package_list,shipping_carrier,payment_method,total_amount,\
invoice_data,order_chargeable_weight_gram,return_request_due_date,edt,payment_info,international_label";

/// By update time, both ends included; `PENDING` orders are shown because we ask for them (§8 no. 15).
pub(crate) async fn orders(shop: &Shop, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
    let (start, end) = seconds(window);
    let mut query = vec![
        ("time_range_field", "update_time".to_owned()),
        ("time_from", start.to_string()),
        ("time_to", end.to_string()),
        ("page_size", shop.line.app.facts.batch.page.to_string()),
        ("response_optional_fields", "order_status".to_owned()),
        ("request_order_status_pending", "true".to_owned()),
    ];
    query.push(("cursor", from.map_or_else(String::new, |cursor| cursor.as_str().to_owned())));
    let reply = match shop.line.get("get_order_list", "/api/v2/order/get_order_list", query).await {
        Ok(reply) => reply,
        Err(fault) if from.is_some() && is_about_cursor(&fault) => {
            return Err(Fault { kind: Box::new(FaultKind::Conflict { holder: None }), ..fault });
        }
        Err(fault) => return Err(fault),
    };
    let page: OrderPage = reply.response()?;
    let rows = page
        .order_list
        .0
        .iter()
        .filter_map(|row| Some((RemoteOrderId::new(row.order_sn.filled()?), row.order_status.as_str())))
        .map(|(id, status)| Head { id, changed_at: None, seen: told(status) })
        .collect();
    let next = match page.next_cursor.filled() {
        Some(cursor) if page.more.0 => Next::More(Cursor::new(cursor)),
        // More without a cursor cannot be walked; smaller windows can.
        None if page.more.0 => Next::TooMany,
        Some(_) | None => Next::End,
    };
    Ok(Page { rows, next, as_of: reply.sent_at })
}

/// The list tells no time, only the status (§5.1): what was read before is known by it.
fn told(status: &str) -> Seen<Order> {
    if status.is_empty() { Seen::Id } else { Seen::Part(json!({ "order_status": status }).to_string()) }
}

/// A cursor that is not of this walk is a wrong parameter here (§5.1); the walk starts again.
fn is_about_cursor(fault: &Fault) -> bool {
    let FaultKind::Refused(complaints) = &*fault.kind else { return false };
    complaints.iter().any(|one| one.field.as_deref() == Some("cursor") || one.said.contains("cursor"))
}

/// Whole seconds around the window; the start must be earlier than the end (§5.1).
fn seconds(window: Window) -> (i64, i64) {
    let start = window.from.as_second();
    let whole = window.until.as_second();
    let end = if window.until.subsec_nanosecond() > 0 { whole + 1 } else { whole };
    (start, end.max(start + 1))
}

pub(crate) async fn read_orders(shop: &Shop, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
    let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
    match details(shop, &ids).await {
        Ok(reply) => readings(&reply, heads),
        // One that is not there hides the others (§5.2): they are asked for one by one.
        Err(fault) if is_missing(&fault) && heads.len() > 1 => {
            let mut all = Vec::with_capacity(heads.len());
            for head in heads {
                all.extend(read_alone(shop, heads, head).await?);
            }
            Ok(all)
        }
        Err(fault) if is_missing(&fault) => {
            Ok(heads.iter().map(|head| absent(shop, head, fault.clone())).collect())
        }
        Err(fault) => Err(fault),
    }
}

async fn read_alone(shop: &Shop, heads: &[OrderHead], head: &OrderHead) -> Result<Vec<Reading<Order>>> {
    let mates: Vec<OrderHead> = heads.iter().filter(|other| other.id == head.id).cloned().collect();
    match details(shop, &[head.id.as_str()]).await {
        Ok(reply) => Ok(readings(&reply, &mates)?.into_iter().take(1).collect()),
        Err(fault) if is_missing(&fault) => Ok(vec![absent(shop, head, fault)]),
        Err(fault) => Err(fault),
    }
}

fn is_missing(fault: &Fault) -> bool {
    *fault.kind == FaultKind::Missing(Thing::Order)
}

fn absent(shop: &Shop, head: &OrderHead, fault: Fault) -> Reading<Order> {
    let as_of = shop.line.app.gateway.clock().now();
    Reading { id: head.id.as_str().to_owned(), as_of, raw: String::new(), value: Err(fault) }
}

async fn details(shop: &Shop, ids: &[&str]) -> Result<Reply> {
    let query = vec![
        ("order_sn_list", ids.join(",")),
        ("response_optional_fields", FIELDS.to_owned()),
        ("request_order_status_pending", "true".to_owned()),
    ];
    shop.line.get("get_order_detail", "/api/v2/order/get_order_detail", query).await
}

/// One reading for each head, in order; an unreadable order is an `Err` in its own.
fn readings(reply: &Reply, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
    let orders: Orders = reply.response::<Option<Orders>>()?.unwrap_or_default();
    let reading = |head: &OrderHead| {
        let id = head.id.as_str();
        let row =
            orders.order_list.0.iter().find(|row| row.get("order_sn").and_then(Value::as_str) == Some(id));
        let Some(row) = row else {
            let missing = Fault::new(reply.call, FaultKind::Missing(Thing::Order));
            return Reading {
                id: id.to_owned(),
                as_of: reply.sent_at,
                raw: String::new(),
                value: Err(missing),
            };
        };
        let returned = returned(heads, &head.id);
        let raw = json!({ "order": row, "returns": returned.iter().map(|one| one.raw.clone()).collect::<Vec<_>>() });
        let value =
            reply.read::<OrderDetail>(row.clone()).and_then(|detail| order(reply, &detail, &returned));
        Reading { id: id.to_owned(), as_of: reply.sent_at, raw: raw.to_string(), value }
    };
    Ok(heads.iter().map(reading).collect())
}

fn order(reply: &Reply, detail: &OrderDetail, returned: &[Returned]) -> Result<Order> {
    let instant = |seconds: Option<i64>| Timestamp::from_second(seconds?).ok();
    let unreadable = |what: &str| reply.unintelligible(what);
    let placed_at =
        instant(detail.create_time.0).ok_or_else(|| unreadable("the order has no time of creation"))?;
    if detail.item_list.0.is_empty() {
        return Err(unreadable("the order has no lines"));
    }
    let mut lines: Vec<OrderLine> = Vec::with_capacity(detail.item_list.0.len());
    for item in &detail.item_list.0 {
        lines.push(line(detail, item, returned, &lines));
    }
    Ok(Order {
        id: RemoteOrderId::new(detail.order_sn.as_str()),
        placed_at,
        changed_at: instant(detail.update_time.0).unwrap_or(placed_at),
        lines,
        kin: Vec::new(),
        total: Vnd(detail.total_amount.or_zero()),
        act_by: instant(detail.ship_by_date.0.filter(|at| *at > 0)),
    })
}

fn line(detail: &OrderDetail, item: &OrderItem, returned: &[Returned], before: &[OrderLine]) -> OrderLine {
    let (item_id, model_id) = (item.item_id.or_zero(), item.model_id.or_zero());
    let package = detail.package_list.0.iter().find(|package| holds(package, item));
    let stage = stage(detail.order_status.as_str(), package.map(|package| package.logistics_status.as_str()));
    // What was bought, also where the channel tells only what is left of it.
    let parts =
        item.active_qty.map_or(0, |n| n.units()).saturating_add(item.cancelled_qty.map_or(0, |n| n.units()));
    let units = item.model_quantity_purchased.units().max(parts);
    let cancelled = match stage {
        LineStage::Cancelled => units,
        _ => item.cancelled_qty.map_or(0, |n| n.units()).min(units),
    };
    let back: u32 =
        returned.iter().filter(|one| one.is_counted).map(|one| one.units(item_id, model_id)).sum();
    let sku = if model_id == 0 { item.item_sku.filled() } else { item.model_sku.filled() };
    let offer = (item_id > 0).then(|| OfferRef {
        listing: RemoteListingId::new(item_id.to_string()),
        offer: RemoteOfferId::new(if model_id == 0 { String::new() } else { model_id.to_string() }),
        kind: if model_id == 0 { OfferKind::Alone } else { OfferKind::Variant },
    });
    // A bundle deal tells 0 (§5.2).
    let price = [item.model_discounted_price, item.model_original_price]
        .into_iter()
        .find(|price| price.or_zero() > 0);
    OrderLine {
        id: line_id(item, before),
        offer,
        sku: sku.map(Sku::new),
        units,
        cancelled,
        returned: back.min(units),
        stage,
        unit_price: Vnd(price.map_or(0, |price| price.or_zero())),
        package: package.and_then(|package| package.package_number.filled()).map(RemotePackageId::new),
        stocked_by_channel: detail.fulfillment_flag.as_str() == "fulfilled_by_shopee",
    }
}

/// `order_item_id` alone may be the item's id (§5.2 sample), so the model and the promotion group stand in the name; a repeat gets a number.
fn line_id(item: &OrderItem, before: &[OrderLine]) -> RemoteLineId {
    let group = item.promotion_group_id.filled().filter(|group| *group != "0");
    let name = format!(
        "{}-{}-{}{}",
        item.item_id.or_zero(),
        item.model_id.or_zero(),
        item.order_item_id.as_str(),
        group.map(|group| format!("-{group}")).unwrap_or_default(),
    );
    let twins =
        before.iter().filter(|line| line.id.as_str().split('#').next() == Some(name.as_str())).count();
    RemoteLineId::new(if twins == 0 { name } else { format!("{name}#{}", twins + 1) })
}

fn holds(package: &Package, item: &OrderItem) -> bool {
    package.item_list.0.iter().any(|packed| {
        packed.item_id == item.item_id
            && packed.model_id.or_zero() == item.model_id.or_zero()
            && (packed.order_item_id.filled().is_none() || packed.order_item_id == item.order_item_id)
            && (packed.promotion_group_id.filled().is_none()
                || packed.promotion_group_id == item.promotion_group_id)
    })
}

/// The order's status, sharpened by that of the line's parcel: parcels of a split order move apart (§5.3).
fn stage(order: &str, parcel: Option<&str>) -> LineStage {
    let by_parcel = match parcel.unwrap_or_default() {
        "LOGISTICS_REQUEST_CREATED" | "LOGISTICS_PICKUP_RETRY" => Some(LineStage::Packed),
        "LOGISTICS_PICKUP_DONE" => Some(LineStage::Shipped),
        "LOGISTICS_DELIVERY_DONE" => Some(LineStage::Delivered),
        _ => None,
    };
    let left_us = matches!(
        parcel,
        Some(
            "LOGISTICS_PICKUP_DONE"
                | "LOGISTICS_DELIVERY_DONE"
                | "LOGISTICS_DELIVERY_FAILED"
                | "LOGISTICS_LOST"
        )
    );
    match order {
        "UNPAID" => LineStage::Unpaid,
        "PENDING" | "INVOICE_PENDING" => LineStage::Pending,
        "READY_TO_SHIP" => by_parcel.unwrap_or(LineStage::Ready),
        "PROCESSED" | "RETRY_SHIP" => by_parcel.unwrap_or(LineStage::Packed),
        "SHIPPED" => by_parcel.filter(|stage| *stage != LineStage::Packed).unwrap_or(LineStage::Shipped),
        "TO_CONFIRM_RECEIVE" => LineStage::Delivered,
        "COMPLETED" => LineStage::Completed,
        "IN_CANCEL" => LineStage::Cancelling,
        // Cancelled after it had left: the goods are on their way back or lost, not on the shelf.
        "CANCELLED" if left_us => LineStage::Failed,
        "CANCELLED" => LineStage::Cancelled,
        "TO_RETURN" => LineStage::Returning,
        word => LineStage::Unknown(word.to_owned()),
    }
}

/// What a list of returns told of an order.
struct Returned {
    raw: Value,
    head: ReturnHead,
    is_counted: bool,
}

impl Returned {
    fn units(&self, item_id: i64, model_id: i64) -> u32 {
        let items = self.head.item.0.iter();
        let mine =
            items.filter(|item| item.item_id.or_zero() == item_id && item.model_id.or_zero() == model_id);
        mine.map(|item| item.amount.units()).sum()
    }
}

/// Each return of this order once, from the parts that came with the heads. Accepted ones count; asked for ones do not yet.
fn returned(heads: &[OrderHead], order: &RemoteOrderId) -> Vec<Returned> {
    let mut all: Vec<Returned> = Vec::new();
    for head in heads.iter().filter(|head| head.id == *order) {
        let Seen::Part(text) = &head.seen else { continue };
        let Ok(raw) = serde_json::from_str::<Value>(text) else { continue };
        let Ok(told) = serde_json::from_value::<ReturnHead>(raw.clone()) else { continue };
        if raw.get("order_status").is_some() || all.iter().any(|known| known.head.return_sn == told.return_sn)
        {
            continue;
        }
        let is_counted = matches!(told.status.as_str(), "ACCEPTED" | "PROCESSING");
        all.push(Returned { raw, head: told, is_counted });
    }
    all
}

/// A list of its own: a return after completion moves no order (§5.6). Pages are numbered from 0; an identical first page does no harm.
pub(crate) async fn returns(shop: &Shop, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
    const CALL: &str = "get_return_list";
    let (start, end) = seconds(window);
    let stale = || Fault::new(CALL, FaultKind::Conflict { holder: None });
    let number: u32 = from.map_or(Ok(0), |cursor| cursor.as_str().parse().map_err(|_| stale()))?;
    let query = vec![
        ("page_no", number.to_string()),
        ("page_size", shop.line.app.facts.batch.page.to_string()),
        ("update_time_from", start.to_string()),
        ("update_time_to", end.to_string()),
    ];
    let reply = shop.line.get(CALL, "/api/v2/returns/get_return_list", query).await?;
    let response = reply.body.get("response").cloned().unwrap_or(Value::Null);
    let list = response.get("return").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut rows = Vec::with_capacity(list.len());
    for row in list {
        // Without the buyer's name and pictures: a head is memory, not an archive.
        let Ok(told) = reply.read::<ReturnHead>(row.clone()) else { continue };
        let Some(id) = told.order_sn.filled() else { continue };
        let items: Vec<Value> = told
            .item
            .0
            .iter()
            .map(|item| json!({ "item_id": item.item_id.0, "model_id": item.model_id.0, "amount": item.amount.0 }))
            .collect();
        let part = json!({ "return_sn": told.return_sn.as_str(), "order_sn": id, "status": told.status.as_str(), "item": items });
        let changed_at = told.update_time.0.and_then(|at| Timestamp::from_second(at).ok());
        rows.push(Head { id: RemoteOrderId::new(id), changed_at, seen: Seen::Part(part.to_string()) });
    }
    let more =
        serde_json::from_value::<crate::lenient::Flag>(response.get("more").cloned().unwrap_or(Value::Null));
    let next = if more.is_ok_and(|more| more.0) {
        Next::More(Cursor::new((number + 1).to_string()))
    } else {
        Next::End
    };
    Ok(Page { rows, next, as_of: reply.sent_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_stage_and_an_unknown_one_keeps_its_word() {
        assert_eq!(stage("UNPAID", None), LineStage::Unpaid);
        assert_eq!(stage("PENDING", None), LineStage::Pending);
        assert_eq!(stage("READY_TO_SHIP", Some("LOGISTICS_READY")), LineStage::Ready);
        assert_eq!(stage("READY_TO_SHIP", Some("LOGISTICS_REQUEST_CREATED")), LineStage::Packed);
        assert_eq!(stage("RETRY_SHIP", None), LineStage::Packed);
        assert_eq!(stage("SHIPPED", Some("LOGISTICS_REQUEST_CREATED")), LineStage::Shipped);
        assert_eq!(stage("CANCELLED", Some("LOGISTICS_REQUEST_CANCELED")), LineStage::Cancelled);
        assert_eq!(stage("CANCELLED", Some("LOGISTICS_LOST")), LineStage::Failed);
        assert_eq!(stage("SOMETHING_NEW", None), LineStage::Unknown("SOMETHING_NEW".into()));
    }

    #[test]
    fn a_window_is_widened_to_whole_seconds_and_never_empty() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let window = Window { from: at("2026-01-01T00:00:00.9Z"), until: at("2026-01-01T00:00:05.1Z") };
        let instant = Window { from: at("2026-01-01T00:00:00Z"), until: at("2026-01-01T00:00:00Z") };

        assert_eq!(seconds(window), (1_767_225_600, 1_767_225_606));
        assert_eq!(seconds(instant), (1_767_225_600, 1_767_225_601));
    }
}
