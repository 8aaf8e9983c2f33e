//! What goes back over the wire: the envelope of spec 1.3, its flat exceptions, and refusals.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A refused call: the platform's code and text, word for word.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// As on the wire, with or without the module before a dot.
    pub code: Cow<'static, str>,
    /// Human text. Part of the contract where one code has several meanings.
    pub message: Cow<'static, str>,
    /// Raised by the gateway (403 by default) and not by a module (200).
    pub is_gateway: bool,
    /// Batch calls answer with an error *and* their lists.
    pub response: Option<Value>,
}

impl Refusal {
    /// A refusal by a business module (HTTP 200).
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), message: message.into(), is_gateway: false, response: None }
    }

    /// A refusal by the gateway (HTTP 403 unless set otherwise).
    pub fn gateway(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Cow::Borrowed(code), message: message.into(), is_gateway: true, response: None }
    }

    /// Adds the lists that batch calls send even when all of it failed.
    pub fn with_response(mut self, response: Value) -> Self {
        self.response = Some(response);
        self
    }

    /// `error_param` "Wrong parameters, detail: …".
    pub fn wrong(detail: impl std::fmt::Display) -> Self {
        Self::new("error_param", format!("Wrong parameters, detail: {detail}"))
    }

    /// `error_param` for a field that must be there.
    pub fn missing(field: &str) -> Self {
        Self::wrong(format_args!("{field} is a required field."))
    }
}

/// A call that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub enum Success {
    /// An envelope without `response`.
    Plain,
    /// The payload under `response`.
    Response(Value),
    /// The payload at the top level (spec 1.3).
    Flat(Map<String, Value>),
    /// A payload and keys beside it (get_item_limit's `gtin_limit`).
    Beside(Value, Map<String, Value>),
    /// A file instead of an envelope.
    File { content_type: &'static str, bytes: Vec<u8> },
    /// The consent page sends the browser on.
    Redirect(String),
}

/// What each handler returns.
pub type Answer = Result<Success, Refusal>;

/// How a reply looks on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub location: Option<String>,
    pub body: Vec<u8>,
    /// The platform's code, empty on success; for the journal.
    pub error: String,
}

/// Switches of the envelope that the documents and observers disagree on (spec 1.3, 1.4).
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub is_gateway_200: bool,
    pub omits_error: bool,
}

/// Renders an answer. `request_id` is 32 hex characters.
pub fn render(answer: Answer, request_id: &str, style: Style) -> Reply {
    match answer {
        Ok(Success::File { content_type, bytes }) => {
            Reply { status: 200, content_type, location: None, body: bytes, error: String::new() }
        }
        Ok(Success::Redirect(to)) => Reply {
            status: 302,
            content_type: "text/html",
            location: Some(to),
            body: Vec::new(),
            error: String::new(),
        },
        Ok(success) => json(200, "", "", request_id, style, success),
        Err(refusal) => {
            let status = if refusal.is_gateway && !style.is_gateway_200 { 403 } else { 200 };
            let payload = refusal.response.map_or(Success::Plain, Success::Response);
            json(status, &refusal.code, &refusal.message, request_id, style, payload)
        }
    }
}

fn json(status: u16, error: &str, message: &str, request_id: &str, style: Style, payload: Success) -> Reply {
    let mut body = Vec::with_capacity(512);
    body.push(b'{');
    if !(style.omits_error && error.is_empty()) {
        text(&mut body, "error", error);
        body.push(b',');
    }
    text(&mut body, "message", message);
    body.extend_from_slice(b",\"warning\":\"\",");
    text(&mut body, "request_id", request_id);
    let (response, beside) = match payload {
        Success::Response(response) => (Some(response), None),
        Success::Flat(fields) => (None, Some(fields)),
        Success::Beside(response, fields) => (Some(response), Some(fields)),
        Success::Plain | Success::File { .. } | Success::Redirect(_) => (None, None),
    };
    if let Some(response) = response {
        body.extend_from_slice(b",\"response\":");
        write(&mut body, &response);
    }
    for (name, field) in beside.iter().flatten() {
        body.push(b',');
        write(&mut body, &Value::String(name.clone()));
        body.push(b':');
        write(&mut body, field);
    }
    body.push(b'}');
    Reply { status, content_type: "application/json", location: None, body, error: error.to_owned() }
}

fn text(body: &mut Vec<u8>, name: &str, words: &str) {
    body.push(b'"');
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(b"\":");
    serde_json::to_writer(body, words).expect("text always serialises");
}

fn write(body: &mut Vec<u8>, payload: &Value) {
    serde_json::to_writer(body, payload).expect("a JSON value always serialises");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(reply: &Reply) -> Value {
        serde_json::from_slice(&reply.body).expect("the reply is JSON")
    }

    #[test]
    fn a_payload_lies_under_response() {
        let reply = render(Ok(Success::Response(json!({"item_id": 1}))), "ab", Style::default());

        assert_eq!(
            read(&reply),
            json!({"error":"","message":"","warning":"","request_id":"ab","response":{"item_id":1}})
        );
    }

    #[test]
    fn a_flat_payload_lies_at_the_top() {
        let fields = json!({"expire_in": 14400}).as_object().cloned().unwrap_or_default();
        let reply = render(Ok(Success::Flat(fields)), "ab", Style::default());

        assert_eq!(read(&reply)["expire_in"], 14400);
        assert!(read(&reply).get("response").is_none());
    }

    #[test]
    fn a_refusal_can_carry_its_lists() {
        let refusal = Refusal::new("product.error_busi_update_stock_failed", "failed")
            .with_response(json!({"success_list": []}));
        let reply = render(Err(refusal), "ab", Style::default());

        assert_eq!(reply.status, 200);
        assert_eq!(read(&reply)["response"]["success_list"], json!([]));
    }

    #[test]
    fn the_gateway_answers_403_or_200_by_a_switch() {
        let refusal = Refusal::gateway("error_sign", "Wrong sign.");
        let kind = Style { is_gateway_200: true, omits_error: false };

        assert_eq!(render(Err(refusal.clone()), "ab", Style::default()).status, 403);
        assert_eq!(render(Err(refusal), "ab", kind).status, 200);
    }
}
