//! Who a shop is and what it can: its address and REST root when connecting, its version and switches at each survey (spec 1.1).

use crate::address::{home_url, is_private};
use crate::facts::Facts;
use crate::site::{Reply, Site, pairs};
use crate::wire::{Setting, SiteIndex, SystemStatus, Thing};
use ganh_contract::{Choice, Complaint, Fault, FaultKind, Reach, RemoteShopId, Result, Survey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// The oldest version that the adapter speaks to (spec 13).
const OLDEST: (u32, u32) = (7, 0);
/// Redirects of the front page that are followed by hand: to https, to www, to a folder.
const HOPS: usize = 3;

/// What later calls need of a survey. Kept in `Capability::memo`; a shop never surveyed is taken for an old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memo {
    /// WooCommerce's own version, major and minor.
    pub version: (u32, u32),
    /// The shop-wide stock switch (spec 4.5).
    pub counts_stock: bool,
    /// An application password over TLS is there: pictures can be uploaded.
    pub takes_uploads: bool,
    /// PHP's time limit, seconds.
    pub php_seconds: Option<u64>,
    /// PHP's limit for a body, bytes.
    pub post_bytes: Option<u64>,
    /// Orders live in tables of their own.
    pub has_order_tables: Option<bool>,
    /// How long a cut-off request may go on, if the settings say so.
    pub cut_s: Option<u64>,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            version: OLDEST,
            counts_stock: true,
            takes_uploads: false,
            php_seconds: None,
            post_bytes: None,
            has_order_tables: None,
            cut_s: None,
        }
    }
}

impl Memo {
    /// Reads a capability's memo; an empty or foreign one is an unsurveyed shop.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether the shop runs this version or a later one.
    pub const fn is_at_least(&self, major: u32, minor: u32) -> bool {
        self.version.0 > major || (self.version.0 == major && self.version.1 >= minor)
    }

    /// GTINs have a field of their own (spec 4.4).
    pub const fn has_gtin_field(&self) -> bool {
        self.is_at_least(9, 2)
    }
}

/// A shop as found behind an address.
#[derive(Debug)]
pub struct Found {
    /// The home address that WordPress stores: the shop's name and the base of signatures.
    pub home: String,
    pub root: String,
}

/// Finds the REST root and the real home address. Follows redirects of the front page, without any credential.
///
/// # Errors
/// `Refused` if there is no WooCommerce behind the address; else what the network says.
pub async fn discover(visitor: &Site, address: &Url) -> Result<Found> {
    let mut at = address.clone();
    let mut root = None;
    for _ in 0..HOPS {
        let answer = visitor.peek("discover", &at).await?;
        if let Some(linked) =
            answer.headers.iter().filter(|(name, _)| name == "link").find_map(|(_, text)| linked_root(text))
        {
            root = Some(linked);
            break;
        }
        let Some(next) = answer.header("location").filter(|_| (300..400).contains(&answer.status)) else {
            break;
        };
        at = at.join(next).map_err(|error| not_a_shop(&error.to_string()))?;
    }
    let at = home_url(at.as_str())?;
    let plain_root = format!("{}/wp-json/", at.as_str().trim_end_matches('/'));
    let root = as_reached(&root.unwrap_or(plain_root), &at)?;
    let index = read_index(visitor, &root).await?;
    if !index.namespaces.iter().any(|name| name == "wc/v3") {
        return Err(not_a_shop("WordPress is there, but WooCommerce is not installed or is switched off"));
    }
    let home = if index.home.is_empty() { at.to_string() } else { index.home };
    let home = home_url(&home)?.as_str().trim_end_matches('/').to_owned();
    Ok(Found { home, root: root.to_string() })
}

async fn read_index(visitor: &Site, root: &Url) -> Result<SiteIndex> {
    match visitor.get_public::<SiteIndex>("discover", root.as_str()).await {
        Ok(reply) => Ok(reply.value),
        Err(fault)
            if matches!(*fault.kind, FaultKind::Unreachable | FaultKind::Interrupted | FaultKind::Down) =>
        {
            Err(fault)
        }
        Err(fault) => {
            let said = fault.said.clone().unwrap_or_default();
            Err(not_a_shop(&format!("no REST API at {root}: {said} (are the permalinks plain?)")))
        }
    }
}

/// `<…/wp-json/>; rel="https://api.w.org/"`
fn linked_root(header: &str) -> Option<String> {
    let part = header.split(',').find(|part| part.contains("https://api.w.org/"))?;
    let (_, rest) = part.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    Some(address.to_owned())
}

/// A shop behind a proxy may think it is on plain HTTP: TLS that we reached it by is kept, never lost.
fn as_reached(root: &str, at: &Url) -> Result<Url> {
    let mut root = home_url(root)?;
    if root.host_str() == at.host_str() {
        // Schemes of http kind can always replace each other, and the port is the one that we came by.
        let _ = root.set_scheme(at.scheme());
        let _ = root.set_port(at.port());
    }
    let path = format!("{}/", root.path().trim_end_matches('/'));
    root.set_path(&path);
    Ok(root)
}

fn not_a_shop(said: &str) -> Fault {
    let complaint = Complaint { field: Some("address".to_owned()), code: None, said: said.to_owned() };
    Fault::new("discover", FaultKind::Refused(vec![complaint])).said(said)
}

/// Asks the shop what it is and what it allows.
///
/// # Errors
/// `Refused` for another currency than VND and for versions before 7; `Revoked` for keys that no longer work.
pub async fn survey(site: &Site, home: &RemoteShopId, facts: &Facts, cut_s: Option<u64>) -> Result<Survey> {
    let index = site.get_public::<SiteIndex>("survey", "").await?.value;
    let status = optional(site.get::<SystemStatus>("survey", "system_status", status_fields()).await)?
        .unwrap_or_default();
    // The health probe: answered to every working key.
    site.get::<Vec<Thing>>(
        "survey",
        "products",
        pairs([("per_page", "1".to_owned()), ("_fields", "id".to_owned())]),
    )
    .await?;
    let version = match read_version(&status.environment.version) {
        Some(version) => version,
        None => version_by_routes(site).await?,
    };
    if version < OLDEST {
        let said = format!(
            "WooCommerce {}.{} is too old: 7.0 is the oldest that works, 9.2 is recommended",
            version.0, version.1
        );
        return Err(refused("version", &said));
    }
    let currency = match status.settings.currency {
        told if !told.is_empty() => told,
        _ => {
            site.get::<Setting>("survey", "settings/general/woocommerce_currency", Vec::new())
                .await?
                .value
                .value
        }
    };
    if currency != "VND" {
        return Err(refused("currency", &format!("the shop sells in {currency}; prices here are in VND")));
    }
    let switch =
        site.get::<Setting>("survey", "settings/products/woocommerce_manage_stock", Vec::new()).await;
    let counts_stock = optional(switch)?.is_none_or(|switch| switch.value != "no");
    let positive = |number: Option<i64>| {
        number.and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0)
    };
    let memo = Memo {
        version,
        counts_stock,
        takes_uploads: takes_uploads(site).await?,
        php_seconds: positive(status.environment.php_max_execution_time),
        post_bytes: positive(status.environment.php_post_max_size),
        has_order_tables: status.settings.hpos_enabled,
        cut_s,
    };
    Ok(Survey {
        shop: home.clone(),
        name: if index.name.is_empty() { home.to_string() } else { index.name },
        places: vec![Choice { id: String::new(), text: String::new() }],
        currency,
        ends: None,
        allows: facts.capability(&memo, site.quota_name()),
    })
}

async fn takes_uploads(site: &Site) -> Result<bool> {
    if site.keys().user().is_none() || !is_private(site.root()) {
        return Ok(false);
    }
    let me =
        site.get_as_user::<Thing>("survey", "wp/v2/users/me", pairs([("_fields", "id".to_owned())])).await;
    Ok(optional(me)?.is_some())
}

fn status_fields() -> Vec<(String, String)> {
    let fields = "environment.version,environment.php_max_execution_time,environment.php_post_max_size,\
                  settings.currency,settings.HPOS_enabled";
    pairs([("_fields", fields.to_owned())])
}

/// What a shop manager's key may lack the right for is optional (spec 1.1); a key that does not work at all is not.
fn optional<T>(reply: Result<Reply<T>>) -> Result<Option<T>> {
    match reply {
        Ok(reply) => Ok(Some(reply.value)),
        Err(fault) => match *fault.kind {
            FaultKind::Revoked { reach: Reach::Shop } | FaultKind::Unsupported | FaultKind::Refused(_) => {
                Ok(None)
            }
            _ => Err(fault),
        },
    }
}

fn read_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
}

/// The least version that has the routes which this shop has (spec 14): for keys without a manager's rights.
async fn version_by_routes(site: &Site) -> Result<(u32, u32)> {
    let index = site.get::<Value>("survey", "", Vec::new()).await?.value;
    let has = |route: &str| index.get("routes").and_then(|routes| routes.get(route)).is_some();
    let arguments = index.pointer("/routes/~1wc~1v3~1products/endpoints/1/args/global_unique_id").is_some();
    Ok(match () {
        () if has("/wc/v3/variations") => (10, 3),
        () if has("/wc/v3/orders/statuses") => (9, 6),
        () if has("/wc/v3/products/brands") => (9, 4),
        () if arguments => (9, 2),
        () if has("/wc/v3/refunds") => (9, 0),
        () => OLDEST,
    })
}

fn refused(field: &str, said: &str) -> Fault {
    let complaint = Complaint { field: Some(field.to_owned()), code: None, said: said.to_owned() };
    Fault::new("survey", FaultKind::Refused(vec![complaint])).said(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_root_is_read_from_the_link_header() {
        let header = r#"<https://x.vn/shop/wp-json/>; rel="https://api.w.org/""#;

        assert_eq!(linked_root(header).as_deref(), Some("https://x.vn/shop/wp-json/"));
    }

    #[test]
    fn tls_that_ends_at_a_proxy_is_kept() {
        let root = as_reached("http://x.vn/wp-json/", &Url::parse("https://x.vn/").unwrap()).unwrap();

        assert_eq!(root.as_str(), "https://x.vn/wp-json/");
    }

    #[test]
    fn versions_are_compared_by_number() {
        let memo = Memo { version: read_version("10.2.1-rc.1").unwrap(), ..Memo::default() };

        assert!(memo.is_at_least(9, 2) && memo.is_at_least(10, 2) && !memo.is_at_least(10, 3));
    }

    #[test]
    fn a_memo_survives_the_capability() {
        let memo = Memo { version: (11, 0), counts_stock: false, ..Memo::default() };

        assert_eq!(Memo::read(&memo.write()), memo);
        assert_eq!(Memo::read(""), Memo::default());
    }
}
