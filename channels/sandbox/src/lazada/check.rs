//! What the platform's checks say about a product's text, pictures and variations (spec 4.6, 1.7).

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::core::lock;

use super::attribute::{self, Attribute};
use super::brand::BRANDS;
use super::category::Leaf;
use super::complaints::Complaints;
use super::item::Axis;
use super::payload::{filled, text};
use super::sku_draft::SkuDraft;
use super::world::World;

const TITLE_BYTES: usize = 255;
const DESCRIPTION_CHARACTERS: usize = 25_000;
const IMAGES: usize = 8;
const FORBIDDEN: [char; 6] = ['"', '^', '~', '<', '>', '|'];
const AXES: usize = 2;

/// The attributes of a payload: scalars as text. `brand_id` becomes the brand's name too.
pub fn read_attributes(product: &Value, complaints: &mut Complaints) -> BTreeMap<String, String> {
    let Some(Value::Object(fields)) = product.get("Attributes") else { return BTreeMap::new() };
    let mut texts: BTreeMap<String, String> =
        fields.keys().filter_map(|name| Some((name.clone(), text(&product["Attributes"], name)?))).collect();
    let by_id = texts.get("brand_id").map(|id| BRANDS.iter().find(|(known, _)| known.to_string() == *id));
    match by_id {
        Some(Some((_, name))) => drop(texts.insert("brand".to_owned(), (*name).to_owned())),
        Some(None) => complaints.add("brand_id", "4142", "The brand is not valid in this category"),
        None => {
            if let Some(name) = texts.get("brand").filter(|name| !name.is_empty())
                && !BRANDS.iter().any(|(_, known)| known.eq_ignore_ascii_case(name))
            {
                complaints.add("brand", "4142", "The brand is not valid in this category");
            }
        }
    }
    texts
}

/// Attributes that are there, or that must be.
pub fn attributes(
    world: &World,
    leaf: Leaf,
    given: &BTreeMap<String, String>,
    is_new: bool,
    complaints: &mut Complaints,
) {
    for (attribute, is_mandatory) in attribute::of(leaf).filter(|(attribute, _)| !attribute.is_sku) {
        let name = attribute.name;
        let found = given.get(name).filter(|words| !words.is_empty());
        let Some(words) = found else {
            if is_mandatory && (is_new || given.contains_key(name)) {
                let is_basic = matches!(name, "name" | "brand");
                let code = if is_basic { "4108" } else { "4110" };
                complaints.add(name, code, &format!("The mandatory attribute {name} is missing"));
            }
            continue;
        };
        match name {
            "name" if words.len() > TITLE_BYTES => {
                complaints.add(
                    name,
                    "4160",
                    &format!("The title has {} bytes, the limit is 255", words.len()),
                );
            }
            "description" | "short_description" => rich_text(world, name, words, complaints),
            "brand" | "name" | "model" | "video" => {}
            _ => property(attribute, words, complaints),
        }
    }
}

fn rich_text(world: &World, name: &str, words: &str, complaints: &mut Complaints) {
    if words.chars().count() > DESCRIPTION_CHARACTERS {
        complaints.add(name, "4120", "The attribute value is too long; the limit is 25000 characters");
    }
    let media = lock(&world.media);
    let mut sources = words.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    if sources.any(|url| !media.hosts(url)) {
        complaints.add(name, "4138", "The image is not hosted by Lazada");
    }
}

fn property(attribute: &Attribute, words: &str, complaints: &mut Complaints) {
    let name = attribute.name;
    if words.contains(FORBIDDEN) {
        complaints.add(name, "4129", "The property has forbidden characters");
        return;
    }
    let knows = |word: &str| attribute.options.iter().any(|(_, _, english)| *english == word);
    let is_fine = match attribute.input {
        "singleSelect" => knows(words),
        "multiSelect" => words.split(',').all(|word| knows(word.trim())),
        "numeric" => {
            let (number, unit) = words.split_once(' ').unwrap_or((words, ""));
            number.parse::<f64>().is_ok() && (unit.is_empty() || attribute.units.contains(&unit.trim()))
        }
        _ => true,
    };
    if !is_fine {
        complaints.add(name, "4115", &format!("The value {words} is not in the category's list"));
    }
}

/// Addresses of pictures: ours, no two alike, no more than eight.
pub fn images(world: &World, field: &str, urls: &[String], complaints: &mut Complaints) {
    if urls.len() > IMAGES {
        complaints.add(field, "4169", "There are more than 8 images");
    }
    let mut seen = HashSet::new();
    if urls.iter().any(|url| !seen.insert(url)) {
        complaints.add(field, "4116", "An image stands there twice");
    }
    let media = lock(&world.media);
    if urls.iter().any(|url| !media.hosts(url)) {
        complaints.add(field, "4138", "The image is not hosted by Lazada");
    }
}

/// Pictures of SKUs: all of them have some, or none has.
pub fn sku_images(world: &World, has: &[(String, Vec<String>)], complaints: &mut Complaints) {
    let with = has.iter().filter(|(_, urls)| !urls.is_empty()).count();
    if with != 0 && with != has.len() {
        complaints.add("Images", "4153", "If one SKU has images, all SKUs must have");
    }
    for (_, urls) in has {
        images(world, "Images", urls, complaints);
    }
}

/// The axes of a payload (`variation1` …), checked.
pub fn axes(product: &Value, leaf: Leaf, complaints: &mut Complaints) -> Option<Vec<Axis>> {
    let Value::Object(declared) = product.get("variation")? else { return None };
    let mut axes: Vec<Axis> = Vec::new();
    let wrong = |complaints: &mut Complaints, code: &str| {
        complaints.add("variation", code, "The variation is invalid")
    };
    if declared.is_empty() {
        wrong(complaints, "VARIATION_EMPTY");
    }
    for (place, (_, axis)) in declared.iter().enumerate() {
        let name = filled(axis, "name").unwrap_or_default();
        let is_true = |field: &str| text(axis, field).is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
        let options: Vec<String> = super::payload::rows(axis, "options", "option")
            .iter()
            .map(|option| option.as_str().map_or_else(|| option.to_string(), |text| text.trim().to_owned()))
            .collect();
        let is_standard =
            attribute::of(leaf).any(|(attribute, _)| attribute.is_sale_prop && attribute.name == name);
        let has_image = is_true("hasImage") || is_true("has_image");
        let mut seen = HashSet::new();
        let code = match () {
            () if name.is_empty() => "VARIATION_NAME_EMPTY",
            () if name.chars().count() > 15 => "VARIATION_NAME_LENGTH_LIMIT",
            () if axes.iter().any(|known| known.name == name) => "VARIATION_NAME_DUPLICATE",
            () if !is_true("customize") && !is_standard => "VARIATION_CATEGORY_ATTRIBUTE_INVALID",
            () if options.is_empty() => "VARIATION_OPTIONS_EMPTY",
            () if options.iter().any(String::is_empty) => "VARIATION_OPTION_EMPTY",
            () if options.iter().any(|option| option.chars().count() > 20) => "VARIATION_OPTION_LENGTH_LIMIT",
            () if options.iter().any(|option| !seen.insert(option)) => "VARIATION_OPTION_DUPLICATE",
            () if options.len() > 50 => "OPTIONS_SIZE_LIMIT",
            () if has_image && place > 0 => "VARIATION_IMAGE_MUST_SET_VARIATION1",
            () if has_image && name == "size" && is_standard => "VARIATION_CATEGORY_SIZE_IMAGE",
            () if name.contains(FORBIDDEN) || options.iter().any(|option| option.contains(FORBIDDEN)) => {
                "4129"
            }
            () => "",
        };
        if !code.is_empty() {
            wrong(complaints, code);
        }
        axes.push(Axis { name, has_image, customize: is_true("customize"), options });
    }
    if axes.len() > 4 {
        wrong(complaints, "VARIATION_SIZE_LIMIT");
    } else if axes.len() > AXES {
        let words = format!("the number of sale properties {} is more than maxItems {AXES}", axes.len());
        complaints.add("variation", "BIZ_CHECK_TOTAL_SALE_PROP_MAX_ITEMS", &words);
    }
    Some(axes)
}

/// Every SKU names one declared option of every axis, and no two name the same.
pub fn combinations(leaf: Leaf, axes: &[Axis], skus: &[SkuDraft], complaints: &mut Complaints) {
    let standard: Vec<&str> = attribute::of(leaf)
        .filter(|(attribute, _)| attribute.is_sale_prop)
        .map(|(attribute, _)| attribute.name)
        .collect();
    let mut seen = HashSet::new();
    for draft in skus {
        let name = draft.seller_sku.as_deref().unwrap_or("");
        let props = draft.sale_props.as_deref().unwrap_or(&[]);
        if props.is_empty() && skus.len() > 1 {
            complaints.add_sku(name, "saleProp", "4144", "The saleProp is missing");
            continue;
        }
        for axis in axes.iter().filter(|_| !props.is_empty() || skus.len() > 1) {
            match props.iter().find(|(prop, _)| *prop == axis.name) {
                None => complaints.add_sku(name, "saleProp", "SKU_VARIATION_NAME_MISSING", &axis.name),
                Some((_, option)) if !axis.options.contains(option) => {
                    complaints.add_sku(name, "saleProp", "SKU_VARIATION_OPTION_NOT_EXIST", option);
                }
                Some(_) => {}
            }
        }
        for (prop, option) in props {
            if !axes.iter().any(|axis| axis.name == *prop) && !standard.contains(&prop.as_str()) {
                complaints.add_sku(name, "saleProp", "4143", &format!("{prop} is not declared in variation"));
            }
            if option.is_empty() {
                complaints.add_sku(name, "saleProp", "4113", &format!("{prop} is not filled"));
            }
        }
        let mut combination = props.to_vec();
        combination.sort();
        if !combination.is_empty() && !seen.insert(combination) {
            complaints.add_sku(name, "saleProp", "4112", "Two SKUs have identical sale properties");
        }
        if axes.iter().any(|axis| axis.has_image) && draft.images.as_ref().is_none_or(Vec::is_empty) {
            complaints.add_sku(name, "Images", "SKU_VARIATION_IMAGES_MISSING", "the SKU needs images");
        }
    }
}
