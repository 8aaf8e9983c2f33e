//! The schema's steps, compiled in; the same numbers and names on both databases.

use super::error::Result;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgPool, SqlStr};

macro_rules! steps {
    ($folder:literal: $($version:literal $name:literal),+ $(,)?) => {
        [$(($version, $name, include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql")))),+]
    };
}

const SQLITE: [(i64, &str, &str); 10] = steps!("sqlite": 1 "0001_catalogue", 2 "0002_shop", 3 "0003_listing", 4 "0004_stock", 5 "0005_order", 6 "0006_journal", 7 "0007_bracket", 8 "0008_policy_sweep", 9 "0009_app_quota", 10 "0010_selling_stop");
pub(super) const POSTGRES: [(i64, &str, &str); 10] = steps!("postgres": 1 "0001_catalogue", 2 "0002_shop", 3 "0003_listing", 4 "0004_stock", 5 "0005_order", 6 "0006_journal", 7 "0007_bracket", 8 "0008_policy_sweep", 9 "0009_app_quota", 10 "0010_selling_stop");

fn migrator(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let steps = steps.iter().map(|&(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    });
    Migrator::with_migrations(steps.collect())
}

#[cfg(feature = "simulation")]
pub(super) fn steps() -> Migrator {
    migrator(&SQLITE)
}

/// Brings the schema of a file up to date, over a connection of its own; a store of a newer program is refused.
pub(super) async fn sqlite(options: &SqliteConnectOptions) -> Result<()> {
    let mut connection = options.connect().await?;
    migrator(&SQLITE).run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// The same on a server.
pub(super) async fn postgres(pool: &PgPool) -> Result<()> {
    migrator(&POSTGRES).run(pool).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_take_the_same_steps() {
        let names = |steps: &[(i64, &str, &str)]| {
            steps.iter().map(|step| (step.0, step.1.to_owned())).collect::<Vec<_>>()
        };

        assert_eq!(names(&SQLITE), names(&POSTGRES));
    }
}
