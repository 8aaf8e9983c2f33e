//! A simulated Lazada Open Platform (market VN), written from its documents of 2025-12 and what integrators observed;
//! facts that neither tells say "guess" or "the sandbox's decision".
//!
//! ```text
//!  market (the core's seam) ─▶ params ─▶ gate (path, verb, app, time, sign, token, shop)
//!      │                                   └▶ public/auth · category/attribute · media · seller
//!      │                                      create/update (sku_draft, check) · offer · retire · read/view
//!      │                                      order_read · fulfil · cancel · returns · finance  ─▶ envelope
//!      └▶ order_place, order_control, seed, books (the control API)        push ─▶ the core's hooks
//! ```
//!
//! [`item`] holds what is sold and its stock, [`order`] what was bought, one row per unit; [`order_move`] lets the one act on the other.

mod app;
mod attribute;
mod auth;
mod books;
mod brand;
mod bucket;
mod call;
mod cancel;
mod category;
mod check;
mod complaints;
mod control;
mod create;
mod document;
mod envelope;
mod finance;
mod fulfil;
mod gate;
mod item;
mod market;
mod media;
mod offer;
mod order;
mod order_control;
mod order_move;
mod order_place;
mod order_read;
mod order_state;
mod params;
mod payload;
mod public;
mod push;
mod read;
mod retire;
mod returns;
mod seed;
mod seller;
mod settings;
mod sign;
mod sku_draft;
#[cfg(test)]
mod tests;
mod time;
mod update;
mod view;
mod world;
mod xml;

use std::io;
use std::sync::Arc;

use crate::core::server::{self, Options, Running};
use crate::core::{Core, Market};

/// Starts a sandbox with `options.shops` shops that have all consented to one app.
///
/// Profiles: `quick` has none of the platform's delays, `held` leaves every review to the control API, `test` is an app
/// in test; anything else plays the platform. All of it can be changed by `POST /_sandbox/settings`.
///
/// # Errors
/// When the address cannot be bound.
pub async fn start(options: Options) -> io::Result<Running> {
    let core = Core::new(options.seed);
    let profile = options.profile.as_deref().unwrap_or("vn");
    let world = world::World::new(Arc::clone(&core), options.shops, profile);
    let market: Arc<dyn Market> = Arc::new(market::Lazada { world });
    server::start(&options, core, market).await
}
