//! Refunds (spec §8.4). Every refusal is a 500 whose `data` is a bare number.

use serde_json::Value;

use super::errors::{ApiError, error};
use super::order::Refund;
use super::price;
use super::wire::{Args, php_bool, php_id, php_int, php_string};
use super::world::World;

fn refused(why: &str) -> ApiError {
    let mut refusal = error(500, "woocommerce_rest_cannot_create_order_refund", why);
    refusal.bare = true;
    refusal
}

/// Refunds part or all of an order; returns the refund's id.
///
/// # Errors
/// 404 without the order; 500 for any refusal.
pub fn create(world: &mut World, order_id: u64, args: &Args) -> Result<u64, ApiError> {
    let mut order = world
        .orders
        .get(&order_id)
        .cloned()
        .ok_or_else(|| error(404, "woocommerce_rest_invalid_order", "Invalid order ID."))?;
    let number = |value: &Value| price::amount(&price::stored(&php_string(value)));
    let mut lines = Vec::new();
    for row in args.get("line_items").and_then(Value::as_array).into_iter().flatten() {
        let amount = row.get("refund_total").and_then(number).unwrap_or(0.0);
        lines.push((php_id(row.get("id")), row.get("quantity").map_or(0, php_int), amount));
    }
    let sum: f64 = lines.iter().map(|(_, _, amount)| amount).sum();
    let amount = args.get("amount").and_then(number).unwrap_or(sum);
    if amount < 0.0 || amount > order.total() - order.refunded() + 0.001 {
        return Err(refused("Invalid refund amount."));
    }
    if args.get("api_refund").is_none_or(php_bool) {
        return Err(refused("The payment gateway for this order does not exist."));
    }
    let is_restocked = args.get("api_restock").is_none_or(php_bool);
    for (id, units, _) in &lines {
        let Some(line) = order.lines.iter_mut().find(|line| line.id == *id) else { continue };
        line.refunded += units;
        if is_restocked {
            let back = (*units).min(line.reduced);
            if back > 0 {
                line.reduced -= back;
                world.move_stock(line.item(), back);
            }
        }
    }
    let id = world.take_id();
    let reason = args.get("reason").map(php_string).unwrap_or_default();
    order.refunds.push(Refund { id, amount, reason, created_s: world.now_s(), lines });
    if order.refunded() >= order.total() - 0.001 {
        world.set_order_status(&mut order, "refunded");
    }
    world.mark_changed(&mut order);
    world.orders.insert(order_id, order);
    Ok(id)
}

/// Deletes a refund; stock stays as it is.
///
/// # Errors
/// 404 when it is not there, 501 without `force`.
pub fn delete(world: &mut World, order_id: u64, id: u64, is_forced: bool) -> Result<Value, ApiError> {
    let missing = || error(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.");
    let mut order = world.orders.get(&order_id).cloned().ok_or_else(missing)?;
    let at = order.refunds.iter().position(|refund| refund.id == id).ok_or_else(missing)?;
    if !is_forced {
        return Err(super::errors::no_bin("Order refunds"));
    }
    let refund = order.refunds.remove(at);
    let view = super::order::refund_view(world, &order, &refund);
    world.mark_changed(&mut order);
    world.orders.insert(order_id, order);
    Ok(view)
}
