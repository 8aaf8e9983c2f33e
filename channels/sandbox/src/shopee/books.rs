//! The shop's books in the words of the control API.

use crate::core::clock::rfc3339;
use crate::core::{Books, Buyable, ListingBook, OfferBook, OrderBook, OrderLineBook, Standing as Shown};

use super::item::{Item, Standing};
use super::order::{Line, Order};
use super::world::Shop;

/// Everything one shop holds.
pub fn of(shop: &mut Shop, now_ms: i64) -> Books {
    for item in shop.items.values_mut() {
        item.settle(now_ms);
    }
    let mut orders: Vec<&Order> = shop.orders.all().iter().collect();
    orders.sort_by_key(|order| order.created_s);
    Books {
        listings: shop.items.values().map(listing).collect(),
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
        if item.standing != Standing::Normal {
            continue;
        }
        let stocked = item.offers().filter(|(_, offer)| offer.stock > 0);
        shelf.extend(
            stocked
                .map(|(model_id, offer)| Buyable { offer: offer_id(item.id, model_id), stock: offer.stock }),
        );
    }
    shelf
}

/// The id of an offer in the control API: the model's, or the item's own when it has no models.
pub fn offer_id(item_id: u64, model_id: u64) -> String {
    if model_id == 0 { item_id.to_string() } else { model_id.to_string() }
}

fn listing(item: &Item) -> ListingBook {
    let standing = match item.standing {
        Standing::Normal => Shown::OnSale,
        Standing::Unlist => Shown::Hidden,
        Standing::Reviewing => Shown::Reviewing,
        Standing::Banned => Shown::Banned,
        Standing::SellerDelete | Standing::ShopeeDelete => Shown::Deleted,
    };
    let offers = item.offers().map(|(model_id, offer)| OfferBook {
        id: offer_id(item.id, model_id),
        sku: offer.sku.clone(),
        kind: if model_id == 0 { "alone" } else { "variant" }.to_owned(),
        price: Some(offer.promotion.as_ref().map_or(offer.price, |promotion| promotion.price)),
        stock: Some(offer.stock),
        reserved: offer.reserved,
        on_sale: item.standing == Standing::Normal,
    });
    ListingBook {
        id: item.id.to_string(),
        code: Some(item.own.sku.clone()).filter(|sku| !sku.is_empty()),
        title: item.face.name.clone(),
        standing,
        pictures: item.face.images.len(),
        offers: offers.collect(),
    }
}

fn order(order: &Order) -> OrderBook {
    OrderBook {
        id: order.sn.clone(),
        status: order.status.word().to_owned(),
        placed_at: rfc3339(order.created_s * 1000),
        changed_at: rfc3339(order.changed_ms),
        lines: order.lines.iter().map(line).collect(),
    }
}

fn line(line: &Line) -> OrderLineBook {
    OrderLineBook {
        id: line.id(),
        listing: line.item_id.to_string(),
        offer: offer_id(line.item_id, line.model_id),
        sku: if line.model_id == 0 { line.item_sku.clone() } else { line.model_sku.clone() },
        units: line.units,
        cancelled: line.cancelled,
        returned: line.returned,
        unit_price: line.discounted,
    }
}
