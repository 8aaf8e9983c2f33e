//! What may be done to an order: pack, hand over, label, cancel, answer a buyer's wish to cancel, tell an own delivery (spec §5.7, §5.10, §5.11).
//!
//! Nothing here is repeated blindly: each act reads the units first and does only what is still to do, so after an unknown outcome the same act
//! finishes it. "Hand over" of what is not packed yet packs first.

use crate::Shop;
use crate::call::{Params, Reply, Verb, Way};
use crate::fault::judge_line;
use crate::order::{is_theirs, stage, units_of};
use crate::wire::{CancelTip, Document, LineResult, OrderItem, Packages, Packed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ganh_contract::{
    Acted, Action, ActionKind, Choice, Complaint, Fault, FaultKind, LineStage, Move, Progress, RemoteOrderId,
    Result, Stage, Thing, Ticket,
};
use ganh_http::Safety;
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) async fn moves(shop: &Shop, order: &RemoteOrderId) -> Result<Vec<Move>> {
    let units = units_of(shop, order).await?;
    let ours: Vec<&OrderItem> = units.iter().filter(|unit| !is_theirs(unit)).collect();
    let has = |wanted: &dyn Fn(&OrderItem) -> bool| ours.iter().any(|unit| wanted(unit));
    let plain = |kind: ActionKind, whole: bool| Move {
        kind,
        whole,
        places: Vec::new(),
        slots: Vec::new(),
        carriers: Vec::new(),
        reasons: Vec::new(),
        by: ours.iter().filter_map(|unit| unit.sla_time_stamp.0).min(),
    };
    let mut moves = Vec::new();
    if has(&is_to_pack) {
        moves.push(plain(ActionKind::Pack, false));
    }
    if has(&is_to_pack) || has(&is_to_hand_over) {
        moves.push(plain(ActionKind::HandOver, false));
    }
    if has(&is_labelled) {
        moves.push(plain(ActionKind::Label, false));
    }
    if has(&|unit| unit.need_cancel_confirm.0) {
        let by = units.iter().filter_map(|unit| unit.cancel_trigger_time.0).min();
        moves.push(Move { by, ..plain(ActionKind::AnswerCancel, true) });
    }
    if has(&is_own_delivery) {
        moves.extend([plain(ActionKind::Delivered, false), plain(ActionKind::NotDelivered, false)]);
    }
    let cancellable: Vec<&OrderItem> = units.iter().filter(|unit| is_cancellable(unit)).collect();
    if !cancellable.is_empty()
        && let Some(reasons) = reasons(shop, order, &cancellable).await?
    {
        moves.push(Move { reasons, ..plain(ActionKind::Cancel, false) });
    }
    Ok(moves)
}

fn word(unit: &OrderItem) -> String {
    unit.status.as_str().trim().to_lowercase()
}

fn is_to_pack(unit: &OrderItem) -> bool {
    stage(unit) == LineStage::Ready && !unit.is_digital.0
}

fn is_to_hand_over(unit: &OrderItem) -> bool {
    word(unit) == "packed" && unit.package_id.filled().is_some()
}

fn is_labelled(unit: &OrderItem) -> bool {
    stage(unit) == LineStage::Packed && unit.package_id.filled().is_some()
}

/// Delivered by the seller's own people (§5.6).
fn is_own_delivery(unit: &OrderItem) -> bool {
    unit.delivery_option_sof.0 && word(unit) == "ready_to_ship" && unit.package_id.filled().is_some()
}

/// §5.6: from pending to ready to ship.
fn is_cancellable(unit: &OrderItem) -> bool {
    matches!(stage(unit), LineStage::Unpaid | LineStage::Ready | LineStage::Packed)
}

pub(crate) async fn act(shop: &Shop, order: &RemoteOrderId, action: &Action) -> Result<Progress<Acted>> {
    if action.kind == ActionKind::Confirm {
        return Err(Fault::unsupported("act").said("orders are packed here, not confirmed"));
    }
    let all = units_of(shop, order).await?;
    let is_chosen = |unit: &&OrderItem| {
        action.lines.is_empty()
            || action.lines.iter().any(|(id, _)| id.as_str() == unit.order_item_id.as_str())
    };
    let chosen: Vec<&OrderItem> = all.iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err(Fault::new("act", FaultKind::Missing(Thing::Order)).said("the order has no such lines"));
    }
    match action.kind {
        ActionKind::Pack => pack(shop, order, &chosen).await.map(|_| done()),
        ActionKind::HandOver => hand_over(shop, order, &chosen).await,
        ActionKind::Label => label(shop, &chosen).await,
        ActionKind::Cancel => cancel(shop, order, action, &chosen).await,
        ActionKind::AnswerCancel => answer_cancel(shop, action, &chosen).await,
        ActionKind::Delivered => tell_delivery(shop, &chosen, DELIVERED).await,
        ActionKind::NotDelivered => tell_delivery(shop, &chosen, NOT_DELIVERED).await,
        ActionKind::Confirm => Err(Fault::unsupported("act")),
    }
}

const fn done() -> Progress<Acted> {
    Progress::Done(Acted::Done)
}

fn later(stage: Stage, step: &str, wait_s: u64) -> Progress<Acted> {
    Progress::Later { stage, ticket: Ticket::new(step), seen: None, wait: Duration::from_secs(wait_s) }
}

/// An id as the wire's number.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

/// Packs what is still to be packed; true if there was something. A unit that is on its way already is success.
async fn pack(shop: &Shop, order: &RemoteOrderId, chosen: &[&OrderItem]) -> Result<bool> {
    const CALL: &str = "order_pack";
    let units: Vec<&&OrderItem> = chosen.iter().filter(|unit| is_to_pack(unit) && !is_theirs(unit)).collect();
    if units.is_empty() {
        return if chosen.iter().all(|unit| is_on_its_way(unit)) {
            Ok(false)
        } else {
            Err(conflict(CALL, chosen))
        };
    }
    let ids: Vec<Value> = units.iter().map(|unit| number(unit.order_item_id.as_str())).collect();
    let body = json!({
        "pack_order_list": [{ "order_id": number(order.as_str()), "order_item_list": ids }],
        "delivery_type": "dropship",
        "shipping_allocate_type": "TFS",
    });
    let params = vec![("packReq", body.to_string())];
    let reply = shop.line.post(CALL, "/order/fulfill/pack", Safety::Create, params).await?;
    let packed: Packed = reply.result()?;
    let rows: Vec<LineResult> =
        packed.pack_order_list.0.into_iter().flat_map(|one| one.order_item_list.0).collect();
    all_good(&reply, &rows, units.len())?;
    Ok(true)
}

fn is_on_its_way(unit: &OrderItem) -> bool {
    matches!(
        stage(unit),
        LineStage::Packed | LineStage::Shipped | LineStage::Delivered | LineStage::Completed
    )
}

fn conflict(call: &'static str, units: &[&OrderItem]) -> Fault {
    let words: Vec<String> = units.iter().map(|unit| word(unit)).collect();
    Fault::new(call, FaultKind::Conflict { holder: None })
        .said(format!("the units stand at {}", words.join(", ")))
}

/// `success` of the whole does not mean that each line worked; a line that is not named is of unknown fate (§5.7).
fn all_good(reply: &Reply, rows: &[LineResult], expected: usize) -> Result<()> {
    for row in rows {
        let code = row.item_err_code.as_str().trim();
        if !code.is_empty() && code != "0" {
            return Err(judge_line(reply.call, code, row.msg.as_str()));
        }
    }
    if rows.len() < expected {
        return Err(
            Fault::new(reply.call, FaultKind::Interrupted).said("the answer does not name every line")
        );
    }
    Ok(())
}

/// Packs, then tells that the packages are ready: one write a step.
async fn hand_over(shop: &Shop, order: &RemoteOrderId, chosen: &[&OrderItem]) -> Result<Progress<Acted>> {
    let is_unpacked = chosen.iter().any(|unit| is_to_pack(unit) && !is_theirs(unit));
    if is_unpacked {
        pack(shop, order, chosen).await?;
        return Ok(later(Stage::Building, "packed", shop.line.app.facts.build.step_wait_s));
    }
    let packages = packages(chosen, is_to_hand_over);
    if packages.is_empty() {
        return if chosen.iter().all(|unit| is_on_its_way(unit)) {
            Ok(done())
        } else {
            Err(conflict("order_rts", chosen))
        };
    }
    send_packages(shop, "order_rts", "/order/package/rts", "readyToShipReq", &packages).await
}

/// Ids of packages of the units that are wanted, each once.
fn packages(units: &[&OrderItem], is_wanted: fn(&OrderItem) -> bool) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in units.iter().filter(|unit| is_wanted(unit)).filter_map(|unit| unit.package_id.filled()) {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

fn listed(packages: &[String]) -> Value {
    packages.iter().map(|id| json!({ "package_id": id })).collect()
}

async fn send_packages(
    shop: &Shop,
    call: &'static str,
    path: &'static str,
    key: &'static str,
    packages: &[String],
) -> Result<Progress<Acted>> {
    for some in packages.chunks(shop.line.app.facts.batch.packages.max(1)) {
        let body = json!({ "packages": listed(some) });
        let reply = shop.line.post(call, path, Safety::Create, vec![(key, body.to_string())]).await?;
        let told: Packages = reply.result()?;
        all_good(&reply, &told.packages.0, some.len())?;
    }
    Ok(done())
}

/// The page to print. It may be empty for some seconds after packing (§5.7).
async fn label(shop: &Shop, chosen: &[&OrderItem]) -> Result<Progress<Acted>> {
    const CALL: &str = "package_document";
    let packages = packages(chosen, is_labelled);
    if packages.is_empty() {
        return Err(conflict(CALL, chosen));
    }
    let most = shop.line.app.facts.batch.packages.max(1);
    let some = &packages[..packages.len().min(most)];
    // HTML is the document itself; for PDF there is a page that frames a link of ten minutes.
    let body = json!({ "doc_type": "HTML", "packages": listed(some), "print_item_list": false });
    let params = vec![("getDocumentReq", body.to_string())];
    let path = "/order/package/document/get";
    let reply = shop.line.ask(CALL, path, Safety::Read, Verb::Post, params, Way::Seller).await?;
    let document: Document = reply.result()?;
    let Some(file) = document.file.filled() else {
        return Ok(later(Stage::Building, "label", shop.line.app.facts.build.label_wait_s));
    };
    let letters: String = file.chars().filter(|letter| !letter.is_whitespace()).collect();
    let bytes = STANDARD.decode(letters).map_err(|_| reply.unintelligible("the document is no base64"))?;
    let mime = if bytes.starts_with(b"%PDF") { "application/pdf" } else { "text/html; charset=utf-8" };
    Ok(Progress::Done(Acted::Document { mime: mime.to_owned(), bytes }))
}

fn cancel_params(order: &RemoteOrderId, units: &[&OrderItem]) -> Params {
    let ids: Vec<Value> = units.iter().map(|unit| number(unit.order_item_id.as_str())).collect();
    vec![("order_id", order.as_str().to_owned()), ("order_item_id_list", Value::Array(ids).to_string())]
}

/// The reasons that may be given; `None` where it cannot be cancelled. They differ by country: never made up (§5.10).
async fn reasons(shop: &Shop, order: &RemoteOrderId, units: &[&OrderItem]) -> Result<Option<Vec<Choice>>> {
    let params = cancel_params(order, units);
    let reply = match shop.line.get("cancel_validate", "/order/reverse/cancel/validate", params).await {
        Ok(reply) => reply,
        Err(fault) if matches!(*fault.kind, FaultKind::Refused(_) | FaultKind::Conflict { .. }) => {
            return Ok(None);
        }
        Err(fault) => return Err(fault),
    };
    let tip: CancelTip = reply.data()?;
    if tip.tip_type.as_str().eq_ignore_ascii_case("error") {
        return Ok(None);
    }
    let choice = |reason: &crate::wire::CancelReason| {
        Some(Choice { id: reason.reason_id.filled()?.to_owned(), text: reason.reason_name.0.clone() })
    };
    Ok(Some(tip.reason_options.0.iter().filter_map(choice).collect()))
}

/// A `GET` that changes something, so it is never repeated by itself (§5.10, §8 no. 27).
async fn cancel(
    shop: &Shop,
    order: &RemoteOrderId,
    action: &Action,
    chosen: &[&OrderItem],
) -> Result<Progress<Acted>> {
    const CALL: &str = "cancel_create";
    let units: Vec<&OrderItem> = chosen.iter().copied().filter(|unit| is_cancellable(unit)).collect();
    if units.is_empty() {
        let is_gone = |unit: &&OrderItem| {
            stage(unit) == LineStage::Cancelled || (unit.is_cancel_pending.0 && !unit.need_cancel_confirm.0)
        };
        return if chosen.iter().all(is_gone) { Ok(done()) } else { Err(conflict(CALL, chosen)) };
    }
    let Some(reason) = &action.reason else {
        let said = "hãy chọn lý do hủy của sàn · choose one of the marketplace's reasons";
        let complaint = Complaint { field: Some("reason".into()), code: None, said: said.into() };
        return Err(Fault::new(CALL, FaultKind::Refused(vec![complaint])));
    };
    let mut params = cancel_params(order, &units);
    params.push(("reason_id", reason.clone()));
    let path = "/order/reverse/cancel/create";
    let reply = shop.line.ask(CALL, path, Safety::Create, Verb::Get, params, Way::Seller).await?;
    let tip: CancelTip = reply.data()?;
    if tip.tip_type.as_str().eq_ignore_ascii_case("error") {
        let said = tip.tip_content.as_str().to_owned();
        let complaint = Complaint { field: Some("reason".into()), code: None, said };
        return Err(Fault::new(CALL, FaultKind::Refused(vec![complaint])));
    }
    Ok(done())
}

/// Once for each wish; what is decided already is success (§5.11).
async fn answer_cancel(shop: &Shop, action: &Action, chosen: &[&OrderItem]) -> Result<Progress<Acted>> {
    const CALL: &str = "cancel_decide";
    let mut wishes: Vec<&str> = Vec::new();
    for id in chosen
        .iter()
        .filter(|unit| unit.need_cancel_confirm.0)
        .filter_map(|unit| unit.reverse_order_id.filled())
    {
        if !wishes.contains(&id) {
            wishes.push(id);
        }
    }
    for wish in wishes {
        let mut params =
            vec![("reverse_order_id", wish.to_owned()), ("agree_cancel", action.agree.to_string())];
        if let Some(reason) = &action.reason {
            params.push(("reason_code", reason.clone()));
        }
        let path = "/order/reverse/cancel/seller/decide";
        shop.line.ask(CALL, path, Safety::Create, Verb::Get, params, Way::Seller).await?;
    }
    Ok(done())
}

/// Call, path, parameter and the status after it.
type Delivery = (&'static str, &'static str, &'static str, LineStage);
const DELIVERED: Delivery =
    ("sof_delivered", "/order/package/sof/delivered", "dbsDeliveryReq", LineStage::Delivered);
const NOT_DELIVERED: Delivery =
    ("sof_failed", "/order/package/sof/failed_delivery", "dbsFailedDeliveryReq", LineStage::Failed);

/// The seller's own people delivered, or could not (§5.7).
async fn tell_delivery(shop: &Shop, chosen: &[&OrderItem], delivery: Delivery) -> Result<Progress<Acted>> {
    let (call, path, key, after) = delivery;
    let packages = packages(chosen, is_own_delivery);
    if packages.is_empty() {
        let is_told = chosen.iter().all(|unit| stage(unit) == after);
        return if is_told { Ok(done()) } else { Err(conflict(call, chosen)) };
    }
    send_packages(shop, call, path, key, &packages).await
}

#[cfg(test)]
mod tests;
