//! Products as reads print them: live types, not the documents' strings (spec 4.14).

use serde_json::{Map, Value, json};

use super::call::Call;
use super::item::{Figures, Gate, Item, Sku, SkuStatus};
use super::time;
use super::world::Shop;

/// One product.
pub fn product(shop: &Shop, item: &Item, call: &Call) -> Value {
    let stale_from = call.now_ms - call.twist.stale_ms;
    let old = item.was.as_ref().filter(|(at_ms, _)| call.twist.stale_ms > 0 && *at_ms > stale_from);
    let (gate, attributes, images) = match old {
        Some((_, face)) => (&face.gate, &face.attributes, &face.images),
        None => (&item.gate, &item.attributes, &item.images),
    };
    let shown: Vec<(&Sku, &Figures)> = item
        .skus
        .iter()
        .map(|sku| {
            let old = sku.was.as_ref().filter(|(at_ms, _)| call.twist.stale_ms > 0 && *at_ms > stale_from);
            (sku, old.map_or(&sku.figures, |(_, figures)| figures))
        })
        .filter(|(_, figures)| item.is_deleted() || figures.status != SkuStatus::Deleted)
        .collect();
    let is_any_active = shown.iter().any(|(_, figures)| figures.status == SkuStatus::Active);
    let status = match gate {
        _ if item.is_deleted() => "Deleted",
        _ if call.twist.unknown_status => "UnderTheMoon",
        Gate::Pending { .. } => "Pending QC",
        Gate::Suspended { .. } => "Suspended",
        Gate::Open if is_any_active => "Active",
        Gate::Open => "InActive",
    };
    let (sub_status, reasons): (&str, &[String]) = match gate {
        Gate::Suspended { sub_status, reasons } => (sub_status, reasons),
        Gate::Open | Gate::Pending { .. } => ("", &[]),
    };
    let reject: Vec<Value> =
        reasons.iter().map(|reason| json!({"suggestion": "", "violationDetail": reason})).collect();
    let suspended: Vec<Value> = shown
        .iter()
        .filter(|_| !reasons.is_empty())
        .map(|(sku, _)| json!({"SellerSku": sku.seller_sku, "SkuId": sku.id, "rejectReason": reasons.join("; ")}))
        .collect();
    let skus: Vec<Value> =
        shown.iter().map(|(sku, figures)| sku_view(shop, item, sku, figures, call)).collect();
    let mut texts: Map<String, Value> =
        attributes.iter().map(|(name, words)| (name.clone(), Value::String(words.clone()))).collect();
    texts.insert("source".to_owned(), json!("openapi"));
    json!({
        "item_id": item.id, "primary_category": item.category, "status": status, "subStatus": sub_status,
        "created_time": item.created_ms.to_string(), "updated_time": item.updated_ms.to_string(), "trialProduct": item.is_trial,
        "images": images, "marketImages": [], "attributes": texts, "suspendedSkus": suspended, "rejectReason": reject,
        "hiddenStatus": "", "hiddenReason": "", "skus": skus,
    })
}

fn sku_view(shop: &Shop, item: &Item, sku: &Sku, figures: &Figures, call: &Call) -> Value {
    let day = |at: Option<i64>| at.map(time::day).unwrap_or_default();
    let minute = |at: Option<i64>| at.map(time::minute).unwrap_or_default();
    let (from, until) = figures.special.map_or((None, None), |special| (special.from_ms, special.until_ms));
    let special = figures.special.map_or(0.0, |special| money(special.price));
    let places: Vec<Value> = figures
        .bins
        .iter()
        .filter(|bin| bin.real() > 0)
        .map(|bin| {
            json!({
                "warehouseCode": shop.warehouses[bin.warehouse].code, "quantity": bin.sellable, "totalQuantity": bin.real(),
                "sellableQuantity": bin.sellable, "occupyQuantity": bin.occupy, "withholdQuantity": bin.withhold,
            })
        })
        .collect();
    let channels: Vec<Value> = sku
        .campaign
        .iter()
        .map(|campaign| {
            json!({"channelName": "campaign", "startTime": campaign.from_ms, "endTime": campaign.until_ms, "sellableQuantity": campaign.reserved})
        })
        .collect();
    let sellable = figures.sellable();
    let mut row = json!({
        "SkuId": sku.id, "SellerSku": sku.seller_sku, "ShopSku": sku.shop_sku(item.id), "Status": figures.status.word(),
        "Url": format!("https://www.lazada.vn/products/-i{}-s{}.html", item.id, sku.id), "Images": sku.images,
        "price": money(figures.price), "special_price": special, "special_from_date": day(from), "special_to_date": day(until),
        "special_from_time": minute(from), "special_to_time": minute(until), "special_time_format": "yyyy-MM-dd HH:mm",
        "quantity": sellable, "Available": sellable, "saleProp": pairs(sku),
        "multiWarehouseInventories": places, "fblWarehouseInventories": [], "channelInventories": channels,
    });
    if let Value::Object(fields) = &mut row {
        for (name, words) in &sku.package {
            let is_side = name != "package_content" && name != "package_weight";
            let shown = match words.parse::<f64>() {
                Ok(size) if is_side => format!("{size:.2}"),
                _ => words.clone(),
            };
            fields.insert(name.clone(), Value::String(shown));
        }
        if call.arg("options") == Some("1") {
            fields.insert(
                "EditableQuantity".to_owned(),
                json!(figures.bins.iter().map(super::item::Bin::real).sum::<i64>()),
            );
        }
    }
    row
}

fn pairs(sku: &Sku) -> Value {
    Value::Object(sku.sale_props.iter().map(|(name, option)| (name.clone(), json!(option))).collect())
}

/// VND as the JSON number that live answers have.
pub fn money(dong: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "prices are far below 2^53")]
    let number = dong as f64;
    number
}
