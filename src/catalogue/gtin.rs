//! Barcodes: GTIN-13 on the pack, GTIN-14 on the carton. Text, because leading zeros matter.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A GTIN of 8, 12, 13 or 14 digits whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gtin(String);

impl Gtin {
    /// Checks digits, length and check digit; `None` when one is wrong.
    pub fn new(digits: &str) -> Option<Self> {
        let is_sound = matches!(digits.len(), 8 | 12 | 13 | 14)
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && expected_check_digit(digits) == digits.chars().next_back();
        is_sound.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a carton (14 digits), which is not the unit on the shelf.
    pub fn is_carton(&self) -> bool {
        self.0.len() == 14
    }

    /// Whether it lies in a range for restricted circulation, which marketplaces refuse: 13 digits that start with
    /// 02, 04 or 2. Source: GS1 General Specifications, prefixes 020–029, 040–049, 200–299 (DOMAIN §7).
    pub fn is_restricted(&self) -> bool {
        let unit = if self.is_carton() { &self.0[1..] } else { &self.0 };
        unit.len() == 13 && (unit.starts_with("02") || unit.starts_with("04") || unit.starts_with('2'))
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Gtin {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, String> {
        Self::new(&digits).ok_or_else(|| format!("barcode {digits}: wrong length or check digit"))
    }
}

impl From<Gtin> for String {
    fn from(gtin: Gtin) -> Self {
        gtin.0
    }
}

/// The check digit that belongs after all but the last digit (weights 3, 1, 3 … from the right); `None` for non-digits.
pub fn expected_check_digit(digits: &str) -> Option<char> {
    let body = digits.get(..digits.len().checked_sub(1)?)?;
    let mut sum = 0;
    for (index, letter) in body.chars().rev().enumerate() {
        let weight = if index % 2 == 0 { 3 } else { 1 };
        sum += letter.to_digit(10)? * weight;
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_decides() {
        assert!(Gtin::new("2999000000012").is_some());
        assert_eq!(Gtin::new("2999000000105"), None);
        assert_eq!(expected_check_digit("2999000000105"), Some('4'));
    }

    #[test]
    fn a_carton_is_known_by_fourteen_digits() {
        assert!(Gtin::new("12999000000163").is_some_and(|gtin| gtin.is_carton() && gtin.is_restricted()));
    }
}
