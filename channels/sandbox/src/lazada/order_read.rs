//! Orders and their rows as reads print them (spec 5.1–5.4). Personal data is masked.

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::order::{Line, Order};
use super::order_state::Status;
use super::time;
use super::view::money;
use super::world::{Shop, World};

const PAGE: usize = 100;
/// The field's definition says 4500, a guide 5000 (spec 5.2).
const OFFSET: usize = 4_500;
const ORDERS_AT_ONCE: usize = 50;

/// `/orders/get`.
pub fn list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let bound = |name: &str| {
        let Some(words) = call.arg(name) else { return Ok(None) };
        let at = time::read_iso(words);
        at.map(Some).ok_or_else(|| Refusal::isp("17", format!("E017: \"{words}\" Invalid Date Format")))
    };
    let (updated, created) = (bound("update_after")?, bound("created_after")?);
    if updated.is_none() && created.is_none() {
        return Err(Refusal::isp("1", "E001: Parameter update_after is mandatory"));
    }
    let (updated_until, created_until) = (bound("update_before")?, bound("created_before")?);
    let wanted = match call.arg("status") {
        None => None,
        Some(word) => Some(
            Status::filter(word)
                .ok_or_else(|| Refusal::isp("36", format!("E036: \"{word}\" Invalid status filter")))?,
        ),
    };
    let is_by_update = match call.arg("sort_by") {
        None => updated.is_some(),
        Some("updated_at") => true,
        Some("created_at") => false,
        Some(_) => return Err(Refusal::isp("75", "E075: Invalid sort column")),
    };
    let direction = call.arg("sort_direction").map(str::to_ascii_uppercase);
    if direction.as_deref().is_some_and(|word| word != "ASC" && word != "DESC") {
        return Err(Refusal::isp("74", "E074: Invalid sort direction"));
    }
    let offset = call.whole("offset", "14")?.unwrap_or(0);
    if offset > OFFSET {
        return Err(Refusal::isp("14", format!("E014: \"{offset}\" Invalid Offset")));
    }
    let limit = call.whole("limit", "19")?.unwrap_or(PAGE);
    if limit == 0 || limit > PAGE {
        return Err(Refusal::isp("19", format!("E019: \"{limit}\" Invalid Limit")));
    }
    let (low, high) = if is_by_update {
        (updated.unwrap_or(i64::MIN), updated_until.unwrap_or(i64::MAX))
    } else {
        (created.unwrap_or(i64::MIN), created_until.unwrap_or(i64::MAX))
    };
    // Times are compared in the whole seconds that answers print; both ends belong to the window.
    let high = high.saturating_add(999);
    let within = |at: i64, from: Option<i64>, until: Option<i64>| {
        from.is_none_or(|from| at >= from) && until.is_none_or(|until| at <= until.saturating_add(999))
    };
    let youngest = if call.twist.index_ms > 0 { call.now_ms - call.twist.index_ms } else { i64::MAX };
    let mut found: Vec<&Order> = shop
        .orders
        .between(is_by_update, low, high)
        .filter(|order| within(order.updated_ms, updated, updated_until))
        .filter(|order| within(order.created_ms, created, created_until))
        .filter(|order| order.created_ms <= youngest)
        .filter(|order| {
            wanted.as_ref().is_none_or(|wanted| order.lines.iter().any(|line| wanted.contains(&line.status)))
        })
        .collect();
    match (call.arg("sort_by").is_some() || direction.is_some(), direction.as_deref()) {
        (_, Some("DESC")) => found.reverse(),
        (true, _) => {}
        // The default order is not documented: nobody shall rely on one.
        (false, _) => found.sort_by_key(|order| (order.id % 7, order.id)),
    }
    let total = found.len();
    let rows: Vec<Value> = found[call.page(offset, limit, total)]
        .iter()
        .map(|order| order_view(shop, order, call, true))
        .collect();
    call.rows.set(rows.len());
    if rows.is_empty() {
        return Ok(Success::Data(
            json!({"count": 0, "countTotal": if call.twist.empty_page { 0 } else { total }}),
        ));
    }
    Ok(Success::Data(json!({"count": rows.len(), "countTotal": total, "orders": rows})))
}

fn find<'a>(shop: &'a Shop, words: &str) -> Result<&'a Order, Refusal> {
    let invalid = || Refusal::isp("16", format!("E016: \"{words}\" Invalid Order ID"));
    words.parse().ok().and_then(|id| shop.orders.find(id)).ok_or_else(invalid)
}

/// `/order/get`.
pub fn one(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order = find(shop, call.need("order_id")?)?;
    call.rows.set(1);
    Ok(Success::Data(order_view(shop, order, call, false)))
}

/// `/order/items/get`.
pub fn items(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let id = find(shop, call.need("order_id")?)?.id;
    Ok(Success::Data(lines(shop, id, call)))
}

/// `/orders/items/get`.
pub fn many_items(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    call.need("order_ids")?;
    let ids = call
        .ids("order_ids")
        .ok_or_else(|| Refusal::isp("56", "E056: order_ids must be of the form [1,2]"))?;
    if ids.len() > ORDERS_AT_ONCE {
        return Err(Refusal::isp("38", "E038: Too many orders were requested; the limit is 50"));
    }
    if ids.is_empty() {
        return Err(Refusal::isp("37", "E037: One or more order id in the list are incorrect"));
    }
    let known: Vec<u64> = ids.into_iter().filter(|id| shop.orders.find(*id).is_some()).collect();
    if known.is_empty() {
        return Err(Refusal::isp("39", "E039: No orders were found"));
    }
    let rows: Vec<Value> = known
        .into_iter()
        .map(|id| json!({"order_id": id, "order_number": id, "order_items": lines(shop, id, call)}))
        .collect();
    Ok(Success::Data(Value::Array(rows)))
}

/// The rows of an order; once after `garble` they are not readable.
fn lines(shop: &mut Shop, id: u64, call: &Call) -> Value {
    if shop.orders.change(id, |order| std::mem::take(&mut order.is_garbled)) == Some(true) {
        return json!("{order_items: [unreadable");
    }
    let Some(order) = shop.orders.find(id) else { return Value::Null };
    call.rows.set(call.rows.get() + order.lines.len());
    order.lines.iter().map(|line| line_view(shop, order, line, call)).collect()
}

fn status_of(line: &Line, call: &Call) -> &'static str {
    if call.twist.unknown_status {
        return "awaiting_moon";
    }
    let stale_from = call.now_ms - call.twist.stale_ms;
    match line.was {
        Some((at_ms, was)) if call.twist.stale_ms > 0 && at_ms > stale_from => was.word(),
        Some(_) | None => line.status.word(),
    }
}

fn whole(dong: i64) -> String {
    format!("{dong}.00")
}

fn order_view(shop: &Shop, order: &Order, call: &Call, is_listed: bool) -> Value {
    let mut statuses: Vec<&str> = Vec::new();
    for line in &order.lines {
        let word = status_of(line, call);
        if !statuses.contains(&word) {
            statuses.push(word);
        }
    }
    let price: i64 = order.lines.iter().map(|line| line.price).sum();
    let district = if is_listed { "addressDsitrict" } else { "addressDistrict" };
    let address = json!({
        "first_name": "T********n", "last_name": "", "phone": "84********12", "phone2": "", "address1": "1*************n",
        "address2": "", "address3": "Hồ Chí Minh", "address4": "Quận Tân Bình", "address5": "Phường 13", "city": "Quận Tân Bình",
        "post_code": "", "country": "Vietnam", district: "Quận Tân Bình",
    });
    let warehouse = order.lines.first().map_or(0, |line| line.warehouse);
    json!({
        "order_id": order.id, "order_number": order.id, "created_at": time::spaced(order.created_ms),
        "updated_at": time::spaced(order.updated_ms), "address_updated_at": time::spaced(order.created_ms),
        "statuses": statuses, "items_count": order.lines.len(), "price": whole(price),
        "shipping_fee": money(order.shipping_fee), "shipping_fee_original": money(order.shipping_fee * 2),
        "shipping_fee_discount_seller": 0.0, "shipping_fee_discount_platform": money(order.shipping_fee),
        "voucher": money(order.voucher), "voucher_seller": money(order.voucher), "voucher_platform": 0.0, "voucher_code": "",
        "payment_method": order.payment_method, "warehouse_code": shop.warehouses[warehouse].code,
        "customer_first_name": "T********n", "customer_last_name": "", "gift_option": false, "gift_message": "", "remarks": "",
        "buyer_note": order.note, "delivery_info": "", "promised_shipping_times": "", "national_registration_number": "",
        "tax_code": "", "branch_number": "", "extra_attributes": "{\"TaxInvoiceRequested\":false}",
        "need_cancel_confirm": order.lines.iter().any(|line| line.cancel_asked.is_some()), "is_cancel_pending": false,
        "address_shipping": address, "address_billing": address,
    })
}

fn line_view(shop: &Shop, order: &Order, line: &Line, call: &Call) -> Value {
    let item = shop.items.get(&line.item_id);
    let provider_type = match () {
        () if line.is_dbs => "seller_own_fleet",
        () if line.is_digital => "digital",
        () => "standard",
    };
    let count = i64::try_from(order.lines.len()).unwrap_or(1).max(1);
    let shipping = order.shipping_fee / count;
    let is_canceled = line.status == Status::Canceled;
    let mut row = json!({
        "order_item_id": line.id, "order_id": order.id, "status": status_of(line, call), "name": line.title,
        "sku": line.seller_sku, "shop_sku": format!("{}_VNAMZ-{}", line.item_id, line.sku_id), "sku_id": line.sku_id.to_string(),
        "product_id": line.item_id.to_string(), "variation": line.variation,
        "item_price": money(line.price), "paid_price": money(line.price - line.voucher), "currency": "VND", "tax_amount": 0.0,
        "voucher_amount": money(line.voucher), "voucher_seller": money(line.voucher), "voucher_platform": 0.0,
        "voucher_seller_lpi": 0.0, "voucher_platform_lpi": 0.0, "voucher_code": "", "voucher_code_seller": "", "voucher_code_platform": "",
        "wallet_credits": 0.0, "shipping_amount": money(shipping), "shipping_fee_original": money(shipping * 2),
        "shipping_fee_discount_seller": 0.0, "shipping_fee_discount_platform": money(shipping), "shipping_service_cost": 0.0,
        "shipping_type": if line.is_fbl { "Own Warehouse" } else { "Dropshipping" }, "shipping_provider_type": provider_type,
        "shipment_provider": line.provider, "tracking_code": line.tracking, "tracking_code_pre": "",
        "package_id": line.package.as_deref().unwrap_or(""), "warehouse_code": shop.warehouses[line.warehouse].code,
    });
    let more = json!({
        "order_type": "Normal", "order_flag": "NORMAL", "is_fbl": u8::from(line.is_fbl), "is_digital": u8::from(line.is_digital),
        "is_reroute": 0, "delivery_option_sof": u8::from(line.is_dbs), "biz_group": 70_100, "mp3_order": false, "semi_managed": false,
        "created_at": time::spaced(order.created_ms), "updated_at": time::spaced(line.updated_ms),
        "payment_time": order.paid_ms, "sla_time_stamp": time::iso(order.created_ms + 2 * 86_400_000),
        "promised_shipping_time": "", "fulfillment_sla": "", "priority_fulfillment_tag": "",
        "cancel_return_initiator": line.initiator, "reason": line.reason, "reason_detail": "", "return_status": line.return_status,
        "need_cancel_confirm": line.cancel_asked.is_some(), "is_cancel_pending": false, "buyer_id": order.buyer_id,
        "shop_id": shop.name, "invoice_number": line.invoice_number, "purchase_order_id": "", "purchase_order_number": "",
        "stage_pay_status": "", "digital_delivery_info": "", "extra_attributes": "{}", "pick_up_store_info": {},
        "product_main_image": line.image,
        "product_detail_url": format!("https://www.lazada.vn/products/-i{}-s{}.html", line.item_id, line.sku_id),
    });
    if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
        row.extend(more);
        if let Some(asked) = line.cancel_asked.filter(|_| !is_canceled) {
            row.insert("cancel_trigger_time".to_owned(), json!(asked.deadline_ms));
            row.insert("reverse_order_id".to_owned(), json!(asked.reverse_id.to_string()));
        }
        if item.is_none() {
            row.insert("product_detail_url".to_owned(), json!(""));
        }
    }
    row
}
