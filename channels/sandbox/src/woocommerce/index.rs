//! The public pages that discovery reads: the front page and the two indexes (spec §1, §1.1).

use serde_json::{Map, Value, json};

use super::profile::Profile;
use super::route;
use super::world::World;
use crate::core::market::Reply;

/// The shop's front page, with the header that tells the REST root.
#[must_use]
pub fn front(home: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"vi\"><head><meta charset=\"UTF-8\"><title>Cửa hàng</title><link rel=\"https://api.w.org/\" href=\"{home}/wp-json/\" /></head><body><h1>Cửa hàng đặc sản</h1></body></html>"
    );
    Reply::html(200, &page).with_header("Link", format!("<{home}/wp-json/>; rel=\"https://api.w.org/\""))
}

/// `GET /wp-json/`.
#[must_use]
pub fn site(world: &World, is_woo_off: bool) -> Value {
    let mut namespaces = vec!["oembed/1.0", "wp/v2", "wp-site-health/v1", "wp-block-editor/v1"];
    if !is_woo_off {
        namespaces.extend(["wc/v1", "wc/v2", "wc/v3", "wc/store", "wc/store/v1"]);
    }
    json!({
        "name": "Cửa hàng đặc sản", "description": "", "url": world.home, "home": world.home,
        "gmt_offset": world.offset_s / 3600, "timezone_string": "Asia/Ho_Chi_Minh", "namespaces": namespaces,
        "authentication": { "application-passwords": { "endpoints": {
            "authorization": format!("{}/wp-admin/authorize-application.php", world.home),
        }}},
        "routes": {}, "site_logo": 0, "site_icon": 0,
    })
}

/// `GET /wp-json/wc/v3`.
#[must_use]
pub fn namespace(profile: Profile, home: &str) -> Value {
    let mut routes = Map::new();
    for (pattern, methods, list_args) in route::table(profile) {
        let methods: Vec<&str> = methods.split(", ").collect();
        let args: Map<String, Value> =
            list_args.into_iter().map(|name| (name.to_owned(), json!({ "required": false }))).collect();
        let endpoints: Vec<Value> = methods
            .iter()
            .map(|method| {
                let args = if *method == "GET" { Value::Object(args.clone()) } else { json!({}) };
                json!({ "methods": [method], "args": args })
            })
            .collect();
        let path = format!("/wc/v3/{pattern}");
        let link = format!("{home}/wp-json{path}");
        let route = json!({ "namespace": "wc/v3", "methods": methods, "endpoints": endpoints, "_links": { "self": [{ "href": link }] } });
        routes.insert(path, route);
    }
    json!({ "namespace": "wc/v3", "routes": routes })
}
