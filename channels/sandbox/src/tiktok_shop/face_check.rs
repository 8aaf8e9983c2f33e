//! What the platform demands of a product's texts, pictures and measures (spec 7.3), with its codes (spec 4.2).

use serde_json::Value;

use crate::core::lock;

use super::attribute;
use super::call::{Call, id, list, text, texts};
use super::category;
use super::envelope::Refusal;
use super::product::Face;
use super::shop::Shop;
use super::world::World;

/// How much of a product a body tells, and how strictly it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it; what is left out is blank.
    Whole,
    /// Single top-level properties; what is left out stays.
    Parts,
}

/// A face that was read, with what the seller is warned of.
pub type Read = (Face, Vec<String>);

/// Checks that a whole body has what it must have (spec 7.3; a gateway error in PascalCase, spec 1.4).
pub fn require(world: &World, body: &Value) -> Result<(), Refusal> {
    let is_strict = world.settings().schema_strict;
    let wanted = [
        ("title", "Title", 12_052_261, "The title is empty."),
        ("description", "Description", 12_052_015, "The description is required."),
        ("category_id", "CategoryId", 12_052_023, "The category is required."),
        ("main_images", "MainImages", 12_052_028, "The main image is required."),
        ("skus", "Skus", 12_052_902, "The SKU list is empty."),
    ];
    for (name, pascal, code, message) in wanted {
        let found = body.get(name);
        if is_strict && found.is_none_or(Value::is_null) {
            return Err(Refusal::required(pascal));
        }
        let is_empty = match found {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(Value::Array(rows)) => rows.is_empty(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
        };
        if is_empty {
            return Err(Refusal::new(code, message));
        }
    }
    Ok(())
}

/// Reads the face that a body describes, on top of what was there. A draft skips most checks.
pub fn read(
    world: &World,
    shop: &Shop,
    call: &Call,
    base: Option<&Face>,
    extent: Extent,
    is_draft: bool,
) -> Result<Read, Refusal> {
    let body = &call.json;
    let mut face = match extent {
        Extent::Whole => Face::default(),
        Extent::Parts => base.cloned().unwrap_or_default(),
    };
    let has = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    if has("title") {
        text(body, "title").unwrap_or("").clone_into(&mut face.title);
        if !is_draft {
            check_title(&face.title)?;
        }
    }
    if has("description") {
        text(body, "description").unwrap_or("").clone_into(&mut face.description);
        if !is_draft {
            check_description(&face.description, &call.host)?;
        }
    }
    if has("category_id") {
        let wanted = id(body, "category_id").unwrap_or(0);
        if extent == Extent::Parts && wanted != face.category {
            return Err(Refusal::new(12_052_910, "partial_edit cannot change the category_id."));
        }
        face.category = wanted;
    }
    if has("main_images") {
        face.images =
            list(body, "main_images").iter().filter_map(|one| text(one, "uri")).map(str::to_owned).collect();
        if !is_draft {
            check_images(world, list(body, "main_images").len(), &face.images)?;
        }
    }
    if has("package_weight") {
        face.weight = body["package_weight"].clone();
        check_weight(&face.weight)?;
    }
    if has("package_dimensions") {
        face.dimensions = body["package_dimensions"].clone();
        check_dimensions(&face.dimensions)?;
    }
    if has("is_cod_allowed") {
        face.is_cod = body["is_cod_allowed"].as_bool().unwrap_or(false);
    }
    if has("external_product_id") {
        face.external_id = text(body, "external_product_id").map(str::to_owned);
    }
    if has("delivery_option_ids") {
        face.delivery_options = texts(body, "delivery_option_ids");
    }
    let mut warnings = Vec::new();
    if has("brand_id") {
        face.brand = brand(world, body, &mut warnings)?;
    }
    if has("product_attributes") {
        list(body, "product_attributes").clone_into(&mut face.attributes);
    }
    if has("certifications") {
        list(body, "certifications").clone_into(&mut face.certifications);
    }
    if !is_draft {
        let (_, set) = category::check(shop, face.category)?;
        face.attributes = attribute::check(set, &face.attributes)?;
        check_certificates(world, set.needs_declaration(), &face.certifications)?;
    }
    Ok((face, warnings))
}

/// 25 to 255 characters; no emoji, control characters or escaped HTML; no character ten times in a row.
fn check_title(title: &str) -> Result<(), Refusal> {
    let length = title.chars().count();
    // The code for a short title is a guess: the list names only the long one.
    if !(25..=255).contains(&length) {
        return Err(Refusal::new(
            12_052_051,
            format!("The title length is invalid: 25 to 255 characters, not {length}."),
        ));
    }
    let is_chinese = |sign: char| ('\u{4E00}'..='\u{9FFF}').contains(&sign);
    if title.chars().any(is_chinese) {
        return Err(Refusal::new(12_052_262, "The title contains Chinese characters."));
    }
    let is_escaped =
        ["&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;", "&#"].iter().any(|word| title.contains(word));
    if is_escaped || title.chars().any(|sign| sign.is_control() || is_emoji(sign)) || repeats(title) {
        return Err(Refusal::new(12_052_931, "The title contains forbidden characters."));
    }
    Ok(())
}

fn is_emoji(sign: char) -> bool {
    matches!(u32::from(sign), 0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0xFE0F | 0x200D)
}

fn repeats(text: &str) -> bool {
    let (mut last, mut run) = (None, 0);
    for sign in text.chars() {
        run = if last == Some(sign) { run + 1 } else { 1 };
        last = Some(sign);
        if run >= 10 {
            return true;
        }
    }
    false
}

/// HTML of at most 10,000 characters; at most 30 pictures, all of them the platform's own, with their sizes.
fn check_description(html: &str, host: &str) -> Result<(), Refusal> {
    if html.trim().is_empty() {
        return Err(Refusal::new(12_052_015, "The description is required."));
    }
    if html.chars().count() > 10_000 {
        return Err(Refusal::new(12_052_013, "The description exceeds 10000 characters."));
    }
    if html.chars().any(is_emoji) {
        return Err(Refusal::new(12_052_932, "The description contains forbidden characters."));
    }
    let pictures: Vec<&str> =
        html.split("<img").skip(1).map(|rest| rest.split('>').next().unwrap_or("")).collect();
    if pictures.len() > 30 {
        return Err(Refusal::new(12_052_056, "The description has more than 30 images."));
    }
    for picture in pictures {
        let own = format!("http://{host}/img/");
        let source = attribute_of(picture, "src").unwrap_or("").trim().to_owned();
        if !source.starts_with(&own) && !source.starts_with("https://p16") {
            return Err(Refusal::new(
                12_052_341,
                "The description has an image that was not uploaded to TikTok Shop.",
            ));
        }
        let side = |name: &str| attribute_of(picture, name).and_then(|text| text.parse::<u32>().ok());
        let (Some(width), Some(height)) = (side("width"), side("height")) else {
            return Err(Refusal::new(12_052_342, "Images in the description need width and height."));
        };
        if width >= 4_000 || height >= 4_000 {
            return Err(Refusal::new(12_052_343, "Images in the description have sides below 4000 px."));
        }
    }
    Ok(())
}

fn attribute_of<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = &tag[tag.find(&format!("{name}="))? + name.len() + 1..];
    let quote = rest.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    rest[1..].split(quote).next()
}

/// 1 to 9 pictures that were uploaded, sides 300 to 4000 px.
fn check_images(world: &World, given: usize, uris: &[String]) -> Result<(), Refusal> {
    if given != uris.len() {
        return Err(Refusal::new(12_052_300, "A main image has no uri."));
    }
    if uris.len() > 9 {
        return Err(Refusal::new(12_052_305, "There are more than 9 main images."));
    }
    let media = lock(&world.media);
    for uri in uris {
        let picture = media.find(uri).ok_or_else(|| unknown_picture(uri))?;
        if picture.width.min(picture.height) < 300 {
            return Err(Refusal::new(12_052_301, "A main image is smaller than 300 px."));
        }
        if picture.width.max(picture.height) > 4_000 {
            return Err(Refusal::new(12_052_302, "A main image is bigger than 4000 px."));
        }
    }
    Ok(())
}

/// The uri was never given out, or is forgotten by now.
pub fn unknown_picture(uri: &str) -> Refusal {
    Refusal::new(12_052_722, format!("The image uri {uri} does not exist."))
}

fn check_weight(weight: &Value) -> Result<(), Refusal> {
    if text(weight, "unit") != Some("KILOGRAM") {
        return Err(Refusal::new(12_052_915, "The weight unit of this market is KILOGRAM."));
    }
    let figure = text(weight, "value").unwrap_or("");
    let is_figure = figure.chars().all(|sign| sign.is_ascii_digit() || sign == '.')
        && figure.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 3);
    match figure.parse::<f64>() {
        Ok(kilograms) if is_figure && kilograms > 0.0 => Ok(()),
        Ok(kilograms) if is_figure && kilograms == 0.0 => {
            Err(Refusal::new(12_052_181, "The package weight must not be 0."))
        }
        Ok(_) | Err(_) => Err(Refusal::new(12_019_011, "The package weight is invalid: at most 3 decimals.")),
    }
}

fn check_dimensions(dimensions: &Value) -> Result<(), Refusal> {
    if text(dimensions, "unit") != Some("CENTIMETER") {
        return Err(Refusal::new(12_052_916, "The dimension unit of this market is CENTIMETER."));
    }
    for (code, name) in (12_052_003..).zip(["length", "width", "height"]) {
        let figure = text(dimensions, name).unwrap_or("");
        if !figure.parse::<u32>().is_ok_and(|side| side > 0) {
            return Err(Refusal::new(code, format!("The package {name} is invalid: whole centimetres.")));
        }
    }
    Ok(())
}

/// A brand without authorization is dropped with a warning (spec 4.3).
fn brand(world: &World, body: &Value, warnings: &mut Vec<String>) -> Result<Option<u64>, Refusal> {
    let Some(wanted) = id(body, "brand_id").filter(|wanted| *wanted != 0) else { return Ok(None) };
    let media = lock(&world.media);
    let found = media.brands.iter().find(|brand| brand.id == wanted);
    let brand = found.ok_or_else(|| Refusal::new(12_052_026, "The brand does not exist."))?;
    if !brand.is_available {
        return Err(Refusal::new(12_052_200, "The brand has expired."));
    }
    if !brand.is_authorized {
        warnings.push(format!("The brand {} is not authorized and has been removed.", brand.name));
        return Ok(None);
    }
    Ok(Some(wanted))
}

fn check_certificates(world: &World, is_needed: bool, given: &[Value]) -> Result<(), Refusal> {
    if given.len() > 10 {
        return Err(Refusal::new(12_052_105, "There are more than 10 certifications."));
    }
    let mut has_declaration = false;
    for one in given {
        let is_declaration = is_needed && id(one, "id") == Some(category::DECLARATION);
        if !is_declaration {
            return Err(Refusal::new(12_052_105, "The category has no such certification."));
        }
        let media = lock(&world.media);
        let mut pictures = list(one, "images").iter().filter_map(|image| text(image, "uri"));
        let has_picture = pictures.any(|uri| media.find(uri).is_some());
        let has_file =
            list(one, "files").iter().any(|file| id(file, "id").is_some_and(|id| media.has_file(id)));
        has_declaration |= has_picture || has_file;
    }
    if is_needed && !has_declaration {
        return Err(Refusal::new(12_052_105, "The required product certification is missing."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> u32 {
        check_title(text).map_or_else(|refusal| refusal.code, |()| 0)
    }

    #[test]
    fn titles_are_counted_in_characters_and_kept_clean() {
        assert_eq!(title("Mắm tôm Hậu Lộc chai 500 ml"), 0);
        assert_eq!(title("Mắm tôm Hậu Lộc 500 ml"), 12_052_051);
        assert_eq!(title(&"Mắm ".repeat(64)), 12_052_051);
        assert_eq!(title("Mắm tôm Hậu Lộc chai 500 ml 🦐"), 12_052_931);
        assert_eq!(title("Mắm tôm &amp; mắm tép Hậu Lộc"), 12_052_931);
        assert_eq!(title("Mắm tôm Hậu Lộcccccccccc chai to"), 12_052_931);
        assert_eq!(title("Mắm tôm Hậu Lộc 虾酱 chai 500 ml"), 12_052_262);
    }

    #[test]
    fn descriptions_show_only_the_platforms_own_pictures() {
        let code = |html: &str| check_description(html, "h").map_or_else(|refusal| refusal.code, |()| 0);

        assert_eq!(code("<p>Ngon</p><img src=\"http://h/img/a\" width=\"300\" height=\"300\">"), 0);
        assert_eq!(code("<img src=\"https://ganh.vn/a.jpg\" width=\"300\" height=\"300\">"), 12_052_341);
        assert_eq!(code("<img src=\"http://h/img/a\">"), 12_052_342);
        assert_eq!(code(&"dài ".repeat(2_501)), 12_052_013);
    }

    #[test]
    fn weights_are_kilograms_with_three_decimals() {
        let code = |value: &str, unit: &str| {
            check_weight(&serde_json::json!({"value": value, "unit": unit}))
                .map_or_else(|refusal| refusal.code, |()| 0)
        };

        assert_eq!(code("1.250", "KILOGRAM"), 0);
        assert_eq!(code("0", "KILOGRAM"), 12_052_181);
        assert_eq!(code("1.2505", "KILOGRAM"), 12_019_011);
        assert_eq!(code("550", "GRAM"), 12_052_915);
    }
}
