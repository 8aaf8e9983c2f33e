//! A shop at Lazada, from its credentials to figures in step.

use super::program::Folder;
use ganh_sandbox::{Options, Running};
use serde_json::Value;

const HEADER: &str = "product_code,sku,kind,producer_code,producer_name,producer_kind,name,ocop_group,ocop_subgroup,net_quantity,net_unit,\
                      weight_g,length_cm,width_cm,height_cm,price_vnd,stock,description,images";

async fn a_market() -> Running {
    let options = Options { seed: 5, profile: Some("quick".into()), ..Options::default() };
    ganh_sandbox::lazada::start(options).await.unwrap()
}

/// One basket; `sides` are length, width and height.
fn goods(sides: &str) -> Folder {
    let folder = Folder::new();
    let row = format!(
        "GIO,GIO-01,single,TB09,Công ty cói mỹ nghệ Tây An,company,Giỏ cói đan tay quai da,handicraft,craft.household,1,cái,\
         420,{sides},185000,25,\"Giỏ cói đan tay, lót vải thô, quai da tổng hợp. Chất liệu: cói tự nhiên, vải, da tổng hợp. \
         Bảo quản: nơi khô ráo, thoáng mát, tránh nắng. Nơi sản xuất: tỉnh Hưng Yên.\",thu-cong.jpg"
    );
    folder.write("goods.csv", format!("{HEADER}\n{row}\n"));
    folder.write(
        "producers.csv",
        "producer_code,name,kind,province_code_old,province_code_new,commune_new,address_old\n\
         TB09,Công ty cói mỹ nghệ Tây An,company,34,33,Xã Tây An,\"huyện Tiền Hải, tỉnh Thái Bình\"\n",
    );
    let pictures = format!("{}/examples/images", env!("CARGO_MANIFEST_DIR"));
    let import = ["import", "goods.csv", "--producers", "producers.csv", "--pictures", &pictures, "--apply"];
    folder.ganh(&import).succeeds();
    folder
}

fn add(folder: &Folder, market: &Running) -> Value {
    let keys = market.credentials();
    folder.write("keys.json", keys.to_string());
    let base = keys["api_url"].as_str().unwrap();
    let seller = keys["shops"][0]["seller_id"].to_string();
    let seller = seller.trim_matches('"');
    let arguments =
        ["shop", "add", "lazada", "--base-url", base, "--credentials", "keys.json", "--remote-id", seller];
    folder.json(&[&arguments[..], &["--handle", "lazada/tay-an"]].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_at_lazada_is_added_planned_and_comes_true() {
    let market = a_market().await;
    let folder = goods("30,14,24");
    add(&folder, &market);

    let plan = folder.json(&["plan", "lazada/tay-an"]);
    folder.ganh(&["apply", "lazada/tay-an", "--yes"]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();

    let totals = &plan["plan"]["totals"];
    assert_eq!((&totals["create"], &totals["park"]), (&1.into(), &0.into()), "{plan}");
    let books = market.control("GET", "/_sandbox/books", None).await;
    let offer = &books["listings"][0]["offers"][0];
    assert_eq!(
        (&offer["sku"], &offer["price"], &offer["stock"]),
        (&"GIO-01".into(), &185_000.into(), &25.into()),
        "{books}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_without_its_sides_is_held_back_before_any_call_with_what_to_do() {
    let market = a_market().await;
    let folder = goods(",,");
    add(&folder, &market);

    let plan = folder.json(&["plan", "lazada/tay-an"]);

    assert_eq!(plan["plan"]["totals"]["park"], Value::from(1), "{plan}");
    let told = plan.to_string();
    assert!(told.contains("length, width and height") || told.contains("dài, rộng, cao"), "{told}");
    let books = market.control("GET", "/_sandbox/books", None).await;
    assert_eq!(books["listings"].as_array().map(Vec::len), Some(0), "{books}");
}
