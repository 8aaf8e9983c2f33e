//! Signatures of calls and pushes, checked and made as spec 2 describes (documentation of 2026-08).
//!
//! Written without a look at any client: a misreading has to be made twice to hide.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The app's key, prepared once so that a check costs two blocks of SHA-256.
#[derive(Clone)]
pub struct Signer {
    keyed: Hmac<Sha256>,
}

impl Signer {
    /// Takes the key as the text it is displayed as; it is never hex-decoded (spec 2).
    pub fn new(partner_key: &str) -> Self {
        let keyed = Hmac::new_from_slice(partner_key.as_bytes()).expect("HMAC takes keys of any length");
        Self { keyed }
    }

    /// Signs the parts, joined without separators, as 64 lowercase hex characters.
    pub fn sign(&self, parts: &[&str]) -> String {
        hex::encode(self.mac(parts))
    }

    /// Tells whether `claimed` is the signature of the parts.
    pub fn agrees(&self, parts: &[&str], claimed: &str) -> bool {
        let mut wanted = [0_u8; 64];
        if hex::encode_to_slice(self.mac(parts), &mut wanted).is_err() {
            return false;
        }
        subtle::ConstantTimeEq::ct_eq(&wanted[..], claimed.as_bytes()).into()
    }

    /// Signs a push: callback address, a bar, and the raw body (spec 2.2).
    pub fn sign_push(&self, callback_url: &str, body: &str) -> String {
        self.sign(&[callback_url, "|", body])
    }

    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        let mut mac = self.keyed.clone();
        for part in parts {
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "7a4b1c9d2e8f60315476a9b8c7d6e5f4031221304f5e6d7c8b9aafbecddcebfa";
    const TOKEN: &str = "6d586a4f7a52424c4e6b6a7163475a4d";
    const CALLBACK: &str = "https://ganh.example.vn/hook/shopee";

    #[test]
    fn public_calls_sign_partner_path_and_time() {
        let sign = Signer::new(KEY).sign(&["1234567", "/api/v2/auth/token/get", "1767225600"]);

        assert_eq!(sign, "2d5b99f96eab5d4967b340e13905e14d6378b769b59615c82614e7896dcd2f80");
    }

    #[test]
    fn the_consent_link_is_signed_as_a_public_call() {
        let sign = Signer::new(KEY).sign(&["1234567", "/api/v2/shop/auth_partner", "1767225600"]);

        assert_eq!(sign, "bc88c384ff5ecf7d75b577cc95b840a6f28fc91f8545cc4ebbf6251eb62f6709");
    }

    #[test]
    fn shop_calls_add_token_and_shop() {
        let signer = Signer::new(KEY);
        let stock = ["1234567", "/api/v2/product/update_stock", "1767225600", TOKEN, "987654321"];
        let orders = ["1234567", "/api/v2/order/get_order_list", "1767225600", TOKEN, "987654321"];

        assert!(signer.agrees(&stock, "62df1d118b3e706f62195f89c36192b8387d10b6ec6625c33eb019e5e0f19883"));
        assert!(signer.agrees(&orders, "27961e7cc740c387d02728aaf5a42b1c3ff339f9aba8464f1e912147fe24f264"));
    }

    #[test]
    fn merchant_calls_add_token_and_merchant() {
        let parts = ["1234567", "/api/v2/merchant/get_merchant_info", "1767225600", TOKEN, "1000123"];

        assert!(
            Signer::new(KEY)
                .agrees(&parts, "d80aa3a47be4bb75b05d9bc4b3c0ea964ce367cb46d5476d7433b3c8d0afb126")
        );
    }

    #[test]
    fn an_upper_case_signature_is_refused() {
        let parts = ["1234567", "/api/v2/auth/token/get", "1767225600"];

        assert!(
            !Signer::new(KEY)
                .agrees(&parts, "2D5B99F96EAB5D4967B340E13905E14D6378B769B59615C82614E7896DCD2F80")
        );
    }

    #[test]
    fn a_foreign_vector_of_the_primitive_agrees() {
        let message = "/api/v2/auth/token/get123456test_partner_idtest_shop_idtest_main_account_id";

        assert!(
            Signer::new("test_partner_key")
                .agrees(&[message], "37c864bd9821ff5f2c2f46b2faca14eb1811a718d1fdc6dcf383cba7c74bf9e9")
        );
    }

    #[test]
    fn a_push_signs_its_address_and_its_body() {
        let signer = Signer::new(KEY);
        let order = r#"{"msg_id":"a1b2c3d4e5f60718293a4b5c6d7e8f90","data":{"items":[],"ordersn":"2601010ABCDEFG","status":"READY_TO_SHIP","completed_scenario":"","update_time":1767225590},"shop_id":987654321,"code":3,"timestamp":1767225600}"#;
        let verification = r#"{"code":0,"data":{"verify_info":"This is a Verification message.Please respond in the certain format."}}"#;

        assert_eq!(
            signer.sign_push(CALLBACK, order),
            "96c80802c8ec045bc533ea2999422e6492c17e7db1790e5d1ff1b35f6f0f7431"
        );
        assert_eq!(
            signer.sign_push(CALLBACK, verification),
            "5207b1cea151c1f857d7215ebb25da50b83ea7bb574c25270e15a07d0dbd630c"
        );
    }
}
