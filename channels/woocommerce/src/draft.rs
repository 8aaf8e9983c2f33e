//! What we want of a listing, checked more strictly than any shop would, and written as the shop's fields (spec 4, 6, 11).
//!
//! **SKUs.** A listing with one offer carries the offer's SKU. One with variations carries the draft's code, so that a half-built
//! parent is found again; where the code is also a variation's SKU, the parent's gets `.p` behind it, because a shop keeps
//! SKUs unique over products and variations (spec 4.3). The code itself stands in our marker in any case.

use crate::discovery::Memo;
use crate::fold::{fold, is_writable};
use crate::offer::{price_fields, stock_fields};
use crate::sign::short_hash;
use crate::wire::{Image, Item};
use ganh_contract::{Complaint, Draft, DraftOffer, Fault, FaultKind, PictureRef, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Our marker: the draft's code (spec 11). Keys with `_` are not shown to customers.
pub const MARKER: &str = "_ganh_id";
/// How many variations the listing has once it is built, 1 for one without options: a draft with fewer is half-built, else it is hidden.
pub const BUILT: &str = "_ganh_built";
/// The barcode, where the shop has no field of its own (spec 11).
pub const GTIN: &str = "_ganh_gtin";
/// What the names of our pictures begin with, before a hash of the address they came from.
const PICTURE: &str = "ganh-";

/// One offer without options, or several with.
pub fn is_variable(draft: &Draft) -> bool {
    !draft.axes.is_empty()
}

/// The SKU that the product itself carries.
pub fn product_sku(draft: &Draft) -> String {
    match draft.offers.first() {
        Some(only) if !is_variable(draft) => only.sku.to_string(),
        _ => parent_sku(draft.code.as_str(), draft.offers.iter().map(|offer| offer.sku.as_str())),
    }
}

/// The code, moved out of the way of the variations' SKUs.
pub fn parent_sku<'a>(code: &str, mut skus: impl Iterator<Item = &'a str>) -> String {
    let folded = fold(code);
    if skus.any(|sku| fold(sku) == folded) { format!("{code}.p") } else { code.to_owned() }
}

/// Checks all that a shop would coerce, drop or accept in silence.
///
/// # Errors
/// `Refused` with every complaint.
pub fn check(call: &'static str, draft: &Draft) -> Result<()> {
    let mut complaints = Vec::new();
    let mut complain = |field: &str, said: String| {
        complaints.push(Complaint { field: Some(field.to_owned()), code: None, said });
    };
    if draft.title.trim().is_empty() {
        complain("title", "is empty".to_owned());
    }
    if draft.offers.is_empty() || (!is_variable(draft) && draft.offers.len() > 1) {
        complain("structure", format!("{} offers without options", draft.offers.len()));
    }
    let mut skus = BTreeSet::new();
    let mut options = BTreeSet::new();
    let written = draft.offers.iter().map(|offer| offer.sku.to_string()).chain([product_sku(draft)]);
    for sku in written.filter(|sku| !is_writable(sku)) {
        complain("sku", format!("{sku:?}: only A-Z a-z 0-9 . _ / - and at most 64 of them"));
    }
    for offer in &draft.offers {
        if !skus.insert(fold(offer.sku.as_str())) {
            complain("sku", format!("{} stands twice, as the shop compares", offer.sku));
        }
        if offer.options.len() != draft.axes.len()
            || offer.options.iter().any(|option| option.trim().is_empty())
        {
            complain("structure", format!("{}: one option for each axis", offer.sku));
        }
        let folded: Vec<String> = offer.options.iter().map(|option| fold(option)).collect();
        if is_variable(draft) && !options.insert(folded) {
            complain("structure", format!("{}: another offer has the same options", offer.sku));
        }
        if let Err(fault) = price_fields(&offer.price)
            && let FaultKind::Refused(wrong) = *fault.kind
        {
            wrong.into_iter().for_each(|wrong| complain("price", format!("{}: {}", offer.sku, wrong.said)));
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(Fault::new(call, FaultKind::Refused(complaints))) }
}

/// What a buyer reads, and the parcel.
pub fn page(draft: &Draft) -> Map<String, Value> {
    let mut body = Map::from_iter([
        ("name".to_owned(), json!(draft.title)),
        ("description".to_owned(), json!(draft.description)),
        ("attributes".to_owned(), attributes(draft, &[])),
    ]);
    parcel(draft.grams, draft.size_mm, &mut body);
    body
}

/// Whether a product just made is on sale, or hidden until more of it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Born {
    OnSale,
    Hidden,
}

/// A new product, marked, with its pictures: a bad one fails the call and leaves nothing (spec 4.9).
pub fn new_product(draft: &Draft, category: u64, memo: &Memo, born: Born) -> Result<Value> {
    let mut body = page(draft);
    body.extend([
        ("type".to_owned(), json!(if is_variable(draft) { "variable" } else { "simple" })),
        ("status".to_owned(), json!(if born == Born::OnSale { "publish" } else { "draft" })),
        ("sku".to_owned(), json!(product_sku(draft))),
        ("categories".to_owned(), json!([{ "id": category }])),
    ]);
    if !draft.pictures.is_empty() {
        body.insert("images".to_owned(), images("create", draft, &[])?);
    }
    let built = draft.offers.len().to_string();
    let mut meta =
        vec![json!({ "key": MARKER, "value": draft.code.as_str() }), json!({ "key": BUILT, "value": built })];
    if let Some(only) = draft.offers.first().filter(|_| !is_variable(draft)) {
        body.extend(price_fields(&only.price)?);
        body.extend(stock_fields(&only.stock, memo.counts_stock));
        body.insert("backorders".to_owned(), json!("no"));
        gtin(only.gtin.as_ref().or(draft.gtin.as_ref()), memo, &mut body, &mut meta);
    } else {
        gtin(draft.gtin.as_ref(), memo, &mut body, &mut meta);
    }
    body.insert("meta_data".to_owned(), json!(meta));
    Ok(Value::Object(body))
}

/// A new variation of that product.
pub fn new_variation(draft: &Draft, offer: &DraftOffer, memo: &Memo) -> Result<Value> {
    let mut body = Map::from_iter([
        ("status".to_owned(), json!("publish")),
        ("sku".to_owned(), json!(offer.sku.as_str())),
        ("attributes".to_owned(), options(draft, offer)),
        ("backorders".to_owned(), json!("no")),
    ]);
    body.extend(price_fields(&offer.price)?);
    body.extend(stock_fields(&offer.stock, memo.counts_stock));
    if let Some(grams) = offer.grams {
        body.insert("weight".to_owned(), json!(kilograms(grams)));
    }
    let mut meta = Vec::new();
    gtin(offer.gtin.as_ref(), memo, &mut body, &mut meta);
    if !meta.is_empty() {
        body.insert("meta_data".to_owned(), json!(meta));
    }
    Ok(Value::Object(body))
}

/// Options of one variation, by the axes' names: slugs of local attributes differ between parent and variation (spec 4.8).
pub fn options(draft: &Draft, offer: &DraftOffer) -> Value {
    let pairs = draft.axes.iter().zip(&offer.options);
    json!(pairs.map(|(axis, option)| json!({ "name": axis, "option": option })).collect::<Vec<_>>())
}

/// All attributes of the product: the list replaces what is stored (spec 4.7). `kept` are options of retired variations.
pub fn attributes(draft: &Draft, kept: &[(String, String)]) -> Value {
    let mut all = Vec::new();
    for (index, axis) in draft.axes.iter().enumerate() {
        let mut options: Vec<&str> = Vec::new();
        let wanted = draft.offers.iter().filter_map(|offer| offer.options.get(index)).map(String::as_str);
        let retired = kept.iter().filter(|(name, _)| name == axis).map(|(_, option)| option.as_str());
        for option in wanted.chain(retired) {
            if !options.contains(&option) {
                options.push(option);
            }
        }
        all.push(json!({ "name": axis, "position": index, "visible": true, "variation": true, "options": options }));
    }
    for (name, values) in draft.attributes.iter().filter(|(name, _)| !draft.axes.contains(name)) {
        all.push(json!({ "name": name, "position": all.len(), "visible": true, "variation": false, "options": values }));
    }
    json!(all)
}

/// Weight and size. The shop's units are kilograms and centimetres, its defaults for Viet Nam.
pub fn parcel(grams: u32, size_mm: Option<[u32; 3]>, body: &mut Map<String, Value>) {
    body.insert("weight".to_owned(), json!(kilograms(grams)));
    if let Some([length, width, height]) = size_mm {
        let dimensions = json!({
            "length": centimetres(length), "width": centimetres(width), "height": centimetres(height),
        });
        body.insert("dimensions".to_owned(), dimensions);
    }
}

/// The barcode, in its own field or in our note (spec 4.4).
pub fn gtin(gtin: Option<&String>, memo: &Memo, body: &mut Map<String, Value>, meta: &mut Vec<Value>) {
    let Some(gtin) = gtin else { return };
    if memo.has_gtin_field() {
        body.insert("global_unique_id".to_owned(), json!(gtin));
    } else {
        meta.push(json!({ "key": GTIN, "value": gtin }));
    }
}

/// The pictures in order. One that the shop has from us already is named by its id: an address sent again is fetched and
/// stored again (spec 4.9).
///
/// # Errors
/// `Refused` for an id that is none of this shop's.
pub fn images(call: &'static str, draft: &Draft, held: &[Image]) -> Result<Value> {
    let mut images = Vec::new();
    for picture in &draft.pictures {
        images.push(match picture {
            PictureRef::Remote(id) => match crate::offer::number(id.as_str()) {
                Some(id) => json!({ "id": id }),
                None => {
                    let said = format!("{id} is no picture of this shop");
                    let complaint = Complaint { field: Some("pictures".to_owned()), code: None, said };
                    return Err(Fault::new(call, FaultKind::Refused(vec![complaint])));
                }
            },
            PictureRef::Link(address) => {
                let name = format!("{PICTURE}{}", short_hash(address.as_bytes()));
                match held.iter().find(|image| image.name == name) {
                    Some(image) => json!({ "id": image.id }),
                    None => json!({ "src": address, "name": name, "alt": draft.title }),
                }
            }
        });
    }
    Ok(json!(images))
}

/// Whether the product is the one that we built for this code.
pub fn is_ours(item: &Item, code: &str) -> bool {
    item.meta(MARKER) == Some(code)
}

/// Grams as a decimal string of kilograms.
pub fn kilograms(grams: u32) -> String {
    decimal(grams, 1000, 3)
}

fn centimetres(millimetres: u32) -> String {
    decimal(millimetres, 10, 1)
}

fn decimal(number: u32, unit: u32, digits: usize) -> String {
    let (whole, rest) = (number / unit, number % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let fraction = format!("{rest:0digits$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// A decimal string of kilograms as grams; odd text is 0.
pub fn grams(kilograms: &str) -> u32 {
    let (whole, fraction) = kilograms.split_once('.').unwrap_or((kilograms, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let whole: u32 = whole.parse().unwrap_or(0);
    whole.saturating_mul(1000).saturating_add(fraction.parse().unwrap_or(0))
}

#[cfg(test)]
#[path = "draft/tests.rs"]
mod tests;
