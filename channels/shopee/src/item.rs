//! An item as `add_item`, `update_item` and `init_tier_variation` want it (spec §4.2, §4.5, §4.8).

use crate::Shop;
use crate::offer::seller_stock;
use crate::survey::{Memo, carriers};
use ganh_contract::{Complaint, Draft, DraftOffer, Fault, FaultKind, PictureRef, Result};
use serde_json::{Map, Value, json};

/// Everything that `add_item` wants (§4.5).
pub(crate) async fn new_item(shop: &Shop, draft: &Draft) -> Result<Value> {
    let first = draft.offers.first().ok_or_else(|| no_offer("add_item"))?;
    let cheapest = draft.offers.iter().map(|offer| offer.price.list).min().unwrap_or(first.price.list);
    let mut carriers_named = Memo::of(&shop.capability).carriers;
    if carriers_named.is_empty() {
        carriers_named = carriers(shop).await?;
    }
    let mut body = content(draft, ALL_CONTENT)?;
    body.insert("original_price".into(), json!(cheapest.get()));
    // Required even if variations follow, which bring their own.
    body.insert("seller_stock".into(), json!(seller_stock(&first.stock)));
    body.insert(
        "logistic_info".into(),
        carriers_named.iter().map(|id| json!({ "logistic_id": id, "enabled": true })).collect(),
    );
    body.insert("condition".into(), json!("NEW"));
    body.insert("item_sku".into(), json!(draft.code.as_str()));
    body.insert("item_status".into(), json!(if draft.axes.is_empty() { "NORMAL" } else { "UNLIST" }));
    if !draft.attributes.contains_key(DAYS_TO_SHIP) {
        body.insert("pre_order".into(), json!({ "is_pre_order": false }));
    }
    let gtin = first.gtin.as_ref().or(draft.gtin.as_ref());
    if let Some(gtin) = gtin.filter(|_| draft.axes.is_empty()) {
        body.insert("gtin_code".into(), json!(gtin));
    }
    Ok(Value::Object(body))
}

/// Attribute keys that are not attributes of the category.
const BRAND: &str = "brand";
const DAYS_TO_SHIP: &str = "days_to_ship";

/// Parts of an item that both `add_item` and `update_item` can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Title,
    Description,
    Category,
    Attributes,
    Pictures,
    Parcel,
}

const ALL_CONTENT: &[Part] =
    &[Part::Title, Part::Description, Part::Category, Part::Attributes, Part::Pictures, Part::Parcel];

/// The fields of these parts, as the wire names them (§4.5).
pub(crate) fn content(draft: &Draft, parts: &[Part]) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    for part in parts {
        match part {
            Part::Title => {
                body.insert("item_name".into(), json!(draft.title));
            }
            Part::Description => {
                body.insert("description_type".into(), json!("normal"));
                body.insert("description".into(), json!(draft.description));
            }
            Part::Category => {
                let category: i64 =
                    draft.category.as_str().parse().map_err(|_| wrong("category", "no category's id"))?;
                body.insert("category_id".into(), json!(category));
            }
            Part::Attributes => attributes(draft, &mut body)?,
            Part::Pictures => {
                body.insert("image".into(), json!({ "image_id_list": pictures(draft)? }));
            }
            Part::Parcel => parcel(draft, &mut body),
        }
    }
    Ok(body)
}

/// An option's id in digits; `=text` or any other text is a value of our own, with `|unit` behind it for quantities (§4.1, §4.5).
fn attributes(draft: &Draft, body: &mut Map<String, Value>) -> Result<()> {
    let mut list = Vec::new();
    for (key, values) in
        draft.attributes.iter().filter(|(key, _)| ![BRAND, DAYS_TO_SHIP].contains(&key.as_str()))
    {
        let id: i64 = key.parse().map_err(|_| wrong("attributes", &format!("{key} is no attribute's id")))?;
        let values: Vec<Value> = values.iter().map(|text| attribute_value(text)).collect();
        list.push(json!({ "attribute_id": id, "attribute_value_list": values }));
    }
    body.insert("attribute_list".into(), Value::Array(list));
    body.insert("brand".into(), brand(draft.attributes.get(BRAND).and_then(|names| names.first())));
    if let Some(days) = draft.attributes.get(DAYS_TO_SHIP).and_then(|days| days.first()?.parse::<u32>().ok())
    {
        body.insert("pre_order".into(), json!({ "is_pre_order": true, "days_to_ship": days }));
    }
    Ok(())
}

fn attribute_value(text: &str) -> Value {
    if let Ok(id) = text.parse::<u64>() {
        return json!({ "value_id": id });
    }
    let own = text.strip_prefix('=').unwrap_or(text);
    match own.split_once('|') {
        Some((amount, unit)) => {
            json!({ "value_id": 0, "original_value_name": amount.trim(), "value_unit": unit.trim() })
        }
        None => json!({ "value_id": 0, "original_value_name": own }),
    }
}

/// `id|name` as `options` gives it; without one, "no brand" is brand 0 (§4.1).
fn brand(chosen: Option<&String>) -> Value {
    let known = chosen
        .and_then(|text| text.split_once('|'))
        .and_then(|(id, name)| Some((id.parse::<u64>().ok()?, name)));
    let (id, name) = known.unwrap_or((0, "NoBrand"));
    json!({ "brand_id": id, "original_brand_name": name })
}

/// There is no upload by link (§4.3).
fn pictures(draft: &Draft) -> Result<Vec<&str>> {
    let id = |picture: &'_ PictureRef| match picture {
        PictureRef::Remote(_) => Ok(()),
        PictureRef::Link(_) => Err(wrong("pictures", "a picture must be uploaded first")),
    };
    draft.pictures.iter().try_for_each(id)?;
    Ok(draft
        .pictures
        .iter()
        .filter_map(|picture| match picture {
            PictureRef::Remote(id) => Some(id.as_str()),
            PictureRef::Link(_) => None,
        })
        .collect())
}

/// Kilograms with decimals; whole centimetres, rounded up, all three or none (§4.2).
fn parcel(draft: &Draft, body: &mut Map<String, Value>) {
    body.insert("weight".into(), kilograms(draft.grams));
    let centimetres = draft.size_mm.map(|size| size.map(|mm| mm.div_ceil(10)));
    if let Some([length, width, height]) = centimetres.filter(|size| !size.contains(&0)) {
        let size = json!({ "package_length": length, "package_width": width, "package_height": height });
        body.insert("dimension".into(), size);
    }
}

fn kilograms(grams: u32) -> Value {
    json!(f64::from(grams) / 1000.0)
}

/// Tiers and all models, for `init_tier_variation` (§4.8).
pub(crate) fn structure(item: i64, draft: &Draft) -> Value {
    let tiers: Vec<(&String, Vec<&String>)> =
        draft.axes.iter().enumerate().map(|(axis, name)| (name, options(draft, axis))).collect();
    let standard: Vec<Value> = tiers
        .iter()
        .map(|(name, options)| {
            let options: Vec<Value> = options
                .iter()
                .map(|option| json!({ "variation_option_id": 0, "variation_option_name": option }))
                .collect();
            json!({ "variation_id": 0, "variation_name": name, "variation_option_list": options })
        })
        .collect();
    let models: Vec<Value> = draft.offers.iter().map(|offer| model(offer, &tiers)).collect();
    json!({ "item_id": item, "standardise_tier_variation": standard, "model": models })
}

/// The options of an axis in the order in which offers name them first.
fn options(draft: &Draft, axis: usize) -> Vec<&String> {
    let mut seen: Vec<&String> = Vec::new();
    for option in draft.offers.iter().filter_map(|offer| offer.options.get(axis)) {
        if !seen.contains(&option) {
            seen.push(option);
        }
    }
    seen
}

fn model(offer: &DraftOffer, tiers: &[(&String, Vec<&String>)]) -> Value {
    let index: Vec<usize> = tiers
        .iter()
        .zip(&offer.options)
        .filter_map(|((_, options), option)| options.iter().position(|known| *known == option))
        .collect();
    let mut model = json!({
        "tier_index": index,
        "original_price": offer.price.list.get(),
        "model_sku": offer.sku.as_str(),
        "seller_stock": seller_stock(&offer.stock),
    });
    if let Some(gtin) = &offer.gtin {
        model["gtin_code"] = json!(gtin);
    }
    if let Some(grams) = offer.grams {
        model["weight"] = kilograms(grams);
    }
    model
}

fn no_offer(call: &'static str) -> Fault {
    let said = "the draft has no offer".to_owned();
    Fault::new(call, FaultKind::Refused(vec![Complaint { field: Some("options".into()), code: None, said }]))
}

fn wrong(field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new("add_item", FaultKind::Refused(vec![complaint]))
}
