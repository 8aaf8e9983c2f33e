//! Credentials and buyers never stand open: not in the store's rows, not in a log line, not in what `Debug` prints.

use super::world::{Base, Setting, World, until_so};
use ganh_contract::{RemoteOrderId, Renewal};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

// One thread, so that the log of this story is only its own.
#[tokio::test]
async fn i13_no_secret_stands_open_on_sqlite() {
    story(Base::sqlite()).await;
}

#[tokio::test]
async fn i13_no_secret_stands_open_on_postgres() {
    story(Base::postgres().await).await;
}

async fn story(base: Base) {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let (world, driving) = Setting::on(base).live().await;
    let mut secrets = secrets(&world).await;
    for stall in &world.stalls {
        let order = world.buy(stall, "GIO-01", 1).await;
        world.agrees().await;
        secrets.extend(buyer(&world.store.raw_order(stall.id, &RemoteOrderId::new(order)).await.unwrap()));
    }
    // Every way of going wrong writes its own line.
    for kind in ["server_error", "cut_after", "throttle", "down"] {
        for stall in [&world.stalls[0], &world.stalls[2]] {
            world.ask(stall, "POST", "faults", Some(json!({ "kind": kind, "count": 2 }))).await;
        }
    }
    world.ask(&world.stalls[1], "POST", "shop/expire_access", None).await;
    world.buy(&world.stalls[2], "GIO-02", 2).await;
    world.agrees().await;
    secrets.extend(self::secrets(&world).await);
    // After these a shop rests for long, so they come last.
    for stall in [&world.stalls[0], &world.stalls[2]] {
        let before = world.hits(stall).await;
        world.fault(stall, json!({ "kind": "html_200", "count": 1 })).await;
        until_so("the fault struck", async || world.hits(stall).await > before).await;
    }
    driving.stop().await;
    drop(logging);

    let mut shown = format!("{:?} {:?}", world.engine, world.store.platforms().await.unwrap());
    for stall in &world.stalls {
        let shop = world.store.shop(stall.id).await.unwrap();
        let grant = world.store.grant(shop.grant).await.unwrap();
        shown.push_str(&format!(
            "{shop:?} {grant:?} {:?} {:?}",
            world.orders(stall).await,
            world.offers(stall).await
        ));
    }
    let logged = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    let rows = rows(&world).await;

    assert!(logged.contains("new orders"), "the log is heard");
    assert!(secrets.len() > 12, "{} secrets are looked for", secrets.len());
    for secret in &secrets {
        for (place, text) in [("log", &logged), ("Debug", &shown), ("store", &rows)] {
            assert!(
                !text.contains(secret.as_str()),
                "{secret:?} stands open in the {place}: {}",
                around(text, secret)
            );
        }
    }
}

/// Keys and tokens as they stand now.
async fn secrets(world: &World) -> Vec<String> {
    let text = |of: &Value| of.as_str().expect("text").to_owned();
    let (app, site) = (world.sandboxes[0].credentials(), world.sandboxes[1].credentials());
    let mut secrets =
        vec![text(&app["partner_key"]), text(&site["consumer_key"]), text(&site["consumer_secret"])];
    secrets.push(super::world::MASTER_KEY.to_owned());
    for stall in &world.stalls {
        let shop = world.store.shop(stall.id).await.unwrap();
        secrets.extend(shop.hook_secret.map(|secret| secret.expose().to_owned()));
        let grant = world.store.grant(shop.grant).await.unwrap().grant;
        secrets.push(grant.access.expose().to_owned());
        if let Renewal::SingleUse(token) | Renewal::Reusable(token) | Renewal::FromKeys(token) = grant.renewal
        {
            secrets.push(token.expose().to_owned());
        }
    }
    secrets.retain(|secret| secret.len() >= 8);
    secrets
}

/// What a stored order says of its buyer.
fn buyer(raw: &str) -> Vec<String> {
    let order: Value = serde_json::from_str(raw).expect("the raw order is JSON");
    let mut told = vec![order["buyer_username"].as_str().unwrap_or("").to_owned()];
    for field in ["first_name", "last_name", "address_1", "phone", "email"] {
        told.push(order["billing"][field].as_str().unwrap_or("").to_owned());
    }
    // Short words occur anywhere.
    told.retain(|word| word.chars().count() >= 6);
    told
}

/// Everything that the database holds, as text; bytes also as they are.
async fn rows(world: &World) -> String {
    let base = &world.setting.base;
    if base.settings.url.starts_with("sqlite:") {
        let mut all = String::new();
        for entry in std::fs::read_dir(base.folder.path()).unwrap() {
            all.push_str(&String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()));
        }
        return all;
    }
    let mut connection = PgConnection::connect(&base.settings.url).await.unwrap();
    let tables = sqlx::query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'");
    let mut all = String::new();
    for table in tables.fetch_all(&mut connection).await.unwrap() {
        let table: String = table.get(0);
        // Bytes are shown with their printable characters as they are.
        let text = format!("SET bytea_output = 'escape'; SELECT t::text FROM \"{table}\" AS t");
        let (set, select) = text.split_once("; ").unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(set.to_owned())).execute(&mut connection).await.unwrap();
        let select = sqlx::raw_sql(sqlx::AssertSqlSafe(select.to_owned()));
        for row in select.fetch_all(&mut connection).await.unwrap() {
            all.push_str(row.get::<&str, _>(0));
            all.push('\n');
        }
    }
    all
}

fn around(text: &str, secret: &str) -> String {
    let at = text.find(secret).unwrap_or(0);
    let from = text[..at].char_indices().rev().nth(80).map_or(0, |(at, _)| at);
    text[from..at].to_owned()
}
