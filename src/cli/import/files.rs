//! The files that an import names: sheets, and the pictures of a folder.

use super::Import;
use crate::catalogue::SheetKind;
use crate::catalogue::sheet::{ReadOptions, Sheet, read};
use crate::cli::context::Context;
use crate::cli::pictures::Folder;
use anyhow::{Context as _, Result, anyhow, bail};
use std::path::{Path, PathBuf};

/// All sheets of all files, in the order in which they were named. A sheet of producers or sets that is named by its own option stands in the
/// place of those that the files hold.
pub async fn sheets(context: &Context, command: &Import) -> Result<Vec<Sheet>> {
    let mut sheets = Vec::new();
    for file in &command.files {
        sheets.extend(sheets_of(context, file).await?);
    }
    for (file, kind, what) in [
        (&command.producers, SheetKind::Producers, "producers"),
        (&command.bundles, SheetKind::Bundles, "sets"),
    ] {
        let Some(file) = file else { continue };
        let mut found = sheets_of(context, file).await?;
        found.retain(|sheet| sheet.kind == kind);
        if found.is_empty() {
            bail!("{}: no sheet of {what} in it; look at its header row", file.display());
        }
        sheets.retain(|sheet: &Sheet| sheet.kind != kind);
        sheets.extend(found);
    }
    Ok(sheets)
}

async fn sheets_of(context: &Context, path: &Path) -> Result<Vec<Sheet>> {
    let limits = &context.settings.limits;
    let bytes = contents(path, limits.sheet_bytes, "limits.sheet").await?;
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let sheets = tokio::task::spawn_blocking(move || read(&name, &bytes, &ReadOptions::default())).await??;
    let most = usize::try_from(limits.rows).unwrap_or(usize::MAX);
    if let Some(long) = sheets.iter().find(|sheet| sheet.rows.len() > most) {
        bail!(
            "{} has {} rows, limits.rows is {most}: split it or raise the limit",
            long.name,
            long.rows.len()
        );
    }
    Ok(sheets)
}

/// Reads a folder. Files that are no pictures by name are passed over; subfolders are not entered.
pub async fn pictures(context: &Context, folder: &Path) -> Result<Folder> {
    let mut pictures = Vec::new();
    let listed = std::fs::read_dir(folder)
        .with_context(|| format!("the folder {} cannot be read", folder.display()))?;
    for entry in listed {
        let path = entry.with_context(|| format!("the folder {} cannot be read", folder.display()))?.path();
        if !is_picture_name(&path) || !path.is_file() {
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = contents(&path, context.settings.limits.picture_bytes, "limits.picture").await?;
        pictures.push((name, bytes));
    }
    Ok(Folder::of(pictures))
}

fn is_picture_name(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "heic"].contains(&ending.as_str())
}

async fn contents(path: &Path, most: u64, setting: &str) -> Result<Vec<u8>> {
    let shown = path.display().to_string();
    let found = tokio::fs::metadata(path).await.with_context(|| format!("{shown} cannot be read"))?;
    if found.is_dir() {
        return Err(anyhow!("{shown} is a folder: name a file"));
    }
    if found.len() > most {
        bail!("{shown} has {} bytes, {setting} is {most}: make it smaller or raise the limit", found.len());
    }
    let path = PathBuf::from(path);
    tokio::fs::read(&path).await.with_context(|| format!("{shown} cannot be read"))
}
