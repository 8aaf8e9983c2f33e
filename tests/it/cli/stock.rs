//! Stock by hand.

use super::program::Folder;

fn on_hand(folder: &Folder, sku: &str) -> i64 {
    folder.json(&["stock", "show", sku])["places"][0]["balance"]["on_hand"].as_i64().unwrap()
}

#[test]
fn what_is_received_and_adjusted_is_on_hand_with_who_and_why() {
    let folder = Folder::with_goods();

    folder.ganh(&["stock", "receive", "cha-500", "25", "--reason", "mẻ mới", "--who", "Chị Hoa"]).succeeds();
    folder.ganh(&["stock", "adjust", "CHA-500", "-5", "--reason", "kiểm kho"]).succeeds();

    let movements = folder.json(&["stock", "show", "CHA-500"])["movements"].clone();
    assert_eq!(on_hand(&folder, "CHA-500"), 60);
    assert_eq!((&movements[0]["units"], &movements[0]["who"]), (&(-5).into(), &"tester".into()));
    assert_eq!(movements[1]["who"], "Chị Hoa");
    assert!(movements[1]["cause"].as_str().unwrap().contains("mẻ mới"));
}

#[test]
fn i2_the_same_paper_counts_once() {
    let folder = Folder::with_goods();
    let receive = ["stock", "receive", "KEO-01", "10", "--reason", "nhập", "--paper", "PN-0042"];

    folder.ganh(&receive).succeeds();
    folder.ganh(&receive).succeeds();

    assert_eq!(on_hand(&folder, "KEO-01"), 22);
}

#[test]
fn more_than_there_is_cannot_be_taken_out() {
    let folder = Folder::with_goods();

    folder.ganh(&["stock", "adjust", "KEO-01", "-13", "--reason", "vỡ"]).fails(1, &["KEO-01"]);

    assert_eq!(on_hand(&folder, "KEO-01"), 12);
}

#[test]
fn a_set_has_no_stock_of_its_own() {
    let folder = Folder::with_goods();
    folder.write(
        "set.csv",
        "sku,name,producer_code,product_code,price_vnd,kind\nBO-01,Bộ quà,TB01,BO,150000,bundle\n",
    );
    folder.write("bundles.csv", "bundle_sku,component_sku,quantity\nBO-01,CHA-500,2\n");
    folder.ganh(&["import", "set.csv", "--bundles", "bundles.csv", "--apply"]).succeeds();

    folder.ganh(&["stock", "receive", "BO-01", "5", "--reason", "nhập"]).fails(1, &["BO-01", "components"]);
}
