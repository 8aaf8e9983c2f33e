//! Signatures out and in (spec §2): HMAC-SHA256 with the partner key as the text it is shown as, in lower-case hex.

use ganh_contract::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Signs a public call or a consent link: partner id, path, timestamp (§2).
pub(crate) fn public(key: &Secret, partner_id: u64, path: &str, timestamp: i64) -> String {
    hex_of(key, format!("{partner_id}{path}{timestamp}").as_bytes())
}

/// Signs a shop's call: as public, then token and shop id (§2). Method, parameters and body are not signed.
pub(crate) fn shop(
    key: &Secret,
    partner_id: u64,
    path: &str,
    timestamp: i64,
    access: &Secret,
    shop_id: u64,
) -> String {
    let access = access.expose();
    hex_of(key, format!("{partner_id}{path}{timestamp}{access}{shop_id}").as_bytes())
}

/// Whether a push was signed with this key for this address: message is the address as configured, `|`, the body as received (§2.2, §6.2).
/// Compares in constant time.
pub(crate) fn is_push_genuine(key: &Secret, url: &str, body: &[u8], signature: &str) -> bool {
    let mut mac = keyed(key);
    mac.update(url.as_bytes());
    mac.update(b"|");
    mac.update(body);
    let expected = hex::encode(mac.finalize().into_bytes());
    expected.as_bytes().ct_eq(signature.trim().to_ascii_lowercase().as_bytes()).into()
}

fn hex_of(key: &Secret, message: &[u8]) -> String {
    let mut mac = keyed(key);
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

fn keyed(key: &Secret) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_767_225_600;
    const HOOK: &str = "https://ganh.example.vn/hook/shopee";

    fn key() -> Secret {
        Secret::new("7a4b1c9d2e8f60315476a9b8c7d6e5f4031221304f5e6d7c8b9aafbecddcebfa")
    }

    fn access() -> Secret {
        Secret::new("6d586a4f7a52424c4e6b6a7163475a4d")
    }

    #[test]
    fn public_calls_and_links_are_signed_as_in_vectors_1_and_2() {
        assert_eq!(
            public(&key(), 1_234_567, "/api/v2/auth/token/get", AT),
            "2d5b99f96eab5d4967b340e13905e14d6378b769b59615c82614e7896dcd2f80"
        );
        assert_eq!(
            public(&key(), 1_234_567, "/api/v2/shop/auth_partner", AT),
            "bc88c384ff5ecf7d75b577cc95b840a6f28fc91f8545cc4ebbf6251eb62f6709"
        );
    }

    #[test]
    fn shop_calls_are_signed_as_in_vectors_3_to_5() {
        assert_eq!(
            shop(&key(), 1_234_567, "/api/v2/product/update_stock", AT, &access(), 987_654_321),
            "62df1d118b3e706f62195f89c36192b8387d10b6ec6625c33eb019e5e0f19883"
        );
        assert_eq!(
            shop(&key(), 1_234_567, "/api/v2/order/get_order_list", AT, &access(), 987_654_321),
            "27961e7cc740c387d02728aaf5a42b1c3ff339f9aba8464f1e912147fe24f264"
        );
        assert_eq!(
            shop(&key(), 1_234_567, "/api/v2/merchant/get_merchant_info", AT, &access(), 1_000_123),
            "d80aa3a47be4bb75b05d9bc4b3c0ea964ce367cb46d5476d7433b3c8d0afb126"
        );
    }

    #[test]
    fn the_primitive_agrees_with_a_foreign_vector() {
        assert_eq!(
            hex_of(
                &Secret::new("test_partner_key"),
                b"/api/v2/auth/token/get123456test_partner_idtest_shop_idtest_main_account_id"
            ),
            "37c864bd9821ff5f2c2f46b2faca14eb1811a718d1fdc6dcf383cba7c74bf9e9"
        );
    }

    #[test]
    fn pushes_are_verified_as_in_the_vectors() {
        let order = include_bytes!("../tests/wire/push_order.json").trim_ascii_end();
        let probe = include_bytes!("../tests/wire/push_verification.json").trim_ascii_end();

        assert!(is_push_genuine(
            &key(),
            HOOK,
            order,
            "96c80802c8ec045bc533ea2999422e6492c17e7db1790e5d1ff1b35f6f0f7431"
        ));
        assert!(is_push_genuine(
            &key(),
            HOOK,
            probe,
            "5207b1cea151c1f857d7215ebb25da50b83ea7bb574c25270e15a07d0dbd630c"
        ));
        assert!(!is_push_genuine(
            &key(),
            HOOK,
            b"{}",
            "5207b1cea151c1f857d7215ebb25da50b83ea7bb574c25270e15a07d0dbd630c"
        ));
        assert!(!is_push_genuine(&key(), HOOK, probe, ""));
    }
}
