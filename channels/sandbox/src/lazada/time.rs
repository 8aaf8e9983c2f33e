//! Times as this platform writes and reads them; the shop's zone is +07:00 (spec 1.1, 5.1).

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::Offset};

const ZONE_S: i64 = 7 * 3600;

fn local(ms: i64) -> DateTime {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    Offset::constant(7).to_datetime(at)
}

/// `2026-03-02 09:15:20 +0700`, as in orders (spec 5.1).
pub fn spaced(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%d %H:%M:%S +0700").to_string()
}

/// `2026-03-03T23:59:59+07:00`.
pub fn iso(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%dT%H:%M:%S+07:00").to_string()
}

/// `2026-03-02 09:15:20`, without an offset.
pub fn plain(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-03-01`, in the shop's zone.
pub fn day(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%d").to_string()
}

/// `2026-03-01 00:00`, in the shop's zone.
pub fn minute(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `02 Mar 2026`, as in finance (spec 5.13).
pub fn finance_day(ms: i64) -> String {
    local(ms).strftime("%d %b %Y").to_string()
}

/// The date of HTTP headers.
pub fn http_date(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads `YYYY-MM-DDTHH:mm:ss` with `±HH:MM`, `±HHMM` or `Z` as milliseconds (spec 5.1). Anything else: `None`.
pub fn read_iso(text: &str) -> Option<i64> {
    let (date, offset) = (text.get(..19)?, text.get(19..)?);
    if date.as_bytes()[10] != b'T' {
        return None;
    }
    let offset = offset.trim_start_matches(|letter: char| letter == '.' || letter.is_ascii_digit());
    let offset_s = match offset {
        "Z" => 0,
        _ => {
            let (sign, digits) = (offset.get(..1)?, offset.get(1..)?.replace(':', ""));
            if digits.len() != 4 {
                return None;
            }
            let seconds = digits[..2].parse::<i64>().ok()? * 3600 + digits[2..].parse::<i64>().ok()? * 60;
            match sign {
                "+" => seconds,
                "-" => -seconds,
                _ => return None,
            }
        }
    };
    Some(civil_ms(date)? - offset_s * 1000)
}

/// Reads `YYYY-MM-DD`, `YYYY-MM-DD HH:mm` or `YYYY-MM-DD HH:mm:ss` in the shop's zone as milliseconds.
pub fn read_local(text: &str) -> Option<i64> {
    let whole = match text.len() {
        10 => format!("{text}T00:00:00"),
        16 => format!("{text}:00"),
        19 => text.to_owned(),
        _ => return None,
    };
    Some(civil_ms(&whole.replacen(' ', "T", 1))? - ZONE_S * 1000)
}

/// Whether a text names a day without a time.
pub fn is_day(text: &str) -> bool {
    text.len() == 10
}

fn civil_ms(text: &str) -> Option<i64> {
    let civil: DateTime = text.parse().ok()?;
    Offset::UTC.to_timestamp(civil).ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_772_442_000_000;

    #[test]
    fn orders_are_dated_in_the_shops_zone() {
        assert_eq!(spaced(AT), "2026-03-02 16:00:00 +0700");
        assert_eq!(iso(AT), "2026-03-02T16:00:00+07:00");
    }

    #[test]
    fn an_offset_is_needed_and_may_lack_its_colon() {
        for text in ["2026-03-02T16:00:00+07:00", "2026-03-02T16:00:00+0700", "2026-03-02T09:00:00Z"] {
            assert_eq!(read_iso(text), Some(AT), "{text}");
        }
        for text in ["2026-03-02", "2026-03-02T16:00:00", "2026-03-02 16:00:00+07:00", "1772442000", ""] {
            assert_eq!(read_iso(text), None, "{text}");
        }
    }

    #[test]
    fn special_prices_are_dated_in_the_shops_zone() {
        assert_eq!(read_local("2026-03-02 16:00"), Some(AT));
        assert_eq!(read_local("2026-03-02 16:00:00"), Some(AT));
        assert_eq!(read_local("02/03/2026"), None);
    }
}
