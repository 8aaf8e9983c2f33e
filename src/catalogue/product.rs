//! Products and their variants: what is on the shelf, in the producer's own words.
//!
//! Facts that a label gives per pack (net quantity, sizes, trace link) stand on the variant; facts of the recipe stand on the product.

use crate::catalogue::gtin::Gtin;
use crate::catalogue::producer::ProducerCode;
use crate::catalogue::quantity::{NetQuantity, Parcel};
use crate::catalogue::season::Season;
use crate::catalogue::text::search_key;
use ganh_contract::{Sku, Vnd};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The code of a product, unique in the store (`TB-BANHCAY-TD`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductCode(String);

impl ProductCode {
    /// Wraps a code as the sheet or the store spells it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $slug:literal [$($word:literal),* $(,)?]),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $slug)] $variant),+ }

        impl $name {
            /// Every value, in the order reports list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in tables, files and the API.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),+ }
            }

            /// Reads a slug back; `None` for any other word.
            pub fn from_slug(slug: &str) -> Option<Self> {
                match slug { $($slug => Some(Self::$variant),)+ _ => None }
            }

            /// Reads what people write in a sheet, with or without accents and in either case.
            pub fn from_words(words: &str) -> Option<Self> {
                let key = search_key(words);
                match key.as_str() {
                    $($($word => Some(Self::$variant),)*)+
                    _ => Self::ALL.iter().copied().find(|known| search_key(known.slug()) == key),
                }
            }
        }
    };
}

words! {
    /// Whether a product is one thing or a set of other products' variants.
    ProductKind {
        /// Made and stocked as itself.
        Single = "single" ["don", "le", "san pham"],
        /// A gift set: its stock follows from its components, and it carries no star.
        Bundle = "bundle" ["bo qua", "bo", "combo", "set", "gio qua"],
    }
}

words! {
    /// The six OCOP groups since QĐ 919/2022 and QĐ 148/2023 (DOMAIN §3).
    OcopGroup {
        /// Thực phẩm.
        Food = "food" ["thuc pham"],
        /// Đồ uống.
        Beverage = "beverage" ["do uong"],
        /// Dược liệu và sản phẩm từ dược liệu.
        Herbal = "herbal" ["duoc lieu", "duoc lieu va san pham tu duoc lieu"],
        /// Thủ công mỹ nghệ.
        Handicraft = "handicraft" ["thu cong my nghe", "hang thu cong my nghe"],
        /// Sinh vật cảnh.
        Ornamental = "ornamental" ["sinh vat canh"],
        /// Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch.
        Tourism = "tourism" [
            "dich vu du lich",
            "du lich",
            "dich vu du lich cong dong, du lich sinh thai va diem du lich",
        ],
    }
}

words! {
    /// How the pack must be kept until it is with the buyer.
    Storage {
        /// Nhiệt độ thường.
        Ambient = "ambient" ["nhiet do thuong", "thuong"],
        /// Mát.
        Chilled = "chilled" ["mat", "lanh", "ngan mat"],
        /// Đông lạnh.
        Frozen = "frozen" ["dong lanh", "cap dong", "ngan dong"],
    }
}

words! {
    /// The VAT category of a product: a category, not a rate, because the law moves the rates (DOMAIN §8).
    VatCategory {
        /// Not subject to VAT (không chịu thuế).
        NotSubject = "KCT" ["khong chiu thue", "0", "0%", "kct"],
        /// The 5 % category.
        Five = "5" ["5", "5%", "0.05"],
        /// The reduced 8 % category (until 2026-12-31 by Resolution 204/2025).
        Eight = "8" ["8", "8%", "0.08"],
        /// The 10 % category.
        Ten = "10" ["10", "10%", "0.1"],
    }
}

impl OcopGroup {
    /// Reads a group name of the 2018 scheme, which many papers still use; `None` for today's names.
    pub fn from_old_scheme(words: &str) -> Option<Self> {
        match search_key(words).as_str() {
            "vai va may mac"
            | "vai, may mac"
            | "luu niem - noi that - trang tri"
            | "luu niem, noi that, trang tri" => Some(Self::Handicraft),
            "thao duoc" => Some(Self::Herbal),
            "dich vu du lich nong thon"
            | "du lich nong thon, ban hang"
            | "dich vu du lich nong thon, ban hang" => Some(Self::Tourism),
            _ => None,
        }
    }
}

/// A product of the master catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Unique in the store.
    pub code: ProductCode,
    /// Who owns it.
    pub producer: ProducerCode,
    /// One thing or a set.
    pub kind: ProductKind,
    /// NFC, single blanks.
    pub name: String,
    /// May hold line breaks and simple tags; scripts are removed on import. Empty where none was given.
    pub description: String,
    /// One of the six groups.
    pub group: Option<OcopGroup>,
    /// Sub-group as a slug (`food.proc_grain`); data, not a closed set.
    pub subgroup: Option<String>,
    /// Names of the option axes, none to two (`Quy cách`, `Vị`), in the order variants give their options.
    pub axes: Vec<String>,
    /// `None` until somebody says it.
    pub vat_category: Option<VatCategory>,
    /// Days from production; `None` = does not spoil.
    pub shelf_life_days: Option<u32>,
    /// How it is kept.
    pub storage: Storage,
    /// Months in which it is sold; `None` = all year.
    pub season: Option<Season>,
    /// Alcohol by volume in tenths of a percent; `None` = no alcohol.
    pub alcohol_tenths: Option<u16>,
    /// File names, the cover first.
    pub pictures: Vec<String>,
}

/// One sellable SKU of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The product it belongs to.
    pub product: ProductCode,
    /// Unique in the store under [`crate::catalogue::text::sku_key`].
    pub sku: Sku,
    /// `None` where there is no barcode, or none that can be believed.
    pub gtin: Option<Gtin>,
    /// One option for each axis of the product, in the same order.
    pub options: Vec<String>,
    /// Whole đồng, VAT included.
    pub price: Vnd,
    /// Units that the last sheet named as stock; `None` for bundles and until a sheet names one. The ledger, not this, knows what is on hand.
    pub sheet_stock: Option<u32>,
    /// What the label says.
    pub net_quantity: Option<NetQuantity>,
    /// Packed for shipping; `None` for a service.
    pub parcel: Option<Parcel>,
    /// Its own description; `None` = the product's.
    pub description: Option<String>,
    /// Traceability link (GS1 Digital Link shape).
    pub trace_url: Option<String>,
}

/// One line of a gift set's recipe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BundleComponent {
    /// The set's SKU.
    pub bundle: Sku,
    /// What is in it: never itself a set.
    pub component: Sku,
    /// Units in one set, at least one.
    pub quantity: u32,
}

/// How many sets can be sold: the smallest of ⌊units of a component / units in one set⌋; zero when nothing is known.
///
/// `parts` is (units of the component, units in one set).
pub fn sellable_sets(parts: &[(u32, u32)]) -> u32 {
    parts.iter().map(|(units, each)| units.checked_div(*each).unwrap_or(0)).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_2018_scheme_are_known_as_old() {
        assert_eq!(OcopGroup::from_old_scheme("Vải và may mặc"), Some(OcopGroup::Handicraft));
        assert_eq!(OcopGroup::from_old_scheme("Thực phẩm"), None);
    }

    #[test]
    fn the_scarcest_component_bounds_the_sets() {
        assert_eq!(sellable_sets(&[(310, 1), (129, 2), (500, 1)]), 64);
        assert_eq!(sellable_sets(&[]), 0);
    }
}
