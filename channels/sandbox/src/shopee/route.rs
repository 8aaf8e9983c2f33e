//! Which path does what, and the gate before it: parameters, partner, time, signature, token, shop – in that order (spec 9).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::core::{Kind, lock};

use super::auth::invalid_token;
use super::call::Call;
use super::envelope::{Answer, Refusal};
use super::world::{Shop, World};
use super::{
    attribute, category, channel, document, item_edit, limit, media, offer, order_event, order_read, promo,
    public, read, returns, search, shipping, tier,
};

/// How a path is signed, and what answers it.
pub enum Handler {
    /// Signed without a shop.
    Public(fn(&World, &Call) -> Answer),
    /// Signed with token and shop.
    Shop(fn(&World, &mut Shop, &Call) -> Answer),
    /// Signed either way: public by the documents, with a shop by clients (spec 4.3, 10).
    Either(fn(&World, &Call) -> Answer),
}

/// One path.
pub struct Route {
    pub is_post: bool,
    pub kind: Kind,
    pub handler: Handler,
}

/// Timestamps are accepted so many seconds before and after (spec 1.2).
const TIME_WINDOW_S: i64 = 300;

static ROUTES: LazyLock<HashMap<&'static str, Route>> = LazyLock::new(|| {
    let get = |path, kind, handler| (path, Route { is_post: false, kind, handler });
    let post = |path, kind, handler| (path, Route { is_post: true, kind, handler });
    HashMap::from([
        get("/api/v2/shop/auth_partner", Kind::Token, Handler::Public(public::auth_partner)),
        get("/api/v2/shop/cancel_auth_partner", Kind::Token, Handler::Public(public::cancel_auth_partner)),
        post("/api/v2/auth/token/get", Kind::Token, Handler::Public(public::token_get)),
        post("/api/v2/auth/access_token/get", Kind::Token, Handler::Public(public::access_token_get)),
        get(
            "/api/v2/public/get_shops_by_partner",
            Kind::Survey,
            Handler::Public(public::get_shops_by_partner),
        ),
        get(
            "/api/v2/public/get_shopee_ip_ranges",
            Kind::Other,
            Handler::Public(public::get_shopee_ip_ranges),
        ),
        post("/api/v2/push/set_app_push_config", Kind::Hooks, Handler::Either(public::set_app_push_config)),
        get("/api/v2/push/get_app_push_config", Kind::Hooks, Handler::Either(public::get_app_push_config)),
        get(
            "/api/v2/push/get_lost_push_message",
            Kind::Hooks,
            Handler::Either(public::get_lost_push_message),
        ),
        post(
            "/api/v2/push/confirm_consumed_lost_push_message",
            Kind::Hooks,
            Handler::Either(public::confirm_consumed_lost_push_message),
        ),
        get("/api/v2/shop/get_shop_info", Kind::Survey, Handler::Shop(channel::get_shop_info)),
        get("/api/v2/shop/get_profile", Kind::Survey, Handler::Shop(channel::get_profile)),
        get("/api/v2/shop/get_warehouse_detail", Kind::Survey, Handler::Shop(channel::get_warehouse_detail)),
        get("/api/v2/logistics/get_channel_list", Kind::Survey, Handler::Shop(channel::get_channel_list)),
        get("/api/v2/logistics/get_address_list", Kind::Survey, Handler::Shop(channel::get_address_list)),
        get(
            "/api/v2/product/get_category",
            Kind::Categories,
            Handler::Shop(|_, _, call| category::get_category(call)),
        ),
        get(
            "/api/v2/product/category_recommend",
            Kind::Categories,
            Handler::Shop(|_, _, call| category::category_recommend(call)),
        ),
        get(
            "/api/v2/product/get_attribute_tree",
            Kind::Categories,
            Handler::Shop(|_, _, call| attribute::get_attribute_tree(call)),
        ),
        get(
            "/api/v2/product/get_brand_list",
            Kind::Categories,
            Handler::Shop(|_, _, call| limit::get_brand_list(call)),
        ),
        get(
            "/api/v2/product/get_item_limit",
            Kind::Categories,
            Handler::Shop(|world, _, call| limit::get_item_limit(call, world.settings().item_count)),
        ),
        post("/api/v2/media_space/upload_image", Kind::Upload, Handler::Either(media::upload_image)),
        post("/api/v2/product/add_item", Kind::Create, Handler::Shop(item_edit::add_item)),
        post("/api/v2/product/update_item", Kind::Revise, Handler::Shop(item_edit::update_item)),
        post("/api/v2/product/delete_item", Kind::Delete, Handler::Shop(item_edit::delete_item)),
        post("/api/v2/product/unlist_item", Kind::OnSale, Handler::Shop(item_edit::unlist_item)),
        post("/api/v2/product/init_tier_variation", Kind::Create, Handler::Shop(tier::init_tier_variation)),
        post(
            "/api/v2/product/update_tier_variation",
            Kind::Revise,
            Handler::Shop(tier::update_tier_variation),
        ),
        post("/api/v2/product/add_model", Kind::Revise, Handler::Shop(tier::add_model)),
        post("/api/v2/product/update_model", Kind::Revise, Handler::Shop(tier::update_model)),
        post("/api/v2/product/delete_model", Kind::Revise, Handler::Shop(tier::delete_model)),
        post("/api/v2/product/update_stock", Kind::Stock, Handler::Shop(offer::update_stock)),
        post("/api/v2/product/update_price", Kind::Price, Handler::Shop(offer::update_price)),
        get("/api/v2/product/get_item_list", Kind::List, Handler::Shop(read::get_item_list)),
        get("/api/v2/product/get_item_base_info", Kind::Read, Handler::Shop(read::get_item_base_info)),
        get("/api/v2/product/get_model_list", Kind::Read, Handler::Shop(read::get_model_list)),
        get("/api/v2/product/get_item_extra_info", Kind::Read, Handler::Shop(read::get_item_extra_info)),
        get(
            "/api/v2/product/get_item_violation_info",
            Kind::Read,
            Handler::Shop(read::get_item_violation_info),
        ),
        get("/api/v2/product/get_item_promotion", Kind::Read, Handler::Shop(promo::get_item_promotion)),
        get("/api/v2/product/search_item", Kind::Find, Handler::Shop(search::search_item)),
        get("/api/v2/order/get_order_list", Kind::Orders, Handler::Shop(order_read::get_order_list)),
        get("/api/v2/order/get_shipment_list", Kind::Orders, Handler::Shop(order_read::get_shipment_list)),
        get("/api/v2/order/get_order_detail", Kind::Order, Handler::Shop(order_read::get_order_detail)),
        post("/api/v2/order/cancel_order", Kind::Action, Handler::Shop(order_event::cancel_order)),
        post(
            "/api/v2/order/handle_buyer_cancellation",
            Kind::Action,
            Handler::Shop(order_event::handle_buyer_cancellation),
        ),
        post("/api/v2/order/set_note", Kind::Action, Handler::Shop(order_event::set_note)),
        get(
            "/api/v2/logistics/get_shipping_parameter",
            Kind::Order,
            Handler::Shop(shipping::get_shipping_parameter),
        ),
        post("/api/v2/logistics/ship_order", Kind::Action, Handler::Shop(shipping::ship_order)),
        post(
            "/api/v2/logistics/update_shipping_order",
            Kind::Action,
            Handler::Shop(shipping::update_shipping_order),
        ),
        get(
            "/api/v2/logistics/get_tracking_number",
            Kind::Order,
            Handler::Shop(shipping::get_tracking_number),
        ),
        get("/api/v2/logistics/get_tracking_info", Kind::Order, Handler::Shop(shipping::get_tracking_info)),
        post(
            "/api/v2/logistics/get_shipping_document_parameter",
            Kind::Order,
            Handler::Shop(document::get_shipping_document_parameter),
        ),
        post(
            "/api/v2/logistics/create_shipping_document",
            Kind::Action,
            Handler::Shop(document::create_shipping_document),
        ),
        post(
            "/api/v2/logistics/get_shipping_document_result",
            Kind::Order,
            Handler::Shop(document::get_shipping_document_result),
        ),
        post(
            "/api/v2/logistics/download_shipping_document",
            Kind::Order,
            Handler::Shop(document::download_shipping_document),
        ),
        get("/api/v2/returns/get_return_list", Kind::Orders, Handler::Shop(returns::get_return_list)),
        get("/api/v2/returns/get_return_detail", Kind::Order, Handler::Shop(returns::get_return_detail)),
        get("/api/v2/payment/get_escrow_detail", Kind::Order, Handler::Shop(returns::get_escrow_detail)),
    ])
});

/// What a path is for.
pub fn kind_of(path: &str) -> Kind {
    match path {
        "/auth" => Kind::Token,
        _ => ROUTES.get(path).map_or(Kind::Other, |route| route.kind),
    }
}

/// Answers a call. `clock_s` are the seconds that count as now for timestamps.
pub fn answer(world: &World, call: &mut Call, clock_s: &[i64]) -> Answer {
    if call.path == "/auth" && !call.is_post {
        return public::auth_page(world, call);
    }
    if let Some(file) = media::serve(world, &call.path) {
        return Ok(file);
    }
    let Some(route) = ROUTES.get(call.path.as_str()).filter(|route| route.is_post == call.is_post) else {
        return Err(Refusal::gateway(
            "error_param",
            format!("{} API is currently offline or the request path is incorrect.", call.path),
        ));
    };
    let timestamp = check_app(world, call, clock_s)?;
    match route.handler {
        Handler::Public(handle) => {
            check_public(world, call, &timestamp)?;
            read_body(call)?;
            handle(world, call)
        }
        Handler::Either(handle) => {
            check_either(world, call, &timestamp)?;
            if !call.content_type.starts_with("multipart/") {
                read_body(call)?;
            }
            handle(world, call)
        }
        Handler::Shop(handle) => {
            let shop_id = check_shop(world, call, &timestamp)?;
            read_body(call)?;
            let Some(cell) = world.shops.get(&shop_id) else { return Err(invalid_token()) };
            let mut shop = lock(cell);
            if shop.is_banned && call.path != "/api/v2/shop/get_shop_info" {
                return Err(Refusal::gateway("shop_banned", "The shop is banned."));
            }
            handle(world, &mut shop, call)
        }
    }
}

fn read_body(call: &mut Call) -> Result<(), Refusal> {
    if call.is_post { call.read_json() } else { Ok(()) }
}

/// Common parameters, partner and time. Returns the timestamp's digits as sent.
fn check_app(world: &World, call: &Call, clock_s: &[i64]) -> Result<String, Refusal> {
    let bad = |message: &'static str| Refusal::gateway("error_param", message);
    let partner = call
        .arg("partner_id")
        .filter(|text| !text.is_empty())
        .ok_or_else(|| bad("There is no partner_id in query."))?;
    let timestamp = call
        .arg("timestamp")
        .filter(|text| !text.is_empty())
        .ok_or_else(|| bad("There is no timestamp in query."))?;
    if call.arg("sign").is_none_or(str::is_empty) {
        return Err(bad("There is no sign in query."));
    }
    if !is_u32(partner) {
        return Err(bad("Invalid partner_id"));
    }
    let seconds = timestamp
        .parse::<u32>()
        .ok()
        .filter(|_| is_u32(timestamp))
        .ok_or_else(|| bad("Invalid timestamp"))?;
    if partner != world.partner_text {
        return Err(Refusal::gateway("invalid_partner_id", "partner_id is invalid"));
    }
    if !clock_s.iter().any(|now_s| (now_s - i64::from(seconds)).abs() <= TIME_WINDOW_S) {
        return Err(bad("Timestamp is expired."));
    }
    Ok(timestamp.to_owned())
}

/// Plain decimal digits of an unsigned 32-bit number (spec 1.2).
fn is_u32(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u32>().is_ok()
}

fn check_public(world: &World, call: &Call, timestamp: &str) -> Result<(), Refusal> {
    let sign = call.arg("sign").unwrap_or("");
    if world.signer.agrees(&[&world.partner_text, &call.path, timestamp], sign) {
        Ok(())
    } else {
        Err(wrong_sign())
    }
}

/// A public signature, or a shop's when the call carries a token.
fn check_either(world: &World, call: &Call, timestamp: &str) -> Result<(), Refusal> {
    match check_public(world, call, timestamp) {
        Err(_) if call.arg("access_token").is_some() => check_shop(world, call, timestamp).map(|_| ()),
        outcome => outcome,
    }
}

/// Token and shop parameters, signature, token, link. Returns the shop.
fn check_shop(world: &World, call: &Call, timestamp: &str) -> Result<u64, Refusal> {
    let bad = |message: &'static str| Refusal::gateway("error_param", message);
    let token = call
        .arg("access_token")
        .filter(|text| !text.is_empty())
        .ok_or_else(|| bad("There is no access_token in query."))?;
    let shop = call
        .arg("shop_id")
        .filter(|text| !text.is_empty())
        .ok_or_else(|| bad("There is no shop_id in query."))?;
    if !is_u32(shop) {
        return Err(bad("Invalid shop_id"));
    }
    let sign = call.arg("sign").unwrap_or("");
    if !world.signer.agrees(&[&world.partner_text, &call.path, timestamp, token, shop], sign) {
        return Err(wrong_sign());
    }
    let shop: u64 = shop.parse().map_err(|_| bad("Invalid shop_id"))?;
    lock(&world.auth).check(token, shop, call.now_ms)?;
    Ok(shop)
}

fn wrong_sign() -> Refusal {
    Refusal::gateway("error_sign", "Wrong sign.")
}

/// The throttle in this platform's words (spec 1.5).
pub fn too_fast() -> Refusal {
    Refusal::new("error_rate_limit", "Too many requests, please try again later.")
}

/// The app's daily quota is used up; it ends at midnight UTC+8 (spec 1.5).
pub fn day_is_full() -> Refusal {
    Refusal::new("error_limit", "The daily API call quota has been reached.")
}

/// The faults that only this platform has, by name.
pub const OWN_FAULTS: &[&str] =
    &["daily_limit", "shop_banned", "ip_undeclared", "wrong_sign", "busy", "locked", "network", "restricted"];

/// What a fault of [`OWN_FAULTS`] answers.
pub fn own_fault(name: &str) -> Refusal {
    match name {
        "daily_limit" => day_is_full(),
        "shop_banned" => Refusal::gateway("shop_banned", "The shop is banned."),
        "ip_undeclared" => Refusal::gateway("source_ip_undeclared", "The source IP is undeclared."),
        "wrong_sign" => wrong_sign(),
        "busy" => Refusal::new("error_system_busy", "Something wrong. Please try later."),
        "locked" => Refusal::new("logistics.error_too_many_invoke_function", "Failed to get lock."),
        "network" => Refusal::new("error_network", "Inner http call failed"),
        _ => Refusal::gateway("error_api_call_restricted", "The app is restricted."),
    }
}
