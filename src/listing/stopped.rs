//! Selling that a person stopped, as it is told: since when, by whom, why.

use super::explain::Language;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a stop is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopOf {
    /// One variant, and every bundle that holds it; its SKU.
    Sku(String),
    /// Everything of a producer, and every bundle that holds some of it; its code.
    Producer(String),
}

/// A stop that holds. It wins over every rule, the season and all stock there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    pub of: StopOf,
    pub since: Timestamp,
    pub who: String,
    /// May be empty.
    pub reason: String,
}

impl StopOf {
    /// The SKU or the producer's code.
    pub fn code(&self) -> &str {
        match self {
            Self::Sku(code) | Self::Producer(code) => code,
        }
    }

    /// The SKU, or the producer with a word that says so.
    pub fn said(&self, language: Language) -> String {
        match (self, language) {
            (Self::Sku(sku), Language::Vi | Language::En) => sku.clone(),
            (Self::Producer(code), Language::Vi) => format!("chủ thể {code}"),
            (Self::Producer(code), Language::En) => format!("producer {code}"),
        }
    }
}

impl Stopped {
    /// One sentence for a person; `at` writes the instant.
    pub fn said(&self, language: Language, at: impl Fn(Timestamp) -> String) -> String {
        let (of, since, who) = (self.of.said(language), at(self.since), &self.who);
        let why = match (self.reason.as_str(), language) {
            ("", Language::Vi) => "không ghi lý do".to_owned(),
            ("", Language::En) => "no reason given".to_owned(),
            (reason, Language::Vi) => format!("vì {reason}"),
            (reason, Language::En) => format!("because {reason}"),
        };
        match language {
            Language::Vi => format!("dừng bán {of} từ {since}, bởi {who}, {why}"),
            Language::En => format!("selling of {of} stopped since {since}, by {who}, {why}"),
        }
    }
}
