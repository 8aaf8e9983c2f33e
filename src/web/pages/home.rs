//! The live page: how every shop stands, the worst first; what waits for people; the last orders.

use super::refusal::store_away;
use super::view::{OrderView, ParkedView, ShopView, StopView};
use super::{Frame, answer};
use crate::catalogue::text::search_key;
use crate::store::{ParkedThing, ShopStatus};
use crate::web::Web;
use crate::web::board::{Health, Reading};
use crate::web::format::{count, time_of_day, vnd};
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeSet;

const SHOPS_A_PAGE: usize = 50;
const ROWS: usize = 20;

/// What the reader asked to see. Nonsense shows the first page of everything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    lang: Option<String>,
    /// A producer's code.
    producer: Option<String>,
    /// Words of a shop's title or handle.
    q: Option<String>,
    page: Option<String>,
    /// Only the part that changes.
    part: Option<String>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    live: Live,
    producers: Vec<String>,
    producer: String,
    q: String,
    /// The address of this view, for the script and the switch of language.
    address: String,
}

#[derive(Template)]
#[template(path = "live.html")]
struct Live {
    frame: Frame,
    at: String,
    figures: Vec<Figure>,
    shops: Vec<ShopView>,
    found: String,
    page: usize,
    pages: usize,
    before: Option<String>,
    next: Option<String>,
    stops: Vec<StopView>,
    parked: Vec<ParkedView>,
    orders: Vec<OrderView>,
}

/// One of the figures on top.
struct Figure {
    name: &'static str,
    value: String,
    remark: String,
    tone: &'static str,
}

/// Shows the page.
pub async fn home(
    State(web): State<Web>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let (frame, cookie) = Frame::of(asked.lang.as_deref(), &headers);
    let reading = match web.board.look().await {
        Ok(reading) => reading,
        Err(error) => return store_away(&error, frame),
    };
    let producer = asked.producer.unwrap_or_default();
    let q = asked.q.unwrap_or_default();
    let view = View { frame, producer: producer.clone(), q: q.clone() };
    let wanted = asked.page.and_then(|page| page.parse().ok()).unwrap_or(1);
    let live = view.live(&reading, wanted, &web);
    if asked.part.is_some() {
        return answer(StatusCode::OK, &live, cookie);
    }
    let producers: BTreeSet<_> = reading.shops.iter().filter_map(|shop| shop.producer.clone()).collect();
    let address = view.address(live.page);
    let page = Home { frame, live, producers: producers.into_iter().collect(), producer, q, address };
    answer(StatusCode::OK, &page, cookie)
}

struct View {
    frame: Frame,
    producer: String,
    q: String,
}

impl View {
    fn live(&self, reading: &Reading, wanted: usize, web: &Web) -> Live {
        let words = search_key(&self.q);
        let is_all = self.is_all();
        let shops: Vec<&ShopStatus> = reading.shops.iter().filter(|shop| self.shows(shop, &words)).collect();
        let ids: BTreeSet<_> = shops.iter().map(|shop| shop.id).collect();
        let pages = shops.len().div_ceil(SHOPS_A_PAGE).max(1);
        let page = wanted.clamp(1, pages);
        let here = shops.iter().skip((page - 1) * SHOPS_A_PAGE).take(SHOPS_A_PAGE);
        Live {
            frame: self.frame,
            at: time_of_day(reading.at),
            figures: self.figures(reading, &shops),
            shops: here.map(|shop| ShopView::of(shop, reading.at, self.frame, web)).collect(),
            found: count(shops.len() as u64),
            page,
            pages,
            before: (page > 1).then(|| self.address(page - 1)),
            next: (page < pages).then(|| self.address(page + 1)),
            stops: reading.stops.iter().take(ROWS).map(|open| StopView::of(open, self.frame)).collect(),
            parked: self.parked(reading.parked.iter().filter(|thing| is_all || ids.contains(&thing.shop))),
            orders: reading
                .orders
                .iter()
                .filter(|order| is_all || ids.contains(&order.shop))
                .take(ROWS)
                .map(|order| OrderView::of(order, self.frame))
                .collect(),
        }
    }

    /// One row for what waits for the same reason in several shops.
    fn parked<'a>(&self, things: impl Iterator<Item = &'a ParkedThing>) -> Vec<ParkedView> {
        let mut rows: Vec<ParkedView> = Vec::new();
        for thing in things {
            let view = ParkedView::of(thing, self.frame);
            match rows.iter_mut().find(|row| row.is_same(&view)) {
                Some(row) => row.shop = format!("{}, {}", row.shop, view.shop),
                None => rows.push(view),
            }
        }
        rows.truncate(ROWS);
        rows
    }

    fn is_all(&self) -> bool {
        self.producer.is_empty() && search_key(&self.q).is_empty()
    }

    fn shows(&self, shop: &ShopStatus, words: &str) -> bool {
        (self.producer.is_empty() || shop.producer.as_deref() == Some(&*self.producer))
            && (words.is_empty()
                || search_key(&shop.title).contains(words)
                || search_key(&shop.handle).contains(words))
    }

    fn figures(&self, reading: &Reading, shops: &[&ShopStatus]) -> Vec<Figure> {
        let w = self.frame.w;
        let sum = |of: fn(&ShopStatus) -> u64| shops.iter().map(|shop| of(shop)).sum::<u64>();
        let well = shops.iter().filter(|shop| Health::of(shop, reading.at) == Health::Well).count();
        let tone = |count: u64, tone: &'static str| if count > 0 { tone } else { "" };
        let (pending, parked, drift) =
            (sum(|shop| shop.pending), sum(|shop| shop.parked.sum()), sum(|shop| shop.drift));
        let totals = &reading.totals;
        vec![
            Figure {
                name: w.shops,
                value: count(shops.len() as u64),
                remark: format!("{} {}", count(well as u64), w.shops_well),
                tone: "",
            },
            Figure {
                name: w.pending,
                value: count(pending),
                remark: format!("{} {} {}", w.of, count(totals.offers), w.offers),
                tone: tone(pending, "info"),
            },
            Figure {
                name: w.parked,
                value: count(parked),
                remark: String::new(),
                tone: tone(parked, "warn"),
            },
            beyond(reading, shops, self.frame, self.is_all()),
            Figure { name: w.drift, value: count(drift), remark: String::new(), tone: tone(drift, "warn") },
            Figure {
                name: w.listings_live,
                value: count(totals.listings_live),
                remark: format!(
                    "{} {} · {} {}",
                    w.of,
                    count(totals.listings),
                    count(totals.products),
                    w.products
                ),
                tone: "",
            },
            Figure { name: w.orders, value: count(totals.orders), remark: String::new(), tone: "" },
        ]
    }

    /// The address of a page of this view, beginning with `/?`.
    fn address(&self, page: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::from("/?"));
        for (key, value) in [("producer", &self.producer), ("q", &self.q)] {
            if !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        query.finish()
    }
}

/// What is promised beyond what there is: of everything, or of what the shops in view show.
fn beyond(reading: &Reading, shops: &[&ShopStatus], frame: Frame, is_all: bool) -> Figure {
    let w = frame.w;
    let Some(exposure) = &reading.exposure else {
        return Figure { name: w.promised_beyond, value: "…".into(), remark: String::new(), tone: "" };
    };
    let (units, worth) = if is_all {
        (exposure.total.units, exposure.total.vnd)
    } else {
        let parts = || shops.iter().filter_map(|shop| reading.beyond(shop.id));
        (parts().map(|part| part.units).sum(), parts().map(|part| part.vnd).sum())
    };
    Figure {
        name: w.promised_beyond,
        value: count(units),
        remark: format!("{} · {}", w.beyond_units, vnd(ganh_contract::Vnd(worth))),
        tone: if units > 0 { "info" } else { "" },
    }
}
