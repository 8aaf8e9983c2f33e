//! Published clients of the marketplaces, installed as they are and run against the sandboxes: if a client that we did not
//! write works unchanged, the sandbox speaks the marketplace's language and not only ours.
//!
//! A test names the package, its version and a small program under `tests/foreign/<channel>/`; afterwards it looks at the
//! sandbox's books. Installing needs the network, so these tests run where `GANH_TEST_FOREIGN` is set (`tests/run` sets it) and
//! say elsewhere that they did not run. Alone: `GANH_TEST_FOREIGN=1 cargo test -p ganh-foreign`; they need `python3` with `pip`,
//! `node` and `npm`.

use std::path::Path;
use std::process::{Command, Output};

use ganh_sandbox::Running;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Where a client comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Python package; the program is run by `python3`.
    Python,
    /// A Node package; the program is run by `node`.
    Node,
}

/// A client, installed in a temporary folder that goes with it.
pub struct Client {
    kind: Kind,
    folder: TempDir,
}

impl Client {
    /// Installs `package`, written as its installer takes it (`name==1.0`, `name@1.0`). `None`: these tests are not asked for.
    pub async fn install(kind: Kind, package: &str) -> Option<Self> {
        if std::env::var_os("GANH_TEST_FOREIGN").is_none() {
            eprintln!("not run: GANH_TEST_FOREIGN is not set; tests/run sets it");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path();
        match kind {
            Kind::Python => {
                let args = ["-m", "pip", "install", "--quiet", "--target", "packages", package];
                finish(program(at, "python3", &args)).await;
            }
            Kind::Node => {
                // The installer stays where it finds one; it would not name one after a folder that begins with a dot.
                std::fs::write(at.join("package.json"), "{}").expect("a file in the temporary folder");
                let args = ["install", "--silent", "--no-audit", "--no-fund", package];
                finish(program(at, "npm", &args)).await;
            }
        }
        Some(Self { kind, folder })
    }

    /// Runs `tests/foreign/<script>` with the sandbox's credentials as JSON in its first argument; returns what it printed
    /// last, read as JSON.
    pub async fn run(&self, script: &str, sandbox: &Running) -> Value {
        let at = self.folder.path();
        // Beside the installed package, so that Node finds it.
        let file = at.join(Path::new(script).file_name().expect("a file's name"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        std::fs::copy(&source, &file).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        let interpreter = match self.kind {
            Kind::Python => "python3",
            Kind::Node => "node",
        };
        let credentials = json!(sandbox.credentials()).to_string();
        let mut command = program(at, interpreter, &[&file.to_string_lossy(), &credentials]);
        // Clients leave logs and caches at home.
        command.env("HOME", at).env("PYTHONPATH", at.join("packages")).env("NO_PROXY", "127.0.0.1");
        let output = finish(command).await;
        let printed = String::from_utf8_lossy(&output.stdout);
        let last = printed.lines().last().unwrap_or("");
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{script} printed {printed}: {error}"))
    }
}

/// A program to run in a folder.
fn program(at: &Path, name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(args).current_dir(at);
    command
}

/// Runs a program to its end; the sandbox goes on answering meanwhile.
async fn finish(mut command: Command) -> Output {
    let name = format!("{command:?}");
    let running = tokio::task::spawn_blocking(move || command.output());
    let output = running.await.expect("no panic in there").unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        output.status.success(),
        "{name}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
