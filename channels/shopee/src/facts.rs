//! Facts about the marketplace as data: `config/channels/shopee.toml`, compiled in. Every number has a source there.

use ganh_contract::ActionKind;
use ganh_contract::{
    AfterUnknown, Batch, CallShape, Capability, Counted, CreateRules, Deletion, Facet, Lag, LineStage,
    OfferKind, OrderRules, ParcelRules, PictureRules, PriceRules, Section, Source, StockFigure, StockRules,
    TextRules, VariationRules, Vnd,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The compiled-in file.
pub const BUILT_IN: &str = include_str!("../../../config/channels/shopee.toml");

/// Everything the file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub quota: Quotas,
    pub batch: Batches,
    pub text: Texts,
    pub price: Prices,
    pub stock: Stocks,
    pub pictures: Pictures,
    pub variations: Variations,
    pub orders: Orders,
    pub lag: Lags,
    pub build: Build,
    /// OCOP sub-group → category; the empty name is for what has none.
    pub category: BTreeMap<String, CategoryChoice>,
    pub source: Vec<Source>,
}

/// Calls per shop and per app.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    pub shop: Rate,
    pub app: Rate,
}

/// A steady rate; 0 calls per second means unlimited.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
    /// Share of the burst that only urgent calls may use, in percent.
    pub reserved_pct: u8,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batches {
    pub offers_of_one_listing: usize,
    pub listings_on_sale: usize,
    pub listings_per_read: usize,
    pub orders_per_read: usize,
    /// Rows of a page.
    pub page: usize,
}

/// Lengths in characters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub title_min: usize,
    pub title_max: usize,
    pub description_min: usize,
    pub description_max: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    pub min_vnd: i64,
    pub max_vnd: i64,
    pub spread_pct: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stocks {
    pub max_units: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pictures {
    pub max: usize,
    pub max_bytes: u64,
    pub formats: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variations {
    pub max_axes: usize,
    pub max_offers: usize,
    pub max_axis_chars: usize,
    pub max_option_chars: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    pub max_window_days: u64,
    pub look_back_days: u64,
    pub overlap_s: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lags {
    pub read_s: u64,
    pub search_s: u64,
    pub cut_s: u64,
}

/// How patiently a listing is built.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    pub wait_s: u64,
    /// Steps that may find nothing yet before the listing counts as missing.
    pub tries: u32,
}

/// A category with the attributes that hold for all of its sub-group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryChoice {
    pub id: String,
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl Facts {
    /// The compiled-in facts.
    pub fn built_in() -> Self {
        Self::read(BUILT_IN).expect("the compiled-in file is read by a test")
    }

    /// Reads facts from the text of such a file. Error: what is wrong, and where.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// What any shop allows before its first survey. `quota` is the name that its calls are paid under.
    pub(crate) fn capability(&self, quota: &str) -> Capability {
        let both = vec![OfferKind::Alone, OfferKind::Variant];
        let shape = |facet: Facet, batch: Batch| CallShape {
            facets: vec![facet],
            kinds: both.clone(),
            batch,
            coupled: false,
            one_place: false,
            live_only: false,
            quota: quota.to_owned(),
        };
        let one_listing = Batch::OneListing { max_offers: self.batch.offers_of_one_listing };
        Capability {
            calls: vec![
                shape(Facet::Price, one_listing),
                shape(Facet::Stock, one_listing),
                shape(
                    Facet::OnSale,
                    Batch::Listings { max_listings: self.batch.listings_on_sale, one_way: false },
                ),
            ],
            create: Some(CreateRules {
                after_unknown: AfterUnknown::FindFirst,
                // §8 no. 9: codes are free text that the shop never compares.
                one_at_a_time: true,
                reviewed: false,
                born_hidden: false,
                max_axes: self.variations.max_axes,
                max_offers: self.variations.max_offers,
                // §4.5, §4.8: such an item is made unlisted and gets its variations by a second call.
                variations: VariationRules {
                    born_hidden: true,
                    max_axis_chars: Some(self.variations.max_axis_chars),
                    max_option_chars: Some(self.variations.max_option_chars),
                    // §4.8: `model` names every combination.
                    every_combination: true,
                },
                // §4.2: above zero; the most is known from the shop's carriers (§4.4).
                parcel: ParcelRules { needs_weight: true, needs_size: false, max_grams: None },
            }),
            revise: vec![
                Section::Title,
                Section::Description,
                Section::Category,
                Section::Attributes,
                Section::Pictures,
                Section::Parcel,
                Section::Structure,
                Section::Codes,
            ],
            delete: Some(Deletion::Final),
            pictures: PictureRules::Upload {
                max: self.pictures.max,
                max_bytes: self.pictures.max_bytes,
                // Not documented (spec §4.2).
                min_px: 0,
                max_px: u32::MAX,
                formats: self.pictures.formats.clone(),
            },
            text: TextRules {
                counted: Counted::Chars,
                title: (self.text.title_min, self.text.title_max),
                description: (self.text.description_min, self.text.description_max),
                html: false,
            },
            price: PriceRules {
                min: Vnd(self.price.min_vnd),
                max: Vnd(self.price.max_vnd),
                spread_pct: Some(self.price.spread_pct),
                sale: false,
            },
            stock: StockRules {
                figure: StockFigure::Sellable,
                max_units: self.stock.max_units,
                every_place: false,
                // §5.5: a cancellation as out of stock may set the item's stock to 0 (unverified).
                zeroed_by_cancel: true,
                on_off_only: false,
                // §4.9: at placement, unpaid included (assumed there).
                takes_at: LineStage::Unpaid,
            },
            listings_per_read: self.batch.listings_per_read,
            orders: Some(OrderRules {
                look_back: days(self.orders.look_back_days),
                max_window: days(self.orders.max_window_days),
                overlap: Duration::from_secs(self.orders.overlap_s),
                ascending: false,
                blind: false,
                heads_per_read: self.batch.orders_per_read,
            }),
            returns: true,
            actions: vec![
                ActionKind::HandOver,
                ActionKind::Label,
                ActionKind::Cancel,
                ActionKind::AnswerCancel,
            ],
            lag: Lag {
                read: Duration::from_secs(self.lag.read_s),
                search: Duration::from_secs(self.lag.search_s),
                cut: Duration::from_secs(self.lag.cut_s),
            },
            sources: self.source.clone(),
            memo: String::new(),
        }
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_built_in_file_has_a_source_with_a_date() {
        let facts = Facts::read(BUILT_IN).expect("readable");
        let table: toml::Table = toml::from_str(BUILT_IN).expect("readable");
        let sourced: Vec<&str> = facts.source.iter().map(|source| source.field.as_str()).collect();

        let bare: Vec<&String> =
            table.keys().filter(|key| *key != "source" && !sourced.contains(&key.as_str())).collect();

        assert!(bare.is_empty(), "without source: {bare:?}");
        assert!(facts.source.iter().all(|source| source.read_on.len() == 10 && !source.document.is_empty()));
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let error = Facts::read(&BUILT_IN.replace("[stock]", "[stock]\nspeed = 3")).expect_err("unknown key");

        assert!(error.contains("speed"), "{error}");
    }
}
