//! The shapes of answers, as far as they are used (spec §3–§6). Unknown keys and values are let through, missing ones are empty.

use crate::lenient::{Dong, Flag, List, Text, Whole};
use crate::moment::Moment;
use serde::Deserialize;
use serde_json::Value;

macro_rules! shape {
    ($($(#[$doc:meta])* $name:ident { $($(#[$key:meta])* $field:ident: $kind:ty),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name { $($(#[$key])* pub $field: $kind),+ }
    )+ };
}

shape! {
    /// §3.2, §3.3; at top level. The list of shops has two names.
    TokenPair {
        access_token: Text, refresh_token: Text, expires_in: Whole, refresh_expires_in: Whole, country: Text,
        country_user_info: List<CountryUser>, country_user_info_list: List<CountryUser>,
    }
    CountryUser { country: Text, seller_id: Text }
    /// §3.5.
    Seller { seller_id: Text, name: Text, status: Text }
    /// §3.6.
    Warehouse { code: Text, warehouse_code: Text, name: Text, status: Text }
    /// §4.1.
    CategoryNode { category_id: Text, name: Text, leaf: Flag, children: List<CategoryNode> }
    /// §4.2.
    AttributeRow {
        name: Text, label: Text, input_type: Text, attribute_type: Text, is_mandatory: Flag, is_sale_prop: Flag,
        options: List<AttributeOption>,
    }
    AttributeOption { name: Text, en_name: Text }
    /// §4.3.
    Brands { module: List<Brand>, total_record: Whole }
    Brand { brand_id: Text, name: Text }
    /// §4.5.
    Uploaded { image: Image }
    Image { url: Text }
    /// §4.6.
    Created { item_id: Text, item_status: Text, sku_list: List<CreatedSku> }
    CreatedSku { seller_sku: Text, sku_id: Text }
    /// §4.14.
    Products { total_products: Whole, products: List<Value> }
    /// §4.14, §4.15.
    Product {
        item_id: Text, primary_category: Text, status: Text, #[serde(rename = "subStatus")] sub_status: Text,
        updated_time: Moment, images: Value, attributes: Value, skus: List<Sku>, variation: Value,
        #[serde(rename = "rejectReason")] reject_reason: Value, #[serde(rename = "suspendedSkus")] suspended: Value,
    }
    Sku {
        #[serde(rename = "SkuId")] sku_id: Text, #[serde(rename = "SellerSku")] seller_sku: Text,
        #[serde(rename = "Status")] status: Text, price: Dong, special_price: Dong, special_from_time: Moment,
        special_to_time: Moment, quantity: Whole, package_weight: Text, package_length: Text, package_width: Text,
        package_height: Text, #[serde(rename = "saleProp")] sale_prop: Value,
        #[serde(rename = "multiWarehouseInventories")] warehouses: List<WarehouseStock>,
        #[serde(rename = "channelInventories")] campaigns: List<CampaignStock>,
    }
    WarehouseStock {
        #[serde(rename = "warehouseCode")] code: Text, quantity: Whole, #[serde(rename = "sellableQuantity")] sellable: Option<Whole>,
        #[serde(rename = "occupyQuantity")] occupied: Whole, #[serde(rename = "withholdQuantity")] withheld: Whole,
    }
    CampaignStock { #[serde(rename = "sellableQuantity")] sellable: Whole }
    /// §5.2.
    OrderPage { #[serde(rename = "countTotal")] total: Whole, orders: List<Value> }
    OrderHeader { order_id: Text, updated_at: Moment }
    /// §5.4: one unit.
    OrderItem {
        order_item_id: Text, order_id: Text, status: Text, sku: Text, sku_id: Text, product_id: Text, item_price: Dong,
        paid_price: Dong, shipping_amount: Dong, package_id: Text, is_fbl: Flag, is_digital: Flag, delivery_option_sof: Flag,
        biz_group: Whole, created_at: Moment, updated_at: Moment, sla_time_stamp: Moment, need_cancel_confirm: Flag,
        is_cancel_pending: Flag, cancel_trigger_time: Moment, reverse_order_id: Text,
    }
    /// §5.7: what became of each unit.
    Packed { pack_order_list: List<PackedOrder> }
    PackedOrder { order_item_list: List<LineResult> }
    Packages { packages: List<LineResult> }
    LineResult { order_item_id: Text, package_id: Text, item_err_code: Text, msg: Text, retry: Flag }
    /// §5.7.
    Document { doc_type: Text, file: Text }
    /// §5.10.
    CancelTip { tip_type: Text, tip_content: Text, reason_options: List<CancelReason> }
    CancelReason { reason_id: Text, reason_name: Text }
    /// §5.12.
    ReversePage { total: Whole, items: List<ReverseOrder> }
    ReverseOrder {
        reverse_order_id: Text, trade_order_id: Text, request_type: Text, reverse_order_lines: List<ReverseLine>,
    }
    ReverseLine {
        trade_order_line_id: Text, reverse_status: Text, return_order_line_gmt_modified: Moment,
    }
    /// §6.2.
    Push { seller_id: Text, message_type: Text, data: Value }
}

#[cfg(test)]
mod tests;
