//! The arguments of a call: JSON or form body over the query, PHP's bracket names included.

use serde_json::{Map, Value, json};

use super::errors::{ApiError, error};
use super::wire::Args;
use crate::core::market::Call;

/// Merges body and query as WordPress does; the body wins.
///
/// # Errors
/// `rest_invalid_json`.
pub fn of(call: &Call) -> Result<Args, ApiError> {
    let mut args = Args::new();
    let kept = call.query.iter().filter(|(key, _)| {
        !key.starts_with("oauth_")
            && !matches!(key.as_str(), "consumer_key" | "consumer_secret" | "_method" | "rest_route" | "_")
    });
    for (key, value) in kept {
        put(&mut args, key, value);
    }
    if call.method == axum::http::Method::GET
        || call.method == axum::http::Method::HEAD
        || call.body.is_empty()
    {
        return Ok(args);
    }
    let kind = call.header("content-type").unwrap_or("").to_ascii_lowercase();
    let body = call.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&call.body);
    if kind.starts_with("application/json") || kind.contains("+json") {
        let sent: Value = serde_json::from_slice(body).map_err(|_| {
            error(400, "rest_invalid_json", "Invalid JSON body passed.")
                .with("json_error_code", 4)
                .with("json_error_message", "Syntax error")
        })?;
        if let Value::Object(sent) = sent {
            args.extend(sent);
        }
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        for (key, value) in url::form_urlencoded::parse(body) {
            put(&mut args, &key, &value);
        }
    }
    Ok(args)
}

/// Puts `a[b][]=x` where PHP puts it.
fn put(args: &mut Args, key: &str, value: &str) {
    let (name, rest) =
        key.split_once('[').map_or((key, ""), |(name, rest)| (name, rest.trim_end_matches(']')));
    if rest.is_empty() && !key.contains('[') {
        args.insert(name.to_owned(), json!(value));
        return;
    }
    let parts: Vec<&str> = rest.split("][").collect();
    let slot = args.entry(name.to_owned()).or_insert(Value::Null);
    nest(slot, &parts, value);
}

fn nest(slot: &mut Value, parts: &[&str], value: &str) {
    let Some((first, rest)) = parts.split_first() else {
        *slot = json!(value);
        return;
    };
    if first.is_empty() || first.bytes().all(|byte| byte.is_ascii_digit()) {
        if !slot.is_array() {
            *slot = Value::Array(Vec::new());
        }
        let Value::Array(rows) = slot else { return };
        let at = first.parse::<usize>().unwrap_or(rows.len()).min(rows.len());
        if at == rows.len() {
            rows.push(Value::Null);
        }
        nest(&mut rows[at], rest, value);
        return;
    }
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    if let Value::Object(map) = slot {
        nest(map.entry((*first).to_owned()).or_insert(Value::Null), rest, value);
    }
}
