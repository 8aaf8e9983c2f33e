//! The crash test: the real daemon, killed with SIGKILL at random moments while simulated marketplaces go on selling; then books are compared.
//!
//! ```text
//!   market (in this process, never dies) ◀── ganh serve ──▶ store (SQLite file, or PostgreSQL)
//!     buyers: every few hundred ms        SIGKILL ──┘          └── power cut: what was not synced is thrown away
//!   merchant: ganh import, ganh stock receive ── killed too
//!   at the end: everything comes to rest; market's books == store == what buyers and merchant remember
//! ```
//!
//! It stands outside: it starts the program as a person does, and reads the tables with SQL of its own, so that a mistake in the program's
//! reading cannot hide one in its writing. The moments are seeded; what meets them is up to the machine, so a seed repeats the script and not
//! every interleaving.

mod audit;
mod base;
mod books;
mod cluster;
mod daemon;
mod dice;
mod disk;
mod goods;
mod market;
mod merchant;
mod outcome;
mod run;
mod town;
mod trade;

pub use base::{Base, Said};
pub use books::Books;
pub use cluster::Cluster;
pub use daemon::{Daemon, free_port, until};
pub use disk::{Disk, Trouble};
pub use goods::Good;
pub use market::{Market, Stall};
pub use outcome::{Outcome, Sums};
pub use run::{Plan, Where, run};
pub use town::Town;
