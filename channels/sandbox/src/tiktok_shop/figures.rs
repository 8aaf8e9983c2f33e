//! Price and stock (spec 7.8, 7.9): at once, without audit; price all or nothing, stock SKU by SKU.

use serde_json::{Value, json};

use super::call::{Call, fails_half, id, id_of, list};
use super::envelope::{Answer, Refusal, Success};
use super::product::{Product, Status};
use super::product_write::{find, not_now};
use super::shop::Shop;
use super::sku_check;
use super::world::World;

/// `POST /product/202309/products/{id}/prices/update`: `data` is empty, so one bad row refuses all of it.
pub fn prices(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let product = find(shop, call)?;
    if product.status != Status::Activate {
        return Err(not_now());
    }
    let rows = list(&call.json, "skus");
    if rows.is_empty() {
        return Err(Refusal::required("Skus"));
    }
    let mut wanted = Vec::with_capacity(rows.len());
    for row in rows {
        let sku = sku_of(shop, product, row)?;
        if wanted.iter().any(|(known, _)| *known == sku) {
            return Err(Refusal::new(12_052_553, "A SKU is repeated."));
        }
        let given = row.get("price").filter(|price| !price.is_null());
        let price =
            sku_check::price(given.ok_or_else(|| Refusal::new(12_052_571, "The price is missing."))?)?;
        let is_locked = product.figures.get(&sku).and_then(|figures| figures.lock_at(call.now_s()));
        if call.twist.own == "price_lock" || is_locked.is_some_and(|lock| lock.locks_price) {
            let is_other = call.twist.own == "price_lock" || world.settings().price_lock_by_order_code;
            let code = if is_other { 12_019_045 } else { 12_052_038 };
            return Err(Refusal::new(code, "The price is locked by a promotion."));
        }
        wanted.push((sku, price));
    }
    let id = product.id;
    if let Some(product) = shop.products.get_mut(&id) {
        product.remember(call.now_ms);
        for (sku, price) in &wanted {
            if let Some(figures) = product.figures.get_mut(sku) {
                figures.price = *price;
            }
        }
    }
    call.rows(wanted.len(), json!({}))
}

/// `POST /product/202309/products/{id}/inventory/update`: absolute figures; failures under success, SKU by SKU.
pub fn inventory(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let product = find(shop, call)?;
    let is_allowed = match product.status {
        Status::Activate => true,
        Status::Draft | Status::Pending | Status::Failed | Status::SellerDeactivated => {
            !world.settings().stock_live_only
        }
        Status::PlatformDeactivated | Status::Freeze | Status::Deleted => false,
    };
    if !is_allowed {
        return Err(not_now());
    }
    let rows = list(&call.json, "skus");
    if rows.is_empty() {
        return Err(Refusal::required("Skus"));
    }
    let (mut errors, mut taken) = (Vec::new(), Vec::new());
    for (place, row) in rows.iter().enumerate() {
        let name = row.get("id").and_then(Value::as_str).unwrap_or("");
        if fails_half(call.twist, place) {
            errors
                .push(Refusal::new(12_052_055, "The quantity is outside its limits.").entry("sku_id", name));
            continue;
        }
        match stock_row(world, shop, product, call, row) {
            Ok(found) => taken.push(found),
            Err((refusal, warehouse)) => {
                let mut entry = refusal.entry("sku_id", name);
                if let Some(warehouse) = warehouse {
                    entry["detail"]["extra_errors"] = json!([{"warehouse_id": warehouse, "code": refusal.code, "message": refusal.message}]);
                }
                errors.push(entry);
            }
        }
    }
    if call.twist.own == "stray_failure" {
        errors
            .push(Refusal::new(12_052_556, "The SKU does not exist.").entry("sku_id", "1729400000000999999"));
        taken.clear();
    }
    let id = product.id;
    if let Some(product) = shop.products.get_mut(&id).filter(|_| !taken.is_empty()) {
        product.remember(call.now_ms);
        for (sku, shelves) in taken {
            let Some(figures) = product.figures.get_mut(&sku) else { continue };
            for (warehouse, units) in shelves {
                figures.shelves.entry(warehouse).or_default().quantity = units;
            }
        }
    }
    call.rows(rows.len(), if errors.is_empty() { json!({}) } else { json!({ "errors": errors }) })
}

type StockRow = Result<(u64, sku_check::Shelves), (Refusal, Option<String>)>;

/// What one row sets, or why it does not and at which warehouse.
fn stock_row(world: &World, shop: &Shop, product: &Product, call: &Call, row: &Value) -> StockRow {
    let sku = sku_of(shop, product, row).map_err(|refusal| (refusal, None))?;
    let own = |refusal: Refusal| {
        let first = list(row, "inventory")
            .first()
            .and_then(|shelf| shelf.get("warehouse_id"))
            .and_then(Value::as_str);
        (refusal, first.map(str::to_owned))
    };
    if list(row, "inventory").is_empty() {
        return Err((Refusal::new(12_019_024, "The inventory is empty."), None));
    }
    let shelves = sku_check::shelves(world, shop, row).map_err(own)?;
    let Some(figures) = product.figures.get(&sku) else {
        return Err((Refusal::new(12_052_556, "The SKU does not exist."), None));
    };
    let named = |warehouse: &u64| shelves.iter().any(|(known, _)| known == warehouse);
    if !figures.shelves.keys().all(named) || call.twist.own == "second_warehouse" {
        return Err((Refusal::new(12_019_028, "Every warehouse of the SKU must be sent."), None));
    }
    if let Some(lock) = figures.lock_at(call.now_s()) {
        let units: i64 = shelves.iter().map(|(_, units)| units).sum();
        if lock.locks_stock || units < lock.reserved {
            return Err(own(promotion()));
        }
    }
    if call.twist.own == "stock_lock" {
        return Err(own(promotion()));
    }
    Ok((sku, shelves))
}

fn promotion() -> Refusal {
    Refusal::new(12_052_393, "The quantity is below what a promotion has locked.")
}

/// The SKU of a row, if the product's live version or one under way has it.
fn sku_of(shop: &Shop, product: &Product, row: &Value) -> Result<u64, Refusal> {
    let sku = id(row, "id").ok_or_else(|| Refusal::new(12_052_036, "The SKU id is missing."))?;
    if product.figures.contains_key(&sku) {
        return Ok(sku);
    }
    let home = shop.sku_homes.get(&sku).and_then(|home| shop.products.get(home));
    let is_elsewhere = home.is_some_and(|home| home.figures.contains_key(&sku));
    let code = if is_elsewhere { 12_052_557 } else { 12_052_556 };
    Err(Refusal::new(code, "The SKU does not exist in this product."))
}

/// `POST /product/202309/inventory/search`: by SKU, or else by product.
pub fn search(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let skus: Vec<u64> = list(&call.json, "sku_ids").iter().filter_map(id_of).collect();
    let products: Vec<u64> = list(&call.json, "product_ids").iter().filter_map(id_of).collect();
    if skus.len() > 600 || (skus.is_empty() && products.len() > 100) {
        return Err(Refusal::new(12_019_120, "There are too many ids: 100 products or 600 SKUs."));
    }
    let homes: Vec<u64> = if skus.is_empty() {
        products
    } else {
        let mut homes: Vec<u64> = skus.iter().filter_map(|sku| shop.sku_homes.get(sku).copied()).collect();
        homes.dedup();
        homes
    };
    let at_ms = call.now_ms - call.twist.stale_ms;
    let rows: Vec<Value> = homes
        .iter()
        .filter_map(|home| shop.products.get(home)?.as_of(at_ms))
        .filter(|product| product.status != Status::Deleted)
        .map(|product| shown(product, &skus))
        .collect();
    call.rows(rows.len(), json!({ "inventory": rows }))
}

fn shown(product: &Product, wanted: &[u64]) -> Value {
    let skus = product.newest().skus.iter().filter(|sku| wanted.is_empty() || wanted.contains(&sku.id));
    let rows: Vec<Value> = skus
        .filter_map(|sku| {
            let figures = product.figures.get(&sku.id)?;
            let shelves: Vec<Value> = figures
                .shelves
                .iter()
                .map(|(warehouse, shelf)| {
                    json!({
                        "warehouse_id": warehouse.to_string(), "available_quantity": shelf.quantity,
                        "committed_quantity": shelf.committed,
                    })
                })
                .collect();
            Some(json!({
                "id": sku.id.to_string(), "seller_sku": sku.seller_sku, "total_available_quantity": figures.available(),
                "total_committed_quantity": figures.committed(), "warehouse_inventory": shelves,
            }))
        })
        .collect();
    json!({"product_id": product.id.to_string(), "skus": rows})
}

/// `POST /product/202608/inventory/operation/settings` (spec 7.9): accepted; the sandbox has one switch for all SKUs.
pub fn restock_settings(world: &World, _shop: &mut Shop, call: &Call) -> Answer {
    let ids = list(&call.json, "sku_ids");
    let wanted =
        call.json.get("stock_operation_setting").and_then(|setting| setting.get("enable_auto_restock"));
    let Some(wanted) = wanted.and_then(Value::as_bool) else {
        return Err(Refusal::required("StockOperationSetting"));
    };
    if ids.is_empty() || ids.len() > 500 {
        return Err(Refusal::new(12_019_120, "1 to 500 SKU ids are wanted."));
    }
    // The name is one of ours, so the change cannot be refused.
    let _ = world.change_settings(&json!({"auto_restock": wanted}));
    Ok(Success::Data(json!({})))
}
