//! What WordPress does to text before it stores it (spec §4.1), and how slugs are made.

use super::sku::fold;

/// Drops `script` and `iframe` tags (their inside stays, as `wp_kses` leaves it) and writes a bare `&` as `&amp;`.
#[must_use]
pub fn rich(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return text.to_owned();
    }
    entities(&without_tags(text, &["script", "iframe"]))
}

fn without_tags(text: &str, names: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let inner = rest[start + 1..].trim_start_matches('/');
        let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).collect();
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let is_bad = names.iter().any(|bad| bad.eq_ignore_ascii_case(&name));
        let end = if is_bad { rest.find('>').map_or(rest.len(), |at| at + 1) } else { 1 };
        if !is_bad {
            out.push('<');
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if !is_entity(rest) {
            out.push_str("amp;");
        }
    }
    out.push_str(rest);
    out
}

/// Whether what follows an `&` makes an entity.
fn is_entity(rest: &str) -> bool {
    let Some(end) = rest.bytes().take(12).position(|byte| byte == b';') else { return false };
    let name = &rest[..end];
    !name.is_empty()
        && name.strip_prefix('#').unwrap_or(name).bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `sanitize_title`: folded, words joined by hyphens.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in fold(text).chars() {
        if sign.is_alphanumeric() || sign == '_' {
            out.push(sign);
        } else if (sign.is_whitespace() || sign == '-' || sign == '/')
            && !out.is_empty()
            && !out.ends_with('-')
        {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{rich, slug};

    #[test]
    fn tags_that_run_are_dropped_and_a_bare_ampersand_is_written_out() {
        assert_eq!(
            rich("a <script>x</script><b style=\"color:red\">c</b>"),
            "a x<b style=\"color:red\">c</b>"
        );
        assert_eq!(rich("Trà & mật &amp; gừng"), "Trà &amp; mật &amp; gừng");
    }

    #[test]
    fn a_vietnamese_name_becomes_a_plain_slug() {
        assert_eq!(slug("Nón lá Đồng Tháp / 50 cm"), "non-la-dong-thap-50-cm");
    }
}
