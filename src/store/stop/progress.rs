//! How far a stop is: what each shop was asked, took, and was seen to show.

use super::{SellingStop, selling_stop};
use crate::ids::ShopId;
use crate::store::Store;
use crate::store::alarm::actor;
use crate::store::error::Result;
use crate::store::shop::ShopState;
use crate::store::status::natural;
use crate::store::tx::args;
use ganh_contract::Actor;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Refusals told of one shop at most.
const TOLD: usize = 5;
/// Offers looked at for the short answer of [`Store::open_stops`].
const LOOKED_AT: usize = 5_000;

/// A stop in one shop. Counts are offers that stand there or are just being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StopAtShop {
    #[serde(skip)]
    pub id: ShopId,
    pub shop: String,
    pub title: String,
    pub state: ShopState,
    pub state_reason: Option<String>,
    /// Until when somebody has the right to drive the shop; a past instant: nobody drives it.
    pub driven_until: Timestamp,
    /// No call leaves before this instant: the marketplace said so.
    pub frozen_until: Timestamp,
    pub offers: u64,
    /// Those whose zero the marketplace took, or that it shows off sale.
    pub acknowledged: u64,
    /// Those of them that were read back since and showed nothing for sale.
    pub seen: u64,
    pub refusals: Vec<StopRefusal>,
}

/// A zero that a shop did not take, and who must act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StopRefusal {
    pub sku: String,
    pub actor: Actor,
    pub said: String,
    /// It is tried again by itself then; `None`: not before somebody acted.
    pub again_at: Option<Timestamp>,
}

/// How far one shop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopStanding {
    /// Read back: nothing of it is for sale there.
    Seen,
    /// Taken by the marketplace, not read back yet.
    Acknowledged,
    /// To be sent, or on its way.
    Asked,
    /// Some of it was refused.
    Refused,
}

/// A stop that holds, with the shops that have not confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenStop {
    #[serde(flatten)]
    pub stop: SellingStop,
    /// Handles of shops where something of it was not yet seen to stand at zero.
    pub unconfirmed: Vec<String>,
}

impl StopAtShop {
    /// How far the shop is.
    pub fn standing(&self) -> StopStanding {
        if self.seen >= self.offers {
            return StopStanding::Seen;
        }
        if self.acknowledged >= self.offers {
            return StopStanding::Acknowledged;
        }
        if self.refusals.is_empty() { StopStanding::Asked } else { StopStanding::Refused }
    }
}

/// `covered (id)`: variants that a stop of variant $1 or producer $2 reaches.
macro_rules! over_covered {
    ($text:literal) => {
        concat!(
            "WITH covered (id) AS (
                 SELECT v.id FROM variant AS v WHERE v.id = $1
                 UNION SELECT v.id FROM variant AS v WHERE v.producer_id = $2
                 UNION SELECT b.bundle_id FROM bundle_component AS b WHERE b.component_id = $1
                 UNION SELECT b.bundle_id FROM variant AS v CROSS JOIN bundle_component AS b
                     WHERE v.producer_id = $2 AND b.component_id = v.id) ",
            $text
        )
    };
}

impl Store {
    /// How far each shop is that shows something of the stop, by handle. Counts its offers: for whoever waits, not for loops. `now` tells
    /// refusals that wait for a time of their own.
    pub async fn stop_progress(&self, stop: &SellingStop, now: Timestamp) -> Result<Vec<StopAtShop>> {
        let (variant, producer) = (stop.about.variant(), stop.about.producer());
        let reads = self.read();
        // Walks indexes variant_producer, offer_variant and both of bundle_component.
        let counts = reads
            .rows(
                over_covered!(
                    ", told (shop_id, took, seen) AS (
                         SELECT o.shop_id,
                             CASE WHEN o.remote_listing_id IS NOT NULL AND o.sent_at IS NULL AND o.suspect_until_at IS NULL
                                 AND (o.acked_on_sale = 0 OR (o.desired_stock = 0 AND o.acked_stock = 0
                                     AND o.stock_acked_rev >= o.stock_rev)) THEN 1 ELSE 0 END,
                             CASE WHEN o.verify_at IS NULL AND o.observed_at >= $3 AND o.observed_at >= o.stock_answered_at
                                 AND o.observed_at >= o.answered_at AND (o.observed_stock = 0 OR o.observed_on_sale = 0)
                                 THEN 1 ELSE 0 END
                         FROM covered CROSS JOIN offer AS o JOIN listing AS l ON l.id = o.listing_id
                         WHERE o.variant_id = covered.id
                             AND (o.remote_listing_id IS NOT NULL OR l.state IN ('intended', 'building', 'reviewing'))
                             AND l.state <> 'gone')
                     SELECT s.id, s.handle, s.title, s.state, s.state_reason, s.frozen_until_at,
                         COALESCE(max(e.until_at), 0) AS driven_until, count(*) AS offers,
                         CAST(sum(told.took) AS BIGINT) AS took, CAST(sum(told.took * told.seen) AS BIGINT) AS seen
                     FROM told JOIN shop AS s ON s.id = told.shop_id LEFT JOIN lease AS e ON e.shop_id = s.id
                     WHERE s.state <> 'gone'
                     GROUP BY s.id, s.handle, s.title, s.state, s.state_reason, s.frozen_until_at ORDER BY s.handle"
                ),
                args![variant, producer, stop.stopped.since],
            )
            .await?;
        // The same walk; alarms by their unique key.
        let refused = reads
            .rows(
                over_covered!(
                    "SELECT o.shop_id, v.sku, COALESCE(o.parked_actor, l.parked_actor, a.actor) AS actor,
                         COALESCE(o.parked_said, l.parked_said, a.said) AS said,
                         CASE WHEN o.parked_kind IS NULL AND l.parked_kind IS NULL THEN o.next_try_at ELSE NULL END AS again_at
                     FROM covered CROSS JOIN offer AS o JOIN listing AS l ON l.id = o.listing_id JOIN variant AS v ON v.id = o.variant_id
                     JOIN shop AS s ON s.id = o.shop_id
                     LEFT JOIN alarm AS a ON a.kind = 'locked' AND a.subject = s.handle || '/' || v.sku AND a.cleared_at IS NULL
                         AND o.next_try_at > $3
                     WHERE o.variant_id = covered.id AND o.dirty_since_at IS NOT NULL AND s.state <> 'gone'
                         AND (o.remote_listing_id IS NOT NULL OR l.state IN ('intended', 'building', 'reviewing'))
                         AND (o.parked_kind IS NOT NULL OR l.parked_kind IS NOT NULL OR a.id IS NOT NULL)
                         AND (o.stock_rev > o.stock_acked_rev OR o.remote_listing_id IS NULL)
                     ORDER BY v.sku LIMIT 1000"
                ),
                args![variant, producer, now],
            )
            .await?;
        let mut refusals: BTreeMap<ShopId, Vec<StopRefusal>> = BTreeMap::new();
        for row in &refused {
            let told = refusals.entry(ShopId::new(row.int("shop_id")?)).or_default();
            if told.len() < TOLD {
                told.push(StopRefusal {
                    sku: row.text("sku")?,
                    actor: actor(&row.find_text("actor")?.unwrap_or_default()),
                    said: row.find_text("said")?.unwrap_or_default(),
                    again_at: row.find_at("again_at")?,
                });
            }
        }
        counts
            .iter()
            .map(|row| {
                let id = ShopId::new(row.int("id")?);
                Ok(StopAtShop {
                    id,
                    shop: row.text("handle")?,
                    title: row.text("title")?,
                    state: ShopState::parse(&row.text("state")?)?,
                    state_reason: row.find_text("state_reason")?,
                    driven_until: row.at("driven_until")?,
                    frozen_until: row.at("frozen_until_at")?,
                    offers: natural(row.int("offers")?),
                    acknowledged: natural(row.int("took")?),
                    seen: natural(row.int("seen")?),
                    refusals: refusals.remove(&id).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// Stops that hold, the newest first, at most `limit`. Costs by what is not confirmed, not by what is stopped.
    pub async fn open_stops(&self, limit: usize) -> Result<Vec<OpenStop>> {
        let reads = self.read();
        let rows = reads
            .rows(
                select_stop!("WHERE q.lifted_at IS NULL ORDER BY q.since_at DESC, q.id DESC LIMIT $1"),
                args![limit],
            )
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        // Walks index offer_stopping.
        let waiting = reads
            .rows(
                "SELECT DISTINCT q.id, s.handle FROM (
                     SELECT o.shop_id, o.variant_id FROM offer AS o WHERE o.stopped = 1
                         AND (o.dirty_since_at IS NOT NULL OR o.sent_at IS NOT NULL OR o.suspect_until_at IS NOT NULL
                             OR o.verify_at IS NOT NULL)
                         AND o.remote_listing_id IS NOT NULL LIMIT $1) AS o
                 JOIN shop AS s ON s.id = o.shop_id AND s.state <> 'gone'
                 JOIN variant AS v ON v.id = o.variant_id
                 JOIN selling_stop AS q ON q.lifted_at IS NULL AND (q.variant_id = o.variant_id OR q.producer_id = v.producer_id
                     OR EXISTS (SELECT 1 FROM bundle_component AS b JOIN variant AS c ON c.id = b.component_id
                         WHERE b.bundle_id = o.variant_id AND (q.variant_id = c.id OR q.producer_id = c.producer_id)))
                 ORDER BY q.id, s.handle",
                args![LOOKED_AT],
            )
            .await?;
        let mut unconfirmed: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for row in &waiting {
            unconfirmed.entry(row.int("id")?).or_default().push(row.text("handle")?);
        }
        rows.iter()
            .map(|row| {
                let stop = selling_stop(row)?;
                Ok(OpenStop { unconfirmed: unconfirmed.remove(&stop.id).unwrap_or_default(), stop })
            })
            .collect()
    }
}
