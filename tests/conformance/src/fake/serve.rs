//! The fake wire: `POST /fake/{verb}/{shop}` with JSON, answered 200 with `{code, data}`; an empty code is success.

use super::market::{APP_KEY, FakeMarket};
use super::shelf;
use super::state::World;
use super::till;
use ganh_sandbox::core::{Call, Core, Job, Kind, Parcel, Reply, lock};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;

/// Makes every answer long enough to be cut in its middle.
const FILLER: [[u32; 20]; 20] = [[0; 20]; 20];

/// An error of the platform: its code, and what it says beside it.
#[derive(Debug)]
pub struct Refused(pub &'static str, pub Value);

/// A call's payload.
pub type Answered = Result<Value, Refused>;

/// A refusal without more words.
pub fn refuse(code: &'static str) -> Refused {
    Refused(code, Value::Null)
}

/// A text of a body; empty where there is none.
pub fn text(body: &Value, key: &str) -> String {
    body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What a call is for.
pub fn kind(path: &str) -> Kind {
    match path.split('/').nth(2).unwrap_or_default() {
        "token" => Kind::Token,
        "survey" => Kind::Survey,
        "upload" => Kind::Upload,
        "create" => Kind::Create,
        "finish" | "revise" => Kind::Revise,
        "set" => Kind::Stock,
        "delete" => Kind::Delete,
        "find" | "request" => Kind::Find,
        "list" => Kind::List,
        "read" => Kind::Read,
        "orders" | "returns" => Kind::Orders,
        "order_read" | "moves" => Kind::Order,
        "act" => Kind::Action,
        "listen" | "pull" => Kind::Hooks,
        _ => Kind::Other,
    }
}

/// Answers one call.
pub fn answer(market: &FakeMarket, call: &Call) -> Reply {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
    let now_ms = market.core.clock.now_ms();
    let mut world = lock(&market.world);
    match route(&mut world, call, &body, now_ms) {
        Ok(data) => Reply::json(200, &json!({ "code": "", "data": data, "filler": FILLER })),
        Err(Refused(code, detail)) => {
            Reply::json(200, &json!({ "code": code, "message": code, "detail": detail })).with_error(code)
        }
    }
}

fn route(world: &mut World, call: &Call, body: &Value, now_ms: i64) -> Answered {
    let mut parts = call.path.split('/').skip(2);
    let verb = parts.next().unwrap_or_default().to_owned();
    let shop = parts.next().unwrap_or_default().to_owned();
    if verb == "token" {
        return token(world, body, now_ms);
    }
    if verb == "pull" {
        return Ok(pull(world, body));
    }
    let given = call.header("authorization").unwrap_or_default();
    let Some((owner, until_ms)) = world.access.get(given) else { return Err(refuse("token_ended")) };
    if *until_ms <= now_ms {
        return Err(refuse("token_ended"));
    }
    if *owner != shop || world.shops.get(&shop).is_none_or(|shop| shop.is_revoked) {
        return Err(refuse("consent_ended"));
    }
    match verb.as_str() {
        "survey" => Ok(json!({ "places": world.shops[&shop].places })),
        "upload" => Ok(json!(format!("anh-{}", world.number()))),
        "listen" => {
            world.hook = Some(text(body, "url"));
            Ok(Value::Null)
        }
        "orders" | "returns" | "order_read" | "moves" | "act" => {
            till::answer(world, &shop, &verb, body, call, now_ms)
        }
        _ => shelf::answer(world, &shop, &verb, body, call, now_ms),
    }
}

/// A code, or a refresh token: it dies with its use where the manner says so.
fn token(world: &mut World, body: &Value, now_ms: i64) -> Answered {
    let refresh = text(body, "refresh");
    let shop = match text(body, "code").strip_prefix("code-") {
        Some(shop) => shop.to_owned(),
        None => world.refresh.get(&refresh).cloned().ok_or_else(|| refuse("consent_ended"))?,
    };
    let is_single_use = !world.manner.is_barrow();
    let (access, next) = world.tokens(&shop, now_ms);
    if is_single_use {
        world.refresh.remove(&refresh);
    }
    let next = if is_single_use || refresh.is_empty() { next } else { refresh };
    Ok(json!({ "access": access, "refresh": next, "shop": shop, "expires_s": 4 * 3600 }))
}

/// The earliest hints, of all shops of the app; those up to `ack` are confirmed and gone.
fn pull(world: &mut World, body: &Value) -> Value {
    if let Some(ack) = body.get("ack").and_then(Value::as_u64) {
        world.hints.retain(|(number, ..)| *number > ack);
    }
    let rows: Vec<Value> = world
        .hints
        .iter()
        .take(5)
        .map(|(number, shop, order)| json!({ "number": number, "shop": shop, "order": order }))
        .collect();
    json!({ "rows": rows, "more": world.hints.len() > 5 })
}

/// Tells that an order is new or changed: into the queue, or to the address, by the manner.
pub fn announce(core: &Arc<Core>, world: &mut World, shop: &str, order: &str) {
    let Some(url) = world.hook.clone() else { return };
    if world.manner.is_barrow() {
        let number = world.number();
        world.hints.push((number, shop.to_owned(), order.to_owned()));
        return;
    }
    let body = json!({ "shop": shop, "order": order }).to_string().into_bytes();
    let parcel = Parcel {
        url,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-fake-sign".to_owned(), sign(&body)),
        ],
        signature_header: Some("x-fake-sign".to_owned()),
        body,
    };
    core.hooks.post(Job {
        key: None,
        due_ms: core.clock.now_ms(),
        build: Box::new(move || vec![parcel]),
        done: Box::new(|_| {}),
    });
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_KEY.as_bytes()).expect("a key of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
