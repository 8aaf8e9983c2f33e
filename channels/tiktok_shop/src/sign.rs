//! Signatures out and in (spec §2, §11.2): HMAC-SHA256 with the app's secret as the text it is shown as, in lower-case hex.

use ganh_contract::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Signs a call: secret, path, sorted query without `sign` and `access_token`, body, secret (§2.1).
///
/// `query` holds decoded values; repeated keys keep their order. `body` is empty for multipart uploads and for calls without a body.
pub(crate) fn call(secret: &Secret, path: &str, query: &[(&str, String)], body: &str) -> String {
    let mut sorted: Vec<&(&str, String)> =
        query.iter().filter(|(key, _)| !matches!(*key, "sign" | "access_token")).collect();
    sorted.sort_by_key(|(key, _)| *key);
    let mut mac = keyed(secret);
    mac.update(secret.expose().as_bytes());
    mac.update(path.as_bytes());
    for (key, value) in sorted {
        mac.update(key.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.update(body.as_bytes());
    mac.update(secret.expose().as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Whether a webhook was signed by this app: message is the app's key and the body as received (§11.2). Compares in constant time.
pub(crate) fn is_hook_genuine(secret: &Secret, app_key: &str, body: &[u8], signature: &str) -> bool {
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

    const KEY: &str = "6ganhdemo01";

    fn secret() -> Secret {
        Secret::new("0f3c9a7be1d2456c8fa1b09d7e6c5a43210fedcb")
    }

    /// The values that vectors A to E share (§2.2).
    fn signed(path: &str, more: &[(&'static str, &str)], body: &str) -> String {
        let mut query = vec![("timestamp", "1761980400".to_owned()), ("app_key", KEY.to_owned())];
        query.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
        call(&secret(), path, &query, body)
    }

    const SHOP: (&str, &str) = ("shop_cipher", "ROW_ganhAAAAAB3VnDemoCipher01");

    #[test]
    fn the_official_vector_is_signed_the_same() {
        let query = [("timestamp", "1623812664".to_owned()), ("app_key", "29a39d".to_owned())];

        assert_eq!(
            call(&Secret::new("e59af819cc"), "/authorization/202309/shops", &query, ""),
            "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"
        );
    }

    #[test]
    fn a_read_is_signed_as_in_vector_a() {
        let ids = ("ids", "576460001234567890,576460001234567891");

        assert_eq!(
            signed("/order/202507/orders", &[SHOP, ids], ""),
            "68b58ea4ce31c82c79c006d5e2a297b1993b6439e6c2caec691766b284b809d4"
        );
    }

    #[test]
    fn bodies_are_signed_as_in_vectors_b_and_c() {
        let prices =
            r#"{"skus":[{"id":"1729400000000000101","price":{"amount":"189000","currency":"VND"}}]}"#;
        let draft = r#"{"title":"Mắm tôm Hậu Lộc chai 500 ml đóng nắp kín","save_mode":"AS_DRAFT"}"#;

        assert_eq!(
            signed("/product/202309/products/1729400000000000100/prices/update", &[SHOP], prices),
            "51dc3d881a24a0192df3aedd0ee95710d31ade607481174bca32d961ef84995f"
        );
        assert_eq!(
            signed("/product/202309/products", &[SHOP], draft),
            "2bdcb569c82f8b6191b4363b56e4a6f190b5335b656119e3aa72a8f106feae0a"
        );
    }

    #[test]
    fn an_upload_is_signed_without_its_body_as_in_vector_d() {
        assert_eq!(
            signed("/product/202309/images/upload", &[], ""),
            "bc9b48fbf13367ea9ff8a843289088d32198998df3dae8d570d6b9b9abfd02cf"
        );
    }

    #[test]
    fn a_token_with_special_signs_is_signed_plain_as_in_vector_e() {
        let more = [
            SHOP,
            ("sort_order", "ASC"),
            ("sort_field", "update_time"),
            ("page_token", "aGVs+bG8/x=="),
            ("page_size", "50"),
        ];

        assert_eq!(
            signed(
                "/order/202309/orders/search",
                &more,
                r#"{"update_time_ge":1761976800,"update_time_lt":1761980400}"#
            ),
            "3b2a594eee4cd6e7df1d48f976b93e30bc39b317527d0c1327440047128237ea"
        );
    }

    #[test]
    fn the_primitive_agrees_with_a_foreign_vector() {
        assert_eq!(
            call(&Secret::new("app_secret"), "/test-api", &[("foo", "bar".to_owned())], ""),
            "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f"
        );
    }

    #[test]
    fn hooks_are_verified_as_in_both_vectors() {
        let official = include_bytes!("../tests/wire/hook_official.json").trim_ascii_end();
        let ours = include_bytes!("../tests/wire/hook_order.json").trim_ascii_end();
        let (theirs, mine) = (
            "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05",
            "f9f19b01a0f538fe19207188693844e9b71759d6fefa3c0711e340caeb2ca80f",
        );

        assert!(is_hook_genuine(&Secret::new("123"), "abcdef", official, theirs));
        assert!(is_hook_genuine(&secret(), KEY, ours, mine));
        assert!(!is_hook_genuine(&secret(), KEY, official, mine));
        assert!(!is_hook_genuine(&secret(), KEY, ours, ""));
    }
}
