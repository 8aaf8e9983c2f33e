//! What a handler says, and the envelope it travels in (spec 1.4). API failures are HTTP 200 (spec 1.5).

use serde_json::{Map, Value, json};

use crate::core::text::numbers_to_strings;

/// What a handler answers.
pub type Answer = Result<Success, Refusal>;

/// A call that the platform took.
#[derive(Debug, Clone, PartialEq)]
pub enum Success {
    /// Under `data`.
    Data(Value),
    /// No `data` at all.
    Bare,
    /// Under `result` with its own `success` (fulfilment, warehouses, returns).
    Result(Value),
    /// Fields at the top level (tokens, `batch_id`, brands).
    Top(Map<String, Value>),
    /// `data` with failed rows beside it under code "0" (spec 1.4).
    Detailed(Value, Vec<Value>),
    /// A file.
    File { content_type: &'static str, bytes: Vec<u8> },
    /// A page.
    Page(String),
    /// The browser is sent on.
    Redirect(String),
}

/// A call that the platform refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `SYSTEM`, `ISV` or `ISP`.
    pub kind: &'static str,
    pub code: String,
    pub message: String,
    pub detail: Vec<Value>,
}

impl Refusal {
    /// The caller's request or credentials are wrong.
    pub fn isv(code: &str, message: impl Into<String>) -> Self {
        Self { kind: "ISV", code: code.to_owned(), message: message.into(), detail: Vec::new() }
    }

    /// A backend or business rule says no.
    pub fn isp(code: &str, message: impl Into<String>) -> Self {
        Self { kind: "ISP", ..Self::isv(code, message) }
    }

    /// The platform's own fault.
    pub fn system(code: &str, message: impl Into<String>) -> Self {
        Self { kind: "SYSTEM", ..Self::isv(code, message) }
    }

    /// With the rows that failed.
    pub fn with_detail(mut self, detail: Vec<Value>) -> Self {
        self.detail = detail;
        self
    }

    /// A parameter is absent (spec 1.6).
    pub fn missing(name: &str) -> Self {
        Self::isv(
            "MissingParameter",
            format!(
                "The input parameter \"{name}\" that is mandatory for processing this request is not supplied"
            ),
        )
    }

    /// A parameter is malformed (spec 1.6).
    pub fn invalid(name: &str) -> Self {
        Self::isv("InvalidParameter", format!("The specified parameter \"{name}\" is not valid"))
    }

    /// A bad or ended access token (spec 1.6).
    pub fn illegal_token() -> Self {
        Self::isv("IllegalAccessToken", "The specified access token is invalid or expired")
    }

    /// Per-API frequency (spec 1.6).
    pub fn api_limit(seconds: i64) -> Self {
        Self::isv(
            "ApiCallLimit",
            format!("Api access frequency exceeds the limit. this ban will last {seconds} seconds"),
        )
    }
}

/// How answers are dressed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Numbers and booleans come as strings, as the documents print them (spec 1.4).
    pub as_documented: bool,
    /// `data` is left out of a success.
    pub without_data: bool,
    /// Fields nobody has heard of.
    pub with_extras: bool,
}

/// A rendered answer.
pub struct Rendered {
    pub status: u16,
    pub content_type: &'static str,
    pub location: Option<String>,
    pub body: Vec<u8>,
    /// The platform's code when it is not "0".
    pub error: Option<String>,
}

const JSON: &str = "application/json;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";

/// Puts an answer into its envelope.
pub fn render(answer: Answer, request_id: &str, style: Style) -> Rendered {
    let mut fields = Map::new();
    let mut error = None;
    match answer {
        Ok(Success::File { content_type, bytes }) => {
            return Rendered { status: 200, content_type, location: None, body: bytes, error: None };
        }
        Ok(Success::Page(page)) => {
            return Rendered {
                status: 200,
                content_type: HTML,
                location: None,
                body: page.into_bytes(),
                error: None,
            };
        }
        Ok(Success::Redirect(to)) => {
            return Rendered {
                status: 302,
                content_type: HTML,
                location: Some(to),
                body: Vec::new(),
                error: None,
            };
        }
        Ok(success) => {
            match success {
                Success::Data(data) => drop(fields.insert("data".to_owned(), data)),
                Success::Detailed(data, detail) => {
                    fields.insert("data".to_owned(), data);
                    fields.insert("detail".to_owned(), Value::Array(detail));
                }
                Success::Result(result) => drop(fields.insert("result".to_owned(), result)),
                Success::Top(top) => fields = top,
                Success::Bare | Success::File { .. } | Success::Page(_) | Success::Redirect(_) => {}
            }
            if style.without_data {
                fields.remove("data");
            }
            fields.insert("code".to_owned(), json!("0"));
        }
        Err(refusal) => {
            error = Some(refusal.code.clone());
            fields.insert("type".to_owned(), json!(refusal.kind));
            fields.insert("code".to_owned(), json!(refusal.code));
            fields.insert("message".to_owned(), json!(refusal.message));
            if !refusal.detail.is_empty() {
                fields.insert("detail".to_owned(), Value::Array(refusal.detail));
            }
            fields.insert("_trace_id_".to_owned(), json!(format!("2141281f{request_id}")));
        }
    }
    fields.insert("request_id".to_owned(), json!(request_id));
    if style.with_extras {
        fields.insert("gw_region".to_owned(), json!({"zone": "moon", "hops": [1, 2]}));
    }
    let mut whole = Value::Object(fields);
    if style.as_documented {
        numbers_to_strings(&mut whole);
        flags_to_strings(&mut whole);
    }
    Rendered { status: 200, content_type: JSON, location: None, body: whole.to_string().into_bytes(), error }
}

fn flags_to_strings(value: &mut Value) {
    match value {
        Value::Bool(flag) => *value = Value::String(flag.to_string()),
        Value::Array(rows) => rows.iter_mut().for_each(flags_to_strings),
        Value::Object(map) => map.values_mut().for_each(flags_to_strings),
        Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: Answer, style: Style) -> Value {
        serde_json::from_slice(&render(answer, "ab", style).body).expect("the reply is JSON")
    }

    #[test]
    fn success_is_the_text_zero() {
        assert_eq!(
            read(Ok(Success::Data(json!({"n": 1}))), Style::default()),
            json!({"code": "0", "data": {"n": 1}, "request_id": "ab"})
        );
    }

    #[test]
    fn a_refusal_is_http_200_with_its_type() {
        let rendered = render(Err(Refusal::illegal_token()), "ab", Style::default());

        assert_eq!(rendered.status, 200);
        assert_eq!(rendered.error.as_deref(), Some("IllegalAccessToken"));
    }

    #[test]
    fn the_documents_print_everything_as_strings() {
        let style = Style { as_documented: true, ..Style::default() };

        assert_eq!(
            read(Ok(Success::Data(json!({"n": 1, "b": true}))), style)["data"],
            json!({"n": "1", "b": "true"})
        );
    }
}
