use super::*;
use ganh_contract::RemoteOfferId;

fn reply() -> Reply {
    Reply { call: "test", body: Value::Null, said: None, sent_at: Timestamp::UNIX_EPOCH }
}

fn sample() -> Value {
    let body: Value =
        serde_json::from_str(include_str!("../../tests/wire/order_items_get.json")).expect("JSON");
    body["data"][0].clone()
}

fn item(status: &str) -> OrderItem {
    let mut row = sample();
    row["status"] = json!(status);
    serde_json::from_value(row).expect("a unit")
}

fn read(rows: &[Value], parts: &[Value]) -> Reading<Order> {
    let named = || OrderHead::named(RemoteOrderId::new("500000000000001"));
    let mut heads: Vec<OrderHead> =
        parts.iter().map(|part| Head { seen: Seen::Part(part.to_string()), ..named() }).collect();
    heads.push(named());
    reading(&reply(), &heads, &heads[0], &json!(rows))
}

#[test]
fn each_unit_is_a_line_with_the_ids_it_was_linked_by() {
    let mut second = sample();
    second["order_item_id"] = json!("500000000100002");
    second["status"] = json!("canceled");

    let order = read(&[sample(), second], &[]).value.expect("an order");

    assert_eq!(order.lines.len(), 2);
    let first = &order.lines[0];
    assert_eq!((first.id.as_str(), first.units, first.unit_price), ("500000000100001", 1, Vnd(98_000)));
    assert_eq!(
        first.offer.as_ref().map(|offer| offer.offer.clone()),
        Some(RemoteOfferId::new("14100000001"))
    );
    assert_eq!((order.lines[1].cancelled, order.lines[1].stage.clone()), (1, LineStage::Cancelled));
    assert_eq!(order.total, Vnd(100_500), "paid and shipping of what is left");
    assert_eq!(order.placed_at, "2026-03-02T02:15:20Z".parse().expect("a time"));
    assert_eq!(order.act_by, "2026-03-03T16:59:59Z".parse().ok());
}

#[test]
fn each_status_has_its_stage_and_an_unknown_one_keeps_its_word() {
    let table = [
        ("unpaid", LineStage::Unpaid),
        ("pending", LineStage::Ready),
        ("repacked", LineStage::Ready),
        ("packed", LineStage::Packed),
        ("ready_to_ship_pending", LineStage::Packed),
        ("ready_to_ship", LineStage::Packed),
        ("shipped", LineStage::Shipped),
        ("delivered", LineStage::Delivered),
        ("confirmed", LineStage::Completed),
        ("failed_delivery", LineStage::Failed),
        ("shipped_back_success", LineStage::Failed),
        ("lost_by_3pl", LineStage::Failed),
        ("canceled", LineStage::Cancelled),
        ("returned", LineStage::Returned),
        ("teleported", LineStage::Unknown("teleported".into())),
    ];

    for (word, expected) in table {
        assert_eq!(stage(&item(word)), expected, "{word}");
    }
}

#[test]
fn a_wish_to_cancel_stands_beside_the_status() {
    let mut asked = item("pending");
    asked.need_cancel_confirm = serde_json::from_value(json!("true")).expect("a flag");
    let mut late = item("shipped");
    late.is_cancel_pending = serde_json::from_value(json!(true)).expect("a flag");

    assert_eq!((stage(&asked), stage(&late)), (LineStage::Cancelling, LineStage::Shipped));
}

#[test]
fn goods_of_lazadas_warehouses_are_marked() {
    let mut fulfilled = item("pending");
    fulfilled.is_fbl = serde_json::from_value(json!("1")).expect("a flag");
    let mut choice = item("pending");
    choice.biz_group = serde_json::from_value(json!(70_020)).expect("a number");

    assert!(is_theirs(&fulfilled) && is_theirs(&choice) && !is_theirs(&item("pending")));
}

#[test]
fn what_lists_told_stands_in_the_raw_answer_and_dates_the_change() {
    let header = json!({ "order": { "order_id": 500_000_000_000_001_i64, "updated_at": "2026-03-02 10:00:00 +0700" } });

    let reading = read(&[sample()], &[header]);

    assert!(reading.raw.contains("10:00:00") && reading.raw.contains("NM-PQ-500"));
    assert_eq!(reading.value.expect("an order").changed_at, "2026-03-02T03:00:00Z".parse().expect("a time"));
}

#[test]
fn a_delivered_unit_that_came_back_is_returned_once() {
    let told = |status: &str| {
        json!({ "return": { "trade_order_id": "500000000000001", "request_type": "RETURN",
            "reverse_order_lines": [{ "trade_order_line_id": "500000000100001", "reverse_status": status }] } })
    };
    let mut row = sample();
    row["status"] = json!("delivered");
    let line =
        |parts: &[Value]| read(std::slice::from_ref(&row), parts).value.expect("an order").lines.remove(0);

    let (open, back) =
        (line(&[told("REQUEST_INITIATE")]), line(&[told("RTM_RECEIVE_ITEM"), told("RTM_RECEIVE_ITEM")]));

    assert_eq!((open.stage, open.returned), (LineStage::Returning, 0));
    assert_eq!((back.stage, back.returned), (LineStage::Returned, 1));
}

#[test]
fn an_unreadable_unit_spoils_its_order_only_and_keeps_its_raw_answer() {
    let mut row = sample();
    row["item_price"] = json!({ "amount": 1 });

    let reading = read(&[row], &[]);

    assert!(!reading.raw.is_empty());
    assert_eq!(*reading.value.expect_err("unreadable").kind, FaultKind::Unintelligible);
}

#[test]
fn a_walk_goes_on_at_the_last_second_and_inside_a_full_second_by_offset() {
    let cursor = |walk: Walk| Next::More(Cursor::new(serde_json::to_string(&walk).expect("JSON")));
    let at = |second: i64| Timestamp::from_second(second).ok();
    let start = Walk { from_s: 100, offset: 0 };

    assert_eq!(start.after(100, at(150), 4_500), cursor(Walk { from_s: 150, offset: 0 }));
    assert_eq!(start.after(100, at(100), 4_500), cursor(Walk { from_s: 100, offset: 90 }));
    assert_eq!(Walk { from_s: 100, offset: 4_450 }.after(100, at(100), 4_500), Next::TooMany);
}
