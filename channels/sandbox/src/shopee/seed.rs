//! Listings that others made, and what happens to listings outside of the API: the seller's own hands, the platform's.

use serde_json::{Value, json};

use crate::core::Trouble;

use super::attribute::ORIGIN;
use super::item::{Face, Item, Logistic, Model, Offer, Standing, Tier};
use super::item_edit::empty_face;
use super::promo::{Terms, lock_offers, unlock_offers};
use super::push::About;
use super::world::{Shop, World};

/// A picture that is always there, for listings nobody uploaded one for.
pub const PICTURE: &str = "vn-11134207-7r98o-sandbox0000000";
const COFFEE: u64 = 100_659;
const DAY_S: i64 = 86_400;

/// Makes a listing from a control call's words; nothing is checked as the API would.
pub fn listing(shop: &mut Shop, body: &Value, now_ms: i64) -> Result<u64, Trouble> {
    let text = |object: &Value, name: &str| object.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let whole = |object: &Value, name: &str| object.get(name).and_then(Value::as_i64);
    let title = text(body, "title");
    if title.is_empty() {
        return Err(Trouble::Senseless("title: a text is wanted".to_owned()));
    }
    let standing = match body.get("standing").and_then(Value::as_str) {
        None | Some("on_sale") => Standing::Normal,
        Some("hidden" | "unfinished") => Standing::Unlist,
        Some("reviewing") => Standing::Reviewing,
        Some("banned" | "rejected") => Standing::Banned,
        Some("deleted") => Standing::SellerDelete,
        Some(other) => return Err(Trouble::Senseless(format!("standing: {other:?} is unknown"))),
    };
    let variants = body.get("variants").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (price, stock) = (whole(body, "price").unwrap_or(50_000), whole(body, "stock").unwrap_or(0));
    let code = body.get("code").and_then(Value::as_str);
    let own_sku = match code {
        Some(code) if !variants.is_empty() || body.get("sku").is_none() => code.to_owned(),
        Some(_) | None => text(body, "sku"),
    };
    let mut own = Offer::new(price, stock, &own_sku);
    own.gtin = text(body, "gtin");
    let id = shop.next_item();
    let mut item = Item {
        id,
        face: face(&title),
        face_was: None,
        standing,
        standing_was: (0, standing),
        own,
        tiers: Vec::new(),
        models: Vec::new(),
        created_ms: now_ms,
        updated_s: now_ms / 1000,
        visible_ms: now_ms,
        indexed_ms: now_ms,
        review: None,
        violation: None,
        sold: 0,
    };
    if !variants.is_empty() {
        let mut options = Vec::with_capacity(variants.len());
        for (place, variant) in variants.iter().enumerate() {
            let name = variant.get("option").or_else(|| variant.get("name")).and_then(Value::as_str);
            options.push((name.map_or_else(|| format!("Loại {}", place + 1), str::to_owned), None));
            shop.next_model += 1;
            let mut offer = Offer::new(
                whole(variant, "price").unwrap_or(price),
                whole(variant, "stock").unwrap_or(stock),
                &text(variant, "sku"),
            );
            offer.gtin = text(variant, "gtin");
            item.models.push(Model {
                id: shop.next_model,
                tier_index: vec![place],
                offer,
                weight: None,
                dimension: None,
            });
        }
        item.tiers.push(Tier { name: "Phân loại".to_owned(), options });
    }
    shop.items.insert(id, item);
    Ok(id)
}

fn face(title: &str) -> Face {
    let sentence = format!("{title} được sản xuất tại địa phương, đóng gói cẩn thận, giao hàng toàn quốc. ");
    Face {
        name: title.to_owned(),
        description: sentence.repeat(1 + 100 / sentence.chars().count()),
        category_id: COFFEE,
        images: vec![PICTURE.to_owned()],
        weight: 0.5,
        logistics: vec![Logistic { id: 50_021, is_enabled: true, is_free: false }],
        attributes: vec![json!({"attribute_id": ORIGIN, "attribute_value_list": [{"value_id": 867}]})],
        ..empty_face()
    }
}

/// Something happens to a listing.
pub fn event(
    world: &World,
    shop: &mut Shop,
    id: &str,
    event: &str,
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let unknown = || Trouble::Unknown(format!("no listing {id}"));
    let id: u64 = id.parse().map_err(|_| unknown())?;
    let shop_id = shop.id;
    let item = shop.items.get_mut(&id).ok_or_else(unknown)?;
    match event {
        "ban" | "reject" => {
            let reasons = body.get("reasons").or_else(|| body.get("reason"));
            let reason = match reasons {
                Some(Value::String(reason)) => reason.clone(),
                Some(Value::Array(rows)) => {
                    rows.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
                }
                Some(_) | None => "Prohibited listing".to_owned(),
            };
            ban(world, shop_id, item, reason, now_ms);
        }
        "approve" => {
            let then = item.review.take().map_or(Standing::Normal, |(_, then)| then);
            item.violation = None;
            item.stand(then, now_ms);
        }
        "review" => item.stand(Standing::Reviewing, now_ms),
        "hide" => item.stand(Standing::Unlist, now_ms),
        "show" => item.stand(Standing::Normal, now_ms),
        "delete" | "bin" => item.stand(Standing::SellerDelete, now_ms),
        "remove" => item.stand(Standing::ShopeeDelete, now_ms),
        "edit" => edit(world, shop_id, item, body, now_ms)?,
        "unlock" => unlock_offers(world, shop_id, item, now_ms),
        "lock" => {
            let terms = terms(item, body, now_ms)?;
            let promotion = lock_offers(world, shop, id, terms, now_ms).map_err(Trouble::Refused)?;
            return Ok(
                json!({"promotion_id": promotion, "ends_at": crate::core::clock::rfc3339(terms.ends_s * 1000)}),
            );
        }
        "renumber" => {
            let mut next = shop.next_model;
            for model in &mut item.models {
                next += 1;
                model.id = next;
            }
            item.updated_s = now_ms / 1000;
            shop.next_model = next;
        }
        _ => return Err(Trouble::Senseless(format!("no listing event {event:?}"))),
    }
    Ok(json!({}))
}

/// The platform takes an item down; push 16 tells why.
fn ban(world: &World, shop_id: u64, item: &mut Item, reason: String, now_ms: i64) {
    item.review = None;
    item.stand(Standing::Banned, now_ms);
    let data = json!({"item_id": item.id, "item_name": item.face.name, "item_status": "BANNED", "deboost": false, "item_status_details": [{
        "violation_type": "Prohibited", "violation_reason": reason, "suggestion": "", "fix_deadline_time": now_ms / 1000 + 7 * DAY_S, "update_time": now_ms / 1000}]});
    item.violation = Some(reason);
    world.push.emit(16, About::Shop(shop_id), &data, 0);
}

/// The seller's own hand in the seller centre.
fn edit(world: &World, shop_id: u64, item: &mut Item, body: &Value, now_ms: i64) -> Result<(), Trouble> {
    let wanted = chosen(item, body)?;
    let item_id = item.id;
    if let Some(title) = body.get("title").and_then(Value::as_str) {
        let was = item.face.clone();
        title.clone_into(&mut item.face.name);
        item.face_was = Some((now_ms, Box::new(was)));
        item.updated_s = now_ms / 1000;
    }
    for (model_id, offer) in
        item.offers_mut().filter(|(model_id, _)| wanted.is_none_or(|wanted| wanted == *model_id))
    {
        if let Some(price) = body.get("price").and_then(Value::as_i64) {
            let old = offer.price;
            offer.set_price(price, now_ms);
            world.price_changed(shop_id, item_id, model_id, old, price, now_ms);
        }
        if let Some(stock) = body.get("stock").and_then(Value::as_i64) {
            offer.set_stock(stock, now_ms);
        }
        if let Some(sku) = body.get("sku").and_then(Value::as_str) {
            sku.clone_into(&mut offer.sku);
        }
    }
    Ok(())
}

/// The model that `offer` names, by model id or SKU. `None`: all of them.
fn chosen(item: &Item, body: &Value) -> Result<Option<u64>, Trouble> {
    let Some(named) = body.get("offer") else { return Ok(None) };
    let words = named.as_str().map_or_else(|| named.to_string(), str::to_owned);
    let found = item.offers().find(|(model_id, offer)| {
        offer.sku == words
            || model_id.to_string() == words
            || format!("{}:{model_id}", item.id) == words
            || (*model_id == 0 && item.id.to_string() == words)
    });
    found
        .map(|(model_id, _)| Some(model_id))
        .ok_or_else(|| Trouble::Unknown(format!("listing {} has no offer {words:?}", item.id)))
}

/// `until_s`: seconds since 1970, or seconds from now when it is below 1,000,000,000.
fn terms(item: &Item, body: &Value, now_ms: i64) -> Result<Terms, Trouble> {
    let flag = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    let whole = |name: &str| body.get(name).and_then(Value::as_i64);
    let until_s = whole("until_s").unwrap_or(DAY_S);
    Ok(Terms {
        model_id: chosen(item, body)?,
        reserved: whole("reserved").unwrap_or(0).max(0),
        locks_price: flag("price"),
        locks_stock: flag("stock"),
        ends_s: if until_s < 1_000_000_000 { now_ms / 1000 + until_s } else { until_s },
        price: whole("promotion_price"),
    })
}
