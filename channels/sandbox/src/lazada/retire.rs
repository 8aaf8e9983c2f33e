//! Taking products off sale and away (spec 4.13).

use serde_json::{Value, json};

use super::call::Call;
use super::complaints::Complaints;
use super::create::announce;
use super::envelope::{Answer, Refusal, Success};
use super::item::SkuStatus;
use super::payload::{self, id, rows};
use super::world::{Shop, World};

/// `/product/deactivate`: the parameter is called `apiRequestBody`; no SKUs mean the whole item.
pub fn deactivate(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let payload = payload::read(call.params.get("apiRequestBody").map(String::as_str))?;
    let product = payload.product()?;
    let item_id = id(product, "ItemId").ok_or_else(|| Refusal::isp("E0001", "E0001: ItemId is missing"))?;
    let wanted: Vec<u64> = rows(product, "Skus", "SkuId")
        .iter()
        .filter_map(|sku| sku.as_u64().or_else(|| sku.as_str()?.trim().parse().ok()))
        .collect();
    let item = shop
        .item(item_id, call.now_ms)
        .filter(|item| !item.is_deleted())
        .ok_or_else(|| Refusal::isp("E0002", "E0002: The product is not found"))?;
    if wanted.iter().any(|sku_id| item.sku(*sku_id).is_none()) {
        return Err(Refusal::isp("E0003", "E0003: The SKU is not found"));
    }
    let is_meant = |sku_id: u64| wanted.is_empty() || wanted.contains(&sku_id);
    let is_online = item.living().any(|sku| is_meant(sku.id) && sku.figures.status == SkuStatus::Active);
    if !is_online {
        return Err(Refusal::isp("E0004", "E0004: The product is not online"));
    }
    call.rows.set(wanted.len().max(1));
    for sku in item.skus.iter_mut().filter(|sku| is_meant(sku.id) && sku.figures.status == SkuStatus::Active)
    {
        sku.change(call.now_ms, |figures| figures.status = SkuStatus::Inactive);
    }
    item.updated_ms = call.now_ms;
    Ok(Success::Data(json!({})))
}

/// `/product/remove`: `sku_id_list` of `SkuId_<item>_<sku>`; the last SKU takes the item with it.
pub fn remove(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    if call.arg("sku_id_list").is_none() && call.arg("seller_sku_list").is_some() {
        return Err(Refusal::isp("6", "E006: Unexpected internal error"));
    }
    call.need("sku_id_list")?;
    let names = call.texts("sku_id_list").ok_or_else(|| Refusal::isp("70", "E070: Corrupt sku_id_list"))?;
    call.rows.set(names.len());
    if names.is_empty() {
        return Err(Refusal::isp("200", "E200: Empty SellerSku/ItemId"));
    }
    if names.len() > 50 {
        return Err(Refusal::isp("204", "E204: Too many SKUs in the request; the limit is 50"));
    }
    let mut wrong = Complaints::default();
    for name in &names {
        let key = name.strip_prefix("SkuId_").and_then(|rest| rest.split_once('_'));
        let key = key.and_then(|(item, sku)| Some((item.parse().ok()?, sku.parse().ok()?)));
        let is_there = key.is_some_and(|(item_id, sku_id): (u64, u64)| {
            shop.items.get(&item_id).is_some_and(|item| item.sku(sku_id).is_some())
        });
        match key.filter(|_| is_there) {
            Some((item_id, sku_id)) => delete(world, shop, item_id, sku_id, call.now_ms),
            None => wrong.add_sku(name, "sku_id", "4136", "The SKU is not found in this shop"),
        }
    }
    if wrong.is_empty() {
        Ok(Success::Data(json!({})))
    } else {
        Err(wrong.refuse("503", "Remove product failed"))
    }
}

/// Takes one SKU away.
pub fn delete(world: &World, shop: &mut Shop, item_id: u64, sku_id: u64, now_ms: i64) {
    let Some(item) = shop.items.get_mut(&item_id) else { return };
    if let Some(sku) = item.sku_mut(sku_id) {
        sku.change(now_ms, |figures| figures.status = SkuStatus::Deleted);
    }
    item.updated_ms = now_ms;
    shop.index(item_id);
    if let Some(item) = shop.items.get(&item_id) {
        let action = if item.is_deleted() { "DELETED" } else { "EDITED_DELETED" };
        announce(world, shop, item, 5, action, now_ms);
    }
}

/// `/product/sku/remove`: SKUs, or whole sale properties, of one item. The answer has no `data`.
pub fn remove_skus(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let payload = call.payload()?;
    let product = payload.product()?;
    let item_id = id(product, "ItemId").ok_or_else(|| Refusal::isp("200", "E200: Empty SellerSku/ItemId"))?;
    let item = shop
        .item(item_id, call.now_ms)
        .filter(|item| !item.is_deleted())
        .ok_or_else(|| Refusal::isp("208", "E208: The item does not exist"))?;
    let wanted: Vec<u64> = rows(product, "Skus", "Sku").iter().filter_map(|row| id(row, "SkuId")).collect();
    call.rows.set(wanted.len());
    if wanted.iter().any(|sku_id| item.sku(*sku_id).is_none()) {
        return Err(Refusal::isp("SELLER_SKU_NOT_FOUND", "SELLER_SKU_NOT_FOUND: the SKU is not found"));
    }
    if !wanted.is_empty() && item.living().all(|sku| wanted.contains(&sku.id)) {
        return Err(Refusal::isp("CAN_NOT_REMOVE_ALL_SKU", "CAN_NOT_REMOVE_ALL_SKU: one SKU must stay"));
    }
    let axes: Vec<String> = match product.get("variation") {
        Some(Value::Object(axes)) => axes.values().filter_map(|axis| payload::filled(axis, "name")).collect(),
        _ => Vec::new(),
    };
    if wanted.is_empty() && axes.is_empty() {
        return Err(Refusal::isp("SALE_PROPS_EMPTY", "SALE_PROPS_EMPTY: nothing to remove"));
    }
    let mut left: Vec<Vec<(String, String)>> = item
        .living()
        .filter(|sku| !wanted.contains(&sku.id))
        .map(|sku| sku.sale_props.iter().filter(|(name, _)| !axes.contains(name)).cloned().collect())
        .collect();
    left.sort();
    if !axes.is_empty() && left.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refusal::isp("SALE_PROPS_DUPLICATE", "SALE_PROPS_DUPLICATE: SKUs would be alike"));
    }
    item.axes.retain(|axis| !axes.contains(&axis.name));
    for sku in &mut item.skus {
        sku.sale_props.retain(|(name, _)| !axes.contains(name));
    }
    item.updated_ms = call.now_ms;
    for sku_id in wanted {
        delete(world, shop, item_id, sku_id, call.now_ms);
    }
    Ok(Success::Bare)
}
