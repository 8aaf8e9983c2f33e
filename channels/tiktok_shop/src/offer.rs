//! The hot path: price, stock and on-sale, one call one request (spec §7.7–7.9). Only failures are named; whoever is not named was taken,
//! in silence (§4.3).

use crate::Shop;
use crate::call::{Ask, Class, Reply};
use crate::fault::{self, known};
use crate::listing::detail;
use crate::observe::read_product;
use crate::product;
use crate::survey::Memo;
use crate::wire::{ErrorDetail, Errors};
use ganh_contract::{
    Facet, Fault, FaultKind, OfferCall, OfferRow, Outcome, Reach, RemoteListingId, Result, Took,
};
use ganh_http::Safety;
use serde_json::{Value, json};
use std::time::Duration;

/// The three calls, as quotas and faults name them.
pub(crate) const PRICES: &str = "update_prices";
pub(crate) const STOCK: &str = "update_inventory";
pub(crate) const SWITCH: &str = "switch_products";

pub(crate) async fn set_offers(shop: &Shop, call: &OfferCall) -> Result<Vec<Outcome>> {
    let shape = shop.capability.calls.get(call.shape).ok_or_else(|| Fault::unsupported("set_offers"))?;
    match shape.facets.as_slice() {
        [Facet::Price] => set_prices(shop, &call.rows).await,
        [Facet::Stock] => set_stock(shop, &call.rows).await,
        [Facet::OnSale] => switch(shop, &call.rows).await,
        _ => Err(Fault::unsupported("set_offers")),
    }
}

/// All or nothing: a refusal is of the whole call (§7.8).
async fn set_prices(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    let mut skus = Vec::with_capacity(rows.len());
    for row in rows {
        let price = row.price.as_ref().ok_or_else(|| Fault::unsupported(PRICES))?;
        skus.push(json!({ "id": row.offer.offer.as_str(), "price": product::amount(price.figure()) }));
    }
    send(shop, PRICES, "prices", rows, skus).await
}

async fn set_stock(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    let memo = Memo::of(&shop.capability);
    let mut skus = Vec::with_capacity(rows.len());
    for row in rows {
        let units = row.stock.as_ref().ok_or_else(|| Fault::unsupported(STOCK))?;
        let inventory = product::inventory(&memo, units.figure());
        skus.push(json!({ "id": row.offer.offer.as_str(), "inventory": inventory }));
    }
    send(shop, STOCK, "inventory", rows, skus).await
}

async fn send(
    shop: &Shop,
    call: &'static str,
    what: &str,
    rows: &[OfferRow],
    skus: Vec<Value>,
) -> Result<Vec<Outcome>> {
    let product = one_product(call, rows)?;
    let path = format!("/product/202309/products/{product}/{what}/update");
    let ask = Ask::post(call, Class::Figures, Safety::Set, path, json!({ "skus": skus }));
    let reply = shop.line.send(ask).await.map_err(|fault| held(shop, fault))?;
    outcomes(shop, &reply, rows, |detail, row| detail.sku_id.as_str() == row.offer.offer.as_str())
}

/// What a promotion holds is looked at again after a while: the answer names neither its end nor its floor (§4.2: HOLD minutes, hours).
fn held(shop: &Shop, fault: Fault) -> Fault {
    let hold = &shop.line.app.facts.hold;
    let wait_s = match fault.code.as_deref().unwrap_or_default() {
        known::STOCK_HELD => hold.stock_s,
        code if known::PRICE_HELD.contains(&code) => hold.price_s,
        _ => return fault,
    };
    let until = shop.line.app.gateway.clock().now().checked_add(Duration::from_secs(wait_s)).ok();
    let reach = if fault.code.as_deref() == Some(known::STOCK_HELD) { Reach::Offer } else { Reach::Listing };
    Fault { kind: Box::new(FaultKind::Locked { reach, until, least: None }), ..fault }
}

/// One outcome for each row. A failure that names none of ours may be about any of them.
fn outcomes(
    shop: &Shop,
    reply: &Reply,
    rows: &[OfferRow],
    is_about: impl Fn(&ErrorDetail, &OfferRow) -> bool,
) -> Result<Vec<Outcome>> {
    let errors: Errors = reply.read_or_empty()?;
    let failed: Vec<(ErrorDetail, Value)> =
        errors.errors.0.into_iter().map(|row| (detail(&row), row)).collect();
    let has_stray = failed.iter().any(|(detail, _)| !rows.iter().any(|row| is_about(detail, row)));
    let outcome = |row: &OfferRow| {
        let Some((detail, told)) = failed.iter().find(|(detail, _)| is_about(detail, row)) else {
            return if has_stray { Err(unknown(reply)) } else { Ok(Took::Silent) };
        };
        let fault = fault::of_row(reply.call, told, reply.request_id.as_deref(), reply.answered_at);
        Err(if is_partly(row, detail, &fault) { unknown(reply) } else { held(shop, fault) })
    };
    Ok(rows.iter().map(outcome).collect())
}

/// Some of the row's warehouses failed, and whether the others were taken is not documented (§4.3): only a read tells the figure. What is
/// missing or locked is told as such, because all warehouses are sent again as soon as the plan or the lock allows.
fn is_partly(row: &OfferRow, detail: &ErrorDetail, fault: &Fault) -> bool {
    let places = row.stock.as_ref().map_or(0, |sent| sent.figure().0.len());
    let failed = detail.extra_errors.0.len();
    let is_sent_again = matches!(*fault.kind, FaultKind::Missing(_) | FaultKind::Locked { .. });
    failed > 0 && failed < places && !is_sent_again
}

fn unknown(reply: &Reply) -> Fault {
    reply.fault(FaultKind::Interrupted).said("the answer does not say what became of this row")
}

fn one_product<'a>(call: &'static str, rows: &'a [OfferRow]) -> Result<&'a RemoteListingId> {
    let first = rows.first().ok_or_else(|| Fault::unsupported(call))?;
    if rows.iter().any(|row| row.offer.listing != first.offer.listing) {
        return Err(Fault::unsupported(call).said("one call is for one listing"));
    }
    Ok(&first.offer.listing)
}

/// On and off are two calls (§7.7). All offers of a listing share the switch; going on sale is reviewed again.
async fn switch(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    let wanted = |row: &OfferRow| row.on_sale.as_ref().map(|sent| *sent.figure());
    let on = rows.first().and_then(wanted).ok_or_else(|| Fault::unsupported(SWITCH))?;
    if rows.iter().any(|row| wanted(row) != Some(on)) {
        return Err(Fault::unsupported(SWITCH).said("on and off are two calls"));
    }
    let mut ids: Vec<&str> = rows.iter().map(|row| row.offer.listing.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let path = format!("/product/202309/products/{}", if on { "activate" } else { "deactivate" });
    let ask = Ask::post(SWITCH, Class::Figures, Safety::Set, path, json!({ "product_ids": ids }));
    let answer = shop.line.send(ask).await;
    let about =
        |detail: &ErrorDetail, row: &OfferRow| detail.product_id.as_str() == row.offer.listing.as_str();
    let mut outcomes = match answer {
        Ok(reply) => outcomes(shop, &reply, rows, about)?,
        Err(fault) if is_status(&fault) => vec![Err(fault); rows.len()],
        Err(fault) => return Err(fault),
    };
    // Already so is success; which status stood in the way only the product itself tells.
    for (row, outcome) in rows.iter().zip(&mut outcomes) {
        if outcome.as_ref().is_err_and(is_status) && is_so(shop, &row.offer.listing, on).await? {
            *outcome = Ok(Took::Silent);
        }
    }
    Ok(outcomes)
}

fn is_status(fault: &Fault) -> bool {
    known::STATUS_DOES_NOT_ALLOW.contains(&fault.code.as_deref().unwrap_or_default())
}

async fn is_so(shop: &Shop, listing: &RemoteListingId, on: bool) -> Result<bool> {
    let (product, _) = read_product(shop, listing).await?;
    let is_so = if on {
        ["ACTIVATE", "PENDING"].contains(&product.status.as_str())
    } else {
        // Whatever the platform took down, or what lies in the bin, sells nothing either.
        ["SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED"].contains(&product.status.as_str())
    };
    Ok(is_so)
}
