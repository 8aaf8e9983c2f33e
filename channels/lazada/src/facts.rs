//! Facts about the marketplace as data: `config/channels/lazada.toml`, compiled in. Every number has a source there.

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
pub const BUILT_IN: &str = include_str!("../../../config/channels/lazada.toml");

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
    pub parcel: Parcels,
    pub orders: Orders,
    pub lag: Lags,
    pub build: Build,
    /// OCOP sub-group → category; the empty name is for what has none.
    pub category: BTreeMap<String, CategoryChoice>,
    pub source: Vec<Source>,
}

/// Calls per shop, per app, of the inventory calls of a shop, of the brand list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    pub shop: Rate,
    pub app: Rate,
    pub inventory: Rate,
    pub brands: Rate,
}

/// A steady rate; 0 calls per second means unlimited.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
    /// Share of the burst that only urgent calls may use, in percent.
    pub reserved_pct: u8,
    /// Calls of a day at +07:00, where that is limited.
    pub per_day: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batches {
    pub offers: usize,
    pub offers_of_one_listing: usize,
    pub skus_per_remove: usize,
    pub skus_per_search: usize,
    pub listings_page: usize,
    pub listings_overlap: usize,
    pub listings_max_offset: usize,
    pub orders_page: usize,
    pub orders_max_offset: usize,
    pub orders_per_read: usize,
    pub returns_page: usize,
    pub brands_page: usize,
    pub packages: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub title_max_bytes: usize,
    pub description_max: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    pub min_vnd: i64,
    pub max_vnd: i64,
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
    pub min_px: u32,
    pub max_px: u32,
    pub formats: Vec<String>,
}

/// Lengths in characters.
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
pub struct Parcels {
    pub max_grams: u32,
    pub max_sum_mm: u32,
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

/// How long the steps of a build and of an order's way wait for each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    pub review_wait_s: u64,
    pub label_wait_s: u64,
    pub step_wait_s: u64,
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

    /// What any shop allows before its first survey. Figures are paid under `inventory`, the switch under `shop`.
    pub(crate) fn capability(&self, inventory: &str, shop: &str) -> Capability {
        let shape = |facet: Facet, batch: Batch, quota: &str| CallShape {
            facets: vec![facet],
            kinds: vec![OfferKind::Alone, OfferKind::Variant],
            batch,
            coupled: false,
            one_place: false,
            live_only: false,
            quota: quota.to_owned(),
        };
        let offers = Batch::Offers { max_offers: self.batch.offers };
        let one_listing = Batch::OneListing { max_offers: self.batch.offers_of_one_listing };
        Capability {
            calls: vec![
                shape(Facet::Price, offers, inventory),
                shape(Facet::Stock, offers, inventory),
                // Each SKU has a status of its own (spec §4.7, §4.13).
                shape(Facet::OnSale, one_listing, shop),
            ],
            create: Some(CreateRules {
                // §4.6: there is no idempotency key.
                after_unknown: AfterUnknown::FindFirst,
                // 4105, 4126, 4135: a seller SKU is unique in its shop.
                one_at_a_time: false,
                // §4.6: quality control within a day.
                reviewed: true,
                born_hidden: false,
                max_axes: self.variations.max_axes,
                max_offers: self.variations.max_offers,
                variations: VariationRules {
                    born_hidden: false,
                    max_axis_chars: Some(self.variations.max_axis_chars),
                    max_option_chars: Some(self.variations.max_option_chars),
                    // §4.6: every SKU names its options; not every combination must be there.
                    every_combination: false,
                },
                parcel: ParcelRules {
                    needs_weight: true,
                    // §4.6: the three sides are required of each SKU.
                    needs_size: true,
                    max_grams: Some(self.parcel.max_grams),
                },
            }),
            // §4.6: seller SKUs never change; §4.7 names no change of category.
            revise: vec![
                Section::Title,
                Section::Description,
                Section::Attributes,
                Section::Pictures,
                Section::Parcel,
                Section::Structure,
            ],
            delete: Some(Deletion::Final),
            pictures: PictureRules::Upload {
                max: self.pictures.max,
                max_bytes: self.pictures.max_bytes,
                min_px: self.pictures.min_px,
                max_px: self.pictures.max_px,
                formats: self.pictures.formats.clone(),
            },
            text: TextRules {
                counted: Counted::Utf8Bytes,
                title: (1, self.text.title_max_bytes),
                description: (0, self.text.description_max),
                html: true,
            },
            price: PriceRules {
                min: Vnd(self.price.min_vnd),
                max: Vnd(self.price.max_vnd),
                spread_pct: None,
                sale: true,
            },
            stock: StockRules {
                figure: StockFigure::Sellable,
                max_units: self.stock.max_units,
                every_place: false,
                // §4.11: a cancellation as out of stock or for a wrong price sets 0.
                zeroed_by_cancel: true,
                on_off_only: false,
                // §4.11: at placement, unpaid included.
                takes_at: LineStage::Unpaid,
            },
            // §4.15: one item a call.
            listings_per_read: 1,
            orders: Some(OrderRules {
                look_back: days(self.orders.look_back_days),
                max_window: days(self.orders.max_window_days),
                overlap: Duration::from_secs(self.orders.overlap_s),
                ascending: true,
                blind: false,
                heads_per_read: self.batch.orders_per_read,
            }),
            returns: true,
            actions: vec![
                ActionKind::Pack,
                ActionKind::HandOver,
                ActionKind::Label,
                ActionKind::Cancel,
                ActionKind::AnswerCancel,
                ActionKind::Delivered,
                ActionKind::NotDelivered,
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
