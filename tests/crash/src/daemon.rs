//! One `ganh serve` as a process: started, watched from outside, killed.

use crate::base::Base;
use anyhow::{Context as _, Result, bail};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// How long a daemon may take until it is ready, and a store until it is at rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// The running daemon; killed when dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    port: u16,
    log: PathBuf,
    began: Instant,
}

/// A port that is free, from below the range that the system gives to callers: it stays free while its daemon is dead.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 9_000).unwrap_or(0);
    for _ in 0..9_000 {
        let port = 20_000 + (own + NEXT.fetch_add(1, Ordering::Relaxed)) % 9_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port between 20000 and 29000 is free")
}

/// Asks every 50 ms until it is so; after `patience` fails with the last answer.
pub async fn until<T>(
    what: &str,
    patience: Duration,
    mut ask: impl AsyncFnMut() -> std::result::Result<T, String>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(said) if Instant::now() > deadline => {
                bail!("not yet so after {} s: {what}: {said}", patience.as_secs())
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

impl Daemon {
    /// Starts it on this port; does not wait. What it logs is appended to `serve-<port>.log` of the folder.
    pub fn start(base: &Base, port: u16) -> Result<Self> {
        let log = base.path(&format!("serve-{port}.log"));
        let file =
            File::options().create(true).append(true).open(&log).context("the log cannot be opened")?;
        let listen = format!("127.0.0.1:{port}");
        let child = base
            .command(&["serve", "--listen", &listen])
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .context("the daemon does not start")?;
        Ok(Self { child, port, log, began: Instant::now() })
    }

    /// Waits until it says that it is ready; the time since its start.
    pub async fn ready(&mut self) -> Result<Duration> {
        let (port, log, began) = (self.port, self.log.clone(), self.began);
        let child = &mut self.child;
        until("the daemon is ready", PATIENCE, async || {
            if let Ok(Some(status)) = child.try_wait() {
                return Err(format!("it ended with {status}: {}", tail(&log)));
            }
            match get(port, "/readyz").await {
                Ok((200, _)) => Ok(began.elapsed()),
                Ok((status, body)) => Err(format!("{status} {body}")),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }

    /// Status and body of one of its pages.
    pub async fn get(&self, path: &str) -> Result<(u16, String)> {
        get(self.port, path).await
    }

    /// Dies where it stands.
    pub fn kill(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the daemon ended by itself with {status}: {}", tail(&self.log));
        }
        self.child.kill().context("the daemon cannot be killed")?;
        self.child.wait()?;
        Ok(())
    }

    /// Is told to stop, and ends in order.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        until("the daemon ends", PATIENCE, async || match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("it still runs".to_owned()),
            Err(error) => Err(error.to_string()),
        })
        .await
    }

    /// True while the process lives.
    pub fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it and its forerunners on this port logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tail(log: &std::path::Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

async fn get(port: u16, path: &str) -> Result<(u16, String)> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let asked = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        socket.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer)?;
        std::io::Result::Ok(answer)
    });
    let answer = String::from_utf8_lossy(&asked.await??).into_owned();
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no answer")?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}
