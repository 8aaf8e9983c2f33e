//! Who we are at Lazada and what this shop allows (spec §3.5, §3.6).

use crate::Shop;
use crate::call::Reply;
use crate::wire::{Seller, Warehouse};
use ganh_contract::{Capability, Choice, Fault, FaultKind, Reach, RemoteShopId, Result, Survey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a survey writes into `Capability::memo` for later reads and writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memo {
    /// Warehouse codes of a shop that has several; empty for the others, which never name one.
    pub places: Vec<String>,
}

impl Memo {
    pub(crate) fn of(capability: &Capability) -> Self {
        serde_json::from_str(&capability.memo).unwrap_or_default()
    }
}

pub(crate) async fn survey(shop: &Shop) -> Result<Survey> {
    const CALL: &str = "seller_get";
    let line = &shop.line;
    let reply = line.get(CALL, "/seller/get", Vec::new()).await?;
    let seller: Seller = reply.data()?;
    let Some(id) = seller.seller_id.filled() else {
        return Err(reply.unintelligible("the answer names no seller"));
    };
    let status = seller.status.as_str();
    if matches!(status.to_uppercase().as_str(), "INACTIVE" | "DELETED") {
        return Err(Fault::new(CALL, FaultKind::Revoked { reach: Reach::Shop }).said(status));
    }
    let places = places(shop).await?;
    let (inventory, calls) = line.declare_quotas();
    let mut allows = line.app.facts.capability(&inventory, &calls);
    // One place needs no name.
    let has_several = places.len() > 1;
    let memo = Memo { places: places.iter().filter(|_| has_several).map(|place| place.id.clone()).collect() };
    allows.stock.every_place = has_several;
    allows.memo = serde_json::to_string(&memo).unwrap_or_default();
    Ok(Survey {
        shop: RemoteShopId::new(id),
        name: seller.name.0.clone(),
        places: if has_several { places } else { Vec::new() },
        currency: "VND".into(),
        ends: None,
        allows,
    })
}

/// The call that shows all warehouses is absent from the newer list of operations, whose own shows at least one (§3.6).
async fn places(shop: &Shop) -> Result<Vec<Choice>> {
    let all = vec![("addressTypes", r#"["warehouse"]"#.to_owned())];
    let told = shop.line.get("warehouse_get", "/seller/warehouse/get", all).await;
    let reply = match told {
        Err(fault) if *fault.kind == FaultKind::Unsupported => {
            shop.line.get("rc_warehouse_get", "/rc/warehouse/get", Vec::new()).await?
        }
        told => told?,
    };
    warehouses(&reply)
}

/// `module` is a list, or one warehouse by itself.
fn warehouses(reply: &Reply) -> Result<Vec<Choice>> {
    let place = [&reply.body["result"], &reply.body["data"]].into_iter().find(|place| !place.is_null());
    let module = place.map_or(&Value::Null, |place| if place.is_array() { place } else { &place["module"] });
    let rows: Vec<Warehouse> = match module {
        Value::Array(_) => reply.part(module)?,
        Value::Object(_) => vec![reply.part(module)?],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let mut places: Vec<Choice> = Vec::new();
    for row in rows.iter().filter(|row| !row.status.as_str().eq_ignore_ascii_case("inactive")) {
        let Some(id) = row.code.filled().or(row.warehouse_code.filled()) else { continue };
        if !places.iter().any(|place| place.id == id) {
            places.push(Choice { id: id.to_owned(), text: row.name.0.clone() });
        }
    }
    Ok(places)
}
