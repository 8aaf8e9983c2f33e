//! Consent, grants and their renewal (spec §3), and where webhooks go (§11.1).

use crate::access::Access;
use crate::call::{App, Ask, Class, Line, Reply};
use crate::fault::{SHOP, wrong};
use crate::lenient::Whole;
use crate::wire::{TokenPair, Webhooks};
use ganh_contract::{Complaint, Consent, Fault, FaultKind, Grant, RemoteShopId, Renewal, Result, Secret};
use ganh_http::{Method, Safety};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The two token calls, as faults name them.
pub(crate) const GET: &str = "token_get";
pub(crate) const REFRESH: &str = "token_refresh";

/// The page for the seller's browser. There is no address to return to in it: that stands in Partner Center (§3.1).
pub(crate) fn consent(app: &App, nonce: &str) -> Result<Consent> {
    let settings = &app.settings;
    let page = |base: &url::Url, path: &str, key: &str, value: &str| {
        let mut url = base.join(path).map_err(|_| {
            wrong("consent", "consent_url", "địa chỉ không hợp lệ", "the address cannot carry a path")
        })?;
        url.query_pairs_mut().append_pair(key, value).append_pair("state", nonce);
        Ok::<String, Fault>(url.into())
    };
    let url = match &settings.service_id {
        Some(service) => page(&settings.consent_url, "/open/authorize", "service_id", service)?,
        None => page(&settings.auth_url, "/oauth/authorize", "app_key", &settings.app_key)?,
    };
    Ok(Consent::Visit { url, valid: None })
}

/// Trades the code for the token of perhaps several shops (§3.2, §3.4). The code lives 30 minutes and dies with its first use.
pub(crate) async fn exchange(line: &Line, answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>> {
    let refused = |field: &str, vi: &str, en: &str| Err(wrong(GET, field, vi, en));
    let given = |name: &str| answer.get(name).map(Secret::expose).filter(|text| !text.is_empty());
    if let Some("auth_denied") = given("error") {
        return refused("consent", "người bán đã từ chối", "the seller refused");
    }
    let Some(code) = given("code").or(given("auth_code")).filter(|code| *code != "null") else {
        return refused("code", "thiếu mã ủy quyền (code)", "the seller's answer has no code");
    };
    let reply = line
        .token(GET, "/api/v2/token/get", &[("auth_code", code), ("grant_type", "authorized_code")])
        .await?;
    let pair: TokenPair = reply.read()?;
    // 0 a seller, 1 a creator, 3 a partner (§3.2).
    if pair.user_type.or_zero() != 0 {
        return refused(
            "account",
            "tài khoản này không phải người bán: đăng nhập bằng tài khoản người bán",
            "this account is no seller's: sign in as the seller",
        );
    }
    let (access, renewal, access_until, ends) = read_pair(&reply, &pair)?;
    let shop = crate::call::ShopKey { id: RemoteShopId::new(""), token: access.clone(), cipher: None };
    let (shops, shops_reply) = Line { app: line.app.clone(), shop: Some(shop) }.shops().await?;
    let ciphers: BTreeMap<String, String> = shops
        .shops
        .0
        .iter()
        .filter_map(|shop| Some((shop.id.filled()?.to_owned(), shop.cipher.filled()?.to_owned())))
        .collect();
    if ciphers.is_empty() {
        return Err(shops_reply.fault(SHOP).said("the token opens no shop"));
    }
    let ids = ciphers.keys().map(RemoteShopId::new).collect();
    let access = Access { token: access, ciphers }.seal();
    Ok(vec![Grant { shops: ids, access, access_until, renewal, ends }])
}

/// A new pair; both tokens change, and the old refresh token is dead as soon as this arrives there (§3.3). The ciphers stay.
pub(crate) async fn renew(line: &Line, old: &Grant) -> Result<Grant> {
    let Renewal::SingleUse(refresh) = &old.renewal else {
        return Err(Fault::new(REFRESH, SHOP).said("the grant holds no refresh token"));
    };
    let more = [("refresh_token", refresh.expose()), ("grant_type", "refresh_token")];
    let reply = line.token(REFRESH, "/api/v2/token/refresh", &more).await?;
    let (token, renewal, access_until, ends) = read_pair(&reply, &reply.read()?)?;
    let access = Access { token, ..Access::read(&old.access) }.seal();
    Ok(Grant { shops: old.shops.clone(), access, access_until, renewal, ends: ends.or(old.ends) })
}

type Pair = (Secret, Renewal, Option<Timestamp>, Option<Timestamp>);

fn read_pair(reply: &Reply, pair: &TokenPair) -> Result<Pair> {
    let (Some(access), Some(refresh)) = (pair.access_token.filled(), pair.refresh_token.filled()) else {
        return Err(reply.unintelligible("the answer holds no pair of tokens"));
    };
    let until = end(pair.access_token_expire_in, reply.sent_at);
    let ends = end(pair.refresh_token_expire_in, reply.sent_at);
    Ok((Secret::new(access), Renewal::SingleUse(Secret::new(refresh)), until, ends))
}

/// An instant, though the name speaks of a duration; older answers held one (§3.2). Counted from when the call left: the safe side.
fn end(told: Whole, sent_at: Timestamp) -> Option<Timestamp> {
    const DURATIONS_BELOW: i64 = 1_000_000_000;
    match told.0.filter(|seconds| *seconds > 0)? {
        instant @ DURATIONS_BELOW.. => Timestamp::from_second(instant).ok(),
        seconds => sent_at.checked_add(Duration::from_secs(seconds.unsigned_abs())).ok(),
    }
}

/// The events that we listen to (§11.3). The first are needed, the others welcome: a shop may not know them.
const NEEDED: [&str; 4] =
    ["ORDER_STATUS_CHANGE", "PRODUCT_STATUS_CHANGE", "CANCELLATION_STATUS_CHANGE", "RETURN_STATUS_CHANGE"];
const WELCOME: [&str; 7] = [
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "PRODUCT_INFORMATION_CHANGE",
    "PRODUCT_CATEGORY_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
];

/// Sets the address of each event that does not go there yet (§11.1). One address an event and a shop: only ours is replaced.
pub(crate) async fn listen(line: &Line, url: &str) -> Result<()> {
    const PATH: &str = "/event/202309/webhooks";
    let reply = line.send(Ask::get("get_shop_webhooks", Class::Reads, PATH)).await?;
    let set: Webhooks = reply.read_or_empty()?;
    let is_set = |event: &str| {
        set.webhooks.0.iter().any(|hook| hook.event_type.as_str() == event && hook.address.as_str() == url)
    };
    let events = NEEDED.iter().map(|event| (event, true)).chain(WELCOME.iter().map(|event| (event, false)));
    for (event, is_needed) in events.filter(|(event, _)| !is_set(event)) {
        let body: Value = json!({ "address": url, "event_type": event });
        let ask = Ask::post("update_shop_webhook", Class::Reads, Safety::Set, PATH, body);
        match line.send(ask.method(Method::Put)).await {
            Err(fault) if is_needed || !is_unknown_event(&fault) => return Err(fault),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

fn is_unknown_event(fault: &Fault) -> bool {
    let is_ours = |complaints: &[Complaint]| complaints.iter().all(|one| one.code.is_some());
    match &*fault.kind {
        FaultKind::Refused(complaints) => is_ours(complaints),
        FaultKind::Unsupported => fault.code.is_some(),
        FaultKind::Unreachable
        | FaultKind::Interrupted
        | FaultKind::Down
        | FaultKind::Throttled { .. }
        | FaultKind::Expired
        | FaultKind::Revoked { .. }
        | FaultKind::Missing(_)
        | FaultKind::Conflict { .. }
        | FaultKind::Locked { .. }
        | FaultKind::Unintelligible => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_an_instant_and_a_small_one_a_duration() {
        let sent_at = Timestamp::from_second(1_761_980_400).expect("in range");
        let at = |seconds| end(Whole(Some(seconds)), sent_at).map(Timestamp::as_second);

        assert_eq!(at(1_796_356_800), Some(1_796_356_800));
        assert_eq!(at(604_800), Some(1_761_980_400 + 604_800));
        assert_eq!(at(0), None);
    }
}
