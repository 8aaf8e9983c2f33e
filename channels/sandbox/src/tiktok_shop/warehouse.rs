//! Warehouses, delivery options and carriers (spec 5).

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal};
use super::shop::Shop;
use super::world::World;

/// One warehouse of a shop.
#[derive(Debug, Clone)]
pub struct Warehouse {
    pub id: u64,
    pub entity_id: u64,
    pub name: String,
    pub is_sales: bool,
    pub is_enabled: bool,
    pub is_default: bool,
}

/// The platform's own warehouse: its goods are none of the seller's figures.
pub const BY_PLATFORM: u64 = 7_300_000_000_000_999_999;
/// TikTok's own delivery.
pub const STANDARD: u64 = 7_091_146_663_229_654_785;
/// The seller's own carrier.
pub const BY_SELLER: u64 = 7_091_146_663_229_654_786;

/// A carrier.
#[derive(Debug, Clone, Copy)]
pub struct Provider {
    pub id: u64,
    pub name: &'static str,
}

const INTEGRATED: [Provider; 2] = [
    Provider { id: 7_000_000_000_000_000_099, name: "J&T Express" },
    Provider { id: 7_000_000_000_000_000_098, name: "Giao Hàng Tiết Kiệm" },
];
const OWN: [Provider; 2] = [
    Provider { id: 7_000_000_000_000_000_199, name: "Viettel Post" },
    Provider { id: 7_000_000_000_000_000_198, name: "VNPost" },
];

/// The carriers of a delivery option.
pub const fn providers(option: u64) -> &'static [Provider] {
    match option {
        STANDARD => &INTEGRATED,
        BY_SELLER => &OWN,
        _ => &[],
    }
}

/// `GET /logistics/202309/warehouses`.
pub fn list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows: Vec<Value> = shop.warehouses.iter().map(shown).collect();
    if rows.is_empty() {
        return call.rows(0, json!({}));
    }
    call.rows(rows.len(), json!({ "warehouses": rows }))
}

fn shown(one: &Warehouse) -> Value {
    json!({
        "id": one.id.to_string(), "entity_id": one.entity_id.to_string(), "name": one.name,
        "effect_status": if one.is_enabled { "ENABLED" } else { "DISABLED" },
        "type": if one.is_sales { "SALES_WAREHOUSE" } else { "RETURN_WAREHOUSE" },
        "sub_type": "DOMESTIC_WAREHOUSE", "is_default": one.is_default,
        "address": address(),
    })
}

/// Where the warehouses of the sandbox stand. `distict` is spelt so on the wire (spec 5).
pub fn address() -> Value {
    json!({
        "region": "Việt Nam", "region_code": "VN", "state": "Hà Nội", "city": "Huyện Gia Lâm", "distict": "Xã Bát Tràng", "town": "",
        "postal_code": "", "full_address": "12 đường Giang Cao, Bát Tràng, Gia Lâm, Hà Nội", "contact_person": "Chị Hòa",
        "phone_number": "(+84)900000001", "address_line1": "12 đường Giang Cao",
    })
}

/// `GET /logistics/202309/warehouses/{id}/delivery_options`.
pub fn delivery_options(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    if !shop.warehouses.iter().any(|one| one.id == call.id()) {
        return Err(Refusal::new(12_052_097, "The warehouse does not exist."));
    }
    let row = |id: u64, name: &str, kind: &str| {
        json!({
            "id": id.to_string(), "name": name, "type": kind, "description": "", "platform": ["TIKTOK_SHOP"],
            "dimension_limit": {"max_height": 150, "max_width": 150, "max_length": 150, "unit": "CENTIMETER"},
            "weight_limit": {"max_weight": 30_000, "min_weight": 1, "unit": "GRAM"},
        })
    };
    let rows = [
        row(STANDARD, "Giao hàng tiêu chuẩn", "STANDARD"),
        row(BY_SELLER, "Người bán tự giao", "SEND_BY_SELLER"),
    ];
    call.rows(rows.len(), json!({ "delivery_options": rows }))
}

/// `GET /logistics/202309/delivery_options/{id}/shipping_providers`.
pub fn shipping_providers(_world: &World, _shop: &mut Shop, call: &Call) -> Answer {
    let rows: Vec<Value> =
        providers(call.id()).iter().map(|one| json!({"id": one.id.to_string(), "name": one.name})).collect();
    if rows.is_empty() {
        return Err(Refusal::new(21_001_001, "The delivery option does not exist."));
    }
    call.rows(rows.len(), json!({ "shipping_providers": rows }))
}
