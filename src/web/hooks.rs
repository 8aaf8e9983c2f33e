//! Webhooks in. A marketplace waits little and strikes off receivers that answer badly, so every message is answered with 200 and
//! nothing, at once, whatever we think of it: a forged one too. What verifies and stores is given by the daemon; the message that took
//! longer than the marketplace waits goes on after the answer. Only when the store refused in time is it asked to come again.

use super::Web;
use crate::store::StoreError;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Marketplaces give up after half a second at the shortest (Shopee's push).
const ANSWER_WITHIN: Duration = Duration::from_millis(250);
/// A body that comes slower than this is not waited for.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// A webhook as received.
#[derive(Debug, Clone)]
pub struct Post {
    pub channel: String,
    pub key: String,
    /// Names in lower case; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Taken or dropped, with the text to answer: empty unless it was a greeting.
    Answer(String),
    /// It could not be stored: the marketplace shall send it again.
    Again,
}

impl From<Result<String, StoreError>> for Received {
    fn from(received: Result<String, StoreError>) -> Self {
        match received {
            Ok(text) => Self::Answer(text),
            Err(error) => {
                tracing::error!("a verified webhook cannot be stored: {error}");
                Self::Again
            }
        }
    }
}

/// Verifies and stores a webhook.
pub type Receive = Arc<dyn Fn(Post) -> Pin<Box<dyn Future<Output = Received> + Send>> + Send + Sync>;

/// Takes a webhook.
pub async fn take(
    State(web): State<Web>,
    Path((channel, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let read = tokio::time::timeout(READ_WITHIN, to_bytes(body, web.hook_bytes)).await;
    let Ok(Ok(body)) = read else {
        tracing::warn!(channel, "a webhook at {key} was too long or too slow: dropped");
        return StatusCode::OK.into_response();
    };
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let received = (web.receive)(Post { channel, key, headers, body: body.into() });
    let received = web.late_hooks.spawn(received);
    match tokio::time::timeout(ANSWER_WITHIN, received).await {
        Ok(Ok(Received::Answer(text))) => text.into_response(),
        Ok(Ok(Received::Again)) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        // A panic inside is logged by the runtime; a late one goes on, `Web::drain` waits for it.
        Ok(Err(_)) | Err(_) => StatusCode::OK.into_response(),
    }
}
