//! Brands and limits of categories: what an item may be called, cost and weigh (spec 4.1, 4.2).

use serde_json::{Map, Value, json};

use super::call::Call;
use super::category::{self, FRESH, HEALTH, is_vietnamese};
use super::envelope::{Answer, Refusal, Success};

/// Whole đồng (spec 4.2).
pub const PRICE: (i64, i64) = (1_000, 120_000_000);
/// The dearest model may cost five times the cheapest in VN (spec 4.2).
pub const PRICE_SPREAD: i64 = 5;
/// By the runtime message (spec 4.2).
pub const STOCK: (i64, i64) = (0, 10_000_000);
/// Characters.
pub const NAME: (usize, usize) = (10, 120);
/// Characters.
pub const DESCRIPTION: (usize, usize) = (100, 3_000);
/// Pictures of an item.
pub const IMAGES: (usize, usize) = (1, 9);
/// Characters of a tier's name and of an option.
pub const TIER_NAME: usize = 14;
pub const TIER_OPTION: usize = 20;
/// Options of one tier: the texts say 20 and 50, 50 was measured to work (spec 4.2).
pub const TIER_OPTIONS: usize = 50;
/// Models of an item.
pub const MODELS: usize = 50;
/// Days to ship of ordinary goods in VN, and of pre-orders.
pub const DAYS_TO_SHIP: i64 = 2;
pub const PRE_ORDER_DAYS: (i64, i64) = (5, 15);

static COFFEE: [&str; 4] = ["Trung Nguyên", "Vinacafé", "Highlands Coffee", "Mê Trang"];

/// Tells whether items of this leaf need a brand other than "no brand".
pub fn needs_brand(category_id: u64) -> bool {
    category_id == 100_002 && category::find_leaf(category_id).is_some_and(|leaf| leaf.parent == HEALTH)
}

/// The pre-order range of a leaf; none where goods must leave at once.
pub fn pre_order_days(category_id: u64) -> Option<(i64, i64)> {
    if category_id == FRESH { None } else { Some(PRE_ORDER_DAYS) }
}

/// Brands of a leaf: coffee has more than two pages of them.
fn brand_count(category_id: u64) -> u64 {
    if category_id == 100_659 { 250 } else { category_id % 7 * 4 }
}

fn brand_name(category_id: u64, place: u64) -> String {
    let famous =
        usize::try_from(place).ok().filter(|_| category_id == 100_659).and_then(|place| COFFEE.get(place));
    famous.map_or_else(|| format!("Hương Quê {category_id}-{}", place + 1), |name| (*name).to_owned())
}

/// The name of a leaf's brand, if it has one with this id. 0 is "no brand".
pub fn find_brand(category_id: u64, brand_id: u64) -> Option<String> {
    if brand_id == 0 {
        return Some("NoBrand".to_owned());
    }
    let place = brand_id.checked_sub(category_id * 1_000 + 1)?;
    (place < brand_count(category_id)).then(|| brand_name(category_id, place))
}

/// `GET /product/get_brand_list`.
pub fn get_brand_list(call: &Call) -> Answer {
    is_vietnamese(call)?;
    let offset = call.int_between("offset", 0, i64::MAX)?.unsigned_abs();
    let page = call.int_between("page_size", 1, 100)?.unsigned_abs();
    let leaf = leaf_of(call, "category_id")?;
    let status = call.int_between("status", 1, 2)?;
    let all = if status == 1 { brand_count(leaf) } else { 0 };
    let until = offset.saturating_add(page).min(all);
    let rows: Vec<Value> = (offset..until).map(|place| {
        let name = brand_name(leaf, place);
        json!({"brand_id": leaf * 1_000 + 1 + place, "original_brand_name": name, "display_brand_name": name})
    }).collect();
    let has_next = until < all;
    Ok(Success::Response(json!({
        "brand_list": rows,
        "has_next_page": has_next,
        "next_offset": if has_next { until } else { 0 },
        "is_mandatory": needs_brand(leaf),
        "input_type": "DROP_DOWN",
    })))
}

fn leaf_of(call: &Call, name: &str) -> Result<u64, Refusal> {
    let id = call.int_between(name, 1, i64::MAX)?.unsigned_abs();
    let leaf = category::find_leaf(id);
    leaf.map(|leaf| leaf.id).ok_or_else(|| {
        Refusal::new(
            "product.error_invalid_category",
            "Invalid category, please use the lowest level category.",
        )
    })
}

/// `GET /product/get_item_limit`: the authority for what `add_item` accepts. `item_count` is the shop's own.
pub fn get_item_limit(call: &Call, item_count: u64) -> Answer {
    let leaf = if call.arg("category_id").is_some_and(|id| !id.is_empty()) {
        leaf_of(call, "category_id")?
    } else {
        0
    };
    let (dts_min, dts_max) = pre_order_days(leaf).unwrap_or((-1, -1));
    let mut beside = Map::new();
    beside.insert("gtin_limit".to_owned(), json!({"gtin_validation_rule": "Optional"}));
    let response = json!({
        "price_limit": {"min_limit": PRICE.0, "max_limit": PRICE.1},
        "wholesale_price_threshold_percentage": {"min_limit": 30, "max_limit": 100},
        "stock_limit": {"min_limit": STOCK.0, "max_limit": STOCK.1},
        "item_name_length_limit": {"min_limit": NAME.0, "max_limit": NAME.1},
        "item_image_count_limit": {"min_limit": IMAGES.0, "max_limit": IMAGES.1},
        "item_description_length_limit": {"min_limit": DESCRIPTION.0, "max_limit": DESCRIPTION.1},
        "tier_variation_name_length_limit": {"min_limit": 0, "max_limit": TIER_NAME},
        "tier_variation_option_length_limit": {"min_limit": 0, "max_limit": TIER_OPTION},
        "item_count_limit": {"max_limit": item_count},
        "extended_description_limit": Value::Null,
        "dts_limit": {"days_to_ship_limit": {"min_limit": dts_min, "max_limit": dts_max}, "non_pre_order_days_to_ship": DAYS_TO_SHIP},
        "weight_limit": {"weight_mandatory": true},
        "dimension_limit": {"dimension_mandatory": false},
        "size_chart_limit": Value::Null,
    });
    Ok(Success::Beside(response, beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(offset: u64) -> Value {
        let query = format!("offset={offset}&page_size=100&category_id=100659&status=1");
        match get_brand_list(&Call::new(false, "/api/v2/product/get_brand_list", &query, 0)) {
            Ok(Success::Response(response)) => response,
            other => panic!("no brands: {other:?}"),
        }
    }

    #[test]
    fn brands_of_coffee_come_in_three_pages() {
        assert_eq!(page(0)["brand_list"][0]["original_brand_name"], "Trung Nguyên");
        assert_eq!(page(0)["next_offset"], 100);
        assert_eq!(page(200)["has_next_page"], false);
        assert_eq!(page(200)["brand_list"].as_array().unwrap().len(), 50);
    }

    #[test]
    fn a_brand_belongs_to_its_leaf() {
        assert_eq!(find_brand(100_659, 100_659_001).as_deref(), Some("Trung Nguyên"));
        assert_eq!(find_brand(100_664, 100_659_001), None);
        assert_eq!(find_brand(100_664, 0).as_deref(), Some("NoBrand"));
    }
}
