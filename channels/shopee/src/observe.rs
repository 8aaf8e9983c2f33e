//! Reading listings back: fifty items in one call, then the models of each that has some (spec §4.8, §4.10).

use crate::Shop;
use crate::call::Reply;
use crate::listing::{alone, variant};
use crate::survey::Memo;
use crate::wire::{Item, Items, Model, Models, PriceInfo, StockInfo};
use ganh_contract::{
    Complaint, Draft, DraftOffer, Fault, FaultKind, ListingHead, Observed, ObservedOffer, OfferRef,
    PictureRef, Price, Reading, RemoteCategoryId, RemoteListingId, RemotePictureId, RemotePlaceId, Result,
    Sku, Standing, Thing, Units, Vnd,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) async fn observe(shop: &Shop, heads: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
    let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
    read_all(shop, &ids).await
}

/// One reading for each id, in order. An unreadable or vanished one is an `Err` in its own reading.
pub(crate) async fn read_all(shop: &Shop, ids: &[&str]) -> Result<Vec<Reading<Observed>>> {
    const CALL: &str = "get_item_base_info";
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let reply = match base_info(shop, &ids.join(",")).await {
        Ok(reply) => Ok(reply),
        // "When none exists" (§4.10).
        Err(fault) if *fault.kind == FaultKind::Missing(Thing::Listing) => Err(fault),
        Err(fault) => return Err(fault),
    };
    let missing = |fault: Option<&Fault>| {
        fault.cloned().unwrap_or_else(|| Fault::new(CALL, FaultKind::Missing(Thing::Listing)))
    };
    let reply = match reply {
        Ok(reply) => reply,
        Err(fault) => {
            let as_of = shop.line.app.gateway.clock().now();
            let reading = |id: &&str| Reading {
                id: (*id).to_owned(),
                as_of,
                raw: String::new(),
                value: Err(missing(Some(&fault))),
            };
            return Ok(ids.iter().map(reading).collect());
        }
    };
    let items: Items = reply.response::<Option<Items>>()?.unwrap_or_default();
    let mut readings = Vec::with_capacity(ids.len());
    for id in ids {
        let row = items.item_list.0.iter().find(|row| row_id(row).as_deref() == Some(*id));
        readings.push(match row {
            Some(row) => read_row(shop, &reply, id, row).await,
            None => Reading {
                id: (*id).to_owned(),
                as_of: reply.sent_at,
                raw: String::new(),
                value: Err(missing(None)),
            },
        });
    }
    Ok(readings)
}

fn row_id(row: &Value) -> Option<String> {
    match row.get("item_id")? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

async fn read_row(shop: &Shop, reply: &Reply, id: &str, row: &Value) -> Reading<Observed> {
    let mut raw = json!({ "item": row });
    let value = match reply.read::<Item>(row.clone()) {
        Ok(item) if item.has_model.0 => match read_models(shop, item.item_id.or_zero()).await {
            Ok((models, body)) => {
                raw["models"] = body;
                Ok(observed(shop, &item, Some(&models)))
            }
            Err(fault) => Err(fault),
        },
        Ok(item) => Ok(observed(shop, &item, None)),
        Err(fault) => Err(fault),
    };
    // The base information is the older half: what holds for it holds for the whole.
    Reading { id: id.to_owned(), as_of: reply.sent_at, raw: raw.to_string(), value }
}

async fn base_info(shop: &Shop, ids: &str) -> Result<Reply> {
    let query = vec![("item_id_list", ids.to_owned())];
    shop.line.get("get_item_base_info", "/api/v2/product/get_item_base_info", query).await
}

/// One item; a vanished one is `Missing`.
pub(crate) async fn read_one(shop: &Shop, item: i64) -> Result<Item> {
    let reply = base_info(shop, &item.to_string()).await?;
    let items: Items = reply.response::<Option<Items>>()?.unwrap_or_default();
    let row = items.item_list.0.into_iter().next();
    reply.read(row.ok_or_else(|| Fault::new("get_item_base_info", FaultKind::Missing(Thing::Listing)))?)
}

/// Models and tiers of an item, with the answer's payload as received.
pub(crate) async fn read_models(shop: &Shop, item: i64) -> Result<(Models, Value)> {
    let query = vec![("item_id", item.to_string())];
    let reply = shop.line.get("get_model_list", "/api/v2/product/get_model_list", query).await?;
    let body = reply.body.get("response").cloned().unwrap_or(Value::Null);
    let models: Option<Models> = reply.response()?;
    Ok((models.unwrap_or_default(), body))
}

fn observed(shop: &Shop, item: &Item, models: Option<&Models>) -> Observed {
    let places = Memo::of(&shop.capability).places;
    let id = item.item_id.or_zero();
    let standing = standing(item);
    let is_live = standing == Standing::OnSale;
    let offer =
        |offer: OfferRef, sku: &str, gtin: &str, prices: &[PriceInfo], stock: &StockInfo, on_sale: bool| {
            let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            ObservedOffer {
                offer,
                note: String::new(),
                sku: filled(sku).map(Sku::new),
                gtin: filled(gtin).filter(|gtin| gtin != "00"),
                on_sale,
                price: prices
                    .first()
                    .and_then(|price| price.original_price.0)
                    .map(|list| Price::plain(Vnd(list))),
                stock: units(stock, &places),
                reserved: stock
                    .summary_info
                    .total_reserved_stock
                    .0
                    .map(|_| stock.summary_info.total_reserved_stock.units()),
            }
        };
    let offers = match models {
        Some(models) => {
            let one = |model: &Model| {
                let on_sale = is_live && model.model_status.as_str() != "MODEL_UNAVAILABLE";
                let (sku, gtin) = (model.model_sku.as_str(), model.gtin_code.as_str());
                offer(variant(id, model), sku, gtin, &model.price_info.0, &model.stock_info_v2, on_sale)
            };
            models.model.0.iter().map(one).collect()
        }
        None => {
            let (sku, gtin) = (item.item_sku.as_str(), item.gtin_code.as_str());
            vec![offer(alone(id), sku, gtin, &item.price_info.0, &item.stock_info_v2, is_live)]
        }
    };
    let shows = Some(Box::new(shown(item, models, &offers)));
    let code = item.item_sku.filled().map(Sku::new);
    Observed { listing: RemoteListingId::new(id.to_string()), code, standing, offers, shows }
}

/// §4.10. A listing without its variations yet looks like a hidden one; the ticket knows better.
fn standing(item: &Item) -> Standing {
    let complaint =
        |said: &str| vec![Complaint { field: None, code: Some(said.to_owned()), said: said.to_owned() }];
    match item.item_status.as_str() {
        "NORMAL" => Standing::OnSale,
        "UNLIST" => Standing::Hidden,
        "REVIEWING" => Standing::Reviewing,
        "BANNED" => Standing::Banned(complaint("BANNED")),
        "SELLER_DELETE" | "SHOPEE_DELETE" => Standing::Deleted,
        word => Standing::Unknown(word.to_owned()),
    }
}

/// What `update_stock` sets, by place for shops that have places; else all in one (§4.8: a location comes back even where none was set).
fn units(stock: &StockInfo, places: &[String]) -> Option<Units> {
    let rows = &stock.seller_stock.0;
    if rows.is_empty() {
        // Left to sell, where the seller's own figure is not told (§4.9).
        return stock.summary_info.total_available_stock.map(|total| Units::only(total.units()));
    }
    if places.is_empty() {
        return Some(Units::only(rows.iter().fold(0, |sum, row| sum.saturating_add(row.stock.units()))));
    }
    let by_place = rows.iter().map(|row| (RemotePlaceId::new(row.location_id.as_str()), row.stock.units()));
    Some(Units(by_place.collect()))
}

/// The axes with their options, in either spelling (§4.8).
pub(crate) fn axes(models: &Models) -> Vec<(String, Vec<String>)> {
    let old: Vec<(String, Vec<String>)> = models
        .tier_variation
        .0
        .iter()
        .map(|tier| {
            (tier.name.0.clone(), tier.option_list.0.iter().map(|option| option.option.0.clone()).collect())
        })
        .collect();
    if !old.is_empty() {
        return old;
    }
    let new = models.standardise_tier_variation.0.iter().map(|tier| {
        let options =
            tier.variation_option_list.0.iter().map(|option| option.variation_option_name.0.clone());
        (tier.variation_name.0.clone(), options.collect())
    });
    new.collect()
}

/// The options of a model; shorter than the axes if an index points nowhere.
pub(crate) fn options(model: &Model, axes: &[(String, Vec<String>)]) -> Vec<String> {
    let chosen = model
        .tier_index
        .0
        .iter()
        .zip(axes)
        .filter_map(|(index, (_, options))| options.get(usize::try_from(index.0?).ok()?).cloned());
    chosen.collect()
}

/// The page in our words.
fn shown(item: &Item, models: Option<&Models>, offers: &[ObservedOffer]) -> Draft {
    let axes = models.map(axes).unwrap_or_default();
    let drafted = |(index, offer): (usize, &ObservedOffer)| {
        let model = models.and_then(|models| models.model.0.get(index));
        DraftOffer {
            sku: offer.sku.clone().unwrap_or_else(|| Sku::new("")),
            options: model.map(|model| options(model, &axes)).unwrap_or_default(),
            price: offer.price.clone().unwrap_or_else(|| Price::plain(Vnd(0))),
            stock: offer.stock.clone().unwrap_or_default(),
            gtin: offer.gtin.clone(),
            grams: model.and_then(|model| grams(model.weight.0)),
        }
    };
    Draft {
        code: Sku::new(item.item_sku.as_str()),
        title: item.item_name.0.clone(),
        description: item.description.0.clone(),
        category: RemoteCategoryId::new(item.category_id.or_zero().to_string()),
        attributes: attributes(item),
        pictures: item
            .image
            .image_id_list
            .0
            .iter()
            .map(|id| PictureRef::Remote(RemotePictureId::new(id.as_str())))
            .collect(),
        axes: axes.iter().map(|(name, _)| name.clone()).collect(),
        offers: offers.iter().enumerate().map(drafted).collect(),
        grams: grams(item.weight.0).unwrap_or(0),
        size_mm: item.dimension.as_ref().map(|size| {
            [size.package_length, size.package_width, size.package_height]
                .map(|cm| cm.units().saturating_mul(10))
        }),
        gtin: item.gtin_code.filled().filter(|gtin| *gtin != "00").map(str::to_owned),
    }
}

/// In the spelling that drafts use: digits for an option, `=text` for a value of our own, `=12|Months` with a unit.
fn attributes(item: &Item) -> BTreeMap<String, Vec<String>> {
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for attribute in &item.attribute_list.0 {
        let values = attribute.attribute_value_list.0.iter().map(|option| match option.value_id.or_zero() {
            0 => match option.value_unit.filled() {
                Some(unit) => format!("={}|{unit}", option.original_value_name.as_str()),
                None => format!("={}", option.original_value_name.as_str()),
            },
            id => id.to_string(),
        });
        shown.insert(attribute.attribute_id.or_zero().to_string(), values.collect());
    }
    if let Some(brand) = item.brand.as_ref().filter(|brand| brand.brand_id.or_zero() > 0) {
        shown.insert(
            "brand".into(),
            vec![format!("{}|{}", brand.brand_id.or_zero(), brand.original_brand_name.as_str())],
        );
    }
    shown
}

/// Grams from kilograms; a weight that is no weight is absent.
fn grams(kilograms: Option<f64>) -> Option<u32> {
    let grams = format!("{:.0}", kilograms? * 1000.0);
    grams.parse().ok()
}
