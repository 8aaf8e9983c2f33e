//! `[log]`: how the daemon speaks on standard error.

use super::reader::{Reader, SettingError};
use tracing_subscriber::EnvFilter;

/// Form and amount of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    /// A filter that `EnvFilter` understands.
    pub level: String,
}

/// For people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl LogSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        let mend = "error, warn, info, debug or trace, or per part such as \"info,ganh::sync=debug\"";
        let level = reader.said("log.level", mend)?;
        let known = |part: &str| {
            let level = part.rsplit_once('=').map_or(part, |(_, level)| level).trim();
            ["error", "warn", "info", "debug", "trace", "off"].contains(&level)
        };
        if !level.split(',').all(known) || level.parse::<EnvFilter>().is_err() {
            return Err(reader.wrong("log.level", mend));
        }
        let words = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        Ok(Self { format: reader.word("log.format", &words)?, level })
    }
}
