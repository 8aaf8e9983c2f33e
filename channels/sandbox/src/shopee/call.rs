//! One call as received: query, body, and lenient or strict reading of both.

use axum::body::Bytes;
use serde_json::Value;

use super::envelope::Refusal;

/// A call, before anything about it has been believed.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub is_post: bool,
    /// Without host and query, as signed.
    pub path: String,
    /// As in the `Host` header; pictures are served there.
    pub host: String,
    pub query: Vec<(String, String)>,
    pub content_type: String,
    pub body: Bytes,
    /// The JSON body of a POST; null until it has been read.
    pub json: Value,
    /// Milliseconds since 1970 by the world's clock.
    pub now_ms: i64,
    /// Faults that change what a handler does.
    pub twist: Twist,
    /// How many rows the call named; for the journal.
    pub rows: std::cell::Cell<u64>,
}

/// Faults that a handler itself has to play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Twist {
    /// Every second row of a batch fails.
    pub half_batch: bool,
    /// Reads answer the world as it was so many milliseconds ago.
    pub stale_ms: i64,
    /// Searches overlook what is younger than so many milliseconds.
    pub index_ms: i64,
    /// A page comes back empty although there are rows.
    pub empty_page: bool,
    /// A page starts one row early, so that rows repeat.
    pub shift_page: bool,
    /// Statuses nobody has heard of.
    pub unknown_status: bool,
}

impl Call {
    /// Takes a call apart, as the core does for real ones.
    #[cfg(test)]
    pub fn new(is_post: bool, path: &str, query: &str, now_ms: i64) -> Self {
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { is_post, path: path.to_owned(), query, now_ms, ..Self::default() }
    }

    /// Seconds since 1970 by the world's clock.
    pub fn now_s(&self) -> i64 {
        self.now_ms / 1000
    }

    /// The first value of a query parameter.
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, words)| words.as_str())
    }

    /// A whole number of the query; absent and empty are the same.
    pub fn int_arg(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(words) = self.arg(name).filter(|words| !words.is_empty()) else { return Ok(None) };
        words.parse().map(Some).map_err(|_| {
            Refusal::new("error_param", format!("{name}: Invalid type. Expected: integer, given: string"))
        })
    }

    /// A whole number of the query that must be there and lie within `from..=to`.
    pub fn int_between(&self, name: &str, from: i64, to: i64) -> Result<i64, Refusal> {
        let Some(number) = self.int_arg(name)? else { return Err(Refusal::missing(name)) };
        if number < from {
            return Err(Refusal::wrong(format_args!("{name} must be {from} or more.")));
        }
        if number > to {
            return Err(Refusal::wrong(format_args!("{name} must be {to} or less.")));
        }
        Ok(number)
    }

    /// True only for `true`, `True` or `1`.
    pub fn bool_arg(&self, name: &str) -> bool {
        matches!(self.arg(name), Some("true" | "True" | "TRUE" | "1"))
    }

    /// An array of the query in any form clients use: repeated keys (plain or with `[]`), a comma list,
    /// or `[1,2]` (spec 1.2).
    pub fn list(&self, name: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (key, text) in &self.query {
            if key != name && key.strip_suffix("[]") != Some(name) {
                continue;
            }
            let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
            let parts =
                inner.split(',').map(|part| part.trim().trim_matches('"')).filter(|part| !part.is_empty());
            words.extend(parts.map(str::to_owned));
        }
        words
    }

    /// An array of ids. In strict mode the bracketed form fails as the platform's parser does (spec 1.2).
    pub fn ids(&self, name: &str, at_most: usize, is_strict: bool) -> Result<Vec<u64>, Refusal> {
        if is_strict && self.arg(name).is_some_and(|text| text.starts_with('[')) {
            return Err(Refusal::new(
                "product.error_param",
                format!("strconv.ParseInt: parsing {name}: invalid syntax"),
            ));
        }
        let words = self.list(name);
        if words.is_empty() {
            return Err(Refusal::missing(name));
        }
        if words.len() > at_most {
            return Err(Refusal::wrong(format_args!("{name} should be no more than {at_most}.")));
        }
        self.rows.set(words.len() as u64);
        let parsed: Result<Vec<u64>, _> = words.iter().map(|word| word.parse()).collect();
        parsed.map_err(|_| {
            Refusal::new("product.error_param", format!("strconv.ParseInt: parsing {name}: invalid syntax"))
        })
    }

    /// Reads the JSON body of a POST. An empty one reads `EOF` in the product module (spec 1.5).
    pub fn read_json(&mut self) -> Result<(), Refusal> {
        if self.body.is_empty() {
            let code =
                if self.path.starts_with("/api/v2/product/") { "product.error_param" } else { "error_param" };
            return Err(Refusal::new(code, "EOF"));
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) if json.is_object() => {
                self.json = json;
                Ok(())
            }
            Ok(_) | Err(_) => Err(Refusal::new("error_data", "parse data failed")),
        }
    }

    /// A field of the body that must be an id.
    pub fn id(&self, name: &str) -> Result<u64, Refusal> {
        whole(&self.json, name)?
            .and_then(|id| u64::try_from(id).ok())
            .filter(|id| *id > 0)
            .ok_or_else(|| self.lacks(name))
    }

    /// A field of the body that must be a non-empty text.
    pub fn text(&self, name: &str) -> Result<&str, Refusal> {
        text(&self.json, name)?.filter(|words| !words.is_empty()).ok_or_else(|| self.lacks(name))
    }

    /// An array of the body with 1 to `at_most` elements.
    pub fn rows(&self, name: &str, at_most: usize) -> Result<&Vec<Value>, Refusal> {
        let rows =
            array(&self.json, name)?.filter(|rows| !rows.is_empty()).ok_or_else(|| self.lacks(name))?;
        if rows.len() > at_most {
            return Err(Refusal::wrong(format_args!("{name} should be no more than {at_most}.")));
        }
        self.rows.set(rows.len() as u64);
        Ok(rows)
    }

    /// The refusal for a body field that is not there; the product module has its own words (spec 1.5).
    pub fn lacks(&self, name: &str) -> Refusal {
        if !self.path.starts_with("/api/v2/product/") {
            return Refusal::missing(name);
        }
        let camel: String = name.split('_').map(capital).collect();
        Refusal::new("product.error_param", format!("invalid field {camel}: value must  Not Null"))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A whole number of an object; absent and null are the same, other types are refused (spec 1.5).
pub fn whole(object: &Value, name: &str) -> Result<Option<i64>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(found) => found.as_i64().map(Some).ok_or_else(|| mistyped(name, "integer", found)),
    }
}

/// A number of an object.
pub fn number(object: &Value, name: &str) -> Result<Option<f64>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(found) => found.as_f64().map(Some).ok_or_else(|| mistyped(name, "number", found)),
    }
}

/// A text of an object.
pub fn text<'a>(object: &'a Value, name: &str) -> Result<Option<&'a str>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(found) => found.as_str().map(Some).ok_or_else(|| mistyped(name, "string", found)),
    }
}

/// A flag of an object.
pub fn flag(object: &Value, name: &str) -> Result<Option<bool>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(found) => found.as_bool().map(Some).ok_or_else(|| mistyped(name, "boolean", found)),
    }
}

/// An array of an object.
pub fn array<'a>(object: &'a Value, name: &str) -> Result<Option<&'a Vec<Value>>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(found) => found.as_array().map(Some).ok_or_else(|| mistyped(name, "array", found)),
    }
}

fn mistyped(name: &str, expected: &str, found: &Value) -> Refusal {
    let given = match found {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Refusal::new("error_param", format!("{name}: Invalid type. Expected: {expected}, given: {given}"))
}

/// Rounds a price half up to whole đồng: decimals beyond the market's precision are not refused (spec 4.9).
pub fn dong(price: f64) -> i64 {
    let rounded = (price + 0.5).floor();
    if rounded >= 9e15 {
        return 9_000_000_000_000_000;
    }
    if rounded <= -9e15 {
        return -9_000_000_000_000_000;
    }
    // The range was checked above: the cast cannot lose anything.
    rounded as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(query: &str, is_strict: bool) -> Result<Vec<u64>, Refusal> {
        Call::new(false, "/api/v2/product/get_item_base_info", query, 0).ids("item_id_list", 50, is_strict)
    }

    #[test]
    fn arrays_may_be_comma_lists_repeated_keys_or_bracketed() {
        assert_eq!(ids("item_id_list=1,2", false), Ok(vec![1, 2]));
        assert_eq!(ids("item_id_list=1&item_id_list=2", false), Ok(vec![1, 2]));
        assert_eq!(ids("item_id_list[]=1&item_id_list[]=2", false), Ok(vec![1, 2]));
        assert_eq!(ids("item_id_list=[1, 2]", false), Ok(vec![1, 2]));
    }

    #[test]
    fn strict_mode_refuses_the_bracketed_form() {
        assert!(ids("item_id_list=[1,2]", true).is_err());
        assert_eq!(ids("item_id_list=1,2", true), Ok(vec![1, 2]));
    }

    #[test]
    fn a_wrong_type_names_both_types() {
        let body = serde_json::json!({"item_id": "7"});

        assert_eq!(
            whole(&body, "item_id").unwrap_err().message,
            "item_id: Invalid type. Expected: integer, given: string"
        );
    }

    #[test]
    fn decimals_of_a_price_round_half_up() {
        assert_eq!(dong(1000.5), 1001);
        assert_eq!(dong(1000.49), 1000);
    }

    #[test]
    fn a_missing_product_field_reads_as_the_platform_writes_it() {
        let mut call = Call::new(true, "/api/v2/product/delete_item", "", 0);
        call.body = Bytes::from_static(b"{}");
        call.read_json().unwrap();

        assert_eq!(call.id("item_id").unwrap_err().message, "invalid field ItemId: value must  Not Null");
    }
}
