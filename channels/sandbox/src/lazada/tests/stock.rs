//! Figures: total and sellable, warehouses, campaigns, partial failures (spec 4.8–4.12).

use serde_json::{Value, json};

use super::{Client, first_code};

const PRICE: &str = "/product/price_quantity/update";
const SELLABLE: &str = "/product/stock/sellable/update";

async fn first_row(client: &Client, sku: &str) -> Value {
    let list = format!("[\"{sku}\"]");
    let read = client.get("/products/get", &[("filter", "all"), ("sku_seller_list", &list)]).await;
    read["data"]["products"][0]["skus"][0].clone()
}

#[tokio::test]
async fn a_total_includes_what_orders_hold_and_a_sellable_does_not() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("DEM", 10).await;
    client.order(json!({"lines": [{"sku": "DEM", "units": 2}], "cod": true})).await;
    client.order(json!({"lines": [{"sku": "DEM", "units": 1}]})).await;

    let held = first_row(&client, "DEM").await["multiWarehouseInventories"][0].clone();
    let total = client.skus(PRICE, json!([{"ItemId": item, "SkuId": sku, "Quantity": 15}])).await;
    let after_total = client.offer("DEM").await["stock"].clone();
    client.skus(SELLABLE, json!([{"SkuId": sku, "SellableQuantity": 15}])).await;
    let after_sellable = client.offer("DEM").await["stock"].clone();
    let too_low = client.skus(PRICE, json!([{"ItemId": item, "SkuId": sku, "Quantity": 2}])).await;

    assert_eq!(
        held,
        json!({"warehouseCode": "dropshipping", "quantity": 7, "totalQuantity": 10, "sellableQuantity": 7, "occupyQuantity": 2, "withholdQuantity": 1})
    );
    assert_eq!(total["code"], "0", "{total}");
    assert_eq!((after_total, after_sellable), (json!(12), json!(15)));
    assert_eq!(too_low["code"], "501");
    assert_eq!(too_low["detail"][0]["message"], "negative sellable on channel inventory");
}

#[tokio::test]
async fn each_warehouse_has_its_own_and_a_plain_figure_means_the_default_one() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("KHO", 5).await;
    let places = client.get("/rc/warehouse/get", &[]).await;
    let second = places["result"]["module"][1]["code"].as_str().unwrap().to_owned();

    let both = json!([{"ItemId": item, "SkuId": sku, "MultiWarehouseInventories": {"MultiWarehouseInventory": [
        {"WarehouseCode": "dropshipping", "SellableQuantity": "3"}, {"WarehouseCode": second, "SellableQuantity": "4"}]}}]);
    client.skus(SELLABLE, both).await;
    client.skus(SELLABLE, json!([{"ItemId": item, "SkuId": sku, "SellableQuantity": "1"}])).await;
    let row = first_row(&client, "KHO").await;
    let unknown = json!([{"ItemId": item, "SkuId": sku, "MultiWarehouseInventories": {"MultiWarehouseInventory": {"WarehouseCode": "nowhere", "SellableQuantity": 1}}}]);
    let unknown = client.skus(SELLABLE, unknown).await;

    let moved = client.control("POST", "places/dropshipping/move", json!({})).await;
    let old = json!([{"ItemId": item, "SkuId": sku, "MultiWarehouseInventories": {"MultiWarehouseInventory": {"WarehouseCode": "dropshipping", "SellableQuantity": 1}}}]);
    let old = client.skus(SELLABLE, old).await;
    let now = client.get("/rc/warehouse/get", &[]).await;

    assert!(old["detail"][0]["message"].as_str().unwrap().starts_with("warehouse not found"));
    assert_eq!(
        (&now["result"]["module"][0]["code"], &now["result"]["module"][0]["defaultAddress"]),
        (&moved["code"], &json!(true))
    );
    assert_eq!(row["quantity"], 5);
    assert_eq!(row["multiWarehouseInventories"][1]["warehouseCode"], second.as_str());
    assert_eq!(unknown["code"], "501");
}

#[tokio::test]
async fn one_bad_row_does_not_sink_the_others() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("A", 1).await;
    let (other, second) = client.seed("B", 1).await;
    let rows = json!([{"ItemId": item, "SkuId": sku, "SellableQuantity": 7}, {"ItemId": other, "SkuId": second, "SellableQuantity": -1}, {"ItemId": item, "SkuId": 1, "SellableQuantity": 7}]);

    let answer = client.skus(SELLABLE, rows).await;

    assert_eq!(answer["code"], "501");
    assert_eq!(answer["detail"].as_array().unwrap().len(), 2);
    assert_eq!(answer["detail"][0]["seller_sku"], "B");
    assert_eq!((first_code(&answer), answer["detail"][1]["code"].as_str().unwrap()), ("4152", "4136"));
    assert_eq!(client.offer("A").await["stock"], 7);
    assert_eq!(client.offer("B").await["stock"], 1);
}

#[tokio::test]
async fn a_delta_is_a_delta_and_never_goes_below_zero() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("A", 5).await;
    let adjust = "/product/stock/sellable/adjust";

    client.skus(adjust, json!([{"ItemId": item, "SkuId": sku, "SellableQuantity": "-3"}])).await;
    let below = client.skus(adjust, json!([{"ItemId": item, "SkuId": sku, "SellableQuantity": "-3"}])).await;

    assert_eq!(client.offer("A").await["stock"], 2);
    assert_eq!(first_code(&below), "212");
}

#[tokio::test]
async fn fifty_one_rows_are_too_many_and_a_seller_sku_is_no_key() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("A", 5).await;
    let rows: Vec<Value> = (0..51)
        .map(|_| json!({"ItemId": item, "SkuId": sku, "Quantity": 1, "SellableQuantity": 1}))
        .collect();

    let total = client.skus(PRICE, json!(rows)).await;
    let sellable = client.skus(SELLABLE, json!(rows)).await;
    let by_name = client.skus(PRICE, json!([{"SellerSku": "A", "Price": 1000}])).await;

    assert_eq!((&total["code"], &sellable["code"]), (&json!("4171"), &json!("204")));
    assert_eq!(first_code(&by_name), "4193");
    assert_eq!(client.offer("A").await["stock"], 5);
}

#[tokio::test]
async fn prices_are_whole_above_zero_and_above_the_special_price() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("A", 5).await;
    let set = async |row: Value| {
        let mut row = row;
        row["ItemId"] = json!(item);
        row["SkuId"] = json!(sku);
        client.skus(PRICE, json!([row])).await
    };

    assert_eq!(first_code(&set(json!({"Price": "0"})).await), "4118");
    assert_eq!(first_code(&set(json!({"Price": "99000.5"})).await), "4104");
    assert_eq!(first_code(&set(json!({"Price": "99000", "SalePrice": "99000"})).await), "4157");
    let dates = json!({"Price": "99000", "SalePrice": "89000", "SaleStartDate": "2026-03-02", "SaleEndDate": "2026-03-01"});
    assert_eq!(first_code(&set(dates).await), "4117");
    assert_eq!(set(json!({"Price": "99000", "SalePrice": "89000"})).await["code"], "0");
    assert_eq!(client.offer("A").await["price"], 89_000);
    assert_eq!(set(json!({"SalePrice": "0"})).await["code"], "0");
    assert_eq!(client.offer("A").await["price"], 99_000);
}

#[tokio::test]
async fn a_campaign_lets_stock_rise_only_and_ends() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("KHOA", 40).await;
    let lock = json!({"reserved": 10, "price": true, "until_s": 3600});
    client.control("POST", &format!("listings/{item}/lock"), lock).await;
    let stock = async |units: i64| {
        client.skus(SELLABLE, json!([{"ItemId": item, "SkuId": sku, "SellableQuantity": units}])).await
    };
    let price = async || client.skus(PRICE, json!([{"ItemId": item, "SkuId": sku, "Price": 99_000}])).await;

    let (lower, higher, priced) = (stock(30).await, stock(50).await, price().await);
    client.control("POST", "time", json!({"advance_s": 3601})).await;
    let (later, repriced) = (stock(3).await, price().await);

    assert_eq!(first_code(&lower), "4170");
    assert!(
        lower["detail"][0]["message"].as_str().unwrap().contains(" to 20"),
        "it names its window: {lower}"
    );
    assert_eq!(higher["code"], "0");
    assert_eq!(first_code(&priced), "4218");
    assert_eq!((&later["code"], &repriced["code"]), (&json!("0"), &json!("0")));
}

#[tokio::test]
async fn what_a_campaign_holds_is_a_floor() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("KHOA", 40).await;
    let lock = json!({"reserved": 10, "stock": false});
    client.control("POST", &format!("listings/{item}/lock"), lock).await;
    let stock = async |units: i64| {
        client.skus(SELLABLE, json!([{"ItemId": item, "SkuId": sku, "SellableQuantity": units}])).await
    };

    let below = stock(9).await;

    assert_eq!(below["detail"][0]["message"], "negative sellable on channel inventory");
    assert_eq!(stock(10).await["code"], "0");
}

#[tokio::test]
async fn more_than_fifty_writes_a_second_are_too_fast() {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("A", 5).await;
    client.set(json!({"inventory_per_second": 1})).await;
    let mut codes = Vec::new();
    for _ in 0..4 {
        let answer =
            client.skus(SELLABLE, json!([{"ItemId": item, "SkuId": sku, "SellableQuantity": 1}])).await;
        codes.push(answer["code"].as_str().unwrap().to_owned());
    }

    assert!(codes.iter().any(|code| code == "SellerCallLimit"), "{codes:?}");
}
