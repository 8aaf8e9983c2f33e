//! Promotions: set by the control API, they hold stock and lock fields (spec 4.9); read by `get_item_promotion`.

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Success};
use super::item::{Item, Promotion};
use super::push::About;
use super::world::{Shop, World};

/// What a promotion holds and locks.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// `None`: all offers of the item.
    pub model_id: Option<u64>,
    pub reserved: i64,
    pub locks_price: bool,
    pub locks_stock: bool,
    /// Seconds since 1970.
    pub ends_s: i64,
    /// Whole đồng; `None`: the present price.
    pub price: Option<i64>,
}

/// Puts offers of an item under a promotion; the reserved units must be in stock.
pub fn lock_offers(
    world: &World,
    shop: &mut Shop,
    item_id: u64,
    terms: Terms,
    now_ms: i64,
) -> Result<u64, String> {
    let shop_id = shop.id;
    let id = 779_222_000_000_000 + world.core.dice.below(1_000_000_000);
    let Some(item) = shop.items.get_mut(&item_id) else { return Err(format!("no item {item_id}")) };
    let is_meant = |model_id: u64| terms.model_id.is_none_or(|wanted| wanted == model_id);
    if let Some((model_id, offer)) =
        item.offers().find(|(model_id, offer)| is_meant(*model_id) && offer.stock < terms.reserved)
    {
        return Err(format!("model {model_id}: {} in stock, {} to be reserved", offer.stock, terms.reserved));
    }
    let mut touched = Vec::new();
    for (model_id, offer) in item.offers_mut().filter(|(model_id, _)| is_meant(*model_id)) {
        offer.reserved = terms.reserved;
        offer.promotion = Some(Promotion {
            id,
            kind: "flash_sale",
            starts_s: now_ms / 1000,
            ends_s: terms.ends_s,
            price: terms.price.unwrap_or(offer.price),
            locks_price: terms.locks_price,
            locks_stock: terms.locks_stock,
        });
        touched.push((model_id, terms.reserved));
    }
    for (model_id, reserved) in touched {
        announce(
            world,
            shop_id,
            item_id,
            model_id,
            Change { code: 7, action: "promo_lock_stock", promotion_id: id, reserved, ends_s: terms.ends_s },
            now_ms,
        );
        announce(
            world,
            shop_id,
            item_id,
            model_id,
            Change { code: 9, action: "added_in_promo", promotion_id: id, reserved, ends_s: terms.ends_s },
            now_ms,
        );
    }
    Ok(id)
}

/// Ends the promotions of an item: what they held is free again.
pub fn unlock_offers(world: &World, shop_id: u64, item: &mut Item, now_ms: i64) {
    let item_id = item.id;
    for (model_id, offer) in item.offers_mut() {
        if let Some(promotion) = offer.promotion.take() {
            offer.reserved = 0;
            let change = Change {
                code: 7,
                action: "promo_end",
                promotion_id: promotion.id,
                reserved: 0,
                ends_s: now_ms / 1000,
            };
            announce(world, shop_id, item_id, model_id, change, now_ms);
        }
    }
}

struct Change {
    code: u16,
    action: &'static str,
    promotion_id: u64,
    reserved: i64,
    ends_s: i64,
}

/// Pushes 7 and 9 (spec 6.3).
fn announce(world: &World, shop_id: u64, item_id: u64, model_id: u64, change: Change, now_ms: i64) {
    let data = json!({"shop_id": shop_id, "item_id": item_id, "variation_id": model_id, "promotion_type": "flash_sale", "promotion_id": change.promotion_id,
        "action": change.action, "update_time": now_ms / 1000, "start_time": now_ms / 1000, "end_time": change.ends_s, "reserved_stock": change.reserved});
    world.push.emit(change.code, About::Shop(shop_id), &data, 0);
}

/// Push 8: an order changed what a promotion holds (spec 6.3).
pub fn reserve_changed(
    world: &World,
    shop_id: u64,
    offer: (u64, u64),
    held: (i64, i64),
    sn: &str,
    now_ms: i64,
) {
    let data = json!({"shop_id": shop_id, "item_id": offer.0, "variation_id": offer.1, "changed_values": [{"name": "reserved_stock", "old": held.0, "new": held.1}],
        "promotion_type": "flash_sale", "promotion_id": 0, "action": "place_order", "ordersn": sn, "update_time": now_ms / 1000});
    world.push.emit(8, About::Shop(shop_id), &data, 0);
}

/// `GET /product/get_item_promotion`: no promotion, empty list.
pub fn get_item_promotion(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let ids = call.ids("item_id_list", 50, world.settings().strict_arrays)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for id in ids {
        match shop.item(id, call) {
            Ok(item) => done.push(json!({"item_id": id, "promotion": promotions(item, call)})),
            Err(refusal) => failed.push(json!({"item_id": id, "failed_reason": refusal.message})),
        }
    }
    Ok(Success::Response(json!({"success_list": done, "failure_list": failed})))
}

fn promotions(item: &Item, call: &Call) -> Vec<Value> {
    let running =
        item.offers().filter_map(|(model_id, offer)| Some((model_id, offer, offer.promotion.as_ref()?)));
    running
        .map(|(model_id, offer, promotion)| {
            json!({
                "promotion_type": promotion.kind,
                "promotion_id": promotion.id,
                "model_id": model_id,
                "start_time": promotion.starts_s,
                "end_time": promotion.ends_s,
                "promotion_price_info": [{"promotion_price": promotion.price}],
                "promotion_staging": if promotion.starts_s <= call.now_s() { "ongoing" } else { "upcoming" },
                "promotion_stock_info_v2": {"summary_info": {"total_reserved_stock": offer.reserved}},
            })
        })
        .collect()
}
