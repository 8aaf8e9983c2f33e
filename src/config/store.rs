//! `[store]`: where the store is.

use super::reader::{Reader, SettingError};
use std::path::PathBuf;

/// Where the store is and how much of the machine it may use.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// The embedded database's file, used where no server is named.
    pub path: PathBuf,
    /// A PostgreSQL server; may hold a password.
    pub server: Option<String>,
    pub connections: u32,
    /// Page cache of the embedded database's writer.
    pub cache_kib: u32,
}

impl StoreSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        let server = reader.text("store.url")?;
        let is_server = |url: &str| url.starts_with("postgres://") || url.starts_with("postgresql://");
        if server.as_deref().is_some_and(|url| !is_server(url)) {
            // The value may hold a password, so it is not repeated.
            return Err(SettingError(
                "store.url names no PostgreSQL server: write postgres://user@host/name, or store.path for a file".into(),
            ));
        }
        let cache = reader.size("store.cache", 1 << 20, 4 << 30)?;
        Ok(Self {
            path: reader.said("store.path", "the path of a file")?.into(),
            server,
            connections: reader.number("store.connections", 1, 100)?,
            cache_kib: u32::try_from(cache >> 10).unwrap_or(u32::MAX),
        })
    }

    /// `sqlite:/path/ganh.db`, or the server's address.
    pub fn url(&self) -> String {
        self.server.clone().unwrap_or_else(|| format!("sqlite:{}", self.path.display()))
    }
}

impl std::fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, server, connections, cache_kib } = self;
        f.debug_struct("StoreSettings")
            .field("path", path)
            .field("server", &server.as_ref().map(|_| "postgres://…"))
            .field("connections", connections)
            .field("cache_kib", cache_kib)
            .finish()
    }
}
