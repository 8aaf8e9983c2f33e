//! `/product/create` (spec 4.6).

use std::collections::HashSet;

use serde_json::{Value, json};

use super::call::Call;
use super::category::{self, Leaf};
use super::check;
use super::complaints::Complaints;
use super::envelope::{Answer, Refusal, Success};
use super::item::{Figures, Gate, Item, Sku, SkuStatus};
use super::payload::{self, Payload, filled, id, rows};
use super::push::Told;
use super::sku_draft::{PACKAGE, SkuDraft};
use super::world::{Shop, World};

const SKUS: usize = 50;

/// Makes an item, or adds SKUs to the one that `AssociatedSku` names.
pub fn create(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let payload = call.payload()?;
    let product = payload.product()?;
    strict_json(&payload, product)?;
    let skus = rows(product, "Skus", "Sku");
    call.rows.set(skus.len());
    if skus.len() > SKUS {
        return Err(Refusal::isp("4171", "E4171: There are more than 50 SKUs in the request"));
    }
    if let Some(associated) = filled(product, "AssociatedSku") {
        return add_to(world, shop, call, product, &associated);
    }
    let mut wrong = Complaints::default();
    let leaf = leaf_of(product, &mut wrong);
    let attributes = check::read_attributes(product, &mut wrong);
    check::attributes(world, leaf, &attributes, true, &mut wrong);
    let images: Vec<String> = picture_urls(product);
    if images.is_empty() {
        wrong.add("Images", "4139", "The main image is required");
    }
    check::images(world, "Images", &images, &mut wrong);
    let axes = check::axes(product, leaf, &mut wrong).unwrap_or_default();
    if skus.is_empty() {
        wrong.add("Skus", "4108", "There is no SKU");
    }
    let drafts: Vec<SkuDraft> = skus.iter().map(|row| SkuDraft::read(shop, row, &mut wrong)).collect();
    new_skus(shop, &drafts, &mut wrong);
    check::combinations(leaf, &axes, &drafts, &mut wrong);
    let pictures: Vec<(String, Vec<String>)> = drafts
        .iter()
        .map(|draft| (draft.seller_sku.clone().unwrap_or_default(), draft.images.clone().unwrap_or_default()))
        .collect();
    check::sku_images(world, &pictures, &mut wrong);
    if shop.items.len() >= world.rule(|rules| rules.item_count) {
        wrong.add("Product", "4148", "The shop has reached its limit of online products");
    }
    if !wrong.is_empty() {
        return Err(wrong.refuse("500", "Create product failed"));
    }
    let review_ms = world.rule(|rules| rules.review_ms);
    let gate = match review_ms {
        0 => Gate::Open,
        1.. => Gate::Pending { until_ms: Some(call.now_ms + review_ms) },
        _ => Gate::Pending { until_ms: None },
    };
    let skus: Vec<Sku> = drafts.into_iter().map(|draft| make(shop, draft)).collect();
    let item = Item {
        id: shop.next_item(),
        category: id(product, "PrimaryCategory").unwrap_or(0),
        gate,
        images,
        attributes,
        axes,
        skus,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        busy_until_ms: 0,
        is_trial: filled(product, "trialProduct").as_deref() == Some("true"),
        was: None,
    };
    let answer = made(&item);
    announce(world, shop, &item, 3, "PUBLISHED", call.now_ms);
    if review_ms > 0 && world.push.is_live() {
        let data = judged(shop.id, item.id, "APPROVED", "", call.now_ms + review_ms);
        world.emit(1, Some(shop.id), &Told::Fixed(data), review_ms);
    }
    let item_id = item.id;
    shop.items.insert(item_id, item);
    shop.index(item_id);
    Ok(Success::Data(answer))
}

/// Data of message 1 (spec 6.3).
pub fn judged(seller: u64, item: u64, status: &str, reason: &str, at_ms: i64) -> Value {
    json!({"itemId": item, "status": status, "reason": reason, "date": at_ms, "seller_id": seller.to_string()})
}

/// Messages 3, 4 and 5.
pub fn announce(world: &World, shop: &Shop, item: &Item, kind: u16, action: &str, now_ms: i64) {
    if world.push.is_live() {
        let skus: Vec<Value> = item.skus.iter().map(|sku| sku.named(item.id)).collect();
        let data =
            json!({"item_id": item.id, "sku_list": skus, "action": action, "status_update_time": now_ms});
        world.emit(kind, Some(shop.id), &Told::Fixed(data), 0);
    }
}

fn made(item: &Item) -> Value {
    let skus: Vec<Value> = item.skus.iter().map(|sku| sku.named(item.id)).collect();
    json!({"item_id": item.id, "item_status": item.status(), "sku_list": skus})
}

/// `Images/Image` of the product.
pub fn picture_urls(product: &Value) -> Vec<String> {
    rows(product, "Images", "Image")
        .iter()
        .filter_map(Value::as_str)
        .map(|url| url.trim().to_owned())
        .filter(|url| !url.is_empty())
        .collect()
}

/// JSON payloads: `Image` and `Sku` are arrays, values in SKUs are strings (1001, spec 4.6).
pub fn strict_json(payload: &Payload, product: &Value) -> Result<(), Refusal> {
    if !payload.is_json {
        return Ok(());
    }
    let unexpected =
        |what: &str| Refusal::isp("1001", format!("E1001: {what} is not of the expected JSON form"));
    let is_array = |parent: &Value, list: &str, element: &str| {
        parent.get(list).and_then(|list| list.get(element)).is_none_or(Value::is_array)
    };
    if !is_array(product, "Images", "Image") {
        return Err(unexpected("Image"));
    }
    if !is_array(product, "Skus", "Sku") {
        return Err(unexpected("Sku"));
    }
    for sku in rows(product, "Skus", "Sku") {
        if !is_array(sku, "Images", "Image") {
            return Err(unexpected("Image"));
        }
        let plain = sku.as_object().into_iter().flatten();
        if let Some((name, _)) = plain.into_iter().find(|(_, value)| value.is_number() || value.is_boolean())
        {
            return Err(unexpected(name));
        }
    }
    Ok(())
}

fn leaf_of(product: &Value, wrong: &mut Complaints) -> Leaf {
    let Some(words) = filled(product, "PrimaryCategory") else {
        wrong.add("PrimaryCategory", "4108", "The mandatory PrimaryCategory is missing");
        return Leaf::Plain;
    };
    match words.parse().ok().and_then(category::find).map(|category| category.leaf) {
        None => wrong.add("PrimaryCategory", "4227", "The category does not exist"),
        Some(Leaf::Branch) => wrong.add("PrimaryCategory", "4134", "The category is not a leaf"),
        Some(Leaf::Off) => wrong.add("PrimaryCategory", "4228", "The category is inactive"),
        Some(leaf) => return leaf,
    }
    Leaf::Plain
}

/// What every new SKU must have, and what no other may.
fn new_skus(shop: &Shop, drafts: &[SkuDraft], wrong: &mut Complaints) {
    let mut seen = HashSet::new();
    for draft in drafts {
        let name = draft.seller_sku.as_deref().unwrap_or("");
        if name.is_empty() {
            wrong.add_sku(name, "SellerSku", "4108", "The mandatory SellerSku is missing");
        } else if !seen.insert(name) {
            wrong.add_sku(name, "SellerSku", "4126", "The SellerSku stands there twice");
        } else if shop.home_of(name).is_some() {
            wrong.add_sku(name, "SellerSku", "4105", "The SellerSku is already used in this shop");
        }
        match (draft.price, draft.special) {
            (None, _) => wrong.add_sku(name, "price", "4108", "The mandatory price is missing"),
            (Some(price), Some(Some(special))) if special.price >= price => {
                wrong.add_sku(name, "special_price", "4157", "The special price is not below the price");
            }
            (Some(_), _) => {}
        }
        for field in PACKAGE.into_iter().filter(|field| !draft.package.contains_key(*field)) {
            wrong.add_sku(name, field, "4110", "The mandatory package value is missing");
        }
    }
}

fn make(shop: &mut Shop, draft: SkuDraft) -> Sku {
    let mut figures = Figures {
        price: draft.price.unwrap_or(0),
        special: draft.special.flatten(),
        status: draft.status.unwrap_or(SkuStatus::Active),
        bins: Vec::new(),
    };
    figures.bin(0);
    for (warehouse, units) in draft.stock {
        figures.bin(warehouse).sellable = units;
    }
    Sku {
        id: shop.next_sku(),
        seller_sku: draft.seller_sku.unwrap_or_default(),
        figures,
        package: draft.package,
        sale_props: draft.sale_props.unwrap_or_default(),
        images: draft.images.unwrap_or_default(),
        campaign: None,
        was: None,
    }
}

/// Adds SKUs to the item of an existing SKU, named by SkuId or SellerSku (spec 4.6: the documents differ).
pub fn add_to(world: &World, shop: &mut Shop, call: &Call, product: &Value, associated: &str) -> Answer {
    let by_id = associated.parse().ok().and_then(|sku_id| shop.item_of(sku_id));
    let item_id = by_id.or_else(|| shop.home_of(associated).map(|(item_id, _)| item_id));
    let mut wrong = Complaints::default();
    let Some(item) = item_id.and_then(|item_id| shop.items.get(&item_id)) else {
        wrong.add("AssociatedSku", "4136", "The seller SKU is not found in this shop");
        return Err(wrong.refuse("500", "Create product failed"));
    };
    let (item_id, leaf, mut axes) = (
        item.id,
        category::find(item.category).map_or(Leaf::Plain, |category| category.leaf),
        item.axes.clone(),
    );
    if let Some(declared) = check::axes(product, leaf, &mut wrong) {
        for new in declared {
            match axes.iter_mut().find(|axis| axis.name == new.name) {
                Some(axis) => {
                    let more: Vec<String> =
                        new.options.into_iter().filter(|option| !axis.options.contains(option)).collect();
                    axis.options.extend(more);
                }
                None => axes.push(new),
            }
        }
    }
    let existing: Vec<SkuDraft> = item
        .living()
        .map(|sku| SkuDraft {
            seller_sku: Some(sku.seller_sku.clone()),
            sale_props: Some(sku.sale_props.clone()),
            images: Some(sku.images.clone()),
            ..SkuDraft::default()
        })
        .collect();
    let drafts: Vec<SkuDraft> = rows(product, "Skus", "Sku")
        .iter()
        .filter(|row| payload::id(row, "SkuId").is_none())
        .map(|row| SkuDraft::read(shop, row, &mut wrong))
        .collect();
    new_skus(shop, &drafts, &mut wrong);
    let mut together = existing;
    together.extend(drafts);
    check::combinations(leaf, &axes, &together, &mut wrong);
    let is_full = together.len() > SKUS;
    if is_full {
        wrong.add("Skus", "204", "There are too many SKUs");
    }
    if !wrong.is_empty() {
        return Err(wrong.refuse("500", "Create product failed"));
    }
    let first_new = shop.items.get(&item_id).map_or(0, |item| item.living().count());
    let made_skus: Vec<Sku> = together.drain(first_new..).map(|draft| make(shop, draft)).collect();
    if let Some(item) = shop.items.get_mut(&item_id) {
        item.axes = axes;
        item.skus.extend(made_skus);
        item.updated_ms = call.now_ms;
    }
    shop.index(item_id);
    let Some(item) = shop.items.get(&item_id) else { return Ok(Success::Bare) };
    announce(world, shop, item, 4, "EDITED_INSERTED", call.now_ms);
    Ok(Success::Data(made(item)))
}
