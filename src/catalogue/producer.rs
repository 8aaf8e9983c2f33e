//! The producer (chủ thể): who owns products. The unit of isolation.

use crate::catalogue::tax_id::TaxId;
use crate::catalogue::text::search_key;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The producer's own short code, unique in the store (`TB01`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProducerCode(String);

impl ProducerCode {
    /// Wraps a code as the sheet or the store spells it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProducerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of body a producer is in law. Source: DOMAIN §4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProducerKind {
    /// Công ty TNHH, công ty cổ phần.
    Company,
    /// Doanh nghiệp tư nhân (DNTN).
    PrivateEnterprise,
    /// Hợp tác xã (HTX).
    Cooperative,
    /// Tổ hợp tác (THT): a contract of members, no legal person.
    CoopGroup,
    /// Hộ kinh doanh (HKD). Its tax number is the owner's personal number.
    Household,
}

impl ProducerKind {
    /// Every kind, in the order reports list them.
    pub const ALL: [Self; 5] =
        [Self::Company, Self::PrivateEnterprise, Self::Cooperative, Self::CoopGroup, Self::Household];

    /// The word in tables, files and the API.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::PrivateEnterprise => "private_enterprise",
            Self::Cooperative => "cooperative",
            Self::CoopGroup => "coop_group",
            Self::Household => "household",
        }
    }

    /// Reads a slug back; `None` for any other word.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }

    /// Reads what people write in a sheet: slug, abbreviation or long form, with or without accents.
    pub fn from_words(words: &str) -> Option<Self> {
        let key = search_key(words).replace('.', "");
        if let Some(kind) = Self::from_slug(&key) {
            return Some(kind);
        }
        let starts =
            |heads: &[&str]| heads.iter().any(|head| key == *head || key.starts_with(&format!("{head} ")));
        if starts(&["cong ty", "cty", "ct tnhh", "ct cp"]) {
            Some(Self::Company)
        } else if starts(&["dntn", "doanh nghiep tu nhan"]) {
            Some(Self::PrivateEnterprise)
        } else if starts(&["htx", "hop tac xa", "lien hiep htx", "lien hiep hop tac xa"]) {
            Some(Self::Cooperative)
        } else if starts(&["tht", "to hop tac"]) {
            Some(Self::CoopGroup)
        } else if starts(&["hkd", "ho kinh doanh", "ho kd", "ho san xuat", "co so sx", "co so san xuat"]) {
            Some(Self::Household)
        } else {
            None
        }
    }
}

/// A producer as the catalogue knows it. Places are official codes, text with leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Producer {
    /// Unique in the store.
    pub code: ProducerCode,
    /// As on the licence, NFC.
    pub name: String,
    /// What it is in law.
    pub kind: ProducerKind,
    /// Province before 2025-07-01 (63), where known.
    pub province_code_old: Option<String>,
    /// Province since 2025-07-01 (34).
    pub province_code_new: Option<String>,
    /// Commune since 2025-07-01, where known. Never a hard check: sources differ on some codes.
    pub commune_code_new: Option<String>,
    /// The commune's name as the sheet says it.
    pub commune_new: Option<String>,
    /// Free text as typed, in the old three-level form.
    pub address_old: Option<String>,
    /// Personal data where the producer is a household: sealed at rest, masked on pages and in logs.
    pub tax_id: Option<TaxId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_and_long_forms_name_the_five_kinds() {
        let read = ["HTX", "Cty CP", "DNTN", "Hộ kinh doanh", "Tổ hợp tác", "Công ty TNHH MTV", "tập đoàn"]
            .map(ProducerKind::from_words);

        use ProducerKind::{Company, CoopGroup, Cooperative, Household, PrivateEnterprise};
        assert_eq!(
            read,
            [
                Some(Cooperative),
                Some(Company),
                Some(PrivateEnterprise),
                Some(Household),
                Some(CoopGroup),
                Some(Company),
                None
            ]
        );
    }
}
