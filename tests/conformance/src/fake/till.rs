//! Orders of the fake marketplace: what happens to them, and how they are told.

use super::serve::{Answered, refuse, text};
use super::state::{Order, World};
use ganh_sandbox::core::{Call, FaultKind, Trouble};
use serde_json::{Value, json};

/// Rows of a page.
const PAGE: usize = 40;

/// Something happens to an order.
///
/// # Errors
/// No such order or event, or not from where it stands.
pub fn event(
    world: &mut World,
    shop: &str,
    id: &str,
    event: &str,
    body: &Value,
    now_ms: i64,
) -> Result<(), Trouble> {
    let takes_when_paid = !world.manner.is_barrow();
    let no_order = || Trouble::Unknown(format!("no order {id}"));
    let shop = world.shops.get_mut(shop).ok_or_else(no_order)?;
    let order = shop.order(id).ok_or_else(no_order)?;
    let was = order.stage;
    let named: Vec<(usize, u32)> = match body.get("lines").and_then(Value::as_array) {
        Some(rows) => rows.iter().filter_map(chosen).collect(),
        None => order.lines.iter().enumerate().map(|(at, line)| (at, line.units - line.cancelled)).collect(),
    };
    let is_out = matches!(was, "shipped" | "completed");
    let mut shifts: Vec<(String, i64)> = Vec::new();
    let mut is_told = true;
    match event {
        "pay" => {
            order.stage = "ready";
            if takes_when_paid && was == "unpaid" {
                shifts.extend(order.lines.iter().map(|line| (line.offer.clone(), -i64::from(line.units))));
            }
        }
        "pack" => order.stage = "packed",
        "ship" | "deliver" | "complete" => {
            if !takes_when_paid && !is_out {
                let left = |line: &super::state::Line| -i64::from(line.units - line.cancelled);
                shifts.extend(order.lines.iter().map(|line| (line.offer.clone(), left(line))));
            }
            order.stage = if event == "ship" { "shipped" } else { "completed" };
        }
        "cancel" | "edit_quietly" => {
            is_told = event == "cancel";
            for (at, units) in named {
                let Some(line) = order.lines.get_mut(at) else { continue };
                let units = units.min(line.units - line.cancelled);
                line.cancelled += units;
                if takes_when_paid && was != "unpaid" {
                    shifts.push((line.offer.clone(), i64::from(units)));
                }
            }
            if order.lines.iter().all(|line| line.cancelled == line.units) {
                order.stage = "cancelled";
            }
        }
        "return" => {
            for (at, units) in named {
                let Some(line) = order.lines.get_mut(at) else { continue };
                line.returned = (line.returned + units).min(line.units - line.cancelled);
            }
            order.returned_ms = Some(now_ms);
            // Where returns are a list of their own, the order itself does not move.
            is_told = takes_when_paid;
        }
        "garble" => order.is_garbled = true,
        _ => return Err(Trouble::Senseless(format!("no order event {event:?}"))),
    }
    if is_told {
        order.changed_ms = now_ms;
    }
    for (offer, by) in shifts {
        shop.shift(&offer, by);
    }
    Ok(())
}

fn chosen(row: &Value) -> Option<(usize, u32)> {
    let at = row.get("id")?.as_str()?.parse().ok()?;
    Some((at, u32::try_from(row.get("units")?.as_u64()?).ok()?))
}

/// An order as told: one row per unit without ids of lines at one manner, units in a line at the other.
fn told(order: &Order, is_by_unit: bool, is_strange: bool) -> Value {
    if order.is_garbled {
        return json!({ "id": order.id, "placed": "hỏng", "lines": "hỏng" });
    }
    let stage = if is_strange { "ky_la" } else { order.stage };
    let row = |line: &super::state::Line| {
        json!({
            "listing": line.listing, "offer": line.offer, "alone": line.is_alone, "sku": line.sku, "price": line.price,
        })
    };
    let mut lines = Vec::new();
    for (number, line) in order.lines.iter().enumerate() {
        if is_by_unit {
            for unit in 0..line.units {
                let state = match unit {
                    unit if unit < line.cancelled => "cancelled",
                    unit if unit < line.cancelled + line.returned => "returned",
                    _ => "kept",
                };
                let mut row = row(line);
                row["state"] = json!(state);
                lines.push(row);
            }
        } else {
            let mut row = row(line);
            row["id"] = json!(format!("{}-{number}", order.id));
            row["units"] = json!(line.units);
            row["cancelled"] = json!(line.cancelled);
            row["returned"] = json!(line.returned);
            lines.push(row);
        }
    }
    json!({
        "id": order.id, "placed": order.placed_ms, "changed": order.changed_ms, "stage": stage,
        "by_channel": order.is_the_channels, "lines": lines,
    })
}

/// Answers the calls about orders.
pub fn answer(world: &mut World, shop: &str, verb: &str, body: &Value, call: &Call, now_ms: i64) -> Answered {
    let is_by_unit = world.manner.is_barrow();
    let struck = |kind| call.fault.as_ref().is_some_and(|hit| hit.kind == kind);
    let is_strange = struck(FaultKind::UnknownStatus);
    match verb {
        "orders" | "returns" => {
            let held = &world.shops[shop].orders;
            page(
                held,
                verb == "returns",
                body,
                (struck(FaultKind::EmptyPage), struck(FaultKind::ShiftPage)),
                |order| told(order, is_by_unit, is_strange),
            )
        }
        "order_read" => {
            let held = &world.shops[shop].orders;
            let wanted: Vec<&str> =
                body["ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let found = held.iter().filter(|order| wanted.contains(&order.id.as_str()));
            Ok(found.map(|order| told(order, is_by_unit, is_strange)).collect())
        }
        "moves" => {
            let order = world.shops.get_mut(shop).and_then(|shop| shop.order(&text(body, "id")));
            let order = order.ok_or_else(|| refuse("no_order"))?;
            Ok(match order.stage {
                "unpaid" => json!(["cancel"]),
                "ready" => json!(["confirm", "cancel"]),
                _ => json!([]),
            })
        }
        _ => act(world, shop, body, now_ms),
    }
}

fn act(world: &mut World, shop: &str, body: &Value, now_ms: i64) -> Answered {
    let (id, kind) = (text(body, "id"), text(body, "kind"));
    let order =
        world.shops.get_mut(shop).and_then(|shop| shop.order(&id)).ok_or_else(|| refuse("no_order"))?;
    let (event_name, done) = if kind == "cancel" { ("cancel", "cancelled") } else { ("pack", "packed") };
    if order.stage == done {
        return Err(refuse("already_so"));
    }
    if !matches!(order.stage, "unpaid" | "ready") {
        return Err(refuse("too_late"));
    }
    event(world, shop, &id, event_name, &json!({}), now_ms).map_err(|_| refuse("no_order"))?;
    Ok(Value::Null)
}

/// A page by (time of change, id), after the cursor.
fn page(
    held: &[Order],
    is_returns: bool,
    body: &Value,
    (is_empty, is_shifted): (bool, bool),
    tell: impl Fn(&Order) -> Value,
) -> Answered {
    let key = |order: &Order| {
        let at = if is_returns { order.returned_ms } else { Some(order.changed_ms) };
        Some((at?, order.id.parse::<u64>().ok()?))
    };
    let bound = |name: &str| body[name].as_i64().ok_or_else(|| refuse("bad_window"));
    let (from, until) = (bound("from")?, bound("until")?);
    let after = match body["cursor"].as_str() {
        None => None,
        Some(cursor) => Some(read_cursor(cursor).ok_or_else(|| refuse("bad_cursor"))?),
    };
    let mut rows: Vec<((i64, u64), &Order)> =
        held.iter().filter_map(|order| Some((key(order)?, order))).collect();
    rows.retain(|(key, _)| (from..=until).contains(&key.0) && after.is_none_or(|after| *key > after));
    rows.sort_by_key(|(key, _)| *key);
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().map(|(key, _)| format!("{}:{}", key.0, key.1));
    if is_empty {
        return Ok(json!({ "rows": [], "cursor": null }));
    }
    let mut told: Vec<Value> = rows.iter().map(|(_, order)| tell(order)).collect();
    if is_shifted && let Some(first) = told.first().cloned() {
        told.push(first);
    }
    Ok(json!({ "rows": told, "cursor": if has_more { last } else { None } }))
}

fn read_cursor(cursor: &str) -> Option<(i64, u64)> {
    let (at, id) = cursor.split_once(':')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}
