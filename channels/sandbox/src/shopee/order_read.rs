//! Reading orders (spec 5.1, 5.2): lists by time with a cursor, details with only the fields that were named.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::limit;
use super::media;
use super::order::{Line, Order, Package};
use super::order_state::Status;
use super::world::{Shop, World};

const DAYS_15: i64 = 15 * 86_400;
const FILTERS: [&str; 8] = [
    "UNPAID",
    "READY_TO_SHIP",
    "PROCESSED",
    "SHIPPED",
    "COMPLETED",
    "IN_CANCEL",
    "CANCELLED",
    "INVOICE_PENDING",
];
/// A status word nobody has heard of.
const UNKNOWN: &str = "AWAITING_MOON";

/// `GET /order/get_order_list`.
pub fn get_order_list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let is_created = match call.arg("time_range_field") {
        Some("create_time") => true,
        Some("update_time") => false,
        Some("") | None => return Err(Refusal::missing("time_range_field")),
        Some(_) => return Err(Refusal::wrong("time_range_field must be create_time or update_time.")),
    };
    let from = call.int_between("time_from", 0, i64::MAX)?;
    let to = call.int_between("time_to", 0, i64::MAX)?;
    let page = usize::try_from(call.int_between("page_size", 1, 100)?).unwrap_or(100);
    if from >= to || to - from > DAYS_15 {
        return Err(Refusal::new(
            "order.order_list_invalid_time",
            "Start time must be earlier than end time and diff in 15days.",
        ));
    }
    let filter = call.arg("order_status").filter(|word| !word.is_empty());
    if filter.is_some_and(|word| !FILTERS.contains(&word)) {
        return Err(Refusal::wrong("order_status is invalid."));
    }
    let start = match call.arg("cursor").filter(|cursor| !cursor.is_empty()) {
        None => (from, 0),
        Some(cursor) => read_cursor(cursor).ok_or_else(|| Refusal::wrong("cursor is invalid."))?,
    };
    let start = if call.twist.shift_page {
        shop.orders.before(is_created, start, from).unwrap_or(start)
    } else {
        start
    };
    let shows_pending = call.bool_arg("request_order_status_pending");
    let shows_status = call.list("response_optional_fields").iter().any(|field| field == "order_status");
    let at_ms = call.now_ms - call.twist.stale_ms.max(call.twist.index_ms);
    let (mut rows, mut next) = (Vec::with_capacity(page), None);
    for (key, order) in shop.orders.between(is_created, start.max((from, 0)), to) {
        let word = order.status_at(at_ms).0.shown(shows_pending);
        if order.appeared_ms > at_ms || filter.is_some_and(|filter| filter != word) {
            continue;
        }
        if rows.len() == page {
            next = Some(key);
            break;
        }
        let word = if call.twist.unknown_status { UNKNOWN } else { word };
        let mut row = json!({"order_sn": order.sn});
        if shows_status {
            row["order_status"] = json!(word);
        }
        rows.push(row);
    }
    if call.twist.empty_page {
        return Ok(Success::Response(json!({"more": false, "next_cursor": "", "order_list": []})));
    }
    call.rows.set(rows.len() as u64);
    let cursor = next.map_or_else(String::new, |(time, place)| format!("{time:x}-{place:x}"));
    Ok(Success::Response(json!({"more": next.is_some(), "next_cursor": cursor, "order_list": rows})))
}

fn read_cursor(cursor: &str) -> Option<(i64, usize)> {
    let (time, place) = cursor.split_once('-')?;
    Some((i64::from_str_radix(time, 16).ok()?, usize::from_str_radix(place, 16).ok()?))
}

/// `GET /order/get_shipment_list`: parcels waiting to be arranged.
pub fn get_shipment_list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let page = usize::try_from(call.int_between("page_size", 1, 100)?).unwrap_or(100);
    let start: usize = call.arg("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let waiting = shop
        .orders
        .all()
        .iter()
        .filter(|order| matches!(order.status, Status::ReadyToShip | Status::RetryShip));
    let all: Vec<Value> = waiting
        .flat_map(|order| {
            order
                .packages
                .iter()
                .map(|package| json!({"order_sn": order.sn, "package_number": package.number}))
        })
        .collect();
    let end = all.len().min(start.saturating_add(page));
    let rows = all.get(start..end).unwrap_or_default();
    let more = end < all.len();
    Ok(Success::Response(
        json!({"order_list": rows, "more": more, "next_cursor": if more { end.to_string() } else { String::new() }}),
    ))
}

/// `GET /order/get_order_detail`: unknown numbers are left out, unless all are unknown.
pub fn get_order_detail(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let numbers = call.list("order_sn_list");
    if numbers.is_empty() {
        return Err(Refusal::missing("order_sn_list"));
    }
    if numbers.len() > 50 {
        return Err(Refusal::wrong("order_sn_list should be no more than 50."));
    }
    call.rows.set(numbers.len() as u64);
    let fields = call.list("response_optional_fields");
    let at_ms = call.now_ms - call.twist.stale_ms;
    let location = shop.location.clone();
    let mut rows = Vec::with_capacity(numbers.len());
    for sn in &numbers {
        let Some(order) = shop.orders.find_mut(sn).filter(|order| order.appeared_ms <= at_ms) else {
            continue;
        };
        let mut row = detail(order, call, at_ms, &fields, &location);
        if std::mem::take(&mut order.is_garbled) {
            row.insert("create_time".to_owned(), json!("\u{fffd}\u{fffd}"));
            row.insert("item_list".to_owned(), json!("\u{fffd}"));
        }
        rows.push(Value::Object(row));
    }
    if rows.is_empty() {
        return Err(Refusal::new("error_not_found", "Wrong parameters, detail: the order is not found."));
    }
    if call.twist.empty_page {
        rows.clear();
    }
    Ok(Success::Response(json!({ "order_list": rows })))
}

fn detail(order: &Order, call: &Call, at_ms: i64, fields: &[String], location: &str) -> Map<String, Value> {
    let (status, updated_s) = order.status_at(at_ms);
    let word = if call.twist.unknown_status {
        UNKNOWN
    } else {
        status.shown(call.bool_arg("request_order_status_pending"))
    };
    let mut row = super::channel::flat(json!({
        "order_sn": order.sn,
        "region": "VN",
        "currency": "VND",
        "cod": order.is_cod,
        "order_status": word,
        "message_to_seller": "",
        "create_time": order.created_s,
        "update_time": updated_s,
        "days_to_ship": limit::DAYS_TO_SHIP,
        "ship_by_date": order.created_s + limit::DAYS_TO_SHIP * 86_400,
    }));
    for field in fields {
        if let Some(found) = optional(order, call, field, location) {
            row.insert(field.clone(), found);
        }
    }
    row
}

/// A field that comes only when named (spec 5.2). `None`: no such field.
fn optional(order: &Order, call: &Call, field: &str, location: &str) -> Option<Value> {
    let found = match field {
        "buyer_user_id" => json!(order.buyer_id),
        "buyer_username" => json!(order.buyer_name),
        "estimated_shipping_fee" => json!(SHIPPING_FEE),
        "recipient_address" => recipient(),
        "actual_shipping_fee" => json!(if order.picked_up_s > 0 { SHIPPING_FEE } else { 0 }),
        "actual_shipping_fee_confirmed" => json!(order.picked_up_s > 0),
        "goods_to_declare" | "split_up" => json!(field == "split_up" && order.packages.len() > 1),
        "note" => json!(order.note),
        "note_update_time" => json!(order.note_s),
        "item_list" => order.lines.iter().map(|line| line_row(line, call, location)).collect(),
        "pay_time" => json!(order.paid_s),
        "dropshipper" | "dropshipper_phone" | "buyer_cpf_id" | "invoice_data" | "international_label" => {
            Value::Null
        }
        "buyer_cancel_reason" => json!(order.buyer_cancel_reason),
        "cancel_by" => json!(order.cancel_by),
        "cancel_reason" => json!(order.cancel_reason),
        "fulfillment_flag" => json!("fulfilled_by_local_seller"),
        "pickup_done_time" => json!(order.picked_up_s),
        "package_list" => {
            order.packages.iter().map(|package| package_row(order, package, location)).collect()
        }
        "shipping_carrier" => json!(carrier(order)),
        "payment_method" => json!(if order.is_cod { "Cash on Delivery" } else { "ShopeePay" }),
        "total_amount" => json!(order.goods() + SHIPPING_FEE),
        "order_chargeable_weight_gram" => json!(weight_gram(&order.lines)),
        "return_request_due_date" | "edt" => json!(0),
        "payment_info" => json!([]),
        _ => return None,
    };
    Some(found)
}

/// Whole đồng; every parcel of the sandbox costs the same.
pub const SHIPPING_FEE: i64 = 22_000;

/// The carrier of an order's first parcel.
fn carrier(order: &Order) -> &'static str {
    order
        .packages
        .first()
        .and_then(|package| super::channel::find(package.channel))
        .map_or("", |channel| channel.name)
}

/// Masked as in the VN sample (spec 5.2).
fn recipient() -> Value {
    json!({"name": "P******n", "phone": "******64", "town": "", "district": "Xã Phong Thạnh Tây B", "city": "Huyện Phước Long",
        "state": "Bạc Liêu", "region": "VN", "zipcode": "", "full_address": "Ấp******"})
}

fn line_row(line: &Line, call: &Call, location: &str) -> Value {
    json!({
        "item_id": line.item_id,
        "item_name": line.item_name,
        "item_sku": line.item_sku,
        "model_id": line.model_id,
        "model_name": line.model_name,
        "model_sku": line.model_sku,
        "model_quantity_purchased": line.units,
        "model_original_price": line.price,
        "model_discounted_price": line.discounted,
        "wholesale": false,
        "weight": line.weight,
        "add_on_deal": false,
        "main_item": false,
        "add_on_deal_id": 0,
        "promotion_type": "",
        "promotion_id": 0,
        "promotion_group_id": 0,
        "order_item_id": line.item_id,
        "line_item_id": line.item_id,
        "image_info": {"image_url": format!("{}_tn", media::url_of(call, &line.image))},
        "product_location_id": [location],
        "is_prescription_item": false,
        "is_b2c_owned_item": false,
        "active_qty": line.active(),
        "cancelled_qty": line.cancelled,
    })
}

fn package_row(order: &Order, package: &Package, location: &str) -> Value {
    let inside = package.lines.iter().filter_map(|place| order.lines.get(*place));
    let rows: Vec<Value> = inside
        .clone()
        .map(|line| {
            json!({"item_id": line.item_id, "model_id": line.model_id, "model_quantity": line.active(),
        "order_item_id": line.item_id, "promotion_group_id": 0, "product_location_id": location})
        })
        .collect();
    json!({
        "package_number": package.number,
        "logistics_status": package.logistics,
        "logistics_channel_id": package.channel,
        "shipping_carrier": super::channel::find(package.channel).map_or("", |channel| channel.name),
        "allow_self_design_awb": true,
        "group_shipment_id": Value::Null,
        "parcel_chargeable_weight_gram": weight_gram(inside),
        "item_list": rows,
    })
}

fn weight_gram<'a>(lines: impl IntoIterator<Item = &'a Line>) -> i64 {
    lines.into_iter().map(|line| super::call::dong(line.weight * 1000.0).saturating_mul(line.active())).sum()
}
