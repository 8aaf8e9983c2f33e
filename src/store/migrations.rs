//! The schema's steps, compiled in; the same numbers and names on both databases.

use super::database::Database;
use super::error::Result;
use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

macro_rules! steps {
    ($folder:literal: $($version:literal $name:literal),+ $(,)?) => {
        [$(($version, $name, include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql")))),+]
    };
}

const SQLITE: [(i64, &str, &str); 8] = steps!("sqlite": 1 "0001_catalogue", 2 "0002_shop", 3 "0003_listing", 4 "0004_stock", 5 "0005_order", 6 "0006_journal", 7 "0007_bracket", 8 "0008_policy_sweep");
pub(super) const POSTGRES: [(i64, &str, &str); 8] = steps!("postgres": 1 "0001_catalogue", 2 "0002_shop", 3 "0003_listing", 4 "0004_stock", 5 "0005_order", 6 "0006_journal", 7 "0007_bracket", 8 "0008_policy_sweep");

fn migrator(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let steps = steps.iter().map(|&(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    });
    Migrator::with_migrations(steps.collect())
}

#[cfg(feature = "simulation")]
pub(super) fn sqlite() -> Migrator {
    migrator(&SQLITE)
}

impl Database {
    /// Brings the schema up to date; a store of a newer program is refused.
    pub(super) async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { writer, .. } => migrator(&SQLITE).run(writer).await?,
            Self::Postgres { pool } => migrator(&POSTGRES).run(pool).await?,
            // It is opened at the newest schema.
            #[cfg(feature = "simulation")]
            Self::Lockstep(_) => {}
        }
        Ok(())
    }
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
