//! Stories through the whole market, over its own door: HTTP, signed as spec 2 says.

mod item;
mod order;
mod push;
mod token;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::core::client::client;
use crate::core::{Options, Running};

use super::sign::Signer;
use super::{start, world};

/// A client of one shop, as little as it takes.
struct Client {
    running: Running,
    base_url: String,
    partner_id: String,
    signer: Signer,
    shop_id: String,
    token: String,
    refresh: String,
    /// Seconds added to the real clock when signing.
    skew_s: i64,
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
        Self {
            base_url: running.base_url().to_owned(),
            partner_id: credentials["partner_id"].to_string(),
            signer: Signer::new(credentials["partner_key"].as_str().unwrap()),
            shop_id: shop["shop_id"].to_string(),
            token: shop["access_token"].as_str().unwrap().to_owned(),
            refresh: shop["refresh_token"].as_str().unwrap().to_owned(),
            skew_s: 0,
            running,
        }
    }

    fn signed(&self, path: &str, is_public: bool) -> Vec<(String, String)> {
        let time = (jiff::Timestamp::now().as_second() + self.skew_s).to_string();
        let own = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let mut query = vec![own("partner_id", &self.partner_id), own("timestamp", &time)];
        if is_public {
            query.push(own("sign", &self.signer.sign(&[&self.partner_id, path, &time])));
            return query;
        }
        let sign = self.signer.sign(&[&self.partner_id, path, &time, &self.token, &self.shop_id]);
        query.extend([own("sign", &sign), own("access_token", &self.token), own("shop_id", &self.shop_id)]);
        query
    }

    async fn send(
        &self,
        path: &str,
        is_public: bool,
        args: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, Value) {
        let path = format!("/api/v2/{path}");
        let mut url = url::Url::parse(&format!("{}{path}", self.base_url)).unwrap();
        url.query_pairs_mut().extend_pairs(self.signed(&path, is_public)).extend_pairs(args);
        let http = client().unwrap();
        let request = match body {
            Some(body) => http.post(url).json(&body),
            None => http.get(url),
        };
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str, args: &[(&str, &str)]) -> Value {
        self.send(path, false, args, None).await.1
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(path, false, &[], Some(body)).await.1
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.running.control(method, path, Some(body)).await
    }

    async fn seed(&self, sku: &str, stock: i64) -> u64 {
        let listing =
            json!({"title": format!("Cà phê rang xay {sku}"), "sku": sku, "price": 50_000, "stock": stock});
        let done = self.control("POST", "listings", listing).await;
        done["id"].as_str().unwrap().parse().unwrap()
    }

    async fn seed_models(&self, stock: i64) -> (u64, Vec<u64>) {
        let listing = json!({"title": "Cà phê nhiều loại", "code": "CF", "price": 50_000, "stock": stock,
            "variants": [{"sku": "A"}, {"sku": "B"}, {"sku": "C"}]});
        let done = self.control("POST", "listings", listing).await;
        let id: u64 = done["id"].as_str().unwrap().parse().unwrap();
        (id, self.model_ids(id).await)
    }

    async fn model_ids(&self, item: u64) -> Vec<u64> {
        let models = self.get("product/get_model_list", &[("item_id", &item.to_string())]).await;
        models["response"]["model"]
            .as_array()
            .unwrap()
            .iter()
            .map(|model| model["model_id"].as_u64().unwrap())
            .collect()
    }

    async fn upload(&self) -> String {
        let path = "/api/v2/media_space/upload_image";
        let mut url = url::Url::parse(&format!("{}{path}", self.base_url)).unwrap();
        url.query_pairs_mut().extend_pairs(self.signed(path, false));
        let part = reqwest::multipart::Part::bytes(world::ONE_PIXEL).file_name("a.png");
        let form = reqwest::multipart::Form::new().part("image", part);
        let reply = client().unwrap().post(url).multipart(form).send().await.unwrap();
        let reply: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
        reply["response"]["image_info"]["image_id"].as_str().unwrap().to_owned()
    }

    async fn order(&self, wish: Value) -> String {
        let done = self.control("POST", "orders", wish).await;
        done["id"].as_str().unwrap_or_else(|| panic!("refused: {done}")).to_owned()
    }

    async fn stocks(&self) -> BTreeMap<String, i64> {
        let books = self.control("GET", "books", json!({})).await;
        let listings = books["listings"].as_array().unwrap();
        let offers = listings.iter().flat_map(|listing| listing["offers"].as_array().unwrap());
        offers
            .map(|offer| (offer["sku"].as_str().unwrap().to_owned(), offer["stock"].as_i64().unwrap()))
            .collect()
    }
}
