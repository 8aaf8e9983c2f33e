//! Consent, grants and their renewal (spec §3).

use crate::Settings;
use crate::call::{Line, Reply, Verb, Way};
use crate::wire::{CountryUser, TokenPair};
use ganh_contract::{
    Complaint, Consent, Fault, FaultKind, Grant, Reach, RemoteShopId, Renewal, Result, Secret,
};
use ganh_http::Safety;
use std::collections::BTreeMap;
use std::time::Duration;

/// The market of this adapter (§1.1).
const COUNTRY: &str = "vn";

/// The page for the seller's browser, at the host of tokens but outside `/rest` (§1.1, §3.1).
pub(crate) fn consent(settings: &Settings, back_to: &str, nonce: &str) -> Consent {
    let mut url = settings.auth_url.clone();
    let root = url.path().trim_end_matches('/').trim_end_matches("/rest").to_owned();
    url.set_path(&format!("{root}/oauth/authorize"));
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("force_auth", "true")
        .append_pair("redirect_uri", back_to)
        .append_pair("client_id", &settings.app_key)
        .append_pair("state", nonce)
        .append_pair("country", COUNTRY);
    Consent::Visit { url: url.into(), valid: None }
}

fn refused(call: &'static str, field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new(call, FaultKind::Refused(vec![complaint]))
}

/// Trades the code, which dies with its first use and after 30 minutes, for a grant (§3.2).
pub(crate) async fn exchange(line: &Line, answer: &BTreeMap<String, Secret>) -> Result<Vec<Grant>> {
    const CALL: &str = "token_create";
    let code = answer.get("code").map(Secret::expose).filter(|code| !code.is_empty());
    let Some(code) = code else {
        return Err(refused(
            CALL,
            "code",
            "người bán chưa đồng ý: thiếu mã · the seller did not consent: the code is missing",
        ));
    };
    let params = vec![("code", code.to_owned())];
    let reply = match line
        .ask(CALL, "/auth/token/create", Safety::Create, Verb::Post, params, Way::Tokens)
        .await
    {
        Ok(reply) => reply,
        Err(fault) if fault.code.as_deref() == Some("InvalidCode") => {
            let said = "mã đã dùng, sai hoặc quá 30 phút: hãy xin lại đồng ý · the code was used, is wrong or older than 30 minutes: ask for consent again";
            return Err(Fault { kind: refused(CALL, "code", said).kind, ..fault });
        }
        Err(fault) => return Err(fault),
    };
    let pair: TokenPair = reply.top()?;
    let shops = shops(&pair);
    if shops.is_empty() {
        let said = "tài khoản không có gian hàng Lazada Việt Nam · the account has no shop at Lazada Vietnam";
        return Err(refused(CALL, "country", said));
    }
    Ok(vec![grant(&reply, &pair, shops)?])
}

/// A cross-border token covers several countries, in either case of letters and under either name (§3.2, §3.3).
fn shops(pair: &TokenPair) -> Vec<RemoteShopId> {
    let is_ours = |user: &&CountryUser| user.country.as_str().eq_ignore_ascii_case(COUNTRY);
    let users = pair.country_user_info.0.iter().chain(&pair.country_user_info_list.0);
    let mut shops: Vec<RemoteShopId> = Vec::new();
    for id in users.filter(is_ours).filter_map(|user| user.seller_id.filled()).map(RemoteShopId::new) {
        if !shops.contains(&id) {
            shops.push(id);
        }
    }
    shops
}

/// A new access token for the same shops. The end of the consent does not move (§3.3).
pub(crate) async fn renew(line: &Line, old: &Grant) -> Result<Grant> {
    const CALL: &str = "token_refresh";
    let (Renewal::Reusable(refresh) | Renewal::SingleUse(refresh)) = &old.renewal else {
        return Err(Fault::new(CALL, FaultKind::Revoked { reach: Reach::Shop })
            .said("the grant holds no refresh token"));
    };
    let params = vec![("refresh_token", refresh.expose().to_owned())];
    let reply =
        line.ask(CALL, "/auth/token/refresh", Safety::Create, Verb::Post, params, Way::Tokens).await?;
    let mut new = grant(&reply, &reply.top()?, old.shops.clone())?;
    new.ends = old.ends.or(new.ends);
    Ok(new)
}

/// Lives are counted from when the call left: the safe side.
fn grant(reply: &Reply, pair: &TokenPair, shops: Vec<RemoteShopId>) -> Result<Grant> {
    let Some(access) = pair.access_token.filled() else {
        return Err(reply.unintelligible("the answer holds no token"));
    };
    let after = |seconds: i64| reply.sent_at.checked_add(Duration::from_secs(seconds.unsigned_abs())).ok();
    // The shorter of the documented lives, 7 and 30 days, where none is told (§3.3).
    let lives = pair.expires_in.0.filter(|seconds| *seconds > 0).unwrap_or(7 * 86_400);
    // 0 says that it cannot be refreshed (§3.3).
    let ends_in = pair.refresh_expires_in.0.filter(|seconds| *seconds > 0);
    let can_renew = pair.refresh_expires_in.0 != Some(0);
    let renewal = match pair.refresh_token.filled().filter(|_| can_renew) {
        Some(refresh) => Renewal::Reusable(Secret::new(refresh)),
        None => Renewal::Never,
    };
    Ok(Grant {
        shops,
        access: Secret::new(access),
        access_until: after(lives),
        renewal,
        ends: ends_in.and_then(after),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            base_url: "https://api.lazada.vn/rest".parse().expect("a URL"),
            auth_url: "https://auth.lazada.com/rest".parse().expect("a URL"),
            app_key: "900101".into(),
            app_secret: Secret::new("gAnhSandb0xS3cret0123456789abcde"),
        }
    }

    #[test]
    fn the_consent_page_stands_outside_rest_and_carries_our_nonce() {
        let Consent::Visit { url, .. } = consent(&settings(), "https://ganh.example/back?x=1", "n-1") else {
            panic!("a page")
        };

        assert_eq!(
            url,
            "https://auth.lazada.com/oauth/authorize?response_type=code&force_auth=true\
             &redirect_uri=https%3A%2F%2Fganh.example%2Fback%3Fx%3D1&client_id=900101&state=n-1&country=vn"
        );
    }

    #[test]
    fn only_shops_of_this_market_are_granted_under_either_name() {
        let pair = |text: &str| serde_json::from_str::<TokenPair>(text).expect("a pair");
        let sample = pair(include_str!("../tests/wire/token_create.json"));
        let many = pair(
            r#"{"country":"cb","country_user_info_list":[{"country":"SG","seller_id":1},{"country":"VN","seller_id":2}]}"#,
        );

        assert_eq!(shops(&sample), [RemoteShopId::new("200100000001")]);
        assert_eq!(shops(&many), [RemoteShopId::new("2")]);
    }
}
