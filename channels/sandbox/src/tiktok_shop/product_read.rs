//! Reading products: detail and search (spec 7.4, 7.5). The price is read under other names than it is written.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::core::lock;

use super::audit::audit;
use super::call::{Call, id_of, list, text, texts, whole};
use super::category;
use super::envelope::{Answer, Refusal, Success};
use super::media::url_of;
use super::paging::{self, Place};
use super::product::{Figures, Product, SkuFace, Status, Version};
use super::product_write::{find, unknown};
use super::shop::Shop;
use super::world::World;

const WINDOW: usize = 10_000;

/// `GET /product/202309/products/{id}`.
pub fn detail(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let product = find(shop, call)?.as_of(call.now_ms - call.twist.stale_ms).ok_or_else(unknown)?;
    let version = if call.flag("return_draft_version") {
        product.draft.as_ref().unwrap_or(&product.live)
    } else if call.flag("return_under_review_version") {
        product
            .review
            .as_ref()
            .ok_or_else(|| Refusal::new(12_052_547, "There is no version under review."))?
    } else {
        &product.live
    };
    let mut data = face(world, call, product, version);
    head(&mut data, product, call);
    call.rows.set(1);
    Ok(Success::Data(data))
}

fn face(world: &World, call: &Call, product: &Product, version: &Arc<Version>) -> Value {
    let face = &version.face;
    let images: Vec<Value> = face.images.iter().map(|uri| image(world, call, uri)).collect();
    let chain: Vec<Value> = category::chain(face.category).into_iter().map(category::shown).collect();
    let brand =
        face.brand.and_then(|id| lock(&world.media).brands.iter().find(|brand| brand.id == id).cloned());
    let complaints: Vec<Value> = product
        .complaints
        .iter()
        .map(|one| {
            json!({
                "position": one.position, "reasons": one.reasons, "suggestions": one.suggestions, "listing_platform": "TIKTOK_SHOP",
            })
        })
        .collect();
    let skus: Vec<Value> = version
        .skus
        .iter()
        .filter_map(|sku| {
            let mut row = sku_shown(product, sku, product.figures.get(&sku.id)?);
            let sales: Vec<Value> = sku
                .sales
                .iter()
                .map(|sale| {
                    let mut row = json!({
                        "id": sale.id.to_string(), "name": sale.name, "value_id": sale.value_id.to_string(),
                        "value_name": sale.value_name,
                    });
                    if let Some(uri) = &sale.image {
                        row["sku_img"] = image(world, call, uri);
                    }
                    row
                })
                .collect();
            row["external_sku_id"] = json!(sku.external_id.as_deref().unwrap_or(""));
            row["sales_attributes"] = json!(sales);
            if let Some(identifier) = &sku.identifier {
                row["identifier_code"] = identifier.clone();
            }
            Some(row)
        })
        .collect();
    let mut row = json!({
        "description": face.description, "audit_failed_reasons": complaints, "category_chains": chain, "main_images": images,
        "product_attributes": face.attributes, "certifications": face.certifications, "skus": skus,
        "external_product_id": face.external_id.as_deref().unwrap_or(""), "is_cod_allowed": face.is_cod, "delivery_options": [],
        "title": face.title,
    });
    // What a product does not have is left out, not null.
    for (name, part) in [("package_weight", &face.weight), ("package_dimensions", &face.dimensions)] {
        if !part.is_null() {
            row[name] = part.clone();
        }
    }
    if let Some(brand) = brand {
        row["brand"] = json!({"id": brand.id.to_string(), "name": brand.name});
    }
    row
}

fn image(world: &World, call: &Call, uri: &str) -> Value {
    let media = lock(&world.media);
    let (width, height) = media.find(uri).map_or((0, 0), |picture| (picture.width, picture.height));
    let url = url_of(&call.host, uri);
    json!({"uri": uri, "urls": [url], "thumb_urls": [url], "width": width, "height": height})
}

fn head(row: &mut Value, product: &Product, call: &Call) {
    let status = if call.twist.unknown_status { "PRE_CHECK" } else { product.status.word() };
    row["id"] = json!(product.id.to_string());
    row["status"] = json!(status);
    row["product_status"] = json!(product.status.newer_word());
    row["audit"] = audit(product);
    row["has_draft"] = json!(product.draft.is_some());
    row["create_time"] = json!(product.created_ms.div_euclid(1000));
    row["update_time"] = json!(product.updated_s);
}

fn sku_shown(product: &Product, sku: &SkuFace, figures: &Figures) -> Value {
    let price = figures.price.to_string();
    let shelves: Vec<Value> = figures
        .shelves
        .iter()
        .map(|(warehouse, shelf)| json!({"warehouse_id": warehouse.to_string(), "quantity": shelf.quantity}))
        .collect();
    let word = match product.status {
        Status::SellerDeactivated | Status::PlatformDeactivated | Status::Freeze | Status::Deleted => {
            "DEACTIVATED"
        }
        Status::Draft | Status::Pending | Status::Failed | Status::Activate => "NORMAL",
    };
    json!({
        "id": sku.id.to_string(), "seller_sku": sku.seller_sku,
        "price": {"currency": "VND", "sale_price": price, "tax_exclusive_price": price},
        "inventory": shelves, "status_info": {"status": word},
    })
}

/// What a search asks for.
struct Filter {
    status: Option<Status>,
    audits: Vec<String>,
    skus: Vec<u64>,
    created: (Option<i64>, Option<i64>),
    updated: (Option<i64>, Option<i64>),
}

impl Filter {
    fn read(call: &Call) -> Result<Self, Refusal> {
        let body = &call.json;
        let status = match text(body, "status") {
            None | Some("ALL") => None,
            Some(word) => Some(
                Status::of_word(word).ok_or_else(|| Refusal::parameter(format!("Invalid status {word}.")))?,
            ),
        };
        if list(body, "sku_ids").len() > 10 {
            return Err(Refusal::new(12_019_087, "There are too many SKU ids: at most 10."));
        }
        if list(body, "seller_skus").len() > 10 {
            return Err(Refusal::new(12_019_027, "There are too many seller SKUs: at most 10."));
        }
        let span = |from: &str, until: &str, code: u32| {
            let span = (whole(body, from), whole(body, until));
            match span {
                (Some(from), Some(until)) if from > until => {
                    Err(Refusal::new(code, "The time range is invalid."))
                }
                (Some(_) | None, Some(_) | None) => Ok(span),
            }
        };
        Ok(Self {
            status,
            audits: texts(body, "audit_status"),
            skus: list(body, "sku_ids").iter().filter_map(id_of).collect(),
            created: span("create_time_ge", "create_time_le", 12_019_118)?,
            updated: span("update_time_ge", "update_time_le", 12_019_119)?,
        })
    }

    fn takes(&self, product: &Product) -> bool {
        // Both ends belong to the window (spec 7.5: `le`).
        let is_within = |at: i64, (from, until): (Option<i64>, Option<i64>)| {
            from.is_none_or(|from| at >= from) && until.is_none_or(|until| at <= until)
        };
        self.status.is_none_or(|status| product.status == status)
            && (self.audits.is_empty() || self.audits.iter().any(|word| word == product.audit.word()))
            && (self.skus.is_empty() || self.skus.iter().any(|sku| product.live.find(*sku).is_some()))
            && is_within(product.created_ms.div_euclid(1000), self.created)
            && is_within(product.updated_s, self.updated)
    }
}

/// `POST /product/202502/products/search`: by id, so that changes during a walk move nothing.
pub fn search(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let size = paging::size(call, 100)?;
    let filter = Filter::read(call)?;
    let bound = paging::filter(call, "products");
    let after = paging::read(world, call, &bound)?;
    let (seen, from) = after.map_or((0, 0), |place| (usize::try_from(place.key).unwrap_or(0), place.id));
    if seen + size > WINDOW {
        return Err(Refusal::new(12_052_180, "The search window exceeds 10000 results."));
    }
    let codes = texts(&call.json, "seller_skus");
    let at_ms = call.now_ms - call.twist.stale_ms;
    let index_ms = call.now_ms - call.twist.index_ms;
    let is_found = |product: &&Product| product.created_ms <= index_ms && filter.takes(product);
    let found: Vec<&Product> = if codes.is_empty() {
        shop.products.values().filter_map(|product| product.as_of(at_ms)).filter(is_found).collect()
    } else {
        let homes = codes.iter().filter_map(|code| shop.seller_skus.get(code)).flatten();
        let homes: std::collections::BTreeSet<u64> = homes.copied().collect();
        let has_code =
            |product: &&Product| product.live.skus.iter().any(|sku| codes.contains(&sku.seller_sku));
        let held = homes.iter().filter_map(|home| shop.products.get(home)?.as_of(at_ms));
        held.filter(has_code).filter(is_found).collect()
    };
    let total = found.len();
    let start = found.partition_point(|product| product.id <= from);
    let mut page: Vec<&Product> = found[start..].iter().take(size).copied().collect();
    let has_more = start + page.len() < total;
    let next = page
        .last()
        .filter(|_| has_more && !call.twist.empty_page)
        .map(|last| Place { key: i64::try_from(seen + page.len()).unwrap_or(i64::MAX), id: last.id });
    paging::shift(call, &mut page);
    let rows: Vec<Value> = page.iter().map(|product| row(product, call)).collect();
    let token = paging::write(call, &bound, next);
    call.rows(rows.len(), json!({"total_count": total, "next_page_token": token, "products": rows}))
}

fn row(product: &Product, call: &Call) -> Value {
    let is_draft = call.json.get("return_draft_version").and_then(Value::as_bool).unwrap_or(false);
    let version = if is_draft { product.newest() } else { &product.live };
    let skus: Vec<Value> = version
        .skus
        .iter()
        .filter_map(|sku| Some(sku_shown(product, sku, product.figures.get(&sku.id)?)))
        .collect();
    let mut row = json!({"title": version.face.title, "skus": skus, "sales_regions": ["VN"]});
    head(&mut row, product, call);
    row
}

/// `GET /product/202312/prerequisites`: everything is in order, unless the shop is closed.
pub fn prerequisites(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    // `BANk_ACCOUNT` is spelt so on the wire (spec 6).
    let items = [
        "SHOP_STATUS",
        "SHOP_TAX",
        "PICKUP_WAREHOUSE",
        "RETURN_WAREHOUSE",
        "DELIVERY_OPTION",
        "SHIPPING_TEMPLATE",
        "PRODUCT_QUANTITY_LIMIT",
        "EXTENDED_PRODUCER_RESPONSIBILITY",
        "BANk_ACCOUNT",
        "CONTACT_INFO",
    ];
    let has_return = shop.warehouses.iter().any(|one| !one.is_sales);
    let rows: Vec<Value> = items
        .iter()
        .map(|item| {
            let is_failed = (*item == "RETURN_WAREHOUSE" && !has_return)
                || (*item == "PICKUP_WAREHOUSE" && shop.sales_warehouses().next().is_none());
            let reasons: Vec<&str> =
                if is_failed { vec!["The shop has no such warehouse."] } else { Vec::new() };
            json!({"check_item": item, "is_failed": is_failed, "fail_reasons": reasons})
        })
        .collect();
    call.rows(rows.len(), json!({ "check_results": rows }))
}
