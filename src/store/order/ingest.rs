//! One batch of readings into the store, in one transaction (I1, I2).

use super::known::{Known, KnownLine};
use super::own_offer::{self, OwnMove};
use super::page::Shortage;
use super::write::OrderHeader;
use crate::ids::{OfferId, PlaceId, ShopId, VariantId};
use crate::orders::{Effect, EffectKind, cause, effects};
use crate::stock::{Balance, MovementKind};
use crate::store::alarm::Alarm;
use crate::store::ledger::{Held, Movement};
use crate::store::recompute::Because;
use crate::store::{Lease, Result, Store, StoreError, Tx, Wake};
use ganh_contract::{Actor, LineStage, Order, OrderLine, Reading};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How a shop's orders touch the ledger.
#[derive(Debug, Clone)]
pub struct OrderRules {
    /// The channel's `StockRules::takes_at`.
    pub takes_at: LineStage,
    /// How far the channel's clock may differ from ours.
    pub margin: SignedDuration,
}

/// Proof that every order changed up to `until` is in this batch or stored before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermark {
    pub until: Timestamp,
    /// When the first request of the walk left.
    pub read_at: Timestamp,
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    pub new: usize,
    pub changed: usize,
    /// Stored raw, not understood.
    pub unreadable: usize,
    /// Lines of this batch that name none of our variants.
    pub unmapped_lines: usize,
    pub oversold: Vec<Shortage>,
    /// Shops whose offers became dirty.
    pub shops: BTreeSet<ShopId>,
}

/// A reading that says something new.
struct News<'a> {
    reading: &'a Reading<Order>,
    sha256: String,
    known: Option<Known>,
}

/// The ledger while the batch is worked through.
#[derive(Default)]
struct Work {
    held: BTreeMap<VariantId, Vec<Held>>,
    recipes: BTreeMap<VariantId, Vec<(VariantId, u32)>>,
    brackets: own_offer::Brackets,
    movements: Vec<Movement>,
    touched: BTreeSet<VariantId>,
    moves: BTreeMap<OfferId, OwnMove>,
    done: Ingested,
}

impl Store {
    /// Stores a batch of read orders: raw, lines, ledger, every figure that follows, and the watermark, all or nothing.
    ///
    /// Repeats and older readings change nothing. Errors: `StaleLease`, `Unavailable`.
    pub async fn ingest_orders(
        &self,
        lease: &Lease,
        readings: &[Reading<Order>],
        watermark: Option<Watermark>,
        rules: &OrderRules,
        now: Timestamp,
    ) -> Result<Ingested> {
        let mut tx = if readings.is_empty() { self.write().await? } else { self.write_urgently().await? };
        tx.fence(lease).await?;
        let news = tx.news(lease.shop, readings).await?;
        let done = if news.is_empty() {
            Ingested::default()
        } else {
            tx.ingest(&self.keys(), lease.shop, news, rules, now).await?
        };
        if let Some(watermark) = watermark {
            tx.move_watermark(lease.shop, watermark).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}

impl Tx {
    async fn move_watermark(&mut self, shop: ShopId, to: Watermark) -> Result<()> {
        self.execute(
            "UPDATE shop SET orders_until_at = CASE WHEN orders_until_at < $2 THEN $2 ELSE orders_until_at END,
                 orders_read_at = CASE WHEN orders_read_at < $3 THEN $3 ELSE orders_read_at END
             WHERE id = $1",
            crate::store::tx::args![shop, to.until, to.read_at],
        )
        .await?;
        // A raise may have waited for this (I5).
        self.wake(shop, Wake::Figures);
        Ok(())
    }

    /// Leaves out what is stored already and what is older than what is stored.
    async fn news<'a>(&mut self, shop: ShopId, readings: &'a [Reading<Order>]) -> Result<Vec<News<'a>>> {
        let mut newest: BTreeMap<&str, &Reading<Order>> = BTreeMap::new();
        for reading in readings {
            let kept = newest.entry(&reading.id).or_insert(reading);
            if (reading.value.is_ok(), reading.as_of) >= (kept.value.is_ok(), kept.as_of) {
                *kept = reading;
            }
        }
        let ids: Vec<&str> = newest.keys().copied().collect();
        let mut known = self.known_orders(shop, &ids).await?;
        let news = newest.into_iter().filter_map(|(id, reading)| {
            let sha256 = hex::encode(Sha256::digest(reading.raw.as_bytes()));
            let known = known.remove(id);
            known.as_ref().is_none_or(|known| is_news(known, reading, &sha256)).then_some(News {
                reading,
                sha256,
                known,
            })
        });
        Ok(news.collect())
    }

    async fn ingest(
        &mut self,
        keys: &crate::store::Keys,
        shop: ShopId,
        news: Vec<News<'_>>,
        rules: &OrderRules,
        now: Timestamp,
    ) -> Result<Ingested> {
        let since = self
            .find("SELECT orders_since_at FROM shop WHERE id = $1", crate::store::tx::args![shop])
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("shop {shop}")))?
            .at("orders_since_at")?;
        let lines: Vec<&OrderLine> = news
            .iter()
            .filter_map(|news| news.reading.value.as_ref().ok())
            .flat_map(|order| &order.lines)
            .collect();
        let mapping = self.map_lines(shop, &lines).await?;
        let mut work = self.load(&news, &lines, &mapping).await?;
        let mut written = Vec::new();

        for News { reading, sha256, known } in &news {
            let order = reading.value.as_ref().ok();
            let in_ledger =
                match (known.as_ref().filter(|known| known.readable || !known.lines.is_empty()), order) {
                    (Some(known), _) => known.in_ledger,
                    (None, Some(order)) => order.placed_at >= since,
                    (None, None) => true,
                };
            let meant: Vec<(&OrderLine, KnownLine)> = order
                .into_iter()
                .flat_map(|order| &order.lines)
                .map(|line| (line, meant(known.as_ref(), line, &mapping)))
                .collect();
            let unmapped = meant
                .iter()
                .filter(|(line, known)| known.variant.is_none() && !line.stocked_by_channel)
                .count();
            let header =
                OrderHeader { shop, reading, raw_sha256: sha256, in_ledger, unmapped_lines: unmapped };
            let id = self.put_order(keys, &header, now).await?;
            work.count(known.as_ref(), order.is_some(), unmapped);
            self.order_alarms(shop, reading, unmapped, now).await?;
            let Some(order) = order else { continue };
            for (line, mut known) in meant {
                if in_ledger {
                    work.take(shop, id, (order, line), &mut known, rules)?;
                }
                written.push((id, line, known));
            }
        }
        self.put_lines(&written).await?;
        self.write_movements(&work.movements, "order", now).await?;
        let touched = std::mem::take(&mut work.touched);
        let moves = std::mem::take(&mut work.moves);
        let shops = self.recompute(&touched, &moves, Because::Order, now).await?;
        Ok(Ingested { shops, ..work.done })
    }

    /// Reads everything that the batch's effects need; takes the pools' locks first.
    async fn load(
        &mut self,
        news: &[News<'_>],
        lines: &[&OrderLine],
        mapping: &super::mapping::Mapping,
    ) -> Result<Work> {
        let known =
            || news.iter().filter_map(|news| news.known.as_ref()).flat_map(|known| known.lines.values());
        let mapped: Vec<_> = lines.iter().filter_map(|line| mapping.of(line)).collect();
        let variants: BTreeSet<VariantId> =
            mapped.iter().map(|meant| meant.1).chain(known().filter_map(|line| line.variant)).collect();
        if variants.is_empty() {
            return Ok(Work::default());
        }
        self.lock_pools(&variants).await?;
        let recipes = self.recipes(&variants).await?;
        let kept = known().filter_map(|line| line.takes.as_ref()).flatten().map(|take| take.0);
        let pools: BTreeSet<VariantId> = recipes.values().flatten().map(|part| part.0).chain(kept).collect();
        let offers: BTreeSet<OfferId> =
            mapped.iter().filter_map(|meant| meant.0).chain(known().filter_map(|line| line.offer)).collect();
        Ok(Work {
            held: self.held(&pools).await?,
            brackets: self.brackets(&offers.into_iter().collect::<Vec<_>>()).await?,
            recipes,
            ..Work::default()
        })
    }

    async fn order_alarms(
        &mut self,
        shop: ShopId,
        reading: &Reading<Order>,
        unmapped: usize,
        now: Timestamp,
    ) -> Result<()> {
        let (kind, actor, said) = match &reading.value {
            Err(fault) => (
                "unreadable_order",
                Actor::Developer,
                format!("order {} of shop {shop}: {fault}", reading.id),
            ),
            Ok(_) if unmapped > 0 => (
                "unmapped_order_line",
                Actor::Producer,
                format!(
                    "order {} of shop {shop} has {unmapped} line(s) with no known SKU: link its listing",
                    reading.id
                ),
            ),
            Ok(_) => return Ok(()),
        };
        let subject = format!("{shop}/{}", reading.id);
        self.raise_alarm(&Alarm { shop: Some(shop), kind: kind.into(), subject, actor, said, raised_at: now })
            .await
    }
}

fn is_news(known: &Known, reading: &Reading<Order>, sha256: &str) -> bool {
    if mutant!("old_reading_wins") {
        return known.raw_sha256 != sha256;
    }
    if known.raw_sha256 == sha256 {
        // The same words mean something new only when they can be understood now.
        return known.unmapped || (!known.readable && reading.value.is_ok());
    }
    if !known.readable {
        return reading.value.is_ok() || reading.as_of > known.read_at;
    }
    let is_older = matches!(&reading.value, Ok(order) if order.changed_at < known.changed_at);
    reading.as_of >= known.read_at && !is_older
}

/// What a line means: once mapped, it stays so.
fn meant(known: Option<&Known>, line: &OrderLine, mapping: &super::mapping::Mapping) -> KnownLine {
    let mut known = known.and_then(|known| known.lines.get(line.id.as_str())).cloned().unwrap_or_default();
    if known.variant.is_none()
        && let Some((offer, variant)) = mapping.of(line)
    {
        (known.offer, known.variant) = (offer, Some(variant));
    }
    known
}

impl Work {
    fn count(&mut self, known: Option<&Known>, readable: bool, unmapped: usize) {
        match known {
            None => self.done.new += 1,
            Some(_) => self.done.changed += 1,
        }
        self.done.unreadable += usize::from(!readable);
        self.done.unmapped_lines += unmapped;
    }

    /// Turns one line's reading into movements, and notes what the channel did to its own figure.
    fn take(
        &mut self,
        shop: ShopId,
        order_id: crate::ids::OrderId,
        (order, line): (&Order, &OrderLine),
        known: &mut KnownLine,
        rules: &OrderRules,
    ) -> Result<()> {
        let Some(variant) = known.variant else { return Ok(()) };
        let effects = effects(&known.taken, line, &rules.takes_at);
        if effects.is_empty() {
            return Ok(());
        }
        let takes = match &known.takes {
            Some(takes) => takes.clone(),
            None => self.choose(variant, line.units)?,
        };
        let before: HashMap<(VariantId, PlaceId), Balance> =
            takes.iter().map(|take| ((take.0, take.2), self.balance(take.0, take.2))).collect();
        for effect in &effects {
            let cause = cause(shop, &order.id, &line.id, effect);
            for (part, each, place) in &takes {
                self.write(Movement {
                    variant: *part,
                    place: *place,
                    kind: movement_kind(effect.kind),
                    units: i64::from(effect.units) * i64::from(*each),
                    cause: cause.clone(),
                    order: Some(order_id),
                });
            }
            known.taken = known.taken.with(*effect);
        }
        for (part, _, place) in &takes {
            let short = below(self.balance(*part, *place)) - below(before[&(*part, *place)]);
            if short > 0 {
                self.oversold(shop, order_id, (order, line), (*part, *place), short, &effects);
            }
        }
        if let Some(offer) = known.offer {
            own_offer::note(&mut self.moves, &self.brackets, offer, (order, line), &effects, rules.margin);
        }
        known.takes = Some(takes);
        Ok(())
    }

    /// Where each part of a line is taken: the online place with the most to sell, the first of equals.
    fn choose(&self, variant: VariantId, units: u32) -> Result<Vec<(VariantId, u32, PlaceId)>> {
        let recipe = self.recipes.get(&variant).map_or(&[][..], Vec::as_slice);
        recipe
            .iter()
            .map(|(part, each)| {
                let places = self.held.get(part).map_or(&[][..], Vec::as_slice);
                let enough = i64::from(units) * i64::from(*each);
                let place = places
                    .iter()
                    .filter(|held| held.sells_online)
                    .max_by_key(|held| {
                        (held.balance.on_hand - held.balance.reserved).min(enough) * 1_000
                            - held.place.get().min(999)
                    })
                    .or_else(|| places.first());
                place.map(|held| (*part, *each, held.place)).ok_or_else(|| {
                    StoreError::Corrupt(format!(
                        "the producer of variant {part} has no place where stock lies"
                    ))
                })
            })
            .collect()
    }

    fn balance(&self, variant: VariantId, place: PlaceId) -> Balance {
        let places = self.held.get(&variant).map_or(&[][..], Vec::as_slice);
        places.iter().find(|held| held.place == place).map(|held| held.balance).unwrap_or_default()
    }

    fn write(&mut self, movement: Movement) {
        if let Some(held) = self
            .held
            .get_mut(&movement.variant)
            .and_then(|places| places.iter_mut().find(|held| held.place == movement.place))
            && let Some(after) = held.balance.apply(movement.kind.effect(movement.units))
        {
            held.balance = after;
        }
        self.touched.insert(movement.variant);
        self.movements.push(movement);
    }

    fn oversold(
        &mut self,
        shop: ShopId,
        order_id: crate::ids::OrderId,
        (order, line): (&Order, &OrderLine),
        (variant, place): (VariantId, PlaceId),
        units: i64,
        effects: &[Effect],
    ) {
        let Some(reserve) = effects.iter().find(|effect| effect.kind == EffectKind::Reserve) else { return };
        let cause = cause(shop, &order.id, &line.id, reserve).replace("/reserve/", "/oversold/");
        self.done.oversold.push(Shortage { order: order_id, remote_order: order.id.clone(), variant, units });
        self.write(Movement {
            variant,
            place,
            kind: MovementKind::Oversold,
            units,
            cause,
            order: Some(order_id),
        });
    }
}

/// Units by which orders took more than there is.
fn below(balance: Balance) -> i64 {
    balance.reserved.saturating_sub(balance.on_hand).max(0)
}

const fn movement_kind(kind: EffectKind) -> MovementKind {
    match kind {
        EffectKind::Reserve => MovementKind::Reserve,
        EffectKind::Release => MovementKind::Release,
        EffectKind::Ship => MovementKind::Ship,
    }
}
