//! Parcels: hand over, tracking number, label (spec §10.1).

use super::{is_cancelled, is_own_shipping, packages, plain, stages};
use crate::Shop;
use crate::call::{Ask, Class, Reply};
use crate::fault::{self, CONFLICT, is_done, is_label_late, wrong};
use crate::order::read_detail;
use crate::wire::{Document, Errors, OrderDetail, Providers, TimeSlots};
use ganh_contract::{
    Acted, Action, ActionKind, Choice, Fault, FaultKind, LineStage, Move, Progress, RemoteOrderId, Result,
    Stage, Start, Ticket,
};
use ganh_http::Safety;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::time::Duration;
use url::Url;

const SHIP: &str = "ship_package";
const DROP_OFF: &str = "DROP_OFF";
const PICKUP: &str = "PICKUP";

/// Slots for the channel's carriers, carriers for one's own.
pub(super) async fn hand_over_move(shop: &Shop, detail: &OrderDetail) -> Result<Move> {
    let mut offered = plain(ActionKind::HandOver);
    if is_own_shipping(detail) {
        let option = detail.delivery_option_id.as_str();
        let path = format!("/logistics/202309/delivery_options/{option}/shipping_providers");
        let reply = shop.line.send(Ask::get("get_shipping_providers", Class::Reads, path)).await?;
        let told: Providers = reply.read_or_empty()?;
        let carrier = |one: &crate::wire::Named| Choice { id: one.id.0.clone(), text: one.name.0.clone() };
        offered.carriers = told.shipping_providers.0.iter().map(carrier).collect();
    } else if let Some(first) = packages(detail, |stage| *stage == LineStage::Ready).first() {
        let path = format!("/fulfillment/202309/packages/{first}/handover_time_slots");
        let reply = shop.line.send(Ask::get("get_handover_slots", Class::Orders, path)).await?;
        offered.slots = slots(&reply.read_or_empty()?);
    }
    Ok(offered)
}

/// The method stands with the slot. In Vietnam the warehouse's setting decides all the same (§10.1).
fn slots(told: &TimeSlots) -> Vec<Choice> {
    let mut all = Vec::new();
    if told.can_pickup.0 {
        let free = told
            .pickup_slots
            .0
            .iter()
            .filter(|slot| slot.avaliable.or(slot.available).is_none_or(|free| free.0));
        all.extend(free.filter_map(|slot| {
            let (start, end) = (slot.start_time.0?, slot.end_time.0?);
            let from = Timestamp::from_second(start).ok()?;
            Some(Choice { id: format!("{PICKUP}/{start}/{end}"), text: from.to_string() })
        }));
    }
    if told.can_drop_off.0 {
        all.push(Choice { id: DROP_OFF.into(), text: "Tự mang tới điểm gửi".into() });
    }
    all
}

/// Ships what is ready. What is on its way already is success; what was cancelled meanwhile is not shipped (§4.2).
pub(super) async fn hand_over(
    shop: &Shop,
    order: &RemoteOrderId,
    action: &Action,
) -> Result<Progress<Acted>> {
    let detail = read_detail(shop, order).await?;
    let chosen =
        |line: &str| action.lines.is_empty() || action.lines.iter().any(|(id, _)| id.as_str() == line);
    let mut ready = packages(&detail, |stage| *stage == LineStage::Ready);
    ready.retain(|id| {
        detail.line_items.0.iter().any(|item| item.package_id.as_str() == id && chosen(item.id.as_str()))
    });
    if ready.is_empty() {
        return handed_over(shop, order, &detail, action).await;
    }
    let how = how(&detail, action)?;
    let outcome = match ready.as_slice() {
        [only] => ship_one(shop, only, how).await,
        several => ship_several(shop, several, &how).await,
    };
    match outcome {
        Err(fault) if is_shipped_already(&fault) => Ok(Progress::Done(Acted::Done)),
        Err(fault) => Err(fault),
        Ok(()) => Ok(Progress::Done(Acted::Done)),
    }
}

fn is_shipped_already(fault: &Fault) -> bool {
    fault.code.as_ref().and_then(|code| code.parse().ok()).is_some_and(is_done)
}

async fn ship_one(shop: &Shop, package: &str, how: Map<String, Value>) -> Result<()> {
    let path = format!("/fulfillment/202309/packages/{package}/ship");
    let ask = Ask::post(SHIP, Class::Orders, Safety::Create, path, Value::Object(how));
    shop.line.send(ask).await.map(drop)
}

async fn ship_several(shop: &Shop, packages: &[String], how: &Map<String, Value>) -> Result<()> {
    let rows: Vec<Value> = packages
        .iter()
        .map(|id| {
            let mut row = how.clone();
            row.insert("id".into(), json!(id));
            Value::Object(row)
        })
        .collect();
    let path = "/fulfillment/202309/packages/ship";
    let reply = shop
        .line
        .send(Ask::post(SHIP, Class::Orders, Safety::Create, path, json!({ "packages": rows })))
        .await?;
    let errors: Errors = reply.read_or_empty()?;
    let faults = errors.errors.0.iter().map(|row| of_row(&reply, row));
    // Shipped already is success; the first other failure is told, the rest by the next look.
    faults.filter(|fault| !is_shipped_already(fault)).map(Err).next().unwrap_or(Ok(()))
}

fn of_row(reply: &Reply, row: &Value) -> Fault {
    fault::of_row(reply.call, row, reply.request_id.as_deref(), reply.answered_at)
}

/// One of three forms (§10.1): a slot, a way, or one's own carrier. Nothing chosen is nothing said.
fn how(detail: &OrderDetail, action: &Action) -> Result<Map<String, Value>> {
    let mut how = Map::new();
    if is_own_shipping(detail) {
        let (Some(tracking), Some(carrier)) = (&action.tracking, &action.carrier) else {
            return Err(wrong(
                SHIP,
                "tracking",
                "đơn tự giao: nhập mã vận đơn và chọn hãng vận chuyển",
                "own shipping: enter the tracking number and choose the carrier",
            ));
        };
        how.insert(
            "self_shipment".into(),
            json!({ "tracking_number": tracking, "shipping_provider_id": carrier }),
        );
        return Ok(how);
    }
    let mut parts = action.slot.as_deref().unwrap_or_default().split('/');
    match (parts.next(), parts.next().map(str::parse::<i64>), parts.next().map(str::parse::<i64>)) {
        (Some(PICKUP), Some(Ok(start)), Some(Ok(end))) => {
            how.insert("handover_method".into(), json!(PICKUP));
            how.insert("pickup_slot".into(), json!({ "start_time": start, "end_time": end }));
        }
        (Some(DROP_OFF), ..) => {
            how.insert("handover_method".into(), json!(DROP_OFF));
        }
        _ => {}
    }
    Ok(how)
}

/// Nothing is ready: done before, or not to be done.
async fn handed_over(
    shop: &Shop,
    order: &RemoteOrderId,
    detail: &OrderDetail,
    action: &Action,
) -> Result<Progress<Acted>> {
    let stages = stages(detail);
    let is_on_its_way = |stage: &LineStage| {
        matches!(
            stage,
            LineStage::Packed
                | LineStage::Shipped
                | LineStage::Delivered
                | LineStage::Completed
                | LineStage::Cancelled
        )
    };
    if is_cancelled(detail) || !stages.iter().all(is_on_its_way) {
        return Err(Fault::new(SHIP, CONFLICT).said("no parcel of this order waits to be shipped"));
    }
    if let (true, Some(tracking), Some(carrier)) =
        (is_own_shipping(detail), &action.tracking, &action.carrier)
    {
        let is_known = detail.tracking_number.as_str() == tracking
            || detail.line_items.0.iter().all(|item| item.tracking_number.as_str() == tracking);
        if !is_known {
            // Own shipping, within 72 hours of it (§10.1).
            let path = format!("/fulfillment/202309/orders/{order}/shipping_info/update");
            let body = json!({ "tracking_number": tracking, "shipping_provider_id": carrier });
            shop.line.send(Ask::post("update_shipping_info", Class::Orders, Safety::Set, path, body)).await?;
        }
    }
    Ok(Progress::Done(Acted::Done))
}

/// Exists after shipping, before collection, and may lag by seconds (§10.1).
pub(super) async fn label(
    shop: &Shop,
    order: &RemoteOrderId,
    action: &Action,
    start: Start<'_>,
) -> Result<Progress<Acted>> {
    const CALL: &str = "get_shipping_document";
    let asked: u32 = match start {
        Start::Resume(ticket) => ticket.as_str().parse().unwrap_or(0),
        Start::Fresh(_) | Start::Adopt(_) => 0,
    };
    let detail = read_detail(shop, order).await?;
    let package = match &action.place {
        Some(chosen) => chosen.clone(),
        None => {
            let arranged = |one: &LineStage| matches!(one, LineStage::Packed | LineStage::Shipped);
            let none = || Fault::new(CALL, CONFLICT).said("no parcel of this order is arranged yet");
            packages(&detail, arranged).into_iter().next().ok_or_else(none)?
        }
    };
    if !detail.line_items.0.iter().any(|item| item.package_id.as_str() == package) {
        return Err(Fault::new(CALL, CONFLICT).said("the parcel is not of this order"));
    }
    let path = format!("/fulfillment/202309/packages/{package}/shipping_documents");
    let query = vec![
        ("document_type", "SHIPPING_LABEL".to_owned()),
        ("document_size", "A6".to_owned()),
        ("document_format", "PDF".to_owned()),
    ];
    let told = shop.line.send(Ask::get(CALL, Class::Orders, path).query(query)).await;
    let patience = &shop.line.app.facts.label;
    let later = || Progress::Later {
        stage: Stage::Building,
        ticket: Ticket::new((asked + 1).to_string()),
        seen: None,
        wait: Duration::from_secs(patience.wait_s),
    };
    let is_late =
        |fault: &Fault| fault.code.as_ref().and_then(|code| code.parse().ok()).is_some_and(is_label_late);
    let reply = match told {
        Err(fault) if is_late(&fault) && asked < patience.tries => return Ok(later()),
        told => told?,
    };
    let document: Document = reply.read_or_empty()?;
    let Some(url) = document.doc_url.filled() else {
        return if asked < patience.tries {
            Ok(later())
        } else {
            Err(reply.fault(FaultKind::Down).said("the label does not come"))
        };
    };
    let (mime, bytes) = shop.line.download("download_label", &document_url(shop, &reply, url)?).await?;
    Ok(Progress::Done(Acted::Document { mime, bytes }))
}

/// Only over TLS, or from the very host that we call.
fn document_url(shop: &Shop, reply: &Reply, text: &str) -> Result<Url> {
    let base = &shop.line.app.settings.base_url;
    let url = Url::parse(text.trim()).ok().filter(|url| {
        url.scheme() == "https"
            || (url.scheme() == base.scheme() && url.host() == base.host() && url.port() == base.port())
    });
    url.ok_or_else(|| reply.unintelligible("the label's address is none to call"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(shipping: &str) -> OrderDetail {
        serde_json::from_value(json!({ "id": "1", "status": "AWAITING_SHIPMENT", "shipping_type": shipping }))
            .expect("an order")
    }

    fn action(slot: Option<&str>) -> Action {
        Action {
            kind: ActionKind::HandOver,
            lines: Vec::new(),
            place: None,
            slot: slot.map(str::to_owned),
            carrier: Some("7000".into()),
            tracking: Some("GANH0001VN".into()),
            reason: None,
            agree: true,
        }
    }

    #[test]
    fn a_parcel_is_shipped_in_one_of_three_forms() {
        let said = |shipping, slot| Value::Object(how(&order(shipping), &action(slot)).expect("a form"));

        assert_eq!(
            said("TIKTOK", Some("PICKUP/1762045200/1762059600")),
            json!({ "handover_method": "PICKUP", "pickup_slot": { "start_time": 1_762_045_200, "end_time": 1_762_059_600 } })
        );
        assert_eq!(said("TIKTOK", Some("DROP_OFF")), json!({ "handover_method": "DROP_OFF" }));
        assert_eq!(said("TIKTOK", None), json!({}));
        assert_eq!(
            said("SELLER", None),
            json!({ "self_shipment": { "tracking_number": "GANH0001VN", "shipping_provider_id": "7000" } })
        );
    }
}
