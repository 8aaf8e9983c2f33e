//! Arranging shipment and following parcels (spec 5.4).

use serde_json::{Value, json};

use super::call::{Call, text};
use super::channel::{self, ADDRESS_ID, Handover, address};
use super::envelope::{Answer, Refusal, Success};
use super::order::{Order, Package};
use super::order_event::{Ending, announce_parcels, happen, is_taken_at_once};
use super::order_state::{Event, IllegalMove, Status};
use super::world::{Shop, World};

const NOBODY: Ending<'static> = Ending { by: "", reason: "" };

/// `GET /logistics/get_shipping_parameter`.
pub fn get_shipping_parameter(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order = find(shop, call)?;
    let package = package_of(order, call.arg("package_number"))?;
    if !matches!(order.status, Status::ReadyToShip | Status::RetryShip) {
        return Err(Refusal::new(
            "logistics.ship_order_not_ready_to_ship",
            "The order is not ready to ship.",
        ));
    }
    let handover = channel::find(package.channel).map_or(Handover::Pickup, |channel| channel.handover);
    let response = match handover {
        Handover::Pickup => {
            json!({"info_needed": {"pickup": ["address_id", "pickup_time_id"]}, "dropoff": {"branch_list": Value::Null},
            "pickup": {"address_list": [pickup_address(call, true)]}})
        }
        Handover::PickupOrDropoff => {
            json!({"info_needed": {"pickup": ["address_id"], "dropoff": []}, "dropoff": {"branch_list": Value::Null},
            "pickup": {"address_list": [pickup_address(call, false)]}})
        }
        Handover::NonIntegrated => {
            json!({"info_needed": {"non_integrated": ["tracking_no"]}, "dropoff": Value::Null, "pickup": Value::Null})
        }
    };
    Ok(Success::Response(response))
}

fn pickup_address(call: &Call, has_slots: bool) -> Value {
    let mut row = address();
    row["address_flag"] = json!(["default_address", "pickup_address", "return_address"]);
    row["time_slot_list"] = if has_slots {
        slots(call.now_s())
            .map(|date| json!({"date": date, "time_text": "", "pickup_time_id": date.to_string()}))
            .collect()
    } else {
        Value::Null
    };
    row
}

/// The next two days, at midnight in Vietnam.
fn slots(now_s: i64) -> impl Iterator<Item = i64> {
    let today = (now_s + 7 * 3600).div_euclid(86_400) * 86_400 - 7 * 3600;
    [today + 86_400, today + 2 * 86_400].into_iter()
}

/// `POST /logistics/ship_order`: exactly one of pickup, dropoff, non_integrated.
pub fn ship_order(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let sn = call.text("order_sn")?;
    let order = find(shop, call)?;
    check_ready(order)?;
    let number = text(&call.json, "package_number")?;
    let is_split = order.packages.len() > 1;
    let package = match (is_split, number) {
        (true, None) => {
            return Err(Refusal::new(
                "logistics.ship_order_need_pacakge_number",
                "package_number is needed for split order.",
            ));
        }
        (false, Some(_)) => {
            return Err(Refusal::new(
                "logistics.ship_order_not_need_pacakge_number",
                "package_number is not needed for unsplit order.",
            ));
        }
        (_, number) => package_of(order, number)?,
    };
    if package.tracking.is_some() && order.status != Status::RetryShip {
        return Err(Refusal::new("logistics.package_already_shipped", "The package has been shipped."));
    }
    let own_number = check_way(package, call)?;
    let at_once = is_taken_at_once(order);
    let wanted = package.number.clone();
    let due_ms = call.now_ms + world.settings().tracking_after_ms;
    let new_number =
        own_number.clone().unwrap_or_else(|| format!("SPXVN{:011}", world.core.dice.below(100_000_000_000)));
    let Some(order) = shop.orders.find_mut(sn) else { return Ok(Success::Plain) };
    let due_ms = if own_number.is_some() { call.now_ms } else { due_ms };
    for package in order.packages.iter_mut().filter(|package| package.number == wanted) {
        package.tracking = Some((due_ms, new_number.clone()));
        package.logistics = "LOGISTICS_REQUEST_CREATED";
    }
    if order.packages.iter().all(|package| package.tracking.is_some()) {
        let moved = happen(world, shop, sn, Event::Arrange, NOBODY, call.now_ms);
        moved.map_err(|IllegalMove| {
            Refusal::new("logistics.ship_order_not_ready_to_ship", "The order is not ready to ship.")
        })?;
        if at_once && happen(world, shop, sn, Event::PickUp, NOBODY, call.now_ms).is_err() {
            return Err(Refusal::new("logistics.error_server", "System error. Please try again later."));
        }
    }
    announce_parcels(world, shop, sn, call.now_ms);
    Ok(Success::Plain)
}

fn check_ready(order: &Order) -> Result<(), Refusal> {
    match order.status {
        Status::ReadyToShip | Status::RetryShip => Ok(()),
        Status::Processed | Status::Shipped | Status::ToConfirmReceive | Status::ToReturn => {
            Err(Refusal::new("logistics.package_already_shipped", "The package has been shipped."))
        }
        Status::Completed | Status::Cancelled => {
            Err(Refusal::new("logistics.order_finalized", "The order is finalized."))
        }
        Status::Unpaid | Status::Pending | Status::InCancel(_) => {
            Err(Refusal::new("logistics.ship_order_not_ready_to_ship", "The order is not ready to ship."))
        }
    }
}

/// Checks how the parcel is handed over; returns the seller's own tracking number.
fn check_way(package: &Package, call: &Call) -> Result<Option<String>, Refusal> {
    let given = |name: &str| call.json.get(name).filter(|found| found.is_object());
    let ways = [given("pickup"), given("dropoff"), given("non_integrated")];
    if ways.iter().flatten().count() != 1 {
        return Err(Refusal::new(
            "logistics.ship_order_only_support_one_type",
            "Only one of pickup, dropoff, non_integrated is supported.",
        ));
    }
    let handover = channel::find(package.channel).map_or(Handover::Pickup, |channel| channel.handover);
    match (ways, handover) {
        ([Some(pickup), _, _], Handover::Pickup | Handover::PickupOrDropoff) => {
            check_pickup(pickup, handover, call).map(|()| None)
        }
        ([_, Some(_), _], Handover::PickupOrDropoff) => Ok(None),
        ([_, _, Some(own)], Handover::NonIntegrated) => {
            match own.get("tracking_number").and_then(Value::as_str).filter(|number| !number.is_empty()) {
                Some(number) => Ok(Some(number.to_owned())),
                None => Err(Refusal::new(
                    "logistics.ship_order_need_tracking_number",
                    "tracking_number is needed.",
                )),
            }
        }
        ([Some(_), _, _], Handover::NonIntegrated) => {
            Err(Refusal::new("logistics.ship_order_unsupport_pickup", "Pickup is not supported."))
        }
        ([_, Some(_), _], Handover::Pickup | Handover::NonIntegrated) => {
            Err(Refusal::new("logistics.ship_order_unsupport_dropoff", "Dropoff is not supported."))
        }
        (_, Handover::Pickup | Handover::PickupOrDropoff) | ([None, None, None], Handover::NonIntegrated) => {
            Err(Refusal::new(
                "logistics.ship_order_unsupport_non_integrated",
                "Non integrated is not supported.",
            ))
        }
    }
}

fn check_pickup(pickup: &Value, handover: Handover, call: &Call) -> Result<(), Refusal> {
    let slot = text(pickup, "pickup_time_id")?.filter(|slot| !slot.is_empty());
    let address_id = super::call::whole(pickup, "address_id")?;
    let needs_slot = handover == Handover::Pickup;
    if address_id.is_none() || (needs_slot && slot.is_none()) {
        return Err(Refusal::new(
            "logistics.ship_order_need_address_pickup_time",
            "address_id and pickup_time_id are needed.",
        ));
    }
    if address_id.and_then(|id| u64::try_from(id).ok()) != Some(ADDRESS_ID) {
        return Err(Refusal::new("logistics.invalid_address_version", "The address is invalid."));
    }
    if needs_slot && !slots(call.now_s()).any(|date| slot == Some(date.to_string().as_str())) {
        return Err(Refusal::new("logistics.ship_order_pickup_time_invalid", "The pickup time is invalid."));
    }
    Ok(())
}

/// `POST /logistics/update_shipping_order`: another pick-up after a failed one, or another time.
pub fn update_shipping_order(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let sn = call.text("order_sn")?;
    let order = find(shop, call)?;
    let package = package_of(order, text(&call.json, "package_number")?)?;
    let Some(pickup) = call.json.get("pickup").filter(|found| found.is_object()) else {
        return Err(Refusal::missing("pickup"));
    };
    check_pickup(pickup, Handover::Pickup, call)?;
    if package.logistics != "LOGISTICS_PICKUP_RETRY" {
        return Err(Refusal::new(
            "logistics.update_shipping_order_no_param_change",
            "No parameter is changed.",
        ));
    }
    let moved = happen(world, shop, sn, Event::Arrange, NOBODY, call.now_ms);
    moved
        .map(|_| Success::Plain)
        .map_err(|IllegalMove| Refusal::new("logistics.order_finalized", "The order is finalized."))
}

/// `GET /logistics/get_tracking_number`: empty until the carrier gave one.
pub fn get_tracking_number(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order = find(shop, call)?;
    let package = package_of(order, call.arg("package_number"))?;
    Ok(Success::Response(json!({"tracking_number": package.tracking_at(call.now_ms), "hint": ""})))
}

/// `GET /logistics/get_tracking_info`.
pub fn get_tracking_info(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order = find(shop, call)?;
    let package = package_of(order, call.arg("package_number"))?;
    let step = match package.logistics {
        "LOGISTICS_READY" => "INITIAL",
        "LOGISTICS_REQUEST_CREATED" => "ORDER_CREATED",
        "LOGISTICS_PICKUP_DONE" => "PICKED_UP",
        "LOGISTICS_PICKUP_RETRY" => "PICKUP_RETRY",
        "LOGISTICS_DELIVERY_DONE" => "DELIVERED",
        "LOGISTICS_DELIVERY_FAILED" => "FAILED_DELIVERED",
        _ => "CANCELED",
    };
    Ok(Success::Response(
        json!({"order_sn": order.sn, "package_number": package.number, "logistics_status": step,
        "tracking_info": [{"update_time": order.updated_s, "description": step, "logistics_status": step}]}),
    ))
}

fn find<'a>(shop: &'a Shop, call: &Call) -> Result<&'a Order, Refusal> {
    let sn = call.arg("order_sn").filter(|_| !call.is_post);
    let sn = match sn {
        Some(sn) if !sn.is_empty() => sn,
        Some(_) | None => call.text("order_sn")?,
    };
    shop.orders.find(sn).ok_or_else(|| Refusal::new("logistics.invalid_error", "The order is not exist."))
}

/// The parcel of this number, or the only one. An empty number is an error, not "none" (spec 8 no. 16).
pub fn package_of<'a>(order: &'a Order, number: Option<&str>) -> Result<&'a Package, Refusal> {
    let found = match number {
        None => order.packages.first(),
        Some(number) => order.packages.iter().find(|package| package.number == number),
    };
    found
        .ok_or_else(|| Refusal::new("logistics.package_number_not_exist", "The package number is not exist."))
}
