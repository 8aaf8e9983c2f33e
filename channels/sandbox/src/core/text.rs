//! Bodies that are not what a client asked for: error pages, broken JSON.

use serde_json::Value;

/// A gateway's page for 504.
pub const GATEWAY_TIMEOUT: &str = "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
/// A gateway's page for 503.
pub const DOWN: &str = "<!DOCTYPE html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Bảo trì</title></head>\n<body><h1>Hệ thống đang bảo trì, xin quay lại sau ít phút.</h1></body></html>\n";
/// A bot check that answers 200.
pub const CHALLENGE: &str = "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>\n";
/// What PHP and its like print before a body.
pub const JUNK: &str = "\u{feff}<br />\n<b>Notice</b>:  Undefined index: currency in <b>/var/www/html/plugin.php</b> on line <b>88</b><br />\n";

/// Turns every number into a string, everywhere inside.
pub fn numbers_to_strings(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Array(rows) => rows.iter_mut().for_each(numbers_to_strings),
        Value::Object(map) => map.values_mut().for_each(numbers_to_strings),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
