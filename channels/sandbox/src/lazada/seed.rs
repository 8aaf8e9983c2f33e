//! Listings that others made, and what happens to listings outside of the API: the seller's own hands, the platform's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::core::Trouble;

use super::create::judged;
use super::item::{Axis, Campaign, Figures, Gate, Item, Sku, SkuStatus};
use super::media::url_of;
use super::push::Told;
use super::world::{SAMPLE, Shop, World};

const COFFEE: u64 = 9_112;
const DAY_S: i64 = 86_400;

fn word<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or("")
}

fn whole(object: &Value, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_i64)
}

/// Makes a listing from a control call's words; nothing is checked as the API would, but SellerSkus stay unique.
/// With `variants` and a `sku` of its own there is one SKU more, since this platform has no SKU of the listing.
pub fn listing(shop: &mut Shop, body: &Value, now_ms: i64) -> Result<u64, Trouble> {
    let title = word(body, "title");
    if title.is_empty() {
        return Err(Trouble::Senseless("title: a text is wanted".to_owned()));
    }
    let mut status = SkuStatus::Active;
    let gate = match body.get("standing").and_then(Value::as_str) {
        None | Some("on_sale") => Gate::Open,
        Some("hidden" | "unfinished") => {
            status = SkuStatus::Inactive;
            Gate::Open
        }
        Some("reviewing") => Gate::Pending { until_ms: None },
        Some("rejected") => suspended("Reject", vec!["Ảnh không hợp lệ".to_owned()]),
        Some("banned") => suspended("Admin", vec!["Vi phạm chính sách".to_owned()]),
        Some("deleted") => {
            status = SkuStatus::Deleted;
            Gate::Open
        }
        Some(other) => return Err(Trouble::Senseless(format!("standing: {other:?} is unknown"))),
    };
    let variants = body.get("variants").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let own = word(body, "sku");
    let mut rows: Vec<(&Value, String, String)> = Vec::new();
    for (place, variant) in variants.iter().enumerate() {
        let option = variant.get("option").or_else(|| variant.get("name")).and_then(Value::as_str);
        let option = option.map_or_else(|| format!("Loại {}", place + 1), str::to_owned);
        rows.push((variant, word(variant, "sku").to_owned(), option));
    }
    if variants.is_empty() || (!own.is_empty() && rows.iter().all(|(_, sku, _)| sku != own)) {
        rows.insert(0, (body, own.to_owned(), "Mặc định".to_owned()));
    }
    if let Some((_, taken, _)) = rows.iter().find(|(_, sku, _)| shop.home_of(sku).is_some()) {
        return Err(Trouble::Refused(format!("the SellerSku {taken:?} is already used in this shop")));
    }
    let (price, stock) = (whole(body, "price").unwrap_or(50_000), whole(body, "stock").unwrap_or(0));
    let is_alone = variants.is_empty();
    let axes = if is_alone {
        Vec::new()
    } else {
        let options = rows.iter().map(|(_, _, option)| option.clone()).collect();
        vec![Axis { name: "Phân loại".to_owned(), has_image: false, customize: true, options }]
    };
    let skus: Vec<Sku> = rows
        .into_iter()
        .map(|(row, seller_sku, option)| {
            let mut figures = Figures {
                price: whole(row, "price").unwrap_or(price),
                special: None,
                status,
                bins: Vec::new(),
            };
            figures.bin(0).sellable = whole(row, "stock").unwrap_or(stock);
            let id = shop.next_sku();
            Sku {
                id,
                seller_sku: if seller_sku.is_empty() { format!("SKU-{id}") } else { seller_sku },
                figures,
                package: package(),
                sale_props: if is_alone { Vec::new() } else { vec![("Phân loại".to_owned(), option)] },
                images: Vec::new(),
                campaign: None,
                was: None,
            }
        })
        .collect();
    let mut attributes: BTreeMap<String, String> = BTreeMap::new();
    for (name, words) in [
        ("name", title),
        ("description", "<p>Sản xuất tại địa phương, đóng gói cẩn thận.</p>"),
        ("brand", "No Brand"),
        ("brand_id", "60001"),
        ("country_origin", "Vietnam"),
        ("model", word(body, "code")),
    ] {
        if !words.is_empty() {
            attributes.insert(name.to_owned(), words.to_owned());
        }
    }
    let id = shop.next_item();
    let item = Item {
        id,
        category: whole(body, "category").and_then(|id| u64::try_from(id).ok()).unwrap_or(COFFEE),
        gate,
        images: vec![url_of("vn-live-01.slatic.net", SAMPLE)],
        attributes,
        axes,
        skus,
        created_ms: now_ms,
        updated_ms: now_ms,
        busy_until_ms: 0,
        is_trial: false,
        was: None,
    };
    shop.items.insert(id, item);
    shop.index(id);
    Ok(id)
}

fn package() -> BTreeMap<String, String> {
    [("package_weight", "0.55"), ("package_length", "20"), ("package_width", "12"), ("package_height", "8")]
        .into_iter()
        .map(|(name, words)| (name.to_owned(), words.to_owned()))
        .collect()
}

fn suspended(sub_status: &'static str, reasons: Vec<String>) -> Gate {
    Gate::Suspended { sub_status, reasons }
}

/// The reasons of a body: a list, a list as JSON text, or one text.
fn reasons(body: &Value, default: &str) -> Vec<String> {
    let given = body.get("reasons").or_else(|| body.get("reason"));
    let texts = |rows: &[Value]| rows.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    match given {
        Some(Value::Array(rows)) => texts(rows),
        Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(rows)) => texts(&rows),
            Ok(_) | Err(_) => vec![text.clone()],
        },
        Some(_) | None => vec![default.to_owned()],
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
    let item_id: u64 = id.parse().map_err(|_| unknown())?;
    let seller = shop.id;
    let item = shop.item(item_id, now_ms).ok_or_else(unknown)?;
    let judge = |status: &str, reason: &str| {
        let data = judged(seller, item_id, status, reason, now_ms);
        world.emit(1, Some(seller), &Told::Fixed(data), 0);
    };
    match event {
        "approve" => {
            item.stand(Gate::Open, now_ms);
            judge("APPROVED", "");
        }
        "reject" | "live_reject" | "ban" | "penalize" => {
            let (sub_status, status) = match event {
                "reject" => ("Reject", "REJECTED"),
                "live_reject" => ("Live_Reject", "LIVE_REJECTED"),
                "penalize" => ("Lock", "LOCK"),
                _ => ("Admin", "LIVE_REJECTED"),
            };
            let why = reasons(body, "Vi phạm chính sách sản phẩm");
            judge(status, &why.join("; "));
            item.stand(suspended(sub_status, why), now_ms);
        }
        "review" => {
            item.stand(Gate::Pending { until_ms: None }, now_ms);
            judge("PENDING", "");
        }
        "hide" | "show" => {
            let to = if event == "hide" { SkuStatus::Inactive } else { SkuStatus::Active };
            for sku in item.skus.iter_mut().filter(|sku| sku.figures.status != SkuStatus::Deleted) {
                sku.change(now_ms, |figures| figures.status = to);
            }
            item.updated_ms = now_ms;
        }
        "delete" | "bin" => {
            let skus: Vec<u64> = item.living().map(|sku| sku.id).collect();
            for sku_id in skus {
                super::retire::delete(world, shop, item_id, sku_id, now_ms);
            }
        }
        "edit" => edit(shop, item_id, body, now_ms)?,
        "busy" => item.busy_until_ms = now_ms + whole(body, "ms").unwrap_or(5_000),
        "lock" => return lock(item, body, now_ms),
        "unlock" => item.skus.iter_mut().for_each(|sku| sku.campaign = None),
        _ => return Err(Trouble::Senseless(format!("no listing event {event:?}"))),
    }
    Ok(json!({}))
}

/// Whether `offer` of a body names a SKU: by its id or SellerSku; nothing names all.
fn is_meant(sku: &Sku, body: &Value) -> bool {
    match body.get("offer") {
        None => true,
        Some(Value::String(words)) => *words == sku.seller_sku || *words == sku.id.to_string(),
        Some(number) => number.as_u64() == Some(sku.id),
    }
}

/// The seller's own hand in the seller centre.
fn edit(shop: &mut Shop, item_id: u64, body: &Value, now_ms: i64) -> Result<(), Trouble> {
    let Some(item) = shop.items.get_mut(&item_id) else { return Ok(()) };
    if !item.living().any(|sku| is_meant(sku, body)) {
        return Err(Trouble::Unknown(format!("listing {item_id} has no such offer")));
    }
    if let Some(title) = body.get("title").and_then(Value::as_str) {
        item.remember(now_ms);
        item.attributes.insert("name".to_owned(), title.to_owned());
    }
    item.updated_ms = now_ms;
    let mut renamed = Vec::new();
    for sku in item.skus.iter_mut().filter(|sku| is_meant(sku, body)) {
        sku.change(now_ms, |figures| {
            if let Some(price) = whole(body, "price") {
                figures.price = price;
            }
            if let Some(stock) = whole(body, "stock") {
                figures.bins.iter_mut().for_each(|bin| bin.sellable = 0);
                figures.bin(0).sellable = stock;
            }
        });
        if let Some(seller_sku) = body.get("sku").and_then(Value::as_str) {
            renamed.push(std::mem::replace(&mut sku.seller_sku, seller_sku.to_owned()));
        }
    }
    for old in renamed {
        shop.unindex(&old);
    }
    shop.index(item_id);
    Ok(())
}

/// A campaign: `reserved` units are its own, stock can only be raised (unless `stock` is false: then it only must not
/// fall below `reserved`), the price may be locked. `until_s`: seconds since 1970, or from now when below 1,000,000,000.
fn lock(item: &mut Item, body: &Value, now_ms: i64) -> Result<Value, Trouble> {
    let flag = |name: &str, default: bool| body.get(name).and_then(Value::as_bool).unwrap_or(default);
    let until_s = whole(body, "until_s").unwrap_or(DAY_S);
    let until_ms = if until_s < 1_000_000_000 { now_ms + until_s * 1000 } else { until_s * 1000 };
    let reserved = whole(body, "reserved").unwrap_or(0).max(0);
    for sku in item.skus.iter_mut().filter(|sku| is_meant(sku, body)) {
        if sku.sellable() < reserved {
            return Err(Trouble::Refused(format!("{} has fewer than {reserved} units", sku.seller_sku)));
        }
        sku.campaign = Some(Campaign {
            reserved,
            from_ms: now_ms,
            until_ms,
            locks_price: flag("price", false),
            locks_stock: flag("stock", true),
        });
    }
    Ok(json!({"ends_at": crate::core::clock::rfc3339(until_ms)}))
}
