//! From the difference to calls. Pure.
//!
//! ```text
//!   offers, most harmful first ─▶ changes: what may leave now · what is held, and why
//!                                    │
//!                                    ├─▶ blast: stops and asks where a plan does too much at once (I10)
//!                                    ▼
//!                                  pack: the fewest calls that fit the channel, the most harmful first (I8, I9)
//! ```
//!
//! `shop_plan` is the same for a person: what connecting a shop would do, before any call that writes.

pub mod blast;
pub mod changes;
pub mod pack;
pub mod shop_plan;

pub use blast::{Blast, Deed, Limits, check};
pub use changes::{Change, Changes, Gates, Held, WhyHeld, changes};
pub use pack::{Ceilings, Known, Unpackable, fewest, halve, pack};
pub use shop_plan::{PlannedListing, ShopPlan, shop_plan};
