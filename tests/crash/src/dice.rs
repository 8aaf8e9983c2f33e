//! Seeded chance: SplitMix64. The same seed gives the same script.

/// One stream of numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A stream of its own for each `part` of the test.
    pub const fn new(seed: u64, part: u64) -> Self {
        Self(seed ^ part.wrapping_mul(0xA24B_AED4_963E_E407))
    }

    /// Sixty-four random bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is above zero.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// One of these.
    pub fn choose<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        if among.is_empty() {
            return None;
        }
        let place = usize::try_from(self.below(among.len() as u64)).unwrap_or(0);
        among.get(place)
    }
}
