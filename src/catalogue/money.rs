//! Amounts as people type them. Never guessed: what can be read two ways is refused.

use ganh_contract::Vnd;
use unicode_normalization::UnicodeNormalization;

/// The lowest price that is believed: below it, a sheet is probably in thousands of đồng. Source: data rules for `Giá bán`.
pub const LOWEST_PRICE: Vnd = Vnd(1_000);
/// The highest price that is believed: guess, ten times the highest limit a marketplace publishes (1,000,000,000 đ).
pub const HIGHEST_PRICE: Vnd = Vnd(10_000_000_000);

/// How an amount was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Digits only.
    Plain,
    /// Dots between thousands, or đ / ₫ behind.
    Vietnamese,
    /// Commas between thousands.
    CommaThousands,
    /// Blanks between thousands.
    SpaceThousands,
    /// Full-width digits.
    FullWidth,
    /// A decimal part of zeros only.
    DecimalZero,
    /// `VND` in front or behind.
    CurrencyCode,
    /// `35k`, `35 nghìn`.
    Thousand,
    /// `1tr2`, `1,2 triệu`.
    Million,
}

/// Why an amount is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMoney {
    /// Nothing typed.
    Missing,
    /// Could be read as two amounts.
    Ambiguous,
    /// Under [`LOWEST_PRICE`].
    SuspiciousLow,
    /// Over [`HIGHEST_PRICE`].
    TooHigh,
    /// Zero.
    Zero,
    /// Below zero.
    Negative,
    /// Two amounts.
    Range,
    /// Words.
    Text,
    /// Parts of a đồng.
    Fraction,
    /// `9,9E+04`: digits are lost.
    Scientific,
}

/// Reads a price in whole đồng. See the two enums for what is understood and what is refused.
pub fn parse_price(text: &str) -> Result<(Vnd, Written), NotMoney> {
    let (amount, written) = parse_amount(text)?;
    match amount {
        Vnd(0) => Err(NotMoney::Zero),
        low if low < LOWEST_PRICE => Err(NotMoney::SuspiciousLow),
        high if high > HIGHEST_PRICE => Err(NotMoney::TooHigh),
        amount => Ok((amount, written)),
    }
}

fn parse_amount(text: &str) -> Result<(Vnd, Written), NotMoney> {
    let wide = text.chars().any(|letter| ('\u{ff01}'..='\u{ff5e}').contains(&letter));
    let typed: String = text.nfkc().collect::<String>().trim().to_lowercase();
    if typed.is_empty() {
        return Err(NotMoney::Missing);
    }
    let (bare, currency) = strip_currency(&typed);
    if let Some(rest) = bare.strip_prefix(['-', '−', '–']) {
        return Err(if rest.trim().starts_with(|letter: char| letter.is_ascii_digit()) {
            NotMoney::Negative
        } else {
            NotMoney::Text
        });
    }
    refuse_shapes(bare)?;
    if let Some(found) = parse_scaled(bare) {
        return found;
    }
    let is_numeric =
        bare.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | ' ' | '\'' | '+'));
    if !is_numeric || !bare.contains(|letter: char| letter.is_ascii_digit()) {
        return Err(NotMoney::Text);
    }
    let (amount, written) = parse_plain(bare)?;
    let written = match (currency, written) {
        (Currency::Code, Written::DecimalZero) | (Currency::Sign, Written::DecimalZero) => {
            Written::DecimalZero
        }
        (Currency::Code, _) => Written::CurrencyCode,
        (Currency::Sign, _) => Written::Vietnamese,
        (Currency::None, Written::Plain) if wide => Written::FullWidth,
        (Currency::None, written) => written,
    };
    Ok((Vnd(amount), written))
}

#[derive(Clone, Copy)]
enum Currency {
    None,
    Sign,
    Code,
}

fn strip_currency(typed: &str) -> (&str, Currency) {
    for (word, kind) in [
        ("vnđ", Currency::Code),
        ("vnd", Currency::Code),
        ("đồng", Currency::Sign),
        ("đ", Currency::Sign),
        ("₫", Currency::Sign),
        ("d", Currency::Sign),
    ] {
        if let Some(rest) = typed.strip_prefix(word).or_else(|| typed.strip_suffix(word))
            && rest.contains(|letter: char| letter.is_ascii_digit())
        {
            return (rest.trim(), kind);
        }
    }
    (typed, Currency::None)
}

fn refuse_shapes(bare: &str) -> Result<(), NotMoney> {
    let has_digit = |part: &str| part.contains(|letter: char| letter.is_ascii_digit());
    for mark in ["-", "–", "—", "~", "đến", "/"] {
        if let Some((left, right)) = bare.split_once(mark)
            && has_digit(left)
            && has_digit(right)
            && !left.ends_with('e')
        {
            return Err(NotMoney::Range);
        }
    }
    if let Some((left, right)) = bare.split_once('e') {
        let power = right.trim_start_matches(['+', '-']);
        if has_digit(left) && !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotMoney::Scientific);
        }
    }
    Ok(())
}

/// `35k`, `35 nghìn`, `1tr2`, `1,2 triệu`. `None` when no such word is there.
fn parse_scaled(bare: &str) -> Option<Result<(Vnd, Written), NotMoney>> {
    let scales = [
        ("nghìn", 1_000, Written::Thousand),
        ("ngàn", 1_000, Written::Thousand),
        ("triệu", 1_000_000, Written::Million),
    ];
    let scales =
        scales.into_iter().chain([("tr", 1_000_000, Written::Million), ("k", 1_000, Written::Thousand)]);
    for (word, scale, written) in scales {
        let Some((head, tail)) = bare.split_once(word) else { continue };
        let (head, tail) = (head.trim(), tail.trim());
        let number = if tail.is_empty() {
            crate::catalogue::quantity::parse_milli(head)
        } else if tail.len() <= 3 && tail.bytes().all(|byte| byte.is_ascii_digit()) {
            // 1tr2 = 1.2 million, 1tr250 = 1.25 million.
            crate::catalogue::quantity::parse_milli(&format!("{head}.{tail}"))
        } else {
            return Some(Err(NotMoney::Text));
        };
        let Some(milli) = number else { return Some(Err(NotMoney::Text)) };
        let amount =
            milli.checked_mul(scale).map(|milli| milli / 1000).and_then(|amount| i64::try_from(amount).ok());
        return Some(amount.map(|amount| (Vnd(amount), written)).ok_or(NotMoney::TooHigh));
    }
    None
}

fn parse_plain(bare: &str) -> Result<(i64, Written), NotMoney> {
    if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return bare.parse().map(|amount| (amount, Written::Plain)).map_err(|_| NotMoney::TooHigh);
    }
    if let Some(amount) = ungroup(bare) {
        let amount = i64::try_from(amount).map_err(|_| NotMoney::TooHigh)?;
        let written = if bare.contains('.') {
            Written::Vietnamese
        } else if bare.contains(',') {
            Written::CommaThousands
        } else {
            Written::SpaceThousands
        };
        return Ok((amount, written));
    }
    let Some((whole, decimals)) = bare.rsplit_once(['.', ',']) else { return Err(NotMoney::Text) };
    let is_short = matches!(decimals.len(), 1 | 2) && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let amount =
        if whole.bytes().all(|byte| byte.is_ascii_digit()) { whole.parse().ok() } else { ungroup(whole) };
    match amount {
        Some(amount) if is_short && decimals.bytes().all(|byte| byte == b'0') => {
            Ok((i64::try_from(amount).map_err(|_| NotMoney::TooHigh)?, Written::DecimalZero))
        }
        Some(amount) if is_short && amount >= 1_000 => Err(NotMoney::Fraction),
        _ => Err(NotMoney::Ambiguous),
    }
}

/// Reads digits in groups of exactly three behind one kind of mark (dot, comma, blank, apostrophe); `None` otherwise.
pub fn ungroup(text: &str) -> Option<u64> {
    let mark = text.chars().find(|letter| !letter.is_ascii_digit())?;
    if !matches!(mark, '.' | ',' | ' ' | '\'') {
        return None;
    }
    let groups: Vec<&str> = text.split(mark).collect();
    let is_digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let (first, rest) = groups.split_first()?;
    let is_grouped = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && rest.iter().all(|group| group.len() == 3)
        && groups.iter().all(is_digits);
    if is_grouped { groups.concat().parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_the_way_people_write_them() {
        let typed = [
            "38000",
            "35.000đ",
            "35,000",
            "1.250.000 ₫",
            "35k",
            "1tr2",
            "35\u{a0}000",
            "３５０００",
            "35.000,00",
            "VND 38,000",
        ];

        let amounts = typed.map(|text| parse_price(text).map(|(amount, _)| amount.get()));

        let expected = [38_000, 35_000, 35_000, 1_250_000, 35_000, 1_200_000, 35_000, 35_000, 35_000, 38_000];
        assert_eq!(amounts, expected.map(Ok));
    }

    #[test]
    fn what_can_be_read_two_ways_is_refused_with_its_reason() {
        let typed = [
            "35.5",
            "35",
            "0",
            "-38000",
            "38.000 - 45.000",
            "Liên hệ",
            "38000.50",
            "9,9E+04",
            "",
            "99999999999999999999",
        ];

        use NotMoney::{
            Ambiguous, Fraction, Missing, Negative, Range, Scientific, SuspiciousLow, Text, TooHigh, Zero,
        };
        assert_eq!(
            typed.map(|text| parse_price(text).map(|_| ())),
            [Ambiguous, SuspiciousLow, Zero, Negative, Range, Text, Fraction, Scientific, Missing, TooHigh]
                .map(Err)
        );
    }
}
