//! Listings of the fake marketplace.

use super::serve::{Answered, Refused, refuse, text};
use super::state::{Listing, Offer, Shop, State, World, placed};
use ganh_contract::{Draft, Price, Units};
use ganh_sandbox::core::{Call, FaultKind};
use serde_json::{Value, json};

/// Listings of a page.
const PAGE: usize = 50;
/// Rows of one call.
const ROWS: usize = 20;

/// Answers the calls about listings.
pub fn answer(world: &mut World, shop: &str, verb: &str, body: &Value, call: &Call, now_ms: i64) -> Answered {
    match verb {
        "create" => create(world, shop, body, now_ms),
        "finish" => finish(world, shop, body),
        "revise" => revise(world, shop, body),
        "set" => set(world, shop, body, call, now_ms),
        _ => read(world, shop, verb, body, call, now_ms),
    }
}

fn draft(body: &Value) -> Result<Draft, Refused> {
    let draft: Draft = serde_json::from_value(body["draft"].clone()).map_err(|_| refuse("bad_draft"))?;
    if draft.title.chars().count() > 120 {
        return Err(Refused("refused", json!([{ "field": "title", "said": "tên dài quá 120 ký tự" }])));
    }
    Ok(draft)
}

/// One manner makes a request for review, known by its key; the other a listing without offers, to be finished.
fn create(world: &mut World, shop: &str, body: &Value, now_ms: i64) -> Answered {
    let draft = draft(body)?;
    let key = text(body, "key");
    let is_barrow = world.manner.is_barrow();
    let number = world.number();
    let held = world.shops.get_mut(shop).ok_or_else(|| refuse("no_shop"))?;
    if !is_barrow && let Some(known) = held.listings.iter().find(|known| known.key == key) {
        let request = held.granted.iter().find(|(_, listing)| **listing == known.id);
        return Ok(json!({ "id": request.map_or(&known.id, |(request, _)| request) }));
    }
    let state = if is_barrow { State::Unfinished } else { State::Requested };
    let mut listing = Listing {
        id: number.to_string(),
        key,
        draft,
        state,
        offers: Vec::new(),
        born_ms: now_ms,
        lock: None,
        reasons: Value::Null,
    };
    if !is_barrow {
        listing.offers = offers(world, &listing.draft, &[]);
    }
    let id = listing.id.clone();
    world.shops.get_mut(shop).ok_or_else(|| refuse("no_shop"))?.listings.push(listing);
    Ok(json!({ "id": id }))
}

/// Offers of a draft with new ids; figures of a SKU that was there stay.
fn offers(world: &mut World, draft: &Draft, held: &[Offer]) -> Vec<Offer> {
    let mut made = Vec::new();
    for wanted in &draft.offers {
        let was = held.iter().find(|offer| offer.sku == wanted.sku.as_str());
        made.push(Offer {
            id: world.number().to_string(),
            sku: wanted.sku.to_string(),
            options: wanted.options.clone(),
            price: was.map_or_else(|| wanted.price.clone(), |was| was.price.clone()),
            units: was.map_or_else(|| wanted.stock.clone(), |was| was.units.clone()),
            is_on: was.is_none_or(|was| was.is_on),
            was: None,
        });
    }
    made
}

fn finish(world: &mut World, shop: &str, body: &Value) -> Answered {
    let draft = draft(body)?;
    let made = offers(world, &draft, &[]);
    let listing = world.shops.get_mut(shop).and_then(|shop| shop.listing(&text(body, "id")));
    let listing = listing.ok_or_else(|| refuse("no_listing"))?;
    if listing.state == State::Unfinished {
        listing.offers = made;
        listing.draft = draft;
        listing.state = State::Shown;
    }
    Ok(Value::Null)
}

/// Renumbers every offer, as some marketplaces do.
fn revise(world: &mut World, shop: &str, body: &Value) -> Answered {
    let (draft, id) = (draft(body)?, text(body, "id"));
    let held =
        world.shops.get_mut(shop).and_then(|shop| shop.listing(&id)).ok_or_else(|| refuse("no_listing"))?;
    let same = held.offers.len() == draft.offers.len()
        && held.offers.iter().zip(&draft.offers).all(|(held, wanted)| held.sku == wanted.sku.as_str());
    let old = held.offers.clone();
    let made = if same { old } else { offers(world, &draft, &old) };
    if let Some(held) = world.shops.get_mut(shop).and_then(|shop| shop.listing(&id)) {
        held.offers = made;
        held.draft = draft;
    }
    Ok(Value::Null)
}

fn read(world: &mut World, shop: &str, verb: &str, body: &Value, call: &Call, now_ms: i64) -> Answered {
    let hit = call.fault.as_ref();
    let struck = |kind| hit.is_some_and(|hit| hit.kind == kind);
    let late_ms = hit.map_or(0, |hit| hit.after_ms);
    let stale_from = if struck(FaultKind::StaleRead) { Some(now_ms - late_ms) } else { None };
    let young_from = if struck(FaultKind::IndexLag) { now_ms - late_ms } else { i64::MAX };
    let held = world.shops.get_mut(shop).ok_or_else(|| refuse("no_shop"))?;
    match verb {
        "find" => {
            let code = text(body, "code");
            let is_it = |listing: &&Listing| {
                listing.draft.code.as_str() == code
                    && !matches!(listing.state, State::Deleted | State::Rejected)
                    && listing.born_ms <= young_from
            };
            Ok(held.listings.iter().filter(is_it).map(|listing| told(listing, stale_from)).collect())
        }
        "request" => {
            let id = text(body, "id");
            let id = held.granted.get(&id).cloned().unwrap_or(id);
            let listing = held.listing(&id).ok_or_else(|| refuse("no_listing"))?;
            Ok(told(listing, stale_from))
        }
        "list" => {
            let from = body["from"].as_u64().and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
            let shown: Vec<&Listing> =
                held.listings.iter().filter(|listing| listing.born_ms <= young_from).collect();
            let mut ids: Vec<&str> =
                shown.iter().skip(from).take(PAGE).map(|listing| listing.id.as_str()).collect();
            let more = shown.len() > from + ids.len();
            if struck(FaultKind::EmptyPage) {
                return Ok(json!({ "ids": [], "next": null, "total": shown.len() }));
            }
            let next = from + ids.len();
            if struck(FaultKind::ShiftPage)
                && let Some(first) = ids.first().copied()
            {
                ids.push(first);
            }
            Ok(json!({ "ids": ids, "next": if more { Some(next) } else { None }, "total": shown.len() }))
        }
        "delete" => {
            let listing = held.listing(&text(body, "id")).ok_or_else(|| refuse("no_listing"))?;
            listing.state = State::Deleted;
            Ok(Value::Null)
        }
        "read" => {
            let wanted: Vec<&str> =
                body["ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let found = held.listings.iter().filter(|listing| wanted.contains(&listing.id.as_str()));
            Ok(found.map(|listing| told(listing, stale_from)).collect())
        }
        _ => Err(refuse("no_such_call")),
    }
}

/// A listing as told; `stale_from`: writes since then are not seen yet.
fn told(listing: &Listing, stale_from: Option<i64>) -> Value {
    let offer = |offer: &Offer| {
        let old = offer.was.as_ref().filter(|(at, _)| stale_from.is_some_and(|from| *at > from));
        let units = old.map_or(&offer.units, |(_, units)| units);
        json!({ "id": offer.id, "sku": offer.sku, "options": offer.options, "price": offer.price, "units": units, "on": offer.is_on })
    };
    json!({
        "id": listing.id, "state": listing.state, "reasons": listing.reasons, "draft": listing.draft,
        "alone": listing.draft.axes.is_empty(), "offers": listing.offers.iter().map(offer).collect::<Vec<_>>(),
    })
}

/// One row of a call, as it came.
struct Row {
    offer: String,
    listing: String,
    price: Option<Price>,
    units: Option<Units>,
    on: Option<bool>,
}

fn rows(body: &Value) -> Result<Vec<Row>, Refused> {
    let read = |row: &Value| {
        let price = row.get("price").filter(|price| !price.is_null());
        let units = row.get("units").filter(|units| !units.is_null());
        let price = price.map(|price| serde_json::from_value(price.clone())).transpose();
        let units = units.map(|units| serde_json::from_value(units.clone())).transpose();
        Ok(Row {
            offer: text(row, "offer"),
            listing: text(row, "listing"),
            price: price.map_err(|_| refuse("bad_row"))?,
            units: units.map_err(|_| refuse("bad_row"))?,
            on: row.get("on").and_then(Value::as_bool),
        })
    };
    body["rows"].as_array().into_iter().flatten().map(read).collect()
}

/// Sets figures. One manner takes whole listings or nothing and names failures only; the other answers row by row.
fn set(world: &mut World, shop: &str, body: &Value, call: &Call, now_ms: i64) -> Answered {
    let is_whole = world.manner.is_barrow();
    let rows = rows(body)?;
    if rows.len() > ROWS {
        return Err(Refused("refused", json!([{ "field": null, "said": "nhiều dòng quá" }])));
    }
    let hit = call.fault.as_ref();
    let own = hit.map_or("", |hit| hit.own);
    let fails_half = hit.is_some_and(|hit| hit.kind == FaultKind::HalfBatch);
    let held = world.shops.get_mut(shop).ok_or_else(|| refuse("no_shop"))?;
    let places = held.places.clone();
    if is_whole {
        drop_what_is_left_out(held, &rows)?;
        if rows.iter().any(|row| row.units.as_ref().is_some_and(|units| placed(&places, units).is_none())) {
            return Err(refuse("no_place"));
        }
    }
    if own == "stray_failure" {
        return Ok(json!({ "failed": [{ "offer": "?", "code": "internal" }], "taken": [] }));
    }
    let (mut failed, mut taken) = (Vec::new(), Vec::new());
    for (number, row) in rows.iter().enumerate() {
        if fails_half && number % 2 == 1 {
            failed.push(json!({ "listing": row.listing, "offer": row.offer, "code": "busy" }));
            continue;
        }
        match set_one(held, row, &places, now_ms, own == "take_less") {
            Ok(echo) => taken.push(echo),
            Err(Refused(code, detail)) => {
                failed.push(
                    json!({ "listing": row.listing, "offer": row.offer, "code": code, "detail": detail }),
                );
            }
        }
    }
    if is_whole {
        taken.clear();
    }
    Ok(json!({ "failed": failed, "taken": taken }))
}

/// Whole listings: an offer that is not there refuses the call; one that is left out loses its figures.
fn drop_what_is_left_out(shop: &mut Shop, rows: &[Row]) -> Result<(), Refused> {
    for row in rows {
        let listing = shop.listing(&row.listing).ok_or_else(|| refuse("no_listing"))?;
        if !listing.offers.iter().any(|offer| offer.id == row.offer) {
            return Err(refuse("no_offer"));
        }
    }
    for row in rows {
        let Some(listing) = shop.listing(&row.listing) else { continue };
        for offer in &mut listing.offers {
            if !rows.iter().any(|row| row.offer == offer.id) {
                offer.units.0.values_mut().for_each(|units| *units = 0);
                offer.is_on = false;
            }
        }
    }
    Ok(())
}

fn set_one(shop: &mut Shop, row: &Row, places: &[String], now_ms: i64, takes_less: bool) -> Answered {
    let is_whole = places.len() > 1;
    let listing = shop.listing(&row.listing).ok_or_else(|| refuse("no_listing"))?;
    if listing.state == State::Deleted {
        return Err(refuse("no_listing"));
    }
    let has_figures = row.price.is_some() || row.units.is_some();
    if has_figures && !is_whole && listing.state != State::Shown {
        return Err(refuse("not_live"));
    }
    let lock = listing.lock.filter(|lock| lock.until_ms > now_ms);
    if let Some(lock) = lock {
        let is_below = row.units.as_ref().is_some_and(|units| units.total() < lock.reserved);
        if is_below || row.price.is_some() {
            let least = is_below.then_some(lock.reserved);
            return Err(Refused("locked", json!({ "until": lock.until_ms, "least": least })));
        }
    }
    if let (Some(is_on), false) = (row.on, is_whole) {
        // The switch is the listing's; going on sale is reviewed.
        listing.state = match (is_on, listing.state) {
            (true, State::Shown) => State::Shown,
            (true, _) => State::Showing,
            (false, _) => State::Hidden,
        };
        return Ok(json!({ "listing": row.listing, "offer": row.offer, "on": is_on }));
    }
    let offer =
        listing.offers.iter_mut().find(|offer| offer.id == row.offer).ok_or_else(|| refuse("no_offer"))?;
    if let Some(price) = &row.price {
        offer.price = price.clone();
    }
    if let Some(units) = &row.units {
        let mut units = placed(places, units).ok_or_else(|| refuse("no_place"))?;
        if takes_less && let Some(first) = units.0.values_mut().find(|units| **units > 0) {
            *first -= 1;
        }
        offer.was = Some((now_ms, std::mem::replace(&mut offer.units, units)));
    }
    if let Some(is_on) = row.on {
        offer.is_on = is_on;
    }
    Ok(json!({
        "listing": row.listing, "offer": row.offer, "price": row.price.as_ref().map(|_| &offer.price),
        "units": row.units.as_ref().map(|_| &offer.units),
    }))
}
