//! `GET /product/search_item` (spec 4.10): an index that lags, paged by an opaque text.

use serde_json::json;

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::item::{Item, Standing};
use super::world::{Shop, World};

/// Searches by part of the name, part of the item's own SKU, or status. Model SKUs are not searched.
pub fn search_item(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let page = usize::try_from(call.int_between("page_size", 1, 100)?).unwrap_or(100);
    let given = |name: &str| call.arg(name).filter(|words| !words.is_empty());
    let name = given("item_name").map(str::to_lowercase);
    let sku = given("item_sku").map(str::to_lowercase);
    let words = call.list("item_status");
    let is_bounded = name.is_some()
        || sku.is_some()
        || !words.is_empty()
        || given("attribute_status").is_some()
        || given("deboost_only").is_some();
    if !is_bounded {
        return Err(Refusal::new(
            "product.error_param",
            "request must set one of [item_name,attribute_status]",
        ));
    }
    let statuses: Option<Vec<Standing>> = words.iter().map(|word| Standing::of_word(word)).collect();
    let Some(statuses) = statuses else {
        return Err(Refusal::new("product.error_param_item_status", "Invalid item_status."));
    };
    let after = match given("offset") {
        None => 0,
        Some(token) => {
            read_token(token).ok_or_else(|| Refusal::new("product.error_param", "invalid offset"))?
        }
    };
    let only_deboosted = call.bool_arg("deboost_only");
    let at_ms = call.now_ms - call.twist.index_ms.max(call.twist.stale_ms);
    let fits = |item: &&Item| {
        let by_status =
            if statuses.is_empty() { !item.standing.is_deleted() } else { statuses.contains(&item.standing) };
        item.indexed_ms <= at_ms
            && by_status
            && !only_deboosted
            && name.as_ref().is_none_or(|name| item.face.name.to_lowercase().contains(name))
            && sku.as_ref().is_none_or(|sku| item.own.sku.to_lowercase().contains(sku))
    };
    let all: Vec<u64> = shop.items.values().filter(fits).map(|item| item.id).collect();
    let start = all.partition_point(|id| *id <= after);
    let ids = if call.twist.empty_page { &[][..] } else { &all[start..all.len().min(start + page)] };
    let next = ids
        .last()
        .filter(|_| start + ids.len() < all.len())
        .map_or_else(String::new, |last| write_token(*last));
    call.rows.set(ids.len() as u64);
    Ok(Success::Response(json!({"item_id_list": ids, "total_count": all.len(), "next_offset": next})))
}

fn write_token(last: u64) -> String {
    format!("AoJ{last:x}Kx")
}

fn read_token(token: &str) -> Option<u64> {
    let inner = token.strip_prefix("AoJ")?.strip_suffix("Kx")?;
    u64::from_str_radix(inner, 16).ok()
}
