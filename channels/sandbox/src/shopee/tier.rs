//! Tiers and models (spec 4.8): the structure of an item, and its renumbering.

use serde_json::{Value, json};

use crate::core::lock;

use super::call::{Call, array, text, whole};
use super::envelope::{Answer, Refusal, Success};
use super::item::{Item, Model, Offer, Standing, Tier};
use super::item_check::{is_spread_allowed, read_price, read_stock};
use super::limit;
use super::media::Media;
use super::tier_read::{read_index, read_tiers};
use super::world::{Shop, World};

/// `POST /product/init_tier_variation`: sets or changes the number of tiers. All model ids are new afterwards.
pub fn init_tier_variation(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let tiers = read_tiers(&call.json)?.ok_or_else(|| call.lacks("standardise_tier_variation"))?;
    let rows = array(&call.json, "model")?.map_or(&[][..], Vec::as_slice);
    call.rows.set(rows.len() as u64);
    let id = call.id("item_id")?;
    let mut next_model = shop.next_model;
    let item = shop.item(id, call)?;
    check_editable(item)?;
    if item.promotion().is_some() {
        return Err(Refusal::new(
            "product.error_cannt_init_tier_in_promotion",
            "Can't init tier variation when item is under promotion.",
        ));
    }
    if tiers.len() == item.tiers.len() {
        return Err(bad("The level of tier-variation not change."));
    }
    check_tiers(&tiers, &lock(&world.media))?;
    if tiers.is_empty() {
        return undivide(item, rows, call);
    }
    let models = read_models(&tiers, rows, &[], &mut next_model)?;
    let combinations: usize = tiers.iter().map(|tier| tier.options.len()).product();
    if models.len() != combinations {
        return Err(bad("Model tier_index error. Every combination should have a model."));
    }
    check_prices(item, models.iter().map(|model| model.offer.price))?;
    item.tiers = tiers;
    item.models = models;
    item.updated_s = call.now_s();
    let mut response = json!({"item_id": id, "tier_variation": tiers_shown(item, call)});
    if world.settings().echo_models {
        response["model"] = item.models.iter().map(model_echo).collect();
    }
    shop.next_model = next_model;
    Ok(Success::Response(response))
}

/// Takes the tiers away: the item is sold itself again.
fn undivide(item: &mut Item, rows: &[Value], call: &Call) -> Answer {
    if let Some(row) = rows.first() {
        let (price, stock) = (read_price(row)?, read_stock(row)?);
        item.own.price = price;
        item.own.stock = stock;
    }
    item.tiers.clear();
    item.models.clear();
    item.updated_s = call.now_s();
    Ok(Success::Response(json!({"item_id": item.id, "tier_variation": [], "model": []})))
}

/// `POST /product/update_tier_variation`: models that are not listed are removed.
pub fn update_tier_variation(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let tiers = read_tiers(&call.json)?.ok_or_else(|| call.lacks("standardise_tier_variation"))?;
    let rows = array(&call.json, "model_list")?.ok_or_else(|| call.lacks("model_list"))?;
    call.rows.set(rows.len() as u64);
    let item = shop.item(call.id("item_id")?, call)?;
    check_editable(item)?;
    if item.promotion().is_some() {
        return Err(Refusal::new(
            "product.error_cannt_change_tier_variation_in_promotion",
            "Can't change tier variation when item is under promotion.",
        ));
    }
    if tiers.len() != item.tiers.len() || tiers.is_empty() {
        return Err(bad("The level of tier-variation changed. Please use init_tier_variation."));
    }
    check_tiers(&tiers, &lock(&world.media))?;
    let mut kept: Vec<Model> = Vec::with_capacity(rows.len());
    for row in rows {
        let id = whole(row, "model_id")?.and_then(|id| u64::try_from(id).ok()).unwrap_or(0);
        let Some(model) = item.models.iter().find(|model| model.id == id) else {
            return Err(Refusal::new("product.error_wrong_modelid", format!("Wrong model_id {id}.")));
        };
        if kept.iter().any(|other| other.id == id) {
            return Err(Refusal::new("product.error_duplicate_modelid", format!("Duplicate model_id {id}.")));
        }
        let tier_index = read_index(row, &tiers)?;
        if kept.iter().any(|other| other.tier_index == tier_index) {
            return Err(duplicate_index());
        }
        kept.push(Model { tier_index, ..model.clone() });
    }
    if kept.is_empty() {
        return Err(Refusal::new("product.error_busi_cannot_delete_all_model", "Can't delete all models."));
    }
    item.tiers = tiers;
    item.models = kept;
    item.updated_s = call.now_s();
    Ok(Success::Plain)
}

/// `POST /product/add_model`: the options must exist already.
pub fn add_model(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = call.rows("model_list", limit::MODELS)?;
    let id = call.id("item_id")?;
    let mut next_model = shop.next_model;
    let item = shop.item(id, call)?;
    check_editable(item)?;
    if !item.has_models() {
        return Err(bad(
            "Item without tier_variation. Please use init_tier_variation to add tier_variation.",
        ));
    }
    if item.models.len() + rows.len() > limit::MODELS {
        return Err(Refusal::new(
            "product.error_model_count_over_limit",
            "The number of models is over the limit.",
        ));
    }
    let models = read_models(&item.tiers, rows, &item.models, &mut next_model)?;
    check_prices(item, item.models.iter().chain(&models).map(|model| model.offer.price))?;
    let echo: Vec<Value> = models.iter().map(model_echo).collect();
    item.models.extend(models);
    item.updated_s = call.now_s();
    shop.next_model = next_model;
    let response = if world.settings().echo_models {
        json!({"item_id": id, "model": echo})
    } else {
        json!({"item_id": id})
    };
    Ok(Success::Response(response))
}

/// `POST /product/update_model`: SKU and the like, no price and no stock.
pub fn update_model(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = call.rows("model", limit::MODELS)?;
    let item = shop.item(call.id("item_id")?, call)?;
    check_editable(item)?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        let id = whole(row, "model_id")?.and_then(|id| u64::try_from(id).ok()).unwrap_or(0);
        let place = item.models.iter().position(|model| model.id == id);
        let Some(place) = place else {
            return Err(Refusal::new("product.error_wrong_modelid", format!("Wrong model_id {id}.")));
        };
        let Some(sku) = text(row, "model_sku")? else { return Err(call.lacks("model_sku")) };
        check_sku(sku)?;
        changes.push((place, sku, text(row, "gtin_code")?, weight_of(row)?));
    }
    for (place, sku, gtin, (weight, dimension)) in changes {
        let model = &mut item.models[place];
        sku.clone_into(&mut model.offer.sku);
        if let Some(gtin) = gtin {
            gtin.clone_into(&mut model.offer.gtin);
        }
        model.weight = weight.or(model.weight);
        model.dimension = dimension.or_else(|| model.dimension.take());
    }
    item.updated_s = call.now_s();
    Ok(Success::Plain)
}

/// `POST /product/delete_model`: never the last one.
pub fn delete_model(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let id = call.id("model_id")?;
    let item = shop.item(call.id("item_id")?, call)?;
    check_editable(item)?;
    let Some(place) = item.models.iter().position(|model| model.id == id) else {
        return Err(Refusal::new("product.error_wrong_modelid", format!("Wrong model_id {id}.")));
    };
    if item.models[place].offer.promotion.is_some() {
        return Err(Refusal::new(
            "product.error_in_item_promotion_remove_model",
            "Can't remove a model under promotion.",
        ));
    }
    if item.models.len() == 1 {
        return Err(Refusal::new(
            "product.error_busi_cannot_delete_default_model",
            "Can't delete the last model.",
        ));
    }
    item.models.remove(place);
    item.updated_s = call.now_s();
    Ok(Success::Plain)
}

fn bad(message: &'static str) -> Refusal {
    Refusal::new("product.error_param", message)
}

fn duplicate_index() -> Refusal {
    Refusal::new("product.error_model_duplicate_tier_variation_index", "Duplicate tier_index.")
}

fn check_editable(item: &Item) -> Result<(), Refusal> {
    if item.standing.is_deleted() || item.standing == Standing::Banned {
        return Err(Refusal::new("product.error_item_uneditable", "The item is banned or deleted."));
    }
    Ok(())
}

fn check_sku(sku: &str) -> Result<(), Refusal> {
    if sku.chars().count() > 100 {
        Err(bad("model_sku should be no more than 100 characters."))
    } else {
        Ok(())
    }
}

fn check_prices(item: &Item, prices: impl Iterator<Item = i64> + Clone) -> Result<(), Refusal> {
    if !is_spread_allowed(prices.clone()) {
        return Err(Refusal::new(
            "product.error_invalid_price",
            format!("The highest price should be no more than {} times the lowest.", limit::PRICE_SPREAD),
        ));
    }
    let mut others = prices;
    let first = others.next();
    if !item.face.wholesale.is_empty() && others.any(|price| Some(price) != first) {
        return Err(Refusal::new(
            "product.error_price_should_be_same_for_wholesales",
            "Prices should be the same for wholesale.",
        ));
    }
    Ok(())
}

fn check_tiers(tiers: &[Tier], media: &Media) -> Result<(), Refusal> {
    if tiers.len() > 2 {
        return Err(Refusal::new("product.error_tier_var_too_many", "The level of tier-variation over 2."));
    }
    for (place, tier) in tiers.iter().enumerate() {
        if tier.name.chars().count() > limit::TIER_NAME {
            return Err(Refusal::new(
                "product.error_tier_var_name_too_long",
                format!("Variation name should be no more than {} characters.", limit::TIER_NAME),
            ));
        }
        if tier.options.is_empty() || tier.options.len() > limit::TIER_OPTIONS {
            return Err(Refusal::new(
                "product.error_tier_opt_too_many",
                format!("Options should be 1-{}.", limit::TIER_OPTIONS),
            ));
        }
        for (at, (option, _)) in tier.options.iter().enumerate() {
            if option.is_empty() || option.chars().count() > limit::TIER_OPTION {
                return Err(Refusal::new(
                    "product.error_tier_opt_val_too_long",
                    format!("Option should be 1-{} characters.", limit::TIER_OPTION),
                ));
            }
            if tier.options[..at].iter().any(|(other, _)| other == option) {
                return Err(Refusal::new("product.error_model_duplicate_name", "Duplicate option name."));
            }
        }
        let pictures: Vec<&String> = tier.options.iter().filter_map(|(_, image)| image.as_ref()).collect();
        if !pictures.is_empty() && (place > 0 || pictures.len() != tier.options.len()) {
            return Err(bad("Images are for all options of the first tier only."));
        }
        if pictures.iter().any(|id| !media.knows(id)) {
            return Err(bad("Image not exist."));
        }
    }
    let combinations: usize = tiers.iter().map(|tier| tier.options.len()).product();
    if combinations > limit::MODELS {
        return Err(bad("Count of tier_variation combinations should be under 50."));
    }
    Ok(())
}

fn read_models(
    tiers: &[Tier],
    rows: &[Value],
    present: &[Model],
    next_model: &mut u64,
) -> Result<Vec<Model>, Refusal> {
    let mut models: Vec<Model> = Vec::with_capacity(rows.len());
    for row in rows {
        let tier_index = read_index(row, tiers)?;
        if models.iter().chain(present).any(|other| other.tier_index == tier_index) {
            return Err(duplicate_index());
        }
        let sku = text(row, "model_sku")?.unwrap_or("");
        check_sku(sku)?;
        let mut offer = Offer::new(read_price(row)?, read_stock(row)?, sku);
        offer.gtin = text(row, "gtin_code")?.unwrap_or("").to_owned();
        let (weight, dimension) = weight_of(row)?;
        *next_model += 1;
        models.push(Model { id: *next_model, tier_index, offer, weight, dimension });
    }
    Ok(models)
}

fn weight_of(row: &Value) -> Result<(Option<f64>, Option<Value>), Refusal> {
    let weight = super::call::number(row, "weight")?;
    let dimension = row.get("dimension").filter(|found| found.is_object()).cloned();
    if dimension.is_some() && weight.is_none() {
        return Err(bad("Model weight is required when model dimension is set."));
    }
    Ok((weight, dimension))
}

fn model_echo(model: &Model) -> Value {
    json!({
        "tier_index": model.tier_index,
        "model_id": model.id,
        "model_sku": model.offer.sku,
        "price_info": [{"original_price": model.offer.price}],
        "seller_stock": [{"stock": model.offer.stock}],
    })
}

/// The tiers in the older form, which is still returned (spec 4.8).
pub fn tiers_shown(item: &Item, call: &Call) -> Value {
    let option = |(name, image): &(String, Option<String>)| match image {
        Some(id) => {
            json!({"option": name, "image": {"image_id": id, "image_url": super::media::url_of(call, id)}})
        }
        None => json!({"option": name}),
    };
    item.tiers.iter().map(|tier| json!({"name": tier.name, "option_list": tier.options.iter().map(option).collect::<Vec<_>>()})).collect()
}
