//! Faults that strike by script: which call, how often, how.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dice::Dice;
use super::lock;

/// What goes wrong. The words are the control API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Connection closed, no effect.
    CutBefore,
    /// Effect, then connection closed without a byte.
    CutAfter,
    /// Effect, then connection closed in the middle of the reply.
    CutMiddle,
    /// Effect, reply after `after_ms`.
    Slow,
    /// Answers 504 HTML at once; the effect happens `after_ms` later.
    GoneOn,
    /// Throttled as this platform says it.
    Throttle,
    /// Throttled as HTTP says it.
    #[serde(rename = "throttle_429")]
    Throttle429,
    /// 503 HTML, no effect.
    Down,
    /// 200 HTML, no effect.
    #[serde(rename = "html_200")]
    Html200,
    /// Effect, well-framed reply whose body is cut in half.
    HalfJson,
    /// Effect, junk printed before the JSON.
    JunkBeforeJson,
    /// The platform's own error, no effect.
    ServerError,
    /// Access token ran out, no effect.
    TokenExpired,
    /// Consent taken back, no effect.
    Revoked,
    /// App switched off, no effect.
    AppDead,
    /// Reads answer the world as it was `after_ms` ago.
    StaleRead,
    /// Searches and lists do not see things younger than `after_ms`.
    IndexLag,
    /// An empty page where rows should be.
    EmptyPage,
    /// Rows shift and repeat between pages.
    ShiftPage,
    /// Every second row of a batch fails, the platform's way, under success.
    HalfBatch,
    /// Numbers come as strings.
    NumbersAsStrings,
    /// A status word nobody knows.
    UnknownStatus,
    /// The server's clock is off by `after_ms`.
    ClockSkew,
    /// One that only a single channel knows; its name is in [`Hit::own`].
    Own,
}

impl FaultKind {
    /// The control API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CutBefore => "cut_before",
            Self::CutAfter => "cut_after",
            Self::CutMiddle => "cut_middle",
            Self::Slow => "slow",
            Self::GoneOn => "gone_on",
            Self::Throttle => "throttle",
            Self::Throttle429 => "throttle_429",
            Self::Down => "down",
            Self::Html200 => "html_200",
            Self::HalfJson => "half_json",
            Self::JunkBeforeJson => "junk_before_json",
            Self::ServerError => "server_error",
            Self::TokenExpired => "token_expired",
            Self::Revoked => "revoked",
            Self::AppDead => "app_dead",
            Self::StaleRead => "stale_read",
            Self::IndexLag => "index_lag",
            Self::EmptyPage => "empty_page",
            Self::ShiftPage => "shift_page",
            Self::HalfBatch => "half_batch",
            Self::NumbersAsStrings => "numbers_as_strings",
            Self::UnknownStatus => "unknown_status",
            Self::ClockSkew => "clock_skew",
            Self::Own => "own",
        }
    }

    /// Whether the market plays it (it arrives in `Call::fault`); the core plays the rest.
    #[must_use]
    pub const fn is_the_markets(self) -> bool {
        matches!(
            self,
            Self::StaleRead
                | Self::IndexLag
                | Self::EmptyPage
                | Self::ShiftPage
                | Self::HalfBatch
                | Self::UnknownStatus
                | Self::ClockSkew
                | Self::Own
        )
    }
}

/// One fault as asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// A [`FaultKind`] word, or one that only this channel knows.
    pub kind: String,
    /// Part of the path (with the query).
    #[serde(default)]
    pub path: Option<String>,
    /// HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// How many calls it strikes; default 1.
    #[serde(default)]
    pub count: Option<u64>,
    /// Strikes with this probability until cleared.
    #[serde(default)]
    pub probability: Option<f64>,
    /// How many matching calls pass first.
    #[serde(default)]
    pub skip: Option<u64>,
    /// Milliseconds; the meaning depends on the kind.
    #[serde(default, alias = "before_ms")]
    pub after_ms: Option<i64>,
    /// The shop it is for; default all.
    #[serde(default)]
    pub shop: Option<String>,
}

/// A fault that strikes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What.
    pub kind: FaultKind,
    /// Its name where `kind` is [`FaultKind::Own`], else empty.
    pub own: &'static str,
    /// Milliseconds; the meaning depends on the kind. Default 0.
    pub after_ms: i64,
}

struct Armed {
    id: u64,
    wanted: Wanted,
    kind: FaultKind,
    own: &'static str,
    seen: u64,
    hits: u64,
}

/// The faults in force.
pub struct Faults {
    armed: Mutex<(u64, Vec<Armed>)>,
    len: AtomicUsize,
    dice: Dice,
}

impl Faults {
    /// None in force.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { armed: Mutex::default(), len: AtomicUsize::new(0), dice: Dice::new(seed ^ 0xFA17) }
    }

    /// Arms one; returns its number. `own` names the kinds that only this channel knows.
    ///
    /// # Errors
    /// An unknown kind.
    pub fn arm(&self, wanted: Wanted, own: &[&'static str]) -> Result<u64, String> {
        let word = Value::String(wanted.kind.clone());
        let (kind, own) = match own.iter().find(|name| **name == wanted.kind) {
            Some(name) => (FaultKind::Own, *name),
            None => match serde_json::from_value::<FaultKind>(word) {
                Ok(kind) if kind != FaultKind::Own => (kind, ""),
                Ok(_) | Err(_) => return Err(format!("no fault is called {:?}", wanted.kind)),
            },
        };
        let mut armed = lock(&self.armed);
        armed.0 += 1;
        let id = armed.0;
        armed.1.push(Armed { id, wanted, kind, own, seen: 0, hits: 0 });
        self.len.store(armed.1.len(), Ordering::Release);
        Ok(id)
    }

    /// Clears all.
    pub fn clear(&self) {
        lock(&self.armed).1.clear();
        self.len.store(0, Ordering::Release);
    }

    /// Whether a fault of that kind is armed and can still strike.
    pub fn is_armed(&self, kind: FaultKind) -> bool {
        self.len.load(Ordering::Acquire) != 0
            && lock(&self.armed).1.iter().any(|fault| fault.kind == kind && !fault.is_spent())
    }

    /// The faults with their hits.
    pub fn list(&self) -> Value {
        let armed = lock(&self.armed);
        let rows = armed.1.iter().map(|fault| {
            json!({
                "id": fault.id, "kind": fault.wanted.kind, "path": fault.wanted.path, "method": fault.wanted.method,
                "count": fault.wanted.count, "probability": fault.wanted.probability, "skip": fault.wanted.skip,
                "after_ms": fault.wanted.after_ms, "shop": fault.wanted.shop, "seen": fault.seen, "hits": fault.hits,
            })
        });
        Value::Array(rows.collect())
    }

    /// The fault that strikes this call, if any: the oldest that matches and is not spent.
    pub fn strike(&self, method: &str, target: &str, shop: &str) -> Option<Hit> {
        if self.len.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut armed = lock(&self.armed);
        for fault in &mut armed.1 {
            if fault.is_spent() || !fault.matches(method, target, shop) {
                continue;
            }
            fault.seen += 1;
            if fault.seen <= fault.wanted.skip.unwrap_or(0) {
                continue;
            }
            if fault.wanted.probability.is_some_and(|p| !self.dice.chance(p)) {
                continue;
            }
            fault.hits += 1;
            return Some(Hit {
                kind: fault.kind,
                own: fault.own,
                after_ms: fault.wanted.after_ms.unwrap_or(0),
            });
        }
        None
    }
}

impl Armed {
    fn is_spent(&self) -> bool {
        let limit = match (self.wanted.count, self.wanted.probability) {
            (Some(count), _) => count,
            (None, Some(_)) => u64::MAX,
            (None, None) => 1,
        };
        self.hits >= limit
    }

    fn matches(&self, method: &str, target: &str, shop: &str) -> bool {
        self.wanted.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.wanted.path.as_deref().is_none_or(|part| target.contains(part))
            && self.wanted.shop.as_deref().is_none_or(|wanted| wanted == shop)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FaultKind, Faults};

    #[test]
    fn a_fault_passes_the_first_calls_then_strikes_as_often_as_asked() {
        let faults = Faults::new(1);
        let wanted = serde_json::from_value(
            json!({"kind": "cut_after", "path": "/orders", "method": "get", "skip": 1, "count": 1}),
        );
        faults.arm(wanted.unwrap(), &[]).unwrap();

        assert_eq!(faults.strike("POST", "/orders", "1"), None);
        assert_eq!(faults.strike("GET", "/orders", "1"), None);
        assert_eq!(faults.strike("GET", "/orders?page=2", "1").unwrap().kind, FaultKind::CutAfter);
        assert_eq!(faults.strike("GET", "/orders", "1"), None);
    }

    #[test]
    fn every_word_names_its_kind() {
        let kind: FaultKind = serde_json::from_value(json!("throttle_429")).unwrap();

        assert_eq!(kind.word(), "throttle_429");
        assert!(
            Faults::new(1).arm(serde_json::from_value(json!({"kind": "nonsense"})).unwrap(), &[]).is_err()
        );
    }
}
