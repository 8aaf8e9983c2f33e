//! Shop settings and the system report that onboarding reads (spec §1.1).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::errors::{ApiError, error};
use super::wire::{Args, php_string};
use super::world::World;

/// One setting: group, id, type, label, default.
const SETTINGS: &[(&str, &str, &str, &str, &str)] = &[
    ("general", "woocommerce_store_address", "text", "Address line 1", ""),
    ("general", "woocommerce_store_city", "text", "City", "Huế"),
    ("general", "woocommerce_default_country", "select", "Country / State", "VN"),
    ("general", "woocommerce_currency", "select", "Currency", "VND"),
    ("general", "woocommerce_currency_pos", "select", "Currency position", "right_space"),
    ("general", "woocommerce_price_thousand_sep", "text", "Thousand separator", "."),
    ("general", "woocommerce_price_decimal_sep", "text", "Decimal separator", ","),
    ("general", "woocommerce_price_num_decimals", "number", "Number of decimals", "0"),
    ("products", "woocommerce_weight_unit", "select", "Weight unit", "kg"),
    ("products", "woocommerce_dimension_unit", "select", "Dimensions unit", "cm"),
    ("products", "woocommerce_manage_stock", "checkbox", "Manage stock", "yes"),
    ("products", "woocommerce_hold_stock_minutes", "number", "Hold stock (minutes)", "60"),
    ("products", "woocommerce_notify_low_stock_amount", "number", "Low stock threshold", "2"),
    ("products", "woocommerce_notify_no_stock_amount", "number", "Out of stock threshold", "0"),
];

/// The values of the settings.
pub struct Settings(BTreeMap<&'static str, String>);

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

impl Settings {
    /// A Vietnamese shop that counts its stock.
    #[must_use]
    pub fn new() -> Self {
        Self(SETTINGS.iter().map(|(_, id, _, _, value)| (*id, (*value).to_owned())).collect())
    }

    /// The value of a setting, `""` when there is none of that name.
    #[must_use]
    pub fn value(&self, id: &str) -> &str {
        self.0.get(id).map_or("", String::as_str)
    }

    /// Whether the shop counts stock at all.
    #[must_use]
    pub fn manages_stock(&self) -> bool {
        self.value("woocommerce_manage_stock") == "yes"
    }

    /// How long an unpaid order holds stock, seconds; 0: not at all.
    #[must_use]
    pub fn hold_s(&self) -> i64 {
        self.value("woocommerce_hold_stock_minutes").parse::<i64>().unwrap_or(0) * 60
    }

    /// Decimals shown in orders.
    #[must_use]
    pub fn decimals(&self) -> usize {
        self.value("woocommerce_price_num_decimals").parse().unwrap_or(2)
    }

    /// Sets a value; false: no setting of that name.
    pub fn set(&mut self, id: &str, value: String) -> bool {
        match self.0.get_mut(id) {
            Some(slot) => {
                *slot = value;
                true
            }
            None => false,
        }
    }
}

/// `GET /settings`.
#[must_use]
pub fn groups() -> Value {
    json!([
        { "id": "general", "label": "General", "description": "", "parent_id": "", "sub_groups": [] },
        { "id": "products", "label": "Products", "description": "", "parent_id": "", "sub_groups": [] },
    ])
}

/// `GET /settings/{group}`.
///
/// # Errors
/// An unknown group.
pub fn group(world: &World, group: &str) -> Result<Value, ApiError> {
    let rows: Vec<Value> =
        SETTINGS.iter().filter(|setting| setting.0 == group).map(|setting| view(world, setting)).collect();
    if rows.is_empty() {
        return Err(error(404, "rest_setting_setting_group_invalid", "Invalid setting group."));
    }
    Ok(Value::Array(rows))
}

/// `GET` or `PUT /settings/{group}/{id}`.
///
/// # Errors
/// An unknown setting.
pub fn one(world: &mut World, group: &str, id: &str, args: Option<&Args>) -> Result<Value, ApiError> {
    let setting = SETTINGS.iter().find(|setting| setting.0 == group && setting.1 == id);
    let setting = setting.ok_or_else(|| error(404, "rest_setting_setting_invalid", "Invalid setting."))?;
    if let Some(value) = args.and_then(|args| args.get("value")) {
        world.settings.set(id, php_string(value));
    }
    Ok(view(world, setting))
}

fn view(world: &World, setting: &(&str, &str, &str, &str, &str)) -> Value {
    let (group, id, kind, label, default) = setting;
    json!({
        "id": id, "label": label, "description": "", "type": kind, "default": default, "tip": "",
        "value": world.settings.value(id), "group_id": group,
    })
}

/// `GET /system_status`.
#[must_use]
pub fn system_status(world: &World) -> Value {
    let decimals = world.settings.decimals();
    json!({
        "environment": {
            "home_url": world.home, "site_url": world.home, "version": world.profile.version(),
            "wp_version": world.profile.wordpress(), "wp_multisite": false, "wp_memory_limit": 268_435_456,
            "wp_debug_mode": false, "wp_cron": true, "language": "vi", "server_info": "nginx/1.26.2",
            "php_version": "8.2.29", "php_post_max_size": 8_388_608, "php_max_execution_time": 30,
            "php_max_input_vars": 1000, "max_upload_size": 2_097_152, "default_timezone": "UTC",
            "mysql_version": "10.11.11", "external_object_cache": false,
        },
        "database": { "wc_database_version": world.profile.version(), "database_prefix": "wp_" },
        "active_plugins": [{
            "plugin": "woocommerce/woocommerce.php", "name": "WooCommerce", "version": world.profile.version(),
        }],
        "theme": { "name": "Storefront", "version": "4.6.0" },
        "settings": {
            "api_enabled": true, "force_ssl": false, "currency": world.settings.value("woocommerce_currency"),
            "currency_symbol": "&#8363;", "currency_position": "right_space", "thousand_separator": ".",
            "decimal_separator": ",", "number_of_decimals": decimals, "HPOS_enabled": world.profile.has_hpos(),
        },
        "security": { "secure_connection": world.home.starts_with("https"), "hide_errors": true },
        "pages": [],
    })
}
