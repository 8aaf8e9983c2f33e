//! The shop's books in the words of the control API.

use crate::core::clock::rfc3339;
use crate::core::{Books, Buyable, ListingBook, OfferBook, OrderBook, OrderLineBook, Standing as Shown};

use super::item::{Gate, Item, SkuStatus};
use super::order::{Line, Order};
use super::order_state::Status;
use super::world::Shop;

/// Everything one shop holds.
pub fn of(shop: &mut Shop, now_ms: i64) -> Books {
    for item in shop.items.values_mut() {
        item.settle(now_ms);
    }
    let mut orders: Vec<&Order> = shop.orders.all().collect();
    orders.sort_by_key(|order| order.created_ms);
    Books {
        listings: shop.items.values().map(|item| listing(item, now_ms)).collect(),
        orders: orders.into_iter().map(order).collect(),
        oversold_units: shop.oversold_units,
        sold_units: shop.sold_units,
    }
}

/// Everything on sale with stock.
pub fn buyable(shop: &mut Shop, now_ms: i64) -> Vec<Buyable> {
    let mut shelf = Vec::new();
    for item in shop.items.values_mut() {
        item.settle(now_ms);
        if item.gate != Gate::Open {
            continue;
        }
        let stocked =
            item.skus.iter().filter(|sku| sku.figures.status == SkuStatus::Active && sku.sellable() > 0);
        shelf.extend(stocked.map(|sku| Buyable { offer: sku.id.to_string(), stock: sku.sellable() }));
    }
    shelf
}

fn listing(item: &Item, now_ms: i64) -> ListingBook {
    let standing = match &item.gate {
        _ if item.is_deleted() => Shown::Deleted,
        Gate::Pending { .. } => Shown::Reviewing,
        Gate::Suspended { sub_status: "Reject", .. } => Shown::Rejected,
        Gate::Suspended { .. } => Shown::Banned,
        Gate::Open if item.is_on_sale() => Shown::OnSale,
        Gate::Open => Shown::Hidden,
    };
    let is_alone = item.skus.len() == 1 && item.axes.is_empty();
    let offers = item.skus.iter().filter(|sku| item.is_deleted() || sku.figures.status != SkuStatus::Deleted);
    ListingBook {
        id: item.id.to_string(),
        code: item.attributes.get("model").cloned().filter(|model| !model.is_empty()),
        title: item.title().to_owned(),
        standing,
        pictures: item.images.len(),
        offers: offers
            .map(|sku| OfferBook {
                id: sku.id.to_string(),
                sku: sku.seller_sku.clone(),
                kind: if is_alone { "alone" } else { "variant" }.to_owned(),
                price: Some(sku.price_now(now_ms)),
                stock: Some(sku.sellable()),
                reserved: sku.figures.bins.iter().map(|bin| bin.withhold + bin.occupy).sum(),
                on_sale: item.gate == Gate::Open && sku.figures.status == SkuStatus::Active,
            })
            .collect(),
    }
}

/// The statuses of an order's rows stand for its own, which the platform does not have.
fn order(order: &Order) -> OrderBook {
    let words: Vec<&str> = order.statuses().into_iter().map(Status::word).collect();
    let mut status = words.join(",");
    if order.lines.iter().any(|line| line.is_fbl) {
        status.push_str(" by_channel");
    }
    OrderBook {
        id: order.id.to_string(),
        status,
        placed_at: rfc3339(order.created_ms),
        changed_at: rfc3339(order.changed_ms),
        lines: order.lines.iter().map(line).collect(),
    }
}

fn line(line: &Line) -> OrderLineBook {
    OrderLineBook {
        id: line.id.to_string(),
        listing: line.item_id.to_string(),
        offer: line.sku_id.to_string(),
        sku: line.seller_sku.clone(),
        units: 1,
        cancelled: i64::from(line.status == Status::Canceled),
        returned: i64::from(line.status == Status::Returned),
        unit_price: line.price,
    }
}
