//! What the fake marketplace remembers.

use super::manner::Manner;
use ganh_contract::{Draft, Price, RemotePlaceId, Units};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One listing, or a request for one.
#[derive(Debug, Clone)]
pub struct Listing {
    pub id: String,
    /// The intent's key, where it was sent.
    pub key: String,
    pub draft: Draft,
    pub state: State,
    pub offers: Vec<Offer>,
    pub born_ms: i64,
    pub lock: Option<Lock>,
    /// What the reviewers said, as they said it.
    pub reasons: Value,
}

/// Where a listing stands. A show that waits for its review comes back to its shop as [`State::Shown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No offers yet.
    Unfinished,
    /// A request under review: no listing yet.
    Requested,
    Rejected,
    Hidden,
    /// Shown, once the reviewers agree.
    Showing,
    Shown,
    Banned,
    Deleted,
}

/// A campaign's hold.
#[derive(Debug, Clone, Copy)]
pub struct Lock {
    pub reserved: u32,
    pub until_ms: i64,
}

/// One buyable thing. `was` is the figure before the last write, for late reads.
#[derive(Debug, Clone)]
pub struct Offer {
    pub id: String,
    pub sku: String,
    pub options: Vec<String>,
    pub price: Price,
    pub units: Units,
    pub is_on: bool,
    pub was: Option<(i64, Units)>,
}

impl Offer {
    /// What a buyer pays now.
    pub fn pays(&self) -> i64 {
        self.price.sale.as_ref().map_or(self.price.list, |sale| sale.price).get()
    }
}

/// One order. Lines are kept whole; how they go on the wire is the manner's.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: String,
    pub placed_ms: i64,
    /// As told; a quiet change does not move it.
    pub changed_ms: i64,
    pub returned_ms: Option<i64>,
    pub stage: &'static str,
    pub lines: Vec<Line>,
    pub is_garbled: bool,
    pub is_the_channels: bool,
}

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    pub listing: String,
    pub offer: String,
    pub sku: String,
    pub is_alone: bool,
    pub units: u32,
    pub cancelled: u32,
    pub returned: u32,
    pub price: i64,
}

/// One shop.
#[derive(Debug, Default)]
pub struct Shop {
    pub places: Vec<String>,
    pub listings: Vec<Listing>,
    /// Requests that became listings.
    pub granted: BTreeMap<String, String>,
    pub orders: Vec<Order>,
    pub sold: i64,
    pub is_revoked: bool,
}

/// Everything.
#[derive(Debug)]
pub struct World {
    pub manner: Manner,
    pub shops: BTreeMap<String, Shop>,
    pub next: u64,
    /// Access token → shop and its end.
    pub access: BTreeMap<String, (String, i64)>,
    /// Refresh token → shop.
    pub refresh: BTreeMap<String, String>,
    /// Queue of hints: number, shop, order.
    pub hints: Vec<(u64, String, String)>,
    pub hook: Option<String>,
}

impl World {
    /// Two shops with nothing in them.
    pub fn new(manner: Manner) -> Self {
        let shop = || Shop { places: manner.places(), ..Shop::default() };
        Self {
            manner,
            shops: BTreeMap::from([("1".to_owned(), shop()), ("2".to_owned(), shop())]),
            next: 100_000,
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            hints: Vec::new(),
            hook: None,
        }
    }

    /// A new number.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A pair of tokens for a shop; the access token lives four hours.
    pub fn tokens(&mut self, shop: &str, now_ms: i64) -> (String, String) {
        let access = format!("access-token-{}", self.number());
        let refresh = format!("refresh-token-{}", self.number());
        self.access.insert(access.clone(), (shop.to_owned(), now_ms + 4 * 3_600_000));
        self.refresh.insert(refresh.clone(), shop.to_owned());
        (access, refresh)
    }
}

impl Shop {
    /// The listing with this id.
    pub fn listing(&mut self, id: &str) -> Option<&mut Listing> {
        self.listings.iter_mut().find(|listing| listing.id == id)
    }

    /// The order with this id.
    pub fn order(&mut self, id: &str) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.id == id)
    }

    /// The offer with this id or SKU in a listing that is not gone.
    pub fn offer(&mut self, name: &str) -> Option<&mut Offer> {
        let listings = self.listings.iter_mut().filter(|listing| listing.state != State::Deleted);
        listings.flat_map(|listing| &mut listing.offers).find(|offer| offer.id == name || offer.sku == name)
    }

    /// Moves units of an offer at its first place that has them; below zero it stays at zero.
    pub fn shift(&mut self, offer: &str, by: i64) {
        let Some(offer) =
            self.listings.iter_mut().flat_map(|listing| &mut listing.offers).find(|held| held.id == offer)
        else {
            return;
        };
        let mut left = by;
        for units in offer.units.0.values_mut() {
            let new = (i64::from(*units) + left).max(0);
            left -= new - i64::from(*units);
            *units = u32::try_from(new).unwrap_or(u32::MAX);
        }
    }
}

/// Figures for exactly the shop's places: what is not named is zero. `None`: a place that is not there.
pub fn placed(places: &[String], units: &Units) -> Option<Units> {
    if units.0.keys().any(|place| !places.iter().any(|known| known == place.as_str())) {
        return None;
    }
    let held = |place: &String| {
        let place = RemotePlaceId::new(place.as_str());
        let count = units.0.get(&place).copied().unwrap_or(0);
        (place, count)
    };
    Some(Units(places.iter().map(held).collect()))
}
