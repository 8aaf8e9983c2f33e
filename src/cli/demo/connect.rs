//! Connecting the demo's shops the way an admin does: consent, survey, first reading, plan, approval.

use super::market::{Market, Stall};
use crate::channels::{Credentials, Seller, sort};
use crate::ids::ShopId;
use crate::plan::Limits;
use crate::store::{NewPlatform, Store};
use crate::sync::enrol::{Answer, Wish, enrol};
use crate::sync::{Engine, first, proposal};
use anyhow::{Context, Result, anyhow, bail};
use ganh_contract::RemoteShopId;
use jiff::SignedDuration;
use serde_json::{Value, json};

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
    let keys = consented(market.sandboxes[stall.sandbox].credentials());
    let base_url = keys["api_url"].as_str().or_else(|| keys["base_url"].as_str());
    let base_url = base_url.context("the sandbox names no address")?.to_owned();
    let remote = Some(stall.remote.as_str()).filter(|remote| !remote.is_empty());
    let credentials = Credentials::parse(&keys.to_string()).map_err(|said| anyhow!(said))?;
    let brought = sort(stall.channel, &base_url, &credentials, remote, engine.clock.now());
    let mut brought = brought.map_err(|said| anyhow!(said))?;
    let Seller::Answer(answer) = brought.seller else { bail!("the sandbox gives no consent to trade") };
    if let (Some(settings), Value::Object(own)) = (brought.settings.as_object_mut(), unhurried(stall.channel))
    {
        settings.extend(own);
    }
    let wish = Wish {
        platform: NewPlatform {
            channel: stall.channel.into(),
            handle: brought.app,
            base_url,
            settings: brought.settings,
            secret: brought.secret,
        },
        seller: Answer::ToBeTraded(answer),
        remote: remote.map(RemoteShopId::new),
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

/// The shops' consent codes without the tokens beside them: the codes are traded, as an admin's would be. A site's application password works
/// over https only, and the sandboxes speak plain http.
fn consented(mut keys: Value) -> Value {
    if let Some(all) = keys.as_object_mut() {
        all.retain(|name, _| name != "username" && name != "application_password");
    }
    for shop in keys["shops"].as_array_mut().into_iter().flatten() {
        if let Some(shop) = shop.as_object_mut() {
            shop.retain(|name, _| !name.ends_with("_token"));
        }
    }
    keys
}

/// Simulated marketplaces answer at once and have no quotas, so neither do we wait for what real ones are slow at.
fn unhurried(channel: &str) -> Value {
    let free = json!({ "per_second": 0.0 });
    match channel {
        "shopee" => json!({ "facts": {
            "quota": { "shop": free, "app": free },
            "lag": { "read_s": 0, "search_s": 1, "cut_s": 2 },
            "build": { "wait_s": 0 },
        } }),
        "lazada" => json!({ "facts": {
            "quota": { "shop": free, "app": free, "inventory": free, "brands": free },
            "lag": { "read_s": 0, "search_s": 1, "cut_s": 2 },
            "build": { "review_wait_s": 1, "label_wait_s": 0, "step_wait_s": 0 },
        } }),
        "tiktok_shop" => json!({ "facts": {
            "quota": {
                "create": { "per_second": 0.0, "per_day": 0 },
                "edit": free, "figures": free, "orders": free, "reads": free,
            },
            "lag": { "read_s": 0, "search_s": 1, "cut_s": 2 },
            "review": { "first_s": 0, "most_s": 1 },
            "hold": { "stock_s": 1, "price_s": 1 },
        } }),
        _ => json!({ "limits": { "unlimited": true, "cut_s": 2 } }),
    }
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
