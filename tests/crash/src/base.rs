//! Where one installation lies: its folder, its store, and how the program is run in it.

use crate::disk::Disk;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder with settings, key and store. It vanishes with this.
#[derive(Debug)]
pub struct Base {
    folder: TempDir,
    ganh: PathBuf,
    server: Option<String>,
    disk: Option<Disk>,
    port: u16,
}

/// What a command answered with.
#[derive(Debug)]
pub struct Said {
    pub is_success: bool,
    pub out: String,
    pub err: String,
}

impl Base {
    /// An empty folder. `ganh`: the built program; `server`: a PostgreSQL database, else the store is a file in the folder; `port`: where the
    /// daemon is reached by marketplaces.
    pub fn new(ganh: &Path, server: Option<String>, port: u16) -> Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        Ok(Self { folder, ganh: ganh.to_owned(), server, disk: None, port })
    }

    /// From now on the program writes through a disk that can be told to fail.
    pub fn on_disk(mut self, disk: Disk) -> Self {
        self.disk = Some(disk);
        self
    }

    /// The disk, where it is one that can be told to fail.
    pub const fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The store as SQL of ours reaches it.
    pub fn store_url(&self) -> String {
        self.server.clone().unwrap_or_else(|| format!("sqlite:{}", self.path("ganh.db").display()))
    }

    /// True where the store is a file.
    pub const fn is_file(&self) -> bool {
        self.server.is_none()
    }

    /// The port of the first daemon.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        std::fs::write(self.path(name), text).with_context(|| format!("{name} cannot be written"))
    }

    /// The program in this folder, without the variables of whoever runs the test.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.ganh);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("USER", "tester")
            .env("GANH_LANG", "en")
            .env("GANH_SYNC__LEASE", "2s")
            .env("GANH_SYNC__ORDERS_EVERY", "1s")
            .env("GANH_SYNC__POLL", "500ms")
            .env("GANH_SERVER__PUBLIC_URL", format!("http://127.0.0.1:{}", self.port))
            .stdin(Stdio::null());
        if let Some(server) = &self.server {
            command.env("GANH_STORE__URL", server);
        }
        if let Some(disk) = &self.disk {
            disk.under(&mut command);
        }
        command
    }

    /// Runs a command to its end.
    pub async fn ganh(&self, arguments: &[&str]) -> Result<Said> {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await?;
        let output = output.context("the program does not start")?;
        Ok(Said {
            is_success: output.status.success(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs a command that must succeed.
    pub async fn must(&self, arguments: &[&str]) -> Result<String> {
        let said = self.ganh(arguments).await?;
        if !said.is_success {
            bail!("ganh {}: {}{}", arguments.join(" "), said.out, said.err);
        }
        Ok(said.out)
    }
}
