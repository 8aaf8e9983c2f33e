//! One SKU from the shelf to every shop's window.

use super::refusal::{no_sku, store_away};
use super::view::Badge;
use super::{Frame, answer};
use crate::listing::explain::Explanation;
use crate::listing::{Stopped, said_in};
use crate::store::{SkuMovement, SkuOffer, SkuTrace, StoreError};
use crate::web::Web;
use crate::web::format::{moment, number, time_of_day, vnd};
use crate::web::messages::Messages;
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// What the reader asked to see.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    sku: Option<String>,
    lang: Option<String>,
    part: Option<String>,
}

#[derive(Template)]
#[template(path = "sku.html")]
struct SkuPage {
    frame: Frame,
    sku: String,
    address: String,
    live: SkuLive,
}

#[derive(Template)]
#[template(path = "sku_live.html")]
struct SkuLive {
    frame: Frame,
    at: String,
    product: String,
    producer: String,
    price: String,
    stops: Vec<String>,
    places: Vec<(String, String, String, Option<String>)>,
    sellable: String,
    exposure: String,
    over: Option<(String, String)>,
    offers: Vec<OfferView>,
    movements: Vec<MovementView>,
}

struct OfferView {
    shop: String,
    handle: String,
    badge: Badge,
    remark: String,
    should: String,
    sent: String,
    acknowledged: String,
    observed: String,
    observed_at: String,
    revisions: String,
    why: Vec<String>,
}

struct MovementView {
    at: String,
    kind: &'static str,
    tone: &'static str,
    units: String,
    place: String,
    who: String,
}

/// From the search box to the SKU's own address.
pub async fn find_sku(asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let sku = asked.ok().and_then(|Query(asked)| asked.sku).unwrap_or_default();
    let sku = sku.trim();
    if sku.is_empty() {
        return Redirect::to("/").into_response();
    }
    let escaped: String = url::form_urlencoded::byte_serialize(sku.as_bytes()).collect();
    Redirect::to(&format!("/sku/{}", escaped.replace('+', "%20"))).into_response()
}

/// Shows the trace.
pub async fn sku(
    State(web): State<Web>,
    Path(sku): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let (frame, cookie) = Frame::of(asked.lang.as_deref(), &headers);
    let traced = match web.board.trace(&sku).await {
        Ok(traced) => traced,
        Err(StoreError::NotFound(_)) => return no_sku(&sku, frame),
        Err(error) => return store_away(&error, frame),
    };
    let trace = &traced.trace;
    let live = SkuLive::of(trace, &traced.why, &traced.stops, &time_of_day(traced.at), frame);
    if asked.part.is_some() {
        return answer(StatusCode::OK, &live, cookie);
    }
    let escaped: String = url::form_urlencoded::byte_serialize(trace.sku.as_bytes()).collect();
    let address = format!("/sku/{}?", escaped.replace('+', "%20"));
    answer(StatusCode::OK, &SkuPage { frame, sku: trace.sku.clone(), address, live }, cookie)
}

impl SkuLive {
    fn of(trace: &SkuTrace, why: &[Explanation], stops: &[Stopped], at: &str, frame: Frame) -> Self {
        let online = trace.places.iter().filter(|place| place.sells_online);
        let sellable = online.map(|place| place.on_hand - place.reserved).sum::<i64>().max(0);
        // A bundle lies on no shelf of its own: what it can be made of is in the explanation.
        let sellable = why.first().map_or(sellable, |why| match &*why.parts {
            [part] => i64::from(part.sellable) / i64::from(part.quantity.max(1)),
            parts => parts
                .iter()
                .map(|part| i64::from(part.sellable) / i64::from(part.quantity.max(1)))
                .min()
                .unwrap_or(0),
        });
        let exposure: i64 = trace.offers.iter().filter_map(SkuOffer::exposure).map(i64::from).sum();
        let over = exposure - sellable;
        let value = ganh_contract::Vnd(trace.price.get().saturating_mul(over.max(0)));
        Self {
            frame,
            at: at.to_owned(),
            product: trace.product_name.clone(),
            producer: trace.producer_name.clone(),
            price: vnd(trace.price),
            stops: stops.iter().map(|stop| stop.said(frame.language, moment)).collect(),
            places: trace
                .places
                .iter()
                .map(|place| {
                    let left = place.sells_online.then(|| number(place.on_hand - place.reserved));
                    (place.name.clone(), number(place.on_hand), number(place.reserved), left)
                })
                .collect(),
            sellable: number(sellable),
            exposure: number(exposure),
            over: (over > 0).then(|| (number(over), vnd(value))),
            offers: trace.offers.iter().map(|offer| OfferView::of(offer, why, frame)).collect(),
            movements: trace.movements.iter().map(|movement| MovementView::of(movement, frame.w)).collect(),
        }
    }
}

impl OfferView {
    fn of(offer: &SkuOffer, why: &[Explanation], frame: Frame) -> Self {
        let w = frame.w;
        let units = |units: Option<u32>| units.map_or_else(|| "–".into(), |units| number(i64::from(units)));
        let figures = |stock: Option<u32>, price: Option<ganh_contract::Vnd>, on_sale: Option<bool>| {
            let price = price.map_or_else(|| "–".into(), vnd);
            match on_sale {
                Some(false) => format!("{} · {price} · {}", units(stock), w.hidden),
                Some(true) | None => format!("{} · {price}", units(stock)),
            }
        };
        let (badge, remark) = if let Some((_, said)) = &offer.parked {
            (Badge { tone: "bad", text: w.stuck }, said_in(said, frame.language))
        } else if offer.remote.is_none() {
            (Badge { tone: "idle", text: w.not_linked }, String::new())
        } else if offer.suspect.is_some() {
            (Badge { tone: "warn", text: w.suspect }, String::new())
        } else if offer.dirty_since.is_some() {
            (Badge { tone: "info", text: w.waiting }, String::new())
        } else {
            (Badge { tone: "good", text: w.in_step }, String::new())
        };
        let desired = &offer.desired;
        let seen = offer.observed.as_ref();
        let held = seen
            .and_then(|seen| seen.reserved)
            .filter(|units| *units > 0)
            .map(|units| format!(" ({} {units})", w.held_there));
        let explained = why.iter().find(|why| why.shop == offer.shop_handle);
        Self {
            shop: offer.shop_title.clone(),
            handle: offer.shop_handle.clone(),
            badge,
            remark,
            should: figures(Some(desired.stock), Some(desired.price), Some(desired.on_sale)),
            sent: offer.sent.as_ref().map_or_else(
                || w.never_sent.to_owned(),
                |sent| format!("{} · {}", units(sent.stock), time_of_day(sent.at)),
            ),
            acknowledged: figures(offer.acked.stock, offer.acked.price, offer.acked.on_sale),
            observed: seen.map_or_else(
                || "–".into(),
                |seen| figures(seen.stock, seen.price, seen.on_sale) + &held.unwrap_or_default(),
            ),
            observed_at: seen.map_or_else(String::new, |seen| moment(seen.at)),
            revisions: format!("{} {}/{}", w.revision, offer.acked_revs.stock, offer.revs.stock),
            why: explained.map(|why| why.lines(frame.language)).unwrap_or_default(),
        }
    }
}

impl MovementView {
    fn of(movement: &SkuMovement, w: &Messages) -> Self {
        let (kind, tone) = match movement.kind.as_str() {
            "receive" => (w.receive, "good"),
            "adjust" => (w.adjust, "info"),
            "reserve" => (w.reserve, "info"),
            "release" => (w.release, "idle"),
            "ship" => (w.ship, "idle"),
            "return" => (w.take_back, "info"),
            "write_off" => (w.write_off, "warn"),
            "transfer_out" => (w.transfer_out, "idle"),
            "transfer_in" => (w.transfer_in, "idle"),
            "oversold" => (w.oversold, "bad"),
            _ => (w.unknown, "warn"),
        };
        Self {
            at: moment(movement.at),
            kind,
            tone,
            units: number(movement.units),
            place: movement.place.clone(),
            who: if movement.who == "order" { w.order.to_lowercase() } else { movement.who.clone() },
        }
    }
}
