//! What every answer is wrapped in (spec 1.4), and refusals by code.

use serde_json::{Value, json};

/// What a handler says.
pub type Answer = Result<Success, Refusal>;

/// A call that was understood.
pub enum Success {
    /// The envelope's `data`.
    Data(Value),
    /// A redirect of the consent page.
    Redirect(String),
    /// Bytes of a picture or a label.
    File { content_type: &'static str, bytes: Vec<u8> },
}

/// A refusal in the platform's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub code: u32,
    pub message: String,
}

impl Refusal {
    pub fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The gateway's parameter error: one code, told apart by its words (spec 4.1).
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(PARAMETER, message)
    }

    /// A required field of the body is missing (spec 1.4): PascalCase name.
    pub fn required(name: &str) -> Self {
        Self::parameter(format!(
            "{name} is a required field and has not been provided. For more details: https://m.tiktok.shop/s/AIu6dbFhs2XW"
        ))
    }

    /// One entry of `data.errors[]` (spec 4.3).
    pub fn entry(&self, name: &str, id: &str) -> Value {
        json!({"code": self.code, "message": self.message, "detail": {name: id}})
    }

    /// The HTTP status, as far as anybody observed (spec 1.4); nearly all business errors come under 200.
    pub const fn status(&self) -> u16 {
        match self.code {
            PARAMETER | 36_009_014 | 36_009_021 => 400,
            106_001 | TOKEN_EXPIRED => 401,
            36_009_009 => 404,
            36_009_010 => 405,
            36_009_022 | 36_009_023 => 415,
            36_009_007 => 408,
            TOO_FAST => 429,
            _ => 200,
        }
    }
}

/// Parameter error.
pub const PARAMETER: u32 = 36_009_004;
/// Too many requests.
pub const TOO_FAST: u32 = 36_009_002;
/// The access token ran out.
pub const TOKEN_EXPIRED: u32 = 105_002;
/// A page token that is none, or not any more.
pub const PAGE_TOKEN: u32 = 12_019_108;

/// The body of an answer.
pub fn body(answer: &Result<Value, Refusal>, request_id: &str) -> String {
    let envelope = match answer {
        Ok(data) => json!({"code": 0, "message": "Success", "request_id": request_id, "data": data}),
        Err(refusal) => {
            json!({"code": refusal.code, "message": refusal.message, "request_id": request_id, "data": Value::Null})
        }
    };
    envelope.to_string()
}
