//! Lists of products, variations, orders and the small rows, with their filters (spec §5.2, §8.1).

use serde_json::Value;

use super::errors::{ApiError, invalid_param};
use super::item::Under;
use super::order::{self, Order};
use super::paging::{Paging, Span, ids, lag_ms, words};
use super::product::{Product, STATUSES, Type};
use super::reply::Out;
use super::resource::{Look, Resource, finish};
use super::schema::ORDER_STATUSES;
use super::sku::{clean, fold};
use super::term::{self, Tax, Term};
use super::wire::{Args, php_bool, php_int, php_string};
use super::world::World;
use super::{price, view, webhook};
use crate::core::faults::FaultKind;
use crate::core::market::Call;

const PRODUCT_ORDERS: [&str; 10] =
    ["date", "id", "modified", "title", "slug", "include", "price", "popularity", "rating", "menu_order"];

/// Which items a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Products, or the variations under one.
    Under(Under),
    /// All variations of the shop (since 10.3).
    AllVariations,
}

/// Lists products or variations.
///
/// # Errors
/// Bad paging, dates or status.
pub fn items(world: &World, scope: Scope, args: &Args, call: &Call, look: Look<'_>) -> Result<Out, ApiError> {
    let mut orders = PRODUCT_ORDERS.to_vec();
    if world.profile.since(11, 0) {
        orders.extend(["post__in", "sales", "random"]);
    }
    let paging = Paging::read(args, &orders, false)?;
    let span = Span::read(args, world)?;
    let text = |key: &str| args.get(key).map(php_string).filter(|text| !text.is_empty());
    let status = text("status").unwrap_or_else(|| "any".to_owned());
    if status != "any" && !STATUSES.contains(&status.as_str()) {
        let why = format!("status is not one of any, {}.", STATUSES.join(", "));
        return Err(invalid_param("status", "rest_not_in_enum", &why));
    }
    let filter = Filter::read(world, args);
    // `sku=0` is falsy in PHP: the list comes back unfiltered (spec §4.3).
    let skus = words(args, "sku").filter(|words| words.join(",") != "0");
    let include = ids(args, "include");
    let candidates: Vec<u64> = match (&skus, &include, scope) {
        (Some(skus), _, _) => {
            let mut found: Vec<u64> =
                skus.iter().flat_map(|sku| world.holders(&clean(sku))).copied().collect();
            found.sort_unstable();
            found.dedup();
            found
        }
        (None, Some(include), _) => include.clone(),
        (None, None, Scope::Under(Some(parent))) => {
            world.items.get(&parent).map_or_else(Vec::new, |parent| {
                let binned =
                    world.items.values().filter(|item| status == "trash" && item.parent == parent.id);
                parent.variations.iter().copied().chain(binned.map(|item| item.id)).collect()
            })
        }
        (None, None, Scope::Under(None) | Scope::AllVariations) => world.items.keys().copied().collect(),
    };
    let stale = call
        .fault
        .as_ref()
        .filter(|hit| hit.kind == FaultKind::StaleRead)
        .map(|hit| call.at_ms - hit.after_ms);
    let lag = lag_ms(call.fault.as_ref());
    let exclude = ids(args, "exclude").unwrap_or_default();
    let is_in_scope = |item: &Product| match scope {
        Scope::Under(None) => item.kind != Type::Variation || skus.is_some(),
        Scope::Under(Some(parent)) => item.kind == Type::Variation && item.parent == parent,
        Scope::AllVariations => item.kind == Type::Variation,
    };
    let mut rows: Vec<&Product> = candidates
        .iter()
        .filter_map(|id| match stale {
            Some(at_ms) => world.as_of(*id, at_ms),
            None => world.items.get(id).map(|item| &**item),
        })
        .filter(|item| is_in_scope(item))
        .filter(|item| {
            if status == "any" {
                !matches!(item.status.as_str(), "trash" | "auto-draft")
            } else {
                item.status == status
            }
        })
        .filter(|item| {
            include.as_ref().is_none_or(|include| include.contains(&item.id)) && !exclude.contains(&item.id)
        })
        .filter(|item| span.holds(item.created_s, item.modified_s) && filter.holds(world, item))
        .filter(|item| lag.is_none_or(|lag| item.created_ms <= call.at_ms - lag))
        .collect();
    sort_items(&paging, &mut rows, world, include.as_deref());
    Ok(paging.out(&rows, call, &world.home, |item| view::row(world, item, look.fields)))
}

fn sort_items(paging: &Paging, rows: &mut [&Product], world: &World, include: Option<&[u64]>) {
    let id = |item: &&Product| item.id;
    match paging.orderby.as_str() {
        "id" => paging.sort(rows, world, |_| 0, id),
        "modified" => paging.sort(rows, world, |item| item.modified_s, id),
        "title" => paging.sort(rows, world, |item| fold(&item.name), id),
        "slug" => paging.sort(rows, world, |item| item.slug.clone(), id),
        "menu_order" => paging.sort(rows, world, |item| item.menu_order, id),
        "popularity" | "sales" => paging.sort(rows, world, |item| item.total_sales, id),
        "price" => {
            let whole =
                |item: &&Product| price::amount(item.price(world.now_s())).map_or(0, super::wire::whole);
            paging.sort(rows, world, whole, id);
        }
        "include" | "post__in" => {
            let place = |wanted: u64| include.and_then(|include| include.iter().position(|id| *id == wanted));
            rows.sort_by_key(|item| place(item.id));
        }
        _ => paging.sort(rows, world, |item| item.created_s, id),
    }
}

/// The plain filters of products. Arguments that the release does not know are not looked at, so
/// that the unfiltered list comes back, as it does there (spec §1.2).
#[derive(Default)]
struct Filter {
    kind: Option<String>,
    kinds: Option<Vec<String>>,
    category: Option<Vec<u64>>,
    tag: Option<Vec<u64>>,
    parent: Option<Vec<u64>>,
    stock_status: Option<String>,
    slug: Option<String>,
    gtin: Option<Vec<String>>,
    search: Option<Vec<String>>,
    search_sku: Option<String>,
    name_or_sku: Option<String>,
    featured: Option<bool>,
    on_sale: Option<bool>,
    min_price: Option<f64>,
    max_price: Option<f64>,
    with_status: Option<Vec<String>>,
    without_status: Option<Vec<String>>,
}

impl Filter {
    fn read(world: &World, args: &Args) -> Self {
        let text = |key: &str| args.get(key).map(php_string).filter(|text| !text.is_empty());
        let since =
            |major, minor, key: &str| if world.profile.since(major, minor) { text(key) } else { None };
        let listed =
            |major, minor, key: &str| if world.profile.since(major, minor) { words(args, key) } else { None };
        Self {
            kind: text("type"),
            kinds: listed(9, 6, "include_types"),
            category: ids(args, "category"),
            tag: ids(args, "tag"),
            parent: ids(args, "parent"),
            stock_status: text("stock_status"),
            slug: text("slug"),
            gtin: listed(9, 2, "global_unique_id"),
            search: text("search")
                .map(|text| fold(&text).split_whitespace().map(ToOwned::to_owned).collect()),
            search_sku: since(6, 7, "search_sku").map(|text| fold(&text)),
            name_or_sku: since(9, 9, "search_name_or_sku").map(|text| fold(&text)),
            featured: args.get("featured").map(php_bool),
            on_sale: args.get("on_sale").map(php_bool),
            min_price: text("min_price").and_then(|text| text.parse().ok()),
            max_price: text("max_price").and_then(|text| text.parse().ok()),
            with_status: listed(9, 6, "include_status"),
            without_status: listed(9, 6, "exclude_status"),
        }
    }

    fn holds(&self, world: &World, item: &Product) -> bool {
        let any = |wanted: &Option<Vec<u64>>, held: &[u64]| {
            wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|id| held.contains(id)))
        };
        let word =
            |wanted: &Option<String>, held: &str| wanted.as_deref().is_none_or(|wanted| wanted == held);
        let listed = |wanted: &Option<Vec<String>>, held: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|word| word == held))
        };
        let amount = || price::amount(item.price(world.now_s())).unwrap_or(0.0);
        word(&self.kind, item.kind.word())
            && listed(&self.kinds, item.kind.word())
            && word(&self.stock_status, &item.stock_status)
            && word(&self.slug, &item.slug)
            && any(&self.category, &item.categories)
            && any(&self.tag, &item.tags)
            && self.parent.as_ref().is_none_or(|parents| parents.contains(&item.parent))
            && listed(&self.gtin, &item.gtin)
            && self.search.as_ref().is_none_or(|words| {
                let text = fold(&format!("{} {} {}", item.name, item.short_description, item.description));
                words.iter().all(|word| text.contains(word.as_str()))
            })
            && self.search_sku.as_ref().is_none_or(|part| fold(&item.sku).contains(part.as_str()))
            && self.name_or_sku.as_ref().is_none_or(|part| {
                fold(&item.sku).contains(part.as_str()) || fold(&item.name).contains(part.as_str())
            })
            && self.featured.is_none_or(|wanted| item.other.get("featured").is_some_and(php_bool) == wanted)
            && self.on_sale.is_none_or(|wanted| item.is_on_sale(world.now_s()) == wanted)
            && self.min_price.is_none_or(|least| amount() >= least)
            && self.max_price.is_none_or(|most| amount() <= most)
            && listed(&self.with_status, &item.status)
            && self.without_status.as_ref().is_none_or(|words| !words.contains(&item.status))
    }
}

/// Lists orders.
///
/// # Errors
/// Bad paging, dates or status.
pub fn orders(world: &World, args: &Args, call: &Call, look: Look<'_>) -> Result<Out, ApiError> {
    let paging = Paging::read(args, &["date", "id", "modified", "include", "title", "slug"], false)?;
    let span = Span::read(args, world)?;
    let wanted = words(args, "status").unwrap_or_else(|| vec!["any".to_owned()]);
    if let Some(bad) = wanted.iter().find(|word| *word != "any" && !ORDER_STATUSES.contains(&word.as_str())) {
        let why = format!("status[0] is not one of any, {} ({bad}).", ORDER_STATUSES.join(", "));
        return Err(invalid_param("status", "rest_not_in_enum", &why));
    }
    let is_wanted = |status: &str| {
        wanted
            .iter()
            .any(|word| word == status || (word == "any" && !matches!(status, "trash" | "auto-draft")))
    };
    let number = |key: &str| args.get(key).map(php_int);
    let (customer, product) = (number("customer"), number("product").and_then(|id| u64::try_from(id).ok()));
    let via = args.get("created_via").map(php_string).filter(|_| world.profile.has_hpos());
    let search = args.get("search").map(|text| fold(&php_string(text))).filter(|text| !text.is_empty());
    let (include, exclude) = (ids(args, "include"), ids(args, "exclude").unwrap_or_default());
    let lag = lag_ms(call.fault.as_ref());
    let all: Box<dyn Iterator<Item = &Order>> = match &include {
        Some(include) => Box::new(include.iter().filter_map(|id| world.orders.get(id))),
        None => Box::new(world.orders.values()),
    };
    let mut rows: Vec<&Order> = all
        .filter(|order| span.holds(order.created_s, order.modified_s) && is_wanted(&order.status))
        .filter(|order| !exclude.contains(&order.id))
        .filter(|order| customer.is_none_or(|id| order.customer == id))
        .filter(|order| product.is_none_or(|id| order.lines.iter().any(|line| line.product == id)))
        .filter(|order| via.as_ref().is_none_or(|via| order.created_via == *via))
        .filter(|order| search.as_ref().is_none_or(|text| is_found(order, text)))
        .filter(|order| lag.is_none_or(|lag| order.created_s * 1000 <= call.at_ms - lag))
        .collect();
    match paging.orderby.as_str() {
        "id" | "title" | "slug" => paging.sort(&mut rows, world, |_| 0, |order| order.id),
        "modified" => paging.sort(&mut rows, world, |order| order.modified_s, |order| order.id),
        "include" => {}
        _ => paging.sort(&mut rows, world, |order| order.created_s, |order| order.id),
    }
    Ok(paging.out(&rows, call, &world.home, |order| show_order(world, order, call, look)))
}

fn is_found(order: &Order, text: &str) -> bool {
    order.id.to_string() == text
        || order.billing.values().any(|value| fold(&php_string(value)).contains(text))
        || order.lines.iter().any(|line| fold(&line.name).contains(text))
}

/// An order as a reply shows it: garbled once, or with a status nobody knows, where a script says so.
#[must_use]
pub fn show_order(world: &World, order: &Order, call: &Call, look: Look<'_>) -> Vec<u8> {
    let mut value = order::view(world, order, look.dp);
    if call.fault.as_ref().is_some_and(|hit| hit.kind == FaultKind::UnknownStatus) {
        value["status"] = "dang-giao-hang".into();
    }
    if order.garbled {
        world.shown_garbled.borrow_mut().push(order.id);
        value["line_items"] = "a:0:{}".into();
        value["date_created_gmt"] = false.into();
        value["total"] = Value::Null;
    }
    finish(value, look.fields)
}

/// Lists terms, attributes or webhooks.
///
/// # Errors
/// Bad paging.
pub fn small(
    world: &World,
    resource: Resource,
    args: &Args,
    call: &Call,
    look: Look<'_>,
) -> Result<Out, ApiError> {
    let search = args.get("search").map(|text| fold(&php_string(text))).filter(|text| !text.is_empty());
    let has = |name: &str| search.as_ref().is_none_or(|text| fold(name).contains(text.as_str()));
    match resource {
        Resource::Terms(tax) => terms(world, tax, args, call, look),
        Resource::Attributes => {
            let rows: Vec<Value> = world.attributes.values().map(term::attribute_view).collect();
            let out = Out::value(200, &Value::Array(rows.clone())).with("X-WP-Total", rows.len().to_string());
            Ok(out.with("X-WP-TotalPages", "1"))
        }
        Resource::Webhooks => {
            let paging = Paging::read(args, &["date", "id", "title"], false)?;
            let status =
                args.get("status").map(php_string).filter(|status| status != "all" && !status.is_empty());
            let mut rows: Vec<_> = world.webhooks.values().filter(|hook| has(&hook.name)).collect();
            rows.retain(|hook| status.as_ref().is_none_or(|status| hook.status == *status));
            paging.sort(&mut rows, world, |_| 0, |hook| hook.id);
            Ok(paging.out(&rows, call, &world.home, |hook| finish(webhook::view(world, hook), look.fields)))
        }
        Resource::Items(under) => items(world, Scope::Under(under), args, call, look),
        Resource::Orders => orders(world, args, call, look),
    }
}

fn terms(world: &World, tax: Tax, args: &Args, call: &Call, look: Look<'_>) -> Result<Out, ApiError> {
    if let Tax::Attribute(id) = tax
        && !world.attributes.contains_key(&id)
    {
        return Err(super::errors::error(
            404,
            "woocommerce_rest_taxonomy_invalid",
            "Taxonomy does not exist.",
        ));
    }
    let sorts = ["name", "id", "include", "slug", "term_group", "description", "count", "menu_order"];
    let paging = Paging::read(args, &sorts, true)?;
    let text = |key: &str| args.get(key).map(php_string).filter(|text| !text.is_empty());
    let search = text("search").map(|text| fold(&text));
    let (slug, parent) = (text("slug"), ids(args, "parent"));
    let (include, exclude) = (ids(args, "include"), ids(args, "exclude").unwrap_or_default());
    let counts = world.term_counts(tax);
    let count = |term: &Term| counts.get(&term.id).copied().unwrap_or(0);
    let hides_empty = args.get("hide_empty").is_some_and(php_bool);
    let mut rows: Vec<&Term> = world.terms.get(&tax).into_iter().flat_map(|terms| terms.values()).collect();
    rows.retain(|term| {
        search.as_ref().is_none_or(|text| fold(&term.name).contains(text.as_str()))
            && slug.as_ref().is_none_or(|slug| term.slug == *slug)
            && parent.as_ref().is_none_or(|parents| parents.contains(&term.parent))
            && include.as_ref().is_none_or(|include| include.contains(&term.id))
            && !exclude.contains(&term.id)
            && (!hides_empty || count(term) > 0)
    });
    match paging.orderby.as_str() {
        "id" | "include" => paging.sort(&mut rows, world, |_| 0, |term| term.id),
        "count" => paging.sort(&mut rows, world, |term| count(term), |term| term.id),
        "slug" => paging.sort(&mut rows, world, |term| term.slug.clone(), |term| term.id),
        _ => paging.sort(&mut rows, world, |term| fold(&term.name), |term| term.id),
    }
    Ok(paging
        .out(&rows, call, &world.home, |term| finish(term::view(world, tax, term, count(term)), look.fields)))
}
