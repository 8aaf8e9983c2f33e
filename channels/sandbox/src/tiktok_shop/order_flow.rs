//! What happens to orders: placing, paying, the carrier's steps, cancelling units; stock moves with it (spec 9.4, 13).

use serde_json::json;

use super::aftersale::Cancellation;
use super::order::{Ended, Line, Order};
use super::order_state::{Event, Stage};
use super::package::{self, PackageStatus};
use super::product::Status;
use super::shop::{Due, IdOf, Shop};
use super::warehouse::BY_PLATFORM;
use super::webhook::{Topic, emit, is_heard};
use super::world::World;

/// What a buyer takes.
#[derive(Debug, Clone, Copy)]
pub struct Want {
    pub sku: u64,
    pub units: i64,
}

/// How the order is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    pub is_paid: bool,
    pub is_cod: bool,
    /// The seller's own carrier.
    pub is_own_shipping: bool,
    pub is_by_platform: bool,
    /// Đồng per unit that the platform gives on top.
    pub platform_discount: i64,
    /// A time in the past, seconds.
    pub placed_s: Option<i64>,
    pub is_quiet: bool,
}

/// A buyer orders: one line a unit, stock goes down at once.
///
/// # Errors
/// Why it cannot be bought, in words.
pub fn place(
    world: &World,
    shop: &mut Shop,
    wants: &[Want],
    manner: Manner,
    now_ms: i64,
) -> Result<u64, String> {
    let wants: Vec<&Want> = wants.iter().filter(|want| want.units > 0).collect();
    if wants.is_empty() {
        return Err("an order needs at least one unit".to_owned());
    }
    for want in &wants {
        let (product, _, figures) = shop.find_sku(want.sku).ok_or_else(|| format!("no SKU {}", want.sku))?;
        if product.status != Status::Activate {
            return Err(format!("product {} is {}", product.id, product.status.word()));
        }
        let all: i64 = wants.iter().filter(|other| other.sku == want.sku).map(|other| other.units).sum();
        if !manner.is_by_platform && figures.available() < all {
            return Err(format!("SKU {} has {} units, not {all}", want.sku, figures.available()));
        }
    }
    let now_s = now_ms.div_euclid(1000);
    let placed_s = manner.placed_s.unwrap_or(now_s);
    let id = shop.next_id(IdOf::Order);
    let mut lines = Vec::new();
    for want in wants {
        for _ in 0..want.units {
            lines.extend(take_unit(shop, want.sku, manner, now_ms));
        }
    }
    let is_open = manner.is_paid || manner.is_cod;
    let order = Order {
        id,
        created_s: placed_s,
        paid_s: None,
        updated_s: placed_s,
        changed_ms: placed_s * 1000,
        is_cod: manner.is_cod,
        was_on_hold: false,
        is_own_shipping: manner.is_own_shipping,
        is_by_platform: manner.is_by_platform,
        buyer: 7_494_000_000_000_000_000 + world.dice.below(1_000_000_000),
        packages: Vec::new(),
        shipping_fee: 32_000,
        shipping_platform_discount: 15_000,
        ended: None,
        asked: None,
        sla: None,
        rts_s: None,
        has_new_address: false,
        note: String::new(),
        is_garbled: false,
        external: None,
        tag: None,
        lines,
    };
    shop.orders.add(order);
    // Orders paid at the door are never unpaid (spec 9.4).
    if !manner.is_quiet && !manner.is_cod {
        announce(world, shop, id);
    }
    if is_open {
        pay(world, shop, id, placed_s * 1000, now_ms, !manner.is_quiet);
    }
    Ok(id)
}

/// Takes one unit off the first shelf that has one.
fn take_unit(shop: &mut Shop, sku: u64, manner: Manner, now_ms: i64) -> Option<Line> {
    let id = shop.next_id(IdOf::Line);
    let home = *shop.sku_homes.get(&sku)?;
    let product = shop.products.get_mut(&home)?;
    product.remember(now_ms);
    let face = product.live.find(sku)?.clone();
    let (title, first_image) = (product.live.face.title.clone(), product.live.face.images.first().cloned());
    let now_s = now_ms.div_euclid(1000);
    let figures = product.figures.get_mut(&sku)?;
    let price = figures.price_at(now_s);
    let warehouse = if manner.is_by_platform {
        BY_PLATFORM
    } else {
        let (warehouse, shelf) = figures.shelves.iter_mut().find(|(_, shelf)| shelf.quantity > 0)?;
        shelf.quantity -= 1;
        shelf.committed += 1;
        shop.sold_units += 1;
        *warehouse
    };
    let original = figures.price.max(price);
    if let Some(lock) = figures.lock.as_mut() {
        lock.reserved = (lock.reserved - 1).max(0);
    }
    let seller_discount = original - price;
    Some(Line {
        id,
        product: home,
        sku,
        title,
        sku_name: face.name(),
        seller_sku: face.seller_sku.clone(),
        image: face.sales.iter().find_map(|sale| sale.image.clone()).or(first_image),
        original,
        seller_discount,
        platform_discount: manner.platform_discount.clamp(0, (price - 1).max(0)),
        warehouse,
        package: None,
        stage: Stage::Unpaid,
        is_returned: false,
    })
}

/// The money is there, or will be at the door. Without a hold the order goes on at once.
/// `None`: there is nothing to pay.
pub fn pay(world: &World, shop: &mut Shop, id: u64, paid_ms: i64, now_ms: i64, is_told: bool) -> Option<()> {
    step(shop, id, Event::Pay, None, paid_ms)?;
    let hold_ms = world.settings().hold_ms;
    if let Some(order) = shop.orders.find_mut(id) {
        order.was_on_hold = hold_ms > 0;
        if !order.is_cod {
            order.paid_s = Some(paid_ms.div_euclid(1000));
        }
    }
    let until_ms = paid_ms + hold_ms;
    if until_ms > now_ms {
        if is_told {
            announce(world, shop, id);
        }
        shop.plan(world, until_ms, Due::Release(id));
    } else {
        arrange_packages(world, shop, id, until_ms, now_ms);
        if is_told {
            announce(world, shop, id);
        }
    }
    Some(())
}

/// The buyer's time for second thoughts is over.
pub fn release(world: &World, shop: &mut Shop, id: u64, at_ms: i64) {
    if shop.orders.find(id).is_some_and(|order| order.stage() == Stage::OnHold) {
        arrange_packages(world, shop, id, at_ms, at_ms);
        announce(world, shop, id);
    }
}

/// The platform makes packages, one a warehouse, and the seller's time begins.
fn arrange_packages(world: &World, shop: &mut Shop, id: u64, at_ms: i64, now_ms: i64) {
    if step(shop, id, Event::Release, None, at_ms).is_none() {
        return;
    }
    package::make(shop, id, at_ms);
    let sla_s = world.settings().sla_s;
    let now_s = now_ms.div_euclid(1000);
    if let Some(order) = shop.orders.find_mut(id) {
        let sla = (now_s + sla_s, now_s + 2 * sla_s, now_s + 3 * sla_s);
        order.sla = Some(sla);
        shop.due.insert((sla.2 * 1000, Due::Late(id)));
    }
}

/// Takes every active line (or those of one package) a step further; `None`: none of them can.
pub fn step(shop: &mut Shop, id: u64, event: Event, package: Option<u64>, now_ms: i64) -> Option<()> {
    let order = shop.orders.find_mut(id)?;
    let mut moved = Vec::new();
    for line in order.lines.iter_mut().filter(|line| line.is_active()) {
        if package.is_some_and(|package| line.package != Some(package)) {
            continue;
        }
        if let Ok(next) = line.stage.on(event) {
            line.stage = next;
            moved.push((line.sku, line.warehouse));
        }
    }
    if moved.is_empty() {
        return None;
    }
    if event == Event::Arrange {
        order.rts_s = order.rts_s.or(Some(now_ms.div_euclid(1000)));
        shop.unplan(Due::Late(id));
    }
    if event == Event::Collect {
        for (sku, warehouse) in moved {
            commit(shop, sku, warehouse, -1, 0);
        }
    }
    shop.orders.touch(id, now_ms);
    Some(())
}

/// Moves units between what is committed and what can be sold.
fn commit(shop: &mut Shop, sku: u64, warehouse: u64, committed: i64, available: i64) {
    if warehouse == BY_PLATFORM {
        return;
    }
    if let Some(figures) = shop.figures_mut(sku) {
        let shelf = figures.shelves.entry(warehouse).or_default();
        shelf.committed = (shelf.committed + committed).max(0);
        shelf.quantity += available;
    }
}

/// Cancels lines; their units come back to sale while the goods are with the seller and restocking is on.
pub fn cancel_lines(world: &World, shop: &mut Shop, id: u64, lines: &[u64], ended: Ended, now_ms: i64) {
    let restocks = world.settings().auto_restock;
    let Some(order) = shop.orders.find_mut(id) else { return };
    let mut back = Vec::new();
    for line in order.lines.iter_mut().filter(|line| lines.contains(&line.id)) {
        if let Ok(next) = line.stage.on(Event::Cancel) {
            if line.stage.is_before_collection() {
                back.push((line.sku, line.warehouse));
            }
            line.stage = next;
        }
    }
    if order.stage() == Stage::Cancelled {
        order.ended = Some(ended);
        order.asked = None;
    }
    let is_over = order.stage() == Stage::Cancelled;
    let packages = order.packages.clone();
    for (sku, warehouse) in back {
        commit(shop, sku, warehouse, -1, i64::from(restocks));
    }
    if is_over {
        shop.unplan(Due::Late(id));
        shop.unplan(Due::Release(id));
    }
    shop.orders.touch(id, now_ms);
    for package in packages {
        package::drop_cancelled(shop, package, now_ms);
    }
}

/// Webhook 1. A cancelled order is `CANCEL` there (spec 0.1 no. 8).
pub fn announce(world: &World, shop: &Shop, id: u64) {
    let Some(order) = shop.orders.find(id).filter(|_| is_heard(world, shop)) else { return };
    let word = match order.status() {
        "CANCELLED" => "CANCEL",
        "PARTIALLY_SHIPPING" => "AWAITING_SHIPMENT",
        word => word,
    };
    let data = json!({"is_on_hold_order": order.was_on_hold, "order_id": id.to_string(), "order_status": word, "update_time": order.updated_s});
    emit(world, shop, Topic::Order, &data);
}

/// Webhook 11.
pub fn announce_cancellation(world: &World, shop: &Shop, one: &Cancellation) {
    if is_heard(world, shop) {
        let data = json!({
            "order_id": one.order.to_string(), "cancel_id": one.id.to_string(), "cancel_status": one.status.word(),
            "cancellations_role": one.role, "create_time": one.created_s,
        });
        emit(world, shop, Topic::Cancellation, &data);
    }
}

/// The carrier's steps, from wherever the order stands: everything before the wanted step happens, too.
///
/// # Errors
/// The order's status, when nothing of it can happen.
pub fn walk(
    world: &World,
    shop: &mut Shop,
    id: u64,
    steps: &[Event],
    now_ms: i64,
) -> Result<(), &'static str> {
    let status = shop.orders.find(id).map_or("GONE", Order::status);
    let mut has_moved = false;
    for event in steps {
        let done = match event {
            Event::Release => {
                let is_held = shop.orders.find(id).is_some_and(|order| order.stage() == Stage::OnHold);
                if is_held {
                    shop.unplan(Due::Release(id));
                    release(world, shop, id, now_ms);
                }
                is_held
            }
            Event::Pay
            | Event::Arrange
            | Event::Collect
            | Event::Deliver
            | Event::Complete
            | Event::Cancel => {
                let done = step(shop, id, *event, None, now_ms).is_some();
                if done {
                    follow(shop, id, *event, now_ms);
                    announce(world, shop, id);
                }
                done
            }
        };
        has_moved |= done;
    }
    if has_moved { Ok(()) } else { Err(status) }
}

/// Packages follow their orders.
fn follow(shop: &mut Shop, id: u64, event: Event, now_ms: i64) {
    let status = match event {
        Event::Arrange => PackageStatus::Processing,
        Event::Collect => PackageStatus::Fulfilling,
        Event::Deliver => PackageStatus::Completed,
        Event::Pay | Event::Release | Event::Complete | Event::Cancel => return,
    };
    let packages = shop.orders.find(id).map(|order| order.packages.clone()).unwrap_or_default();
    for package in packages {
        package::stand(shop, package, status, now_ms);
    }
}
