//! How far each host's clock is from ours, learnt from its `Date` header (seconds, RFC 9110 §6.6.1).

use crate::answer::Answer;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use url::Url;

/// Differences up to this are the network and the header's whole seconds.
const TOLERATED: SignedDuration = SignedDuration::from_secs(2);

#[derive(Debug, Default)]
pub(crate) struct Skew(Mutex<HashMap<String, SignedDuration>>);

impl Skew {
    /// Our time as that host would say it.
    pub(crate) fn correct(&self, origin: &Url, now: Timestamp) -> Timestamp {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(offset) = hosts.get(&authority(origin)) else { return now };
        now.checked_add(*offset).unwrap_or(now)
    }

    /// Learns from an answer; a host that is right again is forgotten.
    pub(crate) fn learn(&self, origin: &Url, answer: &Answer) {
        let Some(theirs) = answer.header("date").and_then(|date| rfc2822::parse(date).ok()) else { return };
        let flight = answer.answered_at.duration_since(answer.sent_at);
        let ours = answer.sent_at.checked_add(flight / 2).unwrap_or(answer.sent_at);
        // The header cuts to whole seconds: half a second is what it loses on average.
        let offset = theirs.timestamp().duration_since(ours) + SignedDuration::from_millis(500);
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if offset.abs() > TOLERATED + flight / 2 {
            hosts.insert(authority(origin), offset);
        } else {
            hosts.remove(&authority(origin));
        }
    }
}

fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}
