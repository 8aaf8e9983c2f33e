//! Objections to a product's shape: its variants, option axes and parcel, held against what the channel takes.

use super::Objections;
use crate::listing::page::ProductPage;
use ganh_contract::Capability;
use std::collections::BTreeSet;

/// Whether variants and axes can be listed at all.
pub(super) fn structure(page: &ProductPage, capability: &Capability, objections: &mut Objections) {
    let Some(create) = &capability.create else {
        objections.add(
            "kind",
            "no_create",
            "sàn này không nhận sản phẩm mới qua kết nối: tạo trên sàn rồi nối lại bằng mã SKU".into(),
            "this channel takes no new products by call: make it there, it is then matched by SKU".into(),
        );
        return;
    };
    if page.variants.is_empty() {
        objections.add(
            "sku",
            "no_variants",
            "sản phẩm chưa có mã SKU nào: thêm ít nhất một dòng có mã SKU".into(),
            "the product has no SKU yet: add at least one row with a SKU".into(),
        );
    }
    if page.axes.len() > create.max_axes {
        objections.add(
            "option2_name",
            "too_many_axes",
            format!(
                "sàn nhận nhiều nhất {} loại phân loại: gộp lại, hoặc tách thành nhiều sản phẩm",
                create.max_axes
            ),
            format!(
                "the channel takes at most {} option axes: join them, or split the product",
                create.max_axes
            ),
        );
    }
    if page.variants.len() > create.max_offers {
        objections.add(
            "sku",
            "too_many_variants",
            format!(
                "{} phân loại, sàn nhận nhiều nhất {}: tách thành nhiều sản phẩm",
                page.variants.len(),
                create.max_offers
            ),
            format!(
                "{} variants, the channel takes at most {}: split the product",
                page.variants.len(),
                create.max_offers
            ),
        );
    }
    variations(page, capability, objections);
    let mut seen = BTreeSet::new();
    for variant in &page.variants {
        let complete = variant.options.len() == page.axes.len();
        if !complete || !seen.insert(&variant.options) {
            objections.add(
                "option1_value",
                "options_unclear",
                format!(
                    "{}: phân loại thiếu hoặc trùng với mã khác: điền phân loại riêng cho mã này",
                    variant.sku
                ),
                format!(
                    "{}: its options are missing or the same as another's: give it options of its own",
                    variant.sku
                ),
            );
        }
    }
}

/// What the option axes must be like.
fn variations(page: &ProductPage, capability: &Capability, objections: &mut Objections) {
    let Some(rules) = capability.create.as_ref().map(|create| create.variations) else { return };
    // In characters, however the channel counts its texts.
    let count = |text: &str| text.chars().count();
    for (axis, name) in page.axes.iter().enumerate() {
        let column = axis + 1;
        if let Some(most) = rules.max_axis_chars.filter(|most| count(name) > *most) {
            let has = count(name);
            objections.add(
                &format!("option{column}_name"),
                "axis_too_long",
                format!("tên phân loại \"{name}\" có {has} ký tự, sàn nhận nhiều nhất {most}: viết ngắn hơn"),
                format!("the axis \"{name}\" has {has} characters, the channel takes at most {most}: write it shorter"),
            );
        }
        for option in options_of(page, axis) {
            let Some(most) = rules.max_option_chars.filter(|most| count(option) > *most) else { continue };
            let has = count(option);
            objections.add(
                &format!("option{column}_value"),
                "option_too_long",
                format!("phân loại \"{option}\" có {has} ký tự, sàn nhận nhiều nhất {most}: viết ngắn hơn"),
                format!("the option \"{option}\" has {has} characters, the channel takes at most {most}: write it shorter"),
            );
        }
    }
    if rules.every_combination {
        every_combination(page, objections);
    }
}

/// Names the combinations that are no SKU yet; at most three, a grid can be large.
fn every_combination(page: &ProductPage, objections: &mut Objections) {
    let [first, second] = page.axes.as_slice() else { return };
    let there: BTreeSet<&[String]> = page.variants.iter().map(|variant| variant.options.as_slice()).collect();
    let (rows, columns) = (options_of(page, 0), options_of(page, 1));
    let all =
        rows.iter().flat_map(|row| columns.iter().map(move |column| [(*row).clone(), (*column).clone()]));
    let missing: Vec<String> = all
        .filter(|pair| !there.contains(pair.as_slice()))
        .map(|[row, column]| format!("{row} × {column}"))
        .collect();
    if missing.is_empty() {
        return;
    }
    let (count, named) = (missing.len(), missing[..missing.len().min(3)].join(", "));
    let more = if count > 3 { " …" } else { "" };
    objections.add(
        "option2_value",
        "combinations_missing",
        format!(
            "sàn cần đủ mọi tổ hợp {first} × {second}, còn thiếu {count} ({named}{more}): \
             thêm SKU cho các tổ hợp đó (tồn 0 nếu không bán), hoặc gộp thành một loại phân loại"
        ),
        format!(
            "the channel wants every combination of {first} × {second}, {count} are missing ({named}{more}): \
             add SKUs for them (stock 0 where not sold), or make one axis of the two"
        ),
    );
}

/// The options of an axis in the order in which variants name them first.
fn options_of(page: &ProductPage, axis: usize) -> Vec<&String> {
    let mut seen: Vec<&String> = Vec::new();
    for option in page.variants.iter().filter_map(|variant| variant.options.get(axis)) {
        if !seen.contains(&option) {
            seen.push(option);
        }
    }
    seen
}

/// Whether the parcel can be sent.
pub(super) fn parcel(page: &ProductPage, capability: &Capability, objections: &mut Objections) {
    let Some(rules) = capability.create.as_ref().map(|create| create.parcel) else { return };
    let heaviest = page.variants.iter().filter_map(|variant| variant.parcel).map(|parcel| parcel.grams).max();
    let grams = heaviest.unwrap_or(0);
    if rules.needs_weight && grams == 0 {
        objections.add(
            "weight_g",
            "weight_missing",
            "sàn cần khối lượng gói hàng: điền số gam cả bao bì, lớn hơn 0 (vé, dịch vụ không gửi hàng thì không đăng ở sàn này)".into(),
            "the channel wants the parcel's weight: fill in grams with packing, above 0 (tickets and services that are not sent cannot be listed here)".into(),
        );
    }
    let heaviest =
        page.variants.iter().filter_map(|variant| variant.parcel).max_by_key(|parcel| parcel.grams);
    if rules.needs_size && heaviest.is_none_or(|parcel| parcel.size_mm.is_none()) {
        objections.add(
            "length_cm",
            "size_missing",
            "sàn cần kích thước gói hàng: điền dài, rộng, cao (cm) cả bao bì".into(),
            "the channel wants the parcel's size: fill in length, width and height (cm) with packing".into(),
        );
    }
    if let Some(most) = rules.max_grams.filter(|most| grams > *most) {
        objections.add(
            "weight_g",
            "too_heavy",
            format!(
                "gói hàng nặng {} kg, đơn vị vận chuyển của gian hàng nhận nhiều nhất {} kg: chia nhỏ gói hàng, hoặc bán ở gian hàng khác",
                kilograms(grams, ','),
                kilograms(most, ',')
            ),
            format!(
                "the parcel weighs {} kg, the shop's carriers take at most {} kg: split it, or sell it in another shop",
                kilograms(grams, '.'),
                kilograms(most, '.')
            ),
        );
    }
}

fn kilograms(grams: u32, point: char) -> String {
    let (whole, part) = (grams / 1_000, grams % 1_000);
    format!("{whole}{point}{part:03}").trim_end_matches('0').trim_end_matches(point).to_owned()
}
