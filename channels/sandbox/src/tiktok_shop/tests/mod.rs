//! Stories through the whole market, over its own door: HTTP, signed as spec 2 says.

mod auth;
mod fault;
mod foreign;
mod hook;
mod order;
mod product;

use serde_json::{Value, json};

use crate::core::client::client;
use crate::core::{Options, Running};

use super::media;
use super::sign::{Signed, Signer};
use super::start;

/// A client of one shop, as little as it takes.
struct Client {
    running: Running,
    app_key: String,
    signer: Signer,
    shop_id: String,
    cipher: String,
    token: String,
    refresh: String,
    /// Seconds added to the real clock when signing.
    skew_s: i64,
}

/// One request before it is signed.
#[derive(Clone, Copy)]
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    has_cipher: bool,
}

impl Client {
    async fn new(profile: &str) -> Self {
        Self::with_shops(profile, 1).await
    }

    async fn with_shops(profile: &str, shops: usize) -> Self {
        let options = Options { seed: 7, shops, profile: Some(profile.to_owned()), ..Options::default() };
        let running = start(options).await.unwrap();
        let credentials = running.credentials();
        let shop = &credentials["shops"][0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            app_key: text(&credentials["app_key"]),
            signer: Signer::new(credentials["app_secret"].as_str().unwrap()),
            shop_id: text(&shop["shop_id"]),
            cipher: text(&shop["cipher"]),
            token: text(&shop["access_token"]),
            refresh: text(&shop["refresh_token"]),
            skew_s: 0,
            running,
        }
    }

    fn query(&self, request: &Request<'_>, body: &[u8]) -> Vec<(String, String)> {
        let time = (jiff::Timestamp::now().as_second() + self.skew_s).to_string();
        let own = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let mut query = vec![own("app_key", &self.app_key), own("timestamp", &time)];
        if request.has_cipher {
            query.push(own("shop_cipher", &self.cipher));
        }
        query.extend(request.query.iter().map(|(name, text)| own(name, text)));
        let sign = self.signer.sign(Signed { path: request.path, query: &query, body });
        query.push(own("sign", &sign));
        query
    }

    fn url(&self, path: &str, query: Vec<(String, String)>) -> url::Url {
        let mut url = url::Url::parse(&format!("{}{path}", self.running.base_url())).unwrap();
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    async fn send(&self, request: Request<'_>) -> (u16, Value) {
        let body = request.body.map(Value::to_string).unwrap_or_default();
        let url = self.url(request.path, self.query(&request, body.as_bytes()));
        self.raw(request.method, url, body).await
    }

    async fn raw(&self, method: &str, url: url::Url, body: String) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut call = client().unwrap().request(method, url).header("x-tts-access-token", &self.token);
        if !body.is_empty() {
            call = call.header("content-type", "application/json").body(body);
        }
        let reply = call.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        self.send(Request { method: "GET", path, query, body: None, has_cipher: true }).await.1
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.ask("POST", path, &[], body).await
    }

    async fn ask(&self, method: &str, path: &str, query: &[(&str, &str)], body: Value) -> Value {
        self.send(Request { method, path, query, body: Some(&body), has_cipher: true }).await.1
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.running.control(method, path, Some(body)).await
    }

    async fn upload(&self, bytes: &'static [u8]) -> Value {
        let request = Request {
            method: "POST",
            path: "/product/202309/images/upload",
            query: &[],
            body: None,
            has_cipher: false,
        };
        let url = self.url(request.path, self.query(&request, b""));
        let part = reqwest::multipart::Part::bytes(bytes).file_name("a.png");
        let form = reqwest::multipart::Form::new().part("data", part).text("use_case", "MAIN_IMAGE");
        let call = client().unwrap().post(url).header("x-tts-access-token", &self.token).multipart(form);
        serde_json::from_slice(&call.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }

    /// A create body that is in order: two SKUs in the one warehouse.
    async fn draft(&self, code: &str) -> Value {
        let warehouses = self.get("/logistics/202309/warehouses", &[]).await;
        let warehouse = &warehouses["data"]["warehouses"][0]["id"];
        let sku = |number: usize, price: &str| {
            json!({
                "seller_sku": format!("{code}-{number}"), "external_sku_id": format!("V-{code}-{number}"),
                "sales_attributes": [{"name": "Men", "value_name": format!("Men số {number}")}],
                "price": {"amount": price, "currency": "VND"}, "inventory": [{"warehouse_id": warehouse, "quantity": 40}],
            })
        };
        json!({
            "save_mode": "LISTING", "title": "Bát gốm men lam Bát Tràng vẽ tay, bộ 4 chiếc", "category_version": "v2",
            "category_id": "602284", "description": "<p>Bộ 4 bát ăn cơm men lam, nung 1.200 độ.</p>",
            "main_images": [{"uri": media::SAMPLE}], "external_product_id": format!("P-{code}"),
            "package_weight": {"value": "1.250", "unit": "KILOGRAM"},
            "package_dimensions": {"length": "20", "width": "20", "height": "15", "unit": "CENTIMETER"},
            "product_attributes": [
                {"id": "100157", "values": [{"id": "1000057"}]}, {"id": "101610", "values": [{"name": "Gốm sứ"}]},
            ],
            "skus": [sku(1, "189000"), sku(2, "179000")],
        })
    }

    async fn create(&self, code: &str) -> (String, Vec<String>) {
        let made = self.post("/product/202309/products", self.draft(code).await).await;
        assert_eq!(made["code"], 0, "{made}");
        let skus = made["data"]["skus"].as_array().unwrap().iter();
        let skus = skus.map(|sku| sku["id"].as_str().unwrap().to_owned()).collect();
        (made["data"]["product_id"].as_str().unwrap().to_owned(), skus)
    }

    async fn detail(&self, product: &str) -> Value {
        self.get(&format!("/product/202309/products/{product}"), &[]).await["data"].clone()
    }

    async fn order(&self, wish: Value) -> String {
        let done = self.control("POST", "orders", wish).await;
        done["id"].as_str().unwrap_or_else(|| panic!("refused: {done}")).to_owned()
    }

    async fn order_seen(&self, id: &str) -> Value {
        self.get("/order/202507/orders", &[("ids", id)]).await["data"]["orders"][0].clone()
    }

    async fn stock(&self, sku: &str) -> (i64, i64) {
        let found = self.post("/product/202309/inventory/search", json!({"sku_ids": [sku]})).await;
        let skus = found["data"]["inventory"][0]["skus"].as_array().unwrap().clone();
        let row = skus.iter().find(|row| row["id"] == sku).unwrap();
        (row["total_available_quantity"].as_i64().unwrap(), row["total_committed_quantity"].as_i64().unwrap())
    }
}
