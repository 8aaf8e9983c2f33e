//! WooCommerce's own clients for Python and Node, over plain HTTP and therefore with OAuth 1.0a.

use ganh_foreign::{Client, Kind};
use ganh_sandbox::{Books, Options, Running, Standing};
use serde_json::{Value, json};

async fn given_a_shop(version: &str) -> Running {
    let options = Options { profile: Some(version.to_owned()), ..Options::default() };
    ganh_sandbox::woocommerce::start(options).await.expect("a sandbox")
}

async fn books(sandbox: &Running) -> Books {
    let books = sandbox.control("GET", "books", None).await;
    serde_json::from_value(books).expect("books in the shape of the control API")
}

async fn the_python_client_plays_its_day(client: &Client, version: &str) {
    let sandbox = given_a_shop(version).await;

    let told = client.run("woocommerce/client.py", &sandbox).await;

    let books = books(&sandbox).await;
    let sauce = books.listings.iter().find(|one| one.title.starts_with("Nước mắm")).expect("the sauce");
    assert_eq!((sauce.standing, sauce.pictures), (Standing::OnSale, 1));
    assert_eq!(
        (sauce.offers[0].price, sauce.offers[0].stock),
        (Some(99_000), Some(13)),
        "15, and 2 were bought"
    );
    let tea = books.listings.iter().find(|one| one.title.starts_with("Trà Shan")).expect("the tea");
    let mut sizes: Vec<_> = tea.offers.iter().map(|offer| (offer.sku.as_str(), offer.price)).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [("TRA-100g", Some(120_000)), ("TRA-500g", Some(500_000))]);
    assert_eq!(books.listings.len(), 2, "the twin was refused");
    assert_eq!((books.orders.len(), books.orders[0].status.as_str()), (1, "completed"));
    assert_eq!(told["order"], books.orders[0].id.as_str());
    assert_eq!(
        told["refused"],
        json!([
            "product_invalid_sku",
            "woocommerce_rest_authentication_error",
            "woocommerce_rest_product_invalid_id"
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_python_client_signs_creates_stocks_and_completes_in_new_and_old_shops() {
    let Some(client) = Client::install(Kind::Python, "woocommerce==3.0.0").await else { return };

    the_python_client_plays_its_day(&client, "wc11").await;
    the_python_client_plays_its_day(&client, "wc7").await;
}

#[tokio::test]
async fn the_official_client_for_node_reads_and_prices() {
    let Some(client) = Client::install(Kind::Node, "@woocommerce/woocommerce-rest-api@1.0.2").await else {
        return;
    };
    let sandbox = given_a_shop("wc11").await;
    let listing =
        json!({"title": "Trà Shan tuyết Hà Giang", "sku": "TRA-SHAN", "price": 120_000, "stock": 9});
    sandbox.control("POST", "listings", Some(listing)).await;
    let wish = json!({"lines": [{"sku": "TRA-SHAN", "units": 2}], "cod": true});
    let order: Value = sandbox.control("POST", "orders", Some(wish)).await;

    let told = client.run("woocommerce/client.js", &sandbox).await;

    assert_eq!(told["skus"], json!(["TRA-SHAN"]));
    assert_eq!(told["total"], "1");
    assert_eq!(told["orders"], json!([order["id"]]));
    assert_eq!(told["refused"], "woocommerce_rest_product_invalid_id");
    let books = books(&sandbox).await;
    let tea = books.listings.iter().find(|one| one.title.starts_with("Trà")).expect("the tea");
    assert_eq!((tea.offers[0].price, tea.offers[0].stock), (Some(125_000), Some(7)));
    let honey = books.listings.iter().find(|one| one.title == "Mật ong").expect("the honey");
    assert_eq!(honey.standing, Standing::Hidden, "a draft");
}
