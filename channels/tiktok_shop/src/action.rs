//! What may be done to an order: hand over, label, cancel, answer a buyer's wish to cancel (spec §10.1–10.2).

mod cancel;
mod ship;

use crate::Shop;
use crate::order::{read_detail, stage};
use crate::wire::OrderDetail;
use ganh_contract::{
    Acted, Action, ActionKind, Choice, Fault, LineStage, Move, Progress, RemoteOrderId, Result, Start,
};
use jiff::Timestamp;

pub(crate) async fn moves(shop: &Shop, order: &RemoteOrderId) -> Result<Vec<Move>> {
    let detail = read_detail(shop, order).await?;
    let by = detail.rts_sla_time.0.filter(|at| *at > 0).and_then(|at| Timestamp::from_second(at).ok());
    let stages = stages(&detail);
    let has = |wanted: LineStage| stages.contains(&wanted);
    // Goods in the channel's own warehouse are not ours to ship (§9.3).
    let is_ours = detail.fulfillment_type.as_str() != "FULFILLMENT_BY_TIKTOK";
    let mut moves = Vec::new();
    if has(LineStage::Cancelling) {
        moves.extend(cancel::answer_move(shop, order).await?);
    }
    if has(LineStage::Ready) && is_ours {
        moves.push(Move { by, ..ship::hand_over_move(shop, &detail).await? });
    }
    if has(LineStage::Packed) && is_ours && !is_own_shipping(&detail) {
        let places = packages(&detail, |_| true);
        let places = if places.len() > 1 { places.into_iter().map(parcel).collect() } else { Vec::new() };
        moves.push(Move { places, ..plain(ActionKind::Label) });
    }
    if has(LineStage::Unpaid) || has(LineStage::Pending) || has(LineStage::Ready) {
        let reasons = cancel::reasons(shop, order, &detail).await?;
        moves.push(Move { reasons, ..plain(ActionKind::Cancel) });
    }
    Ok(moves)
}

fn parcel(id: String) -> Choice {
    Choice { text: id.clone(), id }
}

pub(crate) fn plain(kind: ActionKind) -> Move {
    Move {
        kind,
        whole: true,
        places: Vec::new(),
        slots: Vec::new(),
        carriers: Vec::new(),
        reasons: Vec::new(),
        by: None,
    }
}

pub(crate) async fn act(
    shop: &Shop,
    order: &RemoteOrderId,
    action: &Action,
    start: Start<'_>,
) -> Result<Progress<Acted>> {
    match action.kind {
        ActionKind::HandOver => ship::hand_over(shop, order, action).await,
        ActionKind::Label => ship::label(shop, order, action, start).await,
        ActionKind::Cancel => cancel::cancel(shop, order, action).await,
        ActionKind::AnswerCancel => cancel::answer(shop, order, action, start).await,
        ActionKind::Confirm | ActionKind::Pack | ActionKind::Delivered | ActionKind::NotDelivered => {
            Err(Fault::unsupported("act"))
        }
    }
}

fn stages(detail: &OrderDetail) -> Vec<LineStage> {
    detail.line_items.0.iter().map(|item| stage(detail, item)).collect()
}

fn is_cancelled(detail: &OrderDetail) -> bool {
    let stages = stages(detail);
    !stages.is_empty() && stages.iter().all(|stage| matches!(stage, LineStage::Cancelled | LineStage::Failed))
}

/// The seller's own carrier (§9.3).
fn is_own_shipping(detail: &OrderDetail) -> bool {
    detail.shipping_type.as_str() == "SELLER"
}

/// The parcels of lines at these stages, each once.
fn packages(detail: &OrderDetail, wanted: impl Fn(&LineStage) -> bool) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for item in &detail.line_items.0 {
        let Some(id) = item.package_id.filled().filter(|id| *id != "0") else { continue };
        if wanted(&stage(detail, item)) && !all.iter().any(|known| known == id) {
            all.push(id.to_owned());
        }
    }
    all
}
