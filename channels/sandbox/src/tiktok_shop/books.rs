//! The shop's books in the words of the control API.

use crate::core::clock::rfc3339;
use crate::core::{Books, Buyable, ListingBook, OfferBook, OrderBook, OrderLineBook, Standing};

use super::order::{Line, Order};
use super::product::{Product, Status};
use super::shop::Shop;

/// Everything one shop holds.
pub fn of(shop: &Shop, now_ms: i64) -> Books {
    let now_s = now_ms.div_euclid(1000);
    let by_created = shop.orders.index(false).iter().filter_map(|(_, id)| shop.orders.find(*id));
    Books {
        listings: shop.products.values().map(|product| listing(product, now_s)).collect(),
        orders: by_created.map(order).collect(),
        oversold_units: shop.oversold_units,
        sold_units: shop.sold_units,
    }
}

/// Everything on sale with stock.
pub fn buyable(shop: &Shop) -> Vec<Buyable> {
    let live = shop.products.values().filter(|product| product.status == Status::Activate);
    let offers = live.flat_map(|product| {
        product.live.skus.iter().filter_map(|sku| Some((sku.id, product.figures.get(&sku.id)?.available())))
    });
    offers
        .filter(|(_, stock)| *stock > 0)
        .map(|(sku, stock)| Buyable { offer: sku.to_string(), stock })
        .collect()
}

fn listing(product: &Product, now_s: i64) -> ListingBook {
    let standing = match product.status {
        Status::Draft => Standing::Unfinished,
        Status::Pending => Standing::Reviewing,
        Status::Failed => Standing::Rejected,
        Status::Activate => Standing::OnSale,
        Status::SellerDeactivated => Standing::Hidden,
        Status::PlatformDeactivated | Status::Freeze => Standing::Banned,
        Status::Deleted => Standing::Deleted,
    };
    let version = &product.live;
    let kind = if version.skus.len() == 1 && version.skus[0].sales.is_empty() { "alone" } else { "variant" };
    let offers = version.skus.iter().filter_map(|sku| {
        let figures = product.figures.get(&sku.id)?;
        Some(OfferBook {
            id: sku.id.to_string(),
            sku: sku.seller_sku.clone(),
            kind: kind.to_owned(),
            price: Some(figures.price_at(now_s)),
            stock: Some(figures.available()),
            reserved: figures.committed(),
            on_sale: product.status == Status::Activate,
        })
    });
    ListingBook {
        id: product.id.to_string(),
        code: version.face.external_id.clone(),
        title: version.face.title.clone(),
        standing,
        pictures: version.face.images.len(),
        offers: offers.collect(),
    }
}

fn order(order: &Order) -> OrderBook {
    OrderBook {
        id: order.id.to_string(),
        status: order.status().to_owned(),
        placed_at: rfc3339(order.created_s * 1000),
        changed_at: rfc3339(order.changed_ms),
        lines: order.lines.iter().map(line).collect(),
    }
}

fn line(line: &Line) -> OrderLineBook {
    OrderLineBook {
        id: line.id.to_string(),
        listing: line.product.to_string(),
        offer: line.sku.to_string(),
        sku: line.seller_sku.clone(),
        units: 1,
        cancelled: i64::from(!line.is_active()),
        returned: i64::from(line.is_returned),
        unit_price: line.sale_price(),
    }
}
