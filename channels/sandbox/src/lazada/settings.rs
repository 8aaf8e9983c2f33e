//! What the documents leave open, or what takes long in reality: delays, lifetimes and switches, set by the
//! profile and by `POST /_sandbox/settings`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Delays and switches. All delays are milliseconds of the world's time unless their name says seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A new item is `Pending QC` so long, then approved; 0: no review; -1: until somebody decides (spec 4.6: up to 24 h).
    pub review_ms: i64,
    /// Lifetime of access tokens, seconds (spec 3.3: 30 days for an online app, 7 in test).
    pub access_s: i64,
    /// Lifetime of an authorization, seconds; refreshing does not prolong it (spec 3.3: 180 days, 30 in test).
    pub refresh_s: i64,
    /// Lifetime of codes, seconds (spec 3.1: 30 minutes).
    pub code_s: i64,
    /// A refresh token works once (spec 3.3, unverified; off).
    pub single_use_refresh: bool,
    /// Calls of a shop that took its consent back answer `IllegalAccessToken` and not `InsufficientPermission`.
    pub revoked_is_illegal_token: bool,
    /// Lower-case signatures are taken (spec 2.1, unverified; off).
    pub lenient_sign: bool,
    /// Numbers and booleans come as strings, as the documents print them (spec 1.4).
    pub as_documented: bool,
    /// `/product/update` of an unknown item answers code "0" with `detail` and not 4137 (spec 4.7).
    pub unknown_item_in_detail: bool,
    /// `/product/update` without `Status` puts a SKU on sale (spec 4.7).
    pub absent_status_activates: bool,
    /// An edited item refuses further edits so long: 4147 (spec 4.7); 0: never.
    pub edit_ms: i64,
    /// A batch of pictures is fetched so long (spec 4.5).
    pub migrate_ms: i64,
    /// Pictures are fetched from public hosts on ports 80 and 443 only, as in reality (spec 4.5); off: from anywhere.
    pub strict_picture_hosts: bool,
    /// A new package has an empty label so long (spec 5.7).
    pub label_after_ms: i64,
    /// `ready_to_ship_pending` lasts so long (spec 5.5).
    pub handover_ms: i64,
    /// The consent page agrees by itself.
    pub auto_consent: bool,
    /// The shop that consents next; `None`: the first, or the one the page's visitor chooses.
    pub consent_shop: Option<u64>,
    /// A push must be answered within (spec 6.1).
    pub push_within_ms: u64,
    /// Pause before a push is sent again, seconds (spec 6.1).
    pub push_retry_s: i64,
    /// How often a push is sent again (spec 6.1).
    pub push_retries: u32,
    /// Price and stock calls a second and shop (spec 7); 0: unlimited.
    pub inventory_per_second: u32,
    /// `/category/brands/query` calls a second, beyond which the list is empty (spec 4.3); 0: unlimited.
    pub brands_per_second: u32,
    /// Calls a day and app (spec 7: 10,000,000 online, 10,000 in test).
    pub app_per_day: u64,
    /// Items a shop may hold: 4148 (guess: the limit is not documented).
    pub item_count: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            review_ms: 5_000,
            access_s: 30 * 86_400,
            refresh_s: 180 * 86_400,
            code_s: 1_800,
            single_use_refresh: false,
            revoked_is_illegal_token: false,
            lenient_sign: false,
            as_documented: false,
            unknown_item_in_detail: false,
            absent_status_activates: true,
            edit_ms: 0,
            migrate_ms: 500,
            strict_picture_hosts: false,
            label_after_ms: 5_000,
            handover_ms: 1_000,
            auto_consent: true,
            consent_shop: None,
            push_within_ms: 500,
            push_retry_s: 1_800,
            push_retries: 12,
            inventory_per_second: 50,
            brands_per_second: 30,
            app_per_day: 10_000_000,
            item_count: 100_000,
        }
    }
}

impl Settings {
    /// The settings of a profile: `quick` has no delays and no limits of its own, `held` leaves every review to the
    /// control API, `test` has the lifetimes and the quota of an app in test, everything else plays the platform.
    pub fn of_profile(profile: &str) -> Self {
        let plain = Self::default();
        match profile {
            "quick" => Self {
                review_ms: 0,
                migrate_ms: 0,
                label_after_ms: 0,
                handover_ms: 0,
                inventory_per_second: 0,
                brands_per_second: 0,
                ..plain
            },
            "held" => Self { review_ms: -1, inventory_per_second: 0, brands_per_second: 0, ..plain },
            "test" => Self { access_s: 7 * 86_400, refresh_s: 30 * 86_400, app_per_day: 10_000, ..plain },
            _ => plain,
        }
    }

    /// These settings with some changed.
    ///
    /// # Errors
    /// An unknown name or a wrong type, in words.
    pub fn changed_by(&self, changes: &Value) -> Result<Self, String> {
        let mut all = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let (Some(all_fields), Some(changes)) = (all.as_object_mut(), changes.as_object()) else {
            return Err("an object is wanted".to_owned());
        };
        for (name, setting) in changes {
            all_fields.insert(name.clone(), setting.clone());
        }
        serde_json::from_value(all).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_leaves_the_rest_alone() {
        let changed = Settings::default().changed_by(&json!({"edit_ms": 7})).unwrap();

        assert_eq!(changed, Settings { edit_ms: 7, ..Settings::default() });
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(Settings::default().changed_by(&json!({"edit": 7})).is_err());
    }
}
