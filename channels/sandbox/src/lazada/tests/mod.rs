//! Stories through the whole market, over its own door: HTTP, signed as spec 2 says.

mod access;
mod fault;
mod order;
mod product;
mod push;
mod shapes;
mod stock;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::core::client::client;
use crate::core::{Options, Running};

use super::sign::Signer;
use super::{start, world};

/// A client of one shop, as little as it takes.
struct Client {
    running: Running,
    api: String,
    app_key: String,
    signer: Signer,
    seller: String,
    token: String,
    refresh: String,
    /// Milliseconds added to the real clock when signing.
    skew_ms: i64,
}

/// Parameters as they are signed and sent.
type Pairs = Vec<(String, String)>;

impl Client {
    async fn new(profile: &str) -> Self {
        Self::with_shops(profile, 1).await
    }

    async fn with_shops(profile: &str, shops: usize) -> Self {
        let options = Options { seed: 7, shops, profile: Some(profile.to_owned()), ..Options::default() };
        let running = start(options).await.unwrap();
        Self::of(running, 0)
    }

    fn of(running: Running, shop: usize) -> Self {
        let keys = running.credentials();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let shop = &keys["shops"][shop];
        Self {
            api: text(&keys["api_url"]),
            app_key: text(&keys["app_key"]),
            signer: Signer::new(keys["app_secret"].as_str().unwrap()),
            seller: text(&shop["seller_id"]),
            token: text(&shop["access_token"]),
            refresh: text(&shop["refresh_token"]),
            skew_ms: 0,
            running,
        }
    }

    /// System parameters without the signature.
    fn system(&self, has_token: bool) -> Pairs {
        let time = (jiff::Timestamp::now().as_millisecond() + self.skew_ms).to_string();
        let own = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let mut pairs =
            vec![own("app_key", &self.app_key), own("timestamp", &time), own("sign_method", "sha256")];
        if has_token {
            pairs.push(own("access_token", &self.token));
        }
        pairs
    }

    /// All parameters with the signature over all of them.
    fn signed(&self, path: &str, has_token: bool, args: &[(&str, &str)]) -> Pairs {
        let mut pairs = self.system(has_token);
        pairs.extend(args.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        let sign = self.sign(path, &pairs);
        pairs.push(("sign".to_owned(), sign));
        pairs
    }

    fn sign(&self, path: &str, pairs: &Pairs) -> String {
        let sorted: BTreeMap<&str, &str> =
            pairs.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        self.signer.sign(path, sorted)
    }

    fn url(&self, path: &str, query: &Pairs) -> url::Url {
        let mut url = url::Url::parse(&format!("{}{path}", self.api)).unwrap();
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    async fn read(request: reqwest::RequestBuilder) -> Value {
        let reply = request.send().await.unwrap();
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or(Value::Null)
    }

    async fn get(&self, path: &str, args: &[(&str, &str)]) -> Value {
        Self::read(client().unwrap().get(self.url(path, &self.signed(path, true, args)))).await
    }

    async fn get_public(&self, path: &str, args: &[(&str, &str)]) -> Value {
        Self::read(client().unwrap().get(self.url(path, &self.signed(path, false, args)))).await
    }

    /// As the official Java SDK posts: system parameters in the query, the rest in a form.
    async fn post(&self, path: &str, args: &[(&str, &str)]) -> Value {
        let all = self.signed(path, true, args);
        let is_own = |pair: &&(String, String)| args.iter().any(|(name, _)| *name == pair.0);
        let query: Pairs = all.iter().filter(|pair| !is_own(pair)).cloned().collect();
        Self::read(client().unwrap().post(self.url(path, &query)).form(args)).await
    }

    async fn payload(&self, path: &str, payload: &Value) -> Value {
        self.post(path, &[("payload", &payload.to_string())]).await
    }

    /// `Request/Product/Skus/Sku` with these rows.
    async fn skus(&self, path: &str, rows: Value) -> Value {
        self.payload(path, &json!({"Request": {"Product": {"Skus": {"Sku": rows}}}})).await
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.running.control(method, path, Some(body)).await
    }

    async fn set(&self, settings: Value) {
        self.control("POST", "settings", settings).await;
    }

    async fn fault(&self, fault: Value) {
        let armed = self.control("POST", "faults", fault).await;
        assert!(armed.get("error").is_none(), "{armed}");
    }

    async fn seed(&self, sku: &str, stock: i64) -> (u64, u64) {
        let listing =
            json!({"title": format!("Cà phê rang xay {sku}"), "sku": sku, "price": 50_000, "stock": stock});
        let done = self.control("POST", "listings", listing).await;
        let item: u64 = done["id"].as_str().unwrap_or_else(|| panic!("{done}")).parse().unwrap();
        (item, self.offer(sku).await["id"].as_str().unwrap().parse().unwrap())
    }

    /// A SKU in the books.
    async fn offer(&self, sku: &str) -> Value {
        let books = self.control("GET", "books", json!({})).await;
        let listings = books["listings"].as_array().unwrap();
        let mut offers = listings.iter().flat_map(|listing| listing["offers"].as_array().unwrap());
        offers.find(|offer| offer["sku"] == sku).unwrap_or_else(|| panic!("no {sku}")).clone()
    }

    async fn order(&self, wish: Value) -> String {
        let done = self.control("POST", "orders", wish).await;
        done["id"].as_str().unwrap_or_else(|| panic!("refused: {done}")).to_owned()
    }

    async fn picture(&self) -> String {
        self.upload(world::SAMPLE_PNG.to_vec()).await["data"]["image"]["url"].as_str().unwrap().to_owned()
    }

    async fn upload(&self, bytes: Vec<u8>) -> Value {
        let path = "/image/upload";
        let url = self.url(path, &self.signed(path, true, &[]));
        let part = reqwest::multipart::Part::bytes(bytes).file_name("a.png");
        let form = reqwest::multipart::Form::new().part("image", part);
        Self::read(client().unwrap().post(url).multipart(form)).await
    }

    /// A product of one SKU that every check lets pass.
    async fn draft(&self, sku: &str) -> Value {
        let picture = self.picture().await;
        json!({
            "PrimaryCategory": "9112", "Images": {"Image": [picture]},
            "Attributes": {"name": "Cà phê Robusta rang mộc", "brand_id": "60001", "description": "<p>Rang mộc.</p>", "country_origin": "Vietnam", "model": sku},
            "Skus": {"Sku": [{"SellerSku": sku, "quantity": "20", "price": "98000", "package_weight": "0.75", "package_length": "10", "package_width": "10", "package_height": "26"}]},
        })
    }

    async fn create(&self, product: &Value) -> Value {
        self.payload("/product/create", &json!({"Request": {"Product": product}})).await
    }
}

/// The code of the first complaint.
fn first_code(answer: &Value) -> &str {
    answer["detail"][0]["code"].as_str().unwrap_or_else(|| panic!("no complaint: {answer}"))
}
