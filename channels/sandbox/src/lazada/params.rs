//! The parameters of a call, wherever they travel: query, form, multipart or JSON body (spec 1.2, shapes A–G).
//! Values are raw texts, as they are signed.

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use crate::core::multipart;

/// A part with a file name; not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Parameters in byte order of their names, and files.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Params {
    pub texts: BTreeMap<String, String>,
    pub files: Vec<File>,
}

/// Takes a call's parameters together. The same name twice: the body's goes (spec 2.3, the sandbox's decision).
pub fn read(query: &[(String, String)], content_type: &str, body: &[u8]) -> Params {
    let mut params = Params { texts: query.iter().cloned().collect(), files: Vec::new() };
    if body.is_empty() {
        return params;
    }
    let kind = content_type.to_ascii_lowercase();
    if kind.starts_with("multipart/") {
        for part in multipart::split(content_type, body).unwrap_or_default() {
            if part.is_file {
                params.files.push(File { name: part.name, bytes: part.bytes.to_vec() });
            } else {
                params.texts.insert(part.name, String::from_utf8_lossy(part.bytes).into_owned());
            }
        }
    } else if kind.contains("json") || body.first() == Some(&b'{') {
        // The order of keys inside of a value is part of what was signed: the raw text is kept.
        let fields: HashMap<String, Box<RawValue>> = serde_json::from_slice(body).unwrap_or_default();
        params.texts.extend(fields.into_iter().map(|(name, raw)| (name, text_of(raw.get()))));
    } else {
        params.texts.extend(url::form_urlencoded::parse(body).into_owned());
    }
    params
}

/// A JSON value as a parameter: strings as they are, everything else as its compact text (spec 2.1).
fn text_of(raw: &str) -> String {
    serde_json::from_str::<String>(raw).unwrap_or_else(|_| compact(raw))
}

/// Takes the blanks between JSON tokens out.
fn compact(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let (mut is_inside, mut is_escaped) = (false, false);
    for letter in raw.chars() {
        if is_inside {
            is_inside = is_escaped || letter != '"';
            is_escaped = !is_escaped && letter == '\\';
        } else if letter.is_ascii_whitespace() {
            continue;
        } else {
            is_inside = letter == '"';
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(content_type: &str, body: &str) -> BTreeMap<String, String> {
        read(&[("a".to_owned(), "query".to_owned())], content_type, body.as_bytes()).texts
    }

    #[test]
    fn a_form_body_goes_before_the_query() {
        let read = texts("application/x-www-form-urlencoded;charset=UTF-8", "a=body&b=1%2B2+3");

        assert_eq!(read["a"], "body");
        assert_eq!(read["b"], "1+2 3");
    }

    #[test]
    fn json_values_keep_the_order_of_their_keys() {
        let read = texts(
            "application/json",
            r#"{"a": "x\u0041", "n": 7, "t": true, "o": {"z": 1, "b": ["y z", 2]}}"#,
        );

        assert_eq!(read["a"], "xA");
        assert_eq!((read["n"].as_str(), read["t"].as_str()), ("7", "true"));
        assert_eq!(read["o"], r#"{"z":1,"b":["y z",2]}"#);
    }

    #[test]
    fn multipart_texts_are_parameters_and_files_are_not() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n padded \r\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nbytes\r\n--x--\r\n";
        let read = read(&[], "multipart/form-data; boundary=x", body.as_bytes());

        assert_eq!(read.texts["a"], " padded ");
        assert_eq!(read.files, [File { name: "image".to_owned(), bytes: b"bytes".to_vec() }]);
    }
}
