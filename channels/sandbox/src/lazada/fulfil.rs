//! Pack, hand over, pack again, deliver with one's own fleet (spec 5.7). Success of the call is not success of its rows.

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::order_move::{Row, become_status};
use super::order_state::Status;
use super::payload::{filled, id};
use super::time;
use super::world::{Shop, World};

const BATCH: usize = 20;

/// The whole call failed.
pub fn whole_failure(code: &str, words: &str) -> Success {
    Success::Result(json!({"success": false, "error_code": code, "error_msg": words}))
}

/// The call succeeded; its rows may not have.
pub fn done(data: Value) -> Success {
    Success::Result(json!({"success": true, "data": data}))
}

/// The rows of `list` in a JSON parameter, or the batch's failure.
pub fn batch(call: &Call, parameter: &str, list: &str) -> Result<Result<Vec<Value>, Success>, Refusal> {
    let request = call.json(parameter)?;
    let rows = request.get(list).and_then(Value::as_array).cloned();
    let Some(rows) = rows else { return Ok(Err(whole_failure("700017", "parameter is null"))) };
    call.rows.set(rows.len());
    if rows.is_empty() {
        return Ok(Err(whole_failure("700019", "batch size is below the minimum")));
    }
    if rows.len() > BATCH {
        return Ok(Err(whole_failure("700022", "batch size exceeds the limit of 20")));
    }
    Ok(Ok(rows))
}

/// Ids in a list, as numbers or texts.
fn ids(row: &Value, name: &str) -> Vec<u64> {
    let rows = row.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    rows.iter().filter_map(|id| id.as_u64().or_else(|| id.as_str()?.trim().parse().ok())).collect()
}

/// `/order/shipment/providers/get`.
pub fn providers(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = match batch(call, "getShipmentProvidersReq", "orders")? {
        Ok(rows) => rows,
        Err(failure) => return Ok(failure),
    };
    let is_known = |row: &Value| id(row, "order_id").is_some_and(|id| shop.orders.find(id).is_some());
    if !rows.iter().all(is_known) {
        return Ok(whole_failure("700021", "order not found"));
    }
    Ok(done(json!({"platform_default": 1, "shipment_providers": [], "shipping_allocate_type": "TFS"})))
}

/// Gives a row its package and tracking number; rows of one order that travel alike share one that is being made.
pub fn give_package(shop: &mut Shop, row: Row, now_ms: i64) -> String {
    let Some(order) = shop.orders.find(row.order) else { return String::new() };
    let line = &order.lines[row.place];
    let mate = order.lines.iter().find(|mate| {
        mate.packed_ms == now_ms
            && mate.status == Status::Packed
            && mate.warehouse == line.warehouse
            && mate.is_dbs == line.is_dbs
            && mate.package.is_some()
    });
    let known = mate.map(|mate| (mate.package.clone().unwrap_or_default(), mate.tracking.clone()));
    let (package, tracking) = known.unwrap_or_else(|| {
        let package = shop.next_package();
        let tracking = format!("LMP{}VNA", package.trim_start_matches("FP0"));
        (package, tracking)
    });
    shop.orders.keep_package(&package, row.order);
    shop.orders.change(row.order, |order| {
        let line = &mut order.lines[row.place];
        line.package = Some(package.clone());
        line.tracking = tracking;
        "LEX VN".clone_into(&mut line.provider);
        line.packed_ms = now_ms;
    });
    package
}

/// `/order/fulfill/pack`.
pub fn pack(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let request = call.json("packReq")?;
    if filled(&request, "delivery_type").as_deref() != Some("dropship") {
        return Ok(whole_failure("700004", "illegal parameter: delivery_type"));
    }
    match filled(&request, "shipping_allocate_type").as_deref() {
        Some("TFS") => {}
        Some("NTFS") if filled(&request, "shipment_provider_code").is_none() => {
            return Ok(whole_failure("700016", "no 3PL for NTFS"));
        }
        Some("NTFS") => return Ok(whole_failure("700001", "shipment provider code is unknown")),
        Some(_) | None => return Ok(whole_failure("700004", "illegal parameter: shipping_allocate_type")),
    }
    let rows = match batch(call, "packReq", "pack_order_list")? {
        Ok(rows) => rows,
        Err(failure) => return Ok(failure),
    };
    if !rows.iter().all(|row| id(row, "order_id").is_some_and(|id| shop.orders.find(id).is_some())) {
        return Ok(whole_failure("700021", "order not found"));
    }
    let mut packed = Vec::new();
    let mut number = 0;
    for row in rows {
        let order_id = id(&row, "order_id").unwrap_or(0);
        let mut lines = Vec::new();
        for line_id in ids(&row, "order_item_list") {
            let is_struck = call.twist.half_batch && number % 2 == 1;
            number += 1;
            lines.push(pack_line(world, shop, order_id, line_id, is_struck, call.now_ms));
        }
        packed.push(json!({"order_id": order_id, "order_item_list": lines}));
    }
    Ok(done(json!({ "pack_order_list": packed })))
}

fn pack_line(
    world: &World,
    shop: &mut Shop,
    order_id: u64,
    line_id: u64,
    is_struck: bool,
    now_ms: i64,
) -> Value {
    let failed = |code: &str, words: &str, retry: bool| json!({"order_item_id": line_id, "item_err_code": code, "msg": words, "tracking_number": "", "shipment_provider": "", "package_id": "", "retry": retry});
    let place = shop.orders.find(order_id).and_then(|order| order.line(line_id));
    let Some(place) = place else { return failed("700025", "order item not found", false) };
    let row = Row { order: order_id, place };
    let Some(line) = shop.orders.find(order_id).map(|order| &order.lines[place]) else {
        return failed("700025", "order item not found", false);
    };
    if is_struck {
        return failed("700024", "lock failed, please retry", true);
    }
    if line.is_fbl {
        return failed("700027", "FBL item is not allowed to pack", false);
    }
    if line.is_digital {
        return failed("700030", "digital or service item is not allowed to pack", false);
    }
    if !matches!(line.status, Status::Pending | Status::Repacked) {
        return failed("700026", "item current status not allow to pack", false);
    }
    give_package(shop, row, now_ms);
    become_status(world, shop, row, Status::Packed, now_ms);
    let line = shop.orders.find(order_id).map(|order| order.lines[place].clone());
    line.map_or_else(Value::default, |line| {
        json!({
            "order_item_id": line_id, "item_err_code": "0", "msg": "success", "tracking_number": line.tracking,
            "shipment_provider": line.provider, "package_id": line.package, "retry": false,
        })
    })
}

/// One answer for each package of a request; `act` moves its rows.
fn packages(
    shop: &mut Shop,
    call: &Call,
    parameter: &str,
    mut act: impl FnMut(&mut Shop, &[Row]) -> Result<(), (&'static str, &'static str)>,
) -> Answer {
    let rows = match batch(call, parameter, "packages")? {
        Ok(rows) => rows,
        Err(failure) => return Ok(failure),
    };
    let mut answers = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let package = filled(row, "package_id").unwrap_or_default();
        let found = rows_of(shop, &package);
        let outcome = match () {
            () if call.twist.half_batch && number % 2 == 1 => Err(("700024", "lock failed, please retry")),
            () if found.is_empty() => Err(("600001", "package not found")),
            () => act(shop, &found),
        };
        let (code, words) = outcome.err().unwrap_or(("0", "success"));
        answers.push(
            json!({"package_id": package, "item_err_code": code, "msg": words, "retry": code == "700024"}),
        );
    }
    Ok(done(json!({ "packages": answers })))
}

/// The rows that lie in a package.
pub fn rows_of(shop: &Shop, package: &str) -> Vec<Row> {
    let Some(order_id) = shop.orders.find_package(package) else { return Vec::new() };
    let Some(order) = shop.orders.find(order_id) else { return Vec::new() };
    let places = order.lines.iter().enumerate().filter(|(_, line)| line.package.as_deref() == Some(package));
    places.map(|(place, _)| Row { order: order_id, place }).collect()
}

/// The statuses of rows.
pub fn statuses(shop: &Shop, rows: &[Row]) -> Vec<Status> {
    rows.iter().filter_map(|row| Some(shop.orders.find(row.order)?.lines[row.place].status)).collect()
}

/// `/order/package/rts`: only from `packed`.
pub fn ready(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let handover_ms = world.rule(|rules| rules.handover_ms);
    packages(shop, call, "readyToShipReq", |shop, rows| {
        let found = statuses(shop, rows);
        if found.iter().all(|status| *status == Status::Canceled) {
            return Err(("600002", "package already cancelled"));
        }
        if !found.contains(&Status::Packed) {
            return Err(("700000", "package status not allowed"));
        }
        for row in rows {
            if handover_ms == 0 {
                become_status(world, shop, *row, Status::Ready, call.now_ms);
                continue;
            }
            let ready_ms = call.now_ms + handover_ms;
            shop.orders.change(row.order, |order| order.lines[row.place].ready_ms = Some(ready_ms));
            become_status(world, shop, *row, Status::ReadyPending, call.now_ms);
            shop.orders.alarms.insert((ready_ms, row.order));
        }
        Ok(())
    })
}

/// `/order/package/repack`: dissolves packages; their rows wait for packing again.
pub fn repack(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    packages(shop, call, "rePackReq", |shop, rows| {
        if !statuses(shop, rows).contains(&Status::Packed) {
            return Err(("700000", "package status not allowed"));
        }
        for row in rows {
            if become_status(world, shop, *row, Status::Repacked, call.now_ms) {
                shop.orders.change(row.order, |order| {
                    let line = &mut order.lines[row.place];
                    line.package = None;
                    line.tracking.clear();
                    line.provider.clear();
                });
            }
        }
        Ok(())
    })
}

/// `/order/package/sof/delivered`.
pub fn own_delivered(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    own_fleet(world, shop, call, "dbsDeliveryReq", Status::Delivered)
}

/// `/order/package/sof/failed_delivery`.
pub fn own_failed(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    own_fleet(world, shop, call, "dbsFailedDeliveryReq", Status::FailedDelivery)
}

fn own_fleet(world: &World, shop: &mut Shop, call: &Call, parameter: &str, to: Status) -> Answer {
    packages(shop, call, parameter, |shop, rows| {
        let is_own = rows
            .iter()
            .all(|row| shop.orders.find(row.order).is_some_and(|order| order.lines[row.place].is_dbs));
        if !is_own {
            return Err(("700009", "not a DBS order"));
        }
        if !statuses(shop, rows).contains(&Status::Ready) {
            return Err(("700000", "package status not allowed"));
        }
        for row in rows {
            become_status(world, shop, *row, to, call.now_ms);
        }
        Ok(())
    })
}

/// `/order/digital/delivered`; its failure keys are spelt otherwise (spec 5.7).
pub fn digital(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = match batch(call, "digitalDeliveryReq", "orders")? {
        Ok(rows) => rows,
        Err(failure) => return Ok(failure),
    };
    let failed = |code: &str, words: &str| {
        Ok(Success::Result(json!({"success": false, "errorCode": code, "errorMsg": words})))
    };
    for row in rows {
        let order_id = id(&row, "order_id").unwrap_or(0);
        for line_id in ids(&row, "order_item_list") {
            let place = shop.orders.find(order_id).and_then(|order| order.line(line_id));
            let Some(place) = place else { return failed("700025", "order item not found") };
            let row = Row { order: order_id, place };
            if !shop.orders.find(order_id).is_some_and(|order| order.lines[place].is_digital) {
                return failed("700020", "not a digital order");
            }
            give_package(shop, row, call.now_ms);
            for step in [Status::Packed, Status::Ready, Status::Delivered] {
                become_status(world, shop, row, step, call.now_ms);
            }
        }
    }
    Ok(done(json!({})))
}

/// `/order/invoice_number/set`.
pub fn invoice_number(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let number = call.need("invoice_number")?.to_owned();
    let line = call.need("order_item_id")?.parse().ok().and_then(|line| shop.orders.find_line(line));
    let Some((order_id, place)) = line else {
        return Err(Refusal::isp("20", "E020: Invalid Order Item ID"));
    };
    shop.orders.change(order_id, |order| order.lines[place].invoice_number.clone_from(&number));
    Ok(Success::Data(json!({"order_item_id": call.arg("order_item_id"), "invoice_number": number})))
}

/// `/logistic/order/trace`: only after the hand-over (spec 5.13).
pub fn trace(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order = call.need("order_id")?.parse().ok().and_then(|id| shop.orders.find(id));
    let order = order.ok_or_else(|| Refusal::isp("16", "E016: Invalid Order ID"))?;
    let mut packages: Vec<Value> = Vec::new();
    for line in order.lines.iter().filter(|line| line.package.is_some()) {
        if matches!(line.status, Status::Packed | Status::Repacked) {
            continue;
        }
        packages.push(json!({"ofc_package_id": line.package, "tracking_number": line.tracking, "logistic_detail_info_list": [
            {"title": line.status.word(), "description": time::plain(line.updated_ms), "detail_type": "parcel", "status_code": line.status.word(), "event_time": line.updated_ms}]}));
    }
    packages.dedup_by_key(|package| package["ofc_package_id"].clone());
    Ok(Success::Result(
        json!({"success": true, "module": [{"order_id": order.id, "package_detail_info_list": packages}]}),
    ))
}
