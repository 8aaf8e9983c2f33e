//! Answers one call: front page, indexes, media, and everything below `wc/v3`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::auth::{Caller, without_rights};
use super::errors::{ApiError, error, no_route};
use super::item::{self, Under};
use super::list::{self, Scope};
use super::profile::Profile;
use super::reply::{Out, dress};
use super::resource::{Look, Resource};
use super::route::{Target, target};
use super::save::SkuCheck;
use super::wire::{Args, php_bool, php_int, php_string};
use super::{Woo, args, before_wordpress, index, media, settings, small, view};
use crate::core::faults::FaultKind;
use crate::core::journal::Kind;
use crate::core::lock;
use crate::core::market::{Call, Reply};

/// The method after `_method` and `X-HTTP-Method-Override`.
fn verb(call: &Call) -> String {
    let asked = call.arg("_method").or_else(|| call.header("x-http-method-override"));
    let word = asked.map_or_else(|| call.method.to_string(), str::to_ascii_uppercase);
    match word.as_str() {
        "HEAD" => "GET".to_owned(),
        "PATCH" => "PUT".to_owned(),
        _ => word,
    }
}

/// The REST path (after `/wp-json/`), and whether it came by a pretty address.
fn rest_path(call: &Call) -> Option<(&str, bool)> {
    if let Some(at) = call.path.find("/wp-json") {
        let rest = &call.path[at + "/wp-json".len()..];
        return (rest.is_empty() || rest.starts_with('/')).then(|| (rest.trim_matches('/'), true));
    }
    call.arg("rest_route").map(|route| (route.trim_matches('/'), false))
}

/// What a call is for, in the journal's words.
pub fn kind_of(call: &Call, profile: Profile) -> Kind {
    let Some((path, _)) = rest_path(call) else { return Kind::Survey };
    if path.starts_with("wp/v2/media") {
        return Kind::Upload;
    }
    let Some(found) = path.strip_prefix("wc/v3").and_then(|rest| target(rest, profile)) else {
        return Kind::Survey;
    };
    let verb = verb(call);
    let is_read = verb == "GET";
    match (found, verb.as_str()) {
        (Target::All(Resource::Orders) | Target::AllRefunds, "GET") => Kind::Orders,
        (Target::One(Resource::Orders, _) | Target::Refunds(..) | Target::Notes(..), "GET") => Kind::Order,
        (
            Target::All(Resource::Orders)
            | Target::One(Resource::Orders, _)
            | Target::Batch(Resource::Orders),
            _,
        ) => Kind::Action,
        (Target::Refunds(..) | Target::Notes(..), _) => Kind::Action,
        (
            Target::All(Resource::Webhooks)
            | Target::One(Resource::Webhooks, _)
            | Target::Batch(Resource::Webhooks),
            _,
        ) => Kind::Hooks,
        (Target::All(Resource::Items(_)) | Target::AllVariations, "GET") => {
            let is_search = ["sku", "search", "search_sku", "global_unique_id", "search_name_or_sku", "slug"];
            if is_search.iter().any(|name| call.arg(name).is_some()) { Kind::Find } else { Kind::List }
        }
        (Target::One(Resource::Items(_), _), "GET") => Kind::Read,
        (Target::All(Resource::Items(_)) | Target::Generate(_), _) => Kind::Create,
        (Target::One(Resource::Items(_), _), "DELETE") => Kind::Delete,
        (Target::One(Resource::Items(_), _) | Target::Batch(Resource::Items(_)), _) => {
            kind_of_write(&call.body)
        }
        (Target::All(_) | Target::One(..) | Target::Batch(_), _) if is_read => Kind::Categories,
        (Target::All(_) | Target::One(..) | Target::Batch(_), _) => Kind::Other,
        _ => Kind::Survey,
    }
}

/// A write of products by the fields it names, read from the raw text: cheap, and exact enough for a journal.
fn kind_of_write(body: &[u8]) -> Kind {
    let has = |word: &str| body.windows(word.len()).any(|window| window == word.as_bytes());
    let head = &body[..body.len().min(600)];
    let names = |word: &str| head.windows(word.len()).any(|window| window == word.as_bytes());
    if names("\"create\"") {
        return Kind::Create;
    }
    if names("\"name\"") || names("\"description\"") || names("\"images\"") || names("\"attributes\"") {
        return Kind::Revise;
    }
    if names("\"stock_quantity\"") || names("\"stock_status\"") {
        return Kind::Stock;
    }
    if names("_price\"") {
        return Kind::Price;
    }
    if names("\"status\"") {
        return Kind::OnSale;
    }
    if has("\"delete\"") { Kind::Delete } else { Kind::Revise }
}

impl Woo {
    /// Answers one call.
    pub(super) async fn serve(&self, mut call: Call) -> Reply {
        let home = self.with(|world| world.home.clone());
        if let Some(reply) = before_wordpress(&call, &home) {
            return reply;
        }
        match call.fault.as_ref().map(|hit| hit.own) {
            Some("drop_auth") => {
                call.headers.remove("authorization");
            }
            Some("tls_ended") => call.tls = false,
            Some(_) | None => {}
        }
        let skew_s = call
            .fault
            .as_ref()
            .filter(|hit| hit.kind == FaultKind::ClockSkew)
            .map_or(0, |hit| hit.after_ms / 1000);
        let now_s = self.core.clock.now_s() + skew_s;
        let Some((path, is_pretty)) = rest_path(&call) else { return self.page(&call, &home) };
        let path = path.to_owned();
        let found = path.strip_prefix("wc/v3").and_then(|rest| target(rest, self.profile));
        let allow = found.as_ref().map_or("", Target::methods);
        let is_translated = call.fault.as_ref().is_some_and(|hit| hit.own == "translated");
        let result = self.rest(&call, &path, is_pretty, found, now_s).await;
        dress(result, &home, now_s, allow, is_translated)
    }

    /// What is no REST call: the front page and uploaded pictures.
    fn page(&self, call: &Call, home: &str) -> Reply {
        if call.path.starts_with("/wp-content/uploads/") {
            let found = self.with(|world| {
                let id =
                    call.path.rsplit('-').next().and_then(|end| end.split('.').next()?.parse::<u64>().ok());
                id.and_then(|id| world.media.get(&id)).map(|media| (media.mime, media.bytes.to_vec()))
            });
            return found.map_or_else(
                || Reply::html(404, "<h1>404</h1>"),
                |(mime, bytes)| Reply::bytes(200, mime, bytes),
            );
        }
        if call.path == "/" || call.path.is_empty() {
            index::front(home)
        } else {
            Reply::html(404, "<h1>404</h1>")
        }
    }

    async fn rest(
        &self,
        call: &Call,
        path: &str,
        is_pretty: bool,
        found: Option<Target>,
        now_s: i64,
    ) -> Result<Out, ApiError> {
        let is_woo_off = call.fault.as_ref().is_some_and(|hit| hit.own == "woo_off");
        // Keys are honoured only where the address holds `wp-json/wc/` (spec §2).
        let is_wc = is_pretty && path.starts_with("wc/") && !is_woo_off;
        if path.is_empty() {
            return Ok(Out::value(200, &self.with(|world| index::site(world, is_woo_off))));
        }
        if found == Some(Target::Index) && !is_woo_off {
            return Ok(Out::value(
                200,
                &index::namespace(self.profile, &self.with(|world| world.home.clone())),
            ));
        }
        let base_url = self.signed_url(call);
        let caller = lock(&self.gate).caller(call, &base_url, now_s, self.profile, is_wc)?;
        if path.starts_with("wp/v2/") {
            return self.wordpress(call, path, &caller);
        }
        let Some(found) = found.filter(|_| !is_woo_off) else { return Err(no_route()) };
        let verb = verb(call);
        if verb == "OPTIONS" {
            return Ok(Out::value(
                200,
                &json!({ "namespace": "wc/v3", "methods": found.methods().split(", ").collect::<Vec<_>>() }),
            ));
        }
        if !found.methods().split(", ").any(|method| method == verb) {
            return Err(no_route());
        }
        let parsed = args::of(call)?;
        if caller != Caller::Manager {
            let method = Method::from_bytes(verb.as_bytes()).unwrap_or(Method::GET);
            return Err(without_rights(&caller, &method, found.is_item(), matches!(found, Target::Batch(_))));
        }
        self.wc(call, found, &verb, parsed).await
    }

    /// The address a signature is made over: home address, request path, scheme by TLS (spec §2.2).
    fn signed_url(&self, call: &Call) -> String {
        let home = self.with(|world| world.home.clone());
        let rest = home.split_once("://").map_or(home.as_str(), |(_, rest)| rest);
        let host = rest.split('/').next().unwrap_or(rest);
        format!("{}://{host}{}", if call.tls { "https" } else { "http" }, call.path)
    }

    fn wordpress(&self, call: &Call, path: &str, caller: &Caller) -> Result<Out, ApiError> {
        if *caller != Caller::Manager {
            let why = "Sorry, you are not allowed to create posts as this user.";
            return Err(error(401, "rest_cannot_create", why));
        }
        let id = path.strip_prefix("wp/v2/media/").and_then(|id| id.parse::<u64>().ok());
        let missing = || error(404, "rest_post_invalid_id", "Invalid post ID.");
        match (verb(call).as_str(), path, id) {
            ("POST", "wp/v2/media", _) => self.upload(call).map(|made| {
                let place = format!("{}/{}", call.path, made["id"]);
                Out::value(201, &made).with("Location", place)
            }),
            ("GET", "wp/v2/media", _) => self.with(|world| {
                let rows: Vec<Value> =
                    world.media.values().rev().take(100).map(|media| media::view(world, media)).collect();
                Ok(Out::value(200, &Value::Array(rows)).with("X-WP-Total", world.media.len().to_string()))
            }),
            ("GET", _, Some(id)) => self.with(|world| {
                world
                    .media
                    .get(&id)
                    .map(|media| Out::value(200, &media::view(world, media)))
                    .ok_or_else(missing)
            }),
            ("DELETE", _, Some(id)) => self.with(|world| {
                let gone = world.media.remove(&id).ok_or_else(missing)?;
                Ok(Out::value(200, &json!({ "deleted": true, "previous": media::view(world, &gone) })))
            }),
            ("GET", "wp/v2/users/me", _) => {
                Ok(Out::value(200, &json!({ "id": 1, "name": "Quản trị", "slug": "quan-tri" })))
            }
            _ => Err(no_route()),
        }
    }

    async fn wc(&self, call: &Call, found: Target, verb: &str, mut parsed: Args) -> Result<Out, ApiError> {
        let fields = parsed.get("_fields").map(php_string).filter(|fields| !fields.is_empty());
        let dp = parsed.get("dp").and_then(|dp| usize::try_from(php_int(dp)).ok());
        let look = Look { fields: fields.as_deref(), dp };
        let value = |value: &Value| {
            Ok(match look.fields {
                Some(fields) => Out::value(200, &super::wire::thin(value.clone(), fields)),
                None => Out::value(200, value),
            })
        };
        match (found, verb) {
            (Target::All(resource), "GET") => {
                self.with(|world| list::small(world, resource, &parsed, call, look))
            }
            (Target::AllVariations, _) => {
                self.with(|world| list::items(world, Scope::AllVariations, &parsed, call, look))
            }
            (Target::All(resource), _) => self.create(resource, parsed, look).await,
            (Target::One(resource, id), "GET") => self.one(resource, id, call, look),
            (Target::One(resource, id), "DELETE") => {
                let is_forced = parsed.get("force").is_some_and(php_bool);
                self.with(|world| resource.delete(world, id, is_forced, look)).map(|row| Out::row(200, row))
            }
            (Target::One(resource, id), _) => self.update(resource, id, parsed, look).await,
            (Target::Batch(resource), _) => self.batch(resource, parsed, call.fault.as_ref()).await,
            (Target::Generate(parent), _) => self.with(|world| small::generate(world, parent)),
            (Target::Statuses, _) => value(&small::statuses()),
            (Target::Refunds(order, id), verb) => {
                self.with(|world| small::refunds(world, order, id, &parsed, call, verb))
            }
            (Target::AllRefunds, _) => self.with(|world| small::all_refunds(world, &parsed, call)),
            (Target::Notes(order, id), verb) => {
                self.with(|world| small::notes(world, order, id, &parsed, verb))
            }
            (Target::Settings, _) => value(&settings::groups()),
            (Target::Group(group), _) => value(&self.with(|world| settings::group(world, &group))?),
            (Target::Setting(group, id), verb) => {
                let sent = (verb != "GET").then_some(&parsed);
                value(&self.with(|world| settings::one(world, &group, &id, sent))?)
            }
            (Target::SystemStatus, _) => value(&self.with(|world| settings::system_status(world))),
            (Target::Currency, _) => value(&self.with(|world| small::currency(world))),
            (Target::Gateways, _) => {
                parsed.clear();
                value(&small::gateways())
            }
            (Target::Index, _) => Err(no_route()),
        }
    }

    fn one(&self, resource: Resource, id: u64, call: &Call, look: Look<'_>) -> Result<Out, ApiError> {
        self.with(|world| {
            let stale = call.fault.as_ref().filter(|hit| hit.kind == FaultKind::StaleRead);
            match (resource, stale) {
                (Resource::Items(under), Some(hit)) => {
                    let code = "woocommerce_rest_product_invalid_id";
                    let old = world
                        .as_of(id, call.at_ms - hit.after_ms)
                        .ok_or_else(|| error(404, code, "Invalid ID."))?;
                    item::find(world, under, id).map(|_| Out::row(200, view::row(world, old, look.fields)))
                }
                (Resource::Orders, _) => {
                    let missing = || error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
                    let order = world.orders.get(&id).ok_or_else(missing)?;
                    Ok(Out::row(200, list::show_order(world, order, call, look)))
                }
                (resource, _) => resource.show(world, id, look).map(|row| Out::row(200, row)),
            }
        })
    }

    async fn create(&self, resource: Resource, mut parsed: Args, look: Look<'_>) -> Result<Out, ApiError> {
        self.with(|world| resource.check(&mut parsed, world))?;
        let id = if let Resource::Items(under) = resource {
            self.create_item(under, parsed).await?
        } else {
            self.fetch_pictures(&mut parsed).await;
            let secret = self.fresh_secret(resource);
            self.with(|world| resource.create(world, &parsed, &secret))?
        };
        if resource == Resource::Webhooks {
            self.post_ping(id);
        }
        self.with(|world| {
            let place = format!("{}/wp-json/wc/v3/{}/{id}", world.home, resource.path());
            resource.show(world, id, look).map(|row| Out::row(201, row).with("Location", place))
        })
    }

    /// Between the check and the saving other creates may pass, as in PHP; releases from 9.2 hold a lock meanwhile.
    async fn create_item(&self, under: Under, mut parsed: Args) -> Result<u64, ApiError> {
        let lock = self.with(|world| item::begin(world, under, &parsed))?;
        self.fetch_pictures(&mut parsed).await;
        let gap_ms = self.create_gap_ms.load(Ordering::Relaxed);
        if gap_ms > 0 {
            tokio::time::sleep(Duration::from_millis(gap_ms)).await;
        }
        self.with(|world| {
            let made = item::create(world, under, &parsed, SkuCheck::Done);
            item::unlock(world, lock.as_ref());
            made
        })
    }

    async fn update(
        &self,
        resource: Resource,
        id: u64,
        mut parsed: Args,
        look: Look<'_>,
    ) -> Result<Out, ApiError> {
        self.with(|world| resource.check(&mut parsed, world))?;
        self.fetch_pictures(&mut parsed).await;
        if let Some(delta) =
            parsed.get("inventory_delta").map(php_int).filter(|_| !parsed.contains_key("stock_quantity"))
        {
            // Read, wait, write: deltas sent at the same time get lost (spec §4.5).
            let before = self.with(|world| world.items.get(&id).and_then(|item| item.stock).unwrap_or(0));
            tokio::time::sleep(Duration::from_millis(1)).await;
            parsed.insert("stock_quantity".to_owned(), (before + delta).into());
        }
        self.with(|world| resource.update(world, id, &parsed, false))?;
        if resource == Resource::Webhooks {
            self.post_ping(id);
        }
        self.with(|world| resource.show(world, id, look)).map(|row| Out::row(200, row))
    }
}
