//! Price and stock: one item a call, rows judged by themselves (spec 4.9). The hot path of this market.

use serde_json::{Value, json};

use super::call::{Call, whole};
use super::envelope::{Answer, Refusal, Success};
use super::item::{Item, Offer, Standing};
use super::item_check::{is_spread_allowed, read_price, read_stock};
use super::limit;
use super::world::{Shop, World};

const TRY_LATER: &str = "Something wrong. Please try later.";

/// `POST /product/update_stock`: absolute values. Does not move the item's `update_time` (spec 4.9).
pub fn update_stock(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = read_rows(call, "stock_list", read_stock)?;
    let location = shop.location.clone();
    let item = shop.item(call.id("item_id")?, call)?;
    check_writable(item)?;
    if item.has_models() && rows.iter().any(|(model_id, _)| *model_id == 0) {
        return Err(Refusal::new(
            "product.error_edit_item_stock_for_item_has_model",
            "model_id is required for item with models.",
        ));
    }
    let (mut done, mut failed) = (Vec::with_capacity(rows.len()), Vec::new());
    for (place, (model_id, stock)) in rows.into_iter().enumerate() {
        match set_stock(item, model_id, stock, call, place) {
            Ok(()) => done.push(json!({"model_id": model_id, "location_id": location, "stock": stock})),
            Err(reason) => failed.push(json!({"model_id": model_id, "failed_reason": reason})),
        }
    }
    finish(done, failed, "product.error_busi_update_stock_failed", "Update stock failed.")
}

fn set_stock(item: &mut Item, model_id: u64, stock: i64, call: &Call, place: usize) -> Result<(), String> {
    if call.twist.half_batch && place % 2 == 1 {
        return Err(TRY_LATER.to_owned());
    }
    let Some(offer) = item.find_offer_mut(model_id) else { return Err("Wrong model_id.".to_owned()) };
    if offer.promotion.as_ref().is_some_and(|promotion| promotion.locks_stock) {
        return Err("Can't edit stock when item is under promotion.".to_owned());
    }
    if stock < offer.reserved {
        return Err(format!("Stock should be larger than {} (reserve stock number)", offer.reserved));
    }
    offer.set_stock(stock, call.now_ms);
    Ok(())
}

/// `POST /product/update_price`. Does not move the item's `update_time` either.
pub fn update_price(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = read_rows(call, "price_list", read_price)?;
    let shop_id = shop.id;
    let item = shop.item(call.id("item_id")?, call)?;
    let generic = || Refusal::new("product.error_update_price_fail", "Update price failed.");
    if item.standing.is_deleted() || (item.has_models() && rows.iter().any(|(model_id, _)| *model_id == 0)) {
        return Err(generic());
    }
    check_writable(item)?;
    let now = |(model_id, offer): (u64, &Offer)| {
        rows.iter().find(|(id, _)| *id == model_id).map_or(offer.price, |(_, price)| *price)
    };
    if !is_spread_allowed(item.offers().map(now)) {
        let all = rows
            .iter()
            .map(|(model_id, _)| json!({"model_id": model_id, "failed_reason": "Update price failed."}))
            .collect::<Vec<_>>();
        return Err(generic().with_response(json!({"failure_list": all, "success_list": []})));
    }
    let has_models = item.has_models();
    let (mut done, mut failed, mut locked) = (Vec::with_capacity(rows.len()), Vec::new(), 0);
    for (place, (model_id, price)) in rows.into_iter().enumerate() {
        match set_price(item, model_id, price, call, place) {
            Ok(old) => {
                world.price_changed(shop_id, item.id, model_id, old, price, call.now_ms);
                done.push(if has_models {
                    json!({"model_id": model_id, "original_price": price})
                } else {
                    json!({"original_price": price})
                });
            }
            Err(NoPrice::Locked) => {
                locked += 1;
                failed.push(json!({"model_id": model_id, "failed_reason": "Can't edit price when item is under promotion."}));
            }
            Err(NoPrice::WrongModel) => {
                failed.push(json!({"model_id": model_id, "failed_reason": "Wrong model_id."}))
            }
            Err(NoPrice::Later) => failed.push(json!({"model_id": model_id, "failed_reason": TRY_LATER})),
        }
    }
    let code = if locked > 0 {
        "product.error_cannt_edit_price_in_promotion"
    } else {
        "product.error_update_price_fail"
    };
    finish(done, failed, code, "Update price failed.")
}

enum NoPrice {
    Locked,
    WrongModel,
    Later,
}

fn set_price(item: &mut Item, model_id: u64, price: i64, call: &Call, place: usize) -> Result<i64, NoPrice> {
    if call.twist.half_batch && place % 2 == 1 {
        return Err(NoPrice::Later);
    }
    let offer = item.find_offer_mut(model_id).ok_or(NoPrice::WrongModel)?;
    if offer.promotion.as_ref().is_some_and(|promotion| promotion.locks_price) {
        return Err(NoPrice::Locked);
    }
    let old = offer.price;
    offer.set_price(price, call.now_ms);
    Ok(old)
}

fn read_rows(
    call: &Call,
    name: &str,
    read: fn(&Value) -> Result<i64, Refusal>,
) -> Result<Vec<(u64, i64)>, Refusal> {
    let rows = call.rows(name, limit::MODELS)?;
    let mut read_rows: Vec<(u64, i64)> = Vec::with_capacity(rows.len());
    for row in rows {
        let model_id = whole(row, "model_id")?.unwrap_or(0);
        let Ok(model_id) = u64::try_from(model_id) else {
            return Err(Refusal::new("product.error_param", "Wrong model_id."));
        };
        if read_rows.iter().any(|(id, _)| *id == model_id) {
            return Err(Refusal::new("product.error_param", "Repeat model_id."));
        }
        read_rows.push((model_id, read(row)?));
    }
    Ok(read_rows)
}

fn check_writable(item: &Item) -> Result<(), Refusal> {
    match item.standing {
        Standing::SellerDelete | Standing::ShopeeDelete | Standing::Banned => {
            Err(Refusal::new("product.error_item_uneditable", "The item is banned or deleted."))
        }
        Standing::Normal | Standing::Unlist | Standing::Reviewing => Ok(()),
    }
}

/// All failed: a code together with the lists; else success, whatever failed (spec 4.9).
fn finish(done: Vec<Value>, failed: Vec<Value>, code: &'static str, message: &'static str) -> Answer {
    let all_failed = done.is_empty();
    let response = json!({"success_list": done, "failure_list": failed});
    if all_failed {
        Err(Refusal::new(code, message).with_response(response))
    } else {
        Ok(Success::Response(response))
    }
}
