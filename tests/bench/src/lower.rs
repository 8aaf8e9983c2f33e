//! The product's heart: an order is known at one shop, the lowering calls leave for all others.

use crate::Sizes;
use crate::goods::{Goods, MIXED};
use crate::market;
use crate::report::{Row, quantile, say};
use crate::town::{Pace, Town};
use anyhow::{Result, bail};
use ganh::ids::ShopId;
use ganh::sync::{Rules, Witness};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Milliseconds, the 99th of a hundred.
const WANTED_MS: f64 = 25.0;
/// Between two buyers.
const BETWEEN: Duration = Duration::from_millis(60);

/// Remembers how long each lowering took to leave.
#[derive(Debug, Default)]
struct Stopwatch(Mutex<Vec<f64>>);

impl Witness for Stopwatch {
    fn lowering_left(&self, _: ShopId, after: SignedDuration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(after.as_secs_f64() * 1_000.0);
    }
}

/// Three shops show the same goods; each order is of one line in one of them, in turns.
pub async fn measure(sizes: &Sizes) -> Result<Vec<Row>> {
    say(format!("lower: {} offers in three shops are made", sizes.lowering_store));
    let stopwatch = Arc::new(Stopwatch::default());
    let rules = Rules { poll_orders: Duration::from_secs(1), ..Rules::default() };
    let town = Town::new(rules, stopwatch.clone()).await?;
    let goods = Goods::new("HTX", sizes.lowering_store / 3, MIXED);
    let (shopee, site) = (market::shopee(2).await?, market::site().await?);
    let mut stalls = market::shopee_stalls(&shopee)?;
    stalls.push(market::site_stall(&site));
    let producer = town.import(&goods).await?;
    let mut shops = Vec::new();
    for stall in &stalls {
        stall.show(&goods).await?;
        shops.push(town.connect(stall, Some(producer), Pace::Unlimited).await?);
    }
    let lanes = town.drive();
    town.in_step(&shops).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;

    say(format!("lower: {} orders are placed", sizes.orders));
    let skus = goods.skus();
    for number in 0..sizes.orders {
        let sku = skus[number * 7_919 % skus.len()];
        let wish = json!({ "lines": [{ "sku": sku, "units": 1 + number % 3 }], "paid": true });
        let answer = stalls[number % stalls.len()].ask("POST", "/_sandbox/orders", Some(wish)).await;
        if answer.get("id").is_none() {
            bail!("a simulated buyer cannot buy {sku}: {answer}");
        }
        tokio::time::sleep(BETWEEN).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    town.in_step(&shops).await?;
    lanes.end().await?;

    let mut left = stopwatch.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let expected = sizes.orders * (stalls.len() - 1);
    if left.len() < expected * 9 / 10 {
        bail!("{} lowerings left for {} orders in {} shops", left.len(), sizes.orders, stalls.len());
    }
    let (median, most, p99) = (quantile(&mut left, 0.5), quantile(&mut left, 1.0), quantile(&mut left, 0.99));
    Ok(vec![Row {
        what: format!(
            "order known → lowering leaves for all others, {} offers, commits durable",
            sizes.lowering_store
        ),
        measured: format!(
            "p50 {median:.1} ms, p99 {p99:.1} ms, most {most:.1} ms of {} lowerings",
            left.len()
        ),
        wanted: format!("p99 < {WANTED_MS} ms"),
        ratio: p99 / WANTED_MS,
        is_reached: p99 < WANTED_MS,
    }])
}
