//! Prices as decimal strings and whole đồng (spec 4.2). No float anywhere: a misplaced dot turns 150,000 đồng into 150.

use ganh_contract::Vnd;

/// The price as it goes on the wire: digits only, never a dot, a comma or a sign.
///
/// `None` for an amount below zero, which a shop would take as a negative price.
pub fn write_dong(amount: Vnd) -> Option<String> {
    u64::try_from(amount.get()).ok().map(|dong| dong.to_string())
}

/// Reads a decimal string. An empty one is no price. A fraction of a đồng is rounded up, so that `150000.55` never
/// looks like the 150000 that we want; `150000.00` is 150000.
///
/// # Errors
/// The text itself, if it is no decimal number of at most eighteen digits.
pub fn read_dong(text: &str) -> Result<Option<Vnd>, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let (digits, sign) = trimmed.strip_prefix('-').map_or((trimmed, 1), |rest| (rest, -1));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 18 || !plain(whole) || !plain(fraction) {
        return Err(text.to_owned());
    }
    let dong: i64 = whole.parse().map_err(|_| text.to_owned())?;
    let up = i64::from(fraction.bytes().any(|byte| byte != b'0'));
    Ok(Some(Vnd(sign * (dong + up))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_written_in_digits_only() {
        assert_eq!(write_dong(Vnd(150_000)).as_deref(), Some("150000"));
        assert_eq!(write_dong(Vnd(0)).as_deref(), Some("0"));
        assert_eq!(write_dong(Vnd(1_234_567_890)).as_deref(), Some("1234567890"));
        assert_eq!(write_dong(Vnd(-5)), None);
    }

    #[test]
    fn a_price_is_read_as_a_decimal_and_never_looks_rounder_than_it_is() {
        assert_eq!(read_dong("150000"), Ok(Some(Vnd(150_000))));
        assert_eq!(read_dong("150000.00"), Ok(Some(Vnd(150_000))));
        assert_eq!(read_dong("150.000"), Ok(Some(Vnd(150))));
        assert_eq!(read_dong("1234.567"), Ok(Some(Vnd(1235))));
        assert_eq!(read_dong("150000.55"), Ok(Some(Vnd(150_001))));
        assert_eq!(read_dong("-5"), Ok(Some(Vnd(-5))));
        assert_eq!(read_dong(""), Ok(None));
    }

    #[test]
    fn what_is_no_decimal_is_an_error() {
        assert!(read_dong("150,000").is_err());
        assert!(read_dong("1.234.567").is_err());
        assert!(read_dong("abc").is_err());
        assert!(read_dong(".5").is_err());
        assert!(read_dong("9999999999999999999").is_err());
    }
}
