//! Consent, grants and their renewal (spec §3).

use crate::call::{App, Line, Reply};
use crate::sign;
use crate::wire::TokenPair;
use ganh_contract::{Complaint, Consent, Fault, FaultKind, Grant, RemoteShopId, Renewal, Result, Secret};
use ganh_http::Safety;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

const LINK: &str = "/api/v2/shop/auth_partner";

/// The link for the seller's browser. The classic one is signed and lives five minutes; the new style is unsigned and takes a state (§3.1).
pub(crate) fn consent(app: &App, back_to: &str, nonce: &str, at: Timestamp) -> Result<Consent> {
    let wrong = |what: &str| {
        let complaint =
            Complaint { field: Some(what.to_owned()), code: None, said: format!("{what} is no address") };
        Fault::new("consent", FaultKind::Refused(vec![complaint]))
    };
    let (settings, partner) = (&app.settings, app.settings.partner_id.to_string());
    if let Some(page) = &settings.consent_url {
        let mut url = page.clone();
        url.query_pairs_mut()
            .append_pair("auth_type", "seller")
            .append_pair("partner_id", &partner)
            .append_pair("redirect_uri", back_to)
            .append_pair("response_type", "code")
            .append_pair("state", nonce);
        return Ok(Consent::Visit { url: url.into(), valid: None });
    }
    // The classic link has no state: our own parameter in the redirect is preserved (§3.1).
    let mut back = Url::parse(back_to).map_err(|_| wrong("back_to"))?;
    back.query_pairs_mut().append_pair("state", nonce);
    let mut url = settings.base_url.join(LINK).map_err(|_| wrong("base_url"))?;
    let signature = sign::public(&settings.partner_key, settings.partner_id, LINK, at.as_second());
    url.query_pairs_mut()
        .append_pair("partner_id", &partner)
        .append_pair("timestamp", &at.as_second().to_string())
        .append_pair("sign", &signature)
        .append_pair("redirect", back.as_str());
    Ok(Consent::Visit { url: url.into(), valid: Some(Duration::from_secs(300)) })
}

/// Trades the code of a shop account for one grant, of a main account for one grant per shop (§3.2). The code dies with its first use.
pub(crate) async fn exchange(line: &Line, answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>> {
    const CALL: &str = "token_get";
    let given = |name: &str| answer.get(name).map(Secret::expose).filter(|text| !text.is_empty());
    let missing = |field: &str| {
        let said = format!("the seller's answer has no {field}");
        Fault::new(
            CALL,
            FaultKind::Refused(vec![Complaint { field: Some(field.to_owned()), code: None, said }]),
        )
    };
    let code = given("code").ok_or_else(|| missing("code"))?;
    let (owner, id) = ["shop_id", "main_account_id"]
        .into_iter()
        .find_map(|name| Some((name, given(name)?.parse::<u64>().ok()?)))
        .ok_or_else(|| missing("shop_id"))?;
    let mut body = json!({ "code": code, "partner_id": line.app.settings.partner_id });
    body[owner] = json!(id);

    let reply = line.post(CALL, "/api/v2/auth/token/get", Safety::Create, body).await?;

    let pair: TokenPair = reply.flat()?;
    let mut shops: Vec<i64> = pair.shop_id_list.0.iter().filter_map(|shop| shop.0).collect();
    if owner == "shop_id" {
        shops = vec![i64::try_from(id).map_err(|_| missing("shop_id"))?];
    }
    if shops.is_empty() {
        return Err(reply.unintelligible("the main account opens no shop"));
    }
    // The pair of a main account is shared: each shop renews once with it, and has its own chain from then on (§3.3).
    shops.into_iter().map(|shop| grant(&reply, &pair, RemoteShopId::new(shop.to_string()))).collect()
}

/// A new pair for the grant's shop. The old refresh token is dead as soon as this arrives there (§3.3).
pub(crate) async fn renew(line: &Line, old: &Grant) -> Result<Grant> {
    const CALL: &str = "access_token_get";
    let dead = || Fault::new(CALL, FaultKind::Revoked { reach: ganh_contract::Reach::Shop });
    let Renewal::SingleUse(refresh) = &old.renewal else {
        return Err(dead().said("the grant holds no refresh token"));
    };
    let shop = old.shops.first().ok_or_else(|| dead().said("the grant names no shop"))?;
    let shop_id: u64 = shop.as_str().parse().map_err(|_| dead().said("the shop's id is no number"))?;
    let body = json!({
        "refresh_token": refresh.expose(),
        "partner_id": line.app.settings.partner_id,
        "shop_id": shop_id,
    });

    let reply = line.post(CALL, "/api/v2/auth/access_token/get", Safety::Create, body).await?;

    let mut new = grant(&reply, &reply.flat()?, shop.clone())?;
    new.ends = old.ends;
    Ok(new)
}

fn grant(reply: &Reply, pair: &TokenPair, shop: RemoteShopId) -> Result<Grant> {
    let (Some(access), Some(refresh)) = (pair.access_token.filled(), pair.refresh_token.filled()) else {
        return Err(reply.unintelligible("the answer holds no pair of tokens"));
    };
    // Counted from when the call left: the safe side. One sample shows an instant instead of seconds: an error of the page (§3.2).
    let lives = pair.expire_in.0.filter(|seconds| (1..1_000_000).contains(seconds)).unwrap_or(4 * 3_600);
    let access_until = reply.sent_at.checked_add(Duration::from_secs(lives.unsigned_abs())).ok();
    Ok(Grant {
        shops: vec![shop],
        access: Secret::new(access),
        access_until,
        renewal: Renewal::SingleUse(Secret::new(refresh)),
        ends: None,
    })
}

/// Where the app's pushes go: set when another address stands there, or the subscription was switched off (§6.1–6.2).
pub(crate) async fn listen(line: &Line, url: &str) -> Result<()> {
    let config = line.get("get_app_push_config", "/api/v2/push/get_app_push_config", Vec::new()).await;
    if let Ok(reply) = config {
        let config: crate::wire::PushConfig = reply.response()?;
        if config.callback_url.as_str() == url && config.live_push_status.as_str() != "Suspended" {
            return Ok(());
        }
    }
    let body: Value = json!({ "callback_url": url, "set_push_config_on": crate::hook::CODES });
    line.post("set_app_push_config", "/api/v2/push/set_app_push_config", Safety::Set, body).await.map(drop)
}
