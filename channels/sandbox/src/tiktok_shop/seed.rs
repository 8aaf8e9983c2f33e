//! Listings that others made, and what happens to listings outside of the API: auditors, the seller's own hands, the platform.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::core::Trouble;

use super::attribute::{ORIGIN, VIETNAM};
use super::audit;
use super::call::{list, text, whole};
use super::media::SAMPLE;
use super::product::{Audit, Complaint, Face, Figures, Lock, Product, Sale, Shelf, SkuFace, Status, Version};
use super::product_shelf::{activate_one, deactivate_one, delete_one, stand};
use super::shop::{Due, IdOf, Shop};
use super::sku_check::figure;
use super::webhook::{Topic, emit};
use super::world::World;

const COFFEE: u64 = 915_976;
const DAY_S: i64 = 86_400;

/// Makes a listing from a control call's words; nothing is checked as the API would.
pub fn listing(shop: &mut Shop, body: &Value, now_ms: i64) -> Result<u64, Trouble> {
    let title =
        text(body, "title").ok_or_else(|| Trouble::Senseless("title: a text is wanted".to_owned()))?;
    let (status, audit) = standing(text(body, "standing"))?;
    let warehouse = shop.sales_warehouses().next().map_or(0, |one| one.id);
    let id = shop.next_id(IdOf::Product);
    let variants = list(body, "variants");
    let (price, stock) = (figure(body, "price", 50_000), figure(body, "stock", 0));
    let mut rows: Vec<(SkuFace, i64, i64)> = Vec::new();
    if variants.is_empty() {
        let sku = text(body, "sku").or_else(|| text(body, "code")).unwrap_or("");
        rows.push((sku_face(shop, sku, Vec::new(), body), price, stock));
    }
    for (place, variant) in variants.iter().enumerate() {
        let sales = sales_of(shop, variant, place);
        let sku = sku_face(shop, text(variant, "sku").unwrap_or(""), sales, variant);
        rows.push((sku, figure(variant, "price", price), figure(variant, "stock", stock)));
    }
    let face = Face {
        title: title.to_owned(),
        description: format!("<p>{title}, sản xuất tại địa phương, đóng gói cẩn thận.</p>"),
        category: COFFEE,
        images: vec![SAMPLE.to_owned()],
        attributes: vec![
            json!({"id": ORIGIN.to_string(), "name": "Xuất xứ", "values": [{"id": VIETNAM.to_string(), "name": "Việt Nam"}]}),
        ],
        weight: json!({"value": "0.5", "unit": "KILOGRAM"}),
        external_id: text(body, "code").map(str::to_owned),
        ..Face::default()
    };
    let version = Version { face, skus: rows.iter().map(|(sku, ..)| sku.clone()).collect() };
    let mut product = Product::new(id, version, now_ms);
    (product.status, product.audit, product.has_passed) = (status, audit, status != Status::Draft);
    for (sku, price, stock) in rows {
        let shelves = [(warehouse, Shelf { quantity: stock, committed: 0 })].into();
        product.figures.insert(sku.id, Figures { price, shelves, lock: None });
    }
    shop.keep(product);
    Ok(id)
}

fn standing(word: Option<&str>) -> Result<(Status, Audit), Trouble> {
    Ok(match word {
        None | Some("on_sale") => (Status::Activate, Audit::Approved),
        Some("hidden") => (Status::SellerDeactivated, Audit::Approved),
        Some("reviewing") => (Status::Pending, Audit::Auditing),
        Some("rejected") => (Status::Failed, Audit::Failed),
        Some("banned") => (Status::PlatformDeactivated, Audit::Approved),
        Some("unfinished") => (Status::Draft, Audit::None),
        Some("deleted" | "bin") => (Status::Deleted, Audit::None),
        Some(other) => return Err(Trouble::Senseless(format!("standing: {other:?} is unknown"))),
    })
}

fn sku_face(shop: &mut Shop, sku: &str, sales: Vec<Sale>, row: &Value) -> SkuFace {
    SkuFace {
        id: shop.next_id(IdOf::Product),
        seller_sku: sku.to_owned(),
        external_id: None,
        sales,
        identifier: text(row, "gtin").map(|code| json!({"code": code, "type": "EAN"})),
    }
}

/// `options: {axis: option}` or `option: name`; else numbered.
fn sales_of(shop: &mut Shop, variant: &Value, place: usize) -> Vec<Sale> {
    let named: Vec<(String, String)> = match variant.get("options").and_then(Value::as_object) {
        Some(options) if !options.is_empty() => options
            .iter()
            .map(|(axis, option)| (axis.clone(), option.as_str().unwrap_or("").to_owned()))
            .collect(),
        Some(_) | None => {
            let option = text(variant, "option").or_else(|| text(variant, "name"));
            vec![(
                "Phân loại".to_owned(),
                option.map_or_else(|| format!("Loại {}", place + 1), str::to_owned),
            )]
        }
    };
    let mut sales = Vec::with_capacity(named.len());
    for (axis, option) in named {
        let id = shop.id_of_name(&format!("axis {axis}"));
        let value_id = shop.id_of_name(&format!("value {id} {option}"));
        sales.push(Sale { id, name: axis, value_id, value_name: option, image: None });
    }
    sales
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
    let number: u64 = id.parse().map_err(|_| unknown())?;
    let status = shop.products.get(&number).map(|product| product.status).ok_or_else(unknown)?;
    let done = match event {
        "approve" => {
            audit::pass(world, shop, number, now_ms);
            Ok(())
        }
        "reject" => {
            audit::fail(world, shop, number, vec![complaint(body)], now_ms);
            Ok(())
        }
        "pre_approve" => {
            audit::pre_approve(world, shop, number, now_ms);
            Ok(())
        }
        "review" => {
            stand(shop, number, Status::Pending, now_ms);
            if let Some(product) = shop.products.get_mut(&number) {
                product.audit = Audit::Auditing;
            }
            Ok(())
        }
        "ban" => {
            let is_frozen = body.get("freeze").and_then(Value::as_bool).unwrap_or(false);
            let status = if is_frozen { Status::Freeze } else { Status::PlatformDeactivated };
            take_down(world, shop, number, status, body, now_ms);
            Ok(())
        }
        "unfreeze" => {
            stand(shop, number, Status::PlatformDeactivated, now_ms);
            audit::tell_status(world, shop, number, "PRODUCT_STATUS_CHANGED", "");
            Ok(())
        }
        "hide" => deactivate_one(world, shop, number, now_ms),
        "show" if status == Status::Activate => Ok(()),
        "show" => activate_one(world, shop, number, now_ms),
        "bin" | "delete" => delete_one(world, shop, number, now_ms),
        "remove" => {
            shop.products.remove(&number);
            Ok(())
        }
        "edit" => return edit(world, shop, number, body, now_ms),
        "remove_sku" => return remove_sku(world, shop, number, body, now_ms),
        "lock" => return lock(shop, number, body, now_ms),
        "unlock" => {
            let figures = shop.products.get_mut(&number).map(|product| product.figures.values_mut());
            figures.into_iter().flatten().for_each(|figures| figures.lock = None);
            Ok(())
        }
        "renumber" => {
            renumber(shop, number, now_ms);
            Ok(())
        }
        "recategorise" => return recategorise(world, shop, number, body, now_ms),
        _ => return Err(Trouble::Senseless(format!("no listing event {event:?}"))),
    };
    done.map(|()| json!({}))
        .map_err(|refusal| Trouble::Refused(format!("{}: {}", refusal.code, refusal.message)))
}

/// `reasons`: a list, or a text (a list written as JSON in a text is a list).
fn complaint(body: &Value) -> Complaint {
    let given = body.get("reasons").or_else(|| body.get("reason"));
    let inner = given.and_then(Value::as_str).and_then(|text| serde_json::from_str::<Vec<String>>(text).ok());
    let reasons = match (inner, given) {
        (Some(reasons), _) => reasons,
        (None, Some(Value::Array(rows))) => {
            rows.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        (None, Some(Value::String(reason))) => vec![reason.clone()],
        (None, _) => vec!["Thông tin sản phẩm không đầy đủ".to_owned()],
    };
    let position = text(body, "position").unwrap_or("Product").to_owned();
    Complaint { position, reasons, suggestions: Vec::new() }
}

/// The platform takes it off sale.
fn take_down(world: &World, shop: &mut Shop, id: u64, status: Status, body: &Value, now_ms: i64) {
    shop.unplan(Due::Audit(id));
    stand(shop, id, status, now_ms);
    let complaint = complaint(body);
    let reason = complaint.reasons.first().cloned().unwrap_or_default();
    if let Some(product) = shop.products.get_mut(&id) {
        product.complaints = vec![complaint];
    }
    audit::tell_status(world, shop, id, "PRODUCT_STATUS_CHANGED", &reason);
}

/// The seller's own hand in Seller Center: at once, without audit, webhook 15.
fn edit(world: &World, shop: &mut Shop, id: u64, body: &Value, now_ms: i64) -> Result<Value, Trouble> {
    let wanted = chosen(shop, id, body)?;
    let Some(product) = shop.products.get_mut(&id) else { return Ok(json!({})) };
    product.remember(now_ms);
    let mut version = (*product.live).clone();
    if let Some(title) = text(body, "title") {
        title.clone_into(&mut version.face.title);
    }
    for sku in version.skus.iter_mut().filter(|sku| wanted.is_none_or(|wanted| wanted == sku.id)) {
        if let Some(name) = text(body, "sku") {
            name.clone_into(&mut sku.seller_sku);
        }
        let Some(figures) = product.figures.get_mut(&sku.id) else { continue };
        if let Some(price) = whole(body, "price") {
            figures.price = price;
        }
        if let (Some(stock), Some(shelf)) = (whole(body, "stock"), figures.shelves.values_mut().next()) {
            shelf.quantity = stock;
        }
    }
    product.live = Arc::new(version);
    shop.reindex(id);
    let field = if body.get("title").is_some() { "title" } else { "others" };
    audit::tell_change(world, shop, id, "SELLER_CENTER", &[field]);
    Ok(json!({}))
}

fn remove_sku(world: &World, shop: &mut Shop, id: u64, body: &Value, now_ms: i64) -> Result<Value, Trouble> {
    let wanted = chosen(shop, id, body)?.ok_or_else(|| Trouble::Senseless("offer: which SKU?".to_owned()))?;
    if let Some(product) = shop.products.get_mut(&id) {
        product.remember(now_ms);
        let mut version = (*product.live).clone();
        version.skus.retain(|sku| sku.id != wanted);
        product.live = Arc::new(version);
        product.prune();
    }
    audit::tell_change(world, shop, id, "SELLER_CENTER", &["others"]);
    Ok(json!({}))
}

/// The SKU that `offer` names, by id or seller SKU. `None`: all of them.
fn chosen(shop: &Shop, id: u64, body: &Value) -> Result<Option<u64>, Trouble> {
    let Some(named) = body.get("offer") else { return Ok(None) };
    let words = named.as_str().map_or_else(|| named.to_string(), str::to_owned);
    let product = shop.products.get(&id);
    let found = product.and_then(|product| {
        product.live.skus.iter().find(|sku| sku.id.to_string() == words || sku.seller_sku == words)
    });
    found
        .map(|sku| Some(sku.id))
        .ok_or_else(|| Trouble::Unknown(format!("listing {id} has no offer {words:?}")))
}

/// `{offer?, reserved?, price?: bool, stock?: bool, promotion_price?, until_s?}`; `until_s`: seconds since 1970, or from now when below 10⁹.
fn lock(shop: &mut Shop, id: u64, body: &Value, now_ms: i64) -> Result<Value, Trouble> {
    let wanted = chosen(shop, id, body)?;
    let flag = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    let until_s = whole(body, "until_s").unwrap_or(DAY_S);
    let until_s = if until_s < 1_000_000_000 { now_ms.div_euclid(1000) + until_s } else { until_s };
    let terms = Lock {
        reserved: figure(body, "reserved", 0).max(0),
        locks_price: flag("price"),
        locks_stock: flag("stock"),
        until_s,
        price: whole(body, "promotion_price"),
    };
    let Some(product) = shop.products.get_mut(&id) else { return Ok(json!({})) };
    if product.status != Status::Activate {
        return Err(Trouble::Refused(format!("listing {id} is {}", product.status.word())));
    }
    for (sku, figures) in &mut product.figures {
        if wanted.is_none_or(|wanted| wanted == *sku) {
            if figures.available() < terms.reserved {
                return Err(Trouble::Refused(format!("SKU {sku} has less than {} units", terms.reserved)));
            }
            figures.lock = Some(terms.clone());
        }
    }
    Ok(json!({"ends_at": crate::core::clock::rfc3339(until_s * 1000)}))
}

/// New SKU ids, as after a structure that somebody made again by hand.
fn renumber(shop: &mut Shop, id: u64, now_ms: i64) {
    let Some(mut product) = shop.products.remove(&id) else { return };
    product.remember(now_ms);
    let mut version = (*product.live).clone();
    for sku in &mut version.skus {
        let new = shop.next_id(IdOf::Product);
        if let Some(figures) = product.figures.remove(&sku.id) {
            product.figures.insert(new, figures);
        }
        sku.id = new;
    }
    product.live = Arc::new(version);
    shop.keep(product);
}

/// The platform moves it to another category, webhook 18.
fn recategorise(
    world: &World,
    shop: &mut Shop,
    id: u64,
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let wanted = whole(body, "category").and_then(|wanted| u64::try_from(wanted).ok());
    let wanted = wanted.filter(|wanted| super::category::find(*wanted).is_some_and(|one| one.set.is_some()));
    let wanted =
        wanted.ok_or_else(|| Trouble::Senseless("category: the id of a leaf is wanted".to_owned()))?;
    let Some(product) = shop.products.get_mut(&id) else { return Ok(json!({})) };
    product.remember(now_ms);
    let mut version = (*product.live).clone();
    let old = std::mem::replace(&mut version.face.category, wanted);
    product.live = Arc::new(version);
    let data = json!({"product_id": id.to_string(), "previous_category_id": old.to_string(), "current_category_id": wanted.to_string()});
    emit(world, shop, Topic::ProductCategory, &data);
    Ok(json!({}))
}
