//! Reading commands, for people and for programs.

use super::program::{Folder, program};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

#[test]
fn every_reading_command_answers_in_json() {
    let folder = Folder::with_goods();

    let status = folder.json(&["status"]);
    let orders = folder.json(&["orders"]);
    let explained = folder.json(&["explain", "CHA-500"]);
    let policy = folder.json(&["policy", "show", "default"]);
    let producers = folder.json(&["producer", "list"]);
    let looked = folder.json(&["doctor"]);

    assert_eq!((&status["totals"]["products"], &status["shops"]), (&2.into(), &json!([])));
    assert_eq!((&orders["orders"], &explained), (&json!([]), &json!([])));
    assert_eq!((&policy["stock"], &policy["price"]), (&json!({}), &json!({})));
    assert_eq!(producers[0]["code"], "DN02");
    assert!(looked.as_array().unwrap().iter().all(|finding| finding["verdict"] != "bad"), "{looked}");
}

#[test]
fn init_keeps_what_is_there_and_the_key_is_its_owners() {
    let folder = Folder::new();
    let key = std::fs::read(folder.path("ganh.key")).unwrap();

    let again = folder.json(&["init"]);

    let mode = std::fs::metadata(folder.path("ganh.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!((&again["made"], mode), (&json!([]), 0o600));
    assert_eq!(std::fs::read(folder.path("ganh.key")).unwrap(), key);
}

#[test]
fn a_data_folder_holds_everything_of_an_installation() {
    let folder = Folder::empty();

    folder.ganh(&["--data-dir", "data/ganh", "init"]).succeeds();
    let elsewhere = program(&std::env::temp_dir())
        .args(["status", "--json", "--data-dir"])
        .arg(folder.path("data/ganh"))
        .output()
        .unwrap();

    assert!(elsewhere.status.success(), "{}", String::from_utf8_lossy(&elsewhere.stderr));
}

#[test]
fn rules_are_set_field_by_field_and_taken_away_with_none() {
    let folder = Folder::with_goods();

    folder.ganh(&["policy", "set", "producer", "TB01", "--buffer", "2", "--markup", "-3.5"]).succeeds();
    folder.ganh(&["policy", "set", "producer", "TB01", "--percent", "80", "--buffer", "none"]).succeeds();

    let policy = folder.json(&["policy", "show", "producer", "TB01"]);
    assert_eq!(
        (&policy["stock"], &policy["price"]),
        (&json!({"share": {"percent_bp": 8000}}), &json!({"markup_bp": -350}))
    );
}

#[test]
fn tables_for_programs_have_no_frames_and_no_colours() {
    let said = Folder::with_goods().ganh(&["producer", "list"]).succeeds();

    assert!(!said.out.contains('\u{1b}') && !said.out.contains('│'), "{}", said.out);
    assert!(said.out.contains("HTX Chả cá Thái Bình"));
}

#[test]
fn the_doctor_fails_where_something_is_wrong_and_says_the_mend() {
    let folder = Folder::new();
    std::fs::set_permissions(folder.path("ganh.key"), std::fs::Permissions::from_mode(0o640)).unwrap();

    let said = folder.ganh(&["doctor"]);

    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.out.contains("chmod 600"), "{}", said.out);
}

#[test]
fn nothing_parked_is_said_by_retry() {
    let said = Folder::with_goods().ganh(&["retry", "--all"]).succeeds();

    assert!(said.err.contains("nothing of that is parked"), "{}", said.err);
}

#[test]
fn completions_name_the_commands() {
    let said = Folder::empty().ganh(&["completions", "bash"]).succeeds();

    assert!(said.out.contains("import") && said.out.contains("sandbox"));
}

#[test]
fn i13_a_rotated_key_replaces_the_former_in_its_file() {
    let folder = Folder::with_goods();
    let former = std::fs::read_to_string(folder.path("ganh.key")).unwrap();

    folder.ganh(&["key", "rotate"]).succeeds();

    let key = std::fs::read_to_string(folder.path("ganh.key")).unwrap();
    let mode = std::fs::metadata(folder.path("ganh.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!((key.lines().count(), mode), (2, 0o600));
    assert!(key != former);
    folder.ganh(&["status"]).succeeds();
}
