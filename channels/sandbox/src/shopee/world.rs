//! The whole of one simulated app: its shops, consents, pictures and pushes. One lock a shop.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::core::{Core, Dice, lock};

use super::auth::{ACCESS_S, Auth, Owner, Pair};
use super::call::Call;
use super::envelope::Refusal;
use super::item::Item;
use super::media::{Media, Picture};
use super::order::Orders;
use super::push::{About, Push};
use super::returns::Return;
use super::seed::PICTURE;
use super::settings::Settings;
use super::sign::Signer;

/// One app with its shops.
pub struct World {
    pub core: Arc<Core>,
    pub profile: String,
    pub partner_id: u64,
    /// The digits of `partner_id`, as signed.
    pub partner_text: String,
    pub partner_key: String,
    pub signer: Signer,
    pub main_account_id: u64,
    pub shops: BTreeMap<u64, Mutex<Shop>>,
    pub auth: Mutex<Auth>,
    pub media: Mutex<Media>,
    pub push: Arc<Push>,
    settings: RwLock<Settings>,
    /// The pairs that the credentials name, so that asking twice changes nothing while they are good.
    pairs: Mutex<BTreeMap<u64, (i64, Pair)>>,
}

/// One shop. Everything in it changes under one lock.
pub struct Shop {
    pub id: u64,
    pub name: String,
    /// The one stock location an ordinary shop has; reads show it, writes must not (spec 4.9).
    pub location: String,
    pub is_banned: bool,
    pub items: BTreeMap<u64, Item>,
    pub next_model: u64,
    pub orders: Orders,
    pub returns: Vec<Return>,
    pub sold_units: i64,
    /// Units sold while nothing was left. Stock goes down with the order, so it stays 0.
    pub oversold_units: i64,
    /// Where models live: an index made when it is needed, checked when it is used.
    pub model_homes: HashMap<u64, u64>,
    /// Where a SKU was last found; checked when it is used.
    pub sku_homes: HashMap<String, (u64, u64)>,
    last_item: u64,
}

pub static ONE_PIXEL: &[u8] = include_bytes!("pixel.png");
static NAMES: [&str; 4] =
    ["Nông sản Buôn Ma Thuột", "Đặc sản Tây Bắc", "Quà quê miền Tây", "Làng nghề Kinh Bắc"];

impl World {
    /// An app with `count` shops, all of them linked; keys and ids come from the dice.
    pub fn new(core: Arc<Core>, count: usize, profile: &str) -> Arc<Self> {
        let dice = Dice::new(core.seed ^ 0x5401_9EE5);
        let partner_id = 1_000_000 + dice.below(1_000_000);
        let partner_key = dice.hex(64);
        let signer = Signer::new(&partner_key);
        let settings = Settings::of_profile(profile);
        let push = Push::new(Arc::clone(&core), signer.clone(), settings.push_retry_s);
        let shops: BTreeMap<u64, Mutex<Shop>> = (0..count.max(1))
            .map(|place| {
                let shop = Shop::new(place, &dice);
                (shop.id, Mutex::new(shop))
            })
            .collect();
        let mut media = Media::default();
        media.keep(PICTURE, Picture { content_type: "image/png", bytes: Bytes::from_static(ONE_PIXEL) });
        let mut auth = Auth::default();
        auth.consent(Owner::Main(0, shops.keys().copied().collect()), core.clock.now_ms(), &dice);
        Arc::new(Self {
            profile: profile.to_owned(),
            partner_id,
            partner_text: partner_id.to_string(),
            partner_key,
            signer,
            main_account_id: 5_000_000 + dice.below(1_000_000),
            shops,
            auth: Mutex::new(auth),
            media: Mutex::new(media),
            push,
            settings: RwLock::new(settings),
            pairs: Mutex::default(),
            core,
        })
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        *self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes settings.
    ///
    /// # Errors
    /// Unknown names or wrong types, in words.
    pub fn change_settings(&self, changes: &Value) -> Result<Settings, String> {
        let changed = self.settings().changed_by(changes)?;
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = changed;
        self.push.set_retries(changed.push_retry_s);
        Ok(changed)
    }

    /// 32 hexadecimal digits.
    pub fn request_id(&self) -> String {
        self.core.dice.hex(32)
    }

    /// Push 22: the price of an offer changed (spec 6.3).
    pub fn price_changed(&self, shop: u64, item: u64, model: u64, old: i64, new: i64, now_ms: i64) {
        if !self.push.is_live() || old == new {
            return;
        }
        let data = json!({"item_id": item, "model_id": model, "update_field": "original_price", "old_value": old, "new_value": new, "update_time": now_ms / 1000});
        self.push.emit(22, About::Shop(shop), &data, 0);
    }

    /// What a client needs. Codes are new each time; tokens are new only when they ran out.
    pub fn credentials(&self, base_url: &str) -> Value {
        let rows: Vec<Value> = self
            .shops
            .iter()
            .map(|(id, shop)| {
                // Locked and left before the tokens are: calls lock a shop first and tokens second.
                let name = lock(shop).name.clone();
                self.shop_credentials(*id, &name)
            })
            .collect();
        json!({
            "base_url": base_url,
            "auth_url": format!("{base_url}/auth"),
            "partner_id": self.partner_id,
            "partner_key": self.partner_key,
            "main_account_id": self.main_account_id,
            "shops": rows,
        })
    }

    fn shop_credentials(&self, id: u64, name: &str) -> Value {
        let now_ms = self.core.clock.now_ms();
        let mut auth = lock(&self.auth);
        let mut pairs = lock(&self.pairs);
        let is_good = pairs.get(&id).is_some_and(|(_, pair)| auth.is_unused(pair, id, now_ms));
        if !is_good {
            let pair = auth.issue(vec![id], now_ms, &self.core.dice);
            pairs.insert(id, (now_ms + ACCESS_S * 1000, pair));
        }
        let code = auth.mint(Owner::Shop(id), now_ms, &self.core.dice);
        let mut row = json!({"shop_id": id, "name": name, "code": code});
        if let Some((until_ms, pair)) = pairs.get(&id) {
            row["access_token"] = json!(pair.access);
            row["refresh_token"] = json!(pair.refresh);
            row["expire_in"] = json!((until_ms - now_ms) / 1000);
        }
        row
    }
}

impl Shop {
    fn new(place: usize, dice: &Dice) -> Self {
        let number = place as u64;
        let name = NAMES[place % NAMES.len()];
        let name =
            if place < NAMES.len() { name.to_owned() } else { format!("{name} {}", place / NAMES.len() + 1) };
        Self {
            id: 900_000_000 + number * 1_000_003 + dice.below(1_000_000),
            name,
            location: format!("VN{:04}EIZ", place + 1),
            is_banned: false,
            items: BTreeMap::new(),
            next_model: 210_000_000_000 + number * 1_000_000_000,
            orders: Orders::default(),
            returns: Vec::new(),
            sold_units: 0,
            oversold_units: 0,
            model_homes: HashMap::new(),
            sku_homes: HashMap::new(),
            last_item: 23_456_000_000 + number * 100_000_000,
        }
    }

    /// An item that calls can see now, with its reviews and promotions up to date.
    pub fn item(&mut self, id: u64, call: &Call) -> Result<&mut Item, Refusal> {
        let found = self.items.get_mut(&id).filter(|item| item.is_visible(call.now_ms));
        let Some(item) = found else {
            return Err(Refusal::new("product.error_item_not_found", "Item not found."));
        };
        item.settle(call.now_ms);
        Ok(item)
    }

    /// The next item id.
    pub fn next_item(&mut self) -> u64 {
        self.last_item += 1;
        self.last_item
    }

    /// Whether it holds `limit` items that are not deleted.
    pub fn is_full(&self, limit: u64) -> bool {
        self.items.len() as u64 >= limit
            && self.items.values().filter(|item| !item.standing.is_deleted()).count() as u64 >= limit
    }
}
