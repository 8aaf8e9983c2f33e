//! The ledger's arithmetic: what a movement does to a balance, what can still be sold, how units are divided. Pure.
//!
//! Every unit's journey is a chain of movements; a balance is their sum and nothing else:
//!
//! ```text
//!   receive, return, transfer_in ─▶ on hand ─▶ ship, write_off, transfer_out
//!                                     │
//!        reserve (an order took it) ─▶ reserved ─▶ release (given back) or ship (gone)
//!
//!   sellable = on hand − reserved, shown as 0 when orders took more than there was
//! ```
//!
//! People may not take out what is not there. Orders may: the buyer has bought, whatever we hold; then an `oversold` movement of
//! no effect names the order and the units it found missing.

mod balance;
mod division;
mod movement;

pub use balance::{Balance, Refusal};
pub use division::{bundle_sellable, split};
pub use movement::{Change, MovementKind};
