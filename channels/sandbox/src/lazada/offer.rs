//! Prices and stock: total by `price_quantity`, sellable absolute and by delta (spec 4.8–4.12). Rows stand or fall each by itself.

use serde_json::{Value, json};

use super::call::Call;
use super::complaints::message;
use super::envelope::{Answer, Refusal, Success};
use super::item::{Bin, Figures, Item, Sku};
use super::payload::{filled, id, rows};
use super::sku_draft::{money, special, units};
use super::time;
use super::world::{Shop, World};

const ROWS: usize = 50;

/// Which of the three calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    /// `Quantity`: sellable, withheld and occupied together.
    Total,
    /// `SellableQuantity`.
    Sellable,
    /// `SellableQuantity` as a difference.
    Delta,
}

/// Why a row was not taken.
struct RowRefusal {
    field: &'static str,
    code: &'static str,
    words: String,
}

fn refuse<T>(field: &'static str, code: &'static str, words: impl Into<String>) -> Result<T, RowRefusal> {
    Err(RowRefusal { field, code, words: words.into() })
}

/// `/product/price_quantity/update`.
pub fn price_quantity(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    batch(world, shop, call, Figure::Total)
}

/// `/product/stock/sellable/update`.
pub fn sellable(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    batch(world, shop, call, Figure::Sellable)
}

/// `/product/stock/sellable/adjust`.
pub fn adjust(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    batch(world, shop, call, Figure::Delta)
}

fn batch(world: &World, shop: &mut Shop, call: &Call, figure: Figure) -> Answer {
    if figure != Figure::Total && !call.params.contains_key("payload") && call.params.contains_key("SkuId") {
        return Err(Refusal::isp("6", "E006: Unexpected internal error"));
    }
    let payload = call.payload()?;
    let skus = rows(payload.product()?, "Skus", "Sku");
    call.rows.set(skus.len());
    if skus.is_empty() {
        return Err(Refusal::isp("30", "E030: Empty Request"));
    }
    if skus.len() > ROWS {
        return Err(match figure {
            Figure::Total => Refusal::isp("4171", "E4171: There are more than 50 SKUs in the request"),
            Figure::Sellable | Figure::Delta => {
                Refusal::isp("204", "E204: Too many SKUs in the request; the limit is 50")
            }
        });
    }
    if !shop.inventory_calls.take(world.rule(|rules| rules.inventory_per_second), call.now_ms) {
        return Err(Refusal::isv("SellerCallLimit", "Seller access frequency exceeds the limit"));
    }
    let mut detail = Vec::new();
    let is_half = call.twist.half_batch || call.twist.under_zero;
    for (place, row) in skus.iter().enumerate() {
        let done = if (is_half && place % 2 == 1) || (call.twist.stray && place == 0) {
            refuse("bizCheck", "E0501", "system busy, this SKU was not updated")
        } else {
            set(shop, row, figure, call.now_ms)
        };
        if let Err(refusal) = done {
            detail.push(detail_row(shop, row, &refusal, call.twist.stray));
        }
    }
    if detail.is_empty() {
        return Ok(Success::Data(json!({})));
    }
    if call.twist.under_zero {
        return Ok(Success::Detailed(json!({}), detail));
    }
    Err(Refusal::isp("501", "E501: Update product failed").with_detail(detail))
}

fn detail_row(shop: &Shop, row: &Value, refusal: &RowRefusal, is_stray: bool) -> Value {
    let words =
        if refusal.code == "E0501" { refusal.words.clone() } else { message(refusal.code, &refusal.words) };
    let mut told = json!({"field": refusal.field, "code": refusal.code, "message": words});
    if is_stray {
        return told;
    }
    if let Some(item_id) = id(row, "ItemId") {
        told["item_id"] = json!(item_id);
    }
    if let Some(sku_id) = id(row, "SkuId") {
        told["sku_id"] = json!(sku_id);
        let item = shop.item_of(sku_id).and_then(|item_id| shop.items.get(&item_id));
        if let Some(sku) = item.and_then(|item| item.sku(sku_id)) {
            told["seller_sku"] = json!(sku.seller_sku);
        }
    } else if let Some(seller_sku) = filled(row, "SellerSku") {
        told["seller_sku"] = json!(seller_sku);
    }
    told
}

/// One row: all of it or nothing.
fn set(shop: &mut Shop, row: &Value, figure: Figure, now_ms: i64) -> Result<(), RowRefusal> {
    let Some(sku_id) = id(row, "SkuId") else {
        return refuse("SkuId", "4193", "SellerSku is not accepted as a key any more, use SkuId");
    };
    let item_id = match (id(row, "ItemId"), figure) {
        (Some(item_id), _) => item_id,
        // The sellable calls do without (spec 4.9).
        (None, Figure::Sellable | Figure::Delta) => match shop.item_of(sku_id) {
            Some(item_id) => item_id,
            None => return refuse("SkuId", "4136", "The SKU is not found in this shop"),
        },
        (None, Figure::Total) => return refuse("ItemId", "E0501", "ITEM_ID_REQUIRED"),
    };
    let wanted = wanted_stock(shop, row, figure)?;
    let Some(item) = shop.item(item_id, now_ms).filter(|item| !item.is_deleted()) else {
        return refuse("ItemId", "4137", "The item is not found in this shop");
    };
    let gate_lock = matches!(item.gate, super::item::Gate::Suspended { sub_status: "Lock", .. });
    let Some(sku) = item.sku_mut(sku_id) else {
        return refuse("SkuId", "4136", "The SKU is not found in this item");
    };
    if gate_lock {
        return refuse("ItemId", "4155", "The product is locked");
    }
    let mut figures = sku.figures.clone();
    if figure == Figure::Total {
        set_price(sku, row, &mut figures)?;
    }
    for (warehouse, amount) in wanted {
        set_bin(figures.bin(warehouse), amount, figure)?;
    }
    check_campaign(sku, &figures)?;
    sku.change(now_ms, |held| *held = figures);
    item.updated_ms = now_ms;
    Ok(())
}

/// Amounts by warehouse. A plain quantity is for `dropshipping` only (spec 8, no. 20).
fn wanted_stock(shop: &Shop, row: &Value, figure: Figure) -> Result<Vec<(usize, i64)>, RowRefusal> {
    let name = if figure == Figure::Total { "Quantity" } else { "SellableQuantity" };
    let read = |object: &Value| match filled(object, name) {
        None => Ok(None),
        Some(words) => {
            let amount = match figure {
                Figure::Delta => words.parse().ok().filter(|delta: &i64| delta.abs() <= 1_000_000_000),
                Figure::Total | Figure::Sellable => units(&words),
            };
            match amount {
                Some(amount) => Ok(Some(amount)),
                None => {
                    refuse(name, "4152", "THD_IC_ERR_F_IC_INFRA_PRODUCT: THD_INVENTORY_ERR_INV_PARAM_ILLEGAL")
                }
            }
        }
    };
    let places = rows(row, "MultiWarehouseInventories", "MultiWarehouseInventory");
    if places.is_empty() {
        return Ok(read(row)?.map(|amount| (0, amount)).into_iter().collect());
    }
    let mut wanted = Vec::with_capacity(places.len());
    for place in places {
        let code = filled(place, "WarehouseCode").unwrap_or_default();
        let Some(warehouse) = shop.warehouse(&code) else {
            return refuse("WarehouseCode", "E0501", format!("warehouse not found: {code}"));
        };
        if let Some(amount) = read(place)? {
            wanted.push((warehouse, amount));
        }
    }
    Ok(wanted)
}

fn set_bin(bin: &mut Bin, amount: i64, figure: Figure) -> Result<(), RowRefusal> {
    let sellable = match figure {
        Figure::Total => amount - bin.withhold - bin.occupy,
        Figure::Sellable => amount,
        Figure::Delta => bin.sellable + amount,
    };
    if sellable < 0 {
        return match figure {
            Figure::Delta => refuse("SellableQuantity", "212", "INV_NEGATIVE_SELLABLE"),
            Figure::Total | Figure::Sellable => {
                refuse("bizCheck", "E0501", "negative sellable on channel inventory")
            }
        };
    }
    bin.sellable = sellable;
    Ok(())
}

/// In a campaign stock is only raised, and never below what the campaign holds (spec 4.12).
fn check_campaign(sku: &Sku, figures: &Figures) -> Result<(), RowRefusal> {
    let Some(campaign) = &sku.campaign else { return Ok(()) };
    let window = format!("from {} to {}", time::plain(campaign.from_ms), time::plain(campaign.until_ms));
    let is_lower = figures.sellable() < sku.figures.sellable();
    if campaign.locks_stock && is_lower {
        return refuse(
            "Quantity",
            "4170",
            format!("In a campaign stock can only be raised, not lowered, {window}"),
        );
    }
    if is_lower && figures.sellable() < campaign.reserved {
        return refuse("bizCheck", "E0501", "negative sellable on channel inventory");
    }
    let is_price = figures.price != sku.figures.price || figures.special != sku.figures.special;
    if campaign.locks_price && is_price {
        let words = format!("THD_IC_ERR_F_IC_ABILITY_PG_003: the price is locked by a campaign {window}");
        return refuse("Price", "4218", words);
    }
    Ok(())
}

fn set_price(sku: &Sku, row: &Value, figures: &mut Figures) -> Result<(), RowRefusal> {
    if let Some(words) = filled(row, "Price") {
        figures.price = match money(&words) {
            Ok(price) => price,
            Err((code, words)) => return refuse("Price", code, words),
        };
    }
    match special(row, ["SalePrice", "SaleStartDate", "SaleEndDate"]) {
        Ok(Some(special)) => figures.special = special,
        Ok(None) => {}
        Err((field, code, words)) => return refuse(field_name(field), code, words),
    }
    let is_touched = figures.price != sku.figures.price || figures.special != sku.figures.special;
    if is_touched && figures.special.is_some_and(|special| special.price >= figures.price) {
        return refuse("SalePrice", "4157", "The special price is not below the price");
    }
    Ok(())
}

fn field_name(field: &str) -> &'static str {
    match field {
        "SaleStartDate" => "SaleStartDate",
        "SaleEndDate" => "SaleEndDate",
        _ => "SalePrice",
    }
}

/// The stock that is left after an order, for message 6.
pub fn shallow(shop: &Shop, item: &Item, sku: &Sku) -> Option<Value> {
    let bin = sku.figures.bins.first()?;
    (sku.sellable() < 5).then(|| {
        json!({
            "seller_sku": sku.seller_sku, "sku_id": sku.id, "item_id": item.id, "warehouse": shop.warehouses[bin.warehouse].code,
            "real_quantity": bin.real(), "withhold_quantity": bin.withhold, "occupy_quantity": bin.occupy, "pre_order_quantity": 0,
        })
    })
}
