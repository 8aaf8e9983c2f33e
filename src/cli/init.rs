//! `ganh init`: a folder with settings, master key and an empty store. What is there already is kept.

use crate::cli::context::{Common, Context};
use crate::cli::output;
use crate::config::DEFAULTS;
use crate::store::MasterKey;
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes the data folder: settings, master key, empty store.
#[derive(Debug, clap::Args)]
pub struct Init {}

#[derive(Debug, Serialize)]
struct Made {
    settings: String,
    key: String,
    store: String,
    /// Files that this run made; the others were there.
    made: Vec<String>,
}

/// Makes what is missing.
pub async fn run(common: &Common, _command: Init) -> Result<()> {
    let folder = common.data_dir.clone().unwrap_or_else(|| ".".into());
    let created = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    created.with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
    let mut made = Vec::new();

    let settings = common.config.clone().unwrap_or_else(|| folder.join("ganh.toml"));
    if write_new(&settings, &commented(DEFAULTS), 0o644)? {
        made.push(settings.display().to_string());
    }
    let mut common = common.clone();
    common.config = Some(settings.clone());
    let context = Context::open(&common)?;

    if !context.key_is_in_environment() && write_new(&context.key_path(), &new_key_file()?, 0o600)? {
        made.push(context.key_path().display().to_string());
    }
    let is_new = context.settings.store.server.is_none() && !context.settings.store.path.exists();
    let store = context.make_store().await?;
    store.close().await;
    if is_new {
        made.push(context.store_place());
    }

    let made = Made {
        settings: settings.display().to_string(),
        key: context.key_source(),
        store: context.store_place(),
        made,
    };
    output::result(&context, &made, || people(&made, &common))
}

fn people(made: &Made, common: &Common) -> Result<()> {
    for file in &made.made {
        output::line(format!("made     {file}"))?;
    }
    for file in [&made.settings, &made.key, &made.store] {
        if !made.made.iter().any(|new| file.ends_with(new.as_str())) {
            output::line(format!("kept     {file}"))?;
        }
    }
    let with = match &common.data_dir {
        Some(folder) => format!("ganh --data-dir {}", folder.display()),
        None => "ganh".to_owned(),
    };
    output::note(format!(
        "Keep a copy of the key apart from the store: without it no credential can be read again.\n\
         Next:\n  {with} import CATALOGUE.xlsx --producers PRODUCERS.csv    shows the plan; --apply does it\n  \
         {with} shop add CHANNEL --base-url URL --credentials FILE\n  {with} plan SHOP, then apply SHOP\n  {with} serve"
    ));
    Ok(())
}

/// The key file's text.
pub fn new_key_file() -> Result<String> {
    let key = MasterKey::generate()?;
    Ok(format!(
        "# ganh master key {}; the first key seals, all open\n{}\n",
        key.id(),
        key.to_secret().expose()
    ))
}

/// Every setting as a comment, so that a later default still reaches this installation.
fn commented(defaults: &str) -> String {
    let lines = defaults.lines().map(|line| {
        let is_setting = !line.is_empty() && !line.starts_with('#') && !line.starts_with('[');
        if is_setting { format!("#{line}") } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// False when the file is there already; it is left as it is.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<bool> {
    match OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
        Ok(mut file) => {
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            written.with_context(|| format!("{} cannot be written", path.display()))?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", path.display())),
    }
}
