//! The whole of one simulated app: its shops, consents, pictures and webhooks. One lock a shop.
//!
//! Whoever holds a shop's lock never takes the lock of the consents.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use serde_json::{Value, json};

use crate::core::{Core, Dice, lock};

use super::auth::{Auth, Pair};
use super::consent::lives;
use super::media::Media;
use super::settings::Settings;
use super::shop::Shop;
use super::sign::Signer;
use super::webhook::Subscriptions;

/// One app with its shops.
pub struct World {
    pub core: Arc<Core>,
    pub dice: Dice,
    pub profile: String,
    pub app_key: String,
    pub app_secret: String,
    pub service_id: String,
    pub signer: Signer,
    pub shops: BTreeMap<u64, Mutex<Shop>>,
    /// The shop behind a cipher.
    pub ciphers: HashMap<String, u64>,
    pub auth: Mutex<Auth>,
    pub media: Mutex<Media>,
    /// Where the app's webhooks go when a shop has no address of its own.
    pub app_hooks: Mutex<Subscriptions>,
    settings: RwLock<Arc<Settings>>,
    /// What the credentials named, so that asking twice changes nothing while it is good.
    issued: Mutex<BTreeMap<u64, (String, Pair)>>,
    requests: AtomicU64,
    me: Weak<World>,
}

impl World {
    /// An app with `count` shops, all of them authorized; keys and ids come from the seed.
    pub fn new(core: Arc<Core>, count: usize, profile: &str) -> Arc<Self> {
        let dice = Dice::new(core.seed ^ 0x71C7_0C50);
        let app_key = format!("6g{}", dice.hex(11));
        let app_secret = dice.hex(40);
        let service_id = format!("74{:017}", dice.below(100_000_000_000_000_000));
        let places = if profile == "two_warehouses" { 2 } else { 1 };
        let shops: BTreeMap<u64, Mutex<Shop>> = (0..count.max(1))
            .map(|place| {
                let shop = Shop::new(place, places, &dice);
                (shop.id, Mutex::new(shop))
            })
            .collect();
        let ciphers = shops.iter().map(|(id, shop)| (lock(shop).cipher.clone(), *id)).collect();
        Arc::new_cyclic(|me| Self {
            signer: Signer::new(&app_secret),
            core,
            dice,
            profile: profile.to_owned(),
            app_key,
            app_secret,
            service_id,
            shops,
            ciphers,
            auth: Mutex::default(),
            media: Mutex::new(Media::with_sample()),
            app_hooks: Mutex::default(),
            settings: RwLock::new(Arc::new(Settings::of_profile(profile))),
            issued: Mutex::default(),
            requests: AtomicU64::new(0),
            me: me.clone(),
        })
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes some settings.
    ///
    /// # Errors
    /// An unknown name or a wrong type, in words.
    pub fn change_settings(&self, changes: &Value) -> Result<Arc<Settings>, String> {
        let mut held = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(held.changed_by(changes)?);
        Ok(Arc::clone(&held))
    }

    /// A handle that does not keep the world alive, for jobs that wait.
    pub fn weak(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// Request ids look like `202611220311570100ABC…` (spec 1.4).
    pub fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let at = jiff::Timestamp::from_millisecond(self.core.clock.now_ms()).unwrap_or_default();
        format!("{}{:016X}", at.strftime("%Y%m%d%H%M%S0100"), number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// The shops that consent next.
    pub fn consenting(&self) -> Vec<u64> {
        let wanted = &self.settings().consent_shops;
        let mut shops: Vec<u64> = wanted.iter().filter_map(|id| id.parse().ok()).collect();
        shops.retain(|id| self.shops.contains_key(id));
        if shops.is_empty() {
            shops.extend(self.shops.keys().next());
        }
        shops
    }

    /// A fresh code for some shops.
    pub fn consent(&self, shops: &[u64]) -> String {
        let missing = self.settings().scope_missing.clone();
        lock(&self.auth).consent(shops, &missing, self.core.clock.now_ms(), &self.dice)
    }

    /// What a client needs: key, secret, and for each shop a code and a pair of tokens, both good.
    pub fn credentials(&self, base_url: &str) -> Value {
        let now_ms = self.core.clock.now_ms();
        let rows: Vec<Value> = self
            .shops
            .iter()
            .map(|(id, shop)| {
                let (name, cipher) = {
                    let shop = lock(shop);
                    (shop.name.clone(), shop.cipher.clone())
                };
                let (code, pair) = self.issue(*id, now_ms);
                let pair = pair.map_or(Value::Null, |pair| {
                    json!({
                        "access_token": pair.access, "access_token_expire_in": pair.access_until_s,
                        "refresh_token": pair.refresh, "refresh_token_expire_in": pair.refresh_until_s,
                    })
                });
                let mut row =
                    json!({"shop_id": id.to_string(), "name": name, "cipher": cipher, "code": code});
                if let (Some(row), Some(pair)) = (row.as_object_mut(), pair.as_object()) {
                    row.extend(pair.clone());
                }
                row
            })
            .collect();
        json!({
            "base_url": base_url, "auth_url": base_url, "app_key": self.app_key, "app_secret": self.app_secret,
            "service_id": self.service_id, "shops": rows,
        })
    }

    fn issue(&self, shop: u64, now_ms: i64) -> (String, Option<Pair>) {
        let lives = lives(self);
        let mut issued = lock(&self.issued);
        let mut auth = lock(&self.auth);
        let known = issued.get(&shop).cloned();
        let known_code = known.as_ref().map(|(code, _)| code.clone());
        let code = known_code
            .filter(|code| auth.is_code_good(code, now_ms))
            .unwrap_or_else(|| auth.consent(&[shop], &[], now_ms, &self.dice));
        let pair = known.map(|(_, pair)| pair).filter(|pair| auth.is_good(pair, now_ms)).or_else(|| {
            let own = auth.consent(&[shop], &[], now_ms, &self.dice);
            auth.exchange(&own, now_ms, lives, &self.dice).ok()
        });
        if let Some(pair) = &pair {
            issued.insert(shop, (code.clone(), pair.clone()));
        }
        (code, pair)
    }

    /// Withdraws the consents of a shop's seller; the shops that they covered.
    pub fn withdraw(&self, shop: u64) -> BTreeSet<u64> {
        lock(&self.auth).withdraw(shop)
    }
}
