//! One call as the handlers see it: parts of the path, query and JSON at hand.

use std::cell::Cell;

use axum::body::Bytes;
use serde_json::Value;

use super::envelope::{Answer, Refusal, Success};

/// A call behind the gate.
#[derive(Default)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub host: String,
    /// The version segment, `202309`; 0 where there is none.
    pub version: u32,
    /// The ids in the path, in order.
    pub ids: Vec<String>,
    pub query: Vec<(String, String)>,
    pub content_type: String,
    pub token: Option<String>,
    pub body: Bytes,
    pub json: Value,
    pub now_ms: i64,
    pub twist: Twist,
    /// Rows carried or returned, for the journal.
    pub rows: Cell<u64>,
}

/// A fault that the market itself plays.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Twist {
    pub half_batch: bool,
    pub stale_ms: i64,
    pub index_ms: i64,
    pub empty_page: bool,
    /// Above 0: a row is repeated; below: one is missed.
    pub shift_page: i64,
    pub unknown_status: bool,
    /// The channel's own fault by name, or empty.
    pub own: &'static str,
}

impl Call {
    /// The seconds of the world's clock.
    pub const fn now_s(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }

    /// A query argument with a value.
    pub fn arg(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    }

    /// A query argument that is true.
    pub fn flag(&self, name: &str) -> bool {
        self.arg(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// The first id of the path as a number; 0 when it is none.
    pub fn id(&self) -> u64 {
        self.ids.first().and_then(|id| id.parse().ok()).unwrap_or(0)
    }

    /// A text of the body.
    pub fn text(&self, name: &str) -> Option<&str> {
        text(&self.json, name)
    }

    /// Reads the body as a JSON object; none is an empty one.
    ///
    /// # Errors
    /// What is no JSON object (spec 4.1: 36009022).
    pub fn read_json(&mut self) -> Result<(), Refusal> {
        if self.body.is_empty() {
            self.json = Value::Object(serde_json::Map::new());
            return Ok(());
        }
        let is_json = self.content_type.is_empty() || self.content_type.starts_with("application/json");
        match serde_json::from_slice(&self.body) {
            Ok(value @ Value::Object(_)) if is_json => {
                self.json = value;
                Ok(())
            }
            Ok(_) | Err(_) => Err(Refusal::new(36_009_022, "The request body must be a JSON object.")),
        }
    }

    /// Notes how many rows went in or out, and answers.
    pub fn rows(&self, count: usize, data: Value) -> Answer {
        self.rows.set(count as u64);
        Ok(Success::Data(data))
    }
}

/// A text field with something in it.
pub fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A whole number, also one in quotes.
pub fn whole(object: &Value, name: &str) -> Option<i64> {
    let found = object.get(name)?;
    found.as_i64().or_else(|| found.as_str().and_then(|text| text.parse().ok()))
}

/// An id: digits in quotes (spec 0); a bare number is borne.
pub fn id(object: &Value, name: &str) -> Option<u64> {
    object.get(name).and_then(id_of)
}

/// An id that stands alone, as in a list of ids.
pub fn id_of(value: &Value) -> Option<u64> {
    value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_u64())
}

/// The rows of a list; an absent one is empty.
pub fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The ids of a list, as texts.
pub fn texts(object: &Value, name: &str) -> Vec<String> {
    let rows = list(object, name).iter();
    rows.map(|row| row.as_str().map_or_else(|| row.to_string(), str::to_owned)).collect()
}

/// Whether every second row of a batch fails, this one among them.
pub const fn fails_half(twist: Twist, place: usize) -> bool {
    twist.half_batch && place % 2 == 1
}
