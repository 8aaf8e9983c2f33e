//! `[limits]`: the largest things taken from outside.

use super::reader::{Reader, SettingError};

/// Sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSettings {
    pub sheet_bytes: u64,
    pub rows: u32,
    pub picture_bytes: u64,
    pub hook_bytes: usize,
}

impl LimitSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        let hook = reader.size("limits.hook", 1 << 10, 64 << 20)?;
        Ok(Self {
            sheet_bytes: reader.size("limits.sheet", 1 << 10, 1 << 30)?,
            rows: reader.number("limits.rows", 1, 1_000_000)?,
            picture_bytes: reader.size("limits.picture", 1 << 10, 256 << 20)?,
            hook_bytes: usize::try_from(hook).unwrap_or(usize::MAX),
        })
    }
}
