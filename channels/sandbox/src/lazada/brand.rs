//! Brands, and the list of them that is empty under load (spec 4.3).

use serde_json::{Map, Value, json};

use crate::core::lock;

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::world::World;

/// The brand of goods without one.
pub const NO_BRAND: u64 = 60_001;

/// Known brands by id.
pub static BRANDS: &[(u64, &str)] = &[
    (NO_BRAND, "No Brand"),
    (60_002, "OEM"),
    (60_101, "Trung Nguyên"),
    (60_102, "Vinamilk"),
    (60_103, "Chin-su"),
    (60_104, "Khải Hoàn"),
    (60_105, "Vinamit"),
    (60_106, "Hảo Hảo"),
    (60_107, "Cocoon"),
    (60_108, "Minh Long"),
    (60_109, "Bát Tràng"),
    (60_110, "Tân Cương"),
];

/// `/category/brands/query`. Beyond the platform-wide rate the list is silently empty (spec 4.3).
pub fn brands(world: &World, call: &Call) -> Answer {
    let start = call.whole("startRow", "14")?.ok_or_else(|| Refusal::missing("startRow"))?;
    let size = call.whole("pageSize", "19")?.unwrap_or(40);
    if size == 0 || size > 200 {
        return Err(Refusal::isp("19", format!("E019: \"{size}\" Invalid pageSize")));
    }
    let per_second = world.rule(|rules| rules.brands_per_second);
    let is_let_in = lock(&world.brand_calls).take(per_second, call.now_ms);
    let range = if is_let_in { call.page(start, size, BRANDS.len()) } else { 0..0 };
    let module: Vec<Value> = BRANDS[range]
        .iter()
        .map(|(id, name)| {
            let global = name.to_lowercase().replace(' ', "_");
            json!({"brand_id": id, "name": name, "name_en": name, "global_identifier": global})
        })
        .collect();
    call.rows.set(module.len());
    let mut top = Map::new();
    top.insert("success".to_owned(), json!(true));
    top.insert("error_code".to_owned(), Value::Null);
    top.insert("error_msg".to_owned(), Value::Null);
    top.insert(
        "data".to_owned(),
        json!({
            "start_row": start, "page_index": start / size, "page_size": size, "total_page": BRANDS.len().div_ceil(size),
            "total_record": BRANDS.len(), "enable_total": true, "module": module,
        }),
    );
    Ok(Success::Top(top))
}
