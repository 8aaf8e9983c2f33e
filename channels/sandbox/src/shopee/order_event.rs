//! What happens to orders, from buyers, carriers and sellers alike: one door for the API and the control calls.

use serde_json::{Value, json};

use super::call::Call;
use super::channel::{self, Handover};
use super::envelope::{Answer, Refusal, Success};
use super::order::{Order, give_back};
use super::order_state::{Event, IllegalMove, Status};
use super::push::About;
use super::world::{Shop, World};

/// Who ends an order, and why; the words of `cancel_by` and `cancel_reason`.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    pub by: &'static str,
    pub reason: &'a str,
}

/// Moves an order; what the move means for parcels, money and stock happens with it. A push follows.
pub fn happen(
    world: &World,
    shop: &mut Shop,
    sn: &str,
    event: Event,
    ending: Ending<'_>,
    now_ms: i64,
) -> Result<Status, IllegalMove> {
    let order = shop.orders.find_mut(sn).ok_or(IllegalMove)?;
    let was = order.status;
    let status = was.on(event)?;
    match event {
        Event::Pay => order.paid_s = Some(now_ms / 1000),
        Event::Arrange => arrange(world, order, now_ms),
        Event::PickUp => pick_up(order, now_ms),
        Event::PickupFails => set_parcels(order, "LOGISTICS_PICKUP_RETRY"),
        Event::Deliver => {
            set_parcels(order, "LOGISTICS_DELIVERY_DONE");
            order.paid_s = order.paid_s.or(Some(now_ms / 1000));
        }
        Event::AskCancel => ending.reason.clone_into(&mut order.buyer_cancel_reason),
        Event::AcceptCancel | Event::Cancel => {
            order.cancel_by = ending.by;
            ending.reason.clone_into(&mut order.cancel_reason);
            let was_arranged = order.packages.iter().any(|package| package.tracking.is_some());
            set_parcels(
                order,
                if !was.is_before_shipping() {
                    "LOGISTICS_DELIVERY_FAILED"
                } else if was_arranged {
                    "LOGISTICS_REQUEST_CANCELED"
                } else {
                    "LOGISTICS_INVALID"
                },
            );
            let count = order.lines.len();
            for place in 0..count {
                give_back(shop, sn, place, i64::MAX, was.is_before_shipping(), now_ms);
            }
        }
        Event::Hold
        | Event::Release
        | Event::Complete
        | Event::RejectCancel
        | Event::Return
        | Event::FinishReturn => {}
    }
    shop.orders.touch(sn, status, now_ms);
    announce(world, shop, sn, 0);
    Ok(status)
}

/// Push 3: an order's status (spec 6.3).
pub fn announce(world: &World, shop: &Shop, sn: &str, wait_ms: i64) {
    let Some(order) = shop.orders.find(sn).filter(|_| world.push.is_live()) else { return };
    let data = json!({"items": [], "ordersn": sn, "status": order.status.word(), "completed_scenario": "", "update_time": order.updated_s});
    world.push.emit(3, About::Shop(shop.id), &data, wait_ms);
}

/// Shipment is arranged for all parcels; the numbers come later (spec 5.4).
fn arrange(world: &World, order: &mut Order, now_ms: i64) {
    let due_ms = now_ms + world.settings().tracking_after_ms;
    for package in &mut order.packages {
        package.logistics = "LOGISTICS_REQUEST_CREATED";
        if package.tracking.is_none() {
            let number = format!("SPXVN{:011}", world.core.dice.below(100_000_000_000));
            package.tracking = Some((due_ms, number));
        }
    }
}

fn pick_up(order: &mut Order, now_ms: i64) {
    order.picked_up_s = now_ms / 1000;
    set_parcels(order, "LOGISTICS_PICKUP_DONE");
}

fn set_parcels(order: &mut Order, logistics: &'static str) {
    for package in &mut order.packages {
        package.logistics = logistics;
    }
}

/// Pushes 4 (when the number is known) and 30 for every parcel of an order.
pub fn announce_parcels(world: &World, shop: &Shop, sn: &str, now_ms: i64) {
    let Some(order) = shop.orders.find(sn).filter(|_| world.push.is_live()) else { return };
    for package in &order.packages {
        let moved = json!({"ordersn": sn, "package_number": package.number, "fulfillment_status": package.logistics, "update_time": now_ms / 1000});
        world.push.emit(30, About::Shop(shop.id), &moved, 0);
        if let Some((due_ms, number)) = &package.tracking {
            let data = json!({"ordersn": sn, "forder_id": package.number.trim_start_matches("OFG"), "package_number": package.number, "tracking_no": number});
            world.push.emit(4, About::Shop(shop.id), &data, (due_ms - now_ms).max(0));
        }
    }
}

/// A seller's carrier takes parcels at once: no waiting for a pick-up (spec 5.3).
pub fn is_taken_at_once(order: &Order) -> bool {
    order.packages.iter().all(|package| {
        channel::find(package.channel).is_some_and(|channel| channel.handover == Handover::NonIntegrated)
    })
}

/// `POST /order/cancel_order`: by the seller, before shipping (spec 5.5).
pub fn cancel_order(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let sn = call.text("order_sn")?;
    let reason = call.text("cancel_reason")?;
    let order = find(shop, sn)?;
    if !matches!(reason, "OUT_OF_STOCK" | "CUSTOMER_REQUEST" | "COD_NOT_SUPPORTED") {
        return Err(Refusal::wrong("cancel_reason is invalid."));
    }
    if reason == "COD_NOT_SUPPORTED" && !order.is_cod {
        return Err(Refusal::wrong("cancel_reason COD_NOT_SUPPORTED is for COD orders."));
    }
    if !matches!(order.status, Status::ReadyToShip | Status::Processed | Status::RetryShip) {
        return Err(Refusal::new("order.error_limit", "Can not cancel this order"));
    }
    let partial = read_lines(order, call, "partial_cancel_item_list")?;
    let named = read_lines(order, call, "item_list")?;
    if reason == "OUT_OF_STOCK" && named.is_empty() && partial.is_empty() {
        return Err(Refusal::missing("item_list"));
    }
    let zeroed: Vec<(u64, u64)> = named
        .iter()
        .chain(&partial)
        .map(|(place, _)| (order.lines[*place].item_id, order.lines[*place].model_id))
        .collect();
    if partial.is_empty() {
        let done = happen(world, shop, sn, Event::Cancel, Ending { by: "seller", reason }, call.now_ms);
        done.map_err(|IllegalMove| Refusal::new("order.error_limit", "Can not cancel this order"))?;
    } else {
        cancel_units(world, shop, sn, &partial, Ending { by: "seller", reason }, call.now_ms);
    }
    if reason == "OUT_OF_STOCK" && world.settings().out_of_stock_zeroes {
        for (item_id, model_id) in zeroed {
            if let Some(offer) = shop.items.get_mut(&item_id).and_then(|item| item.find_offer_mut(model_id)) {
                offer.set_stock(0, call.now_ms);
            }
        }
    }
    Ok(Success::Response(json!({"update_time": call.now_s()})))
}

/// Cancels some units of some lines; an order with nothing left is cancelled.
pub fn cancel_units(
    world: &World,
    shop: &mut Shop,
    sn: &str,
    lines: &[(usize, i64)],
    ending: Ending<'_>,
    now_ms: i64,
) {
    let Some(order) = shop.orders.find(sn) else { return };
    let status = order.status;
    let is_all = order.lines.iter().enumerate().all(|(place, line)| {
        let gone: i64 = lines.iter().filter(|(at, _)| *at == place).map(|(_, units)| *units).sum();
        gone >= line.active()
    });
    if is_all && happen(world, shop, sn, Event::Cancel, ending, now_ms).is_ok() {
        return;
    }
    for (place, units) in lines {
        give_back(shop, sn, *place, *units, status.is_before_shipping(), now_ms);
    }
    shop.orders.touch(sn, status, now_ms);
    announce(world, shop, sn, 0);
}

/// Rows of `{item_id, model_id, model_quantity?}` as places in the order's lines.
fn read_lines(order: &Order, call: &Call, name: &str) -> Result<Vec<(usize, i64)>, Refusal> {
    let rows = super::call::array(&call.json, name)?.map_or(&[][..], Vec::as_slice);
    let place = |row: &Value| {
        let item_id = super::call::whole(row, "item_id")?.and_then(|id| u64::try_from(id).ok()).unwrap_or(0);
        let model_id =
            super::call::whole(row, "model_id")?.and_then(|id| u64::try_from(id).ok()).unwrap_or(0);
        let found = order.lines.iter().position(|line| (line.item_id, line.model_id) == (item_id, model_id));
        let place = found.ok_or_else(|| Refusal::wrong("item_list does not match the order."))?;
        let units = super::call::whole(row, "model_quantity")?.unwrap_or(i64::MAX);
        if units < 1 || (units != i64::MAX && units > order.lines[place].active()) {
            return Err(Refusal::wrong("model_quantity is invalid."));
        }
        Ok((place, units))
    };
    rows.iter().map(place).collect()
}

/// `POST /order/handle_buyer_cancellation`.
pub fn handle_buyer_cancellation(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let sn = call.text("order_sn")?;
    let event = match call.text("operation")? {
        "ACCEPT" => Event::AcceptCancel,
        "REJECT" => Event::RejectCancel,
        _ => return Err(Refusal::wrong("operation must be ACCEPT or REJECT.")),
    };
    let reason = find(shop, sn)?.buyer_cancel_reason.clone();
    let done = happen(world, shop, sn, event, Ending { by: "buyer", reason: &reason }, call.now_ms);
    done.map_err(|IllegalMove| {
        Refusal::new("order.cancel_order_invalid_status", "Order status should be IN_CANCEL.")
    })?;
    Ok(Success::Response(json!({"update_time": call.now_s()})))
}

/// `POST /order/set_note`.
pub fn set_note(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let sn = call.text("order_sn")?;
    let note = super::call::text(&call.json, "note")?.unwrap_or("").to_owned();
    let Some(order) = shop.orders.find_mut(sn) else { return Err(not_found()) };
    order.note = note;
    order.note_s = call.now_s();
    Ok(Success::Plain)
}

/// The order with this number.
pub fn find<'a>(shop: &'a Shop, sn: &str) -> Result<&'a Order, Refusal> {
    shop.orders.find(sn).ok_or_else(not_found)
}

fn not_found() -> Refusal {
    Refusal::new("error_not_found", "Wrong parameters, detail: the order is not found.")
}
