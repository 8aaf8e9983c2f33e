//! The Lazada market as the core sees it: calls come in, books stand open.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::core::{Answer, Books, Buyable, FaultKind, Hit, Kind, Market, OrderWish, Trouble, lock};
use crate::core::{Call as Incoming, Refusal as Wanted, Reply};

use super::call::{Call, Twist};
use super::envelope::{self, Refusal, Style, Success, render};
use super::gate::{self, Door};
use super::public;
use super::world::{Shop, World};
use super::{books, document, media, order_control, order_move, order_place, params, seed, time};

const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>Tengine</center></body></html>";

/// The market over a world.
pub struct Lazada {
    pub world: Arc<World>,
}

impl Lazada {
    fn reply(&self, answer: envelope::Answer, style: Style, skew_ms: i64, rows: usize) -> Reply {
        let as_documented = self.world.rule(|rules| rules.as_documented);
        let style = Style { as_documented: style.as_documented || as_documented, ..style };
        let rendered = render(answer, &self.world.request_id(), style);
        let mut reply = Reply::bytes(rendered.status, rendered.content_type, rendered.body).with_rows(rows);
        if let Some(code) = rendered.error {
            reply.refused_auth = matches!(
                code.as_str(),
                "IllegalAccessToken"
                    | "InvalidAccessToken"
                    | "IncompleteSignature"
                    | "InvalidAppKey"
                    | "InsufficientPermission"
            );
            reply.throttled =
                matches!(code.as_str(), "ApiCallLimit" | "AppCallLimit" | "SellerCallLimit" | "901");
            reply.error = Some(code);
        }
        if let Some(to) = rendered.location {
            reply = reply.with_header("Location", to);
        }
        reply.with_header("Date", time::http_date(self.world.core.clock.now_ms() + skew_ms))
    }

    fn read(&self, incoming: &Incoming) -> Call {
        let fault = incoming.fault.as_ref();
        let read =
            params::read(&incoming.query, incoming.header("content-type").unwrap_or(""), &incoming.body);
        Call {
            params: read.texts,
            files: read.files,
            host: incoming.header("host").unwrap_or("127.0.0.1").to_owned(),
            now_ms: self.world.core.clock.now_ms(),
            twist: fault.map_or_else(Twist::default, twist),
            ..Call::default()
        }
    }

    async fn answer_now(&self, incoming: &Incoming) -> Reply {
        let mut call = self.read(incoming);
        let (mut style, mut skew_ms) = (Style::default(), 0);
        if let Some(hit) = &incoming.fault {
            match (hit.kind, hit.own) {
                (FaultKind::ClockSkew, _) => skew_ms = hit.after_ms,
                (_, "bad_gateway") => return Reply::html(502, BAD_GATEWAY),
                (_, "as_documented") => style.as_documented = true,
                (_, "no_data") => style.without_data = true,
                (_, "extra_fields") => style.with_extras = true,
                _ => {}
            }
        }
        if let Some(page) = self.page(incoming, &call) {
            return page;
        }
        let answer = self.operate(incoming, &mut call, skew_ms).await;
        self.reply(answer, style, skew_ms, call.rows.get())
    }

    /// What is for browsers: consent, pictures, labels.
    fn page(&self, incoming: &Incoming, call: &Call) -> Option<Reply> {
        let plain = |success: Success| self.reply(Ok(success), Style::default(), 0, 0);
        let not_found = || Reply::html(404, "<html><body><h1>404 Not Found</h1></body></html>");
        if incoming.path == "/oauth/authorize" {
            return Some(plain(public::authorize(&self.world, call)));
        }
        if incoming.path.starts_with("/p/") {
            return Some(media::serve(&self.world, &incoming.path).map_or_else(not_found, plain));
        }
        if incoming.path.starts_with("/oss/proxy/waybill/") {
            let found = document::waybill(&self.world, &incoming.path, call.arg("Expires"));
            return Some(found.map_or_else(|| Reply::html(403, "<h1>403 Forbidden</h1>"), plain));
        }
        None
    }

    async fn operate(&self, incoming: &Incoming, call: &mut Call, skew_ms: i64) -> envelope::Answer {
        let world = &self.world;
        let path = gate::signed_path(&incoming.path);
        let operation = gate::find(path)
            .ok_or_else(|| Refusal::isv("InvalidApiPath", "The specified API path is invalid"))?;
        // A caller may live in the sandbox's time, which tests move, or in the real one.
        let world_ms = call.now_ms + skew_ms;
        let real_ms = jiff::Timestamp::now().as_millisecond();
        let clocks_ms = [world_ms, if skew_ms == 0 { real_ms } else { world_ms }];
        call.app = gate::check_call(world, operation, incoming.method.as_str(), call, &clocks_ms)?;
        let hit = incoming.fault.as_ref().filter(|hit| hit.kind == FaultKind::Own);
        if let Door::Public(act) = operation.door {
            if let Some(refusal) = hit.and_then(|hit| gate::own_fault(hit.own)) {
                return Err(refusal);
            }
            return act(world, call);
        }
        let seller = gate::check_token(world, call)?;
        let cell = world.shops.get(&seller).ok_or_else(Refusal::illegal_token)?;
        {
            let mut shop = lock(cell);
            if let Some(hit) = hit {
                strike(world, &mut shop, operation.path, hit, call.now_ms)?;
            }
            gate::check_shop(world, &mut shop, operation.path, call)?;
            if let Door::Seller(act) = operation.door {
                let answer = act(world, &mut shop, call);
                return if hit.is_some_and(|hit| hit.own == "timeout_after") {
                    Err(gate::service_timeout())
                } else {
                    answer
                };
            }
        }
        match operation.door {
            Door::FetchOne => media::migrate_one(world, call).await,
            Door::FetchMany => media::migrate_many(world, call).await,
            Door::Public(_) | Door::Seller(_) => Ok(Success::Bare),
        }
    }

    /// Does something to a shop, with everything done before whose time has come.
    pub fn with_shop<T>(
        &self,
        shop: &str,
        act: impl FnOnce(&World, &mut Shop, i64) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let found = shop.parse().ok().and_then(|id: u64| self.world.shops.get(&id));
        let cell = found.ok_or_else(|| Trouble::Unknown(format!("no shop {shop:?}")))?;
        let now_ms = self.world.core.clock.now_ms();
        let mut shop = lock(cell);
        order_move::settle(&self.world, &mut shop, now_ms);
        act(&self.world, &mut shop, now_ms)
    }
}

/// Plays this channel's own faults that stand before the operation.
fn strike(world: &World, shop: &mut Shop, path: &str, hit: &Hit, now_ms: i64) -> Result<(), Refusal> {
    match hit.own {
        "api_ban" => {
            let ban_ms = if hit.after_ms > 0 { hit.after_ms } else { 1_000 };
            shop.banned_until_ms = now_ms + ban_ms;
        }
        "switched_off" => {
            let off_ms = if hit.after_ms > 0 { hit.after_ms } else { 3_600_000 };
            lock(&world.switched_off).insert(path.to_owned(), now_ms + off_ms);
        }
        own => {
            if let Some(refusal) = gate::own_fault(own) {
                return Err(refusal);
            }
        }
    }
    Ok(())
}

fn twist(hit: &Hit) -> Twist {
    let plain = Twist::default();
    match (hit.kind, hit.own) {
        (FaultKind::HalfBatch, _) => Twist { half_batch: true, ..plain },
        (FaultKind::StaleRead, _) => Twist { stale_ms: hit.after_ms, ..plain },
        (FaultKind::IndexLag, _) => Twist { index_ms: hit.after_ms, ..plain },
        (FaultKind::EmptyPage, _) => Twist { empty_page: true, ..plain },
        (FaultKind::ShiftPage, _) => Twist { shift: if hit.after_ms < 0 { -1 } else { 1 }, ..plain },
        (FaultKind::UnknownStatus, _) => Twist { unknown_status: true, ..plain },
        (_, "detail_under_zero") => Twist { under_zero: true, ..plain },
        (_, "stray_failure") => Twist { stray: true, ..plain },
        _ => plain,
    }
}

impl Market for Lazada {
    fn channel(&self) -> &'static str {
        "lazada"
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
        let token = match call.arg("access_token") {
            Some(token) => Some(token.to_owned()),
            None => params::read(&[], call.header("content-type").unwrap_or(""), &call.body)
                .texts
                .remove("access_token"),
        };
        let seller = token.and_then(|token| lock(&self.world.auth).seller_of(&token));
        seller.map(|seller| seller.to_string()).unwrap_or_default()
    }

    fn kind_of(&self, call: &Incoming) -> Kind {
        let kind = gate::find(gate::signed_path(&call.path)).map_or(Kind::Other, |operation| operation.kind);
        if kind == Kind::List && call.arg("sku_seller_list").is_some() { Kind::Find } else { kind }
    }

    fn answer(self: Arc<Self>, call: Incoming) -> Answer {
        Box::pin(async move { self.answer_now(&call).await })
    }

    fn refusal(&self, refusal: Wanted, _call: &Incoming) -> Reply {
        let rule = self.world.core.quota.rule();
        let answer = match refusal {
            Wanted::Throttle if rule.per_second.is_none() && rule.per_day.is_some() => gate::app_limit(),
            Wanted::Throttle => Refusal::api_limit(1),
            Wanted::Throttle429 => {
                Refusal::isv("SellerCallLimit", "Seller access frequency exceeds the limit")
            }
            Wanted::ServerError => Refusal::system("SystemError", "System error"),
            Wanted::TokenExpired => Refusal::illegal_token(),
            Wanted::Revoked => gate::revoked(&self.world),
            Wanted::AppDead => Refusal::isv("InvalidAppKey", "The specified App Key is invalid"),
        };
        let mut reply = self.reply(Err(answer), Style::default(), 0, 0);
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
        self.with_shop(shop, |world, shop, now_ms| order_place::place(world, shop, wish, now_ms))
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
        let (head, event) = rest.split_once('/').unwrap_or((rest, ""));
        let done = match (method, head) {
            ("GET", "settings") => Ok(json!(self.world.settings())),
            ("POST", "settings") => {
                self.world.change_settings(body).map(|settings| json!(settings)).map_err(Trouble::Senseless)
            }
            ("POST", "shop") => self.shop_event(shop, event, body),
            ("POST", "apps") => self.app_event(event, body),
            ("POST", "push") => self.push_event(event, body),
            ("POST", "places") => self.move_place(shop, event, body),
            _ => return None,
        };
        Some(done.map_or_else(|trouble| trouble.answer(), |found| (200, found)))
    }

    fn own_faults(&self) -> &'static [&'static str] {
        gate::OWN_FAULTS
    }

    fn hooks_at(&self, url: Option<&str>, _secret: Option<&str>) {
        // The secret is always the app's. One address an app, set in the console (spec 6.1): here for all of them.
        if let Some(url) = url {
            self.world.change_apps(|apps| {
                for app in apps.iter_mut() {
                    app.hook_url = Some(url.to_owned());
                }
            });
            self.world.push.wake();
        }
    }
}
