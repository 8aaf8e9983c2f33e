//! The blast radius (I10): a plan that zeroes, reprices or hides too much at once stops and asks.
//!
//! It judges plans that people, imports and rules make; units that buyers took are no plan, and their lowering is never stopped.

use crate::listing::explain::Language;
use crate::listing::figures::{Figures, OfferState};
use ganh_contract::{Sku, Vnd};
use serde::{Deserialize, Serialize};

/// How much a plan may do without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Offers that go from some units to none.
    pub max_zeroed: usize,
    /// The same in percent of all offers of the plan's shop; counts from the third offer on.
    pub max_zeroed_pct: u32,
    /// The farthest that one price may move, in hundredths of a percent of the old one.
    pub max_reprice_bp: u32,
    /// Offers taken off sale.
    pub max_delisted: usize,
}

/// One thing that a plan does to an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    Zero { sku: Sku },
    Reprice { sku: Sku, from: Vnd, to: Vnd },
    Delist { sku: Sku },
}

/// The verdict on a plan: empty means that it may go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blast {
    pub stops: Vec<Stop>,
}

/// One limit that a plan exceeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    Zeroed {
        count: usize,
        most: usize,
    },
    ZeroedShare {
        count: usize,
        of: usize,
        most_pct: u32,
    },
    /// `first` is the farthest of `count` prices.
    Repriced {
        count: usize,
        first: Sku,
        from: Vnd,
        to: Vnd,
        most_bp: u32,
    },
    Delisted {
        count: usize,
        most: usize,
    },
}

/// Limits that fit a small producer: a typing slip stops, a normal day does not.
impl Default for Limits {
    fn default() -> Self {
        Self { max_zeroed: 20, max_zeroed_pct: 30, max_reprice_bp: 3_000, max_delisted: 10 }
    }
}

impl Blast {
    /// True when nothing stops the plan.
    pub fn is_clear(&self) -> bool {
        self.stops.is_empty()
    }

    /// Why the plan stops, one sentence for each limit.
    pub fn said(&self, language: Language) -> Vec<String> {
        self.stops.iter().map(|stop| stop.said(language)).collect()
    }
}

impl Stop {
    fn said(&self, language: Language) -> String {
        let (vi, en) = match self {
            Self::Zeroed { count, most } => (
                format!("{count} mã bán sẽ về 0, giới hạn là {most}"),
                format!("{count} offers would go to zero, the limit is {most}"),
            ),
            Self::ZeroedShare { count, of, most_pct } => (
                format!("{count} trên {of} mã bán sẽ về 0, giới hạn là {most_pct} %"),
                format!("{count} of {of} offers would go to zero, the limit is {most_pct} %"),
            ),
            Self::Repriced { count, first, from, to, most_bp } => (
                format!("{count} giá đổi quá {} %, xa nhất: {first} từ {from} thành {to}", most_bp / 100),
                format!(
                    "{count} prices move by more than {} %, the farthest: {first} from {from} to {to}",
                    most_bp / 100
                ),
            ),
            Self::Delisted { count, most } => (
                format!("{count} mã bán sẽ bị ẩn, giới hạn là {most}"),
                format!("{count} offers would be taken off sale, the limit is {most}"),
            ),
        };
        match language {
            Language::Vi => vi,
            Language::En => en,
        }
    }
}

/// What unsent wishes would do, against what was acknowledged. A figure that nobody acknowledged is neither zeroed nor repriced: absence of
/// data is no plan.
pub fn deeds(offers: &[OfferState]) -> Vec<Deed> {
    offers
        .iter()
        .flat_map(|offer| {
            let dirty = offer.dirty();
            let sku = || offer.sku.clone();
            let zero =
                dirty.stock && offer.desired.stock == 0 && offer.acked.stock.is_some_and(|units| units > 0);
            let delist = dirty.on_sale && !offer.desired.on_sale && offer.acked.on_sale == Some(true);
            let from = offer.acked.price.filter(|from| dirty.price && *from != offer.desired.price);
            [
                zero.then(|| Deed::Zero { sku: sku() }),
                delist.then(|| Deed::Delist { sku: sku() }),
                from.map(|from| Deed::Reprice { sku: sku(), from, to: offer.desired.price }),
            ]
        })
        .flatten()
        .collect()
}

/// Holds what a plan does against the limits. `offers`: how many the shop has in all.
pub fn check(deeds: &[Deed], offers: usize, limits: &Limits) -> Blast {
    let mut tally = Tally::new(*limits);
    deeds.iter().for_each(|deed| tally.add(deed));
    tally.verdict(offers)
}

/// Counts deeds as they are told, so that a plan over very many offers needs no list of them.
#[derive(Debug, Clone)]
pub struct Tally {
    limits: Limits,
    zeroed: usize,
    delisted: usize,
    far: usize,
    farthest: Option<(u128, Sku, Vnd, Vnd)>,
}

impl Tally {
    /// Nothing counted yet.
    pub const fn new(limits: Limits) -> Self {
        Self { limits, zeroed: 0, delisted: 0, far: 0, farthest: None }
    }

    /// Counts one more.
    pub fn add(&mut self, deed: &Deed) {
        match deed {
            Deed::Zero { .. } => self.zeroed += 1,
            Deed::Delist { .. } => self.delisted += 1,
            Deed::Reprice { sku, from, to } => {
                let moved = moved_bp(*from, *to);
                if moved <= u128::from(self.limits.max_reprice_bp) {
                    return;
                }
                self.far += 1;
                if self.farthest.as_ref().is_none_or(|(most, ..)| moved >= *most) {
                    self.farthest = Some((moved, sku.clone(), *from, *to));
                }
            }
        }
    }

    /// The verdict over everything counted. `offers`: how many the shop has in all.
    pub fn verdict(&self, offers: usize) -> Blast {
        let (limits, zeroed, delisted) = (&self.limits, self.zeroed, self.delisted);
        let mut stops = Vec::new();
        if zeroed > limits.max_zeroed {
            stops.push(Stop::Zeroed { count: zeroed, most: limits.max_zeroed });
        } else if zeroed > 2
            && zeroed.saturating_mul(100) > offers.saturating_mul(percent(limits.max_zeroed_pct))
        {
            stops.push(Stop::ZeroedShare { count: zeroed, of: offers, most_pct: limits.max_zeroed_pct });
        }
        if let Some((_, first, from, to)) = &self.farthest {
            let (first, from, to, most_bp) = (first.clone(), *from, *to, limits.max_reprice_bp);
            stops.push(Stop::Repriced { count: self.far, first, from, to, most_bp });
        }
        if delisted > limits.max_delisted {
            stops.push(Stop::Delisted { count: delisted, most: limits.max_delisted });
        }
        Blast { stops }
    }
}

/// What moving an offer from one set of figures to another does to it.
pub fn deeds_between(sku: &Sku, before: &Figures, after: &Figures) -> Vec<Deed> {
    let zero = before.stock > 0 && after.stock == 0;
    let delist = before.on_sale && !after.on_sale;
    let reprice = before.price != after.price;
    [
        zero.then(|| Deed::Zero { sku: sku.clone() }),
        delist.then(|| Deed::Delist { sku: sku.clone() }),
        reprice.then(|| Deed::Reprice { sku: sku.clone(), from: before.price, to: after.price }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How far a price moves, in hundredths of a percent of the old one, rounded up; from nothing every price is far.
fn moved_bp(from: Vnd, to: Vnd) -> u128 {
    let base = u128::from(from.get().unsigned_abs());
    let moved = u128::from(from.get().abs_diff(to.get())) * 10_000;
    if base == 0 { u128::MAX } else { moved.div_ceil(base) }
}

fn percent(pct: u32) -> usize {
    usize::try_from(pct).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::figures::tests::{offer_in_step, wants_on_sale, wants_price, wants_stock};
    use proptest::prelude::*;

    const LIMITS: Limits =
        Limits { max_zeroed: 3, max_zeroed_pct: 50, max_reprice_bp: 2_000, max_delisted: 1 };

    fn zero(sku: usize) -> Deed {
        Deed::Zero { sku: Sku::new(sku.to_string()) }
    }

    fn reprice(from: i64, to: i64) -> Deed {
        Deed::Reprice { sku: Sku::new("A"), from: Vnd(from), to: Vnd(to) }
    }

    #[test]
    fn i10_a_plan_that_zeroes_too_many_stops_and_says_so() {
        let blast = check(&(0..4).map(zero).collect::<Vec<_>>(), 100, &LIMITS);

        assert_eq!(blast.said(Language::En), ["4 offers would go to zero, the limit is 3"]);
        assert_eq!(blast.said(Language::Vi), ["4 mã bán sẽ về 0, giới hạn là 3"]);
    }

    #[test]
    fn i10_a_small_shop_stops_by_its_share() {
        let blast = check(&(0..3).map(zero).collect::<Vec<_>>(), 5, &LIMITS);

        assert_eq!(blast.stops, [Stop::ZeroedShare { count: 3, of: 5, most_pct: 50 }]);
    }

    #[test]
    fn i10_a_price_that_lost_a_digit_stops() {
        let blast = check(&[reprice(350_000, 35_000), reprice(35_000, 36_000)], 100, &LIMITS);

        assert_eq!(
            blast.said(Language::En),
            ["1 prices move by more than 20 %, the farthest: A from 350.000 ₫ to 35.000 ₫"]
        );
    }

    #[test]
    fn i10_hiding_more_than_allowed_stops() {
        let deed = |sku: &str| Deed::Delist { sku: Sku::new(sku) };

        assert_eq!(
            check(&[deed("A"), deed("B")], 100, &LIMITS).stops,
            [Stop::Delisted { count: 2, most: 1 }]
        );
    }

    #[test]
    fn i10_a_normal_day_goes_through() {
        assert!(check(&[zero(1), zero(2), reprice(35_000, 42_000)], 100, &LIMITS).is_clear());
    }

    #[test]
    fn i10_absence_of_data_is_no_deed() {
        let mut unknown = wants_price(wants_stock(offer_in_step(1), 0), 1_000);
        unknown.acked.stock = None;
        unknown.acked.price = None;

        assert_eq!(deeds(&[unknown]), []);
    }

    #[test]
    fn the_deeds_of_a_plan_are_what_it_does_to_acknowledged_figures() {
        let offer = wants_on_sale(wants_price(wants_stock(offer_in_step(1), 0), 40_000), false);

        let sku = Sku::new("SKU-1");
        assert_eq!(
            deeds(&[offer]),
            [
                Deed::Zero { sku: sku.clone() },
                Deed::Delist { sku: sku.clone() },
                Deed::Reprice { sku, from: Vnd(35_000), to: Vnd(40_000) }
            ]
        );
    }

    proptest! {
        #[test]
        fn i10_more_deeds_never_make_a_stopped_plan_clear(
            zeroed in 0_usize..10, more in 0_usize..10, offers in 1_usize..200
        ) {
            let few: Vec<Deed> = (0..zeroed).map(zero).collect();
            let many: Vec<Deed> = (0..zeroed + more).map(zero).collect();

            prop_assert!(check(&few, offers, &LIMITS).is_clear() || !check(&many, offers, &LIMITS).is_clear());
        }

        #[test]
        fn i10_a_price_beyond_the_limit_always_stops(from in 1_i64..1_000_000, to in 1_i64..1_000_000) {
            let is_far = (from - to).abs() * 10_000 > from * 2_000;

            prop_assert_eq!(!check(&[reprice(from, to)], 1_000, &LIMITS).is_clear(), is_far);
        }
    }
}
