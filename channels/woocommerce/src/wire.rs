//! What a shop says, as loosely as it says it: numbers as strings, missing keys, open sets of words (spec 3, 4.1, 8.1).

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A product, or a variation: the same fields with small differences (spec 4.1, 6).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Item {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
    #[serde(deserialize_with = "whole")]
    pub parent_id: u64,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: String,
    #[serde(deserialize_with = "text")]
    pub status: String,
    #[serde(deserialize_with = "text")]
    pub description: String,
    #[serde(deserialize_with = "text")]
    pub sku: String,
    #[serde(deserialize_with = "text")]
    pub global_unique_id: String,
    #[serde(deserialize_with = "text")]
    pub regular_price: String,
    #[serde(deserialize_with = "text")]
    pub sale_price: String,
    #[serde(deserialize_with = "text")]
    pub date_on_sale_from_gmt: String,
    #[serde(deserialize_with = "text")]
    pub date_on_sale_to_gmt: String,
    #[serde(deserialize_with = "text")]
    pub date_modified_gmt: String,
    pub manage_stock: Managed,
    #[serde(deserialize_with = "maybe_whole")]
    pub stock_quantity: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub stock_status: String,
    #[serde(deserialize_with = "text")]
    pub weight: String,
    #[serde(deserialize_with = "list")]
    pub categories: Vec<Named>,
    #[serde(deserialize_with = "list")]
    pub images: Vec<Image>,
    #[serde(deserialize_with = "list")]
    pub attributes: Vec<ItemAttribute>,
    /// Ids; only how many there are matters.
    #[serde(deserialize_with = "list")]
    pub variations: Vec<Value>,
    #[serde(deserialize_with = "list")]
    pub meta_data: Vec<Meta>,
}

impl Item {
    /// The text under a key of `meta_data`.
    pub fn meta(&self, key: &str) -> Option<&str> {
        self.meta_data.iter().find(|meta| meta.key == key).and_then(|meta| meta.value.as_str())
    }
}

/// Whose number counts: the shop says `"parent"` where a variation draws on its parent's stock (spec 6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Managed {
    Yes,
    #[default]
    No,
    Parent,
}

impl<'de> Deserialize<'de> for Managed {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(reader)? {
            Value::Bool(true) => Self::Yes,
            Value::String(word) if word == "parent" => Self::Parent,
            Value::String(word) if matches!(word.as_str(), "yes" | "true" | "1") => Self::Yes,
            _ => Self::No,
        })
    }
}

/// A category on a product, or in the list of categories.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "whole")]
    pub parent: u64,
}

/// A picture of a product. `name` is the attachment's title, where we keep whence it came.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
    #[serde(deserialize_with = "text")]
    pub name: String,
}

/// On a product: a name and its `options`; on a variation: a name and its `option`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ItemAttribute {
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "truth")]
    pub variation: bool,
    #[serde(deserialize_with = "texts")]
    pub options: Vec<String>,
    #[serde(deserialize_with = "text")]
    pub option: String,
}

/// A free note on a product or order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    #[serde(deserialize_with = "text")]
    pub key: String,
    pub value: Value,
}

/// One entry of a batch's answer: a thing, or what was wrong with it (spec 7, item 2).
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    #[serde(default)]
    pub error: Option<Complaint>,
}

/// What a batch answers; lists that were not sent are absent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Batched {
    pub create: Vec<Box<serde_json::value::RawValue>>,
    pub update: Vec<Box<serde_json::value::RawValue>>,
}

/// The error envelope. `data` is mostly an object, a bare number on refunds (spec 3).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Complaint {
    #[serde(deserialize_with = "text")]
    pub code: String,
    #[serde(deserialize_with = "text")]
    pub message: String,
    pub data: Value,
}

impl Complaint {
    /// The thing that already has the code or the name.
    pub fn resource_id(&self) -> Option<u64> {
        self.data.get("resource_id").and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()))
    }
}

/// An order (spec 8.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Order {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
    #[serde(deserialize_with = "text")]
    pub status: String,
    #[serde(deserialize_with = "text")]
    pub currency: String,
    #[serde(deserialize_with = "text")]
    pub total: String,
    #[serde(deserialize_with = "text")]
    pub date_created_gmt: String,
    #[serde(deserialize_with = "text")]
    pub date_modified_gmt: String,
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<Line>,
    /// Of each only id, reason and total; the lines need a call of their own.
    #[serde(deserialize_with = "list")]
    pub refunds: Vec<Value>,
}

/// A line of an order, or of a refund, where counts are negative.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Line {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
    #[serde(deserialize_with = "whole")]
    pub product_id: u64,
    #[serde(deserialize_with = "whole")]
    pub variation_id: u64,
    #[serde(deserialize_with = "maybe_whole")]
    pub quantity: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub total: String,
    #[serde(deserialize_with = "text")]
    pub total_tax: String,
    #[serde(deserialize_with = "text")]
    pub sku: String,
    #[serde(deserialize_with = "list")]
    pub meta_data: Vec<Meta>,
}

/// A refund of an order (spec 8.4).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Refund {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<Line>,
}

/// A webhook subscription. Its secret is never told (spec 9.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Webhook {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub status: String,
    #[serde(deserialize_with = "text")]
    pub topic: String,
    #[serde(deserialize_with = "text")]
    pub delivery_url: String,
}

/// The index of the whole site (spec 1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SiteIndex {
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub home: String,
    #[serde(deserialize_with = "list")]
    pub namespaces: Vec<String>,
}

/// The part of the system status that we ask for (spec 1.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SystemStatus {
    pub environment: Environment,
    pub settings: StatusSettings,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Environment {
    #[serde(deserialize_with = "text")]
    pub version: String,
    #[serde(deserialize_with = "maybe_whole")]
    pub php_max_execution_time: Option<i64>,
    #[serde(deserialize_with = "maybe_whole")]
    pub php_post_max_size: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct StatusSettings {
    #[serde(deserialize_with = "text")]
    pub currency: String,
    #[serde(rename = "HPOS_enabled")]
    pub hpos_enabled: Option<bool>,
}

/// One setting of the shop.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Setting {
    #[serde(deserialize_with = "text")]
    pub value: String,
}

/// Anything whose id alone matters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Thing {
    #[serde(deserialize_with = "whole")]
    pub id: u64,
}

/// Text, or a number written as one; anything else is empty.
fn text<'de, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(reader)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

/// An id or a count as number or text; absent, null and nonsense are 0.
fn whole<'de, D: Deserializer<'de>>(reader: D) -> Result<u64, D::Error> {
    Ok(match Value::deserialize(reader)? {
        Value::Number(number) => number.as_u64().unwrap_or(0),
        Value::String(text) => text.trim().parse().unwrap_or(0),
        _ => 0,
    })
}

/// A whole number, perhaps negative; a fraction is `None`, because half a unit is not understood.
fn maybe_whole<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(reader)? {
        Value::Number(number) => number.as_i64().or_else(|| without_fraction(&number.to_string())),
        Value::String(text) => without_fraction(text.trim()),
        _ => None,
    })
}

fn without_fraction(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().any(|byte| byte != b'0') {
        return None;
    }
    whole.parse().ok()
}

/// A list; PHP writes one whose keys have gaps as an object, and an absent one as null.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(reader: D) -> Result<Vec<T>, D::Error> {
    let entries: Vec<Value> = match Value::deserialize(reader)? {
        Value::Array(entries) => entries,
        Value::Object(entries) => entries.into_iter().map(|(_, entry)| entry).collect(),
        _ => Vec::new(),
    };
    entries.into_iter().map(|entry| serde_json::from_value(entry).map_err(D::Error::custom)).collect()
}

/// A list of texts, of which some may be numbers.
fn texts<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<String>, D::Error> {
    let entries: Vec<Value> = list(reader)?;
    Ok(entries
        .into_iter()
        .map(|entry| entry.as_str().map_or_else(|| entry.to_string(), str::to_owned))
        .collect())
}

/// A boolean, or 0 and 1, or their texts.
fn truth<'de, D: Deserializer<'de>>(reader: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(reader)? {
        Value::Bool(truth) => truth,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(word) => matches!(word.as_str(), "1" | "true" | "yes"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_texts_lists_as_objects_and_absent_fields_are_read() {
        let item: Item = serde_json::from_str(
            r#"{"id":"15","regular_price":150000,"manage_stock":"yes","stock_quantity":"7.0","images":{"1":{"id":3}},
                "attributes":[{"name":"Cỡ","variation":1,"options":[250,"500"]}],"meta_data":null,"stock_status":false}"#,
        )
        .unwrap();

        assert_eq!((item.id, item.regular_price.as_str(), item.stock_quantity), (15, "150000", Some(7)));
        assert_eq!((item.manage_stock, item.images[0].id), (Managed::Yes, 3));
        assert_eq!(item.attributes[0].options, ["250", "500"]);
        assert!(item.attributes[0].variation && item.stock_status.is_empty());
    }

    #[test]
    fn half_a_unit_is_not_a_number_of_units() {
        let item: Item = serde_json::from_str(r#"{"stock_quantity":3.5}"#).unwrap();

        assert_eq!(item.stock_quantity, None);
    }
}
