//! One call as Lazada wants it (spec §1.2–1.6, §2): `GET` with everything in the query, `POST` with the system's words in the query and ours
//! in a form, pictures as parts. Signed over both, opened down to what complains.

use crate::Settings;
use crate::facts::{Facts, Rate};
use crate::fault::{self, Said};
use crate::lenient::without_values;
use crate::sign::{self, Signed};
use ganh_contract::{Fault, FaultKind, Reach, Result, Secret};
use ganh_http::{
    Answer, Body, Gateway, Labels, Method, Part, PerDay, Quota, Read, Request, Safety, Stamp, Wire, classify,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// What stays the same for all calls of the app.
#[derive(Debug)]
pub(crate) struct App {
    pub settings: Settings,
    pub facts: Facts,
    pub gateway: Gateway,
}

/// A line to Lazada: of the app alone (tokens, categories), or of one seller.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub app: Arc<App>,
    pub shop: Option<ShopKey>,
}

/// Whose call it is.
#[derive(Debug, Clone)]
pub(crate) struct ShopKey {
    pub seller: String,
    pub access: Secret,
}

/// Parameters of the operation. An empty one is never sent (§2.1).
pub(crate) type Params = Vec<(&'static str, String)>;

/// One call before it is signed.
pub(crate) struct Ask<'a> {
    pub call: &'static str,
    /// Behind `/rest`; this is what is signed.
    pub path: &'static str,
    pub safety: Safety,
    pub verb: Verb<'a>,
    pub params: Params,
    pub way: Way,
    pub judged: Judged,
}

pub(crate) enum Verb<'a> {
    Get,
    Post,
    /// A picture under the name `image` (§4.5).
    Upload {
        bytes: &'a [u8],
        file_name: &'a str,
    },
}

/// With whose token, at which host, out of which quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Seller,
    /// Price and stock (§7).
    Inventory,
    /// Without a token (§1.3).
    Public,
    /// The brand list (§4.3).
    Brands,
    /// At the host of tokens (§3).
    Tokens,
}

/// How success is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// Nothing complains.
    Whole,
    /// Rows of `detail` complain each for itself; the caller reads them (§1.4).
    Rows,
}

/// An answer with its envelope opened.
#[derive(Debug)]
pub(crate) struct Reply {
    pub call: &'static str,
    pub body: Value,
    pub said: Option<Said>,
    pub sent_at: Timestamp,
}

impl Line {
    /// A read.
    pub(crate) async fn get(&self, call: &'static str, path: &'static str, params: Params) -> Result<Reply> {
        self.ask(call, path, Safety::Read, Verb::Get, params, Way::Seller).await
    }

    /// A write.
    pub(crate) async fn post(
        &self,
        call: &'static str,
        path: &'static str,
        safety: Safety,
        params: Params,
    ) -> Result<Reply> {
        self.ask(call, path, safety, Verb::Post, params, Way::Seller).await
    }

    /// Any call that is judged as a whole.
    pub(crate) async fn ask(
        &self,
        call: &'static str,
        path: &'static str,
        safety: Safety,
        verb: Verb<'_>,
        params: Params,
        way: Way,
    ) -> Result<Reply> {
        self.send(Ask { call, path, safety, verb, params, way, judged: Judged::Whole }).await
    }

    /// Signs, sends and opens the envelope.
    pub(crate) async fn send(&self, ask: Ask<'_>) -> Result<Reply> {
        let quotas = self.quotas(ask.way);
        let build = |stamp: &Stamp| self.wire(&ask, stamp);
        let request = Request {
            call: ask.call,
            safety: ask.safety,
            quotas: &quotas,
            timeout: None,
            origin: self.base(ask.way),
            build: &build,
            labels: Labels {
                channel: crate::CHANNEL,
                shop: self.shop.as_ref().map_or_else(String::new, |shop| shop.seller.clone()),
            },
        };
        let answered = self.app.gateway.call(request, |answer| open(&ask, answer)).await?;
        Ok(answered.value)
    }

    /// Tells the gateway which quotas stand behind the names in `CallShape::quota`: of the inventory calls, of all others.
    pub(crate) fn declare_quotas(&self) -> (String, String) {
        let declare = |way: Way| {
            let quotas = self.quotas(way);
            let name = quotas.first().map_or_else(String::new, |quota| quota.key.clone());
            self.app.gateway.declare(&name, &quotas);
            name
        };
        (declare(Way::Inventory), declare(Way::Seller))
    }

    /// From the narrowest to the widest.
    fn quotas(&self, way: Way) -> Vec<Quota> {
        let (channel, key, facts) = (crate::CHANNEL, &self.app.settings.app_key, &self.app.facts.quota);
        let app = quota(format!("{channel}/app/{key}"), Reach::App, &facts.app);
        let seller = self.shop.as_ref().map(|shop| &shop.seller);
        let of_shop = |what: &str, reach: Reach, rate: &Rate| {
            seller.map(|seller| quota(format!("{channel}/{what}/{seller}"), reach, rate))
        };
        let mut quotas = Vec::new();
        match way {
            Way::Inventory => {
                quotas.extend(of_shop("inventory", Reach::Call, &facts.inventory));
                quotas.extend(of_shop("shop", Reach::Shop, &facts.shop));
            }
            Way::Seller => quotas.extend(of_shop("shop", Reach::Shop, &facts.shop)),
            Way::Brands => {
                quotas.push(quota(format!("{channel}/brands/{key}"), Reach::Call, &facts.brands));
            }
            Way::Public | Way::Tokens => {}
        }
        quotas.push(app);
        quotas
    }

    fn base(&self, way: Way) -> &Url {
        match way {
            Way::Tokens => &self.app.settings.auth_url,
            Way::Seller | Way::Inventory | Way::Public | Way::Brands => &self.app.settings.base_url,
        }
    }

    fn wire(&self, ask: &Ask<'_>, stamp: &Stamp) -> Result<Wire> {
        let settings = &self.app.settings;
        let mut system: Params = vec![
            ("app_key", settings.app_key.clone()),
            ("timestamp", stamp.at.as_millisecond().to_string()),
            ("sign_method", "sha256".to_owned()),
        ];
        if let (Way::Seller | Way::Inventory, Some(shop)) = (ask.way, &self.shop) {
            system.push(("access_token", shop.access.expose().to_owned()));
        }
        let own: Vec<&(&str, String)> = ask.params.iter().filter(|(_, value)| !value.is_empty()).collect();
        let signed: Signed = system
            .iter()
            .chain(own.iter().copied())
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let signature = sign::call(&settings.app_secret, ask.path, &signed);

        let mut url = self.base(ask.way).clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), ask.path);
        url.set_path(&path);
        let is_form = matches!(ask.verb, Verb::Post);
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(&system).append_pair("sign", &signature);
            if !is_form {
                query.extend_pairs(own.iter().map(|(name, value)| (name, value)));
            }
        }
        let (method, body) = match &ask.verb {
            Verb::Get => (Method::Get, Body::Empty),
            Verb::Post => {
                let fields = own.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
                (Method::Post, Body::Form(fields))
            }
            Verb::Upload { bytes, file_name } => {
                (Method::Post, Body::Multipart(vec![picture(bytes, file_name)]))
            }
        };
        Ok(Wire { method, url, headers: Vec::new(), body })
    }
}

fn quota(key: String, reach: Reach, rate: &Rate) -> Quota {
    // The day of a quota turns at an unnamed hour; the shop's zone is a guess (§7).
    let per_day = rate.per_day.map(|calls| PerDay { calls, utc_offset_s: 7 * 3_600 });
    Quota {
        key,
        reach,
        per_second: rate.per_second,
        burst: rate.burst,
        per_day,
        reserved_pct: rate.reserved_pct,
    }
}

/// A part with a file name is a file, so it is not signed (§2.3).
fn picture(bytes: &[u8], file_name: &str) -> Part {
    let mime = if bytes.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    Part {
        name: "image",
        file_name: Some(file_name.to_owned()),
        mime: Some(mime.to_owned()),
        bytes: bytes.to_vec(),
    }
}

impl Reply {
    /// The payload under `data`; absent, null and empty are the type's own nothing (§1.4).
    pub(crate) fn data<T: DeserializeOwned + Default>(&self) -> Result<T> {
        self.part(&self.body["data"])
    }

    /// The payload under `result.data`, of fulfilment (§1.4).
    pub(crate) fn result<T: DeserializeOwned + Default>(&self) -> Result<T> {
        self.part(&self.body["result"]["data"])
    }

    /// The payload at top level, of tokens (§3.2).
    pub(crate) fn top<T: DeserializeOwned + Default>(&self) -> Result<T> {
        self.part(&self.body)
    }

    /// A part of the payload.
    pub(crate) fn part<T: DeserializeOwned + Default>(&self, value: &Value) -> Result<T> {
        if value.is_null() || value.as_str() == Some("") {
            return Ok(T::default());
        }
        serde_json::from_value(value.clone()).map_err(|error| self.unintelligible(&without_values(&error)))
    }

    /// A fault about the shape of this answer.
    pub(crate) fn unintelligible(&self, said: &str) -> Fault {
        let fault = Fault::new(self.call, FaultKind::Unintelligible).said(said);
        match self.body.get("request_id").and_then(Value::as_str) {
            Some(id) => fault.request(id),
            None => fault,
        }
    }
}

/// The body first, whatever the status; only without JSON or without a code the status speaks (§1.5).
fn open(ask: &Ask<'_>, answer: &Answer) -> Read<Reply> {
    let body = match classify::json(ask.call, answer) {
        Ok(json) => json.value,
        Err(fault) => return Read::Fault(fault),
    };
    let reply = |said: Option<Said>| {
        Read::Value(Reply { call: ask.call, body: body.clone(), said, sent_at: answer.sent_at })
    };
    if body.get("code").is_none_or(Value::is_null) {
        let kind = classify::status(answer.status, classify::retry_after(answer));
        let kind = kind.unwrap_or(FaultKind::Unintelligible);
        return Read::Fault(
            Fault::new(ask.call, kind).said(format!("HTTP {} without a code", answer.status)),
        );
    }
    if let Some(said) = Said::of(&body) {
        if ask.judged == Judged::Rows && !said.details.is_empty() {
            return reply(Some(said));
        }
        return match fault::judge(ask.call, &said) {
            Read::Fault(fault) => Read::Fault(fault),
            Read::SignAgain(fault) => Read::SignAgain(fault),
            Read::Value(()) => reply(Some(said)),
        };
    }
    match classify::status(answer.status, classify::retry_after(answer)) {
        Some(kind) => Read::Fault(Fault::new(ask.call, kind).said(format!("HTTP {}", answer.status))),
        None => reply(None),
    }
}
