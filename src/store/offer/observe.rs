//! What was read back against what was acknowledged.
//!
//! A reading proves something only when nothing of ours may still change the figure: it left after the last answer (and the channel's
//! lag), after every suspect write may have landed, and after the last order that moved the figure along. A lower stock than acknowledged is a
//! buyer until the orders up to the reading are known. What differs then is drift: noted, believed, and written again, once for each
//! reading that is fresher than the last correction.

use super::settle::Drift;
use super::state::{Stored, rank};
use crate::ids::OfferId;
use crate::listing::{Facets, ObservedFigures, OfferState};
use crate::store::error::Result;
use crate::store::reach::LetGo;
use crate::store::tx::{Tx, args, json};
use crate::store::{Lease, Store};
use ganh_contract::{OfferRef, Vnd};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// An early reading is followed by another one after so long: by then the orders are read further.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// An offer as read. `None`: the reading does not say.
#[derive(Debug, Clone)]
pub struct ObservedOfferRow {
    pub offer: OfferRef,
    pub note: Option<String>,
    pub price: Option<Vnd>,
    pub stock: Option<u32>,
    pub on_sale: Option<bool>,
    pub reserved: Option<u32>,
}

/// What a reading taught.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Observation {
    /// Offers of ours among the rows.
    pub known: usize,
    /// Fields that showed something else.
    pub drifted: usize,
    /// Offers whose reading came too early to prove anything; they stay due for a read-back.
    pub too_early: usize,
    /// Those among them whose stock differs and that wait for nothing but the orders up to the reading.
    pub unexplained: usize,
}

impl Store {
    /// Takes a reading whose request left at `as_of` into account. `lag`: how long the channel may look old after an answered write.
    ///
    /// Rows that are not ours are left alone. Older readings than the last change nothing; the last may be given again after the orders up to
    /// it were read. Errors: `StaleLease`.
    pub async fn observe_offers(
        &self,
        lease: &Lease,
        rows: &[ObservedOfferRow],
        as_of: Timestamp,
        lag: SignedDuration,
        now: Timestamp,
    ) -> Result<Observation> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        let ours = tx.offers_by_remote(lease, rows).await?;
        let ids: Vec<OfferId> = ours.keys().copied().collect();
        let mut stored = tx.offers(lease.shop, &ids).await?;
        let orders_read_at = tx.orders_read_at(lease).await?;
        let mut sums = Observation { known: stored.len(), ..Observation::default() };
        let (mut drifts, mut repaired, mut seen, mut agreeing) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        stored.retain(|stored| {
            stored
                .state
                .observed
                .is_none_or(|observed| observed.at.as_millisecond() <= as_of.as_millisecond())
        });
        let mut let_go = LetGo::before(&stored);
        for stored in &mut stored {
            let row = &rows[ours[&stored.state.id]];
            seen.push((
                stored.state.id.get(),
                row.price.map(Vnd::get),
                row.stock,
                row.on_sale.map(i64::from),
                row.reserved,
                &row.note,
            ));
            let Look { found, too_early, unexplained } = look(stored, row, as_of, lag, orders_read_at, now);
            rank(&mut stored.state, now);
            sums.drifted += found.len();
            sums.too_early += usize::from(too_early);
            sums.unexplained += usize::from(unexplained);
            match (found.is_empty(), too_early) {
                (false, _) => {
                    repaired.push(stored.state.id.get());
                    if !too_early && stored.state.dirty().is_empty() {
                        // What was found is what should be: nothing will be written, so nothing would be read again.
                        agreeing.push(stored.state.id.get());
                    }
                }
                (true, false) => agreeing.push(stored.state.id.get()),
                (true, true) => {}
            }
            drifts.extend(found);
        }
        let_go.after(&stored);
        tx.put_offers(&stored, now).await?;
        tx.wake_for(&let_go).await?;
        tx.put_seen(&seen, as_of).await?;
        tx.put_drifts(lease, &drifts, as_of).await?;
        tx.close_drifts(&agreeing, &repaired, now).await?;
        if !drifts.is_empty() {
            tx.touch(lease.shop);
        }
        tx.commit().await?;
        Ok(sums)
    }
}

struct Look {
    found: Vec<Drift>,
    too_early: bool,
    unexplained: bool,
}

/// Compares one offer with its reading and corrects the state.
fn look(
    stored: &mut Stored,
    row: &ObservedOfferRow,
    as_of: Timestamp,
    lag: SignedDuration,
    orders_read_at: Timestamp,
    now: Timestamp,
) -> Look {
    let (moved_at, repaired_at) = (stored.moved_at, stored.repaired_at);
    let state = &mut stored.state;
    let mut found = Vec::new();
    state.observed = Some(ObservedFigures {
        price: row.price,
        stock: row.stock,
        on_sale: row.on_sale,
        reserved: row.reserved,
        at: as_of,
    });
    let answered = state.wrote.map_or(stored.answered_at, |wrote| wrote.answered_at.max(stored.answered_at));
    let settled_at = answered.checked_add(lag).unwrap_or(Timestamp::MAX);
    let is_settled = state.sent.is_none() && as_of > settled_at && as_of > repaired_at;
    let is_suspect = state.suspect.is_some_and(|suspect| as_of <= suspect.until);
    if (!is_settled || is_suspect) && !mutant!("stale_read_believed") {
        return Look { found, too_early: true, unexplained: false };
    }
    // What an unanswered write made of its figures is news, not drift: they were pending, and nobody knew what stands there.
    let in_doubt = if state.suspect.is_some() { state.dirty() } else { Facets::default() };
    state.suspect = None;
    if let Some(price) = row.price {
        if let Some(acked) = state.acked.price.filter(|acked| *acked != price && !in_doubt.price) {
            found.push((state.id.get(), "price", acked.get().to_string(), price.get().to_string()));
        }
        state.acked.price = Some(price);
        believe(price == state.desired.price, &mut state.revs.price, &mut state.acked_revs.price);
    }
    if let Some(on_sale) = row.on_sale {
        if let Some(acked) = state.acked.on_sale.filter(|acked| *acked != on_sale && !in_doubt.on_sale) {
            found.push((
                state.id.get(),
                "on_sale",
                u8::from(acked).to_string(),
                u8::from(on_sale).to_string(),
            ));
        }
        state.acked.on_sale = Some(on_sale);
        believe(on_sale == state.desired.on_sale, &mut state.revs.on_sale, &mut state.acked_revs.on_sale);
    }
    let too_early = row
        .stock
        .is_some_and(|stock| !look_at_stock(state, stock, as_of, moved_at, orders_read_at, &mut found));
    if in_doubt.stock {
        found.retain(|(_, field, ..)| *field != "stock");
    }
    state.verify_at = too_early.then(|| now.checked_add(PATIENCE).unwrap_or(Timestamp::MAX));
    let unexplained = too_early && as_of > moved_at && orders_read_at < as_of;
    Look { found, too_early, unexplained }
}

/// False when the reading proves nothing about stock yet.
fn look_at_stock(
    state: &mut OfferState,
    stock: u32,
    as_of: Timestamp,
    moved_at: Timestamp,
    orders_read_at: Timestamp,
    found: &mut Vec<Drift>,
) -> bool {
    let Some(acked) = state.acked.stock else {
        state.acked.stock = Some(stock);
        believe(stock == state.desired.stock, &mut state.revs.stock, &mut state.acked_revs.stock);
        return true;
    };
    if acked == stock {
        if as_of > moved_at {
            state.bracketed = 0;
        }
        believe(stock == state.desired.stock, &mut state.revs.stock, &mut state.acked_revs.stock);
        return true;
    }
    // Orders may explain the difference until they are read up to the reading, and an order that moved the figure since is not in it.
    if (as_of <= moved_at || orders_read_at < as_of) && !mutant!("stale_read_believed") {
        return false;
    }
    found.push((state.id.get(), "stock", acked.to_string(), stock.to_string()));
    state.acked.stock = Some(stock);
    state.bracketed = 0;
    believe(stock == state.desired.stock, &mut state.revs.stock, &mut state.acked_revs.stock);
    true
}

/// After a proof: equal is acknowledged, whatever was pending; different is dirty.
fn believe(is_desired: bool, rev: &mut i64, acked_rev: &mut i64) {
    if is_desired {
        *acked_rev = *rev;
    } else if *acked_rev >= *rev {
        *rev += 1;
    }
}

type Seen<'a> = (i64, Option<i64>, Option<u32>, Option<i64>, Option<u32>, &'a Option<String>);

impl Tx {
    async fn offers_by_remote(
        &mut self,
        lease: &Lease,
        rows: &[ObservedOfferRow],
    ) -> Result<BTreeMap<OfferId, usize>> {
        let refs: Vec<(&str, &str)> =
            rows.iter().map(|row| (row.offer.listing.as_str(), row.offer.offer.as_str())).collect();
        let index: HashMap<(&str, &str), usize> =
            refs.iter().enumerate().map(|(index, key)| (*key, index)).collect();
        // Walks index offer_remote.
        let found = self
            .rows(
                "SELECT o.id, o.remote_listing_id, o.remote_offer_id
                 FROM json_each($2) AS named CROSS JOIN offer AS o
                 WHERE o.shop_id = $1 AND o.remote_listing_id = named.value->>0 AND o.remote_offer_id = named.value->>1",
                args![lease.shop, json(&refs)],
            )
            .await?;
        let mut ours = BTreeMap::new();
        for row in found {
            let (listing, offer) = (row.text("remote_listing_id")?, row.text("remote_offer_id")?);
            if let Some(index) = index.get(&(listing.as_str(), offer.as_str())) {
                ours.insert(OfferId::new(row.int("id")?), *index);
            }
        }
        Ok(ours)
    }

    async fn orders_read_at(&mut self, lease: &Lease) -> Result<Timestamp> {
        let row = self.find("SELECT orders_read_at FROM shop WHERE id = $1", args![lease.shop]).await?;
        row.map_or(Ok(Timestamp::UNIX_EPOCH), |row| row.at("orders_read_at"))
    }

    async fn put_seen(&mut self, seen: &[Seen<'_>], as_of: Timestamp) -> Result<()> {
        if seen.is_empty() {
            return Ok(());
        }
        self.execute(
            "UPDATE offer SET observed_price = n.price, observed_stock = n.stock, observed_on_sale = n.on_sale,
                 observed_reserved = n.reserved, observed_at = $2, note = COALESCE(n.note, offer.note)
             FROM (SELECT CAST(value->>0 AS BIGINT) AS id, CAST(value->>1 AS BIGINT) AS price,
                     CAST(value->>2 AS BIGINT) AS stock, CAST(value->>3 AS BIGINT) AS on_sale,
                     CAST(value->>4 AS BIGINT) AS reserved, value->>5 AS note
                   FROM json_each($1)) AS n
             WHERE offer.id = n.id",
            args![json(seen), as_of],
        )
        .await?;
        Ok(())
    }

    async fn close_drifts(&mut self, agreeing: &[i64], repaired: &[i64], now: Timestamp) -> Result<()> {
        if !repaired.is_empty() {
            self.execute(
                "UPDATE offer SET repaired_at = $2 WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
                args![json(repaired), now],
            )
            .await?;
        }
        // Walks index drift_offer_open.
        self.execute(
            "UPDATE drift SET repaired_at = $2
             WHERE repaired_at IS NULL AND offer_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
            args![json(agreeing), now],
        )
        .await?;
        Ok(())
    }
}
