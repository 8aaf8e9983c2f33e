//! OCOP certificates: how many stars a product may show, and until when.

use crate::catalogue::product::ProductCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Stars that a certificate may carry: 3, 4 or 5 (fewer are not certified).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

impl Stars {
    /// Checks the number; `None` outside 3–5.
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            3..=5 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number of stars.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Stars {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        Self::new(number).ok_or_else(|| format!("{number} stars: only 3, 4 or 5 may be claimed"))
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> Self {
        stars.0
    }
}

/// One decision about one product. A renewal is a new one; an old one is never overwritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The product it is about.
    pub product: ProductCode,
    /// Free text; no public standard form exists. With the product it is the key (see [`Certificate::decision_key`]).
    pub number: Option<String>,
    /// What was awarded.
    pub stars: Stars,
    /// Nominated for five stars ("tiềm năng 5 sao"): shown as `stars` until the ministry decides.
    pub pending_five: bool,
    /// Date of the decision.
    pub decided_on: Option<Date>,
    /// Last day on which the stars may be shown; 36 months after the decision in all known cases.
    pub valid_to: Option<Date>,
    /// The province's name as printed, kept through mergers.
    pub province_printed: Option<String>,
}

/// Where a certificate stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In force for more than 90 days, or without an end that we know.
    Valid,
    /// In force, and ends within 90 days.
    Ending,
    /// Over: no star may be shown anywhere.
    Lapsed,
}

impl Certificate {
    /// Says where the certificate stands on `today`; its last day still counts as in force.
    pub fn standing(&self, today: Date) -> Standing {
        let Some(valid_to) = self.valid_to else { return Standing::Valid };
        if valid_to < today {
            return Standing::Lapsed;
        }
        let soon = today.checked_add(jiff::Span::new().days(90)).unwrap_or(Date::MAX);
        if valid_to <= soon { Standing::Ending } else { Standing::Valid }
    }

    /// Stars that may be shown on `today`: none once lapsed, never the fifth that is only hoped for.
    pub fn stars_to_show(&self, today: Date) -> Option<Stars> {
        match self.standing(today) {
            Standing::Valid | Standing::Ending => Some(self.stars),
            Standing::Lapsed => None,
        }
    }

    /// What tells a product's decisions apart: the number, else the date, else nothing.
    pub fn decision_key(&self) -> String {
        self.number.clone().or_else(|| self.decided_on.map(|date| date.to_string())).unwrap_or_default()
    }

    /// Whether `other` is the same decision, read again.
    pub fn is_same_decision(&self, other: &Self) -> bool {
        self.product == other.product && self.decision_key() == other.decision_key()
    }
}

/// The certificate of one product that counts on `today`: of those decided by then the latest; one without a date only where no
/// other is. It may have lapsed.
pub fn newest<'c>(
    certificates: impl IntoIterator<Item = &'c Certificate>,
    today: Date,
) -> Option<&'c Certificate> {
    let decided = certificates.into_iter().filter(|one| one.decided_on.is_none_or(|date| date <= today));
    decided.max_by_key(|one| (one.decided_on, one.number.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_last_day_counts_and_the_next_shows_no_star() {
        let certificate = Certificate {
            product: ProductCode::new("A"),
            number: None,
            stars: Stars(4),
            pending_five: true,
            decided_on: Some(date(2023, 11, 22)),
            valid_to: Some(date(2026, 11, 22)),
            province_printed: None,
        };

        assert_eq!(certificate.stars_to_show(date(2026, 11, 22)), Some(Stars(4)));
        assert_eq!(certificate.stars_to_show(date(2026, 11, 23)), None);
    }

    #[test]
    fn the_latest_decision_by_today_counts() {
        let of = |decided_on| Certificate {
            product: ProductCode::new("A"),
            number: None,
            stars: Stars(3),
            pending_five: false,
            decided_on,
            valid_to: None,
            province_printed: None,
        };
        let all =
            [of(None), of(Some(date(2023, 1, 1))), of(Some(date(2026, 1, 1))), of(Some(date(2027, 1, 1)))];

        assert_eq!(newest(&all, date(2026, 11, 22)), Some(&all[2]));
        assert_eq!(newest(&all[..1], date(2026, 11, 22)), Some(&all[0]));
    }
}
