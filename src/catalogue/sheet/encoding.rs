//! Which code page a text file is in, and its text.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1258};
use unicode_normalization::UnicodeNormalization;

/// A code page that a Vietnamese office may save in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-16, least byte first: Excel's "Unicode Text".
    Utf16Le,
    /// UTF-16, most byte first.
    Utf16Be,
    /// Vietnamese Windows; letters and tones apart.
    Windows1258,
    /// Western Windows: also what TCVN3 text looks like to a program.
    Windows1252,
}

impl Encoding {
    /// The name people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1258 => "windows-1258",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Reads such a name, in any case and with or without marks; `None` for another.
    pub fn from_name(name: &str) -> Option<Self> {
        let key: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        match key.as_str() {
            "utf8" => Some(Self::Utf8),
            "utf16" | "utf16le" => Some(Self::Utf16Le),
            "utf16be" => Some(Self::Utf16Be),
            "windows1258" | "cp1258" => Some(Self::Windows1258),
            "windows1252" | "cp1252" | "latin1" => Some(Self::Windows1252),
            _ => None,
        }
    }
}

/// Decodes a file: the code page that is asked for, else by mark, else by shape. Says which, and whether a mark was there.
///
/// A byte that has no letter becomes U+FFFD, which the import then reports cell by cell.
pub fn decode(bytes: &[u8], asked: Option<Encoding>) -> (String, Encoding, bool) {
    let mark = [
        (&[0xef, 0xbb, 0xbf][..], Encoding::Utf8),
        (&[0xff, 0xfe], Encoding::Utf16Le),
        (&[0xfe, 0xff], Encoding::Utf16Be),
    ]
    .into_iter()
    .find(|(mark, _)| bytes.starts_with(mark));
    let body = &bytes[mark.map_or(0, |(mark, _)| mark.len())..];
    let encoding = asked.or(mark.map(|(_, encoding)| encoding)).unwrap_or_else(|| guess(body));
    let text = match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(body).into_owned(),
        Encoding::Utf16Le => UTF_16LE.decode_without_bom_handling(body).0.into_owned(),
        Encoding::Utf16Be => UTF_16BE.decode_without_bom_handling(body).0.into_owned(),
        Encoding::Windows1258 => WINDOWS_1258.decode_without_bom_handling(body).0.nfc().collect(),
        Encoding::Windows1252 => WINDOWS_1252.decode_without_bom_handling(body).0.into_owned(),
    };
    (text, encoding, mark.is_some())
}

fn guess(body: &[u8]) -> Encoding {
    let head = &body[..body.len().min(4096)];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let pairs = head.len() / 2;
    if pairs > 4 && zeros(1) * 4 > pairs {
        return Encoding::Utf16Le;
    }
    if pairs > 4 && zeros(0) * 4 > pairs {
        return Encoding::Utf16Be;
    }
    if std::str::from_utf8(body).is_ok() {
        return Encoding::Utf8;
    }
    // Mostly UTF-8 with a few broken bytes is still UTF-8: three good letters of several bytes for each bad one.
    let (text, broken) = (String::from_utf8_lossy(body), '\u{fffd}');
    let bad = text.chars().filter(|letter| *letter == broken).count();
    let good = text.chars().filter(|letter| !letter.is_ascii() && *letter != broken).count();
    if good > bad * 3 {
        return Encoding::Utf8;
    }
    // TCVN3 marks ¸ µ ® « ª are rare in Windows-1258 text, where tones are the bytes CC D2 DE EC F2.
    let count = |set: &[u8]| body.iter().filter(|byte| set.contains(byte)).count();
    if count(&[0xb8, 0xb5, 0xae, 0xab, 0xaa, 0xa9]) > count(&[0xcc, 0xd2, 0xde, 0xec, 0xf2]) {
        Encoding::Windows1252
    } else {
        Encoding::Windows1258
    }
}
