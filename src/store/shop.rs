//! Shops: one authorised account each, what it allows, how far it was read.

use super::Store;
use super::error::{Result, StoreError};
use super::keys::Place;
use super::lease::Lease;
use super::tx::{Row, args};
use crate::ids::{GrantId, PlatformId, ProducerId, ShopId};
use ganh_contract::{Capability, Cursor, Grant, RemoteShopId, Secret};
use jiff::Timestamp;

/// How a shop stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopState {
    /// Connected; read, but nothing may change there before its plan is approved. Leaves by `approve`.
    New,
    /// Driven. A person pauses it, a refused credential revokes it.
    Active,
    /// A person stopped it; orders are still read.
    Paused,
    /// The seller or an admin must act before anything works.
    Revoked,
    /// It exists no more; its listings count for nothing.
    Gone,
}

impl ShopState {
    /// The state's name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Revoked => "revoked",
            Self::Gone => "gone",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        [Self::New, Self::Active, Self::Paused, Self::Revoked, Self::Gone]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| StoreError::Corrupt(format!("shop state {text}")))
    }
}

/// A shop to be added.
#[derive(Debug, Clone)]
pub struct NewShop {
    /// `None`: the operator's, for goods of all producers.
    pub producer: Option<ProducerId>,
    pub platform: PlatformId,
    /// Name on the command line and in logs, such as `shopee/hanoi-1`; unique.
    pub handle: String,
    pub remote_id: RemoteShopId,
    pub title: String,
    /// The shop's own settings (places, categories …); no secrets.
    pub settings: serde_json::Value,
    /// Secret of its webhook subscription, where the channel has one per shop.
    pub hook_secret: Option<Secret>,
    pub capability: Option<Capability>,
    /// Orders placed before this instant stay out of the ledger; reading starts here.
    pub orders_since: Timestamp,
}

/// A shop as stored.
#[derive(Debug, Clone)]
pub struct ShopRow {
    pub id: ShopId,
    pub producer: Option<ProducerId>,
    pub platform: PlatformId,
    pub grant: GrantId,
    pub channel: String,
    pub handle: String,
    pub remote_id: RemoteShopId,
    pub title: String,
    pub state: ShopState,
    pub state_reason: Option<String>,
    pub settings: serde_json::Value,
    pub hook_secret: Option<Secret>,
    pub capability: Option<Capability>,
    pub surveyed_at: Option<Timestamp>,
    pub orders_since: Timestamp,
    /// Every order changed up to here is stored.
    pub orders_until: Timestamp,
    /// When the request that proved it left.
    pub orders_read_at: Timestamp,
    pub swept_at: Timestamp,
    /// Where the audit goes on; `None` between two walks.
    pub audit_cursor: Option<Cursor>,
    pub audited_at: Timestamp,
    /// No call leaves before this instant.
    pub frozen_until: Timestamp,
}

macro_rules! select_shop {
    ($tail:literal) => {
        concat!(
            "SELECT id, producer_id, platform_id, consent_id, channel, handle, remote_id, title, state, state_reason,
                 settings, hook_secret_sealed, capability, surveyed_at, orders_since_at, orders_until_at,
                 orders_read_at, swept_at, audit_cursor, audited_at, frozen_until_at
             FROM shop ",
            $tail
        )
    };
}

impl Store {
    /// When the request left that proved every order of the shop read (I5). Errors: `NotFound`.
    pub async fn orders_read_at(&self, shop: ShopId) -> Result<Timestamp> {
        let row = self.read().find("SELECT orders_read_at FROM shop WHERE id = $1", args![shop]).await?;
        row.ok_or_else(|| StoreError::NotFound(format!("shop {shop}")))?.at("orders_read_at")
    }

    /// Adds a shop (state `new`) with its grant: an existing one that covers it, or a new one.
    ///
    /// # Errors
    /// `Taken` when the handle or the account is already connected.
    pub async fn add_shop(&self, new: &NewShop, grant: NewGrant<'_>, now: Timestamp) -> Result<ShopId> {
        let place = Place("shop", "hook_secret_sealed", &new.handle);
        let keys = self.keys();
        let hook = new
            .hook_secret
            .as_ref()
            .map(|secret| keys.seal(&place, secret.expose().as_bytes()))
            .transpose()?;
        let mut tx = self.write().await?;
        let grant = match grant {
            NewGrant::Shared(id) => id,
            NewGrant::Own(grant) => tx.add_grant(&keys, new.platform, grant, now).await?,
        };
        let id = tx
            .insert(
                "INSERT INTO shop (producer_id, platform_id, consent_id, channel, handle, remote_id, title, state,
                     settings, hook_secret_sealed, capability, surveyed_at, orders_since_at, orders_until_at,
                     created_at, updated_at, max_units)
                 SELECT $1, $2, $3, channel, $4, $5, $6, 'new', $7, $8, $9, $10, $11, $11, $12, $12, $13
                 FROM platform WHERE id = $2
                 RETURNING id",
                args![
                    new.producer,
                    new.platform,
                    grant,
                    &*new.handle,
                    new.remote_id.as_str(),
                    &*new.title,
                    new.settings.to_string(),
                    hook,
                    new.capability.as_ref().map(capability_text).transpose()?,
                    new.capability.as_ref().map(|_| now),
                    new.orders_since,
                    now,
                    new.capability.as_ref().map_or(u32::MAX, |capability| capability.stock.max_units),
                ],
            )
            .await?;
        let id = ShopId::new(id);
        tx.execute("INSERT INTO lease (shop_id, owner, term, until_at) VALUES ($1, '', 0, 0)", args![id])
            .await?;
        tx.touch(id);
        tx.commit().await?;
        Ok(id)
    }

    /// All shops, by handle.
    pub async fn shops(&self) -> Result<Vec<ShopRow>> {
        let rows = self.read().rows(select_shop!("ORDER BY handle"), args![]).await?;
        rows.iter().map(|row| self.shop_row(row)).collect()
    }

    /// One shop. Errors: `NotFound`.
    pub async fn shop(&self, id: ShopId) -> Result<ShopRow> {
        let row = self.read().find(select_shop!("WHERE id = $1"), args![id]).await?;
        self.shop_row(&row.ok_or_else(|| StoreError::NotFound(format!("shop {id}")))?)
    }

    /// The shop with this handle.
    pub async fn find_shop_by_handle(&self, handle: &str) -> Result<Option<ShopRow>> {
        let row = self.read().find(select_shop!("WHERE handle = $1"), args![handle]).await?;
        row.map(|row| self.shop_row(&row)).transpose()
    }

    /// The shop that a platform's webhooks name so.
    pub async fn find_shop_by_remote(
        &self,
        platform: PlatformId,
        remote: &RemoteShopId,
    ) -> Result<Option<ShopRow>> {
        let row = self
            .read()
            .find(select_shop!("WHERE platform_id = $1 AND remote_id = $2"), args![platform, remote.as_str()])
            .await?;
        row.map(|row| self.shop_row(&row)).transpose()
    }

    /// Moves a shop to another state, with the reason for people. Its lane is woken.
    pub async fn set_shop_state(
        &self,
        id: ShopId,
        state: ShopState,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let changed = tx
            .execute(
                "UPDATE shop SET state = $2, state_reason = $3, updated_at = $4 WHERE id = $1",
                args![id, state.as_str(), reason, now],
            )
            .await?;
        if changed == 0 {
            return Err(StoreError::NotFound(format!("shop {id}")));
        }
        tx.touch(id);
        tx.commit().await
    }

    /// Stores what a survey found that the shop allows.
    pub async fn save_capability(
        &self,
        id: ShopId,
        title: &str,
        capability: &Capability,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        tx.execute(
            "UPDATE shop SET title = $2, capability = $3, max_units = $5, surveyed_at = $4, updated_at = $4 WHERE id = $1",
            args![id, title, capability_text(capability)?, now, capability.stock.max_units],
        )
        .await?;
        tx.commit().await
    }

    /// Replaces the shop's own settings.
    pub async fn save_shop_settings(
        &self,
        id: ShopId,
        settings: &serde_json::Value,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        tx.execute(
            "UPDATE shop SET settings = $2, updated_at = $3 WHERE id = $1",
            args![id, settings.to_string(), now],
        )
        .await?;
        tx.touch(id);
        tx.commit().await
    }

    /// Lets no call leave before `until`: the channel asked for it. Only ever moves later.
    pub async fn freeze_shop(&self, lease: &Lease, until: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.execute(
            "UPDATE shop SET frozen_until_at = $2 WHERE id = $1 AND frozen_until_at < $2",
            args![lease.shop, until],
        )
        .await?;
        tx.commit().await
    }

    /// Remembers where the audit goes on; `None` ends a full walk at `now`.
    pub async fn save_audit(&self, lease: &Lease, cursor: Option<&Cursor>, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.execute(
            "UPDATE shop SET audit_cursor = $2, audited_at = CASE WHEN $2 IS NULL THEN $3 ELSE audited_at END
             WHERE id = $1",
            args![lease.shop, cursor.map(Cursor::as_str), now],
        )
        .await?;
        tx.commit().await
    }

    /// Remembers that the look-back sweep of orders was done.
    pub async fn save_sweep(&self, lease: &Lease, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.execute("UPDATE shop SET swept_at = $2 WHERE id = $1", args![lease.shop, now]).await?;
        tx.commit().await
    }

    fn shop_row(&self, row: &Row) -> Result<ShopRow> {
        let handle = row.text("handle")?;
        let place = Place("shop", "hook_secret_sealed", &handle);
        let hook = row.find_bytes("hook_secret_sealed")?;
        Ok(ShopRow {
            id: ShopId::new(row.int("id")?),
            producer: row.find_int("producer_id")?.map(ProducerId::new),
            platform: PlatformId::new(row.int("platform_id")?),
            grant: GrantId::new(row.int("consent_id")?),
            channel: row.text("channel")?,
            remote_id: RemoteShopId::new(row.text("remote_id")?),
            title: row.text("title")?,
            state: ShopState::parse(&row.text("state")?)?,
            state_reason: row.find_text("state_reason")?,
            settings: row.json("settings")?,
            hook_secret: hook
                .map(|sealed| self.keys().unseal_text(&place, &sealed).map(Secret::new))
                .transpose()?,
            capability: row.find_json("capability")?,
            surveyed_at: row.find_at("surveyed_at")?,
            orders_since: row.at("orders_since_at")?,
            orders_until: row.at("orders_until_at")?,
            orders_read_at: row.at("orders_read_at")?,
            swept_at: row.at("swept_at")?,
            audit_cursor: row.find_text("audit_cursor")?.map(Cursor::new),
            audited_at: row.at("audited_at")?,
            frozen_until: row.at("frozen_until_at")?,
            handle,
        })
    }
}

/// The grant that a new shop is opened with.
#[derive(Debug, Clone, Copy)]
pub enum NewGrant<'a> {
    Own(&'a Grant),
    Shared(GrantId),
}

fn capability_text(capability: &Capability) -> Result<String> {
    serde_json::to_string(capability).map_err(|error| StoreError::Refused(format!("capability: {error}")))
}
