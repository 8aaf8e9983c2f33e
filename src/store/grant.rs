//! Grants: one token, perhaps for several shops, renewed by exactly one process (I12).
//!
//! ```text
//!   idle ──begin_renewal: intent written──▶ renewing ──finish_renewal: new grant, generation + 1──▶ idle
//!                                              │ fail_renewal ──▶ idle, with the failure
//!                                              └ crash: after `patience` another process begins again, and is told so
//! ```
//! The new grant is stored before anybody uses it. The first of two results for one generation wins; the second is refused.

use super::Store;
use super::error::{Result, StoreError};
use super::keys::{Keys, Place};
use super::lease::later;
use super::tx::{Row, Tx, args};
use crate::ids::{GrantId, PlatformId};
use ganh_contract::{Grant, RemoteShopId, Renewal, Secret};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A grant and how its renewal stands.
#[derive(Debug, Clone)]
pub struct GrantState {
    pub id: GrantId,
    pub platform: PlatformId,
    pub grant: Grant,
    /// Grows with each stored renewal.
    pub generation: i64,
    pub failed_at: Option<Timestamp>,
    pub failure: Option<String>,
}

/// The right to renew one grant once.
#[derive(Debug, Clone)]
pub struct Renewing {
    pub state: GrantState,
    /// An earlier process began and never said what came of it: its token may be used up.
    pub after_crash: bool,
}

/// A grant that must be renewed soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueGrant {
    pub id: GrantId,
    pub access_until: Timestamp,
}

/// What is sealed; the columns beside it repeat only what is no secret.
#[derive(Serialize, Deserialize)]
struct Sealed {
    shops: Vec<RemoteShopId>,
    access: String,
    renewal: Option<String>,
}

impl Store {
    /// The grant itself. Errors: `NotFound`.
    pub async fn grant(&self, id: GrantId) -> Result<GrantState> {
        let row = self
            .read()
            .find(
                "SELECT id, platform_id, grant_sealed, access_until_at, renewal, ends_at, generation, failed_at, failure
                 FROM consent WHERE id = $1",
                args![id],
            )
            .await?;
        unseal(&self.keys(), &row.ok_or_else(|| StoreError::NotFound(format!("grant {id}")))?)
    }

    /// Grants whose access ends before `before` and that nobody renews since `now - patience`; soonest first.
    pub async fn grants_due(
        &self,
        before: Timestamp,
        now: Timestamp,
        patience: SignedDuration,
    ) -> Result<Vec<DueGrant>> {
        // Walks index consent_due.
        let rows = self
            .read()
            .rows(
                "SELECT id, access_until_at FROM consent
                 WHERE access_until_at IS NOT NULL AND access_until_at < $1 AND renewal <> 'never'
                   AND (renewing_at IS NULL OR renewing_at <= $2)
                 ORDER BY access_until_at LIMIT 100",
                args![before, later(now, -patience)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(DueGrant { id: GrantId::new(row.int("id")?), access_until: row.at("access_until_at")? })
            })
            .collect()
    }

    /// Writes the intent to renew; `None` while another process renews. `generation` is the one whose token was found expired: when it
    /// has moved on, somebody renewed already and `None` says to read the grant again.
    pub async fn begin_renewal(
        &self,
        id: GrantId,
        generation: i64,
        owner: &str,
        now: Timestamp,
        patience: SignedDuration,
    ) -> Result<Option<Renewing>> {
        let patience = if mutant!("refresh_without_lease") { SignedDuration::ZERO } else { patience };
        let mut tx = self.write().await?;
        let crashed = tx
            .find(
                super::tx::locking!("SELECT renewing_at FROM consent WHERE id = $1", "FOR UPDATE"),
                args![id],
            )
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("grant {id}")))?
            .find_int("renewing_at")?
            .is_some();
        let row = tx
            .find(
                "UPDATE consent SET renewing_owner = $2, renewing_at = $3
                 WHERE id = $1 AND generation = $5 AND (renewing_at IS NULL OR renewing_at <= $4)
                 RETURNING id, platform_id, grant_sealed, access_until_at, renewal, ends_at, generation, failed_at, failure",
                args![id, owner, now, later(now, -patience), generation],
            )
            .await?;
        tx.commit().await?;
        row.map(|row| Ok(Renewing { state: unseal(&self.keys(), &row)?, after_crash: crashed })).transpose()
    }

    /// Stores the renewed grant; only then may it be used.
    ///
    /// # Errors
    /// `Conflict` when another result for this generation was stored first.
    pub async fn finish_renewal(
        &self,
        id: GrantId,
        generation: i64,
        new: &Grant,
        now: Timestamp,
    ) -> Result<GrantState> {
        let mut tx = self.write().await?;
        let sealed = seal(&self.keys(), id, new)?;
        let row = tx
            .find(
                "UPDATE consent SET grant_sealed = $3, access_until_at = $4, renewal = $5, ends_at = $6,
                     generation = generation + 1, renewing_owner = NULL, renewing_at = NULL, failed_at = NULL,
                     failure = NULL, updated_at = $7
                 WHERE id = $1 AND generation = $2
                 RETURNING id, platform_id, grant_sealed, access_until_at, renewal, ends_at, generation, failed_at, failure",
                args![id, generation, sealed, new.access_until, renewal_name(&new.renewal), new.ends, now],
            )
            .await?;
        tx.commit().await?;
        unseal(&self.keys(), &row.ok_or_else(|| StoreError::Conflict(format!("grant {id}")))?)
    }

    /// Notes that the renewal did not come about and frees the grant for another try. `said` must hold no secret.
    pub async fn fail_renewal(
        &self,
        id: GrantId,
        generation: i64,
        owner: &str,
        said: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        tx.execute(
            "UPDATE consent SET renewing_owner = NULL, renewing_at = NULL, failed_at = $4, failure = $5
             WHERE id = $1 AND generation = $2 AND renewing_owner = $3",
            args![id, generation, owner, now, said],
        )
        .await?;
        tx.commit().await
    }

    /// Replaces a grant after the seller consented anew; renewals of the former one are refused from now on.
    pub async fn replace_grant(&self, id: GrantId, new: &Grant, now: Timestamp) -> Result<GrantState> {
        let generation = self.grant(id).await?.generation;
        self.finish_renewal(id, generation, new, now).await
    }
}

impl Tx {
    pub(super) async fn add_grant(
        &mut self,
        keys: &Keys,
        platform: PlatformId,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<GrantId> {
        let id = self
            .insert(
                "INSERT INTO consent (platform_id, grant_sealed, access_until_at, renewal, ends_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                args![platform, Vec::<u8>::new(), grant.access_until, renewal_name(&grant.renewal), grant.ends, now],
            )
            .await?;
        let id = GrantId::new(id);
        let sealed = seal(keys, id, grant)?;
        self.execute("UPDATE consent SET grant_sealed = $2 WHERE id = $1", args![id, sealed]).await?;
        Ok(id)
    }
}

fn seal(keys: &Keys, id: GrantId, grant: &Grant) -> Result<Vec<u8>> {
    let renewal = match &grant.renewal {
        Renewal::NotNeeded | Renewal::Never => None,
        Renewal::FromKeys(secret) | Renewal::Reusable(secret) | Renewal::SingleUse(secret) => {
            Some(secret.expose().to_owned())
        }
    };
    let sealed = Sealed { shops: grant.shops.clone(), access: grant.access.expose().to_owned(), renewal };
    let text =
        serde_json::to_vec(&sealed).map_err(|error| StoreError::Refused(format!("grant {id}: {error}")))?;
    keys.seal(&Place("consent", "grant_sealed", &id.to_string()), &text)
}

fn unseal(keys: &Keys, row: &Row) -> Result<GrantState> {
    let id = GrantId::new(row.int("id")?);
    let key = id.to_string();
    let text = keys.unseal(&Place("consent", "grant_sealed", &key), &row.bytes("grant_sealed")?)?;
    let damaged = |what: &str| StoreError::Corrupt(format!("grant {id}: {what}"));
    // The parse error is left out: it may quote the secret.
    let sealed: Sealed = serde_json::from_slice(&text).map_err(|_| damaged("unreadable"))?;
    let secret = || sealed.renewal.clone().map(Secret::new).ok_or_else(|| damaged("no refresh token"));
    let renewal = match &*row.text("renewal")? {
        "not_needed" => Renewal::NotNeeded,
        "from_keys" => Renewal::FromKeys(secret()?),
        "reusable" => Renewal::Reusable(secret()?),
        "single_use" => Renewal::SingleUse(secret()?),
        "never" => Renewal::Never,
        other => return Err(damaged(other)),
    };
    Ok(GrantState {
        id,
        platform: PlatformId::new(row.int("platform_id")?),
        grant: Grant {
            shops: sealed.shops,
            access: Secret::new(sealed.access),
            access_until: row.find_at("access_until_at")?,
            renewal,
            ends: row.find_at("ends_at")?,
        },
        generation: row.int("generation")?,
        failed_at: row.find_at("failed_at")?,
        failure: row.find_text("failure")?,
    })
}

const fn renewal_name(renewal: &Renewal) -> &'static str {
    match renewal {
        Renewal::NotNeeded => "not_needed",
        Renewal::FromKeys(_) => "from_keys",
        Renewal::Reusable(_) => "reusable",
        Renewal::SingleUse(_) => "single_use",
        Renewal::Never => "never",
    }
}
