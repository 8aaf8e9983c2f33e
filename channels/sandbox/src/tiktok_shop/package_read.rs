//! Reading parcels: detail, search, handover slots, tracking (spec 10.1). Search and detail name their fields differently.

use serde_json::{Value, json};

use super::call::{Call, text, whole};
use super::envelope::{Answer, Refusal, Success};
use super::order_read::recipient;
use super::package::{Package, PackageStatus};
use super::paging::{self, Place};
use super::shop::Shop;
use super::warehouse::address;
use super::world::World;

/// The package that a path names.
///
/// # Errors
/// 21011028: none of this shop.
pub fn find(shop: &Shop, id: u64) -> Result<&Package, Refusal> {
    shop.packages.get(&id).ok_or_else(|| Refusal::new(21_011_028, "The package does not exist."))
}

/// `GET /fulfillment/202309/packages/{id}`.
pub fn detail(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let package = find(shop, call.id())?;
    let order = package.orders.first().and_then(|order| shop.orders.find(*order));
    let masks = world.settings().masked_address;
    let recipient = order.map_or(Value::Null, |order| recipient(order, masks));
    let slot = package
        .slot
        .map_or_else(|| json!({}), |(from, until)| json!({"start_time": from, "end_time": until}));
    call.rows.set(1);
    let mut data = shown(package);
    let fields = json!({
        "package_id": package.id.to_string(), "package_status": package.status.word(), "package_sub_status": "",
        "shipping_type": shipping_type(package), "delivery_option_id": package.delivery_option.to_string(),
        "split_and_combine_tag": package.tag.unwrap_or("NOT_SPLIT_OR_COMBINED"), "handover_method": package.handover,
        "pickup_slot": slot, "weight": {"value": "0.5", "unit": "KILOGRAM"},
        "dimension": {"length": "20", "width": "20", "height": "15", "unit": "CM"}, "sender_address": address(),
        "recipient_address": recipient, "warehouse_id": package.warehouse.to_string(),
    });
    if let (Some(data), Value::Object(fields)) = (data.as_object_mut(), fields) {
        data.extend(fields);
        data.remove("id");
        data.remove("status");
    }
    Ok(Success::Data(data))
}

/// TikTok's own delivery, or the seller's carrier.
pub const fn shipping_type(package: &Package) -> &'static str {
    if package.delivery_option == super::warehouse::BY_SELLER { "SELLER" } else { "TIKTOK" }
}

fn shown(package: &Package) -> Value {
    let orders: Vec<Value> = package.orders.iter().map(|id| json!({"id": id.to_string()})).collect();
    let lines: Vec<String> = package.lines.iter().map(u64::to_string).collect();
    json!({
        "id": package.id.to_string(), "status": package.status.word(), "orders": orders, "order_line_item_ids": lines,
        "tracking_number": package.tracking, "shipping_provider_id": package.provider.to_string(),
        "shipping_provider_name": package.provider_name(), "create_time": package.created_s, "update_time": package.updated_s,
    })
}

/// `POST /fulfillment/202309/packages/search`.
pub fn search(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let size = paging::size(call, 50)?;
    let is_by_update = call.arg("sort_field") == Some("update_time");
    let is_ascending = call.arg("sort_order") == Some("ASC");
    let bound = paging::filter(call, "packages");
    let after = paging::read(world, call, &bound)?.map(|place| (place.key, place.id));
    let body = &call.json;
    let word = text(body, "package_status");
    let within = |at: i64, from: &str, until: &str| {
        whole(body, from).is_none_or(|from| at >= from) && whole(body, until).is_none_or(|until| at < until)
    };
    let mut found: Vec<(i64, &Package)> = shop
        .packages
        .values()
        .filter(|one| word.is_none_or(|word| one.status.word() == word))
        .filter(|one| within(one.created_s, "create_time_ge", "create_time_lt"))
        .filter(|one| within(one.updated_s, "update_time_ge", "update_time_lt"))
        .map(|one| (if is_by_update { one.updated_s } else { one.created_s }, one))
        .collect();
    found.sort_by_key(|(key, one)| (*key, one.id));
    if !is_ascending {
        found.reverse();
    }
    let total = found.len();
    let start = match after {
        None => 0,
        Some(last) if is_ascending => found.partition_point(|(key, one)| (*key, one.id) <= last),
        Some(last) => found.partition_point(|(key, one)| (*key, one.id) >= last),
    };
    let mut page: Vec<(i64, &Package)> = found[start..].iter().take(size).copied().collect();
    let has_more = start + page.len() < total;
    let next = page
        .last()
        .filter(|_| has_more && !call.twist.empty_page)
        .map(|(key, one)| Place { key: *key, id: one.id });
    paging::shift(call, &mut page);
    let rows: Vec<Value> = page.iter().map(|(_, one)| shown(one)).collect();
    let token = paging::write(call, &bound, next);
    call.rows(rows.len(), json!({"packages": rows, "next_page_token": token, "total_count": total}))
}

/// `GET /fulfillment/202309/packages/{id}/handover_time_slots`. `avaliable` is spelt so on the wire.
pub fn slots(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let package = find(shop, call.id())?;
    if package.status != PackageStatus::ToFulfill {
        return Err(Refusal::new(21_011_006, "The package has already been shipped."));
    }
    let hour = call.now_s().div_euclid(3_600) * 3_600;
    let rows: Vec<Value> = (1..=3)
        .map(|day| json!({"start_time": hour + day * 86_400, "end_time": hour + day * 86_400 + 14_400, "avaliable": true}))
        .collect();
    Ok(Success::Data(json!({
        "can_pickup": true, "can_drop_off": true, "can_van_collection": false, "drop_off_point_url": "", "pickup_slots": rows,
    })))
}

/// `GET /fulfillment/202309/orders/{id}/tracking`.
pub fn tracking(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    Ok(Success::Data(json!({ "tracking": events(shop, call.id())? })))
}

/// `GET /logistics/202604/orders/{id}/tracking`: by parcel.
pub fn tracking_by_parcel(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = events(shop, call.id())?;
    let packages = shop.orders.find(call.id()).map(|order| order.packages.clone()).unwrap_or_default();
    let parcels: Vec<Value> = packages
        .iter()
        .filter_map(|id| shop.packages.get(id))
        .map(|one| json!({"package_id": one.id.to_string(), "tracking_number": one.tracking, "tracking": rows}))
        .collect();
    call.rows(parcels.len(), json!({ "packages": parcels }))
}

fn events(shop: &Shop, order: u64) -> Result<Vec<Value>, Refusal> {
    let held =
        shop.orders.find(order).ok_or_else(|| Refusal::new(21_008_111, "The order does not exist."))?;
    let row = |text: &str, at_s: i64, code: u32| json!({"description": text, "update_time_millis": at_s * 1000, "action_code": code});
    let mut rows = Vec::new();
    for package in held.packages.iter().filter_map(|id| shop.packages.get(id)) {
        let steps = match package.status {
            PackageStatus::ToFulfill | PackageStatus::Cancelled => 0,
            PackageStatus::Processing => 1,
            PackageStatus::Fulfilling => 2,
            PackageStatus::Completed => 3,
        };
        let texts = ["Đã tạo vận đơn", "Đơn vị vận chuyển đã lấy hàng", "Giao hàng thành công"];
        for (text, code) in texts.iter().take(steps).zip(101..) {
            rows.insert(0, row(text, package.updated_s, code));
        }
    }
    Ok(rows)
}
