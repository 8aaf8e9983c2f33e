//! `/api/v1/status`: how everything stands, for `ganh status` from afar and for whoever watches. Read-only; no buyer, no secret.

use super::Web;
use super::board::{Health, Reading};
use super::format::rfc3339;
use crate::store::{ParkedCount, Promised, ShopState, ShopStatus, StoreError};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Shops a page at most, and unless said.
const MOST: usize = 1_000;
const USUAL: usize = 100;

/// `limit` shops after the one with the handle `after`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Shop<'a> {
    handle: &'a str,
    title: &'a str,
    channel: &'a str,
    producer: Option<&'a str>,
    state: ShopState,
    state_reason: Option<&'a str>,
    health: Health,
    orders_read_at: Option<String>,
    pending: u64,
    pending_since: Option<String>,
    unfinished_listings: u64,
    in_flight: u64,
    parked: ParkedCount,
    drift: u64,
    odd_orders: u64,
    /// Of what this shop shows, what all shops together promise beyond what there is; `None` before the first whole look.
    promised_beyond: Option<Promised>,
}

/// Answers with shops by handle, and the newest parked things and orders.
pub async fn status(State(web): State<Web>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "the parameters are after (a shop's handle) and limit (1 to 1000)",
        );
    };
    let reading = match web.board.look().await {
        Ok(reading) => reading,
        Err(error) => return unavailable(&error),
    };
    let limit = asked.limit.unwrap_or(USUAL).clamp(1, MOST);
    let mut shops: Vec<&ShopStatus> = reading.shops.iter().collect();
    shops.sort_by(|a, b| a.handle.cmp(&b.handle));
    let from = asked.after.map_or(0, |after| shops.partition_point(|shop| shop.handle <= after));
    let page = &shops[from..shops.len().min(from + limit)];
    let next =
        (from + page.len() < shops.len()).then(|| page.last().map(|shop| shop.handle.clone())).flatten();
    let stops: Vec<_> = reading.stops.iter().map(|open| {
        let stopped = &open.stop.stopped;
        json!({
            "of": stopped.of, "name": open.stop.name, "since": rfc3339(stopped.since), "who": stopped.who, "reason": stopped.reason,
            "unconfirmed": open.unconfirmed,
        })
    }).collect();
    let parked: Vec<_> = reading.parked.iter().take(USUAL).map(|thing| {
        json!({
            "shop": thing.shop_handle, "subject": thing.subject, "is_listing": thing.is_listing, "kind": thing.kind,
            "actor": thing.actor, "said": thing.said, "at": rfc3339(thing.at),
        })
    }).collect();
    let orders: Vec<_> = reading.orders.iter().take(USUAL).map(|order| {
        let lines: Vec<_> = order.lines.iter().map(|line| json!({
            "sku": line.sku, "units": line.units, "cancelled": line.cancelled, "returned": line.returned,
            "unit_price_vnd": line.unit_price.get(),
        })).collect();
        json!({
            "shop": order.shop_handle, "remote_id": order.remote_id, "stage": crate::orders::stage_name(&order.stage),
            "total_vnd": order.total.get(), "placed_at": rfc3339(order.placed_at), "lines": lines,
        })
    }).collect();
    Json(json!({
        "at": rfc3339(reading.at),
        "totals": reading.totals,
        "promised_beyond": reading.exposure.as_ref().map(|exposure| json!({
            "total": exposure.total, "variants": exposure.variants, "by_producer": exposure.by_producer, "worst": exposure.worst,
        })),
        "shops": { "total": shops.len(), "items": page.iter().map(|shop| row(shop, &reading)).collect::<Vec<_>>(), "next": next },
        "stops": stops,
        "parked": parked,
        "orders": orders,
    }))
    .into_response()
}

fn row<'a>(shop: &'a ShopStatus, reading: &Reading) -> Shop<'a> {
    Shop {
        handle: &shop.handle,
        title: &shop.title,
        channel: &shop.channel,
        producer: shop.producer.as_deref(),
        state: shop.state,
        state_reason: shop.state_reason.as_deref(),
        health: Health::of(shop, reading.at),
        orders_read_at: Some(shop.orders_read_at).filter(|at| *at > Timestamp::UNIX_EPOCH).map(rfc3339),
        pending: shop.pending,
        pending_since: shop.pending_since.map(rfc3339),
        unfinished_listings: shop.unfinished,
        in_flight: shop.in_flight,
        parked: shop.parked,
        drift: shop.drift,
        odd_orders: shop.odd_orders,
        promised_beyond: reading.beyond(shop.id),
    }
}

fn unavailable(error: &StoreError) -> Response {
    tracing::error!("the status cannot be read: {error}");
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "the store does not answer: look at the daemon's log",
    )
}

fn refusal(code: StatusCode, kind: &str, message: &str) -> Response {
    (code, Json(json!({ "error": { "kind": kind, "message": message, "field": null } }))).into_response()
}
