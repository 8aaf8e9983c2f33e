//! A token bucket of whole calls a second, for the limits that the documents name (spec 7).

/// Filled with one second's calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bucket {
    second: i64,
    used: u32,
}

impl Bucket {
    /// Takes one call of the second of `now_ms`; false: they are used up. 0: unlimited.
    pub fn take(&mut self, per_second: u32, now_ms: i64) -> bool {
        let second = now_ms.div_euclid(1000);
        if self.second != second {
            *self = Self { second, used: 0 };
        }
        self.used = self.used.saturating_add(1);
        per_second == 0 || self.used <= per_second
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    #[test]
    fn a_seconds_calls_end_with_the_second() {
        let mut bucket = Bucket::default();

        assert!(bucket.take(2, 0) && bucket.take(2, 500) && !bucket.take(2, 999) && bucket.take(2, 1000));
    }
}
