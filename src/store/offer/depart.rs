//! The last look before a call leaves (I4, I7): are these the newest figures, is nothing of the listing in flight, is there slack?

use super::state::Stored;
use crate::ids::{ListingId, OfferId, VariantId};
use crate::listing::{Facets, Revs};
use crate::store::error::Result;
use crate::store::tx::{Tx, args, json};
use crate::store::{Lease, Store};
use ganh_contract::Vnd;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// One row of a call that is about to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    pub offer: OfferId,
    /// The revisions that the figures were read with.
    pub revs: Revs,
    pub price: Option<Vnd>,
    /// Units, changed or carried.
    pub stock: Option<u32>,
    pub on_sale: Option<bool>,
    /// The facets that are changed to the desired figure; the others are carried.
    pub changed: Facets,
    /// It was planned as a raise, so it has passed the gates of a raise; what was planned as a lowering has not (I5, I6).
    pub raises: bool,
    /// The call names whole listings: one row that stays keeps its listing here, for an offer left out may lose its figures.
    pub whole: bool,
    /// [`OfferState::bracketed`](crate::listing::OfferState) when the figures were read: an answered stock write settles those units.
    pub bracketed: u32,
}

/// Whether a row may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Recorded as in flight. `order_known_at`: an order made this lowering necessary, and when it became known.
    Left { order_known_at: Option<Timestamp> },
    /// Recorded as in flight with fewer units than asked for; they are carried, not the wish. Strict allocation, and orders of this shop fell
    /// into a write: the wish might raise what the shop really shows, and lowering must not wait.
    LeftWith { units: u32, order_known_at: Option<Timestamp> },
    /// The figures moved meanwhile, or the offer is no longer linked: read it again.
    Stale,
    /// A write of this listing is unanswered (I4).
    InFlight,
    /// Strict allocation: other shops may still show the units. So many may be shown now.
    NoSlack { allowed: u32 },
}

impl Verdict {
    /// When the order became known that made a row necessary which left.
    pub const fn order_known_at(&self) -> Option<Timestamp> {
        match self {
            Self::Left { order_known_at } | Self::LeftWith { order_known_at, .. } => *order_known_at,
            Self::Stale | Self::InFlight | Self::NoSlack { .. } => None,
        }
    }
}

/// What became of one row; in the order of the departures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departed {
    pub offer: OfferId,
    pub verdict: Verdict,
}

impl Store {
    /// Checks rows that are about to leave against the newest committed state and records those that may as in flight at `now`.
    ///
    /// One transaction. Send only the rows that `Left`; call `settle_offers` for each of them, whatever comes. Errors: `StaleLease`.
    pub async fn depart_offers(
        &self,
        lease: &Lease,
        rows: &[Departure],
        now: Timestamp,
    ) -> Result<Vec<Departed>> {
        let mut tx = self.write_urgently().await?;
        tx.fence(lease).await?;
        let ids: Vec<OfferId> = rows.iter().map(|row| row.offer).collect();
        if tx.is_postgres() {
            let variants = tx.variants_of(&ids).await?;
            tx.lock_pools(&variants).await?;
        }
        let stored: BTreeMap<OfferId, Stored> =
            tx.offers(lease.shop, &ids).await?.into_iter().map(|stored| (stored.state.id, stored)).collect();
        let busy = tx.listings_in_flight(lease).await?;
        let mut slack = tx.slack(&stored, rows).await?;
        let mut departed = Vec::with_capacity(rows.len());
        let mut leaving = Vec::new();
        for row in rows {
            let verdict = match stored.get(&row.offer) {
                None => Verdict::Stale,
                Some(stored)
                    if stored.state.revs != row.revs
                        || !carries_what_stands(stored, row)
                        || has_become_a_raise(stored, row) =>
                {
                    Verdict::Stale
                }
                Some(stored) if busy.contains(&stored.state.listing_id) && !mutant!("depart_in_flight") => {
                    Verdict::InFlight
                }
                Some(stored) => slack
                    .grant(stored, row)
                    .unwrap_or(Verdict::Left { order_known_at: stored.order_known_at }),
            };
            match verdict {
                Verdict::Left { .. } => leaving.push((row.offer.get(), row.stock)),
                Verdict::LeftWith { units, .. } => leaving.push((row.offer.get(), Some(units))),
                Verdict::Stale | Verdict::InFlight | Verdict::NoSlack { .. } => {}
            }
            departed.push(Departed { offer: row.offer, verdict });
        }
        keep_whole(rows, &stored, &mut departed, &mut leaving);
        tx.execute(
            "UPDATE offer SET sent_at = $2, sent_stock = n.stock,
                 order_known_at = CASE WHEN n.stock IS NULL THEN offer.order_known_at ELSE NULL END
             FROM (SELECT CAST(value->>0 AS BIGINT) AS id, CAST(value->>1 AS BIGINT) AS stock FROM json_each($1)) AS n
             WHERE offer.id = n.id",
            args![json(&leaving), now],
        )
        .await?;
        tx.commit().await?;
        Ok(departed)
    }
}

/// Whether the figures that only ride along are still the acknowledged ones; else they would overwrite what was read back meanwhile (I4).
fn carries_what_stands(stored: &Stored, row: &Departure) -> bool {
    let acked = &stored.state.acked;
    let stands = |is_carried: bool, is_same: bool| !is_carried || is_same || mutant!("carried_is_desired");
    stands(row.stock.is_some() && !row.changed.stock, row.stock == acked.stock)
        && stands(row.price.is_some() && !row.changed.price, row.price == acked.price)
        && stands(row.on_sale.is_some() && !row.changed.on_sale, row.on_sale == acked.on_sale)
}

/// What was a lowering when it was planned raises what a reading or an answer has shown since: it must wait for the gates after all.
fn has_become_a_raise(stored: &Stored, row: &Departure) -> bool {
    row.changed.stock && !row.raises && stored.state.is_raise()
}

/// Takes back the rows of listings that cannot leave whole.
fn keep_whole(
    rows: &[Departure],
    stored: &BTreeMap<OfferId, Stored>,
    departed: &mut [Departed],
    leaving: &mut Vec<(i64, Option<u32>)>,
) {
    let listing = |row: &Departure| stored.get(&row.offer).map(|stored| stored.state.listing_id);
    let leaves = |verdict: &Verdict| matches!(verdict, Verdict::Left { .. } | Verdict::LeftWith { .. });
    let torn: BTreeSet<ListingId> = rows
        .iter()
        .zip(departed.iter())
        .filter(|(row, departed)| row.whole && !leaves(&departed.verdict))
        .filter_map(|(row, _)| listing(row))
        .collect();
    for (row, departed) in rows.iter().zip(departed.iter_mut()) {
        if row.whole && leaves(&departed.verdict) && listing(row).is_some_and(|id| torn.contains(&id)) {
            departed.verdict = Verdict::Stale;
            leaving.retain(|(offer, _)| *offer != row.offer.get());
        }
    }
}

/// How many units the pools of strict offers still have beyond what all shops may show.
#[derive(Default)]
struct Slack {
    /// Sellable units of a pool less what every offer that draws on it may show.
    free: BTreeMap<VariantId, i64>,
    needs: BTreeMap<OfferId, Vec<(VariantId, u32)>>,
}

impl Slack {
    /// Refuses a raise beyond the slack; takes what is granted out of it. What may be a raise, because nobody knows how many units the
    /// shop's own orders left standing, goes down to what is surely no raise.
    fn grant(&mut self, stored: &Stored, row: &Departure) -> Option<Verdict> {
        let (needs, stock) = (self.needs.get(&row.offer)?, row.stock?);
        let (shown, sure) = (stored.state.exposure(), stored.state.sure());
        let own = |each: u32| i64::from(shown) * i64::from(each);
        let allowed = needs
            .iter()
            .map(|(pool, each)| {
                (self.free.get(pool).copied().unwrap_or(0) + own(*each)).max(0) / i64::from((*each).max(1))
            })
            .min();
        let allowed = u32::try_from(allowed.unwrap_or(0)).unwrap_or(u32::MAX);
        if stock > allowed.max(sure) && !mutant!("slack_ignored") {
            if stock > shown {
                return Some(Verdict::NoSlack { allowed });
            }
            return Some(Verdict::LeftWith {
                units: allowed.max(sure),
                order_known_at: stored.order_known_at,
            });
        }
        for (pool, each) in needs {
            *self.free.entry(*pool).or_default() -= i64::from(stock.saturating_sub(shown)) * i64::from(*each);
        }
        None
    }
}

impl Tx {
    async fn variants_of(&mut self, offers: &[OfferId]) -> Result<BTreeSet<VariantId>> {
        let rows = self
            .rows(
                "SELECT o.variant_id FROM json_each($1) AS named JOIN offer AS o ON o.id = CAST(named.value AS BIGINT)",
                args![json(offers)],
            )
            .await?;
        rows.iter().map(|row| row.int("variant_id").map(VariantId::new)).collect()
    }

    async fn listings_in_flight(&mut self, lease: &Lease) -> Result<BTreeSet<ListingId>> {
        // Walks index offer_in_flight.
        let rows = self
            .rows(
                "SELECT DISTINCT listing_id FROM offer WHERE shop_id = $1 AND sent_at IS NOT NULL",
                args![lease.shop],
            )
            .await?;
        rows.iter().map(|row| row.int("listing_id").map(ListingId::new)).collect()
    }

    /// Reads the slack of the pools that strict rows of this batch draw on which may raise what is shown; empty when there are none.
    async fn slack(&mut self, stored: &BTreeMap<OfferId, Stored>, rows: &[Departure]) -> Result<Slack> {
        let raises: BTreeSet<OfferId> = rows
            .iter()
            .filter(|row| {
                stored.get(&row.offer).is_some_and(|stored| {
                    stored.strict && row.stock.is_some_and(|stock| stock > stored.state.sure())
                })
            })
            .map(|row| row.offer)
            .collect();
        if raises.is_empty() {
            return Ok(Slack::default());
        }
        let variants = stored
            .values()
            .filter(|stored| raises.contains(&stored.state.id))
            .map(|stored| stored.state.variant_id);
        let reach = self.reach(&variants.collect()).await?;
        let mut free: BTreeMap<VariantId, i64> =
            self.pools(&reach).await?.into_iter().map(|(pool, units)| (pool, i64::from(units))).collect();
        let mut needs = BTreeMap::new();
        let mut shared: BTreeMap<VariantId, i64> = BTreeMap::new();
        for taker in self.exposures(&reach).await? {
            let recipe = reach.recipes.get(&taker.variant).map_or(&[][..], Vec::as_slice);
            for (pool, each) in recipe {
                let units = taker.exposure * i64::from(*each);
                if taker.strict {
                    *free.entry(*pool).or_default() -= units;
                } else {
                    let most = shared.entry(*pool).or_default();
                    *most = units.max(*most);
                }
            }
            if raises.contains(&taker.offer) {
                needs.insert(taker.offer, recipe.to_vec());
            }
        }
        for (pool, units) in shared {
            *free.entry(pool).or_default() -= units;
        }
        Ok(Slack { free, needs })
    }
}
