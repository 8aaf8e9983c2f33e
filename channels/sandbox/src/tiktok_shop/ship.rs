//! Handing parcels over: ship, labels, own tracking numbers, splitting and combining (spec 10.1).

use serde_json::{Value, json};

use super::call::{Call, fails_half, id, list, text, texts, whole};
use super::envelope::{Answer, Refusal, Success};
use super::order::Ended;
use super::order_flow::{announce, cancel_lines, step};
use super::order_state::{Event, Stage};
use super::package::{self, PackageStatus};
use super::package_read::find;
use super::shop::Shop;
use super::warehouse::{BY_SELLER, providers};
use super::webhook::{Topic, emit, is_heard};
use super::world::World;

/// `POST /fulfillment/202309/packages/{id}/ship`; empty `data`.
pub fn ship(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    if call.twist.own == "cancel_race" {
        cancel_now(world, shop, call.id(), call.now_ms);
    }
    ship_one(world, shop, call.id(), &call.json, call.now_ms)?;
    call.rows(1, json!({}))
}

/// `POST /fulfillment/202309/packages/ship`: failures under success.
pub fn ship_batch(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = list(&call.json, "packages");
    if rows.is_empty() {
        return Err(Refusal::required("Packages"));
    }
    if rows.len() > 50 {
        return Err(Refusal::new(21_001_001, "There are too many packages: at most 50."));
    }
    let mut errors = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let done = if fails_half(call.twist, place) {
            Err(Refusal::new(21_001_003, "System error."))
        } else {
            ship_one(world, shop, id(row, "id").unwrap_or(0), row, call.now_ms)
        };
        if let Err(refusal) = done {
            errors.push(refusal.entry("package_id", text(row, "id").unwrap_or("")));
        }
    }
    call.rows(rows.len(), if errors.is_empty() { json!({}) } else { json!({ "errors": errors }) })
}

fn ship_one(world: &World, shop: &mut Shop, id: u64, body: &Value, now_ms: i64) -> Result<(), Refusal> {
    let package = find(shop, id)?.clone();
    match package.status {
        PackageStatus::ToFulfill => {}
        PackageStatus::Cancelled => return Err(Refusal::new(21_011_041, "The order has been cancelled.")),
        PackageStatus::Processing | PackageStatus::Fulfilling | PackageStatus::Completed => {
            return Err(Refusal::new(21_011_006, "The package has already been shipped."));
        }
    }
    let held: Vec<_> = package.orders.iter().filter_map(|order| shop.orders.find(*order)).collect();
    if held.iter().any(|order| order.asked.is_some()) {
        return Err(Refusal::new(21_011_007, "The order has an open cancellation request."));
    }
    if held.iter().any(|order| order.is_by_platform) {
        return Err(Refusal::new(21_008_025, "The order is fulfilled by TikTok."));
    }
    let own = body.get("self_shipment").filter(|own| !own.is_null());
    let (tracking, provider) = match own {
        None => (String::new(), package.provider),
        Some(_) if package.delivery_option != BY_SELLER => {
            return Err(Refusal::new(21_011_004, "The delivery option is not shipped by the seller."));
        }
        Some(own) => own_carrier(shop, own, BY_SELLER, id)?,
    };
    if own.is_none() && package.delivery_option == BY_SELLER {
        return Err(Refusal::new(21_011_022, "The tracking number is required."));
    }
    for order in &package.orders {
        step(shop, *order, Event::Arrange, Some(id), now_ms);
    }
    if let Some(held) = shop.packages.get_mut(&id) {
        held.tracking = tracking;
        held.provider = provider;
        // `handover_method` is ignored in this region; the warehouse's own way counts (spec 10.1).
        held.slot = body
            .get("pickup_slot")
            .and_then(|slot| Some((whole(slot, "start_time")?, whole(slot, "end_time")?)));
    }
    package::stand(shop, id, PackageStatus::Processing, now_ms);
    for order in &package.orders {
        announce(world, shop, *order);
    }
    Ok(())
}

fn own_carrier(shop: &Shop, own: &Value, option: u64, package: u64) -> Result<(String, u64), Refusal> {
    let tracking = text(own, "tracking_number").unwrap_or("").to_owned();
    if !(4..=50).contains(&tracking.chars().count()) {
        return Err(Refusal::new(21_011_022, "The tracking number has 4 to 50 characters."));
    }
    let provider = id(own, "shipping_provider_id").unwrap_or(0);
    if !providers(option).iter().any(|one| one.id == provider) {
        return Err(Refusal::new(11_028_006, "The shipping provider does not exist."));
    }
    if shop.packages.values().any(|one| one.id != package && one.tracking == tracking) {
        return Err(Refusal::new(21_011_025, "The tracking number is duplicate."));
    }
    Ok((tracking, provider))
}

/// The order is cancelled between the read and the ship call.
fn cancel_now(world: &World, shop: &mut Shop, package: u64, now_ms: i64) {
    let orders = shop.packages.get(&package).map(|one| one.orders.clone()).unwrap_or_default();
    for order in orders {
        let lines: Vec<u64> = shop
            .orders
            .find(order)
            .map(|held| held.lines.iter().map(|line| line.id).collect())
            .unwrap_or_default();
        let ended =
            Ended { reason: "Người mua đổi ý".to_owned(), by: "BUYER", at_s: now_ms.div_euclid(1000) };
        cancel_lines(world, shop, order, &lines, ended, now_ms);
        announce(world, shop, order);
    }
}

/// `GET /fulfillment/202309/packages/{id}/shipping_documents`: after shipping, before collection, TikTok's delivery only.
pub fn label(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let package = find(shop, call.id())?;
    let kinds = [
        "SHIPPING_LABEL",
        "PACKING_SLIP",
        "SHIPPING_LABEL_AND_PACKING_SLIP",
        "SHIPPING_LABEL_PICTURE",
        "HAZMAT_LABEL",
        "INVOICE_LABEL",
    ];
    let kind = call.arg("document_type").ok_or_else(|| Refusal::required("DocumentType"))?;
    if !kinds.contains(&kind) || call.arg("document_size").is_some_and(|size| !["A5", "A6"].contains(&size)) {
        return Err(Refusal::new(21_001_001, "The document_type or document_size is invalid."));
    }
    if package.delivery_option == BY_SELLER {
        return Err(Refusal::new(11_034_002, "Documents exist for shipping by TikTok only."));
    }
    match package.status {
        PackageStatus::ToFulfill => {
            return Err(Refusal::new(21_023_035, "The package has to be shipped first."));
        }
        PackageStatus::Cancelled => return Err(Refusal::new(21_011_041, "The order has been cancelled.")),
        PackageStatus::Fulfilling | PackageStatus::Completed => {
            return Err(Refusal::new(21_042_102, "The package has already been collected."));
        }
        PackageStatus::Processing => {}
    }
    let ready_ms = package.shipped_ms.unwrap_or(0) + world.settings().label_lag_ms;
    if call.now_ms < ready_ms || call.twist.own == "label_lag" {
        return Err(Refusal::new(21_023_022, "The shipping document is not ready, please try again later."));
    }
    let url = format!("http://{}/label/{}.pdf", call.host, package.id);
    Ok(Success::Data(json!({"doc_url": url, "tracking_number": package.tracking})))
}

/// `GET /label/{package}.pdf`: a page with the number on it.
pub fn serve_label(path: &str) -> Option<Success> {
    let id = path.strip_prefix("/label/")?.strip_suffix(".pdf")?;
    id.parse::<u64>().ok()?;
    let page = format!("BT /F1 18 Tf 40 100 Td (GANH SANDBOX {id}) Tj ET");
    let body = format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 298 420]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length {}>>stream\n{page}\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
        page.len()
    );
    Some(Success::File { content_type: "application/pdf", bytes: body.into_bytes() })
}

/// `POST /fulfillment/202309/orders/{id}/shipping_info/update`: own shipping, within 72 h, once.
pub fn change_tracking(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order =
        shop.orders.find(call.id()).ok_or_else(|| Refusal::new(21_008_111, "The order does not exist."))?;
    let package = order.packages.first().and_then(|id| shop.packages.get(id));
    let package = package.ok_or_else(|| Refusal::new(21_011_043, "The order has not been shipped."))?.clone();
    if package.delivery_option != BY_SELLER {
        return Err(Refusal::new(21_011_004, "The delivery option is not shipped by the seller."));
    }
    let shipped_ms =
        package.shipped_ms.ok_or_else(|| Refusal::new(21_011_043, "The order has not been shipped."))?;
    if package.was_changed {
        return Err(Refusal::new(21_011_051, "The shipping information can be changed only once."));
    }
    if call.now_ms > shipped_ms + 72 * 3_600_000 {
        return Err(Refusal::new(21_011_050, "The time to change the shipping information is over."));
    }
    let (tracking, provider) = own_carrier(shop, &call.json, BY_SELLER, package.id)?;
    if let Some(held) = shop.packages.get_mut(&package.id) {
        (held.tracking, held.provider, held.was_changed) = (tracking, provider, true);
        held.updated_s = call.now_s();
    }
    Ok(Success::Data(json!({})))
}

/// `POST /fulfillment/202309/orders/{id}/split`: whole SKUs only (SEA).
pub fn split(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order =
        shop.orders.find(call.id()).ok_or_else(|| Refusal::new(21_008_111, "The order does not exist."))?;
    let groups = list(&call.json, "splittable_groups");
    let is_splittable =
        order.stage() == Stage::AwaitingShipment && order.packages.len() == 1 && !groups.is_empty();
    if !is_splittable {
        return Err(Refusal::new(21_011_042, "The order cannot be split now."));
    }
    let mut taken: Vec<(String, Vec<u64>)> = Vec::new();
    for group in groups {
        let lines: Vec<u64> =
            texts(group, "order_line_item_ids").iter().filter_map(|id| id.parse().ok()).collect();
        let skus: Vec<u64> =
            order.lines.iter().filter(|line| lines.contains(&line.id)).map(|line| line.sku).collect();
        let whole: Vec<u64> = order
            .lines
            .iter()
            .filter(|line| line.is_active() && skus.contains(&line.sku))
            .map(|line| line.id)
            .collect();
        let is_repeated = taken.iter().any(|(_, others)| others.iter().any(|id| lines.contains(id)));
        if lines.is_empty() || whole.len() != lines.len() || is_repeated {
            return Err(Refusal::new(21_001_001, "A group holds whole SKUs, each once."));
        }
        taken.push((text(group, "id").unwrap_or("").to_owned(), lines));
    }
    let (id, is_own, old) = (order.id, order.is_own_shipping, order.packages[0]);
    let active: Vec<(u64, u64)> =
        order.lines.iter().filter(|line| line.is_active()).map(|line| (line.id, line.warehouse)).collect();
    if active.iter().any(|(line, _)| !taken.iter().any(|(_, lines)| lines.contains(line))) {
        return Err(Refusal::new(21_001_001, "Every line belongs to a group."));
    }
    shop.packages.remove(&old);
    if let Some(held) = shop.orders.find_mut(id) {
        held.packages.clear();
        held.tag = Some("SPLIT");
    }
    let warehouse = active[0].1;
    let mut rows = Vec::new();
    for (name, lines) in taken {
        let package = package::put(shop, id, warehouse, lines, is_own, call.now_ms);
        if let Some(held) = shop.packages.get_mut(&package) {
            held.tag = Some("SPLIT");
        }
        rows.push(json!({"splittable_group_id": name, "id": package.to_string()}));
    }
    shop.orders.touch(id, call.now_ms);
    tell(world, shop, "SPLIT", id);
    call.rows(rows.len(), json!({ "packages": rows }))
}

/// Webhook 4.
fn tell(world: &World, shop: &Shop, kind: &str, order: u64) {
    let Some(held) = shop.orders.find(order).filter(|_| is_heard(world, shop)) else { return };
    let rows: Vec<Value> = held
        .packages
        .iter()
        .map(|id| json!({"package_id": id.to_string(), "order_id_list": [order.to_string()]}))
        .collect();
    let data = json!({"sc_type": kind, "role_type": "ROLE_SELLER", "package_list": rows, "update_time": world.core.clock.now_s()});
    emit(world, shop, Topic::Package, &data);
}
