//! A simulated WooCommerce shop: `wc/v3` as observed on 11.0.1 (`wc11`) and 7.9.0 (`wc7`).
//!
//! Where to look: `serve` answers a call · `auth`, `oauth` who calls · `route` what a path means ·
//! `resource`, `batch` the four verbs · `item`, `save`, `view` products · `order…`, `refund` orders ·
//! `list`, `paging` lists · `webhook` deliveries · `shopper`, `events`, `shelf` the control API's side ·
//! `world` the state. Source of every behaviour: woocommerce.md (November 2026), section named beside it.

mod args;
mod auth;
mod batch;
mod clean;
mod errors;
mod events;
mod index;
mod item;
mod list;
mod media;
mod oauth;
mod order;
mod order_stock;
mod order_write;
mod paging;
mod price;
mod product;
mod profile;
mod refund;
mod reply;
mod resource;
mod route;
mod save;
mod schema;
mod serve;
mod settings;
mod shelf;
mod shopper;
mod sku;
mod small;
mod term;
mod view;
mod webhook;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Mutex, Weak};

use serde_json::{Value, json};

use crate::core::faults::FaultKind;
use crate::core::journal::Kind;
use crate::core::market::{Answer, Buyable, Call, Market, OrderWish, Refusal, Reply, Trouble};
use crate::core::{Books, Core, Options, Running, lock, text};

use auth::Gate;
use profile::Profile;
use resource::Resource;
use world::World;

/// The one shop's id in the control API.
const SHOP: &str = "1";

/// Fault kinds that only this channel knows, with the number of spec §12.
const OWN_FAULTS: &[&str] = &[
    "fatal_midway",   // F3: 500 after `after_ms` items of a batch
    "database_error", // F4: 500 HTML
    "forbidden_html", // F8: 403 HTML (use `method`)
    "drop_auth",      // F10: the Authorization header does not arrive
    "tls_ended",      // F11: the shop does not know that it is on TLS
    "batch_limit",    // F14: `after_ms` items a batch (default 20)
    "body_limit",     // F15: 413 HTML over `after_ms` bytes (default 200,000)
    "redirect",       // F24: 301 to another host
    "woo_off",        // F26: plugin switched off
    "translated",     // F27: Vietnamese messages
];

/// One simulated shop.
pub struct Woo {
    core: Arc<Core>,
    me: Weak<Woo>,
    world: Mutex<World>,
    gate: Mutex<Gate>,
    profile: Profile,
    /// Milliseconds between the SKU check and the saving of a single create: the race of spec §4.3.
    create_gap_ms: std::sync::atomic::AtomicU64,
}

/// Starts a shop. Its home address is the address it listens on until the control API says otherwise.
///
/// # Errors
/// When the address cannot be bound or the profile is unknown.
pub async fn start(options: Options) -> io::Result<Running> {
    let word = options.profile.as_deref().unwrap_or("wc11");
    let profile = Profile::read(word).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("woocommerce has no profile {word:?}: wc11, wc7 or a version such as 9.2.0"),
        )
    })?;
    let core = Core::new(options.seed);
    let woo = Arc::new_cyclic(|me| Woo {
        me: Weak::clone(me),
        world: Mutex::new(World::new(profile)),
        gate: Mutex::new(Gate::new(&core.dice)),
        profile,
        create_gap_ms: std::sync::atomic::AtomicU64::new(2),
        core: Arc::clone(&core),
    });
    let market: Arc<dyn Market> = Arc::clone(&woo) as Arc<dyn Market>;
    let running = crate::core::start(&options, core, market).await?;
    woo.with(|world| running.base_url().clone_into(&mut world.home));
    Ok(running)
}

impl Woo {
    fn weak(&self) -> Weak<Self> {
        Weak::clone(&self.me)
    }

    /// Works on the world under its lock, then queues the webhooks of what happened.
    fn with<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        let (result, heard) = {
            let mut world = lock(&self.world);
            world.now_ms = self.core.clock.now_ms();
            world.keeps_earlier = self.core.faults.is_armed(FaultKind::StaleRead);
            world.expire_holds();
            let result = work(&mut world);
            world.heal_orders();
            (result, world.take_heard())
        };
        self.post_heard(heard);
        result
    }

    fn fresh_secret(&self, resource: Resource) -> String {
        if resource == Resource::Webhooks { self.core.dice.hex(50) } else { String::new() }
    }
}

impl Market for Woo {
    fn channel(&self) -> &'static str {
        "woocommerce"
    }

    fn profile(&self) -> String {
        self.profile.version()
    }

    fn shops(&self) -> Vec<String> {
        vec![SHOP.to_owned()]
    }

    fn credentials(&self, base_url: &str) -> Value {
        let gate = lock(&self.gate);
        let key = gate.keys.first();
        json!({
            "base_url": base_url, "consumer_key": key.map(|key| &key.key), "consumer_secret": key.map(|key| &key.secret),
            "username": gate.username, "application_password": gate.app_password,
        })
    }

    fn shop_of(&self, _call: &Call) -> String {
        SHOP.to_owned()
    }

    fn kind_of(&self, call: &Call) -> Kind {
        serve::kind_of(call, self.profile)
    }

    fn answer(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move { self.serve(call).await })
    }

    fn refusal(&self, refusal: Refusal, call: &Call) -> Reply {
        let error = match refusal {
            // The core of WooCommerce has no limit; hosts have (spec §10.6).
            Refusal::Throttle => {
                let mut reply = Reply::html(429, "<html><body><h1>429 Too Many Requests</h1></body></html>")
                    .with_header("Retry-After", "1")
                    .with_error("too_many_requests");
                reply.throttled = true;
                return reply;
            }
            Refusal::Throttle429 => {
                let mut reply = Reply::html(429, "").with_error("too_many_requests");
                reply.throttled = true;
                return reply;
            }
            Refusal::ServerError => errors::fatal(),
            Refusal::TokenExpired | Refusal::Revoked => {
                auth::without_rights(&auth::Caller::Nobody, &call.method, false, false)
            }
            Refusal::AppDead => {
                let user = auth::basic(call).map_or_else(|| "ck_".to_owned(), |(user, _)| user);
                auth::unknown_user(&user)
            }
        };
        self.with(|world| reply::dress(Err(error), &world.home, world.now_s(), "", false))
    }

    fn books(&self, _shop: &str) -> Books {
        self.with(|world| shelf::books(world))
    }

    fn buyable(&self, _shop: &str) -> Vec<Buyable> {
        self.with(|world| shelf::buyable(world))
    }

    fn place_order(&self, _shop: &str, wish: &OrderWish) -> Result<String, Trouble> {
        self.with(|world| shopper::place(world, wish))
    }

    fn order_event(&self, _shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        self.with(|world| events::order(world, id, event, body))
    }

    fn seed_listing(&self, _shop: &str, body: &Value) -> Result<String, Trouble> {
        self.with(|world| events::seed(world, body))
    }

    fn listing_event(&self, _shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        self.with(|world| events::listing(world, id, event, body))
    }

    fn own_control(&self, method: &str, rest: &str, _shop: &str, body: &Value) -> Option<(u16, Value)> {
        let field = |name: &str| body.get(name).and_then(Value::as_str);
        match (method, rest) {
            ("POST", "keys") => {
                let permissions = field("permissions").unwrap_or("read_write");
                let manages = body.get("manages").and_then(Value::as_bool).unwrap_or(true);
                Some((201, lock(&self.gate).add_key(&self.core.dice, permissions, manages)))
            }
            ("POST", "keys/revoke") => {
                let wanted = field("consumer_key");
                for key in &mut lock(&self.gate).keys {
                    if wanted.is_none_or(|wanted| wanted == key.key) {
                        key.revoked = true;
                    }
                }
                Some((200, json!({})))
            }
            ("POST", "keys/restore") => {
                lock(&self.gate).keys.iter_mut().for_each(|key| key.revoked = false);
                Some((200, json!({})))
            }
            ("POST", "home") => Some(self.with(|world| match field("url") {
                Some(url) => {
                    url.trim_end_matches('/').clone_into(&mut world.home);
                    (200, json!({ "home": world.home }))
                }
                None => (400, json!({ "error": "url: the site address wanted" })),
            })),
            ("POST", "orphans") => Some(self.with(|world| match field("sku") {
                Some(sku) => {
                    world.orphans.insert(sku::fold(sku));
                    (201, json!({}))
                }
                None => (400, json!({ "error": "sku: the SKU of the orphan row wanted" })),
            })),
            ("POST", "create_gap") => {
                let ms = body.get("ms").and_then(Value::as_u64).unwrap_or(0);
                self.create_gap_ms.store(ms, std::sync::atomic::Ordering::Relaxed);
                Some((200, json!({ "ms": ms })))
            }
            _ => None,
        }
    }

    fn own_faults(&self) -> &'static [&'static str] {
        OWN_FAULTS
    }
}

/// The page of F4.
const DATABASE_ERROR: &str = "<!DOCTYPE html><html><head><title>Database Error</title></head><body><h1>Error establishing a database connection</h1></body></html>";

/// A page of F8.
const FORBIDDEN: &str = "<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1><p>You don't have permission to access this resource.</p></body></html>";

/// Replies of faults that come before WordPress runs at all.
fn before_wordpress(call: &Call, home: &str) -> Option<Reply> {
    let hit = call.fault.as_ref()?;
    let reply = match hit.own {
        "database_error" => Reply::html(500, DATABASE_ERROR).with_error("database_error"),
        "forbidden_html" => Reply::html(403, FORBIDDEN).with_error("forbidden"),
        "body_limit" => {
            let limit = usize::try_from(hit.after_ms).ok().filter(|limit| *limit > 0).unwrap_or(200_000);
            if call.body.len() <= limit {
                return None;
            }
            Reply::html(413, "<html><body><h1>413 Request Entity Too Large</h1></body></html>")
                .with_error("too_large")
        }
        "redirect" => {
            let query =
                if call.raw_query.is_empty() { String::new() } else { format!("?{}", call.raw_query) };
            let target = format!("{}{}{query}", home.replacen("://", "://www.", 1), call.path);
            Reply::html(301, text::CHALLENGE).with_header("Location", target)
        }
        _ => return None,
    };
    Some(reply)
}
