//! The books against the world: now and then while the storm goes on, and whole once all is quiet.

use crate::judge;
use crate::sale::{Due, Sale};
use crate::stall::Stand;
use crate::time::at;
use crate::world::World;
use ganh::store::{BookLine, StoreError};
use std::collections::BTreeMap;

type Fault = (&'static str, String);

/// Compares what the store holds with what was sold. `is_final`: everything must have arrived.
pub async fn check(world: &World, is_final: bool) {
    judge::ledger(world).await;
    let faults = match faults(world, is_final).await {
        Ok(faults) => faults,
        Err(error) => vec![("store", error.to_string())],
    };
    for (guarantee, said) in faults {
        world.broken(guarantee, said);
    }
}

async fn faults(world: &World, is_final: bool) -> Result<Vec<Fault>, StoreError> {
    let Some(store) = world.store() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for balance in store.book_balances().await? {
        if balance.on_hand != balance.moved_on_hand || balance.reserved != balance.moved_reserved {
            found.push(("I2", format!("a balance is not the sum of its movements: {balance:?}")));
        }
    }
    let since = if is_final { i64::MIN / 4 } else { world.ms() - 120_000 };
    let lines = store.book_lines(at(since)).await?;
    found.extend(stored(world, &lines));
    let ids: Vec<_> = world.inner().stalls.iter().map(|stall| stall.id).collect();
    for (shop, id) in ids.iter().enumerate() {
        let book = store.book_shop(*id).await?;
        let (until, read_at) = (book.orders_until.as_millisecond(), book.orders_read_at.as_millisecond());
        let (until, read_at) = if is_final { (i64::MAX, i64::MAX) } else { (until, read_at) };
        if is_final || (world.plan().is_honest() && world.plan().weather.garbled == 0) {
            found.extend(lost(world, shop, until, read_at));
        }
    }
    if is_final {
        found.extend(totals(world, &store.book_balances().await?));
        found.extend(listings(world, &store.book_listings().await?));
        for (shop, id) in ids.iter().enumerate() {
            found.extend(shelves(world, shop, &store.book_offers(*id).await?));
        }
    }
    Ok(found)
}

/// I1, I2: each stored order is one that was placed, once, and the ledger holds what its version says.
fn stored(world: &World, lines: &[BookLine]) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut inner = world.inner();
    let mut seen: BTreeMap<(usize, usize, &str), usize> = BTreeMap::new();
    for line in lines {
        let Some(shop) = inner.by_shop.get(&line.shop).copied() else { continue };
        let number = line.order.strip_prefix('o').and_then(|number| number.parse::<usize>().ok());
        let Some(sale) = number.and_then(|number| inner.stalls[shop].sales.get_mut(number)) else {
            found.push(("I1", format!("s{shop}: {} is stored and was never placed", line.order)));
            continue;
        };
        if !line.is_readable {
            continue;
        }
        sale.stored = line.changed_at.as_millisecond();
        let Some(name) = &line.line else { continue };
        let count = seen.entry((shop, sale.number, name)).or_default();
        *count += 1;
        if *count > 1 {
            found.push(("I1", format!("s{shop}: {} is stored more than once", line.order)));
        }
        let index = name.strip_prefix('l').and_then(|index| index.parse::<usize>().ok());
        let Some(sold) = index.and_then(|index| sale.now.lines.get(index)) else {
            found.push(("I2", format!("s{shop}: {} has no line {name}", line.order)));
            continue;
        };
        if sale.stored != sale.now.changed_at {
            continue;
        }
        let due = sale.now.due(sold);
        let held = Due {
            open: i64::from(line.reserved) - i64::from(line.released) - i64::from(line.shipped),
            shipped: i64::from(line.shipped),
        };
        if due != held {
            found.push(("I2", format!(
                "s{shop}: {} {name} of {} units, {} cancelled, is {:?}: the ledger holds {held:?}, due is {due:?}",
                line.order, sold.units, sold.cancelled, sale.now.stage
            )));
        }
    }
    found
}

/// I1: what the watermark covers is stored.
fn lost(world: &World, shop: usize, until: i64, read_at: i64) -> Option<Fault> {
    let mut inner = world.inner();
    let stall = &mut inner.stalls[shop];
    let first = if until == i64::MAX { 0 } else { stall.checked_until - 120_000 };
    for (changed, number) in stall.by_change.range(first..=until) {
        let sale = &stall.sales[*number];
        if sale.shown_from <= read_at && sale.stored != *changed {
            let said = format!(
                "s{shop}: {} changed at {}, was shown, is covered by the watermark, and stored is {}",
                Sale::id(*number),
                at(*changed),
                if sale.stored == 0 {
                    "nothing".to_owned()
                } else {
                    format!("its version of {}", at(sale.stored))
                }
            );
            return Some(("I1", said));
        }
    }
    if until != i64::MAX {
        stall.checked_until = until;
    }
    None
}

/// I2: what is left is what came in less what was sold.
fn totals(world: &World, balances: &[ganh::store::BookBalance]) -> Vec<Fault> {
    let inner = world.inner();
    let mut found = Vec::new();
    for balance in balances {
        let Some(variant) = inner.goods.variants.get(&balance.variant) else { continue };
        let [(pool, 1)] = inner.goods.recipes[*variant][..] else { continue };
        let (left, due) = (balance.on_hand - balance.reserved, inner.goods.sellable(pool));
        if left != due {
            found.push((
                "I2",
                format!("{}: the ledger has {left} to sell, the world has {due}", inner.goods.skus[*variant]),
            ));
        }
    }
    found
}

/// I3 and the way of listings: each product is live once in each shop.
fn listings(world: &World, listings: &[ganh::store::BookListing]) -> Vec<Fault> {
    let inner = world.inner();
    let mut found = Vec::new();
    for listing in listings {
        let Some(shop) = inner.by_shop.get(&listing.shop).copied() else { continue };
        let there = inner.stalls[shop].items.iter().filter(|item| item.code == listing.code).count();
        if there != 1 {
            found.push(("I3", format!("s{shop}: {} is listed {there} times", listing.code)));
        }
        if let Some(parked) = &listing.parked {
            found.push(("rest", format!("s{shop}: {} is parked: {parked}", listing.code)));
        } else if listing.state != "live" {
            found.push(("rest", format!("s{shop}: {} is {} after all", listing.code, listing.state)));
        }
    }
    found
}

/// I4: after quiet every offer shows what it should, and the books know it.
fn shelves(world: &World, shop: usize, offers: &[ganh::store::BookOffer]) -> Vec<Fault> {
    let inner = world.inner();
    let stall = &inner.stalls[shop];
    let mut found = Vec::new();
    for offer in offers {
        let Some((listing, name)) = &offer.remote else { continue };
        let Some((item, slot)) = stall.slot_at(listing, name) else {
            found.push(("I4", format!("s{shop}: {name} is linked and is not there")));
            continue;
        };
        let item = &stall.items[item];
        let shown = item.slots[slot].shown;
        if item.standing != Stand::Live
            || shown.stock != offer.stock
            || shown.price != offer.price
            || shown.on_sale != offer.on_sale
        {
            found.push(("I4", format!(
                "s{shop}: {name} shows {} units at {} ({}), wanted are {} at {} ({}); acknowledged {:?}, observed {:?}",
                shown.stock, shown.price, shown.on_sale, offer.stock, offer.price, offer.on_sale, offer.acked_stock, offer.observed_stock
            )));
        }
        let Some(variant) = inner.goods.variants.get(&offer.variant) else { continue };
        if offer.price != inner.goods.prices[*variant] {
            found.push((
                "I4",
                format!(
                    "s{shop}: {name} should cost {}, wanted is {}",
                    inner.goods.prices[*variant], offer.price
                ),
            ));
        }
        let most = inner.goods.recipes[*variant]
            .iter()
            .map(|(pool, each)| inner.goods.sellable(*pool).max(0) / i64::from(*each))
            .min();
        let most = most.unwrap_or(0);
        let is_right = if world.plan().is_strict {
            i64::from(offer.stock) <= most
        } else {
            i64::from(offer.stock) == most
        };
        if !is_right {
            found.push(("I4", format!("s{shop}: {name} wants {} units, {most} can be sold", offer.stock)));
        }
    }
    found
}
