//! Selling is stopped in every shop by one command, which ends well only when each shop confirmed it.

use super::program::Folder;
use super::serve::serving;
use super::shops::{a_site, add, goods};
use ganh_sandbox::{Books, Running};

/// A site that shows both goods, in step.
async fn a_live_site() -> (Running, Folder) {
    let site = a_site().await;
    let folder = goods();
    add(&folder, &site);
    folder.ganh(&["apply", "site", "--yes"]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();
    (site, folder)
}

/// Units that the site shows of a SKU.
async fn shown(site: &Running, sku: &str) -> Option<i64> {
    let books: Books = serde_json::from_value(site.control("GET", "/_sandbox/books", None).await).unwrap();
    books
        .listings
        .iter()
        .flat_map(|listing| &listing.offers)
        .find(|offer| offer.sku == sku)
        .and_then(|offer| offer.stock)
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_without_a_daemon_the_command_says_so_sends_by_itself_and_ends_when_the_shop_confirmed() {
    let (site, folder) = a_live_site().await;

    let said = folder.ganh(&["stop", "mat-500", "--reason", "lô hàng lỗi", "--who", "Chị Hoa"]).succeeds();

    assert!(said.err.contains("no ganh serve drives site: this command sends by itself"), "{}", said.err);
    assert!(
        said.out.contains("selling of MAT-500 stopped since")
            && said.out.contains("by Chị Hoa, because lô hàng lỗi")
    );
    assert!(said.out.contains("confirmed"), "{}", said.out);
    assert_eq!((shown(&site, "MAT-500").await, shown(&site, "MUOI-01").await), (Some(0), Some(12)));
    let explained = folder.ganh(&["explain", "MAT-500", "--lang", "vi"]).succeeds().out;
    assert!(
        explained.contains("dừng bán MAT-500 từ") && explained.contains("bởi Chị Hoa, vì lô hàng lỗi"),
        "{explained}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_holds_against_new_stock_and_rules_until_it_is_lifted() {
    let (site, folder) = a_live_site().await;
    folder.ganh(&["stop", "MAT-500"]).succeeds();

    folder.ganh(&["stock", "receive", "MAT-500", "25", "--reason", "mẻ mới"]).succeeds();
    folder.ganh(&["policy", "set", "shop", "site", "--fixed", "9"]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();
    let while_stopped = shown(&site, "MAT-500").await;
    let status = folder.json(&["status"])["stops"].clone();
    let lifted = folder.ganh(&["stop", "--lift", "MAT-500"]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();

    assert_eq!((while_stopped, shown(&site, "MAT-500").await), (Some(0), Some(9)));
    assert_eq!(
        (&status[0]["of"]["sku"], &status[0]["unconfirmed"]),
        (&"MAT-500".into(), &serde_json::json!([]))
    );
    assert!(lifted.err.contains("no ganh serve is running"), "{}", lifted.err);
    assert_eq!(folder.json(&["stop", "--list"]), serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_a_running_daemon_is_woken_and_a_whole_producer_stops() {
    let (site, folder) = a_live_site().await;
    let _daemon = serving(&folder);

    let told = folder.json(&["stop", "--producer", "TV01", "--timeout", "60"]);

    assert_eq!((&told["confirmed"], &told["waited"]), (&true.into(), &"confirmed".into()), "{told}");
    let shop = &told["shops"][0];
    assert_eq!(
        (&shop["standing"], &shop["offers"], &shop["acknowledged"], &shop["seen"]),
        (&"seen".into(), &2.into(), &2.into(), &2.into())
    );
    assert_eq!((shown(&site, "MAT-500").await, shown(&site, "MUOI-01").await), (Some(0), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_gets_nothing_is_named_with_who_must_act_and_the_command_fails() {
    let (site, folder) = a_live_site().await;
    folder.ganh(&["shop", "pause", "site", "--reason", "kiểm kho"]).succeeds();

    let said = folder.ganh(&["stop", "MAT-500", "--timeout", "1"]);

    assert_eq!(said.status, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("admin") && said.out.contains("ganh shop resume"), "{}", said.out);
    assert!(
        said.err.contains("1 of 1 shops have not confirmed (site)")
            && said.err.contains("`ganh stop MAT-500`")
    );
    assert_eq!(shown(&site, "MAT-500").await, Some(40));
}

#[test]
fn wrong_ways_to_stop_are_each_named_with_the_mend() {
    let folder = Folder::with_goods();

    folder.ganh(&["stop"]).fails(2, &["SKU", "--producer", "--list"]);
    folder.ganh(&["stop", "NOPE-1"]).fails(1, &["NOPE-1", "does not exist"]);
    folder.ganh(&["stop", "--producer", "XX99"]).fails(1, &["XX99", "does not exist"]);
    folder.ganh(&["stop", "--lift", "CHA-500"]).fails(1, &["a stop of CHA-500", "does not exist"]);
    let nowhere = folder.ganh(&["stop", "CHA-500", "--reason", "thử"]).succeeds();

    assert!(nowhere.err.contains("no shop shows it"), "{}", nowhere.err);
    assert_eq!(folder.json(&["stop", "--list"])[0]["reason"], "thử");
}
