//! Instants as the shop writes them in its `_gmt` fields: UTC, seconds, no offset (spec 5.3, 8.1).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// `2026-11-22T01:02:03`
pub fn write_gmt(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Reads a `_gmt` field; empty or odd is `None`.
pub fn read_gmt(text: &str) -> Option<Timestamp> {
    let trimmed = text.trim();
    if trimmed.ends_with('Z') {
        return trimmed.parse().ok();
    }
    let civil: DateTime = trimmed.parse().ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let at: Timestamp = "2026-11-22T01:02:03Z".parse().unwrap();

        assert_eq!(write_gmt(at), "2026-11-22T01:02:03");
        assert_eq!(read_gmt(&write_gmt(at)), Some(at));
        assert_eq!(read_gmt("2026-11-22T01:02:03Z"), Some(at));
        assert_eq!(read_gmt(""), None);
    }
}
