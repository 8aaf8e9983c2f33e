//! Connecting the demo's shops the way an admin does: consent, survey, first reading, plan, approval.

use super::market::{Market, Stall};
use crate::ids::ShopId;
use crate::plan::Limits;
use crate::store::{NewPlatform, Store};
use crate::sync::enrol::{Answer, Wish, enrol};
use crate::sync::{Engine, first, proposal};
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
    let (platform, answer) = match stall.channel {
        "shopee" => (app(&credentials, base_url)?, code(&credentials, stall)?),
        _ => (site(base_url.clone()), keys(&credentials, &base_url)?),
    };
    let wish = Wish {
        platform,
        seller: Answer::ToBeTraded(answer),
        remote: None,
        producer: None,
        handle: Some(stall.handle.clone()),
        settings: json!({ "alcohol": "forbidden" }),
        orders_since: engine.clock.now() - SignedDuration::from_mins(1),
    };
    let mut enrolled = enrol(engine, wish).await?;
    let one = enrolled.pop().ok_or_else(|| anyhow!("the consent opened no shop"))?;
    one.survey?;
    Ok(one.shop.id)
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

/// Reads the shop whole, proposes, approves: nothing there changes before.
async fn approve(engine: &Engine, shop: ShopId) -> Result<()> {
    let row = engine.store.shop(shop).await?;
    let now = engine.clock.now();
    let lease = engine.store.take_lease(&engine.owner, shop, now, SignedDuration::from_secs(60)).await?;
    let lease = lease.ok_or_else(|| anyhow!("another process drives this shop"))?;
    let began = first::read_whole(engine, &row, &lease, &|_| {}).await?;
    let proposed = proposal::propose(engine, &row, began, &Limits::default(), &|_, _| {}).await?;
    proposal::approve(engine, &row, &proposed).await?;
    engine.store.release_leases(&[lease]).await?;
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
