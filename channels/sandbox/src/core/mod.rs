//! What all simulated marketplaces share. Knows no marketplace.
//!
//! [`market::Market`] is the seam: a marketplace answers calls and opens its books; everything
//! around it (listening, latency, quota, faults, journal, control API, webhooks) is here.

pub mod books;
pub mod client;
pub mod clock;
pub mod control;
pub mod cut;
pub mod dice;
pub mod faults;
pub mod hooks;
pub mod journal;
pub mod market;
pub mod multipart;
pub mod quota;
pub mod server;
pub mod text;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use books::{Books, ListingBook, OfferBook, OrderBook, OrderLineBook, Standing};
pub use clock::Clock;
pub use dice::Dice;
pub use faults::{FaultKind, Faults, Hit};
pub use hooks::{Hooks, Job, Parcel};
pub use journal::{Journal, Kind};
pub use market::{Answer, Buyable, Call, Market, OrderWish, Refusal, Reply, Trouble, WishLine};
pub use quota::Quota;
pub use server::{Options, Running, start};

/// The shared half of one sandbox. A market keeps an `Arc` of it.
pub struct Core {
    /// The seed the sandbox was started with; all its randomness comes from it.
    pub seed: u64,
    /// The world's clock: real time plus an offset.
    pub clock: Arc<Clock>,
    /// Randomness, repeatable by seed.
    pub dice: Dice,
    /// The faults that wait to strike.
    pub faults: Faults,
    /// Every call, in order.
    pub journal: Journal,
    /// Call limits, per shop.
    pub quota: Quota,
    /// How long every answer takes.
    pub latency: Latency,
    /// Webhooks waiting to be sent.
    pub hooks: Arc<Hooks>,
}

impl Core {
    /// Makes the shared half from a seed. Starts no task.
    #[must_use]
    pub fn new(seed: u64) -> Arc<Self> {
        let clock = Arc::new(Clock::default());
        Arc::new(Self {
            seed,
            dice: Dice::new(seed),
            faults: Faults::new(seed),
            journal: Journal::default(),
            quota: Quota::default(),
            latency: Latency::default(),
            hooks: Hooks::new(Arc::clone(&clock), seed),
            clock,
        })
    }
}

/// The delay before each answer: `ms`, give or take up to `jitter_ms`.
#[derive(Default)]
pub struct Latency(Mutex<(u64, u64)>);

impl Latency {
    /// Sets the delay, both in milliseconds.
    pub fn set(&self, ms: u64, jitter_ms: u64) {
        *lock(&self.0) = (ms, jitter_ms);
    }

    /// Draws the delay of one call, in milliseconds.
    pub fn draw(&self, dice: &Dice) -> u64 {
        let (ms, jitter) = *lock(&self.0);
        if jitter == 0 {
            return ms;
        }
        (ms + dice.below(2 * jitter + 1)).saturating_sub(jitter)
    }
}

/// Locks, and carries on after a panic elsewhere: the worlds hold no broken intermediate states worth dying for.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
