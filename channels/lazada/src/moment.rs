//! Times in the three forms of the wire: `2026-03-02 09:15:20 +0700`, ISO 8601, milliseconds since 1970 (spec §5.1, §8 no. 10).
//! Without an offset they are of the shop's zone.

use crate::lenient::Text;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, offset};
use serde::{Deserialize, Deserializer};

/// Vietnam has no summer time (§1.1).
pub(crate) const ZONE: Offset = offset(7);

/// A time, possibly absent. An unreadable one is absent too: what needs it says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Moment(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(Text::deserialize(input)?.filled().and_then(parse)))
    }
}

/// Reads any of the forms.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return epoch(number);
    }
    let date: Date = text.get(..10)?.parse().ok()?;
    let rest = text.get(10..)?.trim_start_matches('T').trim();
    let (clock, zone) = match rest.find(['+', '-', 'Z', ' ']) {
        Some(end) => (&rest[..end], rest[end..].trim()),
        None => (rest, ""),
    };
    let time: Time = match clock.len() {
        0 => Time::midnight(),
        5 => format!("{clock}:00").parse().ok()?,
        _ => clock.parse().ok()?,
    };
    zone_of(zone)?.to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// Seconds or milliseconds, by magnitude (§6.2); 0 is no time.
fn epoch(number: i64) -> Option<Timestamp> {
    match number {
        ..=0 => None,
        1..=99_999_999_999 => Timestamp::from_second(number).ok(),
        _ => Timestamp::from_millisecond(number).ok(),
    }
}

/// `+0700`, `+07:00`, `Z`, or nothing.
fn zone_of(text: &str) -> Option<Offset> {
    match text {
        "" => return Some(ZONE),
        "Z" => return Some(Offset::UTC),
        _ => {}
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).unwrap_or("00").parse().ok()?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// `2026-03-02T09:15:20+07:00`: always with an offset, whole seconds, rounded down (§5.1).
pub(crate) fn iso(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    format!("{}+07:00", ZONE.to_datetime(whole))
}

/// `2026-03-02 09:15`: the form of sale dates (§4.8).
pub(crate) fn minute(at: Timestamp) -> String {
    ZONE.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_one_moment_are_read_alike() {
        let moment: Timestamp = "2026-03-02T02:15:20Z".parse().expect("a time");

        for text in [
            "2026-03-02 09:15:20 +0700",
            "2026-03-02T09:15:20+07:00",
            "2026-03-02T09:15:20+0700",
            "2026-03-02 09:15:20",
            "2026-03-02T02:15:20Z",
            "1772417720000",
            "1772417720",
        ] {
            assert_eq!(parse(text), Some(moment), "{text}");
        }
        assert_eq!(parse("2026-03-01 00:00"), "2026-02-28T17:00:00Z".parse().ok());
        assert_eq!(parse("2026-03-01"), "2026-02-28T17:00:00Z".parse().ok());
    }

    #[test]
    fn what_is_no_time_is_absent() {
        assert_eq!(["", "0", "hôm qua", "2026-13-40", "null"].map(parse), [None; 5]);
    }

    #[test]
    fn times_go_out_with_the_shops_offset() {
        let at: Timestamp = "2026-03-01T17:00:00.9Z".parse().expect("a time");

        assert_eq!(iso(at), "2026-03-02T00:00:00+07:00");
        assert_eq!(minute(at), "2026-03-02 00:00");
    }
}
