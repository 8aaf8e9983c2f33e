//! Their codes → our twelve kinds (spec §1.4–1.7, §3.4, §4, §5).
//!
//! An answer complains in four places: `code`, `detail` (also beside code 0), `result.success` and the top-level `success`. Names of the
//! gateway come first, then numbers, then words; 500, 501, 503 and 504 are overviews whose cause stands in `detail` or in the message.

mod field;

pub(crate) use field::complaint;

use ganh_contract::{Complaint, Fault, FaultKind, Reach, Thing};
use ganh_http::Read;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// What an answer complains of.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The gateway's name or a number; `0` with details is a complaint too.
    pub code: String,
    pub message: String,
    /// `ISV`, `ISP`, `SYSTEM`: a hint only (§1.4).
    pub origin: String,
    pub request_id: Option<String>,
    pub details: Vec<Detail>,
}

/// One row of `detail` (§1.4). The keys vary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Detail {
    pub field: String,
    pub code: String,
    pub message: String,
    pub sku_id: Option<String>,
    pub seller_sku: Option<String>,
    pub item_id: Option<String>,
}

impl Said {
    /// `None` where nothing complains.
    pub(crate) fn of(body: &Value) -> Option<Self> {
        let details: Vec<Detail> =
            body.get("detail").and_then(Value::as_array).into_iter().flatten().map(Detail::of).collect();
        let origin = text(body, &["type"]).unwrap_or_default();
        let request_id = text(body, &["request_id"]);
        let code = text(body, &["code"]).unwrap_or_else(|| "0".into());
        let message = text(body, &["message", "msg"]).unwrap_or_default();
        if code != "0" {
            return Some(Self { code, message, origin, request_id, details });
        }
        for place in [body.get("result").unwrap_or(&Value::Null), body] {
            if is_false(place.get("success")) {
                let code = text(place, &["error_code", "errorCode"]).unwrap_or_default();
                let message = text(place, &["error_msg", "errorMsg", "error_message"]).unwrap_or_default();
                return Some(Self { code, message, origin, request_id, details });
            }
        }
        (!details.is_empty()).then_some(Self { code, message, origin, request_id, details })
    }
}

impl Detail {
    fn of(row: &Value) -> Self {
        Self {
            field: text(row, &["field"]).unwrap_or_default(),
            code: text(row, &["code"]).unwrap_or_default(),
            message: text(row, &["message", "msg"]).unwrap_or_default(),
            sku_id: text(row, &["sku_id", "SkuId", "skuId"]),
            seller_sku: text(row, &["seller_sku", "SellerSku", "sku"]),
            item_id: text(row, &["item_id", "ItemId", "itemId"]),
        }
    }
}

fn text(place: &Value, keys: &[&str]) -> Option<String> {
    let read = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    keys.iter().find_map(|key| read(place.get(*key)?))
}

fn is_false(success: Option<&Value>) -> bool {
    match success {
        Some(Value::Bool(is_good)) => !is_good,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

/// What a complaint means.
pub(crate) fn judge(call: &'static str, said: &Said) -> Read<()> {
    let kind = gateway(&said.code, &said.message)
        .or_else(|| overview(said))
        .unwrap_or_else(|| kind_of(&said.code, &said.message, &said.origin, ""));
    let mut fault = Fault::new(call, kind).code(&said.code).said(spoken(said));
    fault.request_id.clone_from(&said.request_id);
    // The clock may be wrong, and the host may have told so in its `Date` (§1.6).
    match said.code.as_str() {
        "IllegalTimestamp" | "IncompleteSignature" => Read::SignAgain(fault),
        _ => Read::Fault(fault),
    }
}

/// What a row of `detail` means for its offer.
pub(crate) fn judge_detail(call: &'static str, said: &Said, detail: &Detail) -> Fault {
    let code = if detail.code.is_empty() { &said.code } else { &detail.code };
    let kind =
        gateway(code, &detail.message).unwrap_or_else(|| kind_of(code, &detail.message, "", &detail.field));
    let mut fault = Fault::new(call, kind).code(code).said(&detail.message);
    fault.request_id.clone_from(&said.request_id);
    fault
}

/// What a line of a fulfilment answer means (§5.7).
pub(crate) fn judge_line(call: &'static str, code: &str, message: &str) -> Fault {
    Fault::new(call, kind_of(code, message, "", "")).code(code).said(message)
}

fn spoken(said: &Said) -> String {
    let details = said.details.iter().map(|detail| detail.message.as_str());
    let mut all: Vec<&str> = [said.message.as_str()].into_iter().chain(details).collect();
    all.retain(|words| !words.is_empty());
    all.dedup();
    all.join("; ")
}

/// The causes behind an overview: all complaints at once if one is the producer's, else the first cause.
fn overview(said: &Said) -> Option<FaultKind> {
    let mut complaints: Vec<Complaint> = Vec::new();
    let mut other = None;
    for detail in &said.details {
        match *judge_detail("detail", said, detail).kind {
            FaultKind::Refused(more) => complaints.extend(more),
            kind => other = other.or(Some(kind)),
        }
    }
    if complaints.is_empty() { other } else { Some(FaultKind::Refused(complaints)) }
}

const APP: FaultKind = FaultKind::Revoked { reach: Reach::App };
const SHOP: FaultKind = FaultKind::Revoked { reach: Reach::Shop };
const THIS_CALL: FaultKind = FaultKind::Revoked { reach: Reach::Call };
const HERE: FaultKind = FaultKind::Revoked { reach: Reach::Address };
const CONFLICT: FaultKind = FaultKind::Conflict { holder: None };

/// An hour: daily quotas and campaigns end at an unnamed time (§1.6); asking again each hour costs nothing.
const LONG: Duration = Duration::from_secs(3_600);

const fn throttled(after: Duration, reach: Reach) -> FaultKind {
    FaultKind::Throttled { after: Some(after), reach }
}

/// §1.6, §3.4: names, and the few numbers that the gateway itself uses.
fn gateway(code: &str, message: &str) -> Option<FaultKind> {
    let says = |part: &str| message.to_lowercase().contains(part);
    Some(match code {
        "IllegalAccessToken" | "InvalidAccessToken" => FaultKind::Expired,
        "IllegalRefreshToken" | "AUTH_TYPE_UNSUPPORTED" => SHOP,
        "InvalidAppKey" | "IncompleteSignature" | "AppStatusAbnormal" => APP,
        "IllegalTimestamp" | "AppWhiteIpLimit" => HERE,
        "InsufficientPermission" if says("seller") => SHOP,
        "InsufficientPermission" | "Mp3SellerApiLimit" | "SELLER_NOT_PERMITTED" => THIS_CALL,
        "SellerNotVerified" | "SellerNotActive" => SHOP,
        "MissingParameter" | "UnsupportedHTTPMethod" | "InvalidApiPath" | "InvalidApi" => {
            FaultKind::Unsupported
        }
        "ApiCallLimit" => throttled(ban(message), Reach::Call),
        "SellerCallLimit" => throttled(Duration::from_secs(2), Reach::Shop),
        "AppCallLimit" => throttled(LONG, Reach::App),
        "901" => throttled(Duration::from_secs(1), Reach::Call),
        "998" => throttled(LONG, Reach::Call),
        "ServiceTimeout" | "ServiceUnavailable" | "SystemError" => FaultKind::Down,
        "HttpConnectError" | "UnknownRuntimeException" => FaultKind::Down,
        "EDIT_ITEM_NOT_BELONG_SELLER" => FaultKind::Missing(Thing::Listing),
        "ITEM_NOT_FOUND" => FaultKind::Missing(Thing::Listing),
        "SELLER_SKU_NOT_FOUND" => FaultKind::Missing(Thing::Offer),
        _ => return None,
    })
}

/// `this ban will last 1 seconds` (§1.6).
fn ban(message: &str) -> Duration {
    let after = message.split_once("will last ").map_or("", |(_, after)| after);
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    Duration::from_secs(digits.parse().unwrap_or(1).clamp(1, 86_400))
}

/// The number first, then the words, then who says it.
fn kind_of(code: &str, message: &str, origin: &str, field: &str) -> FaultKind {
    let number = number(code, message);
    number
        .and_then(|number| numbered(number, message))
        .or_else(|| worded(message))
        .or_else(|| (origin == "SYSTEM").then_some(FaultKind::Down))
        .or_else(|| passing(number, message))
        .unwrap_or_else(|| FaultKind::Refused(vec![complaint(number, code, message, field)]))
}

/// The number of a cause: in the code, or where that is an overview or a word, at the head of the message (`E4170: …`).
fn number(code: &str, message: &str) -> Option<u32> {
    let read = |text: &str| {
        let digits: String =
            text.trim_start_matches(['E', 'e']).chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok().filter(|number| *number != 0)
    };
    let is_overview = |number: &u32| matches!(number, 500 | 501 | 503 | 504);
    let head = message.trim_start();
    let told = head.strip_prefix('E').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let (by_code, by_message) = (read(code), told.and_then(read));
    by_code
        .filter(|number| !is_overview(number))
        .or(by_message.filter(|number| !is_overview(number)))
        .or(by_code)
        .or(by_message)
}

/// §1.7, §5.7, §5.10.
fn numbered(number: u32, message: &str) -> Option<FaultKind> {
    Some(match number {
        1 | 5 | 30 | 1001 => FaultKind::Unsupported,
        6 | 15 | 506 | 513 | 1000 | 1002 | 40_011 => FaultKind::Down,
        16 | 700_021 => FaultKind::Missing(Thing::Order),
        37 | 38 | 39 | 56 => FaultKind::Missing(Thing::Order),
        20 | 700_025 => FaultKind::Missing(Thing::Order),
        // A walk that went too deep starts again.
        14 => CONFLICT,
        34 | 600_001 | 600_002 | 700_000 | 700_026 | 700_031 => CONFLICT,
        204 | 4171 => FaultKind::Unsupported,
        207 | 4136 => FaultKind::Missing(Thing::Offer),
        208 | 4137 => FaultKind::Missing(Thing::Listing),
        4138 => FaultKind::Missing(Thing::Picture),
        4105 | 4126 | 4135 | 4141 => CONFLICT,
        4147 => throttled(Duration::from_secs(3), Reach::Listing),
        4154 => throttled(Duration::from_secs(3), Reach::Call),
        700_024 => throttled(Duration::from_secs(3), Reach::Call),
        4155 | 4162 | 4218 => locked(Reach::Listing, message),
        4170 => locked(Reach::Offer, message),
        4193 | 4216 => FaultKind::Unsupported,
        1003 => FaultKind::Down,
        700_032 => SHOP,
        _ => return None,
    })
}

/// Symbols and phrases inside messages (§1.7, §4.8, §8).
fn worded(message: &str) -> Option<FaultKind> {
    let lower = message.to_lowercase();
    let says = |part: &str| lower.contains(part);
    let is_absent = says("not found") || says("not_found") || says("not exist") || says("not_exist");
    Some(if says("negative sellable") {
        locked(Reach::Offer, message)
    } else if says("ability_pg_") || says("campaign") {
        locked(Reach::Listing, message)
    } else if says("warehouse") && (is_absent || says("invalid") || says("illegal")) {
        FaultKind::Missing(Thing::Place)
    } else if is_absent && says("sku") {
        FaultKind::Missing(Thing::Offer)
    } else if is_absent && (says("item") || says("product")) {
        FaultKind::Missing(Thing::Listing)
    } else if is_absent && says("order") {
        FaultKind::Missing(Thing::Order)
    } else if says("sku") && says("duplicate") {
        CONFLICT
    } else if says("seller_not_permitted") {
        THIS_CALL
    } else {
        return None;
    })
}

/// Unknown codes (§1.6): only what says so passes by itself. What was sent may have been done.
fn passing(number: Option<u32>, message: &str) -> Option<FaultKind> {
    let lower = message.to_lowercase();
    let says = |part: &str| lower.contains(part);
    if number.is_some_and(|number| (4_100..4_300).contains(&number)) {
        return None;
    }
    if says("frequen") || says("call limit") || says("access limit") || says("exceeds the limit") {
        return Some(FaultKind::Throttled { after: None, reach: Reach::Call });
    }
    (says("timeout") || says("time out") || says("try again") || says("busy")).then_some(FaultKind::Down)
}

/// Not now (§4.12). The end is the last time that the message names, the floor the number behind `at least` or `not less than`.
fn locked(reach: Reach, message: &str) -> FaultKind {
    FaultKind::Locked { reach, until: last_time(message), least: floor(message) }
}

/// Times such as `2026-03-03 23:59:59` or `2026-03-03T23:59:59+07:00` in a sentence.
fn last_time(message: &str) -> Option<Timestamp> {
    let starts = message.match_indices("20").map(|(start, _)| start);
    let read = |start: usize| {
        let rest = message.get(start..)?;
        let is_date = rest.as_bytes().get(4) == Some(&b'-') && rest.as_bytes().get(7) == Some(&b'-');
        let longest = ["2026-03-03T23:59:59+07:00".len(), 25, 24, 20, 19, 16, 10];
        is_date.then(|| longest.iter().find_map(|length| crate::moment::parse(rest.get(..*length)?)))?
    };
    starts.filter_map(read).max()
}

fn floor(message: &str) -> Option<u32> {
    let lower = message.to_lowercase();
    let after = ["at least ", "not less than ", "no less than ", "cannot be lower than "]
        .iter()
        .find_map(|words| lower.split_once(words))?
        .1
        .to_owned();
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests;
