//! Which release is played, and what that release does differently.

/// A WooCommerce release. Behaviour was observed on 11.0.1 and 7.9.0; between them the release that
/// brought a change decides (spec woocommerce.md §14, November 2026).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Profile([u32; 3]);

impl Profile {
    /// Reads `wc11`, `wc7` or a free version number such as `9.4.1`; `None`: neither.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "wc11" => return Some(Self([11, 0, 1])),
            "wc7" => return Some(Self([7, 9, 0])),
            _ => {}
        }
        let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
        let version = [parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?];
        (parts.next().is_none() && version[0] >= 5).then_some(Self(version))
    }

    /// `11.0.1`.
    #[must_use]
    pub fn version(self) -> String {
        let [major, minor, patch] = self.0;
        format!("{major}.{minor}.{patch}")
    }

    /// The WordPress release it was observed with.
    #[must_use]
    pub const fn wordpress(self) -> &'static str {
        if self.0[0] >= 9 { "7.1" } else { "6.2.2" }
    }

    /// Whether the release is at least `major.minor`.
    #[must_use]
    pub fn since(self, major: u32, minor: u32) -> bool {
        self >= Self([major, minor, 0])
    }

    /// SKU lock on create, SKUs of the bin count, GTIN field.
    #[must_use]
    pub fn has_sku_lock(self) -> bool {
        self.since(9, 2)
    }

    /// Orders in their own tables; an order edit always moves its date (spec §5.3).
    #[must_use]
    pub fn has_hpos(self) -> bool {
        self.since(8, 2)
    }

    /// Editing or removing a line of a lowered order moves stock (spec §8.3).
    #[must_use]
    pub fn adjusts_edited_lines(self) -> bool {
        self.since(9, 1)
    }

    /// `failed` gives stock back (spec §8.3).
    #[must_use]
    pub fn failed_gives_back(self) -> bool {
        self.since(11, 0)
    }

    /// Whether the old behaviour seen on 7.9.0 is played where no release is known to have changed it.
    #[must_use]
    pub fn is_old(self) -> bool {
        !self.since(8, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::Profile;

    #[test]
    fn names_and_free_versions_are_read() {
        assert_eq!(Profile::read("wc7").unwrap().version(), "7.9.0");
        assert_eq!(Profile::read("9.2").unwrap().version(), "9.2.0");
        assert!(Profile::read("9.2").unwrap().has_sku_lock());
        assert_eq!(Profile::read("newest"), None);
        assert_eq!(Profile::read("3.0"), None);
    }
}
