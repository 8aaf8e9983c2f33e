//! Pages that say why there is nothing to show.

use super::{Frame, answer};
use crate::store::StoreError;
use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal {
    frame: Frame,
    what: String,
    mend: &'static str,
    again: bool,
}

/// There is no such page.
pub async fn absent(headers: HeaderMap) -> Response {
    let (frame, _) = Frame::of(None, &headers);
    let page = Refusal { frame, what: frame.w.page_unknown.into(), mend: "", again: false };
    answer(StatusCode::NOT_FOUND, &page, None)
}

/// There is no such SKU.
pub fn no_sku(sku: &str, frame: Frame) -> Response {
    let what = format!("{} {sku}", frame.w.sku_unknown);
    answer(
        StatusCode::NOT_FOUND,
        &Refusal { frame, what, mend: frame.w.sku_unknown_mend, again: false },
        None,
    )
}

/// The store does not answer; the reason is for the log, not for readers.
pub fn store_away(error: &StoreError, frame: Frame) -> Response {
    tracing::error!("a page cannot be shown: {error}");
    let page = Refusal { frame, what: frame.w.store_away.into(), mend: frame.w.store_away_mend, again: true };
    answer(StatusCode::SERVICE_UNAVAILABLE, &page, None)
}
