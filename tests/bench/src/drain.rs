//! How fast dirty offers drain, against a bare loop that sends the same calls to the same sandboxes and stores nothing.

use crate::Sizes;
use crate::goods::{Goods, MIXED, SINGLE};
use crate::market::{self, Stall};
use crate::report::{Row, say};
use crate::town::{Pace, Town};
use anyhow::{Result, anyhow, ensure};
use futures_util::stream::{StreamExt, TryStreamExt, iter};
use ganh::ids::{OfferId, ShopId};
use ganh::listing::StockRules;
use ganh::plan::{Ceilings, Known, pack};
use ganh::store::{Policy, PolicyScope};
use ganh::sync::remote::Remote;
use ganh::sync::{Blind, Rules};
use ganh_contract::{OfferCall, OfferRow, Sent, Units};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Wanted share of the bare loop's rate.
const WANTED: f64 = 0.7;

/// Six of ten offers are models of Shopee items (1 to 50 each), the others single products of a WooCommerce site.
pub async fn measure(sizes: &Sizes) -> Result<Vec<Row>> {
    say(format!("drain: {} offers in two shops are made", sizes.drained));
    let rules = Rules { sweep_orders: Duration::from_secs(3_600), ..Rules::default() };
    let town = Town::new(rules, Arc::new(Blind)).await?;
    let many = sizes.drained * 6 / 10;
    let goods = [Goods::new("SHOPEE", many, MIXED), Goods::new("SITE", sizes.drained - many, SINGLE)];
    let (shopee, site) = (market::shopee(1).await?, market::site().await?);
    let mut stalls = market::shopee_stalls(&shopee)?;
    stalls.push(market::site_stall(&site));
    let mut shops = Vec::new();
    for (stall, goods) in stalls.iter().zip(&goods) {
        stall.show(goods).await?;
        let producer = town.import(goods).await?;
        shops.push(town.connect(stall, Some(producer), Pace::Unlimited).await?);
    }

    say("drain: bare loop");
    let before = bare(&town, &shops, 400).await?;
    let capped =
        Policy { stock: StockRules { cap: Some(300), ..StockRules::default() }, ..Policy::default() };
    town.store.set_policy(PolicyScope::Default, &capped, town.now()).await?;
    let mut dirty = 0;
    for shop in &shops {
        dirty += town.store.pending(*shop).await?.dirty;
    }
    ensure!(dirty == i64::try_from(sizes.drained)?, "{dirty} offers are dirty instead of {}", sizes.drained);
    let counted = stock_calls(&stalls).await;
    say("drain: daemon");
    let began = Instant::now();
    let lanes = town.drive();
    town.in_step(&shops).await?;
    let ours = began.elapsed();
    lanes.end().await?;
    let calls = stock_calls(&stalls).await - counted;
    say("drain: bare loop once more");
    let after = bare(&town, &shops, 200).await?;

    let bare = (before.0 + after.0) / 2;
    let ratio = bare.as_secs_f64() / ours.as_secs_f64();
    let rate = |took: Duration| sizes.drained as f64 / took.as_secs_f64();
    Ok(vec![Row {
        what: format!(
            "{} dirty offers drained (60 % Shopee models of 1–50, 40 % WooCommerce)",
            sizes.drained
        ),
        measured: format!(
            "{:.0} offers/s in {calls} calls; bare loop {:.0} offers/s in {} calls",
            rate(ours),
            rate(bare),
            before.1
        ),
        wanted: format!("≥ {WANTED} of the bare loop's rate"),
        ratio,
        is_reached: ratio >= WANTED,
    }])
}

async fn stock_calls(stalls: &[Stall<'_>]) -> u64 {
    let mut calls = 0;
    for stall in stalls {
        calls += stall.calls("stock").await;
    }
    calls
}

/// The same adapters, gateway, packing and concurrency; no store. Returns the time and the calls.
async fn bare(town: &Town, shops: &[ShopId], units: u32) -> Result<(Duration, usize)> {
    let mut planned = Vec::new();
    for shop in shops {
        let row = town.store.shop(*shop).await?;
        let remote = Remote::open(&town.engine, &row).await.map_err(|fault| anyhow!("{fault}"))?.now();
        let rows = rows(town, *shop, units).await?;
        let calls = pack(&rows, &Known::new(), remote.capability(), &Ceilings::default())?;
        planned.push((remote, calls));
    }
    let count = planned.iter().map(|(_, calls)| calls.len()).sum();
    let at_once = town.engine.rules.calls_at_once;
    let began = Instant::now();
    let sending = planned.into_iter().map(|(remote, calls)| async move {
        iter(calls)
            .map(|call: OfferCall| {
                let remote = remote.clone();
                async move {
                    let outcomes = remote.set_offers(&call).await.map_err(|fault| anyhow!("{fault}"))?;
                    ensure!(outcomes.iter().all(Result::is_ok), "the sandbox refused a row");
                    Ok(())
                }
            })
            .buffer_unordered(at_once)
            .try_collect::<Vec<()>>()
            .await
    });
    for sent in futures_util::future::join_all(sending.map(tokio::spawn)).await {
        sent??;
    }
    Ok((began.elapsed(), count))
}

async fn rows(town: &Town, shop: ShopId, units: u32) -> Result<Vec<OfferRow>> {
    let (mut rows, mut after): (Vec<OfferRow>, Option<OfferId>) = (Vec::new(), None);
    loop {
        let page = town.store.offers_page(shop, after, 5_000).await?;
        let Some(last) = page.last() else { return Ok(rows) };
        after = Some(last.id);
        rows.extend(page.into_iter().map(|state| OfferRow {
            offer: state.offer,
            note: state.note,
            price: None,
            stock: Some(Sent::Changed(Units::only(units))),
            on_sale: None,
        }));
    }
}
