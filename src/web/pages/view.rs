//! Store rows as the templates show them: words chosen, numbers written.

use super::Frame;
use crate::listing::{StopOf, said_in};
use crate::store::{OpenStop, OrderRow, ParkedThing, ShopStatus};
use crate::web::Web;
use crate::web::board::Health;
use crate::web::format::{age, count, moment, number, rate, time_of_day, vnd};
use crate::web::messages::Messages;
use ganh_contract::{Actor, LineStage};
use jiff::Timestamp;

/// A state in a word, with the tone of its colour.
pub struct Badge {
    pub tone: &'static str,
    pub text: &'static str,
}

pub struct ShopView {
    pub title: String,
    pub handle: String,
    pub owner: String,
    pub badge: Badge,
    /// Why, or until when; may be empty.
    pub remark: String,
    pub fresh: String,
    pub fresh_at: String,
    pub pending: String,
    pub pending_age: String,
    pub unfinished: String,
    /// Who must act and for how many.
    pub parked: Vec<(&'static str, String)>,
    /// The whole shop waits for an admin: to connect it again, or to approve its plan.
    pub awaits_admin: bool,
    pub rate: String,
}

impl ShopView {
    pub fn of(shop: &ShopStatus, now: Timestamp, frame: Frame, web: &Web) -> Self {
        let w = frame.w;
        let parked = [
            (w.producer, shop.parked.producer),
            (w.admin, shop.parked.admin),
            (w.developer, shop.parked.developer),
            (w.nobody, shop.parked.nobody),
        ];
        let mut remark: Vec<String> = shop.state_reason.iter().cloned().collect();
        if shop.frozen_until > now {
            remark.push(format!("{} {}", w.frozen, time_of_day(shop.frozen_until)));
        }
        if shop.odd_orders > 0 {
            remark.push(format!("{} {}", count(shop.odd_orders), w.odd_orders));
        }
        let health_is = Health::of(shop, now);
        let was_read = shop.orders_read_at > Timestamp::UNIX_EPOCH;
        Self {
            title: shop.title.clone(),
            handle: shop.handle.clone(),
            owner: shop.producer.clone().unwrap_or_else(|| w.operator.to_owned()),
            badge: health(health_is, w),
            remark: remark.join(" · "),
            fresh: if was_read {
                age(now.duration_since(shop.orders_read_at), w)
            } else {
                w.never.to_owned()
            },
            fresh_at: if was_read { moment(shop.orders_read_at) } else { String::new() },
            pending: count(shop.pending),
            pending_age: shop
                .pending_since
                .map_or_else(String::new, |since| age(now.duration_since(since), w)),
            unfinished: if shop.unfinished > 0 { count(shop.unfinished) } else { String::new() },
            parked: parked.into_iter().filter(|(_, n)| *n > 0).map(|(who, n)| (who, count(n))).collect(),
            awaits_admin: matches!(health_is, Health::Cut | Health::New),
            rate: match web.metrics.calls_per_second_tenths(&shop.channel, &shop.remote_id, now) {
                0 => "–".to_owned(),
                tenths => rate(tenths),
            },
        }
    }
}

pub struct ParkedView {
    pub shop: String,
    pub subject: String,
    pub is_listing: bool,
    pub who: &'static str,
    pub said: String,
    pub since: String,
}

impl ParkedView {
    /// The same thing for the same reason, wherever it waits.
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_listing == other.is_listing && self.subject == other.subject && self.said == other.said
    }

    pub fn of(thing: &ParkedThing, frame: Frame) -> Self {
        Self {
            shop: thing.shop_handle.clone(),
            subject: thing.subject.clone(),
            is_listing: thing.is_listing,
            who: actor(thing.actor, frame.w),
            said: said_in(&thing.said, frame.language),
            since: moment(thing.at),
        }
    }
}

/// Shops that are named beside a stop.
const NAMED: usize = 5;

pub struct StopView {
    pub of: String,
    /// Where it has a page of its own.
    pub sku: Option<String>,
    pub name: String,
    pub badge: Badge,
    pub waiting: usize,
    pub unconfirmed: String,
    pub reason: String,
    pub who: String,
    pub since: String,
}

impl StopView {
    pub fn of(open: &OpenStop, frame: Frame) -> Self {
        let (stopped, left) = (&open.stop.stopped, &open.unconfirmed);
        let (tone, text) =
            if left.is_empty() { ("good", frame.w.confirmed) } else { ("bad", frame.w.unconfirmed) };
        let mut unconfirmed = left.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        if left.len() > NAMED {
            unconfirmed.push_str(", …");
        }
        Self {
            of: stopped.of.said(frame.language),
            sku: match &stopped.of {
                StopOf::Sku(sku) => Some(sku.clone()),
                StopOf::Producer(_) => None,
            },
            name: open.stop.name.clone(),
            badge: Badge { tone, text },
            waiting: left.len(),
            unconfirmed,
            reason: stopped.reason.clone(),
            who: stopped.who.clone(),
            since: moment(stopped.since),
        }
    }
}

pub struct OrderView {
    pub shop: String,
    pub id: String,
    pub badge: Badge,
    pub remarks: Vec<&'static str>,
    pub total: String,
    /// SKU (empty where unknown) and units.
    pub lines: Vec<(String, String)>,
    pub placed: String,
}

impl OrderView {
    pub fn of(order: &OrderRow, frame: Frame) -> Self {
        let w = frame.w;
        let remarks = [
            (order.unreadable_because.is_some(), w.unreadable),
            (order.unmapped_lines > 0, w.unmapped),
            (!order.in_ledger && order.unreadable_because.is_none(), w.outside_ledger),
        ];
        Self {
            shop: order.shop_handle.clone(),
            id: order.remote_id.to_string(),
            badge: stage(&order.stage, w),
            remarks: remarks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect(),
            total: vnd(order.total),
            lines: order
                .lines
                .iter()
                .map(|line| (line.sku.clone().unwrap_or_default(), number(i64::from(line.units))))
                .collect(),
            placed: moment(order.placed_at),
        }
    }
}

fn health(health: Health, w: &Messages) -> Badge {
    let (tone, text) = match health {
        Health::Cut => ("bad", w.cut),
        Health::Stuck => ("warn", w.stuck),
        Health::Stale => ("warn", w.stale),
        Health::Slow => ("warn", w.slow),
        Health::New => ("info", w.new),
        Health::Paused => ("idle", w.paused),
        Health::Well => ("good", w.well),
    };
    Badge { tone, text }
}

const fn actor(actor: Actor, w: &Messages) -> &'static str {
    match actor {
        Actor::Nobody => w.nobody,
        Actor::Producer => w.producer,
        Actor::Admin => w.admin,
        Actor::Developer => w.developer,
    }
}

fn stage(stage: &LineStage, w: &Messages) -> Badge {
    let (tone, text) = match stage {
        LineStage::Unpaid => ("idle", w.unpaid),
        LineStage::Pending => ("info", w.ordered),
        LineStage::Ready => ("info", w.ready),
        LineStage::Packed => ("info", w.packed),
        LineStage::Shipped => ("info", w.shipped),
        LineStage::Delivered => ("good", w.delivered),
        LineStage::Completed => ("good", w.completed),
        LineStage::Cancelling => ("warn", w.cancelling),
        LineStage::Cancelled => ("idle", w.cancelled),
        LineStage::Returning => ("warn", w.returning),
        LineStage::Returned => ("idle", w.returned),
        LineStage::Failed => ("bad", w.failed),
        LineStage::Unknown(_) => ("warn", w.unknown),
    };
    Badge { tone, text }
}
