//! Vietnamese text: one form inside (NFC, Đ), one key to search and one to tell SKUs apart.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// NFC, with the Icelandic Eth (Ð, ð) that some keyboards give turned into Đ, đ.
pub fn tidy(text: &str) -> String {
    text.nfc()
        .map(|letter| match letter {
            '\u{d0}' => 'Đ',
            '\u{f0}' => 'đ',
            other => other,
        })
        .collect()
}

/// Whether a letter is invisible and means nothing in a cell: format characters, zero-width blanks, BOM.
///
/// The zero-width joiner is not among them: it holds emoji together.
pub const fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Every run of blanks (no-break ones too) becomes one, and the ends are trimmed; line breaks count as blanks.
pub fn collapse_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The key for searching: decomposed, marks dropped, đ → d, lower case, blanks collapsed. "banh cay" finds "Bánh cáy".
///
/// Tone positions (Hoà, Hòa) fold to the same key. Source: DOMAIN §12.
pub fn search_key(text: &str) -> String {
    let folded: String =
        tidy(text).nfd().filter(|letter| !is_combining_mark(*letter)).flat_map(fold_letter).collect();
    collapse_blanks(&folded)
}

/// The key under which two names are the same name: case, blanks and the place of a tone mark do not count (Hoà, Hòa), the tone does.
///
/// "Thiên Đức" and "Thiện Đức" are two producers. Source: DOMAIN §12, tone position.
pub fn name_key(text: &str) -> String {
    let is_tone = |letter: &char| matches!(letter, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
    let tidied = tidy(text).to_lowercase();
    let words = tidied.split_whitespace().map(|word| {
        let (tones, letters): (String, String) = word.nfd().partition(is_tone);
        letters + &tones
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The key under which two SKUs are the same SKU: case, accents, đ, width and invisible letters do not count.
///
/// Source: specs/woocommerce.md §4.3: the shop compares by its database's collation. Cyrillic stays Cyrillic.
pub fn sku_key(text: &str) -> String {
    text.nfkd()
        .filter(|letter| !is_combining_mark(*letter) && !is_invisible(*letter) && *letter != '\u{200d}')
        .filter(|letter| !letter.is_whitespace())
        .flat_map(|letter| {
            fold_letter(match letter {
                '\u{d0}' | '\u{f0}' => 'đ',
                other => other,
            })
        })
        .collect()
}

fn fold_letter(letter: char) -> impl Iterator<Item = char> {
    let letter = match letter {
        'đ' | 'Đ' => 'd',
        other => other,
    };
    letter.to_lowercase()
}

/// A slug from the search key: words joined by `-`, letters and digits only.
pub fn slug(text: &str) -> String {
    let key = search_key(text);
    let words = key.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Length in Unicode scalar values.
pub fn count_chars(text: &str) -> usize {
    text.chars().count()
}

/// Length in UTF-16 units, as Java and JavaScript count.
pub fn count_utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_without_accents_finds_the_word_in_any_tone_position() {
        assert_eq!(search_key("  Bánh   CÁY "), "banh cay");
        assert_eq!(search_key("Khánh Hoà"), search_key("Khánh Hòa"));
        assert_eq!(search_key("Ðông Xuyên"), "dong xuyen");
    }

    #[test]
    fn a_name_is_the_same_wherever_its_tone_mark_stands_but_not_with_another_tone() {
        assert_eq!(name_key(" HTX  Khánh Hoà"), name_key("htx Khánh Hòa"));
        assert_ne!(name_key("Thiên Đức"), name_key("Thiện Đức"));
    }

    #[test]
    fn skus_that_a_shop_cannot_tell_apart_have_one_key() {
        assert_eq!(sku_key("ĐO-1"), sku_key("do-1"));
        assert_eq!(sku_key("ÁO-1"), sku_key("ＡＯ－1"));
        assert_eq!(sku_key("MS-\u{200b}006"), "ms-006");
        assert_ne!(sku_key("МS-007"), sku_key("MS-007"));
    }

    #[test]
    fn a_slug_has_only_letters_digits_and_dashes() {
        assert_eq!(slug("Bánh cáy – Thiên Đức (250 g)"), "banh-cay-thien-duc-250-g");
    }
}
