//! What the documents leave open, or what takes long in reality: delays and switches, set by the
//! profile and by `POST /_sandbox/settings`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Delays and switches. All delays are milliseconds of the world's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A new item cannot be read or written before (spec 4.8: wait at least 5 s).
    pub visible_after_ms: i64,
    /// A new or renamed item cannot be found by search before (spec 4.10: the index lags).
    pub indexed_after_ms: i64,
    /// A new item is `REVIEWING` so long; 0: no review.
    pub review_ms: i64,
    /// An arranged parcel has no tracking number before (spec 5.4).
    pub tracking_after_ms: i64,
    /// A waybill is `PROCESSING` so long.
    pub document_after_ms: i64,
    /// Gateway refusals answer 200 and not 403 (spec 1.4).
    pub gateway_200: bool,
    /// Successful envelopes have no `error` key (spec 1.3).
    pub omit_error: bool,
    /// `item_id_list=[1,2]` is refused (spec 1.2).
    pub strict_arrays: bool,
    /// `init_tier_variation` and `add_model` echo the models (spec 4.8: they may not).
    pub echo_models: bool,
    /// A cancellation for `OUT_OF_STOCK` sets the stock to 0 (spec 5.5, unverified).
    pub out_of_stock_zeroes: bool,
    /// Items a shop may hold; guess: depends on the shop's level.
    pub item_count: u64,
    /// `get_item_list` refuses offsets beyond; guess: the limit is not documented.
    pub offset_limit: u64,
    /// The shop that consents next; `None`: the first.
    pub consent_shop: Option<u64>,
    /// The next consent is given by the main account, for all shops.
    pub consent_main: bool,
    /// Waits before a failed push is sent again, seconds (spec 6.2).
    pub push_retry_s: [i64; 3],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visible_after_ms: 5_000,
            indexed_after_ms: 5_000,
            review_ms: 0,
            tracking_after_ms: 2_000,
            document_after_ms: 1_000,
            gateway_200: false,
            omit_error: false,
            strict_arrays: false,
            echo_models: true,
            out_of_stock_zeroes: false,
            item_count: 100_000,
            offset_limit: 50_000,
            consent_shop: None,
            consent_main: false,
            push_retry_s: [300, 1_800, 10_800],
        }
    }
}

impl Settings {
    /// The settings of a profile: `quick` has no delays, everything else plays the platform.
    pub fn of_profile(profile: &str) -> Self {
        if profile != "quick" {
            return Self::default();
        }
        Self {
            visible_after_ms: 0,
            indexed_after_ms: 0,
            tracking_after_ms: 0,
            document_after_ms: 0,
            ..Self::default()
        }
    }

    /// These settings with some changed.
    ///
    /// # Errors
    /// An unknown name or a wrong type, in words.
    pub fn changed_by(self, changes: &Value) -> Result<Self, String> {
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
        let changed = Settings::default().changed_by(&json!({"visible_after_ms": 7})).unwrap();

        assert_eq!(changed, Settings { visible_after_ms: 7, ..Settings::default() });
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(Settings::default().changed_by(&json!({"visible": 7})).is_err());
    }
}
