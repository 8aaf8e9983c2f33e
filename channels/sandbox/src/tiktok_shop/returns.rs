//! Returns (spec 10.3): the buyer's steps come by the control API, the seller's answers by the API.

use serde_json::{Value, json};

use super::aftersale::{Return, ReturnStatus, lines_of, refund};
use super::call::{Call, text, texts, whole};
use super::envelope::{Answer, Refusal};
use super::paging::{self, Place};
use super::shop::Shop;
use super::webhook::{Topic, emit, is_heard};
use super::world::World;

/// `POST /return_refund/202602/returns/search`; `return_orders` is missing when the page is empty.
pub fn search(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let size = paging::size_or(call, 50, 10)?;
    let is_by_update = call.arg("sort_field") == Some("update_time");
    let is_ascending = call.arg("sort_order") != Some("DESC");
    let bound = paging::filter(call, "returns");
    let after = paging::read(world, call, &bound)?.map(|place| (place.key, place.id));
    let body = &call.json;
    let (kinds, words) = (texts(body, "return_types"), texts(body, "return_status"));
    let (orders, ids) = (texts(body, "order_ids"), texts(body, "return_ids"));
    let named = |wanted: &[String], word: &str| wanted.is_empty() || wanted.iter().any(|one| one == word);
    let within = |at: i64, from: &str, until: &str| {
        whole(body, from).is_none_or(|from| at >= from) && whole(body, until).is_none_or(|until| at < until)
    };
    let mut found: Vec<(i64, &Return)> = shop
        .returns
        .values()
        .filter(|one| named(&kinds, one.kind) && named(&words, one.status.word()))
        .filter(|one| named(&orders, &one.order.to_string()) && named(&ids, &one.id.to_string()))
        .filter(|one| within(one.created_s, "create_time_ge", "create_time_lt"))
        .filter(|one| within(one.updated_s, "update_time_ge", "update_time_lt"))
        .map(|one| (if is_by_update { one.updated_s } else { one.created_s }, one))
        .collect();
    found.sort_by_key(|(key, one)| (*key, one.id));
    if !is_ascending {
        found.reverse();
    }
    let total = found.len();
    let start = match after {
        None => 0,
        Some(last) if is_ascending => found.partition_point(|(key, one)| (*key, one.id) <= last),
        Some(last) => found.partition_point(|(key, one)| (*key, one.id) >= last),
    };
    let mut page: Vec<(i64, &Return)> = found[start..].iter().take(size).copied().collect();
    let has_more = start + page.len() < total;
    let next = page
        .last()
        .filter(|_| has_more && !call.twist.empty_page)
        .map(|(key, one)| Place { key: *key, id: one.id });
    paging::shift(call, &mut page);
    let rows: Vec<Value> = page.iter().map(|(_, one)| shown(shop, one)).collect();
    let token = paging::write(call, &bound, next);
    let mut data = json!({"total_count": total, "next_page_token": token});
    if !rows.is_empty() {
        data["return_orders"] = json!(rows);
    }
    call.rows(rows.len(), data)
}

fn shown(shop: &Shop, one: &Return) -> Value {
    let lines = lines_of(shop.orders.find(one.order), &one.lines);
    let rows: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "return_line_item_id": (line.id + 2_000_000_000_000).to_string(), "order_line_item_id": line.id.to_string(),
                "sku_id": line.sku.to_string(), "seller_sku": line.seller_sku, "product_name": line.title,
                "refund_amount": refund(&[line]),
            })
        })
        .collect();
    let actions = match one.status {
        ReturnStatus::Pending => {
            json!([{"action": "SELLER_RESPOND_RETURN", "deadline": one.updated_s + 2 * 86_400}])
        }
        ReturnStatus::Shipped => {
            json!([{"action": "SELLER_RESPOND_RECEIVE_PACKAGE", "deadline": one.updated_s + 2 * 86_400}])
        }
        ReturnStatus::Rejected
        | ReturnStatus::AwaitingBuyerShip
        | ReturnStatus::RejectedPackage
        | ReturnStatus::Success
        | ReturnStatus::Cancelled
        | ReturnStatus::Complete => json!([]),
    };
    json!({
        "return_id": one.id.to_string(), "order_id": one.order.to_string(), "return_type": one.kind, "return_status": one.status.word(),
        "arbitration_status": "", "role": "BUYER", "return_reason": "ecom_order_delivered_refund_and_return_reason_wrong_product",
        "return_reason_text": one.reason, "shipment_type": "PLATFORM", "handover_method": "DROP_OFF",
        "return_tracking_number": one.tracking, "return_provider_name": "J&T Express", "can_buyer_keep_item": false,
        "refund_amount": refund(&lines), "return_line_items": rows, "seller_next_action_response": actions, "is_quick_refund": false,
        "create_time": one.created_s, "update_time": one.updated_s,
    })
}

/// `POST /return_refund/202309/returns/{id}/approve`.
pub fn approve(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let decision = text(&call.json, "decision").ok_or_else(|| Refusal::required("Decision"))?;
    let step = match decision {
        "APPROVE_REFUND" | "APPROVE_RETURN" | "APPROVE_REPLACEMENT" => "approve",
        "APPROVE_RECEIVED_PACKAGE" => "receive",
        other => return Err(Refusal::new(25_001_021, format!("The decision {other} is not possible here."))),
    };
    answer(world, shop, call, step)
}

/// `POST /return_refund/202606/returns/{id}/reject`.
pub fn reject(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    text(&call.json, "decision").ok_or_else(|| Refusal::required("Decision"))?;
    text(&call.json, "reject_reason").ok_or_else(|| Refusal::required("RejectReason"))?;
    answer(world, shop, call, "reject")
}

fn answer(world: &World, shop: &mut Shop, call: &Call, step: &str) -> Answer {
    let key = call.arg("idempotency_key").map(|key| format!("{} {key}", call.path));
    if key.as_ref().is_some_and(|key| shop.done_keys.contains(key)) {
        return call.rows(1, json!({}));
    }
    if !shop.returns.contains_key(&call.id()) {
        return Err(Refusal::new(25_001_051, "The return does not exist."));
    }
    if !advance(world, shop, call.id(), step, call.now_ms) {
        return Err(Refusal::new(25_020_003, "The return is in another state."));
    }
    shop.done_keys.extend(key);
    call.rows(1, json!({}))
}

/// Takes a return a step further; false: not from where it stands.
pub fn advance(world: &World, shop: &mut Shop, id: u64, step: &str, now_ms: i64) -> bool {
    let Some(one) = shop.returns.get_mut(&id) else { return false };
    let Some(next) = one.status.after(step, one.kind) else { return false };
    one.status = next;
    one.updated_s = now_ms.div_euclid(1000);
    if next == ReturnStatus::Shipped {
        one.tracking = format!("85{:011}", one.id % 100_000_000_000);
    }
    let (order, lines, is_goods) = (one.order, one.lines.clone(), one.kind != "REFUND");
    if next == ReturnStatus::Success
        && is_goods
        && let Some(held) = shop.orders.find_mut(order)
    {
        for line in held.lines.iter_mut().filter(|line| lines.contains(&line.id)) {
            line.is_returned = true;
        }
        held.changed_ms = held.changed_ms.max(now_ms);
    }
    tell(world, shop, id);
    true
}

/// Webhook 12.
pub fn tell(world: &World, shop: &Shop, id: u64) {
    let Some(one) = shop.returns.get(&id).filter(|_| is_heard(world, shop)) else { return };
    let data = json!({
        "order_id": one.order.to_string(), "return_id": one.id.to_string(), "return_role": "BUYER", "return_type": one.kind,
        "return_status": one.status.word(), "create_time": one.created_s, "update_time": one.updated_s,
    });
    emit(world, shop, Topic::Return, &data);
}
