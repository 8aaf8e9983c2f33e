//! The demo's page: the daemon's own web server on loopback, which also serves pictures and takes webhooks.

use crate::store::Store;
use crate::sync::{Engine, Witness};
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use ganh_http::{Recorder, Silent};
use jiff::SignedDuration;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A bound address that nobody answers on yet.
pub struct Page {
    listener: TcpListener,
    url: String,
}

/// A page that is served.
pub struct Serving {
    pub url: String,
    task: JoinHandle<()>,
}

impl Page {
    /// Takes the address. Error: it is taken by another program.
    pub async fn bind(listen: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("{listen} cannot be listened on: another program has it; name another with --listen")
        })?;
        let url = format!("http://{}", listener.local_addr()?);
        Ok(Self { listener, url })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn recorder(&self) -> Arc<dyn Recorder> {
        Arc::new(Silent)
    }

    pub fn witness(&self) -> Arc<dyn Witness> {
        Arc::new(crate::sync::Blind)
    }

    /// Serves until `stop`.
    pub fn serve(self, engine: &Engine, stop: CancellationToken) -> Serving {
        let router = Router::new()
            .route("/pictures/{name}", get(picture))
            .route("/hooks/{channel}/{key}", post(hook))
            .with_state(engine.clone());
        let url = self.url.clone();
        let task = tokio::spawn(async move {
            let served = axum::serve(self.listener, router)
                .with_graceful_shutdown(async move { stop.cancelled().await });
            if let Err(error) = served.await {
                tracing::error!("the page is not served any more: {error}");
            }
        });
        Serving { url, task }
    }
}

impl Serving {
    /// Waits for the end after `stop`.
    pub async fn ended(self) {
        let _ = self.task.await;
    }
}

async fn picture(State(engine): State<Engine>, Path(name): Path<String>) -> impl IntoResponse {
    let store: &Store = &engine.store;
    let sha256 = name.split('.').next().unwrap_or_default();
    match store.find_picture(sha256).await {
        Ok(Some((mime, bytes))) => ([(header::CONTENT_TYPE, mime)], bytes).into_response(),
        Ok(None) | Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn hook(
    State(engine): State<Engine>,
    Path((channel, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> String {
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, text)| (name.as_str().to_owned(), String::from_utf8_lossy(text.as_bytes()).into_owned()))
        .collect();
    let post = crate::daemon::Post { channel: &channel, key: &key, headers: &headers, body: &body };
    crate::daemon::receive(&engine, &post).await.unwrap_or_default()
}

/// Tells several.
#[derive(Debug)]
pub struct Witnesses(pub Vec<Arc<dyn Witness>>);

impl Witness for Witnesses {
    fn ingested(&self, shop: crate::ids::ShopId, new: usize, changed: usize) {
        self.0.iter().for_each(|one| one.ingested(shop, new, changed));
    }

    fn lowering_left(&self, shop: crate::ids::ShopId, after: SignedDuration) {
        self.0.iter().for_each(|one| one.lowering_left(shop, after));
    }

    fn lowered(&self, shop: crate::ids::ShopId, after: SignedDuration) {
        self.0.iter().for_each(|one| one.lowered(shop, after));
    }

    fn called(&self, shop: crate::ids::ShopId, verb: &'static str, fault: Option<&'static str>) {
        self.0.iter().for_each(|one| one.called(shop, verb, fault));
    }
}
