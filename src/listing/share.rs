//! How many of the sellable units each shop shows.
//!
//! **Shared**: every shop shows what there is, less its own rules; two shops may promise the same unit. **Strict**: a pool is divided by weight, so
//! that all promises together never exceed it (I7). In a mixed pool the shared offers together stand for one more strict taker, with the
//! largest of their weights. Within a strict pool:
//!
//! ```text
//!   pool − largest buffer − last units kept for a shop ─▶ split by weight ─▶ bundles: as many as the scarcest part makes ─▶ percent, fixed ─▶ cap ─▶ threshold
//!        what an offer's fixed or cap leaves over is divided again between the others
//! ```
//!
//! `docs/allocation.md` writes the precedence down for people, with an example that a test checks.

mod keep;

pub use keep::KeepLast;

use crate::ids::{OfferId, ShopId, VariantId};
use crate::listing::scope::{Layers, RuleFault, Ruled, Scope};
use crate::stock::{bundle_sellable, split};
use keep::Keeps;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Stock rules of one layer; every field may stay unsaid. In whole units of the offer, `weight` without unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StockRules {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation: Option<Allocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Show at most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<u32>,
    /// Keep so many back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<u32>,
    /// Show nothing rather than fewer than so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u32>,
    /// The last units are for one shop alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_last: Option<KeepLast>,
    /// This offer's part in a strict division, 1 where unsaid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// Whether shops may promise the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    Strict,
    Shared,
}

/// A part of what could be shown: in hundredths of a percent, or at most so many units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    PercentBp(u32),
    Fixed(u32),
}

/// What the layers say together about one offer's stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveStock {
    pub allocation: Ruled<Allocation>,
    pub share: Option<Ruled<Share>>,
    pub cap: Option<Ruled<u32>>,
    pub buffer: Option<Ruled<u32>>,
    pub threshold: Option<Ruled<u32>>,
    pub keep_last: Option<Ruled<KeepLast>>,
    pub weight: Ruled<u32>,
}

/// An offer that draws on pools. `needs`: units of each variant in one unit of the offer: itself once, or a bundle's components.
#[derive(Debug, Clone)]
pub struct Consumer<'a> {
    pub offer: OfferId,
    pub shop: ShopId,
    pub needs: Vec<(VariantId, u32)>,
    pub rules: &'a EffectiveStock,
    /// False where the offer is not to be on sale: it gets nothing and claims nothing.
    pub sellable_here: bool,
    /// The highest figure that the channel takes (`StockRules::max_units` of its capability).
    pub channel_max: u32,
}

impl Consumer<'_> {
    fn draws_on(&self, pool: VariantId) -> bool {
        self.needs.iter().any(|(needed, _)| *needed == pool)
    }

    fn is_strict_taker_of(&self, pool: VariantId, shop: ShopId) -> bool {
        self.sellable_here && self.shop == shop && self.rules.is_strict() && self.draws_on(pool)
    }
}

/// What one offer shall show, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allotment {
    pub offer: OfferId,
    pub units: u32,
    pub steps: Vec<StockStep>,
}

/// One step of a figure: the rule, the layer that said it, the units afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockStep {
    pub rule: StockRule,
    pub scope: Option<Scope>,
    pub units: u32,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockRule {
    /// What can be made of the sellable units.
    Sellable,
    /// The part of a strict division, after the largest buffer was kept back.
    Part {
        weight: u32,
        kept_back: u32,
    },
    /// So many of the last units are kept for another shop.
    KeptForAnother {
        units: u32,
    },
    Buffer {
        units: u32,
    },
    Percent {
        bp: u32,
    },
    Fixed {
        units: u32,
    },
    Cap {
        units: u32,
    },
    Threshold {
        units: u32,
    },
    ChannelMax {
        units: u32,
    },
    NotOnSale,
}

impl StockRules {
    /// What makes no sense in these rules; empty when all is well.
    pub fn faults(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        if matches!(self.share, Some(Share::PercentBp(bp)) if bp > 10_000) {
            faults.push(RuleFault {
                field: "share",
                mend: "write hundredths of a percent, at most 10000 (100 %)",
            });
        }
        if let (Some(cap), Some(threshold)) = (self.cap, self.threshold)
            && cap < threshold
        {
            faults.push(RuleFault {
                field: "threshold",
                mend: "a threshold above the cap never shows anything",
            });
        }
        if self.weight.is_some_and(|weight| weight > 1_000_000) {
            faults.push(RuleFault { field: "weight", mend: "write a number up to 1000000" });
        }
        faults
    }
}

impl EffectiveStock {
    /// Puts the layers together, each field by itself. Unsaid: shared, everything, weight 1.
    pub fn of(layers: Layers<'_, StockRules>) -> Self {
        Self {
            allocation: layers
                .find(|rules| rules.allocation)
                .unwrap_or(Ruled::unless_said(Allocation::Shared)),
            share: layers.find(|rules| rules.share),
            cap: layers.find(|rules| rules.cap),
            buffer: layers.find(|rules| rules.buffer),
            threshold: layers.find(|rules| rules.threshold),
            keep_last: layers.find(|rules| rules.keep_last),
            weight: layers.find(|rules| rules.weight).unwrap_or(Ruled::unless_said(1)),
        }
    }

    fn is_strict(&self) -> bool {
        self.allocation.is == Allocation::Strict
    }

    fn buffer_units(&self) -> u32 {
        self.buffer.map_or(0, |buffer| buffer.is)
    }
}

/// Divides the pools (sellable units of each variant) between all offers that draw on them; one allotment for each consumer, in order.
///
/// Law (I7): over the strict consumers Σ units × quantity ≤ pool, for each pool; where a pool is mixed, with the highest shared promise on top.
/// A pool that is not named is empty; an offer that needs nothing gets nothing. Pure: same input, same answer; consumers earlier in the
/// list win remainders, so keep their order.
pub fn allot(consumers: &[Consumer<'_>], pools: &BTreeMap<VariantId, u32>) -> Vec<Allotment> {
    let strict = strict_division(consumers, pools);
    (0..consumers.len()).map(|index| figure(consumers, index, &strict, pools)).collect()
}

/// What a strict division gave: to each strict consumer its parts, to the shared offers of a mixed pool what they may show of it.
struct Division {
    parts: Vec<Option<Vec<(u32, u32)>>>,
    kept_back: BTreeMap<VariantId, u32>,
    keeps: Keeps,
    for_shared: BTreeMap<VariantId, u32>,
}

impl Division {
    /// What a shared offer may show of a pool: what the strict ones left, else all but what is kept for other shops.
    fn shared_part(&self, consumers: &[Consumer<'_>], pool: VariantId, shop: ShopId, there: u32) -> u32 {
        let Some(part) = self.for_shared.get(&pool) else {
            return there.saturating_sub(self.keeps.for_others(pool, shop));
        };
        let has_strict = consumers.iter().any(|other| other.is_strict_taker_of(pool, shop));
        if has_strict { *part } else { part.saturating_add(self.keeps.own(pool, shop)) }
    }
}

fn strict_division(consumers: &[Consumer<'_>], pools: &BTreeMap<VariantId, u32>) -> Division {
    let takers: Vec<usize> = (0..consumers.len())
        .filter(|index| consumers[*index].sellable_here && consumers[*index].rules.is_strict())
        .collect();
    let mut kept_back: BTreeMap<VariantId, u32> = BTreeMap::new();
    for consumer in takers.iter().map(|index| &consumers[*index]) {
        for (variant, quantity) in &consumer.needs {
            let wanted = consumer.rules.buffer_units().saturating_mul(*quantity);
            let kept = kept_back.entry(*variant).or_default();
            *kept = (*kept).max(wanted);
        }
    }
    let there = |pool| pool_of(pools, pool).saturating_sub(kept_back.get(&pool).copied().unwrap_or(0));
    let keeps = Keeps::of(consumers, there);
    let own = own_parts(consumers, &takers, &keeps);
    let mut left: BTreeMap<VariantId, u32> =
        kept_back.keys().map(|pool| (*pool, there(*pool) - keeps.all(*pool))).collect();
    let mut parts: Vec<Option<Vec<(u32, u32)>>> = vec![None; consumers.len()];
    let mut open = takers;
    // each round settles at least one offer that its own limit binds, so there are at most as many rounds as offers
    loop {
        let round = Round::new(consumers, &open, &left, &own);
        let bound: Vec<usize> =
            open.iter().copied().filter(|index| is_bound(consumers, *index, &round)).collect();
        for index in &open {
            parts[*index] = Some(round.parts_of(&consumers[*index], *index));
        }
        if bound.is_empty() {
            return Division { parts, kept_back, keeps, for_shared: round.for_shared };
        }
        for index in &bound {
            let consumer = &consumers[*index];
            let units = settle(consumer.rules, bundle_sellable(parts[*index].as_deref().unwrap_or(&[])));
            for (variant, quantity) in &consumer.needs {
                if let Some(left) = left.get_mut(variant) {
                    // What is kept for the shop is used up first, and what it does not use stays kept.
                    let own = own.get(&(*variant, *index)).copied().unwrap_or(0);
                    *left = left.saturating_sub(units.saturating_mul(*quantity).saturating_sub(own));
                }
            }
        }
        open.retain(|index| !bound.contains(index));
    }
}

/// Units that are kept for the shops of strict takers, divided between the takers of a shop by weight.
fn own_parts(
    consumers: &[Consumer<'_>],
    takers: &[usize],
    keeps: &Keeps,
) -> BTreeMap<(VariantId, usize), u32> {
    let mut own = BTreeMap::new();
    for index in takers {
        let shop = consumers[*index].shop;
        for (pool, _) in &consumers[*index].needs {
            let kept = keeps.own(*pool, shop);
            if kept == 0 || own.contains_key(&(*pool, *index)) {
                continue;
            }
            let here: Vec<usize> = takers
                .iter()
                .copied()
                .filter(|taker| consumers[*taker].is_strict_taker_of(*pool, shop))
                .collect();
            let weights: Vec<u32> = here.iter().map(|taker| consumers[*taker].rules.weight.is).collect();
            own.extend(here.iter().zip(split(kept, &weights)).map(|(taker, part)| ((*pool, *taker), part)));
        }
    }
    own
}

/// One division of what is left between the offers that are still open.
struct Round {
    parts: BTreeMap<(VariantId, usize), u32>,
    for_shared: BTreeMap<VariantId, u32>,
}

impl Round {
    fn new(
        consumers: &[Consumer<'_>],
        open: &[usize],
        left: &BTreeMap<VariantId, u32>,
        own: &BTreeMap<(VariantId, usize), u32>,
    ) -> Self {
        let mut round = Self { parts: BTreeMap::new(), for_shared: BTreeMap::new() };
        for (variant, units) in left {
            let needs = |index: &usize| consumers[*index].needs.iter().any(|(needed, _)| needed == variant);
            let here: Vec<usize> = open.iter().copied().filter(needs).collect();
            let shared = (0..consumers.len())
                .filter(|index| {
                    consumers[*index].sellable_here && !consumers[*index].rules.is_strict() && needs(index)
                })
                .map(|index| consumers[index].rules.weight.is)
                .max();
            let weights: Vec<u32> =
                here.iter().map(|index| consumers[*index].rules.weight.is).chain(shared).collect();
            let given = split(*units, &weights);
            round.parts.extend(here.iter().zip(&given).map(|(index, part)| {
                let own = own.get(&(*variant, *index)).copied().unwrap_or(0);
                ((*variant, *index), part + own)
            }));
            if shared.is_some() {
                round.for_shared.insert(*variant, given.last().copied().unwrap_or(0));
            }
        }
        round
    }

    fn parts_of(&self, consumer: &Consumer<'_>, index: usize) -> Vec<(u32, u32)> {
        let part = |variant| self.parts.get(&(variant, index)).copied().unwrap_or(0);
        consumer.needs.iter().map(|(variant, quantity)| (part(*variant), *quantity)).collect()
    }
}

/// True when the offer's own fixed figure or cap, not the goods, limits it: what it leaves is divided again.
fn is_bound(consumers: &[Consumer<'_>], index: usize, round: &Round) -> bool {
    let consumer = &consumers[index];
    let could = bundle_sellable(&round.parts_of(consumer, index));
    let limit = [
        consumer.rules.cap.map(|cap| cap.is),
        consumer.rules.share.and_then(|share| match share.is {
            Share::Fixed(units) => Some(units),
            Share::PercentBp(_) => None,
        }),
    ];
    limit.into_iter().flatten().min().is_some_and(|limit| limit < could)
}

/// The figure after an offer's own rules, without its steps.
fn settle(rules: &EffectiveStock, units: u32) -> u32 {
    apply(rules, units, &mut Vec::new())
}

fn figure(
    consumers: &[Consumer<'_>],
    index: usize,
    strict: &Division,
    pools: &BTreeMap<VariantId, u32>,
) -> Allotment {
    let consumer = &consumers[index];
    let whole: Vec<(u32, u32)> = consumer.needs.iter().map(|(v, q)| (pool_of(pools, *v), *q)).collect();
    let mut units = bundle_sellable(&whole);
    let mut steps = vec![StockStep { rule: StockRule::Sellable, scope: None, units }];
    if !consumer.sellable_here {
        steps.push(StockStep { rule: StockRule::NotOnSale, scope: None, units: 0 });
        return Allotment { offer: consumer.offer, units: 0, steps };
    }
    let rules = consumer.rules;
    let kept =
        consumer.needs.iter().map(|(v, _)| strict.keeps.for_others(*v, consumer.shop)).max().unwrap_or(0);
    if kept > 0 {
        let rest = |(v, q): &(VariantId, u32)| {
            (pool_of(pools, *v).saturating_sub(strict.keeps.for_others(*v, consumer.shop)), *q)
        };
        units = bundle_sellable(&consumer.needs.iter().map(rest).collect::<Vec<_>>());
        let scope = rules.keep_last.map(|keep| keep.scope);
        steps.push(StockStep { rule: StockRule::KeptForAnother { units: kept }, scope, units });
    }
    let part = StockRule::Part {
        weight: rules.weight.is,
        kept_back: consumer
            .needs
            .iter()
            .filter_map(|(v, _)| strict.kept_back.get(v))
            .max()
            .copied()
            .unwrap_or(0),
    };
    if let Some(parts) = &strict.parts[index] {
        units = bundle_sellable(parts);
        steps.push(StockStep { rule: part, scope: Some(rules.allocation.scope), units });
    } else if consumer.needs.iter().any(|(variant, _)| strict.for_shared.contains_key(variant)) {
        let shared = |(v, q): &(VariantId, u32)| {
            (strict.shared_part(consumers, *v, consumer.shop, pool_of(pools, *v)), *q)
        };
        units = bundle_sellable(&consumer.needs.iter().map(shared).collect::<Vec<_>>());
        steps.push(StockStep { rule: part, scope: Some(rules.allocation.scope), units });
    }
    if let Some(buffer) = rules.buffer.filter(|buffer| buffer.is > 0 && !rules.is_strict()) {
        units = units.saturating_sub(buffer.is);
        let rule = StockRule::Buffer { units: buffer.is };
        steps.push(StockStep { rule, scope: Some(buffer.scope), units });
    }
    units = apply(rules, units, &mut steps);
    if units > consumer.channel_max {
        units = consumer.channel_max;
        steps.push(StockStep { rule: StockRule::ChannelMax { units }, scope: None, units });
    }
    Allotment { offer: consumer.offer, units, steps }
}

/// Percent or fixed, then cap, then threshold. Never more than `units`.
fn apply(rules: &EffectiveStock, units: u32, steps: &mut Vec<StockStep>) -> u32 {
    let mut take = |to: u32, rule: StockRule, scope: Scope| {
        steps.push(StockStep { rule, scope: Some(scope), units: to });
        to
    };
    let mut now = units;
    if let Some(Ruled { is, scope }) = rules.share {
        now = match is {
            Share::PercentBp(bp) => take(percent(now, bp), StockRule::Percent { bp }, scope),
            Share::Fixed(units) => take(now.min(units), StockRule::Fixed { units }, scope),
        };
    }
    if let Some(Ruled { is, scope }) = rules.cap.filter(|cap| cap.is < now) {
        now = take(is, StockRule::Cap { units: is }, scope);
    }
    if let Some(Ruled { is, scope }) = rules.threshold.filter(|threshold| now < threshold.is && now > 0) {
        now = take(0, StockRule::Threshold { units: is }, scope);
    }
    now
}

fn percent(units: u32, bp: u32) -> u32 {
    let part = u64::from(units) * u64::from(bp.min(10_000)) / 10_000;
    u32::try_from(part).unwrap_or(units)
}

fn pool_of(pools: &BTreeMap<VariantId, u32>, variant: VariantId) -> u32 {
    pools.get(&variant).copied().unwrap_or(0)
}

/// Units of each variant that all offers together promise beyond what there is: the exposure of shared allocation. Variants without any are
/// left out.
pub fn promised_beyond(
    consumers: &[Consumer<'_>],
    allotments: &[Allotment],
    pools: &BTreeMap<VariantId, u32>,
) -> BTreeMap<VariantId, u64> {
    let mut promised: BTreeMap<VariantId, u64> = BTreeMap::new();
    for (consumer, allotment) in consumers.iter().zip(allotments) {
        for (variant, quantity) in &consumer.needs {
            let units = u64::from(allotment.units) * u64::from(*quantity);
            *promised.entry(*variant).or_default() += units;
        }
    }
    promised
        .into_iter()
        .map(|(variant, units)| (variant, units.saturating_sub(u64::from(pool_of(pools, variant)))))
        .filter(|(_, units)| *units > 0)
        .collect()
}

#[cfg(test)]
mod tests;
