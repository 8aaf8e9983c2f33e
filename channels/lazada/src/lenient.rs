//! Values as the wire really spells them: numbers in quotes, `null` for nothing, booleans as text (spec §1.4, §5.1, §8 no. 9).
//! Complaints never repeat the value: it may be a buyer's.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A whole number, possibly quoted, possibly with a fraction (rounded), possibly absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Whole(pub Option<i64>);

impl Whole {
    /// The number, 0 if absent.
    pub(crate) fn or_zero(self) -> i64 {
        self.0.unwrap_or(0)
    }

    /// As units: absent and negative are 0, too large is the largest.
    pub(crate) fn units(self) -> u32 {
        u32::try_from(self.or_zero().max(0)).unwrap_or(u32::MAX)
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let Some(text) = number_text(Value::deserialize(input)?)? else { return Ok(Self(None)) };
        whole(&text).map(|number| Self(Some(number))).ok_or_else(|| D::Error::custom("not a whole number"))
    }
}

/// Whole đồng, possibly quoted, written with an empty fraction (`98000.00`), possibly absent. A fraction of a đồng is not read (§5.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Dong(pub Option<i64>);

impl<'de> Deserialize<'de> for Dong {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let Some(text) = number_text(Value::deserialize(input)?)? else { return Ok(Self(None)) };
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        if fraction.contains(|digit: char| ('1'..='9').contains(&digit)) {
            return Err(D::Error::custom("a fraction of a dong"));
        }
        whole(&text).map(|amount| Self(Some(amount))).ok_or_else(|| D::Error::custom("not an amount"))
    }
}

/// A text; absent and `null` are empty, numbers are written out (ids come both ways).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text(pub String);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// `None` if there is nothing but blanks.
    pub(crate) fn filled(&self) -> Option<&str> {
        Some(self.0.trim()).filter(|text| !text.is_empty())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Value::deserialize(input)? {
            Value::Null => Ok(Self::default()),
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::Bool(flag) => Ok(Self(flag.to_string())),
            Value::Array(_) | Value::Object(_) => Err(D::Error::custom("not a text")),
        }
    }
}

/// A yes or no: `true`, `"TRUE"`, `1`; anything else is no.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(input)? {
            Value::Bool(flag) => flag,
            Value::String(text) => text.trim().eq_ignore_ascii_case("true") || text.trim() == "1",
            Value::Number(number) => number.as_i64() == Some(1),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        }))
    }
}

/// A list; absent and `null` are empty.
#[derive(Debug, Clone)]
pub(crate) struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Value::deserialize(input)? {
            Value::Null => Ok(Self::default()),
            Value::Array(rows) => rows
                .into_iter()
                .map(|row| {
                    serde_json::from_value(row).map_err(|error| D::Error::custom(without_values(&error)))
                })
                .collect::<Result<Vec<T>, _>>()
                .map(Self),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Err(D::Error::custom("not a list"))
            }
        }
    }
}

/// What serde complains of, up to the first quoted value.
pub(crate) fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(['"', '`']).next().unwrap_or_default().trim().to_owned()
}

fn number_text<E: Error>(value: Value) -> Result<Option<String>, E> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text.trim().to_owned())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(E::custom("not a number")),
    }
}

fn whole(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    // Exact up to 2^53, far above any amount of đồng; ids never have a fraction.
    let number: f64 = text.parse().ok()?;
    let is_exact = number.is_finite() && number.abs() < 9_007_199_254_740_992.0;
    is_exact.then(|| format!("{:.0}", number.round()).parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn whole_of(value: Value) -> Option<i64> {
        serde_json::from_value::<Whole>(value).expect("a number").0
    }

    #[test]
    fn numbers_come_plain_quoted_with_a_fraction_or_not_at_all() {
        assert_eq!(whole_of(json!(7)), Some(7));
        assert_eq!(whole_of(json!("23456789012")), Some(23_456_789_012));
        assert_eq!(whole_of(json!(145_000.5)), Some(145_001));
        assert_eq!(whole_of(json!("145000.0")), Some(145_000));
        assert_eq!(whole_of(json!(null)), None);
        assert_eq!(whole_of(json!("")), None);
    }

    #[test]
    fn dong_are_whole_in_every_spelling() {
        let read = |value: Value| serde_json::from_value::<Dong>(value).map(|amount| amount.0);

        assert_eq!(read(json!("276000.00")).expect("an amount"), Some(276_000));
        assert_eq!(read(json!(98_000.0)).expect("an amount"), Some(98_000));
        assert_eq!(read(json!(null)).expect("nothing"), None);
        assert!(read(json!("98000.50")).is_err());
    }

    #[test]
    fn a_complaint_does_not_repeat_the_value() {
        let error = serde_json::from_value::<List<Whole>>(json!(["Nguyễn"])).expect_err("no number");

        assert!(!without_values(&error).contains("Nguyễn"));
    }

    #[test]
    fn a_flag_comes_as_text_too() {
        assert!(serde_json::from_value::<Flag>(json!("TRUE")).expect("a flag").0);
        assert!(!serde_json::from_value::<Flag>(json!("FALSE")).expect("a flag").0);
    }
}
