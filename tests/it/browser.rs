//! The page in a real browser: what a person sees on a desk and on a phone, in both languages, with and without script.
//!
//! `GANH_TEST_BROWSER` names the driver program (`tests/run` sets it); where it is not set, these tests say that they did not run.

mod driver;

use crate::web::Served;
use driver::Browser;
use serde_json::json;

/// A desk's and a phone's window, in CSS pixels.
const DESK: (u32, u32) = (1280, 900);
const PHONE: (u32, u32) = (390, 844);

#[tokio::test]
async fn a_reader_sees_shops_and_orders_in_vietnamese_then_in_english_and_follows_a_sku() {
    let Some(browser) = Browser::open(DESK, true).await else { return };
    let served = Served::start().await;

    browser.go(&served.origin).await;
    let vietnamese = browser.text("body").await;
    browser.picture("home-desk").await;
    browser.click("#language").await;
    let english = browser.text("body").await;
    browser.click("#orders ~ table a").await;
    let trace = browser.text("body").await;
    browser.click("summary").await;
    browser.picture("sku-desk").await;

    assert!(
        vietnamese.contains("Sàn OCOP Thái Bình") && vietnamese.contains("Cần người xử lý"),
        "{vietnamese}"
    );
    assert!(vietnamese.contains("251122GQ7K0MTH") && vietnamese.contains("1.250.000 ₫"), "{vietnamese}");
    assert!(
        english.contains("Waiting for people") && english.contains("Viet Nam time (+07:00)"),
        "{english}"
    );
    assert!(trace.contains("On the shelf") && trace.contains("Ấm gốm Bát Tràng men lam"), "{trace}");
    browser.was_quiet_and_stayed_at(&served.origin).await;
    browser.close().await;
}

#[tokio::test]
async fn on_a_phone_nothing_is_wider_than_the_window() {
    let Some(browser) = Browser::open(PHONE, true).await else { return };
    let served = Served::start().await;

    for (name, address) in
        [("home-phone", "/"), ("sku-phone", "/sku/GOM-BT-01"), ("absent-phone", "/nowhere")]
    {
        browser.go(&format!("{}{address}", served.origin)).await;
        let (wide, window) = browser.widths().await;
        browser.picture(name).await;
        assert!(wide <= window, "{address}: {wide} > {window}");
    }
    browser.close().await;
}

#[tokio::test]
async fn the_figures_renew_themselves_while_the_page_is_open() {
    let Some(browser) = Browser::open(DESK, true).await else { return };
    let served = Served::start().await;
    browser.go(&served.origin).await;

    served.add_shops(3).await;

    browser.until("return document.querySelector('#shops .count').textContent === '7'").await;
    browser.was_quiet_and_stayed_at(&served.origin).await;
    browser.close().await;
}

#[tokio::test]
async fn without_script_the_page_is_whole_and_renews_itself_by_loading_again() {
    let Some(browser) = Browser::open(DESK, false).await else { return };
    let served = Served::start().await;

    browser.go(&served.origin).await;

    assert!(browser.text("body").await.contains("Sàn OCOP Thái Bình"));
    assert_eq!(browser.count("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]").await, json!(1));
    browser.close().await;
}
