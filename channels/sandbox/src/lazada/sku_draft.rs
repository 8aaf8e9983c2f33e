//! SKUs as a create or update payload names them, and what is wrong with them (spec 4.6, 1.7).

use std::collections::BTreeMap;

use serde_json::Value;

use super::complaints::Complaints;
use super::item::{SkuStatus, Special};
use super::payload::{filled, id, rows, text};
use super::time;
use super::world::Shop;

/// Sides and weight of the parcel.
pub const PACKAGE: [&str; 4] = ["package_weight", "package_length", "package_width", "package_height"];
/// Guess: no length is documented; longer ones are refused by nobody we know of.
const SELLER_SKU_BYTES: usize = 200;

/// A SKU of a payload. `None`: not named.
#[derive(Debug, Default)]
pub struct SkuDraft {
    pub id: Option<u64>,
    pub seller_sku: Option<String>,
    pub price: Option<i64>,
    /// `Some(None)`: taken away.
    pub special: Option<Option<Special>>,
    /// Sellable units by warehouse.
    pub stock: Vec<(usize, i64)>,
    pub status: Option<SkuStatus>,
    pub package: BTreeMap<String, String>,
    pub sale_props: Option<Vec<(String, String)>>,
    pub images: Option<Vec<String>>,
}

impl SkuDraft {
    /// Reads one SKU; everything wrong with its values goes to the complaints.
    pub fn read(shop: &Shop, row: &Value, complaints: &mut Complaints) -> Self {
        let name = filled(row, "SellerSku").unwrap_or_default();
        let mut draft = Self { id: id(row, "SkuId"), ..Self::default() };
        let mut wrong = |field: &str, code: &str, words: &str| complaints.add_sku(&name, field, code, words);
        if let Some(seller_sku) = text(row, "SellerSku") {
            if seller_sku.len() > SELLER_SKU_BYTES || seller_sku.chars().any(char::is_control) {
                wrong("SellerSku", "4150", "The seller SKU is invalid");
            }
            draft.seller_sku = Some(seller_sku);
        }
        if let Some(price) = filled(row, "price") {
            match money(&price) {
                Ok(price) => draft.price = Some(price),
                Err((code, words)) => wrong("price", code, words),
            }
        }
        match special(row, ["special_price", "special_from_date", "special_to_date"]) {
            Ok(special) => draft.special = special,
            Err((field, code, words)) => wrong(field, code, words),
        }
        if let Some(quantity) = filled(row, "quantity") {
            match units(&quantity) {
                Some(units) => draft.stock.push((0, units)),
                None => {
                    wrong("quantity", "4152", "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL: the quantity is illegal")
                }
            }
        }
        for place in rows(row, "MultiWarehouseInventories", "MultiWarehouseInventory") {
            let amount = filled(place, "Quantity").or_else(|| filled(place, "SellableQuantity"));
            let warehouse = filled(place, "WarehouseCode").and_then(|code| shop.warehouse(&code));
            match (warehouse, amount.and_then(|amount| units(&amount))) {
                (Some(warehouse), Some(units)) => draft.stock.push((warehouse, units)),
                _ => wrong("MultiWarehouseInventories", "4152", "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL"),
            }
        }
        if let Some(status) = filled(row, "Status") {
            match SkuStatus::read(&status) {
                Some(status) => draft.status = Some(status),
                None => wrong("Status", "36", "Invalid status"),
            }
        }
        for (code, field, words) in read_package(row, &mut draft.package) {
            wrong(field, code, words);
        }
        if let Some(content) = text(row, "package_content") {
            draft.package.insert("package_content".to_owned(), content);
        }
        if let Some(Value::Object(props)) = row.get("saleProp") {
            let pairs =
                props.iter().filter_map(|(name, _)| Some((name.clone(), text(&row["saleProp"], name)?)));
            draft.sale_props = Some(pairs.collect());
            if let Some((name, _)) = props.iter().find(|(name, _)| row.get(name.as_str()).is_some()) {
                wrong(name, "4145", "The sale property is given both in saleProp and in the SKU");
            }
        }
        if row.get("Images").is_some() {
            let images = rows(row, "Images", "Image").iter().filter_map(Value::as_str).map(str::trim);
            draft.images = Some(images.filter(|url| !url.is_empty()).map(str::to_owned).collect());
        }
        draft
    }
}

/// Weight up to 40 kg, sides up to 300 cm together, two decimals (spec 4.6).
fn read_package(
    row: &Value,
    into: &mut BTreeMap<String, String>,
) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut wrong = Vec::new();
    let mut sum = 0.0;
    for field in PACKAGE {
        let Some(words) = filled(row, field) else { continue };
        let is_short = words.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 2);
        match words.parse::<f64>().ok().filter(|size| *size > 0.0 && is_short) {
            None => wrong.push(("4149", field, "The package value is invalid")),
            Some(weight) if field == "package_weight" => {
                if weight > 40.0 {
                    wrong.push(("4164", field, "The package weight is more than 40 kg"));
                }
            }
            Some(side) => sum += side,
        }
        into.insert(field.to_owned(), words);
    }
    if sum > 300.0 {
        wrong.push(("4165", "package_length", "Length, width and height are more than 300 cm together"));
    }
    wrong
}

/// Whole units of 0 or more.
pub fn units(words: &str) -> Option<i64> {
    words.parse().ok().filter(|units| (0..=1_000_000_000).contains(units))
}

/// Whole đồng above zero; a fraction of zero is let pass (4104, 4118).
pub fn money(words: &str) -> Result<i64, (&'static str, &'static str)> {
    let (whole, fraction) = words.split_once('.').unwrap_or((words, ""));
    if !fraction.bytes().all(|digit| digit == b'0') {
        return Err(("4104", "The price precision is wrong"));
    }
    match whole.parse::<i64>() {
        Ok(price) if price > 0 && price < 10_000_000_000 => Ok(price),
        Ok(_) => Err(("4118", "The price must be more than zero")),
        Err(_) => Err(("4104", "The price is no number")),
    }
}

type Wrong<'a> = (&'a str, &'static str, &'static str);

/// A special price with its dates, by the names that the call uses. Empty or 0 takes it away (spec 4.8, unverified).
pub fn special<'a>(
    row: &Value,
    [price, from, until]: [&'a str; 3],
) -> Result<Option<Option<Special>>, Wrong<'a>> {
    let date = |field: &'a str, is_end: bool| -> Result<Option<i64>, Wrong<'a>> {
        match filled(row, field) {
            None => Ok(None),
            Some(words) => {
                let at = time::read_local(&words).ok_or((field, "17", "Invalid Date Format"))?;
                Ok(Some(if is_end && time::is_day(&words) { at + 86_399_000 } else { at }))
            }
        }
    };
    let Some(words) = text(row, price) else {
        if filled(row, from).is_some() || filled(row, until).is_some() {
            return Err((price, "4119", "Dates of a special price need the special price"));
        }
        return Ok(None);
    };
    if words.is_empty() || words.parse::<f64>().is_ok_and(|amount| amount == 0.0) {
        return Ok(Some(None));
    }
    let amount =
        money(&words).map_err(|(code, words)| (price, if code == "4104" { "4121" } else { code }, words))?;
    let special = Special { price: amount, from_ms: date(from, false)?, until_ms: date(until, true)? };
    if let (Some(from_ms), Some(until_ms)) = (special.from_ms, special.until_ms)
        && from_ms > until_ms
    {
        return Err((from, "4117", "The special price starts after its end"));
    }
    Ok(Some(Some(special)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_are_whole_dong_above_zero() {
        assert_eq!(money("98000"), Ok(98_000));
        assert_eq!(money("98000.00"), Ok(98_000));
        assert_eq!(money("98000.5").unwrap_err().0, "4104");
        assert_eq!(money("0").unwrap_err().0, "4118");
        assert_eq!(money("-1").unwrap_err().0, "4118");
    }

    #[test]
    fn a_parcel_has_limits() {
        let codes = |row: Value| {
            let mut into = BTreeMap::new();
            read_package(&row, &mut into).into_iter().map(|(code, ..)| code).collect::<Vec<_>>()
        };

        assert_eq!(codes(json!({"package_weight": "40", "package_length": "300"})), Vec::<&str>::new());
        assert_eq!(codes(json!({"package_weight": "40.01"})), ["4164"]);
        assert_eq!(codes(json!({"package_weight": "0.755"})), ["4149"]);
        assert_eq!(
            codes(json!({"package_length": "190", "package_width": "80", "package_height": "85"})),
            ["4165"]
        );
    }
}
