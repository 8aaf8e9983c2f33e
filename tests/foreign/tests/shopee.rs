//! The client for Shopee that the specification names, at its own base address.

use ganh_foreign::{Client, Kind};
use ganh_sandbox::{Books, Options, Standing};
use serde_json::json;

#[tokio::test]
async fn a_client_for_node_signs_renews_uploads_creates_stocks_and_reads_orders() {
    let Some(client) = Client::install(Kind::Node, "@congminh1254/shopee-sdk@2.7.0").await else { return };
    let options = Options { profile: Some("quick".to_owned()), ..Options::default() };
    let sandbox = ganh_sandbox::shopee::start(options).await.expect("a sandbox");

    let told = client.run("shopee/client.mjs", &sandbox).await;

    let books: Books = serde_json::from_value(sandbox.control("GET", "books", None).await).expect("books");
    let listing = &books.listings[0];
    assert_eq!((books.listings.len(), listing.standing, listing.pictures), (1, Standing::OnSale, 1));
    let small = listing.offers.iter().find(|offer| offer.sku == "CF-250").expect("the small size");
    assert_eq!((small.price, small.stock), (Some(82_000), Some(13)), "15, and 2 were bought");
    assert_eq!(told["renewed"], true);
    assert_eq!(told["listed"], json!([books.orders[0].id]));
    assert_eq!(told["order"], books.orders[0].id.as_str());
    assert_eq!(told["bought"], json!([["CF-250", 2]]));
    assert_eq!(told["failed"], json!([]));
    assert_eq!(told["refused"], json!(["error_sign", "product.error_price_exceed_min_limitt"]));
}
