//! Cancelling by us, and answers to buyers who ask for it (spec §10.2).

use super::{is_cancelled, plain};
use crate::Shop;
use crate::call::{Ask, Class};
use crate::fault::CONFLICT;
use crate::order::read_detail;
use crate::wire::{Cancellation, Cancellations, Eligibility, OrderDetail, Reasons};
use ganh_contract::{
    Acted, Action, ActionKind, Choice, Fault, FaultKind, Move, Progress, RemoteOrderId, Result, Start,
};
use ganh_http::Safety;
use jiff::Timestamp;
use serde_json::{Value, json};

const CALL: &str = "cancel_order";

/// Words of Vietnam's reasons (§10.2); which ones an order takes is asked for.
const REASONS: [(&str, &str); 5] = [
    ("seller_cancel_reason_out_of_stock", "Hết hàng"),
    ("seller_cancel_reason_wrong_price", "Sai giá"),
    ("seller_cancel_unpaid_reason_out_of_stock", "Hết hàng"),
    ("seller_cancel_unpaid_reason_wrong_price", "Sai giá"),
    (
        "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed",
        "Người mua không thanh toán đúng hạn",
    ),
];

/// The reasons that this order takes now; where the channel names none, those of its reference for the order's status.
pub(super) async fn reasons(shop: &Shop, order: &RemoteOrderId, detail: &OrderDetail) -> Result<Vec<Choice>> {
    let path = format!("/return_refund/202602/orders/{order}/aftersale_eligibility");
    let query =
        vec![("initiate_aftersale_user", "SELLER".to_owned()), ("request_types", "CANCEL".to_owned())];
    let reply = shop.line.send(Ask::get("aftersale_eligibility", Class::Orders, path).query(query)).await?;
    let told: Eligibility = reply.read_or_empty()?;
    let mut names: Vec<String> = Vec::new();
    for line in told.sku_eligibility.0.iter().flat_map(|sku| &sku.line_item_eligibility.0) {
        if line.eligible.0 && matches!(line.request_type.as_str(), "CANCEL" | "") {
            for name in listed(&line.available_reason_names) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    if names.is_empty() {
        let is_unpaid = detail.status.as_str() == "UNPAID";
        let of_status = REASONS.iter().filter(|(name, _)| name.contains("unpaid") == is_unpaid);
        names.extend(of_status.map(|(name, _)| (*name).to_owned()));
    }
    Ok(names.into_iter().map(choice).collect())
}

fn choice(name: String) -> Choice {
    let text = REASONS.iter().find(|(known, _)| *known == name).map_or(name.as_str(), |(_, text)| text);
    Choice { text: text.to_owned(), id: name }
}

/// A list, or one text with commas between.
fn listed(names: &Value) -> Vec<String> {
    let texts: Vec<&str> = match names {
        Value::String(text) => text.split(',').collect(),
        Value::Array(rows) => {
            rows.iter().filter_map(|row| row.as_str().or_else(|| row.get("name")?.as_str())).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// The whole order: single lines are for other markets (§10.2: 25005010). Cancelled already is success.
pub(super) async fn cancel(shop: &Shop, order: &RemoteOrderId, action: &Action) -> Result<Progress<Acted>> {
    let detail = read_detail(shop, order).await?;
    if is_cancelled(&detail) {
        return Ok(Progress::Done(Acted::Done));
    }
    let reason = match &action.reason {
        Some(reason) => reason.clone(),
        None => {
            let first = reasons(shop, order, &detail).await?.into_iter().next();
            first.ok_or_else(|| Fault::new(CALL, CONFLICT).said("the channel names no reason"))?.id
        }
    };
    let body = json!({ "order_id": order.as_str(), "cancel_reason": reason });
    let path = "/return_refund/202602/cancellations";
    match shop.line.send(Ask::post(CALL, Class::Orders, Safety::Create, path, body)).await {
        Ok(_) => Ok(Progress::Done(Acted::Done)),
        Err(fault) if matches!(*fault.kind, FaultKind::Conflict { .. }) => {
            let is_done = is_cancelled(&read_detail(shop, order).await?)
                || cancellations(shop, order).await?.iter().any(is_ours_and_runs);
            if is_done { Ok(Progress::Done(Acted::Done)) } else { Err(fault) }
        }
        Err(fault) => Err(fault),
    }
}

fn is_ours_and_runs(one: &Cancellation) -> bool {
    one.cancel_type.as_str() == "CANCEL" && !is_withdrawn(one)
}

fn is_pending(one: &Cancellation) -> bool {
    one.cancel_status.as_str() == "CANCELLATION_REQUEST_PENDING"
}

/// Printed with one L and with two (§10.2).
fn is_withdrawn(one: &Cancellation) -> bool {
    matches!(one.cancel_status.as_str(), "CANCELLATION_REQUEST_CANCEL" | "CANCELLATION_REQUEST_CANCELLED")
}

fn is_granted(one: &Cancellation) -> bool {
    matches!(one.cancel_status.as_str(), "CANCELLATION_REQUEST_SUCCESS" | "CANCELLATION_REQUEST_COMPLETE")
}

async fn cancellations(shop: &Shop, order: &RemoteOrderId) -> Result<Vec<Cancellation>> {
    let query = vec![("page_size", shop.line.app.facts.batch.after_sales_page.to_string())];
    let body = json!({ "order_ids": [order.as_str()], "locale": "vi-VN" });
    let path = "/return_refund/202602/cancellations/search";
    let ask = Ask::post("search_cancellations", Class::Orders, Safety::Read, path, body).query(query);
    let told: Cancellations = shop.line.send(ask).await?.read_or_empty()?;
    let mut all = told.cancellations.0;
    all.retain(|one| one.order_id.as_str() == order.as_str());
    all.sort_by_key(|one| one.update_time.or_zero());
    Ok(all)
}

/// What a buyer's waiting wish allows, with the reasons for refusing it.
pub(super) async fn answer_move(shop: &Shop, order: &RemoteOrderId) -> Result<Option<Move>> {
    let all = cancellations(shop, order).await?;
    let Some(pending) = all.iter().find(|one| is_pending(one)) else { return Ok(None) };
    let query = vec![("return_or_cancel_id", pending.cancel_id.0.clone()), ("locale", "vi-VN".to_owned())];
    let path = "/return_refund/202309/reject_reasons";
    let reply = shop.line.send(Ask::get("get_reject_reasons", Class::Orders, path).query(query)).await?;
    let told: Reasons = reply.read_or_empty()?;
    let reasons = told.reasons.0.iter().filter_map(|reason| {
        let id = reason.name.filled()?.to_owned();
        Some(Choice { text: reason.text.filled().unwrap_or(&id).to_owned(), id })
    });
    let deadline = pending.seller_next_action_response.0.iter().find_map(|next| next.deadline.0);
    let by = deadline.filter(|at| *at > 0).and_then(|at| Timestamp::from_second(at).ok());
    Ok(Some(Move { reasons: reasons.collect(), by, ..plain(ActionKind::AnswerCancel) }))
}

/// Approves or refuses. Answered so already is success, answered otherwise a conflict.
pub(super) async fn answer(
    shop: &Shop,
    order: &RemoteOrderId,
    action: &Action,
    start: Start<'_>,
) -> Result<Progress<Acted>> {
    const CALL: &str = "answer_cancellation";
    let all = cancellations(shop, order).await?;
    let of_buyer = |one: &&Cancellation| one.cancel_type.as_str() != "CANCEL";
    let Some(last) = all.iter().find(|one| is_pending(one)).or(all.iter().rfind(of_buyer)) else {
        return Err(Fault::new(CALL, CONFLICT).said("nobody asked for this order to be cancelled"));
    };
    if !is_pending(last) {
        let is_so = if action.agree { is_granted(last) } else { !is_granted(last) };
        let other = || Fault::new(CALL, CONFLICT).said(last.cancel_status.as_str());
        return if is_so { Ok(Progress::Done(Acted::Done)) } else { Err(other()) };
    }
    let key = match start {
        Start::Fresh(key) if !key.is_empty() => key.to_owned(),
        Start::Fresh(_) | Start::Resume(_) | Start::Adopt(_) => format!("answer-{}", last.cancel_id.as_str()),
    };
    let path = |word: &str| format!("/return_refund/202309/cancellations/{}/{word}", last.cancel_id.as_str());
    let ask = if action.agree {
        Ask {
            method: ganh_http::Method::Post,
            safety: Safety::Create,
            ..Ask::get(CALL, Class::Orders, path("approve"))
        }
        .query(vec![("idempotency_key", key)])
    } else {
        let body = json!({ "reject_reason": action.reason.clone().unwrap_or_else(|| REJECT.to_owned()) });
        Ask::post(CALL, Class::Orders, Safety::Create, path("reject"), body)
    };
    shop.line.send(ask).await?;
    Ok(Progress::Done(Acted::Done))
}

/// For whom gives no reason: the parcel is ready (§10.2, reasons of Vietnam).
const REJECT: &str = "seller_reject_apply_product_has_been_packed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_as_a_list_or_with_commas() {
        assert_eq!(listed(&json!(["a", "b"])), ["a", "b"]);
        assert_eq!(listed(&json!("a, b")), ["a", "b"]);
        assert_eq!(listed(&json!([{ "name": "a" }])), ["a"]);
        assert!(listed(&json!(null)).is_empty());
    }
}
