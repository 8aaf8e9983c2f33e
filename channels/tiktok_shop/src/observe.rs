//! Reading products back: content one by one, stock of up to a hundred in one call (spec §7.1, §7.4, §7.9).

use crate::Shop;
use crate::call::{Ask, Class, Reply};
use crate::lenient::Whole;
use crate::listing::{is_missing, offer_ref};
use crate::survey::Memo;
use crate::wire::{Inventories, Product, ProductSku, StockOfSku};
use ganh_contract::{
    Complaint, Draft, DraftOffer, Fault, ListingHead, Observed, ObservedOffer, PictureRef, Price, Reading,
    RemoteCategoryId, RemoteListingId, RemotePictureId, Result, Sku, Standing, Units, Vnd,
};
use ganh_http::Safety;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

pub(crate) async fn observe(shop: &Shop, heads: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
    let ids: Vec<RemoteListingId> = heads.iter().map(|head| head.id.clone()).collect();
    read_all(shop, &ids).await
}

/// One product, as it is sold now (§7.4).
pub(crate) async fn read_product(shop: &Shop, listing: &RemoteListingId) -> Result<(Product, Reply)> {
    let path = format!("/product/202309/products/{listing}");
    let query = vec![("locale", "vi-VN".to_owned())];
    let reply = shop.line.send(Ask::get("get_product", Class::Reads, path).query(query)).await?;
    let product: Product = reply.read()?;
    if product.id.filled().is_none() {
        return Err(reply.unintelligible("the answer names no product"));
    }
    Ok((product, reply))
}

/// One reading for each id, in order.
pub(crate) async fn read_all(shop: &Shop, ids: &[RemoteListingId]) -> Result<Vec<Reading<Observed>>> {
    let mut read: Vec<(&RemoteListingId, Result<(Product, Reply)>)> = Vec::with_capacity(ids.len());
    for id in ids {
        match read_product(shop, id).await {
            Err(fault) if !is_of_the_product(&fault) => return Err(fault),
            outcome => read.push((id, outcome)),
        }
    }
    let there: Vec<&str> =
        read.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(id, _)| id.as_str()).collect();
    let stock = stock(shop, &there).await?;
    let memo = Memo::of(&shop.capability);
    let readings = read.into_iter().map(|(id, outcome)| match outcome {
        Ok((product, reply)) => {
            let held = stock.get(id.as_str());
            let raw = json!({ "product": reply.data, "inventory": held.map(|held| &held.raw) });
            let value = Ok(observed(&product, held.map(|held| held.skus.as_slice()), &memo));
            Reading { id: id.as_str().to_owned(), as_of: reply.sent_at, raw: raw.to_string(), value }
        }
        Err(fault) => {
            let as_of = shop.line.app.gateway.clock().now();
            Reading { id: id.as_str().to_owned(), as_of, raw: String::new(), value: Err(fault) }
        }
    });
    Ok(readings.collect())
}

/// About this product alone: it hides none of its neighbours.
fn is_of_the_product(fault: &Fault) -> bool {
    is_missing(fault)
}

struct Held {
    raw: Value,
    skus: Vec<StockOfSku>,
}

/// What can be sold and what is sold but not shipped (§7.9).
async fn stock(shop: &Shop, ids: &[&str]) -> Result<HashMap<String, Held>> {
    let mut all = HashMap::new();
    for some in ids.chunks(shop.line.app.facts.batch.products_per_stock_read.max(1)) {
        let body = json!({ "product_ids": some });
        let path = "/product/202309/inventory/search";
        let reply =
            shop.line.send(Ask::post("inventory_search", Class::Reads, Safety::Read, path, body)).await?;
        let raw_rows = reply.data.get("inventory").and_then(Value::as_array).cloned().unwrap_or_default();
        let told: Inventories = reply.read_or_empty()?;
        for (raw, row) in raw_rows.into_iter().zip(told.inventory.0) {
            all.insert(row.product_id.0, Held { raw, skus: row.skus.0 });
        }
    }
    Ok(all)
}

fn observed(product: &Product, stock: Option<&[StockOfSku]>, memo: &Memo) -> Observed {
    let standing = standing(product);
    let is_live = standing == Standing::OnSale;
    let offers: Vec<ObservedOffer> = product
        .skus
        .0
        .iter()
        .map(|sku| {
            let held = stock.and_then(|skus| skus.iter().find(|held| held.id == sku.id));
            let is_on = sku.status_info.as_ref().is_none_or(|info| info.status.as_str() != "DEACTIVATED");
            ObservedOffer {
                offer: offer_ref(product, sku),
                note: String::new(),
                sku: sku.seller_sku.filled().map(Sku::new),
                gtin: sku.identifier_code.as_ref().and_then(|code| code.code.filled()).map(str::to_owned),
                on_sale: is_live && is_on,
                price: price(sku).map(Price::plain),
                stock: units(sku, held, memo),
                reserved: held.map(|held| held.total_committed_quantity.units()),
            }
        })
        .collect();
    let code = product.external_product_id.filled().map(Sku::new).or_else(|| match offers.as_slice() {
        [only] => only.sku.clone(),
        _ => None,
    });
    let shows = Some(Box::new(shown(product, code.as_ref(), &offers)));
    Observed { listing: RemoteListingId::new(product.id.as_str()), code, standing, offers, shows }
}

/// Local sellers may find either one filled (§8.1).
fn price(sku: &ProductSku) -> Option<Vnd> {
    let price = sku.price.as_ref()?;
    let amounts = [price.sale_price, price.tax_exclusive_price];
    amounts.into_iter().find_map(|amount| amount.0.filter(|amount| *amount > 0)).map(Vnd)
}

/// What can be sold, as the stock call says it; else as the product itself does.
fn units(sku: &ProductSku, held: Option<&StockOfSku>, memo: &Memo) -> Option<Units> {
    let by_stock = held.map(|held| held.warehouse_inventory.0.iter()).into_iter().flatten();
    let rows: Vec<(String, u32)> = by_stock
        .filter_map(|row| Some((row.warehouse_id.0.clone(), row.available_quantity?.units())))
        .collect();
    if !rows.is_empty() {
        return Some(memo.gather(rows.into_iter()));
    }
    let rows = &sku.inventory.0;
    (!rows.is_empty())
        .then(|| memo.gather(rows.iter().map(|row| (row.warehouse_id.0.clone(), Whole::units(row.quantity)))))
}

/// §7.1.
pub(crate) fn standing(product: &Product) -> Standing {
    match product.status.as_str() {
        "ACTIVATE" => Standing::OnSale,
        "SELLER_DEACTIVATED" => Standing::Hidden,
        "PENDING" => Standing::Reviewing,
        "DRAFT" => Standing::Unfinished,
        "FAILED" => Standing::Rejected(reasons(product)),
        "PLATFORM_DEACTIVATED" | "FREEZE" => Standing::Banned(reasons(product)),
        "DELETED" => Standing::Deleted,
        word => Standing::Unknown(word.to_owned()),
    }
}

/// Every reason by itself, with the field it stands at; a list inside a text is taken apart.
pub(crate) fn reasons(product: &Product) -> Vec<Complaint> {
    let mut all = Vec::new();
    for reason in &product.audit_failed_reasons.0 {
        let position = reason.position.filled();
        let field = position.map(|at| crate::fault::field_in(at).unwrap_or_else(|| at.to_owned()));
        let texts = if reason.reasons.0.is_empty() { &reason.suggestions.0 } else { &reason.reasons.0 };
        for said in texts.iter().flat_map(|text| apart(text.as_str())) {
            all.push(Complaint { field: field.clone(), code: None, said });
        }
    }
    all
}

fn apart(text: &str) -> Vec<String> {
    if text.trim_start().starts_with('[')
        && let Ok(several) = serde_json::from_str::<Vec<String>>(text)
    {
        return several;
    }
    if text.trim().is_empty() { Vec::new() } else { vec![text.to_owned()] }
}

/// The page in our words.
fn shown(product: &Product, code: Option<&Sku>, offers: &[ObservedOffer]) -> Draft {
    let skus = &product.skus.0;
    let drafted = |(index, offer): (usize, &ObservedOffer)| DraftOffer {
        sku: offer.sku.clone().unwrap_or_else(|| Sku::new("")),
        options: skus[index].sales_attributes.0.iter().map(|one| one.value_name.0.clone()).collect(),
        price: offer.price.clone().unwrap_or_else(|| Price::plain(Vnd(0))),
        stock: offer.stock.clone().unwrap_or_default(),
        gtin: offer.gtin.clone(),
        grams: None,
    };
    let axes = skus.first().map(|sku| sku.sales_attributes.0.iter().map(|one| one.name.0.clone()).collect());
    let leaf =
        product.category_chains.0.iter().find(|node| node.is_leaf.0).or(product.category_chains.0.last());
    let picture = |image: &crate::wire::Image| {
        image.uri.filled().map(|uri| PictureRef::Remote(RemotePictureId::new(uri)))
    };
    Draft {
        code: code.cloned().unwrap_or_else(|| Sku::new("")),
        title: product.title.0.clone(),
        description: product.description.0.clone(),
        category: RemoteCategoryId::new(leaf.map_or("", |node| node.id.as_str())),
        attributes: attributes(product),
        pictures: product.main_images.0.iter().filter_map(picture).collect(),
        axes: axes.unwrap_or_default(),
        offers: offers.iter().enumerate().map(drafted).collect(),
        grams: product.package_weight.as_ref().and_then(grams).unwrap_or(0),
        size_mm: product.package_dimensions.as_ref().and_then(size_mm),
        gtin: match offers {
            [only] => only.gtin.clone(),
            _ => None,
        },
    }
}

/// In the spelling that drafts use: a value's id, or `=text`.
fn attributes(product: &Product) -> BTreeMap<String, Vec<String>> {
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for attribute in &product.product_attributes.0 {
        let values = attribute.values.0.iter().map(|value| match value.id.filled().filter(|id| *id != "0") {
            Some(id) => id.to_owned(),
            None => format!("={}", value.name.as_str()),
        });
        shown.insert(attribute.id.0.clone(), values.collect());
    }
    if let Some(brand) = product.brand.as_ref().and_then(|brand| brand.id.filled()) {
        shown.insert(crate::category::BRAND.into(), vec![brand.to_owned()]);
    }
    shown
}

fn grams(weight: &crate::wire::Weight) -> Option<u32> {
    let value: f64 = weight.value.as_str().trim().parse().ok()?;
    let per_unit = match weight.unit.as_str() {
        "GRAM" => 1.0,
        "POUND" => 453.592_37,
        _ => 1_000.0,
    };
    format!("{:.0}", value * per_unit).parse().ok()
}

fn size_mm(size: &crate::wire::Dimensions) -> Option<[u32; 3]> {
    let per_unit = if size.unit.as_str() == "INCH" { 25.4 } else { 10.0 };
    let mm = |text: &str| format!("{:.0}", text.trim().parse::<f64>().ok()? * per_unit).parse::<u32>().ok();
    Some([mm(size.length.as_str())?, mm(size.width.as_str())?, mm(size.height.as_str())?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(value: Value) -> Product {
        serde_json::from_value(value).expect("a product")
    }

    #[test]
    fn each_status_has_its_standing_and_an_unknown_one_keeps_its_word() {
        let of = |status: &str| standing(&product(json!({ "id": "1", "status": status })));

        assert_eq!(of("ACTIVATE"), Standing::OnSale);
        assert_eq!(of("SELLER_DEACTIVATED"), Standing::Hidden);
        assert_eq!(of("PENDING"), Standing::Reviewing);
        assert_eq!(of("DRAFT"), Standing::Unfinished);
        assert_eq!(of("FAILED"), Standing::Rejected(Vec::new()));
        assert_eq!(of("FREEZE"), Standing::Banned(Vec::new()));
        assert_eq!(of("DELETED"), Standing::Deleted);
        assert_eq!(of("NEW_WORD"), Standing::Unknown("NEW_WORD".into()));
    }

    #[test]
    fn every_reason_stands_by_itself_with_its_field() {
        let refused = product(json!({ "id": "1", "status": "FAILED", "audit_failed_reasons": [
            { "position": "Main_Images", "reasons": ["Ảnh bìa mờ", "Ảnh có chữ"] },
            { "position": null, "reasons": ["[\"Thiếu giấy\",\"Sai danh mục\"]"] },
        ]}));

        let all = reasons(&refused);

        let said: Vec<&str> = all.iter().map(|one| one.said.as_str()).collect();
        assert_eq!(said, ["Ảnh bìa mờ", "Ảnh có chữ", "Thiếu giấy", "Sai danh mục"]);
        assert_eq!((all[0].field.as_deref(), all[2].field.as_deref()), (Some("pictures"), None));
    }
}
