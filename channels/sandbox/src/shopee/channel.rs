//! Logistics channels, addresses and the shop's own facts (spec 3.4, 4.4). Channel 50021 is documented, the others are invented.

use serde_json::{Map, Value, json};

use crate::core::lock;

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::item::Logistic;
use super::world::{Shop, World};

/// How a seller hands a parcel over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handover {
    /// The carrier comes, at a time slot.
    Pickup,
    /// The carrier comes, or the seller brings it; no slots, no branches.
    PickupOrDropoff,
    /// The seller's own carrier.
    NonIntegrated,
}

/// One logistics channel.
#[derive(Debug)]
pub struct Channel {
    pub id: u64,
    pub name: &'static str,
    pub is_enabled: bool,
    /// 0: buyers choose it; else the channel it stands behind.
    pub mask: u64,
    pub fee_type: &'static str,
    /// Kilograms.
    pub weight_limit: f64,
    pub handover: Handover,
}

/// All channels of a shop.
pub static CHANNELS: &[Channel] = &[
    Channel {
        id: 50_021,
        name: "Nhanh",
        is_enabled: true,
        mask: 0,
        fee_type: "SIZE_INPUT",
        weight_limit: 50.0,
        handover: Handover::Pickup,
    },
    Channel {
        id: 50_010,
        name: "Tiết Kiệm",
        is_enabled: true,
        mask: 0,
        fee_type: "SIZE_INPUT",
        weight_limit: 20.0,
        handover: Handover::PickupOrDropoff,
    },
    Channel {
        id: 50_012,
        name: "Hỏa Tốc",
        is_enabled: false,
        mask: 0,
        fee_type: "SIZE_INPUT",
        weight_limit: 30.0,
        handover: Handover::Pickup,
    },
    Channel {
        id: 50_099,
        name: "Người bán tự vận chuyển",
        is_enabled: true,
        mask: 0,
        fee_type: "SELLER_LOGISTICS",
        weight_limit: 200.0,
        handover: Handover::NonIntegrated,
    },
    Channel {
        id: 50_011,
        name: "SPX Express",
        is_enabled: true,
        mask: 50_021,
        fee_type: "SIZE_INPUT",
        weight_limit: 50.0,
        handover: Handover::Pickup,
    },
    Channel {
        id: 50_018,
        name: "J&T Express",
        is_enabled: true,
        mask: 50_021,
        fee_type: "SIZE_INPUT",
        weight_limit: 50.0,
        handover: Handover::Pickup,
    },
];

/// The seller's address.
pub const ADDRESS_ID: u64 = 2_826;

/// The channel with this id.
pub fn find(id: u64) -> Option<&'static Channel> {
    CHANNELS.iter().find(|channel| channel.id == id)
}

/// Checks `logistic_info`: checkout channels only, one of them enabled, the weight fits (spec 4.4).
pub fn check(chosen: &[Logistic], weight: f64) -> Result<(), Refusal> {
    for one in chosen {
        let Some(channel) = find(one.id) else {
            return Err(Refusal::new(
                "product.error_invalid_logistic_info",
                format!("Invalid logistic info, logistic_id {} is not found.", one.id),
            ));
        };
        if channel.mask != 0 {
            return Err(Refusal::new(
                "product.error_param",
                "Invalid logistic info, please use the masking channel.",
            ));
        }
        if one.is_enabled && !channel.is_enabled {
            return Err(Refusal::new(
                "product.error_param",
                "Invalid logistic info, the channel is not enabled by the shop.",
            ));
        }
        if one.is_enabled && weight > channel.weight_limit {
            return Err(Refusal::new(
                "product.error_param",
                format!(
                    "Invalid logistic info, item weight should be within {} kg of {}.",
                    channel.weight_limit, channel.name
                ),
            ));
        }
    }
    if chosen.iter().any(|one| one.is_enabled) {
        return Ok(());
    }
    Err(Refusal::new(
        "product.error_invalid_logistic_info",
        "At least one logistic channel should be enabled.",
    ))
}

/// `GET /logistics/get_channel_list`.
pub fn get_channel_list(_world: &World, _shop: &mut Shop, _call: &Call) -> Answer {
    let rows: Vec<Value> = CHANNELS.iter().map(|channel| json!({
        "logistics_channel_id": channel.id,
        "logistics_channel_name": channel.name,
        "cod_enabled": channel.handover != Handover::NonIntegrated,
        "enabled": channel.is_enabled,
        "fee_type": channel.fee_type,
        "size_list": [],
        "weight_limit": {"item_max_weight": channel.weight_limit, "item_min_weight": 0},
        "item_max_dimension": {"height": 150, "width": 150, "length": 150, "unit": "cm", "dimension_sum": 0},
        "volume_limit": {"item_max_volume": 0, "item_min_volume": 0},
        "logistics_description": "",
        "force_enable": false,
        "mask_channel_id": channel.mask,
        "block_seller_cover_shipping_fee": false,
        "support_cross_border": false,
        "seller_logistic_has_configuration": Value::Null,
        "logistics_capability": {"seller_logistics": channel.handover == Handover::NonIntegrated},
        "preprint": false,
        "service_type_identifier": Value::Null,
        "compulsory_channel": false,
        "channel_relation_rules": [],
        "support_pause": false,
    })).collect();
    Ok(Success::Response(json!({ "logistics_channel_list": rows })))
}

/// `GET /logistics/get_address_list`.
pub fn get_address_list(_world: &World, _shop: &mut Shop, _call: &Call) -> Answer {
    let mut row = address();
    row["address_type"] = json!(["DEFAULT_ADDRESS", "PICK_UP_ADDRESS", "RETURN_ADDRESS"]);
    Ok(Success::Response(json!({"show_pickup_address": true, "address_list": [row]})))
}

/// The seller's address as the logistics calls show it.
pub fn address() -> Value {
    json!({"address_id": ADDRESS_ID, "region": "VN", "state": "Đắk Lắk", "city": "Thành phố Buôn Ma Thuột", "district": "Phường Tân Lợi",
        "town": "", "address": "12 Y Jút", "zipcode": ""})
}

/// `GET /shop/get_shop_info`, flat.
pub fn get_shop_info(world: &World, shop: &mut Shop, _call: &Call) -> Answer {
    let link = lock(&world.auth).links.get(&shop.id).copied();
    let fields = json!({
        "shop_name": shop.name, "region": "VN", "status": if shop.is_banned { "BANNED" } else { "NORMAL" }, "is_cb": false, "is_sip": false,
        "is_upgraded_cbsc": false, "merchant_id": Value::Null, "shop_fulfillment_flag": "Others", "auth_time": link.map_or(0, |link| link.since_s),
        "expire_time": link.map_or(0, |link| link.until_s), "is_main_shop": false, "is_direct_shop": false, "is_mart_shop": false, "is_outlet_shop": false,
    });
    Ok(Success::Flat(flat(fields)))
}

/// `GET /shop/get_profile`.
pub fn get_profile(_world: &World, shop: &mut Shop, _call: &Call) -> Answer {
    Ok(Success::Response(json!({"shop_logo": "", "description": "", "shop_name": shop.name})))
}

/// `GET /shop/get_warehouse_detail`: ordinary shops are refused (spec 3.4).
pub fn get_warehouse_detail(_world: &World, _shop: &mut Shop, _call: &Call) -> Answer {
    Err(Refusal::new("warehouse.error_not_in_whitelist", "Shop is not in the whitelist of multi-warehouse.")
        .with_response(Value::Null))
}

/// The fields of an object.
pub fn flat(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
