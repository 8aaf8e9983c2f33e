//! Simulated marketplaces, for the demo, the tests and rehearsals.
//!
//! ```text
//!  client ─▶ core::server ─ latency ─ quota ─ faults ─▶ Market::answer ─▶ journal ─▶ client
//!                 │                                        (woocommerce, shopee, lazada, tiktok_shop)
//!            /_sandbox/… ─▶ core::control ─▶ Market::{books, place_order, …}
//! ```
//!
//! `core` is what all of them share: the control API, the world's clock, faults, quotas, the journal
//! of calls and the webhook sender. Each marketplace is one [`core::Market`]. Written from the
//! marketplaces' documents and observations only; shares no code with the adapters, so that a
//! misreading there is not repeated here.

pub mod core;
pub mod lazada;
pub mod shopee;
pub mod tiktok_shop;
pub mod woocommerce;

pub use crate::core::books::{Books, ListingBook, OfferBook, OrderBook, OrderLineBook, Standing};
pub use crate::core::market::Market;
pub use crate::core::server::{Options, Running};
