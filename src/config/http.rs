//! `[http]`: how marketplaces are called.

use super::reader::{Reader, SettingError};
use std::path::{Path, PathBuf};

/// How marketplaces are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// A file with authorities beside the system's, as PEM.
    pub extra_ca: Option<PathBuf>,
}

impl HttpSettings {
    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        Ok(Self { extra_ca: reader.text("http.extra_ca")?.map(PathBuf::from) })
    }

    /// The extra authorities as PEM, a relative path being looked for in `folder`; empty where none is named.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate.
    pub fn extra_ca(&self, folder: &Path) -> Result<Vec<u8>, SettingError> {
        let Some(path) = &self.extra_ca else { return Ok(Vec::new()) };
        let path = folder.join(path);
        let shown = path.display();
        let pem = std::fs::read(&path).map_err(|error| {
            SettingError(format!("http.extra_ca {shown} cannot be read: {error}; name a file with certificates, or leave it empty"))
        })?;
        let mark = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(mark.len()).any(|part| part == mark) {
            return Err(SettingError(format!(
                "http.extra_ca {shown} holds no certificate: write them as PEM (-----BEGIN CERTIFICATE-----)"
            )));
        }
        Ok(pem)
    }
}
