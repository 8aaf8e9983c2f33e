//! From sheets to the catalogue: a plan, then all or nothing.

use super::program::{Folder, GOODS, PRODUCERS};
use std::path::Path;

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).display().to_string()
}

#[test]
fn a_plan_writes_nothing() {
    let folder = Folder::new();
    folder.write("goods.csv", GOODS);
    folder.write("producers.csv", PRODUCERS);

    let plan = folder.json(&["import", "goods.csv", "--producers", "producers.csv"]);

    assert_eq!((&plan["totals"]["new"], &plan["applied"]), (&4.into(), &serde_json::Value::Null));
    assert_eq!(folder.json(&["product", "list"])["products"], serde_json::json!([]));
}

#[test]
fn planning_what_was_applied_gives_nothing() {
    let folder = Folder::new();
    let sheets = [
        example("ocop-catalogue.xlsx"),
        example("producers.csv"),
        example("ocop-bundles.csv"),
        example("images"),
    ];
    let [catalogue, producers, bundles, images] = &sheets;
    let import = [
        "import",
        catalogue,
        "--producers",
        producers,
        "--bundles",
        bundles,
        "--pictures",
        images,
        "--today",
        "2026-11-22",
    ];

    let applied = folder.json(&[&import[..], &["--apply"]].concat());
    let again = folder.json(&import);
    let applied_again = folder.json(&[&import[..], &["--apply"]].concat());

    assert_eq!((&applied["applied"]["revision"], &applied["totals"]["rejected"]), (&1.into(), &0.into()));
    assert_eq!(
        (&again["is_empty"], &again["totals"]["new"], &again["totals"]["changed"]),
        (&true.into(), &0.into(), &0.into())
    );
    assert_eq!(
        (&applied_again["applied"], &applied_again["revision"]),
        (&serde_json::Value::Null, &1.into())
    );
    assert_eq!(folder.json(&import)["revision"], 1);
}

#[test]
fn a_plan_of_another_revision_is_refused_and_writes_nothing() {
    let folder = Folder::with_goods();
    folder.write(
        "later.csv",
        "sku,name,producer_code,product_code,price_vnd\nCHA-1000,Chả cá 1 kg,TB01,CHA-1,230000\n",
    );
    folder.ganh(&["import", "later.csv", "--apply", "--at", "1"]).succeeds();
    folder.write(
        "other.csv",
        "sku,name,producer_code,product_code,price_vnd\nCHA-2000,Chả cá 2 kg,TB01,CHA-2,450000\n",
    );

    let said = folder.ganh(&["import", "other.csv", "--apply", "--at", "1"]);

    said.fails(1, &["revision 2", "made at 1", "plan again"]);
    assert_eq!(folder.json(&["product", "list", "--search", "CHA-2"])["products"], serde_json::json!([]));
}

#[test]
fn i10_a_price_that_lost_a_digit_stops_until_it_is_allowed() {
    let folder = Folder::with_goods();
    folder.write("goods.csv", GOODS.replace("120000", "12000"));

    folder
        .ganh(&["import", "goods.csv", "--apply"])
        .fails(1, &["CHA-500", "120.000 ₫", "12.000 ₫", "--allow-blast"]);
    folder.ganh(&["import", "goods.csv", "--apply", "--allow-blast"]).succeeds();

    let product = folder.json(&["product", "list", "--search", "CHA"]);
    assert_eq!(product["products"][0]["variants"][0]["variant"]["price"], 12_000);
}

#[test]
fn what_is_wrong_is_shown_with_row_column_value_and_mend_in_both_languages() {
    let folder = Folder::new();
    folder.write("producers.csv", PRODUCERS);
    folder.write("goods.csv", "sku,name,producer_code,product_code,price_vnd\nCHA-500,Chả cá,TB01,CHA,12O.OOO\n,Kẹo dồi,DN02,KEO,35000\n");

    let said = folder.ganh(&["import", "goods.csv", "--producers", "producers.csv"]).succeeds();

    assert!(said.out.contains("Thiếu mã SKU") && said.out.contains("no SKU"), "{}", said.out);
    assert!(said.out.contains("price_vnd") && said.out.contains("12O.OOO"), "{}", said.out);
    assert!(said.err.contains("nothing was written"), "{}", said.err);
}

#[test]
fn a_tax_number_is_never_printed() {
    let folder = Folder::new();
    folder.write("producers.csv", "producer_code,name,kind,tax_id\nTB01,HTX Chả cá,cooperative,9900000087\n");

    let plan = folder.ganh(&["import", "producers.csv", "--json", "--apply"]).succeeds();
    let shown = folder.ganh(&["producer", "show", "TB01", "--json"]).succeeds();

    assert!(!plan.out.contains("9900000087") && !shown.out.contains("9900000087"));
    assert!(shown.out.contains("\"has_tax_id\": true"), "{}", shown.out);
}
