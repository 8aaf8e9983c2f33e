//! Descriptions: tags that are harmless stay, everything that runs goes; words that food may not carry are found.

/// Tags that stay, without their attributes (a link keeps its web address).
const KEPT: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// Tags that go together with what they hold.
const EMPTIED: &[&str] = &["script", "style", "iframe", "object", "template", "noscript"];

/// Claims to cure. Source: DOMAIN §8 (word list); food must not be advertised as medicine.
const CLAIMS: &[&str] = &[
    "chữa khỏi",
    "chữa bệnh",
    "chữa dứt điểm",
    "đặc trị",
    "trị bệnh",
    "trị dứt điểm",
    "khỏi bệnh",
    "thay thế thuốc",
    "thay thuốc",
    "ngừa ung thư",
    "chống ung thư",
    "trị ung thư",
];

/// Removes scripts with their content, event handlers, other attributes and unknown tags. `<3` and a lone `<` stay text.
/// Cleaning twice changes nothing more.
pub fn clean(text: &str) -> String {
    // What is left of a tag torn apart on purpose may join into a new one, hence until nothing more goes.
    let mut cleaned = clean_once(text);
    loop {
        let again = clean_once(&cleaned);
        if again.len() >= cleaned.len() {
            return again;
        }
        cleaned = again;
    }
}

fn clean_once(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some(tag) = Tag::read(rest) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        rest = &rest[tag.length..];
        if EMPTIED.contains(&tag.name.as_str()) {
            if !tag.is_closing {
                rest = after_closing(rest, &tag.name);
            }
        } else if KEPT.contains(&tag.name.as_str()) {
            out.push_str(&tag.written());
        }
    }
    out.push_str(rest);
    out
}

struct Tag<'a> {
    name: String,
    is_closing: bool,
    inside: &'a str,
    length: usize,
}

impl<'a> Tag<'a> {
    /// Reads a tag at the start of the text; `None` when `<` begins none.
    fn read(text: &'a str) -> Option<Self> {
        let body = text.strip_prefix('<')?;
        let is_closing = body.starts_with('/');
        let named = body.trim_start_matches('/');
        let name: String = named.chars().take_while(char::is_ascii_alphanumeric).collect();
        if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            return None;
        }
        let (mut quote, mut end) = (None, None);
        for (index, letter) in body.char_indices() {
            match (quote, letter) {
                (None, '>') => {
                    end = Some(index);
                    break;
                }
                (None, '"' | '\'') => quote = Some(letter),
                (Some(open), letter) if open == letter => quote = None,
                (None | Some(_), _) => {}
            }
        }
        // A quote that never closes: the tag ends at the first `>` after all, or with the text.
        let end = end.or_else(|| body.find('>')).unwrap_or(body.len());
        let length = (end + 2).min(text.len());
        Some(Self { name: name.to_ascii_lowercase(), is_closing, inside: &body[..end], length })
    }

    fn written(&self) -> String {
        let slash = if self.is_closing { "/" } else { "" };
        let close = if self.inside.ends_with('/') && !self.is_closing { "/" } else { "" };
        match self.web_address().filter(|_| self.name == "a" && !self.is_closing) {
            Some(address) => format!("<a href=\"{address}\">"),
            None => {
                let typed = self.inside.trim_start_matches('/');
                format!("<{slash}{}{close}>", &typed[..self.name.len()])
            }
        }
    }

    fn web_address(&self) -> Option<&str> {
        let (_, value) = self.inside.split_once("href=")?;
        let address = value.trim_start_matches(['"', '\'']).split(['"', '\'', ' ', '<']).next()?;
        (address.starts_with("https://") || address.starts_with("http://")).then_some(address)
    }
}

fn after_closing<'a>(text: &'a str, name: &str) -> &'a str {
    let lower = text.to_ascii_lowercase();
    let Some(start) = lower.find(&format!("</{name}")) else { return "" };
    text[start..].split_once('>').map_or("", |(_, after)| after)
}

/// The first claim to cure in a text; `None` when there is none. A product that makes one is not published until it is edited.
pub fn find_health_claim(text: &str) -> Option<&'static str> {
    let lower = crate::catalogue::text::tidy(text).to_lowercase();
    CLAIMS.iter().copied().find(|claim| lower.contains(claim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_goes_and_what_shows_stays() {
        assert_eq!(clean("<script>alert(1)</script>Bánh <b onclick=\"x()\">ngon</b>"), "Bánh <b>ngon</b>");
        assert_eq!(
            clean("<h3>Trà</h3><p>Dây <3 & \"ngon\"</p><br/>"),
            "<h3>Trà</h3><p>Dây <3 & \"ngon\"</p><br/>"
        );
        assert_eq!(clean("<a href=\"javascript:x()\">a</a><img src=x onerror=x()>"), "<a>a</a>");
        assert_eq!(clean("<scr<script></script>ipt>alert(1)</script>x"), "ipt>alert(1)x");
    }

    #[test]
    fn a_claim_to_cure_is_found_in_any_case() {
        assert_eq!(find_health_claim("Trà CHỮA KHỎI tiểu đường"), Some("chữa khỏi"));
        assert_eq!(find_health_claim("Bánh chưa khởi động"), None);
    }
}
