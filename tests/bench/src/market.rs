//! Simulated marketplaces that already show the goods, each figure as wanted.

use crate::goods::{Goods, PRICE, STOCK};
use anyhow::{Context, Result, bail};
use ganh_sandbox::{Options, Running};
use serde_json::{Value, json};

/// One shop at its marketplace.
pub struct Stall<'a> {
    pub sandbox: &'a Running,
    pub channel: &'static str,
    pub handle: String,
    /// The shop as the sandbox names it; empty where it has one.
    pub remote: String,
}

/// A simulated Shopee with so many shops.
pub async fn shopee(shops: usize) -> Result<Running> {
    let options = Options { shops, profile: Some("quick".into()), ..Options::default() };
    ganh_sandbox::shopee::start(options).await.context("the simulated Shopee cannot listen on loopback")
}

/// A simulated provincial site.
pub async fn site() -> Result<Running> {
    ganh_sandbox::woocommerce::start(Options::default())
        .await
        .context("the simulated provincial site cannot listen on loopback")
}

/// The shops of a simulated Shopee.
pub fn shopee_stalls(sandbox: &Running) -> Result<Vec<Stall<'_>>> {
    let credentials = sandbox.credentials();
    let shops = credentials["shops"].as_array().context("the simulated Shopee names no shops")?;
    let ids = shops.iter().map(|shop| shop["shop_id"].to_string().trim_matches('"').to_owned());
    Ok(ids
        .enumerate()
        .map(|(place, remote)| Stall {
            sandbox,
            channel: "shopee",
            handle: format!("shopee/{place}"),
            remote,
        })
        .collect())
}

/// The shop of a simulated site.
pub fn site_stall(sandbox: &Running) -> Stall<'_> {
    Stall { sandbox, channel: "woocommerce", handle: "woocommerce/0".into(), remote: String::new() }
}

impl Stall<'_> {
    /// A control call for this shop.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let path = match self.remote.as_str() {
            "" => path.to_owned(),
            remote => format!("{path}?shop={remote}"),
        };
        self.sandbox.control(method, &path, body).await
    }

    /// Puts every product of the goods into the shop.
    pub async fn show(&self, goods: &Goods) -> Result<()> {
        for (code, skus) in &goods.products {
            let title = format!("Bánh cáy làng Nguyễn {code}");
            let body = match skus.as_slice() {
                [only] => json!({ "title": title, "sku": only, "price": PRICE, "stock": STOCK }),
                several => {
                    let variants: Vec<Value> = several
                        .iter()
                        .enumerate()
                        .map(|(place, sku)| {
                            let option = format!("Loại {}", place + 1);
                            json!({ "sku": sku, "price": PRICE, "stock": STOCK, "option": option,
                                    "options": { "Phân loại": option } })
                        })
                        .collect();
                    json!({ "title": title, "code": code, "price": PRICE, "stock": STOCK, "variants": variants })
                }
            };
            let answer = self.ask("POST", "/_sandbox/listings", Some(body)).await;
            if answer.get("id").is_none() {
                bail!("the simulated {} does not take listing {code}: {answer}", self.channel);
            }
        }
        Ok(())
    }

    /// Calls that reached the sandbox, of this kind, by all of its shops.
    pub async fn calls(&self, kind: &str) -> u64 {
        let summary = self.sandbox.control("GET", "/_sandbox/journal/summary", None).await;
        summary["by_kind"][kind].as_u64().unwrap_or(0)
    }

    /// One number of the journal's summary.
    pub async fn counted(&self, name: &str) -> u64 {
        self.sandbox.control("GET", "/_sandbox/journal/summary", None).await[name].as_u64().unwrap_or(0)
    }
}
