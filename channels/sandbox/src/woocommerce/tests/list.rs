use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Shop, given_a_shop};

async fn given_120_rows_of_one_second(profile: &str) -> Shop {
    let shop = given_a_shop(profile).await;
    for part in 0..2 {
        let rows: Vec<Value> = (0..60).map(|n| json!({ "name": format!("n{part}-{n}") })).collect();
        shop.post("products/batch", json!({ "create": rows })).await;
    }
    shop
}

async fn scan(shop: &Shop, query: &str) -> usize {
    let mut seen = BTreeSet::new();
    for page in 1..=6 {
        let rows = shop.get(&format!("products?per_page=20&page={page}&{query}")).await.1;
        seen.extend(rows.as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()));
    }
    seen.len()
}

#[tokio::test]
async fn ties_lose_rows_on_the_old_release_but_not_by_id_and_not_on_the_new() {
    let (new, old) = (given_120_rows_of_one_second("wc11").await, given_120_rows_of_one_second("wc7").await);

    assert_eq!(scan(&new, "orderby=modified").await, 120);
    assert_eq!(scan(&old, "orderby=id&order=asc").await, 120);
    assert!(scan(&old, "orderby=modified").await < 120);
}

#[tokio::test]
async fn modified_after_excludes_its_own_second_and_reads_local_time_without_the_flag() {
    let shop = given_a_shop("wc11").await;
    let id = shop.product("A", "1000", 1).await;
    let row = shop.get(&format!("products/{id}")).await.1;
    let (gmt, local) = (row["date_modified_gmt"].as_str().unwrap(), row["date_modified"].as_str().unwrap());
    let second: i64 = format!("{gmt}Z").parse::<jiff::Timestamp>().unwrap().as_second();
    let before = super::super::wire::iso(second - 1);
    let count = |rows: (u16, Value)| rows.1.as_array().unwrap().len();

    let same = shop.get(&format!("products?modified_after={gmt}&dates_are_gmt=true")).await;
    let earlier = shop.get(&format!("products?modified_after={before}&dates_are_gmt=true")).await;
    let utc_as_local = shop.get(&format!("products?modified_after={gmt}")).await;
    let local_as_gmt = shop.get(&format!("products?modified_after={local}&dates_are_gmt=true")).await;
    let zoned = shop.get(&format!("products?modified_after={before}Z")).await;
    let nonsense = shop.get("products?modified_after=gestern").await;

    assert_eq!(
        (count(same), count(earlier), count(utc_as_local), count(local_as_gmt), count(zoned)),
        (0, 1, 1, 0, 1)
    );
    assert_eq!(
        (nonsense.0, &nonsense.1["data"]["details"]["modified_after"]["code"]),
        (400, &json!("rest_invalid_date"))
    );
}

#[tokio::test]
async fn pages_carry_totals_and_links_and_refuse_bad_bounds() {
    let shop = given_120_rows_of_one_second("wc11").await;
    let request =
        crate::core::client::client().unwrap().get(shop.url("products?per_page=50&page=2&_fields=id"));

    let reply = request.basic_auth(&shop.key, Some(&shop.secret)).send().await.unwrap();
    let link: Vec<String> =
        reply.headers().get_all("link").iter().map(|value| value.to_str().unwrap().to_owned()).collect();
    let totals = (reply.headers()["x-wp-total"].clone(), reply.headers()["x-wp-totalpages"].clone());
    let rows: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
    let outside = shop.get("products?per_page=101").await;
    let past = shop.get("products?page=99").await;

    assert_eq!((totals.0.to_str().unwrap(), totals.1.to_str().unwrap()), ("120", "3"));
    assert!(link.iter().any(|link| link.contains("rel=\"next\"") && link.contains("page=3")), "{link:?}");
    assert!(link.iter().any(|link| link.contains("api.w.org")));
    assert_eq!(rows[0].as_object().unwrap().len(), 1);
    assert_eq!(outside.1["code"], "rest_invalid_param");
    assert_eq!(past, (200, json!([])));
}

#[tokio::test]
async fn a_filter_the_release_does_not_know_returns_everything() {
    let (new, old) = (given_a_shop("wc11").await, given_a_shop("wc7").await);
    new.product("A", "1000", 1).await;
    old.product("A", "1000", 1).await;

    let on_new = new.get("products?global_unique_id=893").await;
    let on_old = old.get("products?global_unique_id=893").await;

    assert_eq!(on_new.1, json!([]));
    assert_eq!(on_old.1.as_array().unwrap().len(), 1);
    assert!(on_old.1[0].get("global_unique_id").is_none());
}

#[tokio::test]
async fn onboarding_finds_root_namespace_version_and_currency() {
    let shop = given_a_shop("wc7").await;
    let http = crate::core::client::client().unwrap();
    let base = shop.running.base_url();

    let front = http.get(base).send().await.unwrap();
    let site: Value = serde_json::from_slice(
        &http.get(format!("{base}/wp-json/")).send().await.unwrap().bytes().await.unwrap(),
    )
    .unwrap();
    let index: Value =
        serde_json::from_slice(&http.get(shop.url("")).send().await.unwrap().bytes().await.unwrap()).unwrap();
    let status = shop.get("system_status?_fields=environment.version,settings.HPOS_enabled").await;
    let currency = shop.get("settings/general/woocommerce_currency").await;
    let lost = shop.get("products/abc").await;

    assert_eq!(
        front.headers()["link"].to_str().unwrap(),
        format!("<{base}/wp-json/>; rel=\"https://api.w.org/\"")
    );
    assert!(site["namespaces"].as_array().unwrap().contains(&json!("wc/v3")));
    assert!(index["routes"]["/wc/v3/variations"].is_null());
    assert!(index["routes"]["/wc/v3/products"]["endpoints"][0]["args"]["search_sku"].is_object());
    assert_eq!(
        status.1,
        json!({ "environment": { "version": "7.9.0" }, "settings": { "HPOS_enabled": false } })
    );
    assert_eq!(currency.1["value"], "VND");
    assert_eq!((lost.0, lost.1["code"].as_str()), (404, Some("rest_no_route")));
}
