//! What the page, `ganh status` and the metrics show: read-only, from partial indexes, so that its cost follows what is wrong and not
//! the size of the catalogue. Nothing of a buyer, no secret.

pub(super) mod exposure;
mod sku;

pub use exposure::{Exposed, Exposure, ExposurePage, Promised};
pub use sku::{SkuMovement, SkuOffer, SkuPlace, SkuTrace};

use super::Store;
use super::alarm::actor;
use super::error::Result;
use super::shop::ShopState;
use super::tx::{Row, args};
use crate::ids::ShopId;
use ganh_contract::Actor;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// How one shop stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShopStatus {
    pub id: ShopId,
    pub handle: String,
    pub title: String,
    pub channel: String,
    /// The channel's own id of the account: what calls are labelled with.
    pub remote_id: String,
    /// Code of the owner; `None`: the operator's shop.
    pub producer: Option<String>,
    pub state: ShopState,
    pub state_reason: Option<String>,
    /// When orders were last read to the end; the epoch when never.
    pub orders_read_at: Timestamp,
    pub frozen_until: Timestamp,
    /// Listings that have still to come to be.
    pub unfinished: u64,
    /// Offers that wait to be sent.
    pub pending: u64,
    pub pending_since: Option<Timestamp>,
    pub in_flight: u64,
    pub parked: ParkedCount,
    /// Differences found by read-backs and not yet repaired.
    pub drift: u64,
    /// Orders that could not be read, or with lines that fit no SKU.
    pub odd_orders: u64,
}

/// Parked offers and listings by who must act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ParkedCount {
    pub producer: u64,
    pub admin: u64,
    pub developer: u64,
    pub nobody: u64,
}

impl ParkedCount {
    /// All of them.
    pub const fn sum(&self) -> u64 {
        self.producer + self.admin + self.developer + self.nobody
    }

    const fn add(&mut self, actor: Actor, count: u64) {
        match actor {
            Actor::Producer => self.producer += count,
            Actor::Admin => self.admin += count,
            Actor::Developer => self.developer += count,
            Actor::Nobody => self.nobody += count,
        }
    }
}

/// One parked offer or listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParkedThing {
    pub shop: ShopId,
    pub shop_handle: String,
    /// The SKU of an offer, the product's code of a listing.
    pub subject: String,
    pub is_listing: bool,
    pub kind: String,
    pub actor: Actor,
    pub said: String,
    pub at: Timestamp,
}

/// Sizes of what is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub producers: u64,
    pub products: u64,
    pub listings: u64,
    pub listings_live: u64,
    pub offers: u64,
    pub orders: u64,
}

impl Store {
    /// Every shop, by handle.
    pub async fn shop_status(&self) -> Result<Vec<ShopStatus>> {
        let reads = self.read();
        let shops = reads
            .rows(
                "SELECT s.id, s.handle, s.title, s.channel, s.remote_id, r.code AS producer, s.state, s.state_reason,
                     s.orders_read_at, s.frozen_until_at
                 FROM shop AS s LEFT JOIN producer AS r ON r.id = s.producer_id ORDER BY s.handle",
                args![],
            )
            .await?;
        // Walks index offer_dirty.
        let pending = reads
            .rows(
                "SELECT shop_id, count(*) AS n, min(dirty_since_at) AS since FROM offer
                 WHERE dirty_since_at IS NOT NULL AND parked_kind IS NULL AND remote_listing_id IS NOT NULL GROUP BY shop_id",
                args![],
            )
            .await?;
        // Walks index listing_unfinished.
        let unfinished = reads
            .rows(
                "SELECT shop_id, count(*) AS n FROM listing
                 WHERE state IN ('wanted', 'intended', 'building', 'reviewing') AND parked_kind IS NULL GROUP BY shop_id",
                args![],
            )
            .await?;
        // Walks index offer_in_flight.
        let in_flight = reads
            .rows(
                "SELECT shop_id, count(*) AS n FROM offer WHERE sent_at IS NOT NULL GROUP BY shop_id",
                args![],
            )
            .await?;
        // Walks index drift_open.
        let drift = reads
            .rows(
                "SELECT shop_id, count(*) AS n FROM drift WHERE repaired_at IS NULL GROUP BY shop_id",
                args![],
            )
            .await?;
        // Walk indexes shop_order_unreadable and shop_order_unmapped.
        let unreadable = reads
            .rows(
                "SELECT shop_id, count(*) AS n FROM shop_order WHERE readable = 0 GROUP BY shop_id",
                args![],
            )
            .await?;
        let unmapped = reads
            .rows(
                "SELECT shop_id, count(*) AS n FROM shop_order WHERE unmapped_lines > 0 GROUP BY shop_id",
                args![],
            )
            .await?;
        // Walk indexes offer_parked and listing_parked.
        let parked = reads
            .rows(
                "SELECT shop_id, parked_actor, count(*) AS n FROM offer WHERE parked_kind IS NOT NULL GROUP BY shop_id, parked_actor
                 UNION ALL
                 SELECT shop_id, parked_actor, count(*) AS n FROM listing WHERE parked_kind IS NOT NULL GROUP BY shop_id, parked_actor",
                args![],
            )
            .await?;

        let mut all = shops.iter().map(shop_row).collect::<Result<Vec<_>>>()?;
        let places: HashMap<ShopId, usize> = all.iter().enumerate().map(|(at, shop)| (shop.id, at)).collect();
        let mut each = |rows: &[Row], put: &dyn Fn(&mut ShopStatus, u64, &Row) -> Result<()>| -> Result<()> {
            for row in rows {
                if let Some(at) = places.get(&ShopId::new(row.int("shop_id")?)) {
                    put(&mut all[*at], natural(row.int("n")?), row)?;
                }
            }
            Ok(())
        };
        each(&pending, &|shop, n, row| {
            shop.pending = n;
            shop.pending_since = row.find_at("since")?;
            Ok(())
        })?;
        each(&unfinished, &|shop, n, _| {
            shop.unfinished = n;
            Ok(())
        })?;
        each(&in_flight, &|shop, n, _| {
            shop.in_flight = n;
            Ok(())
        })?;
        each(&drift, &|shop, n, _| {
            shop.drift = n;
            Ok(())
        })?;
        for odd in [&unreadable, &unmapped] {
            each(odd, &|shop, n, _| {
                shop.odd_orders += n;
                Ok(())
            })?;
        }
        each(&parked, &|shop, n, row| {
            shop.parked.add(actor(&row.find_text("parked_actor")?.unwrap_or_default()), n);
            Ok(())
        })?;
        Ok(all)
    }

    /// The newest parked offers and listings, of one shop or of all, at most `limit`.
    pub async fn parked(&self, shop: Option<ShopId>, limit: usize) -> Result<Vec<ParkedThing>> {
        // Walks indexes offer_parked and listing_parked.
        let rows = self
            .read()
            .rows(
                "SELECT o.shop_id, s.handle, v.sku AS subject, CAST(0 AS BIGINT) AS is_listing, o.parked_kind, o.parked_actor, o.parked_said, o.parked_at
                 FROM offer AS o JOIN shop AS s ON s.id = o.shop_id JOIN variant AS v ON v.id = o.variant_id
                 WHERE o.parked_kind IS NOT NULL AND o.shop_id = COALESCE($1, o.shop_id)
                 UNION ALL
                 SELECT l.shop_id, s.handle, p.code AS subject, CAST(1 AS BIGINT) AS is_listing, l.parked_kind, l.parked_actor, l.parked_said, l.parked_at
                 FROM listing AS l JOIN shop AS s ON s.id = l.shop_id JOIN product AS p ON p.id = l.product_id
                 WHERE l.parked_kind IS NOT NULL AND l.shop_id = COALESCE($1, l.shop_id)
                 ORDER BY 8 DESC, 3 LIMIT $2",
                args![shop, limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ParkedThing {
                    shop: ShopId::new(row.int("shop_id")?),
                    shop_handle: row.text("handle")?,
                    subject: row.text("subject")?,
                    is_listing: row.flag("is_listing")?,
                    kind: row.text("parked_kind")?,
                    actor: actor(&row.find_text("parked_actor")?.unwrap_or_default()),
                    said: row.find_text("parked_said")?.unwrap_or_default(),
                    at: row.find_at("parked_at")?.unwrap_or(Timestamp::UNIX_EPOCH),
                })
            })
            .collect()
    }

    /// Counts whole tables: for a page that asks seldom, not for a loop.
    pub async fn totals(&self) -> Result<Totals> {
        let row = self
            .read()
            .find(
                "SELECT (SELECT count(*) FROM producer) AS producers, (SELECT count(*) FROM product) AS products,
                     (SELECT count(*) FROM listing) AS listings,
                     (SELECT count(*) FROM listing WHERE state = 'live') AS listings_live,
                     (SELECT count(*) FROM offer) AS offers, (SELECT count(*) FROM shop_order) AS orders",
                args![],
            )
            .await?;
        let Some(row) = row else { return Ok(Totals::default()) };
        Ok(Totals {
            producers: natural(row.int("producers")?),
            products: natural(row.int("products")?),
            listings: natural(row.int("listings")?),
            listings_live: natural(row.int("listings_live")?),
            offers: natural(row.int("offers")?),
            orders: natural(row.int("orders")?),
        })
    }

    /// A picture to be fetched by link: its media type and bytes.
    pub async fn find_picture(&self, sha256: &str) -> Result<Option<(String, Vec<u8>)>> {
        let row =
            self.read().find("SELECT mime, bytes FROM picture WHERE sha256 = $1", args![sha256]).await?;
        row.map(|row| Ok((row.text("mime")?, row.bytes("bytes")?))).transpose()
    }
}

fn shop_row(row: &Row) -> Result<ShopStatus> {
    Ok(ShopStatus {
        id: ShopId::new(row.int("id")?),
        handle: row.text("handle")?,
        title: row.text("title")?,
        channel: row.text("channel")?,
        remote_id: row.text("remote_id")?,
        producer: row.find_text("producer")?,
        state: ShopState::parse(&row.text("state")?)?,
        state_reason: row.find_text("state_reason")?,
        orders_read_at: row.at("orders_read_at")?,
        frozen_until: row.at("frozen_until_at")?,
        unfinished: 0,
        pending: 0,
        pending_since: None,
        in_flight: 0,
        parked: ParkedCount::default(),
        drift: 0,
        odd_orders: 0,
    })
}

/// Counts are never negative.
pub(super) fn natural(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
