//! The error envelope (spec woocommerce.md §3).

use std::borrow::Cow;

use serde_json::{Map, Value, json};

/// An error in WordPress' envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Code.
    pub code: Cow<'static, str>,
    /// English text; may hold HTML.
    pub message: String,
    /// What stands beside `status` in `data`.
    pub more: Map<String, Value>,
    /// `data` is the bare status number (refunds).
    pub bare: bool,
}

/// Makes an error without more data.
pub fn error(status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> ApiError {
    ApiError { status, code: code.into(), message: message.into(), more: Map::new(), bare: false }
}

impl ApiError {
    /// Adds a field to `data`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    /// The envelope.
    #[must_use]
    pub fn envelope(&self) -> Value {
        let data = if self.bare {
            json!(self.status)
        } else {
            let mut data = self.more.clone();
            data.insert("status".into(), self.status.into());
            Value::Object(data)
        };
        json!({ "code": self.code, "message": self.message, "data": data })
    }
}

/// Wrong path, wrong method, non-numeric id, route of a newer release.
pub fn no_route() -> ApiError {
    error(404, "rest_no_route", "No route was found matching the URL and request method.")
}

/// One field that breaks the schema.
pub fn invalid_param(field: &str, code: &str, why: &str) -> ApiError {
    error(400, "rest_invalid_param", format!("Invalid parameter(s): {field}"))
        .with("params", json!({ field: why }))
        .with("details", json!({ field: { "code": code, "message": why, "data": { "param": field } } }))
}

/// A required field is missing.
pub fn missing_param(field: &str) -> ApiError {
    error(400, "rest_missing_callback_param", format!("Missing parameter(s): {field}"))
        .with("params", json!([field]))
}

/// DELETE without `force` where there is no bin.
pub fn no_bin(what: &str) -> ApiError {
    error(501, "woocommerce_rest_trash_not_supported", format!("{what} do not support trashing."))
}

/// PHP died inside of the REST layer.
pub fn fatal() -> ApiError {
    error(
        500,
        "internal_server_error",
        "<p>There has been a critical error on this website.</p><p><a href=\"https://wordpress.org/documentation/article/faq-troubleshooting/\">Learn more about troubleshooting WordPress.</a></p>",
    )
}
