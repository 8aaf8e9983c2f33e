//! One process put together: gateway, register, engine.

use super::{GatewayPace, Shares};
use crate::channels::Register;
use crate::clock::Clock;
use crate::store::Store;
use crate::sync::{Engine, Rules, Witness};
use ganh_contract::Result;
use ganh_http::{Gateway, Recorder, Settings};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// What a node is made of.
#[derive(Debug)]
pub struct Parts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    /// Told of each call to a marketplace.
    pub recorder: Arc<dyn Recorder>,
    /// Told what the lanes did.
    pub witness: Arc<dyn Witness>,
    pub rules: Rules,
    /// Name of this process among the nodes.
    pub owner: Arc<str>,
}

/// The engine of a process that does not share the apps' quotas with others. Makes no call. Error: the system's certificates cannot be used.
pub fn engine(parts: Parts) -> Result<Engine> {
    engine_with(Settings::default(), parts)
}

/// The same, calling as these settings say. Error: its or the system's certificates cannot be used.
pub fn engine_with(http: Settings, parts: Parts) -> Result<Engine> {
    let gateway = Gateway::new(http, parts.clock.clone(), parts.recorder.clone())?;
    Ok(around(gateway, parts))
}

/// The engine of one node among several, with what keeps its part of the apps' quotas: a call that needs one waits until that runs.
/// `None` where no other node can share the store. `ttl`: for how long a dead node keeps its part.
pub fn node(http: Settings, parts: Parts, ttl: Duration) -> Result<(Engine, Option<Shares>)> {
    let gateway = Gateway::new(http, parts.clock.clone(), parts.recorder.clone())?;
    let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::from_secs(30));
    let shares = Shares::of(&parts.store, &gateway, &parts.clock, &parts.owner, ttl);
    Ok((around(gateway, parts), shares))
}

fn around(gateway: Gateway, parts: Parts) -> Engine {
    Engine {
        store: parts.store,
        clock: parts.clock,
        connect: Arc::new(Register::new(gateway.clone())),
        pace: Arc::new(GatewayPace(gateway)),
        witness: parts.witness,
        rulebook: Arc::default(),
        rules: parts.rules,
        owner: parts.owner,
    }
}
