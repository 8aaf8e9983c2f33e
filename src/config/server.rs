//! `[server]`: where the page, the API, the metrics and the webhooks are.

use super::reader::{Reader, SettingError};
use std::net::SocketAddr;
use url::Url;

/// Addresses of the web side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// How people and marketplaces reach it from outside; without a slash at the end of its path.
    pub public_url: Option<Url>,
    /// How marketplaces reach the webhooks: `hooks_url`, else `public_url`.
    pub hooks_url: Option<Url>,
}

impl ServerSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        let listen = reader.text("server.listen")?.and_then(|text| text.parse().ok()).ok_or_else(|| {
            reader.wrong("server.listen", "an address with a port, such as 127.0.0.1:8080 or [::]:8080")
        })?;
        let public_url = address(reader, "server.public_url")?;
        let hooks_url = address(reader, "server.hooks_url")?.or_else(|| public_url.clone());
        Ok(Self { listen, public_url, hooks_url })
    }

    /// The address of a platform's or shop's webhook, exactly as configured at the marketplace.
    pub fn hook_url(&self, channel: &str, key: &str) -> Option<String> {
        let base = self.hooks_url.as_ref()?.as_str().trim_end_matches('/');
        Some(format!("{base}/hooks/{channel}/{key}"))
    }
}

fn address(reader: &Reader, key: &str) -> Result<Option<Url>, SettingError> {
    let Some(text) = reader.text(key)? else { return Ok(None) };
    let url = Url::parse(&text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    let mend = "an address such as https://ganh.example.vn, without name, password or query";
    url.map(Some).ok_or_else(|| reader.wrong(key, mend))
}
