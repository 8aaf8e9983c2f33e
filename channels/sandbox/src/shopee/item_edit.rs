//! Making, changing and removing items (spec 4.5–4.7).

use serde_json::{Value, json};

use crate::core::lock;

use super::call::{Call, array, flag, number, text, whole};
use super::channel;
use super::envelope::{Answer, Refusal, Success};
use super::item::{Face, Item, Logistic, Offer, Standing};
use super::item_check::{check, read_price, read_stock};
use super::limit;
use super::media;
use super::world::{Shop, World};

/// `POST /product/add_item`.
pub fn add_item(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    for name in ["item_name", "description"] {
        call.text(name)?;
    }
    for name in ["original_price", "weight", "category_id", "image", "logistic_info"] {
        if call.json.get(name).is_none_or(Value::is_null) {
            return Err(call.lacks(name));
        }
    }
    if call.json.get("brand").is_none_or(Value::is_null) {
        return Err(Refusal::new("product.error_less_required_brand", "Brand is required."));
    }
    let mut face = empty_face();
    apply(&mut face, &call.json)?;
    check(&face, &lock(&world.media))?;
    let price = read_price(&call.json)?;
    let stock = read_stock(&call.json)?;
    let settings = world.settings();
    if shop.is_full(settings.item_count) {
        return Err(Refusal::new(
            "product.error_reach_shop_item_limit",
            "The number of items has reached the limit.",
        ));
    }
    let wanted = read_status(&call.json)?.unwrap_or(Standing::Normal);
    let mut own = Offer::new(price, stock, text(&call.json, "item_sku")?.unwrap_or(""));
    own.gtin = text(&call.json, "gtin_code")?.unwrap_or("").to_owned();
    let id = shop.next_item();
    let item = Item {
        id,
        face,
        face_was: None,
        standing: if settings.review_ms > 0 { Standing::Reviewing } else { wanted },
        standing_was: (0, wanted),
        own,
        tiers: Vec::new(),
        models: Vec::new(),
        created_ms: call.now_ms,
        updated_s: call.now_s(),
        visible_ms: call.now_ms + settings.visible_after_ms,
        indexed_ms: call.now_ms + settings.indexed_after_ms,
        review: (settings.review_ms > 0).then_some((call.now_ms + settings.review_ms, wanted)),
        violation: None,
        sold: 0,
    };
    let echo = echo(call, &item);
    shop.items.insert(id, item);
    Ok(Success::Response(echo))
}

/// `POST /product/update_item`: only named fields change, but the whole item is checked again (spec 4.6).
pub fn update_item(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let settings = world.settings();
    let item = shop.item(call.id("item_id")?, call)?;
    if item.standing.is_deleted() || item.standing == Standing::Banned {
        return Err(Refusal::new("product.error_item_uneditable", "The item is banned or deleted."));
    }
    if item.promotion().is_some() {
        check_locks(&call.json)?;
    }
    let wanted = read_status(&call.json)?;
    let mut face = item.face.clone();
    apply(&mut face, &call.json)?;
    check(&face, &lock(&world.media))?;
    if let Some(sku) = text(&call.json, "item_sku")? {
        sku.clone_into(&mut item.own.sku);
    }
    if let Some(gtin) = text(&call.json, "gtin_code")? {
        gtin.clone_into(&mut item.own.gtin);
    }
    let overwrites =
        ["weight", "dimension"].map(|name| call.json.get(name).is_some_and(|found| !found.is_null()));
    for model in &mut item.models {
        if overwrites[0] {
            model.weight = None;
        }
        if overwrites[1] {
            model.dimension = None;
        }
    }
    let was = std::mem::replace(&mut item.face, face);
    if was.name != item.face.name {
        item.indexed_ms = call.now_ms + settings.indexed_after_ms;
    }
    item.face_was = Some((call.now_ms, Box::new(was)));
    item.updated_s = call.now_s();
    if let Some(wanted) =
        wanted.filter(|wanted| item.standing != *wanted && item.standing != Standing::Reviewing)
    {
        item.stand(wanted, call.now_ms);
    }
    Ok(Success::Response(echo(call, item)))
}

/// What a running promotion does not let change (spec 4.6).
fn check_locks(json: &Value) -> Result<(), Refusal> {
    let locked = [
        ("item_name", "product.error_cannt_edit_name_in_promotion"),
        ("description", "product.error_cannt_edit_description_in_promotion"),
        ("image", "product.error_cannt_edit_image_in_promotion"),
        ("pre_order", "product.error_cannt_edit_pre_order_in_promotion"),
    ];
    match locked.into_iter().find(|(name, _)| json.get(name).is_some_and(|found| !found.is_null())) {
        Some((name, code)) => {
            Err(Refusal::new(code, format!("Can't edit {name} when item is under promotion.")))
        }
        None => Ok(()),
    }
}

/// `POST /product/delete_item`: not reversible, still readable (spec 4.7).
pub fn delete_item(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let item = shop.item(call.id("item_id")?, call)?;
    if item.standing.is_deleted() {
        return Err(Refusal::new("product.error_item_not_found", "Item not found."));
    }
    if item.promotion().is_some() {
        return Err(Refusal::new(
            "product.error_in_item_promotion_delete_lock",
            "Can't delete item when item is under promotion.",
        ));
    }
    item.stand(Standing::SellerDelete, call.now_ms);
    Ok(Success::Plain)
}

/// `POST /product/unlist_item`: each row by itself, lists even when all failed (spec 4.7).
pub fn unlist_item(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = call.rows("item_list", 50)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (place, row) in rows.iter().enumerate() {
        let Some(id) = whole(row, "item_id")?.and_then(|id| u64::try_from(id).ok()) else {
            return Err(Refusal::missing("item_id"));
        };
        let Some(unlist) = flag(row, "unlist")? else { return Err(Refusal::missing("unlist")) };
        let outcome = if call.twist.half_batch && place % 2 == 1 {
            Err("Something wrong. Please try later.")
        } else {
            set_listed(shop, call, id, !unlist)
        };
        match outcome {
            Ok(()) => done.push(json!({"item_id": id, "unlist": unlist})),
            Err(reason) => failed.push(json!({"item_id": id, "failed_reason": reason})),
        }
    }
    let all_failed = done.is_empty();
    let response = json!({"success_list": done, "failure_list": failed});
    if all_failed {
        return Err(Refusal::new("product.error_unlist_item_all_failed", "All items failed to be unlisted.")
            .with_response(response));
    }
    Ok(Success::Response(response))
}

fn set_listed(shop: &mut Shop, call: &Call, id: u64, is_listed: bool) -> Result<(), &'static str> {
    let Ok(item) = shop.item(id, call) else { return Err("Item not found.") };
    match item.standing {
        Standing::Banned | Standing::Reviewing => return Err("Can't delist reviewing or banned item."),
        Standing::SellerDelete | Standing::ShopeeDelete => return Err("Item is deleted."),
        Standing::Normal | Standing::Unlist => {}
    }
    let wanted = if is_listed { Standing::Normal } else { Standing::Unlist };
    if wanted == Standing::Unlist && item.promotion().is_some() {
        return Err("Can't unlist item when item is under promotion");
    }
    if item.standing != wanted {
        item.stand(wanted, call.now_ms);
    }
    Ok(())
}

fn read_status(json: &Value) -> Result<Option<Standing>, Refusal> {
    match text(json, "item_status")? {
        None | Some("") => Ok(None),
        Some("NORMAL") => Ok(Some(Standing::Normal)),
        Some("UNLIST") => Ok(Some(Standing::Unlist)),
        Some(_) => Err(Refusal::new(
            "product.error_busi_item_status_invalid",
            "item_status should be NORMAL or UNLIST.",
        )),
    }
}

/// A face with nothing in it, to be filled by a request.
pub fn empty_face() -> Face {
    Face {
        name: String::new(),
        description: String::new(),
        category_id: 0,
        images: Vec::new(),
        weight: 0.0,
        dimension: None,
        logistics: Vec::new(),
        attributes: Vec::new(),
        brand: (0, "NoBrand".to_owned()),
        condition: "NEW".to_owned(),
        wholesale: Vec::new(),
        videos: Vec::new(),
        pre_order: None,
        has_extended_description: false,
        description_info: Value::Null,
    }
}

/// Takes over the fields that a request names.
fn apply(face: &mut Face, json: &Value) -> Result<(), Refusal> {
    if let Some(name) = text(json, "item_name")? {
        name.clone_into(&mut face.name);
    }
    if let Some(description) = text(json, "description")? {
        description.clone_into(&mut face.description);
    }
    if let Some(kind) = text(json, "description_type")? {
        face.has_extended_description = kind == "extended";
    }
    if let Some(category_id) = whole(json, "category_id")? {
        face.category_id = u64::try_from(category_id).unwrap_or(0);
    }
    if let Some(weight) = number(json, "weight")? {
        face.weight = weight;
    }
    if let Some(dimension) = json.get("dimension").filter(|found| found.is_object()) {
        face.dimension = Some(dimension.clone());
    }
    if let Some(image) = json.get("image").filter(|found| found.is_object()) {
        let ids = array(image, "image_id_list")?.map_or(&[][..], Vec::as_slice);
        face.images = ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    }
    if let Some(rows) = array(json, "logistic_info")? {
        face.logistics = rows.iter().map(logistic).collect::<Result<_, _>>()?;
    }
    if let Some(rows) = array(json, "attribute_list")? {
        face.attributes.clone_from(rows);
    }
    if let Some(brand) = json.get("brand").filter(|found| found.is_object()) {
        let id = whole(brand, "brand_id")?.unwrap_or(0);
        face.brand = (
            u64::try_from(id).unwrap_or(u64::MAX),
            text(brand, "original_brand_name")?.unwrap_or("NoBrand").to_owned(),
        );
    }
    if let Some(condition) = text(json, "condition")? {
        condition.clone_into(&mut face.condition);
    }
    if let Some(rows) = array(json, "wholesale")? {
        face.wholesale.clone_from(rows);
    }
    if let Some(ids) = array(json, "video_upload_id")? {
        face.videos = ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    }
    if let Some(pre_order) = json.get("pre_order").filter(|found| found.is_object()) {
        let is_pre_order = flag(pre_order, "is_pre_order")?.unwrap_or(false);
        face.pre_order =
            if is_pre_order { Some(whole(pre_order, "days_to_ship")?.unwrap_or(0)) } else { None };
    }
    Ok(())
}

fn logistic(row: &Value) -> Result<Logistic, Refusal> {
    let Some(id) = whole(row, "logistic_id")?.and_then(|id| u64::try_from(id).ok()) else {
        return Err(Refusal::new(
            "product.error_invalid_logistic_info",
            "Invalid logistic info, logistic_id is required.",
        ));
    };
    Ok(Logistic {
        id,
        is_enabled: flag(row, "enabled")?.unwrap_or(false),
        is_free: flag(row, "is_free")?.unwrap_or(false),
    })
}

/// The channels of an item as reads and echoes show them.
pub fn logistics_shown(face: &Face) -> Vec<Value> {
    let shown = |one: &Logistic| {
        json!({"logistic_id": one.id, "logistic_name": channel::find(one.id).map_or("", |channel| channel.name),
        "enabled": one.is_enabled, "is_free": one.is_free, "estimated_shipping_fee": 22_000})
    };
    face.logistics.iter().map(shown).collect()
}

/// The echo of add_item and update_item: its shapes differ from the reads (spec 4.5).
fn echo(call: &Call, item: &Item) -> Value {
    let face = &item.face;
    let urls: Vec<String> = face.images.iter().map(|id| media::url_of(call, id)).collect();
    json!({
        "item_id": item.id,
        "item_name": face.name,
        "item_status": item.standing.word(),
        "item_sku": item.own.sku,
        "description": face.description,
        "category_id": face.category_id,
        "condition": face.condition,
        "weight": face.weight,
        "dimension": face.dimension,
        "price_info": {"current_price": item.own.price, "original_price": item.own.price},
        "images": {"image_id_list": face.images, "image_url_list": urls},
        "logistic_info": logistics_shown(face),
        "attribute": face.attributes,
        "brand": {"brand_id": face.brand.0, "original_brand_name": face.brand.1},
        "pre_order": {"is_pre_order": face.pre_order.is_some(), "days_to_ship": face.pre_order.unwrap_or(limit::DAYS_TO_SHIP)},
        "seller_stock": [{"stock": item.own.stock}],
        "description_type": "normal",
    })
}
