//! Prices are decimal strings with a dot, and nearly anything is taken for one (spec §4.2).

/// `wc_format_decimal` as observed: separators become dots, all dots but the last go, anything
/// that is no number wipes the price.
#[must_use]
pub fn stored(text: &str) -> String {
    let text: String =
        text.trim().replace(',', ".").chars().filter(|sign| matches!(sign, '0'..='9' | '.' | '-')).collect();
    let (whole, fraction) = match text.rsplit_once('.') {
        None => (text, None),
        Some((front, back)) => (front.replace('.', ""), Some(back.to_owned())),
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let digits = whole.strip_prefix('-').unwrap_or(&whole);
    match fraction {
        None if is_number(digits) => whole,
        Some(fraction) if is_number(&fraction) && (digits.is_empty() || is_number(digits)) => {
            format!("{}.{fraction}", if digits.is_empty() { format!("{whole}0") } else { whole })
        }
        None | Some(_) => String::new(),
    }
}

/// The number behind a stored price; `None` when it is empty.
#[must_use]
pub fn amount(stored: &str) -> Option<f64> {
    stored.parse().ok()
}

/// Writes an amount with so many decimals.
#[must_use]
pub fn money(amount: f64, decimals: usize) -> String {
    let text = format!("{amount:.decimals$}");
    if text.starts_with('-') && amount.abs() < 0.000_001 { text[1..].to_owned() } else { text }
}

/// A number as PHP prints it: no trailing zeros.
#[must_use]
pub fn plain(amount: f64) -> String {
    format!("{amount}")
}

#[cfg(test)]
mod tests {
    use super::stored;

    #[test]
    fn what_is_sent_is_stored_as_a_real_shop_does() {
        assert_eq!(stored("150000"), "150000");
        assert_eq!(stored("150.000"), "150.000");
        assert_eq!(stored("150,000"), "150.000");
        assert_eq!(stored("1.234.567"), "1234.567");
        assert_eq!(stored("150000.55"), "150000.55");
        assert_eq!(stored("abc"), "");
        assert_eq!(stored("-5"), "-5");
        assert_eq!(stored(""), "");
    }
}
