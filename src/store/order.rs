//! Orders in the store: the raw payload first and sealed, then what we understood, then the ledger and every other shop's figures, all in
//! one transaction.
//!
//! ```text
//!   reading ─▶ newer than what we hold? ─▶ order, lines ─▶ movements (unique cause) ─▶ balances
//!                                            │ mapped by remote id, retired id, SKU        │
//!                                            └ unmapped: kept, alarm                       └▶ recompute: desired figures, dirty offers
//! ```

mod held;
mod ingest;
mod known;
mod mapping;
mod own_offer;
mod page;
mod write;

pub use held::HeldOrder;
pub use ingest::{Ingested, OrderRules, Watermark};
pub(in crate::store) use own_offer::OwnMove;
pub use page::{OrderLineRow, OrderRow, Shortage};
