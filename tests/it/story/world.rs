//! The furniture of the stories: simulated marketplaces, a store, an engine, and the daemon's loops.

mod agree;
mod base;
mod door;
mod goods;

pub use agree::{differences, there};
pub(crate) use base::on_both;
pub use base::{Base, MASTER_KEY};
pub use goods::{Good, good, import, in_sizes};

use door::Door;
use ganh::clock::{Clock, SystemClock};
use ganh::daemon::{Parts, Supervisor, Times, engine};
use ganh::ids::ShopId;
use ganh::listing::OfferState;
use ganh::plan::blast::Limits;
use ganh::stock::MovementKind;
use ganh::store::{Lease, NewPlatform, OrderRow, StockEntry, Store};
use ganh::sync::enrol::{Answer, Wish, enrol};
use ganh::sync::{Blind, Engine, Rules, Witness, first, proposal};
use ganh_contract::Secret;
use ganh_http::Silent;
use ganh_sandbox::{Books, Options, Running};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a story starts from; every part may be changed before `open`.
pub struct Setting {
    pub base: Base,
    pub goods: Vec<Good>,
    pub shopee_shops: usize,
    pub has_site: bool,
    /// Numbers over the facts of the Shopee adapter.
    pub shopee_facts: Value,
    /// Numbers over the facts of the WooCommerce adapter.
    pub site_limits: Value,
    pub rules: Rules,
    pub witness: Arc<dyn Witness>,
}

impl Setting {
    /// Two Shopee shops and a provincial site, none of them slow or limited.
    pub fn on(base: Base) -> Self {
        Self {
            base,
            goods: vec![good("GIO-01", 185_000, 40), good("GIO-02", 95_000, 25)],
            shopee_shops: 2,
            has_site: true,
            shopee_facts: json!({
                "quota": { "shop": { "per_second": 0.0 }, "app": { "per_second": 0.0 } },
                "lag": { "read_s": 0, "search_s": 1, "cut_s": 1 },
                "build": { "wait_s": 0 },
            }),
            site_limits: json!({ "unlimited": true, "cut_s": 1 }),
            rules: Rules {
                poll_orders: Duration::from_millis(200),
                sweep_orders: Duration::from_secs(3_600),
                look_again: Duration::from_millis(300),
                audit_page: Duration::from_secs(3_600),
                skew: SignedDuration::from_secs(1),
                ..Rules::default()
            },
            witness: Arc::new(Blind),
        }
    }

    pub fn selling(mut self, goods: &[Good]) -> Self {
        self.goods = goods.to_vec();
        self
    }

    /// Only so many Shopee shops, and no site.
    pub fn shopee_only(mut self, shops: usize) -> Self {
        (self.shopee_shops, self.has_site) = (shops, false);
        self
    }

    /// Starts the marketplaces, imports the goods and connects every shop; nothing is approved and nothing driven.
    pub async fn unapproved(mut self) -> World {
        let mut sandboxes = Vec::new();
        let mut stalls = Vec::new();
        if self.shopee_shops > 0 {
            let quick = Some("quick".to_owned());
            let options = Options { seed: 7, shops: self.shopee_shops, profile: quick, ..Options::default() };
            let shopee = ganh_sandbox::shopee::start(options).await.expect("the simulated Shopee listens");
            for shop in shopee.credentials()["shops"].as_array().expect("shops") {
                let remote = shop["shop_id"].to_string().trim_matches('"').to_owned();
                stalls.push(Stall {
                    id: ShopId::new(0),
                    handle: format!("shopee/{remote}"),
                    sandbox: 0,
                    remote,
                });
            }
            sandboxes.push(shopee);
        }
        if self.has_site {
            let site = ganh_sandbox::woocommerce::start(Options { seed: 8, ..Options::default() });
            let sandbox = sandboxes.len();
            stalls.push(Stall {
                id: ShopId::new(0),
                handle: "woocommerce/site".into(),
                sandbox,
                remote: String::new(),
            });
            sandboxes.push(site.await.expect("the simulated site listens"));
        }
        let door = Door::bind().await;
        self.rules.pictures_url = Some(door.url.clone());
        self.rules.hooks_url = Some(door.url.clone());
        let store = self.base.open().await;
        let engine = node(&store, &self.rules, &self.witness, "first", Arc::new(SystemClock));
        door.open(&engine);
        import(&store, &self.goods).await;
        let mut world = World { store, engine, sandboxes, stalls, door, setting: self };
        for index in 0..world.stalls.len() {
            world.stalls[index].id = world.connect(&world.stalls[index]).await;
        }
        world
    }

    /// The same, and every shop's first plan is approved.
    pub async fn open(self) -> World {
        let world = self.unapproved().await;
        for stall in &world.stalls {
            world.approve(stall).await;
        }
        world
    }

    /// The same, driven until every shop is in step; the driving goes on.
    pub async fn live(self) -> (World, Driving) {
        let world = self.open().await;
        let driving = world.drive();
        world.quiet().await;
        (world, driving)
    }
}

fn node(
    store: &Store,
    rules: &Rules,
    witness: &Arc<dyn Witness>,
    owner: &str,
    clock: Arc<dyn Clock>,
) -> Engine {
    engine(Parts {
        store: store.clone(),
        clock,
        recorder: Arc::new(Silent),
        witness: witness.clone(),
        rules: rules.clone(),
        owner: owner.into(),
    })
    .expect("the system's certificates can be used")
}

/// One shop at its marketplace.
#[derive(Debug, Clone)]
pub struct Stall {
    pub id: ShopId,
    pub handle: String,
    /// Index into [`World::sandboxes`].
    pub sandbox: usize,
    /// The shop as the sandbox names it; empty where it has one.
    pub remote: String,
}

/// Marketplaces, store and engine of one story.
pub struct World {
    pub store: Store,
    pub engine: Engine,
    pub sandboxes: Vec<Running>,
    pub stalls: Vec<Stall>,
    pub door: Door,
    pub setting: Setting,
}

impl World {
    async fn connect(&self, stall: &Stall) -> ShopId {
        let credentials = self.sandboxes[stall.sandbox].credentials();
        let base_url = credentials["base_url"].as_str().expect("an address").to_owned();
        let text = |of: &Value| Secret::new(of.as_str().expect("text"));
        let (platform, answer) = if stall.remote.is_empty() {
            let settings = json!({ "limits": self.setting.site_limits });
            let keys = BTreeMap::from([
                ("address".to_owned(), Secret::new(&*base_url)),
                ("consumer_key".to_owned(), text(&credentials["consumer_key"])),
                ("consumer_secret".to_owned(), text(&credentials["consumer_secret"])),
            ]);
            let (channel, handle) = ("woocommerce".to_owned(), base_url.clone());
            (NewPlatform { channel, handle, base_url, settings, secret: None }, keys)
        } else {
            let shops = credentials["shops"].as_array().expect("shops");
            let named = |shop: &&Value| shop["shop_id"].to_string().trim_matches('"') == stall.remote;
            let shop = shops.iter().find(named).expect("the shop is there");
            let app = credentials["partner_id"].clone();
            let code = BTreeMap::from([
                ("code".to_owned(), text(&shop["code"])),
                ("shop_id".to_owned(), Secret::new(&*stall.remote)),
            ]);
            let secret = Some(text(&credentials["partner_key"]));
            let settings = json!({ "partner_id": app, "facts": self.setting.shopee_facts });
            let (channel, handle) = ("shopee".to_owned(), app.to_string());
            (NewPlatform { channel, handle, base_url, settings, secret }, code)
        };
        let wish = Wish {
            platform,
            seller: Answer::ToBeTraded(answer),
            remote: None,
            producer: None,
            handle: Some(stall.handle.clone()),
            settings: json!({}),
            orders_since: Timestamp::now() - SignedDuration::from_mins(1),
        };
        let enrolled = enrol(&self.engine, wish).await.expect("the shop is connected");
        enrolled[0].shop.id
    }

    /// Reads the shop whole, plans, and approves the plan.
    pub async fn approve(&self, stall: &Stall) {
        let proposed = self.propose(stall).await;
        let shop = self.store.shop(stall.id).await.expect("the shop is stored");
        proposal::approve(&self.engine, &shop, &proposed).await.expect("the plan is approved");
    }

    /// Reads the shop whole and plans; changes nothing.
    pub async fn propose(&self, stall: &Stall) -> proposal::Proposal {
        let ttl = SignedDuration::from_secs(60);
        let lease = self.store.take_lease(&self.engine.owner, stall.id, Timestamp::now(), ttl).await;
        self.propose_under(stall, lease.expect("stored").expect("nobody drives the shop")).await
    }

    async fn propose_under(&self, stall: &Stall, lease: Lease) -> proposal::Proposal {
        let engine = &self.engine;
        let shop = self.store.shop(stall.id).await.expect("the shop is stored");
        let since = first::read_whole(engine, &shop, &lease, &|_| {}).await.expect("the shop is read");
        self.store.release_leases(&[lease]).await.expect("stored");
        let limits = Limits::default();
        proposal::propose(engine, &shop, since, &limits, &|_, _| {}).await.expect("the shop is planned")
    }

    /// As [`World::approve`], while a daemon may hold the lease for a moment.
    pub async fn approve_beside(&self, stall: &Stall) {
        let proposed = self.propose_beside(stall).await;
        let shop = self.store.shop(stall.id).await.expect("the shop is stored");
        proposal::approve(&self.engine, &shop, &proposed).await.expect("the plan is approved");
    }

    /// As [`World::propose`], while a daemon may hold the lease for a moment.
    pub async fn propose_beside(&self, stall: &Stall) -> proposal::Proposal {
        let lease = until("the shop is free", async || {
            let now = Timestamp::now();
            let taken =
                self.store.take_lease(&self.engine.owner, stall.id, now, SignedDuration::from_secs(60)).await;
            taken.expect("stored").ok_or_else(|| "held".to_owned())
        })
        .await;
        self.propose_under(stall, lease).await
    }

    /// Runs the daemon's loops until stopped, killed or dropped.
    pub fn drive(&self) -> Driving {
        Driving::start(self.engine.clone())
    }

    /// An engine as another process would have it, with its own handle on the store, witness and clock.
    pub async fn node_watched_by(
        &self,
        owner: &str,
        witness: &Arc<dyn Witness>,
        clock: Arc<dyn Clock>,
    ) -> Engine {
        let store = self.setting.base.open().await;
        node(&store, &self.setting.rules, witness, owner, clock)
    }

    /// Moves stock by hand; the cause must be new.
    pub async fn stock(&self, sku: &str, kind: MovementKind, units: i64, cause: &str) {
        let entry = StockEntry {
            sku: sku.to_owned(),
            place: None,
            kind,
            units,
            cause: cause.to_owned(),
            who: "tester".to_owned(),
        };
        self.store.move_stock(&entry, Timestamp::now()).await.expect("the stock moves");
    }

    /// Gives the app of a Shopee stall other numbers; holds for loops that start later.
    pub async fn reset_facts(&self, facts: Value) {
        let credentials = self.sandboxes[0].credentials();
        let app = credentials["partner_id"].clone();
        let platform = NewPlatform {
            channel: "shopee".into(),
            handle: app.to_string(),
            base_url: credentials["base_url"].as_str().expect("an address").to_owned(),
            settings: json!({ "partner_id": app, "facts": facts }),
            secret: Some(Secret::new(credentials["partner_key"].as_str().expect("a key"))),
        };
        self.store.put_platform(&platform, Timestamp::now()).await.expect("stored");
    }

    /// Waits until a write of this offer is on its way.
    pub async fn in_flight(&self, stall: &Stall, sku: &str) {
        until_so("a write is on its way", async || self.offer(stall, sku).await.sent.is_some()).await;
    }

    /// Waits until the marketplace shows so many units.
    pub async fn shows(&self, stall: &Stall, sku: &str, units: i64) {
        until(&format!("{} shows {units} of {sku}", stall.handle), async || {
            let shown = self.shown(stall, sku).await;
            if shown == Some(units) { Ok(()) } else { Err(format!("{shown:?}")) }
        })
        .await;
    }

    /// Waits until so many units are on hand and reserved.
    pub async fn holds(&self, sku: &str, on_hand: i64, reserved: i64) {
        until(&format!("{on_hand} of {sku} are on hand, {reserved} reserved"), async || {
            let balance = self.balance(sku).await;
            if balance == (on_hand, reserved) { Ok(()) } else { Err(format!("{balance:?}")) }
        })
        .await;
    }

    /// Waits until every shop is in step and its orders were read since now.
    pub async fn quiet(&self) {
        let since = Timestamp::now();
        for stall in &self.stalls {
            until(&format!("{} is in step", stall.handle), async || {
                let pending = self.store.pending(stall.id).await.expect("stored");
                let shop = self.store.shop(stall.id).await.expect("stored");
                if pending.is_quiet() && shop.orders_read_at > since {
                    Ok(())
                } else {
                    Err(format!("{pending:?}"))
                }
            })
            .await;
        }
    }

    /// Waits until every shop is in step, then compares the marketplaces' books with ours.
    pub async fn agrees(&self) {
        self.quiet().await;
        // A shop that was quiet first may have got work from one that was quiet later.
        self.quiet().await;
        assert_eq!(differences(self).await, Vec::<String>::new());
    }

    /// A control call for one stall.
    pub async fn ask(&self, stall: &Stall, method: &str, path: &str, body: Option<Value>) -> Value {
        let mark = if path.contains('?') { '&' } else { '?' };
        let shop =
            if stall.remote.is_empty() { String::new() } else { format!("{mark}shop={}", stall.remote) };
        let answer =
            self.sandboxes[stall.sandbox].control(method, &format!("/_sandbox/{path}{shop}"), body).await;
        assert!(answer.get("error").is_none(), "{method} {path}: {answer}");
        answer
    }

    pub async fn books(&self, stall: &Stall) -> Books {
        serde_json::from_value(self.ask(stall, "GET", "books", None).await).expect("books are readable")
    }

    /// Units that a buyer sees of a SKU; `None` when it is not there or not on sale.
    pub async fn shown(&self, stall: &Stall, sku: &str) -> Option<i64> {
        let books = self.books(stall).await;
        there(&books).find(|(_, offer)| offer.sku == sku).and_then(|(_, offer)| offer.stock)
    }

    /// A buyer pays for so many units; returns the order's id.
    pub async fn buy(&self, stall: &Stall, sku: &str, units: u32) -> String {
        let wish = json!({ "lines": [{ "sku": sku, "units": units }], "paid": true });
        id(&self.ask(stall, "POST", "orders", Some(wish)).await)
    }

    /// Something happens to an order there.
    pub async fn order(&self, stall: &Stall, order: &str, event: &str, body: Value) {
        self.ask(stall, "POST", &format!("orders/{order}/{event}"), Some(body)).await;
    }

    /// Arms a fault for this stall only.
    pub async fn fault(&self, stall: &Stall, mut fault: Value) {
        if !stall.remote.is_empty() {
            fault["shop"] = json!(stall.remote);
        }
        self.ask(stall, "POST", "faults", Some(fault)).await;
    }

    /// How often the faults of this stall's marketplace struck.
    pub async fn hits(&self, stall: &Stall) -> u64 {
        let faults = self.ask(stall, "GET", "faults", None).await;
        faults.as_array().into_iter().flatten().filter_map(|fault| fault["hits"].as_u64()).sum()
    }

    /// Calls that the stall's marketplace heard from this shop since number `after`, oldest first.
    pub async fn journal(&self, stall: &Stall, after: u64) -> Vec<Value> {
        let calls = self.ask(stall, "GET", &format!("journal?after={after}&limit=200000"), None).await;
        let ours = |call: &Value| stall.remote.is_empty() || call["shop"] == json!(stall.remote);
        calls.as_array().expect("a list").iter().filter(|call| ours(call)).cloned().collect()
    }

    /// The number of the last call that the stall's marketplace heard.
    pub async fn last_call(&self, stall: &Stall) -> u64 {
        let calls = self.ask(stall, "GET", "journal?limit=200000", None).await;
        calls
            .as_array()
            .and_then(|calls| calls.last())
            .map_or(0, |call| call["n"].as_u64().expect("a number"))
    }

    pub async fn offers(&self, stall: &Stall) -> Vec<OfferState> {
        self.store.offers_page(stall.id, None, 100_000).await.expect("stored")
    }

    pub async fn offer(&self, stall: &Stall, sku: &str) -> OfferState {
        self.offers(stall)
            .await
            .into_iter()
            .find(|offer| offer.sku.as_str() == sku)
            .expect("the offer is there")
    }

    pub async fn orders(&self, stall: &Stall) -> Vec<OrderRow> {
        self.store.orders_page(Some(stall.id), None, 100_000).await.expect("stored")
    }

    /// Units on hand and reserved of a SKU.
    pub async fn balance(&self, sku: &str) -> (i64, i64) {
        let view = self.store.stock_of(sku, 1).await.expect("stored");
        view.places
            .iter()
            .fold((0, 0), |sum, place| (sum.0 + place.balance.on_hand, sum.1 + place.balance.reserved))
    }
}

/// The id in a control answer.
pub fn id(answer: &Value) -> String {
    answer["id"].as_str().map_or_else(|| answer["id"].to_string(), str::to_owned)
}

/// Loops that are driven; dropping this is a crash.
pub struct Driving {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Driving {
    pub fn start(engine: Engine) -> Self {
        let times = Times {
            lease: Duration::from_secs(3),
            drain: Duration::from_secs(10),
            tend: Duration::from_millis(500),
            ..Times::default()
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(Supervisor::new(engine, times).run(stop.clone()));
        Self { stop, task }
    }

    /// A graceful stop.
    pub async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.expect("the daemon ends without a panic");
    }

    /// The process dies where it stands.
    pub async fn kill(mut self) {
        self.task.abort();
        // It ends as cancelled.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Asks every 20 ms until it is so; fails with the last answer after 40 s.
pub async fn until<T>(what: &str, ask: impl AsyncFn() -> Result<T, String>) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(40);
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(said) => {
                assert!(tokio::time::Instant::now() < deadline, "not yet so after 40 s: {what}: {said}")
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// `until` for a plain yes or no.
pub async fn until_so(what: &str, ask: impl AsyncFn() -> bool) {
    until(what, async || if ask().await { Ok(()) } else { Err("no".to_owned()) }).await;
}
