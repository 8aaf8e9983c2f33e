//! The fake adapter's way out: one call, one answer, one fault for each of the platform's codes.

use super::manner::Manner;
use ganh_contract::{Complaint, Fault, FaultKind, Reach, Result, Secret, Thing};
use ganh_http::{Body, Gateway, Labels, Method, Read, Request, Safety, Wire, classify};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// Where calls go, and as whom.
#[derive(Debug, Clone)]
pub struct Line {
    pub base: Url,
    pub manner: Manner,
    pub gateway: Gateway,
    pub shop: String,
    pub access: Option<Secret>,
}

/// A payload with the moment its call left.
#[derive(Debug)]
pub struct Told {
    pub data: Value,
    pub sent_at: Timestamp,
}

impl Line {
    /// Makes one call.
    pub async fn call(&self, verb: &'static str, safety: Safety, body: Value) -> Result<Told> {
        let url = self.base.join(&format!("/fake/{verb}/{}", self.shop));
        let url = url.map_err(|_| Fault::unsupported(verb))?;
        let text = body.to_string();
        let build = |_: &ganh_http::Stamp| {
            let mut wire = Wire::new(Method::Post, url.clone());
            wire.headers.extend(self.access.clone().map(|access| ("authorization", access)));
            wire.body = Body::Json(text.clone());
            Ok(wire)
        };
        let request = Request {
            call: verb,
            safety,
            quotas: &[],
            timeout: None,
            origin: &self.base,
            build: &build,
            labels: Labels { channel: "fake", shop: self.shop.clone() },
        };
        let answered = self.gateway.call(request, |answer| Read::from(read(verb, answer))).await?;
        Ok(Told { data: answered.value, sent_at: answered.sent_at })
    }
}

fn read(verb: &'static str, answer: &ganh_http::Answer) -> Result<Value> {
    let mut body = classify::json(verb, answer)?.value;
    // Success is what the envelope says, whatever the status.
    match body.get("code").and_then(Value::as_str) {
        Some("") => Ok(body["data"].take()),
        Some(code) => Err(fault(verb, code, &body["detail"])),
        None => Err(Fault::new(verb, FaultKind::Unintelligible).said("an answer without code")),
    }
}

/// What a code means.
pub fn fault(verb: &'static str, code: &str, detail: &Value) -> Fault {
    let kind = match code {
        "too_fast" => FaultKind::Throttled { after: None, reach: Reach::Shop },
        "internal" | "busy_all" => FaultKind::Down,
        "token_ended" => FaultKind::Expired,
        "consent_ended" => FaultKind::Revoked { reach: Reach::Shop },
        "app_stopped" => FaultKind::Revoked { reach: Reach::App },
        "no_listing" => FaultKind::Missing(Thing::Listing),
        "no_offer" => FaultKind::Missing(Thing::Offer),
        "no_place" => FaultKind::Missing(Thing::Place),
        "no_order" => FaultKind::Missing(Thing::Order),
        "bad_cursor" | "too_late" => FaultKind::Conflict { holder: None },
        "not_live" => FaultKind::Locked { reach: Reach::Listing, until: None, least: None },
        "locked" => FaultKind::Locked {
            reach: Reach::Listing,
            until: detail["until"].as_i64().and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            least: detail["least"].as_u64().and_then(|least| u32::try_from(least).ok()),
        },
        "busy" => FaultKind::Throttled { after: None, reach: Reach::Offer },
        "refused" => FaultKind::Refused(complaints(detail)),
        _ => FaultKind::Unintelligible,
    };
    Fault::new(verb, kind).code(code)
}

/// Complaints: a list of objects, a list of texts, or such a list as JSON in a text.
pub fn complaints(detail: &Value) -> Vec<Complaint> {
    if let Some(text) = detail.as_str() {
        return match serde_json::from_str::<Value>(text) {
            Ok(list @ Value::Array(_)) => complaints(&list),
            Ok(_) | Err(_) => vec![Complaint { field: None, code: None, said: text.to_owned() }],
        };
    }
    let one = |row: &Value| Complaint {
        field: row.get("field").and_then(Value::as_str).map(str::to_owned),
        code: None,
        said: row.as_str().or_else(|| row.get("said")?.as_str()).unwrap_or_default().to_owned(),
    };
    detail.as_array().into_iter().flatten().map(one).collect()
}
