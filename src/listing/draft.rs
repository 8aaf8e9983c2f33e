//! From a product's page to a draft that a channel will take, or everything that stands in its way, at once.
//!
//! What can be mended without a person is mended: a long title is cut at a word, a short one and a short description are filled from the label
//! block, stars of a lapsed certificate go. The rest becomes objections, each with its field and what to do, in Vietnamese and English.

mod shape;

use crate::catalogue::ProductKind;
use crate::listing::page::ProductPage;
use crate::listing::said::both;
use crate::listing::text::{Place, cures_promised, cut_at_word, html, length, plain, without_stars};
use ganh_contract::{
    Capability, CategoryRules, Complaint, Draft, DraftOffer, PictureRef, PictureRules, Price,
    RemoteCategoryId, Sku, TextRules, Units, Vnd,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the product stands in the channel's tree, and what that asks for. `attributes`: values that are already chosen.
#[derive(Debug, Clone)]
pub struct CategoryChoice {
    pub id: RemoteCategoryId,
    pub attributes: BTreeMap<String, Vec<String>>,
    pub rules: Option<CategoryRules>,
    pub alcohol: Alcohol,
}

/// Whether this shop may sell alcohol. The channels differ and the law asks for a licence, so it is forbidden until somebody says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alcohol {
    #[default]
    Forbidden,
    Allowed,
}

/// One thing that keeps a listing from being made: for the producer, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// The catalogue's word: `name`, `description`, `price_vnd`, `images` …
    pub field: String,
    pub code: String,
    /// What to do, in Vietnamese.
    pub vi: String,
    /// What to do, in English.
    pub en: String,
}

impl From<Objection> for Complaint {
    fn from(objection: Objection) -> Self {
        Self {
            field: Some(objection.field),
            code: Some(objection.code),
            said: both(&objection.vi, &objection.en),
        }
    }
}

/// The code that is written on the listing itself and that `find` looks for: a single variant's SKU, else the product's code.
pub fn listing_code(page: &ProductPage) -> Sku {
    match page.variants.as_slice() {
        [only] => only.sku.clone(),
        _ => Sku::new(page.code.as_str()),
    }
}

/// Makes the draft of a listing. Figures are those of the page's variants; pictures beyond the channel's limit are left out, and barcodes of
/// restricted ranges, which channels refuse. Pure.
///
/// # Errors
/// All objections at once; then there is no draft and the listing parks for the producer.
pub fn draft(
    page: &ProductPage,
    capability: &Capability,
    category: &CategoryChoice,
    pictures: Vec<PictureRef>,
) -> Result<Draft, Vec<Objection>> {
    let rules = category.rules.as_ref();
    let text = rules.and_then(|rules| rules.text.as_ref()).unwrap_or(&capability.text);
    let price = rules.and_then(|rules| rules.price.as_ref()).unwrap_or(&capability.price);
    let mut objections = Objections(Vec::new());
    let page = &readable(page);

    let title = title(page, text, &mut objections);
    let description = description(page, text, &mut objections);
    label(page, category.alcohol, &mut objections);
    shape::structure(page, capability, &mut objections);
    shape::parcel(page, capability, &mut objections);
    prices(page, price, &mut objections);
    attributes(category, &mut objections);
    let pictures = allowed_pictures(pictures, &capability.pictures, &mut objections);
    if !objections.0.is_empty() {
        return Err(objections.0);
    }

    let gtin = |variant: &crate::listing::page::PageVariant| {
        variant.gtin.as_ref().filter(|gtin| !gtin.is_restricted()).map(|gtin| gtin.as_str().to_owned())
    };
    let offers: Vec<DraftOffer> = page
        .variants
        .iter()
        .map(|variant| DraftOffer {
            sku: variant.sku.clone(),
            options: variant.options.clone(),
            price: Price::plain(variant.price),
            stock: Units::only(variant.stock.min(capability.stock.max_units)),
            gtin: gtin(variant),
            grams: variant.parcel.map(|parcel| parcel.grams),
        })
        .collect();
    let largest = page.variants.iter().filter_map(|variant| variant.parcel).max_by_key(|parcel| parcel.grams);
    Ok(Draft {
        code: listing_code(page),
        title,
        description,
        category: category.id.clone(),
        attributes: category.attributes.clone(),
        pictures,
        axes: page.axes.clone(),
        gtin: if offers.len() == 1 { offers[0].gtin.clone() } else { None },
        offers,
        grams: largest.map_or(0, |parcel| parcel.grams),
        size_mm: largest.and_then(|parcel| parcel.size_mm),
    })
}

/// The page in plain text, without stars that may no longer be shown: name and description stand in the title and in the label.
fn readable(page: &ProductPage) -> ProductPage {
    let mut page = ProductPage {
        name: plain(&page.name).replace('\n', " "),
        description: plain(&page.description),
        ..page.clone()
    };
    if page.certificate.is_none() {
        page.name = without_stars(&page.name, Place::Title);
        page.description = without_stars(&page.description, Place::Description);
    }
    page
}

struct Objections(Vec<Objection>);

impl Objections {
    fn add(&mut self, field: &str, code: &str, vi: String, en: String) {
        self.0.push(Objection { field: field.into(), code: code.into(), vi, en });
    }
}

fn title(page: &ProductPage, rules: &TextRules, objections: &mut Objections) -> String {
    let (least, most) = rules.title;
    let mut title = page.name.clone();
    let net = match page.variants.as_slice() {
        [only] => only.net_quantity.as_ref().map(ToString::to_string),
        _ => None,
    };
    for more in [net, Some(page.producer_name.clone()), page.origin.clone()].into_iter().flatten() {
        if length(&title, rules.counted) < least && !title.is_empty() {
            title = format!("{title} – {more}");
        }
    }
    let title = cut_at_word(&title, most, rules.counted);
    let has = length(&title, rules.counted);
    if has < least.max(1) {
        objections.add(
            "name",
            "title_too_short",
            format!("tên có {has} ký tự, sàn cần ít nhất {least}: viết tên đầy đủ hơn"),
            format!("the name has {has} characters, the channel wants at least {least}: write a fuller name"),
        );
    }
    title
}

fn description(page: &ProductPage, rules: &TextRules, objections: &mut Objections) -> String {
    let (least, most) = rules.description;
    let own = &page.description;
    let block = page.label_block().join("\n");
    let written = |own: &str| {
        let whole = [own, block.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n");
        if rules.html { html(&whole) } else { whole }
    };
    let fits = |text: &str| length(text, rules.counted) <= most;
    let mut text = written(own);
    if !fits(&text) {
        // markup grows with the text, so the longest own text that fits is searched for; the label is never cut
        let (mut room, mut too_much) = (0, length(own, rules.counted));
        while too_much - room > 1 {
            let middle = room.midpoint(too_much);
            if fits(&written(&cut_at_word(own, middle, rules.counted))) {
                room = middle;
            } else {
                too_much = middle;
            }
        }
        text = written(&cut_at_word(own, room, rules.counted));
    }
    let has = length(&text, rules.counted);
    if has < least {
        objections.add(
            "description",
            "description_too_short",
            format!("mô tả có {has} ký tự kể cả phần nhãn, sàn cần ít nhất {least}: viết thêm về sản phẩm"),
            format!("the description has {has} characters with its label block, the channel wants at least {least}: tell more about the product"),
        );
    }
    if has > most {
        objections.add(
            "description",
            "label_too_long",
            format!("riêng phần nhãn đã {has} ký tự, sàn nhận nhiều nhất {most}: rút gọn tên, địa chỉ, xuất xứ"),
            format!("the label block alone has {has} characters, the channel takes at most {most}: shorten name, address, origin"),
        );
    }
    text
}

fn label(page: &ProductPage, alcohol: Alcohol, objections: &mut Objections) {
    if page.alcohol_tenths.is_some_and(|tenths| tenths > 0) && alcohol == Alcohol::Forbidden {
        objections.add(
            "alcohol_abv",
            "alcohol_forbidden",
            "gian hàng này chưa được phép bán đồ uống có cồn: gửi giấy phép bán rượu cho quản trị viên để được bật".into(),
            "this shop may not sell alcohol: bring the admin the licence to sell it, who then allows it".into(),
        );
    }
    if !page.is_ingested() {
        return;
    }
    for cure in cures_promised(&format!("{}\n{}", page.name, page.description)) {
        objections.add(
            "description",
            "cure_promised",
            format!("bỏ cụm từ \"{cure}\": thực phẩm không được quảng cáo công dụng chữa bệnh"),
            format!("remove \"{cure}\": food may not be advertised as a cure"),
        );
    }
    let mut need = |there: bool, field: &str, vi: &str, en: &str| {
        if !there {
            objections.add(
                field,
                "label_incomplete",
                format!("nhãn thiếu {vi}: điền vào danh mục"),
                format!("the label lacks {en}: fill it in the catalogue"),
            );
        }
    };
    need(
        !page.producer_name.trim().is_empty(),
        "producer_name",
        "tên đơn vị chịu trách nhiệm",
        "the responsible party",
    );
    need(
        page.producer_address.is_some() || page.origin.is_some(),
        "address",
        "địa chỉ hoặc xuất xứ",
        "an address or the origin",
    );
    let measured = page.variants.iter().all(|variant| variant.net_quantity.is_some());
    let is_set = page.kind == ProductKind::Bundle;
    need(measured || is_set, "net_quantity", "khối lượng hoặc thể tích thực", "the net quantity");
}

fn prices(page: &ProductPage, rules: &ganh_contract::PriceRules, objections: &mut Objections) {
    for variant in &page.variants {
        if variant.price < rules.min || variant.price > rules.max {
            let (price, min, max) = (variant.price, rules.min, rules.max);
            objections.add(
                "price_vnd",
                "price_out_of_range",
                format!(
                    "{}: giá {price}, sàn nhận từ {min} đến {max}: sửa giá hoặc bỏ mã này khỏi gian hàng",
                    variant.sku
                ),
                format!("{}: price {price}, the channel takes {min} to {max}: change the price", variant.sku),
            );
        }
    }
    let amounts = page.variants.iter().map(|variant| variant.price.get());
    let (Some(cheapest), Some(dearest), Some(spread)) =
        (amounts.clone().min(), amounts.max(), rules.spread_pct)
    else {
        return;
    };
    if i128::from(dearest) * 100 > i128::from(cheapest) * i128::from(spread) {
        let (cheapest, dearest) = (Vnd(cheapest), Vnd(dearest));
        objections.add(
            "price_vnd",
            "price_spread",
            format!(
                "giá từ {cheapest} đến {dearest}, sàn cho giá cao nhất tối đa {spread} % giá thấp nhất: \
                 tách phân loại rẻ hoặc đắt nhất thành sản phẩm riêng"
            ),
            format!(
                "prices from {cheapest} to {dearest}, the dearest may be at most {spread} % of the cheapest: \
                 make the cheapest or dearest variants a product of their own"
            ),
        );
    }
}

fn attributes(category: &CategoryChoice, objections: &mut Objections) {
    let Some(rules) = &category.rules else { return };
    for wanted in rules.attributes.iter().filter(|wanted| wanted.required) {
        let is_given = category.attributes.get(&wanted.key).is_some_and(|values| !values.is_empty());
        if !is_given {
            objections.add(
                "attributes",
                "attribute_missing",
                format!(
                    "ngành hàng cần thuộc tính \"{0}\" ({1}): điền vào attributes của ngành hàng trong cài đặt gian hàng",
                    wanted.name, wanted.key
                ),
                format!(
                    "the category asks for the attribute \"{0}\" ({1}): fill it in under attributes of the category in the shop's settings",
                    wanted.name, wanted.key
                ),
            );
        }
    }
}

fn allowed_pictures(
    mut pictures: Vec<PictureRef>,
    rules: &PictureRules,
    objections: &mut Objections,
) -> Vec<PictureRef> {
    let (most, must) = match rules {
        // guess: no capability says so, but every channel that wants the bytes also wants at least one picture
        PictureRules::Upload { max, .. } => (*max, true),
        PictureRules::Link { max, .. } => (*max, false),
    };
    if must && pictures.is_empty() {
        objections.add(
            "images",
            "no_picture",
            "sản phẩm chưa có ảnh nào dùng được trên sàn này: thêm ít nhất một ảnh".into(),
            "the product has no picture that this channel takes: add at least one".into(),
        );
    }
    pictures.truncate(most);
    pictures
}

#[cfg(test)]
mod tests;
