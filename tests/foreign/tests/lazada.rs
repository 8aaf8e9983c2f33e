//! Lazada's clients: the official Python SDK as published, and one for Node.

use ganh_foreign::{Client, Kind};
use ganh_sandbox::{Books, Options, Running, Standing};
use serde_json::{Value, json};

async fn given_a_sandbox() -> Running {
    let options = Options { profile: Some("quick".to_owned()), ..Options::default() };
    ganh_sandbox::lazada::start(options).await.expect("a sandbox")
}

async fn books(sandbox: &Running) -> Books {
    let books = sandbox.control("GET", "books", None).await;
    serde_json::from_value(books).expect("books in the shape of the control API")
}

#[tokio::test]
async fn the_official_python_sdk_signs_uploads_creates_stocks_and_ships() {
    let Some(client) = Client::install(Kind::Python, "lazop-sdk==1.0.3").await else { return };
    let sandbox = given_a_sandbox().await;

    let told = client.run("lazada/client.py", &sandbox).await;

    let books = books(&sandbox).await;
    let listing = &books.listings[0];
    assert_eq!((listing.standing, listing.pictures), (Standing::OnSale, 1));
    assert_eq!(listing.offers[0].sku, "NM-PQ-500");
    assert_eq!(
        (listing.offers[0].price, listing.offers[0].stock),
        (Some(99_000), Some(13)),
        "15, and 2 were bought"
    );
    assert_eq!(books.orders[0].status, "ready_to_ship");
    assert_eq!(told["order"], books.orders[0].id.as_str());
    assert_eq!(told["refused"], json!(["IllegalAccessToken", "IncompleteSignature", "501"]));
}

#[tokio::test]
async fn a_client_for_node_reads_and_prices() {
    let Some(client) = Client::install(Kind::Node, "lazada-open-platform-sdk@2.0.0-0").await else { return };
    let sandbox = given_a_sandbox().await;
    let listing =
        json!({"title": "Trà Shan tuyết Hà Giang", "sku": "TRA-SHAN", "price": 120_000, "stock": 9});
    sandbox.control("POST", "listings", Some(listing)).await;
    let wish = json!({"lines": [{"sku": "TRA-SHAN", "units": 2}], "cod": true});
    let order: Value = sandbox.control("POST", "orders", Some(wish)).await;

    let told = client.run("lazada/client.js", &sandbox).await;

    assert_eq!(told["skus"], json!(["TRA-SHAN"]));
    assert_eq!(told["orders"], json!([order["id"]]));
    assert_eq!(told["rows"], 2);
    let books = books(&sandbox).await;
    assert_eq!(books.listings[0].offers[0].price, Some(125_000));
}
