//! One process put together: gateway, register, engine.

use super::GatewayPace;
use crate::channels::Register;
use crate::clock::Clock;
use crate::store::Store;
use crate::sync::{Engine, Rules, Witness};
use ganh_contract::Result;
use ganh_http::{Gateway, Recorder, Settings};
use std::sync::Arc;

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

/// The engine of a node. Makes no call. Error: the system's certificates cannot be used.
pub fn engine(parts: Parts) -> Result<Engine> {
    let gateway = Gateway::new(Settings::default(), parts.clock.clone(), parts.recorder)?;
    Ok(Engine {
        store: parts.store,
        clock: parts.clock,
        connect: Arc::new(Register::new(gateway.clone())),
        pace: Arc::new(GatewayPace(gateway)),
        witness: parts.witness,
        rulebook: Arc::default(),
        rules: parts.rules,
        owner: parts.owner,
    })
}
