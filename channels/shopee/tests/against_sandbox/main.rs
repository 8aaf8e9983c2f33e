//! The adapter against the simulated marketplace, which was written from the same documents by another hand.

mod app;
mod listings;
mod offers;
mod orders;
mod world;
