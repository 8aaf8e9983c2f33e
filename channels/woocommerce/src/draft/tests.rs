use super::*;
use crate::testing::{draft, offer};

fn complaints(draft: &Draft) -> Vec<String> {
    match *check("create", draft).unwrap_err().kind {
        FaultKind::Refused(complaints) => {
            complaints.into_iter().filter_map(|complaint| complaint.field).collect()
        }
        _ => panic!("refused"),
    }
}

#[test]
fn one_offer_carries_its_own_sku_and_several_leave_the_code_to_the_product() {
    let simple = draft("BANH", &[], vec![offer("BANH-01", &[], 38_000, 5)]);
    let variable = draft("BANH", &["Quy cách"], vec![offer("BANH-01", &["Hộp 250 g"], 38_000, 5)]);

    assert_eq!(product_sku(&simple), "BANH-01");
    assert_eq!(product_sku(&variable), "BANH");
}

#[test]
fn a_code_that_is_also_a_variations_sku_moves_out_of_its_way() {
    let variable = draft("banh-01", &["Cỡ"], vec![offer("BANH-01", &["Nhỏ"], 38_000, 5)]);

    assert_eq!(product_sku(&variable), "banh-01.p");
}

#[test]
fn what_a_shop_would_accept_in_silence_is_refused_with_every_complaint() {
    let wrong = draft(
        "BANH",
        &["Cỡ"],
        vec![
            offer("ÁO 1", &["Nhỏ"], 38_000, 5),
            offer("A-2", &["NHO"], 0, 5),
            offer("a-2", &["Lớn", "Đỏ"], 38_000, 5),
        ],
    );

    assert_eq!(complaints(&wrong), ["sku", "structure", "price", "sku", "structure"]);
}

#[test]
fn the_trees_of_a_variable_product_list_every_option_once() {
    let mut variable = draft(
        "BANH",
        &["Cỡ"],
        vec![
            offer("A-1", &["Nhỏ"], 1000, 1),
            offer("A-2", &["Lớn"], 1000, 1),
            offer("A-3", &["Nhỏ"], 1000, 1),
        ],
    );
    variable.attributes.insert("Hạn sử dụng".to_owned(), vec!["4 tháng".to_owned()]);

    assert_eq!(
        attributes(&variable, &[("Cỡ".to_owned(), "Vừa".to_owned())]),
        json!([
            { "name": "Cỡ", "position": 0, "visible": true, "variation": true, "options": ["Nhỏ", "Lớn", "Vừa"] },
            { "name": "Hạn sử dụng", "position": 1, "visible": true, "variation": false, "options": ["4 tháng"] },
        ])
    );
}

#[test]
fn a_new_product_is_marked_and_whole_with_its_pictures() {
    let mut simple = draft("BANH", &[], vec![offer("BANH-01", &[], 38_000, 5)]);
    simple.pictures = vec![PictureRef::Remote("8".into())];
    let memo = Memo { version: (11, 0), ..Memo::default() };

    let body = new_product(&simple, 15, &memo, Born::OnSale).unwrap();
    let hidden = new_product(&simple, 15, &memo, Born::Hidden).unwrap();

    assert_eq!((&body["status"], &hidden["status"]), (&json!("publish"), &json!("draft")));
    assert_eq!(body["type"], "simple");
    assert_eq!(body["sku"], "BANH-01");
    assert_eq!(body["regular_price"], "38000");
    assert_eq!(body["stock_quantity"], 5);
    assert_eq!(body["weight"], "0.31");
    assert_eq!(body["dimensions"]["height"], "5.5");
    let built = json!({ "key": "_ganh_built", "value": "1" });
    assert_eq!(body["meta_data"], json!([{ "key": "_ganh_id", "value": "BANH" }, built]));
    assert_eq!(body["images"], json!([{ "id": 8 }]));
}

#[test]
fn a_barcode_goes_where_the_version_has_a_place_for_it() {
    let mut simple = draft("BANH", &[], vec![offer("BANH-01", &[], 38_000, 5)]);
    simple.gtin = Some("2910100101003".to_owned());

    let new = Memo { version: (9, 2), ..Memo::default() };
    let new = new_product(&simple, 15, &new, Born::OnSale).unwrap();
    let old = Memo { version: (7, 9), ..Memo::default() };
    let old = new_product(&simple, 15, &old, Born::Hidden).unwrap();

    assert_eq!(new["global_unique_id"], "2910100101003");
    assert_eq!(old.get("global_unique_id"), None);
    assert_eq!(old["meta_data"][2], json!({ "key": "_ganh_gtin", "value": "2910100101003" }));
}

#[test]
fn a_picture_is_sent_by_address_once_and_by_id_ever_after() {
    let mut simple = draft("BANH", &[], vec![offer("BANH-01", &[], 38_000, 5)]);
    simple.pictures =
        vec![PictureRef::Link("https://anh.vn/banh-cay.jpg".to_owned()), PictureRef::Remote("8".into())];

    let first = images("create", &simple, &[]).unwrap();
    let held = [Image { id: 77, name: first[0]["name"].as_str().unwrap().to_owned() }];
    let again = images("revise", &simple, &held).unwrap();

    assert_eq!(first[0]["src"], "https://anh.vn/banh-cay.jpg");
    assert_eq!(again, json!([{ "id": 77 }, { "id": 8 }]));
}

#[test]
fn weights_are_written_and_read_without_floats() {
    assert_eq!(kilograms(1250), "1.25");
    assert_eq!(kilograms(1000), "1");
    assert_eq!(kilograms(5), "0.005");
    assert_eq!(grams("1.25"), 1250);
    assert_eq!(grams("0.005"), 5);
    assert_eq!(grams(""), 0);
}
