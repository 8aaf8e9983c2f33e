//! OAuth 1.0a, one-legged, as a shop checks it (spec 2.2; the vectors of 2.3 stand below).
//!
//! Everything travels in the query: a header may be stripped on the way. A JSON body is not signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Percent-encodes by RFC 3986: letters, digits and `-._~` stay, everything else becomes its UTF-8 bytes.
pub fn encode(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                coded.push(char::from(byte))
            }
            other => coded.push_str(&format!("%{other:02X}")),
        }
    }
    coded
}

/// Writes pairs as a query string, in the order given.
pub fn query(pairs: &[(String, String)]) -> String {
    let parts: Vec<String> =
        pairs.iter().map(|(key, text)| format!("{}={}", encode(key), encode(text))).collect();
    parts.join("&")
}

/// What is signed. `url` is home address and path, without query; `pairs` all query pairs but the signature.
pub fn base_string(method: &str, url: &str, pairs: &[(String, String)]) -> String {
    let mut sorted = pairs.to_vec();
    sorted.sort();
    format!("{method}&{}&{}", encode(url), encode(&query(&sorted)))
}

/// One signed call: the pairs given, the OAuth pairs and the signature.
///
/// `at_s` is in seconds since 1970, by the shop's clock; the shop takes ±900 s (spec 2.2). A nonce is good for one try only.
pub fn signed_pairs(
    key: &str,
    secret: &str,
    method: &str,
    url: &str,
    pairs: &[(String, String)],
    at_s: i64,
    nonce: &str,
) -> Vec<(String, String)> {
    let mut all = pairs.to_vec();
    for (name, text) in [
        ("oauth_consumer_key", key.to_owned()),
        ("oauth_nonce", nonce.to_owned()),
        ("oauth_signature_method", "HMAC-SHA256".to_owned()),
        ("oauth_timestamp", at_s.to_string()),
    ] {
        all.push((name.to_owned(), text));
    }
    let signature = mac::<Hmac<Sha256>>(&format!("{secret}&"), base_string(method, url, &all).as_bytes());
    all.push(("oauth_signature".to_owned(), signature));
    all
}

/// Base64 of the HMAC-SHA256 of a webhook's raw bytes (spec 9.3).
pub fn hook_signature(secret: &str, body: &[u8]) -> String {
    mac::<Hmac<Sha256>>(secret, body)
}

/// The value of an `Authorization: Basic` header.
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// First sixteen hexadecimal digits of the SHA-256: a name for a thing, not a proof.
pub fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn mac<M: Mac + KeyInit>(key: &str, text: &[u8]) -> String {
    let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes()).expect("an HMAC takes a key of any length");
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ck_1111111111111111111111111111111111111111";
    const SECRET: &str = "cs_2222222222222222222222222222222222222222";

    fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
        given.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    fn signature(method: &str, url: &str, given: &[(&str, &str)], nonce: &str) -> String {
        let signed = signed_pairs(KEY, SECRET, method, url, &pairs(given), 1_760_000_000, nonce);
        signed.into_iter().find(|(key, _)| key == "oauth_signature").map(|(_, text)| text).unwrap()
    }

    #[test]
    fn vector_1_a_list_of_orders() {
        let signed = signature(
            "GET",
            "http://shop.example.vn/wp-json/wc/v3/orders",
            &[("status", "processing"), ("per_page", "20")],
            "ganh0001",
        );

        assert_eq!(signed, "7pO8owkI9JiWw7apq7wiFYn1WN/BxdjvjAnkI3l8O7M=");
        assert_eq!(encode(&signed), "7pO8owkI9JiWw7apq7wiFYn1WN%2FBxdjvjAnkI3l8O7M%3D");
    }

    #[test]
    fn vector_1_base_string() {
        let base = base_string(
            "GET",
            "http://shop.example.vn/wp-json/wc/v3/orders",
            &pairs(&[
                ("status", "processing"),
                ("per_page", "20"),
                ("oauth_timestamp", "1760000000"),
                ("oauth_signature_method", "HMAC-SHA256"),
                ("oauth_nonce", "ganh0001"),
                ("oauth_consumer_key", KEY),
            ]),
        );

        assert_eq!(
            base,
            "GET&http%3A%2F%2Fshop.example.vn%2Fwp-json%2Fwc%2Fv3%2Forders&oauth_consumer_key%3Dck_1111111111111111111111111111111111111111%26oauth_nonce%3Dganh0001%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1760000000%26per_page%3D20%26status%3Dprocessing"
        );
    }

    #[test]
    fn vector_2_a_vietnamese_search() {
        let signed = signature(
            "GET",
            "http://shop.example.vn/wp-json/wc/v3/products",
            &[("search", "Nón lá & áo"), ("page", "1"), ("per_page", "100")],
            "ganh0002",
        );

        assert_eq!(signed, "uPuWWqeRZLbpodcg49iWZfs6G3UOS2OrQ88jS7SXuS4=");
    }

    #[test]
    fn vector_3_a_json_body_is_not_signed() {
        let signed = signature("PUT", "http://shop.example.vn/wp-json/wc/v3/products/15", &[], "ganh0003");

        assert_eq!(signed, "DOCn4HkJYwsNDl+e3ovg9vssvBrNvNb/hiCLf6Cz9Rk=");
    }

    #[test]
    fn vector_4_the_older_digest_over_the_same_base() {
        let base = base_string(
            "GET",
            "http://shop.example.vn/wp-json/wc/v3/orders",
            &pairs(&[
                ("status", "processing"),
                ("per_page", "20"),
                ("oauth_timestamp", "1760000000"),
                ("oauth_signature_method", "HMAC-SHA1"),
                ("oauth_nonce", "ganh0001"),
                ("oauth_consumer_key", KEY),
            ]),
        );

        assert_eq!(
            mac::<Hmac<sha1::Sha1>>(&format!("{SECRET}&"), base.as_bytes()),
            "HzD6TVivjAhW9rIRkiPxGvB6gEo="
        );
    }

    #[test]
    fn a_webhook_signature_is_over_the_raw_bytes() {
        let body =
            br#"{"id":131,"status":"processing","total":"780000","billing":{"first_name":"Nguy\u1ec5n"}}"#;

        assert_eq!(
            hook_signature("ganh-webhook-secret-01", body),
            "NZLR+erdx9gux44fM0LCiaRXWpmGR1DvCwNyuVwWD1w="
        );
    }
}
