//! Text that went through the wrong code page or an old font: found, and a repair offered; never stored as it is.

use crate::catalogue::text::{collapse_blanks, tidy};

/// What happened to a text, with the repair to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// UTF-8 read as Windows-1252.
    Mojibake(String),
    /// Typed for a TCVN3 (.VnTime) font.
    Tcvn3(String),
    /// Typed for a VNI font; no repair is offered.
    Vni,
    /// Letters that were lost in decoding (U+FFFD).
    Lost,
}

impl Damage {
    /// The repaired text, where there is one.
    pub fn repair(&self) -> Option<&str> {
        match self {
            Self::Mojibake(text) | Self::Tcvn3(text) => Some(text),
            Self::Vni | Self::Lost => None,
        }
    }
}

/// TCVN3 bytes as Windows-1252 shows them, and the letters they stand for.
const TCVN3: &[(&str, &str)] = &[
    ("¸µ¶·¹", "áàảãạ"),
    ("¨¾»¼½Æ", "ăắằẳẵặ"),
    ("©ÊÇÈÉË", "âấầẩẫậ"),
    ("®ÐÌÎÏÑ", "đéèẻẽẹ"),
    ("ªÕÒÓÔÖ", "êếềểễệ"),
    ("Ý×ØÜÞ", "íìỉĩị"),
    ("ãßáâä", "óòỏõọ"),
    ("«èåæçé", "ôốồổỗộ"),
    ("¬íêëìî", "ơớờởỡợ"),
    ("óïñòô", "úùủũụ"),
    ("\u{ad}øõö÷ù", "ưứừửữự"),
    ("ýúûüþ", "ýỳỷỹỵ"),
    ("§¡¢£¤¥¦", "ĐĂÂÊÔƠƯ"),
];

/// Signs that no word holds, but TCVN3 text is full of.
const TCVN3_SIGNS: &str = "¸µ¶·¹¨¾»¼½©®ª«¬§¡¢£¤¥¦";

/// Finds damage in a text; `None` when it looks sound.
pub fn find(text: &str) -> Option<Damage> {
    if text.is_ascii() {
        return None;
    }
    if text.contains('\u{fffd}') {
        return Some(Damage::Lost);
    }
    if let Some(repair) = undo_mojibake(text) {
        return Some(Damage::Mojibake(repair));
    }
    // Real Vietnamese letters beside the signs mean that the signs are meant.
    if text.chars().any(is_vietnamese_only) {
        return None;
    }
    if in_words(text, |letter| TCVN3_SIGNS.contains(letter)) >= 2 {
        return Some(Damage::Tcvn3(undo_tcvn3(text)));
    }
    let letters: Vec<char> = text.chars().collect();
    let is_pair = |pair: &[char]| "aeouyAEOUY".contains(pair[0]) && "ùøûõïâêÙØÛÕÏ".contains(pair[1]);
    (letters.windows(2).filter(|pair| is_pair(pair)).count() >= 2).then_some(Damage::Vni)
}

/// Letters that only Unicode Vietnamese has: none of them is in Windows-1252.
const fn is_vietnamese_only(letter: char) -> bool {
    matches!(letter, '\u{1ea0}'..='\u{1ef9}' | 'ă' | 'Ă' | 'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | 'ĩ' | 'Ĩ' | 'ũ' | 'Ũ' | '\u{300}'..='\u{323}')
}

/// How many such signs touch a letter of a word.
fn in_words(text: &str, is_sign: impl Fn(char) -> bool) -> usize {
    let letters: Vec<char> = text.chars().collect();
    let touches = |index: usize| {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        before.is_some_and(char::is_ascii_alphabetic)
            || letters.get(index + 1).is_some_and(char::is_ascii_alphabetic)
    };
    letters.iter().enumerate().filter(|(index, letter)| is_sign(**letter) && touches(*index)).count()
}

fn undo_mojibake(text: &str) -> Option<String> {
    let (bytes, _, has_unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    if has_unmappable || bytes.is_ascii() {
        return None;
    }
    String::from_utf8(bytes.into_owned()).ok().map(|repaired| collapse_blanks(&tidy(&repaired)))
}

fn undo_tcvn3(text: &str) -> String {
    let letter_of = |letter: char| {
        TCVN3
            .iter()
            .find_map(|(signs, letters)| letters.chars().nth(signs.chars().position(|sign| sign == letter)?))
    };
    text.chars().map(|letter| letter_of(letter).unwrap_or(letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbled_text_is_found_and_repaired() {
        assert_eq!(find("B¸nh ®a Quúnh C«i"), Some(Damage::Tcvn3("Bánh đa Quỳnh Côi".into())));
        assert_eq!(find("Máº¯m cÃ¡y"), Some(Damage::Mojibake("Mắm cáy".into())));
        assert_eq!(find("Baùnh caùy"), Some(Damage::Vni));
    }

    #[test]
    fn sound_text_is_left_alone() {
        assert_eq!(find("Bánh cáy làng Nguyễn ® 25 °C – « ngon »"), None);
        assert_eq!(find("Trà"), None);
        assert_eq!(find("Café Crème"), None);
    }
}
