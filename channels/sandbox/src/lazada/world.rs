//! The whole of the simulated platform: apps, shops, consents, pictures and pushes. One lock a shop.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use serde_json::{Value, json};

use crate::core::{Core, Dice, lock};

use super::app::App;
use super::auth::{Auth, Pair};
use super::bucket::Bucket;
use super::item::{Item, SkuStatus};
use super::media::{Media, Picture};
use super::order::Orders;
use super::push::Push;
use super::returns::Return;
use super::settings::Settings;

/// One platform.
pub struct World {
    pub core: Arc<Core>,
    pub profile: String,
    pub shops: BTreeMap<u64, Mutex<Shop>>,
    pub auth: Mutex<Auth>,
    pub media: Mutex<Media>,
    pub push: Push,
    /// Calls of `/category/brands/query`, platform-wide (spec 4.3).
    pub brand_calls: Mutex<Bucket>,
    /// Paths that are switched off until a time (998, spec 4.12).
    pub switched_off: Mutex<HashMap<String, i64>>,
    apps: RwLock<Vec<App>>,
    settings: RwLock<Settings>,
    /// The pairs that the credentials name, so that asking twice changes nothing while they are good.
    pairs: Mutex<BTreeMap<u64, Pair>>,
    me: Weak<World>,
}

/// One shop. Everything in it changes under one lock.
pub struct Shop {
    pub id: u64,
    pub name: String,
    pub short_code: String,
    pub email: String,
    pub is_active: bool,
    pub warehouses: Vec<Warehouse>,
    pub items: BTreeMap<u64, Item>,
    pub orders: Orders,
    pub returns: Vec<Return>,
    pub sold_units: i64,
    /// Units sold while nothing was left. Stock goes down with the order, so it stays 0.
    pub oversold_units: i64,
    /// Every call is refused until then (`ApiCallLimit`).
    pub banned_until_ms: i64,
    /// Price and stock calls (spec 7: 50 a second).
    pub inventory_calls: Bucket,
    /// SellerSku of what is not deleted, to item and SKU.
    sku_homes: HashMap<String, (u64, u64)>,
    /// SKU id to item id, deleted ones included.
    sku_items: HashMap<u64, u64>,
    last_item: u64,
    last_sku: u64,
    last_order: u64,
    last_line: u64,
    last_package: u64,
    last_reverse: u64,
}

/// A place where stock lies (spec 3.6).
#[derive(Debug, Clone)]
pub struct Warehouse {
    pub code: String,
    pub name: String,
    pub address: String,
}

/// The code of every shop's default warehouse (spec 3.6).
pub const DROPSHIPPING: &str = "dropshipping";
pub static SAMPLE_PNG: &[u8] = include_bytes!("sample.png");
/// The picture of listings that nobody uploaded one for.
pub const SAMPLE: &str = "0000000000000000000000005a4d504c.png";
static NAMES: [&str; 4] =
    ["Gánh Hàng Rong Official", "Đặc sản Tây Bắc", "Quà quê miền Tây", "Làng nghề Kinh Bắc"];

impl World {
    /// One app with `count` shops, all of them consenting; keys and ids come from the dice.
    pub fn new(core: Arc<Core>, count: usize, profile: &str) -> Arc<Self> {
        let dice = Dice::new(core.seed ^ 0x1A_2ADA);
        let key = (900_000 + dice.below(90_000)).to_string();
        let app = App::new(key, &dice.hex(32));
        let settings = Settings::of_profile(profile);
        core.hooks.demand_within_ms(settings.push_within_ms);
        let shops: BTreeMap<u64, Mutex<Shop>> = (0..count.max(1))
            .map(|place| {
                let shop = Shop::new(place, &dice);
                (shop.id, Mutex::new(shop))
            })
            .collect();
        let mut media = Media::default();
        media.keep(SAMPLE, Picture { content_type: "image/png", bytes: SAMPLE_PNG.to_vec().into() });
        Arc::new_cyclic(|me| Self {
            profile: profile.to_owned(),
            shops,
            auth: Mutex::default(),
            media: Mutex::new(media),
            push: Push::default(),
            brand_calls: Mutex::default(),
            switched_off: Mutex::default(),
            apps: RwLock::new(vec![app]),
            settings: RwLock::new(settings),
            pairs: Mutex::default(),
            me: me.clone(),
            core,
        })
    }

    /// Itself, for work that outlives a call without keeping the world alive.
    pub fn weak(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the settings without a copy.
    pub fn rule<T>(&self, read: impl FnOnce(&Settings) -> T) -> T {
        read(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes settings.
    ///
    /// # Errors
    /// Unknown names or wrong types, in words.
    pub fn change_settings(&self, changes: &Value) -> Result<Settings, String> {
        let changed = self.settings().changed_by(changes)?;
        self.core.hooks.demand_within_ms(changed.push_within_ms);
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = changed.clone();
        Ok(changed)
    }

    /// Reads the apps.
    pub fn apps<T>(&self, read: impl FnOnce(&[App]) -> T) -> T {
        read(&self.apps.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the apps.
    pub fn change_apps<T>(&self, change: impl FnOnce(&mut Vec<App>) -> T) -> T {
        change(&mut self.apps.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// 22 hexadecimal digits (spec 1.4).
    pub fn request_id(&self) -> String {
        format!("2101f05b{}", self.core.dice.hex(14))
    }

    /// What a client needs. Codes are new each time; tokens are new only when they ran out.
    pub fn credentials(&self, base_url: &str) -> Value {
        let (app, secret) = self.apps(|apps| (apps[0].key.clone(), apps[0].newest().text.clone()));
        let rows: Vec<Value> = self.shops.values().map(|shop| self.shop_credentials(&app, shop)).collect();
        json!({
            "base_url": base_url,
            "api_url": format!("{base_url}/rest"),
            "auth_url": format!("{base_url}/rest"),
            "consent_url": format!("{base_url}/oauth/authorize"),
            "app_key": app,
            "app_secret": secret,
            "shops": rows,
        })
    }

    fn shop_credentials(&self, app: &str, shop: &Mutex<Shop>) -> Value {
        // Read and left before the tokens are locked: calls lock a shop first and tokens second.
        let (id, name, short_code) = {
            let shop = lock(shop);
            (shop.id, shop.name.clone(), shop.short_code.clone())
        };
        let (now_ms, rules) = (self.core.clock.now_ms(), self.settings());
        let mut auth = lock(&self.auth);
        let mut pairs = lock(&self.pairs);
        if !pairs.get(&id).is_some_and(|pair| auth.is_usable(app, pair, now_ms)) {
            pairs.insert(id, auth.issue(app, id, now_ms, &rules, &self.core.dice));
        }
        let code = auth.consent(app, id, now_ms, &rules, &self.core.dice);
        let mut row =
            json!({"seller_id": id.to_string(), "short_code": short_code, "name": name, "code": code});
        if let Some(pair) = pairs.get(&id) {
            row["access_token"] = json!(pair.access);
            row["refresh_token"] = json!(pair.refresh);
            row["expires_in"] = json!((pair.access_until_ms - now_ms) / 1000);
            row["refresh_expires_in"] = json!((pair.refresh_until_ms - now_ms) / 1000);
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
        let short_code = format!("VN{}", dice.hex(6).to_ascii_uppercase());
        let warehouse = |code: String, name: &str, address: &str| Warehouse {
            code,
            name: name.to_owned(),
            address: address.to_owned(),
        };
        Self {
            id: 200_100_000_000 + number * 1_000_003 + dice.below(1_000_000),
            name,
            email: format!("chu.shop{}@example.vn", place + 1),
            is_active: true,
            warehouses: vec![
                warehouse(DROPSHIPPING.to_owned(), "Kho Tân Bình", "12 Trường Chinh"),
                warehouse(format!("{short_code}-WH-10001"), "Kho Hà Nội", "5 Giải Phóng"),
            ],
            short_code,
            items: BTreeMap::new(),
            orders: Orders::default(),
            returns: Vec::new(),
            sold_units: 0,
            oversold_units: 0,
            banned_until_ms: 0,
            inventory_calls: Bucket::default(),
            sku_homes: HashMap::new(),
            sku_items: HashMap::new(),
            // Above 2^32: whoever keeps ids in 32 bits finds out.
            last_item: 5_310_000_000 + number * 10_000_000,
            last_sku: 14_310_000_000 + number * 100_000_000,
            last_order: 500_000_000_000_000 + number * 1_000_000_000,
            last_line: 510_000_000_000_000 + number * 1_000_000_000,
            last_package: 50_000_000_000_000 + number * 1_000_000_000,
            last_reverse: 520_000_000_000_000 + number * 1_000_000_000,
        }
    }

    /// The next item id.
    pub fn next_item(&mut self) -> u64 {
        self.last_item += 1;
        self.last_item
    }

    /// The next SKU id.
    pub fn next_sku(&mut self) -> u64 {
        self.last_sku += 1;
        self.last_sku
    }

    /// The next order id.
    pub fn next_order(&mut self) -> u64 {
        self.last_order += 1;
        self.last_order
    }

    /// The next id of an order row.
    pub fn next_line(&mut self) -> u64 {
        self.last_line += 1;
        self.last_line
    }

    /// The next id of a reverse order or of one of its rows.
    pub fn next_reverse(&mut self) -> u64 {
        self.last_reverse += 1;
        self.last_reverse
    }

    /// The next package, `FP` and digits.
    pub fn next_package(&mut self) -> String {
        self.last_package += 1;
        format!("FP{:015}", self.last_package)
    }

    /// Takes an item in, or notes what changed about its SKUs.
    pub fn index(&mut self, item_id: u64) {
        let Some(item) = self.items.get(&item_id) else { return };
        for sku in &item.skus {
            self.sku_items.insert(sku.id, item_id);
            if sku.figures.status == SkuStatus::Deleted {
                if self.sku_homes.get(&sku.seller_sku) == Some(&(item_id, sku.id)) {
                    self.sku_homes.remove(&sku.seller_sku);
                }
            } else {
                self.sku_homes.insert(sku.seller_sku.clone(), (item_id, sku.id));
            }
        }
    }

    /// Forgets where a SellerSku lives, before it gets another name.
    pub fn unindex(&mut self, seller_sku: &str) {
        self.sku_homes.remove(seller_sku);
    }

    /// Item and SKU of a SellerSku that is not deleted.
    pub fn home_of(&self, seller_sku: &str) -> Option<(u64, u64)> {
        self.sku_homes.get(seller_sku).copied()
    }

    /// The item that a SKU belongs or belonged to.
    pub fn item_of(&self, sku_id: u64) -> Option<u64> {
        self.sku_items.get(&sku_id).copied()
    }

    /// The item, with its review and campaigns up to date. Deleted ones answer too.
    pub fn item(&mut self, id: u64, now_ms: i64) -> Option<&mut Item> {
        let item = self.items.get_mut(&id)?;
        item.settle(now_ms);
        Some(item)
    }

    /// The place of a warehouse code.
    pub fn warehouse(&self, code: &str) -> Option<usize> {
        self.warehouses.iter().position(|warehouse| warehouse.code == code)
    }
}
