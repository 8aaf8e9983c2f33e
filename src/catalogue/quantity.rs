//! Weights, sizes and net quantities, as numbers with their unit in the type.

use crate::catalogue::text::search_key;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A pack as the carrier sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parcel {
    /// Gross weight in grams, at least one.
    pub grams: u32,
    /// Length, width, height in millimetres; `None` where the sheet gives no size.
    pub size_mm: Option<[u32; 3]>,
}

/// What the label says is inside: an amount in thousandths of its unit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NetQuantity {
    /// Thousandths of `unit` (`250 g` = 250,000).
    pub milli: u64,
    /// As written: `g`, `kg`, `ml`, `lít`, `quả`, `hộp` …
    pub unit: String,
}

impl fmt::Display for NetQuantity {
    /// Writes `0,5 kg`: decimal comma, no idle zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = format!("{:03}", self.milli % 1000);
        let rest = rest.trim_end_matches('0');
        write!(f, "{}", self.milli / 1000)?;
        if !rest.is_empty() {
            write!(f, ",{rest}")?;
        }
        write!(f, " {}", self.unit)
    }
}

/// Reads a plain decimal with comma or dot, at most three places, into thousandths; `None` for anything else.
pub fn parse_milli(text: &str) -> Option<u64> {
    let text = text.trim().replace(',', ".");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || rest.len() > 3 || !is_number(whole) || !is_number(rest) {
        return None;
    }
    let thousandths = format!("{rest:0<3}").parse::<u64>().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(thousandths)
}

/// How a weight was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A bare number of grams.
    Plain(u32),
    /// Grams, with `g` or `gr`.
    Grams(u32),
    /// Grams, from `kg` or `cân`.
    Kilograms(u32),
    /// Grams, from `lạng` (100 g): a word that people read differently.
    Lang(u32),
    /// Nothing, or zero.
    Missing,
    /// A volume, which no carrier weighs.
    Volume,
    /// Not a weight.
    Unreadable,
}

impl Weight {
    /// Reads `310`, `500g`, `0,5 kg`, `5 lạng`. Parts of a gram are rounded up.
    pub fn parse(text: &str) -> Self {
        let key = search_key(text);
        let split = key.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | ',' | ' '));
        let (number, unit) = key.split_at(split.unwrap_or(key.len()));
        if key.is_empty() {
            return Self::Missing;
        }
        let unit = unit.trim().trim_end_matches('.');
        if matches!(unit, "ml" | "l" | "lit" | "cc") {
            return Self::Volume;
        }
        // "1.200 g" is a thousand and two hundred; "1.2 kg" is not.
        let grouped = crate::catalogue::money::ungroup(number.trim());
        let milli = match (&grouped, unit) {
            (Some(whole), "" | "g" | "gr" | "gram") => whole.checked_mul(1000),
            _ => parse_milli(number),
        };
        let Some(milli) = milli else { return Self::Unreadable };
        let per_unit = match unit {
            "" | "g" | "gr" | "gram" => 1,
            "lang" => 100,
            "kg" | "can" | "ki" => 1000,
            "yen" => 10_000,
            "ta" => 100_000,
            _ => return Self::Unreadable,
        };
        let grams = milli.checked_mul(per_unit).map(|milligrams| milligrams.div_ceil(1000));
        match (grams.and_then(|grams| u32::try_from(grams).ok()), unit) {
            (None, _) => Self::Unreadable,
            (Some(0), _) => Self::Missing,
            (Some(grams), "") => Self::Plain(grams),
            (Some(grams), "lang") => Self::Lang(grams),
            (Some(grams), "g" | "gr" | "gram") => Self::Grams(grams),
            (Some(grams), _) => Self::Kilograms(grams),
        }
    }
}

/// Reads `18x12x5`, `18 × 12 × 4,5 cm` in centimetres, rounded up to whole ones, into millimetres; `None` when it is not three numbers.
pub fn parse_size_mm(text: &str) -> Option<[u32; 3]> {
    let text = text.trim().to_lowercase();
    let text = text.trim_end_matches("cm").trim();
    let mut sides = text.split(['x', '×', '*', 'х']).map(parse_side_mm);
    let size = [sides.next()??, sides.next()??, sides.next()??];
    sides.next().is_none().then_some(size)
}

/// Reads one side in centimetres, rounded up to a whole one, into millimetres.
pub fn parse_side_mm(text: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    let milli = parse_milli(text.trim_end_matches("cm"))?;
    u32::try_from(milli.div_ceil(1000)).ok()?.checked_mul(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_in_the_units_people_write() {
        let read = ["310", "500g", "0,5 kg", "5 lạng", "500 ml", "", "0", "1.200", "abc", "99999999999"]
            .map(Weight::parse);

        use Weight::{Grams, Kilograms, Lang, Missing, Plain, Unreadable, Volume};
        assert_eq!(
            read,
            [
                Plain(310),
                Grams(500),
                Kilograms(500),
                Lang(500),
                Volume,
                Missing,
                Missing,
                Plain(1200),
                Unreadable,
                Unreadable
            ]
        );
    }

    #[test]
    fn parts_of_a_centimetre_are_rounded_up() {
        assert_eq!(parse_size_mm("18 × 12 × 4,5 cm"), Some([180, 120, 50]));
        assert_eq!(parse_size_mm("18x12"), None);
    }

    #[test]
    fn a_net_quantity_is_written_with_a_decimal_comma() {
        assert_eq!(NetQuantity { milli: 500, unit: "kg".into() }.to_string(), "0,5 kg");
    }
}
