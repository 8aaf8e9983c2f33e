//! SKUs compared as the shop's database compares them: without case, accents, đ and normalisation (spec 4.3).

use unicode_normalization::UnicodeNormalization;

/// The text as the shop's collation sees it. Two SKUs with one fold are one SKU to the shop.
pub fn fold(sku: &str) -> String {
    sku.trim()
        .nfkd()
        .filter(|letter| !unicode_normalization::char::is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == 'đ' { 'd' } else { letter })
        .collect()
}

/// Our own rule for SKUs that we write: `[A-Za-z0-9._/-]{1,64}`, and not `0`, which a shop takes for nothing (spec 4.3).
pub fn is_writable(sku: &str) -> bool {
    (1..=64).contains(&sku.len())
        && sku != "0"
        && sku.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
}

/// A SKU that can be asked for: the filter splits at commas, and an empty one or `0` would return every product (spec 4.3).
pub fn is_searchable(sku: &str) -> bool {
    !sku.trim().is_empty() && sku.trim() != "0" && !sku.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skus_fold_like_the_database() {
        assert_eq!(fold("ÁO-1"), fold("ao-1"));
        assert_eq!(fold("ĐO-1"), fold("do-1"));
        assert_eq!(fold("A\u{301}O"), fold("ÁO"));
        assert_eq!(fold("ＡＯ"), fold("AO"));
        assert_ne!(fold("AO-1"), fold("AO-2"));
    }

    #[test]
    fn a_sku_that_a_shop_would_change_is_not_written() {
        assert!(is_writable("TB-BANHCAY-TD-01"));
        assert!(!is_writable("0"));
        assert!(!is_writable(""));
        assert!(!is_writable("ÁO 1"));
        assert!(!is_writable(&"x".repeat(65)));
        assert!(!is_searchable("a,b"));
        assert!(!is_searchable("0"));
    }
}
