//! TikTok Shop over the command line: added, checked, planned, approved; new listings are reviewed before they count as listed.

use super::program::Folder;
use ganh_sandbox::{Options, Running};
use serde_json::{Value, json};
use std::path::Path;

const GOODS: &str = "sku,name,producer_code,producer_name,producer_kind,product_code,price_vnd,stock,weight_g,net_quantity,net_unit,ocop_group,ocop_subgroup,shelf_life_days,description,images\n\
    MAT-500,Mật hoa dừa Trà Vinh chai 500 ml,TV01,HTX Mật hoa dừa Trà Vinh,cooperative,MAT,120000,40,620,500,ml,food,food.proc_grain,365,\"Mật hoa dừa nguyên chất cô đặc từ hoa dừa tươi, vị ngọt thanh, dùng pha nước, nấu chè, làm bánh. Thành phần: mật hoa dừa 100 %.\",mat-hoa-dua.jpg\n\
    MUOI-01,Muối hầm Bạc Liêu hũ 200 g,TV01,HTX Mật hoa dừa Trà Vinh,cooperative,MUOI,35000,12,260,200,g,food,food.condiment,720,\"Muối biển Bạc Liêu hầm thủ công trong lò đất nhiều ngày, hạt khô tơi, vị mặn dịu. Thành phần: muối biển 100 %.\",muoi.jpg\n";

const PRODUCERS: &str = "producer_code,name,kind,province_code_old,province_code_new,commune_new,address_old\n\
    TV01,HTX Mật hoa dừa Trà Vinh,cooperative,84,86,Xã Tiểu Cần,\"huyện Tiểu Cần, tỉnh Trà Vinh\"\n";

async fn market() -> (Running, String) {
    let options = Options { seed: 9, shops: 2, profile: Some("quick".into()), ..Options::default() };
    let market = ganh_sandbox::tiktok_shop::start(options).await.unwrap();
    let shop = market.credentials()["shops"][0]["shop_id"].as_str().unwrap().to_owned();
    (market, shop)
}

fn goods() -> Folder {
    let folder = Folder::new();
    folder.write("goods.csv", GOODS);
    folder.write("producers.csv", PRODUCERS);
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/images").display().to_string();
    let import = ["import", "goods.csv", "--producers", "producers.csv", "--pictures", &pictures, "--apply"];
    folder.ganh(&import).succeeds();
    folder
}

fn add(folder: &Folder, market: &Running, shop: &str) -> Value {
    folder.write("keys.json", market.credentials().to_string());
    let base = market.base_url();
    let add = ["shop", "add", "tiktok_shop", "--base-url", base, "--credentials", "keys.json"];
    let which = ["--remote-id", shop, "--handle", "tiktok", "--set", "facts/review/first_s=1"];
    folder.json(&[&add[..], &which[..]].concat())
}

async fn offers(market: &Running, shop: &str) -> Vec<(String, Value, Value, Value)> {
    let books = market.control("GET", &format!("/_sandbox/books?shop={shop}"), None).await;
    let mut all: Vec<(String, Value, Value, Value)> = books["listings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|listing| {
            let standing = listing["standing"].clone();
            listing["offers"].as_array().unwrap().iter().map(move |offer| {
                let sku = offer["sku"].as_str().unwrap().to_owned();
                (sku, offer["stock"].clone(), offer["price"].clone(), standing.clone())
            })
        })
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tiktok_shop_is_added_and_listed_with_pictures_figures_and_reviews() {
    let (market, shop) = market().await;
    let folder = goods();

    let added = add(&folder, &market, &shop);
    let checked = folder.json(&["shop", "check", "tiktok"]);
    let plan = folder.json(&["plan", "tiktok"])["name"].as_str().unwrap().to_owned();
    folder.ganh(&["apply", "tiktok", "--plan", &plan]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "90"]).succeeds();

    assert!(added.to_string().contains("tiktok_shop"), "{added}");
    assert!(checked.to_string().contains("tiktok"), "{checked}");
    let on_sale = json!("on_sale");
    assert_eq!(
        offers(&market, &shop).await,
        [
            ("MAT-500".to_owned(), json!(40), json!(120_000), on_sale.clone()),
            ("MUOI-01".to_owned(), json!(12), json!(35_000), on_sale),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_tokens_without_a_cipher_open_the_shop_and_wrong_ones_store_nothing() {
    let (market, shop) = market().await;
    let folder = goods();
    let all = market.credentials();
    let held = &all["shops"][0];
    let keys = json!({
        "app_key": all["app_key"], "app_secret": all["app_secret"], "shop_id": shop,
        "access_token": held["access_token"], "refresh_token": held["refresh_token"],
    });
    folder.write("keys.json", keys.to_string());
    folder.write("wrong.json", json!({ "app_key": "x", "app_secret": "y", "code": "z" }).to_string());
    let base = market.base_url();
    let add = |file: &str| {
        folder.ganh(&[
            "shop",
            "add",
            "tiktok_shop",
            "--base-url",
            base,
            "--credentials",
            file,
            "--handle",
            file,
        ])
    };

    add("wrong.json").fails(1, &[]);
    add("keys.json").succeeds();

    let shops = folder.json(&["shop", "list"]);
    assert_eq!(shops.as_array().map(Vec::len), Some(1), "{shops}");
}
