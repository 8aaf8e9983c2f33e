//! A PostgreSQL server of our own, that waits for the disk as a real one does, and can be stopped and started again.

use anyhow::{Context as _, Result, bail};
use sqlx::{Connection as _, PgConnection};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The server; stopped and removed when dropped. On a socket in its folder, on no port.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    is_root: bool,
    settings: String,
}

impl Cluster {
    /// Makes and starts it, with these settings of the server such as `fsync=off`. Error: PostgreSQL is not installed.
    pub fn start(settings: &[&str]) -> Result<Self> {
        let programs = programs()
            .context("PostgreSQL's initdb and pg_ctl are missing: install the package postgresql")?;
        let folder = tempfile::Builder::new().prefix("ganh-pg").tempdir()?;
        let is_root = said(Command::new("id").arg("-u"))?.trim() == "0";
        if is_root {
            // The server refuses to run as root.
            said(Command::new("chown").arg("postgres:").arg(folder.path()))?;
        }
        let settings = settings.iter().map(|setting| format!(" -c {setting}")).collect();
        let cluster = Self { folder, programs, is_root, settings };
        let data = cluster.data();
        let options =
            ["--username", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        said(cluster.program("initdb").arg("--pgdata").arg(&data).args(options))?;
        cluster.up()?;
        Ok(cluster)
    }

    /// Starts it again.
    pub fn up(&self) -> Result<()> {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=60{}",
            self.folder.path().display(),
            self.settings
        );
        let mut start = self.program("pg_ctl");
        start.args(["start", "--wait", "--silent", "--pgdata"]).arg(self.data());
        start.arg("--log").arg(self.folder.path().join("server.log")).args(["--options", &options]);
        said(&mut start)?;
        Ok(())
    }

    /// Ends it at once, as a crash does.
    pub fn down(&self) -> Result<()> {
        let mut stop = self.program("pg_ctl");
        said(stop.args(["stop", "--mode", "immediate", "--silent", "--pgdata"]).arg(self.data()))?;
        Ok(())
    }

    /// The address of a database there.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.path().display())
    }

    /// Makes a database; its address.
    pub async fn make(&self, database: &str) -> Result<String> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let make = format!("CREATE DATABASE {database}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(self.url(database))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may be down already; its folder goes either way.
        let _ = self.down();
    }
}

/// The folder of the server's programs: `pg_config` names it, unless only the client's half is installed.
fn programs() -> Option<PathBuf> {
    let has_all = |folder: &Path| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    let named = Command::new("pg_config").arg("--bindir").output().ok();
    let named = named.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut others: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    others.sort();
    named.into_iter().chain(others.into_iter().rev()).find(|folder| has_all(folder))
}

fn said(command: &mut Command) -> Result<String> {
    // The server inherits what it is given: a pipe would stay open as long as it runs.
    let out = tempfile::tempfile()?;
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out.try_clone()?)
        .status()?;
    let mut text = String::new();
    let mut out = out;
    std::io::Seek::rewind(&mut out)?;
    std::io::Read::read_to_string(&mut out, &mut text)?;
    if !status.success() {
        bail!("{command:?} ended with {status}: {text}");
    }
    Ok(text)
}
