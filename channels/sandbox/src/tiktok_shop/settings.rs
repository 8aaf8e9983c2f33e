//! What the documents leave open, or what takes long in reality: delays and switches, set by the
//! profile and by `POST /_sandbox/settings`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Delays and switches. Delays are milliseconds of the world's time, `…_s` seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// An audit takes so long; `None`: it ends by the control API only.
    pub audit_after_ms: Option<i64>,
    /// A title with this in it fails its audit.
    pub audit_keyword: String,
    /// Every audit fails.
    pub audit_reject: bool,
    /// A paid order is `ON_HOLD` so long (spec 9.4: about an hour, unverified for VN); 0: never.
    pub hold_ms: i64,
    /// A label is ready so long after the ship call (spec 10.1: seconds).
    pub label_lag_ms: i64,
    /// The money of a cancelled paid order is back after so long.
    pub refund_ms: i64,
    /// An access token lives so long (spec 3.2: 7 days by default).
    pub access_s: i64,
    /// The old access token lives on so long after a refresh (spec 3.3, our assumption).
    pub refresh_grace_s: i64,
    /// Page tokens are believed so long (spec 1.5: short-lived; the figure is a guess).
    pub page_token_ms: i64,
    /// Units may be 0 (spec 7.9, our assumption).
    pub stock_zero_allowed: bool,
    /// Stock can be written only while the product is live (spec 7.9: the older text).
    pub stock_live_only: bool,
    /// Units of a cancelled order come back by themselves (spec 7.9, our assumption).
    pub auto_restock: bool,
    /// Names, phones and addresses have asterisks.
    pub masked_address: bool,
    /// Missing fields of a body are refused by the gateway, in PascalCase.
    pub schema_strict: bool,
    /// Cipher missing or out of place is refused (spec 1.3).
    pub cipher_strict: bool,
    /// Creations a day and shop (spec 4.4: 100 for new sellers, else 1,000); `None`: none.
    pub listing_limit: Option<u64>,
    /// Every create answers with a warning about its brand.
    pub brand_warning: bool,
    /// A price write under a promotion answers 12019045 and not 12052038.
    pub price_lock_by_order_code: bool,
    /// The consent page refuses.
    pub consent_deny: bool,
    /// Where the consent page sends the seller.
    pub callback: String,
    /// The shops that consent next; empty: the first.
    pub consent_shops: Vec<String>,
    /// Scopes that the next consent leaves out.
    pub scope_missing: Vec<String>,
    /// Part of the webhooks that is lost, in percent.
    pub hook_drop_pct: u8,
    /// Waits before a failed webhook is sent again, seconds (spec 11.2).
    pub hook_retry_s: [i64; 4],
    /// The seller has so long to arrange shipment, then the order is cancelled; three times this far.
    pub sla_s: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            audit_after_ms: Some(3_000),
            audit_keyword: "hàng giả".to_owned(),
            audit_reject: false,
            hold_ms: 60_000,
            label_lag_ms: 2_000,
            refund_ms: 60_000,
            access_s: 7 * 86_400,
            refresh_grace_s: 60,
            page_token_ms: 600_000,
            stock_zero_allowed: true,
            stock_live_only: false,
            auto_restock: true,
            masked_address: true,
            schema_strict: true,
            cipher_strict: true,
            listing_limit: None,
            brand_warning: false,
            price_lock_by_order_code: false,
            consent_deny: false,
            callback: "http://127.0.0.1:9/callback".to_owned(),
            consent_shops: Vec::new(),
            scope_missing: Vec::new(),
            hook_drop_pct: 0,
            hook_retry_s: [120, 1_800, 10_800, 43_200],
            sla_s: 2 * 86_400,
        }
    }
}

impl Settings {
    /// The settings of a profile: `quick` has no delays, `by_hand` none either but leaves audits to the
    /// control API; everything else plays the platform, shortened.
    pub fn of_profile(profile: &str) -> Self {
        let quick =
            Self { audit_after_ms: Some(0), hold_ms: 0, label_lag_ms: 0, refund_ms: 0, ..Self::default() };
        match profile {
            "quick" => quick,
            "by_hand" => Self { audit_after_ms: None, ..quick },
            _ => Self::default(),
        }
    }

    /// These settings with some changed.
    ///
    /// # Errors
    /// An unknown name or a wrong type, in words.
    pub fn changed_by(&self, changes: &Value) -> Result<Self, String> {
        let mut all = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let (Some(fields), Some(changes)) = (all.as_object_mut(), changes.as_object()) else {
            return Err("an object is wanted".to_owned());
        };
        for (name, setting) in changes {
            fields.insert(name.clone(), setting.clone());
        }
        serde_json::from_value(all).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_leaves_the_rest_alone_and_unknown_names_are_refused() {
        let changed = Settings::default().changed_by(&json!({"hold_ms": 7})).unwrap();

        assert_eq!(changed, Settings { hold_ms: 7, ..Settings::default() });
        assert!(Settings::default().changed_by(&json!({"hold": 7})).is_err());
    }
}
