//! Reading orders: search, detail, the split of the money, our own numbers at the platform (spec 9.1–9.3).

use serde_json::{Value, json};

use super::call::{Call, id, list, text, texts, whole};
use super::envelope::{Answer, Refusal, Success};
use super::order::{Line, Order};
use super::order_state::Stage;
use super::paging::{self, Place};
use super::shop::Shop;
use super::warehouse::{BY_SELLER, STANDARD, providers};
use super::world::World;

/// `POST /order/202309/orders/search`.
pub fn search(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let size = paging::size(call, 100)?;
    let is_by_update = match call.arg("sort_field") {
        None | Some("create_time") => false,
        Some("update_time") => true,
        Some(other) => return Err(Refusal::parameter(format!("Invalid sort_field {other}."))),
    };
    let is_ascending = match call.arg("sort_order") {
        None | Some("DESC") => false,
        Some("ASC") => true,
        Some(other) => return Err(Refusal::parameter(format!("Invalid sort_order {other}."))),
    };
    let bound = paging::filter(call, "orders");
    let after = paging::read(world, call, &bound)?.map(|place| (place.key, place.id));
    let body = &call.json;
    let (from, until) = if is_by_update {
        (whole(body, "update_time_ge"), whole(body, "update_time_lt"))
    } else {
        (whole(body, "create_time_ge"), whole(body, "create_time_lt"))
    };
    // The sorted key's own window is a range of the index; the rest is looked at row by row.
    let low = (from.unwrap_or(i64::MIN), u64::MIN);
    let high = (until.unwrap_or(i64::MAX), u64::MIN);
    let index_s = (call.now_ms - call.twist.index_ms).div_euclid(1000);
    let mut found: Vec<(i64, u64)> = if low >= high {
        Vec::new()
    } else {
        let rows = shop.orders.index(is_by_update).range(low..high);
        let takes = |id: u64| {
            shop.orders.find(id).is_some_and(|order| {
                takes(order, body) && (call.twist.index_ms == 0 || order.created_s <= index_s)
            })
        };
        rows.filter(|(_, id)| takes(*id)).copied().collect()
    };
    if !is_ascending {
        found.reverse();
    }
    let total = found.len();
    let start = match after {
        None => 0,
        Some(last) if is_ascending => found.partition_point(|row| *row <= last),
        Some(last) => found.partition_point(|row| *row >= last),
    };
    let mut page: Vec<(i64, u64)> = found[start..].iter().take(size).copied().collect();
    let has_more = start + page.len() < total;
    let next = page
        .last()
        .filter(|_| has_more && !call.twist.empty_page)
        .map(|(key, id)| Place { key: *key, id: *id });
    paging::shift(call, &mut page);
    let rows: Vec<Value> = page.iter().filter_map(|(_, id)| read_one(world, shop, call, *id)).collect();
    let token = paging::write(call, &bound, next);
    call.rows(rows.len(), json!({"total_count": total, "next_page_token": token, "orders": rows}))
}

fn takes(order: &Order, body: &Value) -> bool {
    let within = |at: i64, from: &str, until: &str| {
        whole(body, from).is_none_or(|from| at >= from) && whole(body, until).is_none_or(|until| at < until)
    };
    let warehouses = texts(body, "warehouse_ids");
    let asked = body.get("is_buyer_request_cancel").and_then(Value::as_bool);
    within(order.created_s, "create_time_ge", "create_time_lt")
        && within(order.updated_s, "update_time_ge", "update_time_lt")
        && text(body, "order_status").is_none_or(|word| order.status() == word)
        && text(body, "shipping_type").is_none_or(|word| shipping_type(order) == word)
        && text(body, "buyer_user_id").is_none_or(|buyer| order.buyer.to_string() == buyer)
        && asked.is_none_or(|asked| order.asked.is_some() == asked)
        && (warehouses.is_empty()
            || order.lines.iter().any(|line| warehouses.contains(&line.warehouse.to_string())))
}

/// `GET /order/202507/orders?ids=a,b`, or `ids=a&ids=b` (spec 2.1). Unknown ids are left out.
pub fn detail(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let given = call.query.iter().filter(|(key, _)| key == "ids").flat_map(|(_, text)| text.split(','));
    let ids: Vec<&str> = given.map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(Refusal::required("Ids"));
    }
    if ids.len() > 50 {
        return Err(Refusal::parameter("Invalid ids: at most 50 order ids."));
    }
    let numbers: Vec<u64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let rows: Vec<Value> = numbers.into_iter().filter_map(|id| read_one(world, shop, call, id)).collect();
    call.rows(rows.len(), json!({ "orders": rows }))
}

/// A garbled order is unreadable once: what should be an object is a text.
fn read_one(world: &World, shop: &mut Shop, call: &Call, id: u64) -> Option<Value> {
    let order = shop.orders.find_mut(id)?;
    let is_garbled = std::mem::take(&mut order.is_garbled);
    let mut row = shown(world, order, call);
    if is_garbled {
        row["line_items"] = json!("\u{fffd}\u{fffd}{");
        row["payment"] = json!([]);
    }
    Some(row)
}

/// The order object (spec 9.3).
fn shown(world: &World, order: &Order, call: &Call) -> Value {
    let masks = world.settings().masked_address;
    let status = if call.twist.unknown_status { "AWAITING_MOON" } else { order.status() };
    let option = if order.is_own_shipping { BY_SELLER } else { STANDARD };
    let provider = providers(option).first();
    let packages: Vec<Value> = order.packages.iter().map(|id| json!({"id": id.to_string()})).collect();
    let lines: Vec<Value> = order.lines.iter().map(|line| line_shown(line, order, call)).collect();
    let warehouse = order.lines.first().map_or(0, |line| line.warehouse);
    let mut row = json!({
        "id": order.id.to_string(), "status": status, "create_time": order.created_s, "update_time": order.updated_s,
        "fulfillment_type": if order.is_by_platform { "FULFILLMENT_BY_TIKTOK" } else { "FULFILLMENT_BY_SELLER" },
        "shipping_type": shipping_type(order), "delivery_type": "HOME_DELIVERY", "delivery_option_id": option.to_string(),
        "delivery_option_name": if order.is_own_shipping { "Người bán tự giao" } else { "Standard" },
        "shipping_provider": provider.map_or("", |one| one.name),
        "shipping_provider_id": provider.map(|one| one.id.to_string()).unwrap_or_default(),
        "warehouse_id": warehouse.to_string(), "user_id": order.buyer.to_string(), "buyer_email": "v2b3xq@scs.tiktokw.us",
        "buyer_message": order.note, "is_cod": order.is_cod,
        "payment_method_name": if order.is_cod { "Cash on delivery" } else { "ZaloPay" },
        "is_on_hold_order": order.was_on_hold, "is_sample_order": false, "order_type": "NORMAL", "is_replacement_order": false,
        "has_updated_recipient_address": order.has_new_address, "packages": packages, "payment": payment(order),
        "line_items": lines, "is_buyer_request_cancel": order.asked.is_some(),
    });
    if let Some(paid_s) = order.paid_s {
        row["paid_time"] = json!(paid_s);
    }
    if let Some((rts, tts, cancel)) = order.sla {
        row["rts_sla_time"] = json!(rts);
        row["tts_sla_time"] = json!(tts);
        row["cancel_order_sla_time"] = json!(cancel);
        row["shipping_due_time"] = json!(rts);
        row["collection_due_time"] = json!(tts);
    }
    if let Some(rts_s) = order.rts_s {
        row["rts_time"] = json!(rts_s);
    }
    if let Some((_, at_s)) = order.asked {
        row["request_cancel_time"] = json!(at_s);
    }
    if let Some(ended) = &order.ended {
        row["cancel_reason"] = json!(ended.reason);
        row["cancellation_initiator"] = json!(ended.by);
        row["cancel_time"] = json!(ended.at_s);
    }
    if let Some(tag) = order.tag {
        row["split_or_combine_tag"] = json!(tag);
    }
    if !matches!(order.stage(), Stage::Unpaid | Stage::OnHold) {
        row["recipient_address"] = recipient(order, masks && !order.is_own_shipping);
    }
    row
}

/// Who ships it.
pub const fn shipping_type(order: &Order) -> &'static str {
    if order.is_own_shipping { "SELLER" } else { "TIKTOK" }
}

fn line_shown(line: &Line, order: &Order, call: &Call) -> Value {
    let status = if call.twist.unknown_status { "AWAITING_MOON" } else { line.stage.word() };
    let package = line.package.map(|id| id.to_string()).unwrap_or_default();
    let package_status = match line.stage {
        Stage::Unpaid | Stage::OnHold => "",
        Stage::AwaitingShipment => "TO_FULFILL",
        Stage::AwaitingCollection => "PROCESSING",
        Stage::InTransit => "FULFILLING",
        Stage::Delivered | Stage::Completed => "COMPLETED",
        Stage::Cancelled => "CANCELLED",
    };
    let image = line.image.as_deref().map(|uri| super::media::url_of(&call.host, uri)).unwrap_or_default();
    let mut row = json!({
        "id": line.id.to_string(), "sku_id": line.sku.to_string(), "product_id": line.product.to_string(), "product_name": line.title,
        "sku_name": line.sku_name, "seller_sku": line.seller_sku, "sku_image": image, "original_price": line.original.to_string(),
        "seller_discount": line.seller_discount.to_string(), "platform_discount": line.platform_discount.to_string(),
        "sale_price": line.sale_price().to_string(), "currency": "VND", "display_status": status, "package_id": package,
        "package_status": package_status, "is_gift": false,
    });
    if let (Stage::Cancelled, Some(ended)) = (line.stage, &order.ended) {
        row["cancel_reason"] = json!(ended.reason);
        row["cancel_user"] = json!(ended.by);
    }
    row
}

/// The identities of spec 9.3: `sub_total` = Σ `sale_price`, `total_amount` = `sub_total` + `shipping_fee` + tax.
fn payment(order: &Order) -> Value {
    let sum = |figure: fn(&Line) -> i64| order.lines.iter().map(figure).sum::<i64>();
    let (original, seller, platform) =
        (sum(|line| line.original), sum(|line| line.seller_discount), sum(|line| line.platform_discount));
    let sub_total = sum(Line::sale_price);
    let shipping = order.shipping_fee - order.shipping_platform_discount;
    json!({
        "currency": "VND", "original_total_product_price": original.to_string(), "seller_discount": seller.to_string(),
        "platform_discount": platform.to_string(), "sub_total": sub_total.to_string(),
        "original_shipping_fee": order.shipping_fee.to_string(), "shipping_fee_seller_discount": "0",
        "shipping_fee_platform_discount": order.shipping_platform_discount.to_string(), "shipping_fee": shipping.to_string(),
        "tax": "0", "total_amount": (sub_total + shipping).to_string(),
    })
}

/// Where it goes; with asterisks while TikTok ships.
pub fn recipient(order: &Order, masks: bool) -> Value {
    let number = order.buyer % 100;
    let (name, phone, street) = if masks {
        ("N***n A".to_owned(), format!("(+84)90*****{number:02}"), "1** đường L***".to_owned())
    } else {
        ("Nguyễn Văn A".to_owned(), format!("(+84)9012345{number:02}"), "123 đường Lê Lợi".to_owned())
    };
    let level = |level: &str, name: &str, address: &str| json!({"address_level": level, "address_level_name": name, "address_name": address});
    json!({
        "name": name, "phone_number": phone, "region_code": "VN", "postal_code": "", "address_detail": street,
        "full_address": format!("Vietnam, Ho Chi Minh City, Phường Bến Thành, {street}"),
        "district_info": [
            {"address_level": "L0", "address_level_name": "country", "address_name": "Vietnam", "iso_code": "VN"},
            level("L1", "Province", "Hồ Chí Minh"), level("L2", "Ward", "Phường Bến Thành"),
        ],
    })
}

/// `GET /order/202407/orders/{id}/price_detail`.
pub fn price_detail(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order =
        shop.orders.find(call.id()).ok_or_else(|| Refusal::new(21_008_111, "The order does not exist."))?;
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            json!({
                "id": line.id.to_string(), "currency": "VND", "sku_list_price": line.original.to_string(),
                "subtotal_deduction_seller": line.seller_discount.to_string(),
                "subtotal_deduction_platform": line.platform_discount.to_string(), "sku_sale_price": line.sale_price().to_string(),
                "subtotal": line.sale_price().to_string(), "total": line.sale_price().to_string(),
            })
        })
        .collect();
    let money = payment(order);
    Ok(Success::Data(json!({
        "currency": "VND", "total": money["total_amount"], "payment": money["total_amount"], "subtotal": money["sub_total"],
        "shipping_list_price": money["original_shipping_fee"], "shipping_sale_price": money["shipping_fee"], "line_items": lines,
    })))
}

/// `POST /order/202406/orders/external_orders`; `code` is a text in its failures (spec 9.2).
pub fn external_orders(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = list(&call.json, "orders");
    if rows.is_empty() {
        return Err(Refusal::required("Orders"));
    }
    if rows.len() > 100 {
        return Err(Refusal::parameter("Invalid orders: at most 100."));
    }
    let mut errors = Vec::new();
    for row in rows {
        let external = row.get("external_order").cloned().unwrap_or(Value::Null);
        match id(row, "id").and_then(|id| shop.orders.find_mut(id)) {
            Some(order) => order.external = Some(external),
            None => errors.push(json!({
                "code": "21008111", "message": "The order does not exist.",
                "detail": {"order_id": row["id"], "external_order": {"id": external["id"], "platform": external["platform"]}},
            })),
        }
    }
    call.rows(rows.len(), if errors.is_empty() { json!({}) } else { json!({ "errors": errors }) })
}
