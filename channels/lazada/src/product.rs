//! A product as `product/create` and `product/update` want it (spec §4.6, §4.7): JSON, all values of a SKU as text, lists as lists.

use crate::facts::Facts;
use crate::note::Note;
use ganh_contract::{Complaint, Draft, DraftOffer, Fault, FaultKind, RemotePlaceId, Result, Section, Units};
use serde_json::{Map, Value, json};

/// The place that a plain quantity goes to (§3.6).
pub(crate) const HOME: &str = "dropshipping";
/// Keys of draft attributes that belong to each SKU begin with this (§4.2).
pub(crate) const OF_SKU: &str = "sku/";
/// `id|name`, or a name alone (§4.3).
pub(crate) const BRAND: &str = "brand";
/// Where our code of the listing is written: an item has no code of its own, and a model number is the maker's code (§4.6).
pub(crate) const MODEL: &str = "model";

/// What cannot be sent, said before any call: every complaint at once, in Vietnamese and English.
pub(crate) fn check(facts: &Facts, draft: &Draft) -> Result<()> {
    let mut complaints = Vec::new();
    let mut object = |field: &str, vi: String, en: String| {
        complaints.push(Complaint {
            field: Some(field.to_owned()),
            code: None,
            said: format!("{vi} ‖ {en}"),
        });
    };
    if draft.pictures.is_empty() {
        object("pictures", "Cần ít nhất một ảnh".into(), "At least one picture is needed".into());
    }
    let most_kg = facts.parcel.max_grams / 1000;
    let heaviest = draft.offers.iter().map(|offer| offer.grams.unwrap_or(draft.grams)).max().unwrap_or(0);
    if heaviest == 0 || heaviest > facts.parcel.max_grams {
        object(
            "parcel",
            format!("Khối lượng kiện hàng phải từ 1 g đến {most_kg} kg"),
            format!("The parcel must weigh between 1 g and {most_kg} kg"),
        );
    }
    let most_cm = facts.parcel.max_sum_mm / 10;
    let is_measured = draft.size_mm.is_some_and(|size| {
        !size.contains(&0)
            && size.iter().fold(0_u32, |sum, side| sum.saturating_add(*side)) <= facts.parcel.max_sum_mm
    });
    if !is_measured {
        object(
            "parcel",
            format!("Cần dài, rộng, cao của kiện hàng, tổng không quá {most_cm} cm"),
            format!("Length, width and height of the parcel are needed, together at most {most_cm} cm"),
        );
    }
    let (name_max, option_max) = (facts.variations.max_axis_chars, facts.variations.max_option_chars);
    for axis in draft.axes.iter().filter(|axis| axis.chars().count() > name_max) {
        object(
            "options",
            format!("Tên phân loại «{axis}» dài quá {name_max} ký tự"),
            format!("The axis {axis:?} is longer than {name_max} characters"),
        );
    }
    let options = draft.offers.iter().flat_map(|offer| &offer.options);
    for option in options.filter(|option| option.chars().count() > option_max) {
        object(
            "options",
            format!("Phân loại «{option}» dài quá {option_max} ký tự"),
            format!("The option {option:?} is longer than {option_max} characters"),
        );
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(Fault::new("draft", FaultKind::Refused(complaints)))
}

/// Everything that `product/create` wants. `pictures` are addresses that Lazada gave.
pub(crate) fn new_product(draft: &Draft, pictures: &[String]) -> Value {
    let mut product = Map::new();
    product.insert("PrimaryCategory".into(), json!(draft.category.as_str()));
    product.insert("Images".into(), images(pictures));
    product.insert("Attributes".into(), attributes(draft, None));
    if let Some(variation) = variation(draft) {
        product.insert("variation".into(), variation);
    }
    let skus: Vec<Value> = draft.offers.iter().map(|offer| new_sku(draft, offer)).collect();
    product.insert("Skus".into(), json!({ "Sku": skus }));
    request(product)
}

/// Further SKUs of an item that stands there, next to one of its own (§4.6 `AssociatedSku`, §4.7).
pub(crate) fn more_skus(
    draft: &Draft,
    pictures: &[String],
    associated: &str,
    offers: &[&DraftOffer],
) -> Value {
    let Value::Object(mut whole) = new_product(draft, pictures) else { return Value::Null };
    let skus: Vec<Value> = offers.iter().map(|offer| new_sku(draft, offer)).collect();
    if let Some(product) = whole.get_mut("Request").and_then(|request| request.get_mut("Product")) {
        product["AssociatedSku"] = json!(associated);
        product["Skus"] = json!({ "Sku": skus });
    }
    Value::Object(whole)
}

/// The changed sections of an item (§4.7). `skus` name each SKU with its status and parcel, because silence may change both.
pub(crate) fn changed_product(
    item: &str,
    draft: &Draft,
    pictures: &[String],
    changed: &[Section],
    skus: Vec<Value>,
) -> Value {
    let mut product = Map::new();
    product.insert("ItemId".into(), json!(item));
    // The key must be there, even empty.
    product.insert("Attributes".into(), attributes(draft, Some(changed)));
    if changed.contains(&Section::Pictures) {
        product.insert("Images".into(), images(pictures));
    }
    if changed.contains(&Section::Structure)
        && let Some(variation) = variation(draft)
    {
        product.insert("variation".into(), variation);
    }
    product.insert("Skus".into(), json!({ "Sku": skus }));
    request(product)
}

/// The wrapper of every payload.
pub(crate) fn request(product: Map<String, Value>) -> Value {
    json!({ "Request": { "Product": product } })
}

fn images(pictures: &[String]) -> Value {
    json!({ "Image": pictures })
}

/// All texts and attributes of the item, or those of the changed sections.
fn attributes(draft: &Draft, changed: Option<&[Section]>) -> Value {
    let wants = |section: Section| changed.is_none_or(|changed| changed.contains(&section));
    let mut all = Map::new();
    if wants(Section::Title) {
        all.insert("name".into(), json!(draft.title));
    }
    if wants(Section::Description) {
        all.insert("description".into(), json!(draft.description));
    }
    if wants(Section::Attributes) {
        all.insert(MODEL.into(), json!(draft.code.as_str()));
        all.insert(BRAND.into(), json!("No Brand"));
        for (key, values) in draft.attributes.iter().filter(|(key, _)| !key.starts_with(OF_SKU)) {
            let text = values.join(",");
            match text.split_once('|').filter(|_| key == BRAND) {
                Some((id, name)) => {
                    all.insert("brand_id".into(), json!(id));
                    all.insert(BRAND.into(), json!(name));
                }
                None => {
                    all.insert(key.clone(), json!(text));
                }
            }
        }
    }
    Value::Object(all)
}

/// Our axes as sale properties of our own; none where there is one offer without options (§4.6).
fn variation(draft: &Draft) -> Option<Value> {
    let mut all = Map::new();
    for (index, axis) in draft.axes.iter().enumerate() {
        let mut options: Vec<&String> = Vec::new();
        for option in draft.offers.iter().filter_map(|offer| offer.options.get(index)) {
            if !options.contains(&option) {
                options.push(option);
            }
        }
        let one = json!({ "name": axis, "hasImage": "false", "customize": "true", "options": { "option": options } });
        all.insert(format!("variation{}", index + 1), one);
    }
    (!all.is_empty()).then_some(Value::Object(all))
}

fn new_sku(draft: &Draft, offer: &DraftOffer) -> Value {
    let mut sku = Map::new();
    sku.insert("SellerSku".into(), json!(offer.sku.as_str()));
    sku.insert("quantity".into(), json!(at_home(&offer.stock).to_string()));
    sku.insert("price".into(), json!(offer.price.list.get().to_string()));
    if let Some(sale) = &offer.price.sale {
        sku.insert("special_price".into(), json!(sale.price.get().to_string()));
        let mut date = |key: &str, at| {
            if let Some(at) = at {
                sku.insert(key.into(), json!(format!("{}:00", crate::moment::minute(at))));
            }
        };
        date("special_from_date", sale.from);
        date("special_to_date", sale.until);
    }
    parcel(&mut sku, &Note::of_draft(draft, offer));
    if let Some(options) = sale_prop(draft, offer) {
        sku.insert("saleProp".into(), options);
    }
    for (key, values) in draft.attributes.iter() {
        if let Some(name) = key.strip_prefix(OF_SKU) {
            sku.insert(name.to_owned(), json!(values.join(",")));
        }
    }
    Value::Object(sku)
}

/// Axis → option of one offer.
pub(crate) fn sale_prop(draft: &Draft, offer: &DraftOffer) -> Option<Value> {
    let options: Map<String, Value> =
        draft.axes.iter().cloned().zip(offer.options.iter().map(|option| json!(option))).collect();
    (!options.is_empty()).then_some(Value::Object(options))
}

/// Weight and size, as far as they are known.
pub(crate) fn parcel(sku: &mut Map<String, Value>, note: &Note) {
    let sides = ["package_length", "package_width", "package_height"];
    let all = std::iter::once(("package_weight", &note.weight)).chain(sides.into_iter().zip(&note.size));
    for (key, text) in all.filter(|(_, text)| !text.is_empty()) {
        sku.insert(key.into(), json!(text));
    }
}

/// A plain quantity reaches the home place only (§8 no. 20); the others follow in a step of their own.
fn at_home(units: &Units) -> u32 {
    match units.0.get(&RemotePlaceId::new(HOME)) {
        Some(units) => *units,
        None if units.0.len() == 1 => units.total(),
        None => units.0.get(&RemotePlaceId::new("")).copied().unwrap_or(0),
    }
}

/// Whether units lie anywhere but at home.
pub(crate) fn has_other_places(draft: &Draft) -> bool {
    draft.offers.iter().any(|offer| offer.stock.total() != at_home(&offer.stock))
}

/// What a draft's page says, as a number: to know again whether it was mended since (FNV-1a). Price and stock are not of the page.
pub(crate) fn digest(draft: &Draft) -> u64 {
    let parcels: Vec<Note> = draft.offers.iter().map(|offer| Note::of_draft(draft, offer)).collect();
    let page = json!([
        draft.category,
        attributes(draft, None),
        draft.attributes,
        variation(draft),
        draft.pictures,
        parcels
    ]);
    page.to_string()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests;
