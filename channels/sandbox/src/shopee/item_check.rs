//! What an item must look like to be accepted, with the codes of spec 4.5. The order of the checks is a guess.

use serde_json::Value;

use super::attribute_check;
use super::call::{array, dong, number, whole};
use super::channel;
use super::envelope::Refusal;
use super::item::Face;
use super::limit;
use super::media::Media;
use super::{category, category::BLOCKED};

/// Checks everything that is shown of an item.
pub fn check(face: &Face, media: &Media) -> Result<(), Refusal> {
    check_name(&face.name)?;
    check_description(face)?;
    check_category(face.category_id)?;
    check_brand(face)?;
    attribute_check::check(face.category_id, &face.attributes)?;
    check_images(&face.images, media)?;
    channel::check(&face.logistics, face.weight)?;
    check_weight(face.weight, face.dimension.as_ref())?;
    if !matches!(face.condition.as_str(), "NEW" | "USED") {
        return Err(Refusal::new("product.error_param", "condition is invalid"));
    }
    check_days(face)
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.chars().count();
    if name.trim().is_empty() {
        return Err(Refusal::new("product.error_item_name_empty", "Item name is empty."));
    }
    if length < limit::NAME.0 {
        return Err(Refusal::new(
            "product.error_item_name_is_too_short",
            format!("Item name should be at least {} characters.", limit::NAME.0),
        ));
    }
    if length > limit::NAME.1 {
        return Err(Refusal::new(
            "product.error_title_exceeds_max_length",
            format!("Item name should be no more than {} characters.", limit::NAME.1),
        ));
    }
    if name.contains('#') || name.chars().any(is_forbidden) {
        return Err(Refusal::new(
            "product.error_title_character_forbidden",
            "Item name contains forbidden characters.",
        ));
    }
    Ok(())
}

/// Control characters and emoji; guess: the documents do not list the characters.
fn is_forbidden(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{1F300}'..='\u{1FAFF}')
}

fn check_description(face: &Face) -> Result<(), Refusal> {
    if face.has_extended_description {
        return Err(Refusal::new(
            "product.error_param",
            "The shop is not allowed to use extended description.",
        ));
    }
    let length = face.description.chars().count();
    if length < limit::DESCRIPTION.0 || length > limit::DESCRIPTION.1 {
        let text = format!(
            "Item description should be {}-{} characters.",
            limit::DESCRIPTION.0,
            limit::DESCRIPTION.1
        );
        return Err(Refusal::new("product.error_desc_length_min_limit", text));
    }
    let tags = face.description.split_whitespace().filter(|word| word.starts_with('#')).count();
    if tags > 18 {
        return Err(Refusal::new(
            "product.error_desc_hash_tag_over_limit",
            "Hash tags should be no more than 18.",
        ));
    }
    Ok(())
}

fn check_category(category_id: u64) -> Result<(), Refusal> {
    if category_id == BLOCKED {
        return Err(Refusal::new("product.error_category_is_block", "Category is blocked."));
    }
    match category::find_leaf(category_id) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(
            "product.error_invalid_category",
            "Invalid category, please use the lowest level category.",
        )),
    }
}

fn check_brand(face: &Face) -> Result<(), Refusal> {
    let (id, _) = &face.brand;
    if *id == 0 && limit::needs_brand(face.category_id) {
        return Err(Refusal::new("product.error_less_required_brand", "Brand is mandatory."));
    }
    match limit::find_brand(face.category_id, *id) {
        Some(_) => Ok(()),
        None => Err(Refusal::new("product.error_invalid_brand", "Invalid brand.")),
    }
}

fn check_images(images: &[String], media: &Media) -> Result<(), Refusal> {
    if images.len() < limit::IMAGES.0 {
        return Err(Refusal::new("product.error_image_num_min", "At least 1 image is required."));
    }
    if images.len() > limit::IMAGES.1 {
        return Err(Refusal::new("product.error_param", "Images should be no more than 9."));
    }
    if images.iter().all(|id| media.knows(id)) {
        Ok(())
    } else {
        Err(Refusal::new("product.error_param", "Image not exist."))
    }
}

fn check_weight(weight: f64, dimension: Option<&Value>) -> Result<(), Refusal> {
    if weight <= 0.0 {
        return Err(Refusal::new("product.error_param", "Weight should be larger than 0."));
    }
    let Some(dimension) = dimension else { return Ok(()) };
    for side in ["package_length", "package_width", "package_height"] {
        if whole(dimension, side)?.is_none_or(|cm| cm <= 0) {
            return Err(Refusal::new("product.error_param", format!("Invalid dimension: {side}.")));
        }
    }
    Ok(())
}

fn check_days(face: &Face) -> Result<(), Refusal> {
    let Some(days) = face.pre_order else { return Ok(()) };
    let Some((from, to)) = limit::pre_order_days(face.category_id) else {
        return Err(Refusal::new(
            "product.error_param_category_not_support_pre_order",
            "The category does not support pre-order.",
        ));
    };
    if days > to {
        return Err(Refusal::new(
            "product.error_param_dts_exceeds_max_limit",
            format!("Days to ship should be no more than {to}."),
        ));
    }
    if days < from {
        return Err(Refusal::new(
            "product.error_invalid_days_to_ship",
            format!("Days to ship should be {from}-{to}."),
        ));
    }
    Ok(())
}

/// Checks a price on its own.
pub fn check_price(price: i64) -> Result<(), Refusal> {
    if price < limit::PRICE.0 {
        return Err(Refusal::new(
            "product.error_price_exceed_min_limitt",
            format!("Price should be at least {}.", limit::PRICE.0),
        ));
    }
    if price > limit::PRICE.1 {
        return Err(Refusal::new(
            "product.error_price_exceed_max_limitt",
            format!("Price should be no more than {}.", limit::PRICE.1),
        ));
    }
    Ok(())
}

/// Tells whether the dearest and the cheapest price of an item may stand together (spec 4.2).
pub fn is_spread_allowed(prices: impl Iterator<Item = i64>) -> bool {
    let (mut lowest, mut highest) = (i64::MAX, 0);
    for price in prices {
        lowest = lowest.min(price);
        highest = highest.max(price);
    }
    highest <= lowest.saturating_mul(limit::PRICE_SPREAD)
}

/// Reads `original_price` of a row and checks it.
pub fn read_price(row: &Value) -> Result<i64, Refusal> {
    let Some(price) = number(row, "original_price")? else {
        return Err(Refusal::new("product.error_param", "invalid field OriginalPrice: value must  Not Null"));
    };
    let price = dong(price);
    check_price(price)?;
    Ok(price)
}

/// Reads `seller_stock` of a row and checks it; an ordinary shop must not name a location (spec 4.9).
pub fn read_stock(row: &Value) -> Result<i64, Refusal> {
    let rows = array(row, "seller_stock")?.filter(|rows| !rows.is_empty());
    let Some(rows) = rows else {
        return Err(Refusal::new("product.error_param", "invalid field SellerStock: value must  Not Null"));
    };
    if rows.len() > 1 || rows[0].get("location_id").is_some_and(|place| !place.is_null() && place != "") {
        return Err(Refusal::new("product.error_auth", "You do not have right to use seller location_id."));
    }
    let Some(stock) = whole(&rows[0], "stock")? else {
        return Err(Refusal::new("product.error_param", "invalid field Stock: value must  Not Null"));
    };
    if stock < limit::STOCK.0 || stock > limit::STOCK.1 {
        return Err(Refusal::new("product.error_param", "Stock should be within 0-10000000"));
    }
    Ok(stock)
}
