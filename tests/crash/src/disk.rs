//! A disk that can be told to fail, and a power cut that forgets what was not synced: `disk.c`, loaded under the program.

use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const SOURCE: &str = include_str!("disk.c");

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Full,
    ReadOnly,
    Broken,
}

impl Trouble {
    const fn file(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Broken => "broken",
        }
    }
}

/// One disk; its library and what it kept vanish with this.
#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Builds the library. Error: no C compiler (the program itself needs one to be built).
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let source = folder.path().join("disk.c");
        fs::write(&source, SOURCE)?;
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(folder.path().join("disk.so"))
            .arg(&source)
            .arg("-ldl")
            .output()
            .context("there is no C compiler: install the package gcc")?;
        if !built.status.success() {
            bail!("disk.c cannot be built: {}", String::from_utf8_lossy(&built.stderr));
        }
        Ok(Self { folder })
    }

    /// The same, and what is synced is kept for [`Disk::cut_power`].
    pub fn that_remembers() -> Result<Self> {
        let disk = Self::new()?;
        fs::create_dir(disk.kept())?;
        Ok(disk)
    }

    /// Lets a program run on it.
    pub(crate) fn under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", self.folder.path().join("disk.so")).env("GANH_DISK", self.folder.path());
    }

    /// Fails from now on.
    pub fn fails(&self, trouble: Trouble) -> Result<()> {
        fs::write(self.folder.path().join(trouble.file()), "").context("the disk cannot be told")
    }

    /// Works again.
    pub fn works(&self, trouble: Trouble) -> Result<()> {
        fs::remove_file(self.folder.path().join(trouble.file())).context("the disk cannot be told")
    }

    /// Throws away what was written to the store and not synced. Nobody may have it open. Bytes that were lost.
    pub fn cut_power(&self, store: &Path) -> Result<u64> {
        let name = store.file_name().and_then(|name| name.to_str()).context("a file is named")?;
        let mut lost = 0;
        for name in [name.to_owned(), format!("{name}-wal")] {
            let (kept, now) = (self.kept().join(&name), store.with_file_name(&name));
            let (before, after) = (fs::read(&now).unwrap_or_default(), fs::read(&kept).unwrap_or_default());
            let differing = before.iter().zip(&after).filter(|(one, other)| one != other).count();
            lost += (differing + before.len().abs_diff(after.len())) as u64;
            if kept.exists() {
                fs::write(&now, after)?;
            } else if now.exists() {
                fs::remove_file(&now)?;
            }
        }
        let shared = store.with_file_name(format!("{name}-shm"));
        if shared.exists() {
            fs::remove_file(shared)?;
        }
        Ok(lost)
    }

    fn kept(&self) -> PathBuf {
        self.folder.path().join("synced")
    }
}
