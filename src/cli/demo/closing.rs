//! The closing table: what the demo did, and whether the marketplaces' books agree with ours.

use super::agree::{Agreement, compare};
use super::market::Market;
use super::minimum::{Before, minimum};
use super::witness::Stopwatch;
use crate::cli::output;
use crate::cli::table::{Tone, number, print, table, toned};
use crate::ids::ShopId;
use crate::listing::{Language, said_in};
use crate::store::ParkedThing;
use crate::sync::Engine;
use anyhow::Result;
use ganh_contract::Actor;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
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

/// Calls of one kind at the marketplaces. `minimum`: the fewest that the work needed (see [`super::minimum`]); `None`: unknown, the listing
/// was cut short. `ratio`: made for each that was needed; `None` where none was.
#[derive(Debug, Serialize)]
pub struct Calls {
    pub made: u64,
    pub minimum: Option<u64>,
    pub ratio: Option<f64>,
}

impl Calls {
    fn of(made: u64, minimum: Option<u64>) -> Self {
        let ratio = minimum.filter(|minimum| *minimum > 0).map(|minimum| made as f64 / minimum as f64);
        Self { made, minimum, ratio: ratio.map(|ratio| (ratio * 100.0).round() / 100.0) }
    }
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
        engine: &Engine,
        market: &Market,
        shops: &[ShopId],
        before: Option<&Before>,
        stopwatch: &Stopwatch,
        took: Duration,
    ) -> Result<Self> {
        let store = &engine.store;
        let agreement = compare(store, market, shops).await?;
        let parked = store.parked(None, 1_000).await?;
        let drift = store.shop_status().await?.iter().map(|shop| shop.drift).sum();
        let calls =
            calls(market.calls().await, &minimum(engine, market, shops, before).await?, before.is_some());
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
            say("tối thiểu", "minimum"),
            say("tỷ lệ", "ratio"),
        ]);
        for (kind, of) in &self.calls {
            let kind = if is_vietnamese { in_vietnamese(kind) } else { kind };
            let minimum = of.minimum.map_or_else(|| "–".to_owned(), |minimum| minimum.to_string());
            let ratio = of.ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
            calls.add_row([kind.into(), number(of.made), number(minimum), number(ratio)]);
        }
        print(&calls, "")?;

        let language = if is_vietnamese { Language::Vi } else { Language::En };
        let mut parked: BTreeMap<(&str, String, &str), Vec<&str>> = BTreeMap::new();
        for thing in &self.parked {
            let why = said_in(&thing.said, language);
            parked
                .entry((&thing.shop_handle, why, who(thing.actor, language)))
                .or_default()
                .push(&thing.subject);
        }
        let mut waiting = table(&[
            say("gian hàng", "shop"),
            say("chờ", "parked"),
            say("ai xử lý", "who acts"),
            say("vì sao", "why"),
        ]);
        // What waits for the same reason in several shops is told once.
        let mut once: BTreeMap<(String, String, &str), Vec<&str>> = BTreeMap::new();
        for ((shop, why, actor), subjects) in parked {
            once.entry((subjects.join(", "), why, actor)).or_default().push(shop);
        }
        for ((subjects, why, actor), shops) in once {
            waiting.add_row([shops.join(", "), subjects, actor.to_owned(), why]);
        }
        print(&waiting, say("không có gì chờ xử lý", "nothing is parked"))?;
        for difference in agreement.differences.iter().take(20) {
            output::line(said_in(difference, language))?;
        }
        output::line(if self.agrees {
            say("sổ của các sàn và của Gánh khớp nhau", "the marketplaces' books and ours agree")
        } else {
            say("sổ của các sàn và của Gánh KHÔNG khớp", "the marketplaces' books and ours DIFFER")
        })
    }
}

const fn who(actor: Actor, language: Language) -> &'static str {
    match (actor, language) {
        (Actor::Nobody, Language::Vi) => "tự thử lại",
        (Actor::Nobody, Language::En) => "nobody",
        (Actor::Producer, Language::Vi) => "chủ thể",
        (Actor::Producer, Language::En) => "producer",
        (Actor::Admin, Language::Vi) => "quản trị",
        (Actor::Admin, Language::En) => "admin",
        (Actor::Developer, Language::Vi) => "kỹ thuật",
        (Actor::Developer, Language::En) => "developer",
    }
}

/// The journal's word for what a call is for.
fn in_vietnamese(kind: &str) -> &str {
    match kind {
        "token" => "cấp quyền",
        "survey" => "hỏi thông tin gian hàng",
        "categories" => "danh mục, thuộc tính",
        "upload" => "tải ảnh lên",
        "create" => "đăng tin",
        "revise" => "sửa tin",
        "price" => "ghi giá",
        "stock" => "ghi tồn",
        "on_sale" => "mở bán, ẩn",
        "delete" => "xóa tin",
        "find" => "tìm tin theo mã",
        "list" => "liệt kê tin",
        "read" => "đọc lại tin",
        "orders" => "liệt kê đơn",
        "order" => "đọc chi tiết đơn",
        "action" => "xử lý đơn",
        "hooks" => "đăng ký webhook",
        "other" => "việc khác",
        kind => kind,
    }
}

/// Made and needed, each kind that was either.
fn calls(
    made: BTreeMap<String, u64>,
    minimum: &BTreeMap<&'static str, u64>,
    is_whole: bool,
) -> BTreeMap<String, Calls> {
    let kinds: BTreeSet<&str> = made.keys().map(String::as_str).chain(minimum.keys().copied()).collect();
    let calls = kinds.into_iter().map(|kind| {
        let least = minimum.get(kind).copied().unwrap_or(0);
        let made = made.get(kind).copied().unwrap_or(0);
        (kind.to_owned(), Calls::of(made, is_whole.then_some(least)))
    });
    calls.collect()
}
