//! The shapes of answers, as far as they are used (spec §3–§6). Unknown keys and values are let through, missing ones are empty.

use crate::lenient::{Decimal, Flag, List, Text, Whole};
use serde::Deserialize;
use serde_json::Value;

macro_rules! shape {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name { $(pub $field: $kind),+ }
    )+ };
}

shape! {
    /// §3.2, §3.3; flat.
    TokenPair { access_token: Text, refresh_token: Text, expire_in: Whole, shop_id_list: List<Whole> }
    /// §3.4; flat.
    ShopInfo { shop_name: Text, region: Text, status: Text, expire_time: Whole }
    /// §3.4.
    Warehouse { location_id: Text, warehouse_name: Text }
    /// §4.4.
    Carriers { logistics_channel_list: List<Carrier> }
    Carrier { logistics_channel_id: Whole, enabled: Flag, mask_channel_id: Whole, fee_type: Text, weight_limit: Option<WeightLimit> }
    /// §4.4: kilograms.
    WeightLimit { item_max_weight: Decimal }
    Limit { min_limit: Whole, max_limit: Whole }
    /// §4.1; any part may be null.
    ItemLimit {
        price_limit: Option<Limit>, stock_limit: Option<Limit>, item_name_length_limit: Option<Limit>,
        item_image_count_limit: Option<Limit>, item_description_length_limit: Option<Limit>,
        tier_variation_name_length_limit: Option<Limit>, tier_variation_option_length_limit: Option<Limit>,
    }
    CategoryList { category_list: List<CategoryNode> }
    CategoryNode {
        category_id: Whole, parent_category_id: Whole, original_category_name: Text, display_category_name: Text,
        has_children: Flag,
    }
    AttributeTrees { list: List<AttributeTree> }
    AttributeTree { attribute_tree: List<AttributeNode> }
    /// The mandatory flag has two names (§4.1).
    AttributeNode {
        attribute_id: Whole, mandatory: Flag, is_mandatory: Flag, name: Text, attribute_value_list: List<AttributeOption>,
        attribute_info: AttributeInfo, multi_lang: List<Translation>,
    }
    AttributeOption { value_id: Whole, name: Text, value_unit: Text, multi_lang: List<Translation> }
    AttributeInfo { input_type: Whole, max_value_count: Whole, support_search_value: Flag }
    Translation { language: Text, value: Text }
    Brands { brand_list: List<Brand>, has_next_page: Flag, next_offset: Whole, is_mandatory: Flag }
    Brand { brand_id: Whole, original_brand_name: Text, display_brand_name: Text }
    /// §4.3.
    Uploaded { image_info: Option<ImageInfo>, image_info_list: List<UploadedOne> }
    UploadedOne { error: Text, message: Text, image_info: Option<ImageInfo> }
    ImageInfo { image_id: Text }
    /// §4.5: only the id is taken.
    Added { item_id: Whole }
    /// §4.7, §4.9: rows of both lists; which keys are there depends on the call.
    Lists { success_list: List<Row>, failure_list: List<Row> }
    Row {
        item_id: Whole, model_id: Whole, location_id: Text, stock: Option<Whole>, original_price: Option<Whole>,
        unlist: Option<Flag>, failed_reason: Text,
    }
    /// §4.10.
    ItemPage { item: List<ItemHead>, has_next_page: Flag, next_offset: Whole }
    ItemHead { item_id: Whole, item_status: Text, update_time: Whole }
    SearchPage { item_id_list: List<Whole>, next_offset: Text }
    Items { item_list: List<Value> }
    Item {
        item_id: Whole, category_id: Whole, item_name: Text, description: Text, item_sku: Text, item_status: Text,
        update_time: Whole, attribute_list: List<ItemAttribute>, price_info: List<PriceInfo>, stock_info_v2: StockInfo,
        image: Image, weight: Decimal, dimension: Option<Dimension>, has_model: Flag, gtin_code: Text, brand: Option<Brand>,
        deboost: Flag,
    }
    ItemAttribute { attribute_id: Whole, attribute_value_list: List<ItemAttributeOption> }
    ItemAttributeOption { value_id: Whole, original_value_name: Text, value_unit: Text }
    PriceInfo { original_price: Whole, current_price: Whole }
    StockInfo { summary_info: StockSummary, seller_stock: List<SellerStock> }
    StockSummary { total_reserved_stock: Whole, total_available_stock: Option<Whole> }
    SellerStock { location_id: Text, stock: Whole }
    Image { image_id_list: List<Text> }
    Dimension { package_length: Whole, package_width: Whole, package_height: Whole }
    /// §4.8. Both spellings of the tiers come back.
    Models { tier_variation: List<Tier>, standardise_tier_variation: List<StandardTier>, model: List<Model> }
    Tier { name: Text, option_list: List<TierOption> }
    TierOption { option: Text }
    StandardTier { variation_name: Text, variation_option_list: List<StandardOption> }
    StandardOption { variation_option_name: Text }
    Model {
        model_id: Whole, tier_index: List<Whole>, model_sku: Text, model_status: Text, price_info: List<PriceInfo>,
        stock_info_v2: StockInfo, gtin_code: Text, weight: Decimal,
    }
    /// §5.1.
    OrderPage { more: Flag, next_cursor: Text, order_list: List<OrderRow> }
    OrderRow { order_sn: Text, order_status: Text }
    Orders { order_list: List<Value> }
    /// §5.2. No buyer's data: that stays in the raw answer.
    OrderDetail {
        order_sn: Text, order_status: Text, create_time: Whole, update_time: Whole, ship_by_date: Whole, total_amount: Whole,
        fulfillment_flag: Text, item_list: List<OrderItem>, package_list: List<Package>,
    }
    OrderItem {
        item_id: Whole, item_sku: Text, model_id: Whole, model_sku: Text, model_quantity_purchased: Whole,
        model_original_price: Whole, model_discounted_price: Whole, order_item_id: Text, promotion_group_id: Text,
        active_qty: Option<Whole>, cancelled_qty: Option<Whole>,
    }
    Package { package_number: Text, logistics_status: Text, item_list: List<PackageItem> }
    PackageItem { item_id: Whole, model_id: Whole, order_item_id: Text, promotion_group_id: Text }
    /// §5.6; `return` is a keyword of ours, so the rows are read apart.
    ReturnHead { return_sn: Text, order_sn: Text, status: Text, update_time: Whole, item: List<ReturnItem> }
    ReturnItem { item_id: Whole, model_id: Whole, amount: Whole }
    /// §5.4.
    ShippingParameter { info_needed: serde_json::Map<String, Value>, pickup: Option<Pickup>, dropoff: Option<DropOff> }
    Pickup { address_list: List<PickupAddress> }
    PickupAddress {
        address_id: Whole, state: Text, city: Text, district: Text, address: Text, time_slot_list: List<TimeSlot>,
    }
    TimeSlot { date: Whole, time_text: Text, pickup_time_id: Text }
    DropOff { branch_list: List<Branch> }
    Branch { branch_id: Whole, address: Text, city: Text }
    TrackingNumber { tracking_number: Text }
    DocumentResults { result_list: List<DocumentResult> }
    DocumentResult { order_sn: Text, status: Text, fail_error: Text, fail_message: Text }
    /// §6.1.
    PushConfig { callback_url: Text, live_push_status: Text }
    LostPushes { push_message_list: List<Value>, has_next_page: Flag, last_message_id: Text }
}

#[cfg(test)]
mod tests;
