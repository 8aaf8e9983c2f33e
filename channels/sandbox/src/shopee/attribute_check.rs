//! What an item's attributes must say for its leaf, with the codes of spec 4.5.

use serde_json::Value;

use super::attribute::{Attribute, Input, Shape, find, of_leaf};
use super::call::{array, text, whole};
use super::envelope::Refusal;

/// Checks the `attribute_list` of an item against its leaf, with the codes of spec 4.5.
pub fn check(category_id: u64, given: &[Value]) -> Result<(), Refusal> {
    let leaf = of_leaf(category_id);
    let mut named = Vec::with_capacity(given.len());
    for entry in given {
        let Some(id) = whole(entry, "attribute_id")?.and_then(|id| u64::try_from(id).ok()) else {
            return Err(Refusal::new("product.error_invalid_attribute", "Invalid attribute."));
        };
        let Some(attribute) = find(id) else {
            return Err(Refusal::new("product.error_invalid_attribute", format!("Invalid attribute {id}.")));
        };
        let is_opened = given.iter().any(|other| opens(other, id));
        if !leaf.iter().any(|(known, _)| *known == id) && !is_opened {
            return Err(Refusal::new(
                "product.error_invalid_category_attribute",
                format!("Attribute {id} is not valid for the category."),
            ));
        }
        let picked = array(entry, "attribute_value_list")?.map_or(&[][..], Vec::as_slice);
        check_picked(attribute, picked)?;
        if !picked.is_empty() {
            named.push(id);
        }
    }
    match leaf.iter().find(|(id, is_mandatory)| *is_mandatory && !named.contains(id)) {
        Some((id, _)) => {
            let name = find(*id).map_or("", |attribute| attribute.english);
            Err(Refusal::new(
                "product.error_less_required_attribute",
                format!("Attribute is mandatory: {name} ({id})."),
            ))
        }
        None => Ok(()),
    }
}

fn opens(entry: &Value, wanted: u64) -> bool {
    let Some((choice, child)) =
        entry["attribute_id"].as_u64().and_then(find).and_then(|attribute| attribute.opens)
    else {
        return false;
    };
    let picked = entry["attribute_value_list"].as_array();
    child == wanted && picked.is_some_and(|picked| picked.iter().any(|one| one["value_id"] == choice))
}

fn check_picked(attribute: &Attribute, picked: &[Value]) -> Result<(), Refusal> {
    let bad = |what: &str| {
        Refusal::new(
            "product.error_invalid_attribute_value",
            format!("Invalid attribute value of {}: {what}", attribute.id),
        )
    };
    if picked.len() > attribute.at_most {
        return Err(bad("too many values"));
    }
    for one in picked {
        let id = whole(one, "value_id")?.unwrap_or(0);
        let written = text(one, "original_value_name")?.unwrap_or("");
        if id != 0 {
            if attribute.input == Input::FreeText {
                return Err(Refusal::new(
                    "product.error_value_id_must_equal_zero",
                    "value_id must be 0 for a customized value.",
                ));
            }
            if !attribute.choices.iter().any(|(known, _, _)| i64::try_from(*known) == Ok(id)) {
                return Err(bad("unknown value_id"));
            }
            continue;
        }
        if matches!(attribute.input, Input::DropDown | Input::MultiDropDown) {
            return Err(bad("a customized value is not supported"));
        }
        if written.is_empty() {
            return Err(Refusal::new(
                "product.error_value_name_required",
                "original_value_name is required when value_id is 0.",
            ));
        }
        let fits = match attribute.shape {
            Shape::Int | Shape::Date => written.parse::<i64>().is_ok(),
            Shape::Float => written.parse::<f64>().is_ok(),
            Shape::Text => true,
        };
        if !fits {
            return Err(bad(written));
        }
        let unit = text(one, "value_unit")?.unwrap_or("");
        if !attribute.units.is_empty() && !attribute.units.contains(&unit) {
            return Err(bad("value_unit"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::attribute::ORIGIN;
    use super::*;

    fn code(category_id: u64, given: Value) -> String {
        check(category_id, given.as_array().unwrap())
            .map_or_else(|refusal| refusal.code.into_owned(), |()| String::new())
    }

    #[test]
    fn coffee_needs_its_country_of_origin() {
        assert_eq!(code(100_659, json!([])), "product.error_less_required_attribute");
        assert_eq!(
            code(100_659, json!([{"attribute_id": ORIGIN, "attribute_value_list": [{"value_id": 867}]}])),
            ""
        );
    }

    #[test]
    fn a_drop_down_takes_only_its_own_values() {
        let other = json!([{"attribute_id": ORIGIN, "attribute_value_list": [{"value_id": 1}]}]);
        let custom = json!([{"attribute_id": ORIGIN, "attribute_value_list": [{"value_id": 0, "original_value_name": "Lào"}]}]);

        assert_eq!(code(100_659, other), "product.error_invalid_attribute_value");
        assert_eq!(code(100_659, custom), "product.error_invalid_attribute_value");
    }

    #[test]
    fn free_text_is_written_with_value_id_zero() {
        let origin = json!({"attribute_id": ORIGIN, "attribute_value_list": [{"value_id": 867}]});
        let numbered = json!([origin, {"attribute_id": 100_974, "attribute_value_list": [{"value_id": 5}]}]);
        let nameless = json!([origin, {"attribute_id": 100_974, "attribute_value_list": [{"value_id": 0}]}]);

        assert_eq!(code(100_659, numbered), "product.error_value_id_must_equal_zero");
        assert_eq!(code(100_659, nameless), "product.error_value_name_required");
    }

    #[test]
    fn quantities_need_one_of_their_units() {
        let origin = json!({"attribute_id": ORIGIN, "attribute_value_list": [{"value_id": 867}]});
        let bare = json!([origin, {"attribute_id": 100_010, "attribute_value_list": [{"value_id": 0, "original_value_name": "9"}]}]);
        let whole = json!([origin, {"attribute_id": 100_010, "attribute_value_list": [{"value_id": 0, "original_value_name": "9", "value_unit": "Months"}]}]);

        assert_eq!(code(100_659, bare), "product.error_invalid_attribute_value");
        assert_eq!(code(100_659, whole), "");
    }

    #[test]
    fn another_leafs_attribute_is_refused() {
        let given = json!([{"attribute_id": ORIGIN, "attribute_value_list": [{"value_id": 867}]},
            {"attribute_id": 100_136, "attribute_value_list": [{"value_id": 0, "original_value_name": "9", "value_unit": "cm"}]}]);

        assert_eq!(code(100_659, given), "product.error_invalid_category_attribute");
    }
}
