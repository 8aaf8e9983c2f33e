//! What delivered goods bring in (spec 5.13). Derived from the orders; nothing is kept twice.

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::order::{Line, Order};
use super::order_state::Status;
use super::time;
use super::world::{Shop, World};

const SPAN_MS: i64 = 180 * 86_400_000;
const PAGE: usize = 500;
/// Fee type, name, and its part of the price in thousandths (guess: rates differ by category and year).
static FEES: [(&str, &str, i64); 3] =
    [("13", "Item Price Credit", 1000), ("16", "Commission", -30), ("3", "Payment Fee", -22)];

fn transaction(order: &Order, line: &Line, fee: usize) -> Value {
    let (kind, name, thousandths) = FEES[fee];
    let amount = (line.price - line.voucher) * thousandths / 1000;
    json!({
        "order_no": order.id.to_string(), "orderItem_no": line.id.to_string(), "orderItem_status": line.status.word(),
        "transaction_date": time::finance_day(line.updated_ms), "transaction_number": format!("{}-{fee}", line.id),
        "transaction_type": if fee == 0 { "Orders-Sales" } else { "Orders-Marketplace Fees" }, "fee_type": kind, "fee_name": name,
        "amount": format!("{amount}.00"), "VAT_in_amount": "0.00", "WHT_amount": "0.00", "WHT_included_in_amount": "No",
        "statement": time::day(line.updated_ms), "paid_status": "Not paid", "seller_sku": line.seller_sku,
        "lazada_sku": format!("{}_VNAMZ-{}", line.item_id, line.sku_id), "reference": "", "shipping_provider": line.provider,
        "shipping_speed": "standard", "shipment_type": "Dropshipping", "payment_ref_id": "", "details": line.title, "comment": "",
    })
}

fn is_earned(line: &Line) -> bool {
    matches!(line.status, Status::Delivered | Status::Confirmed)
}

/// `/finance/transaction/details/get`.
pub fn details(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let day = |name: &str| {
        let words = call.need(name)?;
        let at = if time::is_day(words) { time::read_local(words) } else { None };
        at.ok_or_else(|| Refusal::isp("17", format!("E017: \"{words}\" Invalid Date Format")))
    };
    let (from, until) = (day("start_time")?, day("end_time")?);
    if until < from || until - from >= SPAN_MS {
        return Err(Refusal::isp("1000012", "E1000012: the span must be less than 180 days"));
    }
    let wanted = call.arg("trans_type").unwrap_or("-1");
    if wanted != "-1" && !FEES.iter().any(|(kind, ..)| *kind == wanted) {
        return Err(Refusal::isp("1000014", "E1000014: trans_type is unknown"));
    }
    let limit = call.whole("limit", "19")?.unwrap_or(PAGE).min(PAGE);
    let offset = call.whole("offset", "14")?.unwrap_or(0);
    let (order_id, line_id) = (call.arg("trade_order_id"), call.arg("trade_order_line_id"));
    let mut rows = Vec::new();
    for order in shop.orders.all().filter(|order| order_id.is_none_or(|id| id == order.id.to_string())) {
        for line in order.lines.iter().filter(|line| is_earned(line)) {
            let is_meant = line_id.is_none_or(|id| id == line.id.to_string())
                && (from..until + 86_400_000).contains(&line.updated_ms);
            for (fee, (kind, ..)) in FEES.iter().enumerate() {
                if is_meant && (wanted == "-1" || wanted == *kind) {
                    rows.push(transaction(order, line, fee));
                }
            }
        }
    }
    let range = call.page(offset, limit, rows.len());
    let page = rows[range].to_vec();
    call.rows.set(page.len());
    Ok(Success::Data(Value::Array(page)))
}

/// `/finance/payout/status/get`: one statement over everything delivered since.
pub fn payouts(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let words = call.need("created_after")?;
    let since = time::read_local(words).or_else(|| time::read_iso(words));
    let since = since.ok_or_else(|| Refusal::isp("17", format!("E017: \"{words}\" Invalid Date Format")))?;
    let (mut revenue, mut fees) = (0, 0);
    for line in shop.orders.all().flat_map(|order| &order.lines) {
        if is_earned(line) && line.updated_ms >= since {
            let price = line.price - line.voucher;
            revenue += price;
            fees += FEES[1..].iter().map(|(_, _, part)| price * part / 1000).sum::<i64>();
        }
    }
    if revenue == 0 {
        return Ok(Success::Data(json!([])));
    }
    let dong = |amount: i64| format!("{amount}.00");
    call.rows.set(1);
    Ok(Success::Data(json!([{
        "statement_number": format!("{}-{}", shop.short_code, time::day(call.now_ms)), "created_at": time::plain(call.now_ms),
        "updated_at": time::plain(call.now_ms), "opening_balance": "0.00", "item_revenue": dong(revenue), "other_revenue_total": "0.00",
        "shipment_fee": "0.00", "shipment_fee_credit": "0.00", "fees_total": dong(fees), "subtotal1": dong(revenue + fees),
        "refunds": "0.00", "fees_on_refunds_total": "0.00", "subtotal2": "0.00", "guarantee_deposit": "0.00",
        "closing_balance": dong(revenue + fees), "payout": format!("{}.00 VND", revenue + fees), "paid": "0",
    }])))
}
