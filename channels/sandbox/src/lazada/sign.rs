//! Signatures of calls and pushes, checked and made as spec 2 and 6.1 describe (documentation of 2025-12).
//!
//! Written without a look at any client: a misreading has to be made twice to hide.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// An app secret, prepared once so that a check costs few blocks of SHA-256.
#[derive(Clone)]
pub struct Signer {
    keyed: Hmac<Sha256>,
}

impl Signer {
    /// Takes the secret as the text it is displayed as.
    pub fn new(secret: &str) -> Self {
        let keyed = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        Self { keyed }
    }

    /// Signs a call: the path without host and `/rest`, then name and raw text of every parameter in byte order of
    /// the names (spec 2.1). `sign` itself is left out. 64 upper-case hexadecimal characters.
    pub fn sign<'a>(&self, path: &str, sorted: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut mac = self.keyed.clone();
        mac.update(path.as_bytes());
        for (name, text) in sorted {
            if name != "sign" {
                mac.update(name.as_bytes());
                mac.update(text.as_bytes());
            }
        }
        hex::encode_upper(mac.finalize().into_bytes())
    }

    /// Signs a push: app key and raw body, 64 lower-case hexadecimal characters (spec 6.1).
    pub fn sign_push(&self, app_key: &str, body: &[u8]) -> String {
        let mut mac = self.keyed.clone();
        mac.update(app_key.as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }
}

/// Compares two signatures in constant time; a lenient gateway takes lower case too (spec 2.1, unverified).
pub fn agrees(wanted: &str, claimed: &str, is_lenient: bool) -> bool {
    let claimed = if is_lenient { claimed.to_ascii_uppercase() } else { claimed.to_owned() };
    subtle::ConstantTimeEq::ct_eq(wanted.as_bytes(), claimed.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const SECRET: &str = "gAnhSandb0xS3cret0123456789abcde";
    const TOKEN: &str = "50000100a01ganhSandboxTokenVN0000000001";
    const V4: &str = "<Request><Product><Skus><Sku><ItemId>3100000001</ItemId><SkuId>14100000001</SkuId><Price>149000</Price><Quantity>15</Quantity></Sku></Skus></Product></Request>";
    const V5: &str = r#"{"Request":{"Product":{"ItemId":"3100000001","Attributes":{"name":"Nước mắm Phú Quốc 40°N & ớt"},"Skus":{"Sku":[{"SkuId":"14100000001"}]}}}}"#;
    const V6: &str = r#"{"pack_order_list":[{"order_id":500000000000001,"order_item_list":[500000000100001,500000000100002]}],"delivery_type":"dropship","shipping_allocate_type":"TFS"}"#;

    fn sign(secret: &str, path: &str, params: &[(&str, &str)]) -> String {
        let sorted: BTreeMap<&str, &str> = params.iter().copied().collect();
        Signer::new(secret).sign(path, sorted)
    }

    fn signed_with_token(path: &str, own: &[(&str, &str)]) -> String {
        let mut params = vec![
            ("app_key", "900101"),
            ("timestamp", "1772442000000"),
            ("sign_method", "sha256"),
            ("access_token", TOKEN),
        ];
        params.extend_from_slice(own);
        sign(SECRET, path, &params)
    }

    #[test]
    fn v1_is_the_documentations_own_example() {
        let made = sign(
            "helloworld",
            "/order/get",
            &[
                ("app_key", "123456"),
                ("access_token", "test"),
                ("timestamp", "1517820392000"),
                ("sign_method", "sha256"),
                ("order_id", "1234"),
            ],
        );

        assert_eq!(made, "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A");
    }

    #[test]
    fn v2_names_are_in_byte_order() {
        let made =
            sign("1234", "/test/api", &[("foo", "1"), ("bar", "2"), ("foo_bar", "3"), ("foobar", "4")]);

        assert_eq!(made, "988085883BF9D32D251478D23122C7ECC91518CDF63BA22F792000A378F52409");
    }

    #[test]
    fn v3_texts_are_signed_as_they_are_not_as_they_travel() {
        let own = [
            ("update_after", "2026-03-02T00:00:00+07:00"),
            ("sort_by", "updated_at"),
            ("sort_direction", "ASC"),
            ("offset", "0"),
            ("limit", "100"),
        ];

        assert_eq!(
            signed_with_token("/orders/get", &own),
            "0C52F91EF3A8B90E6EE8B6BE3C54C6E4D3DDFEE09F0308F0BA11F4C7F785E310"
        );
    }

    #[test]
    fn v4_v5_and_v6_payloads_are_signed_whole() {
        assert_eq!(
            signed_with_token("/product/price_quantity/update", &[("payload", V4)]),
            "7BDD990A87039974329758EF7FA09408EB36E6373A040AAB8D6CAF48A8DA5AA8"
        );
        assert_eq!(
            signed_with_token("/product/update", &[("payload", V5)]),
            "DAF26F8DC97F6379E44C0891A0250D01AE786D46D6236AA267FD79D8B0525876"
        );
        assert_eq!(
            signed_with_token("/order/fulfill/pack", &[("packReq", V6)]),
            "E94818BD96B4B8AD9647EBAFF548F54A3EA2FBDFE40589036B2425D2A4E99135"
        );
    }

    #[test]
    fn v7_and_v8_differ_by_an_empty_parameter() {
        let plain = [
            ("app_key", "900101"),
            ("timestamp", "1772442000000"),
            ("sign_method", "sha256"),
            ("code", "0_900101_GanhAuthCode0001"),
        ];
        let mut with_empty = plain.to_vec();
        with_empty.push(("access_token", ""));

        assert_eq!(
            sign(SECRET, "/auth/token/create", &plain),
            "549E88AEC8C0A11287D55BBF361E4B01C83BDAA6DA2B9C7FF034A4768F962597"
        );
        assert_eq!(
            sign(SECRET, "/auth/token/create", &with_empty),
            "0EE12615369A50BE94650B7B4ED2B453C97EF6A51DBEC310C53DE661978C8AB4"
        );
    }

    #[test]
    fn p1_and_p2_pushes_are_signed_over_key_and_bytes() {
        let p1 = br#"{"seller_id":"200100000001","message_type":0,"data":{"order_status":"pending","trade_order_id":"500000000000001","trade_order_line_id":"500000000100001","status_update_time":1772441990},"timestamp":1772442000,"site":"lazada_vn"}"#;
        let p2 = br#"{"data":{"buyer_id":"800001","order_status":"pending","status_update_time":1772441990,"trade_order_id":"500000000000001","trade_order_line_id":"500000000100001"},"message_type":0,"seller_id":"200100000001","site":"lazada_vn","timestamp":1772442000000}"#;
        let signer = Signer::new(SECRET);

        assert_eq!(
            signer.sign_push("900101", p1),
            "1e682a32c4e1ade5347cbe73e41876b6ac7bbbd197f43fd25941eeec26ae8e31"
        );
        assert_eq!(
            signer.sign_push("900101", p2),
            "7c06cd382bffddd9c55d28df7c97fe98ece74f1b9ecaf10ba7881618122fe4c1"
        );
    }

    #[test]
    fn lower_case_agrees_only_with_a_lenient_gateway() {
        assert!(agrees("AB", "AB", false) && agrees("AB", "ab", true));
        assert!(!agrees("AB", "ab", false) && !agrees("AB", "AC", true));
    }
}
