//! What an admin brings to connect a shop, sorted into what is the app's and what is the seller's. Nothing of it is ever repeated in a message.

use super::find_kind;
use ganh_contract::{Grant, RemoteShopId, Renewal, Secret};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Credentials as brought: a flat JSON object, or one with a list of `shops`.
pub struct Credentials(Map<String, Value>);

/// Credentials, sorted.
#[derive(Debug)]
pub struct Brought {
    /// Names the app on its channel; one platform row each.
    pub app: String,
    /// The app's settings, without secrets.
    pub settings: Value,
    /// The app's secret, where the channel has one.
    pub secret: Option<Secret>,
    pub seller: Seller,
}

/// The seller's part.
#[derive(Debug)]
pub enum Seller {
    /// To be traded for grants at the marketplace.
    Answer(BTreeMap<String, Secret>),
    /// Tokens that are ready to be used.
    Ready(Grant),
    /// Nothing yet: the seller has still to consent.
    Absent,
}

/// A token whose end was not told is believed this long. Too long does no harm: the marketplace says `Expired` and it is renewed.
/// Source: specs/shopee.md §3.2, read 2026-11.
const USUAL_LIFE: SignedDuration = SignedDuration::from_hours(4);

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

impl Credentials {
    /// Reads JSON. Error: one line without a letter of the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(all)) => Ok(Self(all)),
            Ok(_) => Err("the credentials are no JSON object such as {\"name\": \"…\"}".into()),
            Err(error) => {
                Err(format!("the credentials are no JSON (line {}, column {})", error.line(), error.column()))
            }
        }
    }

    /// The part for one shop laid over what is common. `remote`: which of several.
    fn of_shop(&self, remote: Option<&str>) -> Result<BTreeMap<String, Secret>, String> {
        let mut all: BTreeMap<String, Secret> = texts(&self.0);
        let shops: Vec<BTreeMap<String, Secret>> = self
            .0
            .get("shops")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .map(texts)
            .collect();
        let id = |shop: &BTreeMap<String, Secret>| {
            let id = shop.get("shop_id").or_else(|| shop.get("seller_id"));
            id.map(|id| id.expose().to_owned()).unwrap_or_default()
        };
        let chosen = match (shops.as_slice(), remote) {
            ([], _) => return Ok(all),
            ([only], None) => only,
            (several, Some(remote)) => several.iter().find(|shop| id(shop) == remote).ok_or_else(|| {
                format!(
                    "the credentials hold no shop {remote}, but {}",
                    several.iter().map(id).collect::<Vec<_>>().join(", ")
                )
            })?,
            (several, None) => {
                let ids: Vec<String> = several.iter().map(id).collect();
                return Err(format!(
                    "the credentials hold several shops: name one of {} with --remote-id",
                    ids.join(", ")
                ));
            }
        };
        all.extend(chosen.clone());
        Ok(all)
    }
}

/// Sorts credentials for a kind of channel. Error: one line that names the missing field.
pub fn sort(
    channel: &str,
    base_url: &str,
    credentials: &Credentials,
    remote: Option<&str>,
    now: Timestamp,
) -> Result<Brought, String> {
    let given = credentials.of_shop(remote)?;
    let asks = find_kind(channel).map_or("", |kind| kind.asks);
    let missing =
        |field: &str| format!("{field} is missing from the credentials of {channel}, which asks for {asks}");
    let said = |field: &str| given.get(field).map(Secret::expose).filter(|text| !text.is_empty());
    match channel {
        "shopee" => {
            let partner = said("partner_id").ok_or_else(|| missing("partner_id"))?;
            let key = said("partner_key").ok_or_else(|| missing("partner_key"))?;
            let number: u64 = partner.parse().map_err(|_| "partner_id is a whole number".to_owned())?;
            let seller = match (said("access_token"), said("refresh_token"), said("code")) {
                (Some(access), Some(refresh), _) => {
                    let shop = said("shop_id").ok_or_else(|| missing("shop_id"))?;
                    Seller::Ready(Grant {
                        shops: vec![RemoteShopId::new(shop)],
                        access: Secret::new(access),
                        access_until: Some(now + life(said("expire_in"))),
                        renewal: Renewal::SingleUse(Secret::new(refresh)),
                        ends: None,
                    })
                }
                (Some(_), None, None) => return Err(missing("refresh_token")),
                (_, _, Some(_)) => Seller::Answer(given.clone()),
                (None, _, None) => Seller::Absent,
            };
            let settings = json!({ "partner_id": number });
            Ok(Brought { app: partner.to_owned(), settings, secret: Some(Secret::new(key)), seller })
        }
        "tiktok_shop" => {
            let app_key = said("app_key").ok_or_else(|| missing("app_key"))?;
            let app_secret = said("app_secret").ok_or_else(|| missing("app_secret"))?;
            let seller = match (said("access_token"), said("refresh_token"), said("code")) {
                (Some(access), Some(refresh), _) => {
                    let shop = said("shop_id").ok_or_else(|| missing("shop_id"))?;
                    let cipher = said("cipher").map(|cipher| (shop.to_owned(), cipher.to_owned()));
                    let until = said("access_token_expire_in").or(said("expire_in"));
                    Seller::Ready(Grant {
                        shops: vec![RemoteShopId::new(shop)],
                        access: ganh_tiktok_shop::access(&Secret::new(access), &cipher.into_iter().collect()),
                        access_until: Some(instant(until).unwrap_or_else(|| now + life(until))),
                        renewal: Renewal::SingleUse(Secret::new(refresh)),
                        ends: said("refresh_token_expire_in").and_then(|at| instant(Some(at))),
                    })
                }
                (Some(_), None, None) => return Err(missing("refresh_token")),
                (_, _, Some(_)) => Seller::Answer(given.clone()),
                (None, _, None) => Seller::Absent,
            };
            let settings = json!({ "app_key": app_key, "service_id": said("service_id") });
            Ok(Brought { app: app_key.to_owned(), settings, secret: Some(Secret::new(app_secret)), seller })
        }
        "lazada" => {
            let key = said("app_key").ok_or_else(|| missing("app_key"))?;
            let secret = said("app_secret").ok_or_else(|| missing("app_secret"))?;
            let seller = match (said("access_token"), said("refresh_token"), said("code")) {
                (Some(access), Some(refresh), _) => {
                    let shop = said("seller_id").ok_or_else(|| missing("seller_id"))?;
                    Seller::Ready(Grant {
                        shops: vec![RemoteShopId::new(shop)],
                        access: Secret::new(access),
                        access_until: Some(now + life(said("expires_in"))),
                        renewal: Renewal::Reusable(Secret::new(refresh)),
                        ends: said("refresh_expires_in").map(|text| now + life(Some(text))),
                    })
                }
                (Some(_), None, None) => return Err(missing("refresh_token")),
                (_, _, Some(_)) => Seller::Answer(given.clone()),
                (None, _, None) => Seller::Absent,
            };
            let mut settings = json!({ "app_key": key });
            if let Some(auth) = said("auth_url") {
                settings["auth_url"] = json!(auth);
            }
            Ok(Brought { app: key.to_owned(), settings, secret: Some(Secret::new(secret)), seller })
        }
        "woocommerce" => {
            for field in ["consumer_key", "consumer_secret"] {
                said(field).ok_or_else(|| missing(field))?;
            }
            let mut answer = given.clone();
            answer.insert("address".into(), Secret::new(base_url));
            // Every shop brings its own keys: the app is the place where it lies.
            Ok(Brought {
                app: base_url.to_owned(),
                settings: json!({}),
                secret: None,
                seller: Seller::Answer(answer),
            })
        }
        other => Err(super::unknown(other)),
    }
}

/// The end of a token where it is told as an instant, in seconds since 1970, though its name speaks of a duration.
/// Source: specs/tiktok-shop.md §3.2, read 2026-11.
fn instant(told: Option<&str>) -> Option<Timestamp> {
    const DURATIONS_BELOW: i64 = 1_000_000_000;
    let seconds = told?.parse::<i64>().ok().filter(|seconds| *seconds >= DURATIONS_BELOW)?;
    Timestamp::from_second(seconds).ok()
}

fn life(seconds: Option<&str>) -> SignedDuration {
    let seconds = seconds
        .and_then(|text| text.parse::<i64>().ok())
        .filter(|seconds| (1..=31_536_000).contains(seconds));
    seconds.map_or(USUAL_LIFE, SignedDuration::from_secs)
}

/// Texts and numbers; everything else is no credential.
fn texts(object: &Map<String, Value>) -> BTreeMap<String, Secret> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    object.iter().filter_map(|(key, value)| Some((key.clone(), Secret::new(text(value)?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(text: &str, remote: Option<&str>) -> Result<Brought, String> {
        sort("shopee", "http://h", &Credentials::parse(text).unwrap(), remote, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn ready_tokens_become_a_grant_and_the_key_stays_the_apps() {
        let text = r#"{"partner_id": 7, "partner_key": "k", "shop_id": 12, "access_token": "a", "refresh_token": "r", "expire_in": 60}"#;

        let brought = sorted(text, None).unwrap();

        let Seller::Ready(grant) = brought.seller else { panic!("{:?}", brought.seller) };
        assert_eq!((brought.app.as_str(), brought.settings), ("7", json!({ "partner_id": 7 })));
        assert_eq!(
            (grant.shops[0].as_str(), grant.access_until),
            ("12", Some(Timestamp::from_second(60).unwrap()))
        );
    }

    #[test]
    fn tokens_of_tiktok_shop_end_at_an_instant_and_keep_the_shops_cipher() {
        let text = r#"{"app_key": "k", "app_secret": "s", "service_id": "9", "shop_id": "7495", "cipher": "ROW_c", "access_token": "a",
            "refresh_token": "r", "access_token_expire_in": 1796356800, "refresh_token_expire_in": 1827892800}"#;

        let brought =
            sort("tiktok_shop", "http://h", &Credentials::parse(text).unwrap(), None, Timestamp::UNIX_EPOCH)
                .unwrap();

        let Seller::Ready(grant) = brought.seller else { panic!("{:?}", brought.seller) };
        let at = |seconds| Some(Timestamp::from_second(seconds).unwrap());
        assert_eq!((grant.access_until, grant.ends), (at(1_796_356_800), at(1_827_892_800)));
        assert!(grant.access.expose().contains("ROW_c"));
        assert_eq!(brought.settings, json!({ "app_key": "k", "service_id": "9" }));
    }

    #[test]
    fn a_lazada_seller_is_named_by_its_own_id() {
        let text = r#"{"app_key": 900101, "app_secret": "k",
            "shops": [{"seller_id": 1, "access_token": "a", "refresh_token": "r"}, {"seller_id": 2}]}"#;
        let credentials = Credentials::parse(text).unwrap();

        let brought = sort("lazada", "http://h", &credentials, Some("1"), Timestamp::UNIX_EPOCH).unwrap();

        let Seller::Ready(grant) = brought.seller else { panic!("{:?}", brought.seller) };
        assert_eq!((brought.app.as_str(), brought.settings), ("900101", json!({ "app_key": "900101" })));
        assert_eq!((grant.shops[0].as_str(), grant.ends), ("1", None));
        assert!(matches!(grant.renewal, Renewal::Reusable(_)));
    }

    #[test]
    fn one_of_several_shops_has_to_be_named() {
        let text = r#"{"partner_id": 7, "partner_key": "k", "shops": [{"shop_id": 1, "code": "c"}, {"shop_id": 2, "code": "d"}]}"#;

        assert!(sorted(text, None).unwrap_err().contains("1, 2 with --remote-id"));
        assert!(sorted(text, Some("3")).unwrap_err().contains("no shop 3"));
        assert!(
            matches!(sorted(text, Some("2")).unwrap().seller, Seller::Answer(answer) if answer["code"].expose() == "d")
        );
    }

    #[test]
    fn i13_no_refusal_repeats_a_credential() {
        let refusals = [
            Credentials::parse("{\"partner_key\": hunter2").unwrap_err(),
            sorted(r#"{"partner_key": "hunter2"}"#, None).unwrap_err(),
            sorted(r#"{"partner_id": "hunter2", "partner_key": "hunter2"}"#, None).unwrap_err(),
        ];

        assert!(refusals.iter().all(|said| !said.contains("hunter2")), "{refusals:?}");
    }
}
