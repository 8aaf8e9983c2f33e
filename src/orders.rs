//! What news of an order does to the ledger. Pure; news may come in any order, twice, late or only in part.
//!
//! A channel tells of a line again and again, and never in the order in which things happened. So a reading is not an event but
//! evidence, and evidence only adds up. Three questions are asked of each reading of a line:
//!
//! ```text
//!   taken?   the channel has taken the units from what it sells (a stage at or after the one where it does so)
//!   given up: units that were cancelled, all of them once the line is cancelled or failed
//!   gone:     units that left for the buyer, once a stage says so: those not given up by then
//! ```
//!
//! The ledger follows the most that was ever said of each. Gone beats given up: what was shipped is not released by a later
//! cancellation, and if the news of a shipment arrives after the news of a cancellation the release is made good by a second
//! reservation. So the sums are the same for every order of arrival (I2), and the cumulative count in each movement's cause keeps a repeat
//! out even where two processes read the same order at once.
//!
//! Returned goods have left; they are sellable again only when a person says so.

mod bracket;
mod effects;
mod stage;

pub use bracket::{Bracket, Interval, Meets, meets, taken_between};
pub use effects::{Effect, EffectKind, Taken, cause, effects};
pub use stage::{order_stage, parse_stage, rank, stage_name};
