//! Pushes: hints to look, never truth (spec §6).

use crate::call::Line;
use crate::lenient::Text;
use crate::sign;
use crate::wire::LostPushes;
use ganh_contract::{
    Cursor, Delivery, Hint, HintBatch, RemoteListingId, RemoteOrderId, RemoteShopId, Result, Secret, Verdict,
};
use ganh_http::Safety;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The codes that we subscribe to (§6.3): consent, orders, parcels, stock and price locks, bans, penalties, returns.
pub(crate) const CODES: &[u32] = &[1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 22, 28, 29, 30, 47];

/// Verifies a push and names what to look at. A forged one and an unreadable one are told apart: what is signed but strange hints nothing.
pub(crate) fn verify(key: &Secret, configured: Option<&str>, delivery: &Delivery<'_>) -> Verdict {
    let url = configured.unwrap_or(delivery.url);
    let signature = delivery
        .headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .map_or("", |(_, text)| text.as_str());
    if !sign::is_push_genuine(key, url, delivery.body, signature) {
        return Verdict::Forged;
    }
    let Ok(push) = serde_json::from_slice::<Value>(delivery.body) else { return Verdict::Hints(Vec::new()) };
    if push.get("code").and_then(Value::as_i64) == Some(0) {
        // The set-up probe wants what every push wants: 2xx and no body (§6.1–6.2).
        return Verdict::Greeting(String::new());
    }
    Verdict::Hints(hints(&push))
}

/// Confirms the batch before, then takes the earliest waiting ones: at most 100 of the last three days (§6.1).
pub(crate) async fn pull(line: &Line, ack: Option<&Cursor>) -> Result<HintBatch> {
    if let Some(ack) = ack.filter(|ack| !ack.as_str().is_empty()) {
        let last = ack.as_str().parse::<u64>().map_or_else(|_| json!(ack.as_str()), |number| json!(number));
        let path = "/api/v2/push/confirm_consumed_lost_push_message";
        line.post("confirm_lost_push", path, Safety::Set, json!({ "last_message_id": last })).await?;
    }
    let reply = line.get("get_lost_push_message", "/api/v2/push/get_lost_push_message", Vec::new()).await?;
    let lost: LostPushes = reply.response()?;
    let has_messages = !lost.push_message_list.0.is_empty();
    Ok(HintBatch {
        hints: lost.push_message_list.0.iter().flat_map(lost_hints).collect(),
        ack: Cursor::new(if has_messages { lost.last_message_id.0 } else { String::new() }),
        more: lost.has_next_page.0 && has_messages,
    })
}

/// `data` is documented as the text of the whole push; the sample shows the object (§6.1).
fn lost_hints(message: &Value) -> Vec<(RemoteShopId, Hint)> {
    let data = match message.get("data") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(data) => data.clone(),
        None => Value::Null,
    };
    if data.get("code").is_some() {
        return hints(&data);
    }
    let mut push = message.clone();
    push["data"] = data;
    hints(&push)
}

/// What a push wants looked at.
fn hints(push: &Value) -> Vec<(RemoteShopId, Hint)> {
    let data = push.get("data").unwrap_or(&Value::Null);
    let about = |hints: Vec<Hint>| {
        let shops = shops(push, data);
        shops.iter().flat_map(|shop| hints.iter().map(|hint| (shop.clone(), hint.clone()))).collect()
    };
    match number(push, "code") {
        // Consent given; a penalty may hide or lock anything.
        Some(1 | 28) => about(vec![Hint::Sweep]),
        Some(2) => about(vec![Hint::AccessEnded]),
        // Pushes say `ordersn`; 29 and 47 `order_sn` (§6.3).
        Some(3 | 4 | 15 | 29 | 30 | 47) => about(order(data).into_iter().collect()),
        Some(7 | 9 | 16 | 22) => about(listing(data).into_iter().collect()),
        // Reserved stock changed because of an order: look at both.
        Some(8) => about(listing(data).into_iter().chain(order(data)).collect()),
        Some(12) => ends(data),
        _ => Vec::new(),
    }
}

fn order(data: &Value) -> Option<Hint> {
    let id = text(data, "ordersn").or_else(|| text(data, "order_sn"))?;
    Some(Hint::Order(RemoteOrderId::new(id)))
}

fn listing(data: &Value) -> Option<Hint> {
    text(data, "item_id").map(|id| Hint::Listing(RemoteListingId::new(id)))
}

/// The shop stands at the root, in the data, under another spelling, or in a list (§6.3).
fn shops(push: &Value, data: &Value) -> Vec<RemoteShopId> {
    let single = [(push, "shop_id"), (data, "shop_id"), (data, "shopid")]
        .into_iter()
        .find_map(|(place, key)| text(place, key).filter(|id| id != "0"));
    match single {
        Some(id) => vec![RemoteShopId::new(id)],
        None => listed(data, "shop_id_list"),
    }
}

/// About a week before the end (§3.3, §6.3 code 12).
fn ends(data: &Value) -> Vec<(RemoteShopId, Hint)> {
    let at = number(data, "expire_before").and_then(|seconds| Timestamp::from_second(seconds).ok());
    let hint = at.map_or(Hint::Sweep, Hint::AccessEnds);
    listed(data, "shop_expire_soon").into_iter().map(|shop| (shop, hint.clone())).collect()
}

/// Ids in a list, bare or as objects with a `shop_id`.
fn listed(data: &Value, key: &str) -> Vec<RemoteShopId> {
    let rows = data.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .filter_map(|row| if row.is_object() { text(row, "shop_id") } else { as_text(row) })
        .map(RemoteShopId::new)
        .collect()
}

fn text(place: &Value, key: &str) -> Option<String> {
    as_text(place.get(key)?)
}

fn as_text(value: &Value) -> Option<String> {
    serde_json::from_value::<Text>(value.clone()).ok()?.filled().map(str::to_owned)
}

fn number(place: &Value, key: &str) -> Option<i64> {
    text(place, key)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(push: Value) -> Vec<(String, Hint)> {
        hints(&push).into_iter().map(|(shop, hint)| (shop.as_str().to_owned(), hint)).collect()
    }

    #[test]
    fn orders_returns_and_parcels_point_to_the_order() {
        let order = Hint::Order(RemoteOrderId::new("26X"));

        assert_eq!(
            seen(json!({"code":3,"shop_id":9,"data":{"ordersn":"26X"}})),
            [("9".into(), order.clone())]
        );
        assert_eq!(
            seen(json!({"code":29,"shop_id":"9","data":{"order_sn":"26X"}})),
            [("9".into(), order.clone())]
        );
        assert_eq!(seen(json!({"code":"47","shop_id":9,"data":{"order_sn":"26X"}})), [("9".into(), order)]);
    }

    #[test]
    fn promotions_bans_and_prices_point_to_the_listing() {
        let listing = Hint::Listing(RemoteListingId::new("23456789012"));
        let data = json!({"item_id":23_456_789_012_i64});

        for code in [7, 9, 16, 22] {
            assert_eq!(seen(json!({"code":code,"shop_id":9,"data":data})), [("9".into(), listing.clone())]);
        }
    }

    #[test]
    fn the_end_of_consent_is_told_for_each_shop() {
        let ended = seen(json!({"code":2,"data":{"shop_id_list":[1,2],"authorize_type":"expiry"}}));
        let ends = seen(json!({"code":12,"data":{"shop_expire_soon":[7],"expire_before":1_767_225_600}}));

        assert_eq!(ended, [("1".into(), Hint::AccessEnded), ("2".into(), Hint::AccessEnded)]);
        let at = Timestamp::from_second(1_767_225_600).expect("in range");
        assert_eq!(ends, [("7".into(), Hint::AccessEnds(at))]);
    }

    #[test]
    fn a_lost_push_is_read_in_both_shapes() {
        let as_text =
            json!({"shop_id":9,"code":3,"data":"{\"code\":3,\"shop_id\":9,\"data\":{\"ordersn\":\"26X\"}}"});
        let as_data = json!({"shop_id":9,"code":3,"data":{"ordersn":"26X"}});

        assert_eq!(lost_hints(&as_text), lost_hints(&as_data));
        assert_eq!(lost_hints(&as_text).len(), 1);
    }

    #[test]
    fn a_push_is_verified_at_its_configured_address_and_a_probe_is_greeted() {
        let key = Secret::new("7a4b1c9d2e8f60315476a9b8c7d6e5f4031221304f5e6d7c8b9aafbecddcebfa");
        let body = include_bytes!("../tests/wire/push_verification.json").trim_ascii_end();
        let signed = [(
            "authorization".to_owned(),
            "5207b1cea151c1f857d7215ebb25da50b83ea7bb574c25270e15a07d0dbd630c".to_owned(),
        )];
        let delivery = |url, headers| Delivery { url, headers, body, secret: None, shop: None };

        let at_home = delivery("https://ganh.example.vn/hook/shopee", &signed);
        let behind_a_proxy = delivery("http://10.0.0.1/hook/shopee", &signed);

        assert_eq!(verify(&key, None, &at_home), Verdict::Greeting(String::new()));
        assert_eq!(verify(&key, None, &behind_a_proxy), Verdict::Forged);
        assert_eq!(
            verify(&key, Some("https://ganh.example.vn/hook/shopee"), &behind_a_proxy),
            Verdict::Greeting(String::new())
        );
        assert_eq!(
            verify(&key, None, &delivery("https://ganh.example.vn/hook/shopee", &[])),
            Verdict::Forged
        );
    }
}
