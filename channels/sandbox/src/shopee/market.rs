//! The Shopee market as the core sees it: calls come in, books stand open.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use crate::core::{Answer, Books, Buyable, FaultKind, Kind, Market, OrderWish, Trouble, lock};
use crate::core::{Call as Incoming, Refusal as Wanted, Reply};

use super::auth::{Owner, invalid_token};
use super::call::{Call, Twist};
use super::envelope::{self, Refusal, Style, render};
use super::public::{consent_ended, consent_ends_soon, revoke};
use super::world::{Shop, World};
use super::{books, order_control, route, seed};

/// The market over a world.
pub struct Shopee {
    pub world: Arc<World>,
}

impl Shopee {
    fn reply(&self, answer: envelope::Answer, skew_ms: i64, rows: u64) -> Reply {
        let settings = self.world.settings();
        let style = Style { is_gateway_200: settings.gateway_200, omits_error: settings.omit_error };
        let is_refused = |code: &str| {
            matches!(code, "invalid_acceess_token" | "error_sign" | "shop_no_linked" | "invalid_partner_id")
        };
        let reply = render(answer, &self.world.request_id(), style);
        let throttled = matches!(reply.error.as_str(), "error_rate_limit" | "error_limit");
        let mut shown = Reply::bytes(reply.status, reply.content_type, reply.body)
            .with_rows(usize::try_from(rows).unwrap_or(usize::MAX));
        shown.refused_auth = is_refused(&reply.error);
        shown.throttled = throttled;
        if !reply.error.is_empty() {
            shown.error = Some(reply.error);
        }
        if let Some(to) = reply.location {
            shown = shown.with_header("Location", to);
        }
        shown.with_header("Date", http_date((self.world.core.clock.now_ms() + skew_ms) / 1000))
    }

    fn answer_now(&self, incoming: &Incoming) -> Reply {
        let world = &self.world;
        let fault = incoming.fault.as_ref();
        let mut skew_ms = 0;
        if let Some(hit) = fault {
            match hit.kind {
                FaultKind::Own => return self.reply(Err(route::own_fault(hit.own)), 0, 0),
                FaultKind::ClockSkew => skew_ms = hit.after_ms,
                _ => {}
            }
        }
        let mut call = Call {
            is_post: incoming.method == Method::POST,
            path: incoming.path.clone(),
            host: incoming.header("host").unwrap_or("127.0.0.1").to_owned(),
            query: incoming.query.clone(),
            content_type: incoming.header("content-type").unwrap_or("").to_owned(),
            body: incoming.body.clone(),
            now_ms: world.core.clock.now_ms(),
            twist: fault.map_or_else(Twist::default, |hit| twist(hit.kind, hit.after_ms)),
            ..Call::default()
        };
        // A caller may live in the sandbox's time, which tests move, or in the real one.
        let world_s = (call.now_ms + skew_ms) / 1000;
        let real_s = jiff::Timestamp::now().as_second();
        let clock_s = [world_s, if skew_ms == 0 { real_s } else { world_s }];
        let is_known_method = call.is_post || incoming.method == Method::GET;
        let answer = if is_known_method {
            route::answer(world, &mut call, &clock_s)
        } else {
            Err(Refusal::gateway("error_param", "the request path is incorrect."))
        };
        self.reply(answer, skew_ms, call.rows.get())
    }

    fn with_shop<T>(
        &self,
        shop: &str,
        act: impl FnOnce(&World, &mut Shop, i64) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let found = shop.parse().ok().and_then(|id: u64| self.world.shops.get(&id));
        let cell = found.ok_or_else(|| Trouble::Unknown(format!("no shop {shop:?}")))?;
        act(&self.world, &mut lock(cell), self.world.core.clock.now_ms())
    }

    fn has_only_a_daily_quota(&self) -> bool {
        let rule = self.world.core.quota.rule();
        rule.per_second.is_none() && rule.per_day.is_some()
    }

    fn shop_event(&self, shop: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        let id: u64 = shop.parse().map_err(|_| Trouble::Unknown(format!("no shop {shop:?}")))?;
        let now_ms = self.world.core.clock.now_ms();
        let auth = &self.world.auth;
        match event {
            "consent" => {
                let code = lock(auth).consent(Owner::Shop(id), now_ms, &self.world.core.dice);
                return Ok(json!({"code": code, "shop_id": id}));
            }
            "revoke" => revoke(&self.world, id, "user cancel shop authorization"),
            "expire_access" => lock(auth).expire_access(id),
            "end_consent" => {
                let in_s = body.get("in_s").and_then(Value::as_i64).unwrap_or(0);
                lock(auth).limit(id, now_ms / 1000 + in_s);
                consent_ended(&self.world, id, in_s);
            }
            "warn_expiry" => consent_ends_soon(&self.world, id, now_ms / 1000),
            "ban" | "unban" => {
                return self.with_shop(shop, |_, shop, _| {
                    shop.is_banned = event == "ban";
                    Ok(json!({}))
                });
            }
            _ => return Err(Trouble::Senseless(format!("no shop event {event:?}"))),
        }
        Ok(json!({}))
    }
}

fn twist(kind: FaultKind, after_ms: i64) -> Twist {
    let plain = Twist::default();
    match kind {
        FaultKind::HalfBatch => Twist { half_batch: true, ..plain },
        FaultKind::StaleRead => Twist { stale_ms: after_ms, ..plain },
        FaultKind::IndexLag => Twist { index_ms: after_ms, ..plain },
        FaultKind::EmptyPage => Twist { empty_page: true, ..plain },
        FaultKind::ShiftPage => Twist { shift_page: true, ..plain },
        FaultKind::UnknownStatus => Twist { unknown_status: true, ..plain },
        _ => plain,
    }
}

/// The date of HTTP headers.
fn http_date(at_s: i64) -> String {
    jiff::Timestamp::from_second(at_s)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

impl Market for Shopee {
    fn channel(&self) -> &'static str {
        "shopee"
    }

    fn profile(&self) -> String {
        self.world.profile.clone()
    }

    fn shops(&self) -> Vec<String> {
        self.world.shops.keys().map(u64::to_string).collect()
    }

    fn credentials(&self, base_url: &str) -> Value {
        self.world.credentials(base_url)
    }

    fn shop_of(&self, call: &Incoming) -> String {
        call.arg("shop_id").unwrap_or("").to_owned()
    }

    fn kind_of(&self, call: &Incoming) -> Kind {
        route::kind_of(&call.path)
    }

    fn answer(self: Arc<Self>, call: Incoming) -> Answer {
        Box::pin(async move { self.answer_now(&call) })
    }

    fn refusal(&self, refusal: Wanted, call: &Incoming) -> Reply {
        let answer = match refusal {
            Wanted::Throttle if self.has_only_a_daily_quota() => route::day_is_full(),
            Wanted::Throttle | Wanted::Throttle429 => route::too_fast(),
            Wanted::ServerError if call.path.starts_with("/api/v2/product/") => {
                Refusal::new("product.error_server", "Something wrong. Please try later.")
            }
            Wanted::ServerError => Refusal::new("error_server", "System error. Please try again later."),
            Wanted::TokenExpired => invalid_token(),
            Wanted::Revoked => Refusal::gateway("shop_no_linked", "The shop is not linked to this app."),
            Wanted::AppDead => Refusal::gateway("error_partner_key_expired", "The partner key has expired."),
        };
        let mut reply = self.reply(Err(answer), 0, 0);
        if refusal == Wanted::Throttle429 {
            reply.status = 429;
        }
        reply
    }

    fn books(&self, shop: &str) -> Books {
        self.with_shop(shop, |_, shop, now_ms| Ok(books::of(shop, now_ms))).unwrap_or_default()
    }

    fn buyable(&self, shop: &str) -> Vec<Buyable> {
        self.with_shop(shop, |_, shop, now_ms| Ok(books::buyable(shop, now_ms))).unwrap_or_default()
    }

    fn place_order(&self, shop: &str, wish: &OrderWish) -> Result<String, Trouble> {
        self.with_shop(shop, |world, shop, now_ms| order_control::place_order(world, shop, wish, now_ms))
    }

    fn order_event(&self, shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        self.with_shop(shop, |world, shop, now_ms| order_control::event(world, shop, id, event, body, now_ms))
    }

    fn seed_listing(&self, shop: &str, body: &Value) -> Result<String, Trouble> {
        self.with_shop(shop, |_, shop, now_ms| seed::listing(shop, body, now_ms)).map(|id| id.to_string())
    }

    fn listing_event(&self, shop: &str, id: &str, event: &str, body: &Value) -> Result<Value, Trouble> {
        self.with_shop(shop, |world, shop, now_ms| seed::event(world, shop, id, event, body, now_ms))
    }

    fn own_control(&self, method: &str, rest: &str, shop: &str, body: &Value) -> Option<(u16, Value)> {
        let done = match (method, rest) {
            ("GET", "settings") => Ok(json!(self.world.settings())),
            ("POST", "settings") => {
                self.world.change_settings(body).map(|settings| json!(settings)).map_err(Trouble::Senseless)
            }
            ("POST", _) => self.shop_event(shop, rest.strip_prefix("shop/")?, body),
            _ => return None,
        };
        Some(done.map_or_else(|trouble| trouble.answer(), |found| (200, found)))
    }

    fn own_faults(&self) -> &'static [&'static str] {
        route::OWN_FAULTS
    }

    fn hooks_at(&self, url: Option<&str>, _secret: Option<&str>) {
        // The secret is always the partner key.
        if let Some(url) = url {
            self.world.push.subscribe_all(url);
        }
    }
}
