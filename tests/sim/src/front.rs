//! Which daemons live now: a webhook reaches one of them, or none.

use crate::world::World;
use ganh::sync::Engine;
use std::sync::{Arc, Mutex, PoisonError};

/// The engines that answer, by node.
#[derive(Debug, Clone)]
pub struct Front {
    world: World,
    engines: Arc<Mutex<Vec<Option<Engine>>>>,
}

impl Front {
    pub fn new(world: World, nodes: usize) -> Self {
        Self { world, engines: Arc::new(Mutex::new(vec![None; nodes])) }
    }

    pub fn put(&self, node: usize, engine: Option<Engine>) {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner)[node] = engine;
    }

    /// One that lives, by chance.
    pub fn any(&self) -> Option<Engine> {
        let engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        let living: Vec<&Engine> = engines.iter().flatten().collect();
        if living.is_empty() {
            return None;
        }
        let chosen = self.world.inner().dice.index(living.len());
        Some(living[chosen].clone())
    }
}
