//! Their codes → our twelve kinds (spec §1.5, §3, §4.5–4.9, §5.4–5.5).
//!
//! A code is trimmed, freed of blanks and split at its last dot into module and code. The gateway's table counts only where the module is
//! empty or `common`: `order.error_limit` means "cannot cancel this order", bare `error_limit` the daily quota. Codes first; messages only
//! where one code has several meanings (§8 no. 25).

mod field;
mod reason;

pub(crate) use field::field_of;
pub(crate) use reason::reason;

use ganh_contract::{Complaint, Fault, FaultKind, Reach, Thing};
use ganh_http::Read;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// What an envelope complains of.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub error: String,
    pub message: String,
    pub request_id: Option<String>,
}

impl Said {
    /// `None` if `error` is empty or absent: both are success (§1.3).
    pub(crate) fn of(body: &Value) -> Option<Self> {
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let error = text("error");
        if error.trim().is_empty() {
            return None;
        }
        // `msg` and `mesage` are typos of the wire (§1.3, §5.5).
        let message = ["message", "msg", "mesage"].map(text).into_iter().find(|said| !said.is_empty());
        let request_id = body.get("request_id").and_then(Value::as_str).map(str::to_owned);
        Some(Self { error, message: message.unwrap_or_default(), request_id })
    }
}

/// Whether the payload holds lists of what became of each row, one of them filled.
pub(crate) fn has_lists(body: &Value) -> bool {
    let is_filled = |name: &str| {
        [body.get("response"), Some(body)]
            .into_iter()
            .flatten()
            .any(|place| place.get(name).and_then(Value::as_array).is_some_and(|rows| !rows.is_empty()))
    };
    ["success_list", "failure_list", "result_list"].into_iter().any(is_filled)
}

/// What a complaint means. `at` is when it came: the daily quota's end depends on it.
pub(crate) fn judge(call: &'static str, said: &Said, at: Timestamp) -> Read<()> {
    let (module, code) = normalise(&said.error);
    let message = said.message.to_lowercase();
    let is_clock = code == "error_param" && message.contains("timestamp is expired");
    let kind = kind_of(&module, &code, &message, at).unwrap_or_else(|| refused(&code, said));
    let mut fault = Fault::new(call, kind).code(&said.error).said(&said.message);
    fault.request_id.clone_from(&said.request_id);
    if is_clock { Read::SignAgain(fault) } else { Read::Fault(fault) }
}

/// Module and code, without blanks (§1.5).
fn normalise(error: &str) -> (String, String) {
    let error: String = error.chars().filter(|c| !c.is_whitespace()).collect();
    match error.rsplit_once('.') {
        Some((module, code)) => (module.to_owned(), code.to_owned()),
        None => (String::new(), error),
    }
}

fn kind_of(module: &str, code: &str, message: &str, at: Timestamp) -> Option<FaultKind> {
    let is_gateway = module.is_empty() || module == "common";
    let kind = if is_gateway { gateway(code, message, at) } else { None };
    kind.or_else(|| token(code))
        .or_else(|| trouble(code, message))
        .or_else(|| item(code, message))
        .or_else(|| order(code, message))
}

const APP: FaultKind = FaultKind::Revoked { reach: Reach::App };
const SHOP: FaultKind = FaultKind::Revoked { reach: Reach::Shop };
const THIS_CALL: FaultKind = FaultKind::Revoked { reach: Reach::Call };
const HERE: FaultKind = FaultKind::Revoked { reach: Reach::Address };

const fn locked(reach: Reach) -> FaultKind {
    FaultKind::Locked { reach, until: None, least: None }
}

/// §1.5, first table.
fn gateway(code: &str, message: &str, at: Timestamp) -> Option<FaultKind> {
    let says = |part: &str| message.contains(part);
    Some(match code {
        "invalid_acceess_token" | "invalid_access_token" => FaultKind::Expired,
        "error_auth" if says("access_token") => FaultKind::Expired,
        "error_auth" if says("invalid code") => return None,
        "error_auth" if says("no permission to current api") => THIS_CALL,
        "error_auth" if says("partner_id is invalid") => APP,
        "error_auth" if says("holiday") => locked(Reach::Shop),
        "error_auth" if says("location") => FaultKind::Missing(Thing::Place),
        "error_auth" => SHOP,
        // After signing again once: this machine's clock is wrong and the host told no better time.
        "error_param" if says("timestamp is expired") => HERE,
        "error_param" if says("invalid partner_id") => APP,
        "error_param" if says("there is no ") || says("invalid timestamp") => FaultKind::Unsupported,
        "error_param" if says("offline or the request path") => FaultKind::Unsupported,
        "error_sign" | "invalid_partner_id" | "error_partner_key_expired" | "partner_frozen" => APP,
        "error_api_call_restricted" | "api_suspended" => APP,
        "error_api_permission" | "error_ashop_api_permission" | "error_permission" => THIS_CALL,
        "source_ip_undeclared" => HERE,
        "error_rate_limit" => FaultKind::Throttled { after: None, reach: Reach::Shop },
        "error_limit" => FaultKind::Throttled { after: Some(until_quota_turns(at)), reach: Reach::App },
        "shop_no_linked"
        | "partner_shop_no_link"
        | "shop_banned"
        | "error_kyc_auth"
        | "merchant_no_linked" => SHOP,
        "error_shop" | "invalid_shop" => SHOP,
        _ => return None,
    })
}

/// §3.3.
fn token(code: &str) -> Option<FaultKind> {
    Some(match code {
        "refresh_token_expired" | "error_shop_refresh_token" | "error_merchant_refresh_token" => SHOP,
        "shop_access_expired" | "merchant_access_expired" => SHOP,
        _ => return None,
    })
}

/// §1.5, second table: passes by itself. What was sent may have been done.
fn trouble(code: &str, message: &str) -> Option<FaultKind> {
    let says = |part: &str| message.contains(part);
    Some(match code {
        "error_inner" if says("stock location") => FaultKind::Missing(Thing::Place),
        "error_inner" if says("update item failed") => return None,
        "error_server" if says("fbs shop") => return None,
        "error_network" | "error_server" | "error_inner" | "error_system_busy" | "system_busy" => {
            FaultKind::Down
        }
        "error_timeout" | "error_connection" | "error_third_party_server" => FaultKind::Down,
        // §4.5: look for the item before trying again.
        "error_busi_add_item_failed" | "error_get_shop_fail" => FaultKind::Down,
        "error_too_many_invoke_function" | "logistic_order_is_locked_on_creating" => soon(),
        "error_param" if says("being allocated") => soon(),
        "error_rate_limit" => FaultKind::Throttled { after: None, reach: Reach::Shop },
        _ => return None,
    })
}

/// "Failed to get lock": nothing was done, a few seconds help (§1.5).
fn soon() -> FaultKind {
    FaultKind::Throttled { after: Some(Duration::from_secs(4)), reach: Reach::Call }
}

/// §4.5–4.9.
fn item(code: &str, message: &str) -> Option<FaultKind> {
    let says = |part: &str| message.contains(part);
    Some(match code {
        "error_item_not_found" | "error_item_or_variation_not_found" | "error_item_not_belong_shop" => {
            FaultKind::Missing(Thing::Listing)
        }
        "error_wrong_modelid" => FaultKind::Missing(Thing::Offer),
        "error_param" if says("wrong model_id") => FaultKind::Missing(Thing::Offer),
        "error_image_unavailable" => FaultKind::Missing(Thing::Picture),
        "error_param" if says("image not exist") => FaultKind::Missing(Thing::Picture),
        // A walk that went too deep starts again, in slices (§4.10).
        "error_param" if says("offset over limit") => FaultKind::Conflict { holder: None },
        "error_auth" | "error_busi" if says("location") => FaultKind::Missing(Thing::Place),
        "error_auth" if says("holiday") => locked(Reach::Shop),
        "error_not_in_whitelist" => THIS_CALL,
        "error_busi_invalid_shop_status" | "error_busi_invalid_account_status" => SHOP,
        "error_seller_under_penalty" => locked(Reach::Shop),
        "error_item_uneditable" | "error_busi_item_status_invalid" => locked(Reach::Listing),
        "error_busi_cannot_delist_reviewing_or_banned_item" | "error_cannot_delete_item" => {
            locked(Reach::Listing)
        }
        "error_wms_shop_block_upate_stock" => locked(Reach::Shop),
        code if code.contains("holiday") => locked(Reach::Shop),
        code if code.contains("promotion") => locked(Reach::Listing),
        _ => return None,
    })
}

/// §5.2–5.5.
fn order(code: &str, message: &str) -> Option<FaultKind> {
    let says = |part: &str| message.contains(part);
    Some(match code {
        "error_not_found" if says("item") => FaultKind::Missing(Thing::Listing),
        "error_not_found" | "order_not_found" => FaultKind::Missing(Thing::Order),
        "invalid_error" if says("not exist") => FaultKind::Missing(Thing::Order),
        "package_not_exist" | "package_number_not_exist" => FaultKind::Missing(Thing::Order),
        "package_already_shipped" | "ship_order_not_ready_to_ship" | "order_finalized" => CONFLICT,
        "cancel_order_invalid_status" | "order_status_invalid" | "error_status" => CONFLICT,
        "shipping_document_should_print_first"
        | "invalid_address_version"
        | "ship_order_pickup_time_invalid" => CONFLICT,
        "error_param" if says("timeslot") => CONFLICT,
        "package_can_not_print" => locked(Reach::Call),
        _ => return None,
    })
}

const CONFLICT: FaultKind = FaultKind::Conflict { holder: None };

/// Everything else is a fault of what was sent.
fn refused(code: &str, said: &Said) -> FaultKind {
    let words = if said.message.is_empty() { said.error.clone() } else { said.message.clone() };
    FaultKind::Refused(vec![Complaint {
        field: field_of(code, &said.message),
        code: Some(said.error.clone()),
        said: words,
    }])
}

/// The daily quota of the app turns at 00:00 UTC+8 (§1.5, §7).
fn until_quota_turns(at: Timestamp) -> Duration {
    const DAY_S: i64 = 86_400;
    let into_day = (at.as_second() + 8 * 3_600).rem_euclid(DAY_S);
    Duration::from_secs(u64::try_from(DAY_S - into_day).unwrap_or(86_400))
}

#[cfg(test)]
mod tests;
