//! Pictures that products name, each looked at once: from a folder, or from memory.

use crate::catalogue::Product;
use crate::catalogue::import::{Effects, Existing};
use crate::catalogue::picture::{PictureCheck, Pictures, check};
use crate::store::NewPicture;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Picture files by name, with what a look at each showed.
#[derive(Debug)]
pub struct Folder(BTreeMap<String, (PictureCheck, Vec<u8>)>);

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
