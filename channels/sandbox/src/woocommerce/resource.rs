//! The four verbs over every kind of row, the same for single calls and batches.

use serde_json::Value;

use super::errors::ApiError;
use super::item::{self, Under};
use super::save::SkuCheck;
use super::schema::{self, ATTRIBUTE, ORDER, PRODUCT, TERM, WEBHOOK};
use super::term::{self, Tax};
use super::wire::{Args, php_json, thin};
use super::world::World;
use super::{order, order_write, view, webhook};

/// A collection of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `/products` or the variations under one.
    Items(Under),
    /// Categories, tags, brands, classes, terms.
    Terms(Tax),
    /// `/products/attributes`.
    Attributes,
    /// `/orders`.
    Orders,
    /// `/webhooks`.
    Webhooks,
}

/// What a reply should look like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look<'a> {
    /// `_fields`.
    pub fields: Option<&'a str>,
    /// Decimals of orders.
    pub dp: Option<usize>,
}

impl Resource {
    /// Holds a single call to the schema.
    ///
    /// # Errors
    /// `rest_invalid_param`.
    pub fn check(self, args: &mut Args, world: &World) -> Result<(), ApiError> {
        match self {
            Self::Items(None) => schema::check(args, PRODUCT),
            Self::Items(Some(_)) => schema::check_variation(args, world.profile),
            Self::Terms(_) => schema::check(args, TERM),
            Self::Attributes => schema::check(args, ATTRIBUTE),
            Self::Orders => schema::check(args, ORDER),
            Self::Webhooks => schema::check(args, WEBHOOK),
        }
    }

    /// Makes a row.
    ///
    /// # Errors
    /// Whatever the kind refuses.
    pub fn create(self, world: &mut World, args: &Args, secret: &str) -> Result<u64, ApiError> {
        match self {
            Self::Items(under) => {
                let lock = item::begin(world, under, args)?;
                let made = item::create(world, under, args, SkuCheck::Now);
                item::unlock(world, lock.as_ref());
                made
            }
            Self::Terms(tax) => term::save(world, tax, None, args),
            Self::Attributes => term::save_attribute(world, None, args),
            Self::Orders => order_write::create(world, args),
            Self::Webhooks => webhook::save(world, None, args, secret),
        }
    }

    /// Changes a row.
    ///
    /// # Errors
    /// Whatever the kind refuses.
    pub fn update(self, world: &mut World, id: u64, args: &Args, is_batch: bool) -> Result<(), ApiError> {
        match self {
            Self::Items(under) => item::update(world, under, id, args, is_batch),
            Self::Terms(tax) => term::save(world, tax, Some(id), args).map(drop),
            Self::Attributes => term::save_attribute(world, Some(id), args).map(drop),
            Self::Orders => order_write::update(world, id, args),
            Self::Webhooks => webhook::save(world, Some(id), args, "").map(drop),
        }
    }

    /// Shows a row.
    ///
    /// # Errors
    /// 404 when it is not there.
    pub fn show(self, world: &World, id: u64, look: Look<'_>) -> Result<Vec<u8>, ApiError> {
        let value = match self {
            Self::Items(under) => {
                return item::find(world, under, id).map(|item| view::row(world, item, look.fields));
            }
            Self::Terms(tax) => {
                let term =
                    world.terms.get(&tax).and_then(|terms| terms.get(&id)).ok_or_else(term::not_there)?;
                let count = world.term_counts(tax).get(&id).copied().unwrap_or(0);
                term::view(world, tax, term, count)
            }
            Self::Attributes => {
                world.attributes.get(&id).map(term::attribute_view).ok_or_else(term::not_there)?
            }
            Self::Orders => {
                let missing =
                    || super::errors::error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
                order::view(world, world.orders.get(&id).ok_or_else(missing)?, look.dp)
            }
            Self::Webhooks => world
                .webhooks
                .get(&id)
                .map(|hook| webhook::view(world, hook))
                .ok_or_else(webhook::not_there)?,
        };
        Ok(finish(value, look.fields))
    }

    /// Deletes a row; returns it as it was.
    ///
    /// # Errors
    /// 404, 410 or 501.
    pub fn delete(
        self,
        world: &mut World,
        id: u64,
        is_forced: bool,
        look: Look<'_>,
    ) -> Result<Vec<u8>, ApiError> {
        let value = match self {
            Self::Items(under) => return item::delete(world, under, id, is_forced, look.fields),
            Self::Terms(tax) => term::delete(world, tax, id, is_forced)?,
            Self::Attributes => term::delete_attribute(world, id, is_forced)?,
            Self::Orders => {
                let was = order_write::delete(world, id, is_forced)?;
                order::view(world, &was, look.dp)
            }
            Self::Webhooks => {
                let hook = world.webhooks.get(&id).cloned().ok_or_else(webhook::not_there)?;
                if !is_forced {
                    return Err(super::errors::no_bin("Webhooks"));
                }
                world.webhooks.remove(&id);
                webhook::view(world, &hook)
            }
        };
        Ok(finish(value, look.fields))
    }

    /// Where a single row lives, after the namespace.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Items(None) => "products".to_owned(),
            Self::Items(Some(parent)) => format!("products/{parent}/variations"),
            Self::Terms(Tax::Category) => "products/categories".to_owned(),
            Self::Terms(Tax::Tag) => "products/tags".to_owned(),
            Self::Terms(Tax::Brand) => "products/brands".to_owned(),
            Self::Terms(Tax::ShippingClass) => "products/shipping_classes".to_owned(),
            Self::Terms(Tax::Attribute(id)) => format!("products/attributes/{id}/terms"),
            Self::Attributes => "products/attributes".to_owned(),
            Self::Orders => "orders".to_owned(),
            Self::Webhooks => "webhooks".to_owned(),
        }
    }
}

/// A value as bytes, thinned when asked.
#[must_use]
pub fn finish(value: Value, fields: Option<&str>) -> Vec<u8> {
    match fields {
        Some(fields) => php_json(&thin(value, fields)),
        None => php_json(&value),
    }
}
