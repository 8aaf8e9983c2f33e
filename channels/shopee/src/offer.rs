//! The hot path: price, stock and on-sale, one call one request (spec §4.7, §4.9). Judged by the lists, never by `error` alone.

use crate::Shop;
use crate::call::{Ask, Judged, Payload, Reply};
use crate::fault::reason;
use crate::listing::item_id;
use crate::wire::{Lists, Row};
use ganh_contract::{
    Facet, Fault, FaultKind, OfferCall, OfferKind, OfferRow, Outcome, Price, RemotePlaceId, Result, Sent,
    Thing, Took, Units, Vnd,
};
use ganh_http::Safety;
use serde_json::{Value, json};

pub(crate) async fn set_offers(shop: &Shop, call: &OfferCall) -> Result<Vec<Outcome>> {
    let shape = shop.capability.calls.get(call.shape).ok_or_else(|| Fault::unsupported("set_offers"))?;
    match shape.facets.as_slice() {
        [Facet::Price] => set_prices(shop, &call.rows).await,
        [Facet::Stock] => set_stock(shop, &call.rows).await,
        [Facet::OnSale] => switch(shop, &call.rows).await,
        _ => Err(Fault::unsupported("set_offers")),
    }
}

async fn set_prices(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    const CALL: &str = "update_price";
    let mut list = Vec::with_capacity(rows.len());
    for row in rows {
        let price = row.price.as_ref().ok_or_else(|| Fault::unsupported(CALL))?;
        list.push(json!({ "model_id": model_id(CALL, row)?, "original_price": price.figure().list.get() }));
    }
    let body = json!({ "item_id": one_item(CALL, rows)?, "price_list": list });
    let reply = send(shop, CALL, "/api/v2/product/update_price", body).await?;
    outcomes(&reply, rows, |row, taken| {
        let echoed = taken.iter().find_map(|entry| entry.original_price.as_ref()?.0)?;
        let mut echo = OfferRow::silent(row.offer.clone(), row.note.clone());
        echo.price = row.price.as_ref().map(|sent| same(sent, Price::plain(Vnd(echoed))));
        Some(echo)
    })
}

async fn set_stock(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    const CALL: &str = "update_stock";
    let mut list = Vec::with_capacity(rows.len());
    for row in rows {
        let units = row.stock.as_ref().ok_or_else(|| Fault::unsupported(CALL))?;
        list.push(json!({ "model_id": model_id(CALL, row)?, "seller_stock": seller_stock(units.figure()) }));
    }
    let body = json!({ "item_id": one_item(CALL, rows)?, "stock_list": list });
    let reply = send(shop, CALL, "/api/v2/product/update_stock", body).await?;
    outcomes(&reply, rows, |row, taken| {
        let sent = row.stock.as_ref()?;
        let mut echo = OfferRow::silent(row.offer.clone(), row.note.clone());
        echo.stock = Some(same(sent, echoed_units(sent.figure(), taken)?));
        Some(echo)
    })
}

/// Figures by place. A location is named only if we named one: Shopee returns it even where the seller never set one (§4.8).
fn echoed_units(sent: &Units, taken: &[&Row]) -> Option<Units> {
    let is_placed = sent.0.keys().any(|place| !place.as_str().is_empty());
    let figures: Vec<(&Row, u32)> =
        taken.iter().filter_map(|entry| Some((*entry, entry.stock?.units()))).collect();
    if figures.is_empty() {
        return None;
    }
    if is_placed {
        let by_place =
            figures.iter().map(|(entry, units)| (RemotePlaceId::new(entry.location_id.as_str()), *units));
        return Some(Units(by_place.collect()));
    }
    Some(Units::only(figures.iter().fold(0, |sum, (_, units)| sum.saturating_add(*units))))
}

/// `seller_stock` as the wire wants it: `location_id` only where the shop has places (§4.9).
pub(crate) fn seller_stock(units: &Units) -> Vec<Value> {
    let row = |place: &RemotePlaceId, units: u32| match place.as_str() {
        "" => json!({ "stock": units }),
        place => json!({ "location_id": place, "stock": units }),
    };
    units.0.iter().map(|(place, units)| row(place, *units)).collect()
}

/// On and off may mix (§4.7). All offers of a listing share the switch.
async fn switch(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    const CALL: &str = "unlist_item";
    let mut items: Vec<(i64, bool)> = Vec::new();
    for row in rows {
        let on_sale = *row.on_sale.as_ref().ok_or_else(|| Fault::unsupported(CALL))?.figure();
        let item = item_id(CALL, &row.offer.listing)?;
        if !items.iter().any(|(known, _)| *known == item) {
            items.push((item, on_sale));
        }
    }
    let list: Vec<Value> =
        items.iter().map(|(item, on_sale)| json!({ "item_id": item, "unlist": !on_sale })).collect();
    let reply = send(shop, CALL, "/api/v2/product/unlist_item", json!({ "item_list": list })).await?;
    let (lists, complaint) = (lists(&reply)?, reply.complaint());
    let is_unnamed = |row: &Row| row.item_id.or_zero() == 0;
    if lists.failure_list.0.iter().any(is_unnamed) && items.len() > 1 {
        return Ok(rows.iter().map(|_| Err(interrupted(&reply))).collect());
    }
    rows.iter()
        .map(|row| {
            let item = item_id(CALL, &row.offer.listing)?;
            let is_it =
                |entry: &&Row| entry.item_id.or_zero() == item || (is_unnamed(entry) && items.len() == 1);
            if let Some(failed) = lists.failure_list.0.iter().find(is_it) {
                return Ok(Err(reason(CALL, failed.failed_reason.as_str())));
            }
            let Some(taken) = lists.success_list.0.iter().find(is_it) else {
                return Ok(Err(complaint.clone().unwrap_or_else(|| interrupted(&reply))));
            };
            let mut echo = OfferRow::silent(row.offer.clone(), row.note.clone());
            echo.on_sale = row
                .on_sale
                .as_ref()
                .map(|sent| same(sent, taken.unlist.map_or(*sent.figure(), |unlist| !unlist.0)));
            Ok(Ok(Took::Echoed(echo)))
        })
        .collect()
}

async fn send(shop: &Shop, call: &'static str, path: &'static str, body: Value) -> Result<Reply> {
    let payload = Payload::Json(body);
    shop.line
        .send(Ask { call, path, safety: Safety::Set, query: Vec::new(), payload, judged: Judged::Lists })
        .await
}

/// One outcome per row, by model. `echo` makes the row that the successes tell; without figures in them the row was taken in silence.
fn outcomes(
    reply: &Reply,
    rows: &[OfferRow],
    echo: impl Fn(&OfferRow, &[&Row]) -> Option<OfferRow>,
) -> Result<Vec<Outcome>> {
    let (lists, complaint) = (lists(reply)?, reply.complaint());
    let model = |entry: &Row| entry.model_id.or_zero();
    let known: Vec<i64> = rows.iter().map(|row| model_id(reply.call, row)).collect::<Result<_>>()?;
    // A failure that names none of our rows may be about any of them.
    let has_stray = lists.failure_list.0.iter().any(|failed| !known.contains(&model(failed)));
    Ok(rows
        .iter()
        .zip(&known)
        .map(|(row, id)| {
            let failed = lists.failure_list.0.iter().find(|entry| model(entry) == *id);
            if let Some(failed) = failed {
                return Err(reason(reply.call, failed.failed_reason.as_str()));
            }
            let taken: Vec<&Row> = lists.success_list.0.iter().filter(|entry| model(entry) == *id).collect();
            if has_stray {
                return Err(interrupted(reply));
            }
            if taken.is_empty() {
                // Should be named and is not. With a code for the whole call, that code is its fate.
                return Err(complaint.clone().unwrap_or_else(|| interrupted(reply)));
            }
            Ok(echo(row, &taken).map_or(Took::Silent, Took::Echoed))
        })
        .collect())
}

/// The lists stand under `response`; one page puts them beside it (§1.3).
fn lists(reply: &Reply) -> Result<Lists> {
    let place = reply.body.get("response").filter(|response| response.is_object()).unwrap_or(&reply.body);
    reply.read(place.clone())
}

fn interrupted(reply: &Reply) -> Fault {
    Fault::new(reply.call, FaultKind::Interrupted).said("the answer does not say what became of this row")
}

fn same<T, U>(sent: &Sent<T>, figure: U) -> Sent<U> {
    match sent {
        Sent::Changed(_) => Sent::Changed(figure),
        Sent::Carried(_) => Sent::Carried(figure),
    }
}

/// An offer without variations is model 0 (§8 no. 8).
fn model_id(call: &'static str, row: &OfferRow) -> Result<i64> {
    match row.offer.kind {
        OfferKind::Alone => Ok(0),
        OfferKind::Variant => {
            row.offer.offer.as_str().parse().map_err(|_| Fault::new(call, FaultKind::Missing(Thing::Offer)))
        }
    }
}

fn one_item(call: &'static str, rows: &[OfferRow]) -> Result<i64> {
    let first = rows.first().ok_or_else(|| Fault::unsupported(call))?;
    if rows.iter().any(|row| row.offer.listing != first.offer.listing) {
        return Err(Fault::unsupported(call).said("one call is for one listing"));
    }
    item_id(call, &first.offer.listing)
}
