//! `ganh status`: what all shops hold, wait for and are missing, and who must act.

use crate::cli::context::{Common, Context, moment};
use crate::cli::table::{Tone, toned};
use crate::cli::{output, table};
use crate::listing::{Language, said_in};
use crate::store::{
    Alarm, Exposed, Exposure, OpenStop, ParkedThing, Promised, ShopState, ShopStatus, Totals,
};
use anyhow::Result;
use comfy_table::Cell;
use ganh_contract::{Actor, Vnd};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// What all shops hold, wait for and are missing.
#[derive(Debug, clap::Args)]
pub struct Status {
    /// Parked things and alarms shown at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Serialize)]
struct Report {
    at: Timestamp,
    totals: Totals,
    shops: Vec<ShopStatus>,
    promised_beyond: Beyond,
    /// What people stopped selling, and the shops that have not confirmed it.
    stops: Vec<OpenStop>,
    parked: Vec<ParkedThing>,
    alarms: Vec<Alarm>,
}

/// Units promised beyond what there is.
#[derive(Debug, Serialize)]
struct Beyond {
    total: Promised,
    variants: u64,
    by_shop: BTreeMap<String, Promised>,
    by_producer: BTreeMap<String, Promised>,
    worst: Vec<Exposed>,
}

impl Beyond {
    fn of(exposure: Exposure, shops: &[ShopStatus]) -> Self {
        let by_shop = shops
            .iter()
            .filter_map(|shop| Some((shop.handle.clone(), *exposure.by_shop.get(&shop.id)?)))
            .collect();
        let Exposure { total, variants, by_producer, worst, .. } = exposure;
        Self { total, variants, by_shop, by_producer, worst }
    }
}

/// Reads how everything stands.
pub async fn run(common: &Common, command: Status) -> Result<()> {
    let context = Context::open(common)?;
    let store = context.store().await?;
    let limit = command.limit.min(10_000);
    let shops = store.shop_status().await?;
    let report = Report {
        at: context.now(),
        totals: store.totals().await?,
        promised_beyond: Beyond::of(store.exposure().await?, &shops),
        shops,
        stops: store.open_stops(limit).await?,
        parked: store.parked(None, limit).await?,
        alarms: store.open_alarms(limit).await?,
    };
    output::result(&context, &report, || people(&report, context.language()))
}

fn people(report: &Report, language: Language) -> Result<()> {
    let totals = &report.totals;
    output::line(format!(
        "{} producers · {} products · {} of {} listings live · {} offers · {} orders",
        totals.producers,
        totals.products,
        totals.listings_live,
        totals.listings,
        totals.offers,
        totals.orders
    ))?;
    let beyond = &report.promised_beyond;
    if beyond.total.units > 0 {
        let worst: Vec<String> =
            beyond.worst.iter().take(3).map(|one| format!("{} {}", one.sku, one.beyond.units)).collect();
        output::line(format!(
            "promised beyond what there is: {} units of {} SKUs, {} (shared allocation; most: {})",
            beyond.total.units,
            beyond.variants,
            Vnd(beyond.total.vnd),
            worst.join(", ")
        ))?;
    }
    let mut shops = table::table(&[
        "shop",
        "",
        "orders read",
        "to list",
        "to send",
        "in flight",
        "parked",
        "beyond",
        "drift",
        "odd orders",
    ]);
    for shop in &report.shops {
        shops.add_row([
            shop.handle.as_str().into(),
            state(shop),
            read(shop),
            count(shop.unfinished, Tone::Quiet),
            count(shop.pending, Tone::Quiet),
            count(shop.in_flight, Tone::Quiet),
            count(shop.parked.sum(), Tone::Look),
            count(beyond.by_shop.get(&shop.handle).map_or(0, |part| part.units), Tone::Quiet),
            count(shop.drift, Tone::Look),
            count(shop.odd_orders, Tone::Bad),
        ]);
    }
    table::print(&shops, "no shops yet: connect one with `ganh shop add`")?;
    for OpenStop { stop, unconfirmed } in &report.stops {
        let left = match (unconfirmed.as_slice(), language) {
            ([], Language::Vi) => "mọi gian hàng đã xác nhận".to_owned(),
            ([], Language::En) => "every shop has confirmed".to_owned(),
            ([..], Language::Vi) => format!("chưa xác nhận: {}", unconfirmed.join(", ")),
            ([..], Language::En) => format!("not confirmed: {}", unconfirmed.join(", ")),
        };
        output::line(format!("{} · {left}", stop.stopped.said(language, moment)))?;
    }
    if !report.parked.is_empty() {
        let mut parked = table::table(&["parked", "shop", "who acts", "why"]);
        for thing in &report.parked {
            parked.add_row([
                thing.subject.as_str().into(),
                thing.shop_handle.as_str().into(),
                who(thing.actor),
                said_in(&thing.said, language).into(),
            ]);
        }
        table::print(&parked, "")?;
    }
    if !report.alarms.is_empty() {
        let mut alarms = table::table(&["alarm", "since", "who acts", "what"]);
        for alarm in &report.alarms {
            alarms.add_row([
                alarm.kind.as_str().into(),
                moment(alarm.raised_at).into(),
                who(alarm.actor),
                alarm.said.as_str().into(),
            ]);
        }
        table::print(&alarms, "")?;
    }
    Ok(())
}

fn state(shop: &ShopStatus) -> Cell {
    let because = shop.state_reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let tone = match shop.state {
        ShopState::Active => Tone::Good,
        ShopState::New | ShopState::Paused => Tone::Look,
        ShopState::Revoked => Tone::Bad,
        ShopState::Gone => Tone::Quiet,
    };
    toned(format!("{}{because}", shop.state.as_str()), tone)
}

fn read(shop: &ShopStatus) -> Cell {
    if shop.orders_read_at > Timestamp::UNIX_EPOCH {
        moment(shop.orders_read_at).into()
    } else {
        toned("never", Tone::Quiet)
    }
}

fn count(number: u64, tone: Tone) -> Cell {
    let tone = if number == 0 { Tone::Quiet } else { tone };
    toned(number, tone).set_alignment(comfy_table::CellAlignment::Right)
}

fn who(actor: Actor) -> Cell {
    match actor {
        Actor::Nobody => toned("nobody", Tone::Quiet),
        Actor::Producer => toned("producer", Tone::Look),
        Actor::Admin => toned("admin", Tone::Bad),
        Actor::Developer => toned("developer", Tone::Bad),
    }
}
