//! One shop as the engine calls it: every verb of the contract on the stall behind it, with the day's weather.

use crate::building;
use crate::facts::capability;
use crate::life::Life;
use crate::lists;
use crate::market;
use crate::sale::Sale;
use crate::stall::{Item, Shown, Stall, Stand};
use crate::time::at;
use crate::world::World;
use async_trait::async_trait;
use ganh_contract::{
    Capability, Cursor, Draft, Fault, FaultKind, Found, Head, Link, ListingHead, Next, Observed,
    ObservedOffer, OfferCall, OfferKind, OfferRef, Order, OrderHead, Outcome, Page, Price, Progress, Reach,
    Reading, RemoteListingId, RemoteShop, RemoteShopId, Result, Secret, Seen, Sku, Standing, Start, Survey,
    Thing, Units, Vnd, Window,
};
use jiff::Timestamp;
use std::time::Duration;

/// A shop opened with one access token, for one life of a daemon.
#[derive(Debug)]
pub struct RemoteStall {
    world: World,
    life: Life,
    shop: usize,
    access: String,
    capability: Capability,
}

impl RemoteStall {
    pub fn new(world: World, life: Life, shop: usize, access: String) -> Self {
        let capability = capability(world.shop_plan(shop), shop);
        Self { world, life, shop, access, capability }
    }

    /// A reading request leaves: when, unless it fails on its way.
    async fn ask(&self, verb: &'static str) -> Result<Timestamp> {
        self.life.touch().await;
        let left_at = self.world.ms();
        let (wait, fault) = {
            let mut inner = self.world.inner();
            let is_storm = inner.is_storm;
            let weather = self.world.plan().weather;
            let answer = self.world.shop_plan(self.shop).answer_ms;
            let wait = inner.dice.between(answer / 4, answer);
            let fault = if is_storm && inner.dice.chance(weather.read_fails) {
                Some(inner.dice.pick(&[
                    FaultKindName::Unreachable,
                    FaultKindName::Interrupted,
                    FaultKindName::Down,
                    FaultKindName::Throttled,
                ]))
            } else {
                None
            };
            (wait, fault)
        };
        self.world.mix(20, self.shop as u64);
        self.world.clock().pass(wait).await;
        if !self.is_open() {
            return Err(Fault::new(verb, FaultKind::Expired));
        }
        match fault {
            None => Ok(at(left_at)),
            Some(FaultKindName::Unreachable) => Err(Fault::new(verb, FaultKind::Unreachable)),
            Some(FaultKindName::Interrupted) => Err(Fault::new(verb, FaultKind::Interrupted)),
            Some(FaultKindName::Down) => Err(Fault::new(verb, FaultKind::Down)),
            Some(FaultKindName::Throttled) => Err(throttled(verb)),
        }
    }

    /// The answer is on its way back.
    async fn answer(&self) {
        let wait = self.world.shop_plan(self.shop).answer_ms / 3;
        self.world.clock().pass(wait).await;
    }

    fn is_open(&self) -> bool {
        let now = self.world.ms();
        self.world.inner().consents[self.shop].opens(&self.access, now)
    }

    fn observed(&self, stall: &Stall, item: &Item, figures: &[Shown], skus: &[String]) -> Observed {
        let offers = item.slots.iter().zip(figures).enumerate().map(|(slot, (offer, shown))| ObservedOffer {
            offer: offer_name(item, slot),
            note: String::new(),
            sku: Some(Sku::new(skus[offer.variant].clone())),
            gtin: None,
            on_sale: shown.on_sale,
            price: Some(Price::plain(Vnd(shown.price))),
            stock: Some(Units::only(shown.stock)),
            reserved: None,
        });
        debug_assert!(stall.index == self.shop);
        Observed {
            listing: RemoteListingId::new(Stall::item_id(item.number)),
            code: Some(Sku::new(item.code.clone())),
            standing: match item.standing {
                Stand::Shell => Standing::Unfinished,
                Stand::Reviewed { .. } => Standing::Reviewing,
                Stand::Live => Standing::OnSale,
            },
            offers: offers.collect(),
            shows: None,
        }
    }

    /// A listing as a reading that may look old shows it.
    fn look(&self, number: usize, as_of: Timestamp) -> Reading<Observed> {
        let now = self.world.ms();
        let mut inner = self.world.inner();
        let inner = &mut *inner;
        let stall = &mut inner.stalls[self.shop];
        stall.settle(now);
        let back = if stall.plan.read_lag_ms > 0 { inner.dice.between(0, stall.plan.read_lag_ms) } else { 0 };
        let item = &stall.items[number];
        let figures = item.figures_at(now - back);
        let observed = self.observed(stall, item, &figures, &inner.goods.skus);
        Reading { id: Stall::item_id(number), as_of, raw: String::new(), value: Ok(observed) }
    }

    fn order_reading(&self, number: usize, as_of: Timestamp) -> Option<Reading<Order>> {
        let now = self.world.ms();
        let mut inner = self.world.inner();
        let inner = &mut *inner;
        let is_garbled = inner.is_storm && inner.dice.chance(self.world.plan().weather.garbled);
        let stall = &inner.stalls[self.shop];
        let sale = stall.sales.get(number)?;
        let version = sale.shown(now)?;
        let id = Sale::id(number);
        if is_garbled {
            let fault = Fault::new("read_orders", FaultKind::Unintelligible).said("half a page");
            return Some(Reading { id, as_of, raw: format!("garbled {number} {now}"), value: Err(fault) });
        }
        let by_ref = !number.is_multiple_of(3);
        let order = sale.order(version, &inner.goods.skus, by_ref);
        Some(Reading { id, as_of, raw: sale.raw(version), value: Ok(order) })
    }
}

#[derive(Debug, Clone, Copy)]
enum FaultKindName {
    Unreachable,
    Interrupted,
    Down,
    Throttled,
}

pub fn throttled(verb: &'static str) -> Fault {
    Fault::new(verb, FaultKind::Throttled { after: Some(Duration::from_secs(2)), reach: Reach::Shop })
}

#[async_trait]
impl RemoteShop for RemoteStall {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    async fn survey(&self) -> Result<Survey> {
        self.ask("survey").await?;
        Ok(Survey {
            shop: RemoteShopId::new(format!("s{}", self.shop)),
            name: format!("shop {}", self.shop),
            places: Vec::new(),
            currency: "VND".to_owned(),
            ends: None,
            allows: self.capability.clone(),
        })
    }

    async fn listen(&self, _url: &str, _secret: &Secret) -> Result<()> {
        Ok(())
    }

    async fn set_offers(&self, call: &OfferCall) -> Result<Vec<Outcome>> {
        self.life.touch().await;
        market::set_offers(&self.world, &self.life, (self.shop, &self.access), call, &self.capability).await
    }

    async fn create(&self, draft: &Draft, start: Start<'_>) -> Result<Progress<Link>> {
        self.life.touch().await;
        building::create(&self.world, (self.shop, &self.access), draft, start).await
    }

    async fn find(&self, code: &Sku, _skus: &[Sku]) -> Result<Found> {
        let as_of = self.ask("find").await?;
        let now = self.world.ms();
        let found: Vec<usize> = {
            let inner = self.world.inner();
            let items = inner.stalls[self.shop].items.iter();
            items
                .filter(|item| item.code == code.as_str() && item.found_from <= now)
                .map(|item| item.number)
                .collect()
        };
        let readings: Vec<_> = found.into_iter().map(|number| self.look(number, as_of)).collect();
        self.answer().await;
        self.world.tell(|| format!("s{}: find {}: {} there", self.shop, code.as_str(), readings.len()));
        Ok(if readings.is_empty() { Found::Nothing } else { Found::Listings(readings) })
    }

    async fn listings(&self, from: Option<&Cursor>) -> Result<Page<ListingHead>> {
        const PAGE: usize = 4;
        let as_of = self.ask("listings").await?;
        let start: usize = from.and_then(|cursor| cursor.as_str().parse().ok()).unwrap_or(0);
        let now = self.world.ms();
        let (numbers, all) = {
            let inner = self.world.inner();
            let items = &inner.stalls[self.shop].items;
            let shown = |number: &usize| items[*number].seen_from <= now;
            ((start..items.len().min(start + PAGE)).filter(shown).collect::<Vec<_>>(), items.len())
        };
        let rows = numbers.into_iter().map(|number| {
            if number % 2 == 0 {
                let reading = self.look(number, as_of);
                let id = RemoteListingId::new(Stall::item_id(number));
                ListingHead { id, changed_at: None, seen: Seen::Whole(Box::new(reading)) }
            } else {
                Head::named(RemoteListingId::new(Stall::item_id(number)))
            }
        });
        let rows = rows.collect();
        self.answer().await;
        let next =
            if start + PAGE < all { Next::More(Cursor::new((start + PAGE).to_string())) } else { Next::End };
        Ok(Page { rows, next, as_of })
    }

    async fn observe(&self, listings: &[ListingHead]) -> Result<Vec<Reading<Observed>>> {
        let as_of = self.ask("observe").await?;
        let now = self.world.ms();
        let mut readings = Vec::new();
        for head in listings {
            let number = {
                let inner = self.world.inner();
                let stall = &inner.stalls[self.shop];
                stall.item_at(head.id.as_str()).filter(|number| stall.items[*number].seen_from <= now)
            };
            readings.push(match number {
                Some(number) => self.look(number, as_of),
                None => Reading {
                    id: head.id.as_str().to_owned(),
                    as_of,
                    raw: String::new(),
                    value: Err(Fault::new("observe", FaultKind::Missing(Thing::Listing))),
                },
            });
        }
        self.answer().await;
        self.world.tell(|| format!("s{}: reads {} listings", self.shop, readings.len()));
        Ok(readings)
    }

    async fn orders(&self, window: Window, from: Option<&Cursor>) -> Result<Page<OrderHead>> {
        let as_of = self.ask("orders").await?;
        let page = lists::orders_page(&self.world, self.shop, window, from)?;
        let rows = page
            .numbers
            .iter()
            .filter_map(|(number, changed_at)| {
                let seen = if self.world.shop_plan(self.shop).heads_whole {
                    Seen::Whole(Box::new(self.order_reading(*number, as_of)?))
                } else {
                    Seen::Id
                };
                Some(OrderHead { id: Sale::id(*number).into(), changed_at: Some(at(*changed_at)), seen })
            })
            .collect::<Vec<_>>();
        self.answer().await;
        self.world.mix(21, rows.len() as u64);
        self.world.tell(|| {
            let span = window.until.duration_since(window.from).as_secs();
            format!(
                "s{}: {} lists {} orders of {span} s, {:?}",
                self.shop,
                self.life.owner(),
                rows.len(),
                page.next
            )
        });
        Ok(Page { rows, next: page.next, as_of })
    }

    async fn read_orders(&self, heads: &[OrderHead]) -> Result<Vec<Reading<Order>>> {
        let as_of = self.ask("read_orders").await?;
        let readings = heads.iter().map(|head| {
            let number = head.id.as_str().strip_prefix('o').and_then(|number| number.parse().ok());
            number.and_then(|number| self.order_reading(number, as_of)).unwrap_or_else(|| Reading {
                id: head.id.as_str().to_owned(),
                as_of,
                raw: String::new(),
                value: Err(Fault::new("read_orders", FaultKind::Missing(Thing::Order))),
            })
        });
        let readings: Vec<_> = readings.collect();
        self.answer().await;
        self.world.mix(22, readings.len() as u64);
        Ok(readings)
    }
}

/// How an offer is named.
pub fn offer_name(item: &Item, slot: usize) -> OfferRef {
    OfferRef {
        listing: Stall::item_id(item.number).into(),
        offer: Stall::slot_id(item.number, slot).into(),
        kind: if item.is_alone { OfferKind::Alone } else { OfferKind::Variant },
    }
}
