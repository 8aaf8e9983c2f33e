//! The hot path: price, sellable stock and on-sale, one call one request (spec §4.8, §4.9, §4.13, §4.7). Only failures are named, in `detail`,
//! also beside code 0; what is not named was taken in silence.

use crate::Shop;
use crate::call::{Ask, Judged, Params, Reply, Verb, Way};
use crate::fault::{Detail, judge_detail};
use crate::moment::minute;
use crate::note::Note;
use crate::product::{HOME, parcel, request};
use crate::survey::Memo;
use crate::xml;
use ganh_contract::{
    Batch, Facet, Fault, FaultKind, OfferCall, OfferRef, OfferRow, Outcome, Price, Result, Thing, Took, Units,
};
use ganh_http::Safety;
use serde_json::{Map, Value, json};

pub(crate) async fn set_offers(shop: &Shop, call: &OfferCall) -> Result<Vec<Outcome>> {
    const CALL: &str = "set_offers";
    let shape = shop.capability.calls.get(call.shape).ok_or_else(|| Fault::unsupported(CALL))?;
    let (Batch::Offers { max_offers } | Batch::OneListing { max_offers }) = shape.batch else {
        return Err(Fault::unsupported(CALL));
    };
    if call.rows.is_empty() || call.rows.len() > max_offers {
        return Err(Fault::unsupported(CALL).said(format!("a call holds 1 to {max_offers} offers")));
    }
    match shape.facets.as_slice() {
        [Facet::Price] => set_prices(shop, &call.rows).await,
        [Facet::Stock] => set_stock(shop, &call.rows).await,
        [Facet::OnSale] => switch(shop, &call.rows).await,
        _ => Err(Fault::unsupported(CALL)),
    }
}

/// Price fields only: a quantity here would mean something else (§8 no. 3).
async fn set_prices(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    let sku = |row: &OfferRow| {
        let mut sku = named(&row.offer);
        if let Some(price) = &row.price {
            put_price(&mut sku, price.figure());
        }
        Value::Object(sku)
    };
    let payload = skus(rows.iter().map(sku).collect());
    figures(shop, "price_update", "/product/price_quantity/update", payload, rows).await
}

/// Without a sale nothing is said of it: how one is cleared is not documented (§11 no. 10), and one that the merchant made stays theirs.
fn put_price(sku: &mut Map<String, Value>, price: &Price) {
    sku.insert("Price".into(), json!(price.list.get().to_string()));
    if let Some(sale) = &price.sale {
        sku.insert("SalePrice".into(), json!(sale.price.get().to_string()));
        if let Some(from) = sale.from {
            sku.insert("SaleStartDate".into(), json!(minute(from)));
        }
        if let Some(until) = sale.until {
            sku.insert("SaleEndDate".into(), json!(minute(until)));
        }
    }
}

/// What a buyer can still order, absolute (§4.9).
async fn set_stock(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    let places = Memo::of(&shop.capability).places;
    let sku = |row: &OfferRow| {
        let mut sku = named(&row.offer);
        if let Some(units) = &row.stock {
            put_units(&mut sku, units.figure(), &places);
        }
        Value::Object(sku)
    };
    let payload = skus(rows.iter().map(sku).collect());
    figures(shop, STOCK_CALL, STOCK_PATH, payload, rows).await
}

const STOCK_CALL: &str = "sellable_update";
const STOCK_PATH: &str = "/product/stock/sellable/update";

/// A plain figure where the shop has one place, else each place by its code. A figure without a name is the whole figure: where there are
/// several places it lies at home and nowhere else, because a plain quantity would leave the others as they are (§8 no. 20).
fn put_units(sku: &mut Map<String, Value>, units: &Units, places: &[String]) {
    let has_names = units.0.keys().any(|place| !place.as_str().is_empty());
    if !has_names && places.len() < 2 {
        sku.insert("SellableQuantity".into(), json!(units.total().to_string()));
        return;
    }
    let row =
        |place: &str, units: u32| json!({ "WarehouseCode": place, "SellableQuantity": units.to_string() });
    let rows: Vec<Value> = if has_names {
        units.0.iter().map(|(place, units)| row(place.as_str(), *units)).collect()
    } else {
        let home = places.iter().find(|place| *place == HOME).or(places.first());
        places.iter().map(|place| row(place, if Some(place) == home { units.total() } else { 0 })).collect()
    };
    sku.insert("MultiWarehouseInventories".into(), json!({ "MultiWarehouseInventory": rows }));
}

/// Units of new offers at all of their places; a failure of one is the failure of the step.
pub(crate) async fn set_places(shop: &Shop, offers: Vec<(OfferRef, Units)>) -> Result<()> {
    let places = Memo::of(&shop.capability).places;
    let sku = |(offer, units): &(OfferRef, Units)| {
        let mut sku = named(offer);
        put_units(&mut sku, units, &places);
        Value::Object(sku)
    };
    let payload = skus(offers.iter().map(sku).collect());
    let params = vec![("payload", payload.to_string())];
    shop.line.ask(STOCK_CALL, STOCK_PATH, Safety::Set, Verb::Post, params, Way::Inventory).await.map(drop)
}

fn named(offer: &OfferRef) -> Map<String, Value> {
    let mut sku = Map::new();
    sku.insert("ItemId".into(), json!(offer.listing.as_str()));
    sku.insert("SkuId".into(), json!(offer.offer.as_str()));
    sku
}

fn skus(skus: Vec<Value>) -> Value {
    let mut product = Map::new();
    product.insert("Skus".into(), json!({ "Sku": skus }));
    request(product)
}

async fn figures(
    shop: &Shop,
    call: &'static str,
    path: &'static str,
    payload: Value,
    rows: &[OfferRow],
) -> Result<Vec<Outcome>> {
    let params = vec![("payload", payload.to_string())];
    send(shop, call, path, params, Way::Inventory, rows).await
}

async fn send(
    shop: &Shop,
    call: &'static str,
    path: &'static str,
    params: Params,
    way: Way,
    rows: &[OfferRow],
) -> Result<Vec<Outcome>> {
    let ask = Ask { call, path, safety: Safety::Set, verb: Verb::Post, params, way, judged: Judged::Rows };
    match shop.line.send(ask).await {
        Ok(reply) => Ok(outcomes(&reply, rows)),
        Err(fault) if rows.len() > 1 && is_overview(&fault) => {
            Ok(rows.iter().map(|_| Err(interrupted(call, fault.code.as_deref()))).collect())
        }
        Err(fault) => Err(fault),
    }
}

/// "Update failed" that names no row: some may have been applied (§1.7, §8 no. 2).
fn is_overview(fault: &Fault) -> bool {
    let is_refused = matches!(*fault.kind, FaultKind::Refused(_));
    is_refused && matches!(fault.code.as_deref(), Some("500" | "501" | "503" | "504"))
}

/// One outcome for each row: the failure that names it, `Interrupted` beside a failure that names none, else silence.
fn outcomes(reply: &Reply, rows: &[OfferRow]) -> Vec<Outcome> {
    let Some(said) = &reply.said else { return rows.iter().map(|_| Ok(Took::Silent)).collect() };
    let mut faults: Vec<Option<Fault>> = vec![None; rows.len()];
    let mut has_stray = false;
    for detail in &said.details {
        match row_of(detail, rows) {
            Some(index) => {
                let fault = judge_detail(reply.call, said, detail);
                faults[index] = Some(fault);
            }
            None => has_stray = true,
        }
    }
    let outcome = |fault: Option<Fault>| match fault {
        Some(fault) => Err(fault),
        None if has_stray => Err(interrupted(reply.call, None)),
        None => Ok(Took::Silent),
    };
    faults.into_iter().map(outcome).collect()
}

/// The row that a failure names: by SKU id, by the seller SKU that its note holds, by item where that is in one row only (§1.4).
fn row_of(detail: &Detail, rows: &[OfferRow]) -> Option<usize> {
    let only = |is_it: &dyn Fn(&OfferRow) -> bool| {
        let mut matching = rows.iter().enumerate().filter(|(_, row)| is_it(row)).map(|(index, _)| index);
        matching.next().filter(|_| matching.next().is_none())
    };
    if let Some(id) = &detail.sku_id {
        return only(&|row| row.offer.offer.as_str() == id);
    }
    if let Some(sku) = &detail.seller_sku {
        let by_note = only(&|row| Note::parse(&row.note).sku == *sku || row.offer.offer.as_str() == sku);
        if by_note.is_some() {
            return by_note;
        }
    }
    match &detail.item_id {
        Some(item) => only(&|row| row.offer.listing.as_str() == item),
        None => (rows.len() == 1).then_some(0),
    }
}

fn interrupted(call: &'static str, code: Option<&str>) -> Fault {
    let fault =
        Fault::new(call, FaultKind::Interrupted).said("the answer does not say what became of this offer");
    match code {
        Some(code) => fault.code(code),
        None => fault,
    }
}

/// Off through `deactivate`, which needs no more than ids; on, or both ways at once, through `update`, where each SKU says its status (§4.13).
async fn switch(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    const CALL: &str = "on_sale";
    let item = &rows[0].offer.listing;
    if rows.iter().any(|row| row.offer.listing != *item) {
        return Err(Fault::unsupported(CALL).said("one call is for one listing"));
    }
    let is_on = |row: &OfferRow| row.on_sale.as_ref().is_some_and(|sent| *sent.figure());
    if !rows.iter().any(is_on) {
        return deactivate(shop, rows).await;
    }
    let sku = |row: &OfferRow| {
        let mut sku = Map::new();
        sku.insert("SkuId".into(), json!(row.offer.offer.as_str()));
        sku.insert("Status".into(), json!(if is_on(row) { "active" } else { "inactive" }));
        parcel(&mut sku, &Note::parse(&row.note));
        Value::Object(sku)
    };
    let mut product = Map::new();
    product.insert("ItemId".into(), json!(item.as_str()));
    product.insert("Attributes".into(), json!({}));
    product.insert("Skus".into(), json!({ "Sku": rows.iter().map(sku).collect::<Vec<_>>() }));
    let params = vec![("payload", request(product).to_string())];
    send(shop, "product_activate", "/product/update", params, Way::Seller, rows).await
}

async fn deactivate(shop: &Shop, rows: &[OfferRow]) -> Result<Vec<Outcome>> {
    const CALL: &str = "product_deactivate";
    let ids: String = rows.iter().map(|row| xml::text("SkuId", row.offer.offer.as_str())).collect();
    let item = xml::text("ItemId", rows[0].offer.listing.as_str());
    let payload = xml::element("Request", &xml::element("Product", &(item + &xml::element("Skus", &ids))));
    let params = vec![("apiRequestBody", payload)];
    match send(shop, CALL, "/product/deactivate", params, Way::Seller, rows).await {
        Ok(outcomes) => Ok(outcomes.into_iter().map(|outcome| outcome.or_else(own_codes)).collect()),
        // Of several offers one may be off already and the others not: a read tells.
        Err(fault) if is_off_already(&fault) && rows.len() > 1 => {
            Ok(rows.iter().map(|_| Err(interrupted(CALL, fault.code.as_deref()))).collect())
        }
        Err(fault) => own_codes(fault).map(|took| rows.iter().map(|_| Ok(took.clone())).collect()),
    }
}

/// `E0004`: not online, so it is off already (§4.13).
fn is_off_already(fault: &Fault) -> bool {
    says(fault, "E0004")
}

fn says(fault: &Fault, code: &str) -> bool {
    fault.code.as_deref() == Some(code) || fault.said.as_deref().is_some_and(|said| said.contains(code))
}

/// The codes that only this call has (§4.13).
fn own_codes(fault: Fault) -> Outcome {
    if is_off_already(&fault) {
        return Ok(Took::Silent);
    }
    let thing = if says(&fault, "E0002") {
        Thing::Listing
    } else if says(&fault, "E0003") {
        Thing::Offer
    } else {
        return Err(fault);
    };
    Err(Fault { kind: Box::new(FaultKind::Missing(thing)), ..fault })
}

#[cfg(test)]
mod tests;
