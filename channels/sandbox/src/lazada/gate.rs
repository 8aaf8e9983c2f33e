//! The way in: path, verb, parameters, app, time, signature, token, throttles, then the operation (spec 2.3, 9).

use crate::core::{Kind, lock};

use super::app::App;
use super::auth::Unusable;
use super::call::Call;
use super::envelope::{Answer, Refusal};
use super::sign::agrees;
use super::world::{Shop, World};
use super::{
    attribute, brand, cancel, category, create, document, finance, fulfil, media, offer, order_move,
    order_read, public, read, retire, returns, seller, time, update,
};

const SKEW_MS: i64 = 7_200_000;
const SYSTEM: [&str; 4] = ["app_key", "timestamp", "sign_method", "sign"];

/// Who answers an operation.
#[derive(Clone, Copy)]
pub enum Door {
    /// Needs no token.
    Public(fn(&World, &Call) -> Answer),
    /// Speaks for a shop.
    Seller(fn(&World, &mut Shop, &Call) -> Answer),
    /// Speaks for a shop, and fetches something first.
    FetchOne,
    /// Fetches up to eight.
    FetchMany,
}

/// One operation.
pub struct Operation {
    pub path: &'static str,
    verbs: &'static str,
    pub kind: Kind,
    pub door: Door,
}

const fn public(
    path: &'static str,
    verbs: &'static str,
    kind: Kind,
    act: fn(&World, &Call) -> Answer,
) -> Operation {
    Operation { path, verbs, kind, door: Door::Public(act) }
}

const fn own(
    path: &'static str,
    verbs: &'static str,
    kind: Kind,
    act: fn(&World, &mut Shop, &Call) -> Answer,
) -> Operation {
    Operation { path, verbs, kind, door: Door::Seller(act) }
}

const BOTH: &str = "GET POST";

/// All operations (spec 3–5).
pub static OPERATIONS: &[Operation] = &[
    public("/auth/token/create", BOTH, Kind::Token, public::token_create),
    public("/auth/token/createWithOpenId", BOTH, Kind::Token, public::token_create),
    public("/auth/token/refresh", BOTH, Kind::Token, public::token_refresh),
    public("/category/tree/get", "GET", Kind::Categories, category::tree),
    public("/category/attributes/get", "GET", Kind::Categories, attribute::attributes),
    public("/category/brands/query", BOTH, Kind::Categories, brand::brands),
    own("/product/category/suggestion/get", "GET", Kind::Categories, category::suggest),
    own("/seller/get", "GET", Kind::Survey, seller::get),
    own("/seller/warehouse/get", "GET", Kind::Survey, seller::warehouses),
    own("/rc/warehouse/get", BOTH, Kind::Survey, seller::warehouses),
    own("/rc/warehouse/detail/get", BOTH, Kind::Survey, seller::warehouse_details),
    own("/image/upload", "POST", Kind::Upload, media::upload),
    Operation { path: "/image/migrate", verbs: "POST", kind: Kind::Upload, door: Door::FetchOne },
    Operation { path: "/images/migrate", verbs: "POST", kind: Kind::Upload, door: Door::FetchMany },
    own("/image/response/get", "GET", Kind::Upload, media::response),
    own("/images/set", "POST", Kind::Revise, update::set_images),
    own("/product/create", "POST", Kind::Create, create::create),
    own("/product/update", "POST", Kind::Revise, update::update),
    own("/product/price_quantity/update", "POST", Kind::Price, offer::price_quantity),
    own("/product/stock/sellable/update", "POST", Kind::Stock, offer::sellable),
    own("/product/stock/sellable/adjust", "POST", Kind::Stock, offer::adjust),
    own("/product/remove", "POST", Kind::Delete, retire::remove),
    own("/product/sku/remove", "POST", Kind::Delete, retire::remove_skus),
    own("/product/deactivate", "POST", Kind::OnSale, retire::deactivate),
    own("/products/get", "GET", Kind::List, read::products),
    own("/product/item/get", "GET", Kind::Read, read::item),
    own("/product/qc/alert/list", "GET", Kind::Other, read::qc_alerts),
    own("/product/seller/item/limit", "GET", Kind::Other, read::item_limit),
    own("/orders/get", "GET", Kind::Orders, order_read::list),
    own("/order/get", "GET", Kind::Order, order_read::one),
    own("/order/items/get", "GET", Kind::Order, order_read::items),
    own("/orders/items/get", "GET", Kind::Order, order_read::many_items),
    own("/order/shipment/providers/get", BOTH, Kind::Action, fulfil::providers),
    own("/order/fulfill/pack", "POST", Kind::Action, fulfil::pack),
    own("/order/package/document/get", BOTH, Kind::Action, document::label),
    own("/order/package/rts", "POST", Kind::Action, fulfil::ready),
    own("/order/package/repack", BOTH, Kind::Action, fulfil::repack),
    own("/order/package/sof/delivered", "POST", Kind::Action, fulfil::own_delivered),
    own("/order/package/sof/failed_delivery", "POST", Kind::Action, fulfil::own_failed),
    own("/order/digital/delivered", "POST", Kind::Action, fulfil::digital),
    own("/order/invoice_number/set", "POST", Kind::Action, fulfil::invoice_number),
    own("/order/document/get", "GET", Kind::Action, document::old_document),
    own("/logistic/order/trace", BOTH, Kind::Order, fulfil::trace),
    own("/order/reverse/cancel/validate", "GET", Kind::Action, cancel::validate),
    own("/order/reverse/cancel/create", "GET", Kind::Action, cancel::create),
    own("/order/reverse/cancel/seller/decide", "GET", Kind::Action, cancel::decide),
    own("/reverse/getreverseordersforseller", BOTH, Kind::Orders, returns::list),
    own("/order/reverse/return/detail/list", "GET", Kind::Order, returns::detail),
    own("/order/reverse/return/update", "GET", Kind::Action, returns::update),
    own("/order/reverse/onlyrefund/seller/decide", "GET", Kind::Action, returns::only_refund),
    own("/order/reverse/reason/list", "GET", Kind::Action, returns::reasons),
    own("/order/reverse/return/history/list", "GET", Kind::Order, returns::history),
    own("/finance/transaction/details/get", "GET", Kind::Other, finance::details),
    own("/finance/payout/status/get", "GET", Kind::Other, finance::payouts),
];

/// The signed path: what follows `/rest`, if that is there (spec 1.1).
pub fn signed_path(path: &str) -> &str {
    path.strip_prefix("/rest").filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// The operation of a path.
pub fn find(path: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.path == path)
}

/// Everything before the token: returns the app's key.
pub fn check_call(
    world: &World,
    operation: &Operation,
    method: &str,
    call: &Call,
    clocks_ms: &[i64],
) -> Result<String, Refusal> {
    if !operation.verbs.split(' ').any(|verb| verb == method) {
        return Err(Refusal::isv(
            "UnsupportedHTTPMethod",
            format!("The HTTP method {method} is not supported by this API"),
        ));
    }
    for name in SYSTEM {
        call.need(name)?;
    }
    let key = call.need("app_key")?;
    let app = world.apps(|apps| apps.iter().find(|app| app.key == key && !app.is_dead).cloned());
    let Some(app) = app else {
        return Err(Refusal::isv("InvalidAppKey", "The specified App Key is invalid"));
    };
    check_time(call.need("timestamp")?, clocks_ms)?;
    if call.need("sign_method")? != "sha256" {
        return Err(Refusal::invalid("sign_method"));
    }
    if !is_signed(world, operation.path, &app, call) {
        return Err(Refusal::isv(
            "IncompleteSignature",
            "The request signature does not conform to lazop standards",
        ));
    }
    let limit = world.rule(|rules| rules.app_per_day);
    let is_within = world.change_apps(|apps| {
        apps.iter_mut().find(|known| known.key == app.key).map(|app| app.count(limit, call.now_ms))
    });
    if is_within == Some(false) {
        return Err(app_limit());
    }
    Ok(app.key)
}

/// Milliseconds since 1970, or a UTC time in ISO form; at most two hours off (spec 1.3).
fn check_time(words: &str, clocks_ms: &[i64]) -> Result<(), Refusal> {
    let at = words.parse().ok().or_else(|| time::read_iso(words).filter(|_| words.ends_with('Z')));
    let is_near = |at: i64| clocks_ms.iter().any(|now| now.abs_diff(at) <= SKEW_MS.unsigned_abs());
    if at.is_some_and(is_near) {
        return Ok(());
    }
    Err(Refusal::isv("IllegalTimestamp", "The specified timestamp is expired or in the future"))
}

/// Any secret in force; empty parameters signed or left out (spec 2.1: the SDKs differ).
fn is_signed(world: &World, path: &str, app: &App, call: &Call) -> bool {
    let Some(claimed) = call.arg("sign") else { return false };
    let is_lenient = world.rule(|rules| rules.lenient_sign);
    let pairs = || call.params.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let has_empty = call.params.values().any(String::is_empty);
    app.secrets.iter().filter(|secret| secret.until_ms.is_none_or(|until| until > call.now_ms)).any(
        |secret| {
            agrees(&secret.signer.sign(path, pairs()), claimed, is_lenient)
                || (has_empty
                    && agrees(
                        &secret.signer.sign(path, pairs().filter(|(_, text)| !text.is_empty())),
                        claimed,
                        is_lenient,
                    ))
        },
    )
}

/// The seller that the access token speaks for.
pub fn check_token(world: &World, call: &Call) -> Result<u64, Refusal> {
    let token = call.need("access_token")?;
    match lock(&world.auth).check(&call.app, token, call.now_ms) {
        Ok(seller) => Ok(seller),
        Err(Unusable::Illegal) => Err(Refusal::illegal_token()),
        Err(Unusable::Revoked) => Err(revoked(world)),
    }
}

/// A shop that took its consent back; the documents name no code of its own.
pub fn revoked(world: &World) -> Refusal {
    if world.rule(|rules| rules.revoked_is_illegal_token) {
        return Refusal::illegal_token();
    }
    Refusal::isv("InsufficientPermission", "The seller has not authorized this app")
}

/// The app's calls of the day are used up.
pub fn app_limit() -> Refusal {
    Refusal::isv("AppCallLimit", "App access frequency exceeds the limit")
}

/// What stands between a good token and the operation: an inactive shop, a ban, a switched-off path.
pub fn check_shop(world: &World, shop: &mut Shop, path: &str, call: &Call) -> Result<(), Refusal> {
    if shop.banned_until_ms > call.now_ms {
        return Err(Refusal::api_limit((shop.banned_until_ms - call.now_ms + 999) / 1000));
    }
    let off_until = lock(&world.switched_off).get(path).copied();
    if off_until.is_some_and(|until| until > call.now_ms) {
        return Err(Refusal::isp(
            "998",
            "E998: The API is disabled during the campaign, see the announcement",
        ));
    }
    if !shop.is_active && path != "/seller/get" {
        return Err(Refusal::isp("SellerNotActive", "SellerNotActive: the seller is not active"));
    }
    order_move::settle(world, shop, call.now_ms);
    Ok(())
}

/// Faults that only this channel knows, in the platform's words. `None`: played elsewhere.
pub fn own_fault(name: &str) -> Option<Refusal> {
    Some(match name {
        "seller_limit" => Refusal::isv("SellerCallLimit", "Seller access frequency exceeds the limit"),
        "app_limit" => app_limit(),
        "limit_901" => Refusal::isp("901", "E901: The API is limited, please retry in the next second"),
        "timeout_before" => service_timeout(),
        "error_6" => Refusal::isp("6", "E006: Unexpected internal error"),
        "error_506" => Refusal::isp("506", "E506: Get product failed"),
        "error_513" => Refusal::isp("513", "E513: Internal call exception"),
        "error_1000" => Refusal::isp("1000", "E1000: Internal Application Error"),
        "wrong_sign" => {
            Refusal::isv("IncompleteSignature", "The request signature does not conform to lazop standards")
        }
        "ip_blocked" => Refusal::isv("AppWhiteIpLimit", "The request IP is not in the app's white list"),
        "invalid_token" => {
            Refusal::isv("InvalidAccessToken", "The specified access token is invalid or expired")
        }
        "edit_conflict" => {
            let mut wrong = super::complaints::Complaints::default();
            wrong.add("ItemId", "4147", "The product is being edited by somebody else, try again later");
            wrong.refuse("501", "Update product failed")
        }
        "seller_inactive" => Refusal::isp("SellerNotActive", "SellerNotActive: the seller is not active"),
        _ => return None,
    })
}

/// A backend took too long; nobody knows whether it was done.
pub fn service_timeout() -> Refusal {
    Refusal::isp("ServiceTimeout", "The service is timeout")
}

/// The words of [`own_fault`], and those that need more than a refusal.
pub static OWN_FAULTS: &[&str] = &[
    "seller_limit",
    "app_limit",
    "limit_901",
    "timeout_before",
    "timeout_after",
    "error_6",
    "error_506",
    "error_513",
    "error_1000",
    "wrong_sign",
    "ip_blocked",
    "invalid_token",
    "edit_conflict",
    "seller_inactive",
    "api_ban",
    "switched_off",
    "bad_gateway",
    "detail_under_zero",
    "stray_failure",
    "as_documented",
    "no_data",
    "extra_fields",
];
