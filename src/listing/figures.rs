//! An offer's figures: what we want, what the channel accepted, what may still be on its way, and how urgent the difference is.
//!
//! An offer is dirty while a desired revision is ahead of the acknowledged one. What a buyer may see is not one figure but several: the
//! acknowledged one, one that is in flight, one whose outcome nobody knows, one that was read back. Safety reckons with the highest of them.

use crate::ids::{ListingId, OfferId, ShopId, VariantId};
use ganh_contract::{OfferRef, Sku, Vnd};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an offer should show: whole đồng, whole units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub price: Vnd,
    pub stock: u32,
    pub on_sale: bool,
}

/// A revision for each facet; it moves when the wish moves, also when the same figure must be written again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revs {
    pub price: i64,
    pub stock: i64,
    pub on_sale: i64,
}

/// What the channel last accepted. Linking a listing fills it from what was created or read; `None` until then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acked {
    pub price: Option<Vnd>,
    pub stock: Option<u32>,
    pub on_sale: Option<bool>,
}

/// Which facets are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    pub price: bool,
    pub stock: bool,
    pub on_sale: bool,
}

/// The one unanswered write of an offer (I4). `stock`: units that it carried, changed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    pub at: Timestamp,
    pub stock: Option<u32>,
}

/// A write whose outcome is unknown: only a read later than `until` tells. `stock`: the highest figure that it may have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    pub until: Timestamp,
    pub stock: Option<u32>,
}

/// The bracket of the last stock write that was answered: it landed between the two (I5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockWrite {
    pub sent_at: Timestamp,
    pub answered_at: Timestamp,
}

/// What was last read back, and when the request left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedFigures {
    pub price: Option<Vnd>,
    pub stock: Option<u32>,
    pub on_sale: Option<bool>,
    pub reserved: Option<u32>,
    pub at: Timestamp,
}

/// What an unsent change may cost; the smaller, the sooner it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// A person stopped the selling.
    Stop,
    /// Nothing left to sell, or take off sale.
    Zero,
    /// Fewer units than the shop may still show.
    Lower,
    /// Another price.
    Price,
    /// More units.
    Raise,
    /// Put on sale.
    Switch,
    /// Nothing to send.
    Clean,
}

/// One offer as the lane sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferState {
    pub id: OfferId,
    pub listing_id: ListingId,
    pub shop_id: ShopId,
    pub variant_id: VariantId,
    pub sku: Sku,
    pub offer: OfferRef,
    pub note: String,
    pub desired: Figures,
    /// A person stopped the selling of it: its zero leaves first.
    pub stopped: bool,
    pub revs: Revs,
    pub acked: Acked,
    pub acked_revs: Revs,
    /// When the desired stock was computed from the ledger: the base of I5.
    pub based_at: Timestamp,
    pub sent: Option<InFlight>,
    pub suspect: Option<Suspect>,
    /// Units that orders of the shop took while a stock write was on its way: it shows the acknowledged figure or so many fewer (I7).
    pub bracketed: u32,
    pub wrote: Option<StockWrite>,
    pub observed: Option<ObservedFigures>,
    pub dirty_since: Option<Timestamp>,
    /// As last stored; `OfferState::rank` tells what it is now.
    pub harm: Harm,
    pub attempts: u32,
    pub next_try_at: Timestamp,
    pub verify_at: Option<Timestamp>,
}

impl Revs {
    /// The facets in which these wishes are ahead of what was acknowledged.
    pub const fn ahead_of(&self, acked: &Self) -> Facets {
        Facets {
            price: self.price > acked.price,
            stock: self.stock > acked.stock,
            on_sale: self.on_sale > acked.on_sale,
        }
    }
}

impl Facets {
    /// True when no facet is meant.
    pub const fn is_empty(&self) -> bool {
        !self.price && !self.stock && !self.on_sale
    }
}

impl Harm {
    /// All ranks, the most harmful first.
    pub const ALL: [Self; 7] =
        [Self::Stop, Self::Zero, Self::Lower, Self::Price, Self::Raise, Self::Switch, Self::Clean];

    /// The number in the column `harm`.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Stop => 0,
            Self::Zero => 1,
            Self::Lower => 2,
            Self::Price => 3,
            Self::Raise => 4,
            Self::Switch => 5,
            Self::Clean => 9,
        }
    }

    /// Reads the column back; a number that nobody wrote is `Clean`.
    pub fn from_rank(rank: i64) -> Self {
        Self::ALL.into_iter().find(|harm| i64::from(harm.rank()) == rank).unwrap_or(Self::Clean)
    }

    /// Work that no gate and no full quota may hold back (I9).
    pub const fn is_urgent(self) -> bool {
        match self {
            Self::Stop | Self::Zero | Self::Lower => true,
            Self::Price | Self::Raise | Self::Switch | Self::Clean => false,
        }
    }
}

/// Ranks a difference: the most harmful of the dirty facets. The only place that ranks.
///
/// `exposure` is the highest stock figure that the shop may still show; `None` when nothing is known to stand there. The same figure written again
/// counts as a raise: the channel may have lowered its own since. `stopped`: a person stopped the selling.
pub fn harm(desired: &Figures, stopped: bool, dirty: Facets, exposure: Option<u32>) -> Harm {
    let ends = (dirty.stock && desired.stock == 0) || (dirty.on_sale && !desired.on_sale);
    if ends {
        return if stopped { Harm::Stop } else { Harm::Zero };
    }
    if dirty.stock && exposure.is_some_and(|shown| desired.stock < shown) {
        return Harm::Lower;
    }
    if dirty.price {
        return Harm::Price;
    }
    if dirty.stock {
        return Harm::Raise;
    }
    if dirty.on_sale {
        return Harm::Switch;
    }
    Harm::Clean
}

/// The highest stock figure that may stand at the channel: acknowledged, in flight, suspect or read back since the last answered write.
pub fn exposure(
    acked: &Acked,
    sent: Option<&InFlight>,
    suspect: Option<&Suspect>,
    observed_since: Option<u32>,
) -> Option<u32> {
    let on_its_way = sent.and_then(|sent| sent.stock);
    let in_doubt = suspect.and_then(|suspect| suspect.stock);
    [acked.stock, on_its_way, in_doubt, observed_since].into_iter().flatten().max()
}

impl OfferState {
    /// The facets that are to be sent.
    pub const fn dirty(&self) -> Facets {
        self.revs.ahead_of(&self.acked_revs)
    }

    /// The highest stock figure that the shop may still show, in units; 0 when nothing is known to stand there (I7).
    pub fn exposure(&self) -> u32 {
        self.may_show().unwrap_or(0)
    }

    /// The stock figure that the shop shows at least, in units, as far as our own writes and known orders tell.
    pub fn sure(&self) -> u32 {
        let at_least = self.acked.stock.unwrap_or(0).saturating_sub(self.bracketed);
        [self.sent.and_then(|sent| sent.stock), self.suspect.and_then(|suspect| suspect.stock)]
            .into_iter()
            .flatten()
            .fold(at_least, u32::min)
    }

    /// True when sending the desired stock may show more units than the channel does now; such a write waits for the gates (I5, I6).
    /// The same figure again may raise too, zero never does.
    pub fn is_raise(&self) -> bool {
        self.dirty().stock
            && self.desired.stock > 0
            && self.may_show().is_none_or(|shown| self.desired.stock >= shown)
    }

    /// How urgent the difference is now.
    pub fn rank(&self) -> Harm {
        harm(&self.desired, self.stopped, self.dirty(), self.may_show())
    }

    fn may_show(&self) -> Option<u32> {
        let answered = self.wrote.map_or(Timestamp::MIN, |wrote| wrote.answered_at);
        let observed = self.observed.filter(|observed| observed.at > answered).and_then(|seen| seen.stock);
        exposure(&self.acked, self.sent.as_ref(), self.suspect.as_ref(), observed)
    }
}

#[cfg(test)]
pub mod tests;
