//! Connecting the demo's shops the way an admin does: consent, survey, first reading, plan, approval.

use super::market::{Market, Stall};
use crate::ids::ShopId;
use crate::listing::match_listings;
use crate::store::{Approval, NewGrant, NewPlatform, NewShop, Store};
use crate::sync::{Engine, first, renew};
use anyhow::{Context, Result, anyhow};
use ganh_contract::Secret;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Connects every stall and approves its first plan. Returns the shops in the order of the stalls.
pub async fn all(engine: &Engine, market: &Market) -> Result<Vec<ShopId>> {
    let mut shops = Vec::new();
    for stall in &market.stalls {
        let shop = match engine.store.find_shop_by_handle(&stall.handle).await? {
            Some(shop) => shop.id,
            None => connect(engine, market, stall).await.with_context(|| format!("shop {}", stall.handle))?,
        };
        approve(engine, shop).await.with_context(|| format!("shop {}", stall.handle))?;
        shops.push(shop);
    }
    Ok(shops)
}

async fn connect(engine: &Engine, market: &Market, stall: &Stall) -> Result<ShopId> {
    let credentials = market.sandboxes[stall.sandbox].credentials();
    let base_url = credentials["base_url"].as_str().context("the sandbox names no address")?.to_owned();
    let now = engine.clock.now();
    let (platform, answer) = match stall.channel {
        "shopee" => (app(&credentials, base_url)?, code(&credentials, stall)?),
        _ => (site(base_url.clone()), keys(&credentials, &base_url)?),
    };
    let platform_id = engine.store.put_platform(&platform, now).await?;
    let opened = renew::platform(engine, platform_id, None).await?;
    let grants = opened.exchange(&answer).await?;
    let grant = grants.into_iter().next().ok_or_else(|| anyhow!("the consent opened no shop"))?;
    let remote_id = grant.shops.first().cloned().ok_or_else(|| anyhow!("the consent names no shop"))?;
    let new = NewShop {
        producer: None,
        platform: platform_id,
        handle: stall.handle.clone(),
        remote_id,
        title: stall.title.to_owned(),
        settings: json!({ "alcohol": "forbidden" }),
        hook_secret: (stall.channel != "shopee")
            .then(|| Secret::new("demo0hook0secret0demo0hook0secret0demo00")),
        capability: None,
        orders_since: now - SignedDuration::from_mins(1),
    };
    let shop = engine.store.add_shop(&new, NewGrant::Own(&grant), now).await?;
    let row = engine.store.shop(shop).await?;
    first::survey(engine, &row).await?;
    Ok(shop)
}

/// Simulated marketplaces answer at once and have no quotas, so neither do we wait for what real ones are slow at.
fn app(credentials: &Value, base_url: String) -> Result<NewPlatform> {
    let partner_id = credentials["partner_id"].clone();
    let key = credentials["partner_key"].as_str().context("the sandbox names no partner_key")?;
    Ok(NewPlatform {
        channel: "shopee".into(),
        handle: partner_id.to_string(),
        base_url,
        settings: json!({
            "partner_id": partner_id,
            "facts": {
                "quota": { "shop": { "per_second": 0.0 }, "app": { "per_second": 0.0 } },
                "lag": { "read_s": 0, "search_s": 1, "cut_s": 2 },
                "build": { "wait_s": 0 },
            },
        }),
        secret: Some(Secret::new(key)),
    })
}

fn site(base_url: String) -> NewPlatform {
    NewPlatform {
        channel: "woocommerce".into(),
        handle: base_url.clone(),
        base_url,
        settings: json!({ "limits": { "unlimited": true, "cut_s": 2 } }),
        secret: None,
    }
}

fn code(credentials: &Value, stall: &Stall) -> Result<BTreeMap<String, Secret>> {
    let shops = credentials["shops"].as_array().context("the sandbox names no shops")?;
    let shop = shops
        .iter()
        .find(|shop| shop["shop_id"].to_string().trim_matches('"') == stall.remote)
        .context("the sandbox does not know the shop")?;
    let code = shop["code"].as_str().context("the sandbox names no code")?;
    Ok(BTreeMap::from([
        ("code".to_owned(), Secret::new(code)),
        ("shop_id".to_owned(), Secret::new(stall.remote.clone())),
    ]))
}

fn keys(credentials: &Value, base_url: &str) -> Result<BTreeMap<String, Secret>> {
    let mut answer = BTreeMap::from([("address".to_owned(), Secret::new(base_url))]);
    for name in ["consumer_key", "consumer_secret"] {
        let key = credentials[name].as_str().with_context(|| format!("the sandbox names no {name}"))?;
        answer.insert(name.to_owned(), Secret::new(key));
    }
    Ok(answer)
}

/// Reads the shop whole, matches, and approves: nothing there changes before.
async fn approve(engine: &Engine, shop: ShopId) -> Result<()> {
    let row = engine.store.shop(shop).await?;
    let since = engine.clock.now();
    let leases = engine.store.take_leases(&engine.owner, since, SignedDuration::from_secs(60), 1_000).await?;
    let lease = leases
        .iter()
        .find(|lease| lease.shop == shop)
        .ok_or_else(|| anyhow!("another process drives this shop"))?;
    let began = first::read_whole(engine, &row, lease, &|_| {}).await?;
    let seen: Vec<_> =
        engine.store.seen_listings(shop, began).await?.into_iter().map(|listing| listing.seen).collect();
    let ours = engine.store.our_variants(shop).await?;
    let matches = match_listings(&ours, &seen);
    let approval = Approval { adopt: &matches.adopt, create: &matches.ours_missing };
    engine.store.approve_shop(shop, &approval, engine.clock.now()).await?;
    engine.store.release_leases(&leases).await?;
    Ok(())
}

/// True when every shop is in step as far as we know, and its orders were read after `since`.
pub async fn is_quiet(store: &Store, shops: &[ShopId], since: jiff::Timestamp) -> Result<bool> {
    for shop in shops {
        if !store.pending(*shop).await?.is_quiet() || store.shop(*shop).await?.orders_read_at <= since {
            return Ok(false);
        }
    }
    Ok(true)
}
