//! OAuth 1.0a one-legged, as WooCommerce checks it (spec §2.2).

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::errors::{ApiError, error};

/// How far a timestamp may lie from the shop's clock, seconds.
pub const WINDOW_S: i64 = 900;

/// The five parameters that must be there.
const REQUIRED: [&str; 5] =
    ["oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method"];

/// RFC 3986: all but letters, digits and `-._~` is percent-encoded.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The string that is signed. `params` hold no `oauth_signature`.
#[must_use]
pub fn base_string(method: &str, base_url: &str, params: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = params.iter().collect();
    sorted.sort();
    let pairs: Vec<String> =
        sorted.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    format!("{method}&{}&{}", encode(base_url), encode(&pairs.join("&")))
}

/// Signs a base string; `None`: no such method.
#[must_use]
pub fn signature(method: &str, secret: &str, base: &str) -> Option<String> {
    let key = format!("{secret}&");
    let bytes = match method {
        "HMAC-SHA256" => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
            mac.update(base.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        "HMAC-SHA1" => {
            let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).ok()?;
            mac.update(base.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        _ => return None,
    };
    Some(STANDARD.encode(bytes))
}

/// The `oauth_…` pairs of an `Authorization: OAuth …` header.
#[must_use]
pub fn header_params(header: &str) -> Vec<(String, String)> {
    let Some(rest) = header.strip_prefix("OAuth ") else { return Vec::new() };
    let pairs = rest.split(',').filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(|(key, _)| key.starts_with("oauth_"))
        .map(|(key, value)| (key.to_owned(), decode(value.trim_matches('"'))))
        .collect()
}

fn decode(text: &str) -> String {
    // A plus is a plus here, unlike in forms.
    let guarded = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={guarded}").as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// The parameters that are signed, as PHP's arrays hold them: of a name that came twice only the last is left, unless it is
/// a list (`name[]`). WooCommerce's own Python client sends each parameter twice over plain HTTP.
fn as_php_reads(params: &[(String, String)]) -> Vec<(String, String)> {
    let mut lists = Vec::new();
    let mut last = BTreeMap::new();
    for (key, value) in params.iter().filter(|(key, _)| key != "oauth_signature") {
        if key.ends_with("[]") {
            lists.push((key.clone(), value.clone()));
        } else {
            last.insert(key.clone(), value.clone());
        }
    }
    lists.extend(last);
    lists
}

/// Nonces by key and second: the last one of a second overwrites the others.
#[derive(Default)]
pub struct Nonces(HashMap<String, BTreeMap<i64, String>>);

/// Checks a signed call. `params`: query, form and header together; `Ok(None)`: not signed at all.
/// `secret_of` finds the secret of a consumer key.
///
/// # Errors
/// 401 with WooCommerce's words.
pub fn check(
    method: &str,
    base_url: &str,
    params: &[(String, String)],
    now_s: i64,
    nonces: &mut Nonces,
    secret_of: impl FnOnce(&str) -> Option<String>,
) -> Result<Option<String>, ApiError> {
    let value =
        |name: &str| params.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let missing: Vec<&str> = REQUIRED.into_iter().filter(|name| value(name).is_empty()).collect();
    if missing.len() == REQUIRED.len() {
        return Ok(None);
    }
    if !missing.is_empty() {
        let why = format!("Missing OAuth parameter {}", missing.join(", "));
        return Err(error(401, "woocommerce_rest_authentication_missing_parameter", why));
    }
    let refused = |why: &str| error(401, "woocommerce_rest_authentication_error", why);
    let key = value("oauth_consumer_key");
    let secret = secret_of(key).ok_or_else(|| refused("Consumer key is invalid."))?;
    let base = base_string(method, base_url, &as_php_reads(params));
    let expected = signature(value("oauth_signature_method"), &secret, &base)
        .ok_or_else(|| refused("Invalid signature - signature method is invalid."))?;
    let sent = value("oauth_signature").replace(' ', "+");
    if !bool::from(expected.as_bytes().ct_eq(sent.as_bytes())) {
        return Err(refused("Invalid signature - provided signature does not match."));
    }
    let stamp: i64 = value("oauth_timestamp").parse().unwrap_or(0);
    if (stamp - now_s).abs() > WINDOW_S {
        return Err(refused("Invalid timestamp."));
    }
    let nonce = value("oauth_nonce");
    let used = nonces.0.entry(key.to_owned()).or_default();
    if used.values().any(|held| held == nonce) {
        return Err(refused("Invalid nonce - nonce has already been used."));
    }
    used.insert(stamp, nonce.to_owned());
    while used.first_key_value().is_some_and(|(stamp, _)| *stamp < now_s - WINDOW_S) {
        used.pop_first();
    }
    Ok(Some(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{as_php_reads, base_string, signature};

    const SECRET: &str = "cs_2222222222222222222222222222222222222222";

    fn params(nonce: &str, method: &str, query: &[(&str, &str)]) -> Vec<(String, String)> {
        let fixed = [
            ("oauth_consumer_key", "ck_1111111111111111111111111111111111111111"),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", method),
            ("oauth_timestamp", "1760000000"),
        ];
        fixed.iter().chain(query).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn vector_1_a_list_of_orders() {
        let params = params("ganh0001", "HMAC-SHA256", &[("status", "processing"), ("per_page", "20")]);

        let base = base_string("GET", "http://shop.example.vn/wp-json/wc/v3/orders", &params);

        assert_eq!(
            base,
            "GET&http%3A%2F%2Fshop.example.vn%2Fwp-json%2Fwc%2Fv3%2Forders&oauth_consumer_key%3Dck_1111111111111111111111111111111111111111%26oauth_nonce%3Dganh0001%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1760000000%26per_page%3D20%26status%3Dprocessing"
        );
        assert_eq!(
            signature("HMAC-SHA256", SECRET, &base).unwrap(),
            "7pO8owkI9JiWw7apq7wiFYn1WN/BxdjvjAnkI3l8O7M="
        );
    }

    #[test]
    fn vector_2_vietnamese_in_the_query() {
        let query = [("search", "Nón lá & áo"), ("page", "1"), ("per_page", "100")];

        let base = base_string(
            "GET",
            "http://shop.example.vn/wp-json/wc/v3/products",
            &params("ganh0002", "HMAC-SHA256", &query),
        );

        assert!(base.ends_with("search%3DN%25C3%25B3n%2520l%25C3%25A1%2520%2526%2520%25C3%25A1o"));
        assert_eq!(
            signature("HMAC-SHA256", SECRET, &base).unwrap(),
            "uPuWWqeRZLbpodcg49iWZfs6G3UOS2OrQ88jS7SXuS4="
        );
    }

    #[test]
    fn vector_3_a_json_body_is_not_signed() {
        let base = base_string(
            "PUT",
            "http://shop.example.vn/wp-json/wc/v3/products/15",
            &params("ganh0003", "HMAC-SHA256", &[]),
        );

        assert_eq!(
            signature("HMAC-SHA256", SECRET, &base).unwrap(),
            "DOCn4HkJYwsNDl+e3ovg9vssvBrNvNb/hiCLf6Cz9Rk="
        );
    }

    #[test]
    fn vector_4_the_older_hash() {
        let params = params("ganh0001", "HMAC-SHA1", &[("status", "processing"), ("per_page", "20")]);

        let base = base_string("GET", "http://shop.example.vn/wp-json/wc/v3/orders", &params);

        assert_eq!(signature("HMAC-SHA1", SECRET, &base).unwrap(), "HzD6TVivjAhW9rIRkiPxGvB6gEo=");
        assert_eq!(signature("PLAINTEXT", SECRET, &base), None);
    }

    #[test]
    fn of_a_name_that_comes_twice_the_last_is_signed_and_lists_stay_whole() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());

        let signed =
            as_php_reads(&[pair("sku", "A"), pair("id[]", "1"), pair("id[]", "2"), pair("sku", "B")]);

        assert_eq!(signed, [pair("id[]", "1"), pair("id[]", "2"), pair("sku", "B")]);
    }
}
