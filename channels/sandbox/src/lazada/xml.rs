//! XML payloads, read into the same tree as JSON ones: elements become objects, repeated elements arrays, text strings.
//! Attributes are passed over; nothing outside of what the platform's payloads use is understood.

use serde_json::{Map, Value};

/// Elements inside of elements; deeper is not a payload.
const DEPTH: usize = 32;

/// Reads a document; `{"Root": …}`.
///
/// # Errors
/// What is wrong, in words.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}') };
    reader.skip_prologue()?;
    let (name, value) = reader.element(0)?;
    reader.skip_prologue()?;
    if !reader.rest.is_empty() {
        return Err("content after the root element".to_owned());
    }
    Ok(Value::Object(Map::from_iter([(name, value)])))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_prologue(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start();
            let end = match () {
                () if self.rest.starts_with("<?") => "?>",
                () if self.rest.starts_with("<!--") => "-->",
                () => return Ok(()),
            };
            self.until(end)?;
        }
    }

    /// Everything before `mark`, which is passed over.
    fn until(&mut self, mark: &str) -> Result<&'a str, String> {
        let (before, after) = self.rest.split_once(mark).ok_or_else(|| format!("{mark} is missing"))?;
        self.rest = after;
        Ok(before)
    }

    /// One element with everything in it.
    fn element(&mut self, depth: usize) -> Result<(String, Value), String> {
        if depth > DEPTH {
            return Err("too deep".to_owned());
        }
        self.rest = self.rest.strip_prefix('<').ok_or("an element is wanted")?;
        let tag = self.until(">")?;
        let is_empty = tag.ends_with('/');
        let name = tag.trim_end_matches('/').split_ascii_whitespace().next().unwrap_or("").to_owned();
        if name.is_empty() || !name.chars().all(|letter| letter.is_alphanumeric() || "_-.:".contains(letter))
        {
            return Err(format!("<{tag}> is no element"));
        }
        if is_empty {
            return Ok((name, Value::String(String::new())));
        }
        let mut text = String::new();
        let mut fields = Map::new();
        loop {
            if let Some(after) = self.rest.strip_prefix("</") {
                self.rest = after;
                let closed = self.until(">")?.trim();
                if closed != name {
                    return Err(format!("</{closed}> closes <{name}>"));
                }
                let value =
                    if fields.is_empty() { Value::String(trimmed(text)) } else { Value::Object(fields) };
                return Ok((name, value));
            }
            if let Some(after) = self.rest.strip_prefix("<![CDATA[") {
                self.rest = after;
                text.push_str(self.until("]]>")?);
            } else if self.rest.starts_with("<!--") {
                self.until("-->")?;
            } else if self.rest.starts_with('<') {
                let (child, value) = self.element(depth + 1)?;
                add(&mut fields, child, value);
            } else {
                let end = self.rest.find('<').ok_or_else(|| format!("<{name}> is not closed"))?;
                let (plain, after) = self.rest.split_at(end);
                self.rest = after;
                unescape(plain, &mut text)?;
            }
        }
    }
}

/// Blanks around a text are layout.
fn trimmed(text: String) -> String {
    let inner = text.trim();
    if inner.len() == text.len() { text } else { inner.to_owned() }
}

fn add(fields: &mut Map<String, Value>, name: String, value: Value) {
    match fields.get_mut(&name) {
        Some(Value::Array(rows)) => rows.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => {
            fields.insert(name, value);
        }
    }
}

/// A raw `&` is refused, as the platform does (spec 1.7, code 5).
fn unescape(plain: &str, into: &mut String) -> Result<(), String> {
    let mut rest = plain;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let (entity, after) = after.split_once(';').ok_or("a bare & in a text")?;
        into.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => numbered(entity).ok_or_else(|| format!("&{entity}; is unknown"))?,
        });
        rest = after;
    }
    into.push_str(rest);
    Ok(())
}

fn numbered(entity: &str) -> Option<char> {
    let digits = entity.strip_prefix('#')?;
    let code = match digits.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn repeated_elements_become_an_array() {
        let read = parse(
            "<?xml version=\"1.0\"?>\n<Request> <Sku><A>1</A></Sku>\n<Sku><A>2</A></Sku><E/></Request>",
        );

        assert_eq!(read, Ok(json!({"Request": {"Sku": [{"A": "1"}, {"A": "2"}], "E": ""}})));
    }

    #[test]
    fn texts_are_unescaped_and_cdata_is_not() {
        let read = parse("<a><b>Mắm &amp; ớt &#x1F336; &lt;</b><c><![CDATA[<p>a & b</p>]]></c></a>");

        assert_eq!(read, Ok(json!({"a": {"b": "Mắm & ớt 🌶 <", "c": "<p>a & b</p>"}})));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for broken in ["", "<a>", "<a><b></a>", "<a>x & y</a>", "<a></a><b></b>", "plain", "<a>&nope;</a>"] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn depth_has_an_end() {
        assert!(parse(&"<a>".repeat(100_000)).is_err());
    }
}
