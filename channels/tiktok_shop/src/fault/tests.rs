use super::*;
use ganh_contract::{Actor, Again, Applied, Thing};

const NOON: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z, 07:00 in Vietnam

fn fault(call: &'static str, code: u64, message: &str) -> Fault {
    let at = Timestamp::from_second(NOON).expect("in range");
    let said = Said { code, message: message.into(), request_id: Some("r1".into()) };
    match judge::<()>(call, &said, None, at) {
        Read::Fault(fault) | Read::SignAgain(fault) => fault,
        Read::Value(()) => panic!("no fault"),
    }
}

fn kind(code: u64, message: &str) -> FaultKind {
    *fault("x", code, message).kind
}

fn field(code: u64) -> String {
    match kind(code, "their words") {
        FaultKind::Refused(complaints) => complaints[0].field.clone().unwrap_or_default(),
        other => panic!("{code}: {other:?}"),
    }
}

const fn locked(reach: Reach) -> FaultKind {
    FaultKind::Locked { reach, until: None, least: None }
}

#[test]
fn one_code_of_the_gateway_means_many_things() {
    assert_eq!(
        kind(36_009_004, "Invalid credentials. The app_key is invalid"),
        FaultKind::Revoked { reach: Reach::App }
    );
    assert_eq!(kind(36_009_004, "The access token is invalid"), SHOP);
    assert_eq!(kind(36_009_004, "Unexpected identifier: shop_cipher"), FaultKind::Unsupported);
    assert_eq!(kind(36_009_004, "Invalid identifier"), SHOP);
    let FaultKind::Refused(complaints) =
        kind(36_009_004, "MainImages is a required field and has not been provided.")
    else {
        panic!("refused")
    };
    assert_eq!(complaints[0].field.as_deref(), Some("pictures"));
}

#[test]
fn a_stale_timestamp_is_signed_again_and_a_wrong_signature_is_not() {
    let at = Timestamp::from_second(NOON).expect("in range");
    let said = |code, message: &str| Said { code, message: message.into(), request_id: None };

    let stale = judge::<()>("x", &said(36_009_004, "Invalid timestamp: more than 5 minutes early"), None, at);
    let wrong = judge::<()>("x", &said(106_001, "Invalid sign"), None, at);

    assert!(
        matches!(stale, Read::SignAgain(fault) if *fault.kind == FaultKind::Revoked { reach: Reach::Address })
    );
    assert!(matches!(wrong, Read::Fault(fault) if *fault.kind == FaultKind::Revoked { reach: Reach::App }));
}

#[test]
fn tokens_end_shops_stop_and_scopes_are_missing() {
    assert_eq!(kind(105_002, "expired"), FaultKind::Expired);
    assert_eq!(kind(105_001, "expired"), FaultKind::Expired);
    assert_eq!(kind(106_013, "cipher missing"), SHOP);
    assert_eq!(kind(12_052_700, "seller inactive"), SHOP);
    assert_eq!(kind(105_005, "scope"), FaultKind::Revoked { reach: Reach::Call });
    assert_eq!(kind(36_009_033, "IP"), FaultKind::Revoked { reach: Reach::Address });
    assert_eq!(*fault(crate::token::REFRESH, 36_004_001, "expired").kind, SHOP);
    assert!(matches!(*fault(crate::token::GET, 36_004_004, "used").kind, FaultKind::Refused(_)));
}

#[test]
fn throttles_pass_by_and_the_listing_limit_waits_until_tomorrow() {
    let call = |after| FaultKind::Throttled { after, reach: Reach::Call };
    let until_midnight = Duration::from_secs(17 * 3_600);

    assert_eq!(kind(36_009_002, "too many requests"), call(None));
    assert_eq!(kind(12_052_109, "too many merchant requests"), call(Some(Duration::from_secs(120))));
    assert_eq!(kind(12_052_093, "listing limit"), call(Some(until_midnight)));
}

#[test]
fn troubles_leave_it_open_whether_it_was_done() {
    for code in [36_009_003, 36_009_007, 12_052_881, 10_037_003, 21_042_076, 25_001_058] {
        assert_eq!(fault("x", code, "").applied(), Applied::Unknown, "{code}");
    }
}

#[test]
fn what_a_promotion_or_a_status_holds_is_locked() {
    assert_eq!(kind(12_052_393, ""), locked(Reach::Offer));
    assert_eq!(kind(12_019_045, ""), locked(Reach::Listing));
    assert_eq!(kind(12_052_038, ""), locked(Reach::Listing));
    assert_eq!(kind(12_052_901, ""), locked(Reach::Listing));
    assert_eq!(kind(12_052_703, ""), locked(Reach::Shop));
    assert_eq!(fault("x", 12_052_393, "").again(), Again::AtTime);
}

#[test]
fn what_is_gone_is_missing_and_a_lost_place_starts_again() {
    assert_eq!(kind(12_052_031, ""), FaultKind::Missing(Thing::Listing));
    assert_eq!(kind(12_052_048, ""), FaultKind::Missing(Thing::Listing));
    assert_eq!(kind(12_052_556, ""), FaultKind::Missing(Thing::Offer));
    assert_eq!(kind(12_052_097, ""), FaultKind::Missing(Thing::Place));
    assert_eq!(kind(12_019_028, ""), FaultKind::Missing(Thing::Place));
    assert_eq!(kind(12_052_722, ""), FaultKind::Missing(Thing::Picture));
    assert_eq!(kind(21_011_028, ""), FaultKind::Missing(Thing::Order));
    assert_eq!(kind(12_019_108, ""), CONFLICT);
    assert_eq!(kind(12_052_180, ""), CONFLICT);
}

#[test]
fn orders_in_another_state_are_conflicts_and_shipped_already_is_known() {
    assert!(is_done(21_011_006) && !is_done(21_011_041));
    assert_eq!(kind(21_011_006, ""), CONFLICT);
    assert_eq!(kind(21_011_041, ""), CONFLICT);
    assert_eq!(kind(25_001_003, ""), CONFLICT);
    assert!(is_label_late(21_023_022));
}

#[test]
fn a_refusal_names_our_field() {
    let fields = [
        (12_052_051, "title"),
        (12_052_345, "description"),
        (12_052_217, "category"),
        (12_052_201, "brand"),
        (12_052_244, "attributes"),
        (12_052_304, "pictures"),
        (12_038_004, "pictures"),
        (12_052_571, "price"),
        (12_052_055, "stock"),
        (12_052_054, "sku"),
        (12_052_560, "options"),
        (12_052_592, "gtin"),
        (12_052_004, "parcel"),
        (12_052_535, "shop"),
        (21_011_025, "tracking"),
        (25_001_014, "reason"),
    ];

    for (code, name) in fields {
        assert_eq!(field(code), name, "{code}");
    }
}

#[test]
fn a_refusal_says_what_to_do_in_both_languages_and_keeps_their_words() {
    let FaultKind::Refused(complaints) = kind(12_052_051, "title too long") else { panic!("refused") };
    let said = &complaints[0].said;

    assert!(
        said.contains("ký tự") && said.contains("characters") && said.contains("title too long"),
        "{said}"
    );
}

#[test]
fn an_unknown_code_parks_its_job_with_code_and_request_id() {
    let fault = fault("x", 99_999_999, "something new");

    assert_eq!((fault.code.as_deref(), fault.said.as_deref()), (Some("99999999"), Some("something new")));
    assert_eq!((fault.request_id.as_deref(), fault.actor()), (Some("r1"), Actor::Producer));
}

#[test]
fn a_row_may_spell_its_code_as_a_text() {
    let row = serde_json::json!({ "code": "12052097", "message": "warehouse not found" });
    let at = Timestamp::from_second(NOON).expect("in range");

    assert_eq!(*of_row("x", &row, None, at).kind, FaultKind::Missing(Thing::Place));
}
