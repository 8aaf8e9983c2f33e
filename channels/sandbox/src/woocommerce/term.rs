//! Categories, tags, brands, shipping classes, attributes and their terms (spec §4.8).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::clean::{rich, slug};
use super::errors::{ApiError, error, missing_param, no_bin};
use super::sku::fold;
use super::wire::{Args, php_id, php_int, php_string};
use super::world::World;

/// What a term belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tax {
    /// `products/categories`.
    Category,
    /// `products/tags`.
    Tag,
    /// `products/brands` (since 9.4).
    Brand,
    /// `products/shipping_classes`.
    ShippingClass,
    /// `products/attributes/{id}/terms`.
    Attribute(u64),
}

/// One term.
#[derive(Debug, Clone, Default)]
pub struct Term {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Slug.
    pub slug: String,
    /// Parent category, or 0.
    pub parent: u64,
    /// Text.
    pub description: String,
    /// Place in menus.
    pub menu_order: i64,
    /// Picture of a category.
    pub image: u64,
}

/// One global attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Slug, with `pa_`.
    pub slug: String,
    /// Order of its terms.
    pub order_by: String,
}

impl World {
    /// Adds a term without any check.
    pub fn add_term(&mut self, tax: Tax, name: &str, slug: &str, parent: u64) -> u64 {
        let id = self.take_row();
        let term = Term { id, name: name.to_owned(), slug: slug.to_owned(), parent, ..Term::default() };
        self.terms.entry(tax).or_default().insert(id, term);
        id
    }

    /// The name of the term called so, made when it is missing.
    pub fn term_named(&mut self, tax: Tax, name: &str) -> String {
        let wanted = fold(name);
        let known = self
            .terms
            .get(&tax)
            .and_then(|terms| terms.values().find(|term| fold(&term.name) == wanted || term.slug == name));
        if let Some(term) = known {
            return term.name.clone();
        }
        let slug = slug(name);
        self.add_term(tax, name, &slug, 0);
        name.to_owned()
    }

    /// Products per term of a taxonomy.
    pub fn term_counts(&self, tax: Tax) -> HashMap<u64, u64> {
        let mut counts = HashMap::new();
        for product in self.items.values().filter(|product| !product.is_binned()) {
            let ids = match tax {
                Tax::Category => &product.categories,
                Tax::Tag => &product.tags,
                Tax::Brand => &product.brands,
                Tax::ShippingClass | Tax::Attribute(_) => continue,
            };
            for id in ids {
                *counts.entry(*id).or_default() += 1;
            }
        }
        counts
    }
}

/// How a term looks in a reply.
#[must_use]
pub fn view(world: &World, tax: Tax, term: &Term, count: u64) -> Value {
    let mut view = json!({
        "id": term.id, "name": term.name, "slug": term.slug, "description": term.description,
        "menu_order": term.menu_order, "count": count,
    });
    if matches!(tax, Tax::Category | Tax::Brand) {
        view["parent"] = term.parent.into();
        view["display"] = "default".into();
        view["image"] = world.media.get(&term.image).map_or(
            Value::Null,
            |media| json!({ "id": media.id, "src": media.src, "name": media.name, "alt": media.alt }),
        );
    }
    view
}

/// Makes or changes a term.
///
/// # Errors
/// `term_exists` with its holder, `missing_parent`, a missing name or id.
pub fn save(world: &mut World, tax: Tax, id: Option<u64>, args: &Args) -> Result<u64, ApiError> {
    let text = |key: &str| args.get(key).filter(|value| !value.is_null()).map(php_string);
    let known = world.terms.get(&tax);
    let mut term = match id {
        None => {
            let name =
                text("name").filter(|name| !name.trim().is_empty()).ok_or_else(|| missing_param("name"))?;
            Term { name: rich(name.trim()), ..Term::default() }
        }
        Some(id) => known.and_then(|known| known.get(&id)).cloned().ok_or_else(not_there)?,
    };
    if let Some(name) = text("name").filter(|name| !name.is_empty() && id.is_some()) {
        term.name = rich(name.trim());
    }
    if let Some(parent) = args.get("parent") {
        term.parent = php_id(Some(parent));
        if term.parent > 0 && known.is_none_or(|known| !known.contains_key(&term.parent)) {
            return Err(error(400, "missing_parent", "Parent term does not exist."));
        }
    }
    let folded = fold(&term.name);
    let is_twin =
        |other: &&Term| other.id != term.id && other.parent == term.parent && fold(&other.name) == folded;
    if let Some(twin) = known.and_then(|known| known.values().find(is_twin)) {
        let text = "A term with the name provided already exists with this parent.";
        return Err(error(400, "term_exists", text).with("resource_id", twin.id));
    }
    if let Some(wanted) = text("slug").filter(|wanted| !wanted.is_empty()) {
        term.slug = slug(&wanted);
    } else if term.slug.is_empty() {
        term.slug = free_slug(world, tax, &term);
    }
    if let Some(html) = text("description") {
        term.description = rich(&html);
    }
    if let Some(order) = args.get("menu_order") {
        term.menu_order = php_int(order);
    }
    if let Some(Value::Object(image)) = args.get("image") {
        if let Some(why) = image.get(super::media::FAILED) {
            return Err(error(400, "woocommerce_rest_invalid_image", php_string(why)));
        }
        term.image = php_id(image.get(super::media::FETCHED).or_else(|| image.get("id")));
    }
    if term.id == 0 {
        term.id = world.take_row();
    }
    let id = term.id;
    world.terms.entry(tax).or_default().insert(id, term);
    Ok(id)
}

/// Under another parent the slug gets the parent's appended.
fn free_slug(world: &World, tax: Tax, term: &Term) -> String {
    let base = slug(&term.name);
    let known = world.terms.get(&tax);
    let is_taken = |wanted: &str| known.is_some_and(|known| known.values().any(|other| other.slug == wanted));
    if !is_taken(&base) {
        return base;
    }
    let parent =
        known.and_then(|known| known.get(&term.parent)).map(|parent| format!("{base}-{}", parent.slug));
    let base = parent.filter(|longer| !is_taken(longer)).unwrap_or(base);
    let mut n = 1;
    let mut wanted = base.clone();
    while is_taken(&wanted) {
        n += 1;
        wanted = format!("{base}-{n}");
    }
    wanted
}

/// Deletes a term for good; `force` is needed.
///
/// # Errors
/// 501 without `force`, 404 when it is not there.
pub fn delete(world: &mut World, tax: Tax, id: u64, is_forced: bool) -> Result<Value, ApiError> {
    let term = world.terms.get(&tax).and_then(|known| known.get(&id)).cloned().ok_or_else(not_there)?;
    if !is_forced {
        return Err(no_bin("Terms"));
    }
    if id == world.default_category && tax == Tax::Category {
        return Err(error(500, "woocommerce_rest_cannot_delete", "The resource cannot be deleted."));
    }
    if let Some(known) = world.terms.get_mut(&tax) {
        known.remove(&id);
    }
    let default = world.default_category;
    for product in world.items.values_mut() {
        match tax {
            Tax::Category => {
                product.categories.retain(|held| *held != id);
                if product.categories.is_empty() && product.parent == 0 {
                    product.categories.push(default);
                }
            }
            Tax::Tag => product.tags.retain(|held| *held != id),
            Tax::Brand => product.brands.retain(|held| *held != id),
            Tax::ShippingClass | Tax::Attribute(_) => break,
        }
    }
    Ok(view(world, tax, &term, 0))
}

/// No such term.
#[must_use]
pub fn not_there() -> ApiError {
    error(404, "woocommerce_rest_term_invalid", "Resource does not exist.")
}

/// How a global attribute looks in a reply.
#[must_use]
pub fn attribute_view(attribute: &Attribute) -> Value {
    json!({
        "id": attribute.id, "name": attribute.name, "slug": attribute.slug, "type": "select",
        "order_by": attribute.order_by, "has_archives": false,
    })
}

/// Makes or changes a global attribute.
///
/// # Errors
/// A slug that is taken or over 28 bytes, a missing name or id.
pub fn save_attribute(world: &mut World, id: Option<u64>, args: &Args) -> Result<u64, ApiError> {
    let text = |key: &str| args.get(key).map(php_string).filter(|text| !text.trim().is_empty());
    let mut attribute = match id {
        None => Attribute {
            id: 0,
            name: text("name").ok_or_else(|| missing_param("name"))?.trim().to_owned(),
            slug: String::new(),
            order_by: "menu_order".to_owned(),
        },
        Some(id) => world.attributes.get(&id).cloned().ok_or_else(not_there)?,
    };
    if let Some(name) = text("name").filter(|_| id.is_some()) {
        name.trim().clone_into(&mut attribute.name);
    }
    if id.is_none() || text("slug").is_some() {
        let wanted = slug(&text("slug").unwrap_or_else(|| attribute.name.clone()));
        let wanted = wanted.strip_prefix("pa_").unwrap_or(&wanted).to_owned();
        if wanted.len() > 28 {
            let why = format!("Slug \"{wanted}\" is too long (28 characters max). Shorten it, please.");
            return Err(error(400, "woocommerce_rest_cannot_create", why));
        }
        let full = format!("pa_{wanted}");
        if world.attributes.values().any(|other| other.slug == full && other.id != attribute.id) {
            let why = format!("Slug \"{wanted}\" is already in use. Change it, please.");
            return Err(error(400, "woocommerce_rest_cannot_create", why));
        }
        attribute.slug = full;
    }
    if let Some(order_by) = text("order_by") {
        attribute.order_by = order_by;
    }
    if attribute.id == 0 {
        attribute.id = world.take_row();
    }
    let id = attribute.id;
    world.attributes.insert(id, attribute);
    Ok(id)
}

/// Deletes a global attribute with its terms; `force` is needed.
///
/// # Errors
/// 501 without `force`, 404 when it is not there.
pub fn delete_attribute(world: &mut World, id: u64, is_forced: bool) -> Result<Value, ApiError> {
    let attribute = world.attributes.get(&id).cloned().ok_or_else(not_there)?;
    if !is_forced {
        return Err(no_bin("Resources"));
    }
    world.attributes.remove(&id);
    world.terms.remove(&Tax::Attribute(id));
    Ok(attribute_view(&attribute))
}
