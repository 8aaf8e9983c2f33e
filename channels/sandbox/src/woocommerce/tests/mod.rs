//! The traps of the spec, through HTTP, as a client meets them.

mod auth;
mod batch;
mod fault;
mod hook;
mod list;
mod order;
mod product;

use reqwest::Method;
use serde_json::{Value, json};

use crate::core::client::client;
use crate::{Options, Running};

/// A shop behind a proxy that ends TLS, called with its key.
struct Shop {
    running: Running,
    key: String,
    secret: String,
}

async fn given_a_shop(profile: &str) -> Shop {
    let options = Options { profile: Some(profile.to_owned()), behind_tls: true, ..Options::default() };
    let running = super::start(options).await.unwrap();
    let given = running.credentials();
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    Shop { key: text("consumer_key"), secret: text("consumer_secret"), running }
}

impl Shop {
    fn url(&self, path: &str) -> String {
        format!("{}/wp-json/wc/v3/{path}", self.running.base_url())
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request =
            client().unwrap().request(method, self.url(path)).basic_auth(&self.key, Some(&self.secret));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        let bytes = reply.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::PUT, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        self.send(Method::DELETE, path, None).await
    }

    /// A published product with stock; returns its id.
    async fn product(&self, sku: &str, price: &str, stock: i64) -> u64 {
        let body = json!({ "name": sku, "sku": sku, "regular_price": price, "manage_stock": true, "stock_quantity": stock });
        let (status, made) = self.post("products", body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_u64().unwrap()
    }

    async fn stock(&self, id: u64) -> i64 {
        self.get(&format!("products/{id}")).await.1["stock_quantity"].as_i64().unwrap()
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.running.control(method, path, Some(body)).await
    }
}
