//! A simulated Shopee Open Platform v2 (market VN), written from the platform's documents of 2026-08
//! and what integrators observed; facts without a section of that reference say "guess".
//!
//! ```text
//!  market (the core's seam) ─▶ route (the gate: parameters, partner, time, sign, token, shop)
//!      │                         └▶ auth/public · category/attribute/limit · media · item_edit/item_check
//!      │                            tier · offer · read/search · promo · order_read/order_event
//!      │                            shipping/document · returns          ─▶ envelope
//!      └▶ order_control, seed, books (the control API)      push ─▶ the core's hooks
//! ```

mod attribute;
mod attribute_check;
mod auth;
mod books;
mod call;
mod category;
mod channel;
mod document;
mod envelope;
mod item;
mod item_check;
mod item_edit;
mod limit;
mod market;
mod media;
mod offer;
mod order;
mod order_control;
mod order_event;
mod order_read;
mod order_state;
mod promo;
mod public;
mod push;
mod read;
mod returns;
mod route;
mod search;
mod seed;
mod settings;
mod shipping;
mod sign;
#[cfg(test)]
mod tests;
mod tier;
mod tier_read;
mod world;

use std::io;
use std::sync::Arc;

use crate::core::server::{self, Options, Running};
use crate::core::{Core, Market};

/// Starts a sandbox with `options.shops` shops of one app.
///
/// Profiles: `quick` has none of the platform's delays (new items are visible at once, parcels have
/// numbers at once); anything else plays them. All of them can be changed by `POST /_sandbox/settings`.
///
/// # Errors
/// When the address cannot be bound.
pub async fn start(options: Options) -> io::Result<Running> {
    let core = Core::new(options.seed);
    let profile = options.profile.as_deref().unwrap_or("v2");
    let world = world::World::new(Arc::clone(&core), options.shops, profile);
    let market: Arc<dyn Market> = Arc::new(market::Shopee { world });
    server::start(&options, core, market).await
}
