//! `[stock]`: the rules where no layer says anything else.

use super::reader::{Reader, SettingError};

/// The outermost stock rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockSettings {
    pub allocation: DefaultAllocation,
    /// In percent of the sellable units.
    pub share_percent: u32,
    /// In units.
    pub buffer: u32,
    /// In units; `None`: no limit.
    pub cap: Option<u32>,
    /// In units.
    pub threshold: u32,
}

/// Whether shops may promise the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAllocation {
    Shared,
    Strict,
}

impl StockSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        let most = 1_000_000;
        let cap = Some(reader.number("stock.cap", 0, most)?).filter(|cap| *cap > 0);
        let threshold = reader.number("stock.threshold", 0, most)?;
        if cap.is_some_and(|cap| cap < threshold) {
            return Err(reader.wrong("stock.threshold", "at most stock.cap: above it nothing is ever shown"));
        }
        let words = [("shared", DefaultAllocation::Shared), ("strict", DefaultAllocation::Strict)];
        Ok(Self {
            allocation: reader.word("stock.allocation", &words)?,
            share_percent: reader.number("stock.share_percent", 1, 100)?,
            buffer: reader.number("stock.buffer", 0, most)?,
            cap,
            threshold,
        })
    }
}
