//! Provinces before and since 2025-07-01, and which became which.
//!
//! Codes are the statistics office's. Source: QĐ 19/2025/QĐ-TTg and the National Assembly's resolution on provinces of 2025, by way of
//! `thanglequoc/vietnamese-provinces-database` (MIT), tags v2.4.1 and v4.2.0, read 2026-11-22.

use crate::catalogue::text::{collapse_blanks, slug, tidy};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Code and name of the 34 provinces since 2025-07-01.
#[rustfmt::skip]
const NEW: &[(&str, &str)] = &[
    ("01", "Hà Nội"), ("04", "Cao Bằng"), ("08", "Tuyên Quang"), ("11", "Điện Biên"), ("12", "Lai Châu"),
    ("14", "Sơn La"), ("15", "Lào Cai"), ("19", "Thái Nguyên"), ("20", "Lạng Sơn"), ("22", "Quảng Ninh"),
    ("24", "Bắc Ninh"), ("25", "Phú Thọ"), ("31", "Hải Phòng"), ("33", "Hưng Yên"), ("37", "Ninh Bình"),
    ("38", "Thanh Hoá"), ("40", "Nghệ An"), ("42", "Hà Tĩnh"), ("44", "Quảng Trị"), ("46", "Huế"),
    ("48", "Đà Nẵng"), ("51", "Quảng Ngãi"), ("52", "Gia Lai"), ("56", "Khánh Hoà"), ("66", "Đắk Lắk"),
    ("68", "Lâm Đồng"), ("75", "Đồng Nai"), ("79", "Hồ Chí Minh"), ("80", "Tây Ninh"), ("82", "Đồng Tháp"),
    ("86", "Vĩnh Long"), ("91", "An Giang"), ("92", "Cần Thơ"), ("96", "Cà Mau"),
];

/// Code, name and successor's code of the 63 provinces before.
#[rustfmt::skip]
const OLD: &[(&str, &str, &str)] = &[
    ("01", "Hà Nội", "01"), ("02", "Hà Giang", "08"), ("04", "Cao Bằng", "04"), ("06", "Bắc Kạn", "19"),
    ("08", "Tuyên Quang", "08"), ("10", "Lào Cai", "15"), ("11", "Điện Biên", "11"),
    ("12", "Lai Châu", "12"), ("14", "Sơn La", "14"), ("15", "Yên Bái", "15"), ("17", "Hoà Bình", "25"),
    ("19", "Thái Nguyên", "19"), ("20", "Lạng Sơn", "20"), ("22", "Quảng Ninh", "22"),
    ("24", "Bắc Giang", "24"), ("25", "Phú Thọ", "25"), ("26", "Vĩnh Phúc", "25"), ("27", "Bắc Ninh", "24"),
    ("30", "Hải Dương", "31"), ("31", "Hải Phòng", "31"), ("33", "Hưng Yên", "33"),
    ("34", "Thái Bình", "33"), ("35", "Hà Nam", "37"), ("36", "Nam Định", "37"), ("37", "Ninh Bình", "37"),
    ("38", "Thanh Hóa", "38"), ("40", "Nghệ An", "40"), ("42", "Hà Tĩnh", "42"), ("44", "Quảng Bình", "44"),
    ("45", "Quảng Trị", "44"), ("46", "Huế", "46"), ("48", "Đà Nẵng", "48"), ("49", "Quảng Nam", "48"),
    ("51", "Quảng Ngãi", "51"), ("52", "Bình Định", "52"), ("54", "Phú Yên", "66"),
    ("56", "Khánh Hòa", "56"), ("58", "Ninh Thuận", "56"), ("60", "Bình Thuận", "68"),
    ("62", "Kon Tum", "51"), ("64", "Gia Lai", "52"), ("66", "Đắk Lắk", "66"), ("67", "Đắk Nông", "68"),
    ("68", "Lâm Đồng", "68"), ("70", "Bình Phước", "75"), ("72", "Tây Ninh", "80"),
    ("74", "Bình Dương", "79"), ("75", "Đồng Nai", "75"), ("77", "Bà Rịa - Vũng Tàu", "79"),
    ("79", "Hồ Chí Minh", "79"), ("80", "Long An", "80"), ("82", "Tiền Giang", "82"),
    ("83", "Bến Tre", "86"), ("84", "Trà Vinh", "86"), ("86", "Vĩnh Long", "86"), ("87", "Đồng Tháp", "82"),
    ("89", "An Giang", "91"), ("91", "Kiên Giang", "91"), ("92", "Cần Thơ", "92"),
    ("93", "Hậu Giang", "92"), ("94", "Sóc Trăng", "92"), ("95", "Bạc Liêu", "96"), ("96", "Cà Mau", "96"),
];

/// Other names that people write, as slugs, with the name of the old province.
const ALIASES: &[(&str, &str)] = &[
    ("thua-thien-hue", "Huế"),
    ("tphcm", "Hồ Chí Minh"),
    ("tp-hcm", "Hồ Chí Minh"),
    ("hcm", "Hồ Chí Minh"),
    ("ba-ria-vung-tau", "Bà Rịa - Vũng Tàu"),
    ("vung-tau", "Bà Rịa - Vũng Tàu"),
    ("dac-lac", "Đắk Lắk"),
    ("dak-lak", "Đắk Lắk"),
    ("dak-nong", "Đắk Nông"),
];

/// Where a name stands in the newer and in the older table.
type Places = (Option<usize>, Option<usize>);

/// Places of the names, by slug.
static BY_SLUG: LazyLock<HashMap<String, Places>> = LazyLock::new(|| {
    let mut places: HashMap<String, Places> = HashMap::new();
    for (index, (_, name)) in NEW.iter().enumerate() {
        places.entry(slug(name)).or_default().0 = Some(index);
    }
    for (index, (_, name, _)) in OLD.iter().enumerate() {
        places.entry(slug(name)).or_default().1 = Some(index);
    }
    places
});

/// How a name was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As in the table.
    Exact,
    /// The same letters, with a tone mark elsewhere.
    OtherTones,
    /// Without its accents, or by another name.
    Bare,
}

/// A province that a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Code among the 63, when the name is one of theirs.
    pub code_old: Option<&'static str>,
    /// Code among the 34: of the province itself or of its successor.
    pub code_new: &'static str,
    /// Whether the name is still in force.
    pub is_in_force: bool,
    /// How it was written.
    pub spelling: Spelling,
}

/// Finds the province that a name stands for, with or without `Tỉnh` or `Thành phố` in front; `None` when no province is called so.
pub fn find(name: &str) -> Option<Place> {
    let name = strip_kind(&tidy(name));
    let key = slug(&name);
    let key = ALIASES.iter().find(|(alias, _)| *alias == key).map_or(key, |(_, name)| slug(name));
    let (new, old) = BY_SLUG.get(&key)?;
    let (new, old) = (new.and_then(|index| NEW.get(index)), old.and_then(|index| OLD.get(index)));
    let spelling = |known: &str| {
        if known.to_lowercase() == name.to_lowercase() {
            Spelling::Exact
        } else if slug(known) == slug(&name) && !name.is_ascii() {
            Spelling::OtherTones
        } else {
            Spelling::Bare
        }
    };
    match (new, old) {
        (Some((code, known)), old) => {
            // The newer table moved some tone marks; a name as in either is common, the older one is the reference.
            let spelling = spelling(old.map_or(*known, |(_, older, _)| *older));
            Some(Place { code_old: old.map(|(code, ..)| *code), code_new: code, is_in_force: true, spelling })
        }
        (None, Some((code, known, successor))) => {
            let spelling = spelling(known);
            Some(Place { code_old: Some(code), code_new: successor, is_in_force: false, spelling })
        }
        (None, None) => None,
    }
}

fn strip_kind(name: &str) -> String {
    let name = collapse_blanks(name);
    for kind in ["tỉnh ", "thành phố ", "tp. ", "tp ", "tp.", "t. "] {
        let head: String = name.chars().take(kind.chars().count()).collect();
        if head.to_lowercase() == kind {
            return name.chars().skip(kind.chars().count()).collect();
        }
    }
    name
}

/// Name of one of the 34; `None` for a code that is not theirs.
pub fn name_new(code: &str) -> Option<&'static str> {
    NEW.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// Name of one of the 63; `None` for a code that is not theirs.
pub fn name_old(code: &str) -> Option<&'static str> {
    OLD.iter().find(|(known, ..)| *known == code).map(|(_, name, _)| *name)
}

/// Code of the province that took over one of the 63.
pub fn successor(code: &str) -> Option<&'static str> {
    OLD.iter().find(|(known, ..)| *known == code).map(|(.., successor)| *successor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abolished_name_leads_to_its_successor() {
        let place = find("Thái Bình").map(|place| (place.code_old, place.code_new, place.is_in_force));

        assert_eq!(place, Some((Some("34"), "33", false)));
        assert_eq!(
            find("Bac Lieu").map(|place| (place.code_new, place.spelling)),
            Some(("96", Spelling::Bare))
        );
        assert_eq!(
            find("Tỉnh Khánh Hoà").map(|place| (place.code_new, place.spelling)),
            Some(("56", Spelling::OtherTones))
        );
        assert_eq!(find("Atlantis"), None);
    }

    #[test]
    fn there_were_63_and_there_are_34_and_every_successor_exists() {
        assert_eq!((OLD.len(), NEW.len()), (63, 34));
        assert!(OLD.iter().all(|(.., successor)| name_new(successor).is_some()));
    }
}
