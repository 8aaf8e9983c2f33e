//! Which path does what, in which versions, and the gate before it (spec 1.2, 1.3, 2.3; the order of the checks is our assumption).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::core::{Kind, lock};

use super::call::Call;
use super::envelope::{Answer, Refusal};
use super::shop::Shop;
use super::sign::Signed;
use super::world::World;
use super::{
    attribute, brand, cancel, category, consent, figures, media, order_read, package_read, product_read,
    product_shelf, product_write, returns, ship, warehouse, webhook,
};

type OfApp = fn(&World, &Call) -> Answer;
type OfShop = fn(&World, &mut Shop, &Call) -> Answer;

/// What answers a path.
#[derive(Clone, Copy)]
enum Handler {
    /// Takes no cipher.
    App(OfApp),
    /// Takes a cipher.
    Shop(OfShop),
}

/// One method of one path.
struct Route {
    method: &'static str,
    versions: &'static [u32],
    kind: Kind,
    handler: Handler,
}

/// Timestamps may be so many seconds late and early (spec 1.3).
const LATE_S: i64 = 300;
const EARLY_S: i64 = 30;

const V: &[u32] = &[202_309];
const ORDERS: &[u32] = &[202_309, 202_507];
const SEARCH: &[u32] = &[202_309, 202_312, 202_502];
const EDIT: &[u32] = &[202_309, 202_509];
const AFTER: &[u32] = &[202_309, 202_602];

/// By area and path, ids as `{}`.
static ROUTES: LazyLock<HashMap<&'static str, Vec<Route>>> = LazyLock::new(|| {
    let mut all: HashMap<&'static str, Vec<Route>> = HashMap::new();
    let mut add = |method, path, versions, kind, handler| {
        all.entry(path).or_default().push(Route { method, versions, kind, handler });
    };
    let app = |handler: OfApp| Handler::App(handler);
    let shop = |handler: OfShop| Handler::Shop(handler);
    add("GET", "authorization/shops", V, Kind::Survey, app(consent::shops));
    add("GET", "seller/shops", V, Kind::Survey, app(consent::active_shops));
    add("GET", "logistics/warehouses", V, Kind::Survey, shop(warehouse::list));
    add(
        "GET",
        "logistics/warehouses/{}/delivery_options",
        V,
        Kind::Survey,
        shop(warehouse::delivery_options),
    );
    add(
        "GET",
        "logistics/delivery_options/{}/shipping_providers",
        V,
        Kind::Survey,
        shop(warehouse::shipping_providers),
    );
    add(
        "GET",
        "logistics/orders/{}/tracking",
        &[202_604],
        Kind::Order,
        shop(package_read::tracking_by_parcel),
    );
    add("GET", "product/categories", V, Kind::Categories, shop(category::list));
    add("GET", "product/categories/{}/attributes", V, Kind::Categories, shop(attribute::of_category));
    add("GET", "product/categories/{}/rules", V, Kind::Categories, shop(category::rules));
    add("POST", "product/categories/recommend", V, Kind::Categories, shop(category::recommend));
    add("GET", "product/brands", V, Kind::Categories, shop(brand::list));
    add("POST", "product/brands", V, Kind::Categories, app(brand::create));
    add("GET", "product/prerequisites", &[202_312], Kind::Survey, shop(product_read::prerequisites));
    add("POST", "product/images/upload", V, Kind::Upload, app(media::upload_image));
    add("POST", "product/files/upload", V, Kind::Upload, app(media::upload_file));
    add("POST", "product/products", V, Kind::Create, shop(product_write::create));
    add("POST", "product/products/listing_check", V, Kind::Other, shop(product_write::listing_check));
    add("DELETE", "product/products", V, Kind::Delete, shop(product_shelf::delete));
    add("POST", "product/products/search", SEARCH, Kind::List, shop(product_read::search));
    add("POST", "product/products/activate", V, Kind::OnSale, shop(product_shelf::activate));
    add("POST", "product/products/deactivate", V, Kind::OnSale, shop(product_shelf::deactivate));
    add("POST", "product/products/recover", V, Kind::OnSale, shop(product_shelf::recover));
    add("GET", "product/products/{}", V, Kind::Read, shop(product_read::detail));
    add("PUT", "product/products/{}", EDIT, Kind::Revise, shop(product_write::edit));
    add("POST", "product/products/{}/partial_edit", EDIT, Kind::Revise, shop(product_write::partial_edit));
    add("POST", "product/products/{}/prices/update", V, Kind::Price, shop(figures::prices));
    add("POST", "product/products/{}/inventory/update", V, Kind::Stock, shop(figures::inventory));
    add("POST", "product/inventory/search", V, Kind::Read, shop(figures::search));
    add(
        "POST",
        "product/inventory/operation/settings",
        &[202_608],
        Kind::Other,
        shop(figures::restock_settings),
    );
    add("POST", "order/orders/search", V, Kind::Orders, shop(order_read::search));
    add("GET", "order/orders", ORDERS, Kind::Order, shop(order_read::detail));
    add("GET", "order/orders/{}/price_detail", &[202_407], Kind::Order, shop(order_read::price_detail));
    add("POST", "order/orders/external_orders", &[202_406], Kind::Other, shop(order_read::external_orders));
    add("GET", "fulfillment/packages/{}", V, Kind::Order, shop(package_read::detail));
    add("POST", "fulfillment/packages/search", V, Kind::Orders, shop(package_read::search));
    add("GET", "fulfillment/packages/{}/handover_time_slots", V, Kind::Order, shop(package_read::slots));
    add("POST", "fulfillment/packages/{}/ship", V, Kind::Action, shop(ship::ship));
    add("POST", "fulfillment/packages/ship", V, Kind::Action, shop(ship::ship_batch));
    add("GET", "fulfillment/packages/{}/shipping_documents", V, Kind::Order, shop(ship::label));
    add("POST", "fulfillment/orders/{}/shipping_info/update", V, Kind::Action, shop(ship::change_tracking));
    add("GET", "fulfillment/orders/{}/tracking", V, Kind::Order, shop(package_read::tracking));
    add("POST", "fulfillment/orders/{}/split", V, Kind::Action, shop(ship::split));
    add(
        "GET",
        "return_refund/orders/{}/aftersale_eligibility",
        AFTER,
        Kind::Order,
        shop(cancel::eligibility),
    );
    add("POST", "return_refund/cancellations", AFTER, Kind::Action, shop(cancel::by_seller));
    add("POST", "return_refund/cancellations/search", AFTER, Kind::Orders, shop(cancel::search));
    add("POST", "return_refund/cancellations/{}/approve", AFTER, Kind::Action, shop(cancel::approve));
    add("POST", "return_refund/cancellations/{}/reject", AFTER, Kind::Action, shop(cancel::reject));
    add("GET", "return_refund/reject_reasons", V, Kind::Order, shop(cancel::reject_reasons));
    add("POST", "return_refund/returns/search", AFTER, Kind::Orders, shop(returns::search));
    add("POST", "return_refund/returns/{}/approve", AFTER, Kind::Action, shop(returns::approve));
    add(
        "POST",
        "return_refund/returns/{}/reject",
        &[202_309, 202_602, 202_606],
        Kind::Action,
        shop(returns::reject),
    );
    add("GET", "event/webhooks", V, Kind::Hooks, shop(webhook::list));
    add("PUT", "event/webhooks", V, Kind::Hooks, shop(webhook::subscribe));
    add("DELETE", "event/webhooks", V, Kind::Hooks, shop(webhook::unsubscribe));
    all
});

/// A path taken apart.
struct Parsed {
    routes: &'static [Route],
    version: Option<u32>,
    ids: Vec<String>,
}

/// `/{area}/{version}/{path}`; ids are digits, or whatever stands where a product's id belongs.
fn parse(path: &str) -> Option<Parsed> {
    let mut parts = path.strip_prefix('/')?.split('/');
    let (area, version) = (parts.next()?, parts.next()?);
    let rest: Vec<&str> = parts.collect();
    let key_of = |is_id: &dyn Fn(usize, &str) -> bool| {
        let mut key = area.to_owned();
        for (place, part) in rest.iter().enumerate() {
            key.push('/');
            key.push_str(if is_id(place, part) { "{}" } else { part });
        }
        key
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let by_digits: &dyn Fn(usize, &str) -> bool = &|_, part| is_number(part);
    let by_place: &dyn Fn(usize, &str) -> bool = &|place, _| place == 1;
    let (key, is_id) = match ROUTES.contains_key(key_of(by_digits).as_str()) {
        true => (key_of(by_digits), by_digits),
        false => (key_of(by_place), by_place),
    };
    let routes = ROUTES.get(key.as_str())?;
    let ids = rest
        .iter()
        .enumerate()
        .filter(|(place, part)| is_id(*place, part))
        .map(|(_, part)| (*part).to_owned());
    let version = if version.len() == 6 { version.parse().ok() } else { None };
    Some(Parsed { routes, version, ids: ids.collect() })
}

/// What a call is for; a search for seller SKUs is a find.
pub fn kind_of(method: &str, path: &str, body: &[u8]) -> Kind {
    if path.starts_with("/api/v2/token/") || path.ends_with("/authorize") {
        return Kind::Token;
    }
    let found = parse(path)
        .and_then(|parsed| parsed.routes.iter().find(|route| route.method == method).map(|route| route.kind));
    match found {
        Some(Kind::List) if body.windows(13).any(|window| window == b"\"seller_skus\"") => Kind::Find,
        Some(kind) => kind,
        None => Kind::Other,
    }
}

/// Answers a call. `clock_s` are the seconds that count as now for timestamps.
pub fn answer(world: &World, call: &mut Call, clock_s: &[i64]) -> Answer {
    match call.path.as_str() {
        "/open/authorize" | "/oauth/authorize" => return consent::page(world, call),
        "/api/v2/token/get" => return consent::token_get(world, call),
        "/api/v2/token/refresh" => return consent::token_refresh(world, call),
        _ => {}
    }
    if let Some(file) = media::serve(world, &call.path).or_else(|| ship::serve_label(&call.path)) {
        return Ok(file);
    }
    let parsed = parse(&call.path).ok_or_else(|| Refusal::new(36_009_009, "Invalid path."))?;
    let is_known = parsed
        .version
        .is_some_and(|version| parsed.routes.iter().any(|route| route.versions.contains(&version)));
    let version = parsed.version.filter(|_| is_known).ok_or_else(bad_version)?;
    let route = parsed.routes.iter().find(|route| route.method == call.method);
    let route = route.ok_or_else(|| Refusal::new(36_009_010, "Invalid method."))?;
    if !route.versions.contains(&version) {
        return Err(bad_version());
    }
    (call.version, call.ids) = (version, parsed.ids);
    check_sign(world, call, clock_s)?;
    let shop = check_token(world, call, route.handler)?;
    own_fault(call.twist.own)?;
    match route.handler {
        Handler::App(handle) => {
            if !call.content_type.starts_with("multipart/") {
                call.read_json()?;
            }
            handle(world, call)
        }
        Handler::Shop(handle) => {
            let cell = world.shops.get(&shop).ok_or_else(wrong_cipher)?;
            let mut held = lock(cell);
            held.settle(world, call.now_ms);
            if held.is_inactive {
                return Err(inactive());
            }
            call.read_json()?;
            handle(world, &mut held, call)
        }
    }
}

fn bad_version() -> Refusal {
    Refusal::new(36_009_014, "Invalid API version.")
}

fn wrong_cipher() -> Refusal {
    Refusal::new(101_000, "The access token and the shop_cipher do not match.")
}

/// The seller is closed (12052700 on everything).
fn inactive() -> Refusal {
    Refusal::new(12_052_700, "The seller is inactive.")
}

/// App key, presence, time, signature.
fn check_sign(world: &World, call: &Call, clock_s: &[i64]) -> Result<(), Refusal> {
    if call.arg("app_key") != Some(world.app_key.as_str()) {
        return Err(bad_app());
    }
    let sign = call
        .arg("sign")
        .ok_or_else(|| Refusal::parameter("Missing credentials. The 'sign' query parameter is required."))?;
    let given =
        call.arg("timestamp").filter(|text| text.len() == 10).and_then(|text| text.parse::<i64>().ok());
    let is_near =
        |given: i64| clock_s.iter().any(|now_s| given >= now_s - LATE_S && given <= now_s + EARLY_S);
    if !given.is_some_and(is_near) {
        return Err(Refusal::parameter(
            "Invalid timestamp. The timestamp is negative, more than 5 minutes early or more than 30 seconds ahead.",
        ));
    }
    let body: &[u8] = if call.content_type.starts_with("multipart/form-data") { b"" } else { &call.body };
    let signed = Signed { path: &call.path, query: &call.query, body };
    if world.signer.agrees(signed, sign) { Ok(()) } else { Err(bad_sign()) }
}

fn bad_sign() -> Refusal {
    Refusal::new(106_001, "Invalid sign. The signature does not match.")
}

/// The app is none of ours (any more).
pub fn bad_app() -> Refusal {
    Refusal::parameter("Invalid credentials. The 'app_key' is invalid.")
}

/// Token, cipher, scope. Returns the shop that is spoken for; 0 where there is none.
fn check_token(world: &World, call: &Call, handler: Handler) -> Result<u64, Refusal> {
    let is_strict = world.settings().cipher_strict;
    let auth = lock(&world.auth);
    let grant = auth.check(call.token.as_deref(), call.now_ms)?;
    let shop = match (handler, call.arg("shop_cipher")) {
        (Handler::App(_), Some(_)) if is_strict => {
            return Err(Refusal::parameter("Unexpected identifier. The 'shop_cipher' is not allowed here."));
        }
        (Handler::App(_), Some(_) | None) => 0,
        (Handler::Shop(_), None) if is_strict => {
            return Err(Refusal::new(106_013, "The shop_cipher is missing."));
        }
        (Handler::Shop(_), None) => grant.shops.first().copied().unwrap_or(0),
        (Handler::Shop(_), Some(cipher)) => {
            let named = world.ciphers.get(cipher).copied();
            named.filter(|shop| grant.shops.contains(shop)).ok_or_else(wrong_cipher)?
        }
    };
    let wanted = scope_of(&call.path);
    if call.twist.own == "scope_missing" || !grant.scopes.iter().any(|scope| scope == wanted) {
        return Err(Refusal::new(
            105_005,
            format!("Access denied. The scope {wanted} has not been granted."),
        ));
    }
    Ok(shop)
}

fn scope_of(path: &str) -> &'static str {
    match path.split('/').nth(1).unwrap_or("") {
        "product" => "seller.product.basic",
        "order" => "seller.order.info",
        "fulfillment" => "seller.fulfillment.basic",
        "logistics" => "seller.logistics",
        "return_refund" => "seller.return_refund.basic",
        _ => "seller.authorization.info",
    }
}

/// The faults that only this platform has, by name. The latter part is played by the handlers.
pub const OWN_FAULTS: &[&str] = &[
    "bad_sign",
    "ip_denied",
    "shop_disabled",
    "seller_inactive",
    "timeout_408",
    "internal_html",
    "scope_missing",
    "token_page_expired",
    "image_forgotten",
    "brand_warning",
    "listing_limit",
    "price_lock",
    "stock_lock",
    "second_warehouse",
    "stray_failure",
    "label_lag",
    "cancel_race",
    "null_fields",
];

fn own_fault(name: &str) -> Result<(), Refusal> {
    match name {
        "bad_sign" => Err(bad_sign()),
        "ip_denied" => Err(Refusal::new(36_009_033, "The IP is not in the allow list.")),
        "shop_disabled" => Err(Refusal::new(36_009_043, "The shop is disabled.")),
        "seller_inactive" => Err(inactive()),
        "timeout_408" => Err(Refusal::new(36_009_007, "Request timeout.")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_out_of_paths() {
        let parsed = parse("/product/202309/products/1729400000000000100/prices/update").unwrap();

        assert_eq!(parsed.ids, ["1729400000000000100"]);
        assert_eq!(parsed.version, Some(202_309));
        assert!(parse("/product/202309/nothing").is_none());
        assert!(parse("/product").is_none());
    }

    #[test]
    fn a_search_by_seller_skus_is_a_find() {
        let path = "/product/202502/products/search";

        assert_eq!(kind_of("POST", path, b"{\"seller_skus\":[\"A\"]}"), Kind::Find);
        assert_eq!(kind_of("POST", path, b"{}"), Kind::List);
    }
}
