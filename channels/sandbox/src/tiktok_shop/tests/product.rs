//! Products: created, audited, changed, found.

use serde_json::{Value, json};

use super::{Client, media};

#[tokio::test]
async fn a_product_is_created_audited_and_live() {
    let client = Client::new("by_hand").await;

    let (product, skus) = client.create("A").await;
    let pending = client.detail(&product).await;
    client.control("POST", &format!("listings/{product}/approve"), json!({})).await;
    let live = client.detail(&product).await;

    assert_eq!(skus.len(), 2);
    assert_eq!(
        (pending["status"].as_str(), pending["audit"]["status"].as_str()),
        (Some("PENDING"), Some("AUDITING"))
    );
    assert_eq!(
        (live["status"].as_str(), live["audit"]["status"].as_str()),
        (Some("ACTIVATE"), Some("APPROVED"))
    );
    assert_eq!(live["skus"][0]["price"]["sale_price"], "189000");
    assert_eq!(live["skus"][0]["inventory"][0]["quantity"], 40);
    assert_eq!(live["category_chains"].as_array().unwrap().len(), 3);
    assert_eq!(live["external_product_id"], "P-A");
}

#[tokio::test]
async fn an_audit_ends_by_itself_and_refuses_the_keyword() {
    let client = Client::new("v202309").await;
    let (good, _) = client.create("B").await;
    let mut draft = client.draft("C").await;
    draft["title"] = json!("Bát gốm men lam, không phải hàng giả, bộ 4");
    let bad = client.post("/product/202309/products", draft).await["data"]["product_id"]
        .as_str()
        .unwrap()
        .to_owned();

    let early = client.detail(&good).await;
    client.control("POST", "time", json!({"advance_s": 4})).await;

    assert_eq!(early["status"], "PENDING");
    assert_eq!(client.detail(&good).await["status"], "ACTIVATE");
    let failed = client.detail(&bad).await;
    assert_eq!(failed["status"], "FAILED");
    assert_eq!(failed["audit_failed_reasons"][0]["position"], "Title");
}

#[tokio::test]
async fn a_repeated_idempotency_key_gets_the_first_answer() {
    let client = Client::new("quick").await;
    let mut draft = client.draft("D").await;
    draft["idempotency_key"] = json!("0f5a3a1e");

    let first = client.post("/product/202309/products", draft.clone()).await;
    let second = client.post("/product/202309/products", draft.clone()).await;
    draft["idempotency_key"] = json!("other");
    let third = client.post("/product/202309/products", draft).await;

    assert_eq!(first["data"], second["data"]);
    assert_eq!(third["code"], 12_052_996, "external ids are unique");
}

/// The code that a change of a good body earns.
type Spoilt = (u32, fn(&mut Value));

async fn refusal(client: &Client, change: impl FnOnce(&mut Value)) -> (u16, Value) {
    let mut draft = client.draft("E").await;
    change(&mut draft);
    let request = super::Request {
        method: "POST",
        path: "/product/202309/products",
        query: &[],
        body: Some(&draft),
        has_cipher: true,
    };
    let (status, reply) = client.send(request).await;
    (status, reply["code"].clone())
}

#[tokio::test]
async fn what_the_platform_refuses_is_refused_with_its_code() {
    let client = Client::new("quick").await;

    let missing = refusal(&client, |draft| drop(draft.as_object_mut().unwrap().remove("skus"))).await;
    assert_eq!(missing, (400, json!(36_009_004)));
    let codes: Vec<Spoilt> = vec![
        (12_052_051, |draft| draft["title"] = json!("Bát gốm")),
        (12_052_051, |draft| draft["title"] = json!("Bát ".repeat(70))),
        (12_052_217, |draft| draft["category_version"] = json!("v1")),
        (12_052_023, |draft| draft["category_id"] = json!("1")),
        (12_052_024, |draft| draft["category_id"] = json!("700437")),
        (12_052_220, |draft| draft["category_id"] = json!("916488")),
        (12_052_221, |draft| draft["category_id"] = json!("916232")),
        (12_052_104, |draft| draft["product_attributes"] = json!([])),
        (12_052_722, |draft| draft["main_images"] = json!([{"uri": "tos-alisg-i-ganh/none"}])),
        (12_052_026, |draft| draft["brand_id"] = json!("5")),
        (12_052_181, |draft| draft["package_weight"]["value"] = json!("0")),
        (12_052_916, |draft| draft["package_dimensions"]["unit"] = json!("INCH")),
        (12_052_012, |draft| draft["skus"][0]["price"]["amount"] = json!("189000.5")),
        (12_052_012, |draft| draft["skus"][0]["price"]["amount"] = json!(189_000)),
        (12_052_084, |draft| draft["skus"][0]["price"]["currency"] = json!("USD")),
        (12_052_570, |draft| draft["skus"][0]["price"]["amount"] = json!("180000001")),
        (12_052_097, |draft| draft["skus"][0]["inventory"][0]["warehouse_id"] = json!("7300000000000000099")),
        (12_052_055, |draft| draft["skus"][0]["inventory"][0]["quantity"] = json!(100_000)),
        (12_019_024, |draft| draft["skus"][0]["inventory"][0]["quantity"] = json!(-1)),
        (12_019_059, |draft| draft["skus"][0]["seller_sku"] = json!("BAT LAM")),
        (12_052_054, |draft| draft["skus"][0]["seller_sku"] = json!("B".repeat(51))),
        (12_052_550, |draft| draft["skus"][0]["sales_attributes"][0]["name"] = json!("Cỡ")),
        (12_052_560, |draft| {
            draft["skus"][1]["sales_attributes"] = draft["skus"][0]["sales_attributes"].clone()
        }),
        (12_052_591, |draft| draft["skus"][0]["identifier_code"] = json!({"code": "123", "type": "EAN"})),
    ];
    for (code, change) in codes {
        assert_eq!(refusal(&client, change).await, (200, json!(code)));
    }
    let books = client.control("GET", "books", json!({})).await;
    assert_eq!(books["listings"], json!([]), "nothing was made of it");
}

#[tokio::test]
async fn an_unauthorized_brand_is_dropped_with_a_warning() {
    let client = Client::new("quick").await;
    let brands =
        client.get("/product/202309/brands", &[("page_size", "100"), ("category_version", "v2")]).await;
    let rows = brands["data"]["brands"].as_array().unwrap();
    let strange = rows.iter().find(|row| row["authorized_status"] == "UNAUTHORIEZD").unwrap();
    let mut draft = client.draft("F").await;
    draft["brand_id"] = strange["id"].clone();

    let made = client.post("/product/202309/products", draft).await;

    assert_eq!(made["code"], 0);
    assert_eq!(made["data"]["warnings"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn figures_are_set_at_once_and_price_is_all_or_nothing() {
    let client = Client::new("quick").await;
    let (product, skus) = client.create("G").await;
    let path = |what: &str| format!("/product/202309/products/{product}/{what}/update");
    let price = |sku: &str, amount: &str| json!({"id": sku, "price": {"amount": amount, "currency": "VND"}});
    let stock = |sku: &str, units: i64| json!({"id": sku, "inventory": [{"quantity": units}]});

    let bad =
        client.post(&path("prices"), json!({"skus": [price(&skus[0], "1000"), price("99", "1000")]})).await;
    let good = client.post(&path("prices"), json!({"skus": [price(&skus[0], "150000")]})).await;
    let part = client.post(&path("inventory"), json!({"skus": [stock(&skus[0], 7), stock("99", 7)]})).await;

    assert_eq!((bad["code"].clone(), good["code"].clone()), (json!(12_052_556), json!(0)));
    assert_eq!(part["code"], 0);
    assert_eq!(part["data"]["errors"][0]["detail"]["sku_id"], "99");
    assert_eq!(part["data"]["errors"].as_array().unwrap().len(), 1);
    assert_eq!(client.stock(&skus[0]).await, (7, 0));
    assert_eq!(client.detail(&product).await["skus"][0]["price"]["sale_price"], "150000");
}

#[tokio::test]
async fn a_promotion_locks_price_and_a_floor_of_stock_until_it_ends() {
    let client = Client::new("quick").await;
    let (product, skus) = client.create("H").await;
    let lock = json!({"reserved": 10, "price": true, "until_s": 3600});
    client.control("POST", &format!("listings/{product}/lock"), lock).await;
    let price = json!({"skus": [{"id": skus[0], "price": {"amount": "1000", "currency": "VND"}}]});
    let prices = format!("/product/202309/products/{product}/prices/update");
    let stock = |units: i64| json!({"skus": [{"id": skus[0], "inventory": [{"quantity": units}]}]});
    let inventory = format!("/product/202309/products/{product}/inventory/update");

    let locked = client.post(&prices, price.clone()).await;
    let below = client.post(&inventory, stock(9)).await;
    let floor = client.post(&inventory, stock(10)).await;
    client.control("POST", "time", json!({"advance_s": 3601})).await;

    assert_eq!(locked["code"], 12_052_038);
    assert_eq!(below["data"]["errors"][0]["code"], 12_052_393);
    assert_eq!(floor["data"], json!({}));
    assert_eq!(client.post(&prices, price).await["code"], 0);
    assert_eq!(client.post(&inventory, stock(1)).await["data"], json!({}));
}

#[tokio::test]
async fn with_a_second_warehouse_every_one_of_a_sku_must_be_sent() {
    let client = Client::new("quick").await;
    let (product, skus) = client.create("I").await;
    let first = client.get("/logistics/202309/warehouses", &[]).await["data"]["warehouses"][0]["id"].clone();
    let second = client.control("POST", "places", json!({"name": "Kho hai"})).await["id"].clone();
    let path = format!("/product/202309/products/{product}/inventory/update");
    let rows = |rows: Value| json!({"skus": [{"id": skus[0], "inventory": rows}]});

    let unnamed = client.post(&path, rows(json!([{"quantity": 4}]))).await;
    let one = client.post(&path, rows(json!([{"warehouse_id": first, "quantity": 4}]))).await;
    let both = json!([{"warehouse_id": first, "quantity": 4}, {"warehouse_id": second, "quantity": 5}]);
    let both = client.post(&path, rows(both)).await;

    assert_eq!(unnamed["data"]["errors"][0]["code"], 12_019_022);
    assert_eq!(one["data"]["errors"][0]["code"], 12_019_028);
    assert_eq!(both["data"], json!({}));
    assert_eq!(client.stock(&skus[0]).await, (9, 0));
}

#[tokio::test]
async fn shelves_are_left_and_entered_by_batches_that_fail_row_by_row() {
    let client = Client::new("quick").await;
    let (product, _) = client.create("K").await;
    let act = async |what: &str| {
        let path = format!("/product/202309/products/{what}");
        client.post(&path, json!({"product_ids": [product, "99"]})).await["data"].clone()
    };

    let down = act("deactivate").await;
    let again = act("deactivate").await;
    act("activate").await;
    assert_eq!(client.detail(&product).await["status"], "ACTIVATE", "through the audit");
    let gone = client.ask("DELETE", "/product/202309/products", &[], json!({"product_ids": [product]})).await;
    assert_eq!(client.detail(&product).await["status"], "DELETED");
    act("recover").await;

    assert_eq!(down["errors"].as_array().unwrap().len(), 1);
    assert_eq!(down["errors"][0]["detail"]["product_id"], "99");
    assert_eq!(again["errors"][0]["code"], 12_052_901);
    assert_eq!(gone["data"], json!({}));
    assert_eq!(client.detail(&product).await["status"], "SELLER_DEACTIVATED");
}

#[tokio::test]
async fn a_live_product_keeps_its_text_until_the_new_one_has_passed() {
    let client = Client::new("by_hand").await;
    let (product, _) = client.create("L").await;
    client.control("POST", &format!("listings/{product}/approve"), json!({})).await;
    let title = "Bát gốm men nâu Bát Tràng vẽ tay, bộ 4 chiếc";
    let path = format!("/product/202509/products/{product}/partial_edit");

    client.post(&path, json!({"title": title})).await;
    let meanwhile = client.detail(&product).await;
    let detail = format!("/product/202309/products/{product}");
    let under_review = client.get(&detail, &[("return_under_review_version", "true")]).await["data"].clone();
    client.control("POST", &format!("listings/{product}/reject"), json!({"reasons": ["Ảnh mờ"]})).await;
    let refused = client.detail(&product).await;
    client.post(&path, json!({"title": title})).await;
    client.control("POST", &format!("listings/{product}/approve"), json!({})).await;

    assert_eq!(
        (meanwhile["status"].as_str(), meanwhile["audit"]["status"].as_str()),
        (Some("ACTIVATE"), Some("AUDITING"))
    );
    assert_ne!(meanwhile["title"], title);
    assert_eq!(under_review["title"], title);
    assert_eq!(
        (refused["status"].as_str(), refused["audit"]["status"].as_str()),
        (Some("ACTIVATE"), Some("FAILED"))
    );
    assert_eq!(client.detail(&product).await["title"], title);
    assert_eq!(
        client.detail(&product).await["description"],
        meanwhile["description"],
        "what was left out stays"
    );
}

#[tokio::test]
async fn a_full_edit_deletes_the_skus_that_it_leaves_out() {
    let client = Client::new("quick").await;
    let (product, skus) = client.create("M").await;
    let mut draft = client.draft("M").await;
    draft["skus"][0]["id"] = json!(skus[0]);
    for name in ["price", "inventory"] {
        draft["skus"][0].as_object_mut().unwrap().remove(name);
    }
    draft["skus"][1]["seller_sku"] = json!("M-3");
    draft["skus"][1]["external_sku_id"] = json!("V-M-3");

    let edited = client.ask("PUT", &format!("/product/202509/products/{product}"), &[], draft).await;
    let seen = client.detail(&product).await;

    assert_eq!(edited["code"], 0, "{edited}");
    let ids: Vec<&str> =
        seen["skus"].as_array().unwrap().iter().map(|sku| sku["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&skus[0].as_str()) && !ids.contains(&skus[1].as_str()), "{ids:?}");
    assert_eq!(seen["skus"][0]["price"]["sale_price"], "189000", "figures that are left out stay");
}

#[tokio::test]
async fn searches_page_by_tokens_that_must_be_escaped() {
    let client = Client::new("quick").await;
    for number in 0..5 {
        let listing = json!({"title": format!("Hàng {number}"), "sku": format!("KE-{number}"), "price": 5000, "stock": 1});
        client.control("POST", "listings", listing).await;
    }
    let search = "/product/202502/products/search";
    let page = async |token: &str, body: Value| {
        let query: Vec<(&str, &str)> = [("page_size", "2"), ("page_token", token)]
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .collect();
        client.ask("POST", search, &query, body).await
    };

    let (mut token, mut seen) = (String::new(), Vec::new());
    for _ in 0..3 {
        let reply = page(&token, json!({"status": "ALL"})).await;
        seen.extend(reply["data"]["products"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        token = reply["data"]["next_page_token"].as_str().unwrap().to_owned();
        assert!(token.is_empty() || (token.contains('+') && token.contains('/') && token.ends_with('=')));
    }
    let first =
        page("", json!({"status": "ALL"})).await["data"]["next_page_token"].as_str().unwrap().to_owned();
    let other_filter = page(&first, json!({"status": "DRAFT"})).await;
    client.control("POST", "time", json!({"advance_s": 601})).await;
    let late = page(&first, json!({"status": "ALL"})).await;
    let eleven: Vec<String> = (0..11).map(|number| format!("KE-{number}")).collect();
    let found = page("", json!({"seller_skus": ["KE-3"]})).await;

    assert_eq!(seen.len(), 5);
    assert_eq!((other_filter["code"].clone(), late["code"].clone()), (json!(12_019_108), json!(12_019_108)));
    assert_eq!(page("", json!({"seller_skus": eleven})).await["code"], 12_019_027);
    assert_eq!(found["data"]["total_count"], 1);
}

#[tokio::test]
async fn pictures_are_taken_with_their_size_and_served() {
    let client = Client::new("quick").await;
    let bytes: &'static [u8] = include_bytes!("../sample.png");

    let taken = client.upload(bytes).await;
    let refused = client.upload(b"not a picture").await;

    assert_eq!(
        (taken["data"]["width"].clone(), taken["data"]["use_case"].clone()),
        (json!(300), json!("MAIN_IMAGE"))
    );
    assert_eq!(refused["code"], 12_038_004);
    let url = taken["data"]["url"].as_str().unwrap();
    let served = crate::core::client::client().unwrap().get(url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&served[..], bytes);
    let mut draft = client.draft("N").await;
    draft["main_images"] = json!([{"uri": taken["data"]["uri"]}, {"uri": media::SAMPLE}]);
    assert_eq!(client.post("/product/202309/products", draft).await["code"], 0);
}
