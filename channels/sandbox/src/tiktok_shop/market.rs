//! The TikTok Shop market as the core sees it: calls come in, books stand open.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::core::{Answer, Books, Buyable, FaultKind, Kind, Market, OrderWish, Trouble, lock};
use crate::core::{Call as Incoming, Refusal as Wanted, Reply};

use super::auth::{token_expired, token_invalid};
use super::call::{Call, Twist};
use super::envelope::{Refusal, Success, TOO_FAST, body};
use super::shop::Shop;
use super::world::World;
use super::{books, control, order_control, route, seed};

/// The market over a world.
pub struct TiktokShop {
    pub world: Arc<World>,
}

impl TiktokShop {
    fn reply(&self, answer: Result<Success, Refusal>, skew_ms: i64, rows: u64, is_blurred: bool) -> Reply {
        let date = http_date((self.world.core.clock.now_ms() + skew_ms) / 1000);
        let id = self.world.request_id();
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let reply = match answer {
            Ok(Success::Data(mut data)) => {
                if is_blurred {
                    blur(&mut data);
                }
                envelope(200, &body(&Ok(data), &id)).with_rows(rows)
            }
            Ok(Success::Redirect(to)) => {
                Reply::bytes(302, "text/plain", Vec::new()).with_header("Location", to)
            }
            Ok(Success::File { content_type, bytes }) => Reply::bytes(200, content_type, bytes),
            Err(refusal) => {
                let mut reply = envelope(refusal.status(), &body(&Err(refusal.clone()), &id)).with_rows(rows);
                reply.error = Some(refusal.code.to_string());
                reply.throttled = refusal.code == TOO_FAST;
                let is_credential =
                    ["credentials", "access token"].iter().any(|word| refusal.message.contains(word));
                reply.refused_auth =
                    matches!(refusal.code, 106_001 | 105_002 | 101_000 | 36_004_001..=36_004_005)
                        || (refusal.code == super::envelope::PARAMETER && is_credential);
                reply
            }
        };
        reply.with_header("Date", date)
    }

    fn answer_now(&self, incoming: &Incoming) -> Reply {
        let world = &self.world;
        let (mut skew_ms, mut twist) = (0, Twist::default());
        if let Some(hit) = incoming.fault.as_ref() {
            if hit.kind == FaultKind::ClockSkew {
                skew_ms = hit.after_ms;
            }
            twist = twist_of(hit.kind, hit.after_ms, hit.own);
        }
        if twist.own == "internal_html" {
            return Reply::html(500, "<html><body><h1>500 Internal Server Error</h1></body></html>");
        }
        let mut call = Call {
            method: incoming.method.as_str().to_owned(),
            path: incoming.path.clone(),
            host: incoming.header("host").unwrap_or("127.0.0.1").to_owned(),
            query: incoming.query.clone(),
            content_type: incoming.header("content-type").unwrap_or("").to_owned(),
            token: incoming.header("x-tts-access-token").filter(|token| !token.is_empty()).map(str::to_owned),
            body: incoming.body.clone(),
            now_ms: world.core.clock.now_ms(),
            twist,
            ..Call::default()
        };
        // A caller may live in the sandbox's time, which tests move, or in the real one.
        let world_s = (call.now_ms + skew_ms) / 1000;
        let real_s = jiff::Timestamp::now().as_second();
        let clock_s = [world_s, if skew_ms == 0 { real_s } else { world_s }];
        let answer = route::answer(world, &mut call, &clock_s);
        self.reply(answer, skew_ms, call.rows.get(), twist.own == "null_fields")
    }

    fn with_shop<T>(
        &self,
        shop: &str,
        act: impl FnOnce(&World, &mut Shop, i64) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let found = shop.parse().ok().and_then(|id: u64| self.world.shops.get(&id));
        let cell = found.ok_or_else(|| Trouble::Unknown(format!("no shop {shop:?}")))?;
        let now_ms = self.world.core.clock.now_ms();
        let mut held = lock(cell);
        held.settle(&self.world, now_ms);
        let done = act(&self.world, &mut held, now_ms);
        held.settle(&self.world, now_ms);
        done
    }
}

fn envelope(status: u16, text: &str) -> Reply {
    Reply::bytes(status, "application/json; charset=utf-8", text.as_bytes().to_vec())
}

fn twist_of(kind: FaultKind, after_ms: i64, own: &'static str) -> Twist {
    let plain = Twist { own, ..Twist::default() };
    match kind {
        FaultKind::HalfBatch => Twist { half_batch: true, ..plain },
        FaultKind::StaleRead => Twist { stale_ms: after_ms, ..plain },
        FaultKind::IndexLag => Twist { index_ms: after_ms, ..plain },
        FaultKind::EmptyPage => Twist { empty_page: true, ..plain },
        FaultKind::ShiftPage => Twist { shift_page: if after_ms < 0 { -1 } else { 1 }, ..plain },
        FaultKind::UnknownStatus => Twist { unknown_status: true, ..plain },
        _ => plain,
    }
}

/// Optional objects null or gone, a word nobody knows, fields that nobody asked for (fault `null_fields`).
fn blur(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in
                ["recipient_address", "brand", "payment_method_name", "buyer_email", "package_dimensions"]
            {
                if fields.contains_key(name) {
                    fields.insert(name.to_owned(), Value::Null);
                }
            }
            for name in
                ["packages", "status_info", "delivery_options", "sku_image", "seller_next_action_response"]
            {
                fields.remove(name);
            }
            if fields.contains_key("delivery_type") {
                fields.insert("delivery_type".to_owned(), json!("DRONE_2027"));
            }
            fields.values_mut().for_each(blur);
            fields.insert("future_field".to_owned(), json!({"of": [1, null, "x"]}));
        }
        Value::Array(rows) => rows.iter_mut().for_each(blur),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The date of HTTP headers.
fn http_date(at_s: i64) -> String {
    let at = jiff::Timestamp::from_second(at_s).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

impl Market for TiktokShop {
    fn channel(&self) -> &'static str {
        "tiktok_shop"
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
        let by_cipher = call.arg("shop_cipher").and_then(|cipher| self.world.ciphers.get(cipher)).copied();
        let by_token = || lock(&self.world.auth).shop_of(call.header("x-tts-access-token")?);
        by_cipher.or_else(by_token).map(|shop| shop.to_string()).unwrap_or_default()
    }

    fn kind_of(&self, call: &Incoming) -> Kind {
        route::kind_of(call.method.as_str(), &call.path, &call.body)
    }

    fn answer(self: Arc<Self>, call: Incoming) -> Answer {
        Box::pin(async move { self.answer_now(&call) })
    }

    fn refusal(&self, refusal: Wanted, _call: &Incoming) -> Reply {
        let too_fast = || Refusal::new(TOO_FAST, "Too many requests.");
        let answer = match refusal {
            Wanted::Throttle | Wanted::Throttle429 => too_fast(),
            Wanted::ServerError => Refusal::new(36_009_003, "Internal error."),
            Wanted::TokenExpired => token_expired(),
            Wanted::Revoked => token_invalid(),
            Wanted::AppDead => route::bad_app(),
        };
        let reply = self.reply(Err(answer), 0, 0, false);
        // With and without `Retry-After`: it is not promised (spec 4.4).
        if refusal == Wanted::Throttle { reply.with_header("Retry-After", "1") } else { reply }
    }

    fn books(&self, shop: &str) -> Books {
        self.with_shop(shop, |_, shop, now_ms| Ok(books::of(shop, now_ms))).unwrap_or_default()
    }

    fn buyable(&self, shop: &str) -> Vec<Buyable> {
        self.with_shop(shop, |_, shop, _| Ok(books::buyable(shop))).unwrap_or_default()
    }

    fn place_order(&self, shop: &str, wish: &OrderWish) -> Result<String, Trouble> {
        self.with_shop(shop, |world, shop, now_ms| order_control::place_order(world, shop, wish, now_ms))
    }

    fn placed(&self, id: &str, wish: &OrderWish) -> Value {
        let mut answer = json!({ "id": id });
        if order_control::is_by_platform(wish) {
            answer["stocked_by_channel"] = json!(true);
        }
        answer
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
        let parts: Vec<&str> = rest.split('/').collect();
        let done = match (method, parts.as_slice()) {
            ("GET", ["settings"]) => Ok(json!(*self.world.settings())),
            ("POST", ["settings"]) => {
                let changed = self.world.change_settings(body);
                changed.map(|settings| json!(*settings)).map_err(Trouble::Senseless)
            }
            ("POST", ["shop", event]) => control::shop_event(&self.world, shop, event, body),
            ("GET" | "POST", ["places" | "returns" | "cancellations", ..]) => self
                .with_shop(shop, |world, shop, now_ms| {
                    control::other(world, shop, method, &parts, body, now_ms)
                }),
            _ => return None,
        };
        Some(done.map_or_else(|trouble| trouble.answer(), |found| (200, found)))
    }

    fn own_faults(&self) -> &'static [&'static str] {
        route::OWN_FAULTS
    }

    fn hooks_at(&self, url: Option<&str>, _secret: Option<&str>) {
        // The secret is always the app's.
        if let Some(url) = url {
            lock(&self.world.app_hooks).take_all(url, self.world.core.clock.now_s());
        }
    }
}
