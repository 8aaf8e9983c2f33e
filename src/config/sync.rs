//! `[sync]`: the pace of the loops.

use super::reader::{Reader, SettingError};
use std::time::Duration;

/// How often, how long, how many at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncSettings {
    pub lease: Duration,
    pub orders_every: Duration,
    pub sweep_every: Duration,
    pub look_back: Duration,
    pub audit_pace: Duration,
    pub poll: Duration,
    pub calls_per_shop: u32,
    pub shops_per_node: u32,
    pub renew_before: Duration,
    pub drain: Duration,
}

const DAY: u64 = 24 * 3600;

impl SyncSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        let pace = |key: &str, least_ms| reader.duration(key, least_ms, DAY);
        Ok(Self {
            lease: reader.duration("sync.lease", 2_000, 3600)?,
            orders_every: pace("sync.orders_every", 1_000)?,
            sweep_every: reader.duration("sync.sweep_every", 60_000, 30 * DAY)?,
            look_back: reader.duration("sync.look_back", 3_600_000, 90 * DAY)?,
            audit_pace: pace("sync.audit_pace", 0)?,
            poll: reader.duration("sync.poll", 100, 3600)?,
            calls_per_shop: reader.number("sync.calls_per_shop", 1, 64)?,
            shops_per_node: reader.number("sync.shops_per_node", 1, 100_000)?,
            renew_before: pace("sync.renew_before", 0)?,
            drain: reader.duration("sync.drain", 0, 3600)?,
        })
    }
}
