//! A store with something of everything: four shops in four states, a SKU that is promised twice, a parked listing, orders.
//! Written as rows, since no single run of the daemon leaves all of these behind at once.

use jiff::Timestamp;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::path::Path;

/// Fills an empty, migrated database.
pub async fn fill(path: &Path, now: Timestamp) {
    run(path, now, include_str!("seed.sql")).await;
}

/// Adds shops that are well, numbered from 1.
pub async fn add_shops(path: &Path, count: u32, now: Timestamp) {
    run(path, now, &include_str!("shops.sql").replace("{count}", &count.to_string())).await;
}

async fn run(path: &Path, now: Timestamp, text: &str) {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(std::time::Duration::from_secs(30));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let text = text.replace("{now}", &now.as_millisecond().to_string());
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
