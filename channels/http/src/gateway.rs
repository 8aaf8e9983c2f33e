//! The one way out: record → retry → gate → quota → sign → timeout → send → read.

use crate::answer::{Answer, Answered, Read};
use crate::certificate;
use crate::classify;
use crate::clock::{Clock, after, until};
use crate::gate::Gate;
use crate::prepaid::{self, Heeder, Names};
use crate::quota::Quota;
use crate::record::{CallRecord, Recorder};
use crate::request::{Body, Method, Request, Safety, Stamp, Wire};
use crate::skew::Skew;
use crate::urgency::is_urgent;
use crate::wait::Pauses;
use ganh_contract::{Fault, FaultKind, Reach, Result};
use reqwest::multipart;
use std::sync::Arc;
use std::time::Duration;

/// How patient the gateway is.
#[derive(Debug, Clone)]
pub struct Settings {
    pub user_agent: String,
    pub connect_timeout: Duration,
    /// For a whole exchange, unless the request says otherwise.
    pub call_timeout: Duration,
    /// A longer answer is `Unintelligible`.
    pub max_answer_bytes: usize,
    /// Attempts after the first, where a repeat is safe.
    pub retries: u32,
    /// The first and the longest pause between attempts.
    pub pauses: (Duration, Duration),
    /// A throttle up to this is waited for here; a longer one is returned at once.
    pub short_throttle: Duration,
    /// Whether `HTTPS_PROXY` and its like are obeyed.
    pub obeys_environment_proxy: bool,
    /// Authorities beside the system's, as PEM; empty: none.
    pub extra_ca: Vec<u8>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user_agent: format!("ganh/{}", env!("CARGO_PKG_VERSION")),
            connect_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(20),
            max_answer_bytes: 32 << 20,
            retries: 2,
            pauses: (Duration::from_millis(250), Duration::from_secs(4)),
            short_throttle: Duration::from_secs(5),
            obeys_environment_proxy: false,
            extra_ca: Vec::new(),
        }
    }
}

/// The way out of the process. One for all channels; a clone is the same gateway.
#[derive(Debug, Clone)]
pub struct Gateway(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    recorder: Arc<dyn Recorder>,
    gate: Gate,
    names: Names,
    skew: Skew,
}

impl Gateway {
    /// Opens nothing yet. Errors: the system's certificates, or those of `extra_ca`, cannot be used.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>, recorder: Arc<dyn Recorder>) -> Result<Self> {
        // An error only says that a provider is installed already, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(&settings.user_agent)
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tcp_nodelay(true)
            .http1_only();
        if !settings.obeys_environment_proxy {
            builder = builder.no_proxy();
        }
        let unusable = |error| Fault::new("gateway", FaultKind::Unsupported).said(classify::reason(error));
        if !settings.extra_ca.is_empty() {
            let extra = reqwest::Certificate::from_pem_bundle(&settings.extra_ca).map_err(unusable)?;
            builder = builder.tls_certs_merge(extra);
        }
        let client = builder.build().map_err(unusable)?;
        let gate = Gate::new(clock.clone());
        Ok(Self(Arc::new(Inner {
            settings,
            client,
            clock,
            recorder,
            gate,
            names: Names::default(),
            skew: Skew::default(),
        })))
    }

    /// The clock that this gateway lives by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Says which quotas stand behind a name of `CallShape::quota`. The last word counts.
    pub fn declare(&self, name: &str, quotas: &[Quota]) {
        self.0.names.declare(name, quotas);
    }

    /// Pays for one call of this name if that is possible at once. An undeclared name costs nothing here.
    pub fn try_pay(&self, name: &str, is_urgent: bool) -> bool {
        self.0.gate.try_pass(&self.0.names.quotas(name), is_urgent)
    }

    /// Pays for one call of this name as soon as possible. Cancelling it pays nothing.
    pub async fn pay(&self, name: &str, is_urgent: bool) {
        self.0.gate.pass(&self.0.names.quotas(name), is_urgent).await;
    }

    /// True when calls of this name are paid for in advance.
    pub fn is_declared(&self, name: &str) -> bool {
        !self.0.names.quotas(name).is_empty()
    }

    /// Says how the headers of answers are read for the quota of this key, where the marketplace tells there what is left. It is asked
    /// for each answer of a call that costs one of that quota, whatever its status; the last word counts.
    pub fn heed(&self, key: &str, heeder: Heeder) {
        self.0.names.heed(key, heeder);
    }

    /// From now on quotas that a marketplace counts for the whole app are divided among processes: calls wait until
    /// [`Gateway::share`] says how many there are. Without this the process has them alone.
    pub fn divide_app_quotas(&self) {
        self.0.gate.divide();
    }

    /// The app's quota of this key is divided among so many processes, this one included; 0: nothing of it is ours for now.
    pub fn share(&self, key: &str, among: u32) {
        self.0.gate.share(key, among);
    }

    /// Keys of the quotas of apps that calls asked for since then, or wait for.
    pub fn app_quotas(&self, since: jiff::Timestamp) -> Vec<String> {
        self.0.gate.app_keys(since)
    }

    /// Ready when a call waits for an app's quota of which nothing is ours. Cancelling it loses nothing.
    pub async fn app_quota_wanted(&self) {
        self.0.gate.wanted().await;
    }

    /// Makes one call and reads its answer.
    ///
    /// Tries again by itself, a few times and shortly: a `Read` after anything that passes by; any call that provably did not arrive or
    /// met a short throttle; once with a new stamp after `SignAgain`. The unknown outcome of a write is returned at once.
    pub async fn call<T>(
        &self,
        request: Request<'_>,
        read: impl Fn(&Answer) -> Read<T> + Send + Sync,
    ) -> Result<Answered<T>> {
        let inner = &*self.0;
        let is_urgent = is_urgent();
        let mut pauses = Pauses::new(inner.settings.pauses.0, inner.settings.pauses.1);
        let mut was_signed_again = false;
        let mut failures = 0;
        for attempt in 1.. {
            let is_paid = attempt == 1 && prepaid::take();
            let quota_wait =
                if is_paid { Duration::ZERO } else { inner.gate.pass(request.quotas, is_urgent).await };
            let patience = inner.settings.short_throttle;
            let flight = inner.gate.leave(request.quotas, is_urgent, patience).await;
            let flight = flight.map_err(|until| inner.frozen(&request, until))?;
            let sent_at = inner.clock.now();
            let exchange = inner.exchange(&request, attempt).await;
            drop(flight);
            if let Ok(answer) = &exchange {
                inner.heed(&request, answer);
            }
            let (status, outcome) = match exchange {
                Ok(answer) => (Some(answer.status), Ok((read(&answer), answer.sent_at, answer.answered_at))),
                Err(fault) => (None, Err(fault)),
            };
            let (fault, may_sign_again) = match outcome {
                Ok((Read::Value(value), sent_at, answered_at)) => {
                    inner.gate.thaw(request.quotas);
                    inner.record(&request, attempt, quota_wait, sent_at, status, None);
                    return Ok(Answered { value, sent_at, answered_at });
                }
                Ok((Read::Fault(fault), ..)) | Err(fault) => (fault, false),
                Ok((Read::SignAgain(fault), ..)) => (fault, true),
            };
            inner.record(&request, attempt, quota_wait, sent_at, status, Some(&fault));
            if may_sign_again && !was_signed_again {
                was_signed_again = true;
                continue;
            }
            failures += 1;
            let Some(pause) = inner.again(&request, &fault, &mut pauses) else { return Err(fault) };
            if failures > inner.settings.retries {
                return Err(fault);
            }
            inner.clock.sleep_until(after(inner.clock.now(), pause)).await;
        }
        Err(Fault::new(request.call, FaultKind::Unreachable))
    }
}

impl Inner {
    /// How long to wait before this call is tried again here; `None`: it is not. Freezes the gate after a throttle.
    fn again(&self, request: &Request<'_>, fault: &Fault, pauses: &mut Pauses) -> Option<Duration> {
        match *fault.kind {
            FaultKind::Throttled { after: named, reach } => {
                // A throttle of one thing or one kind of call holds up nobody else.
                let is_narrow = matches!(reach, Reach::Offer | Reach::Listing | Reach::Call);
                if request.quotas.is_empty()
                    || is_narrow && !request.quotas.iter().any(|quota| quota.reach == reach)
                {
                    return Some(named.unwrap_or_else(|| pauses.next()))
                        .filter(|pause| *pause <= self.settings.short_throttle);
                }
                let frozen = self.gate.freeze(request.quotas, named, reach);
                let is_short = until(self.clock.now(), frozen) <= self.settings.short_throttle;
                // The gate waits.
                is_short.then_some(Duration::ZERO)
            }
            FaultKind::Unreachable => Some(pauses.next()),
            FaultKind::Interrupted | FaultKind::Down => {
                (request.safety == Safety::Read).then(|| pauses.next())
            }
            FaultKind::Expired
            | FaultKind::Revoked { .. }
            | FaultKind::Refused(_)
            | FaultKind::Missing(_)
            | FaultKind::Conflict { .. }
            | FaultKind::Locked { .. }
            | FaultKind::Unsupported
            | FaultKind::Unintelligible => None,
        }
    }

    /// A turn was paid for before a throttle that outlasts our patience: the call stays here, as if it had been throttled itself.
    fn frozen(&self, request: &Request<'_>, until_at: jiff::Timestamp) -> Fault {
        let pause = until(self.clock.now(), until_at);
        let reach = request.quotas.first().map_or(Reach::Shop, |quota| quota.reach);
        Fault::new(request.call, FaultKind::Throttled { after: Some(pause), reach })
            .said("a call before this one was throttled")
    }

    /// Obeys what the answer's headers tell of the call's quotas.
    fn heed(&self, request: &Request<'_>, answer: &Answer) {
        for quota in request.quotas {
            if let Some(told) = self.names.heeder(&quota.key).and_then(|heeder| heeder(answer)) {
                self.gate.heed(&quota.key, told);
            }
        }
    }

    async fn exchange(&self, request: &Request<'_>, attempt: u32) -> Result<Answer> {
        let call = request.call;
        let sent_at = self.clock.now();
        let stamp = Stamp { at: self.skew.correct(request.origin, sent_at), nonce: nonce(call)?, attempt };
        let timeout = request.timeout.unwrap_or(self.settings.call_timeout);
        let outgoing = self.dress(call, (request.build)(&stamp)?)?.timeout(timeout);
        let lost = |error: reqwest::Error| {
            let kind = classify::transport(&error);
            let said = certificate::complaint(&error);
            Fault::new(call, kind).said(said.unwrap_or_else(|| classify::reason(error)))
        };
        let mut response = outgoing.send().await.map_err(lost)?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, text)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(text.as_bytes()).into_owned())
            })
            .collect();
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > self.settings.max_answer_bytes {
                let said = format!("the answer is longer than {} bytes", self.settings.max_answer_bytes);
                return Err(Fault::new(call, FaultKind::Unintelligible).said(said));
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer { status, headers, body, sent_at, answered_at: self.clock.now() };
        self.skew.learn(request.origin, &answer);
        Ok(answer)
    }

    fn dress(&self, call: &'static str, wire: Wire) -> Result<reqwest::RequestBuilder> {
        let method = match wire.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut outgoing = self.client.request(method, wire.url);
        for (name, text) in &wire.headers {
            outgoing = outgoing.header(*name, text.expose());
        }
        Ok(match wire.body {
            Body::Empty => outgoing,
            Body::Json(text) => outgoing.header("content-type", "application/json").body(text),
            Body::Form(fields) => outgoing.form(&fields),
            Body::Bytes { mime, bytes, name } => {
                if let Some(name) = name {
                    let name = name.replace(['"', '\\', '\r', '\n'], "_");
                    outgoing =
                        outgoing.header("content-disposition", format!("attachment; filename=\"{name}\""));
                }
                outgoing.header("content-type", mime).body(bytes)
            }
            Body::Multipart(parts) => {
                let mut form = multipart::Form::new();
                for part in parts {
                    let mut piece = multipart::Part::bytes(part.bytes);
                    if let Some(file_name) = part.file_name {
                        piece = piece.file_name(file_name);
                    }
                    if let Some(mime) = part.mime {
                        piece = piece.mime_str(&mime).map_err(|error| {
                            Fault::new(call, FaultKind::Unsupported).said(classify::reason(error))
                        })?;
                    }
                    form = form.part(part.name, piece);
                }
                outgoing.multipart(form)
            }
        })
    }

    fn record(
        &self,
        request: &Request<'_>,
        attempt: u32,
        quota_wait: Duration,
        sent_at: jiff::Timestamp,
        status: Option<u16>,
        fault: Option<&Fault>,
    ) {
        self.recorder.call(&CallRecord {
            channel: request.labels.channel,
            shop: request.labels.shop.clone(),
            call: request.call,
            fault: fault.map(|fault| fault.kind.name()),
            code: fault.and_then(|fault| fault.code.clone()),
            request_id: fault.and_then(|fault| fault.request_id.clone()),
            status,
            attempt,
            duration: until(sent_at, self.clock.now()),
            quota_wait,
            at: sent_at,
        });
    }
}

/// 128 random bits in hex.
fn nonce(call: &'static str) -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::new(call, FaultKind::Unreachable).said(format!("no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
