//! One shop at a simulated marketplace, as it really stands: listings, figures, orders, and what of that it shows to whom asks.

use crate::plan::ShopPlan;
use crate::sale::Sale;
use ganh::ids::ShopId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A shop.
#[derive(Debug)]
pub struct Stall {
    pub index: usize,
    pub id: ShopId,
    pub plan: ShopPlan,
    pub items: Vec<Item>,
    /// By number; the remote id is `o<number>`.
    pub sales: Vec<Sale>,
    /// By time of last change: the newest version of each order.
    pub by_change: BTreeMap<i64, usize>,
    /// Orders whose newest version is not shown yet.
    pub lagging: Vec<usize>,
    pub last_change: i64,
    /// Calls that nobody has answered yet, by listing and the life that called.
    pub open_calls: BTreeMap<(usize, u64), u32>,
    /// Orders whose units were taken and that the ledger does not know.
    pub unbooked: BTreeSet<usize>,
    /// Walks through orders that go by a list made at their start.
    pub walks: BTreeMap<u64, Vec<usize>>,
    pub walked: u64,
    /// Orders up to here were compared with the books.
    pub checked_until: i64,
    /// When the quota is empty again (a leaky bucket).
    pub full_until: i64,
    /// Hints that wait in the queue, numbered.
    pub queue: VecDeque<(u64, String)>,
    pub queued: u64,
    /// Who owns the shop by the books, and since when that was seen (I11).
    pub owner: (String, i64),
    /// Floods: buyers come so many times as often until then.
    pub flood_until: i64,
}

/// A listing.
#[derive(Debug, Clone)]
pub struct Item {
    pub number: usize,
    pub code: String,
    pub standing: Stand,
    /// Shown by searches from then on.
    pub found_from: i64,
    /// Shown when asked for by its id from then on.
    pub seen_from: i64,
    pub is_alone: bool,
    pub slots: Vec<Slot>,
    /// Figures as they were, for readings that look old: since when, and what.
    pub past: VecDeque<(i64, Vec<Shown>)>,
    /// Stock cannot be set before then: a campaign.
    pub locked_until: i64,
}

/// How a listing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// A shell without offers.
    Shell,
    Reviewed {
        until: i64,
    },
    Live,
}

/// One offer of a listing.
#[derive(Debug, Clone)]
pub struct Slot {
    pub variant: usize,
    pub shown: Shown,
    /// Units that buyers took here less those that they gave back.
    pub taken: i64,
    /// As far as the ledger knows that.
    pub known: i64,
    /// Units sold that the figure shown now stands over: sold, and unknown to the ledger, when it left.
    pub over: i64,
}

/// What an offer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub price: i64,
    pub stock: u32,
    pub on_sale: bool,
}

impl Stall {
    pub fn new(index: usize, plan: ShopPlan) -> Self {
        Self {
            index,
            id: ShopId::new(0),
            plan,
            items: Vec::new(),
            sales: Vec::new(),
            by_change: BTreeMap::new(),
            lagging: Vec::new(),
            last_change: 0,
            open_calls: BTreeMap::new(),
            unbooked: BTreeSet::new(),
            walks: BTreeMap::new(),
            walked: 0,
            checked_until: 0,
            full_until: 0,
            queue: VecDeque::new(),
            queued: 0,
            owner: (String::new(), 0),
            flood_until: 0,
        }
    }

    pub fn item_id(number: usize) -> String {
        format!("i{number}")
    }

    pub fn slot_id(number: usize, slot: usize) -> String {
        format!("i{number}-{slot}")
    }

    /// The listing of this id.
    pub fn item_at(&self, id: &str) -> Option<usize> {
        let number: usize = id.strip_prefix('i')?.parse().ok()?;
        (number < self.items.len()).then_some(number)
    }

    /// Listing and offer of this pair of ids.
    pub fn slot_at(&self, listing: &str, offer: &str) -> Option<(usize, usize)> {
        let item = self.item_at(listing)?;
        let slot: usize = offer.split_once('-')?.1.parse().ok()?;
        (slot < self.items[item].slots.len()).then_some((item, slot))
    }

    /// Offers that a buyer can buy now.
    pub fn on_offer(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (at, item) in self.items.iter().enumerate().filter(|(_, item)| item.standing == Stand::Live) {
            for (slot, offer) in item.slots.iter().enumerate() {
                if offer.shown.on_sale && offer.shown.stock > 0 {
                    found.push((at, slot));
                }
            }
        }
        found
    }

    /// Lets what waits be seen: reviews end.
    pub fn settle(&mut self, now: i64) {
        for item in &mut self.items {
            if matches!(item.standing, Stand::Reviewed { until } if until <= now) {
                item.standing = Stand::Live;
            }
        }
    }

    /// Orders whose time to be shown has come need no second look.
    pub fn let_show(&mut self, now: i64) {
        let sales = &mut self.sales;
        self.lagging.retain(|number| {
            let is_shown = sales[*number].shown_from <= now;
            if is_shown {
                sales[*number].before = None;
            }
            !is_shown
        });
    }
}

impl Item {
    /// Remembers the figures before they change, for readings that look old.
    pub fn remember(&mut self, now: i64, lag_ms: i64) {
        if lag_ms == 0 {
            return;
        }
        let shown = self.slots.iter().map(|slot| slot.shown).collect();
        self.past.push_back((now, shown));
        while self.past.len() > 1 && self.past.get(1).is_some_and(|(until, _)| *until < now - lag_ms - 1_000)
        {
            self.past.pop_front();
        }
    }

    /// The figures as they stood at `at`: `past` holds each state with the instant at which it ended.
    pub fn figures_at(&self, at: i64) -> Vec<Shown> {
        for (ended, shown) in &self.past {
            if at < *ended && shown.len() == self.slots.len() {
                return shown.clone();
            }
        }
        self.slots.iter().map(|slot| slot.shown).collect()
    }
}
