use super::*;
use jiff::Timestamp;

fn reply() -> Reply {
    Reply { call: "test", body: Value::Null, said: None, sent_at: Timestamp::UNIX_EPOCH }
}

fn lines(text: &str, place: &str) -> Vec<LineResult> {
    let body: Value = serde_json::from_str(text).expect("JSON");
    serde_json::from_value(body.pointer(place).expect("lines").clone()).expect("lines")
}

fn unit(status: &str, package: &str) -> OrderItem {
    serde_json::from_value(json!({ "order_item_id": "1", "status": status, "package_id": package }))
        .expect("a unit")
}

#[test]
fn success_of_the_whole_is_not_success_of_each_line() {
    let packed = lines(
        include_str!("../../tests/wire/order_fulfill_pack.json"),
        "/result/data/pack_order_list/0/order_item_list",
    );
    let ready = lines(include_str!("../../tests/wire/order_package_rts.json"), "/result/data/packages");

    assert_eq!(
        *all_good(&reply(), &packed, 2).expect_err("700026").kind,
        FaultKind::Conflict { holder: None }
    );
    assert!(all_good(&reply(), &ready, 1).is_ok());
    assert_eq!(*all_good(&reply(), &ready, 2).expect_err("one is not named").kind, FaultKind::Interrupted);
}

#[test]
fn packages_are_named_once_and_only_those_that_are_wanted() {
    let units = [unit("packed", "FP1"), unit("packed", "FP1"), unit("pending", ""), unit("shipped", "FP2")];
    let units: Vec<&OrderItem> = units.iter().collect();

    assert_eq!(packages(&units, is_to_hand_over), ["FP1"]);
    assert_eq!(packages(&units, is_labelled), ["FP1"]);
}

#[test]
fn what_may_be_done_follows_from_the_status() {
    assert!(is_to_pack(&unit("pending", "")) && is_to_pack(&unit("repacked", "")));
    assert!(!is_to_pack(&unit("unpaid", "")) && !is_to_pack(&unit("packed", "FP1")));
    assert!(is_cancellable(&unit("ready_to_ship", "FP1")) && !is_cancellable(&unit("shipped", "FP1")));
    assert!(is_on_its_way(&unit("delivered", "FP1")) && !is_on_its_way(&unit("canceled", "")));
}
