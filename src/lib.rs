//! Gánh: one master catalogue in step with every place it is sold.

#[macro_use]
pub mod mutant;

pub mod catalogue;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod ids;
pub mod listing;
pub mod orders;
pub mod plan;
pub mod stock;
pub mod store;
pub mod sync;
pub mod web;
