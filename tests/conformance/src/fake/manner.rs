//! What a fake channel can do: the abilities that no adapter has yet, in two unlike channels.

use ganh_contract::{
    ActionKind, AfterUnknown, Batch, CallShape, Capability, Counted, CreateRules, Deletion, Facet, Lag,
    LineStage, OfferKind, OrderRules, PictureRules, PriceRules, Section, Source, StockFigure, StockRules,
    TextRules, Vnd,
};
use std::time::Duration;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// One call carries whole listings with everything in it; stock lies at two places and counts open orders; one order row per unit
    /// without line ids; hints wait in a queue.
    Barrow,
    /// Requests are reviewed and listings born hidden; figures only while live; on and off are two calls; the same key may be sent again;
    /// refresh tokens die with their use; hints are pushed, signed.
    Arcade,
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Manner {
    /// True for [`Manner::Barrow`].
    pub const fn is_barrow(self) -> bool {
        matches!(self, Self::Barrow)
    }

    /// Places of each shop.
    pub fn places(self) -> Vec<String> {
        match self {
            Self::Barrow => vec!["kho-1".to_owned(), "kho-2".to_owned()],
            Self::Arcade => vec![String::new()],
        }
    }

    fn shapes(self) -> Vec<CallShape> {
        let both = vec![OfferKind::Alone, OfferKind::Variant];
        let shape = |facets: &[Facet], batch| CallShape {
            facets: facets.to_vec(),
            kinds: both.clone(),
            batch,
            coupled: false,
            one_place: false,
            live_only: false,
            quota: "fake".to_owned(),
        };
        match self {
            Self::Barrow => vec![CallShape {
                coupled: true,
                ..shape(
                    &[Facet::Price, Facet::Stock, Facet::OnSale],
                    Batch::WholeListings { max_listings: 20 },
                )
            }],
            Self::Arcade => vec![
                CallShape { live_only: true, ..shape(&[Facet::Price], Batch::OneListing { max_offers: 20 }) },
                CallShape { live_only: true, ..shape(&[Facet::Stock], Batch::Offers { max_offers: 20 }) },
                shape(&[Facet::OnSale], Batch::Listings { max_listings: 20, one_way: true }),
            ],
        }
    }

    /// The capability of every shop.
    pub fn capability(self) -> Capability {
        let is_barrow = self.is_barrow();
        Capability {
            calls: self.shapes(),
            create: Some(CreateRules {
                after_unknown: if is_barrow { AfterUnknown::FindFirst } else { AfterUnknown::SameKeyAgain },
                one_at_a_time: is_barrow,
                reviewed: !is_barrow,
                born_hidden: !is_barrow,
                max_axes: 1,
                max_offers: 20,
                variations: Default::default(),
                parcel: Default::default(),
            }),
            revise: if is_barrow { vec![Section::Title, Section::Structure] } else { Vec::new() },
            delete: (!is_barrow).then_some(Deletion::Final),
            pictures: if is_barrow {
                PictureRules::Link { max: 5, min_px: 0 }
            } else {
                PictureRules::Upload {
                    max: 5,
                    max_bytes: 1 << 20,
                    min_px: 0,
                    max_px: 5_000,
                    formats: vec!["image/png".to_owned()],
                }
            },
            text: TextRules {
                counted: Counted::Chars,
                title: (1, 120),
                description: (0, 5_000),
                html: false,
            },
            price: PriceRules { min: Vnd(1_000), max: Vnd(100_000_000), spread_pct: None, sale: is_barrow },
            stock: StockRules {
                figure: if is_barrow {
                    StockFigure::WithOpenOrders { until: LineStage::Shipped }
                } else {
                    StockFigure::Sellable
                },
                max_units: 99_999,
                every_place: is_barrow,
                zeroed_by_cancel: false,
                on_off_only: false,
                takes_at: if is_barrow { LineStage::Unpaid } else { LineStage::Ready },
            },
            listings_per_read: 20,
            orders: Some(OrderRules {
                look_back: seconds(30 * 86_400),
                max_window: seconds(2 * 86_400),
                overlap: seconds(60),
                ascending: true,
                blind: is_barrow,
                heads_per_read: 10,
            }),
            returns: is_barrow,
            actions: if is_barrow { vec![ActionKind::Confirm, ActionKind::Cancel] } else { Vec::new() },
            lag: Lag {
                read: if is_barrow { seconds(10) } else { Duration::ZERO },
                search: if is_barrow { seconds(60) } else { Duration::ZERO },
                cut: seconds(30),
            },
            sources: vec![Source {
                field: "all".to_owned(),
                document: "made up for the suite".to_owned(),
                read_on: "2026-11-25".to_owned(),
            }],
            memo: String::new(),
        }
    }
}
