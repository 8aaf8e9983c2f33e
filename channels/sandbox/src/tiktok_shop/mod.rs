//! A simulated TikTok Shop (Partner API 202309 and newer, region VN), written from the wire reference of
//! 2026-11-22 ("spec"); what that leaves open says "guess" or "our assumption".
//!
//! ```text
//!  market (the core's seam) ─▶ route (the gate: path, version, app, time, sign, token, cipher, scope)
//!      │                         └▶ consent/auth · category/attribute/brand · media · warehouse
//!      │                            product_write (face_check, sku_check) · product_shelf · figures · audit
//!      │                            product_read · order_read · package_read/ship · cancel · returns  ─▶ envelope
//!      └▶ order_control, seed, control, books (the control API)     order_flow · webhook ─▶ the core's hooks
//! ```

mod aftersale;
mod attribute;
mod audit;
mod auth;
mod books;
mod brand;
mod call;
mod cancel;
mod category;
mod consent;
mod control;
mod envelope;
mod face_check;
mod figures;
mod market;
mod media;
mod order;
mod order_control;
mod order_flow;
mod order_read;
mod order_state;
mod package;
mod package_read;
mod paging;
mod product;
mod product_read;
mod product_shelf;
mod product_write;
mod returns;
mod route;
mod seed;
mod settings;
mod ship;
mod shop;
mod sign;
mod sku_check;
#[cfg(test)]
mod tests;
mod warehouse;
mod webhook;
mod world;

use std::io;
use std::sync::Arc;

use crate::core::server::{self, Options, Running};
use crate::core::{Core, Market};

/// Starts a sandbox with `options.shops` shops of one app; API and auth host are the same address.
///
/// Profiles: `quick` has no delays, `by_hand` none either but leaves audits to the control API,
/// `two_warehouses` opens a second sales warehouse; anything else plays the platform with shortened delays.
/// All of them can be changed by `POST /_sandbox/settings`.
///
/// # Errors
/// When the address cannot be bound.
pub async fn start(options: Options) -> io::Result<Running> {
    let core = Core::new(options.seed);
    core.hooks.demand_within_ms(webhook::TAKEN_WITHIN_MS);
    let profile = options.profile.as_deref().unwrap_or("v202309");
    let world = world::World::new(Arc::clone(&core), options.shops, profile);
    let market: Arc<dyn Market> = Arc::new(market::TiktokShop { world });
    server::start(&options, core, market).await
}
