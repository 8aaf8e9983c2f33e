//! What came back, and what the adapter makes of it.

use ganh_contract::Fault;
use jiff::Timestamp;
use std::fmt;

/// A whole answer: status line, headers and body arrived.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When the request left and when its answer was complete, on our clock.
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
}

impl Answer {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str())
    }

    /// The body as text; broken UTF-8 is replaced, a byte order mark dropped.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).trim_start_matches('\u{feff}').to_owned()
    }
}

impl fmt::Debug for Answer {
    /// Without header values and body: both may carry tokens and buyers' names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer {{ status: {}, body: {} bytes }}", self.status, self.body.len())
    }
}

/// What the adapter reads out of an answer.
#[derive(Debug)]
pub enum Read<T> {
    Value(T),
    Fault(Fault),
    /// The marketplace found the signature's time or nonce stale: worth one more try with a new [`crate::Stamp`]; else it is this fault.
    SignAgain(Fault),
}

impl<T> From<Result<T, Fault>> for Read<T> {
    fn from(outcome: Result<T, Fault>) -> Self {
        match outcome {
            Ok(value) => Self::Value(value),
            Err(fault) => Self::Fault(fault),
        }
    }
}

/// A value with the bracket of its call: anything that happened at the marketplace inside it may or may not be in the value.
#[derive(Debug, Clone)]
pub struct Answered<T> {
    pub value: T,
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
}
