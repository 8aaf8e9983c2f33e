//! The shop's books and what a buyer can have.

use super::order::Order;
use super::product::{Product, Type};
use super::wire::whole;
use super::world::World;
use super::{order_write, price};
use crate::core::books::{Books, ListingBook, OfferBook, OrderBook, OrderLineBook, Standing};
use crate::core::clock::rfc3339;
use crate::core::market::Buyable;

/// Our own marker of a listing, where somebody wrote one (spec §11).
const MARKER: &str = "_ganh_id";

/// Whether a buyer could buy it, stock apart.
#[must_use]
pub fn is_on_sale(world: &World, item: &Product) -> bool {
    let owner = world.items.get(&item.parent).map_or(item, |parent| &**parent);
    item.status == "publish"
        && owner.status == "publish"
        && !matches!(item.kind, Type::Variable | Type::Grouped | Type::External)
        && price::amount(item.price(world.now_s())).is_some()
}

/// Units that a buyer can have: what is counted less what unpaid orders hold; `None`: not counted.
#[must_use]
pub fn available(world: &World, item: &Product) -> Option<i64> {
    let counter = world.counted_at(item)?;
    let stock = world.items.get(&counter)?.stock.unwrap_or(0);
    Some(stock - world.held.get(&counter).copied().unwrap_or(0))
}

/// Whether so many units can be bought now.
#[must_use]
pub fn can_buy(world: &World, item: &Product, units: i64) -> bool {
    if !is_on_sale(world, item) {
        return false;
    }
    match available(world, item) {
        Some(left) => left >= units || takes_backorders(world, item),
        None => item.stock_status != "outofstock",
    }
}

fn takes_backorders(world: &World, item: &Product) -> bool {
    let counter = world.counted_at(item).and_then(|id| world.items.get(&id));
    counter.is_some_and(|counter| counter.backorders != "no")
}

/// Everything on sale with stock, by id.
#[must_use]
pub fn buyable(world: &World) -> Vec<Buyable> {
    let shown = world.items.values().filter(|item| can_buy(world, item, 1));
    shown
        .map(|item| Buyable { offer: item.id.to_string(), stock: available(world, item).unwrap_or(1000) })
        .filter(|offer| offer.stock > 0)
        .collect()
}

/// The shop's books.
#[must_use]
pub fn books(world: &World) -> Books {
    let listings = world.items.values().filter(|item| item.kind != Type::Variation);
    Books {
        listings: listings.map(|item| listing(world, item)).collect(),
        orders: world.orders.values().map(|order| order_book(world, order)).collect(),
        oversold_units: world.oversold_units,
        sold_units: world.sold_units,
    }
}

fn listing(world: &World, item: &Product) -> ListingBook {
    let offers = if item.kind == Type::Variable {
        item.variations.iter().filter_map(|id| world.items.get(id)).map(|child| offer(world, child)).collect()
    } else {
        vec![offer(world, item)]
    };
    ListingBook {
        id: item.id.to_string(),
        code: item.meta_text(MARKER),
        title: item.name.clone(),
        standing: match item.status.as_str() {
            "publish" => Standing::OnSale,
            "pending" => Standing::Reviewing,
            "trash" => Standing::Deleted,
            "auto-draft" => Standing::Unfinished,
            _ => Standing::Hidden,
        },
        pictures: item.images.len(),
        offers,
    }
}

fn offer(world: &World, item: &Product) -> OfferBook {
    let counter = world.counted_at(item);
    OfferBook {
        id: item.id.to_string(),
        sku: item.sku.clone(),
        kind: if item.kind == Type::Variation { "variant" } else { "alone" }.to_owned(),
        price: price::amount(item.price(world.now_s())).map(whole),
        stock: counter.and_then(|id| world.items.get(&id)).map(|counter| counter.stock.unwrap_or(0)),
        reserved: counter.and_then(|id| world.held.get(&id)).copied().unwrap_or(0),
        on_sale: is_on_sale(world, item),
    }
}

fn order_book(_world: &World, order: &Order) -> OrderBook {
    let is_void = matches!(order.status.as_str(), "cancelled" | "failed");
    let lines = order.lines.iter().map(|line| OrderLineBook {
        id: line.id.to_string(),
        listing: line.product.to_string(),
        offer: line.item().to_string(),
        sku: line.sku.clone(),
        units: line.quantity,
        cancelled: if is_void { line.quantity } else { 0 },
        returned: line.refunded,
        unit_price: whole(line.total / order_write::to_double(line.quantity.max(1))),
    });
    OrderBook {
        id: order.id.to_string(),
        status: order.status.clone(),
        placed_at: rfc3339(order.created_s * 1000),
        changed_at: rfc3339(order.changed_ms),
        lines: lines.collect(),
    }
}
