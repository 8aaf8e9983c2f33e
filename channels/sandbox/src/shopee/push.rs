//! Push messages (spec 6): signed over address and body, sent again after failures, then kept in a lost queue.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::core::{Core, Job, Parcel, lock};

use super::sign::Signer;

const VERIFICATION: &str = r#"{"code":0,"data":{"verify_info":"This is a Verification message.Please respond in the certain format."}}"#;
const CODES: [u16; 12] = [1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 22, 29];
/// The codes the sandbox can send; 30 is the parcel's own.
const PARCEL: u16 = 30;
const LOST_MS: i64 = 3 * 86_400_000;
const JUDGED_MS: i64 = 6 * 3_600_000;
const JUDGED_COUNT: usize = 600;
/// A receiver answers within 3 s, with nothing in the body (spec 6.2).
const TAKEN_WITHIN_MS: u64 = 3_000;

/// A push that nobody took.
#[derive(Debug, Clone)]
pub struct Lost {
    pub number: u64,
    pub at_ms: i64,
    pub shop: Option<u64>,
    pub code: u16,
    pub body: String,
}

#[derive(Default)]
struct Held {
    url: Option<String>,
    on: BTreeSet<u16>,
    blocked: BTreeSet<u64>,
    retry_s: Vec<i64>,
    lost: VecDeque<Lost>,
    lost_count: u64,
    outcomes: VecDeque<(i64, bool)>,
    suspended_ms: Option<i64>,
}

/// The push side of one app.
pub struct Push {
    core: Arc<Core>,
    signer: Signer,
    held: Mutex<Held>,
    /// Cheap to ask on the hot path.
    is_live: AtomicBool,
}

/// What a push is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Shop(u64),
    /// The app: the body has `partner_id` and no `shop_id` (spec 6.3).
    Partner(u64),
}

impl Push {
    /// Sends nothing until an address is set.
    pub fn new(core: Arc<Core>, signer: Signer, retry_s: [i64; 3]) -> Arc<Self> {
        core.hooks.demand_empty_within_ms(TAKEN_WITHIN_MS);
        let held = Held { retry_s: retry_s.to_vec(), ..Held::default() };
        Arc::new(Self { core, signer, held: Mutex::new(held), is_live: AtomicBool::new(false) })
    }

    /// Sets the waits before repeats, in seconds.
    pub fn set_retries(&self, retry_s: [i64; 3]) {
        lock(&self.held).retry_s = retry_s.to_vec();
    }

    /// Sets the address (a verification follows) and turns every code on.
    pub fn subscribe_all(self: &Arc<Self>, url: &str) {
        self.set_on(CODES.into_iter().chain([PARCEL]), []);
        self.set_url(url);
    }

    /// Sets the address; the platform posts a verification to it (spec 6.1).
    pub fn set_url(self: &Arc<Self>, url: &str) {
        {
            let mut held = lock(&self.held);
            held.url = Some(url.to_owned());
            held.suspended_ms = None;
            held.outcomes.clear();
        }
        self.is_live.store(true, Ordering::Release);
        self.post(0, None, VERIFICATION.to_owned(), 0, 0);
    }

    /// Turns codes on and off.
    pub fn set_on(&self, on: impl IntoIterator<Item = u16>, off: impl IntoIterator<Item = u16>) {
        let mut held = lock(&self.held);
        held.on.extend(on);
        for code in off {
            held.on.remove(&code);
        }
        held.suspended_ms = None;
    }

    /// Shops of which nothing is sent.
    pub fn block(&self, shops: impl IntoIterator<Item = u64>) {
        lock(&self.held).blocked = shops.into_iter().collect();
    }

    /// Tells whether an address is set at all.
    pub fn is_live(&self) -> bool {
        self.is_live.load(Ordering::Acquire)
    }

    /// Tells whether an address is known to the platform.
    pub fn has_url(&self) -> bool {
        lock(&self.held).url.is_some()
    }

    /// Sends a push after `wait_ms`.
    pub fn emit(self: &Arc<Self>, code: u16, about: About, data: &Value, wait_ms: i64) {
        if !self.is_live() {
            return;
        }
        let shop = match about {
            About::Shop(shop) => Some(shop),
            About::Partner(_) => None,
        };
        {
            let held = lock(&self.held);
            let is_blocked = shop.is_some_and(|shop| held.blocked.contains(&shop));
            if !held.on.contains(&code) || is_blocked || held.suspended_ms.is_some() {
                return;
            }
        }
        let owner = match about {
            About::Shop(shop) => format!("\"shop_id\":{shop}"),
            About::Partner(partner) => format!("\"partner_id\":{partner}"),
        };
        let (id, now_s) = (self.core.dice.hex(32), self.core.clock.now_s());
        let body =
            format!("{{\"msg_id\":\"{id}\",\"data\":{data},{owner},\"code\":{code},\"timestamp\":{now_s}}}");
        self.post(code, shop, body, 0, wait_ms);
    }

    fn post(self: &Arc<Self>, code: u16, shop: Option<u64>, body: String, tries: usize, wait_ms: i64) {
        let Some(url) = lock(&self.held).url.clone() else { return };
        let parcel = Parcel {
            headers: vec![
                ("Content-Type".to_owned(), "application/json".to_owned()),
                ("Authorization".to_owned(), self.signer.sign_push(&url, &body)),
            ],
            signature_header: Some("Authorization".to_owned()),
            body: body.clone().into_bytes(),
            url,
        };
        let push = Arc::clone(self);
        self.core.hooks.post(Job {
            key: None,
            due_ms: self.core.clock.now_ms() + wait_ms,
            build: Box::new(move || vec![parcel]),
            done: Box::new(move |status| push.judge(code, shop, body, tries, status)),
        });
    }

    /// A delivery ended: repeats after a failure, or gives up into the lost queue (spec 6.2).
    fn judge(
        self: &Arc<Self>,
        code: u16,
        shop: Option<u64>,
        body: String,
        tries: usize,
        status: Option<u16>,
    ) {
        let now_ms = self.core.clock.now_ms();
        let is_taken = status.is_some_and(|status| (200..300).contains(&status));
        let wait_s = {
            let mut held = lock(&self.held);
            held.outcomes.push_back((now_ms, is_taken));
            while held.outcomes.front().is_some_and(|(at_ms, _)| at_ms + JUDGED_MS < now_ms) {
                held.outcomes.pop_front();
            }
            if held.outcomes.len() > JUDGED_COUNT && held.success_percent() < 30 {
                held.suspended_ms = Some(now_ms);
            }
            if is_taken {
                return;
            }
            match held.retry_s.get(tries) {
                Some(wait_s) => *wait_s,
                None => {
                    if code != 0 {
                        held.lost_count += 1;
                        let number = held.lost_count;
                        held.lost.push_back(Lost { number, at_ms: now_ms, shop, code, body });
                    }
                    return;
                }
            }
        };
        self.post(code, shop, body, tries + 1, wait_s * 1000);
    }

    /// `push/get_app_push_config`.
    pub fn config(&self) -> Value {
        let held = lock(&self.held);
        let status = match held.suspended_ms {
            Some(_) => "Suspended",
            None if held.outcomes.len() > JUDGED_COUNT && held.success_percent() < 70 => "Warning",
            None => "Normal",
        };
        let off: Vec<u16> =
            CODES.into_iter().chain([PARCEL]).filter(|code| !held.on.contains(code)).collect();
        json!({
            "callback_url": held.url.clone().unwrap_or_default(),
            "live_push_status": status,
            "suspended_time": held.suspended_ms.map_or(0, |ms| ms / 1000),
            "blocked_shop_id": held.blocked,
            "push_config_on_list": held.on,
            "push_config_off_list": off,
        })
    }

    /// `push/get_lost_push_message`: the earliest 100 of the last 3 days. `data` is the whole body as text (spec 6.1).
    pub fn lost(&self, now_ms: i64) -> Value {
        let mut held = lock(&self.held);
        while held.lost.front().is_some_and(|lost| lost.at_ms + LOST_MS < now_ms) {
            held.lost.pop_front();
        }
        let rows: Vec<Value> = held
            .lost
            .iter()
            .take(100)
            .map(|lost| {
                let mut row = json!({"code": lost.code, "timestamp": lost.at_ms / 1000, "data": lost.body});
                if let Some(shop) = lost.shop {
                    row["shop_id"] = json!(shop);
                }
                row
            })
            .collect();
        let last = held.lost.iter().take(100).next_back().map_or(0, |lost| lost.number);
        json!({"push_message_list": rows, "has_next_page": held.lost.len() > 100, "last_message_id": last})
    }

    /// `push/confirm_consumed_lost_push_message`: everything up to `last` is done with.
    pub fn confirm(&self, last: u64) {
        lock(&self.held).lost.retain(|lost| lost.number > last);
    }
}

impl Held {
    fn success_percent(&self) -> usize {
        let taken = self.outcomes.iter().filter(|(_, is_taken)| *is_taken).count();
        (taken * 100).checked_div(self.outcomes.len()).unwrap_or(100)
    }
}
