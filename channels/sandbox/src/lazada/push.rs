//! Push messages (spec 6): signed over key and body, sent again until somebody says 200.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::core::{Job, Parcel, lock};

use super::world::World;

/// Whether anybody listens; cheap to ask on the hot path.
#[derive(Default)]
pub struct Push {
    is_live: AtomicBool,
    muted: Mutex<Vec<u16>>,
}

/// What a message tells.
#[derive(Debug, Clone)]
pub enum Told {
    /// As it was when it happened.
    Fixed(Value),
    /// The status of an order row: a repeat tells the latest, not the old one (spec 6.1).
    Line { seller: u64, line: u64, first: Value },
}

/// One message on its way to one app.
#[derive(Clone)]
struct Message {
    app: String,
    /// `None`: about the app, or about all shops.
    seller: Option<u64>,
    kind: u16,
    told: Told,
    tries: u32,
}

impl Push {
    /// Whether an address is set at all.
    pub fn is_live(&self) -> bool {
        self.is_live.load(Ordering::Acquire)
    }

    /// From now on somebody listens.
    pub fn wake(&self) {
        self.is_live.store(true, Ordering::Release);
    }

    /// Message types that are not subscribed.
    pub fn mute(&self, kinds: Vec<u16>) {
        *lock(&self.muted) = kinds;
    }
}

impl World {
    /// Sends a message about a shop to every app it consented to, after `wait_ms`.
    pub fn emit(&self, kind: u16, seller: Option<u64>, told: &Told, wait_ms: i64) {
        if !self.push.is_live() || lock(&self.push.muted).contains(&kind) {
            return;
        }
        let apps: Vec<String> = self.apps(|apps| {
            apps.iter().filter(|app| app.hook_url.is_some()).map(|app| app.key.clone()).collect()
        });
        for app in apps {
            self.post(Message { app, seller, kind, told: told.clone(), tries: 0 }, wait_ms);
        }
    }

    /// The console's "Verify": a signed message with dummy values (spec 6.3).
    pub fn emit_probe(&self) {
        let data = json!({"order_status": "This is a test message", "trade_order_id": "123456", "trade_order_line_id": "12345", "status_update_time": 1_577_808_000});
        let apps: Vec<String> = self.apps(|apps| apps.iter().map(|app| app.key.clone()).collect());
        for app in apps {
            self.post(Message { app, seller: None, kind: 0, told: Told::Fixed(data.clone()), tries: 0 }, 0);
        }
    }

    fn post(&self, message: Message, wait_ms: i64) {
        let (built, judged) = (self.weak(), self.weak());
        let for_build = message.clone();
        self.core.hooks.post(Job {
            key: None,
            due_ms: self.core.clock.now_ms() + wait_ms,
            build: Box::new(move || {
                built.upgrade().and_then(|world| world.parcel(&for_build)).into_iter().collect()
            }),
            done: Box::new(move |status| {
                if let Some(world) = judged.upgrade() {
                    world.judge(message, status);
                }
            }),
        });
    }

    /// The message as it leaves; `None` when the app may not hear of the shop any more (spec 6.1).
    fn parcel(&self, message: &Message) -> Option<Parcel> {
        let now_ms = self.core.clock.now_ms();
        if let Some(seller) = message.seller
            && !lock(&self.auth).is_consented(&message.app, seller, now_ms)
        {
            return None;
        }
        let data = match &message.told {
            Told::Fixed(data) => data.clone(),
            Told::Line { first, .. } if message.tries == 0 => first.clone(),
            Told::Line { seller, line, first } => {
                self.line_data(*seller, *line).unwrap_or_else(|| first.clone())
            }
        };
        let is_probe = message.seller.is_none() && message.kind == 0;
        let seller = match message.seller {
            Some(seller) => seller.to_string(),
            None if is_probe => "9999".to_owned(),
            None => "null".to_owned(),
        };
        // Type 0 samples have milliseconds, the others seconds (spec 6.2).
        let timestamp = if message.kind == 0 { now_ms } else { now_ms / 1000 };
        let site = if message.kind == 12 { "lazada_sg" } else { "lazada_vn" };
        let body = json!({"seller_id": seller, "message_type": message.kind, "data": data, "timestamp": timestamp, "site": site});
        let body = body.to_string().into_bytes();
        let (url, sign) = self.apps(|apps| {
            let app = apps.iter().find(|app| app.key == message.app)?;
            Some((app.hook_url.clone()?, app.newest().signer.sign_push(&app.key, &body)))
        })?;
        Some(Parcel {
            url,
            headers: vec![
                ("Content-Type".to_owned(), "application/json".to_owned()),
                ("Authorization".to_owned(), sign),
            ],
            signature_header: Some("Authorization".to_owned()),
            body,
        })
    }

    /// What type 0 tells of a row now.
    fn line_data(&self, seller: u64, line: u64) -> Option<Value> {
        let shop = lock(self.shops.get(&seller)?);
        let (order, place) = shop.orders.find_line(line)?;
        shop.orders.find(order).map(|order| super::order_move::line_data(order, &order.lines[place]))
    }

    /// A delivery ended: again after a pause, unless it was taken with 200 (spec 6.1).
    fn judge(&self, mut message: Message, status: Option<u16>) {
        let (retries, pause_s) = self.rule(|rules| (rules.push_retries, rules.push_retry_s));
        if status == Some(200) || message.tries >= retries {
            return;
        }
        message.tries += 1;
        self.post(message, pause_s * 1000);
    }
}
