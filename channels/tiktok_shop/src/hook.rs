//! Webhooks: hints to look, never truth (spec §11).

use crate::lenient::Text;
use crate::sign;
use ganh_contract::{Delivery, Hint, RemoteListingId, RemoteOrderId, RemoteShopId, Secret, Verdict};
use jiff::Timestamp;
use serde_json::Value;

/// Verifies a webhook and names what to look at. What is signed but strange hints nothing, and is answered like any other (§11.3).
pub(crate) fn verify(secret: &Secret, app_key: &str, delivery: &Delivery<'_>) -> Verdict {
    let signature = delivery.headers.iter().find(|(name, _)| name == "authorization");
    let signature = signature.map_or("", |(_, text)| text.as_str());
    if !sign::is_hook_genuine(secret, app_key, delivery.body, signature) {
        return Verdict::Forged;
    }
    let push: Value = serde_json::from_slice(delivery.body).unwrap_or(Value::Null);
    Verdict::Hints(hints(&push))
}

fn hints(push: &Value) -> Vec<(RemoteShopId, Hint)> {
    let Some(shop) = text(push, "shop_id") else { return Vec::new() };
    let data = push.get("data").unwrap_or(&Value::Null);
    let order = || text(data, "order_id").map(|id| Hint::Order(RemoteOrderId::new(id)));
    let listing = || text(data, "product_id").map(|id| Hint::Listing(RemoteListingId::new(id)));
    let found: Vec<Hint> = match number(push, "type") {
        Some(1..=3 | 11 | 12) => order().into_iter().collect(),
        Some(4) => packages(data),
        // Stock and SKU statuses may name only the SKU: then the next sweep finds them.
        Some(5 | 15 | 16 | 18 | 27 | 37 | 50 | 71) => listing().into_iter().collect(),
        Some(6) => vec![Hint::AccessEnded],
        Some(7) => vec![ends(data)],
        _ => Vec::new(),
    };
    found.into_iter().map(|hint| (RemoteShopId::new(shop.as_str()), hint)).collect()
}

/// Orders of parcels that were split or joined.
fn packages(data: &Value) -> Vec<Hint> {
    let mut orders: Vec<Hint> = Vec::new();
    let parcels = data.get("package_list").and_then(Value::as_array).into_iter().flatten();
    for id in parcels.filter_map(|parcel| parcel.get("order_id_list")?.as_array()).flatten() {
        let hint = as_text(id).map(|id| Hint::Order(RemoteOrderId::new(id)));
        orders.extend(hint.filter(|hint| !orders.contains(hint)));
    }
    orders
}

/// Told daily from 30 days before (§3.5).
fn ends(data: &Value) -> Hint {
    let at = number(data, "expiration_time").and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or(Hint::Sweep, Hint::AccessEnds)
}

fn text(place: &Value, key: &str) -> Option<String> {
    as_text(place.get(key)?)
}

/// Ids come as texts, in some types as numbers (§0, §11.3).
fn as_text(value: &Value) -> Option<String> {
    serde_json::from_value::<Text>(value.clone()).ok()?.filled().map(str::to_owned)
}

fn number(place: &Value, key: &str) -> Option<i64> {
    text(place, key)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(push: Value) -> Vec<Hint> {
        hints(&push).into_iter().map(|(_, hint)| hint).collect()
    }

    #[test]
    fn orders_cancellations_returns_and_parcels_point_to_the_order() {
        let order = Hint::Order(RemoteOrderId::new("576"));

        for code in [1, 3, 11, 12] {
            assert_eq!(
                seen(json!({"type":code,"shop_id":"7","data":{"order_id":"576"}})),
                std::slice::from_ref(&order)
            );
        }
        let parcels =
            json!([{"package_id":"1","order_id_list":["576"]},{"package_id":"2","order_id_list":["576"]}]);
        assert_eq!(seen(json!({"type":4,"shop_id":"7","data":{"package_list":parcels}})), [order]);
    }

    #[test]
    fn a_product_is_named_by_a_number_or_a_text() {
        let listing = Hint::Listing(RemoteListingId::new("1729400000000000100"));
        let number = json!({"type":5,"shop_id":"7","data":{"product_id":1_729_400_000_000_000_100_u64}});
        let text = json!({"type":15,"shop_id":7,"data":{"product_id":"1729400000000000100"}});

        assert_eq!(seen(number), std::slice::from_ref(&listing));
        assert_eq!(seen(text), [listing]);
    }

    #[test]
    fn the_end_of_consent_is_told() {
        let at = Timestamp::from_second(1_796_356_800).expect("in range");

        assert_eq!(seen(json!({"type":6,"shop_id":"7","data":{"message":"x"}})), [Hint::AccessEnded]);
        assert_eq!(
            seen(json!({"type":7,"shop_id":"7","data":{"expiration_time":"1796356800"}})),
            [Hint::AccessEnds(at)]
        );
    }

    #[test]
    fn unknown_types_are_taken_and_hint_nothing() {
        assert!(seen(json!({"type":64,"shop_id":"7","data":{}})).is_empty());
        assert!(seen(json!({"type":1,"data":{"order_id":"576"}})).is_empty());
    }

    #[test]
    fn only_the_signed_bytes_are_believed() {
        let secret = Secret::new("0f3c9a7be1d2456c8fa1b09d7e6c5a43210fedcb");
        let body = include_bytes!("../tests/wire/hook_order.json").trim_ascii_end();
        let headers = [(
            "authorization".to_owned(),
            "f9f19b01a0f538fe19207188693844e9b71759d6fefa3c0711e340caeb2ca80f".to_owned(),
        )];
        let delivery = |headers, body| Delivery { url: "https://x", headers, body, secret: None, shop: None };

        let genuine = verify(&secret, "6ganhdemo01", &delivery(&headers, body));

        let shop = RemoteShopId::new("7495000000000000777");
        let order = Hint::Order(RemoteOrderId::new("576460001234567890"));
        assert_eq!(genuine, Verdict::Hints(vec![(shop, order)]));
        assert_eq!(verify(&secret, "6ganhdemo01", &delivery(&[], body)), Verdict::Forged);
        assert_eq!(verify(&secret, "6ganhdemo01", &delivery(&headers, b"{}")), Verdict::Forged);
    }
}
