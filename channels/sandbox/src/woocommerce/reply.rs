//! What a handler hands back, and the headers every REST reply carries.

use serde_json::Value;

use super::errors::ApiError;
use super::wire::{http_date, php_json};
use crate::core::market::Reply;

/// A handler's result before headers.
pub struct Out {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// Extra headers.
    pub headers: Vec<(String, String)>,
    /// Rows, for the journal.
    pub rows: usize,
}

impl Out {
    /// One JSON value.
    #[must_use]
    pub fn value(status: u16, value: &Value) -> Self {
        let rows = value.as_array().map_or(1, Vec::len);
        Self { status, body: php_json(value), headers: Vec::new(), rows }
    }

    /// One row, ready-made.
    #[must_use]
    pub const fn row(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, headers: Vec::new(), rows: 1 }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Dresses a result in WordPress' headers.
#[must_use]
pub fn dress(
    result: Result<Out, ApiError>,
    home: &str,
    now_s: i64,
    allow: &str,
    is_translated: bool,
) -> Reply {
    let (status, body, headers, rows, code) = match result {
        Ok(out) => (out.status, out.body, out.headers, out.rows, None),
        Err(mut error) => {
            if is_translated {
                // F27: the same codes, other words.
                "Xin lỗi, yêu cầu này không thực hiện được.".clone_into(&mut error.message);
            }
            (error.status, php_json(&error.envelope()), Vec::new(), 0, Some(error.code.into_owned()))
        }
    };
    let mut reply = Reply::bytes(status, "application/json; charset=UTF-8", body).with_rows(rows);
    reply.refused_auth = matches!(status, 401 | 403);
    reply.error = code;
    reply.headers = headers;
    let mut put = |name: &str, value: String| reply.headers.push((name.to_owned(), value));
    put("Link", format!("<{home}/wp-json/>; rel=\"https://api.w.org/\""));
    put("Date", http_date(now_s));
    put("X-Robots-Tag", "noindex".to_owned());
    put("X-Content-Type-Options", "nosniff".to_owned());
    put("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link".to_owned());
    put("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private".to_owned());
    if !allow.is_empty() {
        put("Allow", allow.to_owned());
    }
    reply
}
