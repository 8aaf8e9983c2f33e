//! Pictures by their content: one row for the same bytes, names belong to producers.

use super::apply::NewPicture;
use crate::ids::{ProductId, ShopId};
use crate::store::error::Result;
use crate::store::tx::{Tx, args, json};
use crate::store::{Lease, Store};
use ganh_contract::RemotePictureId;
use std::collections::{BTreeMap, BTreeSet};

/// A picture of a product, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRow {
    pub file_name: String,
    pub sha256: String,
    pub mime: String,
    pub width: u32,
    pub height: u32,
}

impl PictureRow {
    /// The ending of a file of this type.
    pub fn extension(&self) -> &'static str {
        match &*self.mime {
            "image/png" => "png",
            "image/webp" => "webp",
            "image/gif" => "gif",
            _ => "jpg",
        }
    }
}

impl Store {
    /// The pictures of a product whose bytes are here, the cover first.
    pub async fn pictures_of(&self, product: ProductId) -> Result<Vec<PictureRow>> {
        let rows = self
            .read()
            .rows(
                "SELECT p.pictures, n.file_name, i.sha256, i.mime, i.width, i.height
                 FROM product AS p JOIN picture_name AS n ON n.producer_id = p.producer_id
                     AND n.file_name IN (SELECT f.value->>0 FROM json_each(p.pictures) AS f)
                 JOIN picture AS i ON i.sha256 = n.sha256
                 WHERE p.id = $1",
                args![product],
            )
            .await?;
        let mut pictures = BTreeMap::new();
        for row in &rows {
            let names: Vec<[String; 1]> = row.json("pictures")?;
            let file_name = row.text("file_name")?;
            let position = names.iter().position(|[name]| *name == file_name);
            pictures.insert(
                position,
                PictureRow {
                    file_name,
                    sha256: row.text("sha256")?,
                    mime: row.text("mime")?,
                    width: row.units("width")?,
                    height: row.units("height")?,
                },
            );
        }
        Ok(pictures.into_values().collect())
    }

    /// The bytes of a picture.
    pub async fn find_picture_bytes(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let row = self.read().find("SELECT bytes FROM picture WHERE sha256 = $1", args![sha256]).await?;
        row.map(|row| row.bytes("bytes")).transpose()
    }

    /// Which of these pictures a shop already holds.
    pub async fn remote_pictures(
        &self,
        shop: ShopId,
        sha256: &[String],
    ) -> Result<BTreeMap<String, RemotePictureId>> {
        let wanted: Vec<[&String; 1]> = sha256.iter().map(|sha256| [sha256]).collect();
        let rows = self
            .read()
            .rows(
                "SELECT r.sha256, r.remote_id FROM json_each($2) AS named
                 CROSS JOIN remote_picture AS r WHERE r.shop_id = $1 AND r.sha256 = named.value->>0",
                args![shop, json(&wanted)],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((row.text("sha256")?, RemotePictureId::new(row.text("remote_id")?))))
            .collect()
    }

    /// Remembers that the shop holds these bytes under this id.
    pub async fn save_remote_picture(
        &self,
        lease: &Lease,
        sha256: &str,
        remote: &RemotePictureId,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        tx.fence(lease).await?;
        tx.execute(
            "INSERT INTO remote_picture (shop_id, sha256, remote_id) VALUES ($1, $2, $3)
             ON CONFLICT (shop_id, sha256) DO UPDATE SET remote_id = excluded.remote_id",
            args![lease.shop, sha256, remote.as_str()],
        )
        .await?;
        tx.commit().await
    }
}

impl Tx {
    /// Those that are not here yet under their name with these bytes.
    pub(super) async fn new_pictures<'a>(
        &mut self,
        pictures: &'a [NewPicture],
    ) -> Result<Vec<&'a NewPicture>> {
        let names: Vec<[&str; 3]> = pictures
            .iter()
            .map(|picture| [&*picture.producer, &*picture.file_name, &*picture.sha256])
            .collect();
        // Walks indexes producer_code_key and the key of picture_name.
        let rows = self
            .rows(
                "SELECT r.code, n.file_name
                 FROM json_each($1) AS named CROSS JOIN producer AS r CROSS JOIN picture_name AS n
                 WHERE r.code = named.value->>0 AND n.producer_id = r.id AND n.file_name = named.value->>1
                     AND n.sha256 = named.value->>2",
                args![json(&names)],
            )
            .await?;
        let here = rows
            .iter()
            .map(|row| Ok((row.text("code")?, row.text("file_name")?)))
            .collect::<Result<BTreeSet<_>>>()?;
        Ok(pictures
            .iter()
            .filter(|picture| !here.contains(&(picture.producer.clone(), picture.file_name.clone())))
            .collect())
    }

    /// Codes of the products that name these pictures: their pages look different now.
    pub(super) async fn products_showing(&mut self, pictures: &[&NewPicture]) -> Result<BTreeSet<String>> {
        let names: Vec<[&str; 2]> =
            pictures.iter().map(|picture| [&*picture.producer, &*picture.file_name]).collect();
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let rows = self
            .rows(
                "SELECT DISTINCT p.code
                 FROM json_each($1) AS named CROSS JOIN producer AS r CROSS JOIN product AS p
                 WHERE r.code = named.value->>0 AND p.producer_id = r.id
                     AND named.value->>1 IN (SELECT f.value->>0 FROM json_each(p.pictures) AS f)",
                args![json(&names)],
            )
            .await?;
        rows.iter().map(|row| row.text("code")).collect()
    }

    pub(super) async fn put_pictures(&mut self, pictures: &[&NewPicture]) -> Result<()> {
        for picture in pictures {
            self.execute(
                "INSERT INTO picture (sha256, mime, width, height, bytes) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (sha256) DO NOTHING",
                args![&*picture.sha256, &*picture.mime, picture.width, picture.height, picture.bytes.clone()],
            )
            .await?;
            self.execute(
                "INSERT INTO picture_name (producer_id, file_name, sha256)
                 SELECT id, $2, $3 FROM producer WHERE code = $1
                 ON CONFLICT (producer_id, file_name) DO UPDATE SET sha256 = excluded.sha256",
                args![&*picture.producer, &*picture.file_name, &*picture.sha256],
            )
            .await?;
        }
        Ok(())
    }
}
