//! The marketplaces: simulated, in this process, so that they live on when the daemon dies.

use crate::base::Base;
use anyhow::{Context as _, Result, bail};
use ganh_sandbox::{Books, Options, Running};
use serde_json::{Value, json};

/// The running sandboxes and the shops at them.
pub struct Market {
    sandboxes: Vec<Running>,
    stalls: Vec<Stall>,
}

/// One shop.
#[derive(Debug, Clone)]
pub struct Stall {
    /// Its name at ours.
    pub handle: String,
    pub channel: &'static str,
    /// The shop as the sandbox names it; empty where it has one.
    pub remote: String,
    sandbox: usize,
}

impl Stall {
    /// What happens to an order there when the goods leave.
    pub fn leaves(&self) -> &'static str {
        if self.channel == "woocommerce" { "complete" } else { "ship" }
    }

    /// True where single units of a line are cancelled by SKU.
    pub fn cancels_units(&self) -> bool {
        self.channel == "shopee"
    }
}

impl Market {
    /// Two Shopee shops and a provincial site.
    pub async fn open(seed: u64) -> Result<Self> {
        let options = Options { seed, shops: 2, profile: Some("quick".into()), ..Options::default() };
        let shopee = ganh_sandbox::shopee::start(options).await.context("the simulated Shopee")?;
        let options = Options { seed: seed.wrapping_add(1), ..Options::default() };
        let site = ganh_sandbox::woocommerce::start(options).await.context("the simulated site")?;
        let credentials = shopee.credentials();
        let mut stalls: Vec<Stall> = Vec::new();
        for shop in credentials["shops"].as_array().context("the simulated Shopee names no shops")? {
            let remote = shop["shop_id"].to_string().trim_matches('"').to_owned();
            stalls.push(Stall { handle: format!("shopee/{remote}"), channel: "shopee", remote, sandbox: 0 });
        }
        stalls.push(Stall {
            handle: "woocommerce/site".into(),
            channel: "woocommerce",
            remote: String::new(),
            sandbox: 1,
        });
        let market = Self { sandboxes: vec![shopee, site], stalls };
        for sandbox in &market.sandboxes {
            // So that a kill finds calls under way.
            sandbox.control("POST", "/_sandbox/latency", Some(json!({ "ms": 10, "jitter_ms": 60 }))).await;
        }
        Ok(market)
    }

    /// The shops.
    pub fn stalls(&self) -> &[Stall] {
        &self.stalls
    }

    /// Connects every shop and lets its first plan come true, as an admin does.
    pub async fn connect(&self, base: &Base) -> Result<()> {
        for stall in &self.stalls {
            let sandbox = &self.sandboxes[stall.sandbox];
            let mut keys = sandbox.credentials();
            if let Some(keys) = keys.as_object_mut().filter(|_| stall.channel == "woocommerce") {
                // The second pair works over TLS only.
                keys.retain(|name, _| name.starts_with("consumer_"));
            }
            base.write("keys.json", &keys.to_string())?;
            let settings = match stall.channel {
                "shopee" => {
                    "facts={\"quota\":{\"shop\":{\"per_second\":0.0},\"app\":{\"per_second\":0.0}},\
                             \"lag\":{\"read_s\":0,\"search_s\":1,\"cut_s\":1},\"build\":{\"wait_s\":0}}"
                }
                _ => "limits={\"unlimited\":true,\"cut_s\":1}",
            };
            let add = [
                "shop",
                "add",
                stall.channel,
                "--base-url",
                sandbox.base_url(),
                "--credentials",
                "keys.json",
            ];
            let mut arguments = [&add[..], &["--handle", &stall.handle, "--set", settings]].concat();
            if !stall.remote.is_empty() {
                arguments.extend(["--remote-id", &stall.remote]);
            }
            base.must(&arguments).await?;
            base.must(&["apply", &stall.handle, "--yes"]).await?;
        }
        Ok(())
    }

    /// What a shop's own books say.
    pub async fn books(&self, stall: &Stall) -> Result<Books> {
        let answer = self.ask(stall, "GET", "books", None).await;
        serde_json::from_value(answer).with_context(|| format!("the books of {}", stall.handle))
    }

    /// A buyer pays for so many units. `None`: it cannot be bought now. Else the order's id.
    pub async fn buy(&self, stall: &Stall, sku: &str, units: i64) -> Result<Option<String>> {
        let wish = json!({ "lines": [{ "sku": sku, "units": units }], "paid": true });
        let answer = self.ask(stall, "POST", "orders", Some(wish)).await;
        if answer.get("error").is_some() {
            return Ok(None);
        }
        let id = &answer["id"];
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        if id.is_empty() || id == "null" {
            bail!("{}: an order without an id: {answer}", stall.handle);
        }
        Ok(Some(id))
    }

    /// Something happens to an order; false when the marketplace does not let it.
    pub async fn happens(&self, stall: &Stall, order: &str, event: &str, body: Value) -> bool {
        let answer = self.ask(stall, "POST", &format!("orders/{order}/{event}"), Some(body)).await;
        answer.get("error").is_none()
    }

    /// Calls that reached the marketplaces, by kind.
    pub async fn calls(&self, kind: &str) -> u64 {
        let mut sum = 0;
        for sandbox in &self.sandboxes {
            let summary = sandbox.control("GET", "/_sandbox/journal/summary", None).await;
            sum += summary["by_kind"][kind].as_u64().unwrap_or(0);
        }
        sum
    }

    /// Stops the sandboxes.
    pub async fn close(self) {
        for sandbox in self.sandboxes {
            sandbox.stop().await;
        }
    }

    async fn ask(&self, stall: &Stall, method: &str, path: &str, body: Option<Value>) -> Value {
        let shop = if stall.remote.is_empty() { String::new() } else { format!("?shop={}", stall.remote) };
        let path = format!("/_sandbox/{path}{shop}");
        self.sandboxes[stall.sandbox].control(method, &path, body).await
    }
}
