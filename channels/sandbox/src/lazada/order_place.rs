//! A buyer orders (control API): N units become N rows (spec 5.4), and stock goes down with them (spec 4.11).

use serde_json::{Value, json};

use crate::core::clock::read_rfc3339;
use crate::core::{OrderWish, Trouble, WishLine};

use super::item::{Gate, SkuStatus};
use super::order::{Held, Line, Order};
use super::order_move::{Row, UNPAID_MS, announce};
use super::order_state::Status;
use super::push::Told;
use super::world::{Shop, World};

static PAYMENTS: [&str; 6] =
    ["MIXEDCARD", "PAYMENT_ACCOUNT", "NAPAS_ONLINE", "MOMO_WALLET", "ZALOPAY_WALLET", "EM_WALLET"];

/// Item, SKU and units of a wanted line.
type Want = (u64, u64, i64);

/// Places an order. `more`: `order_id` (the same one in two shops, spec 5.1), `stocked_by_channel` (FBL), `dbs`, `digital`,
/// `voucher` (the seller's, in đồng), `shipping_fee`, `note`.
pub fn place(world: &World, shop: &mut Shop, wish: &OrderWish, now_ms: i64) -> Result<String, Trouble> {
    let wants = wish.lines.iter().map(|line| want(shop, line)).collect::<Result<Vec<_>, _>>()?;
    let flag = |name: &str| wish.more.get(name).and_then(Value::as_bool).unwrap_or(false);
    let amount = |name: &str| wish.more.get(name).and_then(Value::as_i64);
    let is_fbl = flag("stocked_by_channel");
    let mut needed: Vec<Want> = Vec::new();
    for (item_id, sku_id, units) in &wants {
        match needed.iter_mut().find(|(_, known, _)| known == sku_id) {
            Some((_, _, sum)) => *sum += units,
            None => needed.push((*item_id, *sku_id, *units)),
        }
    }
    for (item_id, sku_id, units) in &needed {
        check(shop, *item_id, *sku_id, if is_fbl { 0 } else { *units }, now_ms)?;
    }
    if needed.iter().all(|(_, _, units)| *units == 0) {
        return Err(Trouble::Senseless("lines: at least one unit is wanted".to_owned()));
    }
    let placed_ms = match wish.placed_at.as_deref() {
        None => now_ms,
        Some(text) => read_rfc3339(text)
            .ok_or_else(|| Trouble::Senseless(format!("placed_at: {text:?} is no RFC 3339 time")))?,
    };
    let chosen = wish.more.get("order_id").and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
    let id = chosen.unwrap_or_else(|| shop.next_order());
    if shop.orders.find(id).is_some() {
        return Err(Trouble::Refused(format!("order {id} is there already")));
    }
    let is_paid = wish.paid || wish.cod;
    let mut order = Order {
        id,
        created_ms: placed_ms,
        updated_ms: placed_ms,
        changed_ms: placed_ms,
        paid_ms: wish.paid.then_some(placed_ms),
        payment_method: if wish.cod { "COD" } else { PAYMENTS[world.core.dice.index(PAYMENTS.len())] },
        buyer_id: 800_001 + world.core.dice.below(10_000),
        shipping_fee: amount("shipping_fee").unwrap_or(15_000),
        voucher: amount("voucher").unwrap_or(0),
        note: wish.more.get("note").and_then(Value::as_str).unwrap_or("").to_owned(),
        lines: Vec::new(),
        is_garbled: false,
        is_quiet: wish.quiet,
    };
    for (item_id, sku_id, units) in &wants {
        for _ in 0..*units {
            let mut line = line(shop, *item_id, *sku_id, is_paid, placed_ms, now_ms);
            (line.is_fbl, line.is_dbs, line.is_digital) = (is_fbl, flag("dbs"), flag("digital"));
            if is_fbl {
                line.held = Held::Nothing;
            } else {
                take(shop, &mut line, now_ms);
            }
            order.lines.push(line);
        }
    }
    share_voucher(&mut order);
    shop.sold_units += i64::try_from(order.lines.len()).unwrap_or(0);
    let count = order.lines.len();
    if !is_paid {
        shop.orders.alarms.insert((placed_ms + UNPAID_MS, id));
    }
    shop.orders.insert(order);
    if !wish.quiet && world.push.is_live() {
        for place in 0..count {
            announce(world, shop, Row { order: id, place });
        }
        for (item_id, sku_id, _) in needed {
            let item = shop.items.get(&item_id);
            let told = item.and_then(|item| super::offer::shallow(shop, item, item.sku(sku_id)?));
            if let Some(data) = told {
                world.emit(6, Some(shop.id), &Told::Fixed(data), 0);
            }
        }
    }
    Ok(id.to_string())
}

/// Finds the SKU of a wanted line: by its id, else by SellerSku.
fn want(shop: &Shop, line: &WishLine) -> Result<Want, Trouble> {
    let found = match (&line.offer, &line.sku) {
        (Some(offer), _) => {
            let sku_id = offer.parse::<u64>().ok();
            sku_id.and_then(|sku_id| Some((shop.item_of(sku_id)?, sku_id)))
        }
        (None, Some(sku)) => shop.home_of(sku),
        (None, None) => return Err(Trouble::Senseless("lines: each needs an offer or a sku".to_owned())),
    };
    let name = line.offer.as_deref().or(line.sku.as_deref()).unwrap_or("");
    let (item_id, sku_id) = found.ok_or_else(|| Trouble::Unknown(format!("no offer {name:?}")))?;
    if !(0..=1_000).contains(&line.units) {
        return Err(Trouble::Senseless("lines: units from 0 to 1000 are wanted".to_owned()));
    }
    Ok((item_id, sku_id, line.units))
}

fn check(shop: &mut Shop, item_id: u64, sku_id: u64, units: i64, now_ms: i64) -> Result<(), Trouble> {
    let refused = |why: &str| Err(Trouble::Refused(format!("SKU {sku_id} {why}")));
    let Some(item) = shop.item(item_id, now_ms) else { return refused("is gone") };
    let is_open = item.gate == Gate::Open;
    match item.sku(sku_id) {
        None => refused("is gone"),
        Some(sku) if !is_open || sku.figures.status != SkuStatus::Active => refused("is not on sale"),
        Some(sku) if sku.sellable() < units => refused("is sold out"),
        Some(_) => Ok(()),
    }
}

fn line(shop: &mut Shop, item_id: u64, sku_id: u64, is_paid: bool, placed_ms: i64, now_ms: i64) -> Line {
    let id = shop.next_line();
    let item = shop.items.get(&item_id);
    let sku = item.and_then(|item| item.sku(sku_id));
    let image = sku
        .and_then(|sku| sku.images.first())
        .or_else(|| item.and_then(|item| item.images.first()))
        .cloned()
        .unwrap_or_default();
    Line {
        id,
        item_id,
        sku_id,
        seller_sku: sku.map_or_else(String::new, |sku| sku.seller_sku.clone()),
        title: item.map_or_else(String::new, |item| item.title().to_owned()),
        variation: sku.map_or_else(String::new, super::item::Sku::variation),
        image,
        price: sku.map_or(0, |sku| sku.price_now(now_ms)),
        voucher: 0,
        status: if is_paid { Status::Pending } else { Status::Unpaid },
        held: if is_paid { Held::Occupied } else { Held::Withheld },
        warehouse: 0,
        is_fbl: false,
        is_dbs: false,
        is_digital: false,
        package: None,
        tracking: String::new(),
        provider: String::new(),
        packed_ms: 0,
        ready_ms: None,
        updated_ms: placed_ms,
        initiator: "null-null",
        reason: String::new(),
        cancel_asked: None,
        return_status: String::new(),
        invoice_number: String::new(),
        was: None,
    }
}

/// Takes the unit from the first warehouse that has one.
fn take(shop: &mut Shop, line: &mut Line, now_ms: i64) {
    let Some(sku) = shop.items.get_mut(&line.item_id).and_then(|item| item.sku_mut(line.sku_id)) else {
        return;
    };
    let held = line.held;
    let warehouse = sku.figures.bins.iter().find(|bin| bin.sellable > 0).map(|bin| bin.warehouse);
    line.warehouse = warehouse.unwrap_or(0);
    sku.change(now_ms, |figures| {
        let bin = figures.bin(line.warehouse);
        bin.sellable -= 1;
        if held == Held::Occupied {
            bin.occupy += 1;
        } else {
            bin.withhold += 1;
        }
    });
}

/// The seller's voucher is spread over the rows, the last takes the rest.
fn share_voucher(order: &mut Order) {
    let total: i64 = order.lines.iter().map(|line| line.price).sum();
    let mut left = order.voucher.clamp(0, total);
    order.voucher = left;
    let count = order.lines.len();
    for (place, line) in order.lines.iter_mut().enumerate() {
        let part = if place + 1 == count { left } else { order.voucher * line.price / total.max(1) };
        line.voucher = part.min(line.price);
        left -= line.voucher;
    }
}

/// What else a control call may want to know of an order.
pub fn told(order: &Order) -> Value {
    json!({"id": order.id.to_string(), "statuses": order.statuses().into_iter().map(Status::word).collect::<Vec<_>>()})
}
