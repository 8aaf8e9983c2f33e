//! Who a token speaks for, and where the shop's stock lies (spec 3.5, 3.6).

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Success};
use super::world::{Shop, Warehouse, World};

/// `/seller/get`.
pub fn get(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    Ok(Success::Data(json!({
        "seller_id": shop.id, "name": shop.name, "name_company": format!("HỘ KINH DOANH {}", shop.name.to_uppercase()),
        "short_code": shop.short_code, "email": shop.email, "logo_url": format!("http://{}/p/{}", call.host, super::world::SAMPLE),
        "cb": false, "location": "Hồ Chí Minh", "status": if shop.is_active { "ACTIVE" } else { "INACTIVE" },
        "verified": true, "marketplaceEaseMode": false,
    })))
}

/// The first is the default one, whatever its code.
fn brief(place: usize, warehouse: &Warehouse) -> Value {
    json!({
        "code": warehouse.code, "name": warehouse.name, "detailAddress": warehouse.address, "needToUpdate": false,
        "defaultAddress": place == 0, "status": "ACTIVE",
    })
}

/// `/seller/warehouse/get` and `/rc/warehouse/get`.
pub fn warehouses(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    call.rows.set(shop.warehouses.len());
    let module: Vec<Value> =
        shop.warehouses.iter().enumerate().map(|(place, warehouse)| brief(place, warehouse)).collect();
    Ok(Success::Result(json!({"success": true, "module": module, "error_code": {}})))
}

/// `/rc/warehouse/detail/get`.
pub fn warehouse_details(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    call.rows.set(shop.warehouses.len());
    let module: Vec<Value> = shop
        .warehouses
        .iter()
        .enumerate()
        .map(|(place, warehouse)| {
            let mut row = brief(place, warehouse);
            row["warehouse_code"] = json!(warehouse.code);
            row["default_address"] = json!(place == 0);
            row["country"] = json!("Vietnam");
            row["province"] = json!("Hồ Chí Minh");
            row["city"] = json!("Quận Tân Bình");
            row["district"] = json!("Phường 13");
            row["post_code"] = json!("");
            row
        })
        .collect();
    Ok(Success::Result(json!({"success": true, "module": module, "error_code": {}})))
}
