//! What is checked while things happen: each call as it leaves, each figure as it lands, each movement of the ledger.

use crate::life::Life;
use crate::sale::Sale;
use crate::stall::{Stall, Stand};
use crate::world::{Inner, World};
use ganh::store::{BookMove, BookOffer, BookShop};
use ganh_contract::{OfferCall, OfferRow};
use std::collections::{BTreeMap, BTreeSet};

/// What waits this long although something less harmful leaves is a violation (I9).
const HARM_WAITS_MS: i64 = 8_000;
/// Orders shown this long before a raise's base must be in the ledger (I5).
const SHOWN_MS: i64 = 3_000;

/// Reads what the ledger got since and compares it with what was sold (I1, I2).
pub async fn ledger(world: &World) {
    let Some(store) = world.store() else { return };
    let after = world.inner().last_move;
    let moves = match store.book_moves(after).await {
        Ok(moves) => moves,
        Err(error) => return world.broken("store", error.to_string()),
    };
    let mut faults = Vec::new();
    {
        let mut inner = world.inner();
        for movement in &moves {
            if movement.id > inner.last_move {
                inner.last_move = movement.id;
                faults.extend(book(&mut inner, movement));
            }
        }
    }
    for (guarantee, said) in faults {
        world.broken(guarantee, said);
    }
}

fn book(inner: &mut Inner, movement: &BookMove) -> Option<(&'static str, String)> {
    let rest = movement.cause.strip_prefix("order/")?;
    let parts: Vec<&str> = rest.split('/').collect();
    let &[shop, order, line, kind, cumulative] = parts.as_slice() else {
        return Some(("I2", format!("a movement without a readable cause: {}", movement.cause)));
    };
    let shop = *inner.by_shop.get(&ganh::ids::ShopId::new(shop.parse().ok()?))?;
    let number: usize = order.strip_prefix('o')?.parse().ok()?;
    let line: usize = line.strip_prefix('l')?.parse().ok()?;
    let cumulative: i64 = cumulative.parse().ok()?;
    let stall = &mut inner.stalls[shop];
    let Some(sale) = stall.sales.get_mut(number) else {
        return Some(("I2", format!("s{shop}: the ledger moved for {order}, which nobody placed")));
    };
    let units = i64::from(sale.now.lines[line].units);
    let (item, slot) = (sale.now.lines[line].item, sale.now.lines[line].slot);
    let booked = &mut sale.booked[line];
    let (sum, sign) = match kind {
        "reserve" => (&mut booked.reserved, 1),
        "release" => (&mut booked.released, -1),
        "ship" => (&mut booked.shipped, 0),
        // Tells of a shortage; moves nothing.
        _ => return None,
    };
    if cumulative <= *sum {
        // The other parts of a set: the same effect on another pool.
        return None;
    }
    let step = cumulative - *sum;
    *sum = cumulative;
    let booked = *booked;
    if sign != 0 {
        stall.items[item].slots[slot].known += sign * step;
    }
    stall.unbooked.remove(&number);
    if booked.reserved > units || booked.released + booked.shipped > booked.reserved {
        let said = format!("s{shop}: {order} of {units} units is booked as {booked:?}");
        return Some(("I2", said));
    }
    None
}

/// What was known when a call left.
#[derive(Debug, Clone)]
pub struct Left {
    /// What the ledger knew of each row's own sales.
    pub known: Vec<i64>,
    /// By pool: units that nobody knew of and that figures stood over, less all that ever were ([`Inner::stood_over`]).
    pub hidden: Vec<i64>,
}

impl Left {
    /// What may be hidden now from who wrote this: what was hidden as it left, and what figures came to stand over since.
    pub fn hidden(&self, inner: &Inner, pool: usize) -> i64 {
        self.hidden.get(pool).copied().unwrap_or(0) + inner.stood_over[pool]
    }
}

/// Judges a call as it leaves.
pub async fn call(world: &World, life: &Life, shop: usize, call: &OfferCall) -> Left {
    ledger(world).await;
    let nothing = Left { known: vec![0; call.rows.len()], hidden: Vec::new() };
    let Some(store) = world.store() else { return nothing };
    let id = world.inner().stalls[shop].id;
    let (book, offers) = match (store.book_shop(id).await, store.book_offers(id).await) {
        (Ok(book), Ok(offers)) => (book, offers),
        (Err(error), _) | (_, Err(error)) => {
            world.broken("store", error.to_string());
            return nothing;
        }
    };
    let now = world.ms();
    let mut faults: Vec<(&'static str, String)> = Vec::new();
    let left = {
        let mut inner = world.inner();
        let stall = &mut inner.stalls[shop];
        faults.extend(owner(stall, &book, life, now));
        faults.extend(one_at_a_time(stall, call, life));
        let by_ref: BTreeMap<(&str, &str), &BookOffer> = offers
            .iter()
            .filter_map(|offer| {
                let (listing, name) = offer.remote.as_ref()?;
                Some(((listing.as_str(), name.as_str()), offer))
            })
            .collect();
        let mut is_urgent = false;
        for row in &call.rows {
            let key = (row.offer.listing.as_str(), row.offer.offer.as_str());
            match by_ref.get(&key) {
                Some(offer) => {
                    is_urgent |= lowers(row, offer);
                    faults.extend(figures(row, offer, now).map(|said| ("I4", format!("s{shop}: {said}"))));
                    faults.extend(
                        raise(stall, row, offer, &book, (now, world))
                            .map(|(rule, said)| (rule, format!("s{shop}: {said}"))),
                    );
                }
                None => {
                    faults.push(("I4", format!("s{shop}: a call names {key:?}, which the books do not hold")))
                }
            }
        }
        if !is_urgent {
            // Who took the shop over, or stood still, needs its time too.
            let since = stall.owner.1.max(life.awake_since());
            faults.extend(harm(&offers, now, since).map(|said| ("I9", format!("s{shop}: {said}"))));
        }
        let known = call
            .rows
            .iter()
            .map(|row| {
                let at = stall.slot_at(row.offer.listing.as_str(), row.offer.offer.as_str());
                at.map_or(0, |(item, slot)| stall.items[item].slots[slot].known)
            })
            .collect();
        Left { known, hidden: hidden(&inner) }
    };
    for (guarantee, said) in faults {
        world.broken(guarantee, said);
    }
    left
}
/// I11: who calls owns the shop, or lost it at this very instant.
fn owner(stall: &mut Stall, book: &BookShop, life: &Life, now: i64) -> Option<(&'static str, String)> {
    if stall.owner.0 != book.owner {
        stall.owner = (book.owner.clone(), now);
    }
    let is_stale = *life.owner() != *book.owner && stall.owner.1 < now;
    is_stale.then(|| {
        ("I11", format!("s{}: {} calls, but {} owns the shop", stall.index, life.owner(), book.owner))
    })
}

/// I4: nothing of these listings is unanswered.
fn one_at_a_time(stall: &Stall, call: &OfferCall, life: &Life) -> Option<(&'static str, String)> {
    let named: BTreeSet<usize> =
        call.rows.iter().filter_map(|row| stall.item_at(row.offer.listing.as_str())).collect();
    let busy = named.iter().find(|item| stall.open_calls.contains_key(&(**item, life.number())))?;
    Some(("I4", format!("s{}: a second write to i{busy} while one is unanswered", stall.index)))
}

fn lowers(row: &OfferRow, offer: &BookOffer) -> bool {
    let stock = row.stock.as_ref().filter(|stock| stock.is_changed()).map(|stock| stock.figure().total());
    let shown = [offer.acked_stock, offer.suspect_stock, offer.observed_stock].into_iter().flatten().max();
    stock.is_some_and(|stock| stock == 0 || shown.is_some_and(|shown| stock < shown))
        || row.on_sale.as_ref().is_some_and(|on| on.is_changed() && !on.figure())
}

/// I4: changed figures are the newest ones, carried ones what stands there.
fn figures(row: &OfferRow, offer: &BookOffer, now: i64) -> Option<String> {
    let moved_now = offer.based_at.as_millisecond() >= now || offer.updated_at.as_millisecond() >= now;
    if moved_now {
        return None;
    }
    let name = row.offer.offer.as_str();
    if let Some(stock) = &row.stock {
        let units = stock.figure().total();
        // A strict offer may go down to what it surely shows, below what it should.
        let is_right = if stock.is_changed() {
            units == offer.stock || (offer.strict && units < offer.stock)
        } else {
            offer.acked_stock == Some(units)
                || offer.observed_stock == Some(units)
                || (offer.strict && units <= offer.stock)
        };
        if !is_right {
            let how = if stock.is_changed() { "changed" } else { "carried" };
            return Some(format!(
                "{name}: {units} units {how}, wanted {}, acknowledged {:?}",
                offer.stock, offer.acked_stock
            ));
        }
    }
    if let Some(price) = &row.price {
        let dong = price.figure().list.get();
        let is_right = if price.is_changed() { dong == offer.price } else { offer.acked_price == Some(dong) };
        if !is_right {
            return Some(format!(
                "{name}: {dong} dong, wanted {}, acknowledged {:?}",
                offer.price, offer.acked_price
            ));
        }
    }
    if let Some(on_sale) = &row.on_sale {
        let on = *on_sale.figure();
        let is_right =
            if on_sale.is_changed() { on == offer.on_sale } else { offer.acked_on_sale == Some(on) };
        if !is_right {
            return Some(format!(
                "{name}: on sale {on}, wanted {}, acknowledged {:?}",
                offer.on_sale, offer.acked_on_sale
            ));
        }
    }
    None
}

/// I5 and I6: a raise waits for the shop's orders and for the price.
fn raise(
    stall: &Stall,
    row: &OfferRow,
    offer: &BookOffer,
    book: &BookShop,
    (now, world): (i64, &World),
) -> Option<(&'static str, String)> {
    let units = row.stock.as_ref().filter(|stock| stock.is_changed())?.figure().total();
    // What may stand there counts, not only what was acknowledged: below it, it is a lowering, which nothing holds.
    let may_show = [offer.acked_stock, offer.suspect_stock, offer.observed_stock].into_iter().flatten().max();
    let is_raise = units > 0 && may_show.is_none_or(|shown| units > shown);
    if !is_raise || offer.based_at.as_millisecond() >= now {
        return None;
    }
    let name = row.offer.offer.as_str();
    if book.orders_read_at <= offer.based_at {
        let said = format!(
            "{name} is raised to {units}: orders were read at {}, the figure is of {}; acknowledged {:?}, in doubt {:?}, observed {:?}",
            book.orders_read_at, offer.based_at, offer.acked_stock, offer.suspect_stock, offer.observed_stock
        );
        return Some(("I5", said));
    }
    let base = offer.based_at.as_millisecond();
    let is_clear = world.plan().is_honest() && world.plan().weather.garbled == 0;
    let unread = stall.unbooked.iter().find(|number| {
        let sale = &stall.sales[**number];
        is_clear && sale.taken_from + SHOWN_MS + stall.plan.skew_ms.abs() < base
    });
    if let Some(number) = unread {
        return Some((
            "I5",
            format!("{name} is raised to {units}, but {} is not in the ledger", Sale::id(*number)),
        ));
    }
    let price_waits = offer.revs.price > offer.acked_revs.price
        && row.price.as_ref().is_none_or(|price| !price.is_changed());
    price_waits.then(|| ("I6", format!("{name} is raised to {units} before its price")))
}

/// I9: nothing harmful waits while this leaves.
fn harm(offers: &[BookOffer], now: i64, awake_since: i64) -> Option<String> {
    if awake_since >= now - HARM_WAITS_MS {
        return None;
    }
    let busy: BTreeSet<i64> =
        offers.iter().filter(|offer| offer.sent_at.is_some()).map(|offer| offer.listing).collect();
    let waits = offers.iter().find(|offer| {
        let since = offer.dirty_since.map_or(i64::MAX, |since| since.as_millisecond());
        offer.harm <= 2
            && offer.remote.is_some()
            && offer.parked.is_none()
            && !busy.contains(&offer.listing)
            && offer.updated_at.as_millisecond() < now - HARM_WAITS_MS
            && since < now - HARM_WAITS_MS
            && offer.next_try_at.as_millisecond() < now - HARM_WAITS_MS
    })?;
    Some(format!(
        "a call without harm leaves while {:?} waits to go to {} units since {:?} (harm {}); acknowledged {:?}, in doubt {:?}, observed {:?}, on sale {} {:?}, figure of {}, touched at {}",
        waits.remote,
        waits.stock,
        waits.dirty_since,
        waits.harm,
        waits.acked_stock,
        waits.suspect_stock,
        waits.observed_stock,
        waits.on_sale,
        waits.acked_on_sale,
        waits.based_at,
        waits.updated_at
    ))
}

/// What all shops together show of each pool beyond what can be sold; empty where the allocation is not strict (I7).
pub fn excess(is_strict: bool, inner: &Inner, variant: usize) -> Vec<(usize, i64)> {
    if !is_strict {
        return Vec::new();
    }
    let pools = inner.goods.recipes[variant].iter();
    pools.map(|(pool, _)| (*pool, shown_of(inner, *pool) - inner.goods.sellable(*pool))).collect()
}

/// I7: a write may add to the excess what it stands over itself, units that this shop sold and that nobody knew of as it left; and it may
/// show as much as was hidden then in all shops together, where another figure stands over sales and this one takes what seems free.
pub fn grown(
    before: &[(usize, i64)],
    after: &[(usize, i64)],
    stands_over: i64,
    hidden: impl Fn(usize) -> i64,
) -> Option<String> {
    let is_wrong = |pool: usize, was: i64, is: i64| is > was.max(0) + stands_over && is > hidden(pool);
    before.iter().zip(after).find(|((pool, was), (_, is))| is_wrong(*pool, *was, *is)).map(
        |((pool, was), (_, is))| {
            format!(
                "pool {pool}: the shops show {is} units more than can be sold, {was} before this write, which stands over {stands_over}; hidden were {}",
                hidden(*pool)
            )
        },
    )
}

/// By pool: units that figures shown now stand over and that the ledger does not know yet, less all that ever were.
fn hidden(inner: &Inner) -> Vec<i64> {
    let mut hidden: Vec<i64> = inner.stood_over.iter().map(|units| -units).collect();
    for slot in inner.stalls.iter().flat_map(|stall| &stall.items).flat_map(|item| &item.slots) {
        let units = slot.over.min(slot.taken - slot.known).max(0);
        for (pool, each) in &inner.goods.recipes[slot.variant] {
            hidden[*pool] += units * i64::from(*each);
        }
    }
    hidden
}

/// Units of a pool that all shops together show to buyers.
fn shown_of(inner: &Inner, pool: usize) -> i64 {
    let items =
        inner.stalls.iter().flat_map(|stall| &stall.items).filter(|item| item.standing == Stand::Live);
    items
        .flat_map(|item| &item.slots)
        .flat_map(|slot| {
            let recipe = inner.goods.recipes[slot.variant].iter().filter(|(of, _)| *of == pool);
            recipe.map(|(_, each)| i64::from(slot.shown.stock) * i64::from(*each))
        })
        .sum()
}
