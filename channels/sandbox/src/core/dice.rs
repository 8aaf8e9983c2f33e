//! Repeatable randomness: splitmix64 behind an atomic. Same seed and same order of draws, same world.

use std::sync::atomic::{AtomicU64, Ordering};

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A seeded source of random numbers that may be shared.
pub struct Dice(AtomicU64);

impl Dice {
    /// Makes dice from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Draws 64 bits.
    pub fn draw(&self) -> u64 {
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Draws a number below `bound`; 0 when `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // The bias of a 64-bit remainder is far below anything a sandbox could show.
        self.draw() % bound
    }

    /// Draws an index below `len`; 0 when `len` is 0.
    pub fn index(&self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// True with probability `p` (0 to 1).
    pub fn chance(&self, p: f64) -> bool {
        const WHOLE: u64 = 1 << 53;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
        let part = self.below(WHOLE) as f64 / WHOLE as f64;
        part < p
    }

    /// Draws `len` lower-case hexadecimal digits.
    pub fn hex(&self, len: usize) -> String {
        let mut out = String::with_capacity(len + 16);
        while out.len() < len {
            out.push_str(&format!("{:016x}", self.draw()));
        }
        out.truncate(len);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_same_seed_gives_the_same_throws() {
        let (one, two) = (Dice::new(7), Dice::new(7));

        assert_eq!(one.draw(), two.draw());
        assert_eq!(one.hex(40), two.hex(40));
        assert_ne!(Dice::new(8).draw(), Dice::new(7).draw());
    }
}
