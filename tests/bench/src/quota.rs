//! How much of a quota is used while work waits, and whether it is ever exceeded.

use crate::Sizes;
use crate::goods::Goods;
use crate::market;
use crate::report::{Row, say};
use crate::town::{Pace, Town};
use anyhow::Result;
use ganh::listing::StockRules;
use ganh::store::{Policy, PolicyScope};
use ganh::sync::{Blind, Rules};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// Calls per second of each shop.
const RATE: u32 = 10;
const WANTED: f64 = 1.02;
/// Offers of one listing, so that one call carries them all.
const LISTING: usize = 25;

/// Two Shopee shops; the sandbox throttles at the same rate, with one call more in its bucket for the jitter of the way.
pub async fn measure(sizes: &Sizes) -> Result<Vec<Row>> {
    say(format!("quota: {} offers in two shops are made", sizes.quota_offers));
    let town = Town::new(Rules::default(), Arc::new(Blind)).await?;
    let goods = Goods::new("HTX", sizes.quota_offers / 2, &[LISTING]);
    let shopee = market::shopee(2).await?;
    let stalls = market::shopee_stalls(&shopee)?;
    let producer = town.import(&goods).await?;
    let mut shops = Vec::new();
    for stall in &stalls {
        stall.show(&goods).await?;
        shops.push(town.connect(stall, Some(producer), Pace::PerSecond(1_000.0)).await?);
    }
    let pace = json!({ "quota": { "shop": { "per_second": RATE, "burst": 1 } } });
    town.set_facts(&pace).await?;
    for stall in &stalls {
        stall.ask("POST", "/_sandbox/quota", Some(json!({ "per_second": RATE, "burst": 2 }))).await;
    }
    let capped =
        Policy { stock: StockRules { cap: Some(300), ..StockRules::default() }, ..Policy::default() };
    town.store.set_policy(PolicyScope::Default, &capped, town.now()).await?;
    let (calls, throttled) = (stalls[0].counted("total").await, stalls[0].counted("throttled").await);

    let fewest = goods.products.len();
    let least = (fewest - 1) as f64 / f64::from(RATE);
    say(format!("quota: {fewest} calls a shop, at least {least:.1} s"));
    let began = Instant::now();
    let lanes = town.drive();
    town.in_step(&shops).await?;
    let took = began.elapsed().as_secs_f64();
    let calls = stalls[0].counted("total").await - calls;
    let throttled = stalls[0].counted("throttled").await - throttled;
    lanes.end().await?;

    let ratio = took / least;
    Ok(vec![Row {
        what: format!("{} dirty offers at {RATE} calls/s a shop", sizes.quota_offers),
        measured: format!(
            "{took:.2} s, least possible {least:.2} s; {calls} calls in all, {} needed; {throttled} throttled",
            fewest * stalls.len()
        ),
        wanted: format!("≤ {WANTED} of the least, none throttled"),
        ratio,
        is_reached: ratio <= WANTED && throttled == 0,
    }])
}
