//! Signatures out and in (spec §2, §6.1): HMAC-SHA256 with the app's secret as the text it is shown as.

use ganh_contract::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Everything that is sent but `sign` and files, under its name: raw values, sorted by bytes.
pub(crate) type Signed = BTreeMap<String, String>;

/// Signs a call: the path behind `/rest`, then each name and value, in upper-case hex (§2.1).
pub(crate) fn call(secret: &Secret, path: &str, params: &Signed) -> String {
    let mut mac = keyed(secret);
    mac.update(path.as_bytes());
    for (name, value) in params {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    hex::encode_upper(mac.finalize().into_bytes())
}

/// Whether a push was signed with this secret: message is the app key and the body as received, in hex of either case (§6.1).
/// Compares in constant time.
pub(crate) fn is_push_genuine(secret: &Secret, app_key: &str, body: &[u8], signature: &str) -> bool {
    let mut mac = keyed(secret);
    mac.update(app_key.as_bytes());
    mac.update(body);
    let expected = hex::encode(mac.finalize().into_bytes());
    expected.as_bytes().ct_eq(signature.trim().to_ascii_lowercase().as_bytes()).into()
}

fn keyed(secret: &Secret) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::new("gAnhSandb0xS3cret0123456789abcde")
    }

    fn signed(pairs: &[(&str, &str)]) -> Signed {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// The inputs that vectors 3 to 8 share, without the token.
    fn system(own: &[(&str, &str)]) -> Signed {
        let mut all =
            signed(&[("app_key", "900101"), ("timestamp", "1772442000000"), ("sign_method", "sha256")]);
        all.extend(signed(own));
        all
    }

    fn seller(own: &[(&str, &str)]) -> Signed {
        let mut all = system(own);
        all.extend(signed(&[("access_token", "50000100a01ganhSandboxTokenVN0000000001")]));
        all
    }

    #[test]
    fn the_official_example_is_signed_as_in_vector_1() {
        let params = signed(&[
            ("app_key", "123456"),
            ("access_token", "test"),
            ("timestamp", "1517820392000"),
            ("sign_method", "sha256"),
            ("order_id", "1234"),
        ]);

        assert_eq!(
            call(&Secret::new("helloworld"), "/order/get", &params),
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"
        );
    }

    #[test]
    fn names_are_sorted_by_bytes_as_in_vector_2() {
        let params = signed(&[("foo", "1"), ("bar", "2"), ("foo_bar", "3"), ("foobar", "4")]);

        assert_eq!(
            call(&Secret::new("1234"), "/test/api", &params),
            "988085883BF9D32D251478D23122C7ECC91518CDF63BA22F792000A378F52409"
        );
    }

    #[test]
    fn a_read_is_signed_raw_as_in_vector_3() {
        let params = seller(&[
            ("update_after", "2026-03-02T00:00:00+07:00"),
            ("sort_by", "updated_at"),
            ("sort_direction", "ASC"),
            ("offset", "0"),
            ("limit", "100"),
        ]);

        assert_eq!(
            call(&secret(), "/orders/get", &params),
            "0C52F91EF3A8B90E6EE8B6BE3C54C6E4D3DDFEE09F0308F0BA11F4C7F785E310"
        );
    }

    #[test]
    fn payloads_are_signed_as_the_text_they_are_as_in_vectors_4_to_6() {
        let xml = "<Request><Product><Skus><Sku><ItemId>3100000001</ItemId><SkuId>14100000001</SkuId><Price>149000</Price>\
                   <Quantity>15</Quantity></Sku></Skus></Product></Request>";
        let json = r#"{"Request":{"Product":{"ItemId":"3100000001","Attributes":{"name":"Nước mắm Phú Quốc 40°N & ớt"},"Skus":{"Sku":[{"SkuId":"14100000001"}]}}}}"#;
        let pack = r#"{"pack_order_list":[{"order_id":500000000000001,"order_item_list":[500000000100001,500000000100002]}],"delivery_type":"dropship","shipping_allocate_type":"TFS"}"#;

        assert_eq!(
            call(&secret(), "/product/price_quantity/update", &seller(&[("payload", xml)])),
            "7BDD990A87039974329758EF7FA09408EB36E6373A040AAB8D6CAF48A8DA5AA8"
        );
        assert_eq!(
            call(&secret(), "/product/update", &seller(&[("payload", json)])),
            "DAF26F8DC97F6379E44C0891A0250D01AE786D46D6236AA267FD79D8B0525876"
        );
        assert_eq!(
            call(&secret(), "/order/fulfill/pack", &seller(&[("packReq", pack)])),
            "E94818BD96B4B8AD9647EBAFF548F54A3EA2FBDFE40589036B2425D2A4E99135"
        );
    }

    #[test]
    fn token_calls_are_signed_as_in_vectors_7_and_8() {
        let code = ("code", "0_900101_GanhAuthCode0001");

        assert_eq!(
            call(&secret(), "/auth/token/create", &system(&[code])),
            "549E88AEC8C0A11287D55BBF361E4B01C83BDAA6DA2B9C7FF034A4768F962597"
        );
        assert_eq!(
            call(&secret(), "/auth/token/create", &system(&[code, ("access_token", "")])),
            "0EE12615369A50BE94650B7B4ED2B453C97EF6A51DBEC310C53DE661978C8AB4"
        );
    }

    #[test]
    fn pushes_are_verified_as_in_vectors_p1_and_p2() {
        let first = include_bytes!("../tests/wire/push_order.json").trim_ascii_end();
        let second = include_bytes!("../tests/wire/push_order_ms.json").trim_ascii_end();
        let is_genuine = |body, signature| is_push_genuine(&secret(), "900101", body, signature);

        assert!(is_genuine(first, "1e682a32c4e1ade5347cbe73e41876b6ac7bbbd197f43fd25941eeec26ae8e31"));
        assert!(is_genuine(second, "7C06CD382BFFDDD9C55D28DF7C97FE98ECE74F1B9ECAF10BA7881618122FE4C1"));
        assert!(!is_genuine(second, "1e682a32c4e1ade5347cbe73e41876b6ac7bbbd197f43fd25941eeec26ae8e31"));
        assert!(!is_genuine(first, ""));
    }
}
