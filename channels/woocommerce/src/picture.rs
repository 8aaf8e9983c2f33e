//! Pictures into the shop's media library, where an application password over TLS is there (spec 4.9).

use crate::Shop;
use crate::wire::Thing;
use ganh_contract::{Complaint, Fault, FaultKind, RemotePictureId, Result};

/// Stores a picture. The same bytes are stored again under another id.
pub async fn upload(shop: &Shop, picture: &[u8], file_name: &str) -> Result<RemotePictureId> {
    const CALL: &str = "upload";
    if !shop.memo.takes_uploads {
        return Err(Fault::unsupported(CALL));
    }
    let Some((mime, ending)) = kind(picture) else {
        let said = format!("{file_name}: neither JPEG nor PNG nor WEBP");
        let complaint = Complaint { field: Some("pictures".to_owned()), code: None, said };
        return Err(Fault::new(CALL, FaultKind::Refused(vec![complaint])));
    };
    let plain: String =
        file_name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let name = format!("{}.{ending}", plain.trim_matches('-'));
    let held = shop.site.upload::<Thing>(CALL, picture, mime, &name).await?.value;
    Ok(RemotePictureId::new(held.id.to_string()))
}

/// By content, as the shop judges it.
fn kind(picture: &[u8]) -> Option<(&'static str, &'static str)> {
    match picture {
        [0xFF, 0xD8, 0xFF, ..] => Some(("image/jpeg", "jpg")),
        [0x89, b'P', b'N', b'G', ..] => Some(("image/png", "png")),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(("image/webp", "webp")),
        _ => None,
    }
}
