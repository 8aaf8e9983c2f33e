//! A look at a picture's first bytes: is it whole, what is it really, how large. Pixels are never unpacked here.

use crate::catalogue::problem::Code;
use imagesize::ImageType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The shortest side, in pixels, below which channels refuse a picture: Shopee and Lazada ask for 500 × 500 (guess until each
/// channel's own limit is known).
pub const MIN_SIDE: usize = 500;
/// The longest side, in pixels, above which a picture is scaled down before it is sent.
pub const MAX_SIDE: usize = 4_000;
/// The most bytes of a picture file.
pub const MAX_PICTURE_BYTES: usize = 10 * 1024 * 1024;

/// What a look at the bytes showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureCheck {
    /// What it really is (`jpeg`, `png`, `webp`); `None` when it cannot be read.
    pub format: Option<String>,
    /// Width and height in pixels, as stored (a JPEG may say that it lies on its side).
    pub pixels: Option<(usize, usize)>,
    /// What is wrong with it.
    pub problems: Vec<Code>,
}

impl PictureCheck {
    /// Whether it can be shown at all.
    pub fn is_usable(&self) -> bool {
        !self.problems.contains(&Code::ImageCorrupt)
    }

    /// Says what is wrong the way a message shows it: the size, or the true kind.
    pub fn detail(&self, code: Code) -> Option<String> {
        if code == Code::ImageRenamed {
            return self.format.clone();
        }
        self.pixels.map(|(width, height)| format!("{width} × {height}"))
    }
}

/// Checks of the pictures at hand, by file name.
pub type Pictures = BTreeMap<String, PictureCheck>;

/// Looks at a picture's bytes under the name it has.
pub fn check(name: &str, bytes: &[u8]) -> PictureCheck {
    let corrupt = || PictureCheck { format: None, pixels: None, problems: vec![Code::ImageCorrupt] };
    let Ok(kind) = imagesize::image_type(bytes) else { return corrupt() };
    let format = match kind {
        ImageType::Jpeg => "jpeg",
        ImageType::Png => "png",
        ImageType::Webp => "webp",
        _ => return corrupt(),
    };
    let Ok(size) = imagesize::blob_size(bytes) else { return corrupt() };
    if !is_whole(format, bytes) || size.width == 0 || size.height == 0 {
        return corrupt();
    }
    let mut problems = Vec::new();
    if size.width.min(size.height) < MIN_SIDE {
        problems.push(Code::ImageTooSmall);
    }
    if size.width.max(size.height) > MAX_SIDE || bytes.len() > MAX_PICTURE_BYTES {
        problems.push(Code::ImageTooLarge);
    }
    if !named_as(name, format) {
        problems.push(Code::ImageRenamed);
    }
    PictureCheck { format: Some(format.to_owned()), pixels: Some((size.width, size.height)), problems }
}

/// Whether the file's end is there: a cut file still has a good head.
fn is_whole(format: &str, bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(64)..];
    match format {
        "jpeg" => jpeg_scans(bytes).is_some_and(|scans| scans.windows(2).any(|pair| pair == [0xff, 0xd9])),
        "png" => tail.windows(4).any(|word| word == b"IEND"),
        _ => {
            let size = bytes.get(4..8).and_then(|field| field.try_into().ok()).map_or(0, u32::from_le_bytes);
            bytes.len() as u64 >= u64::from(size) + 8
        }
    }
}

/// What follows a JPEG's headers. An end mark in there is the picture's own, not a thumbnail's, and what a camera put behind it does no harm.
fn jpeg_scans(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(2..)?;
    loop {
        let (marker, length) = (rest.get(..2)?, rest.get(2..4)?);
        if marker[0] != 0xff {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        rest = rest.get(2 + length..)?;
        if marker[1] == 0xda {
            return Some(rest);
        }
    }
}

fn named_as(name: &str, format: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    match format {
        "jpeg" => matches!(ending.as_str(), "jpg" | "jpeg"),
        other => ending == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(name: &str) -> PictureCheck {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/images").join(name);
        check(name, &std::fs::read(path).expect("an example picture"))
    }

    #[test]
    fn each_trap_among_the_examples_is_found_from_the_head_alone() {
        let names = [
            "banh-cay.jpg",
            "dua-sap.webp",
            "do-uong.png",
            "hong.jpg",
            "qua-nho.jpg",
            "sai-duoi.jpg",
            "salon-tre-5000.jpg",
        ];

        let found = names.map(|name| example(name).problems);

        assert_eq!(
            found,
            [
                vec![],
                vec![],
                vec![],
                vec![Code::ImageCorrupt],
                vec![Code::ImageTooSmall],
                vec![Code::ImageTooSmall, Code::ImageRenamed],
                vec![Code::ImageTooLarge],
            ]
        );
    }

    #[test]
    fn bytes_that_are_no_picture_are_called_damaged() {
        assert!(!check("a.jpg", b"").is_usable());
        assert!(!check("a.jpg", b"hello").is_usable());
    }
}
