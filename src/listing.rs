//! What each shop should show, and what we know it shows. Pure.
//!
//! ```text
//!   pools (sellable units) ─▶ share  ┐
//!   base price ─────────────▶ price  ├─▶ desired figures ─▶ offer: desired · acknowledged · in flight · suspect
//!   season, stops ──────────▶ season ┘
//!   the product's page ─────▶ text, draft ─▶ the listing as a channel takes it, or every complaint at once
//!   a shop's own listings ──▶ matching ─▶ adopt · ask · leave alone
//! ```
//!
//! Rules come in layers: offer over product over shop over producer over default. Every figure can be explained: each step names the
//! rule and the layer that decided it.

pub mod draft;
pub mod explain;
pub mod figures;
pub mod matching;
pub mod page;
pub mod price;
pub mod said;
pub mod scope;
pub mod season;
pub mod share;
pub mod stopped;
pub mod text;

pub use draft::{Alcohol, CategoryChoice, Objection, draft, listing_code};
pub use explain::{Explanation, Language};
pub use figures::{
    Acked, Facets, Figures, Harm, InFlight, ObservedFigures, OfferState, Revs, StockWrite, Suspect,
};
pub use matching::{Adoption, Matches, OurVariant, RemoteListingSeen, match_listings};
pub use page::{PageVariant, ProductPage, ShownCertificate};
pub use price::{EffectivePrice, PriceRules, Priced, Rounding, priced};
pub use said::{both, said_in};
pub use scope::{Layers, RuleFault, Ruled, Scope};
pub use season::{OnSale, Stops, on_sale};
pub use share::{Allocation, Allotment, Consumer, EffectiveStock, KeepLast, Share, StockRules, allot};
pub use stopped::{StopOf, Stopped};
