//! Attributes of categories, what they accept, and the tree that tells callers so (spec 4.1).

use serde_json::{Value, json};

use super::call::Call;
use super::category::{self, FOOD, GARDEN, HEALTH, is_vietnamese};
use super::envelope::{Answer, Success};

/// How an attribute is filled in; numbers as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    DropDown,
    ComboBox,
    FreeText,
    MultiDropDown,
    MultiComboBox,
}

/// What a written value must be; numbers as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Int,
    Text,
    Float,
    Date,
}

/// One attribute.
#[derive(Debug)]
pub struct Attribute {
    pub id: u64,
    pub english: &'static str,
    pub vietnamese: &'static str,
    pub input: Input,
    pub shape: Shape,
    /// Not empty: a quantity with one of these units.
    pub units: &'static [&'static str],
    pub at_most: usize,
    /// Ids, English and Vietnamese names.
    pub choices: &'static [(u64, &'static str, &'static str)],
    /// A choice that opens a further attribute.
    pub opens: Option<(u64, u64)>,
}

/// Country of origin, the attribute nearly every leaf demands.
pub const ORIGIN: u64 = 100_095;
const REGISTRATION: u64 = 100_971;
const DOSAGE_FORM: u64 = 100_972;

const fn plain(
    id: u64,
    english: &'static str,
    vietnamese: &'static str,
    input: Input,
    choices: &'static [(u64, &'static str, &'static str)],
) -> Attribute {
    Attribute {
        id,
        english,
        vietnamese,
        input,
        shape: Shape::Text,
        units: &[],
        at_most: 1,
        choices,
        opens: None,
    }
}

static ALL: &[Attribute] = &[
    plain(
        ORIGIN,
        "Country of Origin",
        "Xuất xứ",
        Input::DropDown,
        &[
            (867, "Vietnam", "Việt Nam"),
            (868, "Thailand", "Thái Lan"),
            (869, "China", "Trung Quốc"),
            (870, "Japan", "Nhật Bản"),
            (871, "Other", "Khác"),
        ],
    ),
    Attribute {
        shape: Shape::Int,
        units: &["Months", "Days", "Years"],
        ..plain(
            100_010,
            "Shelf Life",
            "Hạn sử dụng",
            Input::ComboBox,
            &[(572, "6", "6"), (573, "12", "12"), (574, "24", "24")],
        )
    },
    plain(100_974, "Ingredient", "Thành phần", Input::FreeText, &[]),
    Attribute {
        at_most: 5,
        opens: Some((1201, 100_999)),
        ..plain(
            100_975,
            "Certification",
            "Chứng nhận",
            Input::MultiComboBox,
            &[
                (1201, "OCOP", "OCOP"),
                (1202, "VietGAP", "VietGAP"),
                (1203, "Organic", "Hữu cơ"),
                (1204, "HACCP", "HACCP"),
            ],
        )
    },
    Attribute {
        shape: Shape::Date, ..plain(100_976, "Expiry Date", "Ngày hết hạn", Input::FreeText, &[])
    },
    plain(
        100_134,
        "Material",
        "Chất liệu",
        Input::ComboBox,
        &[
            (1301, "Bamboo", "Tre"),
            (1302, "Rattan", "Mây"),
            (1303, "Wood", "Gỗ"),
            (1304, "Ceramic", "Gốm sứ"),
            (1305, "Silk", "Lụa"),
        ],
    ),
    Attribute {
        at_most: 3,
        ..plain(
            100_135,
            "Occasion",
            "Dịp",
            Input::MultiDropDown,
            &[(1401, "Tet", "Tết"), (1402, "Wedding", "Cưới"), (1403, "Housewarming", "Tân gia")],
        )
    },
    plain(REGISTRATION, "Product Registration Number", "Số đăng ký công bố", Input::FreeText, &[]),
    plain(
        DOSAGE_FORM,
        "Dosage Form",
        "Dạng bào chế",
        Input::DropDown,
        &[
            (1501, "Powder", "Bột"),
            (1502, "Capsule", "Viên nang"),
            (1503, "Liquid", "Dạng lỏng"),
            (1504, "Dried", "Sấy khô"),
        ],
    ),
    Attribute {
        shape: Shape::Float,
        units: &["cm", "m"],
        ..plain(100_136, "Plant Height", "Chiều cao cây", Input::ComboBox, &[])
    },
    plain(100_999, "Certificate Number", "Số chứng nhận", Input::FreeText, &[]),
];

/// The attribute with this id.
pub fn find(id: u64) -> Option<&'static Attribute> {
    ALL.iter().find(|attribute| attribute.id == id)
}

/// Which attributes a leaf has, and whether each is mandatory.
pub fn of_leaf(category_id: u64) -> &'static [(u64, bool)] {
    let root = category::find(category_id).map_or(0, category::root_of);
    match root {
        FOOD => &[(ORIGIN, true), (100_010, false), (100_974, false), (100_975, false), (100_976, false)],
        HEALTH => {
            &[(ORIGIN, true), (REGISTRATION, true), (DOSAGE_FORM, true), (100_010, false), (100_975, false)]
        }
        GARDEN => &[(ORIGIN, true), (100_136, false)],
        _ => &[(ORIGIN, true), (100_134, false), (100_135, false), (100_975, false)],
    }
}

/// How a stored attribute reads back (spec 4.10).
pub fn shown(category_id: u64, stored: &Value) -> Value {
    let id = stored["attribute_id"].as_u64().unwrap_or(0);
    let attribute = find(id);
    let is_mandatory = of_leaf(category_id).iter().any(|(known, is_mandatory)| *known == id && *is_mandatory);
    let picked: Vec<Value> = stored["attribute_value_list"].as_array().into_iter().flatten().map(|one| {
        let value_id = one["value_id"].as_u64().unwrap_or(0);
        let known = attribute.and_then(|attribute| attribute.choices.iter().find(|(choice, _, _)| *choice == value_id));
        let name = known.map_or_else(|| one["original_value_name"].as_str().unwrap_or(""), |(_, english, _)| english);
        json!({"value_id": value_id, "original_value_name": name, "value_unit": one["value_unit"].as_str().unwrap_or("")})
    }).collect();
    json!({
        "attribute_id": id,
        "original_attribute_name": attribute.map_or("", |attribute| attribute.english),
        "is_mandatory": is_mandatory,
        "attribute_value_list": picked,
    })
}

/// `GET /product/get_attribute_tree`. A misnamed parameter is no error but yields an empty object (spec 4.1).
pub fn get_attribute_tree(call: &Call) -> Answer {
    is_vietnamese(call)?;
    let words = call.list("category_id_list");
    if words.is_empty() {
        return Ok(Success::Response(json!({})));
    }
    let ids = call.ids("category_id_list", 20, false)?;
    let rows: Vec<Value> = ids.iter().map(|id| {
        if category::find_leaf(*id).is_none() {
            return json!({"category_id": id, "warning": "Category does not exist or is not a leaf.", "attribute_tree": []});
        }
        let tree: Vec<Value> = of_leaf(*id).iter().filter_map(|(id, is_mandatory)| find(*id).map(|attribute| row(attribute, *is_mandatory))).collect();
        json!({"category_id": id, "warning": "", "attribute_tree": tree})
    }).collect();
    Ok(Success::Response(json!({ "list": rows })))
}

fn row(attribute: &Attribute, is_mandatory: bool) -> Value {
    let choices: Vec<Value> = attribute
        .choices
        .iter()
        .map(|(id, english, vietnamese)| {
            let child = attribute.opens.filter(|(choice, _)| choice == id).and_then(|(_, child)| find(child));
            let children: Vec<Value> = child.into_iter().map(|child| row(child, false)).collect();
            json!({"value_id": id, "name": english, "value_unit": "", "child_attribute_list": children,
            "multi_lang": [{"language": "vi", "value": vietnamese}]})
        })
        .collect();
    let input = match attribute.input {
        Input::DropDown => 1,
        Input::ComboBox => 2,
        Input::FreeText => 3,
        Input::MultiDropDown => 4,
        Input::MultiComboBox => 5,
    };
    let shape = match attribute.shape {
        Shape::Int => 1,
        Shape::Text => 2,
        Shape::Float => 3,
        Shape::Date => 4,
    };
    json!({
        "attribute_id": attribute.id,
        "mandatory": is_mandatory,
        "name": attribute.english,
        "attribute_value_list": choices,
        "attribute_info": {
            "input_type": input,
            "input_validation_type": shape,
            "format_type": if attribute.units.is_empty() { 1 } else { 2 },
            "date_format_type": 0,
            "attribute_unit_list": attribute.units,
            "max_value_count": attribute.at_most,
            "introduction": "",
            "is_oem": false,
            "support_search_value": false,
        },
        "multi_lang": [{"language": "vi", "value": attribute.vietnamese}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misnamed_parameter_yields_an_empty_object() {
        let call = Call::new(false, "/api/v2/product/get_attribute_tree", "category_id=100659", 0);

        assert_eq!(get_attribute_tree(&call), Ok(Success::Response(json!({}))));
    }
}
