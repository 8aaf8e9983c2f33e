//! From the ledger, the catalogue and the rules to what every offer should show: the one place that writes desired figures.
//!
//! It runs inside the transaction that changed something, reaches exactly the offers that draw on the changed pools, and writes only rows
//! whose figures moved. The cost follows the change, not the catalogue.

mod explain;

use super::error::Result;
use super::order::OwnMove;
use super::reach::Reach;
use super::signal::Wake;
use super::tx::{Row, Sql, Tx, args, json};
use crate::catalogue::Season;
use crate::ids::{OfferId, ShopId, VariantId};
use crate::listing::{
    Acked, Allocation, Consumer, EffectivePrice, EffectiveStock, Facets, Figures, InFlight, Layers, OnSale,
    PriceRules, Revs, Scope, StockRules, Stops, Suspect, allot, figures, on_sale, priced,
};
use crate::store::StoreError;
use ganh_contract::Vnd;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Why figures are computed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Because {
    /// An order became known: lowered figures of other shops start the propagation clock.
    Order,
    /// Stock, catalogue or rules were changed by people.
    Edit,
}

macro_rules! select_takers {
    ($lock:literal) => {
        concat!(
            "SELECT o.id, o.shop_id, o.variant_id, o.remote_listing_id, o.desired_price, o.desired_stock,
                 o.desired_on_sale, o.price_rev, o.stock_rev, o.on_sale_rev, o.acked_price, o.acked_stock, o.acked_on_sale,
                 o.price_acked_rev, o.stock_acked_rev, o.on_sale_acked_rev, o.sent_at, o.sent_stock, o.suspect_until_at,
                 o.suspect_stock, o.stock_answered_at, o.observed_stock, o.observed_at, o.dirty_since_at, o.strict,
                 o.order_known_at, o.verify_at, o.stopped, v.price_vnd, p.season, p.stopped, s.max_units,
                 CAST(CASE WHEN s.state = 'gone' OR l.state = 'gone' THEN 1 ELSE 0 END AS BIGINT) AS gone,
                 r0.stock AS stock0, r0.price AS price0, r1.stock AS stock1, r1.price AS price1,
                 r2.stock AS stock2, r2.price AS price2, r3.stock AS stock3, r3.price AS price3,
                 r4.stock AS stock4, r4.price AS price4
             FROM json_each($1) AS named
             JOIN offer AS o ON o.variant_id = CAST(named.value AS BIGINT)
             JOIN listing AS l ON l.id = o.listing_id
             JOIN shop AS s ON s.id = o.shop_id
             JOIN variant AS v ON v.id = o.variant_id
             JOIN product AS p ON p.id = v.product_id
             LEFT JOIN policy AS r0 ON r0.scope = 'default' AND r0.scope_id = 0
             LEFT JOIN policy AS r1 ON r1.scope = 'producer' AND r1.scope_id = v.producer_id
             LEFT JOIN policy AS r2 ON r2.scope = 'shop' AND r2.scope_id = o.shop_id
             LEFT JOIN policy AS r3 ON r3.scope = 'product' AND r3.scope_id = v.product_id
             LEFT JOIN policy AS r4 ON r4.scope = 'offer' AND r4.scope_id = o.id
             ORDER BY o.id ",
            $lock
        )
    };
}

// Walks index offer_variant. differs by necessity: PostgreSQL locks the rows that are read to be written.
const TAKERS: Sql = Sql { sqlite: select_takers!(""), postgres: select_takers!("FOR UPDATE OF o") };

/// An offer with everything that its desired figures depend on.
struct Taker {
    id: OfferId,
    shop: ShopId,
    variant: VariantId,
    linked: bool,
    desired: Figures,
    revs: Revs,
    acked: Acked,
    acked_revs: Revs,
    sent: Option<InFlight>,
    suspect: Option<Suspect>,
    observed_since: Option<u32>,
    dirty_since: Option<Timestamp>,
    strict: bool,
    order_known_at: Option<Timestamp>,
    verify_at: Option<Timestamp>,
    was_stopped: bool,
    /// A person stopped the selling of it, or of something that it is made of.
    is_stopped: bool,
    base_price: Vnd,
    on_sale: OnSale,
    sellable_here: bool,
    channel_max: u32,
    stock_rules: EffectiveStock,
    price_rules: EffectivePrice,
}

#[derive(Serialize)]
struct WishRow {
    id: i64,
    price: i64,
    stock: u32,
    on_sale: i64,
    price_rev: i64,
    stock_rev: i64,
    on_sale_rev: i64,
    acked_stock: Option<u32>,
    stock_acked_rev: i64,
    moved: i64,
    strict: i64,
    dirty_since: Option<i64>,
    harm: u8,
    known_at: Option<i64>,
    verify_at: Option<i64>,
    bracketed: u32,
    stopped: i64,
}

impl Tx {
    /// Brings the desired figures of every offer that draws on the same pools as `variants` up to date and marks dirty what moved.
    /// `moves`: what channels did to figures of their own. Answers with the shops whose lanes have something to do.
    pub(super) async fn recompute(
        &mut self,
        variants: &BTreeSet<VariantId>,
        moves: &BTreeMap<OfferId, OwnMove>,
        because: Because,
        now: Timestamp,
    ) -> Result<BTreeSet<ShopId>> {
        if variants.is_empty() {
            return Ok(BTreeSet::new());
        }
        let reach = self.reach(variants).await?;
        let pools = self.pools(&reach).await?;
        let takers = self.takers(&reach, now).await?;
        let units = allotted(&takers, &reach, &pools);
        let mut rows = Vec::new();
        let mut shops = BTreeSet::new();
        for (taker, stock) in takers.iter().zip(units) {
            let own = moves.get(&taker.id).copied();
            if let Some(row) = wish(taker, stock, own, because, now) {
                if taker.linked && row.dirty_since.is_some() {
                    shops.insert(taker.shop);
                }
                if row.verify_at.is_some() && taker.verify_at.is_none() {
                    self.wake(taker.shop, Wake::Readings);
                }
                rows.push(row);
            }
        }
        self.put_wishes(&rows, now).await?;
        for shop in &shops {
            match because {
                Because::Order => self.wake(*shop, Wake::Figures),
                Because::Edit => self.touch(*shop),
            }
        }
        Ok(shops)
    }

    /// Every offer of the reached variants, with the stops that hold now: whatever changes a figure, a stop is asked again.
    async fn takers(&mut self, reach: &Reach, now: Timestamp) -> Result<Vec<Taker>> {
        let rows = self.rows(TAKERS, args![json(&reach.variants())]).await?;
        let mut takers: Vec<Taker> = rows.iter().map(|row| taker(row, now)).collect::<Result<_>>()?;
        let stopped = self.stopped(reach).await?;
        for taker in &mut takers {
            let mut parts = reach.recipes.get(&taker.variant).into_iter().flatten().map(|(part, _)| part);
            taker.is_stopped = stopped.contains(&taker.variant) || parts.any(|part| stopped.contains(part));
            taker.sellable_here &= !taker.is_stopped;
        }
        Ok(takers)
    }

    async fn put_wishes(&mut self, rows: &[WishRow], now: Timestamp) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        // What was read before an order moved the figure along says nothing of now; counted on, it would make a raise look like a
        // lowering (I7). A figure that moved is worth another try, whatever the former one was parked for: a zero never waits for a refused price.
        self.execute(
            "UPDATE offer SET desired_price = n.price, desired_stock = n.stock, desired_on_sale = n.on_sale,
                 price_rev = n.price_rev, stock_rev = n.stock_rev, on_sale_rev = n.on_sale_rev, stock_based_at = $2,
                 acked_stock = n.acked_stock, stock_acked_rev = n.stock_acked_rev,
                 moved_at = CASE WHEN n.moved = 1 THEN $2 ELSE offer.moved_at END, strict = n.strict,
                 observed_stock = CASE WHEN n.moved = 1 THEN NULL ELSE offer.observed_stock END,
                 bracket_units = offer.bracket_units + n.bracketed,
                 dirty_since_at = n.dirty_since, harm = n.harm, order_known_at = n.known_at, verify_at = n.verify_at,
                 stopped = n.stopped,
                 parked_kind = NULL, parked_actor = NULL, parked_said = NULL, parked_at = NULL, updated_at = $2
             FROM (SELECT CAST(value->>'id' AS BIGINT) AS id, CAST(value->>'price' AS BIGINT) AS price,
                     CAST(value->>'stock' AS BIGINT) AS stock, CAST(value->>'on_sale' AS BIGINT) AS on_sale,
                     CAST(value->>'price_rev' AS BIGINT) AS price_rev, CAST(value->>'stock_rev' AS BIGINT) AS stock_rev,
                     CAST(value->>'on_sale_rev' AS BIGINT) AS on_sale_rev,
                     CAST(value->>'acked_stock' AS BIGINT) AS acked_stock,
                     CAST(value->>'stock_acked_rev' AS BIGINT) AS stock_acked_rev,
                     CAST(value->>'moved' AS BIGINT) AS moved, CAST(value->>'strict' AS BIGINT) AS strict,
                     CAST(value->>'dirty_since' AS BIGINT) AS dirty_since, CAST(value->>'harm' AS BIGINT) AS harm,
                     CAST(value->>'known_at' AS BIGINT) AS known_at, CAST(value->>'verify_at' AS BIGINT) AS verify_at,
                     CAST(value->>'bracketed' AS BIGINT) AS bracketed, CAST(value->>'stopped' AS BIGINT) AS stopped
                 FROM json_each($1)) AS n
             WHERE offer.id = n.id",
            args![json(rows), now],
        )
        .await?;
        Ok(())
    }
}

/// Units for each taker, in order.
fn allotted(takers: &[Taker], reach: &Reach, pools: &BTreeMap<VariantId, u32>) -> Vec<u32> {
    allot(&consumers(takers, reach), pools).into_iter().map(|allotment| allotment.units).collect()
}

fn consumers<'a>(takers: &'a [Taker], reach: &Reach) -> Vec<Consumer<'a>> {
    takers
        .iter()
        .map(|taker| Consumer {
            offer: taker.id,
            shop: taker.shop,
            needs: reach.recipes.get(&taker.variant).cloned().unwrap_or_default(),
            rules: &taker.stock_rules,
            sellable_here: taker.sellable_here,
            channel_max: taker.channel_max,
        })
        .collect()
}

/// The row to write, or nothing when no figure moved.
fn wish(
    taker: &Taker,
    stock: u32,
    own: Option<OwnMove>,
    because: Because,
    now: Timestamp,
) -> Option<WishRow> {
    let desired = Figures {
        price: priced(taker.base_price, &taker.price_rules).price,
        stock,
        // A zero may be refused of what is off sale, so a stop never shows it again.
        on_sale: taker.on_sale.is_on() && !(taker.is_stopped && taker.acked.on_sale == Some(false)),
    };
    let strict = taker.stock_rules.allocation.is == Allocation::Strict;
    let rewrite = own.is_some_and(|own| own.rewrite);
    if desired == taker.desired
        && strict == taker.strict
        && taker.is_stopped == taker.was_stopped
        && own.is_none_or(|own| own == OwnMove::default())
    {
        return None;
    }
    let (mut revs, mut acked, mut acked_revs) = (taker.revs, taker.acked, taker.acked_revs);
    revs.price += i64::from(desired.price != taker.desired.price);
    revs.on_sale += i64::from(desired.on_sale != taker.desired.on_sale);
    let change = own.map_or(0, |own| own.acked_change);
    if change != 0 {
        acked.stock = acked.stock.map(|units| moved(units, change));
    }
    revs.stock += i64::from(desired.stock != taker.desired.stock || rewrite || change != 0);
    // The channel moved its figure to exactly what we want: nothing is left to be written.
    if !rewrite
        && change != 0
        && taker.sent.is_none()
        && taker.suspect.is_none()
        && acked.stock == Some(desired.stock)
    {
        acked_revs.stock = revs.stock;
    }
    let dirty = revs.ahead_of(&acked_revs);
    let shown = figures::exposure(&acked, taker.sent.as_ref(), taker.suspect.as_ref(), taker.observed_since);
    let harm = figures::harm(&desired, taker.is_stopped, dirty, shown);
    let is_lowered = dirty.stock && desired.stock < taker.desired.stock && taker.linked;
    let known_at = match because {
        Because::Order if is_lowered => Some(taker.order_known_at.unwrap_or(now)),
        Because::Order | Because::Edit if dirty.stock => taker.order_known_at,
        Because::Order | Because::Edit => None,
    };
    let is_last = change != 0 && acked.stock.is_some_and(|units| units <= super::LAST_UNITS);
    Some(WishRow {
        id: taker.id.get(),
        price: desired.price.get(),
        stock: desired.stock,
        on_sale: i64::from(desired.on_sale),
        price_rev: revs.price,
        stock_rev: revs.stock,
        on_sale_rev: revs.on_sale,
        acked_stock: acked.stock,
        stock_acked_rev: acked_revs.stock,
        moved: i64::from(own.is_some()),
        strict: i64::from(strict),
        dirty_since: dirty_since(taker, dirty, now).map(Timestamp::as_millisecond),
        harm: harm.rank(),
        known_at: known_at.map(Timestamp::as_millisecond),
        verify_at: taker.verify_at.or(is_last.then_some(now)).map(Timestamp::as_millisecond),
        bracketed: own.map_or(0, |own| own.bracketed),
        stopped: i64::from(taker.is_stopped),
    })
}

fn dirty_since(taker: &Taker, dirty: Facets, now: Timestamp) -> Option<Timestamp> {
    (!dirty.is_empty()).then(|| taker.dirty_since.unwrap_or(now))
}

fn moved(units: u32, change: i64) -> u32 {
    u32::try_from((i64::from(units) + change).max(0)).unwrap_or(u32::MAX)
}

fn taker(row: &Row, now: Timestamp) -> Result<Taker> {
    let mut stock: Vec<(Scope, StockRules)> = Vec::new();
    let mut price: Vec<(Scope, PriceRules)> = Vec::new();
    for (scope, stock_column, price_column) in [
        (Scope::Default, "stock0", "price0"),
        (Scope::Producer, "stock1", "price1"),
        (Scope::Shop, "stock2", "price2"),
        (Scope::Product, "stock3", "price3"),
        (Scope::Offer, "stock4", "price4"),
    ] {
        stock.extend(row.find_json(stock_column)?.map(|rules| (scope, rules)));
        price.extend(row.find_json(price_column)?.map(|rules| (scope, rules)));
    }
    let stock: Vec<_> = stock.iter().map(|(scope, rules)| (*scope, rules)).collect();
    let price: Vec<_> = price.iter().map(|(scope, rules)| (*scope, rules)).collect();
    let season = row
        .find_text("season")?
        .map(|text| Season::parse(&text).ok_or_else(|| StoreError::Corrupt(format!("season {text}"))));
    let stops = Stops { shop: false, product: row.flag("stopped")? };
    let on_sale = on_sale(season.transpose()?, stops, now);
    let answered = row.at("stock_answered_at")?;
    let is_fresh = row.find_at("observed_at")?.is_some_and(|at| at > answered);
    Ok(Taker {
        id: OfferId::new(row.int("id")?),
        shop: ShopId::new(row.int("shop_id")?),
        variant: VariantId::new(row.int("variant_id")?),
        linked: row.find_text("remote_listing_id")?.is_some(),
        desired: Figures {
            price: row.vnd("desired_price")?,
            stock: row.units("desired_stock")?,
            on_sale: row.flag("desired_on_sale")?,
        },
        revs: Revs {
            price: row.int("price_rev")?,
            stock: row.int("stock_rev")?,
            on_sale: row.int("on_sale_rev")?,
        },
        acked: Acked {
            price: row.find_int("acked_price")?.map(Vnd),
            stock: row.find_units("acked_stock")?,
            on_sale: row.find_int("acked_on_sale")?.map(|on| on != 0),
        },
        acked_revs: Revs {
            price: row.int("price_acked_rev")?,
            stock: row.int("stock_acked_rev")?,
            on_sale: row.int("on_sale_acked_rev")?,
        },
        sent: match row.find_at("sent_at")? {
            Some(at) => Some(InFlight { at, stock: row.find_units("sent_stock")? }),
            None => None,
        },
        suspect: match row.find_at("suspect_until_at")? {
            Some(until) => Some(Suspect { until, stock: row.find_units("suspect_stock")? }),
            None => None,
        },
        observed_since: if is_fresh { row.find_units("observed_stock")? } else { None },
        dirty_since: row.find_at("dirty_since_at")?,
        strict: row.flag("strict")?,
        order_known_at: row.find_at("order_known_at")?,
        verify_at: row.find_at("verify_at")?,
        was_stopped: row.flag("stopped")?,
        is_stopped: false,
        base_price: row.vnd("price_vnd")?,
        on_sale,
        sellable_here: on_sale.is_on() && !row.flag("gone")?,
        channel_max: row.units("max_units")?,
        stock_rules: EffectiveStock::of(Layers(&stock)),
        price_rules: EffectivePrice::of(Layers(&price)),
    })
}
