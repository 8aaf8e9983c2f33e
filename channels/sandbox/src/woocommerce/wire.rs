//! PHP's habits on the wire: how JSON is written, how values are coerced, how times look.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use serde_json::{Map, Value};

/// A JSON object of arguments.
pub type Args = Map<String, Value>;

/// `json_encode` without flags: `\u1ed1` for what is not ASCII, `\/` for a slash.
struct PhpJson;

impl Formatter for PhpJson {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| byte.is_ascii() && byte != b'/') {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut units = [0_u16; 2];
        for sign in fragment.chars() {
            if sign == '/' {
                writer.write_all(b"\\/")?;
            } else if sign.is_ascii() {
                writer.write_all(&[u8::try_from(sign).unwrap_or(b'?')])?;
            } else {
                for unit in sign.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// Writes a value as PHP does.
pub fn php_json<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    // Writing into a Vec cannot fail, and none of our types refuses to be written.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, PhpJson));
    out
}

/// Joins ready-made JSON rows into an array.
pub fn array_of(rows: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.iter().map(Vec::len).sum::<usize>() + rows.len() + 2);
    out.push(b'[');
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(row);
    }
    out.push(b']');
    out
}

/// Keeps only the asked-for fields (`a,b.c`) of an object, or of each row of an array.
pub fn thin(value: Value, fields: &str) -> Value {
    match value {
        Value::Array(rows) => Value::Array(rows.into_iter().map(|row| thin(row, fields)).collect()),
        Value::Object(map) => {
            let mut kept = Map::new();
            for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
                pick(&map, field, &mut kept);
            }
            Value::Object(kept)
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

fn pick(from: &Args, field: &str, into: &mut Args) {
    let (name, rest) = field.split_once('.').map_or((field, None), |(name, rest)| (name, Some(rest)));
    let Some(value) = from.get(name) else { return };
    let Some(rest) = rest else {
        into.insert(name.to_owned(), value.clone());
        return;
    };
    match value {
        Value::Object(inner) => {
            let slot = into.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(slot) = slot {
                pick(inner, rest, slot);
            }
        }
        // `_fields=update.id` gives `{"update":[]}` (spec §1.3).
        Value::Array(_) => {
            into.insert(name.to_owned(), Value::Array(Vec::new()));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `(string) $value`.
pub fn php_string(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "1".to_owned(),
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => "Array".to_owned(),
    }
}

/// `intval($value)`: the leading number, else 0.
pub fn php_int(value: &Value) -> i64 {
    match value {
        Value::Null | Value::Object(_) => 0,
        Value::Bool(flag) => i64::from(*flag),
        Value::Number(number) => number.as_i64().unwrap_or_else(|| whole(number.as_f64().unwrap_or(0.0))),
        Value::String(text) => {
            let text = text.trim_start();
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let end = digits.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(digits.len());
            let number = digits[..end].parse::<i64>().unwrap_or(0);
            if text.starts_with('-') { -number } else { number }
        }
        Value::Array(rows) => i64::from(!rows.is_empty()),
    }
}

/// Cuts a double down to whole units, within the range of i64.
pub fn whole(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "cutting down is what is wanted; it saturates")]
    let cut = number.trunc() as i64;
    cut
}

/// An id as sent; 0 when it is none.
pub fn php_id(value: Option<&Value>) -> u64 {
    value.map_or(0, |value| u64::try_from(php_int(value)).unwrap_or(0))
}

/// `wc_string_to_bool`.
pub fn php_bool(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Value::String(text) => matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on"),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// `2026-11-24T23:40:50` of seconds since 1970.
pub fn iso(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// `Tue, 24 Nov 2026 23:40:50 GMT` of seconds since 1970.
pub fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let name = usize::try_from(days.rem_euclid(7)).ok().and_then(|at| DAYS.get(at)).unwrap_or(&"Thu");
    let month = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"Jan");
    format!(
        "{name}, {day:02} {month} {year:04} {:02}:{:02}:{:02} GMT",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Year, month and day of a day number since 1970 (H. Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Reads a date as WordPress does: with a zone as it says, without one as `offset_s` east of UTC.
pub fn read_date(text: &str, offset_s: i64) -> Option<i64> {
    let text = text.trim();
    let text = if text.len() > 10 && text.as_bytes().get(10) == Some(&b' ') {
        text.replacen(' ', "T", 1)
    } else {
        text.to_owned()
    };
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(stamp.as_second());
    }
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .ok()
        .or_else(|| text.parse::<jiff::civil::Date>().ok().map(|date| date.at(0, 0, 0, 0)))?;
    let stamp = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(stamp.as_second() - offset_s)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{http_date, iso, php_int, php_json, read_date, thin};

    #[test]
    fn json_is_escaped_as_php_does() {
        assert_eq!(php_json(&json!("Nguyễn a/b 😀")), br#""Nguy\u1ec5n a\/b \ud83d\ude00""#);
    }

    #[test]
    fn a_nested_field_is_kept_and_items_of_a_batch_are_not_reached() {
        assert_eq!(thin(json!({"a": {"b": 1, "c": 2}, "d": 3}), "a.b"), json!({"a": {"b": 1}}));
        assert_eq!(thin(json!({"update": [{"id": 1}]}), "update.id"), json!({"update": []}));
    }

    #[test]
    fn integers_are_cut_from_anything() {
        assert_eq!(php_int(&json!("abc")), 0);
        assert_eq!(php_int(&json!(3.7)), 3);
        assert_eq!(php_int(&json!("-5x")), -5);
        assert_eq!(php_int(&Value::Null), 0);
    }

    #[test]
    fn times_are_local_without_a_zone() {
        assert_eq!(iso(1_760_000_000), "2025-10-09T08:53:20");
        assert_eq!(http_date(1_760_000_000), "Thu, 09 Oct 2025 08:53:20 GMT");
        assert_eq!(read_date("2025-10-09T15:53:20", 25_200), Some(1_760_000_000));
        assert_eq!(read_date("2025-10-09 15:53:20", 25_200), Some(1_760_000_000));
        assert_eq!(read_date("2025-10-09T08:53:20Z", 25_200), Some(1_760_000_000));
        assert_eq!(read_date("2025-10-09T15:53:20+07:00", 0), Some(1_760_000_000));
        assert_eq!(read_date("yesterday", 0), None);
    }
}
