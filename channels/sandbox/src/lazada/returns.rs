//! Goods that come back: the reverse orders of a shop and what a seller may do to them (spec 5.12).

use serde_json::{Value, json};

use crate::core::Trouble;

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::order_move::{Row, become_status};
use super::order_state::Status;
use super::push::Told;
use super::world::{Shop, World};

/// One reverse order.
#[derive(Debug, Clone)]
pub struct Return {
    pub id: u64,
    pub order_id: u64,
    pub request_type: &'static str,
    pub reason: String,
    pub lines: Vec<ReturnLine>,
    pub created_ms: i64,
    pub modified_ms: i64,
}

/// One row of it.
#[derive(Debug, Clone)]
pub struct ReturnLine {
    pub id: u64,
    pub place: usize,
    /// `REQUEST_INITIATE` …
    pub status: &'static str,
    /// The warehouse's view: `INITIAL`, `RTM_SHIPPING_BACK`, `RTM_RECEIVE_ITEM` …
    pub ofc_status: &'static str,
    pub history: Vec<(i64, &'static str)>,
}

static REASONS: [(u64, &str); 3] =
    [(10_000_201, "Hàng bị vỡ"), (10_000_202, "Không đúng mô tả"), (10_000_203, "Thiếu hàng")];

/// Message 10 about a row.
pub fn tell(
    world: &World,
    shop: &Shop,
    order_id: u64,
    place: usize,
    reverse_id: u64,
    status: &str,
    now_ms: i64,
) {
    if !world.push.is_live() {
        return;
    }
    let Some(order) = shop.orders.find(order_id).filter(|order| !order.is_quiet) else { return };
    let data = json!({
        "reverse_order_id": reverse_id.to_string(), "reverse_order_line_id": (reverse_id + 1).to_string(), "reverse_status": status,
        "trade_order_id": order_id.to_string(), "trade_order_line_id": order.lines[place].id.to_string(),
        "buyer_id": order.buyer_id.to_string(), "seller_id": shop.id.to_string(), "status_update_time": now_ms / 1000, "extraParams": {},
    });
    world.emit(10, Some(shop.id), &Told::Fixed(data), 0);
}

/// The buyer sends rows back. Granted at once: they are `returned`; else the seller decides.
pub fn open(
    world: &World,
    shop: &mut Shop,
    order_id: u64,
    rows: &[usize],
    reason: &str,
    is_granted: bool,
    now_ms: i64,
) -> Result<Value, Trouble> {
    let may = |shop: &Shop, place: usize| {
        shop.orders.find(order_id).is_some_and(|order| order.lines[place].status.may_become(Status::Returned))
    };
    let places: Vec<usize> = rows.iter().copied().filter(|place| may(shop, *place)).collect();
    if places.is_empty() {
        return Err(Trouble::Refused(format!("order {order_id} has nothing delivered to send back")));
    }
    let id = shop.next_reverse();
    let lines = places
        .iter()
        .map(|place| ReturnLine {
            id: shop.next_reverse(),
            place: *place,
            status: if is_granted { "RETURN_COMPLETED" } else { "REQUEST_INITIATE" },
            ofc_status: if is_granted { "RTM_RECEIVE_ITEM" } else { "INITIAL" },
            history: vec![(now_ms, "REQUEST_INITIATE")],
        })
        .collect();
    shop.returns.push(Return {
        id,
        order_id,
        request_type: "RETURN",
        reason: reason.to_owned(),
        lines,
        created_ms: now_ms,
        modified_ms: now_ms,
    });
    for place in places {
        set_return_status(
            shop,
            order_id,
            place,
            if is_granted { "REFUND_SUCCESS" } else { "RTM_INIT" },
            now_ms,
        );
        tell(world, shop, order_id, place, id, "RTM_INIT", now_ms);
        if is_granted {
            become_status(world, shop, Row { order: order_id, place }, Status::Returned, now_ms);
        }
    }
    Ok(json!({ "reverse_order_id": id.to_string() }))
}

fn set_return_status(shop: &mut Shop, order_id: u64, place: usize, status: &str, now_ms: i64) {
    shop.orders.change(order_id, |order| {
        let line = &mut order.lines[place];
        status.clone_into(&mut line.return_status);
        line.initiator = "return-customer";
        line.updated_ms = now_ms;
        order.updated_ms = order.updated_ms.max(now_ms);
        order.changed_ms = now_ms;
    });
}

fn line_view(shop: &Shop, back: &Return, line: &ReturnLine) -> Value {
    let Some(order) = shop.orders.find(back.order_id) else { return Value::Null };
    let row = &order.lines[line.place];
    let code = REASONS.iter().find(|(_, text)| *text == back.reason).map_or(10_000_201, |(code, _)| *code);
    json!({
        "reverse_order_line_id": line.id, "trade_order_line_id": row.id, "reverse_status": line.status, "ofc_status": line.ofc_status,
        "refund_amount": row.price - row.voucher, "item_unit_price": row.price, "reason_text": back.reason, "reason_code": code,
        "is_need_refund": "true", "is_dispute": false, "refund_payment_method": order.payment_method, "whqc_decision": "",
        "seller_sku_id": row.seller_sku, "platform_sku_id": row.sku_id.to_string(), "tracking_number": "", "receiver_address": "",
        "sla": back.created_ms + 2 * 86_400_000, "product": {"product_id": row.item_id, "product_sku": row.sku_id.to_string()},
        "buyer": {"buyer_id": order.buyer_id}, "trade_order_gmt_create": order.created_ms,
        "return_order_line_gmt_create": back.created_ms, "return_order_line_gmt_modified": back.modified_ms,
    })
}

/// `/reverse/getreverseordersforseller`.
pub fn list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let page = call.whole("page_no", "14")?.ok_or_else(|| Refusal::missing("page_no"))?;
    let size = call.whole("page_size", "19")?.ok_or_else(|| Refusal::missing("page_size"))?;
    if page == 0 || size == 0 || size > 100 {
        return Ok(Success::Result(
            json!({"success": false, "error_code": "100", "error_msg": "E0100: invalid page"}),
        ));
    }
    let number = |name: &str| call.arg(name).and_then(|words| words.parse::<i64>().ok());
    let id = |name: &str| call.arg(name).and_then(|words| words.parse::<u64>().ok());
    let among = |name: &str, word: &str| {
        call.texts(name).is_none_or(|words| words.is_empty() || words.iter().any(|known| known == word))
    };
    let within = |name: &str, at: i64| {
        let (start, end) = (number(&format!("{name}Start")), number(&format!("{name}End")));
        start.is_none_or(|start| at >= start) && end.is_none_or(|end| at <= end)
    };
    let found: Vec<&Return> = shop
        .returns
        .iter()
        .filter(|back| id("reverse_order_id").is_none_or(|id| id == back.id))
        .filter(|back| id("trade_order_id").is_none_or(|id| id == back.order_id))
        .filter(|_| call.arg("return_to_type").is_none_or(|kind| kind == "RTM"))
        .filter(|back| among("request_type_list", back.request_type))
        .filter(|back| back.lines.iter().any(|line| among("reverse_status_list", line.status)))
        .filter(|back| back.lines.iter().any(|line| among("ofc_status_list", line.ofc_status)))
        .filter(|back| within("ReverseOrderLineTimeRange", back.created_ms))
        .filter(|back| within("ReverseOrderLineModifiedTimeRange", back.modified_ms))
        .filter(|back| {
            let created = shop.orders.find(back.order_id).map_or(0, |order| order.created_ms);
            within("TradeOrderLineCreatedTimeRange", created)
        })
        .collect();
    let range = call.page((page - 1).saturating_mul(size), size, found.len());
    let items: Vec<Value> = found[range]
        .iter()
        .map(|back| {
            let lines: Vec<Value> = back.lines.iter().map(|line| line_view(shop, back, line)).collect();
            json!({"reverse_order_id": back.id, "trade_order_id": back.order_id, "request_type": back.request_type, "is_rtm": true, "shipping_type": "PICK_UP", "reverse_order_lines": lines})
        })
        .collect();
    call.rows.set(items.len());
    Ok(Success::Result(
        json!({"success": true, "total": found.len(), "page_no": page, "page_size": size, "items": items}),
    ))
}

fn find<'a>(shop: &'a Shop, call: &Call) -> Result<&'a Return, Refusal> {
    let id: Option<u64> = call.need("reverse_order_id")?.parse().ok();
    let found = id.and_then(|id| shop.returns.iter().find(|back| back.id == id));
    found.ok_or_else(|| Refusal::isp("105", "E0105: The reverse order is not found"))
}

/// `/order/reverse/return/detail/list`.
pub fn detail(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let back = find(shop, call)?;
    let lines: Vec<Value> = back
        .lines
        .iter()
        .map(|line| {
            let mut row = line_view(shop, back, line);
            let (product, buyer) = (row["product"].clone(), row["buyer"].clone());
            row["productDTO"] = json!({"product_id": product["product_id"], "sku": product["product_sku"]});
            row["buyer"] = json!({"user_id": buyer["buyer_id"]});
            row
        })
        .collect();
    call.rows.set(lines.len());
    Ok(Success::Data(json!({
        "reverse_order_id": back.id, "trade_order_id": back.order_id, "request_type": back.request_type, "is_rtm": true,
        "shipping_type": "PICK_UP", "reverseOrderLineDTOList": lines,
    })))
}

/// `/order/reverse/return/update`.
pub fn update(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let action = call.need("action")?;
    let (from, status, ofc_status, told): (&[&str], _, _, _) = match action {
        "instantRefund" => (&["REQUEST_INITIATE"], "REFUND_ISSUED", "INITIAL", "REFUND_SUCCESS"),
        "agreeReturn" => (&["REQUEST_INITIATE"], "RETURN_AGREED", "RTM_SHIPPING_BACK", "RTM_SHIPPING_BACK"),
        "refuseReturn" => (&["REQUEST_INITIATE"], "REQUEST_REJECT", "INITIAL", "REFUND_REJECTED"),
        "confirmDelivery" => (&["RETURN_AGREED"], "RETURN_RECEIVED", "RTM_RECEIVE_ITEM", "RTM_RECEIVE_ITEM"),
        "agreeRefund" => (&["RETURN_RECEIVED"], "REFUND_ISSUED", "RTM_RECEIVE_ITEM", "REFUND_SUCCESS"),
        "refuseRefund" => (&["RETURN_RECEIVED"], "REQUEST_REJECT", "RTM_RECEIVE_ITEM", "REFUND_REJECTED"),
        _ => return Err(Refusal::isp("103", "E0103: The action is invalid")),
    };
    if action.starts_with("refuse") && (call.arg("reason_id").is_none() || call.arg("comment").is_none()) {
        return Err(Refusal::isp("107", "E0107: A refusal needs reason_id and comment"));
    }
    if action == "refuseRefund" && call.arg("image_info").is_none() {
        return Err(Refusal::isp("108", "E0108: A refusal needs pictures"));
    }
    let id = find(shop, call)?.id;
    call.need("reverse_order_item_ids")?;
    let ids = call.ids("reverse_order_item_ids").unwrap_or_default();
    let Some(back) = shop.returns.iter_mut().find(|back| back.id == id) else {
        return Err(Refusal::isp("105", "E0105: The reverse order is not found"));
    };
    if ids.is_empty() || !ids.iter().all(|id| back.lines.iter().any(|line| line.id == *id)) {
        return Err(Refusal::isp("106", "E0106: The reverse order item is not found"));
    }
    if back.lines.iter().any(|line| ids.contains(&line.id) && !from.contains(&line.status)) {
        return Err(Refusal::isp("110", "E0110: The action is not allowed in the current status"));
    }
    let order_id = back.order_id;
    let mut places = Vec::new();
    for line in back.lines.iter_mut().filter(|line| ids.contains(&line.id)) {
        line.status = status;
        line.ofc_status = ofc_status;
        line.history.push((call.now_ms, status));
        places.push(line.place);
    }
    back.modified_ms = call.now_ms;
    let mut refund = 0;
    for place in places {
        set_return_status(shop, order_id, place, told, call.now_ms);
        tell(world, shop, order_id, place, id, told, call.now_ms);
        let line = shop.orders.find(order_id).map(|order| order.lines[place].clone());
        refund += line.map_or(0, |line| line.price - line.voucher);
        if status == "REFUND_ISSUED" {
            become_status(world, shop, Row { order: order_id, place }, Status::Returned, call.now_ms);
        }
    }
    let lines: Vec<Value> = shop.returns.iter().find(|back| back.id == id).map_or_else(Vec::new, |back| {
        back.lines
            .iter()
            .map(|line| json!({"reverse_order_line_id": line.id, "reverse_status": line.status}))
            .collect()
    });
    Ok(Success::Data(
        json!({"reverse_order_id": id, "total_refund": refund, "reason_info": [], "reverse_order_line": lines}),
    ))
}

/// `/order/reverse/onlyrefund/seller/decide`: no buyer of this sandbox asks for money without sending goods back.
pub fn only_refund(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    if !matches!(call.need("action")?, "agreeRefund" | "startDispute") {
        return Err(Refusal::isp("103", "E0103: The action is invalid"));
    }
    find(shop, call)?;
    Err(Refusal::isp("110", "E0110: The action is not allowed for this request type"))
}

/// `/order/reverse/reason/list`.
pub fn reasons(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    line(shop, call)?;
    let rows: Vec<Value> = REASONS
        .iter()
        .map(|(id, text)| json!({"reason_id": id, "text": text, "muti_language_text": text}))
        .collect();
    call.rows.set(rows.len());
    Ok(Success::Data(Value::Array(rows)))
}

fn line<'a>(shop: &'a Shop, call: &Call) -> Result<&'a ReturnLine, Refusal> {
    let id: Option<u64> = call.need("reverse_order_line_id")?.parse().ok();
    let found = shop.returns.iter().flat_map(|back| &back.lines).find(|line| Some(line.id) == id);
    found.ok_or_else(|| Refusal::isp("106", "E0106: The reverse order item is not found"))
}

/// `/order/reverse/return/history/list`.
pub fn history(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let page = call.whole("page_number", "14")?.ok_or_else(|| Refusal::missing("page_number"))?.max(1);
    let size = call.whole("page_size", "19")?.ok_or_else(|| Refusal::missing("page_size"))?.clamp(1, 100);
    let line = line(shop, call)?;
    let rows: Vec<Value> = line
        .history
        .iter()
        .skip((page - 1).saturating_mul(size))
        .take(size)
        .map(|(at_ms, status)| json!({"time": at_ms, "operator": "buyer", "status": status, "pictures": []}))
        .collect();
    call.rows.set(rows.len());
    Ok(Success::Data(
        json!({"list": rows, "page_info": {"page_number": page, "page_size": size, "total": line.history.len()}}),
    ))
}
