//! Orders in: windows by time of change, each page stored in one transaction with everything that follows from it (I1, I2).
//!
//! ```text
//!   stored up to ───────────┐ watermark
//!        window: [watermark − overlap … now]     the watermark moves with each page where rows come by change time,
//!   ─────┴──────────────────┴──────────▶ time    else only when the window was walked to its end
//! ```
//!
//! Windows overlap, so most of what a list names is held already: only what is new or changed is read (`heads`). A sweep reads everything.
//! A page may repeat and never skips; an empty page proves nothing but itself, so a sweep over the look-back follows now and then.
//! A thing that cannot be read is stored raw and never hides its neighbours.

mod heads;

pub use heads::Heads;

use super::lane::Lane;
use super::renew::unstored;
use crate::store::{Ingested, OrderRules as LedgerRules, Watermark};
use ganh_contract::{
    Fault, FaultKind, Head, Next, Order, OrderHead, OrderRules, Page, Reading, RemoteOrderId, Result, Seen,
    Window,
};
use heads::{Doubt, List, Then};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap};
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

/// Of which listed orders the details are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Of those that are new or changed, as far as the list tells.
    Changed,
    All,
}

/// Reads what changed since the watermark, up to now, as far as the channel's lists tell of it.
pub async fn poll(lane: &Lane) -> Result<Pulled> {
    follow(lane, Depth::Changed).await
}

/// As [`poll`], with the details of every order of the window: for whoever must explain a figure that differs.
pub async fn catch_up(lane: &Lane) -> Result<Pulled> {
    follow(lane, Depth::All).await
}

async fn follow(lane: &Lane, depth: Depth) -> Result<Pulled> {
    let Some(rules) = lane.capability().orders else { return Ok(Pulled::default()) };
    let mut pulled = Pulled::default();
    loop {
        let from_mark = lane.engine.store.shop(lane.shop.id).await.map_err(unstored)?.orders_until;
        let now = lane.engine.clock.now();
        let from = back(from_mark, rules.overlap).max(back(now, rules.look_back));
        let until = ahead(from, rules.max_window).min(now);
        pulled.merge(Walk { lane, rules: &rules, moves: true, depth }.whole(Window { from, until }).await?);
        if until >= now {
            return Ok(pulled);
        }
    }
}

/// Reads the look-back once more, details and all, without moving the watermark: finds what a wrong empty answer or a silent change hid.
pub async fn sweep(lane: &Lane) -> Result<Pulled> {
    let now = lane.engine.clock.now();
    let pulled = look_back(lane, now, Depth::All).await?;
    lane.engine.store.save_sweep(&lane.lease, now).await.map_err(unstored)?;
    Ok(pulled)
}

/// Lists the look-back once more because somebody hinted that something is new there; only what is new or changed is read.
pub async fn list_anew(lane: &Lane) -> Result<Pulled> {
    look_back(lane, lane.engine.clock.now(), Depth::Changed).await
}

async fn look_back(lane: &Lane, now: Timestamp, depth: Depth) -> Result<Pulled> {
    let Some(rules) = lane.capability().orders else { return Ok(Pulled::default()) };
    let span = lane.engine.rules.sweep_span.min(rules.look_back);
    let mut pulled = Pulled::default();
    let mut from = back(now, span).max(lane.shop.orders_since);
    while from < now {
        let until = ahead(from, rules.max_window).min(now);
        pulled.merge(Walk { lane, rules: &rules, moves: false, depth }.whole(Window { from, until }).await?);
        from = until;
    }
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
        let there: Vec<Reading<Order>> = readings
            .into_iter()
            .filter(|reading| !matches!(&reading.value, Err(fault) if matches!(*fault.kind, FaultKind::Missing(_))))
            .collect();
        store(lane, &there, None).await?;
    }
    Ok(done)
}

/// How windows are walked.
#[derive(Clone, Copy)]
struct Walk<'a> {
    lane: &'a Lane,
    rules: &'a OrderRules,
    /// The watermark moves along.
    moves: bool,
    depth: Depth,
}

struct Walked {
    pulled: Pulled,
    is_too_many: bool,
}

impl Walk<'_> {
    /// Walks one window, halving it where the channel will not page further.
    async fn whole(self, whole: Window) -> Result<Pulled> {
        let mut pulled = Pulled::default();
        let mut waiting = vec![whole];
        while let Some(window) = waiting.pop() {
            let walked = self.one(window).await?;
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
        if self.lane.capability().returns {
            self.returns(whole, &mut pulled).await?;
        }
        Ok(pulled)
    }

    async fn one(self, window: Window) -> Result<Walked> {
        let mut pulled = Pulled::default();
        let mut seen: BTreeSet<(RemoteOrderId, Option<Timestamp>)> = BTreeSet::new();
        let mut cursor = None;
        let mut left_at: Option<Timestamp> = None;
        loop {
            let page: Page<OrderHead> = self
                .lane
                .remote
                .call("orders", |shop| {
                    let cursor = cursor.clone();
                    async move { shop.orders(window, cursor.as_ref()).await }
                })
                .await?;
            let first_left = *left_at.get_or_insert(page.as_of);
            let newest = page.rows.iter().filter_map(|head| head.changed_at).max();
            let heads: Vec<OrderHead> = page
                .rows
                .into_iter()
                .filter(|head| seen.insert((head.id.clone(), head.changed_at)))
                .collect();
            if mutant!("cursor_before_orders") && self.moves && page.next == Next::End {
                let mark = Watermark { until: window.until, read_at: first_left.min(window.until) };
                store(self.lane, &[], Some(mark)).await?;
            }
            let mark = match &page.next {
                Next::End if self.moves => {
                    Some(Watermark { until: window.until, read_at: first_left.min(window.until) })
                }
                // The walk is not over, so it proves nothing of now: the instant of reading stays.
                Next::More(_) if self.moves && self.rules.ascending => newest.map(|until| Watermark {
                    until: until.min(window.until),
                    read_at: Timestamp::UNIX_EPOCH,
                }),
                Next::More(_) | Next::End | Next::TooMany => None,
            };
            pulled.add(&self.complete(List::Orders, heads, window, mark).await?);
            match page.next {
                Next::End => return Ok(Walked { pulled, is_too_many: false }),
                Next::TooMany => return Ok(Walked { pulled, is_too_many: true }),
                Next::More(next) => cursor = Some(next),
            }
        }
    }

    /// Returns are a list of their own where a return moves no order.
    async fn returns(self, window: Window, pulled: &mut Pulled) -> Result<()> {
        let mut cursor = None;
        loop {
            let page: Page<OrderHead> = self
                .lane
                .remote
                .call("returns", |shop| {
                    let cursor = cursor.clone();
                    async move { shop.returns(window, cursor.as_ref()).await }
                })
                .await?;
            pulled.add(&self.complete(List::Returns, page.rows, window, None).await?);
            match page.next {
                Next::More(next) => cursor = Some(next),
                Next::End | Next::TooMany => return Ok(()),
            }
        }
    }

    /// Heads become readings, and readings are stored: whole ones are taken as they are, of the others those that must be read, in as few
    /// calls as the channel allows.
    async fn complete(
        self,
        list: List,
        heads: Vec<OrderHead>,
        window: Window,
        mark: Option<Watermark>,
    ) -> Result<Ingested> {
        let lane = self.lane;
        let said = heads::said(&heads, lane.engine.clock.now());
        let ids: BTreeSet<&str> = heads.iter().map(|head| head.id.as_str()).collect();
        let held = match ids.into_iter().collect::<Vec<_>>().as_slice() {
            [] => HashMap::new(),
            ids => lane.engine.store.held_orders(lane.shop.id, ids).await.map_err(unstored)?,
        };
        let lag = SignedDuration::try_from(lane.capability().lag.read).unwrap_or(SignedDuration::MAX);
        let doubt = Doubt { skew: lane.engine.rules.skew, lag };
        let mut readings = Vec::with_capacity(heads.len());
        let mut left: BTreeSet<&RemoteOrderId> = BTreeSet::new();
        if self.depth == Depth::Changed {
            for (id, said) in &said {
                match lane.heads.judge((list, id), said, held.get(id.as_str()), window, doubt) {
                    Then::Read => {}
                    Then::Leave => {
                        left.insert(id);
                    }
                    Then::LookAgain(reading) => {
                        left.insert(id);
                        readings.push(*reading);
                    }
                }
            }
        }
        let mut partial = Vec::new();
        for head in heads {
            match head.seen {
                Seen::Whole(reading) => {
                    let is_held =
                        held.get(&reading.id).is_some_and(|held| lane.heads.is_richer(held, &reading, doubt));
                    if !(is_held && list == List::Orders && self.depth == Depth::Changed) {
                        readings.push(*reading);
                    }
                }
                Seen::Part(_) | Seen::Id if left.contains(&head.id) => {}
                Seen::Part(_) | Seen::Id => partial.push(head),
            }
        }
        let size = self.rules.heads_per_read.max(1);
        let mut read_now = Vec::with_capacity(partial.len());
        while !partial.is_empty() {
            let rest = partial.split_off(size.min(partial.len()));
            read_now.extend(read(lane, std::mem::replace(&mut partial, rest)).await?);
        }
        let known = readings.len();
        readings.append(&mut read_now);
        let ingested = store(lane, &readings, mark).await?;
        for reading in &readings[known..] {
            let id = RemoteOrderId::new(reading.id.clone());
            if let Some(said) = said.get(&id) {
                let was_unmapped = held.get(reading.id.as_str()).is_some_and(|held| held.unmapped);
                lane.heads.read(list, said, reading, was_unmapped);
            }
        }
        Ok(ingested)
    }
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

async fn store(lane: &Lane, readings: &[Reading<Order>], mark: Option<Watermark>) -> Result<Ingested> {
    if readings.is_empty() && mark.is_none() {
        return Ok(Ingested::default());
    }
    let now = lane.engine.clock.now();
    let rules = LedgerRules { takes_at: lane.capability().stock.takes_at, margin: lane.engine.rules.skew };
    let ingested =
        lane.engine.store.ingest_orders(&lane.lease, readings, mark, &rules, now).await.map_err(unstored)?;
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
