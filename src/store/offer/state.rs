//! Reading and writing the lane's view of offers.

use crate::ids::{ListingId, OfferId, ShopId, VariantId};
use crate::listing::{
    Acked, Figures, Harm, InFlight, ObservedFigures, OfferState, Revs, StockWrite, Suspect,
};
use crate::store::error::{Result, StoreError};
use crate::store::tx::{Row, Sql, Tx, args, json};
use crate::store::{Lease, Store};
use ganh_contract::{OfferKind, OfferRef, RemoteListingId, RemoteOfferId, Sku, Vnd};
use jiff::Timestamp;
use serde::Deserialize;

/// Columns of an offer `o` with its variant `v`, in the order of [`Columns`]: one JSON array per row, because a driver's row of forty columns
/// costs many times what its database spends on it.
macro_rules! offer_columns {
    () => {
        "o.id, o.listing_id, o.shop_id, o.variant_id, v.sku, o.remote_listing_id, o.remote_offer_id, o.remote_kind, o.note,
         o.desired_price, o.desired_stock, o.desired_on_sale, o.price_rev, o.stock_rev, o.on_sale_rev, o.stock_based_at,
         o.acked_price, o.acked_stock, o.acked_on_sale, o.price_acked_rev, o.stock_acked_rev, o.on_sale_acked_rev,
         o.sent_at, o.sent_stock, o.stock_sent_at, o.stock_answered_at, o.suspect_until_at, o.suspect_stock,
         o.bracket_units, o.verify_at, o.observed_price, o.observed_stock, o.observed_on_sale, o.observed_reserved,
         o.observed_at, o.dirty_since_at, o.harm, o.attempts, o.next_try_at, o.strict, o.order_known_at, o.moved_at,
         o.repaired_at, o.answered_at, o.stopped"
    };
}

/// The same on both databases, but for the name of the function that makes the array, and for locks.
macro_rules! select_offer {
    ($tail:literal) => {
        select_offer!($tail, "")
    };
    ($tail:literal, $lock:literal) => {
        Sql {
            sqlite: concat!("SELECT json_array(", offer_columns!(), ") AS state FROM ", $tail),
            postgres: concat!(
                "SELECT CAST(json_build_array(",
                offer_columns!(),
                ") AS TEXT) AS state FROM ",
                $tail,
                $lock
            ),
        }
    };
}

/// One row of [`select_offer`], as it comes.
#[derive(Deserialize)]
struct Columns {
    id: i64,
    listing_id: i64,
    shop_id: i64,
    variant_id: i64,
    sku: String,
    remote_listing_id: String,
    remote_offer_id: String,
    remote_kind: String,
    note: String,
    desired_price: i64,
    desired_stock: u32,
    desired_on_sale: i64,
    price_rev: i64,
    stock_rev: i64,
    on_sale_rev: i64,
    stock_based_at: i64,
    acked_price: Option<i64>,
    acked_stock: Option<u32>,
    acked_on_sale: Option<i64>,
    price_acked_rev: i64,
    stock_acked_rev: i64,
    on_sale_acked_rev: i64,
    sent_at: Option<i64>,
    sent_stock: Option<u32>,
    stock_sent_at: i64,
    stock_answered_at: i64,
    suspect_until_at: Option<i64>,
    suspect_stock: Option<u32>,
    bracket_units: u32,
    verify_at: Option<i64>,
    observed_price: Option<i64>,
    observed_stock: Option<u32>,
    observed_on_sale: Option<i64>,
    observed_reserved: Option<u32>,
    observed_at: Option<i64>,
    dirty_since_at: Option<i64>,
    harm: i64,
    attempts: u32,
    next_try_at: i64,
    strict: i64,
    order_known_at: Option<i64>,
    moved_at: i64,
    repaired_at: i64,
    answered_at: i64,
    stopped: i64,
}

/// Linked offers of a list of ids; locked on PostgreSQL in the order of their ids.
// differs by necessity: SQLite has one writer and needs no row locks.
const BY_ID: Sql = select_offer!(
    "json_each($1) AS named CROSS JOIN offer AS o CROSS JOIN variant AS v
     WHERE o.id = CAST(named.value AS BIGINT) AND v.id = o.variant_id
         AND o.remote_listing_id IS NOT NULL AND o.shop_id = $2",
    " ORDER BY o.id FOR UPDATE OF o"
);

/// An offer's state with what only the store needs.
pub struct Stored {
    pub state: OfferState,
    pub strict: bool,
    pub order_known_at: Option<Timestamp>,
    pub moved_at: Timestamp,
    pub repaired_at: Timestamp,
    /// When the last write of any figure was answered.
    pub answered_at: Timestamp,
}

impl Store {
    /// Dirty, linked, unparked offers of a shop that may be tried now and have no write in flight; most harmful first, then longest waiting.
    pub async fn dirty_offers(&self, shop: ShopId, now: Timestamp, limit: usize) -> Result<Vec<OfferState>> {
        // Walks index offer_dirty.
        let rows = self
            .read()
            .rows(
                select_offer!(
                    "offer AS o JOIN variant AS v ON v.id = o.variant_id
                     WHERE o.shop_id = $1 AND o.dirty_since_at IS NOT NULL AND o.parked_kind IS NULL
                         AND o.remote_listing_id IS NOT NULL AND o.next_try_at <= $2 AND o.sent_at IS NULL
                     ORDER BY o.harm, o.dirty_since_at LIMIT $3"
                ),
                args![shop, now, limit],
            )
            .await?;
        rows.iter().map(offer_state).collect()
    }

    /// Every linked offer of these listings: what a call that names whole listings must carry.
    pub async fn offers_of_listings(&self, listings: &[ListingId]) -> Result<Vec<OfferState>> {
        // Walks index offer_listing_variant_key.
        let rows = self
            .read()
            .rows(
                select_offer!(
                    "json_each($1) AS named CROSS JOIN offer AS o CROSS JOIN variant AS v
                     WHERE o.listing_id = CAST(named.value AS BIGINT) AND v.id = o.variant_id
                         AND o.remote_listing_id IS NOT NULL ORDER BY o.listing_id, o.id"
                ),
                args![json(listings)],
            )
            .await?;
        rows.iter().map(offer_state).collect()
    }

    /// Linked offers of a shop above `after`, by id: the audit's and the plan's walk.
    pub async fn offers_page(
        &self,
        shop: ShopId,
        after: Option<OfferId>,
        limit: usize,
    ) -> Result<Vec<OfferState>> {
        // Walks index offer_shop.
        let rows = self
            .read()
            .rows(
                select_offer!(
                    "offer AS o JOIN variant AS v ON v.id = o.variant_id
                     WHERE o.shop_id = $1 AND o.id > $2 AND o.remote_listing_id IS NOT NULL ORDER BY o.id LIMIT $3"
                ),
                args![shop, after.map_or(0, OfferId::get), limit],
            )
            .await?;
        rows.iter().map(offer_state).collect()
    }

    /// Offers that owe a read-back by `now`, longest owed first.
    pub async fn verify_due(&self, shop: ShopId, now: Timestamp, limit: usize) -> Result<Vec<OfferState>> {
        // Walks index offer_verify.
        let rows = self
            .read()
            .rows(
                select_offer!(
                    "offer AS o JOIN variant AS v ON v.id = o.variant_id
                     WHERE o.shop_id = $1 AND o.verify_at <= $2 AND o.remote_listing_id IS NOT NULL AND o.sent_at IS NULL
                     ORDER BY o.verify_at LIMIT $3"
                ),
                args![shop, now, limit],
            )
            .await?;
        rows.iter().map(offer_state).collect()
    }

    /// Makes every write that a former owner left in flight suspect until `until`: nobody will hear its answer any more.
    /// Call once when a lane starts. Says how many.
    pub async fn suspect_in_flight(&self, lease: &Lease, until: Timestamp, now: Timestamp) -> Result<u64> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        // Walks index offer_in_flight.
        let rows = tx
            .rows("SELECT id FROM offer WHERE shop_id = $1 AND sent_at IS NOT NULL", args![lease.shop])
            .await?;
        let ids: Vec<OfferId> =
            rows.iter().map(|row| row.int("id").map(OfferId::new)).collect::<Result<_>>()?;
        let mut stored = tx.offers(lease.shop, &ids).await?;
        for Stored { state, .. } in &mut stored {
            doubt(state, until);
            if mutant!("crash_forgets_flight") {
                state.suspect = None;
            }
            rank(state, now);
        }
        tx.put_offers(&stored, now).await?;
        if !stored.is_empty() {
            tx.touch(lease.shop);
        }
        tx.commit().await?;
        Ok(u64::try_from(stored.len()).unwrap_or(u64::MAX))
    }
}

impl Tx {
    /// Linked offers of the shop by id; unknown ids are left out.
    pub(in crate::store) async fn offers(&mut self, shop: ShopId, ids: &[OfferId]) -> Result<Vec<Stored>> {
        let rows = self.rows(BY_ID, args![json(ids), shop]).await?;
        rows.iter().map(stored).collect()
    }

    /// Writes back everything of the states that a lane can move.
    pub(in crate::store) async fn put_offers(&mut self, stored: &[Stored], now: Timestamp) -> Result<()> {
        if stored.is_empty() {
            return Ok(());
        }
        let rows: Vec<[Option<i64>; 23]> = stored.iter().map(state_row).collect();
        self.execute(
            "UPDATE offer SET price_rev = n.price_rev, stock_rev = n.stock_rev, on_sale_rev = n.on_sale_rev,
                 acked_price = n.acked_price, acked_stock = n.acked_stock, acked_on_sale = n.acked_on_sale,
                 price_acked_rev = n.price_acked_rev, stock_acked_rev = n.stock_acked_rev,
                 on_sale_acked_rev = n.on_sale_acked_rev, sent_at = n.sent_at, sent_stock = n.sent_stock,
                 stock_sent_at = n.stock_sent_at, stock_answered_at = n.stock_answered_at,
                 suspect_until_at = n.suspect_until, suspect_stock = n.suspect_stock, verify_at = n.verify_at,
                 dirty_since_at = n.dirty_since, harm = n.harm, attempts = n.attempts, next_try_at = n.next_try,
                 answered_at = n.answered_at, bracket_units = n.bracket_units, updated_at = $2
             FROM (SELECT CAST(value->>0 AS BIGINT) AS id, CAST(value->>1 AS BIGINT) AS price_rev,
                     CAST(value->>2 AS BIGINT) AS stock_rev, CAST(value->>3 AS BIGINT) AS on_sale_rev,
                     CAST(value->>4 AS BIGINT) AS acked_price, CAST(value->>5 AS BIGINT) AS acked_stock,
                     CAST(value->>6 AS BIGINT) AS acked_on_sale, CAST(value->>7 AS BIGINT) AS price_acked_rev,
                     CAST(value->>8 AS BIGINT) AS stock_acked_rev, CAST(value->>9 AS BIGINT) AS on_sale_acked_rev,
                     CAST(value->>10 AS BIGINT) AS sent_at, CAST(value->>11 AS BIGINT) AS sent_stock,
                     CAST(value->>12 AS BIGINT) AS stock_sent_at, CAST(value->>13 AS BIGINT) AS stock_answered_at,
                     CAST(value->>14 AS BIGINT) AS suspect_until, CAST(value->>15 AS BIGINT) AS suspect_stock,
                     CAST(value->>16 AS BIGINT) AS verify_at, CAST(value->>17 AS BIGINT) AS dirty_since,
                     CAST(value->>18 AS BIGINT) AS harm, CAST(value->>19 AS BIGINT) AS attempts,
                     CAST(value->>20 AS BIGINT) AS next_try, CAST(value->>21 AS BIGINT) AS answered_at,
                     CAST(value->>22 AS BIGINT) AS bracket_units
                 FROM json_each($1)) AS n
             WHERE offer.id = n.id",
            args![json(&rows), now],
        )
        .await?;
        Ok(())
    }
}

/// One row of [`Tx::put_offers`], in the order of its statement.
fn state_row(Stored { state, answered_at, .. }: &Stored) -> [Option<i64>; 23] {
    let ms = |at: Timestamp| at.as_millisecond();
    [
        Some(state.id.get()),
        Some(state.revs.price),
        Some(state.revs.stock),
        Some(state.revs.on_sale),
        state.acked.price.map(Vnd::get),
        state.acked.stock.map(i64::from),
        state.acked.on_sale.map(i64::from),
        Some(state.acked_revs.price),
        Some(state.acked_revs.stock),
        Some(state.acked_revs.on_sale),
        state.sent.map(|sent| ms(sent.at)),
        state.sent.and_then(|sent| sent.stock).map(i64::from),
        Some(state.wrote.map_or(0, |wrote| ms(wrote.sent_at))),
        Some(state.wrote.map_or(0, |wrote| ms(wrote.answered_at))),
        state.suspect.map(|suspect| ms(suspect.until)),
        state.suspect.and_then(|suspect| suspect.stock).map(i64::from),
        state.verify_at.map(ms),
        state.dirty_since.map(ms),
        Some(i64::from(state.harm.rank())),
        Some(i64::from(state.attempts)),
        Some(ms(state.next_try_at)),
        Some(ms(*answered_at)),
        Some(i64::from(state.bracketed)),
    ]
}

/// Brings `dirty_since` and `harm` in line with the figures.
pub fn rank(state: &mut OfferState, now: Timestamp) {
    state.harm = state.rank();
    state.dirty_since = match state.harm {
        Harm::Clean => None,
        Harm::Stop | Harm::Zero | Harm::Lower | Harm::Price | Harm::Raise | Harm::Switch => {
            Some(state.dirty_since.unwrap_or(now))
        }
    };
}

/// The write in flight will not be answered: it may land until `until`.
pub fn doubt(state: &mut OfferState, until: Timestamp) {
    let Some(sent) = state.sent.take() else { return };
    let before = state.suspect;
    state.suspect = Some(Suspect {
        until: before.map_or(until, |before| before.until.max(until)),
        stock: before.and_then(|before| before.stock).max(sent.stock),
    });
    if sent.stock.is_some() {
        // An unanswered earlier write keeps the bracket open from its own start.
        let since = before.and(state.wrote).map_or(sent.at, |wrote| wrote.sent_at.min(sent.at));
        state.wrote = Some(StockWrite { sent_at: since, answered_at: until });
    }
    state.verify_at = Some(until);
}

fn stored(row: &Row) -> Result<Stored> {
    let columns: Columns = row.json("state")?;
    let (strict, order_known_at) = (columns.strict != 0, columns.order_known_at);
    let (moved_at, repaired_at, answered_at) = (columns.moved_at, columns.repaired_at, columns.answered_at);
    Ok(Stored {
        state: state(columns)?,
        strict,
        order_known_at: order_known_at.map(at).transpose()?,
        moved_at: at(moved_at)?,
        repaired_at: at(repaired_at)?,
        answered_at: at(answered_at)?,
    })
}

fn offer_state(row: &Row) -> Result<OfferState> {
    state(row.json("state")?)
}

fn at(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt(format!("an offer holds {ms} as a time")))
}

fn state(columns: Columns) -> Result<OfferState> {
    let find = |ms: Option<i64>| ms.map(at).transpose();
    let wrote =
        StockWrite { sent_at: at(columns.stock_sent_at)?, answered_at: at(columns.stock_answered_at)? };
    Ok(OfferState {
        id: OfferId::new(columns.id),
        listing_id: ListingId::new(columns.listing_id),
        shop_id: ShopId::new(columns.shop_id),
        variant_id: VariantId::new(columns.variant_id),
        sku: Sku::new(columns.sku),
        offer: OfferRef {
            listing: RemoteListingId::new(columns.remote_listing_id),
            offer: RemoteOfferId::new(columns.remote_offer_id),
            kind: offer_kind(&columns.remote_kind)?,
        },
        note: columns.note,
        desired: Figures {
            price: Vnd(columns.desired_price),
            stock: columns.desired_stock,
            on_sale: columns.desired_on_sale != 0,
        },
        stopped: columns.stopped != 0,
        revs: Revs { price: columns.price_rev, stock: columns.stock_rev, on_sale: columns.on_sale_rev },
        acked: Acked {
            price: columns.acked_price.map(Vnd),
            stock: columns.acked_stock,
            on_sale: columns.acked_on_sale.map(|on| on != 0),
        },
        acked_revs: Revs {
            price: columns.price_acked_rev,
            stock: columns.stock_acked_rev,
            on_sale: columns.on_sale_acked_rev,
        },
        based_at: at(columns.stock_based_at)?,
        sent: find(columns.sent_at)?.map(|at| InFlight { at, stock: columns.sent_stock }),
        suspect: find(columns.suspect_until_at)?.map(|until| Suspect { until, stock: columns.suspect_stock }),
        bracketed: columns.bracket_units,
        wrote: (wrote.answered_at > Timestamp::UNIX_EPOCH).then_some(wrote),
        observed: find(columns.observed_at)?.map(|at| ObservedFigures {
            price: columns.observed_price.map(Vnd),
            stock: columns.observed_stock,
            on_sale: columns.observed_on_sale.map(|on| on != 0),
            reserved: columns.observed_reserved,
            at,
        }),
        dirty_since: find(columns.dirty_since_at)?,
        harm: Harm::from_rank(columns.harm),
        attempts: columns.attempts,
        next_try_at: at(columns.next_try_at)?,
        verify_at: find(columns.verify_at)?,
    })
}

fn offer_kind(word: &str) -> Result<OfferKind> {
    match word {
        "alone" => Ok(OfferKind::Alone),
        "variant" => Ok(OfferKind::Variant),
        other => Err(StoreError::Corrupt(format!("offer kind {other}"))),
    }
}

pub const fn kind_name(kind: OfferKind) -> &'static str {
    match kind {
        OfferKind::Alone => "alone",
        OfferKind::Variant => "variant",
    }
}
