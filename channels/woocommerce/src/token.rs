//! Keys instead of tokens: what a person types in, which way of logging in works, and what the grant keeps of it (spec 2).

use crate::Settings;
use crate::address::{home_url, is_private};
use crate::discovery;
use crate::facts::Facts;
use crate::site::{Site, pairs};
use crate::wire::Thing;
use ganh_contract::{
    Choice, Complaint, Consent, Fault, FaultKind, Grant, RemoteShopId, Renewal, Result, Secret,
};
use ganh_http::Gateway;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use url::Url;

/// How a shop's key logs in (spec 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// In the header, over TLS: the best way.
    Basic,
    /// In the address, over TLS: where a web server strips the header.
    Query,
    /// Signed: without TLS, and where TLS ends at a proxy that the shop does not know of.
    #[serde(rename = "oauth")]
    OAuth,
}

/// What a grant's secret holds, as JSON. `mode` and `root` are found when the shop is connected.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keys {
    pub consumer_key: String,
    pub consumer_secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys {{ mode: {:?} }}", self.mode)
    }
}

impl Keys {
    /// Reads a grant's secret.
    ///
    /// # Errors
    /// `Refused` without any of the text: it is a credential.
    pub fn read(secret: &Secret) -> Result<Self> {
        serde_json::from_str(secret.expose()).map_err(|_| {
            refused("consumer_key", "the stored keys of this shop cannot be read: connect it again")
        })
    }

    fn write(&self) -> Result<Secret> {
        let text = serde_json::to_string(self).map_err(|_| Fault::unsupported("exchange"))?;
        Ok(Secret::new(text))
    }

    /// The way found when connecting, else what the address suggests.
    pub fn mode(&self, home: &Url) -> Mode {
        let is_tls = self.root.as_ref().map_or(home.scheme() == "https", |root| root.starts_with("https:"));
        self.mode.unwrap_or(if is_tls { Mode::Basic } else { Mode::OAuth })
    }

    /// The second credential, which WordPress's own routes want.
    pub fn user(&self) -> Option<(&str, &str)> {
        Some((self.username.as_deref()?, self.application_password.as_deref()?))
    }
}

/// Which keys to ask for.
pub fn consent() -> Consent {
    let ask = |id: &str, text: &str| Choice { id: id.to_owned(), text: text.to_owned() };
    Consent::Keys(vec![
        ask("address", "Địa chỉ cửa hàng / shop address (https://…)"),
        ask("consumer_key", "Consumer key (ck_…)"),
        ask("consumer_secret", "Consumer secret (cs_…)"),
        ask("username", "Tên đăng nhập, nếu tải ảnh lên / user name, to upload pictures (optional)"),
        ask("application_password", "Mật khẩu ứng dụng / application password (optional)"),
    ])
}

/// Finds the shop behind the address and the way its keys work.
///
/// Changes nothing in the shop: the write right is proved with an empty batch (spec 7, item 6).
///
/// # Errors
/// `Refused` for what was typed wrong, `Revoked` for keys that no way of logging in makes work.
pub async fn exchange(
    gateway: &Gateway,
    settings: &Settings,
    facts: &Facts,
    answer: &BTreeMap<String, Secret>,
) -> Result<Vec<Grant>> {
    let typed = typed_keys(answer)?;
    let address = home_url(required(answer, "address")?)?;
    let visitor = Site::new(gateway.clone(), typed.clone(), address.as_str(), facts, settings)?;
    let found = discovery::discover(&visitor, &address).await?;
    let keys = Keys { root: Some(found.root.clone()), ..typed };
    let site = Site::new(gateway.clone(), keys, &found.home, facts, settings)?;
    let mode = probe(&site).await?;
    let keys = Keys { mode: Some(mode), ..site.keys().clone() };
    let site = site.with_keys(keys.clone());
    prove_write_right(&site).await?;
    prove_user(&site).await?;
    Ok(vec![Grant {
        shops: vec![RemoteShopId::new(found.home)],
        access: keys.write()?,
        access_until: None,
        renewal: Renewal::NotNeeded,
        ends: None,
    }])
}

/// Tries the ways of logging in, in the order of spec 2.1. The first fault is kept: it names what the shop said of the best way.
async fn probe(site: &Site) -> Result<Mode> {
    let ways: &[Mode] = match site.root().scheme() {
        "https" => &[Mode::Basic, Mode::Query, Mode::OAuth],
        // A proxy on this machine may end TLS in front of us, while the shop knows that it is on TLS.
        _ if is_private(site.root()) => &[Mode::OAuth, Mode::Basic, Mode::Query],
        _ => &[Mode::OAuth],
    };
    let mut first = None;
    for mode in ways {
        let keys = Keys { mode: Some(*mode), ..site.keys().clone() };
        let asked = pairs([("per_page", "1".to_owned()), ("_fields", "id".to_owned())]);
        match site.with_keys(keys).get::<Vec<Thing>>("probe", "products", asked).await {
            Ok(_) => return Ok(*mode),
            // 403 names a user without rights: the login worked, another way would say the same.
            Err(fault) if !matches!(*fault.kind, FaultKind::Revoked { .. }) => return Err(fault),
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    Err(first.unwrap_or_else(|| Fault::unsupported("probe")))
}

/// `{}` is answered `200 []` and changes nothing, but a key that may only read is refused.
async fn prove_write_right(site: &Site) -> Result<()> {
    site.set::<Value>("probe", "products/batch", &json!({})).await.map(|_| ())
}

async fn prove_user(site: &Site) -> Result<()> {
    if site.keys().user().is_none() {
        return Ok(());
    }
    if !is_private(site.root()) {
        return Err(refused("application_password", "an application password works over https only"));
    }
    let asked = pairs([("_fields", "id".to_owned())]);
    match site.get_as_user::<Thing>("probe", "wp/v2/users/me", asked).await {
        Ok(_) => Ok(()),
        Err(fault) if matches!(*fault.kind, FaultKind::Revoked { .. }) => Err(refused(
            "application_password",
            "the shop does not take this user name and application password (it takes one over TLS only)",
        )),
        Err(fault) => Err(fault),
    }
}

fn typed_keys(answer: &BTreeMap<String, Secret>) -> Result<Keys> {
    let key = required(answer, "consumer_key")?;
    let secret = required(answer, "consumer_secret")?;
    if !key.starts_with("ck_") {
        return Err(refused("consumer_key", "a consumer key begins with ck_"));
    }
    if !secret.starts_with("cs_") {
        return Err(refused("consumer_secret", "a consumer secret begins with cs_"));
    }
    let username = optional(answer, "username");
    let application_password = optional(answer, "application_password");
    if username.is_some() != application_password.is_some() {
        return Err(refused("application_password", "user name and application password go together"));
    }
    Ok(Keys {
        consumer_key: key.to_owned(),
        consumer_secret: secret.to_owned(),
        username,
        application_password,
        mode: None,
        root: None,
    })
}

fn required<'a>(answer: &'a BTreeMap<String, Secret>, name: &str) -> Result<&'a str> {
    let given = answer.get(name).map(|secret| secret.expose().trim()).filter(|text| !text.is_empty());
    given.ok_or_else(|| refused(name, "is missing"))
}

fn optional(answer: &BTreeMap<String, Secret>, name: &str) -> Option<String> {
    required(answer, name).ok().map(str::to_owned)
}

fn refused(field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new("exchange", FaultKind::Refused(vec![complaint]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = r#"{"consumer_key":"ck_1","consumer_secret":"cs_2"}"#;

    #[test]
    fn keys_typed_by_hand_log_in_as_the_address_suggests() {
        let keys = Keys::read(&Secret::new(SECRET)).unwrap();

        assert_eq!(keys.mode(&home_url("https://x.vn").unwrap()), Mode::Basic);
        assert_eq!(keys.mode(&home_url("http://x.vn").unwrap()), Mode::OAuth);
    }

    #[test]
    fn the_working_mode_survives_in_the_secret() {
        let keys = Keys { mode: Some(Mode::Query), ..Keys::read(&Secret::new(SECRET)).unwrap() };

        let again = Keys::read(&keys.write().unwrap()).unwrap();

        assert_eq!(again.mode(&home_url("https://x.vn").unwrap()), Mode::Query);
    }

    #[test]
    fn i13_keys_print_nothing_of_themselves() {
        let shown = format!("{:?}", Keys::read(&Secret::new(SECRET)).unwrap());

        assert!(!shown.contains("ck_1") && !shown.contains("cs_2"));
    }

    #[test]
    fn a_missing_key_is_named() {
        let answer = BTreeMap::from([("address".to_owned(), Secret::new("https://x.vn"))]);

        let fault = typed_keys(&answer).unwrap_err();

        let FaultKind::Refused(complaints) = *fault.kind else { panic!("refused") };
        assert_eq!(complaints[0].field.as_deref(), Some("consumer_key"));
    }
}
