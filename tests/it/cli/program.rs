//! The program in a folder of its own: no variable of the developer's reaches it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder for one test.
pub struct Folder(TempDir);

/// What a command answered with.
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Folder {
    /// Empty.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// After `ganh init`.
    pub fn new() -> Self {
        let folder = Self::empty();
        folder.ganh(&["init"]).succeeds();
        folder
    }

    /// After `ganh init` and an import of two producers' goods.
    pub fn with_goods() -> Self {
        let folder = Self::new();
        folder.write("goods.csv", GOODS);
        folder.write("producers.csv", PRODUCERS);
        folder.ganh(&["import", "goods.csv", "--producers", "producers.csv", "--apply"]).succeeds();
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    /// Runs a command in the folder.
    pub fn ganh(&self, arguments: &[&str]) -> Said {
        self.ganh_with(arguments, &[])
    }

    /// Runs a command in the folder with these variables.
    pub fn ganh_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let mut command = program(self.0.path());
        command.args(arguments).envs(variables.iter().copied());
        Said::of(command.output().expect("the program starts"))
    }

    /// What a reading command answers with, as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let said = self.ganh(&arguments).succeeds();
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.out))
    }
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn succeeds(self) -> Self {
        assert_eq!(self.status, 0, "{}{}", self.out, self.err);
        self
    }

    /// Fails with this status and one line that names the thing and the mend.
    pub fn fails(self, status: i32, names: &[&str]) -> Self {
        assert_eq!(self.status, status, "{}{}", self.out, self.err);
        let line = self.err.trim_end();
        assert_eq!(line.lines().count(), 1, "one line: {line}");
        for name in names {
            assert!(line.contains(name), "{name:?} is not in: {line}");
        }
        assert!(!line.contains("panicked"), "{line}");
        self
    }
}

/// The built program, in this folder, without the variables of whoever runs the test.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganh"));
    command.current_dir(folder).env_clear().env("USER", "tester").env("GANH_LANG", "en").stdin(Stdio::null());
    command
}

pub const PRODUCERS: &str =
    "producer_code,name,kind\nTB01,HTX Chả cá Thái Bình,cooperative\nDN02,Cơ sở Kẹo Đà Nẵng,household\n";

pub const GOODS: &str = "sku,name,producer_code,product_code,price_vnd,stock\nCHA-500,Chả cá 500 g,TB01,CHA,120000,40\nKEO-01,Kẹo dồi,DN02,KEO,35000,12\n";
