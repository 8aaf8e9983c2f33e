//! Tokens: renewed by exactly one process, and a single-use refresh token is not lost silently in a crash (I12).
//!
//! ```text
//!  begin: intent row, this generation ─▶ call ─▶ finish: new grant stored, generation + 1 ─▶ used
//!         │ another holds it: wait, then read what it stored
//!         └ we died in between: after a while another begins again with the old token; when that is refused, the answer was lost
//!           and the seller is asked, by name of the reason
//! ```

use super::Engine;
use crate::ids::{GrantId, PlatformId};
use crate::store::{ShopRow, StoreError};
use ganh_contract::{Actor, Fault, FaultKind, Platform, Reach, RemoteShop, Renewal, Result};
use jiff::SignedDuration;
use std::sync::Arc;

/// A renewal that did not end in this time died with its process.
const PATIENCE: SignedDuration = SignedDuration::from_secs(90);

/// The code of a fault that only says that another owner has the shop.
pub(super) const STALE_LEASE: &str = "stale_lease";

/// Opens the shop from what the store holds; also says which generation of the grant was used.
pub async fn open(engine: &Engine, shop: &ShopRow) -> Result<(i64, Arc<dyn RemoteShop>)> {
    let state = engine.store.grant(shop.grant).await.map_err(unstored)?;
    let platform = platform(engine, shop.platform, Some(&shop.settings)).await?;
    let opened = platform.open(&state.grant, &shop.remote_id, shop.capability.as_ref())?;
    Ok((state.generation, Arc::from(opened)))
}

/// A platform, with the shop's own settings over its own. Makes no call.
pub async fn platform(
    engine: &Engine,
    id: PlatformId,
    shop_settings: Option<&serde_json::Value>,
) -> Result<Arc<dyn Platform>> {
    let row = engine.store.find_platform(id).await.map_err(unstored)?;
    let mut settings = row.settings.clone();
    if let (Some(all), Some(own)) = (settings.as_object_mut(), shop_settings.and_then(|own| own.as_object()))
    {
        all.extend(own.clone());
    }
    engine
        .connect
        .platform(&row.channel, &row.base_url, &settings, row.secret.as_ref())
        .map_err(|said| Fault::new("open", FaultKind::Unsupported).said(said))
}

/// Brings the grant past generation `known`, here or by waiting for the process that is at it.
pub async fn renew(engine: &Engine, id: GrantId, known: i64) -> Result<()> {
    let began = engine.clock.now();
    loop {
        let state = engine.store.grant(id).await.map_err(unstored)?;
        if state.generation != known {
            return Ok(());
        }
        let dead = |said: &str| Fault::new("renew", FaultKind::Revoked { reach: Reach::Shop }).said(said);
        match state.grant.renewal {
            Renewal::NotNeeded | Renewal::Never => {
                return Err(dead("this consent cannot be renewed: connect the shop anew"));
            }
            Renewal::FromKeys(_) | Renewal::Reusable(_) | Renewal::SingleUse(_) => {}
        }
        let now = engine.clock.now();
        let begun =
            engine.store.begin_renewal(id, known, &engine.owner, now, PATIENCE).await.map_err(unstored)?;
        let Some(renewing) = begun else {
            if now > began + PATIENCE + PATIENCE {
                return Err(
                    Fault::new("renew", FaultKind::Unreachable).said("another process renews for too long")
                );
            }
            engine.clock.sleep_until(now + SignedDuration::from_millis(200)).await;
            continue;
        };
        let platform = platform(engine, renewing.state.platform, None).await?;
        return match platform.renew(&renewing.state.grant).await {
            Ok(fresh) => {
                let now = engine.clock.now();
                engine.store.finish_renewal(id, known, &fresh, now).await.map_err(unstored)?;
                tracing::info!(grant.id = %id, "grant {id}: renewed");
                Ok(())
            }
            Err(fault) => {
                let now = engine.clock.now();
                let said = fault.to_string();
                engine.store.fail_renewal(id, known, &engine.owner, &said, now).await.map_err(unstored)?;
                if renewing.after_crash && fault.actor() != Actor::Nobody {
                    return Err(dead(
                        "the last renewal was cut off and its answer is lost: the seller must consent anew",
                    ));
                }
                Err(fault)
            }
        };
    }
}

/// The store failed where a channel was to be called: nothing left, so the call may be tried again.
pub(super) fn unstored(error: StoreError) -> Fault {
    let fault = Fault::new("store", FaultKind::Unreachable).said(error.to_string());
    if matches!(error, StoreError::StaleLease { .. }) { fault.code(STALE_LEASE) } else { fault }
}
