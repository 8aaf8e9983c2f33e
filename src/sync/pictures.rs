//! Pictures on their way out: each is uploaded once per shop, made to fit where it does not, and a bad one never loses a listing.

use super::Engine;
use super::lane::Lane;
use super::renew::unstored;
use crate::store::PictureRow;
use ganh_contract::{Capability, FaultKind, PictureRef, PictureRules, RemotePictureId, Result};
use image::ImageReader;
use std::io::Cursor;

/// Decoded pictures above this are refused: a small file can unpack to gigabytes.
const MOST_PIXELS: u64 = 50_000_000;

/// References to the pictures that this channel can show, in order.
pub async fn ready(lane: &Lane, cap: &Capability, pictures: &[PictureRow]) -> Result<Vec<PictureRef>> {
    match &cap.pictures {
        PictureRules::Link { max, min_px } => {
            let Some(base) = &lane.engine.rules.pictures_url else { return Ok(Vec::new()) };
            let large_enough = pictures.iter().filter(|picture| picture.width.min(picture.height) >= *min_px);
            Ok(large_enough
                .take(*max)
                .map(|picture| {
                    PictureRef::Link(format!("{base}/pictures/{}.{}", picture.sha256, picture.extension()))
                })
                .collect())
        }
        PictureRules::Upload { max, .. } => {
            let mut ready = Vec::new();
            for picture in pictures.iter().take(*max) {
                if let Some(reference) = uploaded(lane, &cap.pictures, picture).await? {
                    ready.push(reference);
                }
            }
            Ok(ready)
        }
    }
}

/// Stand-ins for the pictures that would be sent, to try a draft before anything is uploaded.
pub fn expected(engine: &Engine, rules: &PictureRules, pictures: &[PictureRow]) -> Vec<PictureRef> {
    let stand_in = |picture: &PictureRow| PictureRef::Remote(RemotePictureId::new(picture.sha256.as_str()));
    match rules {
        PictureRules::Link { .. } if engine.rules.pictures_url.is_none() => Vec::new(),
        PictureRules::Link { max, min_px } | PictureRules::Upload { max, min_px, .. } => pictures
            .iter()
            .filter(|picture| picture.width.min(picture.height) >= *min_px)
            .take(*max)
            .map(stand_in)
            .collect(),
    }
}

async fn uploaded(lane: &Lane, rules: &PictureRules, picture: &PictureRow) -> Result<Option<PictureRef>> {
    let store = &lane.engine.store;
    let known =
        store.remote_pictures(lane.shop.id, std::slice::from_ref(&picture.sha256)).await.map_err(unstored)?;
    if let Some(remote) = known.into_values().next() {
        return Ok(Some(PictureRef::Remote(remote)));
    }
    let Some(bytes) = store.find_picture_bytes(&picture.sha256).await.map_err(unstored)? else {
        return Ok(None);
    };
    let (rules, mime) = (rules.clone(), picture.mime.clone());
    let fitted = tokio::task::spawn_blocking(move || fit(bytes, &mime, &rules)).await;
    let bytes = match fitted {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(said)) => {
            tracing::warn!(shop.id = %lane.shop.id, "picture {} left out: {said}", picture.file_name);
            return Ok(None);
        }
        Err(_) => {
            tracing::warn!(shop.id = %lane.shop.id, "picture {} left out: it cannot be decoded", picture.file_name);
            return Ok(None);
        }
    };
    let sent = lane
        .remote
        .call("upload", |shop| {
            let bytes = &bytes;
            async move { shop.upload(bytes, &picture.file_name).await }
        })
        .await;
    match sent {
        Ok(remote) => {
            store.save_remote_picture(&lane.lease, &picture.sha256, &remote).await.map_err(unstored)?;
            Ok(Some(PictureRef::Remote(remote)))
        }
        Err(fault) if matches!(*fault.kind, FaultKind::Refused(_)) => {
            tracing::warn!(shop.id = %lane.shop.id, "picture {} left out: {fault}", picture.file_name);
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// The bytes as they are when they fit, else turned upright, scaled and written as JPEG.
fn fit(bytes: Vec<u8>, mime: &str, rules: &PictureRules) -> std::result::Result<Vec<u8>, String> {
    let PictureRules::Upload { max_bytes, min_px, max_px, formats, .. } = rules else { return Ok(bytes) };
    let size = imagesize::blob_size(&bytes).map_err(|error| error.to_string())?;
    let (width, height) =
        (u64::try_from(size.width).unwrap_or(u64::MAX), u64::try_from(size.height).unwrap_or(u64::MAX));
    if width.min(height) < u64::from(*min_px) {
        return Err(format!("{width}×{height} pixels, at least {min_px} are needed"));
    }
    let is_small = u64::try_from(bytes.len()).unwrap_or(u64::MAX) <= *max_bytes
        && width.max(height) <= u64::from(*max_px);
    if is_small && formats.iter().any(|format| format == mime) {
        return Ok(bytes);
    }
    if width.saturating_mul(height) > MOST_PIXELS {
        return Err(format!("{width}×{height} pixels are too many to unpack"));
    }
    let reader =
        ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let decoded = reader.decode().map_err(|error| error.to_string())?;
    let mut side = (*max_px).min(2_000);
    for quality in [88_u8, 80, 70] {
        let scaled = if decoded.width().max(decoded.height()) > side {
            decoded.resize(side, side, image::imageops::FilterType::Triangle)
        } else {
            decoded.clone()
        };
        let mut out = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality);
        scaled.to_rgb8().write_with_encoder(encoder).map_err(|error| error.to_string())?;
        if u64::try_from(out.len()).unwrap_or(u64::MAX) <= *max_bytes {
            return Ok(out);
        }
        side = side * 3 / 4;
    }
    Err(format!("it does not fit into {max_bytes} bytes"))
}
