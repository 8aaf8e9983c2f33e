//! `[key]`: the master key, from the environment or from a file that only its owner reads.

use super::reader::{Reader, SettingError};
use ganh_contract::Secret;
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where the master key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySettings {
    pub file: PathBuf,
}

impl KeySettings {
    /// The variable that holds the key itself.
    pub const VARIABLE: &'static str = "GANH_MASTER_KEY";

    pub(super) fn read(reader: &Reader) -> Result<Self, SettingError> {
        Ok(Self { file: reader.said("key.file", "the path of a file")?.into() })
    }

    /// The key's text: from `GANH_MASTER_KEY`, else from the file (one key a line, the sealing one first).
    ///
    /// # Errors
    /// No file, or one that others may read: with the command that mends it. Never with a letter of the key.
    pub fn secret(&self, environment: &HashMap<String, String>) -> Result<Secret, SettingError> {
        if let Some(text) = environment.get(Self::VARIABLE).filter(|text| !text.trim().is_empty()) {
            return Ok(Secret::new(text.trim()));
        }
        let path = self.path(environment);
        let shown = path.display();
        let text = read_owned(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => SettingError(format!(
                "there is no master key: key.file {shown} does not exist and {} is not set; make one with `ganh init`",
                Self::VARIABLE
            )),
            std::io::ErrorKind::PermissionDenied => SettingError(error.to_string()),
            _ => SettingError(format!("key.file {shown} cannot be read: {error}")),
        })?;
        Ok(Secret::new(text.trim()))
    }

    /// The file: in the service's credentials folder where it lies there, else as written.
    pub fn path(&self, environment: &HashMap<String, String>) -> PathBuf {
        let folder = environment.get("CREDENTIALS_DIRECTORY").map(Path::new);
        let given = folder.map(|folder| folder.join(&self.file)).filter(|path| path.is_file());
        given.unwrap_or_else(|| self.file.clone())
    }
}

/// Reads a file, unless its group or others may: checked on the opened file, so that it cannot be swapped in between.
fn read_owned(path: &Path) -> std::io::Result<String> {
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => std::io::Error::new(
            error.kind(),
            format!(
                "key.file {} may not be read by this user: chown it, or start as its owner",
                path.display()
            ),
        ),
        _ => error,
    })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "it is no file: name one with key.file, or make it with `ganh init`",
        ));
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(std::io::Error::new(
            std::io::ErrorKind::PermissionDenied,
            format!(
                "key.file {0} has mode {mode:03o}, others may read it: run `chmod 600 {0}`",
                path.display()
            ),
        ));
    }
    std::io::read_to_string(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => std::io::Error::new(
            error.kind(),
            "it is no text: restore it from your copy; a key is 64 hexadecimal digits",
        ),
        _ => error,
    })
}
