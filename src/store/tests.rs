//! The store's suite: each story runs on SQLite and on PostgreSQL.

mod app_quotas;
mod catalogue;
mod costs;
mod explain;
mod keys;
mod leases;
mod listings;
mod offers;
mod orders;
mod policy;
mod readback;
mod shops;
mod status;
mod stock;
mod stops;
mod strict;
mod transactions;
mod world;
mod writing;
