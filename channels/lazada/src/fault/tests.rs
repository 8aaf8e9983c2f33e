//! The table of codes, and what one answer says in its four places.

use super::*;
use serde_json::json;

fn kind(body: Value) -> FaultKind {
    let said = Said::of(&body).expect("a complaint");
    match judge("test", &said) {
        Read::Fault(fault) | Read::SignAgain(fault) => *fault.kind,
        Read::Value(()) => panic!("a complaint is no value"),
    }
}

fn of(code: &str, message: &str) -> FaultKind {
    kind(json!({ "type": "ISP", "code": code, "message": message, "request_id": "r" }))
}

#[test]
fn each_name_of_the_gateway_has_its_kind() {
    let table = [
        ("IllegalAccessToken", FaultKind::Expired),
        ("InvalidAccessToken", FaultKind::Expired),
        ("IllegalRefreshToken", SHOP),
        ("AUTH_TYPE_UNSUPPORTED", SHOP),
        ("InvalidAppKey", APP),
        ("IncompleteSignature", APP),
        ("IllegalTimestamp", HERE),
        ("AppWhiteIpLimit", HERE),
        ("InsufficientPermission", THIS_CALL),
        ("Mp3SellerApiLimit", THIS_CALL),
        ("SellerNotActive", SHOP),
        ("SellerNotVerified", SHOP),
        ("MissingParameter", FaultKind::Unsupported),
        ("UnsupportedHTTPMethod", FaultKind::Unsupported),
        ("InvalidApiPath", FaultKind::Unsupported),
        ("SellerCallLimit", throttled(Duration::from_secs(2), Reach::Shop)),
        ("AppCallLimit", throttled(LONG, Reach::App)),
        ("901", throttled(Duration::from_secs(1), Reach::Call)),
        ("998", throttled(LONG, Reach::Call)),
        ("ServiceTimeout", FaultKind::Down),
        ("ServiceUnavailable", FaultKind::Down),
        ("6", FaultKind::Down),
        ("513", FaultKind::Down),
        ("1000", FaultKind::Down),
        ("506", FaultKind::Down),
        ("EDIT_ITEM_NOT_BELONG_SELLER", FaultKind::Missing(Thing::Listing)),
    ];

    for (code, expected) in table {
        assert_eq!(of(code, ""), expected, "{code}");
    }
}

#[test]
fn a_ban_lasts_as_long_as_the_message_says() {
    let message = "Api access frequency exceeds the limit. this ban will last 7 seconds";

    assert_eq!(of("ApiCallLimit", message), throttled(Duration::from_secs(7), Reach::Call));
    assert_eq!(of("ApiCallLimit", ""), throttled(Duration::from_secs(1), Reach::Call));
}

#[test]
fn each_number_has_its_kind() {
    let table = [
        ("16", FaultKind::Missing(Thing::Order)),
        ("14", CONFLICT),
        ("207", FaultKind::Missing(Thing::Offer)),
        ("208", FaultKind::Missing(Thing::Listing)),
        ("4137", FaultKind::Missing(Thing::Listing)),
        ("4136", FaultKind::Missing(Thing::Offer)),
        ("4138", FaultKind::Missing(Thing::Picture)),
        ("4105", CONFLICT),
        ("4126", CONFLICT),
        ("4147", throttled(Duration::from_secs(3), Reach::Listing)),
        ("4171", FaultKind::Unsupported),
        ("4216", FaultKind::Unsupported),
        ("4155", FaultKind::Locked { reach: Reach::Listing, until: None, least: None }),
        ("4170", FaultKind::Locked { reach: Reach::Offer, until: None, least: None }),
        ("700026", CONFLICT),
    ];

    for (code, expected) in table {
        assert_eq!(of(code, ""), expected, "{code}");
    }
}

#[test]
fn a_campaigns_end_and_floor_are_read_from_its_words() {
    let said = "E4170: from 2026-03-01 00:00:00 to 2026-03-03 23:59:59 stock may be raised only, at least 10";

    let until = crate::moment::parse("2026-03-03 23:59:59");
    assert!(until.is_some());
    assert_eq!(of("501", said), FaultKind::Locked { reach: Reach::Offer, until, least: Some(10) });
}

#[test]
fn the_cause_behind_an_overview_counts() {
    let body: Value = serde_json::from_str(include_str!("../../tests/wire/fault_detail.json")).expect("JSON");

    assert_eq!(kind(body), FaultKind::Locked { reach: Reach::Offer, until: None, least: None });
    assert_eq!(
        of("501", "E501: THD_IC_ERR_F_IC_ABILITY_PG_003 locked"),
        FaultKind::Locked { reach: Reach::Listing, until: None, least: None }
    );
}

#[test]
fn a_detail_beside_code_zero_is_a_complaint() {
    let body = json!({ "code": "0", "data": {},
        "detail": [{ "field": "ItemId", "message": "ITEM_NOT_FOUND", "code": "E0501" }] });

    assert_eq!(kind(body), FaultKind::Missing(Thing::Listing));
    assert!(Said::of(&json!({ "code": "0", "data": {}, "detail": [] })).is_none());
}

#[test]
fn success_false_in_a_result_is_a_complaint() {
    let body: Value = serde_json::from_str(include_str!("../../tests/wire/fault_result.json")).expect("JSON");

    assert_eq!(kind(body), FaultKind::Missing(Thing::Order));
    // `/rc/*` has an object there (§3.6).
    assert!(Said::of(&json!({ "code": "0", "result": { "success": {} } })).is_none());
}

#[test]
fn all_complaints_of_a_refused_product_are_told_at_once_with_field_and_mend() {
    let body = json!({ "type": "ISP", "code": "500", "message": "E500: Create product failed", "detail": [
        { "field": "name", "message": "title too long", "code": "4160" },
        { "field": "Hazmat", "message": "E4110: mandatory attribute missing" },
        { "field": "package_weight", "message": "over 40 kg", "code": "4164", "seller_sku": "A" },
    ] });

    let FaultKind::Refused(complaints) = kind(body) else { panic!("refused") };
    let fields: Vec<&str> = complaints.iter().filter_map(|one| one.field.as_deref()).collect();
    assert_eq!(fields, ["title", "Hazmat", "parcel"]);
    assert!(complaints[0].said.contains("255 byte") && complaints[0].said.contains("shorten it"));
    assert!(complaints[0].said.contains("title too long"), "their words stay");
}

#[test]
fn unknown_codes_pass_by_only_where_they_say_so() {
    assert_eq!(of("77777", "system busy, try again"), FaultKind::Down);
    assert_eq!(
        of("Strange", "access frequency too high"),
        FaultKind::Throttled { after: None, reach: Reach::Call }
    );
    assert_eq!(kind(json!({ "type": "SYSTEM", "code": "Strange", "message": "" })), FaultKind::Down);
    assert!(matches!(of("Strange", "no"), FaultKind::Refused(_)));
    // A limit of content is no throttle.
    assert!(matches!(of("4160", "title exceeds the limit"), FaultKind::Refused(_)));
}

#[test]
fn the_clock_and_the_signature_are_worth_a_second_try() {
    let said = |code: &str| Said::of(&json!({ "code": code, "message": "" })).expect("a complaint");

    assert!(matches!(judge("test", &said("IllegalTimestamp")), Read::SignAgain(_)));
    assert!(matches!(judge("test", &said("IncompleteSignature")), Read::SignAgain(_)));
    assert!(matches!(judge("test", &said("IllegalAccessToken")), Read::Fault(_)));
}
