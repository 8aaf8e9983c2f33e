//! Tax numbers (mã số thuế). A household's is its owner's personal number: it is masked wherever it is printed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which kind of number it is; stored beside it and never guessed again from its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxIdKind {
    /// Ten digits of an enterprise or cooperative, with a check digit.
    Organisation,
    /// The parent's ten digits, a dash and 001–999.
    Branch,
    /// Twelve digits of a person, since 2025-07-01 the tax number of a household. Personal data.
    Personal,
}

impl TaxIdKind {
    /// The word in tables.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Branch => "branch",
            Self::Personal => "personal",
        }
    }
}

/// A tax number of sound shape. `Debug` and `Display` mask it; [`TaxId::expose`] gives it out.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaxId {
    number: String,
    kind: TaxIdKind,
}

impl TaxId {
    /// Reads a number as typed: blanks, dots and dashes between digits are dropped (a branch keeps its dash).
    /// `None` when the shape or the check digit is wrong. Source: DOMAIN §4.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String =
            text.chars().filter(|letter| !matches!(letter, ' ' | '.' | '-' | '\'' | '\u{a0}')).collect();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        match digits.len() {
            10 if has_right_check_digit(&digits) => {
                Some(Self { number: digits, kind: TaxIdKind::Organisation })
            }
            13 if has_right_check_digit(&digits[..10]) && &digits[10..] != "000" => {
                Some(Self { number: format!("{}-{}", &digits[..10], &digits[10..]), kind: TaxIdKind::Branch })
            }
            12 => Some(Self { number: digits, kind: TaxIdKind::Personal }),
            _ => None,
        }
    }

    /// The whole number: for sealing and for the one who may see it, never for a message.
    pub fn expose(&self) -> &str {
        &self.number
    }

    /// Which kind it is.
    pub const fn kind(&self) -> TaxIdKind {
        self.kind
    }
}

impl fmt::Display for TaxId {
    /// Writes `0•••••••••12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.number.len() - 2;
        for (index, letter) in self.number.char_indices() {
            let shown = if index == 0 || index >= last { letter } else { '•' };
            write!(f, "{shown}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaxId({self})")
    }
}

/// Tenth digit = 10 − (Σ wᵢ·dᵢ mod 11), w = 31, 29, 23, 19, 17, 13, 7, 5, 3; 10 cannot exist (DOMAIN §4).
fn has_right_check_digit(ten: &str) -> bool {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let digits: Vec<u32> = ten.bytes().map(|byte| u32::from(byte - b'0')).collect();
    let sum: u32 = WEIGHTS.iter().zip(&digits).map(|(weight, digit)| weight * digit).sum();
    digits.last() == Some(&(10 - sum % 11))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_sound_shape_is_read_and_its_kind_kept() {
        assert_eq!(TaxId::parse("9900000087").map(|id| id.kind()), Some(TaxIdKind::Organisation));
        assert_eq!(TaxId::parse("999080000052").map(|id| id.kind()), Some(TaxIdKind::Personal));
        assert_eq!(TaxId::parse("9900000088"), None);
    }

    #[test]
    fn i13_a_printed_number_is_masked() {
        let shown = TaxId::parse("001080000012").map(|id| format!("{id} {id:?}"));

        assert_eq!(shown.as_deref(), Some("0•••••••••12 TaxId(0•••••••••12)"));
    }
}
