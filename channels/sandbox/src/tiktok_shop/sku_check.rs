//! What the platform demands of SKUs: axes, codes, prices, units (spec 7.3), with its codes (spec 4.2).

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::core::lock;

use super::attribute;
use super::call::{id, list, text, whole};
use super::envelope::Refusal;
use super::face_check::unknown_picture;
use super::product::{Product, Sale, SkuFace, Status};
use super::shop::{IdOf, Shop};
use super::world::World;

/// Units by warehouse.
pub type Shelves = Vec<(u64, i64)>;

/// A SKU as a body describes it.
#[derive(Debug)]
pub struct Wanted {
    /// Its id is 0 while it is new.
    pub face: SkuFace,
    pub price: Option<i64>,
    pub shelves: Option<Shelves>,
}

/// Reads the SKUs of a body. `product` is the one that is edited.
pub fn read(
    world: &World,
    shop: &mut Shop,
    product: Option<&Product>,
    rows: &[Value],
    is_draft: bool,
) -> Result<Vec<Wanted>, Refusal> {
    if rows.len() > 100 {
        return Err(Refusal::new(12_052_050, "A product has at most 100 SKUs."));
    }
    let known: BTreeSet<u64> =
        product.map(|product| product.figures.keys().copied().collect()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut wanted = Vec::with_capacity(rows.len());
    for row in rows {
        let number = id(row, "id").unwrap_or(0);
        if number != 0 && !known.contains(&number) {
            let is_elsewhere = shop.sku_homes.contains_key(&number);
            let code = if is_elsewhere { 12_052_557 } else { 12_052_556 };
            return Err(Refusal::new(code, format!("The SKU {number} is not of this product.")));
        }
        if number != 0 && !seen.insert(number) {
            return Err(Refusal::new(12_052_553, format!("The SKU {number} is repeated.")));
        }
        wanted.push(one(world, shop, row, number, is_draft)?);
    }
    if !is_draft {
        check_axes(&wanted)?;
    }
    check_external(shop, product, &wanted)?;
    check_identifiers(&wanted)?;
    Ok(wanted)
}

fn one(world: &World, shop: &mut Shop, row: &Value, number: u64, is_draft: bool) -> Result<Wanted, Refusal> {
    let seller_sku = text(row, "seller_sku").unwrap_or("").to_owned();
    let length = seller_sku.chars().count();
    if length > 50 || (row.get("seller_sku").is_some() && length == 0) {
        return Err(Refusal::new(12_052_054, "The seller SKU has 1 to 50 characters."));
    }
    if seller_sku.chars().any(char::is_whitespace) {
        return Err(Refusal::new(12_019_059, "The seller SKU must not have spaces."));
    }
    let external = text(row, "external_sku_id").map(str::to_owned);
    if external.as_ref().is_some_and(|external| external.chars().count() > 999) {
        return Err(Refusal::new(12_052_910, "The external_sku_id exceeds 999 characters."));
    }
    let sales = sales(world, shop, list(row, "sales_attributes"))?;
    let price = row.get("price").filter(|price| !price.is_null()).map(price).transpose()?;
    let shelves =
        row.get("inventory").filter(|rows| !rows.is_null()).map(|_| shelves(world, shop, row)).transpose()?;
    let is_new = number == 0;
    if is_new && !is_draft && price.is_none() {
        return Err(Refusal::new(12_052_571, "The SKU price is missing."));
    }
    if is_new && !is_draft && shelves.as_ref().is_none_or(Vec::is_empty) {
        return Err(Refusal::required("Inventory"));
    }
    let identifier = row.get("identifier_code").filter(|code| text(code, "code").is_some()).cloned();
    Ok(Wanted {
        face: SkuFace { id: number, seller_sku, external_id: external, sales, identifier },
        price,
        shelves,
    })
}

/// `{amount, currency}`: whole đồng as digits (spec 7.3).
pub fn price(price: &Value) -> Result<i64, Refusal> {
    if price.get("currency").and_then(Value::as_str) != Some("VND") {
        return Err(Refusal::new(12_052_084, "The currency of this market is VND."));
    }
    let format = || Refusal::new(12_052_012, "The price format is invalid: digits without decimals.");
    let amount = price.get("amount").and_then(Value::as_str).ok_or_else(format)?;
    if amount.is_empty() || !amount.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format());
    }
    match amount.parse::<i64>() {
        Ok(0) => Err(Refusal::new(12_052_073, "The price must be above 0.")),
        Ok(amount) if amount <= 180_000_000 => Ok(amount),
        Ok(_) | Err(_) => Err(Refusal::new(12_052_570, "The price exceeds the limit of 180000000 VND.")),
    }
}

/// `inventory[{warehouse_id, quantity}]`; a shop with one sales warehouse may leave its id out (spec 5).
pub fn shelves(world: &World, shop: &Shop, row: &Value) -> Result<Shelves, Refusal> {
    let mut shelves: Shelves = Vec::new();
    for shelf in list(row, "inventory") {
        let warehouse = warehouse(shop, shelf)?;
        if shelves.iter().any(|(known, _)| *known == warehouse) {
            return Err(Refusal::new(12_052_533, "A warehouse is repeated."));
        }
        shelves.push((warehouse, quantity(world, shelf)?));
    }
    Ok(shelves)
}

fn warehouse(shop: &Shop, shelf: &Value) -> Result<u64, Refusal> {
    let Some(wanted) = id(shelf, "warehouse_id").filter(|wanted| *wanted != 0) else {
        if shelf.get("warehouse_id").and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
            return Err(Refusal::new(12_052_097, "warehouse not found"));
        }
        let mut all = shop.sales_warehouses();
        return match (all.next(), all.next()) {
            (None, _) => Err(Refusal::new(12_052_115, "The shop has no warehouse.")),
            (Some(only), None) => Ok(only.id),
            (Some(_), Some(_)) => Err(Refusal::new(12_019_022, "The warehouse_id is missing.")),
        };
    };
    let found = shop.warehouses.iter().find(|one| one.id == wanted);
    let found = found.ok_or_else(|| Refusal::new(12_052_097, "warehouse not found"))?;
    if !found.is_enabled {
        return Err(Refusal::new(12_052_531, "The warehouse is disabled."));
    }
    if !found.is_sales {
        return Err(Refusal::new(12_052_532, "The warehouse is not a sales warehouse."));
    }
    Ok(wanted)
}

fn quantity(world: &World, shelf: &Value) -> Result<i64, Refusal> {
    let invalid = || Refusal::new(12_019_024, "The quantity is invalid.");
    let units = shelf.get("quantity").and_then(Value::as_i64).ok_or_else(invalid)?;
    if units < 0 {
        return Err(invalid());
    }
    let least = i64::from(!world.settings().stock_zero_allowed);
    if !(least..=99_999).contains(&units) {
        return Err(Refusal::new(
            12_052_055,
            format!("The quantity is outside its limits: {least} to 99999."),
        ));
    }
    Ok(units)
}

fn sales(world: &World, shop: &mut Shop, rows: &[Value]) -> Result<Vec<Sale>, Refusal> {
    if rows.len() > 3 {
        return Err(Refusal::new(12_052_525, "A SKU has at most 3 sales attributes."));
    }
    let mut sales: Vec<Sale> = Vec::with_capacity(rows.len());
    for row in rows {
        let given_id = id(row, "id").filter(|id| *id != 0);
        let given_name = text(row, "name").unwrap_or("");
        let (value_id, value_name) = (id(row, "value_id"), text(row, "value_name").unwrap_or(""));
        if given_name.chars().count() > 20 || value_name.chars().count() > 50 {
            return Err(Refusal::new(12_052_247, "Names of sales attributes have 20 characters, values 50."));
        }
        let known = attribute::axis(given_id, given_name);
        let (axis, name) = match (given_id, known) {
            (_, Some(known)) => (known.id, known.name.to_owned()),
            (Some(id), None) => (id, known_name(shop, id).unwrap_or_else(|| given_name.to_owned())),
            (None, None) => (shop.id_of_name(&format!("axis {given_name}")), given_name.to_owned()),
        };
        if name.is_empty() {
            return Err(Refusal::new(12_052_550, "A sales attribute has no name."));
        }
        let built_in = known.and_then(|known| {
            known
                .values
                .iter()
                .find(|(id, label)| value_id.map_or(*label == value_name, |given| given == *id))
        });
        let (value_id, value_name) = match (value_id, built_in) {
            (_, Some((id, label))) => (*id, (*label).to_owned()),
            (Some(id), None) => (id, known_name(shop, id).unwrap_or_else(|| value_name.to_owned())),
            (None, None) => (shop.id_of_name(&format!("value {axis} {value_name}")), value_name.to_owned()),
        };
        if value_name.is_empty() {
            return Err(Refusal::new(12_052_241, "A sales attribute has no value."));
        }
        let image = row.get("sku_img").and_then(|image| text(image, "uri")).map(str::to_owned);
        if let Some(uri) = image.as_ref().filter(|uri| lock(&world.media).find(uri).is_none()) {
            return Err(unknown_picture(uri));
        }
        sales.push(Sale { id: axis, name, value_id, value_name, image });
    }
    Ok(sales)
}

/// The name behind an id that the shop once gave out.
fn known_name(shop: &Shop, id: u64) -> Option<String> {
    let (name, _) = shop.names.iter().find(|(_, known)| **known == id)?;
    match name.strip_prefix("axis ") {
        Some(axis) => Some(axis.to_owned()),
        None => name
            .strip_prefix("value ")
            .and_then(|rest| rest.split_once(' '))
            .map(|(_, value)| value.to_owned()),
    }
}

/// The same names on every SKU, no combination twice, pictures on one axis.
fn check_axes(wanted: &[Wanted]) -> Result<(), Refusal> {
    let Some(first) = wanted.first() else {
        return Err(Refusal::new(12_052_902, "The SKU list is empty."));
    };
    let axes = |one: &Wanted| one.face.sales.iter().map(|sale| sale.id).collect::<BTreeSet<_>>();
    let own = axes(first);
    let (mut seen, mut pictured) = (HashSet::new(), BTreeSet::new());
    for one in wanted {
        let count = one.face.sales.len();
        if axes(one) != own || own.len() != count || (wanted.len() > 1 && count == 0) {
            return Err(Refusal::new(12_052_550, "Every SKU needs the same sales attributes."));
        }
        let mut values: Vec<(u64, u64)> =
            one.face.sales.iter().map(|sale| (sale.id, sale.value_id)).collect();
        values.sort_unstable();
        if !seen.insert(values) {
            return Err(Refusal::new(12_052_560, "A combination of sales attributes is repeated."));
        }
        pictured.extend(one.face.sales.iter().filter(|sale| sale.image.is_some()).map(|sale| sale.id));
    }
    if pictured.len() > 1 {
        return Err(Refusal::new(12_052_528, "Only one sales attribute carries images."));
    }
    Ok(())
}

/// External ids of SKUs are unique in the shop; products in the bin do not count (the latter is a guess).
fn check_external(shop: &Shop, product: Option<&Product>, wanted: &[Wanted]) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for external in wanted.iter().filter_map(|one| one.face.external_id.as_deref()) {
        if !seen.insert(external) || is_taken(shop, product, external, false) {
            return Err(taken("external_sku_id", external));
        }
    }
    Ok(())
}

/// Checks the external id of a product.
pub fn check_external_product(
    shop: &Shop,
    product: Option<&Product>,
    external: Option<&str>,
) -> Result<(), Refusal> {
    match external {
        Some(external) if external.chars().count() > 999 => {
            Err(Refusal::new(12_052_910, "The external_product_id exceeds 999 characters."))
        }
        Some(external) if is_taken(shop, product, external, true) => {
            Err(taken("external_product_id", external))
        }
        Some(_) | None => Ok(()),
    }
}

fn taken(name: &str, external: &str) -> Refusal {
    Refusal::new(12_052_996, format!("The {name} {external} is duplicate."))
}

fn is_taken(shop: &Shop, own: Option<&Product>, external: &str, is_product: bool) -> bool {
    let homes = shop.external_ids.get(external).into_iter().flatten();
    let others = homes
        .filter(|home| own.is_none_or(|own| own.id != **home))
        .filter_map(|home| shop.products.get(home));
    others.filter(|other| other.status != Status::Deleted).any(|other| {
        let mut versions =
            [Some(&other.live), other.review.as_ref(), other.draft.as_ref()].into_iter().flatten();
        versions.any(|version| {
            if is_product {
                version.face.external_id.as_deref() == Some(external)
            } else {
                version.skus.iter().any(|sku| sku.external_id.as_deref() == Some(external))
            }
        })
    })
}

/// GTIN has 14 digits, EAN 8, 13 or 14, UPC 12; ISBN and JAN are only counted loosely. Unique within the product.
fn check_identifiers(wanted: &[Wanted]) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for identifier in wanted.iter().filter_map(|one| one.face.identifier.as_ref()) {
        let code = text(identifier, "code").unwrap_or("");
        let lengths: &[usize] = match text(identifier, "type").unwrap_or("") {
            "GTIN" => &[14],
            "EAN" => &[8, 13, 14],
            "UPC" => &[12],
            "ISBN" => &[10, 13],
            "JAN" => &[8, 13],
            _ => &[],
        };
        if !lengths.contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::new(12_052_591, "The identifier code has a wrong number of digits."));
        }
        if !seen.insert(code) {
            return Err(Refusal::new(12_052_592, "The identifier code is duplicate."));
        }
    }
    Ok(())
}

/// Gives new SKUs their ids.
pub fn number(shop: &mut Shop, wanted: &mut [Wanted]) {
    for one in wanted.iter_mut().filter(|one| one.face.id == 0) {
        one.face.id = shop.next_id(IdOf::Product);
    }
}

/// A figure that a control call names, for seeds.
pub fn figure(object: &Value, name: &str, usual: i64) -> i64 {
    whole(object, name).unwrap_or(usual)
}
