//! Addresses of shops: as typed, as stored, and as signed (spec 1, 2.2).

use ganh_contract::{Complaint, Fault, FaultKind, Result};
use url::{Host, Url};

/// An http address without query, fragment and login.
///
/// # Errors
/// `Refused` naming what is wrong.
pub fn home_url(home: &str) -> Result<Url> {
    let typed = home.trim();
    let full = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = Url::parse(&full).map_err(|error| refused_address(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refused_address("the address must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused_address("the address must not hold a login"));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The same address with a slash at its end, as a base for paths.
///
/// # Errors
/// As [`home_url`].
pub fn slashed(root: &str) -> Result<Url> {
    let mut url = home_url(root)?;
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// Whether a password may travel there: over TLS, or within this machine.
pub fn is_private(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_loopback
}

fn refused_address(said: &str) -> Fault {
    let complaint = Complaint { field: Some("address".to_owned()), code: None, said: said.to_owned() };
    Fault::new("address", FaultKind::Refused(vec![complaint]))
}

/// Home host with the plain scheme, and the request's own path (spec 2.2): what the shop signs when it does not see TLS.
pub fn signing_base(home: &Url, url: &Url) -> String {
    let host = home.host_str().unwrap_or_default();
    let port = home.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("http://{host}{port}{}", url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_typed_without_scheme_query_or_slash() {
        assert_eq!(home_url(" x.vn/shop/?a=b#c ").unwrap().as_str(), "https://x.vn/shop");
        assert_eq!(slashed("http://x.vn/wp-json").unwrap().as_str(), "http://x.vn/wp-json/");
    }

    #[test]
    fn i13_an_address_with_a_login_or_another_scheme_is_refused() {
        assert!(home_url("https://a:b@x.vn").is_err());
        assert!(home_url("ftp://x.vn").is_err());
        assert!(home_url("").is_err());
    }

    #[test]
    fn passwords_travel_over_tls_or_within_the_machine() {
        let is_private = |address| is_private(&Url::parse(address).unwrap());

        assert!(
            is_private("https://x.vn") && is_private("http://127.0.0.1:8080") && is_private("http://[::1]/")
        );
        assert!(!is_private("http://x.vn") && !is_private("http://10.0.0.1"));
    }

    #[test]
    fn the_plain_home_and_the_path_of_the_request_are_signed() {
        let home = Url::parse("https://www.x.vn:8443/shop").unwrap();
        let url = Url::parse("https://10.0.0.1/shop/wp-json/wc/v3/orders?page=2").unwrap();

        assert_eq!(signing_base(&home, &url), "http://www.x.vn:8443/shop/wp-json/wc/v3/orders");
    }
}
