//! The one HTTP client of the sandboxes: webhook deliveries, pictures by address.

use std::sync::OnceLock;
use std::time::Duration;

/// The shared client: no redirects, 60 s. `None` only when the system lacks what TLS needs.
pub fn client() -> Option<&'static reqwest::Client> {
    static CLIENT: OnceLock<Option<reqwest::Client>> = OnceLock::new();
    CLIENT
        .get_or_init(|| {
            // Already installed by somebody else is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .timeout(Duration::from_secs(60))
                .build()
                .ok()
        })
        .as_ref()
}
