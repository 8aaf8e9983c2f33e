//! Reading items back (spec 4.10): lists, base information, models.

use serde_json::{Value, json};

use super::attribute;
use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::item::{Face, Item, Model, Offer, Standing};
use super::item_edit::logistics_shown;
use super::limit;
use super::media;
use super::tier::tiers_shown;
use super::world::{Shop, World};

/// `GET /product/get_item_list`: all wanted statuses must be named.
pub fn get_item_list(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let offset = call.int_between("offset", 0, i64::MAX)?.unsigned_abs();
    let page = call.int_between("page_size", 1, 100)?.unsigned_abs();
    let words = call.list("item_status");
    if words.is_empty() {
        return Err(Refusal::missing("item_status"));
    }
    let statuses: Option<Vec<Standing>> = words.iter().map(|word| Standing::of_word(word)).collect();
    let Some(statuses) = statuses else {
        return Err(Refusal::new("product.error_param_item_status", "Invalid item_status."));
    };
    let from = call.int_arg("update_time_from")?.unwrap_or(0);
    let to = call.int_arg("update_time_to")?.unwrap_or(i64::MAX);
    if from > to {
        return Err(Refusal::new(
            "product.error_update_time_range",
            "update_time_from should be earlier than update_time_to.",
        ));
    }
    if offset > world.settings().offset_limit {
        return Err(Refusal::new(
            "product.error_param",
            "get items offset over limit, please use the next field",
        ));
    }
    let at_ms = call.now_ms - call.twist.stale_ms;
    let youngest_ms = call.now_ms - call.twist.index_ms;
    for item in shop.items.values_mut() {
        item.settle(call.now_ms);
    }
    let start = if call.twist.shift_page { offset.saturating_sub(1) } else { offset };
    let (mut total, mut rows) = (0_u64, Vec::new());
    for item in shop.items.values() {
        let standing = item.standing_at(at_ms);
        let fits = item.is_visible(at_ms)
            && item.created_ms <= youngest_ms
            && statuses.contains(&standing)
            && (from..=to).contains(&item.updated_s);
        if !fits {
            continue;
        }
        if total >= start && total < start.saturating_add(page) {
            let word = if call.twist.unknown_status { "PRE_CHECK" } else { standing.word() };
            rows.push(json!({"item_id": item.id, "item_status": word, "update_time": item.updated_s, "tag": {"kit": false}}));
        }
        total += 1;
    }
    if call.twist.empty_page {
        return Ok(Success::Response(json!({"total_count": 0, "has_next_page": false, "next_offset": 0})));
    }
    call.rows.set(rows.len() as u64);
    let next = offset.saturating_add(page);
    let has_next = next < total;
    let mut response = json!({"total_count": total, "has_next_page": has_next, "next_offset": if has_next { next } else { 0 }});
    if !rows.is_empty() {
        response["item"] = Value::Array(rows);
    }
    Ok(Success::Response(response))
}

/// `GET /product/get_item_base_info`: unknown ids are left out, unless all are unknown.
pub fn get_item_base_info(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let ids = call.ids("item_id_list", 50, world.settings().strict_arrays)?;
    let location = shop.location.clone();
    let at_ms = call.now_ms - call.twist.stale_ms;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(item) = shop.items.get_mut(&id) else { continue };
        item.settle(call.now_ms);
        if item.is_visible(at_ms) {
            rows.push(base_info(item, call, at_ms, &location));
        }
    }
    if rows.is_empty() {
        return Err(Refusal::new("product.error_item_not_found", "Item not found."));
    }
    if call.twist.empty_page {
        rows.clear();
    }
    Ok(Success::Response(json!({ "item_list": rows })))
}

fn base_info(item: &Item, call: &Call, at_ms: i64, location: &str) -> Value {
    let face = item.face_at(at_ms);
    let status = if call.twist.unknown_status { "PRE_CHECK" } else { item.standing_at(at_ms).word() };
    let urls: Vec<String> = face.images.iter().map(|id| media::url_of(call, id)).collect();
    let attributes: Vec<Value> =
        face.attributes.iter().map(|stored| attribute::shown(face.category_id, stored)).collect();
    let mut row = json!({
        "item_id": item.id,
        "category_id": face.category_id,
        "item_name": face.name,
        "description": face.description,
        "description_type": "normal",
        "item_sku": item.own.sku,
        "create_time": item.created_ms / 1000,
        "update_time": item.updated_s,
        "attribute_list": attributes,
        "image": {"image_id_list": face.images, "image_url_list": urls, "image_ratio": "1:1"},
        "weight": face.weight.to_string(),
        "dimension": dimension(face.dimension.as_ref()),
        "logistic_info": logistics_shown(face),
        "pre_order": pre_order(face),
        "condition": face.condition,
        "item_status": status,
        "deboost": "FALSE",
        "has_model": item.has_models(),
        "has_promotion": item.promotion().is_some(),
        "brand": {"brand_id": face.brand.0, "original_brand_name": face.brand.1},
        "item_dangerous": 0,
        "gtin_code": item.own.gtin,
        "size_chart": "",
        "tag": {"kit": false},
    });
    if !face.wholesale.is_empty() {
        row["wholesales"] = Value::Array(face.wholesale.clone());
    }
    if !item.has_models() {
        row["price_info"] = price_info(&item.own, at_ms);
        row["stock_info_v2"] = stock_info(&item.own, at_ms, location);
    }
    row
}

/// `GET /product/get_model_list`.
pub fn get_model_list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let id = call.int_between("item_id", 1, i64::MAX)?.unsigned_abs();
    let location = shop.location.clone();
    let at_ms = call.now_ms - call.twist.stale_ms;
    let item = shop.item(id, call)?;
    call.rows.set(item.models.len() as u64);
    let models: Vec<Value> = if call.twist.empty_page {
        Vec::new()
    } else {
        item.models.iter().map(|model| model_row(item, model, call, at_ms, &location)).collect()
    };
    let standard: Vec<Value> = item.tiers.iter().map(|tier| {
        let options: Vec<Value> = tier.options.iter().map(|(name, _)| json!({"variation_option_id": 0, "variation_option_name": name})).collect();
        json!({"variation_id": 0, "variation_name": tier.name, "variation_group_id": 0, "variation_option_list": options})
    }).collect();
    Ok(Success::Response(
        json!({"tier_variation": tiers_shown(item, call), "standardise_tier_variation": standard, "model": models}),
    ))
}

fn model_row(item: &Item, model: &Model, call: &Call, at_ms: i64, location: &str) -> Value {
    let promotion = model.offer.promotion.as_ref();
    let own_dimension = model.dimension.as_ref().or(item.face.dimension.as_ref());
    json!({
        "model_id": model.id,
        "tier_index": model.tier_index,
        "model_sku": model.offer.sku,
        "model_status": if call.twist.unknown_status { "MODEL_PRE_CHECK" } else { "MODEL_NORMAL" },
        "promotion_id": promotion.map_or(0, |promotion| promotion.id),
        "has_promotion": promotion.is_some(),
        "price_info": price_info(&model.offer, at_ms),
        "pre_order": pre_order(&item.face),
        "stock_info_v2": stock_info(&model.offer, at_ms, location),
        "gtin_code": model.offer.gtin,
        "weight": model.weight.unwrap_or(item.face.weight).to_string(),
        "dimension": dimension(own_dimension),
        "is_fulfillment_by_shopee": false,
    })
}

fn price_info(offer: &Offer, at_ms: i64) -> Value {
    let original = offer.price_at(at_ms);
    let current = offer.promotion.as_ref().map_or(original, |promotion| promotion.price);
    json!([{"currency": "VND", "original_price": original, "current_price": current,
        "inflated_price_of_original_price": original, "inflated_price_of_current_price": current}])
}

/// `seller_stock` is what the seller set; what a promotion holds of it is not available (spec 4.9).
fn stock_info(offer: &Offer, at_ms: i64, location: &str) -> Value {
    let stock = offer.stock_at(at_ms);
    json!({
        "summary_info": {"total_reserved_stock": offer.reserved, "total_available_stock": (stock - offer.reserved).max(0)},
        "seller_stock": [{"location_id": location, "stock": stock, "if_saleable": true}],
        "shopee_stock": [],
        "advance_stock": {"sellable_advance_stock": 0, "in_transit_advance_stock": 0},
    })
}

fn pre_order(face: &Face) -> Value {
    json!({"is_pre_order": face.pre_order.is_some(), "days_to_ship": face.pre_order.unwrap_or(limit::DAYS_TO_SHIP)})
}

fn dimension(given: Option<&Value>) -> Value {
    given.cloned().unwrap_or_else(|| json!({"package_length": 0, "package_width": 0, "package_height": 0}))
}

/// `GET /product/get_item_extra_info`.
pub fn get_item_extra_info(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let ids = call.ids("item_id_list", 50, world.settings().strict_arrays)?;
    let items = ids.iter().filter_map(|id| shop.items.get(id));
    let rows: Vec<Value> = items.map(|item| json!({"item_id": item.id, "sale": item.sold, "views": 0, "likes": 0, "rating_star": 0, "comment_count": 0})).collect();
    Ok(Success::Response(json!({ "item_list": rows })))
}

/// `GET /product/get_item_violation_info`: why an item was taken down.
pub fn get_item_violation_info(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let ids = call.ids("item_id_list", 50, world.settings().strict_arrays)?;
    let items = ids.iter().filter_map(|id| shop.items.get(id));
    let rows: Vec<Value> = items.map(|item| {
        let details: Vec<Value> = item.violation.iter().map(|reason| json!({"violation_type": "Prohibited", "violation_reason": reason,
            "suggestion": "", "fix_deadline_time": 0, "update_time": item.updated_s})).collect();
        json!({"item_id": item.id, "item_status": item.standing.word(), "deboost": false, "item_status_details": details, "deboost_details": []})
    }).collect();
    Ok(Success::Response(json!({ "item_list": rows })))
}
