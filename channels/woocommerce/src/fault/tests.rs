use super::*;
use ganh_contract::Applied;
use jiff::Timestamp;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Answer {
        status,
        headers: headers.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
        sent_at: Timestamp::UNIX_EPOCH,
        answered_at: Timestamp::UNIX_EPOCH,
    }
}

fn kind_of(status: u16, code: &str) -> FaultKind {
    let body = format!(r#"{{"code":"{code}","message":"m","data":{{"status":{status}}}}}"#);
    *of_answer("call", &answer(status, &[], &body)).kind
}

fn name_of(status: u16, code: &str) -> &'static str {
    kind_of(status, code).name()
}

#[test]
fn the_table_of_codes() {
    assert_eq!(name_of(400, "rest_invalid_json"), "unsupported");
    assert_eq!(name_of(400, "rest_invalid_param"), "refused");
    assert_eq!(name_of(400, "rest_missing_callback_param"), "refused");
    assert_eq!(name_of(400, "product_invalid_sku"), "conflict");
    assert_eq!(name_of(400, "woocommerce_rest_product_not_created"), "refused");
    assert_eq!(name_of(400, "product_invalid_global_unique_id"), "refused");
    assert_eq!(kind_of(400, "woocommerce_rest_product_invalid_id"), FaultKind::Missing(Thing::Listing));
    assert_eq!(kind_of(404, "woocommerce_rest_product_invalid_id"), FaultKind::Missing(Thing::Listing));
    assert_eq!(
        kind_of(404, "woocommerce_rest_product_variation_invalid_id"),
        FaultKind::Missing(Thing::Offer)
    );
    assert_eq!(kind_of(404, "woocommerce_rest_shop_order_invalid_id"), FaultKind::Missing(Thing::Order));
    assert_eq!(name_of(400, "woocommerce_product_image_upload_error"), "refused");
    assert_eq!(kind_of(400, "woocommerce_product_invalid_image_id"), FaultKind::Missing(Thing::Picture));
    assert_eq!(name_of(404, "rest_no_route"), "unsupported");
    assert_eq!(name_of(410, "woocommerce_rest_already_trashed"), "conflict");
    assert_eq!(name_of(413, "woocommerce_rest_request_entity_too_large"), "refused");
    assert_eq!(name_of(500, "internal_server_error"), "down");
    assert_eq!(name_of(501, "woocommerce_rest_trash_not_supported"), "unsupported");
    assert_eq!(name_of(429, "too_many"), "throttled");
}

#[test]
fn every_failed_login_stops_the_shop() {
    let stopped = FaultKind::Revoked { reach: Reach::Shop };

    assert_eq!(kind_of(401, "woocommerce_rest_cannot_view"), stopped);
    assert_eq!(kind_of(401, "invalid_username"), stopped);
    assert_eq!(kind_of(401, "woocommerce_rest_authentication_error"), stopped);
    assert_eq!(kind_of(401, "incorrect_password"), stopped);
    assert_eq!(kind_of(403, "woocommerce_rest_cannot_create"), stopped);
}

#[test]
fn a_refund_refused_with_500_and_a_bare_number_is_not_a_server_fault() {
    let body = r#"{"code":"woocommerce_rest_cannot_create_order_refund","message":"Invalid refund amount","data":500}"#;

    assert_eq!(of_answer("call", &answer(500, &[], body)).kind.name(), "refused");
}

#[test]
fn pages_are_told_apart_by_status() {
    let page = |status| of_answer("call", &answer(status, &[], "<html>x</html>")).kind.name();

    assert_eq!(page(200), "down");
    assert_eq!(page(301), "revoked");
    assert_eq!(page(403), "throttled");
    assert_eq!(page(404), "revoked");
    assert_eq!(page(413), "refused");
    assert_eq!(page(500), "down");
    assert_eq!(page(503), "down");
    assert_eq!(page(504), "down");
    assert_eq!(page(524), "down");
}

#[test]
fn a_gateway_timeout_leaves_the_outcome_unknown() {
    assert_eq!(of_answer("call", &answer(504, &[], "<html>504</html>")).applied(), Applied::Unknown);
}

#[test]
fn retry_after_is_kept() {
    let fault = of_answer("call", &answer(429, &[("retry-after", "17")], "slow down"));

    assert_eq!(
        *fault.kind,
        FaultKind::Throttled { after: Some(Duration::from_secs(17)), reach: Reach::Shop }
    );
}

#[test]
fn a_taken_sku_names_its_holder() {
    let body = r#"{"code":"product_invalid_sku","message":"SKU đã có.","data":{"status":400,"resource_id":77,"unique_sku":"A-1-1"}}"#;

    let fault = of_answer("call", &answer(400, &[], body));

    assert_eq!(*fault.kind, FaultKind::Conflict { holder: Some(RemoteListingId::new("77")) });
}

#[test]
fn each_named_field_is_a_complaint_in_our_words() {
    let body = include_str!("../../tests/wire/invalid_param.json");

    let fault = of_answer("call", &answer(400, &[], body));

    let FaultKind::Refused(complaints) = *fault.kind else { panic!("refused") };
    assert_eq!(complaints.len(), 1);
    assert_eq!(complaints[0].field.as_deref(), Some("stock"));
    assert_eq!(complaints[0].said, "stock_quantity is not of type integer.");
}

#[test]
fn html_in_a_message_is_dropped() {
    assert_eq!(plain("<strong>Error:</strong> Unknown username"), "Error: Unknown username");
}

#[test]
fn a_row_with_a_wrong_parent_is_missing_and_does_not_revoke_the_shop() {
    let entry: Envelope = serde_json::from_str(
        r#"{"code":"woocommerce_rest_cannot_edit","message":"Sorry","data":{"status":403}}"#,
    )
    .unwrap();

    assert_eq!(*of_entry("call", &entry).kind, FaultKind::Missing(Thing::Offer));
}
