//! Whether an offer should be on sale now.
//!
//! Out of season a listing is taken off sale and keeps its page and reviews; its units count for nobody, so that other shops can have them and so
//! that a shop that comes back starts from zero and is raised after (CONTRACT §2 no. 31).

use crate::catalogue::Season;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Who stopped selling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stops {
    pub shop: bool,
    pub product: bool,
}

/// Whether to sell, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSale {
    Yes,
    OutOfSeason,
    ShopStopped,
    ProductStopped,
}

impl OnSale {
    /// The desired on-sale figure; also whether the offer takes part in sharing stock (`Consumer::sellable_here`).
    pub const fn is_on(self) -> bool {
        match self {
            Self::Yes => true,
            Self::OutOfSeason | Self::ShopStopped | Self::ProductStopped => false,
        }
    }
}

/// Decides at this instant; months are counted in Vietnam (+07:00). A stop outranks the season.
pub fn on_sale(season: Option<Season>, stops: Stops, now: Timestamp) -> OnSale {
    if stops.shop {
        return OnSale::ShopStopped;
    }
    if stops.product {
        return OnSale::ProductStopped;
    }
    let month = Offset::constant(7).to_datetime(now).month().unsigned_abs();
    if season.is_some_and(|season| !season.contains(month)) {
        return OnSale::OutOfSeason;
    }
    OnSale::Yes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tet() -> Option<Season> {
        Season::parse("11-02")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn a_season_begins_at_midnight_in_vietnam() {
        let evening = on_sale(tet(), Stops::default(), at("2026-10-31T16:59:59Z"));
        let midnight = on_sale(tet(), Stops::default(), at("2026-10-31T17:00:00Z"));

        assert_eq!((evening, midnight), (OnSale::OutOfSeason, OnSale::Yes));
    }

    #[test]
    fn a_stopped_shop_sells_nothing_in_any_season() {
        let stops = Stops { shop: true, product: false };

        assert_eq!(on_sale(None, stops, at("2026-11-22T00:00:00Z")), OnSale::ShopStopped);
    }
}
