//! Platforms: our app on a channel, with its sealed secret.

use super::Store;
use super::error::{Result, StoreError};
use super::keys::Place;
use super::tx::{Row, args};
use crate::ids::PlatformId;
use ganh_contract::{Cursor, Secret};
use jiff::Timestamp;

/// A platform to be added.
#[derive(Debug, Clone)]
pub struct NewPlatform {
    /// Kind of channel, such as `shopee`.
    pub channel: String,
    /// The app's id at the channel, or the base address; one row per app.
    pub handle: String,
    pub base_url: String,
    /// What the register needs to make it; no secrets.
    pub settings: serde_json::Value,
    /// The app's secret, where the channel has one.
    pub secret: Option<Secret>,
}

/// A platform as stored.
#[derive(Debug, Clone)]
pub struct PlatformRow {
    pub id: PlatformId,
    pub channel: String,
    pub handle: String,
    pub base_url: String,
    pub settings: serde_json::Value,
    pub secret: Option<Secret>,
    /// Confirms the last stored batch of the hint queue.
    pub hints_ack: Option<Cursor>,
}

impl Store {
    /// Adds a platform, or brings the one of the same channel and handle to these settings.
    pub async fn put_platform(&self, new: &NewPlatform, now: Timestamp) -> Result<PlatformId> {
        let key = format!("{}/{}", new.channel, new.handle);
        let place = Place("platform", "secret_sealed", &key);
        let sealed = new
            .secret
            .as_ref()
            .map(|secret| self.keys().seal(&place, secret.expose().as_bytes()))
            .transpose()?;
        let mut tx = self.write().await?;
        let id = tx
            .insert(
                "INSERT INTO platform (channel, handle, base_url, settings, secret_sealed, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (channel, handle) DO UPDATE SET base_url = excluded.base_url,
                     settings = excluded.settings, secret_sealed = excluded.secret_sealed
                 RETURNING id",
                args![&*new.channel, &*new.handle, &*new.base_url, new.settings.to_string(), sealed, now],
            )
            .await?;
        tx.commit().await?;
        Ok(PlatformId::new(id))
    }

    /// All platforms, by id.
    pub async fn platforms(&self) -> Result<Vec<PlatformRow>> {
        let rows = self
            .read()
            .rows(
                "SELECT id, channel, handle, base_url, settings, secret_sealed, hints_ack FROM platform ORDER BY id",
                args![],
            )
            .await?;
        rows.iter().map(|row| self.platform(row)).collect()
    }

    /// One platform. Errors: `NotFound`.
    pub async fn find_platform(&self, id: PlatformId) -> Result<PlatformRow> {
        let row = self
            .read()
            .find(
                "SELECT id, channel, handle, base_url, settings, secret_sealed, hints_ack FROM platform WHERE id = $1",
                args![id],
            )
            .await?;
        self.platform(&row.ok_or_else(|| StoreError::NotFound(format!("platform {id}")))?)
    }

    /// Remembers that the batch of hints with this confirmation is stored.
    pub async fn save_hints_ack(&self, id: PlatformId, ack: &Cursor) -> Result<()> {
        let mut tx = self.write().await?;
        tx.execute("UPDATE platform SET hints_ack = $2 WHERE id = $1", args![id, ack.as_str()]).await?;
        tx.commit().await
    }

    fn platform(&self, row: &Row) -> Result<PlatformRow> {
        let (channel, handle) = (row.text("channel")?, row.text("handle")?);
        let key = format!("{channel}/{handle}");
        let place = Place("platform", "secret_sealed", &key);
        let sealed = row.find_bytes("secret_sealed")?;
        Ok(PlatformRow {
            id: PlatformId::new(row.int("id")?),
            base_url: row.text("base_url")?,
            settings: row.json("settings")?,
            secret: sealed
                .map(|sealed| self.keys().unseal_text(&place, &sealed).map(Secret::new))
                .transpose()?,
            hints_ack: row.find_text("hints_ack")?.map(Cursor::new),
            channel,
            handle,
        })
    }
}
