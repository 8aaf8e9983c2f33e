//! What belongs to a platform rather than to one shop: tokens that end soon, and queues of hints.

use super::hooks;
use crate::ids::{PlatformId, ShopId};
use crate::store::StoreError;
use crate::sync::{Engine, renew};
use ganh_contract::FaultKind;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// One round over the platforms whose first shop is driven here. Failures are logged and tried again in the next round.
pub async fn platforms(engine: Engine, driven: Vec<ShopId>) {
    if let Err(error) = round(&engine, &driven).await {
        tracing::warn!("platforms cannot be tended: {error}");
    }
}

async fn round(engine: &Engine, driven: &[ShopId]) -> Result<(), StoreError> {
    // A change of rules that was cut off with its process.
    engine.store.finish_sweeps(engine.clock.now()).await?;
    let driven: BTreeSet<ShopId> = driven.iter().copied().collect();
    let mut first: BTreeMap<PlatformId, ShopId> = BTreeMap::new();
    let mut grants = BTreeSet::new();
    for shop in engine.store.shops().await? {
        let entry = first.entry(shop.platform).or_insert(shop.id);
        *entry = (*entry).min(shop.id);
        if driven.contains(&shop.id) {
            grants.insert(shop.grant);
        }
    }
    let now = engine.clock.now();
    let ahead = SignedDuration::try_from(engine.rules.renew_before).unwrap_or(SignedDuration::from_mins(30));
    for due in engine.store.grants_due(now + ahead, now, SignedDuration::from_secs(90)).await? {
        if !grants.contains(&due.id) {
            continue;
        }
        let generation = engine.store.grant(due.id).await?.generation;
        if let Err(fault) = renew::renew(engine, due.id, generation).await {
            tracing::warn!(fault.kind = fault.kind.name(), "grant {}: not renewed: {fault}", due.id);
        }
    }
    for (platform, shop) in first {
        if driven.contains(&shop) {
            pull_hints(engine, platform).await?;
        }
    }
    Ok(())
}

/// Takes waiting hints; each batch is stored before it is confirmed, so a crash in between only repeats it.
async fn pull_hints(engine: &Engine, id: PlatformId) -> Result<(), StoreError> {
    let opened = match renew::platform(engine, id, None).await {
        Ok(opened) => opened,
        Err(fault) => {
            tracing::warn!("platform {id}: {fault}");
            return Ok(());
        }
    };
    let mut ack = engine.store.find_platform(id).await?.hints_ack;
    for _ in 0..20 {
        let batch = match opened.pull_hints(ack.as_ref()).await {
            Ok(batch) => batch,
            Err(fault) if *fault.kind == FaultKind::Unsupported => return Ok(()),
            Err(fault) => {
                tracing::warn!(fault.kind = fault.kind.name(), "platform {id}: hints not taken: {fault}");
                return Ok(());
            }
        };
        hooks::keep(engine, id, batch.hints).await?;
        engine.store.save_hints_ack(id, &batch.ack).await?;
        ack = Some(batch.ack);
        if !batch.more {
            break;
        }
    }
    Ok(())
}
