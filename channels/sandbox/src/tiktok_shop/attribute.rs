//! Attributes of categories, and the check of what a product says about itself (spec 6). Ids are invented, but for
//! 100107, 101610, 1000039 and 100000, which spec 7.3 shows.

use serde_json::{Value, json};

use super::call::{Call, id, list, text};
use super::category;
use super::envelope::{Answer, Refusal};
use super::shop::Shop;
use super::world::World;

/// Categories that ask for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    Food,
    Supplement,
    Cosmetic,
    Craft,
    Textile,
    Plain,
}

impl Set {
    /// Whether its products need a declaration.
    pub const fn needs_declaration(self) -> bool {
        matches!(self, Self::Supplement | Self::Cosmetic)
    }
}

/// One attribute.
#[derive(Debug)]
pub struct Attribute {
    pub id: u64,
    pub name: &'static str,
    pub is_sales: bool,
    pub is_required: bool,
    pub values: &'static [(u64, &'static str)],
    pub is_customizable: bool,
    pub is_multiple: bool,
    /// Required when this attribute has this value, and must be empty otherwise.
    pub condition: Option<(u64, u64)>,
    pub format: &'static str,
    sets: &'static [Set],
}

const ALL: &[Set] = &[Set::Food, Set::Supplement, Set::Cosmetic, Set::Craft, Set::Textile, Set::Plain];
const EATEN: &[Set] = &[Set::Food, Set::Supplement];
const MADE: &[Set] = &[Set::Craft, Set::Textile];

/// Where goods come from: required everywhere.
pub const ORIGIN: u64 = 100_157;
/// The value "Việt Nam" of [`ORIGIN`].
pub const VIETNAM: u64 = 1_000_057;
const ALCOHOL: u64 = 101_450;
const YES: u64 = 1_000_101;

const PLAIN: Attribute = Attribute {
    id: 0,
    name: "",
    is_sales: false,
    is_required: false,
    values: &[],
    is_customizable: false,
    is_multiple: false,
    condition: None,
    format: "",
    sets: ALL,
};

static ATTRIBUTES: &[Attribute] = &[
    Attribute {
        id: ORIGIN,
        name: "Xuất xứ",
        is_required: true,
        values: &[(VIETNAM, "Việt Nam"), (1_000_058, "Thái Lan"), (1_000_059, "Trung Quốc")],
        ..PLAIN
    },
    Attribute {
        id: 101_400,
        name: "Thành phần",
        is_customizable: true,
        is_multiple: true,
        sets: EATEN,
        ..PLAIN
    },
    Attribute {
        id: 101_401,
        name: "Hạn sử dụng (ngày)",
        is_customizable: true,
        format: "POSITIVE_INT_OR_DECIMAL",
        sets: EATEN,
        ..PLAIN
    },
    Attribute {
        id: ALCOHOL,
        name: "Chứa cồn",
        values: &[(YES, "Có"), (1_000_102, "Không")],
        sets: EATEN,
        ..PLAIN
    },
    Attribute {
        id: 101_451,
        name: "Nồng độ cồn (%)",
        is_customizable: true,
        condition: Some((ALCOHOL, YES)),
        format: "POSITIVE_INT_OR_DECIMAL",
        sets: EATEN,
        ..PLAIN
    },
    Attribute {
        id: 101_610,
        name: "Chất liệu",
        is_required: true,
        values: &[
            (1_000_201, "Gốm sứ"),
            (1_000_202, "Mây tre"),
            (1_000_203, "Gỗ"),
            (1_000_204, "Vải"),
            (1_000_205, "Đá"),
        ],
        is_customizable: true,
        is_multiple: true,
        sets: MADE,
        ..PLAIN
    },
    Attribute {
        id: 100_107,
        name: "Kiểu dáng",
        values: &[(1_000_039, "Truyền thống"), (1_000_040, "Hiện đại")],
        sets: MADE,
        ..PLAIN
    },
    Attribute {
        id: 100_000,
        name: "Màu sắc",
        is_sales: true,
        values: &[(1_000_301, "Trắng"), (1_000_302, "Xanh"), (1_000_303, "Nâu")],
        is_customizable: true,
        ..PLAIN
    },
    Attribute { id: 100_007, name: "Kích cỡ", is_sales: true, is_customizable: true, ..PLAIN },
    Attribute { id: 100_089, name: "Khối lượng", is_sales: true, is_customizable: true, ..PLAIN },
];

/// The attribute with this id in a set.
pub fn find(set: Set, id: u64) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|one| one.id == id && one.sets.contains(&set))
}

/// The variant axis with this id or name.
pub fn axis(wanted: Option<u64>, name: &str) -> Option<&'static Attribute> {
    let is_it = |one: &&Attribute| wanted.map_or_else(|| one.name == name, |id| one.id == id);
    ATTRIBUTES.iter().filter(|one| one.is_sales).find(is_it)
}

/// `GET /product/202309/categories/{id}/attributes`.
pub fn of_category(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    category::check_version(call.arg("category_version"))?;
    let (_, set) = category::check(shop, call.id())?;
    let rows: Vec<Value> = ATTRIBUTES
        .iter()
        .filter(|one| one.sets.contains(&set))
        .map(|one| {
            let values: Vec<Value> =
                one.values.iter().map(|(id, name)| json!({"id": id.to_string(), "name": name})).collect();
            let conditions: Vec<Value> = one
                .condition
                .iter()
                .map(|(attribute, value)| {
                    json!({
                        "condition_type": "VALUE_ID_MATCH", "attribute_id": attribute.to_string(),
                        "attribute_value_id": value.to_string(),
                    })
                })
                .collect();
            // `is_requried` is spelt so on the wire (spec 6).
            json!({
                "id": one.id.to_string(), "name": one.name, "type": if one.is_sales { "SALES_PROPERTY" } else { "PRODUCT_PROPERTY" },
                "is_requried": one.is_required, "values": values, "value_data_format": one.format,
                "is_customizable": one.is_customizable, "is_multiple_selection": one.is_multiple, "requirement_conditions": conditions,
            })
        })
        .collect();
    call.rows(rows.len(), json!({ "attributes": rows }))
}

/// Checks `product_attributes`; what is kept has ids and names (spec 4.2: 12052104, 12052182-83, 12052240 and on).
pub fn check(set: Set, given: &[Value]) -> Result<Vec<Value>, Refusal> {
    let mut kept = Vec::with_capacity(given.len());
    let mut chosen: Vec<(u64, Vec<u64>)> = Vec::with_capacity(given.len());
    for row in given {
        let number = id(row, "id").unwrap_or(0);
        let attribute = find(set, number).filter(|attribute| !attribute.is_sales).ok_or_else(|| {
            Refusal::new(12_052_240, format!("The product attribute {number} does not exist."))
        })?;
        if chosen.iter().any(|(known, _)| *known == number) {
            return Err(Refusal::new(12_052_244, format!("The product attribute {number} is repeated.")));
        }
        let (values, ids) = check_values(attribute, list(row, "values"))?;
        chosen.push((number, ids));
        kept.push(json!({"id": number.to_string(), "name": attribute.name, "values": values}));
    }
    let has = |id: u64| chosen.iter().any(|(known, _)| *known == id);
    for attribute in ATTRIBUTES.iter().filter(|one| one.sets.contains(&set) && !one.is_sales) {
        let name = attribute.name;
        if attribute.is_required && !has(attribute.id) {
            return Err(Refusal::new(12_052_104, format!("The required attribute {name} is missing.")));
        }
        let Some((other, value)) = attribute.condition else { continue };
        let is_wanted = chosen.iter().any(|(known, ids)| *known == other && ids.contains(&value));
        if is_wanted && !has(attribute.id) {
            return Err(Refusal::new(12_052_182, format!("The dependent attribute {name} is required.")));
        }
        if !is_wanted && has(attribute.id) {
            return Err(Refusal::new(12_052_183, format!("The dependent attribute {name} must be empty.")));
        }
    }
    Ok(kept)
}

fn check_values(attribute: &Attribute, given: &[Value]) -> Result<(Vec<Value>, Vec<u64>), Refusal> {
    let name = attribute.name;
    if given.is_empty() {
        return Err(Refusal::new(12_052_245, format!("The attribute {name} has no value.")));
    }
    if given.len() > 1 && !attribute.is_multiple {
        return Err(Refusal::new(12_052_243, format!("The attribute {name} takes one value.")));
    }
    let (mut values, mut ids) = (Vec::with_capacity(given.len()), Vec::new());
    for value in given {
        if let Some(wanted) = id(value, "id") {
            let known = attribute.values.iter().find(|(known, _)| *known == wanted);
            let (_, label) = known.ok_or_else(|| {
                Refusal::new(12_052_241, format!("The attribute {name} has no value {wanted}."))
            })?;
            ids.push(wanted);
            values.push(json!({"id": wanted.to_string(), "name": label}));
            continue;
        }
        let word = text(value, "name").unwrap_or("");
        if let Some((known, label)) = attribute.values.iter().find(|(_, label)| *label == word) {
            ids.push(*known);
            values.push(json!({"id": known.to_string(), "name": label}));
            continue;
        }
        if !attribute.is_customizable {
            return Err(Refusal::new(12_052_242, format!("The attribute {name} takes no custom value.")));
        }
        let is_number = word.parse::<f64>().is_ok_and(|number| number > 0.0);
        if word.is_empty() || word.chars().count() > 50 || (!attribute.format.is_empty() && !is_number) {
            return Err(Refusal::new(12_052_246, format!("The value of the attribute {name} is invalid.")));
        }
        values.push(json!({"id": custom_id(attribute.id, word).to_string(), "name": word}));
    }
    Ok((values, ids))
}

/// Custom values have ids, too: the same for the same word.
fn custom_id(attribute: u64, word: &str) -> u64 {
    let hash = word.bytes().fold(attribute, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    7_190_000_000_000_000_000 + hash % 1_000_000_000_000
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Set, check};

    fn code(set: Set, rows: serde_json::Value) -> u32 {
        check(set, rows.as_array().unwrap()).map_or_else(|refusal| refusal.code, |_| 0)
    }

    #[test]
    fn attributes_are_checked_by_the_category() {
        let origin = json!({"id": "100157", "values": [{"id": "1000057"}]});
        let alcohol = |value: &str| json!({"id": "101450", "values": [{"id": value}]});
        let strength = json!({"id": "101451", "values": [{"name": "29.5"}]});

        assert_eq!(code(Set::Food, json!([])), 12_052_104);
        assert_eq!(code(Set::Food, json!([origin])), 0);
        assert_eq!(code(Set::Craft, json!([origin])), 12_052_104);
        assert_eq!(code(Set::Craft, json!([origin, {"id": "101610", "values": [{"name": "Gốm sứ"}]}])), 0);
        assert_eq!(code(Set::Food, json!([origin, alcohol("1000101")])), 12_052_182);
        assert_eq!(code(Set::Food, json!([origin, alcohol("1000101"), strength])), 0);
        assert_eq!(code(Set::Food, json!([origin, alcohol("1000102"), strength])), 12_052_183);
        assert_eq!(code(Set::Food, json!([origin, {"id": "5", "values": []}])), 12_052_240);
        assert_eq!(code(Set::Food, json!([{"id": "100157", "values": [{"name": "Sao Hỏa"}]}])), 12_052_242);
        assert_eq!(code(Set::Food, json!([{"id": "100157", "values": [{"id": "9"}]}])), 12_052_241);
    }
}
