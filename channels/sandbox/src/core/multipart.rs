//! Bodies of `multipart/form-data`, taken apart in memory: they are small and already here.

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Name of the field.
    pub name: String,
    /// Whether it came with a file name.
    pub is_file: bool,
    /// As sent.
    pub bytes: &'a [u8],
}

impl Part<'_> {
    /// The part as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes).trim().to_owned()
    }
}

/// Splits a body by the boundary that the content type names. `None`: not a form, or broken.
pub fn split<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    if !content_type.to_ascii_lowercase().starts_with("multipart/form-data") {
        return None;
    }
    let boundary = content_type.split(';').find_map(|piece| piece.trim().strip_prefix("boundary="))?;
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let mut parts = Vec::new();
    let mut rest = &body[find(body, delimiter.as_bytes())? + delimiter.len()..];
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let start = find(rest, b"\r\n")? + 2;
        let inner = &rest[start..];
        let end = find(inner, format!("\r\n{delimiter}").as_bytes())?;
        parts.extend(part(&inner[..end]));
        rest = &inner[end + 2 + delimiter.len()..];
    }
}

fn part(piece: &[u8]) -> Option<Part<'_>> {
    let blank = find(piece, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&piece[..blank]);
    let disposition =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = attribute(disposition, "name")?;
    let is_file = attribute(disposition, "filename").is_some() || disposition.contains("filename*=");
    Some(Part { name, is_file, bytes: &piece[blank + 4..] })
}

fn attribute(line: &str, name: &str) -> Option<String> {
    let found = line.split(';').find_map(|piece| piece.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(found.trim().trim_matches('"').to_owned())
}

/// The first place of `needle`, skipping quickly by its first byte.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(step) = hay.get(at..)?.iter().position(|byte| *byte == first) {
        at += step;
        if hay[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_words_are_told_apart() {
        let body = b"--xx\r\nContent-Disposition: form-data; name=\"scene\"\r\n\r\nnormal\r\n--xx\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--xx--\r\n";
        let parts = split("multipart/form-data; boundary=xx", body).unwrap();

        assert_eq!(parts[0], Part { name: "scene".to_owned(), is_file: false, bytes: b"normal" });
        assert_eq!(parts[1], Part { name: "image".to_owned(), is_file: true, bytes: b"\x89PNG\r\n" });
    }

    #[test]
    fn a_broken_form_is_none() {
        assert_eq!(split("multipart/form-data; boundary=xx", b"--xx\r\nContent-Dis"), None);
        assert_eq!(split("application/json", b"{}"), None);
    }
}
