//! Listening, and the layers around a market: latency, quota, faults, journal.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::control::Control;
use super::cut::{CutListener, Link};
use super::faults::{FaultKind, Hit};
use super::journal::{Kind, Note};
use super::market::{Call, Market, Refusal, Reply};
use super::{Core, text};

const BODY_LIMIT: usize = 64 << 20;

/// How a sandbox is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Seed of all randomness, keys and ids included.
    pub seed: u64,
    /// Shops of one app, where the channel has apps; WooCommerce is always one.
    pub shops: usize,
    /// Which release or behaviour to play; `None`: the newest.
    pub profile: Option<String>,
    /// Believe that every call came over TLS (as behind a proxy that ends it). `X-Forwarded-Proto: https` says so per call.
    pub behind_tls: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            shops: 1,
            profile: None,
            behind_tls: false,
        }
    }
}

/// One listening sandbox. Dropping it stops it.
pub struct Running {
    control: Arc<Control>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// The address to call, `http://host:port`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.control.base_url
    }

    /// The address it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client needs: the same as `GET /_sandbox/credentials`.
    #[must_use]
    pub fn credentials(&self) -> Value {
        self.control.market.credentials(self.base_url())
    }

    /// The shared half: clock, faults, journal …
    #[must_use]
    pub fn core(&self) -> &Arc<Core> {
        &self.control.core
    }

    /// The marketplace itself.
    #[must_use]
    pub fn market(&self) -> &Arc<dyn Market> {
        &self.control.market
    }

    /// Makes a control call without a socket; an error comes back as `{"error": …}`.
    pub async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.control_status(method, path, body).await.1
    }

    /// Makes a control call without a socket; returns its HTTP status too.
    pub async fn control_status(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.control.call(method, path, body.unwrap_or_else(|| Value::Object(serde_json::Map::new()))).await
    }

    /// Stops listening; calls in flight have one second.
    pub async fn stop(mut self) {
        // Nobody listening means that it has stopped already.
        let _ = self.stop.send(true);
        for mut task in std::mem::take(&mut self.tasks) {
            if tokio::time::timeout(Duration::from_secs(1), &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nobody listening means that it has stopped already.
        let _ = self.stop.send(true);
    }
}

struct Desk {
    control: Arc<Control>,
    behind_tls: bool,
    stopped: watch::Receiver<bool>,
}

/// Starts a market behind a listener.
///
/// # Errors
/// When the address cannot be bound.
pub async fn start(options: &Options, core: Arc<Core>, market: Arc<dyn Market>) -> io::Result<Running> {
    let listener = CutListener(TcpListener::bind(options.listen).await?);
    let address = axum::serve::Listener::local_addr(&listener)?;
    let host = if address.ip().is_unspecified() {
        SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()))
    } else {
        address
    };
    let control = Arc::new(Control { core, market, base_url: format!("http://{host}") });
    let (stop, stopped) = watch::channel(false);
    let desk = Arc::new(Desk {
        control: Arc::clone(&control),
        behind_tls: options.behind_tls,
        stopped: stopped.clone(),
    });
    let app = Router::new().fallback(take).with_state(desk);

    let until = wait_for_stop(stopped.clone());
    let serving = tokio::spawn(async move {
        let service = app.into_make_service_with_connect_info::<Link>();
        // `axum::serve` never fails; its result is only there for the types.
        let _ = axum::serve(listener, service).with_graceful_shutdown(until).await;
    });
    let hooks = Arc::clone(&control.core.hooks);
    let sending = tokio::spawn(async move {
        tokio::select! {
            () = hooks.run() => {}
            () = wait_for_stop(stopped) => {}
        }
    });
    Ok(Running { control, address, stop, tasks: vec![serving, sending] })
}

async fn wait_for_stop(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: stopped as well.
    let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
}

async fn take(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(link): ConnectInfo<Link>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return respond(Reply::html(413, "<html><body><h1>413 Request Entity Too Large</h1></body></html>"));
    };
    let path = parts.uri.path().to_owned();
    let raw_query = parts.uri.query().unwrap_or("").to_owned();
    if path == "/_sandbox" || path.starts_with("/_sandbox/") {
        return control(&desk, parts.method.as_str(), &path, &raw_query, &body).await;
    }
    let core = &desk.control.core;
    let tls = desk.behind_tls || parts.headers.get("x-forwarded-proto").is_some_and(|value| value == "https");
    let call = Call {
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        method: parts.method,
        path,
        raw_query,
        headers: parts.headers,
        body,
        at_ms: core.clock.now_ms(),
        tls,
        fault: None,
    };
    let delay_ms = core.latency.draw(&core.dice);
    // Its own task: a client that hangs up does not undo what it has asked for.
    let work = tokio::spawn(async move {
        desk.control.core.clock.sleep_ms(delay_ms).await;
        answer(&desk, &link, call).await
    });
    work.await.unwrap_or_else(|_| respond(Reply::html(500, "<h1>500</h1>")))
}

async fn control(desk: &Desk, method: &str, path: &str, query: &str, body: &Bytes) -> Response {
    let empty = || Value::Object(serde_json::Map::new());
    let parsed = if body.is_empty() { Ok(empty()) } else { serde_json::from_slice(body) };
    let (status, value) = match parsed {
        Ok(value) => desk.control.call(method, &format!("{path}?{query}"), value).await,
        Err(error) => (400, serde_json::json!({ "error": format!("the body is not JSON: {error}") })),
    };
    respond(Reply::json(status, &value))
}

/// What the journal needs to know about a call that is about to be handed over.
struct Slip {
    at_ms: i64,
    shop: String,
    method: String,
    path: String,
    kind: Kind,
    fault: Option<&'static str>,
}

async fn answer(desk: &Desk, link: &Link, mut call: Call) -> Response {
    let core = &desk.control.core;
    let market = &desk.control.market;
    let shop = market.shop_of(&call);
    let mut slip = Slip {
        at_ms: call.at_ms,
        method: call.method.to_string(),
        path: call.path.clone(),
        kind: market.kind_of(&call),
        shop,
        fault: None,
    };
    if !core.quota.take(&slip.shop, core.clock.now_us()) {
        let reply = market.refusal(Refusal::Throttle, &call);
        note(core, &slip, &reply, reply.status, true);
        return respond(reply);
    }
    let target = if call.raw_query.is_empty() {
        call.path.clone()
    } else {
        format!("{}?{}", call.path, call.raw_query)
    };
    let Some(hit) = core.faults.strike(call.method.as_str(), &target, &slip.shop) else {
        let reply = Arc::clone(market).answer(call).await;
        note(core, &slip, &reply, reply.status, false);
        return respond(reply);
    };
    slip.fault = Some(if hit.kind == FaultKind::Own { hit.own } else { hit.kind.word() });
    if hit.kind.is_the_markets() {
        call.fault = Some(hit);
        let reply = Arc::clone(market).answer(call).await;
        note(core, &slip, &reply, reply.status, false);
        return respond(reply);
    }
    play(desk, link, call, &slip, &hit).await
}

/// Plays a fault of the network, of a gateway, or a flat refusal.
async fn play(desk: &Desk, link: &Link, call: Call, slip: &Slip, hit: &Hit) -> Response {
    let core = &desk.control.core;
    let market = Arc::clone(&desk.control.market);
    let after_ms = u64::try_from(hit.after_ms).unwrap_or(0);
    let mut cut = false;
    let reply = match hit.kind {
        FaultKind::CutBefore => {
            link.cut();
            cut = true;
            Reply::html(502, "")
        }
        FaultKind::CutAfter => {
            let reply = market.answer(call).await;
            core.clock.sleep_ms(after_ms).await;
            link.cut();
            cut = true;
            reply
        }
        FaultKind::CutMiddle => {
            let reply = market.answer(call).await;
            link.cut_after(150 + reply.body.len() / 2);
            cut = true;
            reply
        }
        FaultKind::Slow => {
            let reply = market.answer(call).await;
            core.clock.sleep_ms(after_ms).await;
            reply
        }
        FaultKind::GoneOn => {
            go_on(desk, call, after_ms);
            Reply::html(504, text::GATEWAY_TIMEOUT)
        }
        FaultKind::Down => Reply::html(503, text::DOWN).with_header("Retry-After", "600"),
        FaultKind::Html200 => Reply::html(200, text::CHALLENGE),
        FaultKind::HalfJson => {
            let mut reply = market.answer(call).await;
            reply.body.truncate(reply.body.len() / 2);
            reply
        }
        FaultKind::JunkBeforeJson => {
            let mut reply = market.answer(call).await;
            reply.body.splice(0..0, text::JUNK.bytes());
            reply
        }
        FaultKind::NumbersAsStrings => {
            let mut reply = market.answer(call).await;
            if let Ok(mut value) = serde_json::from_slice::<Value>(&reply.body) {
                text::numbers_to_strings(&mut value);
                reply.body = value.to_string().into_bytes();
            }
            reply
        }
        FaultKind::Throttle => market.refusal(Refusal::Throttle, &call),
        FaultKind::Throttle429 => market.refusal(Refusal::Throttle429, &call),
        FaultKind::ServerError => market.refusal(Refusal::ServerError, &call),
        FaultKind::TokenExpired => market.refusal(Refusal::TokenExpired, &call),
        FaultKind::Revoked => market.refusal(Refusal::Revoked, &call),
        FaultKind::AppDead => market.refusal(Refusal::AppDead, &call),
        FaultKind::StaleRead
        | FaultKind::IndexLag
        | FaultKind::EmptyPage
        | FaultKind::ShiftPage
        | FaultKind::HalfBatch
        | FaultKind::UnknownStatus
        | FaultKind::ClockSkew
        | FaultKind::Own => market.answer(call).await,
    };
    note(core, slip, &reply, if cut { 0 } else { reply.status }, false);
    respond(reply)
}

/// Lets a call have its effect later, with nobody waiting for the reply.
fn go_on(desk: &Desk, call: Call, after_ms: u64) {
    let core = Arc::clone(&desk.control.core);
    let market = Arc::clone(&desk.control.market);
    let stopped = desk.stopped.clone();
    // Owned by the sandbox's stop signal: it ends with it or by itself.
    tokio::spawn(async move {
        tokio::select! {
            () = async {
                core.clock.sleep_ms(after_ms).await;
                market.answer(call).await;
            } => {}
            () = wait_for_stop(stopped) => {}
        }
    });
}

fn note(core: &Core, slip: &Slip, reply: &Reply, status: u16, over_limit: bool) {
    core.journal.write(Note {
        at_ms: slip.at_ms,
        shop: &slip.shop,
        method: &slip.method,
        path: &slip.path,
        kind: slip.kind,
        status,
        error: reply.error.clone(),
        fault: slip.fault,
        rows: reply.rows,
        over_limit,
        throttled: reply.throttled,
        refused_auth: reply.refused_auth,
    });
}

fn respond(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    response
}
