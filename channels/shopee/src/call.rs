//! One call as Shopee wants it: common parameters in the query, signed, JSON in the body, an envelope back (spec §1.2–1.4, §2).

use crate::Settings;
use crate::facts::Facts;
use crate::fault::{self, Said};
use crate::lenient::without_values;
use crate::sign;
use ganh_contract::{Fault, FaultKind, Reach, Result, Secret};
use ganh_http::{
    Answer, Body, Gateway, Labels, Method, Part, Quota, Read, Request, Safety, Stamp, Wire, classify,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// What stays the same for all calls of the app.
#[derive(Debug)]
pub(crate) struct App {
    pub settings: Settings,
    pub facts: Facts,
    pub gateway: Gateway,
}

/// A line to Shopee: of the app alone (public calls), or of one shop.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub app: Arc<App>,
    pub shop: Option<ShopKey>,
}

/// What a shop's call is signed with.
#[derive(Debug, Clone)]
pub(crate) struct ShopKey {
    pub id: u64,
    pub access: Secret,
}

/// The words of a query. Lists travel joined by commas, except `item_status`, which is repeated (§1.2).
pub(crate) type Query = Vec<(&'static str, String)>;

/// One call before it is signed.
pub(crate) struct Ask<'a> {
    pub call: &'static str,
    /// From `/api/v2/` on; this is what is signed.
    pub path: &'static str,
    pub safety: Safety,
    pub query: Query,
    pub payload: Payload<'a>,
    pub judged: Judged,
}

pub(crate) enum Payload<'a> {
    /// A `GET`.
    None,
    Json(Value),
    /// A picture to upload.
    Picture {
        bytes: &'a [u8],
        file_name: &'a str,
    },
}

/// How success is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// An empty `error` is success (§1.3).
    Error,
    /// `error` says nothing as long as there are lists of successes and failures (§4.9, §8 no. 5).
    Lists,
    /// Success is a file, failure an envelope (§1.3).
    File,
}

/// An answer with its envelope opened.
#[derive(Debug)]
pub(crate) struct Reply {
    pub call: &'static str,
    pub body: Value,
    /// The answer as received.
    pub raw: Vec<u8>,
    pub mime: String,
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
}

impl Line {
    /// A read with a query.
    pub(crate) async fn get(&self, call: &'static str, path: &'static str, query: Query) -> Result<Reply> {
        let (payload, judged) = (Payload::None, Judged::Error);
        self.send(Ask { call, path, safety: Safety::Read, query, payload, judged }).await
    }

    /// A write of JSON.
    pub(crate) async fn post(
        &self,
        call: &'static str,
        path: &'static str,
        safety: Safety,
        body: Value,
    ) -> Result<Reply> {
        let (payload, judged) = (Payload::Json(body), Judged::Error);
        self.send(Ask { call, path, safety, query: Vec::new(), payload, judged }).await
    }

    /// Signs, sends and opens the envelope.
    pub(crate) async fn send(&self, ask: Ask<'_>) -> Result<Reply> {
        let quotas = self.quotas();
        let origin = &self.app.settings.base_url;
        let build = |stamp: &Stamp| self.wire(&ask, stamp);
        let request = Request {
            call: ask.call,
            safety: ask.safety,
            quotas: &quotas,
            timeout: None,
            origin,
            build: &build,
            labels: Labels {
                channel: crate::CHANNEL,
                shop: self.shop.as_ref().map_or_else(String::new, |shop| shop.id.to_string()),
            },
        };
        let answered = self.app.gateway.call(request, |answer| open(&ask, answer)).await?;
        Ok(answered.value)
    }

    /// Tells the gateway which quotas stand behind the name in `CallShape::quota`, and returns that name.
    pub(crate) fn declare_quota(&self) -> String {
        let quotas = self.quotas();
        let name = quotas.first().map_or_else(String::new, |quota| quota.key.clone());
        self.app.gateway.declare(&name, &quotas);
        name
    }

    fn quotas(&self) -> Vec<Quota> {
        let quota = |key: String, reach: Reach, rate: &crate::facts::Rate| Quota {
            key,
            reach,
            per_second: rate.per_second,
            burst: rate.burst,
            per_day: None,
            reserved_pct: rate.reserved_pct,
        };
        let (channel, partner) = (crate::CHANNEL, self.app.settings.partner_id);
        let app = quota(format!("{channel}/app/{partner}"), Reach::App, &self.app.facts.quota.app);
        match &self.shop {
            Some(shop) => {
                vec![
                    quota(format!("{channel}/shop/{}", shop.id), Reach::Shop, &self.app.facts.quota.shop),
                    app,
                ]
            }
            None => vec![app],
        }
    }

    fn wire(&self, ask: &Ask<'_>, stamp: &Stamp) -> Result<Wire> {
        let settings = &self.app.settings;
        let (partner, key, at) = (settings.partner_id, &settings.partner_key, stamp.at.as_second());
        let mut url = settings.base_url.join(ask.path).map_err(|_| {
            Fault::new(ask.call, FaultKind::Revoked { reach: Reach::Address })
                .said("the base address cannot carry a path")
        })?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("partner_id", &partner.to_string()).append_pair("timestamp", &at.to_string());
            match &self.shop {
                Some(shop) => query
                    .append_pair("access_token", shop.access.expose())
                    .append_pair("shop_id", &shop.id.to_string())
                    .append_pair("sign", &sign::shop(key, partner, ask.path, at, &shop.access, shop.id)),
                None => query.append_pair("sign", &sign::public(key, partner, ask.path, at)),
            };
            query.extend_pairs(&ask.query);
        }
        let (method, body) = match &ask.payload {
            Payload::None => (Method::Get, Body::Empty),
            Payload::Json(body) => (Method::Post, Body::Json(body.to_string())),
            Payload::Picture { bytes, file_name } => {
                (Method::Post, Body::Multipart(picture_parts(bytes, file_name)))
            }
        };
        Ok(Wire { method, url, headers: Vec::new(), body })
    }
}

impl Reply {
    /// The payload under `response`.
    pub(crate) fn response<T: DeserializeOwned>(&self) -> Result<T> {
        self.read(self.body.get("response").cloned().unwrap_or(Value::Null))
    }

    /// The payload of a flat answer (§1.3).
    pub(crate) fn flat<T: DeserializeOwned>(&self) -> Result<T> {
        self.read(self.body.clone())
    }

    /// A part of the payload.
    pub(crate) fn read<T: DeserializeOwned>(&self, value: Value) -> Result<T> {
        serde_json::from_value(value).map_err(|error| self.unintelligible(&without_values(&error)))
    }

    /// A fault about the shape of this answer.
    pub(crate) fn unintelligible(&self, said: &str) -> Fault {
        let fault = Fault::new(self.call, FaultKind::Unintelligible).said(said);
        match self.body.get("request_id").and_then(Value::as_str) {
            Some(id) => fault.request(id),
            None => fault,
        }
    }

    /// What `error` says, if anything; for answers that are judged by their lists.
    pub(crate) fn complaint(&self) -> Option<Fault> {
        let said = Said::of(&self.body)?;
        match fault::judge(self.call, &said, self.answered_at) {
            Read::Fault(fault) | Read::SignAgain(fault) => Some(fault),
            Read::Value(()) => None,
        }
    }
}

/// The body first, whatever the status; only without JSON the status speaks (§1.4).
fn open(ask: &Ask<'_>, answer: &Answer) -> Read<Reply> {
    let mime = answer.header("content-type").unwrap_or_default().to_owned();
    let reply = |body: Value| Reply {
        call: ask.call,
        body,
        raw: answer.body.clone(),
        mime: mime.clone(),
        sent_at: answer.sent_at,
        answered_at: answer.answered_at,
    };
    let looks_like_json = answer.body.trim_ascii_start().first() == Some(&b'{');
    if ask.judged == Judged::File && answer.status == 200 && !looks_like_json && !answer.body.is_empty() {
        return Read::Value(reply(Value::Null));
    }
    let body = match classify::json(ask.call, answer) {
        Ok(json) => json.value,
        Err(fault) => return Read::Fault(fault),
    };
    if !body.is_object() {
        return Read::Fault(
            Fault::new(ask.call, FaultKind::Unintelligible).said("the answer is no envelope"),
        );
    }
    if let Some(said) = Said::of(&body) {
        if ask.judged == Judged::Lists && fault::has_lists(&body) {
            return Read::Value(reply(body));
        }
        return match fault::judge(ask.call, &said, answer.answered_at) {
            Read::Fault(fault) => Read::Fault(fault),
            Read::SignAgain(fault) => Read::SignAgain(fault),
            Read::Value(()) => Read::Value(reply(body)),
        };
    }
    match classify::status(answer.status, classify::retry_after(answer)) {
        Some(kind) => Read::Fault(Fault::new(ask.call, kind).said(format!("HTTP {}", answer.status))),
        None => Read::Value(reply(body)),
    }
}

/// §4.3: `scene` normal squares the picture for item pages.
fn picture_parts(bytes: &[u8], file_name: &str) -> Vec<Part> {
    let mime = if bytes.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    vec![
        Part { name: "scene", file_name: None, mime: None, bytes: b"normal".to_vec() },
        Part {
            name: "image",
            file_name: Some(file_name.to_owned()),
            mime: Some(mime.to_owned()),
            bytes: bytes.to_vec(),
        },
    ]
}
