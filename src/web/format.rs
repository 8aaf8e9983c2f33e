//! Numbers and times as people in Viet Nam write them.

use super::messages::Messages;
use ganh_contract::Vnd;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// `1.250.000`.
pub fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::from(if number < 0 { "−" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count.
pub fn count(count: u64) -> String {
    number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `1.250.000 ₫`; the space does not break.
pub fn vnd(amount: Vnd) -> String {
    format!("{}\u{a0}₫", number(amount.get()))
}

/// `22/11/2026 14:05` in Viet Nam (+07:00).
pub fn moment(at: Timestamp) -> String {
    let at = Offset::constant(7).to_datetime(at);
    format!("{:02}/{:02}/{} {:02}:{:02}", at.day(), at.month(), at.year(), at.hour(), at.minute())
}

/// `14:05:09` in Viet Nam.
pub fn time_of_day(at: Timestamp) -> String {
    let at = Offset::constant(7).to_datetime(at);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `2026-11-22T14:05:09+07:00`, for machines that read the page.
pub fn rfc3339(at: Timestamp) -> String {
    at.display_with_offset(Offset::constant(7)).to_string()
}

/// How long ago, in the largest unit that fits: `12 s`, `5 phút`, `3 giờ`, `2 ngày`.
pub fn age(duration: SignedDuration, words: &Messages) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..=99 => format!("{seconds}\u{a0}{}", words.seconds),
        100..=5_999 => format!("{}\u{a0}{}", seconds / 60, words.minutes),
        6_000..=172_799 => format!("{}\u{a0}{}", seconds / 3_600, words.hours),
        _ => format!("{}\u{a0}{}", number(seconds / 86_400), words.days),
    }
}

/// `0,4` or `12`: calls a second.
pub fn rate(tenths: u64) -> String {
    if tenths < 100 { format!("{},{}", tenths / 10, tenths % 10) } else { count(tenths / 10) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::messages::{EN, VI};

    #[test]
    fn thousands_are_parted_by_points() {
        assert_eq!(
            [number(0), number(999), number(1_000), number(1_250_000), number(-12_345)],
            ["0", "999", "1.000", "1.250.000", "−12.345"]
        );
    }

    #[test]
    fn an_amount_bears_its_sign_behind() {
        assert_eq!(vnd(Vnd(1_250_000)), "1.250.000\u{a0}₫");
    }

    #[test]
    fn a_moment_is_told_in_the_time_of_viet_nam() {
        let at: Timestamp = "2026-11-22T17:05:09Z".parse().unwrap();

        assert_eq!((moment(at), time_of_day(at)), ("23/11/2026 00:05".into(), "00:05:09".into()));
        assert_eq!(rfc3339(at), "2026-11-23T00:05:09+07:00");
    }

    #[test]
    fn an_age_is_told_in_one_unit() {
        assert_eq!(age(SignedDuration::from_secs(99), &VI), "99\u{a0}giây");
        assert_eq!(age(SignedDuration::from_secs(300), &VI), "5\u{a0}phút");
        assert_eq!(age(SignedDuration::from_hours(5), &EN), "5\u{a0}h");
        assert_eq!(age(SignedDuration::from_secs(-5), &EN), "0\u{a0}s");
    }
}
