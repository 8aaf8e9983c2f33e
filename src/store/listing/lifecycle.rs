//! A listing's way from wish to page, each step written before or after exactly one call.

use crate::ids::{ListingId, ProductId, ShopId, VariantId};
use crate::store::alarm::{actor, actor_name};
use crate::store::error::{Result, StoreError};
use crate::store::recompute::Because;
use crate::store::tx::{Arg, Row, Tx, args, locking};
use crate::store::{Lease, Store};
use ganh_contract::{Actor, RemoteListingId, Sku, Stage, Ticket};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How a listing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingState {
    /// To be made; `intend` moves it on.
    Wanted,
    /// A create left or may leave with the stored key; `ticket` or `linked` move it on.
    Intended,
    /// Half built: the ticket continues it.
    Building,
    /// The channel's reviewers have it: the ticket asks for it.
    Reviewing,
    /// Linked.
    Live,
    /// Vanished there; a person decides.
    Gone,
}

impl ListingState {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Wanted, "wanted"),
        (Self::Intended, "intended"),
        (Self::Building, "building"),
        (Self::Reviewing, "reviewing"),
        (Self::Live, "live"),
        (Self::Gone, "gone"),
    ];

    fn parse(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == word);
        found.map(|(state, _)| state).ok_or_else(|| StoreError::Corrupt(format!("listing state {word}")))
    }
}

/// A listing as stored.
#[derive(Debug, Clone)]
pub struct ListingRow {
    pub id: ListingId,
    pub shop: ShopId,
    pub product: ProductId,
    /// Written on the listing itself; what `find` looks for.
    pub code: Sku,
    pub remote_id: Option<RemoteListingId>,
    pub state: ListingState,
    pub intent: Option<Intent>,
    pub ticket: Option<Ticket>,
    /// The product's page that the listing last showed.
    pub content_rev: i64,
    pub attempts: u32,
    pub next_try_at: Timestamp,
}

/// The create intent (I3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Doubles as idempotency key.
    pub key: String,
    pub at: Timestamp,
    /// Since when the outcome of its last call is unknown: `find` before anything else.
    pub cut_at: Option<Timestamp>,
    /// Finds that counted and saw nothing since.
    pub absent_finds: u32,
}

/// A parked listing: what is wrong and who must act.
#[derive(Debug, Clone, Serialize)]
pub struct ParkedListing {
    pub listing: ListingId,
    pub shop: ShopId,
    pub shop_handle: String,
    pub product_code: String,
    pub product_name: String,
    pub kind: String,
    pub actor: Actor,
    pub said: String,
    pub at: Timestamp,
}

macro_rules! select_listing {
    ($tail:literal) => {
        concat!(
            "SELECT id, shop_id, product_id, code, remote_id, state, intent, intent_at, intent_cut_at, absent_finds, ticket,
                 content_rev, attempts, next_try_at FROM listing ",
            $tail
        )
    };
}

impl Store {
    /// Listings of a shop that still have to come to be and may be tried now, longest due first.
    pub async fn unfinished_listings(
        &self,
        shop: ShopId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ListingRow>> {
        // Walks index listing_unfinished.
        let rows = self
            .read()
            .rows(
                select_listing!(
                    "WHERE shop_id = $1 AND state IN ('wanted', 'intended', 'building', 'reviewing') AND parked_kind IS NULL
                         AND next_try_at <= $2 ORDER BY next_try_at, id LIMIT $3"
                ),
                args![shop, now, limit],
            )
            .await?;
        rows.iter().map(listing_row).collect()
    }

    /// Live listings whose page is older than the product's, longest due first.
    pub async fn stale_listings(
        &self,
        shop: ShopId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ListingRow>> {
        // Walks index listing_stale.
        let rows = self
            .read()
            .rows(
                select_listing!(
                    "WHERE shop_id = $1 AND stale_since_at IS NOT NULL AND state = 'live' AND parked_kind IS NULL
                         AND next_try_at <= $2 ORDER BY next_try_at, id LIMIT $3"
                ),
                args![shop, now, limit],
            )
            .await?;
        rows.iter().map(listing_row).collect()
    }

    /// One listing. Errors: `NotFound`.
    pub async fn listing(&self, id: ListingId) -> Result<ListingRow> {
        let row = self.read().find(select_listing!("WHERE id = $1"), args![id]).await?;
        listing_row(&row.ok_or_else(|| StoreError::NotFound(format!("listing {id}")))?)
    }

    /// Listings of a shop above `after`, by id.
    pub async fn listings_page(
        &self,
        shop: ShopId,
        after: Option<ListingId>,
        limit: usize,
    ) -> Result<Vec<ListingRow>> {
        // Walks index listing_shop.
        let rows = self
            .read()
            .rows(
                select_listing!("WHERE shop_id = $1 AND id > $2 ORDER BY id LIMIT $3"),
                args![shop, after.map_or(0, ListingId::get), limit],
            )
            .await?;
        rows.iter().map(listing_row).collect()
    }

    /// Writes the intent to create, before the call. An intent whose calls were all answered is given again; one that was cut is
    /// replaced by a new key only after a find that counted saw nothing.
    ///
    /// # Errors
    /// `Conflict` when a find is owed first, or the listing is past creating (I3).
    pub async fn intend_listing(&self, lease: &Lease, id: ListingId, now: Timestamp) -> Result<Intent> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        let listing = tx.listing(lease, id).await?;
        let intent = match (listing.state, listing.intent) {
            (ListingState::Intended, Some(intent)) if intent.cut_at.is_none() => intent,
            (ListingState::Intended, Some(intent))
                if intent.absent_finds == 0 && !mutant!("create_without_find") =>
            {
                return Err(StoreError::Conflict(format!("listing {id} waits for a find: it")));
            }
            (ListingState::Wanted | ListingState::Intended, _) => {
                Intent { key: uuid::Uuid::now_v7().to_string(), at: now, cut_at: None, absent_finds: 0 }
            }
            (
                ListingState::Building | ListingState::Reviewing | ListingState::Live | ListingState::Gone,
                _,
            ) => {
                return Err(StoreError::Conflict(format!("listing {id}")));
            }
        };
        tx.execute(
            "UPDATE listing SET state = 'intended', intent = $2, intent_at = $3, intent_cut_at = NULL, absent_finds = 0, updated_at = $4
             WHERE id = $1",
            args![id, &*intent.key, intent.at, now],
        )
        .await?;
        tx.commit().await?;
        Ok(intent)
    }

    /// The create's outcome is unknown: only a find tells.
    pub async fn listing_cut(
        &self,
        lease: &Lease,
        id: ListingId,
        at: Timestamp,
        next_try_at: Timestamp,
    ) -> Result<()> {
        self.step(
            lease,
            "UPDATE listing SET intent_cut_at = $3, absent_finds = 0, attempts = attempts + 1, next_try_at = $4, updated_at = $3
             WHERE id = $1 AND shop_id = $2",
            args![id, lease.shop, at, next_try_at],
        )
        .await
    }

    /// A find that counts (its request left after the channel's lag) saw nothing of ours.
    pub async fn listing_absent(&self, lease: &Lease, id: ListingId, as_of: Timestamp) -> Result<()> {
        self.step(
            lease,
            "UPDATE listing SET absent_finds = absent_finds + 1, updated_at = $3
             WHERE id = $1 AND shop_id = $2 AND (intent_cut_at IS NULL OR intent_cut_at < $3)",
            args![id, lease.shop, as_of],
        )
        .await
    }

    /// Stores the ticket of an unfinished create or revise, before the next step.
    #[expect(clippy::too_many_arguments, reason = "the parts of Progress::Later, and where and when")]
    pub async fn listing_ticket(
        &self,
        lease: &Lease,
        id: ListingId,
        stage: Stage,
        ticket: &Ticket,
        seen: Option<&RemoteListingId>,
        next_try_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let state = match stage {
            Stage::Building => "building",
            Stage::Reviewing => "reviewing",
        };
        self.step(
            lease,
            "UPDATE listing SET state = CASE WHEN state = 'live' THEN state ELSE $3 END, ticket = $4,
                 remote_id = COALESCE($5, remote_id), next_try_at = $6, intent_cut_at = NULL, updated_at = $7
             WHERE id = $1 AND shop_id = $2",
            args![
                id,
                lease.shop,
                state,
                ticket.as_str(),
                seen.map(RemoteListingId::as_str),
                next_try_at,
                now
            ],
        )
        .await
    }

    /// Not now: tries again then.
    pub async fn listing_later(
        &self,
        lease: &Lease,
        id: ListingId,
        next_try_at: Timestamp,
        costs_attempt: bool,
    ) -> Result<()> {
        self.step(
            lease,
            "UPDATE listing SET attempts = attempts + $3, next_try_at = $4 WHERE id = $1 AND shop_id = $2",
            args![id, lease.shop, costs_attempt, next_try_at],
        )
        .await
    }

    /// The page shows this content now; stays stale if the product moved on meanwhile.
    pub async fn listing_revised(
        &self,
        lease: &Lease,
        id: ListingId,
        content_rev: i64,
        now: Timestamp,
    ) -> Result<()> {
        self.step(
            lease,
            "UPDATE listing SET content_rev = $3, ticket = NULL, attempts = 0, updated_at = $4,
                 stale_since_at = CASE WHEN (SELECT p.content_rev FROM product AS p WHERE p.id = listing.product_id) = $3
                     THEN NULL ELSE stale_since_at END
             WHERE id = $1 AND shop_id = $2",
            args![id, lease.shop, content_rev, now],
        )
        .await
    }

    /// Parks a listing until somebody acts.
    pub async fn park_listing(
        &self,
        lease: &Lease,
        id: ListingId,
        kind: &str,
        actor: Actor,
        said: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.step(
            lease,
            "UPDATE listing SET parked_kind = $3, parked_actor = $4, parked_said = $5, parked_at = $6, updated_at = $6
             WHERE id = $1 AND shop_id = $2",
            args![id, lease.shop, kind, actor_name(actor), said, now],
        )
        .await
    }

    /// Frees a parked listing for another try; one that is gone is wanted again.
    pub async fn unpark_listing(&self, id: ListingId, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        let row = tx
            .find(
                "UPDATE listing SET parked_kind = NULL, parked_actor = NULL, parked_said = NULL, parked_at = NULL, attempts = 0,
                     next_try_at = 0, state = CASE WHEN state = 'gone' THEN 'wanted' ELSE state END, updated_at = $2
                 WHERE id = $1 RETURNING shop_id",
                args![id, now],
            )
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("listing {id}")))?;
        tx.touch(ShopId::new(row.int("shop_id")?));
        tx.recompute_listing(id, now).await?;
        tx.commit().await
    }

    /// Parked listings above `after`, of one shop or of all, by id.
    pub async fn parked_listings(
        &self,
        shop: Option<ShopId>,
        after: Option<ListingId>,
        limit: usize,
    ) -> Result<Vec<ParkedListing>> {
        // Walks index listing_parked.
        let rows = self
            .read()
            .rows(
                "SELECT l.id, l.shop_id, s.handle, p.code, p.name, l.parked_kind, l.parked_actor, l.parked_said, l.parked_at
                 FROM listing AS l JOIN shop AS s ON s.id = l.shop_id JOIN product AS p ON p.id = l.product_id
                 WHERE l.parked_kind IS NOT NULL AND l.id > $2 AND l.shop_id = COALESCE($1, l.shop_id)
                 ORDER BY l.id LIMIT $3",
                args![shop, after.map_or(0, ListingId::get), limit],
            )
            .await?;
        rows.iter().map(parked_row).collect()
    }

    /// The listing vanished at the channel: its ids are kept for old orders, its units count for nobody, a person decides.
    pub async fn listing_gone(&self, lease: &Lease, id: ListingId, said: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.listing(lease, id).await?;
        tx.retire_offers(id, now).await?;
        tx.execute(
            "UPDATE listing SET state = 'gone', remote_id = NULL, ticket = NULL, intent = NULL, intent_cut_at = NULL,
                 parked_kind = 'missing', parked_actor = 'producer', parked_said = $3, parked_at = $2, updated_at = $2
             WHERE id = $1",
            args![id, now, said],
        )
        .await?;
        tx.recompute_listing(id, now).await?;
        tx.commit().await
    }

    async fn step(&self, lease: &Lease, sql: &'static str, args: Vec<Arg>) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        if tx.execute(sql, args).await? == 0 {
            // A late find says nothing any more; everything else names a listing of this shop.
            tracing::debug!(shop.id = %lease.shop, "a listing's step found nothing to write");
        }
        tx.commit().await
    }
}

impl Tx {
    pub(in crate::store) async fn listing(&mut self, lease: &Lease, id: ListingId) -> Result<ListingRow> {
        let row = self
            .find(
                locking!(
                    "SELECT id, shop_id, product_id, code, remote_id, state, intent, intent_at, intent_cut_at, absent_finds,
                         ticket, content_rev, attempts, next_try_at FROM listing WHERE id = $1 AND shop_id = $2",
                    "FOR UPDATE"
                ),
                args![id, lease.shop],
            )
            .await?;
        listing_row(&row.ok_or_else(|| StoreError::NotFound(format!("listing {id} of shop {}", lease.shop)))?)
    }

    /// Keeps the remote ids of a listing's offers for old orders and unlinks them.
    pub(super) async fn retire_offers(&mut self, id: ListingId, now: Timestamp) -> Result<()> {
        self.execute(
            "INSERT INTO retired_offer (shop_id, remote_listing_id, remote_offer_id, variant_id, retired_at)
             SELECT shop_id, remote_listing_id, remote_offer_id, variant_id, $2 FROM offer
             WHERE listing_id = $1 AND remote_listing_id IS NOT NULL
             ON CONFLICT (shop_id, remote_listing_id, remote_offer_id) DO NOTHING",
            args![id, now],
        )
        .await?;
        self.execute(
            "UPDATE offer SET remote_listing_id = NULL, remote_offer_id = NULL, remote_kind = NULL, note = '', acked_price = NULL,
                 acked_stock = NULL, acked_on_sale = NULL, price_acked_rev = 0, stock_acked_rev = 0, on_sale_acked_rev = 0,
                 sent_at = NULL, sent_stock = NULL, suspect_until_at = NULL, suspect_stock = NULL, observed_at = NULL,
                 observed_stock = NULL, observed_price = NULL, observed_on_sale = NULL, stock_sent_at = 0,
                 stock_answered_at = 0, verify_at = NULL, updated_at = $2
             WHERE listing_id = $1",
            args![id, now],
        )
        .await?;
        Ok(())
    }

    pub(super) async fn recompute_listing(&mut self, id: ListingId, now: Timestamp) -> Result<()> {
        let rows = self.rows("SELECT variant_id FROM offer WHERE listing_id = $1", args![id]).await?;
        let variants = rows
            .iter()
            .map(|row| row.int("variant_id").map(VariantId::new))
            .collect::<Result<BTreeSet<_>>>()?;
        self.lock_pools(&variants).await?;
        self.recompute(&variants, &BTreeMap::new(), Because::Edit, now).await?;
        Ok(())
    }
}

fn listing_row(row: &Row) -> Result<ListingRow> {
    let intent = match (row.find_text("intent")?, row.find_at("intent_at")?) {
        (Some(key), Some(at)) => Some(Intent {
            key,
            at,
            cut_at: row.find_at("intent_cut_at")?,
            absent_finds: row.units("absent_finds")?,
        }),
        _ => None,
    };
    Ok(ListingRow {
        id: ListingId::new(row.int("id")?),
        shop: ShopId::new(row.int("shop_id")?),
        product: ProductId::new(row.int("product_id")?),
        code: Sku::new(row.text("code")?),
        remote_id: row.find_text("remote_id")?.map(RemoteListingId::new),
        state: ListingState::parse(&row.text("state")?)?,
        intent,
        ticket: row.find_text("ticket")?.map(Ticket::new),
        content_rev: row.int("content_rev")?,
        attempts: row.units("attempts")?,
        next_try_at: row.at("next_try_at")?,
    })
}

fn parked_row(row: &Row) -> Result<ParkedListing> {
    Ok(ParkedListing {
        listing: ListingId::new(row.int("id")?),
        shop: ShopId::new(row.int("shop_id")?),
        shop_handle: row.text("handle")?,
        product_code: row.text("code")?,
        product_name: row.text("name")?,
        kind: row.text("parked_kind")?,
        actor: actor(&row.text("parked_actor")?),
        said: row.text("parked_said")?,
        at: row.at("parked_at")?,
    })
}
