//! Text as a channel takes it: counted its way, cut at a word, without tags, without stars that may no longer be shown.

use crate::catalogue::text::collapse_blanks;
use ganh_contract::Counted;

/// Length as the channel counts it.
pub fn length(text: &str, counted: Counted) -> usize {
    match counted {
        Counted::Chars => text.chars().count(),
        Counted::Utf8Bytes => text.len(),
    }
}

/// The longest beginning that fits, ending with a whole word; never inside a letter with its marks or a joined emoji. A single word that is
/// too long is cut between letters. Text that fits comes back as it is.
pub fn cut_at_word(text: &str, most: usize, counted: Counted) -> String {
    if length(text, counted) <= most {
        return text.to_owned();
    }
    let mut fits = 0;
    let mut used = 0;
    for (at, letter) in text.char_indices() {
        used += match counted {
            Counted::Chars => 1,
            Counted::Utf8Bytes => letter.len_utf8(),
        };
        if used > most {
            break;
        }
        fits = at + letter.len_utf8();
    }
    let rest_starts_a_word = text[fits..].starts_with(char::is_whitespace);
    let head = &text[..fits];
    let at_word = if rest_starts_a_word { Some(fits) } else { head.rfind(char::is_whitespace) };
    let cut =
        at_word.filter(|at| !text[..*at].trim().is_empty()).unwrap_or_else(|| whole_letters(text, fits));
    text[..cut]
        .trim_end_matches(|letter: char| letter.is_whitespace() || "–-,;:(/&+".contains(letter))
        .to_owned()
}

/// Moves a cut back until nothing after it belongs to the letter before it.
fn whole_letters(text: &str, mut cut: usize) -> usize {
    while let Some(next) = text[cut..].chars().next() {
        let Some(before) = text[..cut].chars().next_back() else { return 0 };
        if !joins(next) && before != '\u{200d}' && !(is_flag(next) && is_flag(before)) {
            return cut;
        }
        cut -= before.len_utf8();
    }
    cut
}

fn joins(letter: char) -> bool {
    unicode_normalization::char::is_combining_mark(letter)
        || matches!(letter, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{20e3}')
}

const fn is_flag(letter: char) -> bool {
    matches!(letter, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Plain text of a description: tags gone, breaks of blocks kept as lines, the five common entities read. `<3` and `a < b` are text.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let is_tag = tail.starts_with(|next: char| next.is_ascii_alphabetic() || next == '/' || next == '!');
        match tail.find('>').filter(|_| is_tag) {
            Some(end) => {
                let name = tail[..end].trim_start_matches('/').to_ascii_lowercase();
                let name = name.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or("");
                if matches!(name, "br" | "p" | "div" | "li" | "tr" | "h1" | "h2" | "h3" | "h4") {
                    out.push('\n');
                }
                rest = &tail[end + 1..];
            }
            None => {
                out.push('<');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    let out = out
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    let lines: Vec<String> = out.lines().map(collapse_blanks).collect();
    lines.join("\n").trim().replace("\n\n\n", "\n\n")
}

/// The same text as simple HTML: a paragraph for each line, nothing of ours read as a tag.
pub fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!("<p>{}</p>", line.trim()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Where a text stands: a title that says "4 sao" means OCOP, a description may speak of a hotel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Title,
    Description,
}

/// The text without OCOP star ranks: `OCOP 4 sao`, `(4 sao OCOP)`, `đạt hạng 4 sao`, `★★★★`. Roasted leaves (`sao khô`) and, in a description,
/// stars of anything but OCOP stay. Without anything to remove the text comes back unchanged.
/// Source: DOMAIN §3: after the certificate's end no star may be shown anywhere.
pub fn without_stars(text: &str, place: Place) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| line_without_stars(line, place)).collect();
    lines.join("\n")
}

fn line_without_stars(line: &str, place: Place) -> String {
    let clean: String = line.chars().filter(|letter| !matches!(letter, '★' | '☆' | '⭐' | '🌟')).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    let keys: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let speaks_of_ocop = place == Place::Title || keys.iter().any(|key| key == "ocop");
    let mut keep = vec![true; words.len()];
    for at in 0..words.len() {
        let Some(last) = rank_at(&keys, at).filter(|_| speaks_of_ocop) else { continue };
        let mut first = at;
        while first > 0
            && matches!(keys[first - 1].as_str(), "ocop" | "đạt" | "hạng" | "chuẩn" | "tiềm" | "năng")
        {
            first -= 1;
        }
        let last = if keys.get(last + 1).is_some_and(|key| key == "ocop") { last + 1 } else { last };
        keep[first..=last].fill(false);
    }
    if keep.iter().all(|kept| *kept) && clean == line {
        return line.to_owned();
    }
    let kept: Vec<&str> = words.iter().zip(&keep).filter(|(_, kept)| **kept).map(|(word, _)| *word).collect();
    let joined = kept.join(" ").replace("( )", "").replace("()", "");
    joined.trim_matches(|letter: char| letter.is_whitespace() || "–-,;|".contains(letter)).to_owned()
}

/// The index of the last word of a rank that begins at `at`: `4 sao`, `4sao`.
fn rank_at(keys: &[String], at: usize) -> Option<usize> {
    let is_number = |key: &str| matches!(key, "1" | "2" | "3" | "4" | "5" | "ba" | "bốn" | "năm");
    if is_number(&keys[at]) && keys.get(at + 1).is_some_and(|key| key == "sao") {
        return Some(at + 1);
    }
    keys[at]
        .strip_suffix("sao")
        .map(|number| number.trim_end_matches('-'))
        .filter(|number| is_number(number))?;
    Some(at)
}

fn bare(word: &str) -> String {
    word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase()
}

/// Words that promise a cure, which food, drink and herbal goods may not say. Source: DOMAIN §8 (claims); the list is ours to extend.
const CURES: [&str; 12] = [
    "chữa khỏi",
    "chữa bệnh",
    "chữa ung thư",
    "chữa dứt điểm",
    "đặc trị",
    "điều trị",
    "trị bệnh",
    "trị dứt điểm",
    "khỏi bệnh",
    "khỏi hẳn",
    "thay thế thuốc",
    "thần dược",
];

/// The promises of a cure in a text. A sentence that denies one ("không có tác dụng thay thế thuốc chữa bệnh") promises nothing.
pub fn cures_promised(text: &str) -> Vec<&'static str> {
    let text = crate::catalogue::text::tidy(text).to_lowercase();
    let mut found = Vec::new();
    for sentence in text.split(['.', '\n', '!', '?', ';']) {
        for cure in CURES {
            let promised = sentence.find(cure).is_some_and(|at| !sentence[..at].contains("không"));
            if promised && !found.contains(&cure) {
                found.push(cure);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_is_cut_at_a_word() {
        assert_eq!(cut_at_word("Bánh cáy Thiên Đức – hộp 400 g", 21, Counted::Chars), "Bánh cáy Thiên Đức");
    }

    #[test]
    fn bytes_are_counted_where_the_channel_counts_bytes() {
        assert_eq!(cut_at_word("Đường phèn", 11, Counted::Utf8Bytes), "Đường");
    }

    #[test]
    fn a_long_emoji_is_never_cut_in_two() {
        assert_eq!(cut_at_word("👨\u{200d}👩\u{200d}👧x", 3, Counted::Chars), "");
        assert_eq!(cut_at_word("ab🇻🇳", 3, Counted::Chars), "ab");
    }

    #[test]
    fn stars_of_ocop_go_and_roasted_leaves_stay() {
        assert_eq!(without_stars("Bánh cáy Thiên Đức (OCOP 4 sao)", Place::Title), "Bánh cáy Thiên Đức");
        assert_eq!(
            without_stars("Trà sao khô đạt OCOP 4 sao, gói 40 g", Place::Title),
            "Trà sao khô gói 40 g"
        );
        assert_eq!(without_stars("Mật ong 5sao ⭐⭐⭐⭐⭐", Place::Title), "Mật ong");
    }

    #[test]
    fn a_hotel_keeps_its_stars_in_a_description() {
        let text = "Dùng trong khách sạn 5 sao.\nLá trà sao khô.";

        assert_eq!(without_stars(text, Place::Description), text);
    }

    #[test]
    fn a_promise_of_a_cure_is_found_and_its_denial_is_not() {
        assert_eq!(cures_promised("Giúp chữa khỏi ho. Đặc trị viêm họng."), ["chữa khỏi", "đặc trị"]);
        assert!(cures_promised("Không có tác dụng thay thế thuốc chữa bệnh.").is_empty());
    }

    #[test]
    fn tags_become_lines_and_hearts_stay_hearts() {
        assert_eq!(plain("<p>Bánh &amp; kẹo <3</p><p>Ngon<br/>lắm</p>"), "Bánh & kẹo <3\n\nNgon\nlắm");
    }

    proptest! {
        #[test]
        fn a_cut_text_fits_and_is_a_beginning(text in "\\PC{0,60}", most in 0_usize..50) {
            for counted in [Counted::Chars, Counted::Utf8Bytes] {
                let cut = cut_at_word(&text, most, counted);
                prop_assert!(length(&cut, counted) <= most);
                prop_assert!(text.starts_with(&cut));
            }
        }

        #[test]
        fn html_never_lets_text_become_a_tag(text in "\\PC{0,60}") {
            let page = html(&text).replace("<p>", "").replace("</p>", "");
            prop_assert!(!page.contains('<') && !page.contains('>'));
        }
    }
}
