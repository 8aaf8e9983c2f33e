//! For watchers: is the process alive, can it work, and the figures.

use super::Web;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// The process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The store answers and takes writes, else why not and what to do; its schema is current since it was opened.
pub async fn ready(State(web): State<Web>) -> Response {
    match tokio::time::timeout(Duration::from_secs(2), web.store.prove_usable()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer within 2 s\n").into_response(),
    }
}

/// All metrics; without those of shops while the store does not answer.
pub async fn metrics(State(web): State<Web>) -> Response {
    let reading = web.board.look().await;
    let text = web.metrics.text(reading.as_deref().ok());
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
        .into_response()
}
