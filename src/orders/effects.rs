//! From a reading of a line to movements of the ledger. The idea stands in `orders.rs`.

use crate::ids::ShopId;
use crate::orders::stage::rank;
use ganh_contract::{LineStage, OrderLine, RemoteLineId, RemoteOrderId};
use serde::{Deserialize, Serialize};

/// What the ledger already took for a line, as cumulative units of each kind of movement.
/// Still reserved are `reserved − released − shipped`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub reserved: u32,
    pub released: u32,
    pub shipped: u32,
}

/// What an order can do to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    Reserve,
    Release,
    Ship,
}

/// One movement that a reading of a line asks for: `units` > 0, and `cumulative`, the line's sum of that kind afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    pub kind: EffectKind,
    pub units: u32,
    pub cumulative: u32,
}

impl EffectKind {
    /// The word in a movement's kind and cause.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Release => "release",
            Self::Ship => "ship",
        }
    }
}

impl Taken {
    /// Units that the ledger holds back for the line now.
    pub const fn open(&self) -> u32 {
        self.reserved.saturating_sub(self.released).saturating_sub(self.shipped)
    }

    /// What the ledger has taken once this effect is written. Saturates.
    pub const fn with(mut self, effect: Effect) -> Self {
        match effect.kind {
            EffectKind::Reserve => self.reserved = self.reserved.saturating_add(effect.units),
            EffectKind::Release => self.released = self.released.saturating_add(effect.units),
            EffectKind::Ship => self.shipped = self.shipped.saturating_add(effect.units),
        }
        self
    }
}

/// The unique cause of a movement: shop, order, line, kind, cumulative units (I2). `/` and `%` inside remote ids are escaped, so that two
/// orders can never spell the same cause.
pub fn cause(shop: ShopId, order: &RemoteOrderId, line: &RemoteLineId, effect: &Effect) -> String {
    let plain = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    let (order, line) = (plain(order.as_str()), plain(line.as_str()));
    format!("order/{shop}/{order}/{line}/{}/{}", effect.kind.as_str(), effect.cumulative)
}

/// The movements that bring the ledger to what this reading says, in the order in which to write them: reserve, ship, release.
///
/// `takes_at` is the channel's `StockRules::takes_at`. Repeating a reading, or bringing an older one late, gives the same sums (I2). A line
/// that was cancelled before its units were ever taken is reserved and released at once, so that older news of it finds nothing left to take:
/// judge a shortage after all effects of a reading, not after the first. Goods in the channel's own warehouse have no effects.
/// Units that shrink between readings count as given up, units that grow are taken too.
pub fn effects(taken: &Taken, line: &OrderLine, takes_at: &LineStage) -> Vec<Effect> {
    if line.stocked_by_channel {
        return Vec::new();
    }
    let Evidence { taken: takes, given_up, gone } = evidence(line, takes_at);
    let known = takes || taken.reserved > 0;
    let mut now = *taken;
    let mut effects = Vec::new();
    let mut add = |now: &mut Taken, kind: EffectKind, units: u32| {
        if units > 0 {
            *now = now.with(Effect { kind, units, cumulative: 0 });
            let cumulative = match kind {
                EffectKind::Reserve => now.reserved,
                EffectKind::Release => now.released,
                EffectKind::Ship => now.shipped,
            };
            effects.push(Effect { kind, units, cumulative });
        }
    };

    // releases that a later reservation made good are no longer given up
    let made_good = taken.reserved.saturating_sub(line.units);
    let shipped = taken.shipped.max(gone);
    let given_up =
        given_up.max(taken.released.saturating_sub(made_good)).min(line.units.saturating_sub(shipped));
    let open = if known { line.units.saturating_sub(shipped).saturating_sub(given_up) } else { 0 };
    let ships = shipped - taken.shipped;

    let first = if takes { line.units.saturating_sub(taken.reserved) } else { 0 };
    let missing = open.saturating_add(ships).saturating_sub(taken.open().saturating_add(first));
    add(&mut now, EffectKind::Reserve, first.saturating_add(missing));
    add(&mut now, EffectKind::Ship, ships);
    let too_many = now.open().saturating_sub(open);
    let again = mutant!("release_twice") && line.stage == LineStage::Cancelled && taken.released > 0;
    add(&mut now, EffectKind::Release, if again { line.units } else { too_many });
    effects
}

struct Evidence {
    taken: bool,
    given_up: u32,
    gone: u32,
}

fn evidence(line: &OrderLine, takes_at: &LineStage) -> Evidence {
    let cancelled = if mutant!("part_cancel_ignored") { 0 } else { line.cancelled.min(line.units) };
    match &line.stage {
        LineStage::Unpaid | LineStage::Pending | LineStage::Ready | LineStage::Packed => {
            Evidence { taken: rank(&line.stage) >= rank(takes_at), given_up: cancelled, gone: 0 }
        }
        LineStage::Shipped
        | LineStage::Delivered
        | LineStage::Completed
        | LineStage::Returning
        | LineStage::Returned => Evidence { taken: true, given_up: cancelled, gone: line.units - cancelled },
        // nobody knows how far it is: the buyer may still get the goods, so they are held back
        LineStage::Cancelling | LineStage::Unknown(_) => {
            Evidence { taken: true, given_up: cancelled, gone: 0 }
        }
        LineStage::Cancelled | LineStage::Failed => Evidence { taken: true, given_up: line.units, gone: 0 },
    }
}

#[cfg(test)]
pub(super) mod tests;
