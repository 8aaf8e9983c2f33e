//! Connecting a shop: credentials, the plan, its coming true, and the figures in step.

use super::program::Folder;
use ganh_sandbox::{Options, Running};
use serde_json::Value;

const GOODS: &str = "sku,name,producer_code,producer_name,producer_kind,product_code,price_vnd,stock,weight_g,net_quantity,net_unit,ocop_group,ocop_subgroup,shelf_life_days,description\n\
    MAT-500,Mật hoa dừa Trà Vinh chai 500 ml,TV01,HTX Mật hoa dừa Trà Vinh,cooperative,MAT,120000,40,620,500,ml,food,food.proc_grain,365,\"Mật hoa dừa nguyên chất cô đặc từ hoa dừa tươi, vị ngọt thanh, dùng pha nước, nấu chè, làm bánh. Thành phần: mật hoa dừa 100 %.\"\n\
    MUOI-01,Muối hầm Bạc Liêu hũ 200 g,TV01,HTX Mật hoa dừa Trà Vinh,cooperative,MUOI,35000,12,260,200,g,food,food.proc_grain,720,\"Muối biển Bạc Liêu hầm thủ công trong lò đất nhiều ngày, hạt khô tơi, vị mặn dịu. Thành phần: muối biển 100 %.\"\n";

const PRODUCERS: &str = "producer_code,name,kind,province_code_old,province_code_new,commune_new,address_old\n\
    TV01,HTX Mật hoa dừa Trà Vinh,cooperative,84,86,Xã Tiểu Cần,\"huyện Tiểu Cần, tỉnh Trà Vinh\"\n";

pub async fn a_site() -> Running {
    ganh_sandbox::woocommerce::start(Options { seed: 11, ..Options::default() }).await.unwrap()
}

/// Keys for the shop's own interface; the second pair, for pictures, works over TLS only.
pub fn keys(site: &Running) -> String {
    let all = site.credentials();
    serde_json::json!({ "consumer_key": all["consumer_key"], "consumer_secret": all["consumer_secret"] })
        .to_string()
}

pub fn goods() -> Folder {
    let folder = Folder::new();
    folder.write("goods.csv", GOODS);
    folder.write("producers.csv", PRODUCERS);
    folder.ganh(&["import", "goods.csv", "--producers", "producers.csv", "--apply"]).succeeds();
    folder
}

pub fn add(folder: &Folder, site: &Running) -> Value {
    folder.write("keys.json", keys(site));
    let base = site.base_url();
    folder.json(&[
        "shop",
        "add",
        "woocommerce",
        "--base-url",
        base,
        "--credentials",
        "keys.json",
        "--handle",
        "site",
        "--set",
        "limits/unlimited=true",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changes_in_a_shop_before_its_plan_was_approved_by_name() {
    let site = a_site().await;
    let folder = goods();
    add(&folder, &site);

    let plan = folder.json(&["plan", "site"]);
    folder.ganh(&["apply", "site"]).fails(2, &["--plan", "ganh plan site"]);
    folder.ganh(&["apply", "site", "--plan", "000000000000"]).fails(1, &["changed since plan 000000000000"]);
    folder.ganh(&["sync", "--once"]).succeeds();

    assert_eq!(
        (&plan["plan"]["totals"]["create"], &plan["plan"]["totals"]["park"]),
        (&2.into(), &0.into()),
        "{plan}"
    );
    let writes =
        site.control("GET", "/_sandbox/books", None).await["listings"].as_array().map_or(0, Vec::len);
    assert_eq!(writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_plan_comes_true_and_every_figure_is_explained() {
    let site = a_site().await;
    let folder = goods();
    add(&folder, &site);
    let plan = folder.json(&["plan", "site"])["name"].as_str().unwrap().to_owned();

    folder.ganh(&["apply", "site", "--plan", &plan]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();
    folder.ganh(&["policy", "set", "shop", "site", "--buffer", "4", "--markup", "10"]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();

    let explained = folder.ganh(&["explain", "MAT-500", "--shop", "site"]).succeeds();
    let steps: Vec<&str> =
        explained.out.lines().take(8).map(|line| line.split(" (computed").next().unwrap()).collect();
    assert_eq!(
        steps,
        [
            "MAT-500 · site",
            "MAT-500 at Kho: on hand 40 − reserved 0",
            "MAT-500: 40 sellable, 1 in each unit",
            "  sellable → 40",
            "  buffer 4 [shop] → 36",
            "  catalogue price → 120.000 ₫",
            "  markup +10 % [shop] → 132.000 ₫",
            "should show: 36 · 132.000 ₫ · on sale",
        ]
    );
    assert!(explained.out.contains("acknowledged: 36 · 132.000 ₫ · on sale"), "{}", explained.out);
    let books = site.control("GET", "/_sandbox/books", None).await;
    assert_eq!(books["listings"].as_array().map(Vec::len), Some(2), "{books}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_rules_that_go_too_far_stop_with_their_worst_rows_until_they_are_meant() {
    let site = a_site().await;
    let folder = goods();
    add(&folder, &site);
    folder.ganh(&["apply", "site", "--yes"]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();
    let set = ["policy", "set", "shop", "site", "--markup", "-60"];

    let stopped = folder.ganh(&set);
    let looked = folder.json(&[&set[..], &["--dry-run"]].concat());
    let policy = folder.json(&["policy", "show", "shop", "site"]);
    let meant = folder.json(&[&set[..], &["--yes"]].concat());

    assert_eq!(stopped.status, 1);
    for said in ["nothing was changed", "2 prices move by more than 30 %", "--yes"] {
        assert!(stopped.err.contains(said), "{said:?} is not in: {}", stopped.err);
    }
    assert!(stopped.out.contains("MAT-500") && stopped.out.contains("48.000 ₫"), "{}", stopped.out);
    assert_eq!(
        (&looked["outlook"]["repriced"], &looked["outlook"]["worst"][0]["after"]["price"]),
        (&2.into(), &48_000.into())
    );
    assert_eq!(policy["price"], serde_json::json!({}));
    assert_eq!((&meant["price"], &meant["set"]), (&serde_json::json!({ "markup_bp": -6_000 }), &true.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_simulated_shop_by_shop_and_nothing_is_written() {
    let site = a_site().await;
    let folder = goods();
    add(&folder, &site);
    folder.ganh(&["apply", "site", "--yes"]).succeeds();
    folder.ganh(&["sync", "--once", "--timeout", "60"]).succeeds();
    let rules = ["shop", "site", "--buffer", "4", "--threshold", "10", "--markup", "10"];

    let seen = folder.json(&[&["stock", "simulate"], &rules[..]].concat());
    let one =
        folder.ganh(&[&["stock", "simulate"], &rules[..], &["--only", "muoi-01"]].concat()).succeeds().out;
    let kept = folder.json(&["policy", "show", "shop", "site"]);

    let row = |index: usize| {
        let row = &seen["offers"][index];
        let (now, then) = (&row["now"]["stock"], &row["would_be"]["stock"]);
        serde_json::json!([row["sku"], now, then, row["would_be"]["price"]])
    };
    assert_eq!(row(0), serde_json::json!(["MAT-500", 40, 36, 132_000]));
    assert_eq!(row(1), serde_json::json!(["MUOI-01", 12, 0, 39_000]));
    assert_eq!((&seen["totals"]["zeroed"], &seen["totals"]["lowered"]), (&1.into(), &1.into()));
    assert!(
        one.contains("MUOI-01") && !one.contains("MAT-500") && one.contains("nothing was written"),
        "{one}"
    );
    assert_eq!((&kept["stock"], &kept["price"]), (&serde_json::json!({}), &serde_json::json!({})));
    folder.ganh(&["stock", "simulate", "shop", "site"]).fails(2, &["--buffer"]);
    folder.ganh(&["stock", "simulate", "default", "--keep-last", "4"]).fails(2, &["--for SHOP"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_shop_is_resumed_and_states_that_do_not_fit_are_refused() {
    let site = a_site().await;
    let folder = goods();
    add(&folder, &site);

    folder.ganh(&["shop", "pause", "site"]).fails(1, &["site is new", "ganh apply site"]);
    folder.ganh(&["apply", "site", "--yes"]).succeeds();
    folder.ganh(&["shop", "pause", "site", "--reason", "kiểm kho"]).succeeds();
    let paused = folder.json(&["shop", "list"]);
    folder.ganh(&["shop", "resume", "site"]).succeeds();

    assert_eq!((&paused[0]["state"], &paused[0]["state_reason"]), (&"paused".into(), &"kiểm kho".into()));
    assert_eq!(folder.json(&["shop", "list"])[0]["state"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_no_credential_is_printed_or_stored_openly() {
    let site = a_site().await;
    let folder = goods();
    add(&folder, &site);
    let secret = site.credentials()["consumer_secret"].as_str().unwrap().to_owned();

    let said: String = ["list", "check"]
        .map(|verb| {
            if verb == "check" { vec!["shop", verb, "site", "--json"] } else { vec!["shop", verb, "--json"] }
        })
        .map(|command| folder.ganh(&command).succeeds().out)
        .concat();

    let stored = std::fs::read(folder.path("ganh.db")).unwrap();
    assert!(!said.contains(&secret));
    assert!(!stored.windows(secret.len()).any(|window| window == secret.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_are_refused_by_the_shop_and_nothing_is_stored() {
    let site = a_site().await;
    let folder = goods();
    folder.write("keys.json", r#"{"consumer_key": "ck_wrong", "consumer_secret": "cs_hunter2"}"#);

    let said = folder.ganh(&[
        "shop",
        "add",
        "woocommerce",
        "--base-url",
        site.base_url(),
        "--credentials",
        "keys.json",
    ]);

    let said = said.fails(1, &["woocommerce", "credentials"]);
    assert!(!said.err.contains("hunter2"), "{}", said.err);
    assert_eq!(folder.json(&["shop", "list"]), serde_json::json!([]));
}

#[test]
fn wrong_ways_to_add_a_shop_are_each_named_with_the_mend() {
    let folder = goods();
    folder.write(
        "keys.json",
        format!(r#"{{"consumer_key": "ck_{0}", "consumer_secret": "cs_{0}"}}"#, "a".repeat(40)),
    );
    folder.write("broken.json", "{\"consumer_key\": hunter2");
    let add = |rest: &[&str]| folder.ganh(&[&["shop", "add"], rest].concat());

    add(&["taobao"]).fails(2, &["taobao", "lazada, woocommerce"]);
    add(&["woocommerce", "--credentials", "keys.json"]).fails(2, &["--base-url"]);
    add(&["woocommerce", "--base-url", "http://h"])
        .fails(2, &["--credentials", "GANH_SHOP_CREDENTIALS", "consumer_key"]);
    add(&["woocommerce", "--base-url", "http://h", "--credentials", "nowhere.json"])
        .fails(1, &["nowhere.json"]);
    add(&["woocommerce", "--base-url", "shop.vn", "--credentials", "keys.json"])
        .fails(2, &["--base-url", "https://"]);
    add(&["woocommerce", "--base-url", "http://a:b@h", "--credentials", "keys.json"])
        .fails(2, &["--credentials FILE"]);
    let broken = add(&["woocommerce", "--base-url", "http://h", "--credentials", "broken.json"])
        .fails(2, &["no JSON", "line 1"]);
    add(&["woocommerce", "--base-url", "http://127.0.0.1:9", "--credentials", "keys.json"])
        .fails(1, &["check the address"]);
    add(&["shopee", "--credentials", "keys.json"]).fails(2, &["partner_id"]);
    assert!(!broken.err.contains("hunter2"));
}

#[test]
fn i13_no_flag_takes_a_credential() {
    let folder = goods();

    let tried = ["--password", "--consumer-secret", "--partner-key", "--access-token", "--secret"]
        .map(|flag| folder.ganh(&["shop", "add", "woocommerce", "--base-url", "http://h", flag, "x"]).status);

    assert_eq!(tried, [2; 5]);
}
