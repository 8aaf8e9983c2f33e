//! Dates as people type them: day first, one format for a whole file.

use jiff::Span;
use jiff::civil::{Date, date};

/// How a date was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Year first (`2026-12-31`).
    Iso(Date),
    /// Day first; the flag says that it could not be read month first.
    DayFirst(Date, bool),
    /// A day number of Excel.
    Serial(Date),
    /// Only a month first makes sense of it.
    MonthFirst,
    /// There is no such day.
    Impossible,
    /// Not a date.
    Unreadable,
}

/// Reads `31/12/2026`, `31-12-2026`, `31.12.2026`, `2026-12-31` or an Excel day number.
pub fn parse(text: &str) -> Written {
    let text = text.trim();
    let parts: Vec<&str> = text.split(['/', '-', '.']).map(str::trim).collect();
    let number =
        |part: &str| part.parse::<i16>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    match parts[..] {
        [only] => number_to_serial(only),
        [year, month, day] if year.len() == 4 => match (number(year), number(month), number(day)) {
            (Some(year), Some(month), Some(day)) => {
                day_of(year, month, day).map_or(Written::Impossible, Written::Iso)
            }
            _ => Written::Unreadable,
        },
        [day, month, year] if year.len() == 4 => match (number(day), number(month), number(year)) {
            (Some(day), Some(month), Some(year)) => day_first(day, month, year),
            _ => Written::Unreadable,
        },
        _ => Written::Unreadable,
    }
}

fn day_first(day: i16, month: i16, year: i16) -> Written {
    match day_of(year, month, day) {
        Some(found) => Written::DayFirst(found, day > 12),
        None if month > 12 && day_of(year, day, month).is_some() => Written::MonthFirst,
        None => Written::Impossible,
    }
}

fn day_of(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1900..=2200).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Day 1 is 1900-01-01 and Excel counts a 29 February 1900 that never was, hence 30 December 1899. Only 1954–2119 is believed.
fn number_to_serial(text: &str) -> Written {
    let Some(days) = text.parse::<i64>().ok().filter(|days| (20_000..=80_000).contains(days)) else {
        return Written::Unreadable;
    };
    date(1899, 12, 30).checked_add(Span::new().days(days)).map_or(Written::Unreadable, Written::Serial)
}

/// Whole months from one day to another, rounded to the nearest.
pub fn months_between(from: Date, to: Date) -> i64 {
    let months = (i64::from(to.year()) - i64::from(from.year())) * 12 + i64::from(to.month())
        - i64::from(from.month());
    match i64::from(to.day()) - i64::from(from.day()) {
        ..=-16 => months - 1,
        -15..=15 => months,
        16.. => months + 1,
    }
}

/// Whether a certificate's two dates are 36 months apart, give or take one day.
pub fn is_certificate_span(decided_on: Date, valid_to: Date) -> bool {
    let Ok(end) = decided_on.checked_add(Span::new().months(36)) else { return false };
    valid_to.since(end).is_ok_and(|span| span.get_days().abs() <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_comes_first_and_nothing_is_swapped() {
        assert_eq!(parse("31/12/2026"), Written::DayFirst(date(2026, 12, 31), true));
        assert_eq!(parse("10/12/2024"), Written::DayFirst(date(2024, 12, 10), false));
        assert_eq!(parse("12/31/2026"), Written::MonthFirst);
        assert_eq!(parse("31/02/2026"), Written::Impossible);
        assert_eq!(parse("46387"), Written::Serial(date(2026, 12, 31)));
        assert_eq!(parse("2026-12-31"), Written::Iso(date(2026, 12, 31)));
        assert_eq!(parse("cuối năm"), Written::Unreadable);
    }

    #[test]
    fn a_certificate_runs_36_months() {
        assert!(is_certificate_span(date(2024, 12, 10), date(2027, 12, 10)));
        assert!(!is_certificate_span(date(2024, 12, 10), date(2029, 12, 10)));
        assert_eq!(months_between(date(2024, 12, 10), date(2029, 12, 10)), 60);
    }
}
