//! A store that is gone for a while: one clear line, nothing half-written, and the work goes on when it is back.

use super::world::{Base, Setting, on_both, until};
use ganh::stock::MovementKind::Adjust;
use ganh::store::{StockEntry, StoreError};
use jiff::Timestamp;
use sqlx::{Connection, PgConnection, SqliteConnection};

/// Holds the store shut.
enum Shut {
    Sqlite(SqliteConnection),
    Postgres { server: PgConnection, name: String },
}

impl Shut {
    async fn now(base: &Base) -> Self {
        if base.settings.url.starts_with("sqlite:") {
            let path = base.folder.path().join("ganh.db");
            let mut connection =
                SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            return Self::Sqlite(connection);
        }
        let name = url::Url::parse(&base.settings.url).unwrap().path().trim_start_matches('/').to_owned();
        let mut server = PgConnection::connect(&std::env::var("GANH_TEST_POSTGRES").unwrap()).await.unwrap();
        let shut = format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS false; \
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(shut)).execute(&mut server).await.unwrap();
        Self::Postgres { server, name }
    }

    async fn open(self) {
        match self {
            Self::Sqlite(mut connection) => {
                sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
            }
            Self::Postgres { mut server, name } => {
                let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
                sqlx::raw_sql(sqlx::AssertSqlSafe(open)).execute(&mut server).await.unwrap();
            }
        }
    }
}

on_both! {
    async fn a_store_that_is_gone_for_a_while_says_so_in_one_line_and_the_work_goes_on_after(base: Base) {
        let (world, driving) = Setting::on(base).live().await;
        let entry = StockEntry {
            sku: "GIO-01".into(),
            place: None,
            kind: Adjust,
            units: -5,
            cause: "count".into(),
            who: "tester".into(),
        };

        let shut = Shut::now(&world.setting.base).await;
        let refused = world.store.move_stock(&entry, Timestamp::now()).await.unwrap_err();
        world.buy(&world.stalls[0], "GIO-01", 2).await;
        shut.open().await;

        assert!(matches!(&refused, StoreError::Unavailable(said) if said.lines().count() == 1), "{refused}");
        until("the store takes writes again", async || {
            world.store.move_stock(&entry, Timestamp::now()).await.map_err(|error| error.to_string())
        })
        .await;
        world.agrees().await;
        assert_eq!(world.balance("GIO-01").await, (35, 2));
        driving.stop().await;
    }
}
