//! Remembers how long lowering took, for the closing table.

use crate::ids::ShopId;
use crate::sync::Witness;
use jiff::SignedDuration;
use std::sync::{Mutex, PoisonError};

/// Milliseconds from "order known" to the moment a lowering left, and to its acknowledgement.
#[derive(Debug, Default)]
pub struct Stopwatch {
    left: Mutex<Vec<f64>>,
    lowered: Mutex<Vec<f64>>,
}

impl Stopwatch {
    /// The share `p` of all lowerings had left by so many milliseconds; `None` when there were none.
    pub fn left(&self, p: f64) -> Option<f64> {
        quantile(&self.left, p)
    }

    /// The same up to the acknowledgement.
    pub fn lowered(&self, p: f64) -> Option<f64> {
        quantile(&self.lowered, p)
    }
}

impl Witness for Stopwatch {
    fn lowering_left(&self, _: ShopId, after: SignedDuration) {
        push(&self.left, after);
    }

    fn lowered(&self, _: ShopId, after: SignedDuration) {
        push(&self.lowered, after);
    }
}

fn push(into: &Mutex<Vec<f64>>, after: SignedDuration) {
    into.lock().unwrap_or_else(PoisonError::into_inner).push(after.as_secs_f64() * 1_000.0);
}

fn quantile(of: &Mutex<Vec<f64>>, p: f64) -> Option<f64> {
    let mut sorted = of.lock().unwrap_or_else(PoisonError::into_inner).clone();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * p).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}
