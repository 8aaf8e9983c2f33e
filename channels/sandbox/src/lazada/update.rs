//! `/product/update` and `/images/set` (spec 4.5, 4.7): what is not named stays as it is.

use serde_json::{Value, json};

use super::call::Call;
use super::category::{self, Leaf};
use super::check;
use super::complaints::Complaints;
use super::create::{add_to, announce, picture_urls, strict_json};
use super::envelope::{Answer, Refusal, Success};
use super::item::{Axis, Item, SkuStatus};
use super::payload::{filled, id, rows};
use super::sku_draft::SkuDraft;
use super::time;
use super::world::{Shop, World};

/// Changes one item.
pub fn update(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let payload = call.payload()?;
    let product = payload.product()?;
    strict_json(&payload, product)?;
    let skus = rows(product, "Skus", "Sku");
    call.rows.set(skus.len().max(1));
    let failed = |wrong: Complaints| Err(wrong.refuse("501", "Update product failed"));
    let mut wrong = Complaints::default();
    let Some(item_id) = id(product, "ItemId") else {
        return Err(Refusal::isp("200", "E200: Empty SellerSku/ItemId"));
    };
    if shop.item(item_id, call.now_ms).is_none_or(|item| item.is_deleted()) {
        return unknown_item(world, item_id);
    }
    if product.get("Attributes").is_none() {
        wrong.add("Attributes", "4108", "The key Attributes is missing");
        return failed(wrong);
    }
    if let Some(refusal) = shop.items.get(&item_id).and_then(|item| locked(item, product, skus, call.now_ms))
    {
        return Err(refusal);
    }
    let associated = filled(product, "AssociatedSku");
    let is_new = |row: &&Value| associated.is_some() && id(row, "SkuId").is_none();
    let mut drafts = Vec::new();
    for row in skus.iter().filter(|row| !is_new(row)) {
        let draft = SkuDraft::read(shop, row, &mut wrong);
        check_sku(&shop.items[&item_id], product.get("variation").is_some(), &draft, &mut wrong);
        drafts.push(draft);
    }
    let leaf = leaf(&shop.items[&item_id]);
    let given = check::read_attributes(product, &mut wrong);
    check::attributes(world, leaf, &given, false, &mut wrong);
    let images = picture_urls(product);
    check::images(world, "Images", &images, &mut wrong);
    for draft in &drafts {
        check::images(world, "Images", draft.images.as_deref().unwrap_or(&[]), &mut wrong);
    }
    let axes = check::axes(product, leaf, &mut wrong);
    if !wrong.is_empty() {
        return failed(wrong);
    }
    let activates = world.rule(|rules| rules.absent_status_activates);
    let edit_ms = world.rule(|rules| rules.edit_ms);
    if let Some(item) = shop.items.get_mut(&item_id) {
        apply(item, given, images, axes, drafts, activates, call.now_ms);
        item.busy_until_ms = call.now_ms + edit_ms;
    }
    shop.index(item_id);
    if let Some(associated) = associated.filter(|_| skus.iter().any(|row| id(row, "SkuId").is_none())) {
        add_to(world, shop, call, product, &associated)?;
    }
    let Some(item) = shop.items.get(&item_id) else { return Ok(Success::Bare) };
    announce(world, shop, item, 4, "EDITED_UPDATED", call.now_ms);
    Ok(Success::Data(json!({"item_status": item.status(), "variation": variation(&item.axes)})))
}

fn leaf(item: &Item) -> Leaf {
    category::find(item.category).map_or(Leaf::Plain, |category| category.leaf)
}

/// Documented as 4137; observed as code "0" with `detail` (spec 4.7).
fn unknown_item(world: &World, item_id: u64) -> Answer {
    if world.rule(|rules| rules.unknown_item_in_detail) {
        let row =
            json!({"field": "ItemId", "message": "ITEM_NOT_FOUND", "code": "E0501", "item_id": item_id});
        return Ok(Success::Detailed(json!({}), vec![row]));
    }
    let mut wrong = Complaints::default();
    wrong.add("ItemId", "4137", "The item is not found in this shop");
    Err(wrong.refuse("501", "Update product failed"))
}

/// Edits at the same time, penalties, campaigns (4147, 4155, PG_003).
fn locked(item: &Item, product: &Value, skus: &[Value], now_ms: i64) -> Option<Refusal> {
    let refuse = |code: &str, words: &str| {
        let mut wrong = Complaints::default();
        wrong.add("ItemId", code, words);
        Some(wrong.refuse("501", "Update product failed"))
    };
    if item.busy_until_ms > now_ms {
        return refuse("4147", "The product is being edited by somebody else, try again later");
    }
    if matches!(item.gate, super::item::Gate::Suspended { sub_status: "Lock", .. }) {
        return refuse("4155", "The product is locked");
    }
    let campaign =
        item.skus.iter().filter_map(|sku| sku.campaign.as_ref()).find(|campaign| campaign.locks_price)?;
    // Taking SKUs off sale or back on is not an edit of the product.
    let has_texts = matches!(&product["Attributes"], Value::Object(texts) if !texts.is_empty());
    let is_edit = has_texts
        || skus.is_empty()
        || skus.iter().any(|sku| {
            sku.as_object().is_some_and(|fields| {
                fields.keys().any(|name| !matches!(name.as_str(), "SkuId" | "SellerSku" | "Status"))
            })
        });
    if !is_edit {
        return None;
    }
    let words = format!(
        "the product takes part in a campaign and cannot be edited from {} to {}",
        time::plain(campaign.from_ms),
        time::plain(campaign.until_ms)
    );
    refuse("THD_IC_ERR_F_IC_ABILITY_PG_003", &words)
}

/// What a payload wants of one SKU. Options that the same payload declares are checked with the axes.
fn check_sku(item: &Item, declares_axes: bool, draft: &SkuDraft, wrong: &mut Complaints) {
    let named = draft.seller_sku.clone().unwrap_or_default();
    let Some(sku_id) = draft.id else {
        wrong.add_sku(&named, "SkuId", "4216", "The SkuId is mandatory");
        return;
    };
    let Some(sku) = item.sku(sku_id) else {
        let words = format!("The SKU {sku_id} is not found in this item");
        wrong.add_sku(&named, "SkuId", "4136", &words);
        return;
    };
    if draft.seller_sku.as_ref().is_some_and(|name| !name.is_empty() && *name != sku.seller_sku) {
        wrong.add_sku(&named, "SellerSku", "4150", "The seller SKU cannot be changed");
    }
    let price = draft.price.unwrap_or(sku.figures.price);
    let special = draft.special.unwrap_or(sku.figures.special);
    if special.is_some_and(|special| special.price >= price) {
        wrong.add_sku(&named, "special_price", "4157", "The special price is not below the price");
    }
    if let Some(props) = &draft.sale_props {
        for (name, option) in props {
            let is_declared =
                item.axes.iter().all(|axis| axis.name != *name || axis.options.contains(option));
            if !is_declared && !declares_axes {
                wrong.add_sku(&named, "saleProp", "SKU_VARIATION_OPTION_NOT_EXIST", option);
            }
        }
    }
}

fn apply(
    item: &mut Item,
    given: std::collections::BTreeMap<String, String>,
    images: Vec<String>,
    axes: Option<Vec<Axis>>,
    drafts: Vec<SkuDraft>,
    activates: bool,
    now_ms: i64,
) {
    item.remember(now_ms);
    for (name, words) in given {
        match name.strip_prefix("d_") {
            // `d_description` deletes the description (spec 4.7).
            Some(deleted) => drop(item.attributes.remove(deleted)),
            None => drop(item.attributes.insert(name, words)),
        }
    }
    if !images.is_empty() {
        item.images = images;
    }
    for new in axes.unwrap_or_default() {
        match item.axes.iter_mut().find(|axis| axis.name == new.name) {
            Some(axis) => {
                let more: Vec<String> =
                    new.options.into_iter().filter(|option| !axis.options.contains(option)).collect();
                axis.options.extend(more);
                axis.has_image = new.has_image;
            }
            None => item.axes.push(new),
        }
    }
    for draft in drafts {
        let Some(sku) = draft.id.and_then(|sku_id| item.sku_mut(sku_id)) else { continue };
        sku.change(now_ms, |figures| {
            if let Some(price) = draft.price {
                figures.price = price;
            }
            if let Some(special) = draft.special {
                figures.special = special;
            }
            for (warehouse, units) in &draft.stock {
                figures.bin(*warehouse).sellable = *units;
            }
            match draft.status {
                Some(status) => figures.status = status,
                None if activates => figures.status = SkuStatus::Active,
                None => {}
            }
        });
        sku.package.extend(draft.package);
        if let Some(images) = draft.images.filter(|images| !images.is_empty()) {
            sku.images = images;
        }
        if let Some(props) = draft.sale_props.filter(|props| !props.is_empty()) {
            sku.sale_props = props;
        }
    }
    item.updated_ms = now_ms;
}

/// `Variation1` … as answers print it.
pub fn variation(axes: &[Axis]) -> Value {
    let mut all = serde_json::Map::new();
    for (place, axis) in axes.iter().enumerate() {
        let row = json!({"name": axis.name, "label": axis.name, "has_image": axis.has_image, "hasImage": axis.has_image, "customize": axis.customize, "options": axis.options});
        all.insert(format!("Variation{}", place + 1), row);
    }
    Value::Object(all)
}

/// `/images/set`: replaces the pictures of SKUs.
pub fn set_images(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let payload = call.payload()?;
    let skus = rows(payload.product()?, "Skus", "Sku");
    call.rows.set(skus.len());
    if skus.is_empty() {
        return Err(Refusal::isp("200", "E200: Empty SellerSku/ItemId"));
    }
    if skus.len() > 50 {
        return Err(Refusal::isp("204", "E204: Too many SKUs in the request"));
    }
    let mut wrong = Complaints::default();
    let mut wanted = Vec::new();
    for row in skus {
        let images = picture_urls(row);
        if images.len() > 8 {
            return Err(Refusal::isp("203", "E203: Too many images; the limit is 8"));
        }
        check::images(world, "Images", &images, &mut wrong);
        match id(row, "SkuId").and_then(|sku_id| Some((shop.item_of(sku_id)?, sku_id))) {
            Some((item_id, sku_id)) => wanted.push((item_id, sku_id, images)),
            None => wrong.add("SkuId", "4136", "The SKU is not found in this shop"),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.refuse("504", "Set images failed"));
    }
    for (item_id, sku_id, images) in wanted {
        let Some(item) = shop.items.get_mut(&item_id) else { continue };
        item.updated_ms = call.now_ms;
        if let Some(sku) = item.sku_mut(sku_id) {
            sku.images = images;
        }
    }
    Ok(Success::Data(json!({})))
}
