//! Where the simulated marketplaces reach us: pictures by link, webhooks.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use ganh::daemon::{Post, receive};
use ganh::sync::Engine;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A served address; nobody answers hooks before `open`.
#[derive(Debug)]
pub struct Door {
    pub url: String,
    engine: Arc<OnceLock<Engine>>,
    task: JoinHandle<()>,
}

impl Door {
    pub async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let engine: Arc<OnceLock<Engine>> = Arc::default();
        let router = Router::new()
            .route("/pictures/{name}", get(picture))
            .route("/hooks/{channel}/{key}", post(hook))
            .with_state(engine.clone());
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("served until the end");
        });
        Self { url, engine, task }
    }

    pub fn open(&self, engine: &Engine) {
        self.engine.set(engine.clone()).expect("opened once");
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn picture(State(engine): State<Arc<OnceLock<Engine>>>, Path(name): Path<String>) -> Response {
    let Some(engine) = engine.get() else { return StatusCode::NOT_FOUND.into_response() };
    let sha256 = name.split('.').next().unwrap_or_default();
    match engine.store.find_picture(sha256).await {
        Ok(Some((mime, bytes))) => ([(header::CONTENT_TYPE, mime)], bytes).into_response(),
        Ok(None) | Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn hook(
    State(engine): State<Arc<OnceLock<Engine>>>,
    Path((channel, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> String {
    let Some(engine) = engine.get() else { return String::new() };
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, text)| (name.as_str().to_owned(), String::from_utf8_lossy(text.as_bytes()).into_owned()))
        .collect();
    receive(engine, &Post { channel: &channel, key: &key, headers: &headers, body: &body })
        .await
        .unwrap_or_default()
}
