//! Orders in: windows by time of change, each page stored in one transaction with everything that follows from it (I1, I2).
//!
//! ```text
//!   stored up to ───────────┐ watermark
//!        window: [watermark − overlap … now]     the watermark moves with each page where rows come by change time,
//!   ─────┴──────────────────┴──────────▶ time    else only when the window was walked to its end
//! ```
//!
//! A page may repeat and never skips; an empty page proves nothing but itself, so a sweep over the look-back follows now and then.
//! A thing that cannot be read is stored raw and never hides its neighbours.

use super::lane::Lane;
use super::renew::unstored;
use crate::store::{Ingested, OrderRules as LedgerRules, Watermark};
use ganh_contract::{
    Fault, FaultKind, Head, Next, Order, OrderHead, OrderRules, Page, Reading, RemoteOrderId, Result, Seen,
    Window,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

/// What one pass over a shop's orders did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulled {
    pub new: usize,
    pub changed: usize,
    pub unreadable: usize,
    /// Lines that took units which were not there.
    pub oversold: usize,
}

impl Pulled {
    fn add(&mut self, ingested: &Ingested) {
        self.new += ingested.new;
        self.changed += ingested.changed;
        self.unreadable += ingested.unreadable;
        self.oversold += ingested.oversold.len();
    }

    fn merge(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.unreadable += other.unreadable;
        self.oversold += other.oversold;
    }
}

/// Reads everything that changed since the watermark, up to now.
pub async fn catch_up(lane: &Lane) -> Result<Pulled> {
    let Some(rules) = lane.capability().orders else { return Ok(Pulled::default()) };
    let mut pulled = Pulled::default();
    loop {
        let from_mark = lane.engine.store.shop(lane.shop.id).await.map_err(unstored)?.orders_until;
        let now = lane.engine.clock.now();
        let from = back(from_mark, rules.overlap).max(back(now, rules.look_back));
        let until = ahead(from, rules.max_window).min(now);
        pulled.merge(walk(lane, &rules, Window { from, until }, true).await?);
        if until >= now {
            return Ok(pulled);
        }
    }
}

/// Reads the look-back once more without moving the watermark: finds what a wrong empty answer or a silent change hid.
pub async fn sweep(lane: &Lane) -> Result<Pulled> {
    let Some(rules) = lane.capability().orders else { return Ok(Pulled::default()) };
    let now = lane.engine.clock.now();
    let span = lane.engine.rules.sweep_span.min(rules.look_back);
    let mut pulled = Pulled::default();
    let mut from = back(now, span).max(lane.shop.orders_since);
    while from < now {
        let until = ahead(from, rules.max_window).min(now);
        pulled.merge(walk(lane, &rules, Window { from, until }, false).await?);
        from = until;
    }
    lane.engine.store.save_sweep(&lane.lease, now).await.map_err(unstored)?;
    Ok(pulled)
}

/// Reads hinted orders. An order that is not there yet stays hinted: a hint may come before its order can be read.
pub async fn read_hinted(lane: &Lane, ids: &[RemoteOrderId]) -> Result<Vec<(RemoteOrderId, bool)>> {
    let Some(rules) = lane.capability().orders else { return Ok(Vec::new()) };
    let mut done = Vec::new();
    for chunk in ids.chunks(rules.heads_per_read.max(1)) {
        let heads: Vec<OrderHead> = chunk.iter().cloned().map(Head::named).collect();
        let readings = read(lane, heads).await?;
        for reading in &readings {
            let is_missing =
                matches!(&reading.value, Err(fault) if matches!(*fault.kind, FaultKind::Missing(_)));
            done.push((RemoteOrderId::new(reading.id.clone()), !is_missing));
        }
        let there = readings.into_iter().filter(
            |reading| !matches!(&reading.value, Err(fault) if matches!(*fault.kind, FaultKind::Missing(_))),
        );
        store(lane, there.collect(), None).await?;
    }
    Ok(done)
}

/// Walks one window, halving it where the channel will not page further.
async fn walk(lane: &Lane, rules: &OrderRules, whole: Window, moves: bool) -> Result<Pulled> {
    let mut pulled = Pulled::default();
    let mut waiting = vec![whole];
    while let Some(window) = waiting.pop() {
        let walked = walk_one(lane, rules, window, moves).await?;
        pulled.merge(walked.pulled);
        if walked.is_too_many {
            let half =
                window.until.duration_since(window.from).checked_div(2).unwrap_or(SignedDuration::ZERO);
            if half < SignedDuration::from_secs(1) {
                let said = "more orders changed in one second than the channel pages through";
                return Err(Fault::new("orders", FaultKind::Unintelligible).said(said));
            }
            let middle = window.from + half;
            waiting.push(Window { from: middle, until: window.until });
            waiting.push(Window { from: window.from, until: middle });
        }
    }
    if lane.capability().returns {
        walk_returns(lane, rules, whole, &mut pulled).await?;
    }
    Ok(pulled)
}

struct Walked {
    pulled: Pulled,
    is_too_many: bool,
}

async fn walk_one(lane: &Lane, rules: &OrderRules, window: Window, moves: bool) -> Result<Walked> {
    let mut pulled = Pulled::default();
    let mut seen: BTreeSet<(RemoteOrderId, Option<Timestamp>)> = BTreeSet::new();
    let mut cursor = None;
    let mut left_at: Option<Timestamp> = None;
    loop {
        let page: Page<OrderHead> = lane
            .remote
            .call("orders", |shop| {
                let cursor = cursor.clone();
                async move { shop.orders(window, cursor.as_ref()).await }
            })
            .await?;
        let first_left = *left_at.get_or_insert(page.as_of);
        let newest = page.rows.iter().filter_map(|head| head.changed_at).max();
        let heads: Vec<OrderHead> =
            page.rows.into_iter().filter(|head| seen.insert((head.id.clone(), head.changed_at))).collect();
        if mutant!("cursor_before_orders") && moves && page.next == Next::End {
            let mark = Watermark { until: window.until, read_at: first_left.min(window.until) };
            store(lane, Vec::new(), Some(mark)).await?;
        }
        let readings = complete(lane, rules, heads).await?;
        let mark = match &page.next {
            Next::End if moves => {
                Some(Watermark { until: window.until, read_at: first_left.min(window.until) })
            }
            Next::More(_) if moves && rules.ascending => {
                // The walk is not over, so it proves nothing of now: the instant of reading stays.
                newest
                    .map(|until| Watermark { until: until.min(window.until), read_at: Timestamp::UNIX_EPOCH })
            }
            Next::More(_) | Next::End | Next::TooMany => None,
        };
        pulled.add(&store(lane, readings, mark).await?);
        match page.next {
            Next::End => return Ok(Walked { pulled, is_too_many: false }),
            Next::TooMany => return Ok(Walked { pulled, is_too_many: true }),
            Next::More(next) => cursor = Some(next),
        }
    }
}

/// Returns are a list of their own where a return moves no order.
async fn walk_returns(lane: &Lane, rules: &OrderRules, window: Window, pulled: &mut Pulled) -> Result<()> {
    let mut cursor = None;
    loop {
        let page: Page<OrderHead> = lane
            .remote
            .call("returns", |shop| {
                let cursor = cursor.clone();
                async move { shop.returns(window, cursor.as_ref()).await }
            })
            .await?;
        let readings = complete(lane, rules, page.rows).await?;
        pulled.add(&store(lane, readings, None).await?);
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::End | Next::TooMany => return Ok(()),
        }
    }
}

/// Heads become readings: whole ones are taken as they are, the others are read in as few calls as the channel allows.
async fn complete(lane: &Lane, rules: &OrderRules, heads: Vec<OrderHead>) -> Result<Vec<Reading<Order>>> {
    let mut readings = Vec::with_capacity(heads.len());
    let mut partial = Vec::new();
    for head in heads {
        match head.seen {
            Seen::Whole(reading) => readings.push(*reading),
            Seen::Part(_) | Seen::Id => partial.push(head),
        }
    }
    let size = rules.heads_per_read.max(1);
    while !partial.is_empty() {
        let rest = partial.split_off(size.min(partial.len()));
        readings.extend(read(lane, std::mem::replace(&mut partial, rest)).await?);
    }
    Ok(readings)
}

async fn read(lane: &Lane, heads: Vec<OrderHead>) -> Result<Vec<Reading<Order>>> {
    let heads = std::sync::Arc::new(heads);
    lane.remote
        .call("read_orders", |shop| {
            let heads = heads.clone();
            async move { shop.read_orders(&heads).await }
        })
        .await
}

async fn store(lane: &Lane, readings: Vec<Reading<Order>>, mark: Option<Watermark>) -> Result<Ingested> {
    if readings.is_empty() && mark.is_none() {
        return Ok(Ingested::default());
    }
    let now = lane.engine.clock.now();
    let rules = LedgerRules { takes_at: lane.capability().stock.takes_at, margin: lane.engine.rules.skew };
    let ingested =
        lane.engine.store.ingest_orders(&lane.lease, &readings, mark, &rules, now).await.map_err(unstored)?;
    if ingested.new + ingested.changed > 0 {
        lane.engine.witness.ingested(lane.shop.id, ingested.new, ingested.changed);
        tracing::info!(shop.id = %lane.shop.id, channel = lane.shop.channel, count = ingested.new,
            "shop {}: {} new orders, {} changed", lane.shop.handle, ingested.new, ingested.changed);
    }
    Ok(ingested)
}

fn back(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_sub(by).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn ahead(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}
