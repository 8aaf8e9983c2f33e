//! The request shapes A–G of clients that run against production (spec 1.2).

use serde_json::{Map, Value, json};

use super::{Client, Pairs};
use crate::core::client::client;

const PATH: &str = "/product/stock/sellable/update";

struct Given {
    client: Client,
    payload: String,
}

async fn given_a_stock_write() -> Given {
    let client = Client::new("quick").await;
    let (item, sku) = client.seed("HINH", 1).await;
    let payload = format!(
        "<Request><Product><Skus><Sku><ItemId>{item}</ItemId><SkuId>{sku}</SkuId><SellableQuantity>9</SellableQuantity></Sku></Skus></Product></Request>"
    );
    Given { client, payload }
}

impl Given {
    fn all(&self) -> Pairs {
        self.client.signed(PATH, true, &[("payload", &self.payload)])
    }

    fn system(&self) -> Pairs {
        let mut pairs = self.all();
        pairs.retain(|(name, _)| name != "payload");
        pairs
    }

    fn post(&self, query: &Pairs) -> reqwest::RequestBuilder {
        client().unwrap().post(self.client.url(PATH, query))
    }

    async fn assert_taken(&self, request: reqwest::RequestBuilder) {
        let answer = Client::read(request).await;
        assert_eq!(answer["code"], "0", "{answer}");
        assert_eq!(self.client.offer("HINH").await["stock"], 9);
    }
}

fn object(pairs: &Pairs) -> Value {
    Value::Object(pairs.iter().map(|(name, text)| (name.clone(), json!(text))).collect::<Map<_, _>>())
}

#[tokio::test]
async fn shape_a_all_in_the_form() {
    let given = given_a_stock_write().await;
    given.assert_taken(given.post(&Vec::new()).form(&given.all())).await;
}

#[tokio::test]
async fn shape_b_business_in_multipart() {
    let given = given_a_stock_write().await;
    let form = reqwest::multipart::Form::new().text("payload", given.payload.clone());
    given.assert_taken(given.post(&given.system()).multipart(form)).await;
}

#[tokio::test]
async fn shape_c_business_in_the_form() {
    let given = given_a_stock_write().await;
    given.assert_taken(given.post(&given.system()).form(&[("payload", &given.payload)])).await;
}

#[tokio::test]
async fn shape_d_business_in_json() {
    let given = given_a_stock_write().await;
    given.assert_taken(given.post(&given.system()).json(&json!({"payload": given.payload}))).await;
}

#[tokio::test]
async fn shape_e_all_in_the_query_and_again_in_json() {
    let given = given_a_stock_write().await;
    let all = given.all();
    given.assert_taken(given.post(&all).json(&object(&all))).await;
}

#[tokio::test]
async fn shape_f_all_in_the_query() {
    let given = given_a_stock_write().await;
    given.assert_taken(given.post(&given.all())).await;
}

#[tokio::test]
async fn shape_g_all_in_json() {
    let given = given_a_stock_write().await;
    given.assert_taken(given.post(&Vec::new()).json(&object(&given.all()))).await;
}

#[tokio::test]
async fn an_empty_parameter_may_be_signed_or_not_and_a_sdk_name_is_signed() {
    let given = given_a_stock_write().await;
    let mut with = given.client.system(true);
    with.push(("partner_id".to_owned(), "lazop-sdk-python-20181207".to_owned()));
    with.push(("trace".to_owned(), String::new()));
    with.push(("payload".to_owned(), given.payload.clone()));
    let filled: Pairs = with.iter().filter(|(_, text)| !text.is_empty()).cloned().collect();
    for sign in [given.client.sign(PATH, &with), given.client.sign(PATH, &filled)] {
        let mut pairs = with.clone();
        pairs.push(("sign".to_owned(), sign));

        given.assert_taken(given.post(&Vec::new()).form(&pairs)).await;
    }
}
