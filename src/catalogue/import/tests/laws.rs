use super::*;
use proptest::prelude::*;

fn catalogue_of(text: &str) -> Vec<Sheet> {
    sheet::read("a.csv", text.as_bytes(), &ReadOptions::default()).expect("a sheet")
}

const ONE: &str = "Mã SKU,Tên sản phẩm,Chủ thể,Loại hình,Khối lượng (g),Giá bán (đ),Tồn kho,Mô tả,Ảnh,Hạng sao,Ngày công nhận,Hạn chứng nhận\n\
    A-1,Bánh cáy,HTX Đông Xuyên,HTX,310,38000,100,Ngon,a.jpg,4,10/12/2024,10/12/2027\n";

fn given_one_variant() -> Existing {
    imported(&catalogue_of(ONE))
}

#[test]
fn planning_an_applied_plan_again_gives_nothing() {
    let sheets = given_the_csv_files();

    let again = plan(&sheets, &imported(&sheets), None, TODAY);

    assert!(again.effects.is_empty());
    assert_eq!((again.totals.new, again.totals.changed), (0, 0));
}

#[test]
fn an_applied_broken_file_gives_nothing_when_planned_again() {
    let sheets = sheets(&["tests/data/ocop-catalogue-messy.csv"]);

    let again = plan(&sheets, &imported(&sheets), None, TODAY);

    assert_eq!(again.effects, Effects::default());
}

#[test]
fn i10_an_empty_cell_erases_nothing() {
    let world = given_one_variant();
    let blanks = ONE.lines().next().expect("the header").to_owned() + "\nA-1,,,,,,,,,,,\n";

    let plan = plan(&catalogue_of(&blanks), &world, None, TODAY);

    assert_eq!(plan.rows[0].problems, []);
    assert_eq!(plan.effects, Effects::default());
}

#[test]
fn i10_a_missing_column_and_a_missing_line_erase_nothing() {
    let plan = plan(&catalogue_of("sku,name,price\nA-1,Bánh cáy,39000\n"), &given_one_variant(), None, TODAY);

    let fields: Vec<_> =
        plan.rows[0].changes.iter().map(|change| (change.field.as_str(), change.new.as_str())).collect();
    assert_eq!(fields, [("price", "39.000 ₫")]);
    assert_eq!(plan.effects.variants.len(), 1);
}

#[test]
fn a_refused_field_keeps_what_the_store_has() {
    let world = imported(&catalogue_of(
        "sku,name,producer_name,price,gtin,stock\nA-1,Bánh,HTX A,38000,2999000000012,5\n",
    ));

    let plan = plan(&catalogue_of("sku,name,price,gtin\nA-1,Bánh,38000,8.93E+12\n"), &world, None, TODAY);

    assert_eq!(plan.rows[0].result, RowResult::Same);
    assert!(plan.rows[0].is_warned && plan.effects.is_empty());
}

#[test]
fn a_changed_stock_figure_tells_the_one_before() {
    let plan = plan(&catalogue_of("sku,name,stock\nA-1,Bánh cáy,130\n"), &given_one_variant(), None, TODAY);

    assert_eq!(plan.effects.stock, [StockFigure { sku: Sku::new("A-1"), units: 130, previous: Some(100) }]);
}

#[test]
fn a_renewed_certificate_stands_beside_the_old_one() {
    let renewed = "sku,name,stars,certified_on,certificate_valid_to\nA-1,Bánh cáy,5,10/12/2027,10/12/2030\n";

    let plan = plan(&catalogue_of(renewed), &given_one_variant(), None, TODAY);

    let world = apply(&given_one_variant(), &plan.effects);
    assert_eq!(world.certificates.iter().map(|one| one.stars.get()).collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn lines_of_one_name_with_options_make_one_product() {
    let world = imported(&catalogue_of(
        "Mã SKU,Tên sản phẩm,Chủ thể,Phân loại 1,Giá bán\nA-1,Bánh,HTX A,Hộp 250 g,38000\nA-2,Bánh,HTX A,Hộp 400 g,58000\n",
    ));

    assert_eq!(world.products.len(), 1);
    assert_eq!(
        world.variants.iter().map(|variant| variant.options.join("")).collect::<Vec<_>>(),
        ["Hộp 250 g", "Hộp 400 g"]
    );
}

#[test]
fn two_skus_with_one_option_are_refused() {
    let text = "product_code,sku,name,producer_name,option1_value,price\nP,A-1,Bánh,HTX A,To,38000\nP,A-2,Bánh,HTX A,To,58000\n";

    let plan = plan(&catalogue_of(text), &Existing::default(), None, TODAY);

    assert_eq!(plan.rows[1].problems[0].code, Code::OptionDuplicate);
}

#[test]
fn i13_a_tax_number_is_masked_in_the_report() {
    let text = "producer_code,name,kind,tax_id\nH1,Hộ A,household,001080000012\nH2,Hộ B,household,00108\n";
    let sheets = sheet::read("p.csv", text.as_bytes(), &ReadOptions::default()).expect("a sheet");

    let plan = plan(&sheets, &Existing::default(), None, TODAY);

    let report = serde_json::to_string(&plan.rows).expect("a report");
    assert!(!report.contains("001080000012") && !report.contains("00108"));
}

#[test]
fn errors_name_the_file_and_the_mend() {
    let message = |bytes: &[u8]| {
        sheet::read("x", bytes, &ReadOptions::default()).map(|_| ()).map_err(|error| error.to_string())
    };

    let messages = [
        message(b""),
        message(b"%PDF-1.7"),
        message(b"PK\x03\x04 cut"),
        message(b"a,b\n1,2\n"),
        message(b"sku,name\n\"A"),
    ];

    assert_eq!(
        messages.map(|message| message.expect_err("an error")),
        [
            "x: the file is empty",
            "x: this is a PDF; save it as .xlsx or .csv (UTF-8) and import again",
            "x: the workbook cannot be read (it is not a whole zip file); open it in a spreadsheet program, save it as .xlsx and import again",
            "x: no header row found; a catalogue needs the column \"Mã SKU\" (sku) and \"Tên sản phẩm\" (name); seen: a | b",
            "x: row 2 opens a quote that is never closed; close it or double it",
        ]
    );
}

/// The example workbook, its largest member claiming to unpack to so many bytes.
fn given_a_workbook_that_claims(size: u32) -> Vec<u8> {
    let mut bytes = bytes("examples/ocop-catalogue.xlsx");
    let entries = (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(b"PK\x01\x02"));
    let size_of = |at: &usize| u32::from_le_bytes(bytes[at + 24..at + 28].try_into().expect("four bytes"));
    let largest = entries.max_by_key(size_of).expect("a member");
    bytes[largest + 24..largest + 28].copy_from_slice(&size.to_le_bytes());
    bytes
}

#[test]
fn a_workbook_that_unpacks_to_gigabytes_is_refused_unopened() {
    let error = sheet::read("x.xlsx", &given_a_workbook_that_claims(1 << 30), &ReadOptions::default());

    assert!(
        error.is_err_and(|error| error.to_string().starts_with("x.xlsx: the unpacked size in bytes is 1"))
    );
}

#[test]
fn a_workbook_that_claims_less_than_it_holds_is_damaged() {
    let error = sheet::read("x.xlsx", &given_a_workbook_that_claims(100), &ReadOptions::default());

    assert!(error.is_err_and(|error| error.to_string().starts_with("x.xlsx: the workbook cannot be read")));
}

#[test]
fn a_wrong_delimiter_by_hand_is_an_error_that_shows_what_was_seen() {
    let options = ReadOptions { delimiter: Some(';'), ..ReadOptions::default() };

    let error =
        sheet::read("a.csv", b"sku,name\nA,B\n", &options).map(|_| ()).map_err(|error| error.to_string());

    assert!(error.is_err_and(|error| error.ends_with("seen: sku,name")));
}

#[test]
fn producers_whose_names_differ_by_a_tone_are_two() {
    let text = "sku,name,producer_name,price\nA,Bánh,HTX Thiên Đức,38000\nB,Kẹo,HTX Thiện Đức,38000\n";

    let world = imported(&catalogue_of(text));

    let codes: Vec<_> = world.producers.iter().map(|producer| producer.code.as_str()).collect();
    assert_eq!(codes, ["htx-thien-duc", "htx-thien-duc-2"]);
}

prop_compose! {
    /// A line of few words, so that lines meet in every way: same SKU, product, barcode, options, certificate.
    fn any_line()(
        product in prop_oneof!["P", "Q", ""], sku in "[AB]-[1-3]", gtin in prop_oneof!["2999000000012", "2999000000029", ""],
        name in prop_oneof!["Bánh", "Kẹo", ""], producer in prop_oneof!["HTX A", "Công ty B", ""],
        option in prop_oneof!["To", "Nhỏ", ""], price in prop_oneof!["38000", "35k", ""], stock in prop_oneof!["5", "7", ""],
        weight in prop_oneof!["310", "0,5 kg", ""], number in prop_oneof!["1", "2", ""], stars in prop_oneof!["3", "4", ""],
        on in prop_oneof!["10/12/2024", "11/12/2025", ""], text in prop_oneof!["Ngon", "Rất ngon", ""],
        province in prop_oneof!["Thái Bình", "Hưng Yên", ""],
    ) -> String {
        [product, sku, gtin, name, producer, option, price, stock, weight, number, stars, on, text, province]
            .map(|cell| format!("\"{cell}\"")).join(",")
    }
}

/// The sheets without the lines that a plan refused: what it takes may free what another wanted, a barcode say.
fn only_taken(mut sheets: Vec<Sheet>, plan: &ImportPlan) -> Vec<Sheet> {
    let taken =
        |row: &Row| plan.rows.iter().any(|one| one.row == row.row && one.result != RowResult::Rejected);
    sheets.iter_mut().for_each(|sheet| sheet.rows.retain(taken));
    sheets
}

const FEW_COLUMNS: &str = "product_code,sku,gtin,name,producer_name,option1_value,price,stock,weight_g,certificate_no,stars,certified_on,description,province\n";

proptest! {
    #[test]
    fn the_taken_lines_of_any_plan_give_nothing_the_second_time(
        first in proptest::collection::vec(any_line(), 0..6),
        second in proptest::collection::vec(any_line(), 1..8),
    ) {
        let world = imported(&catalogue_of(&(FEW_COLUMNS.to_owned() + &first.join("\n"))));
        let sheets = catalogue_of(&(FEW_COLUMNS.to_owned() + &second.join("\n")));

        let once = plan(&sheets, &world, None, TODAY);
        let taken = only_taken(sheets, &once);
        let again = plan(&taken, &apply(&world, &once.effects), None, TODAY);

        prop_assert_eq!(&again.effects, &Effects::default());
        prop_assert_eq!((again.totals.new, again.totals.changed, again.totals.rejected), (0, 0, 0));
    }

    #[test]
    fn no_text_makes_the_import_panic(text in "(?s).{0,400}") {
        let text = format!("sku;name;price;gtin;stock;stars;province;certificate_valid_to;weight_g;size_cm;description;kind\n{text}");
        if let Ok(sheets) = sheet::read("x.csv", text.as_bytes(), &ReadOptions::default()) {
            plan(&sheets, &Existing::default(), None, TODAY);
        }
    }

    #[test]
    fn no_cell_makes_the_import_panic(cells in proptest::collection::vec("[0-9.,đkKtrTR xX×eE+\\-/★ngml\u{a0}'<>b=\"]{0,12}", 11)) {
        let line = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
        let text = format!("sku,name,price,gtin,stock,stars,province,certificate_valid_to,weight_g,size_cm,description\n{line}\n");
        let sheets = sheet::read("x.csv", text.as_bytes(), &ReadOptions::default()).expect("a sheet");
        plan(&sheets, &Existing::default(), None, TODAY);
    }
}

proptest! {
    // Each case unpacks half a megabyte twice.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_broken_workbook_is_an_error_or_a_sheet(at in 0usize..69_751, byte in any::<u8>(), length in 0usize..69_751) {
        let mut bytes = bytes("examples/ocop-catalogue.xlsx");
        let last = bytes.len() - 1;
        bytes[at.min(last)] = byte;
        let _ = sheet::read("x.xlsx", &bytes, &ReadOptions::default());
        bytes.truncate(length);
        let _ = sheet::read("x.xlsx", &bytes, &ReadOptions::default());
    }
}
