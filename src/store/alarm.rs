//! Alarms: what somebody should look at, once per subject, until it is cleared.

use super::Store;
use super::error::Result;
use super::tx::{Tx, args};
use crate::ids::ShopId;
use ganh_contract::Actor;
use jiff::Timestamp;

/// An open alarm.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Alarm {
    pub shop: Option<ShopId>,
    pub kind: String,
    pub subject: String,
    pub actor: Actor,
    pub said: String,
    pub raised_at: Timestamp,
}

impl Store {
    /// Raises an alarm; one that is already open keeps its first instant and takes the new words.
    pub async fn raise_alarm(&self, alarm: &Alarm) -> Result<()> {
        let mut tx = self.write().await?;
        tx.raise_alarm(alarm).await?;
        tx.commit().await
    }

    /// Clears an alarm; one that is not open is left alone.
    pub async fn clear_alarm(&self, kind: &str, subject: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        tx.execute(
            "UPDATE alarm SET cleared_at = $3 WHERE kind = $1 AND subject = $2 AND cleared_at IS NULL",
            args![kind, subject, now],
        )
        .await?;
        tx.commit().await
    }

    /// Open alarms, newest first, at most `limit`.
    pub async fn open_alarms(&self, limit: usize) -> Result<Vec<Alarm>> {
        // Walks index alarm_open.
        let rows = self
            .read()
            .rows(
                "SELECT shop_id, kind, subject, actor, said, raised_at FROM alarm WHERE cleared_at IS NULL
                 ORDER BY raised_at DESC, id DESC LIMIT $1",
                args![limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Alarm {
                    shop: row.find_int("shop_id")?.map(ShopId::new),
                    kind: row.text("kind")?,
                    subject: row.text("subject")?,
                    actor: actor(&row.text("actor")?),
                    said: row.text("said")?,
                    raised_at: row.at("raised_at")?,
                })
            })
            .collect()
    }
}

impl Tx {
    pub(super) async fn raise_alarm(&mut self, alarm: &Alarm) -> Result<()> {
        self.execute(
            "INSERT INTO alarm (shop_id, kind, subject, actor, said, raised_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (kind, subject) DO UPDATE SET shop_id = excluded.shop_id, actor = excluded.actor,
                 said = excluded.said, cleared_at = NULL,
                 raised_at = CASE WHEN alarm.cleared_at IS NULL THEN alarm.raised_at ELSE excluded.raised_at END",
            args![alarm.shop, &*alarm.kind, &*alarm.subject, actor_name(alarm.actor), &*alarm.said, alarm.raised_at],
        )
        .await?;
        Ok(())
    }
}

pub(super) const fn actor_name(actor: Actor) -> &'static str {
    match actor {
        Actor::Nobody => "nobody",
        Actor::Producer => "producer",
        Actor::Admin => "admin",
        Actor::Developer => "developer",
    }
}

/// The schema's CHECK lets no other name in.
pub(super) fn actor(name: &str) -> Actor {
    match name {
        "producer" => Actor::Producer,
        "admin" => Actor::Admin,
        "developer" => Actor::Developer,
        _ => Actor::Nobody,
    }
}
