//! Cancelling: by the seller, on the buyer's request, by the platform when the seller is late (spec 10.2).

use serde_json::{Value, json};

use super::aftersale::{CancelStatus, Cancellation, lines_of, refund};
use super::call::{Call, id, list, text, texts, whole};
use super::envelope::{Answer, Refusal, Success};
use super::order::Ended;
use super::order_flow::{announce, announce_cancellation, cancel_lines};
use super::order_state::Stage;
use super::paging::{self, Place};
use super::shop::{Due, IdOf, Shop};
use super::world::World;

/// Reasons of the seller in VN, with the order's stage they are for.
const UNPAID: [(&str, &str); 3] = [
    ("seller_cancel_unpaid_reason_out_of_stock", "Hết hàng"),
    ("seller_cancel_unpaid_reason_wrong_price", "Sai giá"),
    (
        "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed",
        "Người mua chưa thanh toán trong thời gian cho phép",
    ),
];
const PAID: [(&str, &str); 2] =
    [("seller_cancel_reason_out_of_stock", "Hết hàng"), ("seller_cancel_reason_wrong_price", "Sai giá")];
const WITHDRAWN: &str = "seller_cancel_paid_reason_address_not_deliver";
const REJECT: [(&str, &str); 4] = [
    ("seller_reject_apply_product_has_been_packed", "Sản phẩm đã được đóng gói"),
    (
        "order_manage_list_action_respond_popup_reject_reason_invalid_cancellation_reason",
        "Lý do hủy không hợp lệ",
    ),
    ("order_manage_list_action_respond_popup_reject_reason_delivered", "Sản phẩm đã được giao"),
    ("order_manage_list_action_respond_popup_reject_reason_buyer_agree", "Đã thống nhất với người mua"),
];

fn reasons(stage: Stage) -> &'static [(&'static str, &'static str)] {
    match stage {
        Stage::Unpaid => &UNPAID,
        Stage::OnHold | Stage::AwaitingShipment => &PAID,
        Stage::AwaitingCollection
        | Stage::InTransit
        | Stage::Delivered
        | Stage::Completed
        | Stage::Cancelled => &[],
    }
}

/// `GET /return_refund/202602/orders/{id}/aftersale_eligibility`. The shape is that of client models made from the
/// official documents; `order_line_items_ids` is spelt so on the wire (spec 8.1).
pub fn eligibility(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order = shop.orders.find(call.id());
    let order = order.ok_or_else(|| Refusal::new(21_008_111, "The order does not exist."))?;
    let is_seller = call.arg("initiate_aftersale_user").is_none_or(|user| user == "SELLER");
    let known = if is_seller { reasons(order.stage()) } else { &[] };
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let (code, words) =
        if known.is_empty() { (25_001_003, "The order status does not allow it.") } else { (0, "") };
    let mut skus: Vec<u64> = order.lines.iter().map(|line| line.sku).collect();
    skus.sort_unstable();
    skus.dedup();
    let rows: Vec<Value> = skus
        .iter()
        .map(|sku| {
            let mine = order.lines.iter().filter(|line| line.sku == *sku && line.is_active());
            let lines: Vec<String> = mine.map(|line| line.id.to_string()).collect();
            json!({"sku_id": sku.to_string(), "line_item_eligibility": [{
                "request_type": "CANCEL", "order_line_items_ids": lines, "eligible": !known.is_empty(), "ineligible_code": code,
                "ineligible_reason": words, "available_reason_names": names,
            }]})
        })
        .collect();
    call.rows(rows.len(), json!({ "sku_eligibility": rows }))
}

/// `POST /return_refund/202602/cancellations`: the seller cancels the whole order.
pub fn by_seller(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let order = id(&call.json, "order_id").ok_or_else(|| Refusal::required("OrderId"))?;
    let reason = call.text("cancel_reason").ok_or_else(|| Refusal::required("CancelReason"))?;
    let held =
        shop.orders.find(order).ok_or_else(|| Refusal::new(21_008_111, "The order does not exist."))?;
    let stage = held.stage();
    if stage == Stage::Cancelled {
        return Err(Refusal::new(25_001_010, "The order has been cancelled already."));
    }
    if reasons(stage).is_empty() {
        return Err(Refusal::new(25_001_003, "The order status does not allow a cancellation."));
    }
    if !names_all(held, &call.json) {
        return Err(Refusal::new(25_005_010, "Item-level cancellation is not allowed in this market."));
    }
    if reason == WITHDRAWN {
        return Err(Refusal::new(25_001_020, "The reason is offline."));
    }
    let Some((_, words)) = reasons(stage).iter().find(|(name, _)| *name == reason) else {
        let is_known = UNPAID.iter().chain(&PAID).any(|(name, _)| *name == reason);
        let is_buyers = reason.starts_with("buyer_") || REJECT.iter().any(|(name, _)| *name == reason);
        let code = if is_known {
            25_001_021
        } else if is_buyers {
            25_001_015
        } else {
            25_001_014
        };
        return Err(Refusal::new(code, "The cancel reason is not possible here."));
    };
    let id = end(world, shop, order, None, ("SELLER", reason, words), call.now_ms);
    let status = shop.cancellations.get(&id).map_or("", |one| one.status.word());
    call.rows(1, json!({"cancel_id": id.to_string(), "cancel_status": status}))
}

/// Whether a body that names parts names all of them.
fn names_all(order: &super::order::Order, body: &Value) -> bool {
    let lines = texts(body, "order_line_item_ids");
    let active: Vec<_> = order.lines.iter().filter(|line| line.is_active()).collect();
    if !lines.is_empty() {
        return active.iter().all(|line| lines.contains(&line.id.to_string()));
    }
    let skus = list(body, "skus");
    skus.is_empty()
        || active.iter().all(|line| {
            let units = active.iter().filter(|other| other.sku == line.sku).count() as i64;
            skus.iter()
                .any(|row| id(row, "sku_id") == Some(line.sku) && whole(row, "quantity") == Some(units))
        })
}

/// Ends an order (or some lines of it) at once; returns the cancellation. `by`: role, reason, its words.
pub fn end(
    world: &World,
    shop: &mut Shop,
    order: u64,
    lines: Option<Vec<u64>>,
    by: (&'static str, &str, &str),
    now_ms: i64,
) -> u64 {
    let id = open(world, shop, order, lines, by, false, now_ms);
    carry_out(world, shop, id, now_ms);
    id
}

/// Opens a cancellation: the buyer's request waits, everything else is carried out by the caller.
pub fn open(
    world: &World,
    shop: &mut Shop,
    order: u64,
    lines: Option<Vec<u64>>,
    by: (&'static str, &str, &str),
    is_request: bool,
    now_ms: i64,
) -> u64 {
    let id = shop.next_id(IdOf::AfterSale);
    let now_s = now_ms.div_euclid(1000);
    let active = || {
        let held = shop.orders.find(order);
        held.map(|held| held.lines.iter().filter(|line| line.is_active()).map(|line| line.id).collect())
            .unwrap_or_default()
    };
    let lines = lines.unwrap_or_else(active);
    let one = Cancellation {
        id,
        order,
        lines,
        is_request,
        status: CancelStatus::Pending,
        role: by.0,
        reason: by.1.to_owned(),
        reason_text: by.2.to_owned(),
        restocks: world.settings().auto_restock,
        created_s: now_s,
        updated_s: now_s,
        deadline_s: now_s + 2 * 86_400,
    };
    if is_request {
        announce_cancellation(world, shop, &one);
        if let Some(held) = shop.orders.find_mut(order) {
            held.asked = Some((id, now_s));
        }
        shop.orders.touch(order, now_ms);
    }
    shop.cancellations.insert(id, one);
    id
}

fn carry_out(world: &World, shop: &mut Shop, id: u64, now_ms: i64) {
    let Some(one) = shop.cancellations.get(&id).cloned() else { return };
    let by = if matches!(one.role, "BUYER" | "SELLER") { one.role } else { "SYSTEM" };
    let ended = Ended { reason: one.reason_text.clone(), by, at_s: now_ms.div_euclid(1000) };
    let asked = shop.orders.find_mut(one.order).and_then(|held| held.asked.take());
    if let Some((other, _)) = asked.filter(|(other, _)| *other != id) {
        // A request that waits has nothing left to ask for.
        stand(world, shop, other, CancelStatus::Cancelled, now_ms);
    }
    cancel_lines(world, shop, one.order, &one.lines, ended, now_ms);
    let was_paid = shop.orders.find(one.order).is_some_and(|order| order.paid_s.is_some());
    let refund_ms = world.settings().refund_ms;
    let status = if was_paid && refund_ms > 0 { CancelStatus::Success } else { CancelStatus::Complete };
    stand(world, shop, id, status, now_ms);
    if status == CancelStatus::Success {
        shop.plan(world, now_ms + refund_ms, Due::Refund(id));
    }
    announce(world, shop, one.order);
}

fn stand(world: &World, shop: &mut Shop, id: u64, status: CancelStatus, now_ms: i64) {
    let Some(one) = shop.cancellations.get_mut(&id) else { return };
    one.status = status;
    one.updated_s = now_ms.div_euclid(1000);
    let one = one.clone();
    announce_cancellation(world, shop, &one);
}

/// The money is back.
pub fn refunded(world: &World, shop: &mut Shop, id: u64, at_ms: i64) {
    stand(world, shop, id, CancelStatus::Complete, at_ms);
}

/// The seller did not arrange shipment in time.
pub fn by_system(world: &World, shop: &mut Shop, order: u64, at_ms: i64) {
    let is_late = shop.orders.find(order).is_some_and(|held| held.stage() == Stage::AwaitingShipment);
    if is_late {
        end(
            world,
            shop,
            order,
            None,
            ("SYSTEM", "system_cancel_overdue", "Người bán không giao hàng đúng hạn"),
            at_ms,
        );
    }
}

/// `POST /return_refund/202602/cancellations/search`; ascending unless said (spec 8.1).
pub fn search(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let size = paging::size_or(call, 50, 10)?;
    let is_by_update = call.arg("sort_field") == Some("update_time");
    let is_ascending = call.arg("sort_order") != Some("DESC");
    let bound = paging::filter(call, "cancellations");
    let after = paging::read(world, call, &bound)?.map(|place| (place.key, place.id));
    let body = &call.json;
    let (kinds, words) = (texts(body, "cancel_types"), texts(body, "cancel_status"));
    let (orders, ids) = (texts(body, "order_ids"), texts(body, "cancel_ids"));
    let named = |wanted: &[String], word: &str| wanted.is_empty() || wanted.iter().any(|one| one == word);
    // A filter may spell the status with one L or two.
    let spelt =
        |word: &str| words.is_empty() || words.iter().any(|one| one == word || format!("{one}LED") == word);
    let within = |at: i64, from: &str, until: &str| {
        whole(body, from).is_none_or(|from| at >= from) && whole(body, until).is_none_or(|until| at < until)
    };
    let mut found: Vec<(i64, &Cancellation)> = shop
        .cancellations
        .values()
        .filter(|one| named(&kinds, kind(one)) && spelt(one.status.word()))
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
    let mut page: Vec<(i64, &Cancellation)> = found[start..].iter().take(size).copied().collect();
    let has_more = start + page.len() < total;
    let next = page
        .last()
        .filter(|_| has_more && !call.twist.empty_page)
        .map(|(key, one)| Place { key: *key, id: one.id });
    paging::shift(call, &mut page);
    let rows: Vec<Value> = page.iter().map(|(_, one)| shown(shop, one)).collect();
    let token = paging::write(call, &bound, next);
    call.rows(rows.len(), json!({"total_count": total, "next_page_token": token, "cancellations": rows}))
}

const fn kind(one: &Cancellation) -> &'static str {
    if one.is_request { "BUYER_CANCEL" } else { "CANCEL" }
}

fn shown(shop: &Shop, one: &Cancellation) -> Value {
    let lines = lines_of(shop.orders.find(one.order), &one.lines);
    let rows: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "cancel_line_item_id": (line.id + 1_000_000_000_000).to_string(), "order_line_item_id": line.id.to_string(),
                "sku_id": line.sku.to_string(), "seller_sku": line.seller_sku, "sku_name": line.sku_name, "product_name": line.title,
                "refund_amount": refund(&[line]),
            })
        })
        .collect();
    let actions = if one.status == CancelStatus::Pending {
        json!([{"action": "SELLER_RESPOND_BUYER_CANCEL", "deadline": one.deadline_s}])
    } else {
        json!([])
    };
    json!({
        "cancel_id": one.id.to_string(), "order_id": one.order.to_string(), "cancel_type": kind(one), "cancel_status": one.status.word(),
        "role": one.role, "cancel_reason": one.reason, "cancel_reason_text": one.reason_text, "seller_next_action_response": actions,
        "refund_amount": refund(&lines), "cancel_line_items": rows, "should_replenish_stock": one.restocks,
        "create_time": one.created_s, "update_time": one.updated_s,
    })
}

/// `POST /return_refund/202309/cancellations/{id}/approve`.
pub fn approve(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    answer(shop, call, |shop, id| {
        carry_out(world, shop, id, call.now_ms);
        Ok(())
    })
}

/// `POST /return_refund/202309/cancellations/{id}/reject`.
pub fn reject(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    answer(shop, call, |shop, id| {
        let reason = text(&call.json, "reject_reason").ok_or_else(|| Refusal::required("RejectReason"))?;
        if !REJECT.iter().any(|(name, _)| *name == reason) {
            return Err(Refusal::new(25_001_014, "The reject reason does not exist."));
        }
        withdraw(world, shop, id, call.now_ms);
        Ok(())
    })
}

/// A request ends without effect: rejected by the seller or withdrawn by the buyer.
pub fn withdraw(world: &World, shop: &mut Shop, id: u64, now_ms: i64) {
    stand(world, shop, id, CancelStatus::Cancelled, now_ms);
    let order = shop.cancellations.get(&id).map(|one| one.order);
    if let Some(order) = order {
        if let Some(held) = shop.orders.find_mut(order) {
            held.asked = None;
        }
        shop.orders.touch(order, now_ms);
    }
}

/// Answers a request; the same `idempotency_key` again is the same success.
fn answer(shop: &mut Shop, call: &Call, act: impl FnOnce(&mut Shop, u64) -> Result<(), Refusal>) -> Answer {
    let key = call.arg("idempotency_key").map(|key| format!("{} {key}", call.path));
    if key.as_ref().is_some_and(|key| shop.done_keys.contains(key)) {
        return Ok(Success::Data(json!({})));
    }
    let one = shop.cancellations.get(&call.id());
    let one = one.ok_or_else(|| Refusal::new(25_001_051, "The cancellation does not exist."))?;
    if one.status != CancelStatus::Pending {
        return Err(Refusal::new(25_011_011, "The cancellation is in another state."));
    }
    act(shop, call.id())?;
    shop.done_keys.extend(key);
    call.rows(1, json!({}))
}

/// `GET /return_refund/202309/reject_reasons`.
pub fn reject_reasons(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let wanted: u64 = call.arg("return_or_cancel_id").and_then(|id| id.parse().ok()).unwrap_or(0);
    if !shop.cancellations.contains_key(&wanted) && !shop.returns.contains_key(&wanted) {
        return Err(Refusal::new(25_001_051, "The after-sale request does not exist."));
    }
    let rows: Vec<Value> = REJECT.iter().map(|(name, text)| json!({"name": name, "text": text})).collect();
    call.rows(rows.len(), json!({ "reasons": rows }))
}
