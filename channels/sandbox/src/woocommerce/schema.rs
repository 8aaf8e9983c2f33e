//! The schema that single calls are held to. Batches skip it (spec §7 item 5).

use serde_json::Value;

use super::errors::{ApiError, invalid_param};
use super::product::{STATUSES, STOCK_STATUSES, VISIBILITIES};
use super::profile::Profile;
use super::wire::{Args, php_bool, php_int, read_date};

/// What a field must be.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A string.
    Text,
    /// A string out of these.
    One(&'static [&'static str]),
    /// A whole number, also as text.
    Whole,
    /// A boolean, also as text or 0/1.
    Flag,
    /// A boolean or a word (`"parent"`).
    FlagOr(&'static str),
    /// A date-time or null.
    Date,
    /// An array of objects.
    Rows,
    /// An array of whole numbers.
    Ids,
    /// An object.
    Map,
}

/// Fields and their shapes.
pub type Schema = &'static [(&'static str, Shape)];

const TYPES: &[&str] = &["simple", "grouped", "external", "variable"];
const BACKORDERS: &[&str] = &["no", "notify", "yes"];
const TAX: &[&str] = &["taxable", "shipping", "none"];
/// Order statuses that may be written.
pub const ORDER_STATUSES: &[&str] = &[
    "auto-draft",
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
    "trash",
];

/// Fields of a product.
pub const PRODUCT: Schema = &[
    ("name", Shape::Text),
    ("slug", Shape::Text),
    ("type", Shape::One(TYPES)),
    ("status", Shape::One(&STATUSES)),
    ("featured", Shape::Flag),
    ("catalog_visibility", Shape::One(&VISIBILITIES)),
    ("description", Shape::Text),
    ("short_description", Shape::Text),
    ("sku", Shape::Text),
    ("global_unique_id", Shape::Text),
    ("regular_price", Shape::Text),
    ("sale_price", Shape::Text),
    ("date_on_sale_from", Shape::Date),
    ("date_on_sale_from_gmt", Shape::Date),
    ("date_on_sale_to", Shape::Date),
    ("date_on_sale_to_gmt", Shape::Date),
    ("virtual", Shape::Flag),
    ("downloadable", Shape::Flag),
    ("external_url", Shape::Text),
    ("button_text", Shape::Text),
    ("tax_status", Shape::One(TAX)),
    ("tax_class", Shape::Text),
    ("manage_stock", Shape::Flag),
    ("stock_quantity", Shape::Whole),
    ("inventory_delta", Shape::Whole),
    ("stock_status", Shape::One(&STOCK_STATUSES)),
    ("backorders", Shape::One(BACKORDERS)),
    ("low_stock_amount", Shape::Whole),
    ("sold_individually", Shape::Flag),
    ("weight", Shape::Text),
    ("dimensions", Shape::Map),
    ("shipping_class", Shape::Text),
    ("reviews_allowed", Shape::Flag),
    ("upsell_ids", Shape::Ids),
    ("cross_sell_ids", Shape::Ids),
    ("purchase_note", Shape::Text),
    ("categories", Shape::Rows),
    ("tags", Shape::Rows),
    ("brands", Shape::Rows),
    ("images", Shape::Rows),
    ("attributes", Shape::Rows),
    ("default_attributes", Shape::Rows),
    ("menu_order", Shape::Whole),
    ("meta_data", Shape::Rows),
];

/// Fields of a variation where they differ from a product's.
const VARIATION: Schema = &[("manage_stock", Shape::FlagOr("parent")), ("image", Shape::Map)];
const VARIATION_OLD: Schema = &[("image", Shape::Map)];

/// Fields of an order.
pub const ORDER: Schema = &[
    ("status", Shape::One(ORDER_STATUSES)),
    ("currency", Shape::Text),
    ("customer_id", Shape::Whole),
    ("customer_note", Shape::Text),
    ("billing", Shape::Map),
    ("shipping", Shape::Map),
    ("payment_method", Shape::Text),
    ("payment_method_title", Shape::Text),
    ("transaction_id", Shape::Text),
    ("set_paid", Shape::Flag),
    ("line_items", Shape::Rows),
    ("shipping_lines", Shape::Rows),
    ("fee_lines", Shape::Rows),
    ("coupon_lines", Shape::Rows),
    ("meta_data", Shape::Rows),
];

/// Fields of a category, tag, brand or term.
pub const TERM: Schema = &[
    ("name", Shape::Text),
    ("slug", Shape::Text),
    ("description", Shape::Text),
    ("parent", Shape::Whole),
    ("menu_order", Shape::Whole),
    ("image", Shape::Map),
];

/// Fields of a global attribute.
pub const ATTRIBUTE: Schema = &[
    ("name", Shape::Text),
    ("slug", Shape::Text),
    ("type", Shape::Text),
    ("order_by", Shape::One(&["menu_order", "name", "name_num", "id"])),
    ("has_archives", Shape::Flag),
];

/// Fields of a webhook.
pub const WEBHOOK: Schema = &[
    ("name", Shape::Text),
    ("status", Shape::One(&["active", "paused", "disabled"])),
    ("topic", Shape::Text),
    ("delivery_url", Shape::Text),
    ("secret", Shape::Text),
];

/// Holds a single call to the schema and brings the values into shape.
///
/// # Errors
/// `rest_invalid_param`, naming the first field that breaks it.
pub fn check(args: &mut Args, schema: Schema) -> Result<(), ApiError> {
    for (field, shape) in schema {
        if let Some(value) = args.get_mut(*field) {
            shape_one(field, value, *shape)?;
        }
    }
    Ok(())
}

/// Holds a variation to its schema.
///
/// # Errors
/// See [`check`].
pub fn check_variation(args: &mut Args, profile: Profile) -> Result<(), ApiError> {
    let own = if profile.is_old() { VARIATION_OLD } else { VARIATION };
    check(args, own)?;
    for (field, shape) in PRODUCT {
        let is_own = own.iter().any(|(name, _)| name == field) || matches!(*field, "type" | "images");
        if let Some(value) = args.get_mut(*field).filter(|_| !is_own) {
            shape_one(field, value, *shape)?;
        }
    }
    Ok(())
}

fn shape_one(field: &str, value: &mut Value, shape: Shape) -> Result<(), ApiError> {
    let type_error =
        |name: &str| invalid_param(field, "rest_invalid_type", &format!("{field} is not of type {name}."));
    match shape {
        Shape::Text | Shape::One(_) if value.is_null() => *value = Value::String(String::new()),
        Shape::Text => {
            value.as_str().ok_or_else(|| type_error("string"))?;
        }
        Shape::One(words) => {
            let word = value.as_str().ok_or_else(|| type_error("string"))?;
            if !words.contains(&word) {
                let why = format!("{field} is not one of {}.", words.join(", "));
                return Err(invalid_param(field, "rest_not_in_enum", &why));
            }
        }
        Shape::Whole => *value = whole(value).map(Value::from).ok_or_else(|| type_error("integer"))?,
        Shape::FlagOr(word) if value.as_str() == Some(word) => {}
        Shape::Flag | Shape::FlagOr(_) => {
            *value = Value::Bool(flag(value).ok_or_else(|| type_error("boolean"))?)
        }
        Shape::Date if value.is_null() || value.as_str() == Some("") => {}
        Shape::Date => {
            if value.as_str().and_then(|text| read_date(text, 0)).is_none() {
                return Err(invalid_param(field, "rest_invalid_date", "Invalid date."));
            }
        }
        Shape::Rows | Shape::Ids if value.is_null() || value.as_str() == Some("") => {
            *value = Value::Array(Vec::new())
        }
        Shape::Rows => {
            let rows = value.as_array().ok_or_else(|| type_error("array"))?;
            if let Some(at) = rows.iter().position(|row| !row.is_object()) {
                let inner = format!("{field}[{at}]");
                return Err(invalid_param(
                    field,
                    "rest_invalid_type",
                    &format!("{inner} is not of type object."),
                ));
            }
        }
        Shape::Ids => {
            let rows = value.as_array().ok_or_else(|| type_error("array"))?;
            if let Some(at) = rows.iter().position(|row| whole(row).is_none()) {
                let inner = format!("{field}[{at}]");
                return Err(invalid_param(
                    field,
                    "rest_invalid_type",
                    &format!("{inner} is not of type integer."),
                ));
            }
        }
        Shape::Map => {
            let is_empty =
                value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
            if !is_empty && !value.is_object() {
                return Err(type_error("object"));
            }
        }
    }
    Ok(())
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Null => Some(0),
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(super::wire::whole))
        }
        Value::String(text) => {
            let number: f64 = text.trim().parse().ok()?;
            (number.fract() == 0.0).then(|| php_int(value))
        }
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Null => Some(false),
        Value::Number(number) => {
            number.as_i64().filter(|number| matches!(number, 0 | 1)).map(|number| number == 1)
        }
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "false" | "0" | "" => Some(php_bool(value)),
            _ => None,
        },
        Value::Array(_) | Value::Object(_) => None,
    }
}
