//! Orders by the control API: buyers order, pay, ask to cancel, send back; carriers fetch and deliver.

use serde_json::{Value, json};

use crate::core::clock::read_rfc3339;
use crate::core::{OrderWish, Trouble, WishLine};

use super::aftersale::{Return, ReturnStatus};
use super::call::{list, text, whole};
use super::cancel;
use super::order::{Line, Order};
use super::order_flow::{Manner, Want, pay, place, walk};
use super::order_state::{Event, Stage};
use super::product::Status;
use super::returns;
use super::shop::{Due, IdOf, Shop};
use super::webhook::{Topic, emit};
use super::world::World;

/// A buyer orders. `more`: `own_shipping`, `stocked_by_channel`, `platform_discount` (đồng a unit).
pub fn place_order(world: &World, shop: &mut Shop, wish: &OrderWish, now_ms: i64) -> Result<String, Trouble> {
    let wants = wish.lines.iter().map(|line| want(shop, line)).collect::<Result<Vec<_>, _>>()?;
    let placed_s = match wish.placed_at.as_deref() {
        None => None,
        Some(text) => {
            let at = read_rfc3339(text);
            Some(
                at.ok_or_else(|| Trouble::Senseless(format!("placed_at: {text:?} is no RFC 3339 time")))?
                    .div_euclid(1000),
            )
        }
    };
    let flag = |name: &str| wish.more.get(name).and_then(Value::as_bool).unwrap_or(false);
    let manner = Manner {
        is_paid: wish.paid,
        is_cod: wish.cod,
        is_own_shipping: flag("own_shipping"),
        is_by_platform: is_by_platform(wish),
        platform_discount: whole(&wish.more, "platform_discount").unwrap_or(0),
        placed_s,
        is_quiet: wish.quiet,
    };
    place(world, shop, &wants, manner, now_ms).map(|id| id.to_string()).map_err(Trouble::Refused)
}

/// Whether the goods lie in the platform's own warehouse.
pub fn is_by_platform(wish: &OrderWish) -> bool {
    wish.more.get("stocked_by_channel").and_then(Value::as_bool).unwrap_or(false)
}

/// Finds the SKU of a wanted line by its id, else by seller SKU: what is on sale goes first.
fn want(shop: &Shop, line: &WishLine) -> Result<Want, Trouble> {
    let found = match (&line.offer, &line.sku) {
        (Some(offer), _) => {
            let sku = offer.parse().ok().filter(|sku| shop.find_sku(*sku).is_some());
            sku.ok_or_else(|| Trouble::Unknown(format!("no offer {offer:?}")))?
        }
        (None, Some(sku)) => {
            find_by_sku(shop, sku).ok_or_else(|| Trouble::Unknown(format!("no offer with SKU {sku:?}")))?
        }
        (None, None) => return Err(Trouble::Senseless("lines: each needs an offer or a sku".to_owned())),
    };
    Ok(Want { sku: found, units: line.units })
}

fn find_by_sku(shop: &Shop, sku: &str) -> Option<u64> {
    let homes = shop.seller_skus.get(sku)?.iter().filter_map(|home| shop.products.get(home));
    let mut found: Vec<(bool, u64)> = homes
        .flat_map(|product| {
            let mine = product.live.skus.iter().filter(|face| face.seller_sku == sku);
            mine.map(|face| (product.status != Status::Activate, face.id))
        })
        .collect();
    found.sort_unstable();
    found.first().map(|(_, sku)| *sku)
}

const WALK: [Event; 4] = [Event::Arrange, Event::Collect, Event::Deliver, Event::Complete];

/// Something happens to an order. Carriers' events walk over the steps before them.
pub fn event(
    world: &World,
    shop: &mut Shop,
    id: &str,
    event: &str,
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let unknown = || Trouble::Unknown(format!("no order {id}"));
    let number: u64 = id.parse().map_err(|_| unknown())?;
    let order = shop.orders.find(number).ok_or_else(unknown)?;
    let (status, stage) = (order.status(), order.stage());
    let refused = || Trouble::Refused(format!("order {id} is {status}: no {event:?} from there"));
    let to = |world: &World, shop: &mut Shop, count: usize| {
        let mut steps = vec![Event::Release];
        steps.extend(&WALK[..count]);
        walk(world, shop, number, &steps, now_ms).map_err(|_| refused())
    };
    match event {
        "pay" => pay(world, shop, number, now_ms, now_ms, true).ok_or_else(refused)?,
        "release" => walk(world, shop, number, &[Event::Release], now_ms).map_err(|_| refused())?,
        "pack" => to(world, shop, 1)?,
        "ship" => to(world, shop, 2)?,
        "deliver" => to(world, shop, 3)?,
        "complete" => to(world, shop, 4)?,
        "cancel" => return cancelled(world, shop, number, stage, body, now_ms).ok_or_else(refused),
        "ask_cancel" => return ask_cancel(world, shop, number, stage, body, now_ms).ok_or_else(refused),
        "withdraw_cancel" => {
            let asked = shop.orders.find(number).and_then(|order| order.asked).ok_or_else(refused)?;
            cancel::withdraw(world, shop, asked.0, now_ms);
        }
        "overdue" => {
            shop.unplan(Due::Late(number));
            cancel::by_system(world, shop, number, now_ms);
        }
        "return" => return give_back(world, shop, number, body, now_ms).ok_or_else(refused),
        "move_address" => {
            change(shop, number, |order| order.has_new_address = true);
            shop.orders.touch(number, now_ms);
            let data = json!({"order_id": id, "update_time": now_ms.div_euclid(1000)});
            emit(world, shop, Topic::Address, &data);
        }
        "garble" => change(shop, number, |order| order.is_garbled = true),
        "edit_quietly" => edit_quietly(shop, number, body, now_ms),
        _ => return Err(Trouble::Senseless(format!("no order event {event:?}"))),
    }
    let status = shop.orders.find(number).map_or("", Order::status);
    Ok(json!({ "status": status }))
}

fn change(shop: &mut Shop, id: u64, act: impl FnOnce(&mut Order)) {
    if let Some(order) = shop.orders.find_mut(id) {
        act(order);
    }
}

/// `{by?, reason?, lines?: [{id, units}]}`; without lines all of it.
fn cancelled(
    world: &World,
    shop: &mut Shop,
    id: u64,
    stage: Stage,
    body: &Value,
    now_ms: i64,
) -> Option<Value> {
    stage.on(Event::Cancel).ok()?;
    let role = match text(body, "by") {
        Some("buyer") => "BUYER",
        Some("seller") => "SELLER",
        Some("operator") => "OPERATOR",
        Some(_) | None => "SYSTEM",
    };
    let words = text(body, "reason").unwrap_or("Không giao được hàng");
    let lines = lines_of(shop, id, body, Line::is_active);
    let has_lines = !list(body, "lines").is_empty();
    let one = cancel::end(
        world,
        shop,
        id,
        has_lines.then_some(lines),
        (role, "cancel_reason_other", words),
        now_ms,
    );
    Some(json!({"cancel_id": one.to_string()}))
}

/// Before shipping is arranged for good the buyer may ask: on hold and unpaid it is granted at once (spec 13).
fn ask_cancel(
    world: &World,
    shop: &mut Shop,
    id: u64,
    stage: Stage,
    body: &Value,
    now_ms: i64,
) -> Option<Value> {
    let words = text(body, "reason").unwrap_or("Không còn nhu cầu");
    let by = ("BUYER", "ecom_order_to_ship_canceled_reason_no_longer_needed", words);
    let one = match stage {
        Stage::Unpaid | Stage::OnHold => cancel::end(world, shop, id, None, by, now_ms),
        Stage::AwaitingShipment | Stage::AwaitingCollection => {
            if shop.orders.find(id)?.asked.is_some() {
                return None;
            }
            cancel::open(world, shop, id, None, by, true, now_ms)
        }
        Stage::InTransit | Stage::Delivered | Stage::Completed | Stage::Cancelled => return None,
    };
    Some(json!({"cancel_id": one.to_string()}))
}

/// `{lines?, reason?, type?, stage?}`: a return is opened, and unless `stage` says `pending` it runs to its end.
/// The order itself shows nothing of it; stock stays as it is.
fn give_back(world: &World, shop: &mut Shop, id: u64, body: &Value, now_ms: i64) -> Option<Value> {
    let stage = shop.orders.find(id)?.stage();
    if !matches!(stage, Stage::InTransit | Stage::Delivered | Stage::Completed) {
        return None;
    }
    let lines = lines_of(shop, id, body, |line| line.is_active() && !line.is_returned);
    if lines.is_empty() {
        return None;
    }
    let kind = match text(body, "type") {
        Some("REFUND") => "REFUND",
        Some("REPLACEMENT") => "REPLACEMENT",
        Some(_) | None => "RETURN_AND_REFUND",
    };
    let number = shop.next_id(IdOf::AfterSale);
    let now_s = now_ms.div_euclid(1000);
    shop.returns.insert(
        number,
        Return {
            id: number,
            order: id,
            lines,
            kind,
            status: ReturnStatus::Pending,
            reason: text(body, "reason").unwrap_or("Hàng bị vỡ").to_owned(),
            tracking: String::new(),
            created_s: now_s,
            updated_s: now_s,
        },
    );
    returns::tell(world, shop, number);
    let is_pending = text(body, "stage") == Some("pending") || body.get("granted") == Some(&json!(false));
    if !is_pending {
        for step in ["approve", "ship", "receive", "complete"] {
            returns::advance(world, shop, number, step, now_ms);
        }
    }
    Some(json!({"return_id": number.to_string()}))
}

/// Cancels units without moving the update time and without a webhook: what only a second look can find.
fn edit_quietly(shop: &mut Shop, id: u64, body: &Value, now_ms: i64) {
    let lines = lines_of(shop, id, body, Line::is_active);
    let mut back = Vec::new();
    if let Some(order) = shop.orders.find_mut(id) {
        for line in order.lines.iter_mut().filter(|line| lines.contains(&line.id)) {
            if line.stage.is_before_collection() {
                back.push((line.sku, line.warehouse));
            }
            line.stage = Stage::Cancelled;
        }
        order.changed_ms = now_ms;
        if let Some(note) = text(body, "note") {
            note.clone_into(&mut order.note);
        }
    }
    for (sku, warehouse) in back {
        if let Some(shelf) = shop.figures_mut(sku).and_then(|figures| figures.shelves.get_mut(&warehouse)) {
            shelf.committed = (shelf.committed - 1).max(0);
            shelf.quantity += 1;
        }
    }
}

/// `lines: [{id, units}]` of a control call as line ids; `id` may be a line's, a SKU's or a seller SKU. No rows: all that `takes`.
fn lines_of(shop: &Shop, id: u64, body: &Value, takes: fn(&Line) -> bool) -> Vec<u64> {
    let Some(order) = shop.orders.find(id) else { return Vec::new() };
    let rows = list(body, "lines");
    if rows.is_empty() {
        return order.lines.iter().filter(|line| takes(line)).map(|line| line.id).collect();
    }
    let mut chosen: Vec<u64> = Vec::new();
    for row in rows {
        let name = row
            .get("id")
            .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
            .unwrap_or_default();
        let units = usize::try_from(whole(row, "units").unwrap_or(i64::MAX)).unwrap_or(0);
        let mine = order.lines.iter().filter(|line| takes(line) && !chosen.contains(&line.id));
        let mine = mine.filter(|line| {
            line.id.to_string() == name || line.sku.to_string() == name || line.seller_sku == name
        });
        let taken: Vec<u64> = mine.take(units).map(|line| line.id).collect();
        chosen.extend(taken);
    }
    chosen
}
