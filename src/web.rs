//! What the daemon shows and takes over HTTP: the live page, the API, health, metrics, webhooks, pictures.
//!
//! ```text
//!   people ─▶ /  /sku/…  /api/v1/status ─▶ Board (one reading of the store a second, shared by all who look)
//!   watchers ─▶ /healthz  /readyz  /metrics
//!   marketplaces ─▶ /hooks/{channel}/{key} ─▶ Receive (given by the daemon)    /pictures/{sha256}
//! ```
//!
//! Read-only: it shows no buyer and no secret. It never calls a channel and knows no adapter; what verifies a webhook is passed in.

mod api;
mod board;
mod files;
mod format;
mod headers;
mod health;
mod hooks;
mod language;
mod messages;
mod metrics;
mod pages;

pub use hooks::{Post, Receive, Received};
pub use metrics::Metrics;

use crate::store::Store;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use board::Board;
use ganh_http::Clock;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Everything the web side stands on; clones share it.
#[derive(Clone)]
pub struct Web {
    store: Store,
    metrics: Arc<Metrics>,
    receive: Receive,
    board: Arc<Board>,
    late_hooks: TaskTracker,
    hook_bytes: usize,
}

impl Web {
    /// `receive` verifies and stores webhooks; `hook_bytes` is the largest one taken.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        receive: Receive,
        hook_bytes: usize,
    ) -> Self {
        let board = Arc::new(Board::new(store.clone(), clock));
        Self { store, metrics, receive, board, late_hooks: TaskTracker::new(), hook_bytes }
    }

    /// All routes, with their limits and headers.
    pub fn router(&self) -> Router {
        let people = Router::new()
            .route("/", get(pages::home))
            .route("/sku", get(pages::find_sku))
            .route("/sku/{sku}", get(pages::sku))
            .route("/api/v1/status", get(api::status))
            .route("/assets/{name}", get(files::asset));
        let watchers = Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/metrics", get(health::metrics));
        let marketplaces = Router::new()
            .route("/hooks/{channel}/{key}", post(hooks::take).get(hooks::take))
            .layer(DefaultBodyLimit::disable())
            .route("/pictures/{sha256}", get(files::picture));
        let routes = people.merge(watchers).merge(marketplaces).fallback(pages::absent);
        headers::around(routes).with_state(self.clone())
    }

    /// Waits for webhooks that were answered before they were stored. Call it after the server stopped taking requests.
    pub async fn drain(&self) {
        self.late_hooks.close();
        self.late_hooks.wait().await;
    }
}
