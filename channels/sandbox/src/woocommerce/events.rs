//! What the control API lets happen to orders and listings, outside of the REST API.

use serde_json::{Value, json};

use super::item;
use super::order::Order;
use super::save::{SkuCheck, take};
use super::wire::{Args, php_id, php_int, php_string};
use super::world::World;
use crate::core::market::Trouble;

fn senseless(error: &super::errors::ApiError) -> Trouble {
    Trouble::Refused(format!("{}: {}", error.code, error.message))
}

/// Something happens to an order: `pay, pack, hold, ship, deliver, complete, cancel, fail, return, refund, bin, delete,
/// garble, edit_quietly, status`.
///
/// # Errors
/// Unknown order or event.
pub fn order(world: &mut World, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
    let number: u64 = id.parse().map_err(|_| Trouble::Unknown(format!("no order {id:?}")))?;
    let mut order =
        world.orders.get(&number).cloned().ok_or_else(|| Trouble::Unknown(format!("no order {id:?}")))?;
    let status = match event {
        "pay" => {
            order.paid_s = Some(world.now_s());
            "processing"
        }
        "pack" | "ship" | "process" => "processing",
        "hold" => "on-hold",
        "deliver" | "complete" => "completed",
        "fail" => "failed",
        "status" => body
            .get("status")
            .and_then(Value::as_str)
            .ok_or_else(|| Trouble::Senseless("status: a word wanted".into()))?,
        "cancel" if body.get("lines").is_some() => {
            cut_lines(world, &mut order, body);
            world.mark_changed(&mut order);
            world.orders.insert(number, order);
            return Ok(json!({}));
        }
        "cancel" => "cancelled",
        "return" | "refund" => return give_back(world, &order, body),
        "bin" | "delete" => {
            super::order_write::delete(world, number, event == "delete")
                .map_err(|error| senseless(&error))?;
            return Ok(json!({}));
        }
        "garble" => {
            order.garbled = true;
            world.mark_changed(&mut order);
            world.orders.insert(number, order);
            return Ok(json!({}));
        }
        "edit_quietly" => {
            cut_lines(world, &mut order, body);
            order.changed_ms = world.now_ms;
            world.orders.insert(number, order);
            return Ok(json!({}));
        }
        _ => return Err(Trouble::Senseless(format!("woocommerce has no order event {event:?}"))),
    };
    world.set_order_status(&mut order, status);
    world.mark_changed(&mut order);
    world.orders.insert(number, order);
    Ok(json!({ "status": status }))
}

/// Lowers lines by `{lines: [{id, units}]}`, as a merchant who edits the order does; stock follows as in the shop's admin.
fn cut_lines(world: &mut World, order: &mut Order, body: &Value) {
    for row in body.get("lines").and_then(Value::as_array).into_iter().flatten() {
        let id = php_id(row.get("id"));
        let units = row.get("units").map_or(1, php_int).max(0);
        let Some(line) = order.lines.iter_mut().find(|line| line.id == id) else { continue };
        let left = (line.quantity - units).max(0);
        let price = line.total / super::order_write::to_double(line.quantity.max(1));
        line.quantity = left;
        line.total = price * super::order_write::to_double(left);
        line.subtotal = line.total;
        if order.reduced && line.reduced > left {
            let back = line.reduced - left;
            line.reduced = left;
            world.move_stock(line.item(), back);
        }
    }
}

/// Refunds lines (all of them when none are named); goods go back unless `restock` is false.
fn give_back(world: &mut World, order: &Order, body: &Value) -> Result<Value, Trouble> {
    let named = body.get("lines").and_then(Value::as_array);
    let rows: Vec<Value> = order
        .lines
        .iter()
        .filter_map(|line| {
            let row = named.map(|rows| rows.iter().find(|row| php_id(row.get("id")) == line.id));
            let units = match row {
                None => line.quantity - line.refunded,
                Some(row) => row?.get("units").map_or(1, php_int),
            };
            let price = line.total / super::order_write::to_double(line.quantity.max(1));
            let total = price * super::order_write::to_double(units);
            Some(json!({ "id": line.id, "quantity": units, "refund_total": total }))
        })
        .collect();
    let mut args = Args::new();
    args.insert("line_items".to_owned(), Value::Array(rows));
    args.insert("api_refund".to_owned(), false.into());
    args.insert("api_restock".to_owned(), body.get("restock").cloned().unwrap_or(Value::Bool(true)));
    let refund = super::refund::create(world, order.id, &args).map_err(|error| senseless(&error))?;
    Ok(json!({ "refund": refund.to_string() }))
}

/// Puts a stranger's listing into the shop:
/// `{title, code?, sku, price, stock, gtin?, variants?: [{sku, price, stock, options: {name: option}}], standing?}`.
///
/// # Errors
/// Whatever the shop itself refuses.
pub fn seed(world: &mut World, body: &Value) -> Result<String, Trouble> {
    let mut args = figures(body);
    args.insert("name".to_owned(), body.get("title").cloned().unwrap_or_else(|| "Sản phẩm".into()));
    if let Some(code) = body.get("code").filter(|code| !code.is_null()) {
        args.insert("meta_data".to_owned(), json!([{ "key": "_ganh_id", "value": code }]));
    }
    let standing = body.get("standing").map(php_string).unwrap_or_default();
    let status = match standing.as_str() {
        "hidden" => "draft",
        "reviewing" => "pending",
        _ => "publish",
    };
    args.insert("status".to_owned(), status.into());
    let variants = body.get("variants").and_then(Value::as_array).filter(|rows| !rows.is_empty());
    if let Some(variants) = variants {
        args.insert("type".to_owned(), "variable".into());
        args.insert("attributes".to_owned(), axes(variants));
    }
    let check =
        if body.get("twin").and_then(Value::as_bool) == Some(true) { SkuCheck::Done } else { SkuCheck::Now };
    let id = item::create(world, None, &args, check).map_err(|error| senseless(&error))?;
    for variant in variants.into_iter().flatten() {
        let mut args = figures(variant);
        let chosen =
            options(variant).into_iter().map(|(name, option)| json!({ "name": name, "option": option }));
        args.insert("attributes".to_owned(), chosen.collect());
        item::create(world, Some(id), &args, check).map_err(|error| senseless(&error))?;
    }
    if standing == "deleted" || standing == "bin" {
        item::bin(world, id);
    }
    Ok(id.to_string())
}

fn figures(body: &Value) -> Args {
    let mut args = Args::new();
    let present = |name: &str| body.get(name).filter(|value| !value.is_null());
    if let Some(sku) = present("sku") {
        args.insert("sku".to_owned(), php_string(sku).into());
    }
    if let Some(price) = present("price") {
        args.insert("regular_price".to_owned(), php_string(price).into());
    }
    if let Some(stock) = present("stock") {
        args.insert("manage_stock".to_owned(), true.into());
        args.insert("stock_quantity".to_owned(), stock.clone());
    }
    if let Some(gtin) = present("gtin") {
        args.insert("global_unique_id".to_owned(), php_string(gtin).into());
    }
    if let Some(title) = present("title") {
        args.insert("name".to_owned(), title.clone());
    }
    args
}

fn options(variant: &Value) -> Vec<(String, String)> {
    match variant.get("options") {
        Some(Value::Object(map)) => {
            map.iter().map(|(name, option)| (name.clone(), php_string(option))).collect()
        }
        Some(Value::Array(list)) => {
            list.iter().map(|option| ("Loại".to_owned(), php_string(option))).collect()
        }
        _ => vec![(
            "Loại".to_owned(),
            variant.get("name").or_else(|| variant.get("sku")).map(php_string).unwrap_or_default(),
        )],
    }
}

fn axes(variants: &[Value]) -> Value {
    let mut axes: Vec<(String, Vec<String>)> = Vec::new();
    for (name, option) in variants.iter().flat_map(options) {
        match axes.iter_mut().find(|(held, _)| *held == name) {
            Some((_, options)) if options.contains(&option) => {}
            Some((_, options)) => options.push(option),
            None => axes.push((name, vec![option])),
        }
    }
    axes.into_iter()
        .map(
            |(name, options)| json!({ "name": name, "variation": true, "visible": true, "options": options }),
        )
        .collect()
}

/// Something happens to a listing: `hide, show, approve, ban, reject, bin, delete, edit`. A WooCommerce shop has
/// no reviews and no locks; `ban` and `reject` are an owner who sets it aside.
///
/// # Errors
/// Unknown listing or event.
pub fn listing(world: &mut World, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
    let unknown = || Trouble::Unknown(format!("no listing {id:?}"));
    let number: u64 = id.rsplit('/').next().and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
    let found = world.items.get(&number).cloned().ok_or_else(unknown)?;
    let under = (found.parent > 0).then_some(found.parent);
    let status = match event {
        "hide" => "draft",
        "show" | "approve" => "publish",
        "ban" => "private",
        "reject" => "pending",
        "bin" => {
            item::bin(world, number);
            return Ok(json!({}));
        }
        "delete" => {
            item::delete(world, under, number, true, None).map_err(|error| senseless(&error))?;
            return Ok(json!({}));
        }
        "edit" => {
            let mut product = found;
            take(world, &mut product, &figures(body), SkuCheck::Now).map_err(|error| senseless(&error))?;
            return store(world, product, under);
        }
        _ => return Err(Trouble::Senseless(format!("woocommerce has no listing event {event:?}"))),
    };
    let mut product = found;
    let mut args = Args::new();
    args.insert("status".to_owned(), status.into());
    take(world, &mut product, &args, SkuCheck::Now).map_err(|error| senseless(&error))?;
    store(world, product, under)
}

fn store(
    world: &mut World,
    mut product: Box<super::product::Product>,
    under: Option<u64>,
) -> Result<Value, Trouble> {
    let id = product.id;
    product.modified_s = world.now_s();
    world.put(product);
    if let Some(parent) = under {
        world.sync_parent(parent);
    }
    world.happened("product", "updated", under.unwrap_or(id));
    Ok(json!({}))
}
