//! The product around the sandboxes: a store on disk, an engine, connected shops whose listings are adopted.

use crate::goods::Goods;
use crate::market::Stall;
use anyhow::{Context, Result, anyhow};
use ganh::clock::{Clock, SystemClock};
use ganh::daemon::{Parts, Supervisor, Times, engine};
use ganh::ids::{ProducerId, ShopId};
use ganh::listing::match_listings;
use ganh::store::{Approval, Keys, MasterKey, NewPlatform, Settings, Store};
use ganh::sync::enrol::{Answer, Wish, enrol};
use ganh::sync::{Engine, Rules, Witness, first};
use ganh_contract::Secret;
use ganh_http::Silent;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Listings adopted in one transaction.
const STEP: usize = 500;

/// A store with its engine.
pub struct Town {
    pub store: Store,
    pub engine: Engine,
    pub folder: TempDir,
}

/// Settings of a platform's calls.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    Unlimited,
    /// Calls per second of each shop.
    PerSecond(f64),
}

/// Running lanes.
pub struct Lanes {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Town {
    /// An empty store in a temporary folder, laid out as `ganh init` lays it.
    pub async fn new(rules: Rules, witness: Arc<dyn Witness>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ganh-bench-").tempdir()?;
        let key = MasterKey::generate()?.to_secret();
        write_private(&folder.path().join("ganh.key"), key.expose())?;
        let keys = Keys::parse(key.expose())?;
        let url = format!("sqlite:{}", folder.path().join("ganh.db").display());
        let clock = Arc::new(SystemClock);
        let store = Store::open(&Settings::at(url), keys, clock.now()).await?;
        let parts = Parts {
            store: store.clone(),
            clock,
            recorder: Arc::new(Silent),
            witness,
            rules,
            owner: "bench".into(),
        };
        let engine = engine(parts).map_err(|fault| anyhow!("{fault}"))?;
        Ok(Self { store, engine, folder })
    }

    /// Imports the goods. Returns their producer.
    pub async fn import(&self, goods: &Goods) -> Result<ProducerId> {
        let revision = self.store.existing_for_import().await?.revision;
        self.store.apply_import(revision, &goods.effects(), &[], "bench", self.now()).await?;
        let producers = self.store.producers().await?;
        let ours = producers.into_iter().find(|row| row.producer.code.as_str() == goods.producer);
        Ok(ours.context("the imported producer is not there")?.id)
    }

    /// Connects a shop that shows the goods already, reads it whole and adopts every listing: nothing is dirty afterwards.
    pub async fn connect(
        &self,
        stall: &Stall<'_>,
        producer: Option<ProducerId>,
        pace: Pace,
    ) -> Result<ShopId> {
        let credentials = stall.sandbox.credentials();
        let base_url = credentials["base_url"].as_str().context("the sandbox names no address")?.to_owned();
        let (platform, answer) = match stall.channel {
            "shopee" => (app(&credentials, base_url, pace)?, code(&credentials, stall)?),
            _ => (site(base_url.clone(), pace), keys(&credentials, &base_url)?),
        };
        let wish = Wish {
            platform,
            seller: Answer::ToBeTraded(answer),
            remote: None,
            producer,
            handle: Some(stall.handle.clone()),
            settings: json!({ "alcohol": "forbidden" }),
            orders_since: self.now() - SignedDuration::from_mins(1),
        };
        let enrolled =
            enrol(&self.engine, wish).await.map_err(|fault| anyhow!("{}: {fault}", stall.handle))?;
        let one = enrolled.into_iter().next().context("the consent opened no shop")?;
        one.survey.map_err(|fault| anyhow!("{}: {fault}", stall.handle))?;
        let shop = self.store.shop(one.shop.id).await?;
        let lease = self
            .store
            .take_lease(&self.engine.owner, shop.id, self.now(), SignedDuration::from_hours(1))
            .await?;
        let lease = lease.context("another process drives this shop")?;
        let began = first::read_whole(&self.engine, &shop, &lease, &|_| {}).await;
        let began = began.map_err(|fault| anyhow!("{}: {fault}", stall.handle))?;
        self.adopt(shop.id, began).await?;
        self.store.release_leases(&[lease]).await?;
        Ok(shop.id)
    }

    /// Adopts everything that was read since `began`.
    pub async fn adopt(&self, shop: ShopId, began: Timestamp) -> Result<()> {
        let ours = self.store.our_variants(shop).await?;
        let seen = self.store.seen_listings(shop, began).await?;
        let seen: Vec<_> = seen.into_iter().map(|listing| listing.seen).collect();
        let matches = match_listings(&ours, &seen);
        for adopt in matches.adopt.chunks(STEP) {
            self.store.approve_shop(shop, &Approval { adopt, create: &[] }, self.now()).await?;
        }
        Ok(())
    }

    /// Changes the facts of every Shopee app: shops are opened with them from now on.
    pub async fn set_facts(&self, facts: &Value) -> Result<()> {
        for platform in self.store.platforms().await? {
            let mut settings = platform.settings.clone();
            merge(&mut settings["facts"], facts);
            let new = NewPlatform {
                channel: platform.channel,
                handle: platform.handle,
                base_url: platform.base_url,
                settings,
                secret: platform.secret,
            };
            self.store.put_platform(&new, self.now()).await?;
        }
        Ok(())
    }

    /// Starts the lanes of all shops.
    pub fn drive(&self) -> Lanes {
        let stop = CancellationToken::new();
        let times = Times { drain: Duration::from_secs(10), ..Times::default() };
        let task = tokio::spawn(Supervisor::new(self.engine.clone(), times).run(stop.clone()));
        Lanes { stop, task }
    }

    /// Waits until no offer of these shops is dirty or in flight.
    pub async fn in_step(&self, shops: &[ShopId]) -> Result<()> {
        loop {
            let mut is_dirty = false;
            for shop in shops {
                is_dirty |= !self.store.dirty_offers(*shop, Timestamp::MAX, 1).await?.is_empty();
            }
            if !is_dirty {
                let mut open = 0;
                for shop in shops {
                    let pending = self.store.pending(*shop).await?;
                    open += pending.dirty + pending.in_flight;
                }
                if open == 0 {
                    return Ok(());
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Closes the store; its folder stays until the town is dropped.
    pub async fn close(self) -> TempDir {
        self.store.close().await;
        self.folder
    }

    pub fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }
}

impl Lanes {
    /// Ends the lanes; what is in flight is answered.
    pub async fn end(self) -> Result<()> {
        self.stop.cancel();
        self.task.await.context("the lanes ended badly")
    }
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}

fn app(credentials: &Value, base_url: String, pace: Pace) -> Result<NewPlatform> {
    let partner_id = credentials["partner_id"].clone();
    let key = credentials["partner_key"].as_str().context("the sandbox names no partner_key")?;
    let shop = match pace {
        Pace::Unlimited => json!({ "per_second": 0.0 }),
        Pace::PerSecond(rate) => json!({ "per_second": rate, "burst": 1 }),
    };
    Ok(NewPlatform {
        channel: "shopee".into(),
        handle: partner_id.to_string(),
        base_url,
        settings: json!({
            "partner_id": partner_id,
            "facts": {
                "quota": { "shop": shop, "app": { "per_second": 0.0 } },
                "lag": { "read_s": 0, "search_s": 1, "cut_s": 2 },
            },
        }),
        secret: Some(Secret::new(key)),
    })
}

fn site(base_url: String, pace: Pace) -> NewPlatform {
    let limits = match pace {
        Pace::Unlimited => json!({ "unlimited": true, "cut_s": 2 }),
        Pace::PerSecond(rate) => json!({ "shop_per_second": rate, "cut_s": 2 }),
    };
    NewPlatform {
        channel: "woocommerce".into(),
        handle: base_url.clone(),
        base_url,
        settings: json!({ "limits": limits }),
        secret: None,
    }
}

fn code(credentials: &Value, stall: &Stall<'_>) -> Result<BTreeMap<String, Secret>> {
    let shops = credentials["shops"].as_array().context("the sandbox names no shops")?;
    let shop = shops.iter().find(|shop| shop["shop_id"].to_string().trim_matches('"') == stall.remote);
    let code = shop.and_then(|shop| shop["code"].as_str()).context("the sandbox names no code")?;
    Ok(BTreeMap::from([
        ("code".to_owned(), Secret::new(code)),
        ("shop_id".to_owned(), Secret::new(stall.remote.clone())),
    ]))
}

fn keys(credentials: &Value, base_url: &str) -> Result<BTreeMap<String, Secret>> {
    let mut answer = BTreeMap::from([("address".to_owned(), Secret::new(base_url))]);
    for name in ["consumer_key", "consumer_secret"] {
        let key = credentials[name].as_str().with_context(|| format!("the sandbox names no {name}"))?;
        answer.insert(name.to_owned(), Secret::new(key));
    }
    Ok(answer)
}
