//! What became of the rows that left.

use super::LAST_UNITS;
use super::state::{Stored, doubt, rank};
use crate::ids::OfferId;
use crate::listing::{Facets, OfferState, Revs, StockWrite, Suspect};
use crate::store::alarm::actor_name;
use crate::store::error::Result;
use crate::store::reach::LetGo;
use crate::store::tx::{Tx, args, json};
use crate::store::{Departure, Lease, Store, Wake};
use ganh_contract::{Actor, Vnd};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// One in so many writes is read back although nothing asks for it.
const SAMPLE: i64 = 256;

/// One row that left and was answered, or never will be.
#[derive(Debug, Clone)]
pub struct Settled {
    /// As it departed.
    pub sent: Departure,
    /// The instant given to `depart_offers`.
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
    pub outcome: Outcome,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken, and told back what stands there now; a field that is not told is as sent.
    Echoed { price: Option<Vnd>, stock: Option<u32>, on_sale: Option<bool> },
    /// Not named among the failed: a lowered figure counts as lowered only after a read.
    Silent,
    /// It may have been applied and may still land until `until`.
    Unknown { until: Timestamp, next_try_at: Timestamp },
    /// Not applied; try again then. `costs_attempt`: it counts towards the growing wait.
    Again { at: Timestamp, costs_attempt: bool },
    /// Not applied; waits for somebody.
    Parked { kind: String, actor: Actor, said: String },
    /// The offer or its listing is not there any more: see `listing_gone`.
    Missing,
}

impl Store {
    /// Records one outcome for each row that left. Only the revisions that were sent are acknowledged (I4).
    ///
    /// A row that is no longer in flight since that instant is left alone, so repeating is a no-op. Errors: `StaleLease`.
    pub async fn settle_offers(&self, lease: &Lease, rows: &[Settled], now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        let by_id: BTreeMap<OfferId, &Settled> = rows.iter().map(|row| (row.sent.offer, row)).collect();
        let ids: Vec<OfferId> = by_id.keys().copied().collect();
        let mut stored = tx.offers(lease.shop, &ids).await?;
        // Milliseconds are what the store keeps.
        stored.retain(|stored| {
            stored.state.sent.is_some_and(|sent| {
                sent.at.as_millisecond() == by_id[&stored.state.id].sent_at.as_millisecond()
            })
        });
        let mut let_go = LetGo::before(&stored);
        let mut drifts = Vec::new();
        let mut parked = Vec::new();
        let owed = |stored: &[Stored]| stored.iter().filter_map(|stored| stored.state.verify_at).min();
        let owed_before = owed(&stored);
        for Stored { state, answered_at, repaired_at, .. } in &mut stored {
            let row = by_id[&state.id];
            let mends_drift = *repaired_at > *answered_at;
            *answered_at = row.answered_at;
            settle(state, row);
            if mends_drift && matches!(row.outcome, Outcome::Echoed { .. } | Outcome::Silent) {
                // Drift is over when a reading says so.
                state.verify_at = Some(state.verify_at.map_or(row.answered_at, |at| at.max(row.answered_at)));
            }
            rank(state, now);
            if let Outcome::Echoed { .. } = row.outcome {
                drifts.extend(differing(state, &row.sent));
            }
            if let Outcome::Parked { kind, actor, said } = &row.outcome {
                parked.push((state.id.get(), kind.as_str(), actor_name(*actor), said.as_str()));
            }
        }
        let_go.after(&stored);
        tx.put_offers(&stored, now).await?;
        tx.wake_for(&let_go).await?;
        if owed(&stored).is_some_and(|at| owed_before.is_none_or(|before| at < before)) {
            tx.wake(lease.shop, Wake::Readings);
        }
        tx.put_parked(&parked, now).await?;
        tx.put_drifts(lease, &drifts, now).await?;
        tx.commit().await
    }
}

/// A field that shows something else than it should: offer, field, expected, observed.
pub type Drift = (i64, &'static str, String, String);

fn settle(state: &mut OfferState, row: &Settled) {
    match &row.outcome {
        Outcome::Echoed { price, stock, on_sale } => {
            took(state, row);
            let sent = &row.sent;
            state.acked.price = sent.price.and(*price).or(state.acked.price);
            state.acked.stock = sent.stock.and(*stock).or(state.acked.stock);
            state.acked.on_sale = sent.on_sale.and(*on_sale).or(state.acked.on_sale);
            if (sent.stock.is_some() && stock.is_some_and(|echo| Some(echo) != sent.stock))
                || (sent.price.is_some() && price.is_some_and(|echo| Some(echo) != sent.price))
                || (sent.on_sale.is_some() && on_sale.is_some_and(|echo| Some(echo) != sent.on_sale))
            {
                state.verify_at = Some(row.answered_at);
            }
        }
        Outcome::Silent => {
            let shown = state.exposure();
            took(state, row);
            if row.sent.stock.is_some_and(|stock| stock < shown) {
                let until =
                    state.suspect.map_or(row.answered_at, |suspect| suspect.until.max(row.answered_at));
                state.suspect = Some(Suspect { until, stock: Some(shown) });
                state.verify_at = Some(until);
            }
        }
        Outcome::Unknown { until, next_try_at } => {
            doubt(state, *until);
            state.attempts = state.attempts.saturating_add(1);
            state.next_try_at = *next_try_at;
        }
        Outcome::Again { at, costs_attempt } => {
            state.sent = None;
            state.next_try_at = *at;
            state.attempts = state.attempts.saturating_add(u32::from(*costs_attempt));
        }
        Outcome::Parked { .. } | Outcome::Missing => state.sent = None,
    }
}

/// The channel took the row: what was sent stands there, and what was changed is acknowledged.
fn took(state: &mut OfferState, row: &Settled) {
    let sent = &row.sent;
    state.sent = None;
    state.attempts = 0;
    state.next_try_at = Timestamp::UNIX_EPOCH;
    state.acked.price = sent.price.or(state.acked.price);
    state.acked.stock = sent.stock.or(state.acked.stock);
    state.acked.on_sale = sent.on_sale.or(state.acked.on_sale);
    let revs = if mutant!("flag_without_revision") { state.revs } else { sent.revs };
    acknowledge(&mut state.acked_revs, revs, sent.changed);
    if let Some(stock) = sent.stock {
        // What fell into earlier writes is written over; what fell into this one is still in doubt.
        state.bracketed = state.bracketed.saturating_sub(sent.bracketed);
        // A suspect write may still land after this answer: its bracket stays open.
        let open = state.suspect.and(state.wrote).filter(|wrote| wrote.answered_at > row.answered_at);
        state.wrote = Some(StockWrite {
            sent_at: open.map_or(row.sent_at, |wrote| wrote.sent_at),
            answered_at: open.map_or(row.answered_at, |wrote| wrote.answered_at),
        });
        let is_sampled = (state.id.get() + sent.revs.stock) % SAMPLE == 0;
        if state.suspect.is_none() && sent.changed.stock && (stock <= LAST_UNITS || is_sampled) {
            state.verify_at = Some(row.answered_at);
        }
    }
}

fn acknowledge(acked: &mut Revs, sent: Revs, changed: Facets) {
    for (acked, sent, changed) in [
        (&mut acked.price, sent.price, changed.price),
        (&mut acked.stock, sent.stock, changed.stock),
        (&mut acked.on_sale, sent.on_sale, changed.on_sale),
    ] {
        if changed {
            *acked = (*acked).max(sent);
        }
    }
}

/// Echoes that differ from what was sent.
fn differing(state: &OfferState, sent: &Departure) -> Vec<Drift> {
    let mut drifts = Vec::new();
    if let (Some(sent), Some(acked)) = (sent.price, state.acked.price)
        && sent != acked
    {
        drifts.push((state.id.get(), "price", sent.get().to_string(), acked.get().to_string()));
    }
    if let (Some(sent), Some(acked)) = (sent.stock, state.acked.stock)
        && sent != acked
    {
        drifts.push((state.id.get(), "stock", sent.to_string(), acked.to_string()));
    }
    if let (Some(sent), Some(acked)) = (sent.on_sale, state.acked.on_sale)
        && sent != acked
    {
        drifts.push((state.id.get(), "on_sale", u8::from(sent).to_string(), u8::from(acked).to_string()));
    }
    drifts
}

impl Tx {
    async fn put_parked(&mut self, parked: &[(i64, &str, &str, &str)], now: Timestamp) -> Result<()> {
        if parked.is_empty() {
            return Ok(());
        }
        self.execute(
            "UPDATE offer SET parked_kind = n.kind, parked_actor = n.actor, parked_said = n.said, parked_at = $2
             FROM (SELECT CAST(value->>0 AS BIGINT) AS id, value->>1 AS kind, value->>2 AS actor, value->>3 AS said
                   FROM json_each($1)) AS n
             WHERE offer.id = n.id",
            args![json(parked), now],
        )
        .await?;
        Ok(())
    }

    pub(in crate::store) async fn put_drifts(
        &mut self,
        lease: &Lease,
        drifts: &[Drift],
        at: Timestamp,
    ) -> Result<()> {
        if drifts.is_empty() {
            return Ok(());
        }
        self.execute(
            "INSERT INTO drift (shop_id, offer_id, field, expected, observed, observed_at)
             SELECT $2, CAST(value->>0 AS BIGINT), value->>1, value->>2, value->>3, $3 FROM json_each($1) WHERE true
             ON CONFLICT (offer_id, field, observed_at) DO NOTHING",
            args![json(drifts), lease.shop, at],
        )
        .await?;
        Ok(())
    }
}
