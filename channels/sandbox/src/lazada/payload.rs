//! `payload` parameters: XML or JSON of the same tree, told apart by content (spec 4.6).

use serde_json::Value;

use super::envelope::Refusal;
use super::xml;

/// A payload's tree, and whether it was JSON (which is read more strictly).
#[derive(Debug)]
pub struct Payload {
    pub root: Value,
    pub is_json: bool,
}

/// Reads a payload. Empty: 30; neither XML nor JSON: 5.
pub fn read(text: Option<&str>) -> Result<Payload, Refusal> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Refusal::isv("30", "E030: Empty Request"))?;
    let bad = |why: &str| Refusal::isv("5", format!("E005: Invalid Request Format: {why}"));
    if text.starts_with('<') {
        return Ok(Payload { root: xml::parse(text).map_err(|why| bad(&why))?, is_json: false });
    }
    match serde_json::from_str::<Value>(text) {
        Ok(root) if root.is_object() => Ok(Payload { root, is_json: true }),
        Ok(_) => Err(Refusal::isv("1001", "E1001: The payload is not the expected JSON form")),
        Err(error) => Err(bad(&error.to_string())),
    }
}

impl Payload {
    /// `Request/Product`.
    pub fn product(&self) -> Result<&Value, Refusal> {
        let found = self.root.get("Request").and_then(|request| request.get("Product"));
        found.filter(|product| product.is_object()).ok_or_else(|| {
            if self.is_json {
                Refusal::isv("1001", "E1001: Request/Product is missing")
            } else {
                Refusal::isv("30", "E030: Empty Request")
            }
        })
    }
}

/// The elements of a list that may be an array, one object, or absent: XML has no arrays of one.
pub fn rows<'a>(parent: &'a Value, list: &str, element: &str) -> &'a [Value] {
    match parent.get(list).and_then(|list| list.get(element)) {
        Some(Value::Array(rows)) => rows,
        Some(Value::Null) | None => &[],
        Some(single) => std::slice::from_ref(single),
    }
}

/// A scalar as text: strings trimmed, numbers and booleans as they are written. Absent, null and containers: `None`.
pub fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A scalar as text that says something.
pub fn filled(object: &Value, name: &str) -> Option<String> {
    text(object, name).filter(|text| !text.is_empty())
}

/// An id: digits in a string, or a number.
pub fn id(object: &Value, name: &str) -> Option<u64> {
    filled(object, name)?.parse().ok()
}

/// JSON text as integrators write it: also with single quotes, as Python prints (spec 5.7).
pub fn lenient_json(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let mut fixed = String::with_capacity(text.len());
    let (mut quote, mut is_escaped) = (None, false);
    for letter in text.chars() {
        match quote {
            None if letter == '\'' || letter == '"' => {
                quote = Some(letter);
                fixed.push('"');
                continue;
            }
            Some(open) if letter == open && !is_escaped => {
                quote = None;
                fixed.push('"');
                continue;
            }
            Some('\'') if letter == '"' && !is_escaped => fixed.push('\\'),
            _ => {}
        }
        is_escaped = quote.is_some() && letter == '\\' && !is_escaped;
        fixed.push(letter);
    }
    let fixed = fixed.replace(": True", ": true").replace(": False", ": false").replace(": None", ": null");
    serde_json::from_str(&fixed).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn xml_and_json_give_the_same_tree() {
        let xml =
            read(Some("<Request><Product><Skus><Sku><SkuId>1</SkuId></Sku></Skus></Product></Request>"))
                .unwrap();
        let json = read(Some(r#"{"Request":{"Product":{"Skus":{"Sku":[{"SkuId":"1"}]}}}}"#)).unwrap();
        let of = |payload: &Payload| rows(payload.product().unwrap(), "Skus", "Sku").to_vec();

        assert_eq!(of(&xml), of(&json));
    }

    #[test]
    fn nothing_is_30_and_nonsense_is_5() {
        assert_eq!(read(None).unwrap_err().code, "30");
        assert_eq!(read(Some("<a>")).unwrap_err().code, "5");
        assert_eq!(read(Some("{")).unwrap_err().code, "5");
    }

    #[test]
    fn single_quotes_are_read_as_python_wrote_them() {
        let read = lenient_json("{'packages': [{'package_id': 'FP1'}], 'print': False, 'note': 'a \"b\"'}");

        assert_eq!(
            read,
            Some(json!({"packages": [{"package_id": "FP1"}], "print": false, "note": "a \"b\""}))
        );
    }
}
