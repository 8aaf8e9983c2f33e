//! Limits of this kind of shop as data, from `config/channels/woocommerce.toml`, and the capability that follows from them.

use crate::discovery::Memo;
use ganh_contract::{
    ActionKind, AfterUnknown, Batch, CallShape, Capability, Counted, CreateRules, Deletion, Facet, Fault,
    FaultKind, Lag, LineStage, OfferKind, OrderRules, PictureRules, PriceRules, Result, Section, Source,
    StockFigure, StockRules, TextRules, VariationRules, Vnd,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Places in [`Capability::calls`].
pub const PRICE_ALONE: usize = 0;
pub const PRICE_VARIANT: usize = 1;
pub const STOCK_ALONE: usize = 2;
pub const STOCK_VARIANT: usize = 3;
pub const ON_SALE: usize = 4;

/// A number or list with where it comes from and when it was read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact<T> {
    pub is: T,
    pub source: String,
    pub read_on: String,
}

/// All facts. Each field carries its unit in its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub shop_per_second: Fact<f64>,
    pub shop_burst: Fact<u32>,
    pub host_per_second: Fact<f64>,
    pub host_burst: Fact<u32>,
    pub reserved_pct: Fact<u8>,
    pub call_timeout_s: Fact<u64>,
    pub batch_update: Fact<usize>,
    pub batch_create: Fact<usize>,
    pub listings_per_read: Fact<usize>,
    pub orders_per_read: Fact<usize>,
    pub order_look_back_days: Fact<u64>,
    pub order_max_window_days: Fact<u64>,
    pub order_overlap_s: Fact<u64>,
    pub cut_lag_s: Fact<u64>,
    pub title_chars_max: Fact<usize>,
    pub description_chars_max: Fact<usize>,
    pub axes_max: Fact<usize>,
    pub offers_max: Fact<usize>,
    pub pictures_max: Fact<usize>,
    pub picture_bytes_max: Fact<u64>,
    pub picture_px_min: Fact<u32>,
    pub picture_px_max: Fact<u32>,
    pub picture_formats: Fact<Vec<String>>,
    pub price_min_vnd: Fact<i64>,
    pub price_max_vnd: Fact<i64>,
    pub stock_units_max: Fact<u32>,
    /// OCOP sub-group → the category's name in the shop. Used as `name:<text>`.
    pub categories: Fact<BTreeMap<String, String>>,
}

impl Facts {
    /// The facts that were compiled in.
    ///
    /// # Errors
    /// `Unsupported` if the file does not read; a test proves that it does.
    pub fn compiled_in() -> Result<Self> {
        Self::read(include_str!("../../../config/channels/woocommerce.toml"))
    }

    /// Facts out of TOML text.
    ///
    /// # Errors
    /// `Unsupported`, naming the key, if a key is missing, unknown or without source.
    pub fn read(toml: &str) -> Result<Self> {
        toml::from_str(toml)
            .map_err(|error| Fault::new("facts", FaultKind::Unsupported).said(error.message()))
    }

    /// The category that stands for an OCOP sub-group such as `food.tea`; made in the shop when first needed.
    pub fn category_for(&self, sub_group: &str) -> Option<String> {
        self.categories.is.get(sub_group).map(|name| format!("name:{name}"))
    }

    pub(crate) fn capability(&self, memo: &Memo, quota: &str) -> Capability {
        let max_offers = self.batch_update.is;
        let shape = |facet, kinds: &[OfferKind], batch| CallShape {
            facets: vec![facet],
            kinds: kinds.to_vec(),
            batch,
            coupled: false,
            one_place: false,
            live_only: false,
            quota: quota.to_owned(),
        };
        let offers = Batch::Offers { max_offers };
        let one_listing = Batch::OneListing { max_offers };
        let switches = Batch::Listings { max_listings: max_offers, one_way: false };
        Capability {
            // In the order of the constants above.
            calls: vec![
                shape(Facet::Price, &[OfferKind::Alone], offers),
                shape(Facet::Price, &[OfferKind::Variant], one_listing),
                shape(Facet::Stock, &[OfferKind::Alone], offers),
                shape(Facet::Stock, &[OfferKind::Variant], one_listing),
                shape(Facet::OnSale, &[OfferKind::Alone, OfferKind::Variant], switches),
            ],
            create: Some(CreateRules {
                after_unknown: AfterUnknown::FindFirst,
                one_at_a_time: !memo.is_at_least(9, 2),
                reviewed: false,
                born_hidden: false,
                max_axes: self.axes_max.is,
                max_offers: self.offers_max.is,
                // It is shown when all of its variations stand there, many in one batch (spec 6, 7).
                variations: VariationRules { born_hidden: true, ..VariationRules::default() },
                parcel: Default::default(),
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
            pictures: self.pictures(memo),
            text: TextRules {
                counted: Counted::Chars,
                title: (1, self.title_chars_max.is),
                description: (0, self.description_chars_max.is),
                html: true,
            },
            price: PriceRules {
                min: Vnd(self.price_min_vnd.is),
                max: Vnd(self.price_max_vnd.is),
                spread_pct: None,
                sale: true,
            },
            stock: StockRules {
                figure: StockFigure::Sellable,
                max_units: self.stock_units_max.is,
                every_place: false,
                zeroed_by_cancel: false,
                on_off_only: !memo.counts_stock,
                takes_at: LineStage::Ready,
            },
            listings_per_read: self.listings_per_read.is,
            orders: Some(OrderRules {
                look_back: days(self.order_look_back_days.is),
                max_window: days(self.order_max_window_days.is),
                overlap: Duration::from_secs(self.order_overlap_s.is),
                ascending: true,
                // Line edits move no date on 7.9 and do on 11.0 (spec 5.3); in between nobody looked.
                blind: !memo.is_at_least(11, 0),
                heads_per_read: self.orders_per_read.is,
            }),
            returns: false,
            actions: vec![ActionKind::Confirm, ActionKind::Cancel],
            lag: Lag { read: Duration::ZERO, search: Duration::ZERO, cut: self.cut(memo) },
            sources: self.sources(),
            memo: memo.write(),
        }
    }

    /// Work goes on after a timeout for as long as PHP lets it, and the limit counts CPU time only (spec 10.1).
    fn cut(&self, memo: &Memo) -> Duration {
        let told = memo.php_seconds.unwrap_or(0).saturating_mul(2).min(600);
        Duration::from_secs(memo.cut_s.unwrap_or(self.cut_lag_s.is.max(told)))
    }

    fn pictures(&self, memo: &Memo) -> PictureRules {
        if !memo.takes_uploads {
            return PictureRules::Link { max: self.pictures_max.is, min_px: self.picture_px_min.is };
        }
        PictureRules::Upload {
            max: self.pictures_max.is,
            max_bytes: self.picture_bytes_max.is.min(memo.post_bytes.unwrap_or(u64::MAX)),
            min_px: self.picture_px_min.is,
            max_px: self.picture_px_max.is,
            formats: self.picture_formats.is.clone(),
        }
    }

    fn sources(&self) -> Vec<Source> {
        let said = |field: &str, source: &str, read_on: &str| Source {
            field: field.to_owned(),
            document: source.to_owned(),
            read_on: read_on.to_owned(),
        };
        macro_rules! sources { ($($name:ident),+ $(,)?) => { vec![$(said(stringify!($name), &self.$name.source, &self.$name.read_on)),+] } }
        sources![
            shop_per_second,
            shop_burst,
            host_per_second,
            host_burst,
            reserved_pct,
            call_timeout_s,
            batch_update,
            batch_create,
            listings_per_read,
            orders_per_read,
            order_look_back_days,
            order_max_window_days,
            order_overlap_s,
            cut_lag_s,
            title_chars_max,
            description_chars_max,
            axes_max,
            offers_max,
            pictures_max,
            picture_bytes_max,
            picture_px_min,
            picture_px_max,
            picture_formats,
            price_min_vnd,
            price_max_vnd,
            stock_units_max,
            categories,
        ]
    }
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days.saturating_mul(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_facts_read_and_every_one_names_its_source() {
        let facts = Facts::compiled_in().unwrap();

        let sources = facts.capability(&Memo::default(), "q").sources;

        assert_eq!(sources.len(), 27);
        assert!(sources.iter().all(|source| !source.document.is_empty() && source.read_on.len() == 10));
    }

    #[test]
    fn a_fact_without_source_is_refused() {
        let toml = include_str!("../../../config/channels/woocommerce.toml").replace("source = ", "sauce = ");

        assert!(Facts::read(&toml).is_err());
    }

    #[test]
    fn an_unsurveyed_shop_is_taken_for_an_old_one() {
        let allows = Facts::compiled_in().unwrap().capability(&Memo::default(), "q");

        assert!(allows.create.unwrap().one_at_a_time);
        assert!(allows.orders.unwrap().blind);
        assert!(!allows.stock.on_off_only);
    }

    #[test]
    fn each_facet_and_kind_stands_in_its_own_shape() {
        let allows = Facts::compiled_in().unwrap().capability(&Memo::default(), "q");

        assert_eq!(allows.shape_for(Facet::Price, OfferKind::Alone), Some(PRICE_ALONE));
        assert_eq!(allows.shape_for(Facet::Price, OfferKind::Variant), Some(PRICE_VARIANT));
        assert_eq!(allows.shape_for(Facet::Stock, OfferKind::Alone), Some(STOCK_ALONE));
        assert_eq!(allows.shape_for(Facet::Stock, OfferKind::Variant), Some(STOCK_VARIANT));
        assert_eq!(allows.shape_for(Facet::OnSale, OfferKind::Variant), Some(ON_SALE));
    }

    #[test]
    fn a_sub_group_has_a_category_by_name() {
        assert_eq!(Facts::compiled_in().unwrap().category_for("food.tea").as_deref(), Some("name:Chè"));
    }
}
