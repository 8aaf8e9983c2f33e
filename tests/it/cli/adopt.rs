//! A shop that sells already: read whole, changed only after its plan was approved, and what we do not know is left alone.

use super::program::Folder;
use ganh_sandbox::{Options, Running};
use serde_json::{Value, json};

const GTIN: &str = "8938505970011";

const GOODS: &str = "sku,name,producer_code,producer_name,producer_kind,product_code,price_vnd,stock,weight_g,net_quantity,net_unit,ocop_group,ocop_subgroup,shelf_life_days,gtin,description\n\
    MAT-500,Mật hoa dừa Trà Vinh chai 500 ml,TV01,HTX Mật hoa dừa Trà Vinh,cooperative,MAT,120000,40,620,500,ml,food,food.proc_grain,365,,\"Mật hoa dừa nguyên chất cô đặc từ hoa dừa tươi, vị ngọt thanh, dùng pha nước, nấu chè, làm bánh. Thành phần: mật hoa dừa 100 %.\"\n\
    MUOI-01,Muối hầm Bạc Liêu hũ 200 g,TV01,HTX Mật hoa dừa Trà Vinh,cooperative,MUOI,35000,12,260,200,g,food,food.proc_grain,720,8938505970011,\"Muối biển Bạc Liêu hầm thủ công trong lò đất nhiều ngày, hạt khô tơi, vị mặn dịu. Thành phần: muối biển 100 %.\"\n";

const PRODUCERS: &str = "producer_code,name,kind,province_code_old,province_code_new,commune_new,address_old\n\
    TV01,HTX Mật hoa dừa Trà Vinh,cooperative,84,86,Xã Tiểu Cần,\"huyện Tiểu Cần, tỉnh Trà Vinh\"\n";

/// One listing under our SKU, one under our barcode alone, one that is nobody's.
async fn stock(market: &Running, shop: &str) {
    let path = |path: &str| format!("/_sandbox/{path}{shop}");
    for listing in [
        json!({ "title": "Mật hoa dừa (tin cũ)", "sku": "mat-500", "price": 99_000, "stock": 7 }),
        json!({ "title": "Muối hầm cũ", "sku": "CU-17", "gtin": GTIN, "price": 30_000, "stock": 3 }),
        json!({ "title": "Cà phê của người khác", "sku": "CF-9", "price": 70_000, "stock": 5 }),
    ] {
        let made = market.control("POST", &path("listings"), Some(listing)).await;
        assert!(made.get("error").is_none(), "{made}");
    }
}

async fn listings(market: &Running, shop: &str) -> Vec<Value> {
    let books = market.control("GET", &format!("/_sandbox/books{shop}"), None).await;
    books["listings"].as_array().cloned().unwrap_or_default()
}

/// Title → units and price.
fn shown(listings: &[Value], title: &str) -> (Value, Value) {
    let listing = listings.iter().find(|listing| listing["title"].as_str().unwrap().contains(title));
    let offer = &listing.unwrap_or_else(|| panic!("{title} is gone"))["offers"][0];
    (offer["stock"].clone(), offer["price"].clone())
}

fn goods() -> Folder {
    let folder = Folder::new();
    folder.write("goods.csv", GOODS);
    folder.write("producers.csv", PRODUCERS);
    folder.ganh(&["import", "goods.csv", "--producers", "producers.csv", "--apply"]).succeeds();
    folder
}

/// Reads, plans, syncs before approval, approves, syncs. `shop`: the query that names it to the control API.
async fn adopted(market: &Running, folder: &Folder, shop: &str) {
    let before = listings(market, shop).await;
    let plan = folder.json(&["plan", "old"]);
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();
    let unapproved = listings(market, shop).await;
    let name = plan["name"].as_str().unwrap().to_owned();
    let applied = folder.json(&["apply", "old", "--plan", &name]);
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();
    let after = listings(market, shop).await;

    let totals = &plan["plan"]["totals"];
    assert_eq!(
        (&totals["adopt"], &totals["create"], &totals["leave_alone"]),
        (&2.into(), &0.into(), &1.into()),
        "{plan}"
    );
    assert_eq!(unapproved, before, "nothing may change before approval");
    assert_eq!(applied["applied"], true, "{applied}");
    assert_eq!(after.len(), 3, "{after:?}");
    assert_eq!(shown(&after, "Cà phê"), (5.into(), 70_000.into()));
    let ours: Vec<(Value, Value)> = after
        .iter()
        .filter(|listing| !listing["title"].as_str().unwrap().contains("Cà phê"))
        .map(|listing| (listing["offers"][0]["stock"].clone(), listing["offers"][0]["price"].clone()))
        .collect();
    assert!(
        ours.contains(&(40.into(), 120_000.into())) && ours.contains(&(12.into(), 35_000.into())),
        "{ours:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_site_that_sells_already_is_adopted_by_sku_and_barcode_and_strangers_are_left_alone() {
    let site = ganh_sandbox::woocommerce::start(Options { seed: 5, ..Options::default() }).await.unwrap();
    stock(&site, "").await;
    let folder = goods();
    let all = site.credentials();
    let keys = json!({ "consumer_key": all["consumer_key"], "consumer_secret": all["consumer_secret"] });
    folder.write("keys.json", keys.to_string());
    let base = site.base_url();
    folder
        .ganh(&[
            "shop",
            "add",
            "woocommerce",
            "--base-url",
            base,
            "--credentials",
            "keys.json",
            "--handle",
            "old",
            "--set",
            "limits/unlimited=true",
        ])
        .succeeds();

    let checked = folder.json(&["shop", "check", "old"]);

    assert!(checked.to_string().contains("old"), "{checked}");
    adopted(&site, &folder, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_shopee_shop_that_sells_already_is_adopted_by_sku_and_barcode_and_strangers_are_left_alone() {
    let market = ganh_sandbox::shopee::start(Options {
        seed: 6,
        shops: 1,
        profile: Some("quick".into()),
        ..Options::default()
    })
    .await
    .unwrap();
    let credentials = market.credentials();
    let shop = credentials["shops"][0]["shop_id"].to_string().trim_matches('"').to_owned();
    stock(&market, &format!("?shop={shop}")).await;
    let folder = goods();
    folder.write("keys.json", credentials.to_string());
    let base = market.base_url();
    folder
        .ganh(&[
            "shop",
            "add",
            "shopee",
            "--base-url",
            base,
            "--credentials",
            "keys.json",
            "--remote-id",
            &shop,
            "--handle",
            "old",
        ])
        .succeeds();

    folder.ganh(&["shop", "check", "old"]).succeeds();

    adopted(&market, &folder, &format!("?shop={shop}")).await;
}
