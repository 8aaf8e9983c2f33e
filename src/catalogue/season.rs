//! The months in which a product is sold (`11-02` = November to February).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A window of whole months, both ends included; it may run over the new year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Season {
    first: u8,
    last: u8,
}

impl Season {
    /// Reads `11-02`, `11–2`, `11 - 02` or one month `9`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let month = |part: &str| part.trim().parse::<u8>().ok().filter(|month| (1..=12).contains(month));
        match text.split(['-', '–', '—']).collect::<Vec<_>>()[..] {
            [only] => month(only).map(|month| Self { first: month, last: month }),
            [first, last] => Some(Self { first: month(first)?, last: month(last)? }),
            _ => None,
        }
    }

    /// Whether the month (1–12) lies in the window.
    pub const fn contains(self, month: u8) -> bool {
        if self.first <= self.last {
            self.first <= month && month <= self.last
        } else {
            month >= self.first || month <= self.last
        }
    }
}

impl fmt::Display for Season {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.first, self.last)
    }
}

impl TryFrom<String> for Season {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("season {text}: write two months as 11-02"))
    }
}

impl From<Season> for String {
    fn from(season: Season) -> Self {
        season.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_may_run_over_the_new_year() {
        let season =
            Season::parse("11-02").map(|season| [10, 11, 1, 2, 3].map(|month| season.contains(month)));

        assert_eq!(season, Some([false, true, true, true, false]));
        assert_eq!(Season::parse("13-02"), None);
    }
}
