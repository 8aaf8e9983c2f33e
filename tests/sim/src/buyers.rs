//! What buyers do to a shop: they order, pay, cancel, get their goods; and when the shop shows it.

use crate::dice::Dice;
use crate::sale::{Booked, Line, Sale, Version};
use crate::world::Inner;
use ganh_contract::LineStage;
use std::collections::BTreeSet;

/// A buyer takes what a shop shows. The order's number.
pub fn place(inner: &mut Inner, shop: usize, now: i64) -> Option<usize> {
    let dice = &mut inner.dice;
    let stall = &mut inner.stalls[shop];
    let offered = stall.on_offer();
    if offered.is_empty() {
        return None;
    }
    let mut chosen: BTreeSet<(usize, usize)> = BTreeSet::new();
    for _ in 0..dice.pick(&[1, 1, 1, 2, 3]) {
        chosen.insert(offered[dice.index(offered.len())]);
    }
    let takes_now = stall.plan.takes_at == LineStage::Unpaid;
    let lines: Vec<Line> = chosen
        .into_iter()
        .map(|(item, slot)| {
            let offer = &stall.items[item].slots[slot];
            let most = i64::from(offer.shown.stock).min(if dice.chance(500) { 20 } else { 3 });
            let units = u32::try_from(dice.between(1, most)).unwrap_or(1);
            Line { item, slot, variant: offer.variant, units, cancelled: 0 }
        })
        .collect();
    let number = stall.sales.len();
    let stage = LineStage::Unpaid;
    let changed_at = moment(inner, shop, now);
    let version = Version { changed_at, number: 1, stage, lines, is_taken: false, is_gone: false };
    let booked = vec![Booked::default(); version.lines.len()];
    let stall = &mut inner.stalls[shop];
    stall.sales.push(Sale {
        number,
        placed_at: changed_at,
        now: version,
        shown_from: now,
        before: None,
        taken_from: 0,
        stored: 0,
        booked,
    });
    stall.by_change.insert(changed_at, number);
    inner.orders += 1;
    if takes_now {
        take(inner, shop, number, now);
    }
    show_later(inner, shop, number, None, now);
    Some(number)
}

/// The shop's clock; no two events at once.
fn moment(inner: &mut Inner, shop: usize, now: i64) -> i64 {
    let stall = &mut inner.stalls[shop];
    stall.last_change = (stall.last_change + 1).max(now + stall.plan.skew_ms);
    stall.last_change
}

/// The newest version is shown a little later; until then the one before, if there was one.
fn show_later(inner: &mut Inner, shop: usize, number: usize, before: Option<Version>, now: i64) {
    let late = inner.stalls[shop].plan.show_ms;
    let late = if late > 0 { inner.dice.between(0, late) } else { 0 };
    let stall = &mut inner.stalls[shop];
    stall.let_show(now);
    let sale = &mut stall.sales[number];
    if late == 0 {
        sale.shown_from = now;
        if sale.now.is_taken && sale.taken_from == 0 {
            sale.taken_from = now;
        }
        return;
    }
    // What was not shown yet stays the one before.
    if sale.shown_from <= now {
        sale.before = before.map(Box::new);
    }
    sale.shown_from = sale.shown_from.max(now + late);
    if sale.now.is_taken && sale.taken_from == 0 {
        sale.taken_from = sale.shown_from;
    }
    if !stall.lagging.contains(&number) {
        stall.lagging.push(number);
    }
}

/// The channel takes the units off its figures. False when they are not there any more.
fn take(inner: &mut Inner, shop: usize, number: usize, now: i64) -> bool {
    let lines = inner.stalls[shop].sales[number].now.lines.clone();
    let stall = &mut inner.stalls[shop];
    let is_there = lines.iter().all(|line| {
        // Two lines may ask for the same offer.
        let of = lines.iter().filter(|other| (other.item, other.slot) == (line.item, line.slot));
        let asked: u32 = of.map(|other| other.units - other.cancelled).sum();
        stall.items[line.item].slots[line.slot].shown.stock >= asked
    });
    if !is_there {
        return false;
    }
    for line in &lines {
        move_units(inner, shop, line, i64::from(line.units - line.cancelled), now);
    }
    let stall = &mut inner.stalls[shop];
    stall.sales[number].now.is_taken = true;
    stall.unbooked.insert(number);
    true
}

/// Units go from a shop's figure to a buyer; back where negative.
fn move_units(inner: &mut Inner, shop: usize, line: &Line, units: i64, now: i64) {
    let stall = &mut inner.stalls[shop];
    let lag = stall.plan.read_lag_ms;
    let item = &mut stall.items[line.item];
    item.remember(now, lag);
    let slot = &mut item.slots[line.slot];
    slot.shown.stock = u32::try_from((i64::from(slot.shown.stock) - units).max(0)).unwrap_or(u32::MAX);
    slot.taken += units;
    inner.goods.take(line.variant, units);
}

/// The order's next event. False when it was its last.
pub fn step(inner: &mut Inner, shop: usize, number: usize, now: i64) -> bool {
    let before = inner.stalls[shop].sales[number].now.clone();
    let mut next = decide(&mut inner.dice, &before);
    let was_taken = before.is_taken;
    if next == LineStage::Ready && !was_taken && !take(inner, shop, number, now) {
        next = LineStage::Cancelled;
    }
    let is_live = before.stage != LineStage::Cancelled;
    let part = (is_live && next == before.stage && was_taken && !before.is_gone && inner.dice.chance(5_000))
        .then(|| part_cancel(inner, shop, number));
    if let Some(Some((line, units))) = part {
        let sold = inner.stalls[shop].sales[number].now.lines[line];
        move_units(inner, shop, &sold, -units, now);
        inner.stalls[shop].sales[number].now.lines[line].cancelled += u32::try_from(units).unwrap_or(0);
    }
    if next == LineStage::Cancelled && before.stage != LineStage::Cancelled && was_taken {
        let lines = inner.stalls[shop].sales[number].now.lines.clone();
        for line in &lines {
            move_units(inner, shop, line, -i64::from(line.units - line.cancelled), now);
        }
        inner.stalls[shop].unbooked.remove(&number);
    }
    let changed_at = moment(inner, shop, now);
    let stall = &mut inner.stalls[shop];
    stall.by_change.remove(&before.changed_at);
    stall.by_change.insert(changed_at, number);
    let sale = &mut stall.sales[number];
    sale.now.is_gone |= next == LineStage::Shipped;
    let is_last = matches!(next, LineStage::Completed | LineStage::Returned)
        || (next == LineStage::Cancelled && before.stage == LineStage::Cancelled);
    sale.now.stage = next;
    sale.now.number += 1;
    sale.now.changed_at = changed_at;
    show_later(inner, shop, number, Some(before), now);
    !is_last
}

fn decide(dice: &mut Dice, before: &Version) -> LineStage {
    match &before.stage {
        LineStage::Unpaid => dice.pick(&[Word::Ready, Word::Ready, Word::Ready, Word::Cancelled]).stage(),
        LineStage::Ready => {
            let words = [
                Word::Packed,
                Word::Packed,
                Word::Packed,
                Word::Cancelling,
                Word::Cancelled,
                Word::Ready,
                Word::Odd,
            ];
            dice.pick(&words).stage()
        }
        LineStage::Packed => {
            dice.pick(&[Word::Shipped, Word::Shipped, Word::Shipped, Word::Cancelling, Word::Packed]).stage()
        }
        LineStage::Cancelling => dice.pick(&[Word::Cancelled, Word::Ready]).stage(),
        LineStage::Unknown(_) => Word::Ready.stage(),
        LineStage::Shipped => LineStage::Delivered,
        LineStage::Delivered => {
            dice.pick(&[Word::Completed, Word::Completed, Word::Completed, Word::Returning]).stage()
        }
        LineStage::Returning => LineStage::Returned,
        LineStage::Cancelled => LineStage::Cancelled,
        LineStage::Pending | LineStage::Completed | LineStage::Returned | LineStage::Failed => {
            before.stage.clone()
        }
    }
}

/// Stages that can be drawn.
#[derive(Debug, Clone, Copy)]
enum Word {
    Ready,
    Packed,
    Shipped,
    Completed,
    Cancelling,
    Cancelled,
    Returning,
    Odd,
}

impl Word {
    fn stage(self) -> LineStage {
        match self {
            Self::Ready => LineStage::Ready,
            Self::Packed => LineStage::Packed,
            Self::Shipped => LineStage::Shipped,
            Self::Completed => LineStage::Completed,
            Self::Cancelling => LineStage::Cancelling,
            Self::Cancelled => LineStage::Cancelled,
            Self::Returning => LineStage::Returning,
            Self::Odd => LineStage::Unknown("on_hold".to_owned()),
        }
    }
}

/// One line gives up some of its units, never all.
fn part_cancel(inner: &mut Inner, shop: usize, number: usize) -> Option<(usize, i64)> {
    let lines = &inner.stalls[shop].sales[number].now.lines;
    let line = lines.iter().position(|line| line.units - line.cancelled > 1)?;
    let most = i64::from(lines[line].units - lines[line].cancelled) - 1;
    Some((line, inner.dice.between(1, most)))
}
