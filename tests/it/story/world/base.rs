//! A fresh place for a store, on each of the two databases.
//!
//! PostgreSQL: a database of its own at the server that `GANH_TEST_POSTGRES` names; `tests/with-postgres` starts one and sets it.

use ganh::store::{Keys, MasterKey, Settings, Store};
use jiff::Timestamp;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Where a store lies; it vanishes with this.
pub struct Base {
    pub settings: Settings,
    pub folder: TempDir,
}

impl Base {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("ganh.db").display());
        Self { settings: Settings::at(url), folder }
    }

    pub async fn postgres() -> Self {
        let server = std::env::var("GANH_TEST_POSTGRES").expect(
            "GANH_TEST_POSTGRES names no PostgreSQL server: run `tests/with-postgres cargo test`, which starts one",
        );
        let name = format!("story{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&server).await.expect("the server answers");
        let make = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut connection).await.expect("a database is made");
        let mut url = url::Url::parse(&server).expect("GANH_TEST_POSTGRES is a URL");
        url.set_path(&name);
        let settings = Settings { connections: 6, ..Settings::at(url.as_str()) };
        Self { settings, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A handle of its own on the store, as another process would have.
    pub async fn open(&self) -> Store {
        Store::open(&self.settings, keys(), Timestamp::now()).await.expect("the store opens")
    }
}

/// The key of all stories.
pub const MASTER_KEY: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";

fn keys() -> Keys {
    Keys::new(MasterKey::parse(MASTER_KEY).expect("64 hexadecimal digits"), vec![])
}

/// Runs one story on both databases, as `name::on_sqlite` and `name::on_postgres`.
macro_rules! on_both {
    ($(async fn $name:ident($base:ident: Base) $body:block)+) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($base: $crate::story::world::Base) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                story($crate::story::world::Base::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                story($crate::story::world::Base::postgres().await).await;
            }
        }
    )+ };
}
pub(crate) use on_both;
