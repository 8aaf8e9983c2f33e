//! The fake marketplace behind the sandboxes' core: books, buyers and events.

use super::manner::Manner;
use super::serve;
use super::state::{Line, Listing, Lock, Offer, Order, State, World};
use ganh_contract::{Draft, Price, Units, Vnd};
use ganh_sandbox::core::clock::read_rfc3339;
use ganh_sandbox::core::{Answer, Buyable, Call, Core, Kind, OrderWish, Refusal, Reply, Trouble, lock};
use ganh_sandbox::{Books, ListingBook, Market, OfferBook, OrderBook, OrderLineBook, Standing};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The key of the fake app: signs webhooks.
pub const APP_KEY: &str = "app-key-of-the-fake-4f9a1c";

/// One fake marketplace.
pub struct FakeMarket {
    pub core: Arc<Core>,
    pub world: Mutex<World>,
}

impl FakeMarket {
    /// A new one.
    pub fn new(core: Arc<Core>, manner: Manner) -> Arc<Self> {
        Arc::new(Self { core, world: Mutex::new(World::new(manner)) })
    }
}

fn unknown(what: &str) -> Trouble {
    Trouble::Unknown(format!("no {what}"))
}

fn standing(listing: &Listing) -> Standing {
    match listing.state {
        State::Unfinished => Standing::Unfinished,
        State::Requested | State::Showing => Standing::Reviewing,
        State::Rejected => Standing::Rejected,
        State::Hidden => Standing::Hidden,
        State::Shown if listing.offers.iter().all(|offer| !offer.is_on) => Standing::Hidden,
        State::Shown => Standing::OnSale,
        State::Banned => Standing::Banned,
        State::Deleted => Standing::Deleted,
    }
}

fn book(listing: &Listing) -> ListingBook {
    let kind = if listing.draft.axes.is_empty() { "alone" } else { "variant" };
    let offer = |offer: &Offer| OfferBook {
        id: offer.id.clone(),
        sku: offer.sku.clone(),
        kind: kind.to_owned(),
        price: Some(offer.pays()),
        stock: Some(i64::from(offer.units.total())),
        reserved: listing.lock.map_or(0, |lock| i64::from(lock.reserved)),
        on_sale: offer.is_on && listing.state == State::Shown,
    };
    ListingBook {
        id: listing.id.clone(),
        code: Some(listing.draft.code.to_string()),
        title: listing.draft.title.clone(),
        standing: standing(listing),
        pictures: listing.draft.pictures.len(),
        offers: listing.offers.iter().map(offer).collect(),
    }
}

fn order_book(order: &Order) -> OrderBook {
    let at = |ms| ganh_sandbox::core::clock::rfc3339(ms);
    let line = |(number, line): (usize, &Line)| OrderLineBook {
        id: number.to_string(),
        listing: line.listing.clone(),
        offer: line.offer.clone(),
        sku: line.sku.clone(),
        units: i64::from(line.units),
        cancelled: i64::from(line.cancelled),
        returned: i64::from(line.returned),
        unit_price: line.price,
    };
    let whose = if order.is_the_channels { "_by_channel" } else { "" };
    OrderBook {
        id: order.id.clone(),
        status: format!("{}{whose}", order.stage),
        placed_at: at(order.placed_ms),
        changed_at: at(order.changed_ms),
        lines: order.lines.iter().enumerate().map(line).collect(),
    }
}

impl Market for FakeMarket {
    fn channel(&self) -> &'static str {
        "fake"
    }

    fn profile(&self) -> String {
        format!("{:?}", lock(&self.world).manner)
    }

    fn shops(&self) -> Vec<String> {
        lock(&self.world).shops.keys().cloned().collect()
    }

    fn credentials(&self, base_url: &str) -> Value {
        json!({ "base_url": base_url, "app_key": APP_KEY, "codes": ["code-1", "code-2"] })
    }

    fn shop_of(&self, call: &Call) -> String {
        call.path.rsplit('/').next().unwrap_or("1").to_owned()
    }

    fn kind_of(&self, call: &Call) -> Kind {
        serve::kind(&call.path)
    }

    fn answer(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move { serve::answer(&self, &call) })
    }

    fn refusal(&self, refusal: Refusal, _call: &Call) -> Reply {
        let (status, code) = match refusal {
            Refusal::Throttle => (200, "too_fast"),
            Refusal::Throttle429 => (429, "too_fast"),
            Refusal::ServerError => (200, "internal"),
            Refusal::TokenExpired => (200, "token_ended"),
            Refusal::Revoked => (200, "consent_ended"),
            Refusal::AppDead => (200, "app_stopped"),
        };
        Reply::json(status, &json!({ "code": code, "message": code })).with_error(code)
    }

    fn books(&self, shop: &str) -> Books {
        let world = lock(&self.world);
        let shop = &world.shops[shop];
        Books {
            listings: shop.listings.iter().map(book).collect(),
            orders: shop.orders.iter().map(order_book).collect(),
            oversold_units: 0,
            sold_units: shop.sold,
        }
    }

    fn buyable(&self, shop: &str) -> Vec<Buyable> {
        let world = lock(&self.world);
        let listings = world.shops[shop].listings.iter().filter(|listing| listing.state == State::Shown);
        let offers = listings.flat_map(|listing| &listing.offers).filter(|offer| offer.is_on);
        offers
            .map(|offer| Buyable { offer: offer.id.clone(), stock: i64::from(offer.units.total()) })
            .collect()
    }

    fn place_order(&self, shop_id: &str, wish: &OrderWish) -> Result<String, Trouble> {
        let now_ms = self.core.clock.now_ms();
        let mut world = lock(&self.world);
        let id = world.number().to_string();
        let takes_unpaid = world.manner.is_barrow();
        let shop = world.shops.get_mut(shop_id).ok_or_else(|| unknown("shop"))?;
        let mut lines = Vec::new();
        for wanted in &wish.lines {
            let name = wanted.offer.as_ref().or(wanted.sku.as_ref()).ok_or_else(|| unknown("offer named"))?;
            let mut listings = shop.listings.iter().filter(|listing| listing.state == State::Shown);
            let found = listings.find_map(|listing| {
                let mut offers = listing.offers.iter().filter(|offer| offer.is_on);
                offers.find(|offer| offer.sku == *name || offer.id == *name).map(|offer| (listing, offer))
            });
            let (listing, offer) = found.ok_or_else(|| unknown("such offer on sale"))?;
            let units = u32::try_from(wanted.units).map_err(|_| Trouble::Senseless("units".into()))?;
            if offer.units.total() < units {
                return Err(Trouble::Refused(format!("{name}: out of stock")));
            }
            lines.push(Line {
                listing: listing.id.clone(),
                offer: offer.id.clone(),
                sku: offer.sku.clone(),
                is_alone: listing.draft.axes.is_empty(),
                units,
                cancelled: 0,
                returned: 0,
                price: offer.pays(),
            });
        }
        let is_paid = wish.paid || wish.cod;
        let placed_ms = wish.placed_at.as_deref().and_then(read_rfc3339).unwrap_or(now_ms);
        let flag = wish.more.get("stocked_by_channel").and_then(Value::as_bool).unwrap_or(false);
        let mut order = Order {
            id: id.clone(),
            placed_ms,
            changed_ms: placed_ms,
            returned_ms: None,
            stage: if is_paid { "ready" } else { "unpaid" },
            lines,
            is_garbled: false,
            is_the_channels: flag && !takes_unpaid,
        };
        if is_paid && !takes_unpaid {
            for line in &order.lines {
                shop.shift(&line.offer, -i64::from(line.units));
            }
        }
        shop.sold += order.lines.iter().map(|line| i64::from(line.units)).sum::<i64>();
        order.changed_ms = placed_ms;
        shop.orders.push(order);
        serve::announce(&self.core, &mut world, shop_id, &id);
        Ok(id)
    }

    fn order_event(&self, shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        let now_ms = self.core.clock.now_ms();
        let mut world = lock(&self.world);
        super::till::event(&mut world, shop, id, event, body, now_ms)?;
        serve::announce(&self.core, &mut world, shop, id);
        Ok(json!({}))
    }

    fn seed_listing(&self, shop: &str, body: &Value) -> Result<String, Trouble> {
        let now_ms = self.core.clock.now_ms();
        let mut world = lock(&self.world);
        let id = world.number().to_string();
        let places = world.shops[shop].places.clone();
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let figure = |value: &Value, key: &str| value.get(key).and_then(Value::as_i64).unwrap_or(0);
        let rows =
            body.get("variants").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![body.clone()]);
        let mut offers = Vec::new();
        for row in &rows {
            let stock = u32::try_from(figure(row, "stock")).unwrap_or(0);
            let mut left = Some(stock);
            let units =
                places.iter().map(|place| (place.as_str().into(), left.take().unwrap_or(0))).collect();
            offers.push(Offer {
                id: world.number().to_string(),
                sku: text(row, "sku"),
                options: Vec::new(),
                price: Price::plain(Vnd(figure(row, "price"))),
                units: Units(units),
                is_on: true,
                was: None,
            });
        }
        let code = body.get("code").or_else(|| body.get("sku")).and_then(Value::as_str).unwrap_or_default();
        let draft = Draft {
            code: code.into(),
            title: text(body, "title"),
            description: String::new(),
            category: "1".into(),
            attributes: std::collections::BTreeMap::new(),
            pictures: Vec::new(),
            axes: if rows.len() > 1 { vec!["Loại".to_owned()] } else { Vec::new() },
            offers: Vec::new(),
            grams: 0,
            size_mm: None,
            gtin: None,
        };
        let listing = Listing {
            id: id.clone(),
            key: String::new(),
            draft,
            state: State::Shown,
            offers,
            born_ms: now_ms,
            lock: None,
            reasons: Value::Null,
        };
        world.shops.get_mut(shop).ok_or_else(|| unknown("shop"))?.listings.push(listing);
        Ok(id)
    }

    fn listing_event(&self, shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        let now_ms = self.core.clock.now_ms();
        let mut world = lock(&self.world);
        let has_locks = !world.manner.is_barrow();
        let number = world.number().to_string();
        let shop = world.shops.get_mut(shop).ok_or_else(|| unknown("shop"))?;
        let listing = shop.listing(id).ok_or_else(|| unknown("listing"))?;
        match event {
            "approve" if listing.state == State::Requested => {
                // A request that is granted becomes a listing with an id of its own, born hidden.
                listing.id.clone_from(&number);
                listing.state = State::Hidden;
                shop.granted.insert(id.to_owned(), number);
            }
            "approve" | "show" => listing.state = State::Shown,
            "reject" => {
                listing.state = State::Rejected;
                listing.reasons = body.get("reasons").cloned().unwrap_or(Value::Null);
            }
            "hide" => listing.state = State::Hidden,
            "ban" => listing.state = State::Banned,
            "review" => listing.state = State::Showing,
            "delete" => listing.state = State::Deleted,
            "lock" if has_locks => {
                let figure = |key: &str| body.get(key).and_then(Value::as_i64).unwrap_or(0);
                let reserved = u32::try_from(figure("reserved")).unwrap_or(0);
                listing.lock = Some(Lock { reserved, until_ms: now_ms + figure("until_s") * 1000 });
            }
            _ => return Err(Trouble::Senseless(format!("no listing event {event:?}"))),
        }
        Ok(json!({}))
    }

    fn own_control(&self, method: &str, rest: &str, shop: &str, _body: &Value) -> Option<(u16, Value)> {
        let mut world = lock(&self.world);
        let number = world.number();
        let world = &mut *world;
        let held = world.shops.get_mut(shop)?;
        let parts: Vec<&str> = rest.split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["shop", "revoke"]) => held.is_revoked = true,
            ("POST", ["hooks", "disable"]) => world.hook = None,
            ("POST", ["places", id, "move"]) => {
                let new = format!("kho-{number}");
                let place = held.places.iter_mut().find(|place| place.as_str() == *id)?;
                place.clone_from(&new);
                for offer in held.listings.iter_mut().flat_map(|listing| &mut listing.offers) {
                    let units = offer.units.0.remove(&(*id).into()).unwrap_or(0);
                    offer.units.0.insert(new.as_str().into(), units);
                }
            }
            _ => return None,
        }
        Some((200, json!({})))
    }

    fn own_faults(&self) -> &'static [&'static str] {
        &["stray_failure", "take_less"]
    }
}
