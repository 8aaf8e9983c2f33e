//! Create, full edit, partial edit, and the dry run of a create (spec 7.3, 7.6).

use serde_json::{Value, json};

use crate::core::lock;

use super::audit;
use super::call::{Call, list, text, texts};
use super::envelope::{Answer, Refusal, Success};
use super::face_check::{self, Extent, Read};
use super::product::{Product, Shelf, Status, Version};
use super::shop::{IdOf, Shop};
use super::sku_check::{self, Wanted};
use super::webhook::{Topic, emit, is_heard};
use super::world::World;

const DAY_S: i64 = 86_400;

/// `POST /product/202309/products`. A repeated idempotency key gets the first answer (spec 7.3, our assumption).
pub fn create(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let key = call.text("idempotency_key").map(str::to_owned);
    if let Some(answer) = key.as_ref().and_then(|key| shop.answers.get(key)) {
        return Ok(Success::Data(answer.clone()));
    }
    if key.as_ref().is_some_and(|key| key.chars().count() > 128) {
        return Err(Refusal::parameter("Invalid idempotency_key: at most 128 characters."));
    }
    let is_draft = is_draft(call)?;
    if call.twist.own == "image_forgotten" {
        forget_first_picture(world, call);
    }
    let day = call.now_s().div_euclid(DAY_S);
    let listed_today = if shop.listed.0 == day { shop.listed.1 } else { 0 };
    let limit = world.settings().listing_limit;
    if call.twist.own == "listing_limit" || (!is_draft && limit.is_some_and(|limit| listed_today >= limit)) {
        return Err(Refusal::new(12_052_093, "The listing limit of today is reached."));
    }
    let ((face, mut warnings), mut wanted) = read_whole(world, shop, call, None, is_draft)?;
    if world.settings().brand_warning || call.twist.own == "brand_warning" {
        warnings.push("The brand is not authorized and has been removed.".to_owned());
    }
    let id = shop.next_id(IdOf::Product);
    sku_check::number(shop, &mut wanted);
    let version = Version { face, skus: wanted.iter().map(|one| one.face.clone()).collect() };
    let mut product = Product::new(id, version.clone(), call.now_ms);
    set_figures(shop, &mut product, &wanted);
    shop.keep(product);
    if !is_draft {
        shop.listed = (day, listed_today + 1);
        audit::submit(world, shop, id, version.clone(), call.now_ms);
    }
    if is_heard(world, shop) {
        emit(world, shop, Topic::ProductCreation, &json!({"product_id": id, "product_types": ["NORMAL"]}));
    }
    let answer = written(id, &version, &warnings);
    if let Some(key) = key {
        shop.answers.insert(key, answer.clone());
    }
    call.rows(version.skus.len(), answer)
}

/// `POST /product/202309/products/listing_check`: the same checks, and nothing happens.
pub fn listing_check(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let reasons = match read_whole(world, shop, call, None, false) {
        Ok(_) => Vec::new(),
        Err(refusal) => vec![json!({"code": refusal.code.to_string(), "message": refusal.message})],
    };
    let word = if reasons.is_empty() { "PASS" } else { "FAILED" };
    Ok(Success::Data(json!({
        "check_result": word, "fail_reasons": reasons, "listing_quality": {"current_tier": "FAIR"},
    })))
}

/// `PUT /product/202509/products/{id}`: SKUs left out are deleted, properties left out are blank, figures left out stay.
pub fn edit(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let product = editable(shop, call)?;
    let is_draft = is_draft(call)?;
    if list(&call.json, "skus").is_empty() {
        return Err(Refusal::new(12_052_902, "The SKU list is empty."));
    }
    let ((face, warnings), wanted) = read_whole(world, shop, call, Some(&product), is_draft)?;
    sku_check::check_external_product(shop, Some(&product), face.external_id.as_deref())?;
    put(world, shop, call, product, (face, warnings), Some(wanted), is_draft)
}

/// `POST /product/202509/products/{id}/partial_edit`: what is left out stays, what is there is replaced whole.
pub fn partial_edit(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let product = editable(shop, call)?;
    let fixed = ["delivery_option_ids", "minimum_order_quantity", "shipping_insurance_requirement"];
    let fixed = fixed.iter().chain(&["category_version", "combined_skus", "is_not_for_sale"]);
    if let Some(name) = fixed.clone().find(|name| call.json.get(**name).is_some_and(|value| !value.is_null()))
    {
        return Err(Refusal::new(12_052_910, format!("partial_edit cannot change {name}.")));
    }
    let is_draft = is_draft(call)?;
    let base = product.newest().face.clone();
    let read = face_check::read(world, shop, call, Some(&base), Extent::Parts, is_draft)?;
    sku_check::check_external_product(shop, Some(&product), read.0.external_id.as_deref())?;
    let skus = call.json.get("skus").filter(|skus| !skus.is_null());
    let wanted =
        skus.map(|_| sku_check::read(world, shop, Some(&product), list(&call.json, "skus"), is_draft));
    let wanted = wanted.transpose()?;
    let had_axes = product.newest().skus.iter().any(|sku| !sku.sales.is_empty());
    let has_axes = wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| !one.face.sales.is_empty()));
    if had_axes && !has_axes {
        return Err(Refusal::new(12_052_550, "At least one sales attribute must remain."));
    }
    put(world, shop, call, product, read, wanted, is_draft)
}

fn put(
    world: &World,
    shop: &mut Shop,
    call: &Call,
    product: Product,
    read: Read,
    wanted: Option<Vec<Wanted>>,
    is_draft: bool,
) -> Answer {
    let id = product.id;
    let (face, warnings) = read;
    let mut wanted = wanted;
    if let Some(wanted) = wanted.as_mut() {
        sku_check::number(shop, wanted);
    }
    let old = product.newest();
    let skus = wanted
        .as_ref()
        .map_or_else(|| old.skus.clone(), |wanted| wanted.iter().map(|one| one.face.clone()).collect());
    let version = Version { face, skus };
    let fields = changed_fields(old, &version);
    let is_changed = **old != version || product.status == Status::Draft || product.status == Status::Failed;
    if let Some(held) = shop.products.get_mut(&id) {
        held.remember(call.now_ms);
    }
    if let Some(mut held) = shop.products.remove(&id) {
        set_figures(shop, &mut held, wanted.as_deref().unwrap_or(&[]));
        if is_draft {
            held.draft = Some(std::sync::Arc::new(version.clone()));
            if held.status == Status::Draft {
                held.live = std::sync::Arc::new(version.clone());
                held.draft = None;
            }
        }
        shop.keep(held);
    }
    if !is_draft && is_changed {
        audit::submit(world, shop, id, version.clone(), call.now_ms);
        audit::tell_change(world, shop, id, "OPEN_API", &fields);
    }
    call.rows(version.skus.len(), written(id, &version, &warnings))
}

fn read_whole(
    world: &World,
    shop: &mut Shop,
    call: &Call,
    product: Option<&Product>,
    is_draft: bool,
) -> Result<(Read, Vec<Wanted>), Refusal> {
    if !is_draft {
        face_check::require(world, &call.json)?;
        super::category::check_version(call.text("category_version"))?;
    }
    let base = product.map(|product| product.newest().face.clone());
    let read = face_check::read(world, shop, call, base.as_ref(), Extent::Whole, is_draft)?;
    let wanted = sku_check::read(world, shop, product, list(&call.json, "skus"), is_draft)?;
    if product.is_none() {
        sku_check::check_external_product(shop, None, read.0.external_id.as_deref())?;
    }
    Ok((read, wanted))
}

/// The product that a call edits, a copy of it.
fn editable(shop: &Shop, call: &Call) -> Result<Product, Refusal> {
    let product = find(shop, call)?;
    match product.status {
        Status::Freeze | Status::Deleted => Err(not_now()),
        Status::Draft
        | Status::Pending
        | Status::Failed
        | Status::Activate
        | Status::SellerDeactivated
        | Status::PlatformDeactivated => Ok(product.clone()),
    }
}

/// The product that a path names.
///
/// # Errors
/// 12052031: no number; 12052032: no such product.
pub fn find<'a>(shop: &'a Shop, call: &Call) -> Result<&'a Product, Refusal> {
    if call.id() == 0 {
        return Err(Refusal::new(12_052_031, "The product id is malformed."));
    }
    shop.products.get(&call.id()).ok_or_else(unknown)
}

/// No such product.
pub fn unknown() -> Refusal {
    Refusal::new(12_052_032, "The product does not exist.")
}

/// The present status does not allow it.
pub fn not_now() -> Refusal {
    Refusal::new(12_052_901, "The current product status does not allow this operation.")
}

fn is_draft(call: &Call) -> Result<bool, Refusal> {
    match text(&call.json, "save_mode") {
        None | Some("LISTING") => Ok(false),
        Some("AS_DRAFT") => Ok(true),
        Some(other) => Err(Refusal::parameter(format!("Invalid save_mode {other}."))),
    }
}

fn forget_first_picture(world: &World, call: &Call) {
    if let Some(uri) = list(&call.json, "main_images").first().and_then(|one| text(one, "uri")) {
        lock(&world.media).forget(uri);
    }
}

/// Sets the figures that a body names; new SKUs get a shelf in every warehouse they are sold from.
fn set_figures(shop: &Shop, product: &mut Product, wanted: &[Wanted]) {
    let fallback = shop.sales_warehouses().next().map(|one| one.id);
    for one in wanted {
        let figures = product.figures.entry(one.face.id).or_default();
        if let Some(price) = one.price {
            figures.price = price;
        }
        for (warehouse, units) in one.shelves.iter().flatten() {
            figures.shelves.entry(*warehouse).or_default().quantity = *units;
        }
        if figures.shelves.is_empty()
            && let Some(warehouse) = fallback
        {
            figures.shelves.insert(warehouse, Shelf::default());
        }
    }
}

fn changed_fields(old: &Version, new: &Version) -> Vec<&'static str> {
    let (was, is) = (&old.face, &new.face);
    let mut fields = Vec::new();
    if was.title != is.title {
        fields.push("title");
    }
    if was.description != is.description {
        fields.push("description");
    }
    if was.images != is.images {
        fields.push("main_images");
    }
    if was.attributes != is.attributes {
        fields.push("product_attributes");
    }
    if fields.is_empty() {
        fields.push("others");
    }
    fields
}

/// What a create or an edit answers (spec 7.3).
fn written(id: u64, version: &Version, warnings: &[String]) -> Value {
    let skus: Vec<Value> = version
        .skus
        .iter()
        .map(|sku| {
            let sales: Vec<Value> = sku
                .sales
                .iter()
                .map(|sale| json!({"id": sale.id.to_string(), "value_id": sale.value_id.to_string()}))
                .collect();
            json!({
                "id": sku.id.to_string(), "seller_sku": sku.seller_sku, "external_sku_id": sku.external_id.as_deref().unwrap_or(""),
                "sales_attributes": sales,
            })
        })
        .collect();
    let warnings: Vec<Value> = warnings.iter().map(|message| json!({ "message": message })).collect();
    json!({"product_id": id.to_string(), "skus": skus, "warnings": warnings})
}

/// The ids of a batch (spec 7.7): 1 to 20 of them.
///
/// # Errors
/// None, or too many.
pub fn batch(call: &Call, name: &str, pascal: &str, most: usize) -> Result<Vec<String>, Refusal> {
    let ids = texts(&call.json, name);
    if ids.is_empty() {
        return Err(Refusal::required(pascal));
    }
    if ids.len() > most {
        return Err(Refusal::new(12_019_120, format!("There are too many ids: at most {most}.")));
    }
    Ok(ids)
}
