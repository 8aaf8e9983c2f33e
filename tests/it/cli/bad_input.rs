//! Wrong files, flags, keys and addresses: one clear line that names the thing and the mend, and nothing half-written.

use super::program::Folder;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_key_file_that_others_may_read_is_refused_with_its_mend() {
    let folder = Folder::new();
    std::fs::set_permissions(folder.path("ganh.key"), std::fs::Permissions::from_mode(0o644)).unwrap();

    folder.ganh(&["status"]).fails(1, &["ganh.key", "644", "chmod 600"]);
}

#[test]
fn a_missing_key_is_named_with_both_ways_to_give_one() {
    let folder = Folder::new();
    std::fs::remove_file(folder.path("ganh.key")).unwrap();

    folder.ganh(&["status"]).fails(1, &["ganh.key", "GANH_MASTER_KEY", "ganh init"]);
}

#[test]
fn another_key_than_the_stores_is_refused() {
    let folder = Folder::new();

    let said = folder.ganh_with(&["status"], &[("GANH_MASTER_KEY", &"ab".repeat(32))]);

    let said = said.fails(1, &["sealed with master key", "GANH_MASTER_KEY"]);
    assert!(!said.err.contains(&"ab".repeat(32)));
}

#[test]
fn a_key_that_is_no_key_is_refused_without_being_repeated() {
    let folder = Folder::new();

    let said = folder.ganh_with(&["status"], &[("GANH_MASTER_KEY", "hunter2")]);

    let said = said.fails(1, &["64 hexadecimal digits", "ganh key new"]);
    assert!(!said.err.contains("hunter2"));
}

#[test]
fn an_unknown_setting_is_wrong_use_and_named_with_the_likely_one() {
    let folder = Folder::new();
    folder.write("ganh.toml", "[sync]\nlease_s = 15\n");

    folder.ganh(&["status"]).fails(2, &["sync.lease_s", "ganh.toml", "no such setting"]);
}

#[test]
fn a_settings_file_that_is_not_there_is_wrong_use() {
    Folder::new().ganh(&["--config", "nowhere.toml", "status"]).fails(2, &["nowhere.toml", "does not exist"]);
}

#[test]
fn a_folder_without_a_store_says_how_to_make_one() {
    Folder::empty().ganh(&["status"]).fails(1, &["no store", "ganh init"]);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = Folder::new();
    folder.write("ganh.db", "this is no database, and a long text so that its head is looked at".repeat(100));

    folder.ganh(&["status"]).fails(1, &["ganh.db"]);
}

#[test]
fn a_missing_sheet_is_named() {
    Folder::new().ganh(&["import", "nowhere.xlsx"]).fails(1, &["nowhere.xlsx", "No such file"]);
}

#[test]
fn a_folder_in_the_place_of_a_sheet_is_named() {
    Folder::new().ganh(&["import", "."]).fails(1, &["is a folder"]);
}

#[test]
fn a_broken_workbook_is_refused_with_its_mend() {
    let folder = Folder::new();
    folder.write("goods.xlsx", "PK\u{3}\u{4} and then nothing");

    folder
        .ganh(&["import", "goods.xlsx", "--apply"])
        .fails(1, &["goods.xlsx", "cannot be read", "save it as .xlsx"]);
}

#[test]
fn a_pdf_is_refused_as_what_it_is() {
    let folder = Folder::new();
    folder.write("goods.csv", "%PDF-1.7 …");

    folder.ganh(&["import", "goods.csv"]).fails(1, &["goods.csv", "a PDF", ".csv (UTF-8)"]);
}

#[test]
fn a_file_above_the_limit_is_refused_with_the_setting() {
    let folder = Folder::new();
    folder.write("goods.csv", "x".repeat(3_000));

    let said = folder.ganh_with(&["import", "goods.csv"], &[("GANH_LIMITS__SHEET", "1 KiB")]);

    said.fails(1, &["goods.csv", "3000", "limits.sheet"]);
}

#[test]
fn a_day_that_does_not_exist_is_wrong_use() {
    let said = Folder::new().ganh(&["import", "goods.csv", "--today", "2026-02-30"]);

    assert_eq!(said.status, 2);
    assert!(said.err.contains("--today"), "{}", said.err);
}

#[test]
fn an_unknown_sku_is_named() {
    Folder::with_goods().ganh(&["stock", "show", "CHA-501"]).fails(1, &["SKU CHA-501", "does not exist"]);
}

#[test]
fn an_unknown_shop_says_how_to_add_one() {
    Folder::with_goods().ganh(&["orders", "--shop", "nowhere"]).fails(1, &["nowhere", "ganh shop add"]);
}

#[test]
fn an_unknown_producer_names_those_that_there_are() {
    Folder::with_goods().ganh(&["producer", "show", "XX"]).fails(1, &["XX", "DN02", "TB01"]);
}

#[test]
fn an_unknown_sandbox_names_those_that_there_are() {
    Folder::empty().ganh(&["sandbox", "taobao"]).fails(2, &["taobao", "shopee", "woocommerce"]);
}

#[test]
fn a_port_that_is_taken_is_named_with_a_free_way() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    Folder::empty()
        .ganh(&["sandbox", "shopee", "--listen", &address])
        .fails(1, &[&address, "--listen 127.0.0.1:0"]);
}

#[test]
fn a_command_that_does_not_exist_is_wrong_use() {
    assert_eq!(Folder::empty().ganh(&["sell"]).status, 2);
}

#[test]
fn a_rule_out_of_range_is_refused_with_its_mend() {
    Folder::with_goods()
        .ganh(&["policy", "set", "default", "--percent", "120"])
        .fails(1, &["share", "100 %"]);
}

#[test]
fn a_change_of_rules_that_names_no_rule_is_wrong_use() {
    Folder::with_goods().ganh(&["policy", "set", "default"]).fails(2, &["at least one rule", "--buffer 2"]);
}

#[test]
fn units_that_are_no_units_are_refused_with_the_command_that_is_meant() {
    let folder = Folder::with_goods();

    let out = folder.ganh(&["stock", "receive", "KEO-01", "-5", "--reason", "vỡ"]);
    let odd = folder.ganh(&["stock", "adjust", "KEO-01", "năm", "--reason", "vỡ"]);

    assert_eq!((out.status, odd.status), (2, 2));
    assert!(out.err.contains("`ganh stock adjust` takes units out"), "{}", out.err);
    assert!(odd.err.contains("such as -3 or 5"), "{}", odd.err);
}

#[test]
fn a_folder_in_the_place_of_the_settings_is_named() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("etc")).unwrap();

    folder.ganh(&["--config", "etc", "status"]).fails(2, &["etc is a folder", "--data-dir"]);
}

#[test]
fn a_profile_that_a_sandbox_does_not_know_is_named_with_those_that_there_are() {
    Folder::empty()
        .ganh(&["sandbox", "woocommerce", "--profile", "wc99x"])
        .fails(2, &["--profile", "wc99x", "wc11"]);
}

#[test]
fn a_database_server_that_is_not_there_is_named_with_its_setting() {
    let folder = Folder::new();
    folder.write("ganh.toml", "[store]\nurl = \"postgres://u:hunter2@127.0.0.1:1/x\"\n");

    let said = folder.ganh(&["status"]).fails(1, &["cannot be reached", "store.url"]);

    assert!(!said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn a_closed_output_ends_the_command_quietly() {
    let folder = Folder::with_goods();
    let mut listing = super::program::program(&folder.path(""))
        .args(["product", "list"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(listing.stdout.take());

    let ended = listing.wait_with_output().unwrap();

    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn a_folder_or_noise_in_the_place_of_the_key_is_named_as_what_it_is() {
    let folder = Folder::new();
    std::fs::remove_file(folder.path("ganh.key")).unwrap();
    std::fs::create_dir(folder.path("ganh.key")).unwrap();

    folder.ganh(&["shop", "list"]).fails(1, &["ganh.key", "it is no file", "ganh init"]);
    std::fs::remove_dir(folder.path("ganh.key")).unwrap();
    std::fs::write(folder.path("ganh.key"), [0xff, 0xfe, 0x00]).unwrap();
    std::fs::set_permissions(folder.path("ganh.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    folder.ganh(&["shop", "list"]).fails(1, &["ganh.key", "it is no text", "restore it"]);
}

#[test]
fn extra_authorities_that_cannot_be_read_are_named_before_any_call() {
    let folder = Folder::new();
    let half = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    folder.write("half.pem", half);
    folder.write("note.pem", "no certificate");
    let sync = |file| folder.ganh_with(&["sync", "--once"], &[("GANH_HTTP__EXTRA_CA", file)]);

    sync("nowhere.pem").fails(1, &["http.extra_ca", "nowhere.pem", "leave it empty"]);
    sync("note.pem").fails(1, &["http.extra_ca", "note.pem", "PEM"]);
    sync("half.pem").fails(1, &["http.extra_ca", "cannot be read", "whole PEM certificates"]);
}

#[test]
fn a_sheet_of_which_nothing_can_be_taken_fails_and_says_so() {
    let folder = Folder::with_goods();
    let head = "sku,name,producer_code,product_code,price_vnd,stock";
    folder.write("minus.csv", format!("{head}\nTRA-1,Trà,TB01,TRA,-1000,5\n"));
    folder.write("huge.csv", format!("{head}\nTRA-1,Trà,TB01,TRA,99999999999999999999,5\n"));
    folder.write("stranger.csv", format!("{head}\nTRA-1,Trà,NOBODY,TRA,1000,5\n"));
    let import = |sheet| folder.ganh(&["import", sheet, "--apply"]);

    let said = ["minus.csv", "huge.csv", "stranger.csv"].map(import);

    assert_eq!(said.each_ref().map(|one| one.status), [1; 3]);
    let lines = said.map(|one| one.err.lines().last().unwrap_or("").to_owned());
    let wanted =
        "ganh: nothing was written, lines left out: 1; mend them as said beside each and import again";
    assert_eq!(lines, [wanted; 3]);
    folder.ganh(&["explain", "TRA-1"]).fails(1, &["TRA-1", "does not exist"]);
}
