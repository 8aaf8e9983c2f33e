//! Signatures of calls and webhooks, as spec 2.1 and 11.2 describe them (read 2026-11-22).
//!
//! Written without a look at any client: a misreading has to be made twice to hide.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The app's secret, prepared once.
#[derive(Clone)]
pub struct Signer {
    secret: String,
    keyed: Hmac<Sha256>,
}

/// What of a call is signed.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// Path only, as sent.
    pub path: &'a str,
    /// Query, decoded; `sign` and `access_token` are left out of the signature.
    pub query: &'a [(String, String)],
    /// The raw bytes; empty for forms and for calls without one.
    pub body: &'a [u8],
}

impl Signer {
    /// Takes the secret as the text it is displayed as.
    pub fn new(secret: &str) -> Self {
        let keyed = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        Self { secret: secret.to_owned(), keyed }
    }

    /// Signs a call; 64 lowercase hex characters.
    #[cfg(test)]
    pub fn sign(&self, call: Signed<'_>) -> String {
        hex::encode(self.mac(call, false))
    }

    /// Tells whether `claimed` signs the call. Parameters without a value may be signed or dropped, and a
    /// body of `{}` may count as none: clients differ in both (spec 2.1, 15).
    pub fn agrees(&self, call: Signed<'_>, claimed: &str) -> bool {
        if same(self.mac(call, false), claimed) {
            return true;
        }
        let has_empty = call.query.iter().any(|(_, text)| text.is_empty());
        let bare = Signed { body: if call.body == b"{}" { b"" } else { call.body }, ..call };
        let is_bare = bare.body.len() != call.body.len();
        (has_empty && same(self.mac(call, true), claimed))
            || (is_bare && (same(self.mac(bare, false), claimed) || same(self.mac(bare, true), claimed)))
    }

    /// Signs a webhook: the app's key and the raw body (spec 11.2).
    pub fn sign_hook(&self, app_key: &str, body: &str) -> String {
        let mut mac = self.keyed.clone();
        mac.update(app_key.as_bytes());
        mac.update(body.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    fn mac(&self, call: Signed<'_>, drops_empty: bool) -> [u8; 32] {
        let mut pairs: Vec<&(String, String)> = call
            .query
            .iter()
            .filter(|(key, text)| key != "sign" && key != "access_token" && !(drops_empty && text.is_empty()))
            .collect();
        pairs.sort_by(|left, right| left.0.cmp(&right.0));
        let mut mac = self.keyed.clone();
        mac.update(self.secret.as_bytes());
        mac.update(call.path.as_bytes());
        for (key, text) in pairs {
            mac.update(key.as_bytes());
            mac.update(text.as_bytes());
        }
        mac.update(call.body);
        mac.update(self.secret.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

fn same(mac: [u8; 32], claimed: &str) -> bool {
    let mut wanted = [0_u8; 64];
    hex::encode_to_slice(mac, &mut wanted).is_ok()
        && subtle::ConstantTimeEq::ct_eq(&wanted[..], claimed.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0f3c9a7be1d2456c8fa1b09d7e6c5a43210fedcb";
    const CIPHER: (&str, &str) = ("shop_cipher", "ROW_ganhAAAAAB3VnDemoCipher01");

    fn sign(path: &str, extra: &[(&str, &str)], body: &str) -> String {
        let common = [("timestamp", "1761980400"), ("app_key", "6ganhdemo01")];
        let query: Vec<(String, String)> =
            common.iter().chain(extra).map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        Signer::new(SECRET).sign(Signed { path, query: &query, body: body.as_bytes() })
    }

    #[test]
    fn the_official_vector_is_met() {
        let query =
            [("app_key".to_owned(), "29a39d".to_owned()), ("timestamp".to_owned(), "1623812664".to_owned())];
        let signed = Signed { path: "/authorization/202309/shops", query: &query, body: b"" };

        let sign = Signer::new("e59af819cc").sign(signed);

        assert_eq!(sign, "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8");
    }

    #[test]
    fn the_vector_of_a_php_client_is_met() {
        let query = [("foo".to_owned(), "bar".to_owned())];

        let sign = Signer::new("app_secret").sign(Signed { path: "/test-api", query: &query, body: b"" });

        assert_eq!(sign, "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f");
    }

    #[test]
    fn vector_a_signs_a_query_of_ids() {
        let extra = [CIPHER, ("ids", "576460001234567890,576460001234567891")];

        let sign = sign("/order/202507/orders", &extra, "");

        assert_eq!(sign, "68b58ea4ce31c82c79c006d5e2a297b1993b6439e6c2caec691766b284b809d4");
    }

    #[test]
    fn vector_b_signs_a_body_as_sent() {
        let body = r#"{"skus":[{"id":"1729400000000000101","price":{"amount":"189000","currency":"VND"}}]}"#;

        let sign = sign("/product/202309/products/1729400000000000100/prices/update", &[CIPHER], body);

        assert_eq!(sign, "51dc3d881a24a0192df3aedd0ee95710d31ade607481174bca32d961ef84995f");
    }

    #[test]
    fn vector_c_signs_vietnamese_as_utf_8() {
        let body = r#"{"title":"Mắm tôm Hậu Lộc chai 500 ml đóng nắp kín","save_mode":"AS_DRAFT"}"#;

        let sign = sign("/product/202309/products", &[CIPHER], body);

        assert_eq!(sign, "2bdcb569c82f8b6191b4363b56e4a6f190b5335b656119e3aa72a8f106feae0a");
    }

    #[test]
    fn vector_d_signs_no_form() {
        let sign = sign("/product/202309/images/upload", &[], "");

        assert_eq!(sign, "bc9b48fbf13367ea9ff8a843289088d32198998df3dae8d570d6b9b9abfd02cf");
    }

    #[test]
    fn vector_e_signs_decoded_values() {
        let extra = [
            CIPHER,
            ("page_size", "50"),
            ("page_token", "aGVs+bG8/x=="),
            ("sort_field", "update_time"),
            ("sort_order", "ASC"),
        ];
        let body = r#"{"update_time_ge":1761976800,"update_time_lt":1761980400}"#;

        let sign = sign("/order/202309/orders/search", &extra, body);

        assert_eq!(sign, "3b2a594eee4cd6e7df1d48f976b93e30bc39b317527d0c1327440047128237ea");
    }

    #[test]
    fn both_webhook_vectors_are_met() {
        let official = r#"{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}"#;
        let ours = r#"{"type":1,"tts_notification_id":"7566000000000000001","shop_id":"7495000000000000777","timestamp":1761980400,"data":{"is_on_hold_order":false,"order_id":"576460001234567890","order_status":"AWAITING_SHIPMENT","update_time":1761980398}}"#;

        let signs = (
            Signer::new("123").sign_hook("abcdef", official),
            Signer::new(SECRET).sign_hook("6ganhdemo01", ours),
        );

        assert_eq!(signs.0, "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05");
        assert_eq!(signs.1, "f9f19b01a0f538fe19207188693844e9b71759d6fefa3c0711e340caeb2ca80f");
    }

    #[test]
    fn empty_values_may_be_dropped_and_an_empty_object_may_be_no_body() {
        let query = [("app_key".to_owned(), "k".to_owned()), ("page_token".to_owned(), String::new())];
        let signer = Signer::new("s");
        let dropped = signer.sign(Signed { path: "/p", query: &query[..1], body: b"" });

        assert!(signer.agrees(Signed { path: "/p", query: &query, body: b"{}" }, &dropped));
        assert!(!signer.agrees(Signed { path: "/p", query: &query, body: b"{\"a\":1}" }, &dropped));
    }
}
