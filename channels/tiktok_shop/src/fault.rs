//! Their codes → our twelve kinds (spec §3.3, §4.1–4.2). The code decides; the message only where one code has several meanings
//! (36009004). A refusal carries the field and what to do, in Vietnamese and English, beside their own words.

mod code;
mod mend;

use crate::lenient::Text;
use ganh_contract::{Complaint, Fault, FaultKind, Reach};
use ganh_http::Read;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

pub(crate) use code::{is_done, is_label_late};
pub(crate) use mend::field_in;
use mend::mend_of;

/// Codes that the adapter itself asks about.
pub(crate) mod known {
    pub(crate) const STATUS_DOES_NOT_ALLOW: [&str; 2] = ["12052901", "12019113"];
    pub(crate) const TOO_DEEP: &str = "12052180";
    pub(crate) const EXTERNAL_ID_TAKEN: &str = "12052996";
    pub(crate) const STOCK_HELD: &str = "12052393";
    pub(crate) const PRICE_HELD: [&str; 2] = ["12019045", "12052038"];
}

/// What an envelope, or a row of a batch, complains of.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub code: u64,
    pub message: String,
    pub request_id: Option<String>,
}

impl Said {
    /// A row of `data.errors` (§4.3): the code may be a text there (§9.2).
    pub(crate) fn of_row(row: &Value, request_id: Option<&str>) -> Self {
        let text = |key: &str| {
            serde_json::from_value::<Text>(row.get(key).cloned().unwrap_or_default()).unwrap_or_default().0
        };
        Self {
            code: text("code").trim().parse().unwrap_or(0),
            message: text("message"),
            request_id: request_id.map(str::to_owned),
        }
    }
}

/// What a complaint means. `at` is when it came: the end of the day depends on it.
pub(crate) fn judge<T>(
    call: &'static str,
    said: &Said,
    retry_after: Option<Duration>,
    at: Timestamp,
) -> Read<T> {
    let is_clock = said.code == code::GATEWAY && said.message.to_lowercase().contains("timestamp");
    let kind = code::kind(call, said, retry_after, at).unwrap_or_else(|| refused(said));
    let mut fault = Fault::new(call, kind).code(said.code.to_string()).said(&said.message);
    fault.request_id.clone_from(&said.request_id);
    if is_clock { Read::SignAgain(fault) } else { Read::Fault(fault) }
}

/// The same for one row of a batch.
pub(crate) fn of_row(call: &'static str, row: &Value, request_id: Option<&str>, at: Timestamp) -> Fault {
    match judge::<()>(call, &Said::of_row(row, request_id), None, at) {
        Read::Fault(fault) | Read::SignAgain(fault) => fault,
        Read::Value(()) => Fault::new(call, FaultKind::Interrupted),
    }
}

/// Everything else is a fault of what was sent (§4.2: an unknown code too; the shop goes on).
fn refused(said: &Said) -> FaultKind {
    let complaint = match mend_of(said.code) {
        Some(mend) => mend.complaint(&said.code.to_string(), &said.message),
        None => Complaint {
            field: field_in(&said.message),
            code: Some(said.code.to_string()),
            said: said.message.clone(),
        },
    };
    FaultKind::Refused(vec![complaint])
}

/// A refusal of our own, before any call: what would be refused there.
pub(crate) fn wrong(call: &'static str, field: &str, vi: &str, en: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: format!("{vi} ‖ {en}") };
    Fault::new(call, FaultKind::Refused(vec![complaint]))
}

pub(crate) const SHOP: FaultKind = FaultKind::Revoked { reach: Reach::Shop };
pub(crate) const CONFLICT: FaultKind = FaultKind::Conflict { holder: None };

#[cfg(test)]
mod tests;
