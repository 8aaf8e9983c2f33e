//! One text in both languages: `field: tiếng Việt ‖ English; field: …`. So it is stored and told over the API; people see their half.

use crate::listing::explain::Language;

/// Stands between the two languages. No text of ours or of a marketplace uses it otherwise.
pub const BETWEEN: &str = " ‖ ";

/// Both languages in one text.
pub fn both(vi: &str, en: &str) -> String {
    format!("{vi}{BETWEEN}{en}")
}

/// The half of a text that is in this language, for each of its complaints. What is in one language only stays as it is.
pub fn said_in(said: &str, language: Language) -> String {
    let parts: Vec<&str> = said.split(BETWEEN).collect();
    let [first, middle @ .., last] = parts.as_slice() else { return said.to_owned() };
    if parts.len() == 1 {
        return said.to_owned();
    }
    // Between two separators stand the English of one complaint, and field and Vietnamese of the next.
    let mut complaints: Vec<(&str, &str, &str)> = Vec::new();
    let (mut field, mut vi) = field_of(first);
    for part in middle {
        let (en, next) = next_complaint(part);
        complaints.push((field, vi, en));
        (field, vi) = field_of(next);
    }
    complaints.push((field, vi, last));
    let lines: Vec<String> = complaints
        .into_iter()
        .map(|(field, vi, en)| {
            let text = match language {
                Language::Vi => vi,
                Language::En => en,
            };
            match (field, language) {
                ("", _) => text.to_owned(),
                (field, Language::Vi) => format!("{}: {text}", title_vi(field)),
                (field, Language::En) => format!("{field}: {text}"),
            }
        })
        .collect();
    lines.join("; ")
}

/// The column's title as Vietnamese sheets have it; a field that we do not know stays as it is.
fn title_vi(field: &str) -> &str {
    match field {
        "name" => "Tên sản phẩm",
        "description" => "Mô tả",
        "price_vnd" => "Giá bán",
        "weight_g" => "Khối lượng (g)",
        "length_cm" => "Dài, rộng, cao (cm)",
        "option1_name" => "Tên phân loại 1",
        "option1_value" => "Phân loại 1",
        "option2_name" => "Tên phân loại 2",
        "option2_value" => "Phân loại 2",
        "alcohol_abv" => "Nồng độ cồn",
        "images" => "Ảnh",
        "attributes" => "Thuộc tính",
        "category" => "Ngành hàng",
        "sku" => "Mã SKU",
        "net_quantity" => "Khối lượng tịnh",
        "producer_name" => "Chủ thể",
        "address" => "Địa chỉ",
        "kind" => "Loại sản phẩm",
        other => other,
    }
}

/// `field: text` apart; the field is empty where none is named.
fn field_of(text: &str) -> (&str, &str) {
    match text.split_once(": ") {
        Some((field, rest)) if is_field(field) => (field, rest),
        Some(_) | None => ("", text),
    }
}

/// The English of one complaint, and the complaint that follows it.
fn next_complaint(text: &str) -> (&str, &str) {
    let starts = text.match_indices("; ").map(|(at, _)| at);
    let found = starts.into_iter().find(|at| !field_of(&text[at + 2..]).0.is_empty());
    found.map_or((text, ""), |at| (&text[..at], &text[at + 2..]))
}

/// A column's name such as `option1_value`.
fn is_field(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_sees_his_half_with_the_fields() {
        let said = "name: tên ngắn; viết thêm ‖ the name is short; write more; price_vnd: giá 5 ₫ / 6 ₫ ‖ price 5 ₫ / 6 ₫";

        let halves = [Language::Vi, Language::En].map(|language| said_in(said, language));

        assert_eq!(
            halves,
            [
                "Tên sản phẩm: tên ngắn; viết thêm; Giá bán: giá 5 ₫ / 6 ₫",
                "name: the name is short; write more; price_vnd: price 5 ₫ / 6 ₫"
            ]
        );
    }

    #[test]
    fn what_a_marketplace_said_stays_as_it_is() {
        let said = ["options: Option should be 1-20 characters.", "", "tin · đăng"];

        assert_eq!(said.map(|said| said_in(said, Language::Vi)), said);
    }

    #[test]
    fn a_text_without_fields_is_halved_too() {
        assert_eq!(said_in(&both("hết hạn", "it lapsed"), Language::En), "it lapsed");
    }
}
