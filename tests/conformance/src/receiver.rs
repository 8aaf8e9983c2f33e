//! A small web server: takes webhooks as the daemon would (2xx, nothing in the body), and hosts a picture for channels that fetch.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// A webhook as received.
#[derive(Debug, Clone)]
pub struct Received {
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Default)]
struct Held {
    taken: Mutex<Vec<Received>>,
    picture: Vec<u8>,
}

/// A running receiver; dropping it stops it.
pub struct Receiver {
    base: String,
    held: Arc<Held>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// Listens on a port that the system chooses.
    pub async fn start(picture: Vec<u8>) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let held = Arc::new(Held { picture, ..Held::default() });
        let app = Router::new().fallback(take).with_state(Arc::clone(&held));
        let serving = tokio::spawn(async move {
            // It ends with the process; there is nobody to tell.
            let _ = axum::serve(listener, app).await;
        });
        Self { base, held, serving }
    }

    /// Where webhooks go.
    pub fn hook_url(&self) -> String {
        format!("{}/hook", self.base)
    }

    /// Where the picture stands.
    pub fn picture_url(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// What arrived so far.
    pub fn taken(&self) -> Vec<Received> {
        self.held.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits, at most five seconds, until `enough` says that what arrived is enough.
    pub async fn wait_for(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        for _ in 0..500 {
            let taken = self.taken();
            if enough(&taken) {
                return taken;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.taken()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(held): State<Arc<Held>>, headers: HeaderMap, request: Request) -> Response {
    if request.method() == axum::http::Method::GET {
        return ([(header::CONTENT_TYPE, "image/png")], held.picture.clone()).into_response();
    }
    let body: Bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default();
    let headers = headers
        .iter()
        .map(|(name, text)| (name.as_str().to_owned(), String::from_utf8_lossy(text.as_bytes()).into_owned()))
        .collect();
    let received = Received { headers, body: body.to_vec() };
    held.taken.lock().unwrap_or_else(PoisonError::into_inner).push(received);
    StatusCode::OK.into_response()
}
