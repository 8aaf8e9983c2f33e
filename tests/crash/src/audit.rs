//! Do the marketplaces' books, the store and the memories of buyers and merchant agree?

use crate::books::Books;
use crate::market::Market;
use crate::outcome::Sums;
use crate::trade::Memory;
use anyhow::{Context as _, Result};
use ganh_sandbox::Standing;
use std::collections::{BTreeMap, BTreeSet};

/// Compares everything; one line in `sums.differences` for each thing that is not so.
pub async fn all(market: &Market, books: &mut Books, memory: &Memory) -> Result<Sums> {
    let mut sums = Sums::default();
    orders(market, books, memory, &mut sums).await?;
    ledger(market, books, memory, &mut sums).await?;
    papers(books, memory, &mut sums).await?;
    balances(books, memory, &mut sums).await?;
    listings(market, books, memory, &mut sums).await?;
    for row in books
        .rows(
            "SELECT s.handle || '|' || l.code || '|' || l.parked_kind || '|' || coalesce(l.parked_said, '')
             FROM listing AS l JOIN shop AS s ON s.id = l.shop_id WHERE l.parked_kind IS NOT NULL
             UNION ALL
             SELECT s.handle || '|' || v.sku || '|' || o.parked_kind || '|' || coalesce(o.parked_said, '')
             FROM offer AS o JOIN shop AS s ON s.id = o.shop_id JOIN variant AS v ON v.id = o.variant_id
             WHERE o.parked_kind IS NOT NULL",
        )
        .await?
    {
        sums.parked += 1;
        sums.differs(format!("{} waits for somebody: {}", row[..2].join(" "), row[2..].join(" ")));
    }
    for line in books.damage().await? {
        sums.differs(format!("the database is damaged: {line}"));
    }
    Ok(sums)
}

/// I1: each order that a marketplace holds is stored once.
async fn orders(market: &Market, books: &mut Books, memory: &Memory, sums: &mut Sums) -> Result<()> {
    let mut stored: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in books
        .rows(
            "SELECT s.handle || '|' || o.remote_id || '|' || o.readable || '|' || o.unmapped_lines || '|' || o.in_ledger
             FROM shop_order AS o JOIN shop AS s ON s.id = o.shop_id",
        )
        .await?
    {
        let [shop, order, rest @ ..] = row.as_slice() else { continue };
        *stored.entry((shop.clone(), order.clone())).or_default() += 1;
        if rest != ["1", "0", "1"] {
            sums.differs(format!("{shop}: order {order} is not understood ({})", rest.join(" ")));
        }
    }
    sums.orders_stored = stored.len();
    for (place, stall) in market.stalls().iter().enumerate() {
        let theirs = market.books(stall).await?;
        sums.oversold += theirs.oversold_units;
        sums.orders_there += theirs.orders.len();
        let bought: BTreeSet<&str> =
            memory.bought.iter().filter(|one| one.stall == place).map(|one| one.order.as_str()).collect();
        for order in &theirs.orders {
            if !bought.contains(order.id.as_str()) {
                sums.differs(format!("{}: nobody bought order {}", stall.handle, order.id));
            }
            match stored.get(&(stall.handle.clone(), order.id.clone())) {
                Some(1) => {}
                Some(times) => {
                    sums.stored_twice += 1;
                    sums.differs(format!("{}: order {} is stored {times} times", stall.handle, order.id));
                }
                None => {
                    sums.lost += 1;
                    sums.differs(format!("{}: order {} is lost", stall.handle, order.id));
                }
            }
        }
    }
    if sums.orders_there != memory.bought.len() {
        sums.differs(format!(
            "{} orders were bought, the marketplaces hold {}",
            memory.bought.len(),
            sums.orders_there
        ));
    }
    Ok(())
}

/// I2: each order moved the ledger exactly as its buyer remembers.
async fn ledger(market: &Market, books: &mut Books, memory: &Memory, sums: &mut Sums) -> Result<()> {
    let mut moved: BTreeMap<(String, String, String), BTreeMap<String, i64>> = BTreeMap::new();
    for row in books
        .rows(
            "SELECT s.handle || '|' || o.remote_id || '|' || v.sku || '|' || m.kind || '|' || CAST(sum(m.units) AS BIGINT)
             FROM movement AS m JOIN shop_order AS o ON o.id = m.order_id JOIN shop AS s ON s.id = o.shop_id
             JOIN variant AS v ON v.id = m.variant_id
             GROUP BY s.handle, o.remote_id, v.sku, m.kind",
        )
        .await?
    {
        let [shop, order, sku, kind, units] = row.as_slice() else { continue };
        let kinds = moved.entry((shop.clone(), order.clone(), sku.clone())).or_default();
        kinds.insert(kind.clone(), units.parse().context("units")?);
    }
    for bought in &memory.bought {
        let shop = &market.stalls()[bought.stall].handle;
        let kinds =
            moved.remove(&(shop.clone(), bought.order.clone(), bought.sku.clone())).unwrap_or_default();
        let of = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
        let seen = (of("reserve"), of("release"), of("ship"));
        let wanted = (bought.units, bought.units - bought.live(), bought.shipped());
        sums.effects += seen.0.min(1) + seen.1.min(1) + seen.2.min(1);
        sums.oversold_noted += of("oversold");
        if seen.0 > wanted.0 || seen.1 > wanted.1 || seen.2 > wanted.2 {
            sums.doubled += 1;
        }
        if seen != wanted {
            sums.differs(format!(
                "{shop}: order {} of {} {} ({:?}) reserved, released, shipped {seen:?}, wanted {wanted:?}",
                bought.order, bought.units, bought.sku, bought.fate
            ));
        }
    }
    for ((shop, order, sku), kinds) in moved {
        sums.doubled += 1;
        sums.differs(format!("{shop}: order {order} moved {sku} that nobody bought: {kinds:?}"));
    }
    Ok(())
}

/// Each paper counts once.
async fn papers(books: &mut Books, memory: &Memory, sums: &mut Sums) -> Result<()> {
    let mut received: BTreeMap<String, i64> = BTreeMap::new();
    for row in books
        .rows(
            "SELECT v.sku || '|' || CAST(sum(m.units) AS BIGINT) FROM movement AS m JOIN variant AS v ON v.id = m.variant_id
             WHERE m.kind = 'receive' GROUP BY v.sku",
        )
        .await?
    {
        let [sku, units] = row.as_slice() else { continue };
        received.insert(sku.clone(), units.parse().context("units")?);
    }
    sums.papers = memory.papers.len();
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
    for (sku, units) in memory.papers.values() {
        *wanted.entry(sku).or_default() += units;
    }
    for (sku, units) in &wanted {
        let seen = received.remove(*sku).unwrap_or(0);
        if seen != *units {
            sums.papers_wrong += 1;
            sums.differs(format!("{sku}: {units} units came in with papers, the ledger has {seen}"));
        }
    }
    for (sku, units) in received {
        sums.papers_wrong += 1;
        sums.differs(format!("{sku}: {units} units came in without a paper"));
    }
    Ok(())
}

/// Balances are the sums of their movements, and what everybody remembers.
async fn balances(books: &mut Books, memory: &Memory, sums: &mut Sums) -> Result<()> {
    let rows = books
        .rows(
            "SELECT v.sku || '|' || coalesce((SELECT CAST(sum(b.on_hand) AS BIGINT) FROM balance AS b WHERE b.variant_id = v.id), 0)
                 || '|' || coalesce((SELECT CAST(sum(b.reserved) AS BIGINT) FROM balance AS b WHERE b.variant_id = v.id), 0)
                 || '|' || coalesce((SELECT CAST(sum(m.on_hand_change) AS BIGINT) FROM movement AS m WHERE m.variant_id = v.id), 0)
                 || '|' || coalesce((SELECT CAST(sum(m.reserved_change) AS BIGINT) FROM movement AS m WHERE m.variant_id = v.id), 0)
             FROM variant AS v",
        )
        .await?;
    for row in rows {
        let [sku, on_hand, reserved, moved, held] = row.as_slice() else { continue };
        if (on_hand, reserved) != (moved, held) {
            sums.differs(format!("{sku}: balance {on_hand}/{reserved}, movements sum to {moved}/{held}"));
        }
        let (wanted_on_hand, wanted_reserved) = remembered(memory, sku);
        if (on_hand, reserved) != (&wanted_on_hand.to_string(), &wanted_reserved.to_string()) {
            sums.differs(format!(
                "{sku}: balance {on_hand}/{reserved}, remembered {wanted_on_hand}/{wanted_reserved}"
            ));
        }
    }
    Ok(())
}

/// On hand and reserved as buyers and merchant remember.
fn remembered(memory: &Memory, sku: &str) -> (i64, i64) {
    let came: i64 = memory.papers.values().filter(|(of, _)| of == sku).map(|(_, units)| units).sum();
    let bought = memory.bought.iter().filter(|one| one.sku == sku);
    let (shipped, open) = bought
        .fold((0, 0), |(shipped, open), one| (shipped + one.shipped(), open + one.live() - one.shipped()));
    (came - shipped, open)
}

/// I3 and I4: each good is listed once per shop and shows what is left at the last price.
async fn listings(market: &Market, books: &mut Books, memory: &Memory, sums: &mut Sums) -> Result<()> {
    let mut desired: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for row in books
        .rows(
            "SELECT s.handle || '|' || v.sku || '|' || o.desired_price || '|' || o.desired_stock
             FROM offer AS o JOIN shop AS s ON s.id = o.shop_id JOIN variant AS v ON v.id = o.variant_id",
        )
        .await?
    {
        let [shop, sku, price, stock] = row.as_slice() else { continue };
        desired.insert((shop.clone(), sku.clone()), (price.parse()?, stock.parse()?));
    }
    for stall in market.stalls() {
        let theirs = market.books(stall).await?;
        let there: Vec<_> =
            theirs.listings.iter().filter(|listing| listing.standing != Standing::Deleted).collect();
        sums.listings_there += there.len();
        let mut shown: BTreeMap<&str, (i64, i64, bool)> = BTreeMap::new();
        let mut codes = BTreeSet::new();
        for listing in there {
            let is_shown = listing.standing == Standing::OnSale;
            let mut is_twin =
                listing.code.as_deref().is_some_and(|code| !code.is_empty() && !codes.insert(code));
            if listing.offers.is_empty() {
                sums.differs(format!("{}: listing {} has nothing in it", stall.handle, listing.id));
            }
            for offer in &listing.offers {
                let figures =
                    (offer.price.unwrap_or(-1), offer.stock.unwrap_or(-1), is_shown && offer.on_sale);
                is_twin |= shown.insert(&offer.sku, figures).is_some();
            }
            if is_twin {
                sums.twins += 1;
                sums.differs(format!("{}: {} ({}) is listed twice", stall.handle, listing.title, listing.id));
            }
        }
        for (sku, good) in &memory.goods {
            sums.offers += 1;
            let (on_hand, reserved) = remembered(memory, sku);
            let wanted = (good.price, (on_hand - reserved).max(0), true);
            let stored = desired.get(&(stall.handle.clone(), sku.clone())).copied();
            let seen = shown.remove(sku.as_str());
            if seen == Some(wanted) && stored == Some((wanted.0, wanted.1)) {
                sums.in_step += 1;
            } else {
                sums.differs(format!(
                    "{}: {sku} shows {seen:?}, stored as wanted {stored:?}, remembered {wanted:?}",
                    stall.handle
                ));
            }
        }
        for (sku, figures) in shown {
            sums.differs(format!("{}: {sku} is there and nobody made it: {figures:?}", stall.handle));
        }
    }
    Ok(())
}
