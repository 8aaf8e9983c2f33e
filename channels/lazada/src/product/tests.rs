use super::*;
use ganh_contract::{PictureRef, Price, RemoteCategoryId, RemotePictureId, Sku, Vnd};
use std::collections::BTreeMap;

fn offer(sku: &str, option: &str) -> DraftOffer {
    DraftOffer {
        sku: Sku::new(sku),
        options: vec![option.to_owned()],
        price: Price::plain(Vnd(98_000)),
        stock: Units::only(120),
        gtin: None,
        grams: None,
    }
}

fn draft() -> Draft {
    Draft {
        code: Sku::new("NM-PQ"),
        title: "Nước mắm Phú Quốc 40 độ đạm".into(),
        description: "<p>Nước mắm & nhĩ</p>".into(),
        category: RemoteCategoryId::new("9101"),
        attributes: BTreeMap::from([
            ("brand".to_owned(), vec!["60001|No Brand".to_owned()]),
            ("volume".to_owned(), vec!["500 ml".to_owned()]),
            ("sku/package_content".to_owned(), vec!["1 chai".to_owned()]),
        ]),
        pictures: vec![PictureRef::Remote(RemotePictureId::new("https://vn-live-01.slatic.net/p/a1.jpg"))],
        axes: vec!["Dung tích".to_owned()],
        offers: vec![offer("NM-PQ-500", "500ml"), offer("NM-PQ-1L", "1L")],
        grams: 750,
        size_mm: Some([100, 100, 260]),
        gtin: None,
    }
}

#[test]
fn a_new_product_has_lists_as_lists_and_all_values_of_a_sku_as_text() {
    let product = new_product(&draft(), &["https://vn-live-01.slatic.net/p/a1.jpg".to_owned()]);

    let expected = json!({ "Request": { "Product": {
        "PrimaryCategory": "9101",
        "Images": { "Image": ["https://vn-live-01.slatic.net/p/a1.jpg"] },
        "variation": { "variation1": { "name": "Dung tích", "hasImage": "false", "customize": "true",
            "options": { "option": ["500ml", "1L"] } } },
        "Attributes": { "name": "Nước mắm Phú Quốc 40 độ đạm", "description": "<p>Nước mắm & nhĩ</p>",
            "brand_id": "60001", "brand": "No Brand", "model": "NM-PQ", "volume": "500 ml" },
        "Skus": { "Sku": [
            { "SellerSku": "NM-PQ-500", "quantity": "120", "price": "98000", "package_weight": "0.75", "package_length": "10",
              "package_width": "10", "package_height": "26", "package_content": "1 chai", "saleProp": { "Dung tích": "500ml" } },
            { "SellerSku": "NM-PQ-1L", "quantity": "120", "price": "98000", "package_weight": "0.75", "package_length": "10",
              "package_width": "10", "package_height": "26", "package_content": "1 chai", "saleProp": { "Dung tích": "1L" } },
        ] },
    } } });
    assert_eq!(product, expected);
}

#[test]
fn a_change_says_only_its_sections_and_always_the_key_of_attributes() {
    let changed = |sections: &[Section]| {
        changed_product("31", &draft(), &[], sections, Vec::new())["Request"]["Product"].clone()
    };

    assert_eq!(changed(&[Section::Title])["Attributes"], json!({ "name": "Nước mắm Phú Quốc 40 độ đạm" }));
    assert_eq!(changed(&[Section::Parcel])["Attributes"], json!({}));
    assert!(changed(&[Section::Parcel]).get("Images").is_none());
    assert!(changed(&[Section::Structure]).get("variation").is_some());
}

#[test]
fn what_cannot_be_sent_is_said_at_once_in_both_languages() {
    let mut wrong = draft();
    wrong.size_mm = None;
    wrong.pictures.clear();
    wrong.offers[0].options = vec!["Chai thủy tinh năm trăm mi-li-lít".into()];

    let fault = check(&Facts::built_in(), &wrong).expect_err("three complaints");

    let FaultKind::Refused(complaints) = *fault.kind else { panic!("refused") };
    let fields: Vec<&str> = complaints.iter().filter_map(|one| one.field.as_deref()).collect();
    assert_eq!(fields, ["pictures", "parcel", "options"]);
    assert!(
        complaints[1].said.contains("dài, rộng, cao")
            && complaints[1].said.contains("length") | complaints[1].said.contains("Length")
    );
    assert!(check(&Facts::built_in(), &draft()).is_ok());
}

#[test]
fn units_elsewhere_than_at_home_ask_for_a_step_of_their_own() {
    let mut several = draft();
    let at = |home: u32, away: u32| {
        Units(BTreeMap::from([(RemotePlaceId::new(HOME), home), (RemotePlaceId::new("VN1-WH"), away)]))
    };
    several.offers[0].stock = at(7, 0);
    assert!(!has_other_places(&several));

    several.offers[1].stock = at(7, 3);

    assert!(has_other_places(&several));
    assert_eq!(new_product(&several, &[])["Request"]["Product"]["Skus"]["Sku"][1]["quantity"], json!("7"));
}

#[test]
fn a_mended_page_is_known_by_its_digest_and_figures_do_not_count() {
    let mut figures = draft();
    figures.offers[0].stock = Units::only(3);
    let mut title = draft();
    title.title.push('!');

    assert_eq!(digest(&draft()), digest(&figures));
    assert_ne!(digest(&draft()), digest(&title));
}
