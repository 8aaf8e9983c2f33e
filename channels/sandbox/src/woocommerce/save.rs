//! Taking arguments into a product or variation, with PHP's leniency. What a single call refuses
//! has been refused before (`schema`); a batch comes here as it was sent.

use serde_json::Value;

use super::clean::{rich, slug};
use super::errors::{ApiError, error};
use super::product::{Axis, Choice, Meta, Picture, Product, STATUSES, STOCK_STATUSES, Type, VISIBILITIES};
use super::sku;
use super::term::Tax;
use super::wire::{Args, php_bool, php_id, php_int, php_string, read_date};
use super::world::World;
use super::{clean, price};

/// Fields kept as sent, with what they are when never sent.
pub const KEPT: [&str; 13] = [
    "featured",
    "virtual",
    "downloadable",
    "external_url",
    "button_text",
    "tax_status",
    "tax_class",
    "sold_individually",
    "reviews_allowed",
    "upsell_ids",
    "cross_sell_ids",
    "purchase_note",
    "default_attributes",
];

/// A value that is there and not null (PHP's `isset`).
fn set<'a>(args: &'a Args, key: &str) -> Option<&'a Value> {
    args.get(key).filter(|value| !value.is_null())
}

/// Whether the uniqueness of the SKU is still to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkuCheck {
    /// Check now.
    Now,
    /// Checked some time ago: between then and now a twin may have come (releases before 9.2).
    Done,
}

/// Takes the arguments into `product`. Nothing is stored when it fails.
///
/// # Errors
/// SKU, GTIN, visibility or picture refused.
pub fn take(world: &mut World, product: &mut Product, args: &Args, check: SkuCheck) -> Result<(), ApiError> {
    let text = |key: &str| set(args, key).map(php_string);
    if product.kind != Type::Variation
        && let Some(kind) = text("type").and_then(|word| Type::read(&word))
    {
        change_type(world, product, kind);
    }
    if let Some(name) = text("name").filter(|name| !name.trim().is_empty() && product.kind != Type::Variation)
    {
        product.name = rich(name.trim());
    }
    if let Some(html) = text("description") {
        product.description = rich(&html);
    }
    if let Some(html) = text("short_description") {
        product.short_description = rich(&html);
    }
    if let Some(word) = text("catalog_visibility") {
        if !VISIBILITIES.contains(&word.as_str()) {
            return Err(error(
                400,
                "product_invalid_catalog_visibility",
                "Invalid catalog visibility option.",
            ));
        }
        product.visibility = word;
    }
    take_status(world, product, text("status"), text("slug"));
    take_codes(world, product, args, check)?;
    take_prices(world, product, args);
    take_stock(world, product, args);
    take_measures(product, args);
    take_terms(world, product, args);
    if product.kind == Type::Variation {
        take_choices(world, product, args);
    } else if let Some(Value::Array(rows)) = set(args, "attributes") {
        product.axes = axes(world, rows);
    }
    take_pictures(world, product, args)?;
    for key in KEPT {
        if let Some(value) = set(args, key) {
            product.other.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(Value::Array(rows)) = set(args, "meta_data") {
        take_meta(world, &mut product.meta, rows);
        if let Some(at) = product.meta.iter().position(|meta| meta.key == "_sku") {
            // An internal key is written without any check (spec §4.3).
            product.sku = php_string(&product.meta.remove(at).value);
        }
    }
    Ok(())
}

fn change_type(world: &mut World, product: &mut Product, kind: Type) {
    if product.kind == Type::Variable && kind != Type::Variable {
        for id in std::mem::take(&mut product.variations) {
            world.remove(id);
        }
    }
    product.kind = kind;
}

fn take_status(
    world: &mut World,
    product: &mut Product,
    status: Option<String>,
    wanted_slug: Option<String>,
) {
    if let Some(status) = status.filter(|status| !status.is_empty()) {
        let known = STATUSES.contains(&status.as_str());
        product.status = if known { status } else { "draft".to_owned() };
        if !product.is_binned()
            && let Some(clean) = product.slug.strip_suffix("__trashed")
        {
            product.slug = clean.to_owned();
        }
    }
    if product.kind == Type::Variation {
        return;
    }
    if let Some(wanted) = wanted_slug.filter(|wanted| !wanted.is_empty()) {
        let wanted = slug(&wanted);
        if wanted != product.slug {
            product.slug = world.free_slug(&wanted);
        }
    } else if product.slug.is_empty()
        && !matches!(product.status.as_str(), "draft" | "auto-draft" | "pending")
    {
        product.slug = world.free_slug(&slug(&product.name));
    }
}

fn take_codes(world: &World, product: &mut Product, args: &Args, check: SkuCheck) -> Result<(), ApiError> {
    if let Some(sent) = set(args, "sku").map(php_string) {
        let cleaned = sku::clean(&sent);
        if cleaned.is_empty() && !sent.trim().is_empty() {
            return Err(error(400, "product_invalid_sku", "Invalid or duplicated SKU.")
                .with("resource_id", 0)
                .with("unique_sku", ""));
        }
        if cleaned != product.sku && check == SkuCheck::Now {
            let is_new = !world.items.contains_key(&product.id);
            let owner = world
                .holders(&cleaned)
                .iter()
                .copied()
                .find(|id| *id != product.id && counts(world, *id, is_new));
            if let Some(owner) = owner {
                return Err(taken(world, &cleaned, owner));
            }
        }
        product.sku = cleaned;
    }
    if world.profile.has_sku_lock()
        && let Some(sent) = set(args, "global_unique_id").map(php_string)
    {
        let gtin = sku::gtin(&sent);
        let owner = world.gtin_holders(&gtin).iter().copied().find(|id| *id != product.id);
        if let Some(owner) = owner.filter(|_| !gtin.is_empty()) {
            return Err(error(
                400,
                "product_invalid_global_unique_id",
                "Invalid or duplicated GTIN, UPC, EAN or ISBN.",
            )
            .with("resource_id", owner)
            .with("unique_global_unique_id", format!("{gtin}-1")));
        }
        product.gtin = gtin;
    }
    Ok(())
}

/// Whether a holder's SKU counts: in the bin only since 9.2 and for updates; a create meets the lock instead.
fn counts(world: &World, id: u64, is_new: bool) -> bool {
    (world.profile.has_sku_lock() && !is_new)
        || world.items.get(&id).is_some_and(|product| !product.is_binned())
}

/// The refusal of a SKU that has a holder.
#[must_use]
pub fn taken(world: &World, wanted: &str, owner: u64) -> ApiError {
    let mut n = 1;
    while !world.holders(&format!("{wanted}-{n}")).is_empty() {
        n += 1;
    }
    error(400, "product_invalid_sku", "Invalid or duplicated SKU.")
        .with("resource_id", owner)
        .with("unique_sku", format!("{wanted}-{n}"))
}

fn take_prices(world: &World, product: &mut Product, args: &Args) {
    if matches!(product.kind, Type::Variable | Type::Grouped) {
        product.regular_price.clear();
        product.sale_price.clear();
        return;
    }
    if let Some(sent) = set(args, "regular_price") {
        product.regular_price = price::stored(&php_string(sent));
    }
    if let Some(sent) = set(args, "sale_price") {
        product.sale_price = price::stored(&php_string(sent));
    }
    for (key, offset_s, is_from) in [
        ("date_on_sale_from", world.offset_s, true),
        ("date_on_sale_from_gmt", 0, true),
        ("date_on_sale_to", world.offset_s, false),
        ("date_on_sale_to_gmt", 0, false),
    ] {
        if let Some(sent) = args.get(key) {
            let date = sent.as_str().and_then(|text| read_date(text, offset_s));
            if is_from {
                product.sale_from = date;
            } else {
                product.sale_to = date;
            }
        }
    }
    product.drop_idle_sale_price();
}

fn take_stock(world: &World, product: &mut Product, args: &Args) {
    let status =
        set(args, "stock_status").map(php_string).filter(|word| STOCK_STATUSES.contains(&word.as_str()));
    if let Some(sent) = set(args, "low_stock_amount") {
        product.low_stock = Some(php_int(sent));
    }
    if let Some(sent) = set(args, "manage_stock") {
        product.manage_stock = php_bool(sent);
    }
    let is_counted =
        world.settings.manages_stock() && !matches!(product.kind, Type::Grouped | Type::External);
    if !is_counted || !product.manage_stock {
        product.manage_stock = false;
        product.stock = None;
        if let Some(status) = status {
            product.stock_status = status;
        }
        return;
    }
    if let Some(sent) = set(args, "backorders") {
        product.backorders = php_string(sent);
    }
    if let Some(sent) = set(args, "stock_quantity") {
        product.stock = Some(php_int(sent));
    } else if let Some(sent) = set(args, "inventory_delta") {
        product.stock = Some(product.stock.unwrap_or(0) + php_int(sent));
    }
    product.derive_stock_status();
}

fn take_measures(product: &mut Product, args: &Args) {
    if let Some(sent) = set(args, "weight") {
        product.weight = price::stored(&php_string(sent));
    }
    if let Some(Value::Object(sent)) = set(args, "dimensions") {
        for (slot, key) in product.dimensions.iter_mut().zip(["length", "width", "height"]) {
            if let Some(sent) = set(sent, key) {
                *slot = price::stored(&php_string(sent));
            }
        }
    }
    if let Some(sent) = set(args, "shipping_class") {
        product.shipping_class = slug(&php_string(sent));
    }
    if let Some(sent) = set(args, "menu_order") {
        product.menu_order = php_int(sent);
    }
}

/// Whole arrays are replaced; unknown categories fall to the default one without a word (spec §4.7).
fn take_terms(world: &World, product: &mut Product, args: &Args) {
    if product.kind == Type::Variation {
        return;
    }
    let ids = |key: &str, tax: Tax| -> Option<Vec<u64>> {
        let Some(Value::Array(rows)) = set(args, key) else { return None };
        let known = world.terms.get(&tax);
        let ids = rows.iter().map(|row| php_id(row.get("id")));
        Some(ids.filter(|id| known.is_some_and(|known| known.contains_key(id))).collect())
    };
    if let Some(categories) = ids("categories", Tax::Category) {
        product.categories = categories;
    }
    if product.categories.is_empty() {
        product.categories.push(world.default_category);
    }
    if let Some(tags) = ids("tags", Tax::Tag) {
        product.tags = tags;
    }
    if let Some(brands) = ids("brands", Tax::Brand) {
        product.brands = brands;
    }
}

fn axes(world: &mut World, rows: &[Value]) -> Vec<Axis> {
    let mut axes: Vec<Axis> = Vec::with_capacity(rows.len());
    for row in rows {
        let id = php_id(row.get("id"));
        let name = row.get("name").map(php_string).unwrap_or_default();
        let global = world.attributes.get(&id).map(|attribute| attribute.name.clone());
        if global.is_none() && (id > 0 || name.trim().is_empty()) {
            continue;
        }
        let mut options: Vec<String> = match row.get("options") {
            Some(Value::Array(options)) => options.iter().map(php_string).collect(),
            Some(Value::String(text)) => text.split('|').map(|option| option.trim().to_owned()).collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
        };
        options.retain(|option| !option.is_empty());
        if global.is_some() {
            // Unknown options of a parent's global attribute become terms (spec §4.8).
            options = options.iter().map(|option| world.term_named(Tax::Attribute(id), option)).collect();
        }
        let position = row.get("position").map_or_else(|| i64::try_from(axes.len()).unwrap_or(0), php_int);
        axes.push(Axis {
            id,
            name: global.unwrap_or_else(|| name.trim().to_owned()),
            position,
            visible: row.get("visible").is_some_and(php_bool),
            variation: row.get("variation").is_some_and(php_bool),
            options,
        });
    }
    axes
}

/// Neither doubles nor options the parent lacks are refused (spec §6).
fn take_choices(world: &World, product: &mut Product, args: &Args) {
    let Some(Value::Array(rows)) = set(args, "attributes") else { return };
    let Some(parent) = world.items.get(&product.parent) else { return };
    product.choices = rows
        .iter()
        .filter_map(|row| {
            let id = php_id(row.get("id"));
            let name = row.get("name").map(php_string).unwrap_or_default();
            let axis = parent.axes.iter().find(|axis| {
                axis.variation
                    && (if id > 0 { axis.id == id } else { sku::fold(&axis.name) == sku::fold(&name) })
            })?;
            let sent = row.get("option").map(php_string).filter(|option| !option.is_empty())?;
            let known = axis
                .options
                .iter()
                .find(|option| sku::fold(option) == sku::fold(&sent) || slug(option) == sent);
            let option = match known {
                Some(option) => option.clone(),
                None if axis.id > 0 => slug(&sent),
                None => sent,
            };
            Some(Choice { id: axis.id, name: axis.name.clone(), option })
        })
        .collect();
}

/// Pictures by id; those by address were fetched before and carry `fetched` or `failed` (see `media`).
fn take_pictures(world: &mut World, product: &mut Product, args: &Args) -> Result<(), ApiError> {
    let one;
    let rows: &[Value] = if product.kind == Type::Variation {
        match args.get("image") {
            None | Some(Value::Null) => return Ok(()),
            Some(image @ Value::Object(_)) => {
                one = [image.clone()];
                &one
            }
            Some(_) => &[],
        }
    } else {
        match set(args, "images") {
            Some(Value::Array(rows)) => rows,
            Some(_) | None => return Ok(()),
        }
    };
    let mut pictures = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(why) = row.get(super::media::FAILED) {
            return Err(error(400, "woocommerce_product_image_upload_error", php_string(why)));
        }
        let id = row.get(super::media::FETCHED).map_or_else(|| php_id(row.get("id")), |id| php_id(Some(id)));
        if id == 0 {
            continue;
        }
        let Some(media) = world.media.get_mut(&id) else {
            return Err(error(
                400,
                "woocommerce_product_invalid_image_id",
                format!("#{id} is an invalid image ID."),
            ));
        };
        if let Some(name) = row.get("name").map(php_string).filter(|name| !name.is_empty()) {
            media.name = clean::rich(&name);
        }
        if let Some(alt) = row.get("alt").map(php_string).filter(|alt| !alt.is_empty()) {
            media.alt = alt;
        }
        pictures.push(Picture { id, name: media.name.clone(), alt: media.alt.clone() });
    }
    product.images = pictures;
    Ok(())
}

/// Meta merges by key or id; `null` deletes (spec §4.7).
pub fn take_meta(world: &mut World, meta: &mut Vec<Meta>, rows: &[Value]) {
    for row in rows {
        let id = php_id(row.get("id"));
        let key = row.get("key").map(php_string).unwrap_or_default();
        let at = meta.iter().position(|held| if id > 0 { held.id == id } else { held.key == key });
        let value = row.get("value").cloned().unwrap_or(Value::Null);
        match (at, value.is_null()) {
            (Some(at), true) => {
                meta.remove(at);
            }
            (Some(at), false) => meta[at].value = value,
            (None, false) if !key.is_empty() => meta.push(Meta { id: world.take_row(), key, value }),
            (None, _) => {}
        }
    }
}
