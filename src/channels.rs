//! The register: which kinds of channel there are, how each is made from what the store holds, and where a product stands in its tree.
//! The one file that names the adapters.

mod credentials;

pub use credentials::{Brought, Credentials, Seller, sort};

use crate::listing::{Alcohol, CategoryChoice};
use crate::store::ListingPage;
use crate::sync::Connect;
use ganh_contract::{Platform, RemoteCategoryId, Secret};
use ganh_http::Gateway;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;

/// Every kind of channel, with what an admin must bring.
pub const KINDS: [Kind; 4] = [
    Kind {
        name: "shopee",
        title: "Shopee",
        base_url: Some("https://partner.shopeemobile.com"),
        asks: "partner_id, partner_key, and code + shop_id of the consent, or access_token + refresh_token + shop_id",
    },
    Kind {
        name: "tiktok_shop",
        title: "TikTok Shop",
        base_url: Some(TIKTOK_API),
        asks: "app_key, app_secret, service_id, and code of the consent, or access_token + refresh_token + shop_id (+ cipher)",
    },
    Kind {
        name: "lazada",
        title: "Lazada",
        base_url: Some("https://api.lazada.vn/rest"),
        asks: "app_key, app_secret, and code of the consent, or access_token + refresh_token + seller_id",
    },
    Kind {
        name: "woocommerce",
        title: "WooCommerce",
        base_url: None,
        asks: "consumer_key, consumer_secret, and username + application_password where pictures are to be uploaded",
    },
];

/// TikTok Shop's three hosts (specs/tiktok-shop.md §1.1, read 2026-11). A simulated one serves them all at one address.
const TIKTOK_API: &str = "https://open-api.tiktokglobalshop.com";
const TIKTOK_AUTH: &str = "https://auth.tiktok-shops.com";
const TIKTOK_CONSENT: &str = "https://services.tiktokshop.com";

/// Lazada's host of tokens and consent (specs/lazada.md §1.1, read 2026-11).
const LAZADA_AUTH: &str = "https://auth.lazada.com/rest";

/// One kind of channel.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    pub title: &'static str,
    /// The real marketplace's address; `None` where each shop has its own.
    pub base_url: Option<&'static str>,
    /// Credentials, in words.
    pub asks: &'static str,
}

/// The kind of this name.
pub fn find_kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Makes platforms; all calls leave through one gateway.
#[derive(Debug, Clone)]
pub struct Register {
    gateway: Gateway,
}

impl Register {
    /// A register whose platforms call through this gateway.
    pub const fn new(gateway: Gateway) -> Self {
        Self { gateway }
    }
}

impl Connect for Register {
    fn platform(
        &self,
        channel: &str,
        base_url: &str,
        settings: &Value,
        secret: Option<&Secret>,
    ) -> Result<Arc<dyn Platform>, String> {
        let gateway = self.gateway.clone();
        match channel {
            "shopee" => {
                let settings_of = ganh_shopee::Settings {
                    base_url: address("base_url", base_url)?,
                    consent_url: optional_address(settings, "consent_url")?,
                    partner_id: settings["partner_id"]
                        .as_u64()
                        .or_else(|| settings["partner_id"].as_str().and_then(|text| text.parse().ok()))
                        .ok_or("partner_id: a whole number is needed, as the console of the marketplace shows it")?,
                    partner_key: secret.cloned().ok_or("partner_key is missing: add the shop again with its credentials")?,
                    hook_url: settings["hook_url"].as_str().map(str::to_owned),
                };
                Ok(Arc::from(ganh_shopee::platform(settings_of, shopee_facts(settings)?, gateway)))
            }
            "tiktok_shop" => {
                let settings_of = tiktok_settings(base_url, settings, secret)?;
                Ok(Arc::from(ganh_tiktok_shop::platform(settings_of, tiktok_facts(settings)?, gateway)))
            }
            "lazada" => {
                let settings_of = lazada_settings(base_url, settings, secret)?;
                Ok(Arc::from(ganh_lazada::platform(settings_of, lazada_facts(settings)?, gateway)))
            }
            "woocommerce" => {
                let limits: ganh_woocommerce::Settings = part(settings, "limits")?;
                let facts = ganh_woocommerce::Facts::compiled_in().map_err(|fault| fault.to_string())?;
                Ok(Arc::from(ganh_woocommerce::platform(limits, facts, gateway)))
            }
            other => Err(unknown(other)),
        }
    }

    fn category(
        &self,
        channel: &str,
        settings: &Value,
        page: &ListingPage,
    ) -> Result<CategoryChoice, String> {
        let sub_group = page.subgroup.as_deref().unwrap_or("");
        let own = &settings["categories"][if sub_group.is_empty() { "*" } else { sub_group }];
        let (id, attributes) = match own {
            Value::String(id) => (id.clone(), BTreeMap::new()),
            Value::Object(_) => {
                let id = own["id"].as_str().ok_or_else(|| format!("categories.{sub_group}.id is missing"))?;
                (id.to_owned(), part(own, "attributes")?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                by_default(channel, settings, sub_group)?
            }
        };
        let alcohol = match settings["alcohol"].as_str() {
            Some("allowed") => Alcohol::Allowed,
            Some(_) | None => Alcohol::Forbidden,
        };
        Ok(CategoryChoice { id: RemoteCategoryId::new(id), attributes, rules: None, alcohol })
    }
}

/// Where goods of a sub-group stand when the shop's settings do not say.
fn by_default(
    channel: &str,
    settings: &Value,
    sub_group: &str,
) -> Result<(String, BTreeMap<String, Vec<String>>), String> {
    let missing = || {
        format!(
            "nhóm «{sub_group}» chưa có danh mục trên sàn: đặt categories.{sub_group} trong cài đặt gian hàng ‖ \
             sub-group {sub_group:?} has no category here: set categories.{sub_group} in the shop's settings"
        )
    };
    match channel {
        "shopee" => {
            let facts = shopee_facts(settings)?;
            let choice =
                facts.category.get(sub_group).or_else(|| facts.category.get("")).ok_or_else(missing)?;
            Ok((choice.id.clone(), choice.attributes.clone()))
        }
        "tiktok_shop" => {
            let facts = tiktok_facts(settings)?;
            let choice =
                facts.category.get(sub_group).or_else(|| facts.category.get("")).ok_or_else(missing)?;
            Ok((choice.id.clone(), choice.attributes.clone()))
        }
        "lazada" => {
            let facts = lazada_facts(settings)?;
            let choice =
                facts.category.get(sub_group).or_else(|| facts.category.get("")).ok_or_else(missing)?;
            Ok((choice.id.clone(), choice.attributes.clone()))
        }
        "woocommerce" => {
            let facts = ganh_woocommerce::Facts::compiled_in().map_err(|fault| fault.to_string())?;
            let name = facts.category_for(sub_group).unwrap_or_else(|| "name:OCOP".to_owned());
            Ok((name, BTreeMap::new()))
        }
        other => Err(unknown(other)),
    }
}

/// The compiled-in facts with the settings' own numbers over them (`facts.quota.shop.per_second` …).
fn shopee_facts(settings: &Value) -> Result<ganh_shopee::Facts, String> {
    let own = settings.get("facts").filter(|own| !own.is_null());
    own.map_or_else(|| Ok(ganh_shopee::Facts::built_in()), |own| over(ganh_shopee::facts::BUILT_IN, own))
}

/// The same for TikTok Shop (`facts.quota.create.per_second` …).
fn tiktok_facts(settings: &Value) -> Result<ganh_tiktok_shop::Facts, String> {
    let own = settings.get("facts").filter(|own| !own.is_null());
    own.map_or_else(
        || Ok(ganh_tiktok_shop::Facts::built_in()),
        |own| over(ganh_tiktok_shop::facts::BUILT_IN, own),
    )
}

/// The same for Lazada (`facts.quota.inventory.per_second` …).
fn lazada_facts(settings: &Value) -> Result<ganh_lazada::Facts, String> {
    let own = settings.get("facts").filter(|own| !own.is_null());
    own.map_or_else(|| Ok(ganh_lazada::Facts::built_in()), |own| over(ganh_lazada::facts::BUILT_IN, own))
}

/// Tokens have a host of their own; anywhere but at the real marketplace they are served beside the rest (specs/lazada.md §1.1, read 2026-11).
fn lazada_settings(
    base_url: &str,
    settings: &Value,
    secret: Option<&Secret>,
) -> Result<ganh_lazada::Settings, String> {
    let base = address("base_url", base_url)?;
    let is_real = base.host_str().is_some_and(|host| host.starts_with("api.lazada."));
    let auth = match optional_address(settings, "auth_url")? {
        Some(auth) => auth,
        None if is_real => address("auth_url", LAZADA_AUTH)?,
        None => base.clone(),
    };
    let key = settings["app_key"].as_str();
    Ok(ganh_lazada::Settings {
        base_url: base,
        auth_url: auth,
        app_key: key
            .ok_or("app_key: the number of the app is needed, as the console of the marketplace shows it")?
            .to_owned(),
        app_secret: secret
            .cloned()
            .ok_or("app_secret is missing: add the shop again with its credentials")?,
    })
}

fn over<T: DeserializeOwned>(built_in: &str, own: &Value) -> Result<T, String> {
    let mut all: Value = toml::from_str(built_in).map_err(|error| error.to_string())?;
    merge(&mut all, own);
    serde_json::from_value(all).map_err(|error| format!("facts: {error}"))
}

fn tiktok_settings(
    base_url: &str,
    settings: &Value,
    secret: Option<&Secret>,
) -> Result<ganh_tiktok_shop::Settings, String> {
    let base = address("base_url", base_url)?;
    let other = |key: &str, real: &str| match optional_address(settings, key)? {
        Some(own) => Ok(own),
        None if base == address("base_url", TIKTOK_API)? => address(key, real),
        None => Ok(base.clone()),
    };
    Ok(ganh_tiktok_shop::Settings {
        auth_url: other("auth_url", TIKTOK_AUTH)?,
        consent_url: other("consent_url", TIKTOK_CONSENT)?,
        app_key: settings["app_key"].as_str().ok_or("app_key is missing: add the shop again")?.to_owned(),
        app_secret: secret
            .cloned()
            .ok_or("app_secret is missing: add the shop again with its credentials")?,
        service_id: settings["service_id"].as_str().map(str::to_owned),
        base_url: base.clone(),
    })
}

fn merge(into: &mut Value, own: &Value) {
    match (into, own) {
        (Value::Object(into), Value::Object(own)) => {
            for (key, own) in own {
                merge(into.entry(key.clone()).or_insert(Value::Null), own);
            }
        }
        (into, own) => *into = own.clone(),
    }
}

fn part<T: DeserializeOwned + Default>(settings: &Value, key: &str) -> Result<T, String> {
    match settings.get(key) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(own) => serde_json::from_value(own.clone()).map_err(|error| format!("{key}: {error}")),
    }
}

fn address(key: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{key}: {text:?} is no address: {error}"))?;
    match url.scheme() {
        "http" | "https" if url.host().is_some() => Ok(url),
        _ => Err(format!("{key}: {text:?} must begin with https:// (or http:// on this machine)")),
    }
}

fn optional_address(settings: &Value, key: &str) -> Result<Option<Url>, String> {
    settings[key].as_str().map(|text| address(key, text)).transpose()
}

fn unknown(channel: &str) -> String {
    let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    format!("there is no channel {channel:?}: one of {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_stand_over_the_compiled_in_facts() {
        let facts =
            shopee_facts(&json!({ "facts": { "quota": { "shop": { "per_second": 0.0 } } } })).unwrap();

        assert!((facts.quota.shop.per_second, facts.quota.app.per_second) == (0.0, 10.0));
    }

    #[test]
    fn the_real_marketplace_has_three_hosts_and_a_simulated_one_has_one() {
        let hosts = |base: &str| {
            let secret = Secret::new("s");
            let of = tiktok_settings(base, &json!({ "app_key": "k" }), Some(&secret)).unwrap();
            [of.base_url, of.auth_url, of.consent_url].map(|url| url.to_string())
        };

        assert!(hosts(TIKTOK_API)[1].contains("auth.tiktok-shops.com"));
        assert!(hosts(TIKTOK_API)[2].contains("services.tiktokshop.com"));
        assert!(hosts("http://127.0.0.1:7000").iter().all(|host| host == "http://127.0.0.1:7000/"));
    }

    #[test]
    fn tokens_of_the_real_lazada_have_a_host_of_their_own() {
        let auth = |base: &str| {
            let secret = Secret::new("s");
            lazada_settings(base, &json!({ "app_key": "900101" }), Some(&secret))
                .unwrap()
                .auth_url
                .to_string()
        };

        assert_eq!(auth("https://api.lazada.vn/rest"), LAZADA_AUTH);
        assert_eq!(auth("http://127.0.0.1:7001/rest"), "http://127.0.0.1:7001/rest");
    }

    #[test]
    fn an_address_without_a_scheme_is_named_with_its_mend() {
        let said = address("base_url", "shop.example.vn").unwrap_err();

        assert!(said.contains("base_url") && said.contains("shop.example.vn"), "{said}");
    }
}
