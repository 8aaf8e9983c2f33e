//! Selling that a person stops in every shop at once: of one SKU, or of all that a producer has.
//!
//! A stop is a row, not a figure. Whatever computes figures (an order, an import, rules, a new shop) asks for the stops that hold, so nothing
//! undoes one but its lifting; the desired figure is 0 units meanwhile, and its zero ranks before all other work (I9). What is made of a
//! stopped SKU stops with it.
//!
//! ```text
//!   stop ─▶ row ─▶ figures of the first slice ─▶ … ─▶ of the last     each slice a transaction of its own; a crash goes on with finish_sweeps
//!                        └─▶ lanes: zero ─▶ acknowledged ─▶ read back: seen
//! ```

/// Columns of a stop `q` with what it is about.
macro_rules! select_stop {
    ($tail:literal) => {
        concat!(
            "SELECT q.id, q.variant_id, q.producer_id, q.reason, q.who, q.since_at, q.lifted_at, q.lifted_by, v.sku, p.name AS product,
                 r.code, r.name AS producer
             FROM selling_stop AS q LEFT JOIN variant AS v ON v.id = q.variant_id LEFT JOIN product AS p ON p.id = v.product_id
             LEFT JOIN producer AS r ON r.id = q.producer_id ",
            $tail
        )
    };
}

mod progress;

pub use progress::{OpenStop, StopAtShop, StopRefusal, StopStanding};

use super::Store;
use super::error::{Result, StoreError};
use super::policy::STEP;
use super::reach::Reach;
use super::recompute::Because;
use super::tx::{Row, Tx, args, json};
use crate::ids::{ProducerId, ShopId, VariantId};
use crate::listing::{StopOf, Stopped};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a reason at most.
const LONGEST_REASON: usize = 500;

/// A stop as it is stored, also after it was lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SellingStop {
    #[serde(skip)]
    pub id: i64,
    #[serde(flatten)]
    pub stopped: Stopped,
    /// The product's or the producer's name.
    pub name: String,
    /// When and by whom it was lifted; `None`: it holds.
    pub lifted: Option<(Timestamp, String)>,
    #[serde(skip)]
    about: About,
}

/// What a stop is about, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Variant(VariantId),
    Producer(ProducerId),
}

impl About {
    const fn variant(self) -> Option<VariantId> {
        match self {
            Self::Variant(id) => Some(id),
            Self::Producer(_) => None,
        }
    }

    const fn producer(self) -> Option<ProducerId> {
        match self {
            Self::Producer(id) => Some(id),
            Self::Variant(_) => None,
        }
    }

    fn read(row: &Row) -> Result<Self> {
        match (row.find_int("variant_id")?, row.find_int("producer_id")?) {
            (Some(variant), _) => Ok(Self::Variant(VariantId::new(variant))),
            (None, Some(producer)) => Ok(Self::Producer(ProducerId::new(producer))),
            (None, None) => Err(StoreError::Corrupt("a stop of nothing".into())),
        }
    }
}

impl Store {
    /// Stops selling in every shop: writes the stop and brings every figure under it to 0 units, in slices, before everybody else who
    /// writes. The lanes send it; [`Store::stop_progress`] tells how far they are.
    ///
    /// What is stopped already keeps its first instant and reason; offers whose zero was refused or waits are tried again at once.
    /// Errors: `NotFound` (SKU, producer), `Refused` when the reason is too long.
    pub async fn stop_selling(
        &self,
        of: &StopOf,
        reason: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<SellingStop> {
        let reason = reason.trim();
        if reason.chars().count() > LONGEST_REASON {
            return Err(StoreError::Refused(format!(
                "the reason is longer than {LONGEST_REASON} characters"
            )));
        }
        let mut tx = self.write_urgently().await?;
        let about = tx.about(of).await?;
        tx.execute(
            "INSERT INTO selling_stop (variant_id, producer_id, reason, who, since_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            args![about.variant(), about.producer(), reason, who, now],
        )
        .await?;
        let row = tx
            .find(
                "UPDATE selling_stop SET swept_to = 0
                 WHERE lifted_at IS NULL AND (variant_id = $1 OR producer_id = $2) RETURNING id",
                args![about.variant(), about.producer()],
            )
            .await?;
        let id = row.ok_or_else(|| StoreError::Conflict(format!("the stop of {}", of.code())))?.int("id")?;
        let mut is_last = tx.sweep_stop(id, now).await?;
        tx.commit().await?;
        while !is_last {
            let mut tx = self.write_urgently().await?;
            is_last = tx.sweep_stop(id, now).await?;
            tx.commit().await?;
        }
        self.stop(id).await
    }

    /// Lifts a stop: figures come back by the usual rules and gates. Errors: `NotFound` when nothing of that name is stopped.
    pub async fn lift_stop(&self, of: &StopOf, who: &str, now: Timestamp) -> Result<SellingStop> {
        let mut tx = self.write().await?;
        let about = tx.about(of).await?;
        let row = tx
            .find(
                "UPDATE selling_stop SET lifted_at = $3, lifted_by = $4, swept_to = 0
                 WHERE lifted_at IS NULL AND (variant_id = $1 OR producer_id = $2) RETURNING id",
                args![about.variant(), about.producer(), now, who],
            )
            .await?;
        let missing = || StoreError::NotFound(format!("a stop of {}", of.code()));
        let id = row.ok_or_else(missing)?.int("id")?;
        tx.commit().await?;
        self.sweep_stop(id, now).await?;
        self.stop(id).await
    }

    /// The stops that hold for a SKU or for something that it is made of, the oldest first; also where no shop has an offer of it.
    /// Errors: `NotFound`.
    pub async fn stops_of_sku(&self, sku: &str) -> Result<Vec<Stopped>> {
        // Never committed: only what is read in it is told.
        let mut tx = self.write().await?;
        let variant = tx.variant_of_sku(sku).await?;
        let reach = tx.reach(&BTreeSet::from([variant])).await?;
        tx.stops_of(&reach, variant).await
    }

    /// Shops that could send or read back something of a stop now.
    pub async fn stopping_shops(&self, now: Timestamp) -> Result<Vec<ShopId>> {
        // Walks index offer_stopping.
        let rows = self
            .read()
            .rows(
                "SELECT DISTINCT o.shop_id FROM offer AS o WHERE o.stopped = 1
                     AND (o.dirty_since_at IS NOT NULL OR o.sent_at IS NOT NULL OR o.suspect_until_at IS NOT NULL
                         OR o.verify_at IS NOT NULL)
                     AND o.remote_listing_id IS NOT NULL AND o.sent_at IS NULL
                     AND ((o.dirty_since_at IS NOT NULL AND o.parked_kind IS NULL AND o.next_try_at <= $1) OR o.verify_at <= $1)",
                args![now],
            )
            .await?;
        rows.iter().map(|row| row.int("shop_id").map(ShopId::new)).collect()
    }

    pub(super) async fn finish_stops(&self, now: Timestamp) -> Result<()> {
        // Walks index selling_stop_sweep.
        let rows = self
            .read()
            .rows("SELECT id FROM selling_stop WHERE swept_to IS NOT NULL ORDER BY id", args![])
            .await?;
        for row in &rows {
            self.sweep_stop(row.int("id")?, now).await?;
        }
        Ok(())
    }

    async fn sweep_stop(&self, id: i64, now: Timestamp) -> Result<()> {
        loop {
            let mut tx = self.write_alone().await?;
            let is_last = tx.sweep_stop(id, now).await?;
            tx.commit().await?;
            if is_last {
                return Ok(());
            }
        }
    }

    async fn stop(&self, id: i64) -> Result<SellingStop> {
        let row = self.read().find(select_stop!("WHERE q.id = $1"), args![id]).await?;
        selling_stop(&row.ok_or_else(|| StoreError::NotFound(format!("stop {id}")))?)
    }
}

impl Tx {
    /// Those of the reached variants that a stop names, by themselves or with their producer.
    pub(super) async fn stopped(&mut self, reach: &Reach) -> Result<BTreeSet<VariantId>> {
        // Walks indexes selling_stop_variant and selling_stop_producer; both are empty in ordinary times.
        let rows = self
            .rows(
                "SELECT q.variant_id AS id FROM json_each($1) AS named CROSS JOIN selling_stop AS q
                 WHERE q.lifted_at IS NULL AND q.variant_id = CAST(named.value AS BIGINT)
                 UNION ALL
                 SELECT v.id FROM json_each($1) AS named CROSS JOIN variant AS v CROSS JOIN selling_stop AS q
                 WHERE v.id = CAST(named.value AS BIGINT) AND q.lifted_at IS NULL AND q.producer_id = v.producer_id",
                args![json(&reach.variants())],
            )
            .await?;
        rows.iter().map(|row| row.int("id").map(VariantId::new)).collect()
    }

    /// The stops that hold for a variant or for something that it is made of, the oldest first.
    pub(super) async fn stops_of(&mut self, reach: &Reach, variant: VariantId) -> Result<Vec<Stopped>> {
        let parts = reach.recipes.get(&variant).into_iter().flatten().map(|(part, _)| *part);
        let all: BTreeSet<VariantId> = parts.chain([variant]).collect();
        let rows = self
            .rows(
                select_stop!(
                    "WHERE q.lifted_at IS NULL AND (q.variant_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
                         OR q.producer_id IN (SELECT a.producer_id FROM variant AS a
                             WHERE a.id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))))
                     ORDER BY q.since_at, q.id"
                ),
                args![json(&all)],
            )
            .await?;
        rows.iter().map(|row| selling_stop(row).map(|stop| stop.stopped)).collect()
    }

    async fn about(&mut self, of: &StopOf) -> Result<About> {
        match of {
            StopOf::Sku(sku) => Ok(About::Variant(self.variant_of_sku(sku).await?)),
            StopOf::Producer(code) => {
                let row = self.find("SELECT id FROM producer WHERE code = $1", args![&**code]).await?;
                let row = row.ok_or_else(|| StoreError::NotFound(format!("producer {code}")))?;
                Ok(About::Producer(ProducerId::new(row.int("id")?)))
            }
        }
    }

    /// Brings the next slice of figures in line with a stop or its lifting. True when nothing is left.
    async fn sweep_stop(&mut self, id: i64, now: Timestamp) -> Result<bool> {
        // Writes nothing new: on PostgreSQL it holds the row, so that two who sweep take turns.
        let row = self
            .find(
                "UPDATE selling_stop SET swept_to = swept_to WHERE id = $1 AND swept_to IS NOT NULL
                 RETURNING swept_to, variant_id, producer_id, lifted_at",
                args![id],
            )
            .await?;
        let Some(row) = row else { return Ok(true) };
        let variants = match About::read(&row)? {
            About::Variant(variant) => BTreeSet::from([variant]),
            About::Producer(producer) => {
                let rows = self
                    .rows(
                        "SELECT id FROM variant WHERE producer_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                        args![producer, row.int("swept_to")?, STEP],
                    )
                    .await?;
                rows.iter().map(|row| row.int("id").map(VariantId::new)).collect::<Result<_>>()?
            }
        };
        self.lock_pools(&variants).await?;
        self.recompute(&variants, &BTreeMap::new(), Because::Edit, now).await?;
        if row.find_at("lifted_at")?.is_none() {
            self.urge(&variants, now).await?;
        }
        let next = variants.last().filter(|_| variants.len() == STEP);
        self.execute(
            "UPDATE selling_stop SET swept_to = $2 WHERE id = $1",
            args![id, next.map(|last| last.get())],
        )
        .await?;
        Ok(next.is_none())
    }

    /// Lets stopped offers of these variants, and of what is made of them, be tried at once, whatever they waited for; those that stand
    /// at zero already are read back.
    async fn urge(&mut self, variants: &BTreeSet<VariantId>, now: Timestamp) -> Result<()> {
        let reach = self.reach(variants).await?;
        // Walks index offer_variant.
        let rows = self
            .rows(
                "UPDATE offer SET next_try_at = 0, attempts = 0, parked_kind = NULL, parked_actor = NULL, parked_said = NULL,
                     parked_at = NULL,
                     verify_at = CASE WHEN dirty_since_at IS NULL AND suspect_until_at IS NULL THEN $2 ELSE verify_at END
                 WHERE variant_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND stopped = 1
                     AND remote_listing_id IS NOT NULL
                 RETURNING shop_id",
                args![json(&reach.variants()), now],
            )
            .await?;
        for row in &rows {
            self.touch(ShopId::new(row.int("shop_id")?));
        }
        Ok(())
    }
}

fn selling_stop(row: &Row) -> Result<SellingStop> {
    let about = About::read(row)?;
    let (of, name) = match about {
        About::Variant(_) => (StopOf::Sku(row.text("sku")?), row.text("product")?),
        About::Producer(_) => (StopOf::Producer(row.text("code")?), row.text("producer")?),
    };
    Ok(SellingStop {
        id: row.int("id")?,
        stopped: Stopped {
            of,
            since: row.at("since_at")?,
            who: row.text("who")?,
            reason: row.text("reason")?,
        },
        name,
        lifted: row.find_at("lifted_at")?.zip(row.find_text("lifted_by")?),
        about,
    })
}
