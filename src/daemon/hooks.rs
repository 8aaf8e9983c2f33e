//! Webhooks in: verified by the platform over the bytes as received, stored as hints, never believed.

use crate::ids::{PlatformId, ShopId};
use crate::store::StoreError;
use crate::sync::{Engine, renew};
use ganh_contract::{Delivery, Hint, RemoteShopId, Verdict};

/// A webhook as it reached us.
#[derive(Debug)]
pub struct Post<'a> {
    pub channel: &'a str,
    /// The last part of the address: `p7` for a platform's, `s12` for a shop's.
    pub key: &'a str,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

/// Verifies and stores; returns the text to answer with. A forged or unknown one is answered like any other and changes nothing.
///
/// # Errors
/// Only when the store cannot take a verified hint: the marketplace may then try again.
pub async fn receive(engine: &Engine, post: &Post<'_>) -> Result<String, StoreError> {
    let Some(base) = &engine.rules.hooks_url else { return Ok(String::new()) };
    let Some((platform, shop)) = addressed(engine, post.key).await? else { return Ok(String::new()) };
    let settings = shop.as_ref().map(|shop| &shop.settings);
    let Ok(opened) = renew::platform(engine, platform, settings).await else { return Ok(String::new()) };
    let url = format!("{base}/hooks/{}/{}", post.channel, post.key);
    let verdict = opened.hook(&Delivery {
        url: &url,
        headers: post.headers,
        body: post.body,
        secret: shop.as_ref().and_then(|shop| shop.hook_secret.as_ref()),
        shop: shop.as_ref().map(|shop| &shop.remote_id),
    });
    match verdict {
        Verdict::Hints(hints) => {
            keep(engine, platform, hints).await?;
            Ok(String::new())
        }
        Verdict::Greeting(text) => Ok(text),
        Verdict::Forged => {
            tracing::warn!(
                channel = post.channel,
                "a webhook at {} is not signed by the marketplace: dropped",
                post.key
            );
            Ok(String::new())
        }
    }
}

/// Stores hints for the shops that we know; others of the same app are not ours.
pub(super) async fn keep(
    engine: &Engine,
    platform: PlatformId,
    hints: Vec<(RemoteShopId, Hint)>,
) -> Result<(), StoreError> {
    let mut ours = Vec::with_capacity(hints.len());
    for (remote, hint) in hints {
        if let Some(shop) = engine.store.find_shop_by_remote(platform, &remote).await? {
            ours.push((shop.id, hint));
        }
    }
    if ours.is_empty() {
        return Ok(());
    }
    engine.store.store_hints(&ours, engine.clock.now()).await
}

async fn addressed(
    engine: &Engine,
    key: &str,
) -> Result<Option<(PlatformId, Option<crate::store::ShopRow>)>, StoreError> {
    let number = |text: &str| text.parse::<i64>().ok();
    if let Some(id) = key.strip_prefix('p').and_then(number) {
        return match engine.store.find_platform(PlatformId::new(id)).await {
            Ok(platform) => Ok(Some((platform.id, None))),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        };
    }
    let Some(id) = key.strip_prefix('s').and_then(number) else { return Ok(None) };
    match engine.store.shop(ShopId::new(id)).await {
        Ok(shop) => Ok(Some((shop.platform, Some(shop)))),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
