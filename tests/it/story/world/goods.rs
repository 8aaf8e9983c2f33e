//! A small catalogue, put into the store through the import: a sheet is read, planned and applied, as `ganh import` does.

use ganh::catalogue::import::plan;
use ganh::catalogue::picture::{Pictures, check};
use ganh::catalogue::sheet::{ReadOptions, read};
use ganh::store::{Applied, NewPicture, Store};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

const PICTURE: &[u8] = include_bytes!("../../../../examples/images/thu-cong.jpg");
const HEADER: &str = "product_code,sku,kind,producer_code,producer_name,producer_kind,name,ocop_group,ocop_subgroup,net_quantity,net_unit,\
                      option1_name,option1_value,weight_g,length_cm,width_cm,height_cm,price_vnd,stock,description,images";

/// One product: SKU, price in đồng, units on hand. `sizes`: its variants by size, `<SKU>-<size>` each with all of that; none: one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    pub sku: String,
    pub price: i64,
    pub units: u32,
    pub sizes: Vec<String>,
}

pub fn good(sku: &str, price: i64, units: u32) -> Good {
    Good { sku: sku.to_owned(), price, units, sizes: Vec::new() }
}

/// A product in two sizes, `<SKU>-S` and `<SKU>-L`.
pub fn in_sizes(sku: &str, price: i64, units: u32) -> Good {
    Good { sizes: vec!["S".to_owned(), "L".to_owned()], ..good(sku, price, units) }
}

fn sheet(goods: &[Good]) -> String {
    let mut sheet = format!("{HEADER}\n");
    for Good { sku, price, units, sizes } in goods {
        let mut row = |sku_of: &str, axis: &str, size: &str| {
            sheet.push_str(&format!(
                "P-{sku},{sku_of},single,TB09,Công ty cói mỹ nghệ Tây An,company,Giỏ cói đan tay quai da {sku},handicraft,craft.household,\
                 1,cái,{axis},{size},420,30,14,24,{price},{units},\"Giỏ cói đan tay, lót vải thô, quai da tổng hợp. Chất liệu: cói tự \
                 nhiên, vải, da tổng hợp. Bảo quản: nơi khô ráo, thoáng mát, tránh nắng. Nơi sản xuất: tỉnh Hưng Yên.\",thu-cong.jpg\n"
            ));
        };
        if sizes.is_empty() {
            row(sku, "", "");
        }
        for size in sizes {
            row(&format!("{sku}-{size}"), "Cỡ", size);
        }
    }
    sheet
}

/// Imports the goods; what is known already is brought to these figures.
pub async fn import(store: &Store, goods: &[Good]) -> Applied {
    let now = Timestamp::now();
    let existing = store.existing_for_import().await.expect("the catalogue is read");
    let sheets =
        read("goods.csv", sheet(goods).as_bytes(), &ReadOptions::default()).expect("the sheet is read");
    let seen = check("thu-cong.jpg", PICTURE);
    let (width, height) = seen.pixels.expect("the picture has a size");
    let checks = Pictures::from([("thu-cong.jpg".to_owned(), seen)]);
    let plan = plan(&sheets, &existing, Some(&checks), now.to_zoned(jiff::tz::TimeZone::UTC).date());
    assert!(plan.effects.variants.len() + plan.effects.stock.len() > 0, "{:?}", plan.rows);
    let picture = NewPicture {
        producer: "TB09".into(),
        file_name: "thu-cong.jpg".into(),
        sha256: hex::encode(Sha256::digest(PICTURE)),
        mime: "image/jpeg".into(),
        width: u32::try_from(width).expect("small"),
        height: u32::try_from(height).expect("small"),
        bytes: PICTURE.to_vec(),
    };
    store
        .apply_import(plan.revision, &plan.effects, &[picture], "tester", now)
        .await
        .expect("the import is applied")
}
