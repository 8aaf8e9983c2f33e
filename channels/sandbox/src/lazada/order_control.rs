//! What happens to orders outside of the API: buyers pay and change their minds, carriers fetch, deliver and lose.

use serde_json::{Value, json};

use crate::core::Trouble;

use super::fulfil;
use super::order::CancelAsked;
use super::order_move::{Row, announce, become_status, end, set_status, settle};
use super::order_place::told;
use super::order_state::Status;
use super::returns;
use super::world::{Shop, World};

/// A buyer's wish to cancel waits for (guess: the deadline is not documented).
const DECISION_MS: i64 = 2 * 86_400_000;

/// Something happens to an order, or to the rows that `lines: [{id}]` names.
pub fn event(
    world: &World,
    shop: &mut Shop,
    id: &str,
    event: &str,
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    settle(world, shop, now_ms);
    let unknown = || Trouble::Unknown(format!("no order {id}"));
    let order_id: u64 = id.parse().map_err(|_| unknown())?;
    shop.orders.find(order_id).ok_or_else(unknown)?;
    let rows = rows(shop, order_id, body)?;
    use Status::{
        Canceled, Confirmed, Damaged, Delivered, FailedDelivery, Lost, Packed, Pending, Ready, Scrapped,
        Shipped, ShippedBack, ShippedBackFailed, ShippedBackSuccess,
    };
    let walk: &[Status] = match event {
        "pay" => &[Pending],
        "pack" => &[Packed],
        "ready" => &[Packed, Ready],
        "ship" => &[Pending, Packed, Ready, Shipped],
        "deliver" => &[Pending, Packed, Ready, Shipped, Delivered],
        "complete" | "confirm" => &[Pending, Packed, Ready, Shipped, Delivered, Confirmed],
        "fail" => &[Packed, Ready, Shipped, FailedDelivery],
        "send_back" => &[ShippedBack, ShippedBackSuccess],
        "send_back_failed" => &[ShippedBack, ShippedBackFailed],
        "scrap" => &[ShippedBack, Scrapped],
        "lose" => &[Packed, Ready, Shipped, Lost],
        "damage" => &[Packed, Ready, Shipped, Damaged],
        "expire" => &[Canceled],
        "cancel" => return cancel(world, shop, order_id, &rows, body, now_ms),
        "ask_cancel" => return ask_cancel(world, shop, order_id, &rows, now_ms),
        "return" => {
            let reason = body.get("reason").and_then(Value::as_str).unwrap_or("Hàng bị vỡ");
            let is_granted = body.get("granted").and_then(Value::as_bool).unwrap_or(true);
            return returns::open(world, shop, order_id, &rows, reason, is_granted, now_ms);
        }
        "garble" => {
            shop.orders.change(order_id, |order| order.is_garbled = true);
            return Ok(json!({}));
        }
        "edit_quietly" => return edit_quietly(world, shop, order_id, &rows, body, now_ms),
        _ => return Err(Trouble::Senseless(format!("no order event {event:?}"))),
    };
    let mut has_moved = false;
    for place in rows {
        has_moved |= take_walk(world, shop, Row { order: order_id, place }, walk, now_ms);
    }
    if !has_moved {
        return Err(refused(shop, order_id, event));
    }
    answer(shop, order_id)
}

/// Takes the steps that are left of a walk; false: none of them follows from here.
fn take_walk(world: &World, shop: &mut Shop, row: Row, walk: &[Status], now_ms: i64) -> bool {
    let status = |shop: &Shop| shop.orders.find(row.order).map(|order| order.lines[row.place].status);
    let mut has_moved = false;
    for step in walk {
        let Some(now) = status(shop) else { break };
        if now == Status::ReadyPending && *step == Status::Ready {
            has_moved |= become_status(world, shop, row, Status::Ready, now_ms);
            continue;
        }
        if !now.may_become(*step) {
            continue;
        }
        match step {
            Status::Packed => {
                fulfil::give_package(shop, row, now_ms);
            }
            Status::Pending => {
                shop.orders.change(row.order, |order| order.paid_ms = Some(now_ms));
            }
            Status::Canceled => end(shop, row, "cancellation-internal", "Unpaid"),
            _ => {}
        }
        has_moved |= become_status(world, shop, row, *step, now_ms);
    }
    has_moved
}

fn refused(shop: &Shop, order_id: u64, event: &str) -> Trouble {
    let words: Vec<&str> = shop
        .orders
        .find(order_id)
        .map(|order| order.statuses().into_iter().map(Status::word).collect())
        .unwrap_or_default();
    Trouble::Refused(format!("order {order_id} is {}: no {event:?} from there", words.join(",")))
}

fn answer(shop: &Shop, order_id: u64) -> Result<Value, Trouble> {
    Ok(shop.orders.find(order_id).map_or_else(|| json!({}), told))
}

/// The rows that `lines: [{id, units}]` names: `id` is a row's id, or a SKU, of which `units` rows are meant. Nothing: all.
fn rows(shop: &Shop, order_id: u64, body: &Value) -> Result<Vec<usize>, Trouble> {
    let Some(order) = shop.orders.find(order_id) else { return Ok(Vec::new()) };
    let Some(wanted) = body.get("lines").and_then(Value::as_array) else {
        return Ok((0..order.lines.len()).collect());
    };
    let mut rows = Vec::new();
    for row in wanted {
        let id = row.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        let id = id.unwrap_or_default();
        let units = row.get("units").and_then(Value::as_u64).and_then(|units| usize::try_from(units).ok());
        let before = rows.len();
        for (place, line) in order.lines.iter().enumerate() {
            let is_row = line.id.to_string() == id;
            let is_sku = line.sku_id.to_string() == id || line.seller_sku == id;
            let is_enough = rows.len() - before >= units.unwrap_or(usize::MAX);
            let is_open = line.status != Status::Canceled && line.status != Status::Returned;
            if !is_enough && !rows.contains(&place) && (is_row || (is_sku && is_open)) {
                rows.push(place);
            }
        }
        if rows.len() == before && units != Some(0) {
            return Err(Trouble::Unknown(format!("order {order_id} has no line {id:?}")));
        }
    }
    Ok(rows)
}

/// `by`: `seller`, `buyer`, or the platform itself.
fn cancel(
    world: &World,
    shop: &mut Shop,
    order_id: u64,
    rows: &[usize],
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let initiator = match body.get("by").and_then(Value::as_str) {
        Some("seller") => "cancellation-seller",
        Some("buyer") => "cancellation-customer",
        Some(_) | None => "cancellation-internal",
    };
    let reason = body.get("reason").and_then(Value::as_str).unwrap_or("Change of mind");
    let mut has_moved = false;
    for place in rows {
        let row = Row { order: order_id, place: *place };
        let may = shop
            .orders
            .find(order_id)
            .is_some_and(|order| order.lines[*place].status.may_become(Status::Canceled));
        if may {
            end(shop, row, initiator, reason);
            has_moved |= become_status(world, shop, row, Status::Canceled, now_ms);
        }
    }
    if !has_moved {
        return Err(refused(shop, order_id, "cancel"));
    }
    answer(shop, order_id)
}

/// The buyer asks; the seller decides before the deadline, else it is granted (spec 5.11).
fn ask_cancel(
    world: &World,
    shop: &mut Shop,
    order_id: u64,
    rows: &[usize],
    now_ms: i64,
) -> Result<Value, Trouble> {
    let reverse_id = shop.next_reverse();
    let deadline_ms = now_ms + DECISION_MS;
    let mut asked = Vec::new();
    shop.orders.change(order_id, |order| {
        for place in rows {
            let line = &mut order.lines[*place];
            if line.status.may_become(Status::Canceled) && line.cancel_asked.is_none() {
                line.cancel_asked = Some(CancelAsked { reverse_id, deadline_ms });
                line.updated_ms = now_ms;
                asked.push(*place);
            }
        }
        if !asked.is_empty() {
            order.updated_ms = order.updated_ms.max(now_ms);
            order.changed_ms = now_ms;
        }
    });
    if asked.is_empty() {
        return Err(refused(shop, order_id, "ask_cancel"));
    }
    shop.orders.alarms.insert((deadline_ms, order_id));
    // One id for the wish, the rest for its rows.
    for place in &asked {
        shop.next_reverse();
        announce(world, shop, Row { order: order_id, place: *place });
        returns::tell(world, shop, order_id, *place, reverse_id, "CANCEL_INIT", now_ms);
    }
    Ok(
        json!({ "reverse_order_id": reverse_id.to_string(), "deadline": crate::core::clock::rfc3339(deadline_ms) }),
    )
}

/// Cancels rows without moving a date and without a push: what only a second look can find.
fn edit_quietly(
    world: &World,
    shop: &mut Shop,
    order_id: u64,
    rows: &[usize],
    body: &Value,
    now_ms: i64,
) -> Result<Value, Trouble> {
    if body.get("lines").is_some() {
        for place in rows {
            let row = Row { order: order_id, place: *place };
            end(shop, row, "cancellation-internal", "");
            set_status(world, shop, row, Status::Canceled, now_ms, true);
        }
    }
    if let Some(note) = body.get("note").and_then(Value::as_str) {
        shop.orders.change(order_id, |order| {
            note.clone_into(&mut order.note);
            order.changed_ms = now_ms;
        });
    }
    Ok(json!({}))
}
