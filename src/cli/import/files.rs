//! The files that an import names: sheets, and the pictures of a folder.

use super::Import;
use crate::catalogue::import::{Effects, Existing};
use crate::catalogue::picture::{PictureCheck, Pictures, check};
use crate::catalogue::sheet::{ReadOptions, Sheet, read};
use crate::catalogue::{Product, SheetKind};
use crate::cli::context::Context;
use crate::store::NewPicture;
use anyhow::{Context as _, Result, anyhow, bail};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
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

/// A folder of pictures: each file looked at once.
#[derive(Debug)]
pub struct Folder(BTreeMap<String, (PictureCheck, Vec<u8>)>);

/// Reads a folder. Files that are no pictures by name are passed over; subfolders are not entered.
pub async fn pictures(context: &Context, folder: &Path) -> Result<Folder> {
    let mut pictures = BTreeMap::new();
    let listed = std::fs::read_dir(folder)
        .with_context(|| format!("the folder {} cannot be read", folder.display()))?;
    for entry in listed {
        let path = entry.with_context(|| format!("the folder {} cannot be read", folder.display()))?.path();
        if !is_picture_name(&path) || !path.is_file() {
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = contents(&path, context.settings.limits.picture_bytes, "limits.picture").await?;
        pictures.insert(name.clone(), (check(&name, &bytes), bytes));
    }
    Ok(Folder(pictures))
}

impl Folder {
    /// Pictures that are in memory already.
    pub fn of(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self(files.into_iter().map(|(name, bytes)| (name.clone(), (check(&name, &bytes), bytes))).collect())
    }

    /// What a look at each file showed.
    pub fn checks(&self) -> Pictures {
        self.0.iter().map(|(name, (check, _))| (name.clone(), check.clone())).collect()
    }

    /// The usable pictures that products name, once for each producer.
    pub fn named_by(&self, existing: &Existing, effects: &Effects) -> Vec<NewPicture> {
        let products: BTreeMap<&str, &Product> = existing
            .products
            .iter()
            .chain(&effects.products)
            .map(|product| (product.code.as_str(), product))
            .collect();
        let wanted: BTreeSet<(&str, &str)> = products
            .values()
            .flat_map(|product| {
                product.pictures.iter().map(|name| (product.producer.as_str(), name.as_str()))
            })
            .collect();
        wanted.into_iter().filter_map(|(producer, name)| self.picture(producer, name)).collect()
    }

    fn picture(&self, producer: &str, name: &str) -> Option<NewPicture> {
        let (check, bytes) = self.0.get(name).filter(|(check, _)| check.is_usable())?;
        let (width, height) = check.pixels?;
        Some(NewPicture {
            producer: producer.to_owned(),
            file_name: name.to_owned(),
            sha256: hex::encode(Sha256::digest(bytes)),
            mime: format!("image/{}", check.format.as_deref()?),
            width: u32::try_from(width).ok()?,
            height: u32::try_from(height).ok()?,
            bytes: bytes.clone(),
        })
    }
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
