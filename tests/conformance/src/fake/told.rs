//! What the fake wire says, in the contract's words. Lenient: numbers may come in quotes, one broken thing is one error.

use super::line::complaints;
use ganh_contract::{
    Draft, Fault, FaultKind, LineStage, Observed, ObservedOffer, OfferKind, OfferRef, Order, OrderLine,
    Result, Sku, Standing, Vnd,
};
use jiff::Timestamp;
use serde_json::Value;

fn unreadable(what: &str) -> Fault {
    Fault::new("read", FaultKind::Unintelligible).said(what)
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn units(value: &Value) -> Result<u32> {
    number(value).and_then(|units| u32::try_from(units).ok()).ok_or_else(|| unreadable("units"))
}

fn word(value: &Value, key: &str) -> Result<String> {
    value[key]
        .as_str()
        .map(str::to_owned)
        .or_else(|| number(&value[key]).map(|n| n.to_string()))
        .ok_or_else(|| unreadable(key))
}

fn kind(row: &Value) -> OfferKind {
    if row["alone"].as_bool().unwrap_or(false) { OfferKind::Alone } else { OfferKind::Variant }
}

/// A listing.
pub fn observed(row: &Value) -> Result<Observed> {
    let id = word(row, "id")?;
    let state = word(row, "state")?;
    let mut offers = Vec::new();
    for held in row["offers"].as_array().into_iter().flatten() {
        let is_on = held["on"].as_bool().unwrap_or(false);
        offers.push(ObservedOffer {
            offer: OfferRef { listing: id.as_str().into(), offer: word(held, "id")?.into(), kind: kind(row) },
            note: String::new(),
            sku: Some(Sku::new(word(held, "sku")?)),
            gtin: None,
            on_sale: is_on && state == "shown",
            price: serde_json::from_value(held["price"].clone()).ok(),
            stock: serde_json::from_value(held["units"].clone()).ok(),
            reserved: None,
        });
    }
    // One manner switches each offer, the other the listing; switched off is what a carried figure must say again.
    let standing = match state.as_str() {
        "shown" if offers.iter().all(|offer| !offer.on_sale) => Standing::Hidden,
        "shown" => Standing::OnSale,
        "hidden" => Standing::Hidden,
        "showing" | "requested" => Standing::Reviewing,
        "unfinished" => Standing::Unfinished,
        "rejected" => Standing::Rejected(complaints(&row["reasons"])),
        "banned" => Standing::Banned(Vec::new()),
        "deleted" => Standing::Deleted,
        other => Standing::Unknown(other.to_owned()),
    };
    let draft: Option<Draft> = serde_json::from_value(row["draft"].clone()).ok();
    let code = draft.as_ref().map(|draft| draft.code.clone()).filter(|code| !code.as_str().is_empty());
    Ok(Observed { listing: id.into(), code, standing, offers, shows: draft.map(Box::new) })
}

fn stage(word: &str) -> LineStage {
    match word {
        "unpaid" => LineStage::Unpaid,
        "ready" => LineStage::Ready,
        "packed" => LineStage::Packed,
        "shipped" => LineStage::Shipped,
        "completed" => LineStage::Completed,
        "cancelled" => LineStage::Cancelled,
        other => LineStage::Unknown(other.to_owned()),
    }
}

/// An order. Rows of single units are gathered into lines, and the offer is the line's id where the channel has none.
pub fn order(row: &Value) -> Result<Order> {
    let instant = |key: &str| {
        let at = number(&row[key]).and_then(|ms| Timestamp::from_millisecond(ms).ok());
        at.ok_or_else(|| unreadable(key))
    };
    let stage = stage(&word(row, "stage")?);
    let is_theirs = row["by_channel"].as_bool().unwrap_or(false);
    let mut lines: Vec<OrderLine> = Vec::new();
    for told in row["lines"].as_array().ok_or_else(|| unreadable("lines"))? {
        let (listing, offer) = (word(told, "listing")?, word(told, "offer")?);
        let state = told["state"].as_str();
        let id = match state {
            Some(_) => format!("{listing}/{offer}"),
            None => word(told, "id")?,
        };
        let (count, cancelled, returned) = match state {
            Some(state) => (1, u32::from(state == "cancelled"), u32::from(state == "returned")),
            None => (units(&told["units"])?, units(&told["cancelled"])?, units(&told["returned"])?),
        };
        if let Some(line) = lines.iter_mut().find(|line| line.id.as_str() == id) {
            line.units += count;
            line.cancelled += cancelled;
            line.returned += returned;
            continue;
        }
        lines.push(OrderLine {
            id: id.into(),
            offer: Some(OfferRef { listing: listing.into(), offer: offer.into(), kind: kind(told) }),
            sku: Some(Sku::new(word(told, "sku")?)),
            units: count,
            cancelled,
            returned,
            stage: stage.clone(),
            unit_price: Vnd(number(&told["price"]).ok_or_else(|| unreadable("price"))?),
            package: None,
            stocked_by_channel: is_theirs,
        });
    }
    let total = lines.iter().map(|line| line.unit_price.get().saturating_mul(i64::from(line.units))).sum();
    Ok(Order {
        id: word(row, "id")?.into(),
        placed_at: instant("placed")?,
        changed_at: instant("changed")?,
        lines,
        kin: Vec::new(),
        total: Vnd(total),
        act_by: None,
    })
}
