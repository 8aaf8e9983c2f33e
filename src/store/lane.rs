//! What a lane asks between two passes: when something is due, whose listing this is, whether anything is left to do.

use super::Store;
use super::error::Result;
use super::lease::Lease;
use super::tx::{args, json};
use crate::ids::{ListingId, ShopId};
use ganh_contract::RemoteListingId;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// Work of one shop that is not done. All zero: the shop is in step, as far as we know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Offers with a desired figure ahead of the acknowledged one, not parked.
    pub dirty: i64,
    /// Listings that have still to come to be or to be revised, not parked.
    pub unfinished: i64,
    /// Offers that owe a read-back.
    pub unverified: i64,
    /// Writes that nobody answered yet.
    pub in_flight: i64,
    pub hints: i64,
}

impl Pending {
    /// True when nothing is left to do.
    pub const fn is_quiet(&self) -> bool {
        self.dirty == 0
            && self.unfinished == 0
            && self.unverified == 0
            && self.in_flight == 0
            && self.hints == 0
    }
}

impl Store {
    /// When the next offer of a shop that waits for a time of its own may be tried; what waits for a gate or an answer is left out.
    pub async fn next_push_at(&self, shop: ShopId, now: Timestamp) -> Result<Option<Timestamp>> {
        // Walks index offer_dirty.
        let row = self
            .read()
            .find(
                "SELECT min(next_try_at) AS at FROM offer
                 WHERE shop_id = $1 AND dirty_since_at IS NOT NULL AND parked_kind IS NULL AND remote_listing_id IS NOT NULL
                     AND sent_at IS NULL AND next_try_at > $2",
                args![shop, now],
            )
            .await?;
        row.map_or(Ok(None), |row| row.find_at("at"))
    }

    /// When the next listing of a shop may be built or revised a step further.
    pub async fn next_build_at(&self, shop: ShopId) -> Result<Option<Timestamp>> {
        // Walks the indexes listing_unfinished and listing_stale.
        let row = self
            .read()
            .find(
                "SELECT min(at) AS at FROM (
                     SELECT min(next_try_at) AS at FROM listing WHERE shop_id = $1
                         AND state IN ('wanted', 'intended', 'building', 'reviewing') AND parked_kind IS NULL
                     UNION ALL
                     SELECT min(next_try_at) AS at FROM listing WHERE shop_id = $1
                         AND stale_since_at IS NOT NULL AND state = 'live' AND parked_kind IS NULL) AS due",
                args![shop],
            )
            .await?;
        row.map_or(Ok(None), |row| row.find_at("at"))
    }

    /// When the next read-back of a shop is owed.
    pub async fn next_verify_at(&self, shop: ShopId) -> Result<Option<Timestamp>> {
        // Walks index offer_verify.
        let row = self
            .read()
            .find(
                "SELECT min(verify_at) AS at FROM offer
                 WHERE shop_id = $1 AND verify_at IS NOT NULL AND remote_listing_id IS NOT NULL AND sent_at IS NULL",
                args![shop],
            )
            .await?;
        row.map_or(Ok(None), |row| row.find_at("at"))
    }

    /// Puts the read-backs of one listing off: it could not be read.
    pub async fn verify_later(&self, lease: &Lease, listing: &RemoteListingId, at: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.execute(
            "UPDATE offer SET verify_at = $3
             WHERE shop_id = $1 AND remote_listing_id = $2 AND verify_at IS NOT NULL AND verify_at < $3",
            args![lease.shop, listing.as_str(), at],
        )
        .await?;
        tx.commit().await
    }

    /// Which of these remote listings hold offers of ours, and in which listing.
    pub async fn listings_by_remote(
        &self,
        shop: ShopId,
        remote: &[RemoteListingId],
    ) -> Result<HashMap<RemoteListingId, ListingId>> {
        let ids: Vec<[&str; 1]> = remote.iter().map(|id| [id.as_str()]).collect();
        // Walks index offer_remote.
        let rows = self
            .read()
            .rows(
                "SELECT DISTINCT o.remote_listing_id, o.listing_id FROM json_each($2) AS named
                 CROSS JOIN offer AS o WHERE o.shop_id = $1 AND o.remote_listing_id = named.value->>0",
                args![shop, json(&ids)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    RemoteListingId::new(row.text("remote_listing_id")?),
                    ListingId::new(row.int("listing_id")?),
                ))
            })
            .collect()
    }

    /// What is left to do in a shop.
    pub async fn pending(&self, shop: ShopId) -> Result<Pending> {
        // Walks the indexes offer_dirty, listing_unfinished, listing_stale, offer_verify, offer_in_flight, hint_due.
        let row = self
            .read()
            .find(
                "SELECT
                     (SELECT count(*) FROM offer WHERE shop_id = $1 AND dirty_since_at IS NOT NULL AND parked_kind IS NULL
                         AND remote_listing_id IS NOT NULL) AS dirty,
                     (SELECT count(*) FROM listing WHERE shop_id = $1
                         AND state IN ('wanted', 'intended', 'building', 'reviewing') AND parked_kind IS NULL)
                     + (SELECT count(*) FROM listing WHERE shop_id = $1
                         AND stale_since_at IS NOT NULL AND state = 'live' AND parked_kind IS NULL) AS unfinished,
                     (SELECT count(*) FROM offer WHERE shop_id = $1 AND verify_at IS NOT NULL
                         AND remote_listing_id IS NOT NULL) AS unverified,
                     (SELECT count(*) FROM offer WHERE shop_id = $1 AND sent_at IS NOT NULL) AS in_flight,
                     (SELECT count(*) FROM hint WHERE shop_id = $1) AS hints",
                args![shop],
            )
            .await?;
        let Some(row) = row else { return Ok(Pending::default()) };
        Ok(Pending {
            dirty: row.int("dirty")?,
            unfinished: row.int("unfinished")?,
            unverified: row.int("unverified")?,
            in_flight: row.int("in_flight")?,
            hints: row.int("hints")?,
        })
    }
}
