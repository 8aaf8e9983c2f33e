//! Products come to be, change, wait for review, leave (spec 4).

use serde_json::{Value, json};

use super::{Client, first_code};

async fn read(client: &Client, item: &Value) -> Value {
    client.get("/product/item/get", &[("item_id", &item.to_string())]).await
}

#[tokio::test]
async fn a_created_product_is_found_by_its_sku_and_read_whole() {
    let client = Client::new("quick").await;
    let draft = client.draft("CF-1").await;

    let made = client.create(&draft).await;
    let item = &made["data"]["item_id"];
    let found = client.get("/products/get", &[("filter", "all"), ("sku_seller_list", "[\"CF-1\"]")]).await;
    let whole = read(&client, item).await;

    assert_eq!(made["data"]["item_status"], "Active", "{made}");
    assert!(item.as_u64().unwrap() > 1 << 32);
    let sku = &made["data"]["sku_list"][0];
    assert_eq!(sku["shop_sku"], format!("{item}_VNAMZ-{}", sku["sku_id"]));
    assert_eq!(found["data"]["total_products"], 1);
    assert_eq!(&found["data"]["products"][0]["item_id"], item);
    let row = &whole["data"]["skus"][0];
    assert_eq!(
        (&row["price"], &row["quantity"], &row["special_price"]),
        (&json!(98_000.0), &json!(20), &json!(0.0))
    );
    assert_eq!((&row["package_weight"], &row["package_length"]), (&json!("0.75"), &json!("10.00")));
    assert_eq!(whole["data"]["attributes"]["brand"], "No Brand");
}

#[tokio::test]
async fn the_same_product_may_be_xml() {
    let client = Client::new("quick").await;
    let picture = client.picture().await;
    let payload = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Request><Product><PrimaryCategory>9112</PrimaryCategory><Images><Image>{picture}</Image></Images>\
         <Attributes><name>Cà phê &amp; ca cao</name><brand_id>60001</brand_id><description><![CDATA[<p>40 độ &amp; thơm</p>]]></description><country_origin>Vietnam</country_origin></Attributes>\
         <Skus><Sku><SellerSku>XML-1</SellerSku><quantity>3</quantity><price>98000</price><package_weight>0.75</package_weight><package_length>10</package_length><package_width>10</package_width><package_height>26</package_height></Sku></Skus></Product></Request>"
    );

    let made = client.post("/product/create", &[("payload", &payload)]).await;
    let whole = read(&client, &made["data"]["item_id"]).await;

    assert_eq!(made["code"], "0", "{made}");
    assert_eq!(whole["data"]["attributes"]["name"], "Cà phê & ca cao");
    assert_eq!(whole["data"]["attributes"]["description"], "<p>40 độ &amp; thơm</p>");
}

#[tokio::test]
async fn a_payload_that_is_neither_xml_nor_json_or_of_another_form_is_refused() {
    let client = Client::new("quick").await;
    let mut number = client.draft("S").await;
    number["Skus"]["Sku"][0]["price"] = json!(98_000);
    let mut single = client.draft("S").await;
    single["Images"]["Image"] = single["Images"]["Image"][0].clone();
    let post =
        async |payload: &str| client.post("/product/create", &[("payload", payload)]).await["code"].clone();

    assert_eq!(post("<Request><Product>a & b</Product></Request>").await, "5");
    assert_eq!(post("Request").await, "5");
    assert_eq!(client.post("/product/create", &[]).await["code"], "30");
    assert_eq!(client.create(&number).await["code"], "1001");
    assert_eq!(client.create(&single).await["code"], "1001");
}

#[tokio::test]
async fn every_complaint_comes_at_once_with_its_code() {
    let client = Client::new("quick").await;
    let mut draft = client.draft("SAI").await;
    draft["Attributes"]["name"] = json!("ă".repeat(128));
    draft["Attributes"]["country_origin"] = json!("Atlantis");
    draft["Images"]["Image"] = json!(["https://cdn.example.vn/a.jpg"]);
    draft["Skus"]["Sku"][0]["package_weight"] = json!("62");
    draft["Skus"]["Sku"][0]["price"] = json!("0");

    let refused = client.create(&draft).await;

    assert_eq!((&refused["code"], &refused["type"]), (&json!("500"), &json!("ISP")));
    let codes: Vec<&str> =
        refused["detail"].as_array().unwrap().iter().filter_map(|row| row["code"].as_str()).collect();
    for code in ["4160", "4115", "4138", "4164", "4118"] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    assert!(client.control("GET", "books", json!({})).await["listings"].as_array().unwrap().is_empty());
}

/// The first complaint about a draft that differs from a good one.
async fn complaint(change: impl Fn(&mut Value)) -> String {
    let client = Client::new("quick").await;
    let mut draft = client.draft("S").await;
    change(&mut draft);
    first_code(&client.create(&draft).await).to_owned()
}

#[tokio::test]
async fn categories_attributes_brands_and_parcels_are_checked() {
    let attribute = |name: &'static str, words: &'static str| {
        move |draft: &mut Value| draft["Attributes"][name] = json!(words)
    };
    let sku = |name: &'static str, words: &'static str| {
        move |draft: &mut Value| draft["Skus"]["Sku"][0][name] = json!(words)
    };

    assert_eq!(complaint(|draft| draft["PrimaryCategory"] = json!("9100")).await, "4134");
    assert_eq!(complaint(|draft| draft["PrimaryCategory"] = json!("9199")).await, "4228");
    assert_eq!(complaint(|draft| draft["PrimaryCategory"] = json!("1")).await, "4227");
    assert_eq!(complaint(|draft| draft["PrimaryCategory"] = json!("9101")).await, "4110");
    assert_eq!(complaint(attribute("country_origin", "")).await, "4110");
    assert_eq!(complaint(attribute("name", "")).await, "4108");
    assert_eq!(complaint(attribute("brand_id", "1")).await, "4142");
    assert_eq!(complaint(attribute("storage_condition", "a|b")).await, "4129");
    assert_eq!(complaint(attribute("description", "<img src=\"https://x.vn/p/a.png\">")).await, "4138");
    assert_eq!(complaint(|draft| draft["Images"]["Image"] = json!([])).await, "4139");
    assert_eq!(complaint(sku("package_length", "301")).await, "4165");
    assert_eq!(complaint(sku("package_height", "0.755")).await, "4149");
    assert_eq!(complaint(sku("quantity", "-1")).await, "4152");
    assert_eq!(complaint(sku("special_price", "98000")).await, "4157");
    assert_eq!(complaint(sku("SellerSku", "")).await, "4108");
}

fn given_variants(draft: &mut Value, options: [&str; 2]) {
    draft["variation"] = json!({"variation1": {"name": "Khối lượng", "hasImage": "false", "customize": "true", "options": {"option": ["250g", "500g"]}}});
    let mut second = draft["Skus"]["Sku"][0].clone();
    second["SellerSku"] = json!("S-2");
    second["saleProp"] = json!({"Khối lượng": options[1]});
    draft["Skus"]["Sku"][0]["saleProp"] = json!({"Khối lượng": options[0]});
    draft["Skus"]["Sku"].as_array_mut().unwrap().push(second);
}

#[tokio::test]
async fn variants_name_declared_options_and_no_two_the_same() {
    let client = Client::new("quick").await;
    let mut draft = client.draft("S").await;
    given_variants(&mut draft, ["250g", "500g"]);

    let made = client.create(&draft).await;
    let whole = read(&client, &made["data"]["item_id"]).await;

    assert_eq!(made["code"], "0", "{made}");
    assert_eq!(whole["data"]["variation"]["Variation1"]["options"], json!(["250g", "500g"]));
    assert_eq!(whole["data"]["skus"][1]["saleProp"], json!({"Khối lượng": "500g"}));
    assert_eq!(complaint(|draft| given_variants(draft, ["250g", "250g"])).await, "4112");
    assert_eq!(
        complaint(|draft| given_variants(draft, ["250g", "1kg"])).await,
        "SKU_VARIATION_OPTION_NOT_EXIST"
    );
    let undeclared = |draft: &mut Value| {
        given_variants(draft, ["250g", "500g"]);
        draft.as_object_mut().unwrap().remove("variation");
    };
    assert_eq!(complaint(undeclared).await, "4143");
    let long = |draft: &mut Value| {
        given_variants(draft, ["250g", "500g"]);
        draft["variation"]["variation1"]["name"] = json!("Khối lượng tịnh một gói");
    };
    assert_eq!(complaint(long).await, "VARIATION_NAME_LENGTH_LIMIT");
}

#[tokio::test]
async fn a_seller_sku_is_taken_once_and_free_after_removal() {
    let client = Client::new("quick").await;
    let draft = client.draft("MOT").await;
    let made = client.create(&draft).await;
    let again = client.create(&draft).await;
    let item = made["data"]["item_id"].clone();
    let list = format!("[\"SkuId_{item}_{}\"]", made["data"]["sku_list"][0]["sku_id"]);

    let removed = client.post("/product/remove", &[("sku_id_list", &list)]).await;
    let twice = client.post("/product/remove", &[("sku_id_list", &list)]).await;

    assert_eq!(first_code(&again), "4105");
    assert_eq!(again["detail"][0]["seller_sku"], "MOT");
    assert_eq!((&removed["code"], &twice["code"]), (&json!("0"), &json!("503")));
    assert_eq!(read(&client, &item).await["code"], "208");
    assert_eq!(client.create(&draft).await["code"], "0");
}

#[tokio::test]
async fn a_review_ends_by_itself_or_when_somebody_decides() {
    let client = Client::new("vn").await;
    let made = client.create(&client.draft("CHO").await).await;
    let item = made["data"]["item_id"].clone();
    let order =
        client.control("POST", "orders", json!({"lines": [{"sku": "CHO", "units": 1}], "paid": true})).await;
    client.control("POST", "time", json!({"advance_s": 6})).await;
    let passed = read(&client, &item).await;
    let path = format!("listings/{item}/reject");
    client.control("POST", &path, json!({"reasons": ["Ảnh mờ", "Thiếu giấy"]})).await;
    let rejected = read(&client, &item).await;
    client.set(json!({"review_ms": -1})).await;
    let held = client.create(&client.draft("GIU").await).await;
    client.control("POST", "time", json!({"advance_s": 3 * 86_400})).await;
    let still = read(&client, &held["data"]["item_id"]).await;

    assert_eq!(made["data"]["item_status"], "Pending QC");
    assert!(order.get("error").is_some(), "what is in review is not on sale: {order}");
    assert_eq!(passed["data"]["status"], "Active");
    assert_eq!(
        (&rejected["data"]["status"], &rejected["data"]["subStatus"]),
        (&json!("Suspended"), &json!("Reject"))
    );
    assert_eq!(rejected["data"]["rejectReason"][1]["violationDetail"], "Thiếu giấy");
    assert_eq!(still["data"]["status"], "Pending QC");
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_status_comes_back_when_unsaid() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("SUA", 5).await;
    let off = format!(
        "<Request><Product><ItemId>{item}</ItemId><Skus><SkuId>{sku}</SkuId></Skus></Product></Request>"
    );
    let update = async |product: Value| {
        client.payload("/product/update", &json!({"Request": {"Product": product}})).await
    };

    let hidden = client.post("/product/deactivate", &[("apiRequestBody", &off)]).await;
    let twice = client.post("/product/deactivate", &[("apiRequestBody", &off)]).await;
    let stock =
        client.skus("/product/stock/sellable/update", json!([{"SkuId": sku, "SellableQuantity": 6}])).await;
    let inactive = read(&client, &json!(item)).await;
    let renamed = update(json!({"ItemId": item.to_string(), "Attributes": {"name": "Tên mới"}, "Skus": {"Sku": [{"SkuId": sku.to_string(), "Status": "inactive"}]}})).await;
    let unsaid = update(json!({"ItemId": item.to_string(), "Attributes": {}, "Skus": {"Sku": [{"SkuId": sku.to_string(), "price": "70000"}]}})).await;
    let whole = read(&client, &json!(item)).await;

    assert_eq!(
        (&hidden["code"], &twice["code"], &stock["code"]),
        (&json!("0"), &json!("E0004"), &json!("0"))
    );
    assert_eq!(inactive["data"]["status"], "InActive");
    assert_eq!(renamed["data"]["item_status"], "InActive");
    assert_eq!(unsaid["data"]["item_status"], "Active");
    assert_eq!(whole["data"]["attributes"]["name"], "Tên mới");
    assert_eq!(
        (&whole["data"]["skus"][0]["price"], &whole["data"]["skus"][0]["quantity"]),
        (&json!(70_000.0), &json!(6))
    );
}

#[tokio::test]
async fn an_update_needs_sku_ids_and_a_known_item_and_its_turn() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("SUA", 5).await;
    let update = async |item: u64, row: Value| {
        let product = json!({"ItemId": item.to_string(), "Attributes": "", "Skus": {"Sku": [row]}});
        client.payload("/product/update", &json!({"Request": {"Product": product}})).await
    };
    let by_sku = json!({"SkuId": sku.to_string(), "Status": "active"});

    let nameless = update(item, json!({"SellerSku": "SUA"})).await;
    let unknown = update(1, by_sku.clone()).await;
    client.set(json!({"unknown_item_in_detail": true, "edit_ms": 5000})).await;
    let under_zero = update(1, by_sku.clone()).await;
    let first = update(item, by_sku.clone()).await;
    let second = update(item, by_sku).await;

    assert_eq!(first_code(&nameless), "4216");
    assert_eq!((&unknown["code"], first_code(&unknown)), (&json!("501"), "4137"));
    assert_eq!((&under_zero["code"], first_code(&under_zero)), (&json!("0"), "E0501"));
    assert_eq!((&first["code"], first_code(&second)), (&json!("0"), "4147"));
}

#[tokio::test]
async fn skus_are_added_by_an_associated_one_and_removed_but_never_all() {
    let client = Client::new("quick").await;
    let mut draft = client.draft("S").await;
    given_variants(&mut draft, ["250g", "500g"]);
    let made = client.create(&draft).await;
    let item = made["data"]["item_id"].clone();
    let first = made["data"]["sku_list"][0]["sku_id"].to_string();
    let mut more = client.draft("S-3").await;
    more["AssociatedSku"] = json!(first);
    more["variation"] =
        json!({"variation1": {"name": "Khối lượng", "customize": "true", "options": {"option": ["1kg"]}}});
    more["Skus"]["Sku"][0]["saleProp"] = json!({"Khối lượng": "1kg"});

    let added = client.create(&more).await;
    let third = added["data"]["sku_list"][2]["sku_id"].to_string();
    let remove = async |skus: &[&str]| {
        let rows: String = skus.iter().map(|sku| format!("<Sku><SkuId>{sku}</SkuId></Sku>")).collect();
        let payload =
            format!("<Request><Product><ItemId>{item}</ItemId><Skus>{rows}</Skus></Product></Request>");
        client.post("/product/sku/remove", &[("payload", &payload)]).await
    };
    let one = remove(&[&third]).await;
    let second = made["data"]["sku_list"][1]["sku_id"].to_string();
    let all = remove(&[&first, &second]).await;

    assert_eq!(added["data"]["item_id"], item, "{added}");
    assert_eq!(one["code"], "0");
    assert!(one.get("data").is_none());
    assert_eq!(all["code"], "CAN_NOT_REMOVE_ALL_SKU");
    assert_eq!(read(&client, &item).await["data"]["skus"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn lists_have_filters_limits_and_windows() {
    let client = Client::new("quick").await;
    for number in 0..60 {
        client.seed(&format!("KE-{number}"), 1).await;
    }
    let list = async |args: &[(&str, &str)]| client.get("/products/get", args).await;

    assert_eq!(list(&[]).await["code"], "36");
    assert_eq!(list(&[("filter", "all"), ("limit", "51")]).await["code"], "19");
    assert_eq!(list(&[("filter", "all"), ("offset", "10001")]).await["code"], "14");
    assert_eq!(list(&[("filter", "all"), ("create_after", "2026-03-01")]).await["code"], "17");
    let page = list(&[("filter", "all"), ("limit", "50"), ("offset", "50")]).await;
    assert_eq!(
        (&page["data"]["total_products"], page["data"]["products"].as_array().unwrap().len()),
        (&json!(60), 10)
    );
    assert_eq!(list(&[("filter", "sold-out")]).await["data"], json!({}));
    assert_eq!(
        list(&[("filter", "all"), ("create_after", "2126-03-01T00:00:00+0700")]).await["data"],
        json!({})
    );
}

#[tokio::test]
async fn the_tree_the_attributes_and_the_brands_are_public() {
    let client = Client::new("quick").await;

    let tree = client.get_public("/category/tree/get", &[("language_code", "vi_VN")]).await;
    let attributes = client.get_public("/category/attributes/get", &[("primary_category_id", "9122")]).await;
    let brands = client.get_public("/category/brands/query", &[("startRow", "0"), ("pageSize", "5")]).await;
    let too_many =
        client.get_public("/category/brands/query", &[("startRow", "0"), ("pageSize", "201")]).await;
    client.set(json!({"brands_per_second": 1})).await;
    let mut emptied = false;
    for _ in 0..4 {
        let answer = client.get_public("/category/brands/query", &[("startRow", "0")]).await;
        emptied |= answer["data"]["module"] == json!([]) && answer["success"] == true;
    }

    assert_eq!(tree["data"][0]["children"][0]["name"], "Nước mắm");
    assert!(tree["data"][0]["children"][0].get("children").is_none());
    let strength =
        attributes["data"].as_array().unwrap().iter().find(|row| row["name"] == "alcohol_content").unwrap();
    assert_eq!((&strength["is_mandatory"], &strength["unit"]["type"]), (&json!(1), &json!(["%"])));
    assert_eq!(brands["data"]["module"][0]["brand_id"], 60_001);
    assert_eq!(too_many["code"], "19");
    assert!(emptied, "above the rate the list is silently empty");
}

#[tokio::test]
async fn pictures_have_a_form_and_a_size() {
    let client = Client::new("quick").await;
    let broken = client.upload(b"not a picture".to_vec()).await;
    let large = client.upload(vec![0; 3_145_729]).await;
    let text = client.post("/image/upload", &[("image", "https://x.vn/a.png")]).await;
    let url = client.picture().await;
    let bytes = crate::core::client::client().unwrap().get(&url).send().await.unwrap().bytes().await.unwrap();

    assert_eq!(
        (&broken["code"], &large["code"], &text["code"]),
        (&json!("300"), &json!("303"), &json!("302"))
    );
    assert_eq!(bytes.as_ref(), super::world::SAMPLE_PNG);
}

#[tokio::test]
async fn pictures_are_fetched_one_by_one_or_in_a_batch_that_takes_a_while() {
    let client = Client::new("quick").await;
    let ours = client.picture().await;
    let one = format!("<Request><Image><Url>{ours}</Url></Image></Request>");
    let many =
        format!("<Request><Images><Url>{ours}</Url><Url>http://127.0.0.1:9/x.webp</Url></Images></Request>");
    client.set(json!({"migrate_ms": 60_000})).await;

    let migrated = client.post("/image/migrate", &[("payload", &one)]).await;
    let batch = client.post("/images/migrate", &[("payload", &many)]).await;
    let id = batch["batch_id"].as_str().unwrap();
    let early = client.get("/image/response/get", &[("batch_id", id)]).await;
    client.control("POST", "time", json!({"advance_s": 61})).await;
    let late = client.get("/image/response/get", &[("batch_id", id)]).await;
    client.set(json!({"strict_picture_hosts": true})).await;
    let private = client.post("/image/migrate", &[("payload", &one)]).await;

    assert_eq!(migrated["data"]["image"]["url"], ours.as_str());
    assert_eq!(early["data"], json!({"images": [], "errors": []}));
    assert_eq!(late["data"]["images"][0]["url"], ours.as_str());
    assert_eq!(late["data"]["errors"][0]["original_url"], "http://127.0.0.1:9/x.webp");
    assert_eq!(private["code"], "301");
}
