//! Empty stores for tests, on both databases.
//!
//! SQLite: a file in a temporary folder. PostgreSQL: the server that `GANH_TEST_POSTGRES` names; each test clones a migrated template.
//! Without that variable the PostgreSQL half fails; `tests/with-postgres` starts a server and sets it.

use super::{Keys, MasterKey, Settings, Store};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use std::sync::LazyLock;

/// A store that vanishes with its guard.
pub struct Fresh {
    pub store: Store,
    pub settings: Settings,
    pub folder: Option<tempfile::TempDir>,
}

/// The key of all test stores.
pub static KEYS: LazyLock<Keys> =
    LazyLock::new(|| Keys::new(MasterKey::parse(&"ab".repeat(32)).unwrap(), vec![]));

/// An instant for stories: 2026-11-22 12:00 UTC, and seconds after it.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_348_800 + seconds).unwrap()
}

pub async fn on_sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::at(format!("sqlite:{}", folder.path().join("ganh.db").display()));
    let store = Store::open(&settings, KEYS.clone(), at(0)).await.unwrap();
    Fresh { store, settings, folder: Some(folder) }
}

pub async fn on_postgres() -> Fresh {
    let server = std::env::var("GANH_TEST_POSTGRES")
        .expect("GANH_TEST_POSTGRES names no PostgreSQL server: run `tests/with-postgres cargo test`, which starts one");
    let template = template(&server).await;
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    execute(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let settings = Settings { connections: 6, ..Settings::at(named(&server, &name)) };
    let store = Store::open(&settings, KEYS.clone(), at(0)).await.unwrap();
    Fresh { store, settings, folder: None }
}

/// Makes the migrated template once per schema and server.
async fn template(server: &str) -> String {
    let mut digest = Sha256::new();
    for (_, _, text) in super::migrations::POSTGRES {
        digest.update(text);
    }
    let name = format!("template_{}", hex::encode(&digest.finalize()[..8]));
    let mut connection = PgConnection::connect(server).await.unwrap();
    execute(&mut connection, "SELECT pg_advisory_lock(4711)".into()).await;
    let exists: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    if exists.is_none() {
        let making = format!("{name}_making");
        execute(&mut connection, format!("DROP DATABASE IF EXISTS {making}")).await;
        execute(&mut connection, format!("CREATE DATABASE {making}")).await;
        let store = Store::open(&Settings::at(named(server, &making)), KEYS.clone(), at(0)).await.unwrap();
        store.close().await;
        // The listener leaves a moment after `close`: FORCE is not for RENAME, so ask the server to end it.
        execute(
            &mut connection,
            format!(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{making}'"
            ),
        )
        .await;
        execute(&mut connection, format!("ALTER DATABASE {making} RENAME TO {name}")).await;
    }
    execute(&mut connection, "SELECT pg_advisory_unlock(4711)".into()).await;
    name
}

async fn execute(connection: &mut PgConnection, text: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(connection).await.unwrap();
}

fn named(server: &str, database: &str) -> String {
    let mut url =
        url::Url::parse(server).expect("GANH_TEST_POSTGRES is a URL such as postgres://user@host/postgres");
    url.set_path(database);
    url.into()
}

/// Runs one test body on both databases, as `name::on_sqlite` and `name::on_postgres`.
macro_rules! on_both {
    ($(async fn $name:ident($fresh:ident: Fresh) $body:block)+) => { $(
        mod $name {
            use super::*;

            async fn story($fresh: $crate::store::testing::Fresh) $body

            #[tokio::test]
            async fn on_sqlite() {
                story($crate::store::testing::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                story($crate::store::testing::on_postgres().await).await;
            }
        }
    )+ };
}
pub(crate) use on_both;
