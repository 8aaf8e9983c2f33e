//! A shop's price from the catalogue's: fixed, or marked up and rounded; never below the floor.

use crate::listing::scope::{Layers, RuleFault, Ruled, Scope};
use ganh_contract::Vnd;
use serde::{Deserialize, Serialize};

/// Price rules of one layer; every field may stay unsaid. `markup_bp` in hundredths of a percent, `round_to`, `fixed` and `floor` in whole đồng.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriceRules {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Vnd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markup_bp: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_to: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<Rounding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<Vnd>,
}

/// Which way a price is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    Up,
    Nearest,
    Down,
}

/// What the layers say together about one offer's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectivePrice {
    pub fixed: Option<Ruled<Vnd>>,
    pub markup_bp: Option<Ruled<i32>>,
    pub round_to: Ruled<u32>,
    pub round: Ruled<Rounding>,
    pub floor: Option<Ruled<Vnd>>,
}

/// A price and how it came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    pub price: Vnd,
    pub steps: Vec<PriceStep>,
}

/// One step of a price: the rule, the layer that said it, the price afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceStep {
    pub rule: PriceRule,
    pub scope: Option<Scope>,
    pub price: Vnd,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceRule {
    Catalogue,
    Fixed,
    Markup { bp: i32 },
    Rounded { to: u32, way: Rounding },
    Floor,
}

/// Prices end in whole thousands unless a rule says otherwise (DOMAIN §11).
const USUAL_STEP: u32 = 1_000;

impl PriceRules {
    /// What makes no sense in these rules; empty when all is well.
    pub fn faults(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        let mut check = |ok: bool, field, mend| {
            if !ok {
                faults.push(RuleFault { field, mend });
            }
        };
        check(self.fixed.is_none_or(|price| price.get() > 0), "fixed", "a price is above zero");
        check(self.floor.is_none_or(|price| price.get() > 0), "floor", "a price is above zero");
        check(
            self.markup_bp.is_none_or(|bp| (-9_000..=100_000).contains(&bp)),
            "markup_bp",
            "write hundredths of a percent between -9000 (−90 %) and 100000 (+1000 %)",
        );
        check(
            self.round_to.is_none_or(|step| (1..=1_000_000).contains(&step)),
            "round_to",
            "write whole đồng between 1 and 1000000",
        );
        faults
    }
}

impl EffectivePrice {
    /// Puts the layers together, each field by itself.
    pub fn of(layers: Layers<'_, PriceRules>) -> Self {
        Self {
            fixed: layers.find(|rules| rules.fixed),
            markup_bp: layers.find(|rules| rules.markup_bp),
            round_to: layers.find(|rules| rules.round_to).unwrap_or(Ruled::unless_said(USUAL_STEP)),
            round: layers.find(|rules| rules.round).unwrap_or(Ruled::unless_said(Rounding::Up)),
            floor: layers.find(|rules| rules.floor),
        }
    }
}

/// The shop's price: `fixed`, else the base marked up and rounded; at least the floor, at least 1 đ. A price without markup is not rounded:
/// the producer wrote it so. Saturates at the ends of `i64`.
pub fn priced(base: Vnd, rules: &EffectivePrice) -> Priced {
    let mut steps = vec![PriceStep { rule: PriceRule::Catalogue, scope: None, price: base }];
    let mut price = base;
    let mut take = |to: Vnd, rule: PriceRule, scope: Scope| {
        price = to;
        steps.push(PriceStep { rule, scope: Some(scope), price: to });
    };

    if let Some(fixed) = rules.fixed {
        take(fixed.is, PriceRule::Fixed, fixed.scope);
    } else if let Some(markup) = rules.markup_bp.filter(|markup| markup.is != 0) {
        let marked = marked_up(base, markup.is);
        take(marked, PriceRule::Markup { bp: markup.is }, markup.scope);
        let rounded = round(marked, rules.round_to.is, rules.round.is);
        if rounded != marked {
            let scope = rules.round_to.scope.max(rules.round.scope);
            take(rounded, PriceRule::Rounded { to: rules.round_to.is, way: rules.round.is }, scope);
        }
    }
    if let Some(floor) = rules.floor.filter(|floor| floor.is > steps[steps.len() - 1].price) {
        price = floor.is;
        steps.push(PriceStep { rule: PriceRule::Floor, scope: Some(floor.scope), price });
    }
    Priced { price: price.max(Vnd(1)), steps }
}

fn marked_up(base: Vnd, markup_bp: i32) -> Vnd {
    let marked = i128::from(base.get()) * (10_000 + i128::from(markup_bp));
    // a part of a đồng is rounded up here, so that rounding down later never sees less than was meant
    vnd(div_up(marked, 10_000))
}

/// Rounds to a multiple of `step`, never below one step.
fn round(price: Vnd, step: u32, way: Rounding) -> Vnd {
    let step = i128::from(step.max(1));
    let price = i128::from(price.get());
    let steps = match way {
        Rounding::Up => div_up(price, step),
        Rounding::Nearest => (price + step / 2).div_euclid(step),
        Rounding::Down => price.div_euclid(step),
    };
    vnd(steps.max(1) * step)
}

fn div_up(amount: i128, by: i128) -> i128 {
    -(-amount).div_euclid(by)
}

fn vnd(amount: i128) -> Vnd {
    Vnd(i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(base: i64, layers: &[(Scope, &PriceRules)]) -> Priced {
        priced(Vnd(base), &EffectivePrice::of(Layers(layers)))
    }

    #[test]
    fn a_markup_is_rounded_up_to_the_next_thousand() {
        let rules = PriceRules { markup_bp: Some(1_200), ..PriceRules::default() };

        let priced = price(35_000, &[(Scope::Shop, &rules)]);

        assert_eq!(
            priced.steps,
            [
                PriceStep { rule: PriceRule::Catalogue, scope: None, price: Vnd(35_000) },
                PriceStep {
                    rule: PriceRule::Markup { bp: 1_200 },
                    scope: Some(Scope::Shop),
                    price: Vnd(39_200)
                },
                PriceStep {
                    rule: PriceRule::Rounded { to: 1_000, way: Rounding::Up },
                    scope: Some(Scope::Default),
                    price: Vnd(40_000)
                },
            ]
        );
    }

    #[test]
    fn a_price_that_nobody_marks_up_stays_as_the_producer_wrote_it() {
        assert_eq!(price(35_500, &[]).price, Vnd(35_500));
    }

    #[test]
    fn a_fixed_price_of_the_offer_beats_a_markup_of_the_shop_but_not_the_floor() {
        let shop = PriceRules { markup_bp: Some(5_000), floor: Some(Vnd(30_000)), ..PriceRules::default() };
        let offer = PriceRules { fixed: Some(Vnd(29_000)), ..PriceRules::default() };

        let priced = price(35_000, &[(Scope::Shop, &shop), (Scope::Offer, &offer)]);

        assert_eq!(priced.price, Vnd(30_000));
    }

    #[test]
    fn nonsense_rules_name_the_field_and_the_mend() {
        let rules = PriceRules { markup_bp: Some(-9_500), round_to: Some(0), ..PriceRules::default() };

        let fields: Vec<_> = rules.faults().iter().map(|fault| fault.field).collect();

        assert_eq!(fields, ["markup_bp", "round_to"]);
    }

    #[test]
    fn unsaid_rules_are_an_empty_object() {
        let text = serde_json::to_string(&PriceRules::default()).expect("it is a plain struct");

        assert_eq!((text.as_str(), serde_json::from_str(&text).ok()), ("{}", Some(PriceRules::default())));
    }

    proptest! {
        #[test]
        fn a_price_is_positive_never_below_its_floor_and_its_last_step(
            base in 1_i64..10_000_000,
            markup in -9_000_i32..100_000,
            step in 1_u32..100_000,
            floor in 1_i64..1_000_000,
            way in prop_oneof![Just(Rounding::Up), Just(Rounding::Nearest), Just(Rounding::Down)]
        ) {
            let rules = PriceRules {
                fixed: None, markup_bp: Some(markup), round_to: Some(step), round: Some(way), floor: Some(Vnd(floor)),
            };

            let priced = price(base, &[(Scope::Shop, &rules)]);

            prop_assert!(priced.price.get() >= floor);
            prop_assert_eq!(Some(priced.price), priced.steps.last().map(|step| step.price));
        }

        #[test]
        fn rounding_moves_a_price_by_less_than_one_step(price in 100_000_i64..10_000_000, step in 1_u32..100_000) {
            for way in [Rounding::Up, Rounding::Nearest, Rounding::Down] {
                let rounded = round(Vnd(price), step, way).get();
                prop_assert_eq!(rounded % i64::from(step), 0);
                prop_assert!((rounded - price).abs() < i64::from(step));
            }
        }
    }
}
