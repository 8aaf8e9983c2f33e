//! What can go wrong in the store, each in one line that names the mend.

use crate::ids::ShopId;

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A refused or failed store function. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another owner drives the shop now, or nobody does: stop the lane (I11).
    #[error("shop {shop}: the lease of {owner} (term {term}) is no longer current, another owner took over")]
    StaleLease { shop: ShopId, owner: String, term: i64 },
    /// The catalogue moved since the plan was made: plan again.
    #[error("the catalogue is at revision {now}, the plan was made at {planned}: plan again, then apply")]
    CatalogueMoved { planned: i64, now: i64 },
    /// Somebody else changed the thing first: read it again.
    #[error("{0} was changed meanwhile: read it again and repeat")]
    Conflict(String),
    /// There is no such thing.
    #[error("{0} does not exist")]
    NotFound(String),
    /// A code, handle or id is already in use.
    #[error("{0} is already taken: choose another")]
    Taken(String),
    /// The figures make no sense to the schema.
    #[error("{0}")]
    Refused(String),
    /// Disk full, locked, read-only, gone, unreachable. Repeating later may work.
    #[error("{0}")]
    Unavailable(String),
    /// What is stored cannot be read as what it must be.
    #[error("the store is damaged: {0}; stop the daemon and restore the last backup")]
    Corrupt(String),
    /// The master key does not fit what is sealed.
    #[error("{0}")]
    WrongKey(String),
}

impl StoreError {
    /// True when the same call may work later without anybody's doing.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => from_database(error.as_ref()),
            sqlx::Error::PoolTimedOut => Self::Unavailable(
                "the database gave no connection in time: check that its server runs, then its load and store.connections".into(),
            ),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable("the store is closed".into())
            }
            sqlx::Error::Io(error) => Self::Unavailable(format!(
                "the database cannot be reached ({error}): check that it runs and store.url"
            )),
            sqlx::Error::Tls(error) => Self::Unavailable(format!(
                "the database's certificate is not accepted ({error}): check store.url"
            )),
            other => Self::Corrupt(one_line(&other.to_string())),
        }
    }
}

fn from_database(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    let said = one_line(error.message());
    if error.is_unique_violation() {
        return StoreError::Taken(error.constraint().map_or(said, str::to_owned));
    }
    if error.is_check_violation() || error.is_foreign_key_violation() {
        return StoreError::Refused(format!("the store refuses it: {said}"));
    }
    let code = error.code().unwrap_or_default();
    if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return from_postgres(error.code(), said);
    }
    // SQLite: extended codes keep the primary one in their low byte.
    match code.parse::<i64>().unwrap_or(0) & 0xff {
        5 | 6 => StoreError::Unavailable(
            "the database file is locked by another program: stop it and try again".into(),
        ),
        8 => StoreError::Unavailable(
            "the database file is read-only: give the daemon write access to it and its folder".into(),
        ),
        10 => StoreError::Unavailable(format!(
            "the disk of the database file fails ({said}): check the disk, and that it is mounted for writing"
        )),
        13 => StoreError::Unavailable("the disk of the database file is full: free some space".into()),
        14 => StoreError::Unavailable(
            "the database file cannot be opened: check store.path and the folder's owner".into(),
        ),
        26 => StoreError::Corrupt("the file is not a database of this program".into()),
        _ => StoreError::Corrupt(said),
    }
}

fn from_postgres(code: &str, said: String) -> StoreError {
    match code {
        "40001" | "40P01" => StoreError::Conflict("what two transactions wanted".into()),
        "25006" => {
            StoreError::Unavailable("the database is read-only: point store.url at the primary server".into())
        }
        "28000" | "28P01" => {
            StoreError::Unavailable(format!("the database refuses the login ({said}): check store.url"))
        }
        "3D000" => StoreError::Unavailable(format!("{said}: create it first (createdb)")),
        _ if matches!(code.get(..2), Some("08" | "53" | "55" | "57" | "58")) => {
            StoreError::Unavailable(format!("the database cannot work now: {said}"))
        }
        _ => StoreError::Corrupt(said),
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            sqlx::migrate::MigrateError::VersionMissing(version) => Self::Refused(format!(
                "the store was made by a newer version of this program (schema {version}): run that version"
            )),
            sqlx::migrate::MigrateError::VersionMismatch(version) => Self::Refused(format!(
                "schema step {version} of the store differs from this program's: it was made by another build"
            )),
            other => Self::Unavailable(format!(
                "the schema cannot be brought up to date: {}",
                one_line(&other.to_string())
            )),
        }
    }
}

fn one_line(said: &str) -> String {
    said.lines().next().unwrap_or_default().to_owned()
}
