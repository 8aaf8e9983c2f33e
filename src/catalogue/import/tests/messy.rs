use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// (column, code, action) of one line, and what becomes of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    result: String,
    found: BTreeSet<(String, String, String)>,
}

/// The right answers by line; a line that is merely accepted has nothing found.
fn expected() -> BTreeMap<u32, Answer> {
    let bytes = bytes("tests/data/ocop-catalogue-messy-expected.csv");
    let mut answers: BTreeMap<u32, Answer> = BTreeMap::new();
    for record in csv::Reader::from_reader(&bytes[..]).records() {
        let record = record.expect("a record");
        let answer = answers.entry(record[0].parse().expect("a line number")).or_default();
        answer.result = record[6].to_owned();
        if &record[3] != "accept" {
            answer.found.insert((record[1].to_owned(), record[2].to_owned(), record[3].to_owned()));
        }
    }
    answers
}

fn answer(row: &RowPlan) -> Answer {
    let result = match (row.result, row.is_warned) {
        (RowResult::Rejected, _) => "reject",
        (RowResult::Skipped, _) => "skip",
        (RowResult::New | RowResult::Changed | RowResult::Same, true) => "import_with_warnings",
        (RowResult::New | RowResult::Changed | RowResult::Same, false) => "import",
    };
    let found = row.problems.iter().map(|problem| {
        (problem.column.clone(), problem.code.slug().to_owned(), problem.action.slug().to_owned())
    });
    Answer { result: result.to_owned(), found: found.collect() }
}

fn answers(file: &str) -> Vec<(String, u32, Answer)> {
    let plan = plan(&sheets(&[file]), &Existing::default(), Some(&given_the_pictures()), TODAY);
    plan.rows.iter().map(|row| (row.key.clone(), row.row, answer(row))).collect()
}

#[test]
fn every_line_of_the_broken_file_gets_its_right_answer() {
    let found: BTreeMap<u32, Answer> = answers("tests/data/ocop-catalogue-messy.csv")
        .into_iter()
        .map(|(_, row, answer)| (row, answer))
        .collect();

    assert_eq!(found, expected());
}

/// The variants hold some of the same lines, told apart by their SKU; line 1 of the big file is `MS-001`, and so on.
fn assert_variant_agrees(file: &str, lines: usize) {
    let expected = expected();
    let answers = answers(file);
    assert_eq!(answers.len(), lines);
    for (sku, _, found) in answers {
        let number = sku.trim_start_matches("MS-").parse().expect("a SKU of the broken file");
        assert_eq!(&found, &expected[&number], "{sku} in {file}");
    }
}

#[test]
fn semicolons_behind_a_sep_line_change_nothing() {
    assert_variant_agrees("tests/data/ocop-catalogue-messy-semicolon.csv", 12);

    let sheet = &sheets(&["tests/data/ocop-catalogue-messy-semicolon.csv"])[0];
    let detected = &sheet.detected;
    assert_eq!((detected.has_bom, detected.has_sep_line, detected.delimiter), (true, true, Some(';')));
}

#[test]
fn windows_1258_is_known_by_its_bytes_and_composed() {
    assert_variant_agrees("tests/data/ocop-catalogue-messy-cp1258.csv", 7);

    let sheet = &sheets(&["tests/data/ocop-catalogue-messy-cp1258.csv"])[0];
    assert_eq!(sheet.detected.encoding.as_deref(), Some("windows-1258"));
}

#[test]
fn unicode_text_of_excel_is_known_by_its_mark() {
    assert_variant_agrees("tests/data/ocop-catalogue-messy-utf16.txt", 5);

    let detected = &sheets(&["tests/data/ocop-catalogue-messy-utf16.txt"])[0].detected;
    assert_eq!((detected.encoding.as_deref(), detected.delimiter), (Some("UTF-16LE"), Some('\t')));
}

/// The broken file in another code page, with other marks between cells.
fn rewritten(encode: impl Fn(&str) -> Vec<u8>) -> Vec<Answer> {
    let text = String::from_utf8(bytes("tests/data/ocop-catalogue-messy.csv")).expect("UTF-8");
    let sheets = sheet::read("x", &encode(text.trim_start_matches('\u{feff}')), &ReadOptions::default())
        .expect("a sheet");
    plan(&sheets, &Existing::default(), Some(&given_the_pictures()), TODAY).rows.iter().map(answer).collect()
}

fn right_answers() -> Vec<Answer> {
    expected().into_values().collect()
}

#[test]
fn utf_16_without_a_mark_is_known_by_its_zeros() {
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect();

    assert_eq!(rewritten(little), right_answers());
    assert_eq!(rewritten(big), right_answers());
}

#[test]
fn line_ends_of_unix_and_old_macs_change_nothing() {
    assert_eq!(rewritten(|text| text.replace("\r\n", "\n").into_bytes()), right_answers());
    assert_eq!(rewritten(|text| text.replace("\r\n", "\r").into_bytes()), right_answers());
}

#[test]
fn a_file_in_an_old_font_says_so() {
    let error = sheet::read("x", "M· s¶n phÈm,Tªn s¶n phÈm\nA,B\n".as_bytes(), &ReadOptions::default());

    assert!(error.is_err_and(|error| error.to_string().ends_with("is it \"Mã sản phẩm | Tên sản phẩm\"?)")));
}

#[test]
fn what_is_understood_and_what_is_proposed_stand_in_the_report() {
    let bytes = bytes("tests/data/ocop-catalogue-messy-expected.csv");
    let plan = plan(
        &sheets(&["tests/data/ocop-catalogue-messy.csv"]),
        &Existing::default(),
        Some(&given_the_pictures()),
        TODAY,
    );
    let mut different = Vec::new();
    for record in csv::Reader::from_reader(&bytes[..]).records() {
        let record = record.expect("a record");
        let row = plan.rows.iter().find(|row| row.row.to_string() == record[0]).expect("the line");
        let Some(problem) = row.problems.iter().find(|problem| problem.code.slug() == &record[2]) else {
            continue;
        };
        let is_shown = matches!(&record[3], "normalise" | "warn") && !record[5].is_empty();
        if is_shown && problem.normalised.as_deref() != Some(&record[5]) {
            different.push((record[2].to_owned(), problem.normalised.clone(), record[5].to_owned()));
        }
    }

    // A damaged picture is left out, so nothing is proposed in its place.
    assert_eq!(different, [("image_corrupt".to_owned(), None, "hong.jpg".to_owned())]);
}
