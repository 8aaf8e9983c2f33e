//! Making and changing orders through the API (spec §8.2).

use serde_json::{Map, Value};

use super::errors::{ApiError, error};
use super::order::{Line, Order};
use super::price;
use super::product::Type;
use super::save::take_meta;
use super::schema::ORDER_STATUSES;
use super::wire::{Args, php_bool, php_id, php_int, php_string};
use super::world::World;

/// Makes an order; stock is not checked. Returns its id.
///
/// # Errors
/// `id` sent, or a line that names an unknown SKU.
pub fn create(world: &mut World, args: &Args) -> Result<u64, ApiError> {
    if php_id(args.get("id")) > 0 {
        return Err(error(400, "woocommerce_rest_shop_order_exists", "Cannot create existing resource."));
    }
    let now_s = world.now_s();
    let mut order = Order {
        currency: world.settings.value("woocommerce_currency").to_owned(),
        created_s: now_s,
        created_via: "rest-api".to_owned(),
        status: "pending".to_owned(),
        ..Order::default()
    };
    take_fields(world, &mut order, args);
    take_lines(world, &mut order, args)?;
    order.id = world.take_id();
    order.key = format!("wc_order_{:013x}", order.id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 12);
    world.sold_units += order.lines.iter().map(|line| line.quantity).sum::<i64>();
    let wanted = args.get("status").map(php_string).filter(|status| !status.is_empty());
    let is_paid = args.get("set_paid").is_some_and(php_bool);
    let status = if is_paid { "processing".to_owned() } else { known_status(wanted) };
    world.set_order_status(&mut order, &status);
    if is_paid {
        order.paid_s = order.paid_s.or(Some(now_s));
    }
    order.modified_s = now_s;
    order.changed_ms = world.now_ms;
    let id = order.id;
    world.orders.insert(id, order);
    world.happened("order", "created", id);
    Ok(id)
}

/// What a batch does with a status nobody knows: `pending` (spec §7 item 5).
fn known_status(wanted: Option<String>) -> String {
    let wanted = wanted.map(|word| word.strip_prefix("wc-").map_or(word.clone(), str::to_owned));
    wanted.filter(|word| ORDER_STATUSES.contains(&word.as_str())).unwrap_or_else(|| "pending".to_owned())
}

/// Changes an order.
///
/// # Errors
/// 400 when it is not there; an unknown SKU.
pub fn update(world: &mut World, id: u64, args: &Args) -> Result<(), ApiError> {
    let mut order = world
        .orders
        .get(&id)
        .cloned()
        .ok_or_else(|| error(400, "woocommerce_rest_shop_order_invalid_id", "Invalid ID."))?;
    let moved_date = take_fields(world, &mut order, args);
    take_lines(world, &mut order, args)?;
    let mut has_moved = false;
    if let Some(sent) = args.get("status").map(php_string).filter(|status| !status.is_empty()) {
        let status = known_status(Some(sent));
        if status != order.status {
            world.set_order_status(&mut order, &status);
            has_moved = true;
        }
    }
    if args.get("set_paid").is_some_and(php_bool) && order.paid_s.is_none() {
        if matches!(order.status.as_str(), "pending" | "failed" | "on-hold") {
            world.set_order_status(&mut order, "processing");
        }
        order.paid_s = order.paid_s.or(Some(world.now_s()));
        has_moved = true;
    }
    // Old shops keep the date when only lines or meta changed, or nothing did (spec §5.3).
    if has_moved || moved_date || world.profile.has_hpos() {
        world.mark_changed(&mut order);
    } else {
        order.changed_ms = world.now_ms;
        world.happened("order", "updated", id);
    }
    world.orders.insert(id, order);
    Ok(())
}

/// Takes the plain fields; returns whether one of them changed that moves the date on every release.
fn take_fields(world: &mut World, order: &mut Order, args: &Args) -> bool {
    let text = |key: &str| args.get(key).filter(|value| !value.is_null()).map(php_string);
    let mut changed = false;
    let mut put = |slot: &mut String, sent: Option<String>| {
        if let Some(sent) = sent.filter(|sent| sent != slot) {
            *slot = sent;
            changed = true;
        }
    };
    put(&mut order.payment_method, text("payment_method"));
    put(&mut order.payment_title, text("payment_method_title"));
    put(&mut order.transaction, text("transaction_id"));
    put(&mut order.note, text("customer_note"));
    put(&mut order.currency, text("currency").filter(|word| !word.is_empty()));
    put(&mut order.created_via, text("created_via").filter(|word| !word.is_empty()));
    for (key, slot) in [("billing", &mut order.billing), ("shipping", &mut order.shipping)] {
        if let Some(Value::Object(sent)) = args.get(key) {
            slot.extend(sent.iter().map(|(field, value)| (field.clone(), php_string(value).into())));
            changed = true;
        }
    }
    if let Some(sent) = args.get("customer_id") {
        order.customer = php_int(sent);
    }
    for key in ["shipping_lines", "fee_lines", "coupon_lines"] {
        if let Some(Value::Array(rows)) = args.get(key) {
            take_extra(world, &mut order.extra, key, rows);
        }
    }
    if let Some(Value::Array(rows)) = args.get("meta_data") {
        take_meta(world, &mut order.meta, rows);
    }
    changed
}

fn take_extra(world: &mut World, extra: &mut Map<String, Value>, key: &str, rows: &[Value]) {
    let slot = extra.entry(key.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(held) = slot else { return };
    for row in rows.iter().filter_map(Value::as_object) {
        let id = php_id(row.get("id"));
        match held.iter_mut().find(|held| id > 0 && php_id(held.get("id")) == id) {
            Some(Value::Object(held)) => held.extend(row.clone()),
            Some(_) | None => {
                let mut row = row.clone();
                row.insert("id".into(), world.take_row().into());
                row.entry("total").or_insert_with(|| "0".into());
                row.entry("meta_data").or_insert_with(|| Value::Array(Vec::new()));
                held.push(Value::Object(row));
            }
        }
    }
}

fn take_lines(world: &mut World, order: &mut Order, args: &Args) -> Result<(), ApiError> {
    let Some(Value::Array(rows)) = args.get("line_items") else { return Ok(()) };
    for row in rows.iter().filter_map(Value::as_object) {
        let id = php_id(row.get("id"));
        if id == 0 {
            let mut line = new_line(world, row)?;
            if order.reduced {
                world.adjust_edited(line.item(), &mut line.reduced, line.quantity);
            }
            order.lines.push(line);
            continue;
        }
        let Some(at) = order.lines.iter().position(|line| line.id == id) else {
            return Err(error(
                400,
                "woocommerce_rest_invalid_item_id",
                "Order item ID provided is not associated with order.",
            ));
        };
        let quantity = row.get("quantity").filter(|sent| !sent.is_null()).map(php_int);
        let is_removed = quantity == Some(0) || row.get("product_id").is_some_and(Value::is_null);
        if is_removed {
            let mut line = order.lines.remove(at);
            if order.reduced {
                world.adjust_edited(line.item(), &mut line.reduced, 0);
            }
            continue;
        }
        let line = &mut order.lines[at];
        if let Some(quantity) = quantity.filter(|quantity| *quantity != line.quantity) {
            let price = unit_price(world, line.item());
            line.quantity = quantity;
            line.subtotal = price * to_double(quantity);
            line.total = line.subtotal;
            if order.reduced {
                world.adjust_edited(line.item(), &mut line.reduced, quantity);
            }
        }
        take_totals(line, row);
        if let Some(Value::Array(meta)) = row.get("meta_data") {
            take_meta(world, &mut line.meta, meta);
        }
    }
    Ok(())
}

fn new_line(world: &mut World, row: &Map<String, Value>) -> Result<Line, ApiError> {
    let sku = row.get("sku").map(php_string).filter(|sku| !sku.is_empty());
    let named = match (&sku, php_id(row.get("variation_id")), php_id(row.get("product_id"))) {
        (_, variation @ 1.., _) => variation,
        (_, 0, product @ 1..) => product,
        (Some(sku), 0, 0) => world.holders(sku).first().copied().unwrap_or(0),
        (None, 0, 0) => {
            return Err(error(
                400,
                "woocommerce_rest_required_product_reference",
                "Product ID or SKU is required.",
            ));
        }
    };
    let quantity = row.get("quantity").map_or(1, php_int);
    let mut line = line_of(world, named, quantity);
    if line.product == 0 {
        line.product = php_id(row.get("product_id"));
    }
    if let Some(name) = row.get("name").map(php_string).filter(|name| !name.is_empty()) {
        line.name = name;
    }
    take_totals(&mut line, row);
    if let Some(Value::Array(meta)) = row.get("meta_data") {
        take_meta(world, &mut line.meta, meta);
    }
    Ok(line)
}

/// A line of a product or variation at today's price; an unknown one gives a line of nothing.
pub fn line_of(world: &mut World, item: u64, quantity: i64) -> Line {
    let id = world.take_row();
    let Some(product) = world.items.get(&item) else {
        return Line { id, quantity, ..Line::default() };
    };
    let parent = world.items.get(&product.parent).filter(|_| product.kind == Type::Variation);
    let total = unit_price(world, item) * to_double(quantity);
    let options: Vec<&str> = product.choices.iter().map(|choice| choice.option.as_str()).collect();
    Line {
        id,
        name: parent.map_or_else(
            || product.name.clone(),
            |parent| format!("{} - {}", parent.name, options.join(", ")),
        ),
        product: parent.map_or(product.id, |parent| parent.id),
        variation: if parent.is_some() { product.id } else { 0 },
        quantity,
        subtotal: total,
        total,
        sku: parent.filter(|_| product.sku.is_empty()).map_or(&product.sku, |parent| &parent.sku).clone(),
        ..Line::default()
    }
}

fn take_totals(line: &mut Line, row: &Map<String, Value>) {
    let sent = |key: &str| row.get(key).map(php_string).and_then(|text| price::amount(&price::stored(&text)));
    if let Some(subtotal) = sent("subtotal") {
        line.subtotal = subtotal;
    }
    if let Some(total) = sent("total") {
        line.total = total;
    }
}

fn unit_price(world: &World, item: u64) -> f64 {
    let product = world.items.get(&item);
    product.and_then(|product| price::amount(product.price(world.now_s()))).unwrap_or(0.0)
}

/// Units as a double.
#[must_use]
pub const fn to_double(units: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "units of an order fit a double")]
    let double = units as f64;
    double
}

/// To the bin, or gone; neither gives stock back (spec §8.2). Returns the order as it was.
///
/// # Errors
/// 404 when it is not there, 410 when it lies in the bin already.
pub fn delete(world: &mut World, id: u64, is_forced: bool) -> Result<Order, ApiError> {
    let mut order = world
        .orders
        .get(&id)
        .cloned()
        .ok_or_else(|| error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID."))?;
    let was = order.clone();
    if is_forced {
        world.let_go(&mut order);
        world.orders.remove(&id);
        return Ok(was);
    }
    if order.status == "trash" {
        return Err(error(410, "woocommerce_rest_already_trashed", "The order has already been deleted."));
    }
    order.status_before_bin = std::mem::replace(&mut order.status, "trash".to_owned());
    world.let_go(&mut order);
    order.modified_s = world.now_s();
    order.changed_ms = world.now_ms;
    world.orders.insert(id, order);
    world.happened("order", "deleted", id);
    if !world.profile.has_hpos() {
        // Posts-table shops say it on the product topic too (spec §9.3).
        world.happened("product", "deleted", id);
    }
    Ok(was)
}
