//! Waking a loop: a counter that only grows and somebody who waits for it.
//!
//! Truth is never in the signal. Whoever is woken reads the store; a signal that came twice, late or never costs time, not correctness,
//! because every loop also looks by itself now and then.

use crate::store::Wake;
use std::sync::Arc;
use tokio::sync::watch;

/// The waking side; clones wake the same waiters.
#[derive(Debug, Clone)]
pub struct Bell(Arc<watch::Sender<u64>>);

/// The bells of one shop's lane.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    /// Figures are to be sent.
    pub figures: Bell,
    /// A read-back is owed.
    pub readings: Bell,
    /// Listings are to be made, hints to be followed.
    pub listings: Bell,
}

impl Bells {
    /// Wakes the loops that have this work.
    pub fn ring(&self, wake: Wake) {
        match wake {
            Wake::Figures => self.figures.ring(),
            Wake::Readings => self.readings.ring(),
            Wake::Anything => {
                [&self.figures, &self.readings, &self.listings].into_iter().for_each(Bell::ring)
            }
        }
    }
}

/// The waiting side of one loop.
#[derive(Debug, Clone)]
pub struct Ear(watch::Receiver<u64>);

impl Bell {
    /// A bell that has not rung.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Wakes everybody who listens.
    pub fn ring(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    /// A new listener; rings before this moment do not count.
    pub fn listen(&self) -> Ear {
        let mut receiver = self.0.subscribe();
        receiver.mark_unchanged();
        Ear(receiver)
    }
}

impl Default for Bell {
    fn default() -> Self {
        Self::new()
    }
}

impl Ear {
    /// Waits for a ring that was not yet heard. Cancelling it loses nothing: the ring is still unheard.
    pub async fn hear(&mut self) {
        if self.0.changed().await.is_err() {
            // The bell is gone: nobody will ring again.
            std::future::pending::<()>().await;
        }
    }

    /// True when it rang since the last `hear` or `take`; counts as heard.
    pub fn take(&mut self) -> bool {
        let rang = self.0.has_changed().unwrap_or(false);
        if rang {
            self.0.mark_unchanged();
        }
        rang
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_before_listening_is_not_heard_and_one_after_is_heard_once() {
        let bell = Bell::new();
        bell.ring();
        let mut ear = bell.listen();

        let heard = [
            ear.take(),
            {
                bell.ring();
                bell.ring();
                ear.take()
            },
            ear.take(),
        ];

        assert_eq!(heard, [false, true, false]);
    }
}
