//! Reading listings back (spec §4.14, §4.15).

use crate::Shop;
use crate::listing::{living, offer_ref};
use crate::note::Note;
use crate::product::{BRAND, MODEL};
use crate::survey::Memo;
use crate::wire::{Product, Sku as RemoteSku};
use ganh_contract::{
    Complaint, Draft, DraftOffer, Fault, FaultKind, ListingHead, Observed, ObservedOffer, PictureRef, Price,
    Reading, RemoteCategoryId, RemoteListingId, RemotePictureId, RemotePlaceId, Result, Sale, Sku, Standing,
    Thing, Units, Vnd,
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// One call for each: there is none for several by id. A vanished one is an `Err` in its own reading.
pub(crate) async fn observe(shop: &Shop, heads: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
    let mut readings = Vec::with_capacity(heads.len());
    for head in heads {
        let id = head.id.as_str();
        readings.push(match read_row(shop, id).await {
            Ok((row, as_of)) => reading(shop, id, &row, as_of),
            Err(fault) if *fault.kind == FaultKind::Missing(Thing::Listing) => {
                let as_of = shop.line.app.gateway.clock().now();
                Reading { id: id.to_owned(), as_of, raw: String::new(), value: Err(fault) }
            }
            Err(fault) => return Err(fault),
        });
    }
    Ok(readings)
}

/// One product; a vanished one is `Missing`.
pub(crate) async fn read_one(shop: &Shop, item: &str) -> Result<(Product, Timestamp)> {
    let (row, as_of) = read_row(shop, item).await?;
    let product = serde_json::from_value(row).map_err(|error| unreadable(&error))?;
    Ok((product, as_of))
}

async fn read_row(shop: &Shop, item: &str) -> Result<(Value, Timestamp)> {
    const CALL: &str = "product_item_get";
    let gone = || Fault::new(CALL, FaultKind::Missing(Thing::Listing));
    if item.is_empty() || !item.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(gone().said("an item's id is a number"));
    }
    let params = vec![("item_id", item.to_owned())];
    let reply = match shop.line.get(CALL, "/product/item/get", params).await {
        Ok(reply) => reply,
        // Asked for an item, it may also say that there is no such SKU (§4.15).
        Err(fault) if *fault.kind == FaultKind::Missing(Thing::Offer) => {
            return Err(Fault { kind: Box::new(FaultKind::Missing(Thing::Listing)), ..fault });
        }
        Err(fault) => return Err(fault),
    };
    let row = reply.body["data"].clone();
    if id_of(&row).is_none() {
        return Err(gone().said("the answer holds no item"));
    }
    Ok((row, reply.sent_at))
}

/// The item's id in a row.
pub(crate) fn id_of(row: &Value) -> Option<String> {
    match row.get("item_id")? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A row in our words, with the row itself as received.
pub(crate) fn reading(shop: &Shop, id: &str, row: &Value, as_of: Timestamp) -> Reading<Observed> {
    let value = serde_json::from_value::<Product>(row.clone())
        .map_err(|error| unreadable(&error))
        .map(|product| observed(&Memo::of(&shop.capability), &product));
    Reading { id: id.to_owned(), as_of, raw: row.to_string(), value }
}

fn unreadable(error: &serde_json::Error) -> Fault {
    Fault::new("product_item_get", FaultKind::Unintelligible).said(crate::lenient::without_values(error))
}

fn observed(memo: &Memo, product: &Product) -> Observed {
    let item = product.item_id.as_str();
    let standing = standing(product);
    let is_live = standing == Standing::OnSale;
    let offer = |sku: &RemoteSku| ObservedOffer {
        offer: offer_ref(item, sku.sku_id.as_str()),
        note: Note::of_sku(sku).text(),
        sku: sku.seller_sku.filled().map(Sku::new),
        gtin: None,
        on_sale: is_live && is_active(sku),
        price: price(sku),
        stock: Some(units(sku, memo)),
        reserved: Some(reserved(sku)),
    };
    let offers: Vec<ObservedOffer> = living(product).map(offer).collect();
    let shows = Some(Box::new(shown(product, &offers)));
    Observed {
        listing: RemoteListingId::new(item),
        code: code(product).map(Sku::new),
        standing,
        offers,
        shows,
    }
}

fn is_active(sku: &RemoteSku) -> bool {
    sku.status.as_str().eq_ignore_ascii_case("active")
}

/// Our code of the listing: its model, else its only SKU.
fn code(product: &Product) -> Option<&str> {
    let model = product.attributes.get(MODEL).and_then(Value::as_str).map(str::trim);
    let mut skus = living(product);
    let only = skus.next().filter(|_| skus.next().is_none()).and_then(|sku| sku.seller_sku.filled());
    model.filter(|model| !model.is_empty()).or(only)
}

/// §4.14. What stands under a lock or a rejection says so in `subStatus`, whatever its status.
pub(crate) fn standing(product: &Product) -> Standing {
    let status = product.status.as_str().trim().to_lowercase();
    let sub = product.sub_status.as_str().trim().to_lowercase().replace(' ', "_");
    let reasons = || {
        // Each SKU repeats what holds for the item.
        let told = Some(reasons(&product.reject_reason)).filter(|told| !told.is_empty());
        let told = told.unwrap_or_else(|| reasons(&product.suspended));
        let mut all: Vec<Complaint> =
            told.into_iter().map(|said| Complaint { field: None, code: None, said }).collect();
        if all.is_empty() {
            let word = if sub.is_empty() { product.status.as_str() } else { product.sub_status.as_str() };
            all.push(Complaint { field: None, code: Some(word.to_owned()), said: word.to_owned() });
        }
        all
    };
    match (status.as_str(), sub.as_str()) {
        ("deleted", _) => Standing::Deleted,
        (_, "reject" | "rejected" | "live_reject" | "live_rejected") => Standing::Rejected(reasons()),
        (_, "lock" | "locked" | "admin") => Standing::Banned(reasons()),
        ("rejected", _) => Standing::Rejected(reasons()),
        ("suspended", _) => Standing::Banned(reasons()),
        ("pending qc" | "pending_qc" | "pending", _) => Standing::Reviewing,
        ("inactive", _) => Standing::Hidden,
        ("active", _) if living(product).any(is_active) => Standing::OnSale,
        ("active", _) => Standing::Hidden,
        _ => Standing::Unknown(product.status.as_str().to_owned()),
    }
}

/// The reasons of reviewers: rows with `violationDetail` or `rejectReason`, bare texts, or a list as JSON in a text.
fn reasons(value: &Value) -> Vec<String> {
    match value {
        Value::Array(rows) => rows.iter().flat_map(reasons).collect(),
        Value::Object(row) => ["violationDetail", "rejectReason", "suggestion"]
            .iter()
            .filter_map(|key| row.get(*key))
            .map(reasons)
            .find(|told| !told.is_empty())
            .unwrap_or_default(),
        Value::String(text) if text.trim().is_empty() => Vec::new(),
        Value::String(text) => match serde_json::from_str::<Vec<Value>>(text) {
            Ok(rows) => rows.iter().flat_map(reasons).collect(),
            Err(_) => vec![text.trim().to_owned()],
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// A special price of 0 is none (§4.14).
fn price(sku: &RemoteSku) -> Option<Price> {
    let sale = sku.special_price.0.filter(|price| *price > 0).map(|price| Sale {
        price: Vnd(price),
        from: sku.special_from_time.0,
        until: sku.special_to_time.0,
    });
    Some(Price { list: Vnd(sku.price.0?), sale })
}

/// Sellable units by place for shops that have several, where a place that is not told holds none (§8 no. 20); else the sum.
fn units(sku: &RemoteSku, memo: &Memo) -> Units {
    let rows = &sku.warehouses.0;
    let sellable = |row: &crate::wire::WarehouseStock| row.sellable.unwrap_or(row.quantity).units();
    if memo.places.is_empty() {
        let sum = rows.iter().fold(0_u32, |sum, row| sum.saturating_add(sellable(row)));
        return Units::only(if rows.is_empty() { sku.quantity.units() } else { sum });
    }
    let mut by_place: BTreeMap<RemotePlaceId, u32> =
        memo.places.iter().map(|place| (RemotePlaceId::new(place.as_str()), 0)).collect();
    by_place.extend(rows.iter().map(|row| (RemotePlaceId::new(row.code.as_str()), sellable(row))));
    Units(by_place)
}

/// Held for open orders and by campaigns (§4.11).
fn reserved(sku: &RemoteSku) -> u32 {
    let orders = sku.warehouses.0.iter().map(|row| row.occupied.units().saturating_add(row.withheld.units()));
    let campaigns = sku.campaigns.0.iter().map(|row| row.sellable.units());
    orders.chain(campaigns).fold(0, u32::saturating_add)
}

/// Names of the axes, in order: as declared, else from the first SKU's options.
pub(crate) fn axes(product: &Product) -> Vec<String> {
    if let Value::Object(declared) = &product.variation {
        // `Variation1` … `Variation4`; the first letter comes in two cases (§4.15).
        let mut rows: Vec<(String, &Value)> =
            declared.iter().map(|(key, row)| (key.to_lowercase(), row)).collect();
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        let names: Vec<String> =
            rows.iter().filter_map(|(_, row)| row.get("name")?.as_str().map(str::to_owned)).collect();
        if !names.is_empty() {
            return names;
        }
    }
    let options = product.skus.0.first().and_then(|sku| sku.sale_prop.as_object());
    options.map(|options| options.keys().cloned().collect()).unwrap_or_default()
}

/// The options of a SKU; an axis that it does not name is empty.
pub(crate) fn options(sku: &RemoteSku, axes: &[String]) -> Vec<String> {
    let option =
        |axis: &String| sku.sale_prop.get(axis).and_then(Value::as_str).unwrap_or_default().to_owned();
    axes.iter().map(option).collect()
}

/// The page in our words.
fn shown(product: &Product, offers: &[ObservedOffer]) -> Draft {
    let axes = axes(product);
    let skus: Vec<&RemoteSku> = living(product).collect();
    let drafted = |(sku, offer): (&&RemoteSku, &ObservedOffer)| DraftOffer {
        sku: offer.sku.clone().unwrap_or_else(|| Sku::new("")),
        options: options(sku, &axes),
        price: offer.price.clone().unwrap_or_else(|| Price::plain(Vnd(0))),
        stock: offer.stock.clone().unwrap_or_default(),
        gtin: None,
        grams: grams(sku.package_weight.as_str()),
    };
    let text = |key: &str| product.attributes.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let first = skus.first();
    let side = |text: &str| tenths(text);
    let size = first.and_then(|sku| {
        Some([
            side(sku.package_length.as_str())?,
            side(sku.package_width.as_str())?,
            side(sku.package_height.as_str())?,
        ])
    });
    Draft {
        code: Sku::new(code(product).unwrap_or_default()),
        title: text("name"),
        description: text("description"),
        category: RemoteCategoryId::new(product.primary_category.as_str()),
        attributes: attributes(product),
        pictures: pictures(&product.images),
        axes: axes.clone(),
        offers: skus.iter().zip(offers).map(drafted).collect(),
        grams: first.and_then(|sku| grams(sku.package_weight.as_str())).unwrap_or(0),
        size_mm: size,
        gtin: None,
    }
}

/// What has no field of its own in our words.
fn attributes(product: &Product) -> BTreeMap<String, Vec<String>> {
    const OWN: [&str; 4] = ["name", "description", MODEL, "source"];
    let mut shown = BTreeMap::new();
    for (key, value) in product.attributes.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        let is_idle = text.is_empty() || (key == BRAND && text == "No Brand");
        if !is_idle && !OWN.contains(&key.as_str()) {
            shown.insert(key.clone(), vec![text]);
        }
    }
    shown
}

/// A list, or a list as text (§4.14).
fn pictures(images: &Value) -> Vec<PictureRef> {
    let remote = |url: &str| PictureRef::Remote(RemotePictureId::new(url));
    match images {
        Value::Array(urls) => urls.iter().filter_map(Value::as_str).map(remote).collect(),
        Value::String(text) => match serde_json::from_str::<Vec<String>>(text) {
            Ok(urls) => urls.iter().map(|url| remote(url)).collect(),
            Err(_) => {
                text.split([',', ';']).map(str::trim).filter(|url| !url.is_empty()).map(remote).collect()
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// Grams from kilograms; a weight that is no weight is absent.
fn grams(kilograms: &str) -> Option<u32> {
    format!("{:.0}", kilograms.trim().parse::<f64>().ok()? * 1000.0).parse().ok()
}

/// Millimetres from centimetres.
fn tenths(centimetres: &str) -> Option<u32> {
    format!("{:.0}", centimetres.trim().parse::<f64>().ok()? * 10.0).parse().ok()
}

#[cfg(test)]
mod tests;
