//! The small endpoints: refunds and notes of orders, generated variations, currency, gateways.

use serde_json::{Value, json};

use super::errors::{ApiError, error, missing_param, no_bin, no_route};
use super::item;
use super::order::{Order, refund_view};
use super::paging::Paging;
use super::refund;
use super::reply::Out;
use super::save::SkuCheck;
use super::schema::ORDER_STATUSES;
use super::view::times;
use super::wire::{Args, php_bool, php_json, php_string};
use super::world::World;
use crate::core::market::Call;

fn order(world: &World, id: u64) -> Result<&Order, ApiError> {
    world.orders.get(&id).ok_or_else(|| error(404, "woocommerce_rest_invalid_order", "Invalid order ID."))
}

/// `/orders/{id}/refunds[/{refund}]`.
///
/// # Errors
/// 404, and 500 for every refused refund.
pub fn refunds(
    world: &mut World,
    order_id: u64,
    id: Option<u64>,
    args: &Args,
    call: &Call,
    verb: &str,
) -> Result<Out, ApiError> {
    let missing = || error(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.");
    match (verb, id) {
        ("GET", None) => {
            let paging = Paging::read(args, &["date", "id", "modified", "include", "title", "slug"], false)?;
            let order = order(world, order_id)?;
            let mut rows: Vec<_> = order.refunds.iter().collect();
            paging.sort(&mut rows, world, |refund| refund.created_s, |refund| refund.id);
            Ok(paging.out(&rows, call, &world.home, |refund| php_json(&refund_view(world, order, refund))))
        }
        ("GET", Some(id)) => {
            let order = order(world, order_id)?;
            let refund = order.refunds.iter().find(|refund| refund.id == id).ok_or_else(missing)?;
            Ok(Out::value(200, &refund_view(world, order, refund)))
        }
        ("POST", None) => {
            let id = refund::create(world, order_id, args)?;
            let order = order(world, order_id)?;
            let refund = order.refunds.iter().find(|refund| refund.id == id).ok_or_else(missing)?;
            let place = format!("{}/wp-json/wc/v3/orders/{order_id}/refunds/{id}", world.home);
            Ok(Out::value(201, &refund_view(world, order, refund)).with("Location", place))
        }
        ("DELETE", Some(id)) => {
            let is_forced = args.get("force").is_some_and(php_bool);
            refund::delete(world, order_id, id, is_forced).map(|view| Out::value(200, &view))
        }
        _ => Err(no_route()),
    }
}

/// `/refunds` over all orders.
///
/// # Errors
/// Bad paging.
pub fn all_refunds(world: &World, args: &Args, call: &Call) -> Result<Out, ApiError> {
    let paging = Paging::read(args, &["date", "id", "modified"], false)?;
    let mut rows: Vec<_> = world
        .orders
        .values()
        .flat_map(|order| order.refunds.iter().map(move |refund| (order, refund)))
        .collect();
    paging.sort(&mut rows, world, |(_, refund)| refund.created_s, |(_, refund)| refund.id);
    Ok(paging.out(&rows, call, &world.home, |(order, refund)| php_json(&refund_view(world, order, refund))))
}

/// `/orders/{id}/notes[/{note}]`. A note does not move the order's date (spec §5.3).
///
/// # Errors
/// 404, 501, a missing note.
pub fn notes(
    world: &mut World,
    order_id: u64,
    id: Option<u64>,
    args: &Args,
    verb: &str,
) -> Result<Out, ApiError> {
    order(world, order_id)?;
    let show = |world: &World, note: &(u64, String, bool, i64)| {
        let (local, gmt) = times(world, Some(note.3));
        json!({ "id": note.0, "author": "WooCommerce", "date_created": local, "date_created_gmt": gmt, "note": note.1, "customer_note": note.2 })
    };
    let missing = || error(404, "woocommerce_rest_invalid_id", "Invalid resource ID.");
    match (verb, id) {
        ("GET", None) => {
            let rows: Vec<Value> =
                order(world, order_id)?.notes.iter().rev().map(|note| show(world, note)).collect();
            Ok(Out::value(200, &Value::Array(rows)))
        }
        ("GET", Some(id)) => {
            let found = order(world, order_id)?.notes.iter().find(|note| note.0 == id).ok_or_else(missing)?;
            Ok(Out::value(200, &show(world, found)))
        }
        ("POST", None) => {
            let text = args
                .get("note")
                .map(php_string)
                .filter(|text| !text.is_empty())
                .ok_or_else(|| missing_param("note"))?;
            let note =
                (world.take_row(), text, args.get("customer_note").is_some_and(php_bool), world.now_s());
            let view = show(world, &note);
            if let Some(order) = world.orders.get_mut(&order_id) {
                order.notes.push(note);
            }
            Ok(Out::value(201, &view))
        }
        ("DELETE", Some(id)) => {
            if !args.get("force").is_some_and(php_bool) {
                return Err(no_bin("Webhooks"));
            }
            let at =
                order(world, order_id)?.notes.iter().position(|note| note.0 == id).ok_or_else(missing)?;
            let Some(order) = world.orders.get_mut(&order_id) else { return Err(missing()) };
            let note = order.notes.remove(at);
            Ok(Out::value(200, &show(world, &note)))
        }
        _ => Err(no_route()),
    }
}

/// Makes all combinations that a parent's axes allow and that are not there yet.
///
/// # Errors
/// 404 without the parent.
pub fn generate(world: &mut World, parent: u64) -> Result<Out, ApiError> {
    let product = world
        .product(parent)
        .ok_or_else(|| error(404, "woocommerce_rest_product_invalid_id", "Invalid ID."))?;
    let axes: Vec<_> = product.axes.iter().filter(|axis| axis.variation).cloned().collect();
    let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
    for axis in &axes {
        let longer = combinations.iter().flat_map(|so_far| {
            axis.options.iter().map(move |option| {
                let mut next = so_far.clone();
                next.push(json!({ "id": axis.id, "name": axis.name, "option": option }));
                next
            })
        });
        combinations = longer.take(500).collect();
    }
    let options = |rows: &[Value]| rows.iter().map(|row| php_string(&row["option"])).collect::<Vec<_>>();
    let held: Vec<Vec<String>> = product
        .variations
        .iter()
        .filter_map(|id| world.items.get(id))
        .map(|child| child.choices.iter().map(|choice| choice.option.clone()).collect())
        .collect();
    let mut count = 0;
    for rows in combinations.iter().filter(|rows| !rows.is_empty() && !held.contains(&options(rows))) {
        let mut args = Args::new();
        args.insert("attributes".to_owned(), Value::Array(rows.clone()));
        item::create(world, Some(parent), &args, SkuCheck::Done)?;
        count += 1;
    }
    Ok(Out::value(201, &json!({ "count": count })))
}

/// `/orders/statuses`.
#[must_use]
pub fn statuses() -> Value {
    ORDER_STATUSES.iter().map(|word| json!({ "slug": word, "name": word })).collect()
}

/// `/data/currencies/current`.
#[must_use]
pub fn currency(world: &World) -> Value {
    json!({ "code": world.settings.value("woocommerce_currency"), "name": "Vietnamese đồng", "symbol": "&#8363;" })
}

/// `/payment_gateways`.
#[must_use]
pub fn gateways() -> Value {
    json!([
        { "id": "bacs", "title": "Chuyển khoản ngân hàng", "enabled": true, "order": 0 },
        { "id": "cod", "title": "Trả tiền mặt khi nhận hàng", "enabled": true, "order": 1 },
    ])
}
