//! The hot path: price, stock and the on-sale switch, one batch a call (spec 4.2, 4.5, 4.6, 7).
//!
//! A batch checks nothing and coerces what it does not like: `"abc"` units become 0, an unknown status delists. So only
//! figures that a single call would take are sent, and every value that comes back is compared by being echoed.

use crate::Shop;
use crate::facts::{ON_SALE, PRICE_ALONE, PRICE_VARIANT, STOCK_ALONE, STOCK_VARIANT};
use crate::fault;
use crate::money::{read_dong, write_dong};
use crate::stamp::{read_gmt, write_gmt};
use crate::wire::{Batched, Entry, Item, Managed};
use ganh_contract::{
    Complaint, Fault, FaultKind, OfferCall, OfferRef, OfferRow, Outcome, Price, Result, Sale, Sent, Took,
    Units, Vnd,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const CALL: &str = "set_offers";

/// Sends one batch. Rows that must not go into it are refused here, beside the others' outcomes.
pub async fn set_offers(shop: &Shop, call: &OfferCall) -> Result<Vec<Outcome>> {
    let path = path(call)?;
    let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(call.rows.len());
    let mut updates: BTreeMap<u64, Value> = BTreeMap::new();
    for row in &call.rows {
        let refused = match entry(shop, call.shape, row) {
            Ok((id, update)) => {
                let first = updates.entry(id).or_insert_with(|| update.clone());
                (*first != update).then(|| refused("on_sale", "two rows of one listing disagree"))
            }
            Err(fault) => Some(fault),
        };
        outcomes.push(refused.map(Err));
    }
    if !updates.is_empty() {
        let entries: Vec<Value> = updates.into_values().collect();
        let answered = shop.site.set::<Batched>(CALL, &path, &json!({ "update": entries })).await?.value;
        let taken = taken(&answered);
        for (row, outcome) in call.rows.iter().zip(&mut outcomes) {
            if outcome.is_none() {
                *outcome = Some(row_outcome(shop, call.shape, row, &taken));
            }
        }
    }
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(unnamed()))).collect())
}

/// Products go by one route, the variations of one parent by another (spec 6: there is no batch across parents).
fn path(call: &OfferCall) -> Result<String> {
    match call.shape {
        PRICE_ALONE | STOCK_ALONE | ON_SALE => Ok("products/batch".to_owned()),
        PRICE_VARIANT | STOCK_VARIANT => {
            let listing = call.rows.first().map(|row| &row.offer.listing);
            let parent = listing.and_then(|listing| number(listing.as_str()));
            let is_one = call.rows.iter().all(|row| Some(&row.offer.listing) == listing);
            match parent.filter(|_| is_one) {
                Some(parent) => Ok(format!("products/{parent}/variations/batch")),
                None => Err(Fault::unsupported(CALL).said("variations of one product only")),
            }
        }
        _ => Err(Fault::unsupported(CALL).said("no such shape")),
    }
}

/// One row as the batch wants it: `(id, update)`.
fn entry(shop: &Shop, shape: usize, row: &OfferRow) -> Result<(u64, Value)> {
    let name = match shape {
        PRICE_VARIANT | STOCK_VARIANT => row.offer.offer.as_str(),
        _ => row.offer.listing.as_str(),
    };
    let id = number(name).ok_or_else(|| refused("offer", "is no id of this shop"))?;
    let mut update = match shape {
        PRICE_ALONE | PRICE_VARIANT => price_fields(row.price.as_ref().map(Sent::figure).ok_or_else(empty)?)?,
        STOCK_ALONE | STOCK_VARIANT => {
            stock_fields(row.stock.as_ref().map(Sent::figure).ok_or_else(empty)?, shop.memo.counts_stock)
        }
        _ => switch_fields(*row.on_sale.as_ref().map(Sent::figure).ok_or_else(empty)?),
    };
    update.insert("id".to_owned(), json!(id));
    Ok((id, Value::Object(update)))
}

/// Both prices and both dates, always: silence keeps an old sale, and a sale price that is not below vanishes without a word (spec 4.2).
///
/// # Errors
/// `Refused` for a price that a shop would misread or drop.
pub fn price_fields(price: &Price) -> Result<Map<String, Value>> {
    let digits = |amount: Vnd| match write_dong(amount) {
        Some(digits) if amount.get() > 0 => Ok(digits),
        _ => Err(refused("price", "must be above zero")),
    };
    let list = digits(price.list)?;
    let (sale, from, until) = match &price.sale {
        None => (String::new(), None, None),
        Some(sale) if sale.price >= price.list => {
            return Err(refused("price", "the sale price must be below the list price"));
        }
        Some(sale) => (digits(sale.price)?, sale.from, sale.until),
    };
    Ok(Map::from_iter([
        ("regular_price".to_owned(), json!(list)),
        ("sale_price".to_owned(), json!(sale)),
        ("date_on_sale_from_gmt".to_owned(), json!(from.map(write_gmt).unwrap_or_default())),
        ("date_on_sale_to_gmt".to_owned(), json!(until.map(write_gmt).unwrap_or_default())),
    ]))
}

/// Whole units with the switch that makes them count; where the shop counts none, on or off (spec 4.5).
pub fn stock_fields(units: &Units, counts_stock: bool) -> Map<String, Value> {
    let units = units.total();
    if counts_stock {
        return Map::from_iter([
            ("manage_stock".to_owned(), json!(true)),
            ("stock_quantity".to_owned(), json!(units)),
        ]);
    }
    let word = if units == 0 { "outofstock" } else { "instock" };
    Map::from_iter([("stock_status".to_owned(), json!(word))])
}

fn switch_fields(is_on_sale: bool) -> Map<String, Value> {
    Map::from_iter([("status".to_owned(), json!(if is_on_sale { "publish" } else { "draft" }))])
}

/// What the answer says of each id: the thing, or its fault.
fn taken(answered: &Batched) -> BTreeMap<u64, Result<Item>> {
    let mut taken = BTreeMap::new();
    for entry in &answered.update {
        let Ok(item) = serde_json::from_str::<Item>(entry.get()) else { continue };
        let error = serde_json::from_str::<Entry>(entry.get()).ok().and_then(|entry| entry.error);
        taken.insert(item.id, error.map_or(Ok(item), |error| Err(fault::of_entry(CALL, &error))));
    }
    taken
}

fn row_outcome(shop: &Shop, shape: usize, row: &OfferRow, taken: &BTreeMap<u64, Result<Item>>) -> Outcome {
    let name = match shape {
        PRICE_VARIANT | STOCK_VARIANT => &row.offer.offer.to_string(),
        _ => &row.offer.listing.to_string(),
    };
    let item = match number(name).and_then(|id| taken.get(&id)) {
        None => return Err(unnamed()),
        Some(Err(fault)) => return Err(fault.clone()),
        Some(Ok(item)) => item,
    };
    let mut echo = OfferRow::silent(row.offer.clone(), row.note.clone());
    match shape {
        PRICE_ALONE | PRICE_VARIANT => echo.price = Some(Sent::Changed(held_price(row, item)?)),
        STOCK_ALONE | STOCK_VARIANT => echo.stock = Some(Sent::Changed(held_stock(shop, row, item)?)),
        _ => echo.on_sale = Some(Sent::Changed(item.status == "publish")),
    }
    Ok(Took::Echoed(echo))
}

/// The price as the shop now holds it. A wiped one is no price, which a figure cannot say: refused, with what it was.
fn held_price(row: &OfferRow, item: &Item) -> Result<Price> {
    let held = read_price(item).map_err(|said| refused("price", &format!("the shop now holds {said:?}")))?;
    let mut held = held.ok_or_else(|| refused("price", "the shop wiped the price"))?;
    // Seconds are all that the shop keeps of a date; the same second is the same date.
    if let (Some(Sent::Changed(sent) | Sent::Carried(sent)), Some(sale)) = (&row.price, &mut held.sale)
        && let Some(wanted) = &sent.sale
    {
        let same =
            |wanted: Option<jiff::Timestamp>, held| wanted.filter(|wanted| Some(write_gmt(*wanted)) == held);
        sale.from = same(wanted.from, sale.from.map(write_gmt)).or(sale.from);
        sale.until = same(wanted.until, sale.until.map(write_gmt)).or(sale.until);
    }
    Ok(held)
}

fn held_stock(shop: &Shop, row: &OfferRow, item: &Item) -> Result<Units> {
    if shop.memo.counts_stock {
        let held = read_stock(item, true, None);
        return held
            .ok_or_else(|| refused("stock", "the shop does not count this offer: is stock management off?"));
    }
    let sent = row.stock.as_ref().map(Sent::figure).map_or(0, Units::total);
    Ok(match item.stock_status.as_str() {
        "outofstock" => Units::only(0),
        // On is all that the shop can say.
        _ => Units::only(sent.max(1)),
    })
}

/// Reads both prices. `Ok(None)`: no price, so it cannot be bought.
///
/// # Errors
/// The text, if one of them is no number.
pub fn read_price(item: &Item) -> Result<Option<Price>, String> {
    let Some(list) = read_dong(&item.regular_price)? else { return Ok(None) };
    let sale = read_dong(&item.sale_price)?.map(|price| Sale {
        price,
        from: read_gmt(&item.date_on_sale_from_gmt),
        until: read_gmt(&item.date_on_sale_to_gmt),
    });
    Ok(Some(Price { list, sale }))
}

/// Units that the shop would sell. Below zero counts as none; `None` where it counts nothing and sells on. In a shop
/// that counts no stock at all, 1 stands for "on".
pub fn read_stock(item: &Item, counts_stock: bool, parent: Option<&Item>) -> Option<Units> {
    let counted = |item: &Item| {
        let units = item.stock_quantity?.max(0);
        Some(Units::only(u32::try_from(units).unwrap_or(u32::MAX)))
    };
    let is_out = item.stock_status == "outofstock";
    match item.manage_stock {
        _ if !counts_stock => Some(Units::only(u32::from(!is_out))),
        Managed::Yes => counted(item),
        Managed::Parent => parent.and_then(counted),
        Managed::No => is_out.then(|| Units::only(0)),
    }
}

/// An id of this shop.
pub fn number(name: &str) -> Option<u64> {
    name.parse().ok().filter(|id| *id > 0)
}

/// Names an offer by the shop's ids.
pub fn offer_ref(product: u64, variation: Option<u64>) -> OfferRef {
    OfferRef {
        listing: product.to_string().into(),
        offer: variation.map(|id| id.to_string()).unwrap_or_default().into(),
        kind: if variation.is_some() {
            ganh_contract::OfferKind::Variant
        } else {
            ganh_contract::OfferKind::Alone
        },
    }
}

fn refused(field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new(CALL, FaultKind::Refused(vec![complaint]))
}

fn empty() -> Fault {
    Fault::unsupported(CALL).said("a row without the figure of its shape")
}

fn unnamed() -> Fault {
    Fault::new(CALL, FaultKind::Interrupted).said("the answer does not name this row")
}

#[cfg(test)]
#[path = "offer/tests.rs"]
mod tests;
