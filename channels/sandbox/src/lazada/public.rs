//! Calls without a token: tokens themselves, and the consent page (spec 3.1–3.3).

use serde_json::{Map, Value, json};

use crate::core::lock;

use super::auth::Pair;
use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::push::Told;
use super::world::World;

/// `/auth/token/create` and `/auth/token/createWithOpenId`.
pub fn token_create(world: &World, call: &Call) -> Answer {
    let code = call.need("code")?;
    let rules = world.settings();
    let pair = lock(&world.auth).redeem(&call.app, code, call.now_ms, &rules, &world.core.dice)?;
    Ok(Success::Top(token_fields(world, &pair, call.now_ms)))
}

/// `/auth/token/refresh`.
pub fn token_refresh(world: &World, call: &Call) -> Answer {
    let token = call.need("refresh_token")?;
    if world.apps(|apps| apps.iter().any(|app| app.key == call.app && app.is_service)) {
        return Err(Refusal::isv("AUTH_TYPE_UNSUPPORTED", "The authorization type does not support refresh"));
    }
    let rules = world.settings();
    let pair = lock(&world.auth).renew(&call.app, token, call.now_ms, &rules, &world.core.dice)?;
    Ok(Success::Top(token_fields(world, &pair, call.now_ms)))
}

/// The top-level fields of a token answer; both spellings of the list (spec 3.3).
fn token_fields(world: &World, pair: &Pair, now_ms: i64) -> Map<String, Value> {
    let (email, short_code) = world.shops.get(&pair.seller).map_or_else(Default::default, |shop| {
        let shop = lock(shop);
        (shop.email.clone(), shop.short_code.clone())
    });
    let users = json!([{"country": "vn", "user_id": (pair.seller + 100_000_000_000).to_string(), "seller_id": pair.seller.to_string(), "short_code": short_code}]);
    let fields = json!({
        "access_token": pair.access, "refresh_token": pair.refresh, "country": "vn",
        "expires_in": (pair.access_until_ms - now_ms) / 1000, "refresh_expires_in": (pair.refresh_until_ms - now_ms) / 1000,
        "account": email, "account_id": null, "account_platform": "seller_center",
        "country_user_info": users, "country_user_info_list": users,
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// The consent page in the seller's browser (spec 3.1). `decision` is what its buttons send.
pub fn authorize(world: &World, call: &Call) -> Success {
    let problem =
        |text: &str| Success::Page(page("Không thể cấp quyền", &format!("<p>{}</p>", escape(text))));
    let client = call.arg("client_id").unwrap_or("");
    let Some(callback) =
        world.apps(|apps| apps.iter().find(|app| app.key == client).map(|app| app.callback.clone()))
    else {
        return problem("client_id is not an app");
    };
    if call.arg("response_type") != Some("code") {
        return problem("response_type must be code");
    }
    let Some(target) = call.arg("redirect_uri").and_then(|uri| url::Url::parse(uri).ok()) else {
        return problem("redirect_uri is missing or no address");
    };
    if callback.is_some_and(|registered| registered != call.arg("redirect_uri").unwrap_or("")) {
        return problem("redirect_uri is not the registered callback");
    }
    let rules = world.settings();
    let chosen = call.arg("seller").and_then(|seller| seller.parse().ok()).or(rules.consent_shop);
    let seller = chosen
        .filter(|seller| world.shops.contains_key(seller))
        .or_else(|| world.shops.keys().next().copied())
        .unwrap_or(0);
    match call.arg("decision") {
        Some("deny") => back(target, call, "error", "access_denied"),
        None if !rules.auto_consent => Success::Page(page("Cấp quyền cho ứng dụng", &buttons(world, call))),
        Some(_) | None => {
            let code = lock(&world.auth).consent(client, seller, call.now_ms, &rules, &world.core.dice);
            back(target, call, "code", &code)
        }
    }
}

fn back(mut target: url::Url, call: &Call, name: &str, text: &str) -> Success {
    target.query_pairs_mut().append_pair(name, text);
    if let Some(state) = call.arg("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    Success::Redirect(target.to_string())
}

fn buttons(world: &World, call: &Call) -> String {
    let kept: String = ["response_type", "redirect_uri", "client_id", "state", "force_auth", "country"]
        .into_iter()
        .filter_map(|name| Some((name, call.arg(name)?)))
        .map(|(name, text)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(text)))
        .collect();
    let shops: String = world
        .shops
        .values()
        .map(|shop| {
            let shop = lock(shop);
            format!("<option value=\"{}\">{}</option>", shop.id, escape(&shop.name))
        })
        .collect();
    format!(
        "<form method=\"get\" action=\"/oauth/authorize\">{kept}<select name=\"seller\">{shops}</select>\
         <button name=\"decision\" value=\"allow\">Đồng ý / Allow</button>\
         <button name=\"decision\" value=\"deny\">Từ chối / Deny</button></form>"
    )
}

fn page(title: &str, inner: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><h1>{title}</h1>{inner}</body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Message 8: the authorization ends within 48 hours (spec 6.3).
pub fn warn_expiry(world: &World, seller: u64) {
    let apps: Vec<String> = world.apps(|apps| apps.iter().map(|app| app.key.clone()).collect());
    for app in apps {
        let Some(end_ms) = lock(&world.auth).consent_end(&app, seller) else { continue };
        let data =
            json!({"app_key": app, "auth_expiry_time": end_ms / 1000, "seller_id": seller.to_string()});
        world.emit(8, None, &Told::Fixed(data), 0);
    }
}
