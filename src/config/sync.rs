//! `[sync]`: the pace of the loops.

use super::reader::{Reader, SettingError};
use std::time::Duration;

/// How often, how long, how many at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncSettings {
    pub lease: Duration,
    pub orders_every: Duration,
    pub orders_every_with_hooks: Duration,
    pub orders_overlap: Duration,
    pub sweep_every: Duration,
    pub look_back: Duration,
    pub audit_every: Duration,
    pub audit_pace: Duration,
    pub verify_pace: Duration,
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
        let settings = Self {
            lease: reader.duration("sync.lease", 2_000, 3600)?,
            orders_every: pace("sync.orders_every", 1_000)?,
            orders_every_with_hooks: pace("sync.orders_every_with_hooks", 1_000)?,
            orders_overlap: pace("sync.orders_overlap", 0)?,
            sweep_every: reader.duration("sync.sweep_every", 60_000, 30 * DAY)?,
            look_back: reader.duration("sync.look_back", 3_600_000, 90 * DAY)?,
            audit_every: reader.duration("sync.audit_every", 60_000, 30 * DAY)?,
            audit_pace: pace("sync.audit_pace", 0)?,
            verify_pace: pace("sync.verify_pace", 0)?,
            poll: reader.duration("sync.poll", 100, 3600)?,
            calls_per_shop: reader.number("sync.calls_per_shop", 1, 64)?,
            shops_per_node: reader.number("sync.shops_per_node", 1, 100_000)?,
            renew_before: pace("sync.renew_before", 0)?,
            drain: reader.duration("sync.drain", 0, 3600)?,
        };
        if settings.look_back < settings.orders_overlap {
            return Err(reader.wrong("sync.look_back", "a time not shorter than sync.orders_overlap"));
        }
        Ok(settings)
    }
}
