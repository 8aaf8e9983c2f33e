//! Offers, the hot path: what is dirty, what leaves, what became of it, what was read back.
//!
//! ```text
//!   recompute ─▶ dirty ──depart: revisions still the newest? slack? ─▶ in flight ──settle─▶ acknowledged, suspect, later, parked
//!      ▲                                                                              observe ─▶ drift: dirty again
//!      └──────────────────────────────────────────────────────────────────────────────────┘
//! ```
//! All of a batch is one transaction of a few statements, however many rows it has.

mod depart;
mod observe;
mod parking;
mod settle;
mod state;

pub use depart::{Departed, Departure, Verdict};
pub use observe::{Observation, ObservedOfferRow};
pub use parking::ParkedOffer;
pub use settle::{Outcome, Settled};
pub(in crate::store) use state::{Stored, kind_name, rank};

/// At or below so many units a figure is read back after it was written or moved along: zero and last units.
pub const LAST_UNITS: u32 = 3;
