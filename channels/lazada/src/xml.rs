//! The few payloads that go out as XML, built as text once so that what is signed is what is sent (spec §4.5, §4.13, §8 no. 5).

/// An element with its content, or with text.
pub(crate) fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// An element with text.
pub(crate) fn text(name: &str, text: &str) -> String {
    element(name, &escape(text))
}

/// `& < >` and quotes as entities; control characters, which XML cannot hold, are dropped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_an_ampersand_stays_one_text() {
        let payload = element("Request", &element("Image", &text("Url", "https://a.vn/x.jpg?w=1&h=<2>")));

        assert_eq!(
            payload,
            "<Request><Image><Url>https://a.vn/x.jpg?w=1&amp;h=&lt;2&gt;</Url></Image></Request>"
        );
    }

    #[test]
    fn control_characters_are_dropped_and_vietnamese_letters_stay() {
        assert_eq!(text("name", "Nước\u{0} mắm\u{1f}\nnhĩ"), "<name>Nước mắm\nnhĩ</name>");
    }
}
