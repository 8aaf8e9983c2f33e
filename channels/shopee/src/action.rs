//! What may be done to an order: hand over, label, cancel, answer a buyer's wish to cancel (spec §5.4–5.5).

use crate::Shop;
use crate::call::{Ask, Judged, Payload};
use crate::fault::{self, Said};
use crate::order::read_orders;
use crate::wire::{DocumentResult, DocumentResults, PickupAddress, ShippingParameter, TrackingNumber};
use ganh_contract::{
    Acted, Action, ActionKind, Choice, Fault, FaultKind, LineStage, Move, Order, OrderHead, Progress,
    RemoteOrderId, Result, Stage, Start, Thing, Ticket,
};
use ganh_http::{Read, Safety};
use serde_json::{Value, json};
use std::time::Duration;

/// Reasons a seller may give in Vietnam (§5.5).
const REASONS: [(&str, &str); 3] = [
    ("OUT_OF_STOCK", "Hết hàng"),
    ("CUSTOMER_REQUEST", "Người mua yêu cầu"),
    ("COD_NOT_SUPPORTED", "Không hỗ trợ thu tiền khi giao"),
];

pub(crate) async fn moves(shop: &Shop, order: &RemoteOrderId) -> Result<Vec<Move>> {
    let seen = read(shop, order).await?;
    let plain = |kind: ActionKind| Move {
        kind,
        whole: true,
        places: Vec::new(),
        slots: Vec::new(),
        carriers: Vec::new(),
        reasons: Vec::new(),
        by: seen.act_by,
    };
    let has = |stage: &LineStage| seen.lines.iter().any(|line| line.stage == *stage);
    let mut moves = Vec::new();
    if has(&LineStage::Cancelling) {
        moves.push(plain(ActionKind::AnswerCancel));
    }
    if has(&LineStage::Ready) {
        let parameter = parameter(shop, order).await?;
        let addresses = parameter.pickup.map(|pickup| pickup.address_list.0).unwrap_or_default();
        let mut hand_over = plain(ActionKind::HandOver);
        hand_over.places = addresses.iter().map(place).collect();
        hand_over.slots = addresses.iter().flat_map(slots).collect();
        moves.push(hand_over);
        let reasons = REASONS.map(|(id, text)| Choice { id: id.into(), text: text.into() });
        moves.push(Move { reasons: reasons.into(), ..plain(ActionKind::Cancel) });
    }
    if has(&LineStage::Packed) {
        moves.push(plain(ActionKind::Label));
    }
    Ok(moves)
}

fn place(address: &PickupAddress) -> Choice {
    let parts = [&address.address, &address.district, &address.city, &address.state];
    let text: Vec<&str> = parts.into_iter().filter_map(|part| part.filled()).collect();
    Choice { id: address.address_id.or_zero().to_string(), text: text.join(", ") }
}

/// `address/slot`, because a slot belongs to its address.
fn slots(address: &PickupAddress) -> Vec<Choice> {
    let slots = address.time_slot_list.0.iter().filter_map(|slot| {
        let id = slot.pickup_time_id.filled()?;
        let text = slot.time_text.filled().map_or_else(|| slot.date.or_zero().to_string(), str::to_owned);
        Some(Choice { id: format!("{}/{id}", address.address_id.or_zero()), text })
    });
    slots.collect()
}

pub(crate) async fn act(
    shop: &Shop,
    order: &RemoteOrderId,
    action: &Action,
    start: Start<'_>,
) -> Result<Progress<Acted>> {
    match action.kind {
        ActionKind::HandOver => hand_over(shop, order, action).await,
        ActionKind::Label => label(shop, order, start).await,
        ActionKind::Cancel => cancel(shop, order, action).await,
        ActionKind::AnswerCancel => answer_cancel(shop, order, action).await,
        ActionKind::Confirm | ActionKind::Pack | ActionKind::Delivered | ActionKind::NotDelivered => {
            Err(Fault::unsupported("act"))
        }
    }
}

async fn read(shop: &Shop, order: &RemoteOrderId) -> Result<Order> {
    let readings = read_orders(shop, &[OrderHead::named(order.clone())]).await?;
    let missing = || Fault::new("get_order_detail", FaultKind::Missing(Thing::Order));
    readings.into_iter().next().ok_or_else(missing)?.value
}

async fn parameter(shop: &Shop, order: &RemoteOrderId) -> Result<ShippingParameter> {
    let query = vec![("order_sn", order.as_str().to_owned())];
    let reply =
        shop.line.get("get_shipping_parameter", "/api/v2/logistics/get_shipping_parameter", query).await?;
    reply.response()
}

/// Ships once. "Already shipped" and "not ready" are success if the order itself says that it is on its way (§5.4).
async fn hand_over(shop: &Shop, order: &RemoteOrderId, action: &Action) -> Result<Progress<Acted>> {
    let is_on_its_way = |stage: &LineStage| matches!(stage, LineStage::Packed | LineStage::Shipped);
    match ship(shop, order, action).await {
        Ok(()) => Ok(Progress::Done(Acted::Done)),
        Err(fault) if matches!(*fault.kind, FaultKind::Conflict { .. }) => {
            let seen = read(shop, order).await?;
            let is_done = seen.lines.iter().all(|line| is_on_its_way(&line.stage));
            if is_done { Ok(Progress::Done(Acted::Done)) } else { Err(fault) }
        }
        Err(fault) => Err(fault),
    }
}

/// Exactly one way: pick-up where it is offered, else drop-off, else the seller's own carrier (§5.4).
async fn ship(shop: &Shop, order: &RemoteOrderId, action: &Action) -> Result<()> {
    const CALL: &str = "ship_order";
    let parameter = parameter(shop, order).await?;
    let offers = |way: &str| parameter.info_needed.contains_key(way);
    let mut body = json!({ "order_sn": order.as_str() });
    if offers("pickup") {
        body["pickup"] = pickup(&parameter, action)?;
    } else if offers("dropoff") {
        let branch = action.place.as_ref().and_then(|id| id.parse::<i64>().ok());
        body["dropoff"] = branch.map_or_else(|| json!({}), |id| json!({ "branch_id": id }));
    } else if offers("non_integrated") {
        let number = action.tracking.as_ref();
        body["non_integrated"] =
            number.map_or_else(|| json!({}), |number| json!({ "tracking_number": number }));
    } else {
        return Err(
            Fault::new(CALL, FaultKind::Conflict { holder: None }).said("the order offers no way to ship")
        );
    }
    shop.line.post(CALL, "/api/v2/logistics/ship_order", Safety::Create, body).await.map(drop)
}

/// The chosen address and slot, else the first ones. Without slots none is said.
fn pickup(parameter: &ShippingParameter, action: &Action) -> Result<Value> {
    let gone =
        || Fault::new("ship_order", FaultKind::Missing(Thing::Place)).said("no such address for the pick-up");
    let slot = action.slot.as_deref().and_then(|slot| slot.split_once('/'));
    let wanted = action.place.as_deref().or(slot.map(|(address, _)| address));
    let addresses =
        parameter.pickup.as_ref().map(|pickup| pickup.address_list.0.as_slice()).unwrap_or_default();
    let address = match wanted {
        Some(id) => addresses.iter().find(|address| address.address_id.or_zero().to_string() == id),
        None => addresses.first(),
    };
    let address = address.ok_or_else(gone)?;
    let first = address.time_slot_list.0.first().and_then(|slot| slot.pickup_time_id.filled());
    let mut pickup = json!({ "address_id": address.address_id.or_zero() });
    if let Some(time) = slot.map(|(_, time)| time).or(first) {
        pickup["pickup_time_id"] = json!(time);
    }
    Ok(pickup)
}

/// Made, asked for, fetched: one step each. Made again it is the same document.
async fn label(shop: &Shop, order: &RemoteOrderId, start: Start<'_>) -> Result<Progress<Acted>> {
    const POLL: &str = "poll";
    let is_made = matches!(start, Start::Resume(ticket) if ticket.as_str() == POLL);
    let later = |ticket: &str, wait_s: u64| Progress::Later {
        stage: Stage::Building,
        ticket: Ticket::new(ticket),
        seen: None,
        wait: Duration::from_secs(wait_s),
    };
    if !is_made {
        let query = vec![("order_sn", order.as_str().to_owned())];
        let reply =
            shop.line.get("get_tracking_number", "/api/v2/logistics/get_tracking_number", query).await?;
        let number: TrackingNumber = reply.response()?;
        // It may be late: asked for every five minutes (§5.4).
        let Some(number) = number.tracking_number.filled() else { return Ok(later("number", 300)) };
        let row = json!({ "order_sn": order.as_str(), "tracking_number": number });
        document(shop, "create_shipping_document", "/api/v2/logistics/create_shipping_document", row).await?;
        return Ok(later(POLL, 5));
    }
    let row = json!({ "order_sn": order.as_str() });
    let path = "/api/v2/logistics/get_shipping_document_result";
    let result = document(shop, "get_shipping_document_result", path, row.clone()).await?;
    match result.status.as_str() {
        "READY" => {}
        "FAILED" => {
            return Err(
                Fault::new("label", FaultKind::Conflict { holder: None }).said(result.fail_message.as_str())
            );
        }
        _ => return Ok(later(POLL, 5)),
    }
    let ask = Ask {
        call: "download_shipping_document",
        path: "/api/v2/logistics/download_shipping_document",
        safety: Safety::Read,
        query: Vec::new(),
        payload: Payload::Json(json!({ "order_list": [row] })),
        judged: Judged::File,
    };
    let reply = shop.line.send(ask).await?;
    if !reply.body.is_null() {
        return Err(reply.unintelligible("an envelope came instead of the document"));
    }
    let mime = if reply.mime.is_empty() { "application/pdf".to_owned() } else { reply.mime };
    Ok(Progress::Done(Acted::Document { mime, bytes: reply.raw }))
}

/// One row of a document call; its own failure counts, whatever the envelope says (§5.4).
async fn document(shop: &Shop, call: &'static str, path: &'static str, row: Value) -> Result<DocumentResult> {
    let payload = Payload::Json(json!({ "order_list": [row] }));
    let ask = Ask { call, path, safety: Safety::Set, query: Vec::new(), payload, judged: Judged::Lists };
    let reply = shop.line.send(ask).await?;
    let results: DocumentResults = reply.response::<Option<DocumentResults>>()?.unwrap_or_default();
    let result = results.result_list.0.into_iter().next().unwrap_or_default();
    if let Some(error) = result.fail_error.filled() {
        let said = Said { error: error.to_owned(), message: result.fail_message.0.clone(), request_id: None };
        if let Read::Fault(fault) | Read::SignAgain(fault) = fault::judge(call, &said, reply.answered_at) {
            return Err(fault);
        }
    }
    match reply.complaint() {
        Some(fault) => Err(fault),
        None => Ok(result),
    }
}

/// The whole order; the reason is one of the marketplace's (§5.5). Out of stock wants the lines named.
async fn cancel(shop: &Shop, order: &RemoteOrderId, action: &Action) -> Result<Progress<Acted>> {
    const CALL: &str = "cancel_order";
    let seen = read(shop, order).await?;
    if seen.lines.iter().all(|line| line.stage == LineStage::Cancelled) {
        return Ok(Progress::Done(Acted::Done));
    }
    let reason = action.reason.as_deref().unwrap_or("CUSTOMER_REQUEST");
    let mut body = json!({ "order_sn": order.as_str(), "cancel_reason": reason });
    if reason == "OUT_OF_STOCK" {
        let is_chosen = |id: &ganh_contract::RemoteLineId| {
            action.lines.is_empty() || action.lines.iter().any(|(line, _)| line == id)
        };
        let number = |text: &str| text.parse::<i64>().unwrap_or(0);
        let items: Vec<Value> = seen
            .lines
            .iter()
            .filter(|line| is_chosen(&line.id))
            .filter_map(|line| line.offer.as_ref())
            .map(|offer| json!({ "item_id": number(offer.listing.as_str()), "model_id": number(offer.offer.as_str()) }))
            .collect();
        body["item_list"] = Value::Array(items);
    }
    shop.line.post(CALL, "/api/v2/order/cancel_order", Safety::Create, body).await?;
    Ok(Progress::Done(Acted::Done))
}

async fn answer_cancel(shop: &Shop, order: &RemoteOrderId, action: &Action) -> Result<Progress<Acted>> {
    let operation = if action.agree { "ACCEPT" } else { "REJECT" };
    let body = json!({ "order_sn": order.as_str(), "operation": operation });
    let path = "/api/v2/order/handle_buyer_cancellation";
    shop.line.post("handle_buyer_cancellation", path, Safety::Create, body).await?;
    Ok(Progress::Done(Acted::Done))
}
