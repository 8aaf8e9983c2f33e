//! Connecting a shop: the seller's answer is traded for a grant, the shop is asked who it is, and only then is anything stored.
//!
//! A grant that can be had only once (a consent code, a single-use token) is stored even when the shop does not answer, so that it is not
//! lost; the shop is surveyed later.

use super::Engine;
use super::renew::unstored;
use crate::ids::{ProducerId, ShopId};
use crate::store::{NewGrant, NewPlatform, NewShop, ShopRow, ShopState};
use ganh_contract::{
    Consent, Fault, FaultKind, Grant, Platform, RemoteShopId, Renewal, Result, Secret, Survey,
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A shop to be connected.
#[derive(Debug)]
pub struct Wish {
    pub platform: NewPlatform,
    pub seller: Answer,
    /// Which of the accounts that the answer opens; `None`: all.
    pub remote: Option<RemoteShopId>,
    pub producer: Option<ProducerId>,
    /// Its name here; `None`: made from the channel and the account.
    pub handle: Option<String>,
    /// The shop's own settings; no secrets.
    pub settings: Value,
    pub orders_since: Timestamp,
}

/// What the seller gave.
#[derive(Debug)]
pub enum Answer {
    ToBeTraded(BTreeMap<String, Secret>),
    Ready(Grant),
}

/// A shop that is connected now.
#[derive(Debug)]
pub struct Enrolled {
    pub shop: ShopRow,
    pub survey: Result<Survey>,
    /// It was connected before: its grant was replaced.
    pub is_renewed: bool,
}

/// Where the seller consents, for an app that may not be stored yet.
pub fn consent(engine: &Engine, app: &NewPlatform, back_to: &str, nonce: &str) -> Result<Consent> {
    platform(engine, app, &Value::Null)?.consent(back_to, nonce, engine.clock.now())
}

/// Connects every account that the answer opens, or the one that was named.
///
/// # Errors
/// The marketplace's refusal, or a handle that is taken. Nothing is stored then, unless a grant would be lost.
pub async fn enrol(engine: &Engine, wish: Wish) -> Result<Vec<Enrolled>> {
    let opened = platform(engine, &wish.platform, &wish.settings)?;
    let grants = match &wish.seller {
        Answer::Ready(grant) => vec![grant.clone()],
        Answer::ToBeTraded(answer) => opened.exchange(answer).await?,
    };
    let mut enrolled = Vec::new();
    for grant in grants {
        for remote in grant.shops.clone() {
            if wish.remote.as_ref().is_none_or(|wanted| *wanted == remote) {
                enrolled.push(one(engine, &wish, opened.as_ref(), &grant, remote).await?);
            }
        }
    }
    if enrolled.is_empty() {
        let said = "the credentials open another shop than the one that was named";
        return Err(Fault::new("exchange", FaultKind::Unsupported).said(said));
    }
    Ok(enrolled)
}

async fn one(
    engine: &Engine,
    wish: &Wish,
    platform: &dyn Platform,
    grant: &Grant,
    remote: RemoteShopId,
) -> Result<Enrolled> {
    let survey = match platform.open(grant, &remote, None) {
        Ok(shop) => shop.survey().await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = &survey
        && !matches!(grant.renewal, Renewal::SingleUse(_))
    {
        return Err(fault.clone());
    }
    let now = engine.clock.now();
    let platform = engine.store.put_platform(&wish.platform, now).await.map_err(unstored)?;
    if let Some(known) = engine.store.find_shop_by_remote(platform, &remote).await.map_err(unstored)? {
        return again(engine, wish, known, grant, survey).await;
    }
    let surveyed = survey.as_ref().ok();
    let new = NewShop {
        producer: wish.producer,
        platform,
        handle: wish.handle.clone().unwrap_or_else(|| handle(&wish.platform.channel, &remote)),
        title: surveyed.map_or_else(|| remote.to_string(), |survey| survey.name.clone()),
        remote_id: remote,
        settings: wish.settings.clone(),
        hook_secret: Some(hook_secret()?),
        capability: surveyed.map(|survey| survey.allows.clone()),
        orders_since: wish.orders_since,
    };
    let id = engine.store.add_shop(&new, NewGrant::Own(grant), now).await.map_err(unstored)?;
    let shop = engine.store.shop(id).await.map_err(unstored)?;
    Ok(Enrolled { shop, survey, is_renewed: false })
}

/// The account is connected already: it gets the new grant, and works again if it was revoked.
async fn again(
    engine: &Engine,
    wish: &Wish,
    known: ShopRow,
    grant: &Grant,
    survey: Result<Survey>,
) -> Result<Enrolled> {
    let (store, now) = (&engine.store, engine.clock.now());
    store.replace_grant(known.grant, grant, now).await.map_err(unstored)?;
    if let Ok(survey) = &survey {
        store.save_capability(known.id, &survey.name, &survey.allows, now).await.map_err(unstored)?;
    }
    if wish.settings.as_object().is_some_and(|settings| !settings.is_empty()) {
        let mut settings = known.settings.clone();
        if let (Some(all), Some(new)) = (settings.as_object_mut(), wish.settings.as_object()) {
            all.extend(new.clone());
        }
        store.save_shop_settings(known.id, &settings, now).await.map_err(unstored)?;
    }
    if known.state == ShopState::Revoked {
        let state = if was_approved(engine, known.id).await? { ShopState::Active } else { ShopState::New };
        store.set_shop_state(known.id, state, None, now).await.map_err(unstored)?;
    }
    let shop = store.shop(known.id).await.map_err(unstored)?;
    Ok(Enrolled { shop, survey, is_renewed: true })
}

/// Only an approved shop has listings of ours.
async fn was_approved(engine: &Engine, shop: ShopId) -> Result<bool> {
    Ok(!engine.store.listings_page(shop, None, 1).await.map_err(unstored)?.is_empty())
}

fn platform(engine: &Engine, app: &NewPlatform, shop_settings: &Value) -> Result<Arc<dyn Platform>> {
    let mut settings = app.settings.clone();
    if let (Some(all), Some(own)) = (settings.as_object_mut(), shop_settings.as_object()) {
        all.extend(own.clone());
    }
    engine
        .connect
        .platform(&app.channel, &app.base_url, &settings, app.secret.as_ref())
        .map_err(|said| Fault::new("open", FaultKind::Unsupported).said(said))
}

/// `channel/account`, in letters that a command line takes without quotes.
fn handle(channel: &str, remote: &RemoteShopId) -> String {
    let bare = remote.as_str().split_once("://").map_or(remote.as_str(), |(_, rest)| rest);
    let plain: String =
        bare.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let account: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    format!("{channel}/{}", account.join("-"))
}

fn hook_secret() -> Result<Secret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| Fault::new("enrol", FaultKind::Unsupported).said("the system gives no randomness"))?;
    Ok(Secret::new(hex::encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_made_from_the_account() {
        let made = ["227002345", "https://ocop.example.vn", "http://127.0.0.1:8080/shop/"]
            .map(|remote| handle("kind", &RemoteShopId::new(remote)));

        assert_eq!(made, ["kind/227002345", "kind/ocop-example-vn", "kind/127-0-0-1-8080-shop"]);
    }
}
