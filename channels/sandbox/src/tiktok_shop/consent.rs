//! The auth host and what belongs to it: consent page, token get and refresh, shops of a token (spec 3).

use serde_json::{Value, json};

use crate::core::lock;

use super::auth::{Lives, Pair};
use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::world::World;

/// `GET /open/authorize`: redirects at once with a fresh code, or with the refusal (spec 3.1).
pub fn page(world: &World, call: &Call) -> Answer {
    let settings = world.settings();
    let is_ours = call.arg("service_id") == Some(world.service_id.as_str())
        || call.arg("app_key") == Some(world.app_key.as_str());
    if !is_ours {
        return Err(Refusal::parameter("Invalid credentials. The 'service_id' is invalid."));
    }
    let state = call.arg("state").unwrap_or("");
    let mut url = url::Url::parse(&settings.callback)
        .map_err(|_| Refusal::parameter("The app has no redirect URL: set `callback` in the settings."))?;
    if settings.consent_deny {
        url.query_pairs_mut().extend_pairs([("code", "null"), ("error", "auth_denied"), ("state", state)]);
    } else {
        let code = world.consent(&world.consenting());
        url.query_pairs_mut().extend_pairs([
            ("app_key", world.app_key.as_str()),
            ("code", &code),
            ("locale", "vi-VN"),
            ("shop_region", "VN"),
            ("state", state),
        ]);
    }
    Ok(Success::Redirect(url.into()))
}

/// `GET /api/v2/token/get` (spec 3.2), not signed.
pub fn token_get(world: &World, call: &Call) -> Answer {
    check_app(world, call, "authorized_code")?;
    let code = call.arg("auth_code").unwrap_or("");
    let pair = lock(&world.auth).exchange(code, call.now_ms, lives(world), &world.dice)?;
    pair_shown(world, &pair)
}

/// `GET /api/v2/token/refresh` (spec 3.3), not signed.
pub fn token_refresh(world: &World, call: &Call) -> Answer {
    check_app(world, call, "refresh_token")?;
    let refresh = call.arg("refresh_token").unwrap_or("");
    let pair = lock(&world.auth).renew(refresh, call.now_ms, lives(world), &world.dice)?;
    pair_shown(world, &pair)
}

/// `GET /authorization/202309/shops`: the shops that a token speaks for (spec 3.4).
pub fn shops(world: &World, call: &Call) -> Answer {
    let ids = shops_of(world, call)?;
    let rows: Vec<Value> = ids
        .iter()
        .filter_map(|id| {
            let shop = lock(world.shops.get(id)?);
            Some(json!({
                "id": id.to_string(), "name": shop.name, "region": "VN", "seller_type": "LOCAL", "cipher": shop.cipher,
                "code": shop.code,
            }))
        })
        .collect();
    call.rows(rows.len(), json!({ "shops": rows }))
}

/// `GET /seller/202309/shops`: active ones only (spec 3.4).
pub fn active_shops(world: &World, call: &Call) -> Answer {
    let ids = shops_of(world, call)?;
    let is_active = |id: &&u64| world.shops.get(id).is_some_and(|shop| !lock(shop).is_inactive);
    let rows: Vec<Value> =
        ids.iter().filter(is_active).map(|id| json!({"id": id.to_string(), "region": "VN"})).collect();
    call.rows(rows.len(), json!({ "shops": rows }))
}

fn shops_of(world: &World, call: &Call) -> Result<Vec<u64>, Refusal> {
    let auth = lock(&world.auth);
    Ok(auth.check(call.token.as_deref(), call.now_ms)?.shops.clone())
}

/// How long tokens live, by the settings.
pub fn lives(world: &World) -> Lives {
    let settings = world.settings();
    Lives { access_s: settings.access_s, grace_s: settings.refresh_grace_s }
}

fn check_app(world: &World, call: &Call, grant_type: &str) -> Result<(), Refusal> {
    let is_app = call.arg("app_key") == Some(world.app_key.as_str())
        && call.arg("app_secret") == Some(world.app_secret.as_str());
    if !is_app {
        return Err(Refusal::parameter("Invalid credentials. The 'app_key' or 'app_secret' is invalid."));
    }
    if call.arg("grant_type") != Some(grant_type) {
        return Err(Refusal::new(98_001_004, format!("The parameter grant_type must be {grant_type}.")));
    }
    Ok(())
}

fn pair_shown(world: &World, pair: &Pair) -> Answer {
    let (scopes, open_id, first) = {
        let auth = lock(&world.auth);
        let Some(grant) = auth.grant(pair.grant) else { return Ok(Success::Data(Value::Null)) };
        (grant.scopes.clone(), grant.open_id.clone(), grant.shops.first().copied())
    };
    let name = first.and_then(|id| world.shops.get(&id)).map(|shop| lock(shop).name.clone());
    Ok(Success::Data(json!({
        "access_token": pair.access, "access_token_expire_in": pair.access_until_s,
        "refresh_token": pair.refresh, "refresh_token_expire_in": pair.refresh_until_s,
        "open_id": open_id, "seller_name": name.unwrap_or_default(), "seller_base_region": "VN", "user_type": 0,
        "granted_scopes": scopes,
    })))
}
