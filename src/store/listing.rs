//! Listings in the store: wanted, intended, built, reviewed, live, gone.
//!
//! ```text
//!   wanted ──intend: key stored before the call──▶ intended ──ticket──▶ building, reviewing ──linked──▶ live ──listing_gone──▶ gone
//!                 ▲                                  │ cut: outcome unknown
//!                 └──── a new key only after a find that counts saw nothing (I3) ────┘
//! ```

mod approve;
mod foresee;
mod lifecycle;
mod link;
mod page;
mod seen;
mod want;

pub use approve::Approval;
pub use lifecycle::{Intent, ListingRow, ListingState, ParkedListing};
pub use link::{LinkedListing, ShownOffer};
pub use page::ListingPage;
pub use seen::SeenListing;
