//! The store's suite: each story runs on SQLite and on PostgreSQL.

mod keys;
mod leases;
mod shops;
mod transactions;
mod world;
