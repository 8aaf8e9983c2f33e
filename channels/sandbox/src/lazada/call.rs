//! One call that has passed the gate, and its reading.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::envelope::Refusal;
use super::params::File;
use super::payload::{self, Payload};

/// A call, signed and let in.
#[derive(Debug, Default)]
pub struct Call {
    pub params: BTreeMap<String, String>,
    pub files: Vec<File>,
    /// As in the `Host` header; pictures are served there.
    pub host: String,
    /// Milliseconds since 1970 by the world's clock.
    pub now_ms: i64,
    /// The app that calls.
    pub app: String,
    /// Faults that change what a handler does.
    pub twist: Twist,
    /// How many rows the call carried or returned; for the journal.
    pub rows: Rows,
}

/// A count that a handler sets on its way.
#[derive(Debug, Default)]
pub struct Rows(AtomicUsize);

impl Rows {
    /// Sets the count.
    pub fn set(&self, rows: usize) {
        self.0.store(rows, Ordering::Relaxed);
    }

    /// The count.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Faults that a handler itself has to play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Twist {
    /// Every second row of a batch fails.
    pub half_batch: bool,
    /// The failed rows come under code "0" (spec 1.4).
    pub under_zero: bool,
    /// A failed row does not say which it is.
    pub stray: bool,
    /// Reads answer the world as it was so many milliseconds ago.
    pub stale_ms: i64,
    /// Lists overlook what is younger than so many milliseconds.
    pub index_ms: i64,
    /// A page comes back empty although there are rows.
    pub empty_page: bool,
    /// Rows by which a page starts early (or, negative, late).
    pub shift: i64,
    /// Statuses nobody has heard of.
    pub unknown_status: bool,
}

impl Call {
    /// A parameter that says something.
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// A parameter that must be there.
    pub fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.arg(name).ok_or_else(|| Refusal::missing(name))
    }

    /// A whole number, refused with `code` when it is none or below 0.
    pub fn whole(&self, name: &str, code: &str) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.arg(name) else { return Ok(None) };
        let wrong = || Refusal::isp(code, format!("E{code:0>3}: \"{text}\" Invalid {name}"));
        text.parse().map(Some).map_err(|_| wrong())
    }

    /// The `payload` parameter's tree.
    pub fn payload(&self) -> Result<Payload, Refusal> {
        payload::read(self.params.get("payload").map(String::as_str))
    }

    /// A JSON-text parameter, leniently (spec 5.7).
    pub fn json(&self, name: &str) -> Result<Value, Refusal> {
        payload::lenient_json(self.need(name)?).ok_or_else(|| Refusal::invalid(name))
    }

    /// A JSON array of ids as text: `[1,2]`, `["1"]`, with blanks or without.
    pub fn ids(&self, name: &str) -> Option<Vec<u64>> {
        let Value::Array(rows) = payload::lenient_json(self.arg(name)?)? else { return None };
        rows.iter().map(|row| row.as_u64().or_else(|| row.as_str()?.trim().parse().ok())).collect()
    }

    /// A JSON array of texts.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let Value::Array(rows) = payload::lenient_json(self.arg(name)?)? else { return None };
        rows.into_iter()
            .map(|row| match row {
                Value::String(text) => Some(text),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .collect()
    }

    /// Where a page of `limit` rows lies in `total`, with the faults of pages played.
    pub fn page(&self, offset: usize, limit: usize, total: usize) -> std::ops::Range<usize> {
        if self.twist.empty_page {
            return 0..0;
        }
        let by = usize::try_from(self.twist.shift.unsigned_abs()).unwrap_or(0);
        let start = if offset == 0 {
            0
        } else if self.twist.shift > 0 {
            offset.saturating_sub(by)
        } else {
            offset.saturating_add(by)
        };
        let start = start.min(total);
        start..start.saturating_add(limit).min(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_as_numbers_or_texts() {
        let mut call = Call::default();
        call.params.insert("a".to_owned(), "[1, \"2\"]".to_owned());
        call.params.insert("b".to_owned(), "1,2".to_owned());

        assert_eq!(call.ids("a"), Some(vec![1, 2]));
        assert_eq!(call.ids("b"), None);
    }

    #[test]
    fn a_shifted_page_repeats_a_row_and_the_first_never_shifts() {
        let call = Call { twist: Twist { shift: 1, ..Twist::default() }, ..Call::default() };

        assert_eq!(call.page(0, 10, 25), 0..10);
        assert_eq!(call.page(10, 10, 25), 9..19);
    }
}
