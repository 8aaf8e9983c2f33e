//! First guesses that are the same at every marketplace: transport errors, bare statuses, bodies that should be JSON.

use crate::answer::Answer;
use ganh_contract::{Fault, FaultKind, Reach, Result};
use std::error::Error;
use std::time::Duration;

/// What a failed exchange means. Refused connections, names that do not resolve and failed handshakes happen before anything is sent;
/// everything later may have arrived.
pub fn transport(error: &reqwest::Error) -> FaultKind {
    if error.is_builder() {
        return FaultKind::Unsupported;
    }
    if error.is_connect() {
        return FaultKind::Unreachable;
    }
    FaultKind::Interrupted
}

/// The innermost reason, without the address: tokens travel in queries.
pub(crate) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut inner: &dyn Error = &error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// What a status means when the body says nothing more. `None` for 2xx.
pub fn status(status: u16, retry_after: Option<Duration>) -> Option<FaultKind> {
    Some(match status {
        200..=299 => return None,
        // Redirects are never followed: the configured address is not the real one, which an admin mends.
        300..=399 => FaultKind::Revoked { reach: Reach::Address },
        401 => FaultKind::Expired,
        403 => FaultKind::Revoked { reach: Reach::Shop },
        408 | 500..=599 => FaultKind::Down,
        429 => FaultKind::Throttled { after: retry_after, reach: Reach::Shop },
        _ => FaultKind::Unintelligible,
    })
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3); its date form is left to the default pause.
pub fn retry_after(answer: &Answer) -> Option<Duration> {
    answer.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

/// JSON out of a body, with what stood before it.
#[derive(Debug)]
pub struct Json {
    pub value: serde_json::Value,
    /// Something stood before the first `{` or `[`, such as a notice printed by a broken plug-in.
    pub had_junk: bool,
}

/// Reads a body that should be JSON. Faults: a page of HTML is `Down`, half a JSON or anything else `Unintelligible`;
/// with a failing status and no JSON, what the status says.
pub fn json(call: &'static str, answer: &Answer) -> Result<Json> {
    let text = answer.text();
    let body = text.trim();
    if let Ok(value) = serde_json::from_str(body) {
        return Ok(Json { value, had_junk: false });
    }
    // A page ends with its last tag, so nothing in it reads to the end as JSON; an empty list behind a notice does.
    if let Some(value) = after_junk(body) {
        return Ok(Json { value, had_junk: true });
    }
    let is_page = body.starts_with('<') && !body.contains("{\"") && !body.contains("[{");
    if is_page || body.is_empty() {
        let kind = match status(answer.status, retry_after(answer)) {
            Some(FaultKind::Unintelligible) | None if is_page => FaultKind::Down,
            Some(kind) => kind,
            None => FaultKind::Unintelligible,
        };
        return Err(Fault::new(call, kind).said(format!("HTTP {} without JSON", answer.status)));
    }
    let kind = match status(answer.status, retry_after(answer)) {
        Some(kind @ (FaultKind::Down | FaultKind::Throttled { .. })) => kind,
        _ => FaultKind::Unintelligible,
    };
    Err(Fault::new(call, kind).said(format!(
        "HTTP {}, {} bytes that are not JSON",
        answer.status,
        body.len()
    )))
}

/// The last possible start that reads to the end as one object or list.
fn after_junk(body: &str) -> Option<serde_json::Value> {
    const STARTS_TRIED: usize = 64;
    body.match_indices(['{', '['])
        .take(STARTS_TRIED)
        .filter(|(start, _)| *start > 0)
        .find_map(|(start, _)| serde_json::from_str(&body[start..]).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            sent_at: Timestamp::UNIX_EPOCH,
            answered_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn kind(status: u16, body: &str) -> FaultKind {
        *json("read", &answer(status, body)).expect_err("a fault").kind
    }

    #[test]
    fn a_byte_order_mark_and_a_notice_before_json_are_skipped() {
        assert!(!json("read", &answer(200, "\u{feff}{\"a\":1}")).expect("JSON").had_junk);
        assert!(
            json("read", &answer(200, "<br />\n<b>Notice</b>: x in [y]\n{\"a\":1}")).expect("JSON").had_junk
        );
        assert!(json("read", &answer(200, "<br />\n<b>Notice</b>: x\n[]")).expect("JSON").had_junk);
    }

    #[test]
    fn a_page_is_down_and_half_a_json_is_unintelligible() {
        assert_eq!(kind(200, "<html><body>maintenance</body></html>"), FaultKind::Down);
        assert_eq!(kind(502, "<html>bad gateway</html>"), FaultKind::Down);
        assert_eq!(kind(503, ""), FaultKind::Down);
        assert_eq!(kind(200, "{\"a\":[1,"), FaultKind::Unintelligible);
        assert_eq!(kind(200, ""), FaultKind::Unintelligible);
        assert_eq!(kind(301, ""), FaultKind::Revoked { reach: Reach::Address });
    }
}
