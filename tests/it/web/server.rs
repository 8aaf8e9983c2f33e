//! The web side on a free port of loopback, and a plain client.

use super::seed;
use ganh::store::{Keys, MasterKey, Settings, Store};
use ganh::web::{Metrics, Receive, Received, Web};
use ganh_http::{Clock, SystemClock};
use std::sync::Arc;
use std::time::Duration;

/// A served store; vanishes when dropped.
pub struct Served {
    pub web: Web,
    pub store: Store,
    pub origin: String,
    folder: tempfile::TempDir,
    client: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub text: String,
    headers: reqwest::header::HeaderMap,
}

impl Served {
    /// With a receiver that takes every webhook.
    pub async fn start() -> Self {
        Self::with(Arc::new(|_| Box::pin(async { Received::Answer(String::new()) }))).await
    }

    /// With this receiver of webhooks; those above 64 KiB are too long.
    pub async fn with(receive: Receive) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ganh.db");
        let keys = Keys::new(MasterKey::generate().unwrap(), vec![]);
        let now = SystemClock.now();
        let settings = Settings::at(format!("sqlite:{}", path.display()));
        let store = Store::open(&settings, keys, now).await.unwrap();
        seed::fill(&path, now).await;
        let web = Web::new(store.clone(), Arc::new(SystemClock), Arc::new(Metrics::new()), receive, 64 << 10);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = web.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { web, store, origin, folder, client: client(), server }
    }

    /// Adds shops that are well.
    pub async fn add_shops(&self, count: u32) {
        seed::add_shops(&self.folder.path().join("ganh.db"), count, SystemClock.now()).await;
    }

    pub async fn get(&self, address: &str) -> Answer {
        self.get_with(address, &[]).await
    }

    pub async fn get_with(&self, address: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.client.get(format!("{}{address}", self.origin));
        read(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    pub async fn post(&self, address: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let request = self.client.post(format!("{}{address}", self.origin)).body(body.to_owned());
        read(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Answer {
    /// A header's value; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// A client for loopback.
pub fn client() -> reqwest::Client {
    // Another test of this process may have installed it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap()
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}
