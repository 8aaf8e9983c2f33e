//! Calls without a shop: consent pages, tokens, lists of the app, push set-up (spec 3, 6.1).

use serde_json::{Map, Value, json};
use url::Url;

use crate::core::lock;

use super::auth::{ACCESS_S, Owner, Pair};
use super::call::{Call, array, whole};
use super::channel::flat;
use super::envelope::{Answer, Refusal, Success};
use super::push::About;
use super::world::World;

/// `GET /shop/auth_partner`: the consent page, approved at once; `redirect` keeps its own query.
pub fn auth_partner(world: &World, call: &Call) -> Answer {
    let redirect =
        call.arg("redirect").filter(|to| !to.is_empty()).ok_or_else(|| Refusal::missing("redirect"))?;
    consent(world, call, redirect, None)
}

/// The new consent link `/auth`, unsigned (spec 3.1).
pub fn auth_page(world: &World, call: &Call) -> Answer {
    if call.arg("partner_id") != Some(world.partner_text.as_str()) {
        return Err(Refusal::gateway("invalid_partner_id", "partner_id is invalid"));
    }
    let redirect = call.arg("redirect_uri").or_else(|| call.arg("redirect")).filter(|to| !to.is_empty());
    consent(world, call, redirect.ok_or_else(|| Refusal::missing("redirect_uri"))?, call.arg("state"))
}

fn consent(world: &World, call: &Call, redirect: &str, state: Option<&str>) -> Answer {
    let mut to = Url::parse(redirect).map_err(|_| Refusal::new("error_param", "redirect is invalid"))?;
    let settings = world.settings();
    let asked = call.int_arg("shop_id")?.and_then(|id| u64::try_from(id).ok()).or(settings.consent_shop);
    let owner = match asked.or_else(|| world.shops.keys().next().copied()) {
        _ if settings.consent_main => {
            Owner::Main(world.main_account_id, world.shops.keys().copied().collect())
        }
        Some(shop) if world.shops.contains_key(&shop) => Owner::Shop(shop),
        Some(_) | None => return Err(Refusal::new("error_param", "no such shop in this sandbox")),
    };
    let code = lock(&world.auth).consent(owner.clone(), call.now_ms, &world.core.dice);
    let mut query = to.query_pairs_mut();
    query.append_pair("code", &code);
    match &owner {
        Owner::Shop(shop) => query.append_pair("shop_id", &shop.to_string()),
        Owner::Main(main, _) => query.append_pair("main_account_id", &main.to_string()),
    };
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    drop(query);
    for shop in owner.shops() {
        let data = json!({"authorize_type": "shop authorization by user", "extra": format!("shop id {shop} (VN) has been authorized successfully"),
            "shop_id": shop, "success": 1});
        world.push.emit(1, About::Partner(world.partner_id), &data, 0);
    }
    Ok(Success::Redirect(to.into()))
}

/// `GET /shop/cancel_auth_partner`: consent is taken back, at once.
pub fn cancel_auth_partner(world: &World, call: &Call) -> Answer {
    let redirect =
        call.arg("redirect").filter(|to| !to.is_empty()).ok_or_else(|| Refusal::missing("redirect"))?;
    let mut to = Url::parse(redirect).map_err(|_| Refusal::new("error_param", "redirect is invalid"))?;
    let asked =
        call.int_arg("shop_id")?.and_then(|id| u64::try_from(id).ok()).or(world.settings().consent_shop);
    let Some(shop) = asked.or_else(|| world.shops.keys().next().copied()) else {
        return Err(Refusal::missing("shop_id"));
    };
    revoke(world, shop, "user cancel shop authorization");
    to.query_pairs_mut().append_pair("shop_id", &shop.to_string());
    Ok(Success::Redirect(to.into()))
}

/// Takes a shop's consent back and tells by push 2.
pub fn revoke(world: &World, shop: u64, why: &str) {
    lock(&world.auth).cancel(shop);
    tell_end(world, shop, why, 0);
}

/// The consent of a shop ends by itself in `in_s` seconds; push 2 tells it then (spec 3.3).
pub fn consent_ended(world: &World, shop: u64, in_s: i64) {
    tell_end(world, shop, "expiry", in_s.max(0) * 1000);
}

fn tell_end(world: &World, shop: u64, why: &str, wait_ms: i64) {
    let data = json!({"authorize_type": why, "extra": format!("shop id {shop} (VN) has been cancelled successfully"), "shop_id": shop, "success": 1});
    world.push.emit(2, About::Partner(world.partner_id), &data, wait_ms);
}

/// Push 12: the consent of a shop ends within a week (spec 6.3).
pub fn consent_ends_soon(world: &World, shop: u64, now_s: i64) {
    let data = json!({"merchant_expire_soon": [], "shop_expire_soon": [shop], "user_expire_soon": [],
        "expire_before": now_s + 7 * 86_400, "page_no": 1, "total_page": 1});
    world.push.emit(12, About::Partner(world.partner_id), &data, 0);
}

/// `POST /auth/token/get`, flat.
pub fn token_get(world: &World, call: &Call) -> Answer {
    check_partner(world, call)?;
    let code = call.text("code")?;
    let owner = match (id(call, "shop_id")?, id(call, "main_account_id")?) {
        (Some(shop), None) => Owner::Shop(shop),
        (None, Some(main)) => Owner::Main(main, Vec::new()),
        (None, None) | (Some(_), Some(_)) => {
            return Err(Refusal::wrong("exactly one of shop_id, main_account_id is required."));
        }
    };
    let pair = lock(&world.auth).redeem(code, &owner, call.now_ms, &world.core.dice)?;
    let mut fields = pair_fields(&pair);
    if matches!(owner, Owner::Main(..)) {
        fields.insert("shop_id_list".to_owned(), json!(pair.shops));
        for name in ["merchant_id_list", "supplier_id_list", "user_id_list", "principal_id_list"] {
            fields.insert(name.to_owned(), json!([]));
        }
    }
    Ok(Success::Flat(fields))
}

/// `POST /auth/access_token/get`, flat: a new pair, the old refresh token is used up.
pub fn access_token_get(world: &World, call: &Call) -> Answer {
    check_partner(world, call)?;
    let token = call.text("refresh_token")?;
    let Some(shop) = id(call, "shop_id")? else {
        return Err(Refusal::wrong("exactly one of shop_id, merchant_id is required."));
    };
    if world.shops.get(&shop).is_some_and(|cell| lock(cell).is_banned) {
        return Err(Refusal::new("shop_banned", "The shop is banned."));
    }
    let pair = lock(&world.auth).renew(token, shop, call.now_ms, &world.core.dice)?;
    let mut fields = pair_fields(&pair);
    fields.insert("partner_id".to_owned(), json!(world.partner_id));
    fields.insert("shop_id".to_owned(), json!(shop));
    Ok(Success::Flat(fields))
}

fn pair_fields(pair: &Pair) -> Map<String, Value> {
    flat(json!({"access_token": pair.access, "refresh_token": pair.refresh, "expire_in": ACCESS_S}))
}

fn check_partner(world: &World, call: &Call) -> Result<(), Refusal> {
    match id(call, "partner_id")? {
        Some(partner) if partner == world.partner_id => Ok(()),
        Some(_) => Err(Refusal::new("error_param", "Invalid partner_id")),
        None => Err(Refusal::missing("partner_id")),
    }
}

fn id(call: &Call, name: &str) -> Result<Option<u64>, Refusal> {
    Ok(whole(&call.json, name)?.and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0))
}

/// `GET /public/get_shops_by_partner`, flat.
pub fn get_shops_by_partner(world: &World, call: &Call) -> Answer {
    let page = usize::try_from(call.int_between("page_size", 1, 100)?).unwrap_or(100);
    let skip = usize::try_from(call.int_between("page_no", 1, i64::MAX)? - 1)
        .unwrap_or(usize::MAX)
        .saturating_mul(page);
    let auth = lock(&world.auth);
    let linked = auth.links.iter().skip(skip).take(page);
    let rows: Vec<Value> = linked.map(|(shop, link)| json!({"region": "VN", "shop_id": shop, "auth_time": link.since_s, "expire_time": link.until_s, "sip_affi_shop_list": []})).collect();
    let more = auth.links.len() > skip.saturating_add(page);
    Ok(Success::Flat(flat(json!({"authed_shop_list": rows, "more": more}))))
}

/// `GET /public/get_shopee_ip_ranges`, flat.
pub fn get_shopee_ip_ranges(_world: &World, _call: &Call) -> Answer {
    Ok(Success::Flat(flat(json!({"ip_list": ["127.0.0.1"]}))))
}

/// `POST /push/set_app_push_config`: a verification is posted when the address changes.
pub fn set_app_push_config(world: &World, call: &Call) -> Answer {
    let url = super::call::text(&call.json, "callback_url")?.filter(|url| !url.is_empty());
    if url.is_none() && !world.push.has_url() {
        return Err(Refusal::missing("callback_url"));
    }
    if url.is_some_and(|url| Url::parse(url).is_err()) {
        return Err(Refusal::wrong("callback_url is invalid."));
    }
    let (on, off) = (codes(call, "set_push_config_on")?, codes(call, "set_push_config_off")?);
    let blocked = array(&call.json, "blocked_shop_id_list")?;
    if blocked.is_some_and(|rows| rows.len() > 500) {
        return Err(Refusal::wrong("blocked_shop_id_list should be no more than 500."));
    }
    world.push.set_on(on, off);
    if let Some(blocked) = blocked {
        world.push.block(blocked.iter().filter_map(Value::as_u64));
    }
    if let Some(url) = url {
        world.push.set_url(url);
    }
    Ok(Success::Response(json!({"result": "success"})))
}

fn codes(call: &Call, name: &str) -> Result<Vec<u16>, Refusal> {
    let rows = array(&call.json, name)?.map_or(&[][..], Vec::as_slice);
    Ok(rows.iter().filter_map(Value::as_u64).filter_map(|code| u16::try_from(code).ok()).collect())
}

/// `GET /push/get_app_push_config`.
pub fn get_app_push_config(world: &World, _call: &Call) -> Answer {
    Ok(Success::Response(world.push.config()))
}

/// `GET /push/get_lost_push_message`.
pub fn get_lost_push_message(world: &World, call: &Call) -> Answer {
    Ok(Success::Response(world.push.lost(call.now_ms)))
}

/// `POST /push/confirm_consumed_lost_push_message`.
pub fn confirm_consumed_lost_push_message(world: &World, call: &Call) -> Answer {
    let Some(last) = id(call, "last_message_id")? else { return Err(Refusal::missing("last_message_id")) };
    world.push.confirm(last);
    Ok(Success::Plain)
}
