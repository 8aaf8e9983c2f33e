use super::*;

const NOON: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z, 08:00 in UTC+8

fn said(error: &str, message: &str) -> Said {
    Said { error: error.into(), message: message.into(), request_id: Some("r1".into()) }
}

fn kind(error: &str, message: &str) -> FaultKind {
    let at = Timestamp::from_second(NOON).expect("in range");
    match judge("x", &said(error, message), at) {
        Read::Fault(fault) | Read::SignAgain(fault) => *fault.kind,
        Read::Value(()) => panic!("no fault"),
    }
}

fn field(error: &str, message: &str) -> Option<String> {
    match kind(error, message) {
        FaultKind::Refused(complaints) => complaints[0].field.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_expired_token_is_known_by_all_its_names() {
    assert_eq!(
        kind("invalid_acceess_token", "Invalid access_token, please have a check."),
        FaultKind::Expired
    );
    assert_eq!(kind("error_auth", "Invalid access_token."), FaultKind::Expired);
    assert_eq!(kind("common.error_auth", "Invalid access_token."), FaultKind::Expired);
}

#[test]
fn a_dead_app_and_a_lost_shop_are_told_apart() {
    assert_eq!(kind("error_sign", "Wrong sign."), APP);
    assert_eq!(kind("error_partner_key_expired", ""), APP);
    assert_eq!(kind("api_suspended", ""), APP);
    assert_eq!(kind("source_ip_undeclared", ""), HERE);
    assert_eq!(kind("error_auth", "No permission to current api"), THIS_CALL);
    assert_eq!(kind("shop_no_linked", ""), SHOP);
    assert_eq!(kind("shop_banned", ""), SHOP);
    assert_eq!(kind("error_auth", "Invalid refresh_token."), SHOP);
    assert_eq!(kind("shop_access_expired", ""), SHOP);
}

#[test]
fn the_module_decides_what_error_limit_means() {
    let until_midnight = Duration::from_secs(16 * 3600);
    assert_eq!(
        kind("error_limit", ""),
        FaultKind::Throttled { after: Some(until_midnight), reach: Reach::App }
    );
    assert!(matches!(kind("order.error_limit", "Can not cancel this order"), FaultKind::Refused(_)));
}

#[test]
fn a_stale_timestamp_is_signed_again() {
    let at = Timestamp::from_second(NOON).expect("in range");
    assert!(matches!(judge("x", &said("error_param", "Timestamp is expired."), at), Read::SignAgain(_)));
    assert!(matches!(judge("x", &said("error_sign", "Wrong sign."), at), Read::Fault(_)));
}

#[test]
fn throttles_and_troubles_pass_by() {
    assert_eq!(
        kind("error_rate_limit", "Too many requests"),
        FaultKind::Throttled { after: None, reach: Reach::Shop }
    );
    assert_eq!(kind("product.error_server", "System error. Please try again later."), FaultKind::Down);
    assert_eq!(kind("error_inner", "Our system is taking some time to respond"), FaultKind::Down);
    assert_eq!(kind("product.error_inner", "Invalid stock location ID"), FaultKind::Missing(Thing::Place));
    assert!(matches!(kind("product.error_inner", "Update item failed , x"), FaultKind::Refused(_)));
    assert_eq!(kind("product.error_busi_add_item_failed", ""), FaultKind::Down);
    assert!(matches!(
        kind("logistics.error_too_many_invoke_function", ""),
        FaultKind::Throttled { reach: Reach::Call, .. }
    ));
}

#[test]
fn blanks_and_typos_of_the_wire_are_known() {
    assert_eq!(kind(" logistics.package_already_shipped", ""), CONFLICT);
    assert!(matches!(kind("product.error_incalid_brand", "x"), FaultKind::Refused(_)));
    assert_eq!(kind("product.error_in_item_promotion_unlsit_lock", ""), locked(Reach::Listing));
    assert_eq!(field("product.error_price_exceed_max_limitt", "too dear"), Some("price".into()));
    assert_eq!(field("product.error attribute", "x"), Some("attributes".into()));
}

#[test]
fn campaigns_penalties_and_holidays_lock() {
    assert_eq!(kind("product.error_cannt_edit_price_in_promotion", ""), locked(Reach::Listing));
    assert_eq!(kind("product.error_promotion_cantnot_update_stock", ""), locked(Reach::Listing));
    assert_eq!(kind("product.error_seller_under_penalty", ""), locked(Reach::Shop));
    assert_eq!(kind("product.error_holiday_mode_change_stock", ""), locked(Reach::Shop));
    assert_eq!(
        kind("error_auth", "Please wait for the holiday mode set then to edit item."),
        locked(Reach::Shop)
    );
}

#[test]
fn a_refusal_names_our_field() {
    assert_eq!(field("product.error_title_exceeds_max_length", "…"), Some("title".into()));
    assert_eq!(field("product.error_desc_length_min_limit", "…"), Some("description".into()));
    assert_eq!(field("product.error_less_required_attribute", "…"), Some("attributes".into()));
    assert_eq!(field("product.error_invalid_category", "…"), Some("category".into()));
    assert_eq!(field("product.error_param", "Stock should be within 0-10000000"), Some("stock".into()));
    assert_eq!(
        field("error_param", "Wrong parameters, detail: order_sn is a required field."),
        Some("order_sn".into())
    );
    assert_eq!(field("error_auth", "Invalid code"), Some("code".into()));
}

#[test]
fn what_is_gone_is_missing() {
    assert_eq!(kind("product.error_item_not_found", ""), FaultKind::Missing(Thing::Listing));
    assert_eq!(kind("error_param", "Image not exist."), FaultKind::Missing(Thing::Picture));
    assert_eq!(kind("product.error_param", "Wrong model_id."), FaultKind::Missing(Thing::Offer));
    assert_eq!(
        kind("error_not_found", "Wrong parameters, detail: the order is not found."),
        FaultKind::Missing(Thing::Order)
    );
    assert_eq!(kind("error_auth", "Lack of location_id"), FaultKind::Missing(Thing::Place));
}

#[test]
fn a_reserved_stock_names_its_floor() {
    assert_eq!(
        *reason("x", "Stock should be larger than 125 (reserve stock number)").kind,
        FaultKind::Locked { reach: Reach::Offer, until: None, least: Some(125) }
    );
    assert_eq!(*reason("x", "Total stock must be more than reserved stock.").kind, locked(Reach::Offer));
    assert_eq!(*reason("x", "Can't unlist item when item is under promotion").kind, locked(Reach::Listing));
    assert!(matches!(*reason("x", "Price too odd").kind, FaultKind::Refused(_)));
}

#[test]
fn the_request_id_and_their_words_are_kept() {
    let at = Timestamp::from_second(NOON).expect("in range");
    let Read::Fault(fault) = judge("x", &said("product.error_param", "no"), at) else { panic!("no fault") };

    assert_eq!((fault.code.as_deref(), fault.said.as_deref()), (Some("product.error_param"), Some("no")));
    assert_eq!(fault.request_id.as_deref(), Some("r1"));
}
