//! One call as TikTok Shop wants it: common parameters in the query, signed with path and body, the token in a header, an envelope back
//! (spec §1.3–1.4, §2). Every endpoint of a shop has a quota of its own (§4.4).

use crate::Settings;
use crate::access::Access;
use crate::facts::{Facts, Rate};
use crate::fault::{self, Said};
use crate::lenient::{Text, without_values};
use crate::sign;
use crate::wire::Shops;
use ganh_contract::{Fault, FaultKind, Reach, RemoteShopId, Result, Secret};
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

/// A line to TikTok Shop: of the app alone (token calls), or of one shop.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub app: Arc<App>,
    pub shop: Option<ShopKey>,
}

/// What a shop's call is made with.
#[derive(Debug, Clone)]
pub(crate) struct ShopKey {
    pub id: RemoteShopId,
    pub token: Secret,
    /// Names the shop in calls; not its id (§3.4, §8.1). Unknown where only a bare token was brought.
    pub cipher: Option<Secret>,
}

/// The words of a query, decoded.
pub(crate) type Query = Vec<(&'static str, String)>;

/// The kinds of endpoint that have rates of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Create,
    Edit,
    Figures,
    Orders,
    Reads,
}

/// Names of the quotas behind the calls of `set_offers`.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub prices: String,
    pub stock: String,
    pub switch: String,
}

/// One call before it is signed.
pub(crate) struct Ask<'a> {
    pub call: &'static str,
    pub method: Method,
    /// With its version; this is what is signed (§1.2).
    pub path: String,
    pub class: Class,
    pub safety: Safety,
    pub query: Query,
    pub payload: Payload<'a>,
    /// Some calls must not name the shop (§1.3).
    pub names_shop: bool,
}

pub(crate) enum Payload<'a> {
    None,
    Json(Value),
    /// A picture to upload.
    Picture {
        bytes: &'a [u8],
        file_name: &'a str,
    },
}

impl Ask<'_> {
    /// A `GET` of a shop.
    pub(crate) fn get(call: &'static str, class: Class, path: impl Into<String>) -> Self {
        Ask {
            call,
            method: Method::Get,
            path: path.into(),
            class,
            safety: Safety::Read,
            query: Vec::new(),
            payload: Payload::None,
            names_shop: true,
        }
    }

    /// A `POST` of JSON for a shop.
    pub(crate) fn post(
        call: &'static str,
        class: Class,
        safety: Safety,
        path: impl Into<String>,
        body: Value,
    ) -> Self {
        Ask { method: Method::Post, safety, payload: Payload::Json(body), ..Ask::get(call, class, path) }
    }

    pub(crate) fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn query(self, query: Query) -> Self {
        Self { query, ..self }
    }

    /// The call is forbidden to name the shop (§1.3: error 36009004).
    pub(crate) fn without_shop(self) -> Self {
        Self { names_shop: false, ..self }
    }
}

/// An answer with its envelope opened.
#[derive(Debug)]
pub(crate) struct Reply {
    pub call: &'static str,
    /// The payload; `null` where there is none.
    pub data: Value,
    pub request_id: Option<String>,
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
}

impl Line {
    /// Signs, sends and opens the envelope.
    pub(crate) async fn send(&self, ask: Ask<'_>) -> Result<Reply> {
        let cipher = if ask.names_shop { Some(self.cipher().await?) } else { None };
        self.send_with(&ask, cipher.as_ref()).await
    }

    async fn send_with(&self, ask: &Ask<'_>, cipher: Option<&Secret>) -> Result<Reply> {
        let quotas: Vec<Quota> = self.quota(ask.call, ask.class).into_iter().collect();
        let origin = &self.app.settings.base_url;
        let build = |stamp: &Stamp| self.wire(ask, cipher, stamp);
        let request = Request {
            call: ask.call,
            safety: ask.safety,
            quotas: &quotas,
            timeout: None,
            origin,
            build: &build,
            labels: self.labels(),
        };
        Ok(self.app.gateway.call(request, |answer| open(ask.call, answer)).await?.value)
    }

    /// A token call: unsigned, its secrets in the query of the other host (§3.2–3.3).
    pub(crate) async fn token(
        &self,
        call: &'static str,
        path: &'static str,
        more: &[(&'static str, &str)],
    ) -> Result<Reply> {
        let settings = &self.app.settings;
        let build = |_: &Stamp| {
            let mut url = join(call, &settings.auth_url, path)?;
            url.query_pairs_mut()
                .append_pair("app_key", &settings.app_key)
                .append_pair("app_secret", settings.app_secret.expose())
                .extend_pairs(more);
            Ok(Wire::new(Method::Get, url))
        };
        let request = Request {
            call,
            safety: Safety::Create,
            quotas: &[],
            timeout: None,
            origin: &settings.auth_url,
            build: &build,
            labels: self.labels(),
        };
        Ok(self.app.gateway.call(request, |answer| open(call, answer)).await?.value)
    }

    /// A document at an address that TikTok named: neither signed nor with a token.
    pub(crate) async fn download(&self, call: &'static str, url: &Url) -> Result<(String, Vec<u8>)> {
        let build = |_: &Stamp| Ok(Wire::new(Method::Get, url.clone()));
        let request = Request {
            call,
            safety: Safety::Read,
            quotas: &[],
            timeout: None,
            origin: url,
            build: &build,
            labels: self.labels(),
        };
        let read = |answer: &Answer| {
            let is_page = answer.body.trim_ascii_start().starts_with(b"<");
            match classify::status(answer.status, classify::retry_after(answer)) {
                Some(kind) => Read::Fault(Fault::new(call, kind).said(format!("HTTP {}", answer.status))),
                None if is_page || answer.body.is_empty() => {
                    Read::Fault(Fault::new(call, FaultKind::Down).said("no document came"))
                }
                None => {
                    let mime = answer.header("content-type").unwrap_or("application/pdf").to_owned();
                    Read::Value((mime, answer.body.clone()))
                }
            }
        };
        Ok(self.app.gateway.call(request, read).await?.value)
    }

    /// All shops of the token, each with its cipher (§3.4).
    pub(crate) async fn shops(&self) -> Result<(Shops, Reply)> {
        let ask = Ask::get("get_authorized_shops", Class::Reads, "/authorization/202309/shops");
        let reply = self.send_with(&ask.without_shop(), None).await?;
        Ok((reply.read_or_empty::<Shops>()?, reply))
    }

    /// The shop's cipher: as granted, else asked for.
    async fn cipher(&self) -> Result<Secret> {
        let lost = || Fault::new("get_authorized_shops", FaultKind::Revoked { reach: Reach::Shop });
        let key = self.shop.as_ref().ok_or_else(|| lost().said("no shop is open"))?;
        if let Some(cipher) = &key.cipher {
            return Ok(cipher.clone());
        }
        let (shops, _) = self.shops().await?;
        let own = shops.shops.0.iter().find(|shop| shop.id.as_str() == key.id.as_str());
        let cipher = own.and_then(|shop| shop.cipher.filled());
        cipher.map(Secret::new).ok_or_else(|| lost().said("the token does not open this shop"))
    }

    /// Tells the gateway which quotas stand behind the names in `CallShape::quota`, and returns those names.
    pub(crate) fn declare_quotas(&self) -> Names {
        let declare = |call: &str| {
            let quota = self.quota(call, Class::Figures);
            let name = quota.as_ref().map_or_else(String::new, |quota| quota.key.clone());
            if let Some(quota) = quota {
                self.app.gateway.declare(&name, &[quota]);
            }
            name
        };
        Names {
            prices: declare(crate::offer::PRICES),
            stock: declare(crate::offer::STOCK),
            switch: declare(crate::offer::SWITCH),
        }
    }

    /// One endpoint of one shop (§4.4). Token calls have none.
    fn quota(&self, call: &str, class: Class) -> Option<Quota> {
        const VIETNAM_S: i32 = 7 * 3_600;
        let shop = self.shop.as_ref()?;
        let rates = &self.app.facts.quota;
        let rate: &Rate = match class {
            Class::Create => &rates.create,
            Class::Edit => &rates.edit,
            Class::Figures => &rates.figures,
            Class::Orders => &rates.orders,
            Class::Reads => &rates.reads,
        };
        Some(Quota {
            key: format!("{}/shop/{}/{call}", crate::CHANNEL, shop.id),
            reach: Reach::Call,
            per_second: rate.per_second,
            burst: rate.burst,
            per_day: (rate.per_day > 0).then_some(PerDay { calls: rate.per_day, utc_offset_s: VIETNAM_S }),
            reserved_pct: rate.reserved_pct,
        })
    }

    fn labels(&self) -> Labels {
        Labels {
            channel: crate::CHANNEL,
            shop: self.shop.as_ref().map_or_else(String::new, |shop| shop.id.as_str().to_owned()),
        }
    }

    /// The body is written once, signed and sent as it is (§8.1). Empty parameters are never sent (§2.1).
    fn wire(&self, ask: &Ask<'_>, cipher: Option<&Secret>, stamp: &Stamp) -> Result<Wire> {
        let settings = &self.app.settings;
        let mut query: Query =
            vec![("app_key", settings.app_key.clone()), ("timestamp", stamp.at.as_second().to_string())];
        if let Some(cipher) = cipher {
            query.push(("shop_cipher", cipher.expose().to_owned()));
        }
        query.extend(ask.query.iter().filter(|(_, value)| !value.is_empty()).cloned());
        let (signed, body) = match &ask.payload {
            Payload::None => (String::new(), Body::Empty),
            Payload::Json(body) => {
                let text = body.to_string();
                (text.clone(), Body::Json(text))
            }
            Payload::Picture { bytes, file_name } => {
                (String::new(), Body::Multipart(picture_parts(bytes, file_name)))
            }
        };
        let signature = sign::call(&settings.app_secret, &ask.path, &query, &signed);
        let mut url = join(ask.call, &settings.base_url, &ask.path)?;
        url.query_pairs_mut().extend_pairs(&query).append_pair("sign", &signature);
        let mut headers = Vec::new();
        if let Some(shop) = &self.shop {
            headers.push(("x-tts-access-token", shop.token.clone()));
        }
        if matches!(ask.payload, Payload::None) {
            headers.push(("content-type", Secret::new("application/json")));
        }
        Ok(Wire { method: ask.method, url, headers, body })
    }
}

fn join(call: &'static str, base: &Url, path: &str) -> Result<Url> {
    base.join(path).map_err(|_| {
        Fault::new(call, FaultKind::Revoked { reach: Reach::Address })
            .said("the base address cannot carry a path")
    })
}

impl Reply {
    /// The payload.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        self.part(self.data.clone())
    }

    /// The payload; its absence is an empty one (§1.4).
    pub(crate) fn read_or_empty<T: DeserializeOwned + Default>(&self) -> Result<T> {
        if self.data.is_null() { Ok(T::default()) } else { self.read() }
    }

    /// A part of the payload.
    pub(crate) fn part<T: DeserializeOwned>(&self, value: Value) -> Result<T> {
        serde_json::from_value(value).map_err(|error| self.unintelligible(&without_values(&error)))
    }

    /// A fault about the shape of this answer.
    pub(crate) fn unintelligible(&self, said: &str) -> Fault {
        self.fault(FaultKind::Unintelligible).said(said)
    }

    /// A fault that this answer tells.
    pub(crate) fn fault(&self, kind: FaultKind) -> Fault {
        let mut fault = Fault::new(self.call, kind);
        fault.request_id.clone_from(&self.request_id);
        fault
    }
}

/// `code` is the truth, the status a hint (§1.4); without an envelope only the status speaks.
fn open(call: &'static str, answer: &Answer) -> Read<Reply> {
    let body = match classify::json(call, answer) {
        Ok(json) => json.value,
        Err(fault) => return Read::Fault(fault),
    };
    let text = |key: &str| serde_json::from_value::<Text>(body.get(key).cloned().unwrap_or_default()).ok();
    let request_id = text("request_id").and_then(|id| id.filled().map(str::to_owned));
    let code = text("code").and_then(|code| code.0.trim().parse::<u64>().ok());
    let status = classify::status(answer.status, classify::retry_after(answer));
    let failed = |kind: FaultKind| {
        let mut fault = Fault::new(call, kind).said(format!("HTTP {}", answer.status));
        fault.request_id.clone_from(&request_id);
        Read::Fault(fault)
    };
    match (code, status) {
        (Some(0), None) => Read::Value(Reply {
            call,
            data: body.get("data").cloned().unwrap_or(Value::Null),
            request_id,
            sent_at: answer.sent_at,
            answered_at: answer.answered_at,
        }),
        (Some(0), Some(kind)) => failed(kind),
        (Some(code), _) => {
            let message = text("message").unwrap_or_default().0;
            let said = Said { code, message, request_id };
            fault::judge(call, &said, classify::retry_after(answer), answer.answered_at)
        }
        (None, Some(kind)) => failed(kind),
        (None, None) => failed(FaultKind::Unintelligible),
    }
}

/// §7.2: the picture of a product page.
fn picture_parts(bytes: &[u8], file_name: &str) -> Vec<Part> {
    let mime = match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', ..] => "image/webp",
        [b'B', b'M', ..] => "image/bmp",
        _ => "image/jpeg",
    };
    vec![
        Part { name: "use_case", file_name: None, mime: None, bytes: b"MAIN_IMAGE".to_vec() },
        Part {
            name: "data",
            file_name: Some(file_name.to_owned()),
            mime: Some(mime.to_owned()),
            bytes: bytes.to_vec(),
        },
    ]
}

/// The key of a shop out of what a grant holds.
impl ShopKey {
    pub(crate) fn of(access: &Access, id: &RemoteShopId) -> Self {
        let cipher = access.ciphers.get(id.as_str()).map(Secret::new);
        Self { id: id.clone(), token: access.token.clone(), cipher }
    }
}
