use super::*;

fn detail(status: &str, line: Value) -> OrderDetail {
    serde_json::from_value(json!({ "id": "576", "status": status, "line_items": [line] })).expect("an order")
}

fn staged(status: &str, line: Value) -> LineStage {
    let detail = detail(status, line);
    stage(&detail, &detail.line_items.0[0])
}

#[test]
fn each_status_has_its_stage_and_an_unknown_one_keeps_its_word() {
    let of = |status: &str| staged(status, json!({ "id": "1" }));

    assert_eq!(of("UNPAID"), LineStage::Unpaid);
    assert_eq!(of("ON_HOLD"), LineStage::Pending);
    assert_eq!(of("AWAITING_SHIPMENT"), LineStage::Ready);
    assert_eq!(of("AWAITING_COLLECTION"), LineStage::Packed);
    assert_eq!(of("IN_TRANSIT"), LineStage::Shipped);
    assert_eq!(of("DELIVERED"), LineStage::Delivered);
    assert_eq!(of("COMPLETED"), LineStage::Completed);
    assert_eq!(of("CANCELLED"), LineStage::Cancelled);
    assert_eq!(of("SOMETHING_NEW"), LineStage::Unknown("SOMETHING_NEW".into()));
}

#[test]
fn a_line_may_stand_elsewhere_than_its_order() {
    let cancelled = json!({ "id": "1", "display_status": "CANCELLED" });
    let parcel = json!({ "id": "1", "display_status": "PARTIALLY_SHIPPING", "package_status": "PROCESSING" });

    assert_eq!(staged("AWAITING_SHIPMENT", cancelled), LineStage::Cancelled);
    assert_eq!(staged("PARTIALLY_SHIPPING", parcel), LineStage::Packed);
}

#[test]
fn what_was_cancelled_after_it_had_left_is_not_on_the_shelf() {
    assert_eq!(staged("CANCELLED", json!({ "id": "1", "package_status": "FULFILLING" })), LineStage::Failed);
    assert_eq!(
        staged("CANCELLED", json!({ "id": "1", "package_status": "CANCELLED" })),
        LineStage::Cancelled
    );
}

#[test]
fn a_buyers_wish_to_cancel_stops_the_parcel() {
    let wish = |status: &str| {
        let mut detail = detail(status, json!({ "id": "1", "display_status": status }));
        detail.is_buyer_request_cancel = crate::lenient::Flag(true);
        stage(&detail, &detail.line_items.0[0])
    };

    assert_eq!(wish("AWAITING_SHIPMENT"), LineStage::Cancelling);
    assert_eq!(wish("AWAITING_COLLECTION"), LineStage::Cancelling);
    assert_eq!(wish("IN_TRANSIT"), LineStage::Shipped);
}

#[test]
fn a_walk_goes_on_from_the_last_change_it_saw() {
    let walk = Walk { since: 100, token: String::new() };
    let cursor = |next: Next| match next {
        Next::More(cursor) => serde_json::from_str::<Walk>(cursor.as_str()).expect("a walk"),
        Next::End | Next::TooMany => panic!("more"),
    };

    let moved = cursor(walk.next(&[Some(101), Some(103)], Some("t")));
    let crowded = cursor(walk.next(&[Some(100), Some(100)], Some("t")));
    let unsorted = cursor(walk.next(&[Some(103), Some(101)], Some("t")));

    assert_eq!((moved.since, moved.token.as_str()), (103, ""));
    assert_eq!((crowded.since, crowded.token.as_str()), (100, "t"));
    assert_eq!((unsorted.since, unsorted.token.as_str()), (100, "t"));
    assert_eq!(walk.next(&[Some(101)], None), Next::End);
}
