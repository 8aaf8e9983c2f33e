//! The demo's page: the daemon's own web side on loopback, which also serves pictures and takes webhooks.

use crate::daemon;
use crate::ids::ShopId;
use crate::sync::{Engine, Witness};
use crate::web::{Metrics, Web};
use anyhow::{Context, Result};
use ganh_http::Recorder;
use jiff::SignedDuration;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The largest webhook taken.
const HOOK_BYTES: usize = 1 << 20;

/// A bound address that nobody answers on yet.
pub struct Page {
    listener: TcpListener,
    url: String,
    metrics: Arc<Metrics>,
}

/// A page that is served.
pub struct Serving {
    pub url: String,
    web: Web,
    task: JoinHandle<()>,
}

impl Page {
    /// Takes the address. Error: it is taken by another program.
    pub async fn bind(listen: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("{listen} cannot be listened on: another program has it; name another with --listen")
        })?;
        let url = format!("http://{}", listener.local_addr()?);
        Ok(Self { listener, url, metrics: Arc::new(Metrics::new()) })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn recorder(&self) -> Arc<dyn Recorder> {
        daemon::recorder(&self.metrics)
    }

    pub fn witness(&self) -> Arc<dyn Witness> {
        daemon::witness(&self.metrics)
    }

    /// Serves until `stop`.
    pub fn serve(self, engine: &Engine, stop: CancellationToken) -> Serving {
        let receive = daemon::receiver(engine);
        let web = Web::new(engine.store.clone(), engine.clock.clone(), self.metrics, receive, HOOK_BYTES);
        let router = web.router();
        let url = self.url.clone();
        let task = tokio::spawn(async move {
            let served = axum::serve(self.listener, router).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = served.await {
                tracing::error!("the page is not served any more: {error}");
            }
        });
        Serving { url, web, task }
    }
}

impl Serving {
    /// Waits for the end after `stop`; readers that hold the page open are cut off.
    pub async fn ended(self) {
        if tokio::time::timeout(std::time::Duration::from_secs(2), self.task).await.is_err() {
            tracing::debug!("a reader of the page was cut off");
        }
        self.web.drain().await;
    }
}

/// Tells several.
#[derive(Debug)]
pub struct Witnesses(pub Vec<Arc<dyn Witness>>);

impl Witness for Witnesses {
    fn ingested(&self, shop: ShopId, new: usize, changed: usize) {
        self.0.iter().for_each(|one| one.ingested(shop, new, changed));
    }

    fn lowering_left(&self, shop: ShopId, after: SignedDuration) {
        self.0.iter().for_each(|one| one.lowering_left(shop, after));
    }

    fn lowered(&self, shop: ShopId, after: SignedDuration) {
        self.0.iter().for_each(|one| one.lowered(shop, after));
    }

    fn called(&self, shop: ShopId, verb: &'static str, fault: Option<&'static str>) {
        self.0.iter().for_each(|one| one.called(shop, verb, fault));
    }
}
