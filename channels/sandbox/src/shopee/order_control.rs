//! Orders by the control API: buyers order, pay, ask to cancel; carriers fetch and deliver.

use serde_json::{Value, json};

use crate::core::clock::read_rfc3339;
use crate::core::{OrderWish, Trouble, WishLine};

use super::item::{Item, Standing};
use super::order::{Manner, Want, give_back, place};
use super::order_event::{Ending, announce, announce_parcels, cancel_units, happen};
use super::order_state::{Event, Status};
use super::promo::reserve_changed;
use super::push::About;
use super::returns::Return;
use super::world::{Shop, World};

/// A buyer orders.
pub fn place_order(world: &World, shop: &mut Shop, wish: &OrderWish, now_ms: i64) -> Result<String, Trouble> {
    let wants = wish.lines.iter().map(|line| want(shop, line)).collect::<Result<Vec<_>, _>>()?;
    let placed_s = match wish.placed_at.as_deref() {
        None => None,
        Some(text) => Some(
            read_rfc3339(text)
                .ok_or_else(|| Trouble::Senseless(format!("placed_at: {text:?} is no RFC 3339 time")))?
                / 1000,
        ),
    };
    let more = |name: &str| wish.more.get(name);
    let manner = Manner {
        is_paid: wish.paid,
        is_cod: wish.cod,
        is_pending: more("pending").and_then(Value::as_bool).unwrap_or(false),
        placed_s,
        parcels: more("parcels")
            .and_then(Value::as_u64)
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(1),
    };
    let held = reserved(shop, &wants);
    let sn = place(shop, &wants, manner, now_ms, &world.core.dice).map_err(Trouble::Refused)?;
    if !wish.quiet && world.push.is_live() {
        announce(world, shop, &sn, 0);
        for ((want, old), new) in
            wants.iter().zip(held).zip(reserved(shop, &wants)).filter(|((_, old), new)| old != new)
        {
            reserve_changed(world, shop.id, (want.item_id, want.model_id), (old, new), &sn, now_ms);
        }
    }
    Ok(sn)
}

fn reserved(shop: &Shop, wants: &[Want]) -> Vec<i64> {
    let held = |want: &Want| {
        shop.items
            .get(&want.item_id)
            .and_then(|item| item.find_offer(want.model_id))
            .map_or(0, |offer| offer.reserved)
    };
    wants.iter().map(held).collect()
}

/// Finds the offer of a wanted line: by its id (model, item, or `item:model`), else by SKU.
fn want(shop: &mut Shop, line: &WishLine) -> Result<Want, Trouble> {
    let found = match (&line.offer, &line.sku) {
        (Some(offer), _) => {
            find_by_id(shop, offer).ok_or_else(|| Trouble::Unknown(format!("no offer {offer:?}")))
        }
        (None, Some(sku)) => {
            find_by_sku(shop, sku).ok_or_else(|| Trouble::Unknown(format!("no offer with SKU {sku:?}")))
        }
        (None, None) => Err(Trouble::Senseless("lines: each needs an offer or a sku".to_owned())),
    };
    found.map(|(item_id, model_id)| Want { item_id, model_id, units: line.units })
}

fn find_by_id(shop: &mut Shop, offer: &str) -> Option<(u64, u64)> {
    if let Some((item, model)) = offer.split_once(':') {
        return Some((item.parse().ok()?, model.parse().ok()?));
    }
    let id: u64 = offer.parse().ok()?;
    if shop.items.get(&id).is_some_and(|item| !item.has_models()) {
        return Some((id, 0));
    }
    let is_home = |item: &Item| item.find_offer(id).is_some();
    if let Some(home) = shop.model_homes.get(&id).filter(|home| shop.items.get(home).is_some_and(is_home)) {
        return Some((*home, id));
    }
    // Model ids change rarely: the index is made anew only when it turns out to be old.
    let models = shop.items.values().flat_map(|item| item.models.iter().map(|model| (model.id, item.id)));
    shop.model_homes = models.collect();
    shop.model_homes.get(&id).map(|home| (*home, id))
}

fn find_by_sku(shop: &mut Shop, sku: &str) -> Option<(u64, u64)> {
    let on_sale = |item: &Item, model_id: u64| {
        item.standing == Standing::Normal && item.find_offer(model_id).is_some_and(|offer| offer.sku == sku)
    };
    if let Some((item_id, model_id)) = shop.sku_homes.get(sku)
        && shop.items.get(item_id).is_some_and(|item| on_sale(item, *model_id))
    {
        return Some((*item_id, *model_id));
    }
    let (mut best, mut is_on_sale) = (None, false);
    for item in shop.items.values() {
        for (model_id, _) in item.offers().filter(|(_, offer)| offer.sku == sku) {
            let is_better = item.standing == Standing::Normal;
            if best.is_none() || (is_better && !is_on_sale) {
                best = Some((item.id, model_id));
                is_on_sale = is_better;
            }
        }
    }
    let home = best?;
    shop.sku_homes.insert(sku.to_owned(), home);
    Some(home)
}

/// Something happens to an order. Carriers' events walk over the steps before them.
pub fn event(
    world: &World,
    shop: &mut Shop,
    sn: &str,
    event: &str,
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let Some(order) = shop.orders.find(sn) else { return Err(Trouble::Unknown(format!("no order {sn}"))) };
    let status = order.status;
    let reason = body.get("reason").and_then(Value::as_str).unwrap_or("");
    let ending = |by| Ending { by, reason };
    let walk: &[Event] = match event {
        "pay" => &[Event::Pay],
        "hold" => &[Event::Hold],
        "release" => &[Event::Release],
        "pack" => &[Event::Arrange],
        "pickup_failed" => &[Event::PickupFails],
        "ship" => &[Event::Arrange, Event::PickUp],
        "deliver" => &[Event::Arrange, Event::PickUp, Event::Deliver],
        "complete" => &[Event::Arrange, Event::PickUp, Event::Deliver, Event::Complete],
        "ask_cancel" => &[Event::AskCancel],
        "accept_cancel" => &[Event::AcceptCancel],
        "reject_cancel" => &[Event::RejectCancel],
        "finish_return" => &[Event::FinishReturn],
        "cancel" => return cancel(world, shop, sn, status, body, now_ms),
        "return" => return give_returned(world, shop, sn, body, now_ms),
        "garble" => return change(shop, sn, |order| order.is_garbled = true),
        "edit_quietly" => return edit_quietly(shop, sn, body, now_ms),
        _ => return Err(Trouble::Senseless(format!("no order event {event:?}"))),
    };
    let start = first_step(walk, status).ok_or_else(|| refused(sn, status, event))?;
    for step in &walk[start..] {
        happen(world, shop, sn, *step, ending("buyer"), now_ms).map_err(|_| refused(sn, status, event))?;
    }
    if walk.contains(&Event::Arrange) || walk.contains(&Event::PickupFails) {
        announce_parcels(world, shop, sn, now_ms);
    }
    let status = shop.orders.find(sn).map_or("", |order| order.status.word());
    Ok(json!({ "status": status }))
}

/// The first step of a walk that the status allows; the steps before have been taken already.
fn first_step(walk: &[Event], status: Status) -> Option<usize> {
    walk.iter().position(|step| status.on(*step).is_ok())
}

fn refused(sn: &str, status: Status, event: &str) -> Trouble {
    Trouble::Refused(format!("order {sn} is {}: no {event:?} from there", status.word()))
}

fn change(shop: &mut Shop, sn: &str, act: impl FnOnce(&mut super::order::Order)) -> Result<Value, Trouble> {
    let order = shop.orders.find_mut(sn).ok_or_else(|| Trouble::Unknown(format!("no order {sn}")))?;
    act(order);
    Ok(json!({}))
}

/// `{by?, reason?, lines?: [{id, units}]}`; without lines all of it.
fn cancel(
    world: &World,
    shop: &mut Shop,
    sn: &str,
    status: Status,
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let by = match body.get("by").and_then(Value::as_str) {
        Some("buyer") => "buyer",
        Some("seller") => "seller",
        Some(_) | None => "system",
    };
    let ending = Ending { by, reason: body.get("reason").and_then(Value::as_str).unwrap_or("") };
    let lines = read_lines(shop, sn, body)?;
    if lines.is_empty() {
        happen(world, shop, sn, Event::Cancel, ending, now_ms).map_err(|_| refused(sn, status, "cancel"))?;
    } else if status.on(Event::Cancel).is_ok() {
        cancel_units(world, shop, sn, &lines, ending, now_ms);
    } else {
        return Err(refused(sn, status, "cancel"));
    }
    Ok(json!({}))
}

/// The buyer sends goods back: a return is opened (accepted at once, unless `granted` is false). Stock stays as it is.
fn give_returned(
    world: &World,
    shop: &mut Shop,
    sn: &str,
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let mut lines = read_lines(shop, sn, body)?;
    let Some(order) = shop.orders.find(sn) else { return Err(Trouble::Unknown(format!("no order {sn}"))) };
    let status = order.status;
    if lines.is_empty() {
        lines = order
            .lines
            .iter()
            .enumerate()
            .map(|(place, line)| (place, line.active() - line.returned))
            .collect();
    }
    happen(world, shop, sn, Event::Return, Ending { by: "", reason: "" }, now_ms)
        .map_err(|_| refused(sn, status, "return"))?;
    let is_granted = body.get("granted").and_then(Value::as_bool).unwrap_or(true);
    if let Some(order) = shop.orders.find_mut(sn) {
        for (place, units) in &lines {
            let line = &mut order.lines[*place];
            line.returned = (line.returned + units).min(line.active());
        }
    }
    let now_s = now_ms / 1000;
    let return_sn = format!("{now_s}{:05}", shop.returns.len() + 1);
    shop.returns.push(Return {
        sn: return_sn.clone(),
        order_sn: sn.to_owned(),
        status: if is_granted { "ACCEPTED" } else { "REQUESTED" },
        text: body.get("reason").and_then(Value::as_str).unwrap_or("Gói bị rách").to_owned(),
        lines,
        created_s: now_s,
        updated_s: now_s,
        due_s: now_s + 2 * 86_400,
    });
    let data = json!({"order_sn": sn, "return_sn": return_sn, "updated_values": [{"update_field": "return_status", "old_value": "", "new_value": "REQUESTED", "update_time": now_s}]});
    world.push.emit(29, About::Shop(shop.id), &data, 0);
    Ok(json!({ "return_sn": return_sn }))
}

/// Cancels units without moving the update time and without a push: what only a second look can find.
fn edit_quietly(shop: &mut Shop, sn: &str, body: &Value, now_ms: i64) -> Result<Value, Trouble> {
    let lines = read_lines(shop, sn, body)?;
    for (place, units) in lines {
        give_back(shop, sn, place, units, true, now_ms);
    }
    change(shop, sn, |order| {
        order.changed_ms = now_ms;
        if let Some(note) = body.get("note").and_then(Value::as_str) {
            note.clone_into(&mut order.note);
        }
    })
}

/// `lines: [{id, units}]` of a control call, as places in the order. `id` may be the line's, the offer's or the SKU.
fn read_lines(shop: &Shop, sn: &str, body: &Value) -> Result<Vec<(usize, i64)>, Trouble> {
    let Some(order) = shop.orders.find(sn) else { return Err(Trouble::Unknown(format!("no order {sn}"))) };
    let rows = body.get("lines").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row
            .get("id")
            .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
            .unwrap_or_default();
        let place = order.lines.iter().position(|line| {
            line.id() == id
                || super::books::offer_id(line.item_id, line.model_id) == id
                || line.model_sku == id
                || (line.model_id == 0 && line.item_sku == id)
        });
        let place = place.ok_or_else(|| Trouble::Unknown(format!("order {sn} has no line {id:?}")))?;
        let units = row
            .get("units")
            .and_then(Value::as_i64)
            .unwrap_or(i64::MAX)
            .clamp(0, order.lines[place].active());
        lines.push((place, units));
    }
    Ok(lines)
}
