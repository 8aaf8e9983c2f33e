//! A product as create, full edit and partial edit want it (spec §7.3, §7.6).

use crate::Shop;
use crate::category::{BRAND, VERSION};
use crate::fault::wrong;
use crate::survey::Memo;
use crate::wire::{Product, ProductSku};
use ganh_contract::{Draft, DraftOffer, PictureRef, Price, Result, Section, Units};
use serde_json::{Map, Value, json};

/// An attribute key of ours: whether buyers may pay on delivery.
const COD: &str = "cod";

/// Sections that a partial edit can say; it replaces each property whole (§7.6).
pub(crate) const PARTIAL: [Section; 5] =
    [Section::Title, Section::Description, Section::Attributes, Section::Pictures, Section::Parcel];

/// Everything that create wants.
pub(crate) fn new(shop: &Shop, draft: &Draft, key: &str) -> Result<Value> {
    let mut body = content(draft, &PARTIAL)?;
    put_category(draft, &mut body);
    let memo = Memo::of(&shop.capability);
    let skus: Vec<Value> =
        draft.offers.iter().map(|offer| new_sku(shop, &memo, draft, offer)).collect::<Result<_>>()?;
    body.insert("skus".into(), Value::Array(skus));
    body.insert("save_mode".into(), json!("LISTING"));
    body.insert("external_product_id".into(), json!(draft.code.as_str()));
    if !key.is_empty() {
        body.insert("idempotency_key".into(), json!(key.chars().take(128).collect::<String>()));
    }
    Ok(Value::Object(body))
}

/// Everything again, for a full edit: what is left out is erased, so what we do not know of is taken from the product as it stands. SKUs that
/// live on say neither price nor stock, which then stay (§7.6). `submits`: a draft or a rejected product goes to the reviewers.
pub(crate) fn full(shop: &Shop, draft: &Draft, product: &Product, submits: bool) -> Result<Value> {
    let mut body = content(draft, &PARTIAL)?;
    put_category(draft, &mut body);
    let memo = Memo::of(&shop.capability);
    let lives_on = |offer: &DraftOffer| crate::listing::find_sku(offer, draft, product);
    let skus: Vec<Value> = draft
        .offers
        .iter()
        .map(|offer| match lives_on(offer) {
            Some(sku) => kept_sku(shop, draft, offer, sku),
            None => new_sku(shop, &memo, draft, offer),
        })
        .collect::<Result<_>>()?;
    body.insert("skus".into(), Value::Array(skus));
    body.insert("external_product_id".into(), json!(draft.code.as_str()));
    if submits {
        body.insert("save_mode".into(), json!("LISTING"));
    }
    keep_foreign(product, &mut body);
    Ok(Value::Object(body))
}

/// Properties that a person set at the channel and no draft knows.
fn keep_foreign(product: &Product, body: &mut Map<String, Value>) {
    let kept = [
        ("certifications", &product.certifications),
        ("size_chart", &product.size_chart),
        ("video", &product.video),
        ("minimum_order_quantity", &product.minimum_order_quantity),
        ("is_cod_allowed", &product.is_cod_allowed),
    ];
    for (name, value) in kept {
        if !value.is_null() && !body.contains_key(name) {
            body.insert(name.into(), value.clone());
        }
    }
    let options: Vec<&str> = product.delivery_options.0.iter().filter_map(|one| one.id.filled()).collect();
    if !options.is_empty() {
        body.insert("delivery_option_ids".into(), json!(options));
    }
}

/// The properties of these sections, as the wire names them.
pub(crate) fn content(draft: &Draft, sections: &[Section]) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    for section in sections {
        match section {
            Section::Title => {
                body.insert("title".into(), json!(without_pictograms(&draft.title)));
            }
            Section::Description => {
                body.insert("description".into(), json!(html(&without_pictograms(&draft.description))));
            }
            Section::Attributes => attributes(draft, &mut body)?,
            Section::Pictures => {
                body.insert("main_images".into(), Value::Array(pictures(draft)?));
            }
            Section::Parcel => parcel(draft, &mut body)?,
            Section::Category | Section::Structure | Section::Codes => {}
        }
    }
    Ok(body)
}

fn put_category(draft: &Draft, body: &mut Map<String, Value>) {
    body.insert("category_id".into(), json!(draft.category.as_str()));
    body.insert("category_version".into(), json!(VERSION));
}

/// Pictograms in a title or a description are refused (§7.3: no emoji; codes 12052931 and 12052932, read 2026-11-22), and a producer
/// means no less without them: they are left out, each with the space beside it.
fn without_pictograms(text: &str) -> String {
    let is_pictogram = |sign: char| matches!(u32::from(sign), 0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0xFE0F | 0x200D | 0x20E3);
    let mut kept = String::with_capacity(text.len());
    let mut has_left_out = false;
    for sign in text.chars() {
        if is_pictogram(sign) {
            has_left_out = true;
            continue;
        }
        if has_left_out && sign == ' ' && kept.chars().next_back().is_none_or(char::is_whitespace) {
            continue;
        }
        has_left_out = false;
        kept.push(sign);
    }
    kept.truncate(kept.trim_end_matches(' ').len());
    kept
}

/// The description is HTML (§7.3); plain text becomes one paragraph a line.
fn html(text: &str) -> String {
    if text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines = escaped.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("<p>{line}</p>")).collect()
}

/// A value of digits is a value's id, anything else (perhaps behind `=`) a text of our own (§6).
fn attributes(draft: &Draft, body: &mut Map<String, Value>) -> Result<()> {
    let mut list = Vec::new();
    for (key, values) in &draft.attributes {
        match key.as_str() {
            BRAND => {
                // `id` as `options` gives it; `id|name` is taken too.
                let id = values.first().and_then(|text| text.split('|').next()).unwrap_or_default();
                if !id.is_empty() {
                    body.insert("brand_id".into(), json!(id));
                }
            }
            COD => {
                let is_allowed = values.first().is_some_and(|text| matches!(text.as_str(), "true" | "1"));
                body.insert("is_cod_allowed".into(), json!(is_allowed));
            }
            key if key.chars().all(|sign| sign.is_ascii_digit()) => {
                let values: Vec<Value> = values.iter().map(|text| attribute_value(text)).collect();
                list.push(json!({ "id": key, "values": values }));
            }
            key => {
                return Err(wrong(
                    "create_product",
                    "attributes",
                    &format!("{key} không phải mã thuộc tính của sàn"),
                    &format!("{key} is no attribute of the channel"),
                ));
            }
        }
    }
    body.insert("product_attributes".into(), Value::Array(list));
    Ok(())
}

fn attribute_value(text: &str) -> Value {
    if !text.is_empty() && text.chars().all(|sign| sign.is_ascii_digit()) {
        return json!({ "id": text });
    }
    json!({ "name": text.strip_prefix('=').unwrap_or(text) })
}

/// Only images that were uploaded before (§8.1).
fn pictures(draft: &Draft) -> Result<Vec<Value>> {
    let uri = |picture: &PictureRef| match picture {
        PictureRef::Remote(id) => Ok(json!({ "uri": id.as_str() })),
        PictureRef::Link(_) => Err(wrong(
            "create_product",
            "pictures",
            "ảnh phải được tải lên sàn trước",
            "a picture must be uploaded first",
        )),
    };
    draft.pictures.iter().map(uri).collect()
}

/// Kilograms with three decimals, more than nothing; whole centimetres, rounded up, all three or none (§7.3).
fn parcel(draft: &Draft, body: &mut Map<String, Value>) -> Result<()> {
    if draft.grams == 0 {
        return Err(wrong(
            "create_product",
            "parcel",
            "thiếu cân nặng kiện hàng: nhập số gam",
            "the weight of the parcel is missing: enter its grams",
        ));
    }
    let kilograms = format!("{}.{:03}", draft.grams / 1_000, draft.grams % 1_000);
    body.insert("package_weight".into(), json!({ "value": kilograms, "unit": "KILOGRAM" }));
    if let Some(size) = draft.size_mm.filter(|size| !size.contains(&0)) {
        let [length, width, height] = size.map(|mm| mm.div_ceil(10).to_string());
        let size = json!({ "length": length, "width": width, "height": height, "unit": "CENTIMETER" });
        body.insert("package_dimensions".into(), size);
    }
    Ok(())
}

fn new_sku(shop: &Shop, memo: &Memo, draft: &Draft, offer: &DraftOffer) -> Result<Value> {
    let mut sku = common(shop, draft, offer)?;
    sku.insert("price".into(), amount(&offer.price));
    sku.insert("inventory".into(), inventory(memo, &offer.stock));
    sku.insert("sales_attributes".into(), Value::Array(sales_attributes(draft, offer, None)));
    Ok(Value::Object(sku))
}

fn kept_sku(shop: &Shop, draft: &Draft, offer: &DraftOffer, held: &ProductSku) -> Result<Value> {
    let mut sku = common(shop, draft, offer)?;
    sku.insert("id".into(), json!(held.id.as_str()));
    sku.insert("sales_attributes".into(), Value::Array(sales_attributes(draft, offer, Some(held))));
    Ok(Value::Object(sku))
}

fn common(shop: &Shop, draft: &Draft, offer: &DraftOffer) -> Result<Map<String, Value>> {
    let limits = &shop.line.app.facts.text;
    let code = offer.sku.as_str();
    if code.is_empty() || code.contains(char::is_whitespace) || code.chars().count() > limits.sku_max {
        return Err(wrong(
            "create_product",
            "sku",
            &format!("mã SKU «{code}» phải có 1 đến {} ký tự, không dấu cách", limits.sku_max),
            &format!("the SKU {code:?} must have 1 to {} characters without blanks", limits.sku_max),
        ));
    }
    let is_long = |text: &String, most: usize| text.chars().count() > most;
    let long_axis = draft.axes.iter().find(|name| is_long(name, limits.axis_max));
    let long = long_axis.or_else(|| offer.options.iter().find(|name| is_long(name, limits.option_max)));
    if let Some(long) = long {
        return Err(wrong(
            "create_product",
            "options",
            &format!(
                "«{long}» quá dài: tên nhóm tối đa {}, phân loại tối đa {} ký tự",
                limits.axis_max, limits.option_max
            ),
            &format!(
                "{long:?} is too long: option names up to {}, options up to {} characters",
                limits.axis_max, limits.option_max
            ),
        ));
    }
    let mut sku = Map::new();
    sku.insert("seller_sku".into(), json!(code));
    sku.insert("external_sku_id".into(), json!(code));
    let gtin = offer.gtin.as_ref().or(draft.gtin.as_ref().filter(|_| draft.offers.len() == 1));
    if let Some(kind) = gtin.and_then(|gtin| identifier(gtin)) {
        sku.insert("identifier_code".into(), json!({ "code": gtin, "type": kind }));
    }
    Ok(sku)
}

/// §7.3: EAN of 8 or 13 digits, UPC of 12, GTIN of 14.
fn identifier(gtin: &str) -> Option<&'static str> {
    match gtin.len() {
        8 | 13 => Some("EAN"),
        12 => Some("UPC"),
        14 => Some("GTIN"),
        _ => None,
    }
}

/// A picture that a person gave to an option stays with it (§7.3: `sku_img`).
fn sales_attributes(draft: &Draft, offer: &DraftOffer, held: Option<&ProductSku>) -> Vec<Value> {
    let pairs = draft.axes.iter().zip(&offer.options);
    pairs
        .map(|(name, value)| {
            let mut one = json!({ "name": name, "value_name": value });
            let known = held.and_then(|sku| {
                sku.sales_attributes
                    .0
                    .iter()
                    .find(|known| known.name.as_str() == name && known.value_name.as_str() == value)
            });
            if let Some(picture) = known.map(|known| &known.sku_img).and_then(|picture| picture.get("uri")) {
                one["sku_img"] = json!({ "uri": picture });
            }
            one
        })
        .collect()
}

/// Whole đồng as a text (§7.3).
pub(crate) fn amount(price: &Price) -> Value {
    json!({ "amount": price.list.get().to_string(), "currency": "VND" })
}

/// Figures by warehouse (§5, §7.9).
pub(crate) fn inventory(memo: &Memo, units: &Units) -> Value {
    let row = |(place, units): (Option<String>, u32)| match place {
        Some(place) => json!({ "warehouse_id": place, "quantity": units }),
        None => json!({ "quantity": units }),
    };
    memo.spread(units).into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_becomes_paragraphs_and_html_stays() {
        assert_eq!(html("Chè <xanh>\n\nTân Cương"), "<p>Chè &lt;xanh&gt;</p><p>Tân Cương</p>");
        assert_eq!(html("<p>Chè</p>"), "<p>Chè</p>");
    }

    #[test]
    fn pictograms_are_left_out_with_their_space_and_vietnamese_stays() {
        assert_eq!(
            without_pictograms(
                "🥮🌕 Mùa trăng sum vầy 👨\u{200D}👩\u{200D}👧 – đặt trước!  Ưu đãi 🇻🇳\nMua ❤\u{FE0F} ngay"
            ),
            "Mùa trăng sum vầy – đặt trước!  Ưu đãi \nMua ngay"
        );
        assert_eq!(without_pictograms("40°N, “Việt” – ½ kg × 2"), "40°N, “Việt” – ½ kg × 2");
    }

    #[test]
    fn a_value_of_digits_is_an_id_and_any_other_a_text() {
        assert_eq!(attribute_value("1000039"), json!({ "id": "1000039" }));
        assert_eq!(attribute_value("=12"), json!({ "name": "12" }));
        assert_eq!(attribute_value("Gốm sứ"), json!({ "name": "Gốm sứ" }));
    }
}
