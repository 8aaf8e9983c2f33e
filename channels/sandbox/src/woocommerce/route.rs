//! From a path to what it means, for the router, the journal and the index (spec §1).

use super::profile::Profile;
use super::resource::Resource;
use super::term::Tax;

/// What a path below `wc/v3` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The namespace's index.
    Index,
    /// A collection.
    All(Resource),
    /// One row.
    One(Resource, u64),
    /// The batch of a collection.
    Batch(Resource),
    /// `/variations`.
    AllVariations,
    /// `/products/{id}/variations/generate`.
    Generate(u64),
    /// `/orders/statuses`.
    Statuses,
    /// Refunds of an order, or one of them.
    Refunds(u64, Option<u64>),
    /// `/refunds`.
    AllRefunds,
    /// Notes of an order, or one of them.
    Notes(u64, Option<u64>),
    /// `/settings`.
    Settings,
    /// `/settings/{group}`.
    Group(String),
    /// `/settings/{group}/{id}`.
    Setting(String, String),
    /// `/system_status`.
    SystemStatus,
    /// `/data/currencies/current`.
    Currency,
    /// `/payment_gateways`.
    Gateways,
}

/// Reads the path after `wc/v3`; `None`: no route of this release.
#[must_use]
pub fn target(path: &str, profile: Profile) -> Option<Target> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let id = |part: &str| part.parse::<u64>().ok();
    let since = |major, minor, target| profile.since(major, minor).then_some(target);
    match parts.as_slice() {
        [] => Some(Target::Index),
        ["products", "categories", rest @ ..] => rows(Resource::Terms(Tax::Category), rest),
        ["products", "tags", rest @ ..] => rows(Resource::Terms(Tax::Tag), rest),
        ["products", "brands", rest @ ..] => {
            profile.since(9, 4).then(|| rows(Resource::Terms(Tax::Brand), rest))?
        }
        ["products", "shipping_classes", rest @ ..] => rows(Resource::Terms(Tax::ShippingClass), rest),
        ["products", "attributes", attribute, "terms", rest @ ..] => {
            rows(Resource::Terms(Tax::Attribute(id(attribute)?)), rest)
        }
        ["products", "attributes", rest @ ..] => rows(Resource::Attributes, rest),
        ["products", parent, "variations", "generate"] => since(7, 5, Target::Generate(id(parent)?)),
        ["products", parent, "variations", rest @ ..] => rows(Resource::Items(Some(id(parent)?)), rest),
        ["products", rest @ ..] => rows(Resource::Items(None), rest),
        ["variations"] => since(10, 3, Target::AllVariations),
        ["orders", "statuses"] => since(9, 6, Target::Statuses),
        ["orders", order, "refunds"] => Some(Target::Refunds(id(order)?, None)),
        ["orders", order, "refunds", refund] => Some(Target::Refunds(id(order)?, Some(id(refund)?))),
        ["orders", order, "notes"] => Some(Target::Notes(id(order)?, None)),
        ["orders", order, "notes", note] => Some(Target::Notes(id(order)?, Some(id(note)?))),
        ["orders", rest @ ..] => rows(Resource::Orders, rest),
        ["refunds"] => since(9, 0, Target::AllRefunds),
        ["webhooks", rest @ ..] => rows(Resource::Webhooks, rest),
        ["settings"] => Some(Target::Settings),
        ["settings", group] => Some(Target::Group((*group).to_owned())),
        ["settings", group, setting] => Some(Target::Setting((*group).to_owned(), (*setting).to_owned())),
        ["system_status"] => Some(Target::SystemStatus),
        ["data", "currencies", "current"] => Some(Target::Currency),
        ["payment_gateways"] => Some(Target::Gateways),
        _ => None,
    }
}

fn rows(resource: Resource, rest: &[&str]) -> Option<Target> {
    match rest {
        [] => Some(Target::All(resource)),
        ["batch"] => Some(Target::Batch(resource)),
        [id] => Some(Target::One(resource, id.parse().ok()?)),
        _ => None,
    }
}

impl Target {
    /// The methods it answers to.
    #[must_use]
    pub const fn methods(&self) -> &'static str {
        match self {
            Self::All(_) | Self::Refunds(_, None) | Self::Notes(_, None) => "GET, POST",
            Self::One(..) => "GET, POST, PUT, PATCH, DELETE",
            Self::Refunds(_, Some(_)) | Self::Notes(_, Some(_)) => "GET, DELETE",
            Self::Batch(_) => "POST, PUT, PATCH",
            Self::Generate(_) => "POST",
            Self::Setting(..) => "GET, POST, PUT, PATCH",
            Self::Index
            | Self::AllVariations
            | Self::Statuses
            | Self::AllRefunds
            | Self::Settings
            | Self::Group(_)
            | Self::SystemStatus
            | Self::Currency
            | Self::Gateways => "GET",
        }
    }

    /// Whether it is one row and no list.
    #[must_use]
    pub const fn is_item(&self) -> bool {
        matches!(
            self,
            Self::One(..) | Self::Refunds(_, Some(_)) | Self::Notes(_, Some(_)) | Self::Setting(..)
        )
    }
}

/// The routes of the namespace as its index shows them: pattern, methods, list arguments.
#[must_use]
pub fn table(profile: Profile) -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    const ID: &str = "GET, POST, PUT, PATCH, DELETE";
    const BATCH: &str = "POST, PUT, PATCH";
    let paged = ["context", "page", "per_page", "search", "exclude", "include", "offset", "order", "orderby"];
    let dated = ["after", "before", "modified_after", "modified_before", "dates_are_gmt"];
    let mut products =
        [&paged[..], &dated[..], &["status", "type", "sku", "category", "tag", "stock_status", "slug"]]
            .concat();
    for (major, minor, names) in [
        (6, 7, &["search_sku"][..]),
        (7, 0, &["include_meta", "exclude_meta"]),
        (9, 2, &["global_unique_id"]),
        (9, 6, &["include_status", "exclude_status", "include_types"]),
        (9, 9, &["search_name_or_sku"]),
        (10, 2, &["image_size"]),
    ] {
        if profile.since(major, minor) {
            products.extend(names);
        }
    }
    let orders = [&paged[..], &dated[..], &["status", "customer", "product", "dp", "parent"]].concat();
    let mut rows = vec![
        ("products", "GET, POST", products.clone()),
        ("products/(?P<id>[\\d]+)", ID, vec![]),
        ("products/batch", BATCH, vec![]),
        ("products/(?P<product_id>[\\d]+)/variations", "GET, POST", products),
        ("products/(?P<product_id>[\\d]+)/variations/(?P<id>[\\d]+)", ID, vec![]),
        ("products/(?P<product_id>[\\d]+)/variations/batch", BATCH, vec![]),
        ("products/attributes", "GET, POST", vec![]),
        ("products/attributes/(?P<id>[\\d]+)", ID, vec![]),
        ("products/attributes/batch", BATCH, vec![]),
        ("products/attributes/(?P<attribute_id>[\\d]+)/terms", "GET, POST", paged.to_vec()),
        ("products/attributes/(?P<attribute_id>[\\d]+)/terms/(?P<id>[\\d]+)", ID, vec![]),
        ("products/attributes/(?P<attribute_id>[\\d]+)/terms/batch", BATCH, vec![]),
        ("products/categories", "GET, POST", paged.to_vec()),
        ("products/categories/(?P<id>[\\d]+)", ID, vec![]),
        ("products/categories/batch", BATCH, vec![]),
        ("products/tags", "GET, POST", paged.to_vec()),
        ("products/tags/(?P<id>[\\d]+)", ID, vec![]),
        ("products/tags/batch", BATCH, vec![]),
        ("products/shipping_classes", "GET, POST", paged.to_vec()),
        ("products/shipping_classes/(?P<id>[\\d]+)", ID, vec![]),
        ("products/shipping_classes/batch", BATCH, vec![]),
        ("orders", "GET, POST", orders),
        ("orders/(?P<id>[\\d]+)", ID, vec![]),
        ("orders/batch", BATCH, vec![]),
        ("orders/(?P<order_id>[\\d]+)/refunds", "GET, POST", paged.to_vec()),
        ("orders/(?P<order_id>[\\d]+)/refunds/(?P<id>[\\d]+)", "GET, DELETE", vec![]),
        ("orders/(?P<order_id>[\\d]+)/notes", "GET, POST", vec![]),
        ("orders/(?P<order_id>[\\d]+)/notes/(?P<id>[\\d]+)", "GET, DELETE", vec![]),
        ("webhooks", "GET, POST", paged.to_vec()),
        ("webhooks/(?P<id>[\\d]+)", ID, vec![]),
        ("webhooks/batch", BATCH, vec![]),
        ("settings", "GET", vec![]),
        ("settings/(?P<group_id>[\\w-]+)", "GET", vec![]),
        ("settings/(?P<group_id>[\\w-]+)/(?P<id>[\\w-]+)", "GET, POST, PUT, PATCH", vec![]),
        ("system_status", "GET", vec![]),
        ("data/currencies/current", "GET", vec![]),
        ("payment_gateways", "GET", vec![]),
    ];
    for (major, minor, row) in [
        (7, 5, ("products/(?P<product_id>[\\d]+)/variations/generate", "POST", vec![])),
        (9, 0, ("refunds", "GET", paged.to_vec())),
        (9, 4, ("products/brands", "GET, POST", paged.to_vec())),
        (9, 4, ("products/brands/(?P<id>[\\d]+)", ID, vec![])),
        (9, 6, ("orders/statuses", "GET", vec![])),
        (10, 3, ("variations", "GET", paged.to_vec())),
    ] {
        if profile.since(major, minor) {
            rows.push(row);
        }
    }
    rows
}
