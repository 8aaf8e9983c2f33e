//! `/products/get`, `/product/item/get` and the list of products to be taken down (spec 4.14–4.16).

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::item::{Gate, Item};
use super::time;
use super::update::variation;
use super::view;
use super::world::{Shop, World};

const PAGE: usize = 50;
const OFFSET: usize = 10_000;

struct Window {
    created: (i64, i64),
    updated: (i64, i64),
}

/// `/products/get`, newest first (the order is not documented).
pub fn products(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let filter = call.arg("filter").unwrap_or("");
    if !matches!(
        filter,
        "all" | "live" | "inactive" | "deleted" | "pending" | "rejected" | "sold-out" | "image-missing"
    ) {
        return Err(Refusal::isp("36", format!("E036: \"{filter}\" Invalid status filter")));
    }
    let offset = call.whole("offset", "14")?.unwrap_or(0);
    if offset > OFFSET {
        return Err(Refusal::isp("14", format!("E014: \"{offset}\" Invalid Offset")));
    }
    let limit = call.whole("limit", "19")?.unwrap_or(20);
    if limit == 0 || limit > PAGE {
        return Err(Refusal::isp("19", format!("E019: \"{limit}\" Invalid Limit")));
    }
    let window = Window {
        created: (date(call, "create_after", i64::MIN)?, date(call, "create_before", i64::MAX)?),
        updated: (date(call, "update_after", i64::MIN)?, date(call, "update_before", i64::MAX)?),
    };
    let now_ms = call.now_ms;
    let ids: Vec<u64> = match call.arg("sku_seller_list") {
        None => shop.items.keys().rev().copied().collect(),
        Some(_) => {
            let corrupt = || Refusal::isp("70", "E070: Corrupt sku_seller_list");
            let names = call.texts("sku_seller_list").ok_or_else(corrupt)?;
            if names.len() > 100 {
                return Err(corrupt());
            }
            let mut ids: Vec<u64> =
                names.iter().filter_map(|name| shop.home_of(name)).map(|(item_id, _)| item_id).collect();
            ids.sort_unstable_by(|one, other| other.cmp(one));
            ids.dedup();
            ids
        }
    };
    let mut found = Vec::new();
    for id in ids {
        let Some(item) = shop.item(id, now_ms) else { continue };
        let is_young = call.twist.index_ms > 0 && item.created_ms > now_ms - call.twist.index_ms;
        if !is_young && is_within(item, &window) && passes(item, filter) {
            found.push(id);
        }
    }
    let rows: Vec<Value> = found[call.page(offset, limit, found.len())]
        .iter()
        .filter_map(|id| shop.items.get(id))
        .map(|item| view::product(shop, item, call))
        .collect();
    call.rows.set(rows.len());
    if rows.is_empty() {
        // An empty result has no list (spec 4.14).
        return Ok(Success::Data(json!({})));
    }
    Ok(Success::Data(json!({"total_products": found.len(), "products": rows})))
}

fn date(call: &Call, name: &str, default: i64) -> Result<i64, Refusal> {
    let Some(words) = call.arg(name) else { return Ok(default) };
    time::read_iso(words).ok_or_else(|| Refusal::isp("17", format!("E017: \"{words}\" Invalid Date Format")))
}

fn is_within(item: &Item, window: &Window) -> bool {
    let within = |at: i64, (from, until): (i64, i64)| from <= at && at <= until;
    within(item.created_ms, window.created) && within(item.updated_ms, window.updated)
}

fn passes(item: &Item, filter: &str) -> bool {
    let status = item.status();
    match filter {
        "all" => status != "Deleted",
        "live" => status == "Active",
        "inactive" => status == "InActive",
        "deleted" => status == "Deleted",
        "pending" => status == "Pending QC",
        "rejected" => status == "Suspended",
        "sold-out" => status == "Active" && item.living().all(|sku| sku.sellable() == 0),
        _ => item.images.is_empty(),
    }
}

/// `/product/item/get`.
pub fn item(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let words = call.arg("item_id").ok_or_else(|| Refusal::isp("200", "E200: Empty SellerSku/ItemId"))?;
    let id: u64 = words.parse().map_err(|_| Refusal::isp("6", "E006: Unexpected internal error"))?;
    let is_there = shop.item(id, call.now_ms).is_some_and(|item| !item.is_deleted());
    let Some(item) = shop.items.get(&id).filter(|_| is_there) else {
        return Err(stranger(world, shop.id, id));
    };
    call.rows.set(1);
    let mut product = view::product(shop, item, call);
    product["variation"] = variation(&item.axes);
    product["bizSupplement"] = json!({});
    product["imageSequence"] = json!(item.images.len());
    Ok(Success::Data(product))
}

/// Nobody's item, or another shop's. Item ids tell which (each shop has its own range), so no second lock is taken.
fn stranger(world: &World, seller: u64, id: u64) -> Refusal {
    let is_foreign = world.shops.keys().position(|shop| *shop == seller).is_some_and(|place| {
        let own = 5_310_000_000 + place as u64 * 10_000_000;
        let all = 5_310_000_000..5_310_000_000 + world.shops.len() as u64 * 10_000_000;
        all.contains(&id) && !(own..own + 10_000_000).contains(&id)
    });
    if is_foreign {
        return Refusal::isp(
            "EDIT_ITEM_NOT_BELONG_SELLER",
            "EDIT_ITEM_NOT_BELONG_SELLER: the item does not belong to the seller",
        );
    }
    Refusal::isp("208", "E208: The item does not exist")
}

/// `/product/qc/alert/list`: products that will be taken down for a wrong category.
pub fn qc_alerts(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let offset = call.whole("offset", "14")?.ok_or_else(|| Refusal::missing("offset"))?;
    let limit = call.whole("limit", "19")?.ok_or_else(|| Refusal::missing("limit"))?;
    let is_alerted = |item: &&Item| matches!(&item.gate, Gate::Suspended { sub_status: "Live_Reject", .. });
    let rows: Vec<Value> = shop
        .items
        .values()
        .filter(is_alerted)
        .skip(offset)
        .take(limit)
        .map(|item| json!({"productId": item.id, "categoryId": item.category, "deactivationTime": item.updated_ms + 86_400_000, "suggestionCategories": []}))
        .collect();
    call.rows.set(rows.len());
    Ok(Success::Data(Value::Array(rows)))
}

/// `/product/seller/item/limit`: for cross-border sellers only (spec 4).
pub fn item_limit(_world: &World, _shop: &mut Shop, _call: &Call) -> Answer {
    Err(Refusal::isp("Mp3SellerApiLimit", "Mp3SellerApiLimit: the seller may not call this API"))
}
