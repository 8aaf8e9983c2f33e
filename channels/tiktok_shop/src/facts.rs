//! Facts about the marketplace as data: `config/channels/tiktok_shop.toml`, compiled in. Every number has a source there.

use crate::call::Names;
use ganh_contract::{
    ActionKind, AfterUnknown, Batch, CallShape, Capability, Counted, CreateRules, Deletion, Facet, Lag,
    LineStage, OfferKind, OrderRules, ParcelRules, PictureRules, PriceRules, Section, Source, StockFigure,
    StockRules, TextRules, VariationRules, Vnd,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The compiled-in file.
pub const BUILT_IN: &str = include_str!("../../../config/channels/tiktok_shop.toml");

macro_rules! table {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $kind),+ }
    )+ };
}

table! {
    /// Everything the file says.
    Facts {
        quota: Quotas, batch: Batches, text: Texts, price: Prices, stock: Stocks, pictures: Pictures, variations: Variations,
        orders: Orders, lag: Lags, review: Review, hold: Hold, label: Label, category: BTreeMap<String, CategoryChoice>,
        source: Vec<Source>,
    }
    /// Rates by kind of endpoint; each endpoint of a shop has a bucket of its own (§4.4).
    Quotas { create: Rate, edit: Rate, figures: Rate, orders: Rate, reads: Rate }
    /// A steady rate; 0 calls per second means unlimited, 0 per day too.
    Rate { per_second: f64, burst: u32, per_day: u32, reserved_pct: u8 }
    /// How many fit into one call.
    Batches {
        offers_of_one_listing: usize, listings_on_sale: usize, listings_per_read: usize, skus_per_search: usize,
        products_per_stock_read: usize, orders_per_read: usize, page: usize, after_sales_page: usize,
    }
    /// Lengths in characters.
    Texts {
        title_min: usize, title_max: usize, description_min: usize, description_max: usize, sku_max: usize, axis_max: usize,
        option_max: usize,
    }
    /// Whole đồng.
    Prices { min_vnd: i64, max_vnd: i64 }
    /// Units; `live_only`: refused while off sale.
    Stocks { max_units: u32, live_only: bool }
    /// Bytes and pixels.
    Pictures { max: usize, max_bytes: u64, min_px: u32, max_px: u32, formats: Vec<String> }
    /// Option axes and SKUs of one product.
    Variations { max_axes: usize, max_offers: usize }
    /// Days and seconds.
    Orders { max_window_days: u64, look_back_days: u64, overlap_s: u64 }
    /// Seconds.
    Lags { read_s: u64, search_s: u64, cut_s: u64 }
    /// How often the reviewers are asked, in seconds.
    Review { first_s: u64, most_s: u64 }
    /// When to look again at what a promotion holds, in seconds.
    Hold { stock_s: u64, price_s: u64 }
    /// How patiently a label is asked for.
    Label { wait_s: u64, tries: u32 }
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

    /// What any shop allows before its first survey. `names` are the quotas that its calls are paid under.
    pub(crate) fn capability(&self, names: &Names) -> Capability {
        let shape = |facet: Facet, batch: Batch, live_only: bool, quota: &str| CallShape {
            facets: vec![facet],
            kinds: vec![OfferKind::Alone, OfferKind::Variant],
            batch,
            coupled: false,
            one_place: false,
            live_only,
            quota: quota.to_owned(),
        };
        let one_listing = Batch::OneListing { max_offers: self.batch.offers_of_one_listing };
        let listings = Batch::Listings { max_listings: self.batch.listings_on_sale, one_way: true };
        Capability {
            calls: vec![
                // §7.8: only live products.
                shape(Facet::Price, one_listing, true, &names.prices),
                shape(Facet::Stock, one_listing, self.stock.live_only, &names.stock),
                shape(Facet::OnSale, listings, false, &names.switch),
            ],
            create: Some(CreateRules {
                // The key is sent, but what a repeated one answers is not documented (§7.3, §16).
                after_unknown: AfterUnknown::FindFirst,
                // §8.1: `seller_sku` is not proven unique.
                one_at_a_time: true,
                reviewed: true,
                born_hidden: false,
                max_axes: self.variations.max_axes,
                max_offers: self.variations.max_offers,
                variations: VariationRules {
                    born_hidden: false,
                    max_axis_chars: Some(self.text.axis_max),
                    max_option_chars: Some(self.text.option_max),
                    every_combination: false,
                },
                // §7.3: more than nothing; no most is documented.
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
            delete: Some(Deletion::Reversible),
            pictures: PictureRules::Upload {
                max: self.pictures.max,
                max_bytes: self.pictures.max_bytes,
                min_px: self.pictures.min_px,
                max_px: self.pictures.max_px,
                formats: self.pictures.formats.clone(),
            },
            text: TextRules {
                counted: Counted::Chars,
                title: (self.text.title_min, self.text.title_max),
                description: (self.text.description_min, self.text.description_max),
                html: true,
            },
            price: PriceRules {
                min: Vnd(self.price.min_vnd),
                max: Vnd(self.price.max_vnd),
                spread_pct: None,
                // §8.1: no strike-through price in VN by the price call.
                sale: false,
            },
            stock: StockRules {
                figure: StockFigure::Sellable,
                max_units: self.stock.max_units,
                every_place: false,
                zeroed_by_cancel: false,
                on_off_only: false,
                // §9.4, §13: at the creation of the order, unpaid included.
                takes_at: LineStage::Unpaid,
            },
            listings_per_read: self.batch.listings_per_read,
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
