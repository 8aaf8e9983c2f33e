//! Settings: read in layers, checked once at the start, one struct a section. The rest of the program receives a section, not the whole.
//!
//! `config/ganh.toml` is compiled in: it is the documentation, the defaults and the list of what keys there are.
//!
//! ```text
//!   config/ganh.toml ─▶ the operator's file ─▶ GANH_SECTION__KEY ─▶ command line ─▶ Reader ─▶ Settings
//! ```

mod blast;
mod http;
mod key;
mod limits;
mod log;
mod reader;
mod server;
mod store;
mod sync;
mod units;

#[cfg(test)]
mod tests;

pub use blast::BlastSettings;
pub use http::HttpSettings;
pub use key::KeySettings;
pub use limits::LimitSettings;
pub use log::{LogFormat, LogSettings};
pub use reader::{Layers, SettingError};
pub use server::ServerSettings;
pub use store::StoreSettings;
pub use sync::SyncSettings;

use reader::Reader;

/// `config/ganh.toml` as compiled in, for `ganh init` and for reading.
pub const DEFAULTS: &str = include_str!("../config/ganh.toml");

/// All sections, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub store: StoreSettings,
    pub key: KeySettings,
    pub server: ServerSettings,
    pub sync: SyncSettings,
    pub blast: BlastSettings,
    pub log: LogSettings,
    pub limits: LimitSettings,
    pub http: HttpSettings,
}

impl Settings {
    /// Reads and checks all layers.
    ///
    /// # Errors
    /// The first wrong thing in one line: the key, where it was said, and what to write instead.
    pub fn load(layers: &Layers) -> Result<Self, SettingError> {
        let reader = Reader::open(layers)?;
        Ok(Self {
            store: StoreSettings::read(&reader)?,
            key: KeySettings::read(&reader)?,
            server: ServerSettings::read(&reader)?,
            sync: SyncSettings::read(&reader)?,
            blast: BlastSettings::read(&reader)?,
            log: LogSettings::read(&reader)?,
            limits: LimitSettings::read(&reader)?,
            http: HttpSettings::read(&reader)?,
        })
    }
}
