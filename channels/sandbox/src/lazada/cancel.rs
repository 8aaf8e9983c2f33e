//! Cancelling: by the seller, and deciding about the buyer's wish. All of it GET although it changes things (spec 5.10, 5.11).

use serde_json::{Value, json};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::order_move::{Row, become_status, end};
use super::order_state::Status;
use super::returns;
use super::world::{Shop, World};

/// Id, name, and whether the SKU's stock is set to 0.
static REASONS: [(&str, &str, bool); 3] = [
    ("10000019", "Sourcing Delay", false),
    ("10000021", "Out of Stock", true),
    ("10000023", "Wrong Price or Pricing Error", true),
];

/// The rows that a call names, all of one order.
fn rows(shop: &Shop, call: &Call) -> Result<Vec<Row>, Refusal> {
    let words = call.need("order_id")?;
    let order = words.parse().ok().and_then(|id| shop.orders.find(id));
    let order = order.ok_or_else(|| Refusal::isp("102", "E0102: The order is not found"))?;
    call.need("order_item_id_list")?;
    let ids = call
        .ids("order_item_id_list")
        .ok_or_else(|| Refusal::isp("104", "E0104: order_item_id_list is invalid"))?;
    let places: Option<Vec<usize>> = ids.iter().map(|id| order.line(*id)).collect();
    let places = places.filter(|places| !places.is_empty());
    let places = places.ok_or_else(|| Refusal::isp("106", "E0106: The order item is not found"))?;
    call.rows.set(places.len());
    Ok(places.into_iter().map(|place| Row { order: order.id, place }).collect())
}

fn is_cancellable(shop: &Shop, row: Row) -> bool {
    shop.orders.find(row.order).is_some_and(|order| {
        let line = &order.lines[row.place];
        line.status.may_become(Status::Canceled) && line.status != Status::Unpaid && !line.is_fbl
    })
}

/// `/order/reverse/cancel/validate`.
pub fn validate(_world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let rows = rows(shop, call)?;
    if !rows.iter().all(|row| is_cancellable(shop, *row)) {
        return Ok(Success::Data(
            json!({"tip_type": "error", "tip_content": "Đơn hàng không thể hủy ở trạng thái hiện tại", "reason_options": []}),
        ));
    }
    let reasons: Vec<Value> =
        REASONS.iter().map(|(id, name, _)| json!({"reason_id": id, "reason_name": name})).collect();
    Ok(Success::Data(
        json!({"tip_type": "warning", "tip_content": "Tồn kho SKU có thể bị đặt về 0", "reason_options": reasons}),
    ))
}

/// `/order/reverse/cancel/create`: from `packed` on, the other rows of the package go along.
pub fn create(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let mut rows = rows(shop, call)?;
    let reason = call.need("reason_id")?;
    let (_, name, zeroes) = REASONS
        .iter()
        .find(|(id, ..)| *id == reason)
        .ok_or_else(|| Refusal::isp("115", "E0115: The reason is invalid"))?;
    if !rows.iter().all(|row| is_cancellable(shop, *row)) {
        return Err(Refusal::isp("117", "E0117: The order item cannot be cancelled in its current status"));
    }
    for row in rows.clone() {
        let package = shop.orders.find(row.order).and_then(|order| order.lines[row.place].package.clone());
        for mate in package.map(|package| super::fulfil::rows_of(shop, &package)).unwrap_or_default() {
            if !rows.contains(&mate) && is_cancellable(shop, mate) {
                rows.push(mate);
            }
        }
    }
    for row in rows {
        end(shop, row, "cancellation-seller", name);
        become_status(world, shop, row, Status::Canceled, call.now_ms);
        let reverse_id = shop.next_reverse();
        returns::tell(world, shop, row.order, row.place, reverse_id, "CANCEL_SUCCESS", call.now_ms);
        if *zeroes {
            zero(shop, row, call.now_ms);
        }
    }
    Ok(Success::Data(json!({"tip_content": "Đã hủy", "tip_type": "success"})))
}

/// "Out of stock" and "wrong price" set the SKU's stock to 0 (spec 4.11).
fn zero(shop: &mut Shop, row: Row, now_ms: i64) {
    let Some(order) = shop.orders.find(row.order) else { return };
    let (item_id, sku_id) = (order.lines[row.place].item_id, order.lines[row.place].sku_id);
    if let Some(sku) = shop.items.get_mut(&item_id).and_then(|item| item.sku_mut(sku_id)) {
        sku.change(now_ms, |figures| figures.bins.iter_mut().for_each(|bin| bin.sellable = 0));
    }
}

/// `/order/reverse/cancel/seller/decide`. The answer has no `data`.
pub fn decide(world: &World, shop: &mut Shop, call: &Call) -> Answer {
    let reverse_id: u64 = call
        .need("reverse_order_id")?
        .parse()
        .map_err(|_| Refusal::isp("105", "E0105: The reverse order is not found"))?;
    let agrees = match call.need("agree_cancel")? {
        "true" | "True" => true,
        "false" | "False" => false,
        _ => return Err(Refusal::invalid("agree_cancel")),
    };
    let asked: Vec<Row> = shop
        .orders
        .all()
        .flat_map(|order| {
            let is_asked = |line: &super::order::Line| {
                line.cancel_asked.is_some_and(|asked| asked.reverse_id == reverse_id)
            };
            let places = order.lines.iter().enumerate().filter(move |(_, line)| is_asked(line));
            places.map(|(place, _)| Row { order: order.id, place })
        })
        .collect();
    if asked.is_empty() {
        return Err(Refusal::isp("105", "E0105: The reverse order is not found"));
    }
    for row in asked {
        let told = if agrees { "CANCEL_SUCCESS" } else { "REFUND_REJECTED" };
        returns::tell(world, shop, row.order, row.place, reverse_id, told, call.now_ms);
        if agrees {
            end(shop, row, "cancellation-customer", "Change of mind");
            become_status(world, shop, row, Status::Canceled, call.now_ms);
        } else {
            shop.orders.change(row.order, |order| {
                let line = &mut order.lines[row.place];
                line.cancel_asked = None;
                line.updated_ms = call.now_ms;
                order.updated_ms = order.updated_ms.max(call.now_ms);
                order.changed_ms = call.now_ms;
            });
        }
    }
    Ok(Success::Bare)
}
