//! Making, changing and deleting products and variations (spec §4.3, §4.6, §6).

use super::errors::{ApiError, error, fatal};
use super::product::{Product, Type};
use super::save::{SkuCheck, take, taken};
use super::sku;
use super::view;
use super::wire::{Args, php_id, php_string};
use super::world::World;

/// `None`: a product; `Some`: a variation under that parent.
pub type Under = Option<u64>;

fn invalid(status: u16, under: Under) -> ApiError {
    let code = if under.is_some() {
        "woocommerce_rest_product_variation_invalid_id"
    } else {
        "woocommerce_rest_product_invalid_id"
    };
    error(status, code, "Invalid ID.")
}

/// Looks up an item to show it.
///
/// # Errors
/// 404 when it is not there, or not under that parent (old releases show it anyway).
pub fn find(world: &World, under: Under, id: u64) -> Result<&Product, ApiError> {
    let item = world.items.get(&id).map(|item| &**item).ok_or_else(|| invalid(404, under))?;
    match under {
        Some(_) if item.kind != Type::Variation => Err(invalid(404, under)),
        Some(parent) if item.parent != parent && !world.profile.is_old() => Err(invalid(404, under)),
        Some(_) | None => Ok(item),
    }
}

/// Checks a creation before its pictures are fetched, and takes the SKU lock where the release has one.
/// Returns the folded SKU that was locked; give it back with [`unlock`].
///
/// # Errors
/// An `id` was sent, or the SKU is taken, in the bin, orphaned or under creation.
pub fn begin(world: &mut World, under: Under, args: &Args) -> Result<Option<String>, ApiError> {
    if php_id(args.get("id")) > 0 {
        let code = if under.is_some() {
            "woocommerce_rest_product_variation_exists"
        } else {
            "woocommerce_rest_product_exists"
        };
        return Err(error(400, code, "Cannot create existing product."));
    }
    if let Some(parent) = under
        && !world.items.contains_key(&parent)
        && !world.profile.is_old()
    {
        return Err(fatal());
    }
    let cleaned = args.get("sku").map(php_string).map(|sent| sku::clean(&sent)).unwrap_or_default();
    if cleaned.is_empty() {
        return Ok(None);
    }
    let is_binned = |id: &u64| world.items.get(id).is_some_and(|item| item.is_binned());
    if let Some(owner) = world.holders(&cleaned).iter().find(|id| !is_binned(id)) {
        return Err(taken(world, &cleaned, *owner));
    }
    if !world.profile.has_sku_lock() {
        return Ok(None);
    }
    let folded = sku::fold(&cleaned);
    if world.holders(&cleaned).iter().any(is_binned)
        || world.orphans.contains(&folded)
        || world.creating.contains(&folded)
    {
        let why = if world.profile.since(9, 8) {
            format!(
                "The product with SKU ({cleaned}) you are trying to insert is already present in the lookup table"
            )
        } else {
            format!("The SKU ({cleaned}) you are trying to insert is already under processing")
        };
        return Err(error(400, "woocommerce_rest_product_not_created", why));
    }
    world.creating.insert(folded.clone());
    Ok(Some(folded))
}

/// Gives a SKU lock back.
pub fn unlock(world: &mut World, lock: Option<&String>) {
    if let Some(lock) = lock {
        world.creating.remove(lock);
    }
}

/// Makes an item; returns its id.
///
/// # Errors
/// See [`take`].
pub fn create(world: &mut World, under: Under, args: &Args, check: SkuCheck) -> Result<u64, ApiError> {
    let mut product = Box::new(Product {
        id: world.take_id(),
        parent: under.unwrap_or(0),
        kind: if under.is_some() { Type::Variation } else { Type::Simple },
        status: "publish".to_owned(),
        name: if under.is_some() { String::new() } else { "Product".to_owned() },
        visibility: "visible".to_owned(),
        stock_status: "instock".to_owned(),
        backorders: "no".to_owned(),
        created_s: world.now_s(),
        created_ms: world.now_ms,
        modified_s: world.now_s(),
        ..Product::default()
    });
    take(world, &mut product, args, check)?;
    let id = product.id;
    world.put(product);
    if let Some(parent) = under {
        world.touch(parent, |parent| parent.variations.push(id));
        world.sync_parent(parent);
        world.happened("product", "updated", parent);
    } else {
        world.happened("product", "created", id);
    }
    Ok(id)
}

/// Changes an item; its modified date moves whatever was sent.
///
/// # Errors
/// Not there, a variation through `/products`, a wrong parent, or see [`take`].
pub fn update(world: &mut World, under: Under, id: u64, args: &Args, is_batch: bool) -> Result<(), ApiError> {
    let missing = if under.is_some() && !world.profile.is_old() { 404 } else { 400 };
    let item = world.items.get(&id).ok_or_else(|| invalid(missing, under))?;
    match under {
        None if item.kind == Type::Variation && is_batch => return Err(invalid(400, under)),
        None if item.kind == Type::Variation => return Err(through_products()),
        Some(_) if item.kind != Type::Variation => return Err(invalid(missing, under)),
        Some(parent) if item.parent != parent && world.profile.is_old() => {
            return Err(error(
                403,
                "woocommerce_rest_cannot_edit",
                "Sorry, you are not allowed to edit this resource.",
            ));
        }
        Some(parent) if item.parent != parent => return Err(invalid(404, under)),
        Some(_) | None => {}
    }
    let mut product = item.clone();
    take(world, &mut product, args, SkuCheck::Now)?;
    product.modified_s = world.now_s();
    let (parent, is_binned) = (product.parent, product.is_binned());
    world.put(product);
    if parent > 0 {
        world.touch(parent, |parent| {
            if !is_binned && !parent.variations.contains(&id) {
                parent.variations.push(id);
            }
        });
        world.sync_parent(parent);
        world.happened("product", "updated", parent);
    } else {
        world.happened("product", "updated", id);
    }
    Ok(())
}

fn through_products() -> ApiError {
    let why = "To manipulate product variations you should use the /products/<product_id>/variations/<id> endpoint.";
    error(404, "woocommerce_rest_invalid_product_id", why)
}

/// To the bin, or gone; returns the row as it was.
///
/// # Errors
/// 404 when it is not there, 410 when it lies in the bin already, a variation through `/products`.
pub fn delete(
    world: &mut World,
    under: Under,
    id: u64,
    is_forced: bool,
    fields: Option<&str>,
) -> Result<Vec<u8>, ApiError> {
    let item = find(world, under, id)?;
    if under.is_none() && item.kind == Type::Variation {
        return Err(through_products());
    }
    let (parent, is_binned) = (item.parent, item.is_binned());
    let shown = view::row(world, item, fields);
    if !is_forced && is_binned {
        return Err(error(410, "woocommerce_rest_already_trashed", "The product has already been deleted."));
    }
    if parent > 0 {
        world.touch(parent, |parent| parent.variations.retain(|child| *child != id));
    }
    if is_forced {
        let children: Vec<u64> = if parent > 0 {
            Vec::new()
        } else {
            world.items.values().filter(|child| child.parent == id).map(|child| child.id).collect()
        };
        for child in children {
            world.remove(child);
        }
        world.remove(id);
    } else {
        bin(world, id);
    }
    if parent > 0 {
        world.sync_parent(parent);
        world.happened("product", "updated", parent);
    }
    Ok(shown)
}

/// Puts a product (with its variations) or a variation into the bin.
pub fn bin(world: &mut World, id: u64) {
    let now_s = world.now_s();
    let children = world.touch(id, |product| {
        "trash".clone_into(&mut product.status);
        product.modified_s = now_s;
        if !product.slug.is_empty() {
            product.slug.push_str("__trashed");
        }
        std::mem::take(&mut product.variations)
    });
    for child in children.unwrap_or_default() {
        world.touch(child, |child| "trash".clone_into(&mut child.status));
    }
    world.happened("product", "deleted", id);
}
