//! Do the marketplaces' own books agree with ours? Every order stored once, every offer shows what we want, no listing is there twice.

use super::{Stall, World};
use ganh_sandbox::{Books, OfferBook, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// One line for each difference.
pub async fn differences(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for stall in &world.stalls {
        let books = world.books(stall).await;
        orders(world, stall, &books, &mut found).await;
        twins(stall, &books, &mut found);
        offers(world, stall, &books, &mut found).await;
    }
    found
}

async fn orders(world: &World, stall: &Stall, books: &Books, found: &mut Vec<String>) {
    let mut stored: BTreeMap<String, usize> = BTreeMap::new();
    for order in world.orders(stall).await {
        *stored.entry(order.remote_id.as_str().to_owned()).or_default() += 1;
    }
    for order in &books.orders {
        let times = stored.get(&order.id).copied().unwrap_or(0);
        if times != 1 {
            found.push(format!("{}: order {} is stored {times} times", stall.handle, order.id));
        }
    }
}

/// Listings that are there twice, by SKU.
pub fn twins(stall: &Stall, books: &Books, found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (_, offer) in there(books) {
        if !offer.sku.is_empty() && !seen.insert(offer.sku.clone()) {
            found.push(format!("{}: {} is listed twice", stall.handle, offer.sku));
        }
    }
}

/// Every offer of a listing that was not deleted.
pub fn there(books: &Books) -> impl Iterator<Item = (Standing, &OfferBook)> {
    books
        .listings
        .iter()
        .filter(|listing| listing.standing != Standing::Deleted)
        .flat_map(|listing| listing.offers.iter().map(|offer| (listing.standing, offer)))
}

async fn offers(world: &World, stall: &Stall, books: &Books, found: &mut Vec<String>) {
    for ours in world.offers(stall).await {
        let sku = ours.sku.as_str();
        let Some((standing, theirs)) = there(books).find(|(_, offer)| offer.sku == sku) else {
            found.push(format!("{}: {sku} is linked here and not there", stall.handle));
            continue;
        };
        let is_on_sale = standing == Standing::OnSale && theirs.on_sale;
        let wanted = (i64::from(ours.desired.stock), ours.desired.price.get(), ours.desired.on_sale);
        let shown = (theirs.stock.unwrap_or(-1), theirs.price.unwrap_or(-1), is_on_sale);
        if wanted != shown {
            found.push(format!("{}: {sku} shows {shown:?}, wanted {wanted:?}", stall.handle));
        }
    }
}
