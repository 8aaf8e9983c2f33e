//! SKUs and GTINs: cleaning on save, folding in comparison (spec §4.3, §4.4).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds as the database's collation compares: case, accents, đ, width and normal form do not count.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.trim_end().to_ascii_lowercase();
    }
    let folded: String = text
        .nfkd()
        .filter(|sign| !is_combining_mark(*sign))
        .map(|sign| if matches!(sign, 'đ' | 'Đ') { 'd' } else { sign })
        .flat_map(char::to_lowercase)
        .collect();
    folded.trim_end().to_owned()
}

/// `wc_clean`: trimmed, one blank between words, tags cut, `<` escaped, percent sequences cut.
#[must_use]
pub fn clean(text: &str) -> String {
    let text = cut_tags(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(sign) = rest.chars().next() {
        let bytes = rest.as_bytes();
        let is_sequence = sign == '%'
            && bytes.get(1).is_some_and(u8::is_ascii_hexdigit)
            && bytes.get(2).is_some_and(u8::is_ascii_hexdigit);
        if is_sequence {
            rest = &rest[3..];
            continue;
        }
        match sign {
            '<' => out.push_str("&lt;"),
            _ => out.push(sign),
        }
        rest = &rest[sign.len_utf8()..];
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let is_tag = rest[start + 1..]
            .starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '/' || sign == '!');
        match rest[start..].find('>') {
            Some(len) if is_tag => {
                out.push_str(&rest[..start]);
                rest = &rest[start + len + 1..];
            }
            Some(_) | None => {
                out.push_str(&rest[..=start]);
                rest = &rest[start + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What is kept of a GTIN: digits and hyphens as typed; anything else empties it.
#[must_use]
pub fn gtin(text: &str) -> String {
    text.trim().chars().filter(|sign| sign.is_ascii_digit() || *sign == '-').collect()
}

#[cfg(test)]
mod tests {
    use super::{clean, fold, gtin};

    #[test]
    fn accents_case_d_bar_and_normal_form_do_not_make_two_skus() {
        assert_eq!(fold("ÁO-1"), fold("ao-1"));
        assert_eq!(fold("ĐO-1"), fold("DO-1"));
        assert_eq!(fold("N\u{f3}n"), fold("No\u{301}n"));
        assert_eq!(fold("ＡＢ-1"), fold("ab-1"));
    }

    #[test]
    fn a_saved_sku_is_cleaned() {
        assert_eq!(clean("  A \t B "), "A B");
        assert_eq!(clean("<b>X</b>1<2"), "X1&lt;2");
        assert_eq!(clean("A%20B"), "AB");
        assert_eq!(clean("a/b\\c\"d'e&f+g,h"), "a/b\\c\"d'e&f+g,h");
    }

    #[test]
    fn a_gtin_keeps_digits_and_hyphens() {
        assert_eq!(gtin("ABC"), "");
        assert_eq!(gtin("893-600 1"), "893-6001");
    }
}
