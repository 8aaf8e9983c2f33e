//! `ganh key`: a new master key, and sealing everything anew with one.

use crate::cli::context::{Common, Context};
use crate::cli::output;
use crate::store::MasterKey;
use anyhow::{Context as _, Result, bail};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The master key that seals credentials.
#[derive(Debug, clap::Subcommand)]
pub enum Key {
    /// Prints a new key, for GANH_MASTER_KEY or a secret store; changes nothing
    New,
    /// Makes a new key, seals every secret with it and drops the old one
    Rotate,
}

/// Makes or rotates the key.
pub async fn run(common: &Common, command: Key) -> Result<()> {
    match command {
        Key::New => new(common),
        Key::Rotate => rotate(&Context::open(common)?).await,
    }
}

fn new(common: &Common) -> Result<()> {
    let key = MasterKey::generate()?;
    if common.json {
        return output::json(&json!({ "id": key.id(), "key": key.to_secret().expose() }));
    }
    output::line(key.to_secret().expose())?;
    output::note(format!("key {}; keep it where only its owner reads it", key.id()));
    Ok(())
}

/// The file holds both keys while the store is sealed anew, so a crash anywhere leaves a file that opens everything.
async fn rotate(context: &Context) -> Result<()> {
    if context.key_is_in_environment() {
        bail!(
            "the key is in GANH_MASTER_KEY, which this command cannot change: move it to key.file, rotate, then move it back"
        );
    }
    let path = context.key_path();
    let keys = context.keys()?;
    let store = context.store().await?;
    let old = keys.current().id();
    let new = MasterKey::generate()?;
    let both = keys.renewed(new.clone());
    replace(&path, &file_text(&new, Some(&context.key_text()?.expose().to_owned())))?;
    let sealed = store.rotate_key(both, context.now()).await.with_context(|| {
        format!(
            "{} now holds the new and the old key and opens everything; run `ganh key rotate` again",
            path.display()
        )
    })?;
    replace(&path, &file_text(&new, None))?;
    let result = json!({ "id": new.id(), "former": old, "sealed_anew": sealed });
    output::result(context, &result, || {
        output::line(format!("key {} replaces {old}; {sealed} secrets were sealed anew", new.id()))?;
        output::note(
            "Running daemons keep the old key: restart them. Backups of the store still need the old key.",
        );
        Ok(())
    })
}

fn file_text(new: &MasterKey, older: Option<&String>) -> String {
    let head = format!(
        "# ganh master key {}; the first key seals, all open\n{}\n",
        new.id(),
        new.to_secret().expose()
    );
    older.map_or(head.clone(), |older| format!("{head}{older}\n"))
}

/// Writes beside and renames: the file is whole at every instant.
fn replace(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        // A leftover of a crash is no one's key.
        if beside.exists() {
            std::fs::remove_file(&beside)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        File::open(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
            .sync_all()
    };
    write().with_context(|| format!("key.file {} cannot be replaced", path.display()))
}
