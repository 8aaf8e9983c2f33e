//! The shapes of answers, as far as they are used (spec §3–§10). Unknown keys and values are let through, missing ones are empty.

use crate::lenient::{Flag, List, Text, Whole};
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
    /// §3.2, §3.3. The ends are instants.
    TokenPair {
        access_token: Text, access_token_expire_in: Whole, refresh_token: Text, refresh_token_expire_in: Whole, user_type: Whole,
    }
    /// §3.4.
    Shops { shops: List<AuthorizedShop> }
    AuthorizedShop { id: Text, name: Text, region: Text, cipher: Text }
    /// §5; missing where there are none.
    Warehouses { warehouses: List<Warehouse> }
    Warehouse { id: Text, name: Text, effect_status: Text, r#type: Text, is_default: Flag }
    /// §5.
    Providers { shipping_providers: List<Named> }
    Named { id: Text, name: Text }
    /// §6.
    Categories { categories: List<CategoryNode> }
    CategoryNode { id: Text, parent_id: Text, local_name: Text, is_leaf: Flag, permission_statuses: List<Text> }
    Attributes { attributes: List<AttributeNode> }
    /// `is_requried` is the wire's spelling (§6, §8.1).
    AttributeNode {
        id: Text, name: Text, r#type: Text, is_requried: Flag, is_required: Flag, values: List<Named>, is_customizable: Flag,
        is_multiple_selection: Flag, requirement_conditions: List<Value>,
    }
    Rules { product_certifications: List<Certification> }
    Certification { id: Text, name: Text, is_required: Flag }
    Brands { brands: List<Brand>, next_page_token: Text }
    Brand { id: Text, name: Text, authorized_status: Text, brand_status: Text }
    /// §7.2.
    Uploaded { uri: Text }
    /// §7.3.
    Created { product_id: Text }
    /// §7.5.
    ProductPage { products: List<Value>, next_page_token: Text, total_count: Whole }
    ProductHead { id: Text, status: Text, update_time: Whole }
    /// §7.4. What a full edit must not lose (§7.6) is kept as it came.
    Product {
        id: Text, title: Text, description: Text, status: Text, audit: Option<Audit>, audit_failed_reasons: List<AuditReason>, brand: Option<Named>,
        category_chains: List<CategoryNode>, main_images: List<Image>, package_weight: Option<Weight>,
        package_dimensions: Option<Dimensions>, product_attributes: List<ProductAttribute>, skus: List<ProductSku>,
        external_product_id: Text, is_cod_allowed: Value, delivery_options: List<Named>, certifications: Value, size_chart: Value,
        video: Value, minimum_order_quantity: Value,
    }
    Audit { status: Text }
    AuditReason { position: Text, reasons: List<Text>, suggestions: List<Text> }
    Image { uri: Text }
    Weight { value: Text, unit: Text }
    Dimensions { length: Text, width: Text, height: Text, unit: Text }
    ProductAttribute { id: Text, name: Text, values: List<Named> }
    ProductSku {
        id: Text, seller_sku: Text, external_sku_id: Text, identifier_code: Option<Identifier>, price: Option<SkuPrice>, inventory: List<SkuStock>,
        sales_attributes: List<SalesAttribute>, status_info: Option<SkuStatus>,
    }
    Identifier { code: Text }
    /// Local sellers may find either filled (§8.1).
    SkuPrice { sale_price: Whole, tax_exclusive_price: Whole }
    SkuStock { warehouse_id: Text, quantity: Whole }
    SkuStatus { status: Text }
    SalesAttribute { id: Text, name: Text, value_id: Text, value_name: Text, sku_img: Value }
    /// §7.9.
    Inventories { inventory: List<ProductStock> }
    ProductStock { product_id: Text, skus: List<StockOfSku> }
    StockOfSku { id: Text, total_committed_quantity: Whole, warehouse_inventory: List<StockAtPlace> }
    StockAtPlace { warehouse_id: Text, available_quantity: Option<Whole>, committed_quantity: Whole }
    /// §4.3.
    Errors { errors: List<Value> }
    ErrorDetail { product_id: Text, sku_id: Text, package_id: Text, extra_errors: List<Value> }
    /// §9.1–9.2.
    OrderPage { orders: List<Value>, next_page_token: Text, total_count: Whole }
    /// §9.3.
    OrderDetail {
        id: Text, status: Text, create_time: Whole, update_time: Whole, rts_sla_time: Whole, fulfillment_type: Text, shipping_type: Text,
        delivery_option_id: Text, is_buyer_request_cancel: Flag, payment: Option<Payment>, line_items: List<LineItem>, tracking_number: Text,
    }
    Payment { total_amount: Whole }
    LineItem {
        id: Text, sku_id: Text, product_id: Text, seller_sku: Text, original_price: Whole, sale_price: Whole, display_status: Text,
        package_id: Text, package_status: Text, tracking_number: Text, combined_listing_skus: List<Component>,
    }
    Component { product_id: Text, sku_id: Text, sku_count: Whole, seller_sku: Text }
    /// §10.1.
    TimeSlots { can_pickup: Flag, can_drop_off: Flag, pickup_slots: List<PickupSlot> }
    /// `avaliable` is the wire's spelling (§10.1).
    PickupSlot { start_time: Whole, end_time: Whole, avaliable: Option<Flag>, available: Option<Flag> }
    Document { doc_url: Text }
    /// §10.2.
    Cancellations { cancellations: List<Cancellation>, next_page_token: Text }
    Cancellation {
        cancel_id: Text, order_id: Text, cancel_type: Text, cancel_status: Text, role: Text, seller_next_action_response: List<NextAction>,
        update_time: Whole,
    }
    NextAction { action: Text, deadline: Whole }
    /// The answer is not printed in §10.2; read as the public client types have it.
    Eligibility { sku_eligibility: List<SkuEligibility> }
    SkuEligibility { line_item_eligibility: List<LineEligibility> }
    LineEligibility { request_type: Text, eligible: Flag, available_reason_names: Value }
    Reasons { reasons: List<Reason> }
    Reason { name: Text, text: Text }
    /// §10.3.
    ReturnPage { return_orders: List<Value>, next_page_token: Text, total_count: Whole }
    ReturnHead {
        return_id: Text, order_id: Text, return_type: Text, return_status: Text, can_buyer_keep_item: Flag, update_time: Whole,
        return_line_items: List<ReturnLine>,
    }
    ReturnLine { order_line_item_id: Text, sku_id: Text }
    /// §11.1.
    Webhooks { webhooks: List<Webhook> }
    Webhook { event_type: Text, address: Text }
}

#[cfg(test)]
mod tests;
