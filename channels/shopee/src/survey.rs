//! Who we are at Shopee and what this shop allows (spec §3.4, §4.1, §4.4).

use crate::Shop;
use crate::lenient::List;
use crate::wire::{Carrier, Carriers, ItemLimit, Limit, ShopInfo, Warehouse};
use ganh_contract::{
    Capability, Choice, Fault, FaultKind, PictureRules, Reach, RemoteShopId, Result, Survey, Vnd,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a survey writes into `Capability::memo` for later writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memo {
    /// Checkout channels that a listing names: enabled, and not carriers behind another (§4.4).
    pub carriers: Vec<i64>,
    /// Locations of a multi-warehouse shop; empty for ordinary shops, which never name one (§4.9).
    pub places: Vec<String>,
}

impl Memo {
    pub(crate) fn of(capability: &Capability) -> Self {
        serde_json::from_str(&capability.memo).unwrap_or_default()
    }
}

pub(crate) async fn survey(shop: &Shop) -> Result<Survey> {
    let line = &shop.line;
    let reply = line.get("get_shop_info", "/api/v2/shop/get_shop_info", Vec::new()).await?;
    let info: ShopInfo = reply.flat()?;
    if matches!(info.status.as_str(), "BANNED" | "FROZEN") {
        return Err(
            Fault::new("get_shop_info", FaultKind::Revoked { reach: Reach::Shop }).said(info.status.as_str())
        );
    }
    let carriers = usable(shop).await?;
    let places = places(shop).await?;
    let mut allows = line.app.facts.capability(&line.declare_quota());
    let limit = line.get("get_item_limit", "/api/v2/product/get_item_limit", Vec::new()).await?;
    narrow(&mut allows, &limit.response::<Option<ItemLimit>>()?.unwrap_or_default());
    if let Some(create) = &mut allows.create {
        create.parcel.max_grams = carriers.iter().filter_map(most_grams).min();
    }
    let carriers = carriers.iter().filter_map(|carrier| carrier.logistics_channel_id.0).collect();
    let memo = Memo { carriers, places: places.iter().map(|place| place.id.clone()).collect() };
    allows.stock.every_place = !memo.places.is_empty();
    allows.memo = serde_json::to_string(&memo).unwrap_or_default();
    Ok(Survey {
        shop: RemoteShopId::new(line.shop.as_ref().map_or_else(String::new, |key| key.id.to_string())),
        name: info.shop_name.0,
        places,
        currency: "VND".into(),
        ends: info.expire_time.0.filter(|at| *at > 0).and_then(|at| Timestamp::from_second(at).ok()),
        allows,
    })
}

/// A listing names all of the shop's carriers, so the weakest of them decides.
pub(crate) async fn carriers(shop: &Shop) -> Result<Vec<i64>> {
    Ok(usable(shop).await?.iter().filter_map(|carrier| carrier.logistics_channel_id.0).collect())
}

/// The heaviest item that a carrier takes; `None` where it names no limit (§4.4: kilograms, zero is none).
fn most_grams(carrier: &Carrier) -> Option<u32> {
    let kilograms = carrier.weight_limit.as_ref()?.item_max_weight.0.filter(|most| *most > 0.0)?;
    // Weights of millions of tonnes are no limit.
    format!("{:.0}", kilograms * 1_000.0).parse().ok()
}

/// Channels that need nothing from us but weight and size: `SIZE_SELECTION` wants a size, `CUSTOM_PRICE` a fee (§4.4).
async fn usable(shop: &Shop) -> Result<Vec<Carrier>> {
    let reply = shop.line.get("get_channel_list", "/api/v2/logistics/get_channel_list", Vec::new()).await?;
    let carriers: Carriers = reply.response()?;
    Ok(carriers
        .logistics_channel_list
        .0
        .into_iter()
        .filter(|carrier| carrier.enabled.0 && carrier.mask_channel_id.or_zero() == 0)
        .filter(|carrier| !matches!(carrier.fee_type.as_str(), "SIZE_SELECTION" | "CUSTOM_PRICE"))
        .collect())
}

/// Ordinary shops are refused here (`warehouse.error_not_in_whitelist`), which says that they have one place without a name (§3.4).
async fn places(shop: &Shop) -> Result<Vec<Choice>> {
    let reply = shop.line.get("get_warehouse_detail", "/api/v2/shop/get_warehouse_detail", Vec::new()).await;
    let reply = match reply {
        Ok(reply) => reply,
        Err(fault) if passes_by(&fault) => return Err(fault),
        Err(_) => return Ok(Vec::new()),
    };
    let warehouses: List<Warehouse> = reply.response()?;
    let mut places: Vec<Choice> = Vec::new();
    for warehouse in warehouses.0 {
        let Some(id) = warehouse.location_id.filled() else { continue };
        if !places.iter().any(|place| place.id == id) {
            places.push(Choice { id: id.to_owned(), text: warehouse.warehouse_name.0.clone() });
        }
    }
    Ok(places)
}

/// Trouble that says nothing about the shop's places.
fn passes_by(fault: &Fault) -> bool {
    match *fault.kind {
        FaultKind::Unreachable
        | FaultKind::Interrupted
        | FaultKind::Down
        | FaultKind::Throttled { .. }
        | FaultKind::Expired
        | FaultKind::Unintelligible => true,
        FaultKind::Revoked { reach } => reach != Reach::Call,
        FaultKind::Refused(_)
        | FaultKind::Missing(_)
        | FaultKind::Conflict { .. }
        | FaultKind::Locked { .. }
        | FaultKind::Unsupported => false,
    }
}

/// The platform's own limits replace ours (§4.1: the authority).
pub(crate) fn narrow(allows: &mut Capability, limit: &ItemLimit) {
    if let Some((min, max)) = bounds(limit.item_name_length_limit.as_ref()) {
        allows.text.title = (min, max);
    }
    if let Some((min, max)) = bounds(limit.item_description_length_limit.as_ref()) {
        allows.text.description = (min, max);
    }
    if let Some((min, max)) = bounds(limit.price_limit.as_ref()) {
        allows.price.min = Vnd(i64::try_from(min).unwrap_or(i64::MAX));
        allows.price.max = Vnd(i64::try_from(max).unwrap_or(i64::MAX));
    }
    if let Some((_, most)) = bounds(limit.stock_limit.as_ref()) {
        allows.stock.max_units = u32::try_from(most).unwrap_or(u32::MAX);
    }
    if let Some(create) = &mut allows.create {
        if let Some((_, most)) = bounds(limit.tier_variation_name_length_limit.as_ref()) {
            create.variations.max_axis_chars = Some(most);
        }
        if let Some((_, most)) = bounds(limit.tier_variation_option_length_limit.as_ref()) {
            create.variations.max_option_chars = Some(most);
        }
    }
    if let (Some((_, most)), PictureRules::Upload { max, .. }) =
        (bounds(limit.item_image_count_limit.as_ref()), &mut allows.pictures)
    {
        *max = most;
    }
}

fn bounds(limit: Option<&Limit>) -> Option<(usize, usize)> {
    let limit = limit?;
    let max = usize::try_from(limit.max_limit.0?).ok().filter(|max| *max > 0)?;
    Some((usize::try_from(limit.min_limit.or_zero()).unwrap_or(0), max))
}
