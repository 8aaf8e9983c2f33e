use super::*;
use crate::catalogue::{NetQuantity, OcopGroup, Parcel, ProductCode, Storage};
use crate::ids::VariantId;
use crate::listing::page::{PageVariant, ShownCertificate};
use ganh_contract::{
    Attribute, Counted, CreateRules, Lag, LineStage, ParcelRules, StockFigure, StockRules, VariationRules,
};
use std::time::Duration;

fn capability() -> Capability {
    Capability {
        calls: vec![],
        create: Some(CreateRules {
            after_unknown: ganh_contract::AfterUnknown::FindFirst,
            one_at_a_time: false,
            reviewed: false,
            born_hidden: false,
            max_axes: 2,
            max_offers: 50,
            variations: Default::default(),
            parcel: Default::default(),
        }),
        revise: vec![],
        delete: None,
        pictures: PictureRules::Upload {
            max: 2,
            max_bytes: 1_000_000,
            min_px: 100,
            max_px: 5_000,
            formats: vec![],
        },
        text: TextRules { counted: Counted::Chars, title: (10, 40), description: (100, 600), html: false },
        price: ganh_contract::PriceRules {
            min: Vnd(1_000),
            max: Vnd(120_000_000),
            spread_pct: Some(500),
            sale: false,
        },
        stock: StockRules {
            figure: StockFigure::Sellable,
            max_units: 999,
            every_place: false,
            zeroed_by_cancel: false,
            on_off_only: false,
            takes_at: LineStage::Unpaid,
        },
        listings_per_read: 50,
        orders: None,
        returns: false,
        actions: vec![],
        lag: Lag { read: Duration::ZERO, search: Duration::ZERO, cut: Duration::ZERO },
        sources: vec![],
        memo: String::new(),
    }
}

fn category() -> CategoryChoice {
    CategoryChoice { id: "9".into(), attributes: BTreeMap::new(), rules: None, alcohol: Alcohol::Forbidden }
}

fn variant(id: i64, sku: &str, options: &[&str], dong: i64) -> PageVariant {
    PageVariant {
        id: VariantId::new(id),
        sku: Sku::new(sku),
        gtin: None,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        net_quantity: Some(NetQuantity { milli: 400_000, unit: "g".into() }),
        parcel: Some(Parcel { grams: 450, size_mm: Some([200, 100, 50]) }),
        price: Vnd(dong),
        stock: 12,
    }
}

fn page() -> ProductPage {
    ProductPage {
        code: ProductCode::new("TB-BANHCAY"),
        kind: ProductKind::Single,
        name: "Bánh cáy Thiên Đức (OCOP 4 sao)".into(),
        description: "Bánh cáy thái miếng, dẻo thơm vị gừng, đạt OCOP 4 sao.\nHạn sử dụng: 4 tháng.".into(),
        group: Some(OcopGroup::Food),
        axes: vec![],
        producer_name: "Cơ sở Thiên Đức".into(),
        producer_address: Some("xã Nguyên Xá, Thái Bình".into()),
        origin: Some("Thái Bình".into()),
        shelf_life_days: Some(120),
        storage: Storage::Ambient,
        alcohol_tenths: None,
        certificate: None,
        variants: vec![variant(1, "TB-BANHCAY-01", &[], 35_000)],
    }
}

fn one_picture() -> Vec<PictureRef> {
    vec![PictureRef::Remote("p1".into())]
}

fn codes(result: Result<Draft, Vec<Objection>>) -> Vec<String> {
    result.expect_err("it should be refused").into_iter().map(|objection| objection.code).collect()
}

#[test]
fn a_lapsed_certificate_takes_the_stars_out_of_title_and_description() {
    let draft = draft(&page(), &capability(), &category(), one_picture()).expect("it is complete");

    assert_eq!(draft.title, "Bánh cáy Thiên Đức");
    assert!(!draft.description.contains("4 sao"), "{}", draft.description);
}

#[test]
fn a_certificate_in_force_is_shown_with_number_and_end() {
    let certificate = ShownCertificate {
        stars: 4,
        number: Some("12/QĐ".into()),
        valid_to: Some(jiff::civil::date(2027, 5, 9)),
    };
    let page = ProductPage { certificate: Some(certificate), ..page() };

    let draft = draft(&page, &capability(), &category(), one_picture()).expect("it is complete");

    assert!(draft.description.contains("Chứng nhận OCOP: 4 sao, số 12/QĐ, hiệu lực đến 09/05/2027"));
}

#[test]
fn the_label_block_fills_what_the_description_does_not_say() {
    let draft = draft(&page(), &capability(), &category(), one_picture()).expect("it is complete");

    let labels: Vec<&str> =
        draft.description.lines().filter_map(|line| line.split_once(": ").map(|(label, _)| label)).collect();
    assert_eq!(
        labels,
        [
            "Hạn sử dụng",
            "Tên sản phẩm",
            "Đơn vị chịu trách nhiệm",
            "Xuất xứ",
            "Khối lượng/thể tích thực",
            "Bảo quản"
        ]
    );
}

#[test]
fn a_long_description_is_cut_and_its_label_is_not() {
    let page = ProductPage { description: "Bánh cáy dẻo thơm. ".repeat(100), ..page() };

    let draft = draft(&page, &capability(), &category(), one_picture()).expect("it is complete");

    assert!(draft.description.chars().count() <= 600);
    assert!(draft.description.ends_with("Bảo quản: nơi khô ráo, thoáng mát, tránh nắng"));
}

#[test]
fn html_is_counted_with_its_markup() {
    let mut capability = capability();
    capability.text.html = true;
    let page = ProductPage { description: "Bánh & kẹo <3\n".repeat(60), ..page() };

    let draft = draft(&page, &capability, &category(), one_picture()).expect("it is complete");

    assert!(draft.description.chars().count() <= 600);
    assert!(draft.description.starts_with("<p>Bánh &amp; kẹo &lt;3</p>"));
}

#[test]
fn every_objection_is_told_at_once() {
    let page = ProductPage {
        name: "B".into(),
        description: "Đặc trị ho.".into(),
        producer_name: " ".into(),
        producer_address: None,
        origin: None,
        axes: vec!["Vị".into()],
        alcohol_tenths: Some(400),
        variants: vec![
            PageVariant { net_quantity: None, ..variant(1, "A", &["gừng"], 500) },
            variant(2, "B", &["gừng"], 90_000),
        ],
        ..page()
    };
    let wanted = Attribute {
        key: "brand".into(),
        name: "Thương hiệu".into(),
        required: true,
        many: false,
        free: true,
        spans_offers: false,
        options: vec![],
        more_options: false,
    };
    let rules = CategoryRules { attributes: vec![wanted], text: None, price: None, papers: vec![] };

    let refused = draft(&page, &capability(), &CategoryChoice { rules: Some(rules), ..category() }, vec![]);

    assert_eq!(
        codes(refused),
        [
            "title_too_short",
            "alcohol_forbidden",
            "cure_promised",
            "label_incomplete",
            "label_incomplete",
            "label_incomplete",
            "options_unclear",
            "price_out_of_range",
            "price_spread",
            "attribute_missing",
            "no_picture"
        ]
    );
}

#[test]
fn a_single_variant_is_listed_under_its_sku_and_several_under_the_products_code() {
    let several = ProductPage { variants: vec![variant(1, "A", &[], 1), variant(2, "B", &[], 1)], ..page() };

    assert_eq!(
        (listing_code(&page()).as_str(), listing_code(&several).as_str()),
        ("TB-BANHCAY-01", "TB-BANHCAY")
    );
}

#[test]
fn a_basket_may_promise_nothing_of_cures_and_needs_no_label() {
    let basket = ProductPage {
        group: Some(OcopGroup::Handicraft),
        producer_address: None,
        origin: None,
        variants: vec![PageVariant { net_quantity: None, ..variant(1, "GIO", &[], 90_000) }],
        description:
            "Giỏ cói đan tay của làng nghề, quai dài chắc chắn, bền màu, dùng đi chợ hay cắm hoa đều đẹp."
                .into(),
        ..page()
    };

    assert!(draft(&basket, &capability(), &category(), one_picture()).is_ok());
}

#[test]
fn pictures_beyond_the_limit_are_left_out() {
    let pictures = ["a", "b", "c"].map(|id| PictureRef::Remote(id.into())).to_vec();

    let draft = draft(&page(), &capability(), &category(), pictures).expect("it is complete");

    assert_eq!(draft.pictures.len(), 2);
}

fn strict_shape() -> Capability {
    let mut capability = capability();
    if let Some(create) = &mut capability.create {
        create.variations = VariationRules {
            max_axis_chars: Some(14),
            max_option_chars: Some(20),
            every_combination: true,
            born_hidden: false,
        };
        create.parcel = ParcelRules { needs_weight: true, needs_size: false, max_grams: Some(50_000) };
    }
    capability
}

fn objections(page: &ProductPage) -> Vec<(String, String, String, String)> {
    draft(page, &strict_shape(), &category(), one_picture())
        .expect_err("it should be refused")
        .into_iter()
        .map(|objection| (objection.field, objection.code, objection.vi, objection.en))
        .collect()
}

#[test]
fn combinations_that_are_no_sku_yet_are_named_where_the_channel_wants_all() {
    let page = ProductPage {
        axes: vec!["Quy cách".into(), "Loại".into()],
        variants: vec![
            variant(1, "A", &["1,3 kg", "Gà mái"], 90_000),
            variant(2, "B", &["1,6 kg", "Gà thiến"], 90_000),
        ],
        ..page()
    };

    let told = objections(&page);

    assert_eq!((&*told[0].0, &*told[0].1), ("option2_value", "combinations_missing"));
    assert!(told[0].2.contains("còn thiếu 2 (1,3 kg × Gà thiến, 1,6 kg × Gà mái"), "{}", told[0].2);
    assert!(told[0].3.contains("2 are missing (1,3 kg × Gà thiến, 1,6 kg × Gà mái"), "{}", told[0].3);
    assert_eq!(told.len(), 1);
}

// "Vỉ 4 hộp × 100 g" was held back from Lazada, whose titles are counted in bytes.
#[test]
fn options_are_counted_in_characters_though_texts_are_counted_in_bytes() {
    let mut capability = strict_shape();
    capability.text.counted = Counted::Utf8Bytes;
    let page = ProductPage {
        axes: vec!["Trọng lượng".into()],
        variants: vec![
            variant(1, "A", &["Vỉ 4 hộp × 100 g"], 90_000),
            variant(2, "B", &["Vỉ 8 hộp × 100 g"], 90_000),
        ],
        ..page()
    };

    assert!(draft(&page, &capability, &category(), one_picture()).is_ok());
}

#[test]
fn names_of_axes_and_options_that_are_too_long_are_named() {
    let page = ProductPage {
        axes: vec!["Quy cách đóng gói".into()],
        variants: vec![
            variant(1, "A", &["Hộp 25 túi lọc (50 g)"], 90_000),
            variant(2, "B", &["Hộp 25 túi lọc 50 g"], 90_000),
        ],
        ..page()
    };

    let told = objections(&page);

    let fields: Vec<_> = told.iter().map(|(field, code, ..)| (&**field, &**code)).collect();
    assert_eq!(fields, [("option1_name", "axis_too_long"), ("option1_value", "option_too_long")]);
    assert!(
        told[1].2.contains("\"Hộp 25 túi lọc (50 g)\" có 21 ký tự, sàn nhận nhiều nhất 20"),
        "{}",
        told[1].2
    );
}

#[test]
fn a_parcel_without_its_sides_parks_where_the_channel_wants_them() {
    let mut sized = capability();
    if let Some(create) = &mut sized.create {
        create.parcel = ParcelRules { needs_weight: false, needs_size: true, max_grams: None };
    }
    let parcel = Some(Parcel { grams: 450, size_mm: None });
    let flat =
        ProductPage { variants: vec![PageVariant { parcel, ..variant(1, "A", &[], 90_000) }], ..page() };

    let told = draft(&flat, &sized, &category(), one_picture()).expect_err("it should be refused");

    assert_eq!((&*told[0].field, &*told[0].code), ("length_cm", "size_missing"));
    assert!(draft(&page(), &sized, &category(), one_picture()).is_ok());
}

#[test]
fn a_parcel_without_weight_or_too_heavy_for_the_carriers_parks() {
    let parcel = |grams| Some(Parcel { grams, size_mm: None });
    let with = |parcel| ProductPage {
        variants: vec![PageVariant { parcel, ..variant(1, "A", &[], 90_000) }],
        ..page()
    };

    let told = [with(None), with(parcel(0)), with(parcel(62_500))].map(|page| objections(&page)[0].clone());

    assert_eq!(told.clone().map(|told| told.1), ["weight_missing", "weight_missing", "too_heavy"]);
    assert!(told[2].2.contains("62,5 kg") && told[2].3.contains("at most 50 kg"), "{:?}", told[2]);
}
