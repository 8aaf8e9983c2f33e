//! How a product or variation looks in a reply.

use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::clean::slug;
use super::product::{Meta, Picture, Product, Type};
use super::term::Tax;
use super::wire::{iso, php_json, thin};
use super::world::World;

/// One row as JSON bytes, thinned to `fields` when asked.
#[must_use]
pub fn row(world: &World, product: &Product, fields: Option<&str>) -> Vec<u8> {
    if product.kind == Type::Variation {
        return ready(&variation(world, product), fields);
    }
    ready(&full(world, product), fields)
}

fn ready<T: Serialize>(view: &T, fields: Option<&str>) -> Vec<u8> {
    match fields {
        None => php_json(view),
        Some(fields) => php_json(&thin(serde_json::to_value(view).unwrap_or(Value::Null), fields)),
    }
}

#[derive(Serialize)]
struct Dimensions<'a> {
    length: &'a str,
    width: &'a str,
    height: &'a str,
}

/// What products and variations have in common.
#[derive(Serialize)]
struct Shared<'a> {
    id: u64,
    parent_id: u64,
    r#type: &'static str,
    name: String,
    permalink: String,
    date_created: String,
    date_created_gmt: String,
    date_modified: String,
    date_modified_gmt: String,
    status: &'a str,
    description: &'a str,
    sku: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    global_unique_id: Option<&'a str>,
    price: String,
    regular_price: &'a str,
    sale_price: &'a str,
    date_on_sale_from: Option<String>,
    date_on_sale_from_gmt: Option<String>,
    date_on_sale_to: Option<String>,
    date_on_sale_to_gmt: Option<String>,
    on_sale: bool,
    purchasable: bool,
    r#virtual: &'a Value,
    downloadable: &'a Value,
    downloads: [u8; 0],
    download_limit: i8,
    download_expiry: i8,
    tax_status: &'a Value,
    tax_class: &'a Value,
    stock_quantity: Option<i64>,
    stock_status: &'a str,
    backorders: &'a str,
    backorders_allowed: bool,
    backordered: bool,
    low_stock_amount: Option<i64>,
    weight: &'a str,
    dimensions: Dimensions<'a>,
    shipping_class: &'a str,
    shipping_class_id: u64,
    menu_order: i64,
    meta_data: Vec<MetaView<'a>>,
}

#[derive(Serialize)]
struct Full<'a> {
    #[serde(flatten)]
    shared: Shared<'a>,
    slug: &'a str,
    featured: &'a Value,
    catalog_visibility: &'a str,
    short_description: &'a str,
    total_sales: i64,
    external_url: &'a Value,
    button_text: &'a Value,
    manage_stock: bool,
    sold_individually: &'a Value,
    shipping_required: bool,
    shipping_taxable: bool,
    reviews_allowed: &'a Value,
    average_rating: &'static str,
    rating_count: u8,
    upsell_ids: &'a Value,
    cross_sell_ids: &'a Value,
    purchase_note: &'a Value,
    categories: Vec<TermView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brands: Option<Vec<TermView<'a>>>,
    tags: Vec<TermView<'a>>,
    images: Vec<Value>,
    attributes: Vec<Value>,
    default_attributes: &'a Value,
    variations: &'a [u64],
    grouped_products: [u8; 0],
    price_html: String,
    related_ids: [u8; 0],
    has_options: bool,
    post_password: &'static str,
}

#[derive(Serialize)]
struct OneVariation<'a> {
    #[serde(flatten)]
    shared: Shared<'a>,
    manage_stock: Value,
    image: Option<Value>,
    attributes: Vec<Value>,
}

#[derive(Serialize)]
struct MetaView<'a> {
    id: u64,
    key: &'a str,
    value: &'a Value,
}

#[derive(Serialize)]
struct TermView<'a> {
    id: u64,
    name: &'a str,
    slug: &'a str,
}

/// The `meta_data` rows of anything.
#[must_use]
pub fn metas(meta: &[Meta]) -> Value {
    meta.iter().map(|meta| json!({ "id": meta.id, "key": meta.key, "value": meta.value })).collect()
}

/// Times of a field: shop-local and `_gmt`.
#[must_use]
pub fn times(world: &World, at_s: Option<i64>) -> (Option<String>, Option<String>) {
    (at_s.map(|at| iso(at + world.offset_s)), at_s.map(iso))
}

const NO: &Value = &Value::Bool(false);
const YES: &Value = &Value::Bool(true);
static EMPTY_LIST: Value = Value::Array(Vec::new());
static EMPTY_TEXT: Value = Value::String(String::new());
static TAXABLE: LazyLock<Value> = LazyLock::new(|| Value::String("taxable".to_owned()));

fn kept<'a>(product: &'a Product, key: &str, default: &'a Value) -> &'a Value {
    product.other.get(key).unwrap_or(default)
}

fn shared<'a>(world: &'a World, product: &'a Product, sku: &'a str, counter: &'a Product) -> Shared<'a> {
    let now_s = world.now_s();
    let (sale_from, sale_from_gmt) = times(world, product.sale_from);
    let (sale_to, sale_to_gmt) = times(world, product.sale_to);
    let price = shown_price(world, product);
    let [length, width, height] = &product.dimensions;
    let is_backorder = counter.manage_stock && counter.backorders != "no";
    let of_class = |term: &&super::term::Term| term.slug == product.shipping_class;
    let class = (!product.shipping_class.is_empty())
        .then(|| world.terms.get(&Tax::ShippingClass).and_then(|terms| terms.values().find(of_class)))
        .flatten();
    Shared {
        id: product.id,
        parent_id: product.parent,
        r#type: product.kind.word(),
        name: product.name.clone(),
        permalink: permalink(world, product),
        date_created: iso(product.created_s + world.offset_s),
        date_created_gmt: iso(product.created_s),
        date_modified: iso(product.modified_s + world.offset_s),
        date_modified_gmt: iso(product.modified_s),
        status: &product.status,
        description: &product.description,
        sku,
        global_unique_id: world.profile.has_sku_lock().then_some(product.gtin.as_str()),
        purchasable: !price.is_empty() && product.status == "publish",
        on_sale: product.is_on_sale(now_s),
        price,
        regular_price: &product.regular_price,
        sale_price: &product.sale_price,
        date_on_sale_from: sale_from,
        date_on_sale_from_gmt: sale_from_gmt,
        date_on_sale_to: sale_to,
        date_on_sale_to_gmt: sale_to_gmt,
        r#virtual: kept(product, "virtual", NO),
        downloadable: kept(product, "downloadable", NO),
        downloads: [],
        download_limit: -1,
        download_expiry: -1,
        tax_status: kept(product, "tax_status", &TAXABLE),
        tax_class: kept(product, "tax_class", &EMPTY_TEXT),
        stock_quantity: if counter.manage_stock { counter.stock } else { None },
        stock_status: &counter.stock_status,
        backorders: &counter.backorders,
        backorders_allowed: is_backorder,
        backordered: is_backorder && counter.stock_status == "onbackorder",
        low_stock_amount: product.low_stock,
        weight: &product.weight,
        dimensions: Dimensions { length, width, height },
        shipping_class: &product.shipping_class,
        shipping_class_id: class.map_or(0, |term| term.id),
        menu_order: product.menu_order,
        meta_data: product
            .meta
            .iter()
            .map(|meta| MetaView { id: meta.id, key: &meta.key, value: &meta.value })
            .collect(),
    }
}

/// A variable product shows its lowest variation price.
fn shown_price(world: &World, product: &Product) -> String {
    let now_s = world.now_s();
    if product.kind != Type::Variable {
        return product.price(now_s).to_owned();
    }
    let children = product.variations.iter().filter_map(|id| world.items.get(id));
    let sold = children.filter(|child| child.status == "publish").map(|child| child.price(now_s));
    let lowest = sold.filter_map(|price| super::price::amount(price).map(|amount| (amount, price)));
    lowest.min_by(|one, two| one.0.total_cmp(&two.0)).map_or_else(String::new, |(_, price)| price.to_owned())
}

fn permalink(world: &World, product: &Product) -> String {
    let owner = world.items.get(&product.parent).map_or(product, |parent| &**parent);
    if owner.status == "publish" && !owner.slug.is_empty() {
        return format!("{}/product/{}/", world.home, owner.slug);
    }
    format!("{}/?post_type=product&p={}", world.home, owner.id)
}

fn full<'a>(world: &'a World, product: &'a Product) -> Full<'a> {
    let shared = shared(world, product, &product.sku, product);
    let price_html = if shared.price.is_empty() {
        String::new()
    } else {
        format!(
            "<span class=\"woocommerce-Price-amount amount\"><bdi>{}&nbsp;&#8363;</bdi></span>",
            shared.price
        )
    };
    Full {
        slug: &product.slug,
        featured: kept(product, "featured", NO),
        catalog_visibility: &product.visibility,
        short_description: &product.short_description,
        total_sales: product.total_sales,
        external_url: kept(product, "external_url", &EMPTY_TEXT),
        button_text: kept(product, "button_text", &EMPTY_TEXT),
        manage_stock: product.manage_stock,
        sold_individually: kept(product, "sold_individually", NO),
        shipping_required: true,
        shipping_taxable: true,
        reviews_allowed: kept(product, "reviews_allowed", YES),
        average_rating: "0.00",
        rating_count: 0,
        upsell_ids: kept(product, "upsell_ids", &EMPTY_LIST),
        cross_sell_ids: kept(product, "cross_sell_ids", &EMPTY_LIST),
        purchase_note: kept(product, "purchase_note", &EMPTY_TEXT),
        categories: terms(world, Tax::Category, &product.categories),
        brands: world.profile.since(9, 4).then(|| terms(world, Tax::Brand, &product.brands)),
        tags: terms(world, Tax::Tag, &product.tags),
        images: product.images.iter().filter_map(|picture| image(world, picture)).collect(),
        attributes: product.axes.iter().map(|axis| axis_view(world, axis)).collect(),
        default_attributes: kept(product, "default_attributes", &EMPTY_LIST),
        variations: &product.variations,
        grouped_products: [],
        price_html,
        related_ids: [],
        has_options: product.kind == Type::Variable,
        post_password: "",
        shared,
    }
}

fn variation<'a>(world: &'a World, product: &'a Product) -> OneVariation<'a> {
    let parent = world.items.get(&product.parent).map(|parent| &**parent);
    // Without its own SKU it shows the parent's (spec §6).
    let sku = match parent {
        Some(parent) if product.sku.is_empty() => &parent.sku,
        Some(_) | None => &product.sku,
    };
    let is_parents = !product.manage_stock && parent.is_some_and(|parent| parent.manage_stock);
    let counter = parent.filter(|_| is_parents).unwrap_or(product);
    let mut shared = shared(world, product, sku, counter);
    let options: Vec<&str> = product.choices.iter().map(|choice| choice.option.as_str()).collect();
    shared.name = options.join(", ");
    OneVariation {
        shared,
        manage_stock: if is_parents { json!("parent") } else { json!(product.manage_stock) },
        image: product.images.first().and_then(|picture| image(world, picture)),
        attributes: choices(world, product, parent),
    }
}

/// Only choices whose axis the parent still has are shown.
fn choices(world: &World, product: &Product, parent: Option<&Product>) -> Vec<Value> {
    let is_known = |name: &str| parent.is_none_or(|parent| parent.axes.iter().any(|axis| axis.name == name));
    let shown = product.choices.iter().filter(|choice| is_known(&choice.name));
    shown
        .map(|choice| {
            let mut view = json!({ "id": choice.id, "name": choice.name, "option": choice.option });
            if !world.profile.is_old() {
                let global = world.attributes.get(&choice.id).map(|attribute| attribute.slug.clone());
                view["slug"] = global.unwrap_or_else(|| slug(&choice.name)).into();
            }
            view
        })
        .collect()
}

fn axis_view(world: &World, axis: &super::product::Axis) -> Value {
    let mut view = json!({
        "id": axis.id, "name": axis.name, "position": axis.position, "visible": axis.visible,
        "variation": axis.variation, "options": axis.options,
    });
    if !world.profile.is_old() {
        // A local attribute's slug is its raw name here (spec §4.8).
        let global = world.attributes.get(&axis.id).map(|attribute| attribute.slug.clone());
        view["slug"] = global.unwrap_or_else(|| axis.name.clone()).into();
    }
    view
}

fn terms<'a>(world: &'a World, tax: Tax, ids: &[u64]) -> Vec<TermView<'a>> {
    let known = world.terms.get(&tax);
    let found = ids.iter().filter_map(|id| known.and_then(|known| known.get(id)));
    found.map(|term| TermView { id: term.id, name: &term.name, slug: &term.slug }).collect()
}

fn image(world: &World, picture: &Picture) -> Option<Value> {
    let media = world.media.get(&picture.id)?;
    let mut view = Map::new();
    view.insert("id".into(), picture.id.into());
    for key in ["date_created", "date_modified"] {
        view.insert(key.into(), iso(media.created_s + world.offset_s).into());
        view.insert(format!("{key}_gmt"), iso(media.created_s).into());
    }
    view.insert("src".into(), media.src.clone().into());
    view.insert("name".into(), picture.name.clone().into());
    view.insert("alt".into(), picture.alt.clone().into());
    Some(Value::Object(view))
}
