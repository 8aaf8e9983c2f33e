//! Returns (spec 5.6) and money (spec 5.7).

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::order::Order;
use super::order_event;
use super::order_read::SHIPPING_FEE;
use super::world::{Shop, World};

const DAYS_15: i64 = 15 * 86_400;
const STATUSES: [&str; 7] =
    ["REQUESTED", "ACCEPTED", "CANCELLED", "JUDGING", "CLOSED", "PROCESSING", "SELLER_DISPUTE"];

/// One return. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    pub sn: String,
    pub order_sn: String,
    pub status: &'static str,
    pub text: String,
    /// Places of the order's lines, and units.
    pub lines: Vec<(usize, i64)>,
    pub created_s: i64,
    pub updated_s: i64,
    pub due_s: i64,
}

/// `GET /returns/get_return_list`. Page 0 and page 1 are the first page (spec 5.6).
pub fn get_return_list(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let page_no = call.int_between("page_no", 0, i64::MAX)?;
    let page = call.int_between("page_size", 1, 100)?;
    let created = window(call, "create_time")?;
    let updated = window(call, "update_time")?;
    let status = call.arg("status").filter(|word| !word.is_empty());
    if status.is_some_and(|word| !STATUSES.contains(&word)) {
        return Err(Refusal::wrong("status is invalid."));
    }
    let fits = |one: &&Return| {
        created.is_none_or(|(from, to)| (from..=to).contains(&one.created_s))
            && updated.is_none_or(|(from, to)| (from..=to).contains(&one.updated_s))
            && status.is_none_or(|word| word == one.status)
    };
    let skip = usize::try_from((page_no - 1).max(0).saturating_mul(page)).unwrap_or(usize::MAX);
    let page = usize::try_from(page).unwrap_or(100);
    let mut rest = shop.returns.iter().rev().filter(fits).skip(skip);
    let rows: Vec<Value> =
        rest.by_ref().take(page).filter_map(|one| Some(row(one, shop.orders.find(&one.order_sn)?))).collect();
    let more = rest.next().is_some();
    if call.twist.empty_page {
        return Ok(Success::Response(json!({"more": false, "return": []})));
    }
    call.rows.set(rows.len() as u64);
    Ok(Success::Response(json!({"more": more, "return": rows})))
}

fn window(call: &Call, name: &str) -> Result<Option<(i64, i64)>, Refusal> {
    let (from, to) = (call.int_arg(&format!("{name}_from"))?, call.int_arg(&format!("{name}_to"))?);
    let (Some(from), Some(to)) = (from, to) else { return Ok(None) };
    if from >= to || to - from > DAYS_15 {
        return Err(Refusal::wrong(format_args!(
            "{name}_from must be earlier than {name}_to and diff in 15days."
        )));
    }
    Ok(Some((from, to)))
}

/// `GET /returns/get_return_detail`.
pub fn get_return_detail(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let Some(sn) = call.arg("return_sn").filter(|sn| !sn.is_empty()) else {
        return Err(Refusal::missing("return_sn"));
    };
    let found = shop.returns.iter().find(|one| one.sn == sn);
    let shown = found.and_then(|one| Some(row(one, shop.orders.find(&one.order_sn)?)));
    shown
        .map(Success::Response)
        .ok_or_else(|| Refusal::new("error_not_found", "Wrong parameters, detail: the return is not found."))
}

fn row(one: &Return, order: &Order) -> Value {
    let lines = one.lines.iter().filter_map(|(place, units)| Some((order.lines.get(*place)?, *units)));
    let amount: i64 = lines.clone().map(|(line, units)| line.discounted.saturating_mul(units)).sum();
    let items: Vec<Value> = lines.map(|(line, units)| json!({"item_id": line.item_id, "model_id": line.model_id, "name": line.item_name, "amount": units,
        "item_price": line.discounted, "item_sku": line.item_sku, "variation_sku": line.model_sku, "images": [], "is_add_on_deal": false,
        "is_main_item": false, "add_on_deal_id": 0})).collect();
    json!({
        "return_sn": one.sn, "order_sn": one.order_sn, "status": one.status, "reason": "PHYSICAL_DMG", "text_reason": one.text,
        "refund_amount": amount, "amount_before_discount": amount, "currency": "VND", "create_time": one.created_s, "update_time": one.updated_s,
        "due_date": one.due_s, "return_ship_due_date": 0, "return_seller_due_date": 0, "tracking_number": "", "needs_logistics": true,
        "return_solution": 0, "return_refund_type": "RRBOC",
        "negotiation_status": if one.status == "REQUESTED" { "PENDING_RESPOND" } else { "TERMINATED" },
        "seller_proof_status": "NOT_NEEDED", "seller_compensation_status": "COMPENSATION_NOT_REQUIRED", "image": [], "dispute_reason": [],
        "dispute_text_reason": [], "user": {"username": order.buyer_name, "email": "", "portrait": ""}, "item": items,
    })
}

/// `GET /payment/get_escrow_detail`: the parts add up; the shares of the fees are invented.
pub fn get_escrow_detail(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let Some(sn) = call.arg("order_sn").filter(|sn| !sn.is_empty()) else {
        return Err(Refusal::missing("order_sn"));
    };
    let order = order_event::find(shop, sn)?;
    let goods = order.goods();
    let (commission, service, transaction) =
        (goods * 7 / 100, goods * 3 / 100, (goods + SHIPPING_FEE) * 3 / 100);
    let refund: i64 = order.lines.iter().map(|line| line.discounted.saturating_mul(line.returned)).sum();
    let returns: Vec<&str> =
        shop.returns.iter().filter(|one| one.order_sn == sn).map(|one| one.sn.as_str()).collect();
    let items: Vec<Value> = order.lines.iter().map(|line| {
        let (original, discounted) = (line.price.saturating_mul(line.active()), line.discounted.saturating_mul(line.active()));
        json!({"item_id": line.item_id, "item_sku": line.item_sku, "model_id": line.model_id, "model_sku": line.model_sku, "original_price": original,
            "selling_price": original, "discounted_price": discounted, "seller_discount": original - discounted, "shopee_discount": 0, "discount_from_coin": 0,
            "discount_from_voucher_shopee": 0, "discount_from_voucher_seller": 0, "quantity_purchased": line.active(), "activity_type": "",
            "activity_id": 0, "is_main_item": false})
    }).collect();
    Ok(Success::Response(
        json!({"order_sn": sn, "buyer_user_name": order.buyer_name, "return_order_sn_list": returns, "order_income": {
        "escrow_amount": goods - commission - service - transaction - refund, "buyer_total_amount": goods + SHIPPING_FEE, "original_price": goods,
        "order_selling_price": goods, "order_discounted_price": goods, "seller_discount": 0, "shopee_discount": 0, "voucher_from_seller": 0,
        "voucher_from_shopee": 0, "coins": 0, "buyer_paid_shipping_fee": SHIPPING_FEE, "buyer_transaction_fee": 0, "commission_fee": commission,
        "service_fee": service, "seller_transaction_fee": transaction, "estimated_shipping_fee": SHIPPING_FEE, "actual_shipping_fee": SHIPPING_FEE,
        "final_shipping_fee": 0, "shopee_shipping_rebate": 0, "seller_return_refund": refund, "cost_of_goods_sold": goods, "escrow_tax": 0,
        "withholding_tax": 0, "buyer_payment_method": if order.is_cod { "Cash on Delivery" } else { "ShopeePay" }, "items": items}}),
    ))
}
