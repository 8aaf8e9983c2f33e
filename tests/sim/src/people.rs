//! Buyers, sellers and producers: all that happens without the daemons.

use crate::app;
use crate::buyers::{place, step};
use crate::front::Front;
use crate::sale::Sale;
use crate::time::at;
use crate::world::World;
use ganh::stock::MovementKind;
use ganh::store::{ShopState, StockEntry};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Buy(usize),
    Change(usize, usize),
    Flood,
    Receive,
    Price,
    Lock,
    Hand,
    Hint(usize, usize),
    Consent,
    Check,
}

type Agenda = BinaryHeap<Reverse<(i64, u64, What)>>;

struct People {
    world: World,
    front: Front,
    agenda: Agenda,
    count: u64,
}

/// Lives until the history ends.
pub async fn live(world: World, front: Front) {
    let mut people = People { world, front, agenda: Agenda::new(), count: 0 };
    people.begin();
    while let Some(Reverse((when, _, what))) = people.agenda.pop() {
        people.world.clock().until(when).await;
        people.happen(what).await;
    }
}

impl People {
    fn begin(&mut self) {
        let plan = self.world.plan().clone();
        for shop in 0..plan.shops.len() {
            self.later(1_000, plan.buy_ms, What::Buy(shop));
        }
        self.later(0, plan.flood_ms, What::Flood);
        self.later(0, plan.receive_ms, What::Receive);
        self.later(0, plan.price_ms, What::Price);
        self.later(0, 20_000, What::Consent);
        self.later(30_000, 1, What::Check);
        if plan.weather.lock_ms > 0 {
            self.later(0, plan.weather.lock_ms, What::Lock);
        }
        if plan.weather.hand_ms > 0 {
            self.later(0, plan.weather.hand_ms, What::Hand);
        }
    }

    /// After `least` and a wait of about `mean` milliseconds.
    fn later(&mut self, least: i64, mean: i64, what: What) {
        let wait = least + self.world.inner().dice.wait(mean);
        self.count += 1;
        self.agenda.push(Reverse((self.world.ms() + wait, self.count, what)));
    }

    async fn happen(&mut self, what: What) {
        let is_storm = self.world.inner().is_storm;
        let world = self.world.clone();
        let plan = world.plan();
        match what {
            What::Check => {
                crate::books::check(&self.world, false).await;
                self.later(30_000, 1, What::Check);
            }
            What::Consent => {
                self.consent().await;
                self.later(20_000, 1, What::Consent);
            }
            What::Hint(shop, order) => self.hint(shop, order).await,
            What::Receive => {
                self.receive(is_storm).await;
                if is_storm {
                    self.later(0, plan.receive_ms, What::Receive);
                }
            }
            _ if !is_storm => {}
            What::Buy(shop) => {
                let flood = self.buy(shop);
                self.later(0, if flood { plan.buy_ms / 8 } else { plan.buy_ms }, What::Buy(shop));
            }
            What::Change(shop, order) => self.change(shop, order),
            What::Flood => {
                let now = self.world.ms();
                let mut inner = self.world.inner();
                let until = now + inner.dice.between(5_000, 40_000);
                inner.stalls.iter_mut().for_each(|stall| stall.flood_until = until);
                drop(inner);
                self.later(0, plan.flood_ms, What::Flood);
            }
            What::Price => {
                self.price().await;
                self.later(0, plan.price_ms, What::Price);
            }
            What::Lock => {
                self.lock();
                self.later(0, plan.weather.lock_ms, What::Lock);
            }
            What::Hand => {
                self.hand();
                self.later(0, plan.weather.hand_ms, What::Hand);
            }
        }
    }

    /// A buyer orders. True while a flood goes on.
    fn buy(&mut self, shop: usize) -> bool {
        let now = self.world.ms();
        let placed = {
            let mut inner = self.world.inner();
            inner.stalls[shop].settle(now);
            place(&mut inner, shop, now)
        };
        if let Some(number) = placed {
            self.world.tell(|| {
                let inner = self.world.inner();
                let sale = &inner.stalls[shop].sales[number];
                let lines = sale
                    .now
                    .lines
                    .iter()
                    .map(|line| format!("{} of i{}-{}", line.units, line.item, line.slot));
                format!("s{shop}: {} ordered: {}", Sale::id(number), lines.collect::<Vec<_>>().join(", "))
            });
            self.follow(shop, number);
        }
        let inner = self.world.inner();
        inner.stalls[shop].flood_until > now
    }

    fn change(&mut self, shop: usize, number: usize) {
        let now = self.world.ms();
        let goes_on = {
            let mut inner = self.world.inner();
            step(&mut inner, shop, number, now)
        };
        self.world.tell(|| {
            let inner = self.world.inner();
            let sale = &inner.stalls[shop].sales[number];
            format!("s{shop}: {} is {:?}", Sale::id(number), sale.now.stage)
        });
        if goes_on {
            self.follow(shop, number);
        }
    }

    /// After an event: perhaps a hint, perhaps the next event.
    fn follow(&mut self, shop: usize, number: usize) {
        let (hint, more, wait) = {
            let mut inner = self.world.inner();
            inner.events += 1;
            let now = u64::try_from(self.world.clock().since()).unwrap_or(0);
            inner.mix(now, 10, (shop as u64) << 32 | number as u64);
            let chance = self.world.plan().weather.hint;
            let hint = inner.dice.chance(chance);
            let more = hint && inner.dice.chance(2_000);
            if hint && self.world.plan().apps[inner.stalls[shop].plan.app].has_queue {
                let stall = &mut inner.stalls[shop];
                stall.queued += 1;
                let entry = (stall.queued, Sale::id(number));
                stall.queue.push_back(entry);
            }
            (hint, more, inner.dice.between(0, 20_000))
        };
        if hint {
            self.later(wait / 4, 500, What::Hint(shop, number));
        }
        if more {
            self.later(wait, 2_000, What::Hint(shop, number));
        }
        let life = {
            let mut inner = self.world.inner();
            inner.dice.between(2_000, 90_000)
        };
        self.later(life / 2, life / 2, What::Change(shop, number));
    }

    async fn hint(&self, shop: usize, order: usize) {
        let Some(engine) = self.front.any() else { return };
        let id = self.world.inner().stalls[shop].id;
        // The node may die or stand still over it, as any process may.
        tokio::spawn(async move {
            let order = Sale::id(order);
            let post = ganh::daemon::Post {
                channel: "sim",
                key: &format!("s{id}"),
                headers: &[],
                body: order.as_bytes(),
            };
            // A store that fails is an error that the judge sees elsewhere.
            let _ = ganh::daemon::receive(&engine, &post).await;
        });
    }

    async fn receive(&mut self, is_storm: bool) {
        let Some(store) = self.world.store().cloned() else { return };
        let (sku, units) = {
            let mut inner = self.world.inner();
            let pools = inner.goods.received.len();
            let pool = inner.dice.index(pools);
            let bulk = i64::from(self.world.plan().bulk);
            let units = inner.dice.between(1, 30) * bulk;
            let is_low = inner.goods.sellable(pool) < 400 * bulk;
            if !is_storm || !is_low {
                return;
            }
            // Known to be there before anybody may show it.
            inner.goods.received[pool] += units;
            (inner.goods.skus[pool].clone(), units)
        };
        self.count += 1;
        let entry = StockEntry {
            sku,
            place: None,
            kind: MovementKind::Receive,
            units,
            cause: format!("receipt/{}", self.count),
            who: "producer".to_owned(),
        };
        self.world.tell(|| format!("producer receives {units} of {}", entry.sku));
        if let Err(error) = store.move_stock(&entry, at(self.world.ms())).await {
            self.world.broken("store", error.to_string());
        }
    }

    async fn price(&mut self) {
        let Some(store) = self.world.store().cloned() else { return };
        let (variant, dong) = {
            let mut inner = self.world.inner();
            let count = inner.goods.skus.len();
            let variant = inner.dice.index(count);
            let dong = inner.dice.between(20, 200) * 1_000;
            inner.goods.prices[variant] = dong;
            (variant, dong)
        };
        self.world.tell(|| format!("producer asks {dong} dong for v{variant}"));
        let effects = crate::town::price_of(&self.world, variant);
        let now = at(self.world.ms());
        let outcome = async {
            let revision = store.existing_for_import().await?.revision;
            store.apply_import(revision, &effects, &[], "producer", now).await
        };
        if let Err(error) = outcome.await {
            self.world.broken("store", error.to_string());
        }
    }

    /// A campaign holds a listing's stock for a while.
    fn lock(&mut self) {
        let now = self.world.ms();
        let mut inner = self.world.inner();
        let inner = &mut *inner;
        let shop = inner.dice.index(inner.stalls.len());
        let stall = &mut inner.stalls[shop];
        if stall.items.is_empty() {
            return;
        }
        let item = inner.dice.index(stall.items.len());
        stall.items[item].locked_until = now + inner.dice.between(10_000, 200_000);
    }

    /// A seller changes a figure by hand.
    fn hand(&mut self) {
        let now = self.world.ms();
        let mut inner = self.world.inner();
        let inner = &mut *inner;
        let shop = inner.dice.index(inner.stalls.len());
        let offered = inner.stalls[shop].on_offer();
        if offered.is_empty() {
            return;
        }
        let (item, slot) = offered[inner.dice.index(offered.len())];
        let lag = inner.stalls[shop].plan.read_lag_ms;
        let item = &mut inner.stalls[shop].items[item];
        item.remember(now, lag);
        let shown = &mut item.slots[slot].shown;
        if inner.dice.chance(5_000) {
            shown.stock = u32::try_from(inner.dice.between(0, 50)).unwrap_or(0);
        } else {
            shown.price = inner.dice.between(20, 200) * 1_000;
        }
    }

    /// Sellers whose consent was lost consent anew.
    async fn consent(&mut self) {
        let Some(store) = self.world.store().cloned() else { return };
        let shops: Vec<_> = self.world.inner().stalls.iter().map(|stall| stall.id).collect();
        let now = at(self.world.ms());
        for (shop, id) in shops.into_iter().enumerate() {
            let is_revoked = store.book_shop(id).await.is_ok_and(|book| book.state == "revoked");
            if !is_revoked {
                continue;
            }
            self.world.tell(|| format!("s{shop}: the seller consents anew"));
            let ms = self.world.ms();
            self.world.inner().consents[shop].anew(ms);
            let outcome = async {
                let row = store.shop(id).await?;
                store.replace_grant(row.grant, &app::grant(&self.world, shop), now).await?;
                store.set_shop_state(id, ShopState::Active, None, now).await
            };
            if let Err(error) = outcome.await {
                self.world.broken("store", error.to_string());
            }
        }
    }
}
