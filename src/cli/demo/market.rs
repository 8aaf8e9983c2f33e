//! The demo's marketplaces: two Shopee shops, one at Lazada, one at TikTok Shop and a WooCommerce site, each simulated on loopback.

use anyhow::{Context, Result, bail};
use ganh_sandbox::{Books, Options, Running};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How badly the marketplaces behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Faults {
    /// They answer as documented.
    None,
    /// Now and then a reply is lost or a call is throttled.
    Some,
    /// Everything at once, often.
    Storm,
}

/// Sandboxes of this profile have none of the delays of the real marketplace.
const QUICK: &str = "quick";

/// One shop of the demo at its marketplace.
#[derive(Debug, Clone)]
pub struct Stall {
    pub handle: String,
    pub channel: &'static str,
    /// Index into [`Market::sandboxes`].
    pub sandbox: usize,
    /// The shop as the sandbox names it; empty where it has one.
    pub remote: String,
}

/// The running sandboxes.
pub struct Market {
    pub sandboxes: Vec<Running>,
    pub stalls: Vec<Stall>,
}

impl Market {
    /// Starts the sandboxes. The same seed gives the same keys, buyers and faults.
    pub async fn open(seed: u64) -> Result<Self> {
        let options = |sandbox: u64, shops: usize, profile: &str| Options {
            seed: seed.wrapping_add(sandbox),
            shops,
            profile: (!profile.is_empty()).then(|| profile.to_owned()),
            ..Options::default()
        };
        let unheard = |name: &str| format!("the simulated {name} cannot listen on loopback");
        let shopee =
            ganh_sandbox::shopee::start(options(0, 2, QUICK)).await.with_context(|| unheard("Shopee"))?;
        let lazada =
            ganh_sandbox::lazada::start(options(2, 1, QUICK)).await.with_context(|| unheard("Lazada"))?;
        let tiktok = ganh_sandbox::tiktok_shop::start(options(3, 1, QUICK))
            .await
            .with_context(|| unheard("TikTok Shop"))?;
        let site = ganh_sandbox::woocommerce::start(options(1, 1, ""))
            .await
            .with_context(|| unheard("provincial site"))?;
        let sandboxes = vec![shopee, lazada, tiktok, site];
        let mut stalls = Vec::new();
        for (handle, channel, sandbox, place) in [
            ("shopee/thai-binh", "shopee", 0, Some(0)),
            ("shopee/mien-tay", "shopee", 0, Some(1)),
            ("lazada/thai-binh", "lazada", 1, Some(0)),
            ("tiktok_shop/mien-tay", "tiktok_shop", 2, Some(0)),
            ("woocommerce/san-tinh", "woocommerce", 3, None),
        ] {
            let remote = match place {
                Some(place) => shop_id(&sandboxes[sandbox].credentials(), place)
                    .with_context(|| format!("the sandbox of {handle} names too few shops"))?,
                None => String::new(),
            };
            stalls.push(Stall { handle: handle.into(), channel, sandbox, remote });
        }
        Ok(Self { sandboxes, stalls })
    }

    /// A control call for one stall.
    pub async fn ask(&self, stall: &Stall, method: &str, path: &str, body: Option<Value>) -> Value {
        let path =
            if stall.remote.is_empty() { path.to_owned() } else { format!("{path}?shop={}", stall.remote) };
        self.sandboxes[stall.sandbox].control(method, &path, body).await
    }

    /// What the marketplace's own books say of a stall.
    pub async fn books(&self, stall: &Stall) -> Result<Books> {
        let answer = self.ask(stall, "GET", "/_sandbox/books", None).await;
        serde_json::from_value(answer)
            .with_context(|| format!("the books of {} cannot be read", stall.handle))
    }

    /// Calls by kind, over all sandboxes.
    pub async fn calls(&self) -> BTreeMap<String, u64> {
        let mut sums = BTreeMap::new();
        for sandbox in &self.sandboxes {
            let summary = sandbox.control("GET", "/_sandbox/journal/summary", None).await;
            for (kind, count) in summary["by_kind"].as_object().into_iter().flatten() {
                *sums.entry(kind.clone()).or_insert(0) += count.as_u64().unwrap_or(0);
            }
        }
        sums
    }

    /// Makes the marketplaces misbehave from now on.
    pub async fn misbehave(&self, faults: Faults) -> Result<()> {
        let share = match faults {
            Faults::None => return Ok(()),
            Faults::Some => 0.01,
            Faults::Storm => 0.05,
        };
        let mut kinds = vec!["cut_before", "cut_after", "throttle", "down", "server_error"];
        if faults == Faults::Storm {
            kinds.extend([
                "half_json",
                "html_200",
                "half_batch",
                "slow",
                "throttle_429",
                "numbers_as_strings",
                "empty_page",
            ]);
        }
        for sandbox in &self.sandboxes {
            for kind in &kinds {
                let fault =
                    json!({ "kind": kind, "probability": share / kinds.len() as f64 * 4.0, "after_ms": 300 });
                let answer = sandbox.control("POST", "/_sandbox/faults", Some(fault)).await;
                if let Some(error) = answer.get("error") {
                    bail!("the sandbox does not know the fault {kind}: {error}");
                }
            }
        }
        Ok(())
    }

    /// Ends all misbehaviour.
    pub async fn behave(&self) {
        for sandbox in &self.sandboxes {
            sandbox.control("DELETE", "/_sandbox/faults", None).await;
        }
    }

    /// Stops the sandboxes.
    pub async fn close(self) {
        for sandbox in self.sandboxes {
            sandbox.stop().await;
        }
    }
}

/// The id of a shop, as text whatever the marketplace makes of it.
fn shop_id(credentials: &Value, place: usize) -> Option<String> {
    let shop = credentials["shops"].get(place)?;
    let id = shop.get("shop_id").or_else(|| shop.get("seller_id"))?;
    Some(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
}
