//! The closing table: what the demo did, and whether the marketplaces' books agree with ours.

use super::agree::{Agreement, compare};
use super::market::Market;
use super::witness::Stopwatch;
use crate::cli::output;
use crate::cli::table::{Tone, number, print, table, toned};
use crate::ids::ShopId;
use crate::store::{ParkedThing, Store};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// All that the table says.
#[derive(Debug, Serialize)]
pub struct Closing {
    pub seconds: f64,
    pub parked: Vec<ParkedThing>,
    pub drift: u64,
    #[serde(flatten)]
    pub agreement: Agreement,
    pub calls: BTreeMap<String, Calls>,
    pub order_known_to_lowering_left_ms: Quantiles,
    pub order_known_to_lowered_ms: Quantiles,
    pub agrees: bool,
}

/// Calls of one kind at the marketplaces. `least`: the fewest that the work needed, where that can be told.
#[derive(Debug, Serialize)]
pub struct Calls {
    pub made: u64,
    pub least: Option<u64>,
}

/// Milliseconds by which half and 99 of 100 were done.
#[derive(Debug, Serialize)]
pub struct Quantiles {
    pub p50: Option<f64>,
    pub p99: Option<f64>,
}

impl Closing {
    /// Compares the books and gathers the numbers.
    pub async fn of(
        store: &Store,
        market: &Market,
        shops: &[ShopId],
        stopwatch: &Stopwatch,
        took: Duration,
    ) -> Result<Self> {
        let agreement = compare(store, market, shops).await?;
        let parked = store.parked(None, 1_000).await?;
        let drift = store.shop_status().await?.iter().map(|shop| shop.drift).sum();
        let least = least(store, market, shops).await?;
        let calls = market
            .calls()
            .await
            .into_iter()
            .map(|(kind, made)| {
                let least = least.get(kind.as_str()).copied();
                (kind, Calls { made, least })
            })
            .collect();
        Ok(Self {
            seconds: took.as_secs_f64(),
            parked,
            drift,
            agrees: agreement.differences.is_empty(),
            agreement,
            calls,
            order_known_to_lowering_left_ms: Quantiles {
                p50: stopwatch.left(0.5),
                p99: stopwatch.left(0.99),
            },
            order_known_to_lowered_ms: Quantiles {
                p50: stopwatch.lowered(0.5),
                p99: stopwatch.lowered(0.99),
            },
        })
    }

    pub const fn agrees(&self) -> bool {
        self.agrees
    }

    pub fn differences(&self) -> usize {
        self.agreement.differences.len()
    }

    /// Writes the tables for people.
    pub fn print(&self, is_vietnamese: bool) -> Result<()> {
        let say = |vi: &'static str, en: &'static str| if is_vietnamese { vi } else { en };
        let agreement = &self.agreement;
        let mut sums = table(&[say("kết quả", "result"), ""]);
        let in_step = agreement.offers == agreement.offers_in_step;
        let stored = agreement.orders_there == agreement.orders_stored;
        let good = |is: bool| if is { Tone::Good } else { Tone::Bad };
        sums.add_row([say("tin đang bán", "listings live").into(), number(agreement.listings_live)]);
        sums.add_row([say("chờ xử lý", "parked").into(), number(self.parked.len())]);
        sums.add_row([
            say("giá và tồn khớp", "offers in step").into(),
            toned(format!("{} / {}", agreement.offers_in_step, agreement.offers), good(in_step)),
        ]);
        sums.add_row([
            say("đơn đã lưu", "orders stored").into(),
            toned(format!("{} / {}", agreement.orders_stored, agreement.orders_there), good(stored)),
        ]);
        sums.add_row([say("đã bán (đơn vị)", "units sold").into(), number(agreement.units_sold)]);
        sums.add_row([
            say("bán vượt (đơn vị)", "oversold units").into(),
            toned(agreement.oversold_units, good(agreement.oversold_units == 0)),
        ]);
        sums.add_row([say("sai lệch còn lại", "drift").into(), number(self.drift)]);
        for (vi, en, of) in [
            (
                "biết đơn → lệnh giảm rời đi",
                "order known → lowering left",
                &self.order_known_to_lowering_left_ms,
            ),
            (
                "biết đơn → nơi khác đã giảm",
                "order known → lowered elsewhere",
                &self.order_known_to_lowered_ms,
            ),
        ] {
            let ms = |of: Option<f64>| of.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.1} ms"));
            sums.add_row([say(vi, en).into(), number(format!("p50 {} · p99 {}", ms(of.p50), ms(of.p99)))]);
        }
        sums.add_row([say("thời gian", "time").into(), number(format!("{:.1} s", self.seconds))]);
        print(&sums, "")?;

        let mut calls = table(&[
            say("lệnh gọi sàn", "calls to marketplaces"),
            say("đã gọi", "made"),
            say("ít nhất có thể", "fewest possible"),
        ]);
        for (kind, of) in &self.calls {
            let least = of.least.map_or_else(|| "–".to_owned(), |least| least.to_string());
            calls.add_row([kind.into(), number(of.made), number(least)]);
        }
        print(&calls, "")?;

        let mut parked: BTreeMap<(&str, &str, String), Vec<&str>> = BTreeMap::new();
        for thing in &self.parked {
            let actor = format!("{:?}", thing.actor).to_lowercase();
            parked.entry((&thing.shop_handle, &thing.said, actor)).or_default().push(&thing.subject);
        }
        let mut waiting = table(&[
            say("gian hàng", "shop"),
            say("chờ", "parked"),
            say("ai xử lý", "who acts"),
            say("vì sao", "why"),
        ]);
        for ((shop, said, actor), subjects) in parked {
            waiting.add_row([shop.to_owned(), subjects.join(", "), actor, said.to_owned()]);
        }
        print(&waiting, say("không có gì chờ xử lý", "nothing is parked"))?;
        for difference in agreement.differences.iter().take(20) {
            output::line(difference)?;
        }
        output::line(if self.agrees {
            say("sổ của các sàn và của Gánh khớp nhau", "the marketplaces' books and ours agree")
        } else {
            say("sổ của các sàn và của Gánh KHÔNG khớp", "the marketplaces' books and ours DIFFER")
        })
    }
}

/// The fewest calls that this work needed, for the kinds where that can be told: one token and one survey a shop, one look for each listing
/// that was to be made, one write for each stock figure that changed (as packed by the planner), one upload for each picture of a shop that
/// takes uploads. What depends on how often one looks (orders, lists, read-backs) has no minimum.
async fn least(store: &Store, market: &Market, shops: &[ShopId]) -> Result<BTreeMap<&'static str, u64>> {
    let stalls = u64::try_from(market.stalls.len()).unwrap_or(u64::MAX);
    let mut listings = 0;
    for shop in shops {
        let mut after = None;
        loop {
            let page = store.listings_page(*shop, after, 500).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            listings += page.iter().filter(|listing| listing.intent.is_some()).count();
        }
    }
    let listings = u64::try_from(listings).unwrap_or(u64::MAX);
    Ok(BTreeMap::from([("survey", stalls), ("find", listings), ("create", listings)]))
}
