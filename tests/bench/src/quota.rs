//! How much of a quota is used while work waits, and whether it is ever exceeded.

use crate::Sizes;
use crate::goods::Goods;
use crate::market;
use crate::report::{Row, say};
use crate::town::{Pace, Town};
use anyhow::Result;
use ganh::ids::ShopId;
use ganh::listing::StockRules;
use ganh::store::{Policy, PolicyScope};
use ganh::sync::{Blind, Rules};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Calls per second of each shop, and calls at once.
const RATE: u32 = 10;
const BURST: u32 = 2;
const WANTED: f64 = 1.02;
const CALLS_WANTED: f64 = 1.01;
/// Offers of one listing, so that one call carries them all.
const LISTING: usize = 10;

/// Two Shopee shops whose lanes run and have nothing to do; then every figure changes. The sandbox counts by the very numbers that we are
/// told. Polls and looks at hints go on meanwhile; the slow walk through the shop does not: how much of a quota it takes is a setting.
pub async fn measure(sizes: &Sizes) -> Result<Vec<Row>> {
    say(format!("quota: {} offers in two shops are made", sizes.quota_offers));
    let rules = Rules { audit_page: Duration::from_secs(3_600), ..Rules::default() };
    let town = Town::new(rules, Arc::new(Blind)).await?;
    let goods = Goods::new("HTX", sizes.quota_offers / 2, &[LISTING]);
    let shopee = market::shopee(2).await?;
    let stalls = market::shopee_stalls(&shopee)?;
    let producer = town.import(&goods).await?;
    let mut shops = Vec::new();
    for stall in &stalls {
        stall.show(&goods).await?;
        shops.push(town.connect(stall, Some(producer), Pace::PerSecond(1_000.0)).await?);
    }
    let pace = json!({ "quota": { "shop": { "per_second": RATE, "burst": BURST, "reserved_pct": 0 } } });
    town.set_facts(&pace).await?;
    for stall in &stalls {
        stall.ask("POST", "/_sandbox/quota", Some(json!({ "per_second": RATE, "burst": BURST }))).await;
    }
    let lanes = town.drive();
    at_rest(&town, &shops).await?;
    let (calls, throttled) = (stalls[0].counted("total").await, stalls[0].counted("throttled").await);
    let capped =
        Policy { stock: StockRules { cap: Some(300), ..StockRules::default() }, ..Policy::default() };
    town.store.set_policy(PolicyScope::Default, &capped, town.now()).await?;

    let fewest = goods.products.len();
    let least = fewest.saturating_sub(BURST as usize) as f64 / f64::from(RATE);
    say(format!("quota: {fewest} calls a shop, at least {least:.1} s"));
    let began = Instant::now();
    town.in_step(&shops).await?;
    let took = began.elapsed().as_secs_f64();
    let calls = stalls[0].counted("total").await - calls;
    let throttled = stalls[0].counted("throttled").await - throttled;
    lanes.end().await?;

    let (ratio, needed) = (took / least, fewest * stalls.len());
    let called = calls as f64 / needed as f64;
    Ok(vec![
        Row {
            what: format!("{} dirty offers at {RATE} calls/s a shop: time", sizes.quota_offers),
            measured: format!("{took:.2} s, least possible {least:.2} s; {throttled} throttled"),
            wanted: format!("≤ {WANTED} of the least, none throttled"),
            ratio,
            is_reached: ratio <= WANTED && throttled == 0,
        },
        Row {
            what: format!("{} dirty offers at {RATE} calls/s a shop: calls", sizes.quota_offers),
            measured: format!("{calls} calls in all, {needed} needed"),
            wanted: format!("≤ {CALLS_WANTED} of the fewest"),
            ratio: called,
            is_reached: called <= CALLS_WANTED,
        },
    ])
}

/// Waits until the lanes have read the orders and looked back once.
async fn at_rest(town: &Town, shops: &[ShopId]) -> Result<()> {
    let since = town.now();
    for shop in shops {
        while town.store.shop(*shop).await?.swept_at < since {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // What reading the orders used of the quota has come back.
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(())
}
