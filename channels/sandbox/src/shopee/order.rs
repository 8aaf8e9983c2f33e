//! Orders as the shop holds them: placed by buyers, indexed by time, taking stock and giving it back.

use std::collections::{BTreeSet, HashMap};

use crate::core::Dice;

use super::item::{Item, Standing};
use super::order_state::Status;
use super::world::Shop;

/// One line of an order. What it says of the item is a copy made at placement.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub item_id: u64,
    /// 0: the item has no models.
    pub model_id: u64,
    pub item_name: String,
    pub model_name: String,
    pub item_sku: String,
    pub model_sku: String,
    pub image: String,
    /// Kilograms of one unit.
    pub weight: f64,
    pub units: i64,
    pub cancelled: i64,
    pub returned: i64,
    /// Whole đồng of one unit: before and after the promotion.
    pub price: i64,
    pub discounted: i64,
}

impl Line {
    /// Units not cancelled.
    pub const fn active(&self) -> i64 {
        self.units - self.cancelled
    }

    /// The line's id in the books and the control API.
    pub fn id(&self) -> String {
        format!("{}:{}", self.item_id, self.model_id)
    }
}

/// One parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub number: String,
    /// Places of its lines in the order.
    pub lines: Vec<usize>,
    pub channel: u64,
    pub logistics: &'static str,
    /// The number and when (ms) it becomes known.
    pub tracking: Option<(i64, String)>,
    /// When (ms) the waybill becomes ready.
    pub document_ms: Option<i64>,
}

impl Package {
    /// The tracking number, as far as it is known.
    pub fn tracking_at(&self, now_ms: i64) -> &str {
        self.tracking.as_ref().filter(|(due_ms, _)| *due_ms <= now_ms).map_or("", |(_, number)| number)
    }
}

/// One order. Times are seconds since 1970 unless said.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub sn: String,
    pub status: Status,
    /// The status and the update time before the last change, and when that was (ms).
    pub was: (i64, Status, i64),
    /// When (ms) it came into the world; `created_s` may lie in the past.
    pub appeared_ms: i64,
    pub created_s: i64,
    pub updated_s: i64,
    pub paid_s: Option<i64>,
    pub picked_up_s: i64,
    pub is_cod: bool,
    pub lines: Vec<Line>,
    pub packages: Vec<Package>,
    pub buyer_id: u64,
    pub buyer_name: String,
    pub cancel_by: &'static str,
    pub cancel_reason: String,
    pub buyer_cancel_reason: String,
    pub note: String,
    pub note_s: i64,
    /// The next detail read cannot be understood.
    pub is_garbled: bool,
    /// The last change, also one that the API does not show.
    pub changed_ms: i64,
}

impl Order {
    /// The status at `at_ms`, as far back as one change.
    pub const fn status_at(&self, at_ms: i64) -> (Status, i64) {
        if self.was.0 > at_ms { (self.was.1, self.was.2) } else { (self.status, self.updated_s) }
    }

    /// Whole đồng of the goods not cancelled.
    pub fn goods(&self) -> i64 {
        self.lines.iter().map(|line| line.discounted.saturating_mul(line.active())).sum()
    }
}

/// All orders of a shop, found by number and by time.
#[derive(Default)]
pub struct Orders {
    all: Vec<Order>,
    by_sn: HashMap<String, usize>,
    by_created: BTreeSet<(i64, usize)>,
    by_updated: BTreeSet<(i64, usize)>,
}

impl Orders {
    /// All orders, in order of appearance.
    pub fn all(&self) -> &[Order] {
        &self.all
    }

    /// The order with this number.
    pub fn find(&self, sn: &str) -> Option<&Order> {
        self.by_sn.get(sn).map(|place| &self.all[*place])
    }

    /// The order with this number, to change it. Times are changed by [`Self::touch`] only.
    pub fn find_mut(&mut self, sn: &str) -> Option<&mut Order> {
        self.by_sn.get(sn).map(|place| &mut self.all[*place])
    }

    /// Adds an order.
    pub fn add(&mut self, order: Order) {
        let place = self.all.len();
        self.by_sn.insert(order.sn.clone(), place);
        self.by_created.insert((order.created_s, place));
        self.by_updated.insert((order.updated_s, place));
        self.all.push(order);
    }

    /// Moves an order to a status and its update time to now; never back.
    pub fn touch(&mut self, sn: &str, status: Status, now_ms: i64) {
        let Some(place) = self.by_sn.get(sn).copied() else { return };
        let order = &mut self.all[place];
        order.was = (now_ms, order.status, order.updated_s);
        order.status = status;
        order.changed_ms = now_ms;
        self.by_updated.remove(&(order.updated_s, place));
        order.updated_s = order.updated_s.max(now_ms / 1000);
        self.by_updated.insert((order.updated_s, place));
    }

    /// The orders of a time range from `after` on, oldest first, with their places in the index.
    pub fn between(
        &self,
        is_created: bool,
        after: (i64, usize),
        to: i64,
    ) -> impl Iterator<Item = ((i64, usize), &Order)> {
        let index = if is_created { &self.by_created } else { &self.by_updated };
        index.range(after..=(to, usize::MAX)).map(|key| (*key, &self.all[key.1]))
    }

    /// The place just before `key` in the index, if there is one not older than `from`.
    pub fn before(&self, is_created: bool, key: (i64, usize), from: i64) -> Option<(i64, usize)> {
        let index = if is_created { &self.by_created } else { &self.by_updated };
        index.range((from, 0)..key).next_back().copied()
    }
}

/// What a buyer wants: an offer and units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    pub item_id: u64,
    pub model_id: u64,
    pub units: i64,
}

/// How a buyer orders.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    pub is_paid: bool,
    pub is_cod: bool,
    pub is_pending: bool,
    /// Seconds since 1970; `None`: now.
    pub placed_s: Option<i64>,
    /// How many parcels, as far as there are lines.
    pub parcels: usize,
}

/// A buyer orders: all lines or none. Stock goes down at once, unpaid or not (spec 4.9).
///
/// # Errors
/// In words, when something is not on sale or short.
pub fn place(
    shop: &mut Shop,
    wants: &[Want],
    manner: Manner,
    now_ms: i64,
    dice: &Dice,
) -> Result<String, String> {
    let mut merged: Vec<Want> = Vec::with_capacity(wants.len());
    for want in wants {
        if want.units < 1 {
            return Err("units: at least 1".to_owned());
        }
        match merged.iter_mut().find(|other| (other.item_id, other.model_id) == (want.item_id, want.model_id))
        {
            Some(other) => other.units = other.units.saturating_add(want.units),
            None => merged.push(*want),
        }
    }
    if merged.is_empty() {
        return Err("lines: at least one".to_owned());
    }
    for want in &merged {
        check_buyable(shop, *want, now_ms)?;
    }
    let lines: Vec<Line> = merged.iter().filter_map(|want| take(shop, *want, now_ms)).collect();
    let created_s = manner.placed_s.unwrap_or(now_ms / 1000);
    let status = match (manner.is_pending, manner.is_paid || manner.is_cod) {
        (true, _) => Status::Pending,
        (false, true) => Status::ReadyToShip,
        (false, false) => Status::Unpaid,
    };
    let channel = shop
        .items
        .get(&lines[0].item_id)
        .and_then(|item| item.face.logistics.iter().find(|one| one.is_enabled))
        .map_or(50_021, |one| one.id);
    let sn = number(created_s, dice);
    let order = Order {
        sn: sn.clone(),
        status,
        was: (0, status, created_s),
        appeared_ms: now_ms,
        created_s,
        updated_s: created_s,
        paid_s: (manner.is_paid && !manner.is_cod).then_some(created_s),
        picked_up_s: 0,
        is_cod: manner.is_cod,
        packages: packages(&lines, manner.parcels, channel, dice),
        lines,
        buyer_id: 1_170_000_000 + dice.below(1_000_000),
        buyer_name: format!("x{}", dice.hex(9)),
        cancel_by: "",
        cancel_reason: String::new(),
        buyer_cancel_reason: String::new(),
        note: String::new(),
        note_s: 0,
        is_garbled: false,
        changed_ms: created_s * 1000,
    };
    shop.orders.add(order);
    Ok(sn)
}

fn check_buyable(shop: &mut Shop, want: Want, now_ms: i64) -> Result<(), String> {
    let Some(item) = shop.items.get_mut(&want.item_id) else {
        return Err(format!("no item {}", want.item_id));
    };
    item.settle(now_ms);
    if item.standing != Standing::Normal {
        return Err(format!("item {} is {}", item.id, item.standing.word()));
    }
    let Some(offer) = item.find_offer(want.model_id) else {
        return Err(format!("item {} has no model {}", want.item_id, want.model_id));
    };
    if offer.stock < want.units {
        return Err(format!(
            "item {} model {}: {} left, {} wanted",
            want.item_id, want.model_id, offer.stock, want.units
        ));
    }
    Ok(())
}

/// Takes the units out of the stock; the part that a promotion holds goes last.
fn take(shop: &mut Shop, want: Want, now_ms: i64) -> Option<Line> {
    let item = shop.items.get_mut(&want.item_id)?;
    let offer = item.find_offer_mut(want.model_id)?;
    if offer.stock <= 0 {
        shop.oversold_units += want.units;
    }
    offer.set_stock(offer.stock - want.units, now_ms);
    offer.reserved = offer.reserved.min(offer.stock.max(0));
    item.sold += want.units;
    shop.sold_units += want.units;
    line(item, want)
}

fn line(item: &Item, want: Want) -> Option<Line> {
    let offer = item.find_offer(want.model_id)?;
    let model = item.models.iter().find(|model| model.id == want.model_id);
    Some(Line {
        item_id: item.id,
        model_id: want.model_id,
        item_name: item.face.name.clone(),
        model_name: item.model_name(want.model_id),
        item_sku: item.own.sku.clone(),
        model_sku: if model.is_some() { offer.sku.clone() } else { String::new() },
        image: item.face.images.first().cloned().unwrap_or_default(),
        weight: model.and_then(|model| model.weight).unwrap_or(item.face.weight),
        units: want.units,
        cancelled: 0,
        returned: 0,
        price: offer.price,
        discounted: offer.promotion.as_ref().map_or(offer.price, |promotion| promotion.price),
    })
}

/// Cancels units of a line and gives the stock back, if the offer is still there.
pub fn give_back(shop: &mut Shop, sn: &str, place: usize, units: i64, restocks: bool, now_ms: i64) {
    let Some(line) = shop.orders.find_mut(sn).and_then(|order| order.lines.get_mut(place)) else { return };
    let units = units.clamp(0, line.active());
    line.cancelled += units;
    let (item_id, model_id) = (line.item_id, line.model_id);
    if !restocks {
        return;
    }
    let offer = shop.items.get_mut(&item_id).and_then(|item| item.find_offer_mut(model_id));
    if let Some(offer) = offer {
        offer.set_stock(offer.stock + units, now_ms);
    }
}

/// 14 characters: the day in Vietnam and 8 letters or digits (spec 5.1).
fn number(created_s: i64, dice: &Dice) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTUVWXYZ";
    let day = jiff::Timestamp::from_second(created_s + 7 * 3600)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%y%m%d")
        .to_string();
    let tail = (0..8).map(|_| char::from(LETTERS[dice.index(LETTERS.len())]));
    day.chars().chain(tail).collect()
}

fn packages(lines: &[Line], parcels: usize, channel: u64, dice: &Dice) -> Vec<Package> {
    let count = parcels.clamp(1, lines.len().max(1));
    let package = |at: usize| Package {
        number: format!("OFG{}", 210_000_000_000_000 + dice.below(1_000_000_000_000)),
        lines: (0..lines.len()).filter(|place| place % count == at).collect(),
        channel,
        logistics: "LOGISTICS_READY",
        tracking: None,
        document_ms: None,
    };
    (0..count).map(package).collect()
}
