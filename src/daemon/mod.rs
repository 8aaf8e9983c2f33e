//! The life of the process: leases shops, runs a lane for each, tends what belongs to no single shop, drains at the end.
//!
//! ```text
//!  every third of a lease: extend ours, take free ones ─▶ one lane each
//!  store.changed() ─▶ the lane's bell
//!  every minute: tokens that end soon, hint queues of platforms
//!  where nodes share a store: each keeps its part of the apps' quotas
//!  stop: lanes finish what is in flight within the deadline, leases are given back
//! ```

mod front;
mod hooks;
mod node;
mod pace;
mod share;
mod supervisor;
mod tend;

pub use front::{receiver, recorder, witness};
pub use hooks::{Post, receive};
pub use node::{Parts, engine, engine_with, node};
pub use pace::GatewayPace;
pub use share::Shares;
pub use supervisor::{Supervisor, Times};
