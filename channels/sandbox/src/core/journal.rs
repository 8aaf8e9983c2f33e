//! What was called, in order, with exact counters. The list is bounded, the counters are not.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use serde::Serialize;

use super::clock::rfc3339;
use super::lock;

const KEPT: usize = 200_000;

/// What a call is for: the same words for all channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are the documentation")]
pub enum Kind {
    Token,
    Survey,
    Categories,
    Upload,
    Create,
    Revise,
    Price,
    Stock,
    OnSale,
    Delete,
    Find,
    List,
    Read,
    Orders,
    Order,
    Action,
    Hooks,
    Other,
}

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Number of the call, from 1.
    pub n: u64,
    /// When it arrived, RFC 3339 UTC, world's time.
    pub at: String,
    /// The shop it spoke for, where that could be told.
    pub shop: String,
    /// HTTP method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// What it was for.
    pub kind: Kind,
    /// HTTP status; 0 when the connection was cut.
    pub status: u16,
    /// The platform's error code.
    pub error: Option<String>,
    /// The fault that struck it.
    pub fault: Option<&'static str>,
    /// Rows it carried or returned.
    pub rows: usize,
}

/// A call before it has a number.
#[derive(Debug)]
pub struct Note<'a> {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// See [`Entry::shop`].
    pub shop: &'a str,
    /// See [`Entry::method`].
    pub method: &'a str,
    /// See [`Entry::path`].
    pub path: &'a str,
    /// See [`Entry::kind`].
    pub kind: Kind,
    /// See [`Entry::status`].
    pub status: u16,
    /// See [`Entry::error`].
    pub error: Option<String>,
    /// See [`Entry::fault`].
    pub fault: Option<&'static str>,
    /// See [`Entry::rows`].
    pub rows: usize,
    /// Refused for going over the sandbox's quota.
    pub over_limit: bool,
    /// Refused by the platform's throttle (also by a fault).
    pub throttled: bool,
    /// Refused for its credentials.
    pub refused_auth: bool,
}

/// Counters since the start or the last clearing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Calls in all.
    pub total: u64,
    /// Calls by kind.
    pub by_kind: BTreeMap<Kind, u64>,
    /// Calls answered with a throttle.
    pub throttled: u64,
    /// Calls refused for their credentials.
    pub refused_auth: u64,
    /// Calls over the quota set by the control API.
    pub over_limit: u64,
}

#[derive(Default)]
struct Held {
    next: u64,
    entries: VecDeque<Compact>,
    summary: Summary,
}

struct Compact {
    n: u64,
    at_ms: i64,
    shop: Box<str>,
    method: Box<str>,
    path: Box<str>,
    kind: Kind,
    status: u16,
    error: Option<Box<str>>,
    fault: Option<&'static str>,
    rows: usize,
}

/// The journal of calls.
#[derive(Default)]
pub struct Journal(Mutex<Held>);

impl Journal {
    /// Writes one call down.
    pub fn write(&self, note: Note<'_>) {
        let mut held = lock(&self.0);
        held.next += 1;
        let entry = Compact {
            n: held.next,
            at_ms: note.at_ms,
            shop: note.shop.into(),
            method: note.method.into(),
            path: note.path.into(),
            kind: note.kind,
            status: note.status,
            error: note.error.map(Into::into),
            fault: note.fault,
            rows: note.rows,
        };
        let summary = &mut held.summary;
        summary.total += 1;
        *summary.by_kind.entry(note.kind).or_default() += 1;
        summary.throttled += u64::from(note.throttled);
        summary.refused_auth += u64::from(note.refused_auth);
        summary.over_limit += u64::from(note.over_limit);
        if held.entries.len() == KEPT {
            held.entries.pop_front();
        }
        held.entries.push_back(entry);
    }

    /// Calls with a number above `after`, at most `limit`, oldest first.
    pub fn read(&self, after: u64, limit: usize) -> Vec<Entry> {
        let held = lock(&self.0);
        let start = held.entries.partition_point(|entry| entry.n <= after);
        held.entries.range(start..).take(limit).map(Compact::open).collect()
    }

    /// The counters.
    pub fn summary(&self) -> Summary {
        lock(&self.0).summary.clone()
    }

    /// Forgets the calls and zeroes the counters; numbers go on.
    pub fn clear(&self) {
        let mut held = lock(&self.0);
        held.entries.clear();
        held.summary = Summary::default();
    }
}

impl Compact {
    fn open(&self) -> Entry {
        Entry {
            n: self.n,
            at: rfc3339(self.at_ms),
            shop: self.shop.to_string(),
            method: self.method.to_string(),
            path: self.path.to_string(),
            kind: self.kind,
            status: self.status,
            error: self.error.as_deref().map(ToOwned::to_owned),
            fault: self.fault,
            rows: self.rows,
        }
    }
}
