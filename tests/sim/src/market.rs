//! What a call does to a stall: when it lands, what it changes, what is answered. A call that left lands whether or not its caller lives.

use crate::judge::Left;
use crate::life::Life;
use crate::remote::throttled;
use crate::stall::Shown;
use crate::time::at;
use crate::world::World;
use ganh_contract::{
    Capability, Fault, FaultKind, OfferCall, OfferRow, Outcome, Price, Reach, Result, Sent, Thing, Took,
    Units, Vnd,
};
use std::collections::BTreeSet;
use tokio::sync::oneshot;

/// How a writing call fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Fine,
    /// It never arrives.
    Lost,
    /// It is applied; the answer is lost.
    CutApplied,
    /// The caller gives up first; it lands later, within the lag.
    CutLate,
    Down {
        applied: bool,
    },
    Throttled,
    Refused,
    Expired,
}

/// When a call lands and when it is answered.
pub struct Flight {
    pub fate: Fate,
    pub lands_in: i64,
    pub answers_in: i64,
}

/// Draws how a call fares.
pub fn flight(world: &World, shop: usize, access: &str) -> Flight {
    let now = world.ms();
    let mut inner = world.inner();
    let inner = &mut *inner;
    let (weather, plan) = (world.plan().weather, world.shop_plan(shop));
    let dice = &mut inner.dice;
    let mut lands_in = dice.between(plan.answer_ms / 4, plan.answer_ms);
    let mut answers_in = dice.between(plan.answer_ms / 4, plan.answer_ms);
    let mut fate = Fate::Fine;
    if inner.is_storm {
        if dice.chance(weather.slow) {
            lands_in += dice.between(1_000, 8_000);
            answers_in += dice.between(1_000, 8_000);
        }
        let fates = [
            (weather.lost, Fate::Lost),
            (weather.cut_applied, Fate::CutApplied),
            (weather.cut_late, Fate::CutLate),
            (weather.down, Fate::Down { applied: true }),
            (weather.down, Fate::Down { applied: false }),
            (weather.throttle, Fate::Throttled),
            (weather.whole_conflict, Fate::Refused),
        ];
        for (chance, bad) in fates {
            if dice.chance(chance) {
                fate = bad;
            }
        }
        if fate == Fate::CutLate {
            answers_in = dice.between(500, 5_000);
            lands_in = answers_in + dice.between(1, plan.cut_ms - 6_000);
        }
    }
    if !inner.consents[shop].opens(access, now) {
        fate = Fate::Expired;
    }
    Flight { fate, lands_in, answers_in }
}

/// A call that nobody has answered yet.
struct OpenCall<'a> {
    world: &'a World,
    shop: usize,
    life: u64,
    items: BTreeSet<usize>,
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        let mut inner = self.world.inner();
        for item in &self.items {
            inner.stalls[self.shop].open_calls.remove(&(*item, self.life));
        }
    }
}

/// Sets offers: judged as it leaves, applied when it lands.
pub async fn set_offers(
    world: &World,
    life: &Life,
    (shop, access): (usize, &str),
    call: &OfferCall,
    capability: &Capability,
) -> Result<Vec<Outcome>> {
    let left = crate::judge::call(world, life, shop, call).await;
    let fits = quota(world, shop);
    let items: BTreeSet<usize> = {
        let mut inner = world.inner();
        inner.calls += 1;
        let stall = &mut inner.stalls[shop];
        let items: BTreeSet<usize> =
            call.rows.iter().filter_map(|row| stall.item_at(row.offer.listing.as_str())).collect();
        for item in &items {
            stall.open_calls.insert((*item, life.number()), 1);
        }
        items
    };
    let _open = OpenCall { world, shop, life: life.number(), items };
    let Flight { fate, lands_in, answers_in } = flight(world, shop, access);
    let fate = if fits { fate } else { Fate::Throttled };
    world.mix(30 + fate_word(fate), call.rows.len() as u64);
    world.tell(|| {
        format!(
            "s{shop}: {} sets {}{}",
            life.owner(),
            spelled(call),
            if fate == Fate::Fine { String::new() } else { format!(" -- {fate:?}") }
        )
    });
    let verb = "set_offers";
    let refused = |kind| Err(Fault::new(verb, kind));
    match fate {
        Fate::Lost => {
            world.clock().pass(answers_in).await;
            return refused(FaultKind::Interrupted);
        }
        Fate::Down { applied: false } => {
            world.clock().pass(answers_in).await;
            return refused(FaultKind::Down);
        }
        Fate::Throttled => {
            world.clock().pass(answers_in).await;
            return Err(throttled(verb));
        }
        Fate::Refused => {
            world.clock().pass(answers_in).await;
            return refused(FaultKind::Conflict { holder: None });
        }
        Fate::Expired => {
            world.clock().pass(answers_in).await;
            return refused(FaultKind::Expired);
        }
        Fate::Fine | Fate::CutApplied | Fate::CutLate | Fate::Down { applied: true } => {}
    }
    let (told, landed) = oneshot::channel();
    let is_by_listing = capability
        .calls
        .get(call.shape)
        .is_some_and(|shape| matches!(shape.batch, ganh_contract::Batch::Listings { .. }));
    let (there, rows) = (world.clone(), call.rows.clone());
    tokio::spawn(async move {
        there.clock().pass(lands_in).await;
        let outcomes = land(&there, shop, &rows, &left, is_by_listing);
        // The caller may have given up or died.
        let _ = told.send(outcomes);
    });
    if fate == Fate::CutLate {
        world.clock().pass(answers_in).await;
        return refused(FaultKind::Interrupted);
    }
    let outcomes = landed.await.map_err(|_| Fault::new(verb, FaultKind::Interrupted))?;
    world.clock().pass(answers_in).await;
    match fate {
        Fate::CutApplied => refused(FaultKind::Interrupted),
        Fate::Down { .. } => refused(FaultKind::Down),
        Fate::Fine | Fate::Lost | Fate::CutLate | Fate::Throttled | Fate::Refused | Fate::Expired => {
            Ok(outcomes)
        }
    }
}

pub const fn fate_word(fate: Fate) -> u64 {
    match fate {
        Fate::Fine => 0,
        Fate::Lost => 1,
        Fate::CutApplied => 2,
        Fate::CutLate => 3,
        Fate::Down { .. } => 4,
        Fate::Throttled => 5,
        Fate::Refused => 6,
        Fate::Expired => 7,
    }
}

fn spelled(call: &OfferCall) -> String {
    let figure = |is_changed: bool| if is_changed { "" } else { "~" };
    let rows = call.rows.iter().map(|row| {
        let mut text = row.offer.offer.as_str().to_owned();
        if let Some(price) = &row.price {
            text += &format!(" {}{}d", figure(price.is_changed()), price.figure().list.get());
        }
        if let Some(stock) = &row.stock {
            text += &format!(" {}{}u", figure(stock.is_changed()), stock.figure().total());
        }
        if let Some(on_sale) = &row.on_sale {
            text +=
                &format!(" {}{}", figure(on_sale.is_changed()), if *on_sale.figure() { "on" } else { "off" });
        }
        text
    });
    rows.collect::<Vec<_>>().join(", ")
}

/// Whether the shop's own count lets the call in.
fn quota(world: &World, shop: usize) -> bool {
    let now = world.ms();
    let plan = world.shop_plan(shop);
    let mut inner = world.inner();
    let stall = &mut inner.stalls[shop];
    let begins = stall.full_until.max(now);
    let fits = begins - now <= (plan.burst - 1) * plan.quota_ms;
    if fits {
        stall.full_until = begins + plan.quota_ms;
    }
    drop(inner);
    let overall = world.plan();
    if !fits && overall.nodes == 1 && overall.weather.crash == 0 {
        world.broken("I8", format!("s{shop}: a call above the quota"));
    }
    fits
}

/// A call lands: `left` is what was known as it left.
fn land(world: &World, shop: usize, rows: &[OfferRow], left: &Left, is_by_listing: bool) -> Vec<Outcome> {
    let is_strict = world.plan().is_strict;
    let now = world.ms();
    let mut grown = None;
    let mut outcomes = Vec::with_capacity(rows.len());
    {
        let mut inner = world.inner();
        let inner = &mut *inner;
        let row_conflict = if inner.is_storm { world.plan().weather.row_conflict } else { 0 };
        for (row, known) in rows.iter().zip(&left.known) {
            let stall = &mut inner.stalls[shop];
            let fails = inner.dice.chance(row_conflict);
            let Some((number, slot)) = stall.slot_at(row.offer.listing.as_str(), row.offer.offer.as_str())
            else {
                outcomes.push(Err(Fault::new("set_offers", FaultKind::Missing(Thing::Offer))));
                continue;
            };
            let (lag, echoes) = (stall.plan.read_lag_ms, stall.plan.echoes);
            let item = &mut stall.items[number];
            if fails {
                outcomes.push(Err(Fault::new("set_offers", FaultKind::Conflict { holder: None })));
                continue;
            }
            if row.stock.is_some() && item.locked_until > now {
                let kind = FaultKind::Locked {
                    reach: Reach::Offer,
                    until: Some(at(item.locked_until)),
                    least: None,
                };
                outcomes.push(Err(Fault::new("set_offers", kind)));
                continue;
            }
            item.remember(now, lag);
            let variant = item.slots[slot].variant;
            let mut stands_over = 0;
            let before = crate::judge::excess(is_strict, inner, variant);
            let item = &mut inner.stalls[shop].items[number];
            let offer = &mut item.slots[slot];
            if let Some(price) = &row.price {
                offer.shown.price = price.figure().list.get();
            }
            if let Some(stock) = &row.stock {
                offer.shown.stock = stock.figure().total();
                stands_over = (offer.taken - *known).max(0);
                offer.over = stands_over;
                inner.erased += u64::try_from(stands_over).unwrap_or(0);
                for (pool, each) in &inner.goods.recipes[variant] {
                    inner.stood_over[*pool] += stands_over * i64::from(*each);
                }
            }
            if let Some(on_sale) = &row.on_sale {
                offer.shown.on_sale = *on_sale.figure();
                if is_by_listing {
                    item.slots.iter_mut().for_each(|slot| slot.shown.on_sale = *on_sale.figure());
                }
            }
            let shown = item.slots[slot].shown;
            let most =
                inner.goods.recipes[variant].iter().map(|(_, each)| i64::from(*each)).max().unwrap_or(1);
            let after = crate::judge::excess(is_strict, inner, variant);
            grown = grown.or_else(|| {
                crate::judge::grown(&before, &after, stands_over * most, |pool| left.hidden(inner, pool))
            });
            outcomes.push(Ok(if echoes { Took::Echoed(echo(row, shown)) } else { Took::Silent }));
        }
    }
    world.mix(40, shop as u64);
    world.tell(|| {
        format!(
            "s{shop}: landed {}",
            outcomes.iter().map(|outcome| if outcome.is_ok() { '+' } else { '-' }).collect::<String>()
        )
    });
    if let Some(said) = grown {
        world.broken("I7", format!("s{shop}: {said}"));
    }
    outcomes
}

fn echo(row: &OfferRow, shown: Shown) -> OfferRow {
    OfferRow {
        offer: row.offer.clone(),
        note: String::new(),
        price: row.price.as_ref().map(|_| Sent::Carried(Price::plain(Vnd(shown.price)))),
        stock: row.stock.as_ref().map(|_| Sent::Carried(Units::only(shown.stock))),
        on_sale: row.on_sale.as_ref().map(|_| Sent::Carried(shown.on_sale)),
    }
}
