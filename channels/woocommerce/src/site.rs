//! One call to one shop: address, login, quota, and the first look at the answer. Everything else speaks through it.

use crate::Settings;
use crate::address::{home_url, signing_base, slashed};
use crate::facts::Facts;
use crate::fault;
use crate::sign;
use crate::token::{Keys, Mode};
use ganh_contract::{Fault, FaultKind, Result, Secret};
use ganh_http::{Answer, Body, Gateway, Labels, Method, Quota, Read, Request, Safety, Stamp, Wire, classify};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Query pairs of a call.
pub type Pairs = Vec<(String, String)>;

/// Writes query pairs.
pub fn pairs<const N: usize>(given: [(&str, String); N]) -> Pairs {
    given.into_iter().map(|(key, text)| (key.to_owned(), text)).collect()
}

/// A shop as the wire needs it.
#[derive(Debug)]
pub struct Site {
    gateway: Gateway,
    keys: Keys,
    /// Home address: the shop's name and, with `http`, the base of signatures (spec 2.2).
    home: Url,
    root: Url,
    /// What one call costs one of, as `CallShape::quota` names it.
    quota_name: String,
    quotas: Vec<Quota>,
    timeout: Duration,
}

/// An answer that could be read.
#[derive(Debug)]
pub struct Reply<T> {
    pub value: T,
    /// The body as received.
    pub raw: String,
    pub sent_at: Timestamp,
    /// `X-WP-Total`: rows over all pages.
    pub total: Option<usize>,
}

/// Which login a call uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    Keys,
    /// WordPress's own routes do not take the shop's keys (spec 2).
    ApplicationPassword,
    Nobody,
}

struct Outgoing<'a> {
    call: &'static str,
    safety: Safety,
    method: Method,
    url: Url,
    pairs: Pairs,
    body: Option<&'a Value>,
    upload: Option<(&'a [u8], &'a str, &'a str)>,
    is_delete: bool,
    login: Login,
}

impl Site {
    /// Opens nothing.
    ///
    /// # Errors
    /// `Refused` if the home address is no http address.
    pub fn new(gateway: Gateway, keys: Keys, home: &str, facts: &Facts, settings: &Settings) -> Result<Self> {
        let home = home_url(home)?;
        let root = match &keys.root {
            Some(root) => slashed(root)?,
            None => slashed(&format!("{}/wp-json/", home.as_str().trim_end_matches('/')))?,
        };
        let quotas = settings.quotas(facts, &home);
        let quota_name = format!("woocommerce/shop/{}", home.as_str().trim_end_matches('/'));
        gateway.declare(&quota_name, &quotas);
        let timeout = settings.call_timeout(facts);
        Ok(Self { gateway, keys, home, root, quota_name, quotas, timeout })
    }

    /// The keys that this site is opened with.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Where the REST API begins.
    pub const fn root(&self) -> &Url {
        &self.root
    }

    /// The name of this shop's quotas at the gateway.
    pub fn quota_name(&self) -> &str {
        &self.quota_name
    }

    /// The same shop with other keys.
    pub fn with_keys(&self, keys: Keys) -> Self {
        Self {
            gateway: self.gateway.clone(),
            keys,
            home: self.home.clone(),
            root: self.root.clone(),
            quota_name: self.quota_name.clone(),
            quotas: self.quotas.clone(),
            timeout: self.timeout,
        }
    }

    /// Reads. `path` is under `wc/v3/`.
    pub async fn get<T: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        pairs: Pairs,
    ) -> Result<Reply<T>> {
        self.exchange(self.outgoing(
            call,
            Safety::Read,
            Method::Get,
            format!("wc/v3/{path}").trim_end_matches('/'),
            pairs,
        )?)
        .await
    }

    /// Sets absolute values, or makes what the shop keeps unique by itself: repeating is harmless.
    pub async fn set<T: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        body: &Value,
    ) -> Result<Reply<T>> {
        self.write(call, Safety::Set, path, body).await
    }

    /// Makes something new.
    pub async fn make<T: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        body: &Value,
    ) -> Result<Reply<T>> {
        self.write(call, Safety::Create, path, body).await
    }

    /// Deletes by a POST that says so: hosts that block DELETE are common (spec 1.3).
    pub async fn delete<T: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        pairs: Pairs,
    ) -> Result<Reply<T>> {
        let mut outgoing = self.outgoing(call, Safety::Set, Method::Post, &format!("wc/v3/{path}"), pairs)?;
        outgoing.is_delete = true;
        self.exchange(outgoing).await
    }

    /// Reads a route of the site itself, without login. An empty path is the index.
    pub async fn get_public<T: DeserializeOwned>(&self, call: &'static str, path: &str) -> Result<Reply<T>> {
        let mut outgoing = self.outgoing(call, Safety::Read, Method::Get, path, Vec::new())?;
        outgoing.login = Login::Nobody;
        self.exchange(outgoing).await
    }

    /// Reads one of WordPress's own routes with the application password.
    pub async fn get_as_user<T: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        pairs: Pairs,
    ) -> Result<Reply<T>> {
        let mut outgoing = self.outgoing(call, Safety::Read, Method::Get, path, pairs)?;
        outgoing.login = Login::ApplicationPassword;
        self.exchange(outgoing).await
    }

    /// Puts a picture into the media library (spec 4.9).
    pub async fn upload<T: DeserializeOwned>(
        &self,
        call: &'static str,
        bytes: &[u8],
        mime: &str,
        file_name: &str,
    ) -> Result<Reply<T>> {
        let mut outgoing = self.outgoing(call, Safety::Create, Method::Post, "wp/v2/media", Vec::new())?;
        outgoing.upload = Some((bytes, mime, file_name));
        outgoing.login = Login::ApplicationPassword;
        self.exchange(outgoing).await
    }

    /// Status and headers of a page, whatever its body.
    pub async fn peek(&self, call: &'static str, url: &Url) -> Result<Answer> {
        let build = |_: &Stamp| Ok(Wire::new(Method::Get, url.clone()));
        let request = self.request(call, Safety::Read, &build);
        Ok(self.gateway.call(request, |answer| Read::Value(answer.clone())).await?.value)
    }

    async fn write<T: DeserializeOwned>(
        &self,
        call: &'static str,
        safety: Safety,
        path: &str,
        body: &Value,
    ) -> Result<Reply<T>> {
        let mut outgoing = self.outgoing(call, safety, Method::Post, &format!("wc/v3/{path}"), Vec::new())?;
        outgoing.body = Some(body);
        self.exchange(outgoing).await
    }

    fn outgoing<'a>(
        &self,
        call: &'static str,
        safety: Safety,
        method: Method,
        path: &str,
        pairs: Pairs,
    ) -> Result<Outgoing<'a>> {
        let url = self.root.join(path).map_err(|error| unsupported(call, &error.to_string()))?;
        let login = Login::Keys;
        Ok(Outgoing { call, safety, method, url, pairs, body: None, upload: None, is_delete: false, login })
    }

    async fn exchange<T: DeserializeOwned>(&self, outgoing: Outgoing<'_>) -> Result<Reply<T>> {
        let call = outgoing.call;
        let is_write = outgoing.safety != Safety::Read;
        let build = |stamp: &Stamp| self.dress(&outgoing, stamp);
        let request = self.request(call, outgoing.safety, &build);
        let signs = outgoing.login == Login::Keys && self.keys.mode(&self.home) == Mode::OAuth;
        Ok(self.gateway.call(request, |answer| read(call, answer, is_write, signs)).await?.value)
    }

    fn request<'a>(
        &'a self,
        call: &'static str,
        safety: Safety,
        build: &'a (dyn Fn(&Stamp) -> Result<Wire> + Send + Sync),
    ) -> Request<'a> {
        Request {
            call,
            safety,
            quotas: &self.quotas,
            timeout: Some(self.timeout),
            origin: &self.root,
            build,
            labels: Labels {
                channel: "woocommerce",
                shop: self.home.as_str().trim_end_matches('/').to_owned(),
            },
        }
    }

    fn dress(&self, outgoing: &Outgoing<'_>, stamp: &Stamp) -> Result<Wire> {
        let mut pairs = outgoing.pairs.clone();
        let mut headers = vec![("accept", Secret::new("application/json"))];
        if outgoing.method == Method::Get {
            // Caches in front of the shop are known to keep REST answers (spec 10.2).
            headers.push(("cache-control", Secret::new("no-cache")));
            pairs.push(("_".to_owned(), stamp.nonce.clone()));
        }
        if outgoing.is_delete {
            headers.push(("x-http-method-override", Secret::new("DELETE")));
        }
        match outgoing.login {
            Login::Nobody => {}
            Login::ApplicationPassword => {
                let (user, password) = self.keys.user().ok_or_else(|| Fault::unsupported(outgoing.call))?;
                headers.push(("authorization", Secret::new(sign::basic(user, password))));
            }
            Login::Keys => self.log_in(outgoing, stamp, &mut pairs, &mut headers),
        }
        let mut url = outgoing.url.clone();
        url.set_query((!pairs.is_empty()).then(|| sign::query(&pairs)).as_deref());
        let mut wire = Wire::new(outgoing.method, url);
        wire.headers = headers;
        if let Some((bytes, mime, name)) = outgoing.upload {
            wire.body =
                Body::Bytes { mime: mime.to_owned(), bytes: bytes.to_vec(), name: Some(name.to_owned()) };
        } else if let Some(body) = outgoing.body {
            wire.body = Body::Json(body.to_string());
        } else if outgoing.method == Method::Post {
            // Never a POST without a body: a wrong turn would make a product named "Product" (spec 1.2).
            wire.body = Body::Json("{}".to_owned());
        }
        Ok(wire)
    }

    fn log_in(
        &self,
        outgoing: &Outgoing<'_>,
        stamp: &Stamp,
        pairs: &mut Pairs,
        headers: &mut Vec<(&'static str, Secret)>,
    ) {
        let (key, secret) = (&self.keys.consumer_key, &self.keys.consumer_secret);
        match self.keys.mode(&self.home) {
            Mode::Basic => headers.push(("authorization", Secret::new(sign::basic(key, secret)))),
            Mode::Query => {
                pairs.push(("consumer_key".to_owned(), key.clone()));
                pairs.push(("consumer_secret".to_owned(), secret.clone()));
            }
            Mode::OAuth => {
                let method = if outgoing.method == Method::Get { "GET" } else { "POST" };
                let base = signing_base(&self.home, &outgoing.url);
                *pairs =
                    sign::signed_pairs(key, secret, method, &base, pairs, stamp.at.as_second(), &stamp.nonce);
            }
        }
    }
}

fn read<T: DeserializeOwned>(
    call: &'static str,
    answer: &Answer,
    is_write: bool,
    signs: bool,
) -> Read<Reply<T>> {
    if !(200..300).contains(&answer.status) {
        let fault = fault::of_answer(call, answer);
        // A stale time or a used nonce has the code of every refused signature (spec 2.2): worth one try.
        let is_signature = fault.code.as_deref() == Some("woocommerce_rest_authentication_error");
        return if signs && is_signature { Read::SignAgain(fault) } else { Read::Fault(fault) };
    }
    read_success(call, answer, is_write).into()
}

fn read_success<T: DeserializeOwned>(
    call: &'static str,
    answer: &Answer,
    is_write: bool,
) -> Result<Reply<T>> {
    let says_json = answer.header("content-type").is_some_and(|mime| mime.contains("json"));
    if !says_json {
        return Err(fault::of_answer(call, answer));
    }
    let text = answer.text();
    let body = text.trim();
    let (value, raw) = match serde_json::from_str(body) {
        Ok(value) => (value, body.to_owned()),
        // Printed notices before the body: a read goes on, a write is read back first (spec 3).
        Err(_) if is_write => {
            return Err(Fault::new(call, FaultKind::Interrupted)
                .code("junk")
                .said("the answer is not plain JSON"));
        }
        Err(_) => {
            let json = classify::json(call, answer)?;
            let raw = json.value.to_string();
            let value = serde_json::from_str(&raw);
            let value =
                value.map_err(|error| Fault::new(call, FaultKind::Unintelligible).said(error.to_string()))?;
            (value, raw)
        }
    };
    let total = answer.header("x-wp-total").and_then(|total| total.trim().parse().ok());
    Ok(Reply { value, raw, sent_at: answer.sent_at, total })
}

fn unsupported(call: &'static str, said: &str) -> Fault {
    Fault::new(call, FaultKind::Unsupported).said(said)
}
