//! What a simulated shop says that it can do.

use crate::plan::{Shapes, ShopPlan};
use ganh_contract::{
    AfterUnknown, Batch, CallShape, Capability, Counted, CreateRules, Facet, Lag, OfferKind, OrderRules,
    ParcelRules, PictureRules, PriceRules, StockFigure, StockRules, TextRules, VariationRules, Vnd,
};
use std::time::Duration;

/// Orders in one detailed reading.
const HEADS: usize = 50;
/// How far a window reaches back behind the watermark; longer than any order is shown late.
const OVERLAP: Duration = Duration::from_secs(15);

/// The capability of a shop.
pub fn capability(plan: &ShopPlan, index: usize) -> Capability {
    Capability {
        calls: shapes(plan, index),
        create: Some(CreateRules {
            after_unknown: AfterUnknown::FindFirst,
            one_at_a_time: false,
            reviewed: plan.steps == crate::plan::Steps::Reviewed,
            born_hidden: plan.born_hidden,
            max_axes: 2,
            max_offers: 50,
            variations: VariationRules::default(),
            parcel: ParcelRules::default(),
        }),
        revise: Vec::new(),
        delete: None,
        pictures: PictureRules::Link { max: 0, min_px: 0 },
        text: TextRules { counted: Counted::Chars, title: (1, 500), description: (0, 50_000), html: false },
        price: PriceRules { min: Vnd(1), max: Vnd(1_000_000_000), spread_pct: None, sale: false },
        stock: StockRules {
            figure: StockFigure::Sellable,
            max_units: 999_999,
            every_place: false,
            zeroed_by_cancel: false,
            on_off_only: false,
            takes_at: plan.takes_at.clone(),
        },
        listings_per_read: 5,
        orders: Some(OrderRules {
            look_back: Duration::from_secs(15 * 86_400),
            max_window: plan.max_window,
            overlap: OVERLAP,
            ascending: plan.ascending,
            blind: false,
            heads_per_read: HEADS,
        }),
        returns: false,
        actions: Vec::new(),
        lag: Lag { read: ms(plan.read_lag_ms), search: ms(plan.search_lag_ms), cut: ms(plan.cut_ms) },
        sources: Vec::new(),
        memo: String::new(),
    }
}

fn ms(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn shapes(plan: &ShopPlan, index: usize) -> Vec<CallShape> {
    let shape = |facets: &[Facet], batch| CallShape {
        facets: facets.to_vec(),
        kinds: vec![OfferKind::Alone, OfferKind::Variant],
        batch,
        coupled: false,
        one_place: false,
        live_only: false,
        quota: format!("shop-{index}"),
    };
    let all = [Facet::Price, Facet::Stock, Facet::OnSale];
    match plan.shapes {
        Shapes::Whole => {
            vec![CallShape { coupled: true, ..shape(&all, Batch::WholeListings { max_listings: 10 }) }]
        }
        Shapes::Apart => vec![
            shape(&[Facet::Price], Batch::OneListing { max_offers: 20 }),
            shape(&[Facet::Stock], Batch::Offers { max_offers: 5 }),
            shape(&[Facet::OnSale], Batch::Listings { max_listings: 20, one_way: true }),
        ],
        Shapes::Together => vec![
            shape(&[Facet::Price, Facet::Stock], Batch::Offers { max_offers: 20 }),
            shape(&[Facet::OnSale], Batch::Listings { max_listings: 20, one_way: true }),
        ],
        Shapes::Single => all.iter().map(|facet| shape(&[*facet], Batch::Offer)).collect(),
    }
}
