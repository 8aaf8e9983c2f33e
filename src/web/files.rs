//! Pictures for channels that fetch by link, and the page's own three files.

use super::Web;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A picture by its content's hash; `.jpg` and the like at the end are ignored, some channels insist on them.
pub async fn picture(State(web): State<Web>, Path(name): Path<String>) -> Response {
    let hash = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match web.store.find_picture(&hash).await {
        Ok(Some((mime, bytes))) => (
            [
                (header::CONTENT_TYPE, mime),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
                (header::ETAG, format!("\"{hash}\"")),
            ],
            bytes,
        )
            .into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!("picture {hash}: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Style, script and sign of the page.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let (mime, text) = match name.as_str() {
        "ganh.css" => ("text/css; charset=utf-8", include_str!("assets/ganh.css")),
        "ganh.js" => ("text/javascript; charset=utf-8", include_str!("assets/ganh.js")),
        "ganh.svg" => ("image/svg+xml", include_str!("assets/ganh.svg")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(text)[..8]));
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about = [
        (header::CONTENT_TYPE, mime.to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, tag),
    ];
    if same { (StatusCode::NOT_MODIFIED, about).into_response() } else { (about, text).into_response() }
}
