//! Pushes: hints to look, never truth (spec §6).

use crate::Settings;
use crate::lenient::Text;
use crate::moment::Moment;
use crate::sign;
use crate::wire::Push;
use ganh_contract::{Delivery, Hint, RemoteListingId, RemoteOrderId, RemoteShopId, Verdict};
use serde_json::Value;

/// Verifies a push by its bytes and names what to look at. What is signed but strange hints nothing; the console's probe is such a one (§6.3).
pub(crate) fn verify(settings: &Settings, delivery: &Delivery<'_>) -> Verdict {
    let header = delivery.headers.iter().find(|(name, _)| name == "authorization");
    let signature = header.map_or("", |(_, text)| text.as_str());
    if !sign::is_push_genuine(&settings.app_secret, &settings.app_key, delivery.body, signature) {
        return Verdict::Forged;
    }
    match serde_json::from_slice::<Push>(delivery.body) {
        Ok(push) => Verdict::Hints(hints(&push, &settings.app_key)),
        Err(_) => Verdict::Hints(Vec::new()),
    }
}

/// What a push wants looked at (§6.3). Without a seller it is about the app as a whole and names no shop.
fn hints(push: &Push, app_key: &str) -> Vec<(RemoteShopId, Hint)> {
    let data = &push.data;
    let named = [push.seller_id.filled().map(str::to_owned), text(data, "seller_id")];
    let Some(shop) = named.into_iter().flatten().find(|id| id != "null" && id != app_key) else {
        return Vec::new();
    };
    let hint = match push.message_type.as_str().trim() {
        "0" | "10" | "14" => text(data, "trade_order_id").map(|id| Hint::Order(RemoteOrderId::new(id))),
        "1" => text(data, "itemId").or_else(|| text(data, "item_id")).map(listing),
        "3" | "4" | "5" => text(data, "item_id").map(listing),
        "8" => Some(ends(data)),
        "13" => Some(Hint::Sweep),
        _ => None,
    };
    hint.map(|hint| (RemoteShopId::new(shop), hint)).into_iter().collect()
}

fn listing(id: String) -> Hint {
    Hint::Listing(RemoteListingId::new(id))
}

fn ends(data: &Value) -> Hint {
    let at = serde_json::from_value::<Moment>(data["auth_expiry_time"].clone()).unwrap_or_default();
    at.0.map_or(Hint::Sweep, Hint::AccessEnds)
}

fn text(data: &Value, key: &str) -> Option<String> {
    serde_json::from_value::<Text>(data.get(key)?.clone()).ok()?.filled().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ganh_contract::Secret;
    use serde_json::json;

    fn settings() -> Settings {
        Settings {
            base_url: "https://api.lazada.vn/rest".parse().expect("a URL"),
            auth_url: "https://auth.lazada.com/rest".parse().expect("a URL"),
            app_key: "900101".into(),
            app_secret: Secret::new("gAnhSandb0xS3cret0123456789abcde"),
        }
    }

    fn judge(body: &[u8], signature: &str) -> Verdict {
        let headers = [("authorization".to_owned(), signature.to_owned())];
        let url = "https://ganh.example.vn/hook/lazada";
        verify(&settings(), &Delivery { url, headers: &headers, body, secret: None, shop: None })
    }

    fn seen(push: Value) -> Vec<(String, Hint)> {
        let push: Push = serde_json::from_value(push).expect("a push");
        hints(&push, "900101").into_iter().map(|(shop, hint)| (shop.as_str().to_owned(), hint)).collect()
    }

    #[test]
    fn a_push_is_verified_by_its_bytes_and_points_to_its_order() {
        let body = include_bytes!("../tests/wire/push_order.json").trim_ascii_end();
        let signature = "1e682a32c4e1ade5347cbe73e41876b6ac7bbbd197f43fd25941eeec26ae8e31";
        let hint = Hint::Order(RemoteOrderId::new("500000000000001"));

        let genuine = judge(body, signature);

        assert_eq!(genuine, Verdict::Hints(vec![(RemoteShopId::new("200100000001"), hint)]));
        assert_eq!(judge(&body[1..], signature), Verdict::Forged);
        assert_eq!(judge(body, ""), Verdict::Forged);
    }

    #[test]
    fn products_point_to_the_listing_and_the_end_of_consent_to_its_time() {
        let item = Hint::Listing(RemoteListingId::new("31"));

        assert_eq!(
            seen(json!({"seller_id":9,"message_type":1,"data":{"itemId":31,"status":"REJECTED"}})),
            [("9".into(), item.clone())]
        );
        assert_eq!(
            seen(json!({"seller_id":"9","message_type":"4","data":{"item_id":"31"}})),
            [("9".into(), item)]
        );
        let ends = seen(json!({"seller_id":"null","message_type":8,
            "data":{"app_key":"900101","auth_expiry_time":1_772_442_000,"seller_id":"9"}}));
        let at = jiff::Timestamp::from_second(1_772_442_000).expect("a time");
        assert_eq!(ends, [("9".into(), Hint::AccessEnds(at))]);
    }

    #[test]
    fn a_probe_and_a_push_about_the_app_do_no_harm() {
        let probe = json!({"seller_id":"9999","message_type":0,"timestamp":1,
            "data":{"order_status":"This is a test message","trade_order_id":"123456","trade_order_line_id":"12345"}});
        let tree = json!({"message_type":12,"data":{"status":"finish"},"site":"lazada_sg"});

        assert_eq!(seen(probe), [("9999".into(), Hint::Order(RemoteOrderId::new("123456")))]);
        assert_eq!(seen(tree), []);
        assert_eq!(seen(json!({"seller_id":"9","message_type":99,"data":null})), []);
    }
}
