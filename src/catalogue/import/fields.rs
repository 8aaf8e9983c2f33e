//! Single cells that people write in many ways: barcode, stock, stars.

use crate::catalogue::certificate::Stars;
use crate::catalogue::gtin::{Gtin, expected_check_digit};
use crate::catalogue::money::{NotMoney, Written, parse_price, ungroup};
use crate::catalogue::problem::Code;
use crate::catalogue::quantity::Weight;
use crate::catalogue::text::{is_invisible, search_key};
use ganh_contract::Vnd;
use unicode_normalization::UnicodeNormalization;

/// The most units a sheet may give. Source: the highest stock that Shopee takes, 999,999 (DOMAIN §11).
const MAX_STOCK: u64 = 999_999;

/// What a cell says: its value, and what is to be said about how it was written (code, value as understood or proposed).
pub(super) type Read<T> = (Option<T>, Option<(Code, Option<String>)>);

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a barcode.
pub(super) fn gtin(typed: &str) -> Read<Gtin> {
    let text: String = typed.nfkc().filter(|letter| !is_invisible(*letter)).collect();
    let text = text.trim();
    let placeholders = [
        "khong co",
        "khong",
        "khong co ma vach",
        "chua co",
        "n/a",
        "na",
        "none",
        "null",
        "-",
        "--",
        "x",
        "0",
    ];
    if placeholders.contains(&search_key(text).as_str()) {
        return (None, Some((Code::GtinPlaceholder, None)));
    }
    let bare = text.trim_start_matches(['\'', '’']);
    if is_scientific(bare) {
        return (None, Some((Code::GtinScientific, None)));
    }
    let (whole, has_tail) = match bare.rsplit_once(['.', ',']) {
        Some((whole, tail)) if !tail.is_empty() && tail.bytes().all(|byte| byte == b'0') => (whole, true),
        _ => (bare, false),
    };
    let digits: String =
        whole.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '–')).collect();
    if !is_number(&digits) {
        let has_letter_o = is_number(&digits.replace(['o', 'O'], "0"));
        return (None, Some((if has_letter_o { Code::GtinLetterO } else { Code::GtinUnreadable }, None)));
    }
    if digits.len() == 12 && Gtin::new(&format!("0{digits}")).is_some() {
        return (None, Some((Code::GtinLeadingZeroLost, Some(format!("0{digits}")))));
    }
    if !matches!(digits.len(), 8 | 12 | 13 | 14) {
        return (None, Some((Code::GtinUnreadable, None)));
    }
    let Some(gtin) = Gtin::new(&digits) else {
        let mended =
            expected_check_digit(&digits).map(|digit| format!("{}{digit}", &digits[..digits.len() - 1]));
        return (None, Some((Code::GtinBadCheckDigit, mended)));
    };
    let code = if gtin.is_carton() {
        Some(Code::Gtin14Case)
    } else if has_tail {
        Some(Code::GtinDecimalTail)
    } else if bare.len() != text.len() {
        Some(Code::GtinApostrophe)
    } else if digits.len() != whole.len() {
        Some(Code::GtinGrouped)
    } else {
        None
    };
    (Some(gtin), code.map(|code| (code, Some(digits))))
}

fn is_scientific(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some((mantissa, power)) = lower.split_once('e') else { return false };
    is_number(&mantissa.replace(['.', ','], "")) && is_number(power.trim_start_matches('+'))
}

/// Reads a price; a value is there only when nothing speaks against it.
pub(super) fn price(typed: &str) -> Read<Vnd> {
    match parse_price(typed) {
        Ok((amount, written)) => {
            let code = match written {
                Written::Plain => None,
                Written::Vietnamese => Some(Code::PriceVnFormat),
                Written::CommaThousands => Some(Code::PriceCommaThousands),
                Written::SpaceThousands => Some(Code::PriceSpaceThousands),
                Written::FullWidth => Some(Code::PriceFullwidth),
                Written::DecimalZero => Some(Code::PriceDecimalZero),
                Written::CurrencyCode => Some(Code::PriceCurrencyPrefix),
                Written::Thousand => Some(Code::PriceK),
                Written::Million => Some(Code::PriceTr),
            };
            (Some(amount), code.map(|code| (code, Some(amount.get().to_string()))))
        }
        Err(reason) => {
            let code = match reason {
                NotMoney::Missing => Code::PriceMissing,
                NotMoney::Ambiguous => Code::PriceAmbiguous,
                NotMoney::SuspiciousLow => Code::PriceSuspiciousLow,
                NotMoney::TooHigh => Code::PriceTooHigh,
                NotMoney::Zero => Code::PriceZero,
                NotMoney::Negative => Code::PriceNegative,
                NotMoney::Range => Code::PriceRange,
                NotMoney::Text => Code::PriceText,
                NotMoney::Fraction => Code::PriceFraction,
                NotMoney::Scientific => Code::PriceScientific,
            };
            (None, Some((code, None)))
        }
    }
}

/// Reads a stock figure in whole packs.
pub(super) fn stock(typed: &str) -> Read<u32> {
    let text: String = typed.nfkc().collect();
    let text = text.trim();
    if ["het hang", "het", "tam het", "tam het hang", "sold out"].contains(&search_key(text).as_str()) {
        return (Some(0), Some((Code::StockWordSoldOut, Some("0".to_owned()))));
    }
    if text
        .strip_prefix(['-', '−'])
        .is_some_and(|rest| rest.trim().starts_with(|letter: char| letter.is_ascii_digit()))
    {
        return (None, Some((Code::StockNegative, None)));
    }
    let (units, code) = if is_number(text) {
        (text.parse::<u64>().unwrap_or(u64::MAX), None)
    } else if let Some(units) = ungroup(text) {
        (units, Some(Code::StockVnThousands))
    } else {
        let Some((whole, part)) =
            text.split_once(['.', ',']).filter(|(whole, part)| is_number(whole) && is_number(part))
        else {
            return (None, Some((Code::StockNotExact, None)));
        };
        if part.bytes().any(|byte| byte != b'0') {
            return (None, Some((Code::StockFraction, None)));
        }
        (whole.parse().unwrap_or(u64::MAX), Some(Code::StockVnThousands))
    };
    match u32::try_from(units).ok().filter(|_| units <= MAX_STOCK) {
        Some(units) => (Some(units), code.map(|code| (code, Some(units.to_string())))),
        None => (None, Some((Code::StockTooHigh, None))),
    }
}

/// Reads stars, and whether five are only hoped for.
pub(super) fn stars(typed: &str) -> Read<(Stars, bool)> {
    let key = search_key(&typed.nfkc().collect::<String>());
    if key.contains("tiem nang") {
        return (Stars::new(4).map(|stars| (stars, true)), Some((Code::StarsPending5, Some("4".to_owned()))));
    }
    let glyphs = key.chars().filter(|letter| matches!(letter, '★' | '⭐' | '*')).count();
    let bare = key.trim_end_matches("sao").trim().trim_end_matches(".0").to_owned();
    let (number, code) = if is_number(&bare) {
        (bare.parse::<u8>().ok(), (key.contains("sao")).then_some(Code::StarsWord))
    } else if glyphs > 0 && key.chars().all(|letter| matches!(letter, '★' | '⭐' | '*' | '☆' | ' ')) {
        (u8::try_from(glyphs).ok(), Some(Code::StarsGlyphs))
    } else {
        (None, None)
    };
    match number.and_then(Stars::new) {
        Some(stars) => (Some((stars, false)), code.map(|code| (code, Some(stars.get().to_string())))),
        None => (None, Some((Code::StarsOutOfRange, None))),
    }
}

/// Reads a shipping weight in grams; zero is a value here, because a service has none.
pub(super) fn weight(typed: &str) -> Read<u32> {
    let found = Weight::parse(typed);
    let code = match found {
        Weight::Plain(grams) => return (Some(grams), None),
        Weight::Missing => return (Some(0), None),
        Weight::Grams(_) => Code::WeightUnitG,
        Weight::Kilograms(_) if typed.contains(',') => Code::WeightKgComma,
        Weight::Kilograms(_) => Code::WeightUnitKg,
        Weight::Lang(_) => Code::WeightLang,
        Weight::Volume => return (None, Some((Code::WeightVolumeUnit, None))),
        Weight::Unreadable => return (None, Some((Code::WeightUnreadable, None))),
    };
    match found {
        Weight::Grams(grams) | Weight::Kilograms(grams) | Weight::Lang(grams) => {
            (Some(grams), Some((code, Some(grams.to_string()))))
        }
        Weight::Plain(_) | Weight::Missing | Weight::Volume | Weight::Unreadable => (None, None),
    }
}
