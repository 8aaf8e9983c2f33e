//! Column titles, in English as our own files write them and in Vietnamese as producers do, matched without accents, case or marks.

use crate::catalogue::import::SheetKind;
use crate::catalogue::sheet::{GridRow, is_blank};
use crate::catalogue::text::{collapse_blanks, is_invisible, slug, tidy};
use std::collections::BTreeMap;

/// How many lines may stand above the header.
const SEARCHED_LINES: usize = 30;

macro_rules! columns {
    ($($name:ident $slug:literal),+ $(,)?) => {
        /// A column that we know.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $(#[doc = concat!("`", $slug, "`")] $name),+ }

        impl Column {
            /// Our own title of it.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }
        }
    };
}

columns! {
    ProductCode "product_code", Sku "sku", Gtin "gtin", Kind "kind", ProducerCode "producer_code",
    ProducerName "producer_name", ProducerKind "producer_kind", Province "province", ProvinceOld "province_old",
    ProvinceNew "province_new", ProvinceCodeOld "province_code_old", ProvinceCodeNew "province_code_new",
    CommuneCodeNew "commune_code_new", CommuneNew "commune_new", AddressOld "address_old", TaxId "tax_id",
    Name "name", Option1Name "option1_name", Option1 "option1_value", Option2Name "option2_name", Option2 "option2_value",
    Group "ocop_group", Subgroup "ocop_subgroup", Stars "stars", CertificateNo "certificate_no",
    CertifiedOn "certified_on", ValidTo "certificate_valid_to", NetQuantity "net_quantity", NetUnit "net_unit",
    Weight "weight_g", Size "size_cm", Length "length_cm", Width "width_cm", Height "height_cm", Price "price_vnd",
    Vat "vat_category", Stock "stock", ShelfLife "shelf_life_days", Storage "storage", Season "season_months",
    Alcohol "alcohol_abv", Description "description", Images "images", TraceUrl "trace_url",
    BundleSku "bundle_sku", ComponentSku "component_sku", Quantity "quantity", Ignored "(ignored)",
}

/// Titles of a catalogue, as slugs.
const CATALOGUE: &[(Column, &[&str])] = &[
    (Column::ProductCode, &["product-code", "ma-san-pham"]),
    (Column::Sku, &["sku", "ma-sku", "ma-hang", "ma-hang-hoa"]),
    (Column::Gtin, &["gtin", "ma-vach", "ma-vach-gtin", "barcode", "ean"]),
    (Column::Kind, &["kind", "loai-san-pham"]),
    (Column::ProducerCode, &["producer-code", "ma-chu-the"]),
    (Column::ProducerName, &["producer-name", "chu-the", "chu-the-ocop", "ten-chu-the", "producer"]),
    (Column::ProducerKind, &["producer-kind", "loai-hinh", "loai-hinh-chu-the"]),
    (Column::Province, &["province", "tinh", "tinh-thanh", "tinh-thanh-pho"]),
    (Column::ProvinceOld, &["province-old", "tinh-cu"]),
    (Column::ProvinceNew, &["province-new", "tinh-moi"]),
    (Column::ProvinceCodeNew, &["province-code-new", "ma-tinh", "ma-tinh-moi"]),
    (Column::CommuneCodeNew, &["commune-code-new", "ma-xa", "ma-xa-moi"]),
    (Column::Name, &["name", "ten-san-pham", "ten-hang", "san-pham"]),
    (Column::Option1Name, &["option1-name", "ten-phan-loai-1"]),
    (Column::Option1, &["option1-value", "phan-loai-1", "phan-loai"]),
    (Column::Option2Name, &["option2-name", "ten-phan-loai-2"]),
    (Column::Option2, &["option2-value", "phan-loai-2"]),
    (Column::Group, &["ocop-group", "nhom-ocop", "nhom-san-pham", "nhom"]),
    (Column::Subgroup, &["ocop-subgroup", "phan-nhom"]),
    (Column::Stars, &["stars", "hang-sao", "so-sao", "sao"]),
    (Column::CertificateNo, &["certificate-no", "so-chung-nhan", "so-giay-chung-nhan", "so-quyet-dinh"]),
    (Column::CertifiedOn, &["certified-on", "ngay-cong-nhan", "ngay-quyet-dinh"]),
    (
        Column::ValidTo,
        &["certificate-valid-to", "han-chung-nhan", "het-han-cong-nhan", "ngay-het-han-chung-nhan"],
    ),
    (Column::NetQuantity, &["net-quantity", "khoi-luong-tinh", "luong-tinh"]),
    (Column::NetUnit, &["net-unit", "dvt", "don-vi-tinh", "don-vi"]),
    (
        Column::Weight,
        &[
            "weight-g",
            "khoi-luong-g",
            "khoi-luong-goi-g",
            "khoi-luong-goi",
            "khoi-luong",
            "can-nang-g",
            "can-nang",
        ],
    ),
    (Column::Size, &["size-cm", "d-x-r-x-c-cm", "d-x-r-x-c", "dxrxc-cm", "kich-thuoc-cm", "kich-thuoc"]),
    (Column::Length, &["length-cm", "dai-cm"]),
    (Column::Width, &["width-cm", "rong-cm"]),
    (Column::Height, &["height-cm", "cao-cm"]),
    (Column::Price, &["price-vnd", "price", "gia-ban-d", "gia-ban", "gia-ban-vnd", "gia", "don-gia"]),
    (Column::Vat, &["vat-category", "thue-gtgt", "vat"]),
    (Column::Stock, &["stock", "ton-kho", "ton", "so-luong-ton"]),
    (Column::ShelfLife, &["shelf-life-days", "hsd-ngay", "han-su-dung-ngay"]),
    (Column::Storage, &["storage", "bao-quan"]),
    (Column::Season, &["season-months", "thang-vu", "mua-vu"]),
    (Column::Alcohol, &["alcohol-abv", "do-con", "do-con-abv"]),
    (Column::Description, &["description", "mo-ta"]),
    (Column::Images, &["images", "anh", "hinh-anh"]),
    (Column::TraceUrl, &["trace-url", "link-truy-xuat", "ma-truy-xuat"]),
    (Column::Ignored, &["stt", "gia-tri-ton-d", "gia-tri-ton"]),
];

/// Titles of a list of producers.
const PRODUCERS: &[(Column, &[&str])] = &[
    (Column::ProducerCode, &["producer-code", "ma", "ma-chu-the"]),
    (Column::ProducerName, &["name", "ten", "ten-chu-the", "chu-the"]),
    (Column::ProducerKind, &["kind", "loai-hinh"]),
    (Column::Province, &["province", "tinh"]),
    (Column::ProvinceCodeOld, &["province-code-old"]),
    (Column::ProvinceOld, &["province-old", "tinh-cu"]),
    (Column::ProvinceCodeNew, &["province-code-new"]),
    (Column::ProvinceNew, &["province-new", "tinh-moi"]),
    (Column::CommuneCodeNew, &["commune-code-new"]),
    (Column::CommuneNew, &["commune-new", "xa-phuong-moi", "xa-phuong"]),
    (Column::AddressOld, &["address-old", "dia-chi-cu", "dia-chi"]),
    (Column::TaxId, &["tax-id", "tax-id-synthetic", "ma-so-thue", "ma-so-thue-gia", "mst"]),
    (Column::Ignored, &["name-source", "stt"]),
];

/// Titles of a list of sets.
const BUNDLES: &[(Column, &[&str])] = &[
    (Column::BundleSku, &["bundle-sku", "ma-bo-qua"]),
    (Column::ComponentSku, &["component-sku", "ma-thanh-phan"]),
    (Column::Quantity, &["quantity", "so-luong"]),
    (Column::Ignored, &["stt"]),
];

/// A header that was understood.
pub(crate) struct Header {
    pub kind: SheetKind,
    /// Position, column, title as written.
    pub columns: Vec<(usize, Column, String)>,
    pub titles: BTreeMap<Column, String>,
    pub unknown: Vec<String>,
}

/// Finds the header among the first lines: the line that names most of one kind's columns, and all that kind cannot do without.
pub(crate) fn find(grid: &[GridRow]) -> Option<(usize, Header)> {
    let mut best: Option<(usize, Header)> = None;
    for (index, line) in grid.iter().take(SEARCHED_LINES).enumerate() {
        for (kind, table, needed) in [
            (SheetKind::Bundles, BUNDLES, &[Column::BundleSku, Column::ComponentSku, Column::Quantity][..]),
            (SheetKind::Catalogue, CATALOGUE, &[Column::Sku, Column::Name][..]),
            (SheetKind::Producers, PRODUCERS, &[Column::ProducerCode, Column::ProducerName][..]),
        ] {
            let header = understand(line, kind, table);
            let is_whole = needed.iter().all(|column| header.titles.contains_key(column));
            let score = best.as_ref().map_or(0, |(_, header)| header.columns.len());
            if is_whole && header.columns.len() > score {
                best = Some((index, header));
            }
        }
    }
    best
}

fn understand(line: &GridRow, kind: SheetKind, table: &[(Column, &[&str])]) -> Header {
    let mut header = Header { kind, columns: Vec::new(), titles: BTreeMap::new(), unknown: Vec::new() };
    for (position, cell) in line.cells.iter().enumerate().filter(|(_, cell)| !is_blank(cell)) {
        let shown: String = cell.chars().filter(|letter| !is_invisible(*letter)).collect();
        let title = collapse_blanks(&tidy(&shown));
        let key = slug(&title);
        match table.iter().find(|(_, names)| names.contains(&key.as_str())) {
            Some((Column::Ignored, _)) => {}
            Some((column, _)) => {
                header.titles.entry(*column).or_insert_with(|| title.clone());
                header.columns.push((position, *column, title));
            }
            None => header.unknown.push(title),
        }
    }
    header
}

/// Two titles that mean the same column.
pub(crate) fn twice(columns: &[(usize, Column, String)]) -> Option<(String, String)> {
    let mut seen: BTreeMap<Column, &String> = BTreeMap::new();
    for (_, column, title) in columns {
        if let Some(first) = seen.insert(*column, title) {
            return Some((first.clone(), title.clone()));
        }
    }
    None
}
