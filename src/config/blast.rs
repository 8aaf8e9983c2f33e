//! `[blast]`: how much a plan may do without asking (I10).

use super::reader::{Reader, SettingError};

/// Limits of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlastSettings {
    pub max_zeroed: u32,
    pub max_zeroed_percent: u32,
    pub max_reprice_percent: u32,
    pub max_delisted: u32,
}

impl BlastSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        let most = 1_000_000;
        Ok(Self {
            max_zeroed: reader.number("blast.max_zeroed", 0, most)?,
            max_zeroed_percent: reader.number("blast.max_zeroed_percent", 0, 100)?,
            max_reprice_percent: reader.number("blast.max_reprice_percent", 0, 1_000)?,
            max_delisted: reader.number("blast.max_delisted", 0, most)?,
        })
    }
}
