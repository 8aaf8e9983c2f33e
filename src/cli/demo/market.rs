//! The demo's marketplaces: two Shopee shops and one WooCommerce site, each simulated on loopback.

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
        let shopee = ganh_sandbox::shopee::start(Options {
            seed,
            shops: 2,
            profile: Some("quick".into()),
            ..Options::default()
        })
        .await
        .context("the simulated Shopee cannot listen on loopback")?;
        let site =
            ganh_sandbox::woocommerce::start(Options { seed: seed.wrapping_add(1), ..Options::default() })
                .await
                .context("the simulated provincial site cannot listen on loopback")?;
        let ids = shop_ids(&shopee.credentials())?;
        let [first, second] = ids.as_slice() else {
            bail!("the simulated Shopee has {} shops instead of 2", ids.len())
        };
        let stalls = vec![
            Stall { handle: "shopee/thai-binh".into(), channel: "shopee", sandbox: 0, remote: first.clone() },
            Stall { handle: "shopee/mien-tay".into(), channel: "shopee", sandbox: 0, remote: second.clone() },
            Stall {
                handle: "woocommerce/san-tinh".into(),
                channel: "woocommerce",
                sandbox: 1,
                remote: String::new(),
            },
        ];
        Ok(Self { sandboxes: vec![shopee, site], stalls })
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

fn shop_ids(credentials: &Value) -> Result<Vec<String>> {
    let shops = credentials["shops"].as_array().context("the simulated Shopee names no shops")?;
    Ok(shops.iter().map(|shop| shop["shop_id"].to_string().trim_matches('"').to_owned()).collect())
}
